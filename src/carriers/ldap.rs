//! LDAP: bindRequest and bindResponse (RFC 4511 4.2) with SASL, and with the older way of NTLM that
//! Windows calls Sicily (\[MS-ADTS\] 5.1.1.1.3).

use asn1_rs::{Any, FromBer, Header, Length};

use super::reader::{Conversation, Heard};
use super::stream::Step;
use super::{Protocol, Side, number_of};
use crate::auth::ntlmssp;

/// A connection of LDAP.
#[derive(Debug)]
pub(super) struct Ldap;

/// Identifier octets: of an LDAPMessage and what stands in it.
mod tag {
    pub(super) const SEQUENCE: u8 = 0x30;
    pub(super) const INTEGER: u8 = 0x02;
    pub(super) const BIND_REQUEST: u8 = 0x60;
    pub(super) const BIND_RESPONSE: u8 = 0x61;
    /// The first operation, bindRequest, and the last, intermediateResponse; unbindRequest,
    /// delRequest and abandonRequest are apart.
    pub(super) const OPERATIONS: std::ops::RangeInclusive<u8> = 0x60..=0x79;
    pub(super) const OTHER_OPERATIONS: [u8; 3] = [0x42, 0x4a, 0x50];
    /// sasl of AuthenticationChoice.
    pub(super) const SASL: u8 = 0xa3;
    /// sicilyNegotiate and sicilyResponse.
    pub(super) const SICILY: [u8; 2] = [0x8a, 0x8b];
    /// serverSaslCreds.
    pub(super) const SERVER_SASL_CREDS: u8 = 0x87;
}

/// resultCode of a bind that goes on.
const SASL_BIND_IN_PROGRESS: u32 = 14;

/// Bytes in which the operation of a message is found.
const START: usize = 24;

impl Ldap {
    /// Who says `bytes`, if that is LDAP.
    pub(super) fn side_of(bytes: &[u8]) -> Option<Side> {
        let (_, operation) = start(bytes)?;
        let is_answer = matches!(operation, 0x61 | 0x64 | 0x65 | 0x67 | 0x69 | 0x6b | 0x6d | 0x6f)
            || matches!(operation, 0x73 | 0x78 | 0x79);
        Some(if is_answer { Side::Server } else { Side::Client })
    }
}

/// Bytes of the message that `bytes` start with, and its operation.
fn start(bytes: &[u8]) -> Option<(u64, u8)> {
    let (body, header) = Header::from_ber(bytes).ok()?;
    let Length::Definite(len) = header.length() else { return None };
    let whole = (bytes.len() - body.len()).saturating_add(len) as u64;
    let &identifier = body.first()?;
    let (rest, message_id) = Header::from_ber(body).ok()?;
    let Length::Definite(id_len) = message_id.length() else { return None };
    let operation = *rest.get(id_len)?;
    let is_operation =
        tag::OPERATIONS.contains(&operation) || tag::OTHER_OPERATIONS.contains(&operation);
    let is_message = bytes.first() == Some(&tag::SEQUENCE)
        && identifier == tag::INTEGER
        && matches!(id_len, 1..=4);
    (is_message && is_operation).then_some((whole, operation))
}

/// An element: its identifier octet, its contents, and what follows it.
fn element(bytes: &[u8]) -> Option<(u8, &[u8], &[u8])> {
    let (rest, any) = Any::from_ber(bytes).ok()?;
    Some((*bytes.first()?, any.data, rest))
}

/// The contents of protocolOp of a message.
fn operation(message: &[u8]) -> Option<&[u8]> {
    let (_, contents, _) = element(message)?;
    let (_, _id, rest) = element(contents)?;
    Some(element(rest)?.1)
}

/// The token of a bindRequest.
fn bind_request(message: &[u8]) -> Option<&[u8]> {
    let (_, _version, rest) = element(operation(message)?)?;
    let (_, _name, rest) = element(rest)?;
    let (choice, contents, _) = element(rest)?;
    match choice {
        tag::SASL => {
            let (_, _mechanism, rest) = element(contents)?;
            Some(element(rest)?.1)
        }
        choice if tag::SICILY.contains(&choice) => Some(contents),
        _ => None,
    }
}

/// resultCode and the token of a bindResponse.
fn bind_response(message: &[u8]) -> Option<(u32, Option<&[u8]>)> {
    let (_, code, rest) = element(operation(message)?)?;
    let code = code.iter().take(4).fold(0, |code, byte| code << 8 | u32::from(*byte));
    let (_, matched_dn, rest) = element(rest)?;
    // Sicily has the server's credentials in the place of matchedDN.
    let sicily = matched_dn.starts_with(&ntlmssp::SIGNATURE).then_some(matched_dn);
    let (_, _diagnostic_message, mut rest) = element(rest)?;
    let mut sasl = None;
    while let Some((identifier, contents, after)) = element(rest) {
        if identifier == tag::SERVER_SASL_CREDS {
            sasl = Some(contents);
        }
        rest = after;
    }
    Some((code, sasl.or(sicily)))
}

impl Conversation for Ldap {
    fn protocol(&self) -> Protocol {
        Protocol::Ldap
    }

    fn starts(&self, side: Side, bytes: &[u8]) -> bool {
        Ldap::side_of(bytes) == Some(side)
    }

    fn step(&mut self, side: Side, bytes: &[u8], _seen: usize, heard: &mut Heard<'_>) -> Step {
        let Some((len, operation)) = start(bytes) else {
            return if bytes.len() < START { Step::Wait(Some(START)) } else { Step::Lost };
        };
        if !matches!(operation, tag::BIND_REQUEST | tag::BIND_RESPONSE) {
            return Step::Took(len);
        }
        let Some(message) = usize::try_from(len).ok().and_then(|len| bytes.get(..len)) else {
            return Step::Wait(usize::try_from(len).ok());
        };
        match (side, operation) {
            (Side::Client, tag::BIND_REQUEST) => {
                if let Some(token) = bind_request(message) {
                    heard.token(side, token, number_of(message));
                }
            }
            (Side::Server, tag::BIND_RESPONSE) => {
                if let Some((code, token)) = bind_response(message) {
                    if let Some(token) = token {
                        heard.token(side, token, number_of(message));
                    }
                    match code {
                        0 => heard.accepted(0),
                        SASL_BIND_IN_PROGRESS => {}
                        code => heard.refused(code),
                    }
                }
            }
            _ => {}
        }
        Step::Took(len)
    }
}
