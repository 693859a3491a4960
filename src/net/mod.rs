//! Link and IP: packet → TCP segment or UDP datagram, whatever tunnels are around it.
//!
//! Lengths are those of the IP headers, so Ethernet padding and trailers never reach TCP.
//! The only state is that of IP fragments, and the number of packets in each kind of tunnel.

pub mod encapsulation;
pub mod path;
pub mod tcp;
pub mod udp;

mod bridge;
mod capwap;
mod cooked;
mod erspan;
mod ether_type;
mod ethernet;
mod fragments;
mod geneve;
mod gre;
mod gtp;
mod ip;
mod l2tp;
mod layer;
mod link;
mod mpls;
mod nflog;
mod part;
mod per_packet;
mod pieces;
mod ppp;
mod pptp;
mod tzsp;
mod vxlan;
mod walk;
mod wifi;

use std::mem;
use std::net::SocketAddr;

use etherparse::Ethernet2HeaderSlice;

use self::encapsulation::{Encapsulation, EncapsulationCounts, EncapsulationSet};
use self::fragments::{Fragments, Reassembled};
use self::ip::{Datagram, protocol};
use self::layer::Layer;
use self::part::Part;
use self::path::Path;
use self::tcp::TcpFlags;
use self::udp::UdpDatagram;
use crate::capture::Packet;
use crate::capture::link_type::LinkType;
use crate::limits::Limits;
use crate::packet::{PacketId, SourceId};
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
    /// Encrypted by its link, such as Wi-Fi.
    Encrypted,
    /// In more tunnels than [`Limits::tunnels_per_packet`].
    TooDeep,
    /// Headers that are cut or contradict themselves.
    Undecodable,
}

/// Decodes packets; remembers IP fragments and numbers of packets, and nothing else.
#[derive(Debug)]
pub struct Decoder {
    fragments: Fragments,
    /// The datagrams of the last packet that were put together from fragments, the outermost first.
    buffers: Vec<Reassembled>,
    tunnel_limit: usize,
    /// By source.
    encapsulations: Vec<EncapsulationCounts>,
    /// Which of the packets is next in a frame that holds several; 0 where none is.
    next_subframe: usize,
}

impl Decoder {
    /// A decoder without fragments.
    pub fn new(limits: &Limits) -> Decoder {
        let mut buffers = Vec::new();
        buffers.resize_with(limits.tunnels_per_packet + 1, Reassembled::default);
        Decoder {
            fragments: Fragments::new(limits),
            buffers,
            tunnel_limit: limits.tunnels_per_packet,
            encapsulations: Vec::new(),
            next_subframe: 0,
        }
    }

    /// Says what `packet` holds.
    #[inline]
    pub fn decode<'a>(&'a mut self, packet: &Packet<'a>) -> Decoded<'a> {
        self.next_subframe = 0;
        match plain(packet) {
            Some(datagram) if datagram.protocol == protocol::TCP && datagram.fragment.is_none() => {
                tcp_segment(&datagram, Path::PLAIN, packet)
                    .map_or(Decoded::Undecodable, Decoded::Tcp)
            }
            Some(datagram) => self.decode_from(Layer::Datagram(datagram), packet),
            None => self.decode_link(packet),
        }
    }

    /// Says what `packet` holds behind what was said of it before: a frame of Wi-Fi may hold several
    /// packets. `None` where there is nothing more.
    #[inline]
    pub fn decode_further<'a>(&'a mut self, packet: &Packet<'a>) -> Option<Decoded<'a>> {
        if self.next_subframe == 0 { None } else { Some(self.decode_link(packet)) }
    }

    /// IP datagrams that were given up because fragments of them are missing, those still waiting
    /// included.
    pub fn incomplete_datagrams(&self) -> u64 {
        self.fragments.incomplete()
    }

