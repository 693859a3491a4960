//! NEGOTIATE messages as the rules read them.

use crate::session::{Connection, KeptMessage};
use crate::smb::smb2::{Dialect, NegotiateRequest, NegotiateResponse};

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
