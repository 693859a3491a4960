//! NTLMSSP, the messages of NTLM: \[MS-NLMP\] 2.2.1.
//!
//! Integers are little-endian. The range before each field is its place in the message, in bytes.
//! A payload is found by its length and offset fields, and is there only if the message holds all
//! of it.

pub mod authenticate;
pub mod av_pair;
pub mod challenge;
pub mod flags;
pub mod negotiate;
pub mod response;

#[cfg(test)]
mod test_messages;

use std::fmt;
use std::ops::Range;

use nom::bytes::complete::take;
use nom::number::complete::{le_u8, le_u16, le_u32};
use nom::{IResult, Parser};

use crate::auth::error::{DecodeError, DecodeErrorKind, Structure};
use crate::auth::ntlmssp::authenticate::AuthenticateMessage;
use crate::auth::ntlmssp::challenge::ChallengeMessage;
use crate::auth::ntlmssp::flags::NegotiateFlags;
use crate::auth::ntlmssp::negotiate::NegotiateMessage;

/// `[0..8]` Signature of every message.
pub const SIGNATURE: [u8; 8] = *b"NTLMSSP\0";

/// An NTLMSSP message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Message<'a> {
    /// The client says what it can.
    Negotiate(NegotiateMessage<'a>),
    /// The server answers with its challenge.
    Challenge(ChallengeMessage<'a>),
    /// The client answers the challenge.
    Authenticate(AuthenticateMessage<'a>),
}

impl<'a> Message<'a> {
    /// Reads the message that `message` starts with.
    pub fn parse(message: &'a [u8]) -> Result<Message<'a>, DecodeError> {
        match MessageType::parse(message)? {
            MessageType::Negotiate => NegotiateMessage::parse(message).map(Message::Negotiate),
            MessageType::Challenge => ChallengeMessage::parse(message).map(Message::Challenge),
            MessageType::Authenticate => {
                AuthenticateMessage::parse(message).map(Message::Authenticate)
            }
        }
    }
}

/// MessageType.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum MessageType {
    /// 0x00000001.
    Negotiate,
    /// 0x00000002.
    Challenge,
    /// 0x00000003.
    Authenticate,
}

impl MessageType {
    /// The type of the message that `bytes` start with; `None` where they start with none.
    pub fn of(bytes: &[u8]) -> Option<MessageType> {
        MessageType::parse(bytes).ok()
    }

    /// Reads Signature and MessageType.
    pub fn parse(message: &[u8]) -> Result<MessageType, DecodeError> {
        let structure = Structure::NtlmMessage;
        let (_, body) = header(message, structure)?;
        let found = match body.first_chunk() {
            Some(&found) => u32::from_le_bytes(found),
            None => return Err(truncated(structure, 12, message)),
        };
        match found {
            1 => Ok(MessageType::Negotiate),
            2 => Ok(MessageType::Challenge),
            3 => Ok(MessageType::Authenticate),
            _ => Err(DecodeError {
                structure,
                offset: 8,
                kind: DecodeErrorKind::MessageType { found },
            }),
        }
    }
}

/// A payload as its fields in the message describe it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Payload<'a> {
    /// Len: bytes of it.
    pub len: u16,
    /// MaxLen: ignored on receipt, and nearly always equal to `len`.
    pub max_len: u16,
    /// BufferOffset: its place, in bytes from the start of the message.
    pub offset: u32,
    /// Its bytes; `None` where the message ends before they do.
    pub bytes: Option<&'a [u8]>,
}

impl<'a> Payload<'a> {
    /// Finds the bytes in `message`.
    fn find(self, message: &'a [u8]) -> Payload<'a> {
        let bytes = match self.len {
            0 => Some(&[][..]),
            _ => usize::try_from(self.offset)
                .ok()
                .and_then(|offset| message.get(offset..)?.get(..usize::from(self.len))),
        };
        Payload { bytes, ..self }
    }

    /// Whether a byte of it lies in `place`.
    fn overlaps(&self, place: &Range<u32>) -> bool {
        let end = u64::from(self.offset) + u64::from(self.len);
        self.len > 0 && self.offset < place.end && u64::from(place.start) < end
    }

    /// The bytes as text.
    pub fn text(&self, encoding: Encoding) -> Option<String> {
        self.bytes.map(|bytes| encoding.decode(bytes))
    }
}

/// How the text of a message is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Encoding {
    /// UTF-16, little-endian.
    Unicode,
    /// The sender's code page, which the message does not name; read as Latin-1.
    Oem,
}

impl Encoding {
    /// `bytes` as text. What is not UTF-16 becomes U+FFFD.
    pub fn decode(self, bytes: &[u8]) -> String {
        match self {
            Encoding::Unicode => {
                let (units, _) = bytes.as_chunks::<2>();
                let units = units.iter().map(|&unit| u16::from_le_bytes(unit));
                char::decode_utf16(units)
                    .map(|c| c.unwrap_or(char::REPLACEMENT_CHARACTER))
                    .collect()
            }
            Encoding::Oem => bytes.iter().map(|&byte| char::from(byte)).collect(),
        }
    }
}

/// VERSION, \[MS-NLMP\] 2.2.2.10: the sender's operating system, shown as "10.0.17763".
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Version {
    /// `[0]` ProductMajorVersion.
    pub major: u8,
    /// `[1]` ProductMinorVersion.
    pub minor: u8,
    /// `[2..4]` ProductBuild.
    pub build: u16,
    /// `[7]` NTLMRevisionCurrent. 0x0f is NTLMSSP_REVISION_W2K3.
    pub revision: u8,
}

impl Version {
    /// Bytes in a version.
    pub const LEN: usize = 8;
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}.{}", self.major, self.minor, self.build)
    }
}

