//! Link and IP: packet → TCP segment or UDP datagram.
//!
//! Lengths are those of the IP headers, so Ethernet padding and trailers never reach TCP.
//! The only state is that of IP fragments.

pub mod path;
pub mod tcp;
pub mod udp;

mod fragments;
mod ip;
mod link;

use std::net::SocketAddr;

use self::fragments::{Fragments, Reassembly};
use self::ip::{Datagram, protocol};
use self::link::Network;
use self::path::Path;
use self::tcp::TcpFlags;
use self::udp::UdpDatagram;
use crate::capture::Packet;
use crate::limits::Limits;
use crate::packet::PacketId;
use crate::time::Timestamp;

/// One TCP segment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Segment<'a> {
    /// The VLANs and tunnels it came in.
    pub path: Path,
    /// Who sent it.
    pub source: SocketAddr,
    /// To whom.
    pub destination: SocketAddr,
    /// Identification of the IPv4 datagram (RFC 791 3.1): two recordings of one packet share it, a
    /// packet sent again seldom does. `None` in IPv6.
    pub identification: Option<u16>,
    /// The sequence number of the first byte of `payload`, or of the SYN where that flag is set.
    pub seq: u32,
    /// The acknowledgment number; `None` without the ACK flag.
    pub ack: Option<u32>,
    /// The flags.
    pub flags: TcpFlags,
    /// The bytes that were captured.
    pub payload: &'a [u8],
    /// Bytes of payload by the headers; more than `payload` holds where the packet was cut.
    pub payload_len: u32,
    /// The packet; of a fragmented one, the packet that completed it.
    pub packet: PacketId,
    /// When that packet was captured.
    pub timestamp: Timestamp,
}

/// What a packet holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Decoded<'a> {
    /// A TCP segment.
    Tcp(Segment<'a>),
    /// A UDP datagram.
    Udp(UdpDatagram<'a>),
    /// IP with something else in it.
    OtherIp,
    /// Not IP.
    NotIp,
    /// A fragment of an IP datagram, held back until the others are there.
    Fragment,
    /// The packet's link type is not read.
    UnknownLinkType,
    /// Headers that are cut or contradict themselves.
    Undecodable,
}

/// Decodes packets; remembers IP fragments and nothing else.
#[derive(Debug)]
pub struct Decoder {
    fragments: Fragments,
}

impl Decoder {
    /// A decoder without fragments.
    pub fn new(limits: &Limits) -> Decoder {
        Decoder { fragments: Fragments::new(limits) }
    }

    /// Says what `packet` holds.
    #[inline]
    pub fn decode<'a>(&'a mut self, packet: &Packet<'a>) -> Decoded<'a> {
        let not_captured = (packet.original_len as usize).saturating_sub(packet.data.len());
        let datagram = match link::network(packet.link_type, packet.data) {
            Network::Ipv4(bytes) => ip::parse_v4(bytes, not_captured),
            Network::Ipv6(bytes) => ip::parse_v6(bytes, not_captured),
            Network::Other => return Decoded::NotIp,
            Network::UnknownLinkType => return Decoded::UnknownLinkType,
            Network::Undecodable => return Decoded::Undecodable,
        };
        match datagram {
            Some(datagram) if datagram.fragment.is_none() => transport(&datagram, packet),
            Some(fragment) => self.fragment(&fragment, packet),
            None => Decoded::Undecodable,
        }
    }

    /// IP datagrams that were given up because fragments of them are missing, those still waiting
    /// included.
    pub fn incomplete_datagrams(&self) -> u64 {
        self.fragments.incomplete()
    }

    /// Keeps a fragment, or says what its datagram holds where it was the last that was missing.
    #[cold]
    fn fragment<'a>(&'a mut self, fragment: &Datagram<'a>, packet: &Packet<'a>) -> Decoded<'a> {
        match fragment.protocol {
            protocol::UDP | protocol::TCP => {}
            number if ip::is_extension_header(number) => {}
            _ => return Decoded::OtherIp,
        }
        match self.fragments.add(fragment, packet.timestamp) {
            Reassembly::Waiting => Decoded::Fragment,
            Reassembly::Refused => Decoded::Undecodable,
            Reassembly::Whole(datagram) => match ip::skip_extension_headers(datagram) {
                Some(datagram) if datagram.fragment.is_none() => transport(&datagram, packet),
                _ => Decoded::Undecodable,
            },
        }
    }
}

