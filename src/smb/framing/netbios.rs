//! Names of the NetBIOS session service (RFC 1001, 14; RFC 1002, 4.3.2).

use std::fmt;

/// A NetBIOS name: 15 characters, padded with spaces, and a suffix that says the service
/// (RFC 1001, 14).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NetBiosName(pub [u8; 16]);

impl NetBiosName {
    /// What the name says about the service: `0x20` is the file server.
    pub const fn suffix(&self) -> u8 {
        let [.., suffix] = self.0;
        suffix
    }

    /// Reads a name in first-level encoding, and returns it with the bytes after it.
    pub(super) fn parse(bytes: &[u8]) -> Option<(NetBiosName, &[u8])> {
        let (&[32], rest) = bytes.split_first_chunk::<1>()? else {
            return None;
        };
        let (encoded, rest) = rest.split_first_chunk::<32>()?;
        Some((NetBiosName::decode(encoded)?, after_scope(rest)?))
    }

    /// Reads a name from the label that first-level encoding makes of it (RFC 1001, 14.1).
    pub fn decode(encoded: &[u8; 32]) -> Option<NetBiosName> {
        let mut name = [0; 16];
        for (byte, pair) in name.iter_mut().zip(encoded.chunks_exact(2)) {
            let [high, low] = *pair.first_chunk()?;
            *byte = nibble(high)? << 4 | nibble(low)?;
        }
        Some(NetBiosName(name))
    }
}

/// The name without its padding and suffix; bytes beyond ASCII as in ISO 8859-1.
impl fmt::Display for NetBiosName {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [name @ .., _suffix] = self.0;
        let name: String = name.iter().map(|byte| char::from(*byte)).collect();
        formatter.pad(name.trim_end_matches([' ', '\0']))
    }
}

/// Half a byte, as a letter from A to P.
fn nibble(letter: u8) -> Option<u8> {
    letter.checked_sub(b'A').filter(|nibble| *nibble < 16)
}

/// What follows the labels of a scope and the empty one at its end.
fn after_scope(mut bytes: &[u8]) -> Option<&[u8]> {
    loop {
        let (len, rest) = bytes.split_first()?;
        if *len == 0 {
            return Some(rest);
        }
        bytes = rest.get(usize::from(*len)..)?;
    }
}

#[cfg(test)]
mod tests {
    use super::NetBiosName;

    // The names of a session request that smbclient 4.17 sends to port 139.
    const REQUEST: &[u8] =
        b"\x20CKFDENECFDEFFCFGEFFCCACACACACACA\0\x20FHEPFCELFDFEEBFEEJEPEOCACACACAAA\0";

    #[test]
    fn names_of_a_session_request() {
        let (called, rest) = NetBiosName::parse(REQUEST).unwrap();
        let (calling, rest) = NetBiosName::parse(rest).unwrap();
        assert_eq!((called.to_string().as_str(), called.suffix()), ("*SMBSERVER", 0x20));
        assert_eq!((calling.to_string().as_str(), calling.suffix()), ("WORKSTATION", 0x00));
        assert_eq!(rest, b"");
    }

    #[test]
    fn every_truncation_is_refused() {
        for len in 0..34 {
            assert_eq!(NetBiosName::parse(&REQUEST[..len]), None);
        }
        assert_eq!(NetBiosName::parse(&[b'Z'; 34]), None);
    }

    #[test]
    fn a_scope_is_passed_over() {
        let mut bytes = REQUEST[..33].to_vec();
        bytes.extend(b"\x03lab\x05local\0rest");
        assert_eq!(NetBiosName::parse(&bytes).unwrap().1, b"rest");
    }
}