    /// What stood around the packets of `source` so far, with the number of packets; a packet
    /// counts once for each kind.
    pub fn encapsulations(
        &self,
        source: SourceId,
    ) -> impl Iterator<Item = (Encapsulation, u64)> + '_ {
        self.encapsulations.get(source.0).into_iter().flat_map(EncapsulationCounts::iter)
    }

    /// Says what a packet holds that is not plain.
    #[inline(never)]
    fn decode_link<'a>(&'a mut self, packet: &Packet<'a>) -> Decoded<'a> {
        let captured = packet.data;
        let missing = (packet.original_len as usize).saturating_sub(captured.len());
        let first = link::layer(packet.link_type, Part { captured, missing });
        match first {
            Some(first) => self.decode_from(first, packet),
            None => Decoded::Undecodable,
        }
    }

    /// Says what a packet holds that begins with `first`.
    #[inline(never)]
    fn decode_from<'a>(&'a mut self, first: Layer<'a>, packet: &Packet<'_>) -> Decoded<'a> {
        let subframe = mem::take(&mut self.next_subframe);
        let Decoder { fragments, buffers, tunnel_limit, encapsulations, next_subframe } = self;
        let (decoded, around) =
            walk::to_the_end(first, packet, fragments, buffers, *tunnel_limit, subframe);
        if !around.seen.is_empty() && subframe == 0 {
            count(encapsulations, packet.id.source, around.seen);
        }
        if around.has_further && subframe < SUBFRAMES {
            *next_subframe = subframe + 1;
        }
        decoded
    }
}

/// Packets of one Wi-Fi frame that are read at most: more than any access point puts into one.
const SUBFRAMES: usize = 64;

/// Counts a packet of `source` that had the encapsulations of `seen`.
fn count(counts: &mut Vec<EncapsulationCounts>, source: SourceId, seen: EncapsulationSet) {
    if counts.len() <= source.0 {
        counts.resize(source.0.saturating_add(1), EncapsulationCounts::default());
    }
    if let Some(counts) = counts.get_mut(source.0) {
        counts.add(seen);
    }
}

/// The datagram of a packet that is IP in Ethernet with nothing between, as most are; `None` for
/// any other, and for one that is cut or broken.
#[inline]
fn plain<'a>(packet: &Packet<'a>) -> Option<Datagram<'a>> {
    if packet.link_type != LinkType::ETHERNET {
        return None;
    }
    let not_captured = (packet.original_len as usize).saturating_sub(packet.data.len());
    let header = Ethernet2HeaderSlice::from_slice(packet.data).ok()?;
    let rest = packet.data.get(header.slice().len()..)?;
    match header.ether_type().0 {
        ether_type::IPV4 => ip::parse_v4(rest, not_captured),
        ether_type::IPV6 => ip::parse_v6(rest, not_captured),
        _ => None,
    }
}