/// Says what a whole datagram holds, which `packet` completed.
#[inline]
fn transport<'a>(datagram: &Datagram<'a>, packet: &Packet<'_>) -> Decoded<'a> {
    match datagram.protocol {
        protocol::TCP => {}
        protocol::UDP => return udp(datagram, packet),
        _ => return Decoded::OtherIp,
    }
    let Some(header) = tcp::parse(datagram.payload, datagram.payload_len) else {
        return Decoded::Undecodable;
    };
    Decoded::Tcp(Segment {
        path: Path::PLAIN,
        source: SocketAddr::new(datagram.source, header.source_port),
        destination: SocketAddr::new(datagram.destination, header.destination_port),
        identification: datagram.identification,
        seq: header.seq,
        ack: header.flags.ack().then_some(header.ack),
        flags: header.flags,
        payload: header.payload,
        payload_len: header.payload_len,
        packet: packet.id,
        timestamp: packet.timestamp,
    })
}

/// Says what a whole datagram holds that is one of UDP.
fn udp<'a>(datagram: &Datagram<'a>, packet: &Packet<'_>) -> Decoded<'a> {
    let Some(header) = udp::parse(datagram.payload, datagram.payload_len) else {
        return Decoded::Undecodable;
    };
    Decoded::Udp(UdpDatagram {
        path: Path::PLAIN,
        source: SocketAddr::new(datagram.source, header.source_port),
        destination: SocketAddr::new(datagram.destination, header.destination_port),
        payload: header.payload,
        payload_len: header.payload_len,
        packet: packet.id,
        timestamp: packet.timestamp,
    })
}

#[cfg(test)]
mod tests {
    use std::net::{Ipv4Addr, SocketAddr};

    use super::path::Path;
    use super::tcp::TcpFlags;
    use super::{Decoded, Decoder, Segment};
    use crate::capture::Packet;
    use crate::capture::link_type::LinkType;
    use crate::limits::Limits;
    use crate::packet::{PacketId, SourceId};
    use crate::time::Timestamp;

    const TCP: [u8; 20] =
        [0xC2, 0x43, 1, 0xBD, 0, 0, 0, 9, 0, 0, 0, 8, 0x50, 0x18, 0, 0, 0, 0, 0, 0];

    /// An Ethernet frame with IPv4.
    fn frame(fragment: u16, total_len: u16, protocol: u8, payload: &[u8]) -> Vec<u8> {
        let [l0, l1] = total_len.to_be_bytes();
        let [f0, f1] = fragment.to_be_bytes();
        let ip = [0x45, 0, l0, l1, 0, 7, f0, f1, 64, protocol, 0, 0, 10, 0, 0, 7, 10, 0, 0, 5];
        [&[0x55; 12][..], &[8, 0], &ip, payload].concat()
    }

