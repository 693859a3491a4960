//! AUTHENTICATE_MESSAGE, \[MS-NLMP\] 2.2.1.3.

use nom::IResult;

use crate::auth::error::{DecodeError, Structure};
use crate::auth::ntlmssp::av_pair::{AvFlags, AvPairs};
use crate::auth::ntlmssp::flags::NegotiateFlags;
use crate::auth::ntlmssp::response::{NtlmV2Response, ResponseKind};
use crate::auth::ntlmssp::{
    Encoding, Payload, Version, header, negotiate_flags, payload, truncated, version_at,
};

/// AUTHENTICATE_MESSAGE: who the client is, and its response to the challenge.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AuthenticateMessage<'a> {
    /// `[12..20]` LmChallengeResponse.
    pub lm_challenge_response: Payload<'a>,
    /// `[20..28]` NtChallengeResponse.
    pub nt_challenge_response: Payload<'a>,
    /// `[28..36]` DomainName.
    pub domain_name: Payload<'a>,
    /// `[36..44]` UserName.
    pub user_name: Payload<'a>,
    /// `[44..52]` Workstation.
    pub workstation: Payload<'a>,
    /// `[52..60]` EncryptedRandomSessionKey.
    pub encrypted_random_session_key: Payload<'a>,
    /// `[60..64]` NegotiateFlags: what was agreed. The first clients do not send them.
    pub negotiate_flags: Option<NegotiateFlags>,
    /// `[64..72]` Version.
    pub version: Option<Version>,
    /// `[72..88]` MIC: a code over all three messages.
    pub mic: Option<[u8; 16]>,
    /// The whole message, over which the MIC is computed.
    pub bytes: &'a [u8],
}

impl<'a> AuthenticateMessage<'a> {
    /// Bytes that every message has.
    pub const MIN_LEN: usize = 52;
    /// Where MIC stands, in bytes from the start of the message.
    pub const MIC_OFFSET: usize = 72;

    /// Reads the message that `message` starts with.
    pub fn parse(message: &'a [u8]) -> Result<AuthenticateMessage<'a>, DecodeError> {
        let structure = Structure::AuthenticateMessage;
        let (_signature, _) = header(message, structure)?;
        let (rest, parsed) = message
            .get(12..)
            .and_then(|input| fields(input).ok())
            .ok_or_else(|| truncated(structure, AuthenticateMessage::MIN_LEN, message))?;
        let mut found = AuthenticateMessage {
            lm_challenge_response: parsed.lm_challenge_response.find(message),
            nt_challenge_response: parsed.nt_challenge_response.find(message),
            domain_name: parsed.domain_name.find(message),
            user_name: parsed.user_name.find(message),
            workstation: parsed.workstation.find(message),
            bytes: message,
            ..parsed
        };
        if let Ok((_, (session_key, flags))) = session_key_and_flags(rest)
            && !found.payloads().iter().any(|payload| payload.overlaps(&(52..64)))
        {
            found.encrypted_random_session_key = session_key.find(message);
            found.negotiate_flags = Some(flags);
            found.version = version_at(message, 64..72, flags, &found.payloads());
            found.mic = found.mic();
        }
        Ok(found)
    }

    /// How the message's text is written.
    pub fn encoding(&self) -> Encoding {
        self.negotiate_flags.unwrap_or_default().encoding()
    }

    /// The account's domain.
    pub fn domain_name_text(&self) -> Option<String> {
        self.domain_name.text(self.encoding())
    }

    /// The account.
    pub fn user_name_text(&self) -> Option<String> {
        self.user_name.text(self.encoding())
    }

    /// The client's name.
    pub fn workstation_text(&self) -> Option<String> {
        self.workstation.text(self.encoding())
    }

    /// Whether the client gives no credentials, \[MS-NLMP\] 3.2.5.1.2.
    pub fn is_anonymous(&self) -> bool {
        let flags = self.negotiate_flags.unwrap_or_default();
        flags.contains(NegotiateFlags::NTLMSSP_NEGOTIATE_ANONYMOUS)
            || (self.user_name.len == 0
                && self.nt_challenge_response.len == 0
                && self.lm_challenge_response.len <= 1)
    }

    /// The kind of the responses; `None` where there is none.
    pub fn response_kind(&self) -> Option<ResponseKind> {
        let has_extended_session_security = self
            .negotiate_flags
            .unwrap_or_default()
            .contains(NegotiateFlags::NTLMSSP_NEGOTIATE_EXTENDED_SESSIONSECURITY);
        ResponseKind::of(
            usize::from(self.lm_challenge_response.len),
            usize::from(self.nt_challenge_response.len),
            has_extended_session_security,
        )
    }

    /// The NTLMv2 response, where NtChallengeResponse is one.
    pub fn ntlm_v2_response(&self) -> Option<NtlmV2Response<'a>> {
        match self.response_kind() {
            Some(ResponseKind::NtlmV2) => {
                NtlmV2Response::parse(self.nt_challenge_response.bytes?).ok()
            }
            _ => None,
        }
    }