/// The TCP segment of a whole datagram, which `packet` completed.
#[inline]
fn tcp_segment<'a>(
    datagram: &Datagram<'a>,
    path: Path,
    packet: &Packet<'_>,
) -> Option<Segment<'a>> {
    let header = tcp::parse(datagram.payload, datagram.payload_len)?;
    Some(Segment {
        path,
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

/// The UDP datagram of a whole IP datagram, which `packet` completed.
fn udp_datagram<'a>(
    datagram: &Datagram<'a>,
    header: &udp::Header<'a>,
    path: Path,
    packet: &Packet<'_>,
) -> UdpDatagram<'a> {
    UdpDatagram {
        path,
        source: SocketAddr::new(datagram.source, header.source_port),
        destination: SocketAddr::new(datagram.destination, header.destination_port),
        payload: header.payload,
        payload_len: header.payload_len,
        packet: packet.id,
        timestamp: packet.timestamp,
    }
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
            Decoded::Encrypted => "encrypted",
            Decoded::TooDeep => "too deep",
            Decoded::Undecodable => "undecodable",
        };
        assert_eq!(decode(&frame(0, 28, 17, &[0, 9, 0, 9, 0, 8, 0, 0])), "udp");
        assert_eq!(decode(&frame(0, 28, 1, &[0; 8])), "other ip");
        assert_eq!(decode(&frame(0, 28, 6, &[0; 8])), "undecodable");
        assert_eq!(decode(&[&[0x55; 12][..], &[8, 6, 0, 1]].concat()), "not ip");
    }

    #[test]
    fn vlans_and_tunnels_are_in_the_path_of_what_they_carry() {
        use super::Encapsulation::{Gre, Vlan, Vxlan};
        let inner = frame(0, 40, 6, &TCP);
        let udp = |payload: &[u8]| {
            let [l0, l1] = (payload.len() as u16 + 8).to_be_bytes();
            frame(
                0,
                payload.len() as u16 + 28,
                17,
                &[&[9, 9, 0x12, 0xB5, l0, l1, 0, 0], payload].concat(),
            )
        };
        let vxlan = udp(&[&[8, 0, 0, 0, 0, 0, 5, 0][..], &inner].concat());
        let gre = frame(0, 64, 47, &[&[0, 0, 8, 0][..], &inner[14..]].concat());
        let tagged = |data: &[u8]| [&data[..12], &[0x81, 0, 0xA0, 7], &data[12..]].concat();
        let cases = [
            (tagged(&inner), Path::PLAIN.within(Vlan, 7)),
            (vxlan.clone(), Path::PLAIN.within(Vxlan, 5)),
            (tagged(&vxlan), Path::PLAIN.within(Vlan, 7).within(Vxlan, 5)),
            (gre, Path::PLAIN.within(Gre, 0)),
        ];
        let mut decoder = Decoder::new(&Limits::DEFAULT);
        for (data, path) in cases {
            let Decoded::Tcp(found) = decoder.decode(&packet(1, data.len(), &data)) else {
                panic!("no TCP");
            };
            let Decoded::Tcp(expected) = segment(1, b"", 0) else { panic!("no TCP") };
            assert_eq!(found, Segment { path, ..expected });
        }
        let counts: Vec<_> = decoder.encapsulations(SourceId(0)).collect();
        assert_eq!(counts, [(Vlan, 2), (Gre, 1), (Vxlan, 2)]);
    }

    #[test]
    fn a_datagram_of_a_tunnel_and_one_in_it_may_both_come_in_fragments() {
        let mut decoder = Decoder::new(&Limits::DEFAULT);
        let inner = [frame(0x2000, 44, 6, &[&TCP[..], b"part"].concat()), frame(3, 24, 6, b"last")];
        let mut number = 0;
        let mut decode = |data: &[u8]| {
            number += 1;
            match decoder.decode(&packet(number, data.len(), data)) {
                Decoded::Tcp(segment) => segment.payload.to_vec(),
                Decoded::Fragment => b"fragment".to_vec(),
                other => panic!("{other:?}"),
            }
        };
        for (id, inner) in [1_u8, 2].into_iter().zip(&inner) {
            let gre = [&[0, 0, 8, 0][..], &inner[14..]].concat();
            let (first, second) = gre.split_at(16);
            let mut early = frame(0x2000, 36, 47, first);
            let mut late = frame(2, 20 + second.len() as u16, 47, second);
            early[19] = id;
            late[19] = id;
            assert_eq!(decode(&late), b"fragment");
            let expected: &[u8] = if id == 1 { b"fragment" } else { b"partlast" };
            assert_eq!(decode(&early), expected);
        }
    }

    #[test]
    fn more_tunnels_than_the_bound_are_named() {
        let mut decoder = Decoder::new(&Limits { tunnels_per_packet: 3, ..Limits::DEFAULT });
        for depth in 0_u16..6 {
            let mut data = frame(0, 40, 6, &TCP);
            for _ in 0..depth {
                data = frame(0, data.len() as u16 + 6, 4, &data[14..]);
            }
            let decoded = decoder.decode(&packet(1, data.len(), &data));
            assert_eq!(matches!(decoded, Decoded::Tcp(_)), depth <= 3, "{depth}");
            assert_eq!(decoded == Decoded::TooDeep, depth > 3, "{depth}");
        }
    }
}
