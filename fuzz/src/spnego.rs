//! Security blobs: SPNEGO and Kerberos.

use countersign::auth::kerberos::{Message, PrincipalName};
use countersign::auth::spnego::Token;

use super::{assert_within, ntlmssp};

/// Reads `blob` as a security blob, whole and cut, and what it carries.
pub fn check(blob: &[u8]) {
    read(blob);
    for len in [blob.len() / 2, blob.len().saturating_sub(1), blob.len() / 3] {
        read(&blob[..len]);
    }
    // As Kerberos, whatever is around it.
    kerberos(blob);
    for inner in [0x6e, 0x6f, 0x7e] {
        if let [_, rest @ ..] = blob {
            kerberos(&[&[inner], rest].concat());
        }
    }
}

fn read(blob: &[u8]) {
    let token = Token::parse(blob);
    assert_eq!(token.bytes, blob);
    for part in [token.mech_list_mic(), token.mech_token(), token.ntlmssp(), token.kerberos()] {
        assert_within(part.unwrap_or_default(), blob);
    }
    // An object identifier takes two bytes at least.
    let types: Vec<_> = token.mech_types().iter().collect();
    assert!(types.len() <= blob.len() / 2);
    for oid in types.iter().copied().chain(token.supported_mech()).chain(token.mechanism()) {
        let dotted = oid.dotted();
        assert!(dotted.len() <= 60 * (1 + blob.len()), "{} bytes of name", dotted.len());
        let _ = (oid.name(), oid.is_kerberos(), oid.to_string());
    }
    if let Some(state) = token.neg_state() {
        let _ = state.name();
    }
    let said = format!("{token:?}").len();
    assert!(said <= 4_000 + 200 * blob.len(), "{said} bytes are said of {}", blob.len());
    if let Some(message) = token.ntlmssp() {
        ntlmssp::read(message);
    }
    if let Some(message) = token.kerberos() {
        kerberos(message);
    }
    if let Some(problem) = token.problem {
        assert!(problem.to_string().len() < 400);
    }
}

fn kerberos(token: &[u8]) {
    let message = match Message::parse(token) {
        Ok(message) => message,
        Err(error) => return assert!(error.to_string().len() < 400),
    };
    let said = format!("{message:?}").len();
    assert!(said <= 4_000 + 200 * token.len(), "{said} bytes are said of {}", token.len());
    match &message {
        Message::ApReq(request) => {
            name(&request.ticket.sname, token);
            let parts = [request.ticket.enc_part, request.authenticator];
            for part in parts.into_iter().flatten() {
                assert_within(part.cipher, token);
                let _ = part.etype.name();
            }
        }
        Message::ApRep(reply) => assert_within(reply.enc_part.cipher, token),
        Message::KrbError(error) => {
            for principal in [&error.cname, &error.sname].into_iter().flatten() {
                name(principal, token);
            }
            assert_within(error.e_data.unwrap_or_default(), token);
        }
        _ => {}
    }
}

fn name(name: &PrincipalName, token: &[u8]) {
    assert!(name.name_string.len() <= PrincipalName::MAX_PARTS);
    let len: usize = name.name_string.iter().map(String::len).sum();
    assert!(len <= 3 * token.len());
    let _ = name.to_string();
}
