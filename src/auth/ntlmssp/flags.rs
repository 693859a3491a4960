//! NegotiateFlags, \[MS-NLMP\] 2.2.2.5.

use std::fmt;

use crate::auth::ntlmssp::Encoding;

/// NegotiateFlags: what the sender can or wants. Bits without a name are kept.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct NegotiateFlags(pub u32);

impl NegotiateFlags {
    /// Text is UTF-16.
    pub const NTLMSSP_NEGOTIATE_UNICODE: NegotiateFlags = NegotiateFlags(0x0000_0001);
    /// Text may be in the OEM code page.
    pub const NTLM_NEGOTIATE_OEM: NegotiateFlags = NegotiateFlags(0x0000_0002);
    /// The challenge has to name the target.
    pub const NTLMSSP_REQUEST_TARGET: NegotiateFlags = NegotiateFlags(0x0000_0004);
    /// Messages of the application are to be signed.
    pub const NTLMSSP_NEGOTIATE_SIGN: NegotiateFlags = NegotiateFlags(0x0000_0010);
    /// Messages of the application are to be encrypted.
    pub const NTLMSSP_NEGOTIATE_SEAL: NegotiateFlags = NegotiateFlags(0x0000_0020);
    /// Authentication without a connection.
    pub const NTLMSSP_NEGOTIATE_DATAGRAM: NegotiateFlags = NegotiateFlags(0x0000_0040);
    /// The session key comes from the LAN Manager hash.
    pub const NTLMSSP_NEGOTIATE_LM_KEY: NegotiateFlags = NegotiateFlags(0x0000_0080);
    /// NTLM is spoken.
    pub const NTLMSSP_NEGOTIATE_NTLM: NegotiateFlags = NegotiateFlags(0x0000_0200);
    /// The client has no credentials.
    pub const NTLMSSP_NEGOTIATE_ANONYMOUS: NegotiateFlags = NegotiateFlags(0x0000_0800);
    /// The NEGOTIATE message names the client's domain.
    pub const NTLMSSP_NEGOTIATE_OEM_DOMAIN_SUPPLIED: NegotiateFlags = NegotiateFlags(0x0000_1000);
    /// The NEGOTIATE message names the client.
    pub const NTLMSSP_NEGOTIATE_OEM_WORKSTATION_SUPPLIED: NegotiateFlags =
        NegotiateFlags(0x0000_2000);
    /// A signing key is always made, even if nothing is signed.
    pub const NTLMSSP_NEGOTIATE_ALWAYS_SIGN: NegotiateFlags = NegotiateFlags(0x0000_8000);
    /// TargetName is a domain.
    pub const NTLMSSP_TARGET_TYPE_DOMAIN: NegotiateFlags = NegotiateFlags(0x0001_0000);
    /// TargetName is a server.
    pub const NTLMSSP_TARGET_TYPE_SERVER: NegotiateFlags = NegotiateFlags(0x0002_0000);
    /// Session keys come from both challenges (NTLM2 session security).
    pub const NTLMSSP_NEGOTIATE_EXTENDED_SESSIONSECURITY: NegotiateFlags =
        NegotiateFlags(0x0008_0000);
    /// The server identifies the client and does not act in its name.
    pub const NTLMSSP_NEGOTIATE_IDENTIFY: NegotiateFlags = NegotiateFlags(0x0010_0000);
    /// The session key comes from the LAN Manager hash alone.
    pub const NTLMSSP_REQUEST_NON_NT_SESSION_KEY: NegotiateFlags = NegotiateFlags(0x0040_0000);
    /// The challenge carries TargetInfo.
    pub const NTLMSSP_NEGOTIATE_TARGET_INFO: NegotiateFlags = NegotiateFlags(0x0080_0000);
    /// The Version field is filled.
    pub const NTLMSSP_NEGOTIATE_VERSION: NegotiateFlags = NegotiateFlags(0x0200_0000);
    /// 128-bit keys.
    pub const NTLMSSP_NEGOTIATE_128: NegotiateFlags = NegotiateFlags(0x2000_0000);
    /// The client chooses the session key and sends it encrypted.
    pub const NTLMSSP_NEGOTIATE_KEY_EXCH: NegotiateFlags = NegotiateFlags(0x4000_0000);
    /// 56-bit keys.
    pub const NTLMSSP_NEGOTIATE_56: NegotiateFlags = NegotiateFlags(0x8000_0000);

