//! The TLS ClientHello (RFC 8446, 4.1.2), as far as it names the server (RFC 6066, 3) and the
//! application protocols that the client offers (RFC 7301, 3.1).

/// The protocol name of SMB over QUIC (\[MS-SMB2\] 2.1).
const SMB: &[u8] = b"smb";

/// HandshakeType of a ClientHello.
const CLIENT_HELLO: u8 = 1;

/// Types of extensions.
mod extension_type {
    pub(super) const SERVER_NAME: u16 = 0;
    pub(super) const ALPN: u16 = 16;
}

/// What a ClientHello says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(in crate::transport) struct ClientHello {
    offers_smb: bool,
    /// The name that the client has for the server.
    pub(in crate::transport) server_name: Option<Box<str>>,
}

impl ClientHello {
    /// Whether SMB is among the protocols that the client offers.
    pub(in crate::transport) fn offers_smb(&self) -> bool {
        self.offers_smb
    }
}

/// What the start of a handshake is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Reading {
    /// More bytes are needed.
    Incomplete,
    /// No ClientHello.
    Other,
    /// All of it.
    Whole(ClientHello),
}

/// Reads the message that `bytes` start with.
pub(super) fn read(bytes: &[u8]) -> Reading {
    let Some((&[message_type, l0, l1, l2], body)) = bytes.split_first_chunk() else {
        return Reading::Incomplete;
    };
    if message_type != CLIENT_HELLO {
        return Reading::Other;
    }
    let len = u32::from_be_bytes([0, l0, l1, l2]) as usize;
    match body.get(..len) {
        None => Reading::Incomplete,
        Some(body) => hello(body).map_or(Reading::Other, Reading::Whole),
    }
}

fn hello(body: &[u8]) -> Option<ClientHello> {
    const VERSION_AND_RANDOM: usize = 34;
    let rest = body.get(VERSION_AND_RANDOM..)?;
    let (_session_id, rest) = vector8(rest)?;
    let (_cipher_suites, rest) = vector16(rest)?;
    let (_compression_methods, rest) = vector8(rest)?;
    let (mut extensions, _) = vector16(rest)?;
    let mut hello = ClientHello::default();
    while let Some((extension_type, rest)) = extensions.split_first_chunk() {
        let (data, rest) = vector16(rest)?;
        extensions = rest;
        match u16::from_be_bytes(*extension_type) {
            extension_type::SERVER_NAME => hello.server_name = server_name(data),
            extension_type::ALPN => hello.offers_smb = protocols(data).any(|it| it == SMB),
            _ => {}
        }
    }
    Some(hello)
}

/// The first name in the list that is a host's.
fn server_name(data: &[u8]) -> Option<Box<str>> {
    let (mut list, _) = vector16(data)?;
    while let Some((name_type, rest)) = list.split_first() {
        let (name, rest) = vector16(rest)?;
        if *name_type == 0 {
            return (!name.is_empty()).then(|| String::from_utf8_lossy(name).into());
        }
        list = rest;
    }
    None
}

fn protocols(data: &[u8]) -> impl Iterator<Item = &[u8]> {
    let mut list = vector16(data).map_or(&[][..], |(list, _)| list);
    std::iter::from_fn(move || {
        let (name, rest) = vector8(list)?;
        list = rest;
        Some(name)
    })
}

/// Bytes with their number in one byte before them.
fn vector8(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let (len, rest) = bytes.split_first()?;
    rest.split_at_checked(usize::from(*len))
}

/// Bytes with their number in two bytes before them.
fn vector16(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let (len, rest) = bytes.split_first_chunk()?;
    rest.split_at_checked(usize::from(u16::from_be_bytes(*len)))
}

#[cfg(test)]
mod tests {
    use super::super::testing::client_hello;
    use super::*;

    #[test]
    fn every_truncation_needs_more() {
        let whole = client_hello(&[b"smb"], Some("fs1"));
        for len in 0..whole.len() {
            assert_eq!(read(&whole[..len]), Reading::Incomplete, "{len}");
        }
        let expected = ClientHello { offers_smb: true, server_name: Some("fs1".into()) };
        assert_eq!(read(&whole), Reading::Whole(expected));
    }

    #[test]
    fn lengths_that_contradict_each_other_are_no_hello() {
        let mut hello = client_hello(&[b"smb"], None);
        let len = hello.len();
        hello[3] -= 1;
        assert_eq!(read(&hello[..len - 1]), Reading::Other);
        assert_eq!(read(&[2, 0, 0, 0]), Reading::Other);
    }
}