    /// The AV pairs of the NTLMv2 response; empty where there are none.
    pub fn av_pairs(&self) -> AvPairs<'a> {
        self.ntlm_v2_response().map_or(AvPairs::default(), |response| response.av_pairs)
    }

    fn payloads(&self) -> [Payload<'a>; 6] {
        [
            self.lm_challenge_response,
            self.nt_challenge_response,
            self.domain_name,
            self.user_name,
            self.workstation,
            self.encrypted_random_session_key,
        ]
    }

    /// The MIC, if MsvAvFlags announces it and no payload lies in its place.
    ///
    /// Offsets alone do not tell: the place may be a gap.
    fn mic(&self) -> Option<[u8; 16]> {
        let is_announced = self.av_pairs().flags().is_some_and(|f| f.contains(AvFlags::MIC));
        if !is_announced || self.payloads().iter().any(|payload| payload.overlaps(&(72..88))) {
            return None;
        }
        self.bytes.get(AuthenticateMessage::MIC_OFFSET..)?.first_chunk().copied()
    }
}

/// Reads the fields that every message has.
fn fields(input: &[u8]) -> IResult<&[u8], AuthenticateMessage<'static>> {
    let (input, lm_challenge_response) = payload(input)?;
    let (input, nt_challenge_response) = payload(input)?;
    let (input, domain_name) = payload(input)?;
    let (input, user_name) = payload(input)?;
    let (input, workstation) = payload(input)?;
    let message = AuthenticateMessage {
        lm_challenge_response,
        nt_challenge_response,
        domain_name,
        user_name,
        workstation,
        encrypted_random_session_key: Payload { bytes: Some(&[]), ..Payload::default() },
        negotiate_flags: None,
        version: None,
        mic: None,
        bytes: &[],
    };
    Ok((input, message))
}