    fn packet(number: u64, original_len: usize, data: &[u8]) -> Packet<'_> {
        Packet {
            id: PacketId { source: SourceId(0), number },
            offset: 0,
            timestamp: Timestamp(number as i64),
            link_type: LinkType::ETHERNET,
            original_len: original_len as u32,
            data,
        }
    }

    fn segment(number: u64, payload: &[u8], payload_len: u32) -> Decoded<'_> {
        let address = |last, port| SocketAddr::new(Ipv4Addr::new(10, 0, 0, last).into(), port);
        Decoded::Tcp(Segment {
            path: Path::PLAIN,
            source: address(7, 49731),
            destination: address(5, 445),
            identification: Some(7),
            seq: 9,
            ack: Some(8),
            flags: TcpFlags(0x18),
            payload,
            payload_len,
            packet: PacketId { source: SourceId(0), number },
            timestamp: Timestamp(number as i64),
        })
    }

    #[test]
    fn padding_never_reaches_tcp() {
        let mut decoder = Decoder::new(&Limits::DEFAULT);
        let data = frame(0, 42, 6, &[&TCP[..], b"hi\0\0\0\0"].concat());
        assert_eq!(decoder.decode(&packet(1, 60, &data)), segment(1, b"hi", 2));
        let data = frame(0, 40, 6, &[&TCP[..], &[0; 6]].concat());
        assert_eq!(decoder.decode(&packet(2, 60, &data)), segment(2, b"", 0));
    }

    #[test]
    fn every_truncation_of_a_frame_says_how_long_the_payload_was() {
        let mut decoder = Decoder::new(&Limits::DEFAULT);
        let whole = frame(0, 45, 6, &[&TCP[..], b"hello"].concat());
        for len in 0..=whole.len() {
            let decoded = decoder.decode(&packet(1, whole.len(), &whole[..len]));
            match len.checked_sub(54) {
                Some(kept) => assert_eq!(decoded, segment(1, &b"hello"[..kept], 5)),
                None => assert_eq!(decoded, Decoded::Undecodable, "{len}"),
            }
        }
    }

    #[test]
    fn without_an_ip_length_the_frame_says_it() {
        let mut decoder = Decoder::new(&Limits::DEFAULT);
        let data = frame(0, 0, 6, &[&TCP[..], b"hello"].concat());
        assert_eq!(decoder.decode(&packet(1, data.len(), &data)), segment(1, b"hello", 5));
        assert_eq!(decoder.decode(&packet(1, 3_000, &data)), segment(1, b"hello", 2_946));
    }

    #[test]
    fn the_last_fragment_to_come_gives_the_segment() {
        let mut decoder = Decoder::new(&Limits::DEFAULT);
        let late = frame(3, 24, 6, b"last");
        let early = frame(0x2000, 44, 6, &[&TCP[..], b"part"].concat());
        assert_eq!(decoder.decode(&packet(1, late.len(), &late)), Decoded::Fragment);
        assert_eq!(decoder.incomplete_datagrams(), 1);
        assert_eq!(decoder.decode(&packet(2, early.len(), &early)), segment(2, b"partlast", 8));
        assert_eq!(decoder.incomplete_datagrams(), 0);
    }

    #[test]
    fn a_udp_datagram_gives_its_payload_and_its_length_on_the_wire() {
        let mut decoder = Decoder::new(&Limits::DEFAULT);
        let data = frame(0, 36, 17, &[0xC2, 0x43, 0, 53, 0, 12, 0, 0, 1, 2]);
        let Decoded::Udp(datagram) = decoder.decode(&packet(1, data.len() + 6, &data)) else {
            panic!("no UDP");
        };
        assert_eq!((datagram.source.port(), datagram.destination.port()), (49731, 53));
        assert_eq!((datagram.payload, datagram.payload_len), (&[1, 2][..], 4));
    }

    #[test]
    fn other_contents_are_told_apart() {
        let mut decoder = Decoder::new(&Limits::DEFAULT);
        let mut decode = |data: &[u8]| match decoder.decode(&packet(1, data.len(), data)) {
            Decoded::Tcp(_) => "tcp",
            Decoded::Udp(_) => "udp",
            Decoded::OtherIp => "other ip",
            Decoded::NotIp => "not ip",
            Decoded::Fragment => "fragment",
            Decoded::UnknownLinkType => "unknown",
            Decoded::Undecodable => "undecodable",
        };
        assert_eq!(decode(&frame(0, 28, 17, &[0, 9, 0, 9, 0, 8, 0, 0])), "udp");
        assert_eq!(decode(&frame(0, 28, 1, &[0; 8])), "other ip");
        assert_eq!(decode(&frame(0, 28, 6, &[0; 8])), "undecodable");
        assert_eq!(decode(&[&[0x55; 12][..], &[8, 6, 0, 1]].concat()), "not ip");
    }
}
