//! CHALLENGE_MESSAGE, \[MS-NLMP\] 2.2.1.2.

use nom::bytes::complete::take;
use nom::{IResult, Parser};

use crate::auth::error::{DecodeError, Structure};
use crate::auth::ntlmssp::av_pair::AvPairs;
use crate::auth::ntlmssp::flags::NegotiateFlags;
use crate::auth::ntlmssp::{
    Payload, Version, header, negotiate_flags, payload, truncated, version_at,
};

/// CHALLENGE_MESSAGE: the server's challenge, and what the server says about itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ChallengeMessage<'a> {
    /// `[12..20]` TargetName: the server's domain, or its own name outside a domain.
    pub target_name: Payload<'a>,
    /// `[20..24]` NegotiateFlags.
    pub negotiate_flags: NegotiateFlags,
    /// `[24..32]` ServerChallenge.
    pub server_challenge: [u8; 8],
    /// `[40..48]` TargetInfo: a list of AV pairs.
    pub target_info: Payload<'a>,
    /// `[48..56]` Version.
    pub version: Option<Version>,
    /// The whole message, over which the MIC is computed.
    pub bytes: &'a [u8],
}

impl<'a> ChallengeMessage<'a> {
    /// Bytes that every message has.
    pub const MIN_LEN: usize = 32;

    /// Reads the message that `message` starts with.
    pub fn parse(message: &'a [u8]) -> Result<ChallengeMessage<'a>, DecodeError> {
        let structure = Structure::ChallengeMessage;
        let (_signature, _) = header(message, structure)?;
        let (rest, (target_name, negotiate_flags, server_challenge)) = message
            .get(12..)
            .and_then(|input| fields(input).ok())
            .ok_or_else(|| truncated(structure, ChallengeMessage::MIN_LEN, message))?;
        // The first servers put TargetName here.
        let target_info = match target_info(rest) {
            Ok((_, target_info)) if !target_name.overlaps(&(40..48)) => target_info,
            _ => Payload::default(),
        };
        let payloads = [target_name, target_info];
        Ok(ChallengeMessage {
            target_name: target_name.find(message),
            negotiate_flags,
            server_challenge,
            target_info: target_info.find(message),
            version: version_at(message, 48..56, negotiate_flags, &payloads),
            bytes: message,
        })
    }

    /// The server's domain, or its own name outside a domain.
    pub fn target_name_text(&self) -> Option<String> {
        self.target_name.text(self.negotiate_flags.encoding())
    }

    /// What the server says about itself; empty where that is nothing.
    pub fn av_pairs(&self) -> AvPairs<'a> {
        AvPairs(self.target_info.bytes.unwrap_or_default())
    }
}

type Fields = (Payload<'static>, NegotiateFlags, [u8; 8]);

/// Reads the fields that every message has.
fn fields(input: &[u8]) -> IResult<&[u8], Fields> {
    let (input, target_name) = payload(input)?;
    let (input, negotiate_flags) = negotiate_flags(input)?;
    let (input, server_challenge) = nom::number::complete::le_u64(input)?;
    Ok((input, (target_name, negotiate_flags, server_challenge.to_le_bytes())))
}

/// Reads the fields of TargetInfo.
fn target_info(input: &[u8]) -> IResult<&[u8], Payload<'static>> {
    let (input, _reserved) = take(8_usize).parse(input)?;
    payload(input)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::auth::ntlmssp::av_pair::AvId;
    use crate::auth::ntlmssp::test_messages as messages;

    #[test]
    fn message_of_the_specification() {
        let bytes = messages::bytes(messages::SPEC_CHALLENGE);
        let message = ChallengeMessage::parse(&bytes).unwrap();
        assert_eq!(message.target_name_text().as_deref(), Some("Server"));
        assert_eq!(message.negotiate_flags, NegotiateFlags(0xe28a_8233));
        assert_eq!(message.server_challenge, [0x01, 0x23, 0x45, 0x67, 0x89, 0xab, 0xcd, 0xef]);
        assert_eq!(message.version.map(|v| v.to_string()).as_deref(), Some("6.0.6000"));
        let pairs = message.av_pairs();
        assert_eq!(pairs.text(AvId::NB_DOMAIN_NAME).as_deref(), Some("Domain"));
        assert_eq!(pairs.text(AvId::NB_COMPUTER_NAME).as_deref(), Some("Server"));
        assert_eq!(pairs.iter().count(), 2);
        assert!(pairs.is_complete());
    }

    #[test]
    fn message_of_the_blog() {
        let bytes = messages::bytes(messages::BLOG_CHALLENGE);
        let message = ChallengeMessage::parse(&bytes).unwrap();
        assert_eq!(message.target_name_text().as_deref(), Some("SUT311"));
        assert_eq!(message.version.map(|v| v.to_string()).as_deref(), Some("10.0.10130"));
        let time = message.av_pairs().timestamp().and_then(|time| time.unix_nanoseconds());
        assert_eq!(time, Some(1_435_184_301_389_456_100));
    }

    #[test]
    fn the_first_servers_send_no_target_info() {
        let mut bytes = messages::bytes(messages::SPEC_CHALLENGE);
        // TargetName where TargetInfo would be described.
        bytes[12..20].copy_from_slice(&[12, 0, 12, 0, 40, 0, 0, 0]);
        let message = ChallengeMessage::parse(&bytes).unwrap();
        assert_eq!(message.target_info.len, 0);
        assert_eq!(message.version, None);
        let message = ChallengeMessage::parse(&bytes[..32]).unwrap();
        assert_eq!(message.target_name_text(), None);
        assert_eq!(message.av_pairs().iter().count(), 0);
        assert!(ChallengeMessage::parse(&bytes[..31]).is_err());
    }
}
