//! UDP (RFC 768).

use std::net::SocketAddr;

use super::path::Path;
use crate::packet::PacketId;
use crate::time::Timestamp;

/// One UDP datagram.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UdpDatagram<'a> {
    /// The VLANs and tunnels it came in.
    pub path: Path,
    /// Who sent it.
    pub source: SocketAddr,
    /// To whom.
    pub destination: SocketAddr,
    /// The bytes that were captured.
    pub payload: &'a [u8],
    /// Bytes of payload by the headers; more than `payload` holds where the packet was cut.
    pub payload_len: u32,
    /// The packet; of a fragmented one, the packet that completed it.
    pub packet: PacketId,
    /// When that packet was captured.
    pub timestamp: Timestamp,
}

/// Bytes of a header.
const HEADER_LEN: usize = 8;

/// The header of a datagram, and what follows it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Header<'a> {
    pub(super) source_port: u16,
    pub(super) destination_port: u16,
    pub(super) payload: &'a [u8],
    pub(super) payload_len: u32,
}

/// Reads the datagram that `bytes` start with, of which `len` bytes were on the wire.
pub(super) fn parse(bytes: &[u8], len: u32) -> Option<Header<'_>> {
    let (header, rest) = bytes.split_first_chunk::<HEADER_LEN>()?;
    let [s0, s1, d0, d1, l0, l1, ..] = *header;
    let len = match u32::from(u16::from_be_bytes([l0, l1])) {
        // A jumbogram (RFC 2675), or one that the network card was yet to split.
        0 => len,
        own => own.min(len),
    };
    let payload_len = len.checked_sub(HEADER_LEN as u32)?;
    Some(Header {
        source_port: u16::from_be_bytes([s0, s1]),
        destination_port: u16::from_be_bytes([d0, d1]),
        payload: rest.get(..rest.len().min(payload_len as usize))?,
        payload_len,
    })
}

#[cfg(test)]
mod tests {
    use super::parse;

    #[test]
    fn the_shorter_of_the_two_lengths_holds() {
        let bytes = [0, 53, 0, 54, 0, 10, 0, 0, 1, 2, 3];
        let payload = |len| parse(&bytes, len).map(|header| (header.payload, header.payload_len));
        assert_eq!(payload(11), Some((&[1, 2][..], 2)));
        assert_eq!(payload(9), Some((&[1][..], 1)));
        assert_eq!(payload(7), None);
    }

    #[test]
    fn every_truncation_keeps_the_length() {
        let bytes = [0, 53, 0, 54, 0, 11, 0, 0, 1, 2, 3];
        for len in 0..bytes.len() {
            let found = parse(&bytes[..len], 11);
            assert_eq!(found.map(|header| header.payload_len), (len >= 8).then_some(3), "{len}");
        }
    }
}