    /// Every named bit with its name, the lowest first.
    const NAMES: [(NegotiateFlags, &'static str); 22] = [
        (NegotiateFlags::NTLMSSP_NEGOTIATE_UNICODE, "NTLMSSP_NEGOTIATE_UNICODE"),
        (NegotiateFlags::NTLM_NEGOTIATE_OEM, "NTLM_NEGOTIATE_OEM"),
        (NegotiateFlags::NTLMSSP_REQUEST_TARGET, "NTLMSSP_REQUEST_TARGET"),
        (NegotiateFlags::NTLMSSP_NEGOTIATE_SIGN, "NTLMSSP_NEGOTIATE_SIGN"),
        (NegotiateFlags::NTLMSSP_NEGOTIATE_SEAL, "NTLMSSP_NEGOTIATE_SEAL"),
        (NegotiateFlags::NTLMSSP_NEGOTIATE_DATAGRAM, "NTLMSSP_NEGOTIATE_DATAGRAM"),
        (NegotiateFlags::NTLMSSP_NEGOTIATE_LM_KEY, "NTLMSSP_NEGOTIATE_LM_KEY"),
        (NegotiateFlags::NTLMSSP_NEGOTIATE_NTLM, "NTLMSSP_NEGOTIATE_NTLM"),
        (NegotiateFlags::NTLMSSP_NEGOTIATE_ANONYMOUS, "NTLMSSP_NEGOTIATE_ANONYMOUS"),
        (
            NegotiateFlags::NTLMSSP_NEGOTIATE_OEM_DOMAIN_SUPPLIED,
            "NTLMSSP_NEGOTIATE_OEM_DOMAIN_SUPPLIED",
        ),
        (
            NegotiateFlags::NTLMSSP_NEGOTIATE_OEM_WORKSTATION_SUPPLIED,
            "NTLMSSP_NEGOTIATE_OEM_WORKSTATION_SUPPLIED",
        ),
        (NegotiateFlags::NTLMSSP_NEGOTIATE_ALWAYS_SIGN, "NTLMSSP_NEGOTIATE_ALWAYS_SIGN"),
        (NegotiateFlags::NTLMSSP_TARGET_TYPE_DOMAIN, "NTLMSSP_TARGET_TYPE_DOMAIN"),
        (NegotiateFlags::NTLMSSP_TARGET_TYPE_SERVER, "NTLMSSP_TARGET_TYPE_SERVER"),
        (
            NegotiateFlags::NTLMSSP_NEGOTIATE_EXTENDED_SESSIONSECURITY,
            "NTLMSSP_NEGOTIATE_EXTENDED_SESSIONSECURITY",
        ),
        (NegotiateFlags::NTLMSSP_NEGOTIATE_IDENTIFY, "NTLMSSP_NEGOTIATE_IDENTIFY"),
        (NegotiateFlags::NTLMSSP_REQUEST_NON_NT_SESSION_KEY, "NTLMSSP_REQUEST_NON_NT_SESSION_KEY"),
        (NegotiateFlags::NTLMSSP_NEGOTIATE_TARGET_INFO, "NTLMSSP_NEGOTIATE_TARGET_INFO"),
        (NegotiateFlags::NTLMSSP_NEGOTIATE_VERSION, "NTLMSSP_NEGOTIATE_VERSION"),
        (NegotiateFlags::NTLMSSP_NEGOTIATE_128, "NTLMSSP_NEGOTIATE_128"),
        (NegotiateFlags::NTLMSSP_NEGOTIATE_KEY_EXCH, "NTLMSSP_NEGOTIATE_KEY_EXCH"),
        (NegotiateFlags::NTLMSSP_NEGOTIATE_56, "NTLMSSP_NEGOTIATE_56"),
    ];

    /// Whether every bit of `other` is set.
    pub fn contains(self, other: NegotiateFlags) -> bool {
        self.0 & other.0 == other.0
    }

    /// The names of the bits that are set, the lowest first.
    pub fn names(self) -> impl Iterator<Item = &'static str> {
        NegotiateFlags::NAMES
            .into_iter()
            .filter_map(move |(flag, name)| self.contains(flag).then_some(name))
    }

    /// The bits that are set and have no name.
    pub fn unnamed(self) -> NegotiateFlags {
        let named = NegotiateFlags::NAMES.iter().fold(0, |bits, (flag, _)| bits | flag.0);
        NegotiateFlags(self.0 & !named)
    }

    /// How the text of a message with these flags is written.
    pub fn encoding(self) -> Encoding {
        if self.contains(NegotiateFlags::NTLMSSP_NEGOTIATE_UNICODE) {
            Encoding::Unicode
        } else {
            Encoding::Oem
        }
    }
}

impl fmt::Display for NegotiateFlags {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:#010x}", self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_unnamed_bits_make_up_the_value() {
        // The flags of MS-NLMP 4.2.2.1.
        let flags = NegotiateFlags(0xe202_8233);
        let names: Vec<_> = flags.names().collect();
        assert_eq!(
            names,
            [
                "NTLMSSP_NEGOTIATE_UNICODE",
                "NTLM_NEGOTIATE_OEM",
                "NTLMSSP_NEGOTIATE_SIGN",
                "NTLMSSP_NEGOTIATE_SEAL",
                "NTLMSSP_NEGOTIATE_NTLM",
                "NTLMSSP_NEGOTIATE_ALWAYS_SIGN",
                "NTLMSSP_TARGET_TYPE_SERVER",
                "NTLMSSP_NEGOTIATE_VERSION",
                "NTLMSSP_NEGOTIATE_128",
                "NTLMSSP_NEGOTIATE_KEY_EXCH",
                "NTLMSSP_NEGOTIATE_56",
            ]
        );
        assert_eq!(flags.unnamed(), NegotiateFlags(0));
        assert_eq!(NegotiateFlags(0x0104_4008).unnamed(), NegotiateFlags(0x0104_4008));
        assert_eq!(NegotiateFlags(u32::MAX).names().count(), 22);
    }

    #[test]
    fn shown_in_hexadecimal() {
        assert_eq!(NegotiateFlags(0x33).to_string(), "0x00000033");
    }
}
