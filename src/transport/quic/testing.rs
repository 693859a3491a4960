//! Initial packets, built for the tests.

use std::net::SocketAddr;

use super::initial::test::seal;
use crate::net::path::Path;
use crate::net::udp::UdpDatagram;
use crate::packet::{PacketId, SourceId};
use crate::time::Timestamp;

pub(crate) fn hex(text: &str) -> Vec<u8> {
    let digits: Vec<u8> = text.chars().map(|digit| digit.to_digit(16).unwrap() as u8).collect();
    digits.chunks(2).map(|pair| pair[0] << 4 | pair[1]).collect()
}

/// A datagram of a client to a server's port 443.
pub(crate) fn datagram(payload: &[u8]) -> UdpDatagram<'_> {
    let socket = |text: &str| text.parse::<SocketAddr>().unwrap();
    UdpDatagram {
        path: Path::PLAIN,
        source: socket("10.0.0.7:50123"),
        destination: socket("10.0.0.5:443"),
        payload,
        payload_len: payload.len() as u32,
        packet: PacketId { source: SourceId(0), number: 1 },
        timestamp: Timestamp(1),
    }
}

/// A ClientHello that offers these protocols and names the server.
pub(crate) fn client_hello(protocols: &[&[u8]], name: Option<&str>) -> Vec<u8> {
    let vector16 = |bytes: Vec<u8>| [&(bytes.len() as u16).to_be_bytes()[..], &bytes].concat();
    let mut extensions = vec![0, 43, 0, 3, 2, 3, 4];
    if let Some(name) = name {
        let entry = [vec![0], vector16(name.as_bytes().to_vec())].concat();
        extensions.extend([vec![0, 0], vector16(vector16(entry))].concat());
    }
    let list = protocols.iter().flat_map(|name| [&[name.len() as u8][..], name].concat()).collect();
    extensions.extend([vec![0, 16], vector16(vector16(list))].concat());
    let suites = vec![0x13, 0x01];
    let body =
        [vec![3, 3], vec![7; 32], vec![0], vector16(suites), vec![1, 0], vector16(extensions)];
    let body = body.concat();
    let len = (body.len() as u32).to_be_bytes();
    [&[1][..], &len[1..], &body].concat()
}

/// A client's Initial packet.
pub(crate) struct Initial {
    pub(crate) version: u32,
    /// The connection number that the packet carries; the keys are always of eight bytes 5.
    pub(crate) destination_id: &'static [u8],
    pub(crate) number: u32,
}

impl Default for Initial {
    fn default() -> Initial {
        Initial { version: 1, destination_id: &[5; 8], number: 0 }
    }
}

impl Initial {
    /// The packet with these parts of the handshake, each with its offset, padded to 1200 bytes.
    pub(crate) fn with_crypto(&self, parts: &[(u8, &[u8])]) -> Vec<u8> {
        let mut frames = Vec::new();
        for (offset, part) in parts {
            frames.extend([0x06, *offset]);
            frames.extend((part.len() as u16 | 0x4000).to_be_bytes());
            frames.extend(*part);
        }
        let first = if self.version == 0x6B33_43CF { 0xD3 } else { 0xC3 };
        let mut header = vec![first];
        header.extend(self.version.to_be_bytes());
        header.push(self.destination_id.len() as u8);
        header.extend(self.destination_id);
        header.extend([0, 0]);
        let len = 1_200 - header.len() as u16 - 2;
        header.extend((len | 0x4000).to_be_bytes());
        header.extend(self.number.to_be_bytes());
        frames.resize(1_200 - header.len() - 16, 0);
        let version =
            if matches!(self.version, 1 | 0x6B33_43CF | 0xFF00_001D) { self.version } else { 1 };
        seal(version, &[5; 8], &header, &frames)
    }
}