/// Splits `message` after its signature.
fn header(message: &[u8], structure: Structure) -> Result<(&[u8], &[u8]), DecodeError> {
    match message.split_at_checked(SIGNATURE.len()) {
        None => Err(truncated(structure, SIGNATURE.len(), message)),
        Some((signature, _)) if signature != SIGNATURE => {
            Err(DecodeError { structure, offset: 0, kind: DecodeErrorKind::Signature })
        }
        Some(parts) => Ok(parts),
    }
}

/// The error of a `message` that ends before its `needed` fixed bytes do.
fn truncated(structure: Structure, needed: usize, message: &[u8]) -> DecodeError {
    let available = message.len();
    let kind = DecodeErrorKind::Truncated { needed, available };
    DecodeError { structure, offset: 0, kind }
}

/// Reads Len, MaxLen and BufferOffset.
fn payload(input: &[u8]) -> IResult<&[u8], Payload<'static>> {
    let (input, len) = le_u16(input)?;
    let (input, max_len) = le_u16(input)?;
    let (input, offset) = le_u32(input)?;
    Ok((input, Payload { len, max_len, offset, bytes: None }))
}

/// Reads NegotiateFlags.
fn negotiate_flags(input: &[u8]) -> IResult<&[u8], NegotiateFlags> {
    le_u32.map(NegotiateFlags).parse(input)
}

/// Reads VERSION.
fn version(input: &[u8]) -> IResult<&[u8], Version> {
    let (input, major) = le_u8(input)?;
    let (input, minor) = le_u8(input)?;
    let (input, build) = le_u16(input)?;
    let (input, _reserved) = take(3_usize).parse(input)?;
    let (input, revision) = le_u8(input)?;
    Ok((input, Version { major, minor, build, revision }))
}

