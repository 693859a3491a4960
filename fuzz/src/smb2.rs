//! Messages of SMB 2 and 3.

use std::fmt::Debug;

use countersign::smb::error::DecodeError;
use countersign::smb::fields::Buffer;
use countersign::smb::smb2::{
    CompressionTransformHeader, ErrorResponse, Header, IoctlRequest, IoctlResponse, LogoffRequest,
    LogoffResponse, NegotiateContexts, NegotiateRequest, NegotiateResponse, PartialHeader,
    SessionSetupRequest, SessionSetupResponse, TransformHeader, TreeConnectRequest,
    TreeConnectResponse, ValidateNegotiateInfoRequest, ValidateNegotiateInfoResponse,
};

use super::assert_within;

/// Reads `message` as every structure there is, whole and cut.
pub fn check(message: &[u8]) {
    read(message);
    let [first, rest @ ..] = message else { return };
    // Behind the right identifier, whatever the input begins with.
    let protocol_id = match first % 4 {
        0 => TRANSFORM,
        1 => COMPRESSION,
        _ => Header::PROTOCOL_ID,
    };
    let mut message = [&protocol_id, rest].concat();
    read(&message);
    if message.len() >= 6 && protocol_id == Header::PROTOCOL_ID {
        message[4..6].copy_from_slice(&[64, 0]);
        read(&message);
    }
}

const TRANSFORM: [u8; 4] = *b"\xfdSMB";
const COMPRESSION: [u8; 4] = *b"\xfcSMB";

fn read(message: &[u8]) {
    header(message);
    keeps(message, |message| NegotiateRequest::parse(message).is_ok());
    if let Some(request) = of(message, NegotiateRequest::parse(message)) {
        assert!(request.dialects.iter().count() <= usize::from(request.dialects.count()));
        contexts(&request.negotiate_contexts, message);
    }
    keeps(message, |message| NegotiateResponse::parse(message).is_ok());
    if let Some(response) = of(message, NegotiateResponse::parse(message)) {
        buffer(&response.security_buffer, message);
        contexts(&response.negotiate_contexts, message);
    }
    keeps(message, |message| SessionSetupRequest::parse(message).is_ok());
    if let Some(request) = of(message, SessionSetupRequest::parse(message)) {
        buffer(&request.security_buffer, message);
    }
    keeps(message, |message| SessionSetupResponse::parse(message).is_ok());
    if let Some(response) = of(message, SessionSetupResponse::parse(message)) {
        buffer(&response.security_buffer, message);
    }
    if let Some(request) = of(message, TreeConnectRequest::parse(message)) {
        let path = request.path();
        assert_within(path.bytes(), message);
        assert!(path.to_string().len() <= 3 + 2 * path.bytes().len());
    }
    of(message, TreeConnectResponse::parse(message));
    of(message, ErrorResponse::parse(message));
    of(message, LogoffRequest::parse(message));
    of(message, LogoffResponse::parse(message));
    if let Some(request) = of(message, IoctlRequest::parse(message)) {
        buffer(&request.input, message);
        buffer(&request.output, message);
        if let Ok(validate) = ValidateNegotiateInfoRequest::parse(&request.input) {
            modest(&validate, message);
        }
    }
    if let Some(response) = of(message, IoctlResponse::parse(message)) {
        buffer(&response.input, message);
        buffer(&response.output, message);
        if let Ok(validate) = ValidateNegotiateInfoResponse::parse(&response.output) {
            modest(&validate, message);
        }
    }
    if let Ok((transform, rest)) = TransformHeader::parse(message) {
        modest(&transform, message);
        assert_within(rest, message);
        assert!(message.starts_with(&TRANSFORM));
    }
    compression(message);
}

/// The fields of a header stand where the specification puts them.
fn header(message: &[u8]) {
    let whole = Header::parse(message);
    let partial = PartialHeader::parse(message);
    let Ok((header, rest)) = whole else { return };
    assert!(partial.is_ok(), "a whole header is more than a part of one");
    assert_eq!(rest.len(), message.len() - Header::LEN);
    let number = |range: std::ops::Range<usize>| {
        message[range].iter().rev().fold(0_u64, |number, byte| number << 8 | u64::from(*byte))
    };
    assert_eq!(message[..6], *b"\xfeSMB\x40\x00");
    assert_eq!(u64::from(header.credit_charge), number(6..8));
    assert_eq!(u64::from(header.command.0), number(12..14));
    assert_eq!(u64::from(header.flags.0), number(16..20));
    assert_eq!(u64::from(header.next_command), number(20..24));
    assert_eq!(header.message_id.0, number(24..32));
    assert_eq!(header.session_id.0, number(40..48));
    assert_eq!(header.signature, message[48..64]);
    assert_eq!(header.is_response(), number(16..20) & 1 != 0);
    assert_eq!(header.is_signed(), number(16..20) & 8 != 0);
    assert_eq!(header.status().is_some(), header.is_response());
    assert_ne!(header.tree_id().is_some(), header.async_id().is_some());
    modest(&header, message);
    for len in 0..Header::LEN {
        assert!(Header::parse(&message[..len]).is_err());
        let _ = PartialHeader::parse(&message[..len]);
    }
}

fn contexts(contexts: &NegotiateContexts<'_>, message: &[u8]) {
    let count = contexts.iter().count();
    assert!(count <= usize::from(contexts.count()).max(1));
    // Each takes eight bytes at least.
    assert!(count <= 1 + message.len() / 8, "{count} contexts of {} bytes", message.len());
    let mut has_ended = false;
    for context in contexts.iter() {
        assert!(!has_ended, "contexts go on after one that could not be read");
        match context {
            Ok(context) => modest(&context, message),
            Err(_) => has_ended = true,
        }
    }
}

fn compression(message: &[u8]) {
    let Ok(header) = CompressionTransformHeader::parse(message) else { return };
    assert!(message.starts_with(&COMPRESSION));
    match header {
        CompressionTransformHeader::Unchained { uncompressed, compressed, .. } => {
            assert_within(uncompressed, message);
            assert_within(compressed, message);
        }
        CompressionTransformHeader::Chained { payloads, .. } => {
            let mut total = 0;
            for payload in payloads.flatten() {
                assert_within(payload.data, message);
                total += 8 + payload.data.len();
            }
            assert!(total <= message.len(), "payloads overlap");
        }
    }
}

pub(crate) fn buffer(buffer: &Buffer<'_>, message: &[u8]) {
    assert_within(buffer.captured(), message);
    assert!(buffer.captured().len() <= buffer.length());
    if let Ok(whole) = buffer.whole() {
        assert_eq!(whole.len(), buffer.length());
        assert_eq!(whole, buffer.captured());
    }
}

/// A structure that was read; what is said of it stays in proportion.
fn of<T: Debug>(message: &[u8], read: Result<T, DecodeError>) -> Option<T> {
    match read {
        Ok(structure) => {
            modest(&structure, message);
            Some(structure)
        }
        Err(error) => {
            assert!(error.to_string().len() < 400);
            None
        }
    }
}

pub(crate) fn modest(structure: &impl Debug, message: &[u8]) {
    let said = format!("{structure:?}").len();
    assert!(said <= 4_000 + 100 * message.len(), "{said} bytes of {}", message.len());
}

/// What can be read of a message that is cut can be read of the whole.
fn keeps(message: &[u8], is_read: impl Fn(&[u8]) -> bool) {
    if !is_read(message) {
        for len in [1, 3, 10, 40].into_iter().filter_map(|less| message.len().checked_sub(less)) {
            assert!(!is_read(&message[..len]), "only read where it is cut to {len} bytes");
        }
    }
}
