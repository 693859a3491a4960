//! NEGOTIATE messages as the rules read them.

use crate::session::{Connection, KeptMessage};
use crate::smb::smb1;
use crate::smb::smb2::{
    CipherId, Dialect, NegotiateContextData, NegotiateContexts, NegotiateRequest, NegotiateResponse,
};

/// The client's NEGOTIATE.
pub(super) fn request(connection: &Connection) -> Option<(&KeptMessage, NegotiateRequest<'_>)> {
    let kept = connection.negotiate_request.as_ref()?;
    Some((kept, NegotiateRequest::parse(&kept.bytes).ok()?))
}

/// The server's NEGOTIATE.
pub(super) fn response(connection: &Connection) -> Option<(&KeptMessage, NegotiateResponse<'_>)> {
    let kept = connection.negotiate_response.as_ref()?;
    Some((kept, NegotiateResponse::parse(&kept.bytes).ok()?))
}

/// The dialects of SMB 2 and 3 that the client offers.
pub(super) fn offered(connection: &Connection) -> Vec<Dialect> {
    request(connection).map(|(_, request)| request.dialects.iter().collect()).unwrap_or_default()
}

/// The ciphers of a message's contexts; `None` where it has none about encryption.
pub(super) fn ciphers(contexts: &NegotiateContexts<'_>) -> Option<Vec<CipherId>> {
    contexts.iter().flatten().find_map(|context| match context.data {
        NegotiateContextData::Encryption { ciphers } => Some(ciphers.iter().collect()),
        _ => None,
    })
}

/// Whether the client's SMB1 NEGOTIATE offers 2.0.2, and whether any later dialect.
pub(super) fn smb2_in_smb1(connection: &Connection) -> (bool, bool) {
    let Some(kept) = connection.smb1.negotiate_request.as_ref() else { return (false, false) };
    let Ok((header, _)) = smb1::Header::parse(&kept.bytes) else { return (false, false) };
    let Some(Ok(block)) = smb1::commands(&kept.bytes, &header).next() else {
        return (false, false);
    };
    let Ok(request) = smb1::NegotiateRequest::parse(&block) else { return (false, false) };
    let has = |name: &[u8]| request.dialects.flatten().any(|dialect| dialect.bytes() == name);
    (has(smb1::NegotiateRequest::SMB_2_002), has(smb1::NegotiateRequest::SMB_2_WILDCARD))
}