/// The version at `place` of `message`, if `flags` announce it and no payload lies there.
///
/// Senders that know no version put their payload in its place.
fn version_at(
    message: &[u8],
    place: Range<u32>,
    flags: NegotiateFlags,
    payloads: &[Payload<'_>],
) -> Option<Version> {
    let is_announced = flags.contains(NegotiateFlags::NTLMSSP_NEGOTIATE_VERSION);
    if !is_announced || payloads.iter().any(|payload| payload.overlaps(&place)) {
        return None;
    }
    let bytes = message.get(usize::try_from(place.start).ok()?..)?;
    version(bytes).ok().map(|(_, version)| version)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::auth::ntlmssp::test_messages as messages;

    const ALL: [&str; 5] = [
        messages::SPEC_CHALLENGE,
        messages::SPEC_AUTHENTICATE,
        messages::BLOG_NEGOTIATE,
        messages::BLOG_CHALLENGE,
        messages::BLOG_AUTHENTICATE,
    ];

    /// Asks everything of a message.
    fn ask(bytes: &[u8]) -> Result<(), DecodeError> {
        let pairs = match Message::parse(bytes)? {
            Message::Negotiate(message) => {
                let _ = (message.domain_name_text(), message.workstation_text());
                return Ok(());
            }
            Message::Challenge(message) => {
                message.target_name_text();
                message.av_pairs()
            }
            Message::Authenticate(message) => {
                let _ = (message.domain_name_text(), message.user_name_text());
                let _ = (message.workstation_text(), message.is_anonymous());
                message.av_pairs()
            }
        };
        let _ = (pairs.flags(), pairs.timestamp().map(|time| time.unix_nanoseconds()));
        let _ = (pairs.machine_id(), pairs.channel_bindings(), pairs.is_complete());
        pairs.iter().for_each(|pair| {
            let _ = (pair.id.to_string(), pair.text());
        });
        Ok(())
    }

    #[test]
    fn the_type_decides() {
        let types: Vec<_> =
            ALL.iter().map(|hex| MessageType::of(&messages::bytes(hex)).unwrap()).collect();
        use MessageType::{Authenticate, Challenge, Negotiate};
        assert_eq!(types, [Challenge, Authenticate, Negotiate, Challenge, Authenticate]);
    }

    #[test]
    fn other_bytes_are_refused() {
        let fail = |offset, kind| {
            let structure = Structure::NtlmMessage;
            Err(DecodeError { structure, offset, kind })
        };
        assert_eq!(ask(b"NTLMSSQ\0\x01\0\0\0"), fail(0, DecodeErrorKind::Signature));
        let found = 0x0102_0304;
        assert_eq!(
            ask(b"NTLMSSP\0\x04\x03\x02\x01"),
            fail(8, DecodeErrorKind::MessageType { found })
        );
        let kind = DecodeErrorKind::Truncated { needed: 12, available: 9 };
        assert_eq!(ask(b"NTLMSSP\0\x01"), fail(0, kind));
    }

    #[test]
    fn every_truncation() {
        for hex in ALL {
            let whole = messages::bytes(hex);
            for len in 0..whole.len() {
                let fixed = [12, 16, 32, 52];
                assert!(ask(&whole[..len]).is_ok() || fixed.iter().any(|&needed| len < needed));
            }
        }
    }

    #[test]
    fn text_that_is_not_utf_16_is_shown_as_such() {
        assert_eq!(Encoding::Unicode.decode(&[0x41, 0, 0x00, 0xd8, 0x42]), "A\u{fffd}");
        assert_eq!(Encoding::Oem.decode(&[0x41, 0xe4]), "Aä");
    }

    #[test]
    fn payloads_bind_to_the_message() {
        let payload = |len, offset| Payload { len, max_len: len, offset, bytes: None };
        assert_eq!(payload(2, 1).find(b"abc").bytes, Some(&b"bc"[..]));
        assert_eq!(payload(3, 1).find(b"abc").bytes, None);
        assert_eq!(payload(1, u32::MAX).find(b"abc").bytes, None);
        assert_eq!(payload(0, u32::MAX).find(b"abc").bytes, Some(&b""[..]));
        assert!(payload(8, 72).overlaps(&(72..88)));
        assert!(payload(100, 0).overlaps(&(72..88)));
        assert!(!payload(8, 64).overlaps(&(72..88)));
        assert!(!payload(8, 88).overlaps(&(72..88)));
        assert!(!payload(0, 72).overlaps(&(72..88)));
        assert!(!payload(u16::MAX, u32::MAX).overlaps(&(72..88)));
    }

    proptest! {
        #[test]
        fn any_bytes(kind in 1_u8..4, bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            let _ = ask(&bytes);
            let _ = ask(&[&SIGNATURE[..], &[kind, 0, 0, 0], &bytes].concat());
        }

        #[test]
        fn any_change(place in 0_usize..500, value in any::<u8>()) {
            for hex in ALL {
                let mut bytes = messages::bytes(hex);
                let place = place % bytes.len();
                bytes[place] = value;
                let _ = ask(&bytes);
            }
        }
    }
}
