//! NEGOTIATE_MESSAGE, \[MS-NLMP\] 2.2.1.1.

use nom::IResult;

use crate::auth::error::{DecodeError, Structure};
use crate::auth::ntlmssp::flags::NegotiateFlags;
use crate::auth::ntlmssp::{
    Encoding, Payload, Version, header, negotiate_flags, payload, truncated, version_at,
};

/// NEGOTIATE_MESSAGE: what the client can.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NegotiateMessage<'a> {
    /// `[12..16]` NegotiateFlags.
    pub negotiate_flags: NegotiateFlags,
    /// `[16..24]` DomainName: the client's domain, always in the OEM code page.
    pub domain_name: Payload<'a>,
    /// `[24..32]` Workstation: the client's name, always in the OEM code page.
    pub workstation: Payload<'a>,
    /// `[32..40]` Version.
    pub version: Option<Version>,
    /// The whole message, over which the MIC is computed.
    pub bytes: &'a [u8],
}

impl<'a> NegotiateMessage<'a> {
    /// Bytes that every message has.
    pub const MIN_LEN: usize = 16;

    /// Reads the message that `message` starts with.
    pub fn parse(message: &'a [u8]) -> Result<NegotiateMessage<'a>, DecodeError> {
        let structure = Structure::NegotiateMessage;
        let (_signature, _) = header(message, structure)?;
        let (rest, negotiate_flags) = message
            .get(12..)
            .and_then(|fields| negotiate_flags(fields).ok())
            .ok_or_else(|| truncated(structure, NegotiateMessage::MIN_LEN, message))?;
        // The first clients end here.
        let (domain_name, workstation) =
            names(rest).map_or_else(|_| Default::default(), |(_, names)| names);
        let payloads = [domain_name, workstation];
        Ok(NegotiateMessage {
            negotiate_flags,
            domain_name: domain_name.find(message),
            workstation: workstation.find(message),
            version: version_at(message, 32..40, negotiate_flags, &payloads),
            bytes: message,
        })
    }

    /// The client's domain.
    pub fn domain_name_text(&self) -> Option<String> {
        self.domain_name.text(Encoding::Oem)
    }

    /// The client's name.
    pub fn workstation_text(&self) -> Option<String> {
        self.workstation.text(Encoding::Oem)
    }
}

fn names(input: &[u8]) -> IResult<&[u8], (Payload<'static>, Payload<'static>)> {
    let (input, domain_name) = payload(input)?;
    let (input, workstation) = payload(input)?;
    Ok((input, (domain_name, workstation)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::auth::ntlmssp::test_messages as messages;

    #[test]
    fn message_of_the_blog() {
        let bytes = messages::bytes(messages::BLOG_NEGOTIATE);
        let message = NegotiateMessage::parse(&bytes).unwrap();
        assert_eq!(message.negotiate_flags, NegotiateFlags(0xe208_8297));
        assert_eq!(message.domain_name_text().as_deref(), Some(""));
        assert_eq!(message.workstation_text().as_deref(), Some(""));
        let version = Version { major: 6, minor: 3, build: 9600, revision: 15 };
        assert_eq!(message.version, Some(version));
        assert_eq!(version.to_string(), "6.3.9600");
    }

    #[test]
    fn names_are_never_unicode() {
        let mut bytes = messages::bytes(messages::BLOG_NEGOTIATE);
        bytes[16..24].copy_from_slice(&[3, 0, 3, 0, 40, 0, 0, 0]);
        bytes.extend(b"LAB");
        let message = NegotiateMessage::parse(&bytes).unwrap();
        assert_eq!(message.domain_name_text().as_deref(), Some("LAB"));
    }

    #[test]
    fn the_first_clients_send_flags_alone() {
        let bytes = messages::bytes(messages::BLOG_NEGOTIATE);
        let message = NegotiateMessage::parse(&bytes[..16]).unwrap();
        assert_eq!(message.version, None);
        assert_eq!(message.domain_name_text().as_deref(), Some(""));
        assert!(NegotiateMessage::parse(&bytes[..15]).is_err());
    }
}