/// Reads EncryptedRandomSessionKey and NegotiateFlags.
fn session_key_and_flags(input: &[u8]) -> IResult<&[u8], (Payload<'static>, NegotiateFlags)> {
    let (input, session_key) = payload(input)?;
    let (input, flags) = negotiate_flags(input)?;
    Ok((input, (session_key, flags)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::auth::ntlmssp::test_messages as messages;

    #[test]
    fn message_of_the_specification() {
        let bytes = messages::bytes(messages::SPEC_AUTHENTICATE);
        let message = AuthenticateMessage::parse(&bytes).unwrap();
        assert_eq!(message.user_name_text().as_deref(), Some("User"));
        assert_eq!(message.domain_name_text().as_deref(), Some("Domain"));
        assert_eq!(message.workstation_text().as_deref(), Some("COMPUTER"));
        assert_eq!(message.negotiate_flags, Some(NegotiateFlags(0xe288_8235)));
        assert_eq!(message.version.map(|v| v.to_string()).as_deref(), Some("5.1.2600"));
        assert_eq!(message.lm_challenge_response.len, 24);
        assert_eq!(message.encrypted_random_session_key.bytes.map(<[u8]>::len), Some(16));
        assert_eq!(message.response_kind(), Some(ResponseKind::NtlmV2));
        assert_eq!(message.mic, None);
        assert!(!message.is_anonymous());
        let response = message.ntlm_v2_response().unwrap();
        assert_eq!(response.nt_proof_str[..4], [0x68, 0xcd, 0x0a, 0xb8]);
        assert_eq!(response.client_challenge, [0xaa; 8]);
        assert_eq!(response.temp.len(), 68);
        assert_eq!(response.av_pairs.iter().count(), 2);
    }

    #[test]
    fn message_of_the_blog() {
        let bytes = messages::bytes(messages::BLOG_AUTHENTICATE);
        let message = AuthenticateMessage::parse(&bytes).unwrap();
        assert_eq!(message.user_name_text().as_deref(), Some("administrator"));
        assert_eq!(message.domain_name_text().as_deref(), Some("SUT311"));
        assert_eq!(message.workstation_text().as_deref(), Some("DRIVER311"));
        let mic = message.mic.unwrap();
        assert_eq!(mic[..4], [0xec, 0xac, 0x77, 0xa5]);
        assert_eq!(mic[12..], [0xee, 0xed, 0xdc, 0xd3]);
        let pairs = message.av_pairs();
        assert_eq!(pairs.target_name().as_deref(), Some("cifs/SUT311"));
        assert_eq!(pairs.channel_bindings(), None);
        assert_eq!(pairs.machine_id().map(|id| id[0]), Some(0xb6));
    }

    /// Overwrites the flags.
    fn with_flags(flags: u32) -> Vec<u8> {
        let mut bytes = messages::bytes(messages::SPEC_AUTHENTICATE);
        bytes[60..64].copy_from_slice(&flags.to_le_bytes());
        bytes
    }

    #[test]
    fn a_mic_needs_both_the_announcement_and_the_place() {
        let mut bytes = messages::bytes(messages::BLOG_AUTHENTICATE);
        // DomainName moves to where the MIC stands.
        bytes[32] = 80;
        let message = AuthenticateMessage::parse(&bytes).unwrap();
        assert!(message.av_pairs().flags().unwrap().contains(AvFlags::MIC));
        assert_eq!(message.mic, None);

        let mut bytes = messages::bytes(messages::BLOG_AUTHENTICATE);
        let flags = bytes.windows(8).position(|pair| pair == [6, 0, 4, 0, 2, 0, 0, 0]).unwrap();
        bytes[flags + 4] = 0;
        assert_eq!(AuthenticateMessage::parse(&bytes).unwrap().mic, None);
    }

    #[test]
    fn the_version_needs_its_flag() {
        let bytes = with_flags(0xe088_8235);
        assert_eq!(AuthenticateMessage::parse(&bytes).unwrap().version, None);
    }

    #[test]
    fn no_credentials_by_flag_or_by_emptiness() {
        let bytes = with_flags(0xe288_8a35);
        assert!(AuthenticateMessage::parse(&bytes).unwrap().is_anonymous());
        let mut bytes = with_flags(0xe288_8235);
        for field in [20, 36] {
            bytes[field..field + 2].fill(0);
        }
        // A response of 24 bytes is one.
        assert!(!AuthenticateMessage::parse(&bytes).unwrap().is_anonymous());
        bytes[12] = 1;
        let message = AuthenticateMessage::parse(&bytes).unwrap();
        assert!(message.is_anonymous());
        assert_eq!(message.response_kind(), None);
    }

    #[test]
    fn kinds_of_response() {
        for (flags, expected) in
            [(0xe202_8233, ResponseKind::NtlmV1), (0x820a_8233, ResponseKind::NtlmV1Ess)]
        {
            let mut bytes = with_flags(flags);
            bytes[20] = 24;
            let message = AuthenticateMessage::parse(&bytes).unwrap();
            assert_eq!(message.response_kind(), Some(expected));
            assert_eq!(message.ntlm_v2_response(), None);
            bytes[20] = 0;
            let message = AuthenticateMessage::parse(&bytes).unwrap();
            assert_eq!(message.response_kind(), Some(ResponseKind::Lm));
        }
    }

    #[test]
    fn the_first_clients_end_with_workstation() {
        // UserName starts where the session key would be described.
        let mut bytes = messages::bytes(messages::SPEC_AUTHENTICATE)[..52].to_vec();
        for field in [12, 20, 28, 44] {
            bytes[field..field + 4].fill(0);
        }
        bytes[36..44].copy_from_slice(&[16, 0, 16, 0, 52, 0, 0, 0]);
        bytes.extend(b"Guest of the lab");
        let message = AuthenticateMessage::parse(&bytes).unwrap();
        assert_eq!(message.negotiate_flags, None);
        assert_eq!(message.user_name_text().as_deref(), Some("Guest of the lab"));
        assert_eq!(message.encrypted_random_session_key.bytes, Some(&[][..]));
    }

    #[test]
    fn a_cut_message_gives_what_is_there() {
        let bytes = messages::bytes(messages::SPEC_AUTHENTICATE);
        let message = AuthenticateMessage::parse(&bytes[..0x60]).unwrap();
        assert_eq!(message.user_name_text().as_deref(), Some("User"));
        assert_eq!(message.workstation_text(), None);
        assert_eq!(message.response_kind(), Some(ResponseKind::NtlmV2));
        assert_eq!(message.ntlm_v2_response(), None);
    }
}
