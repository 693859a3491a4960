//! Link and IP: packet → TCP segment.
//!
//! Lengths are those of the IP headers, so Ethernet padding and trailers never reach TCP.
//! The only state is that of IP fragments.

pub mod tcp;

mod fragments;
mod ip;
mod link;

use std::net::SocketAddr;

use self::fragments::{Fragments, Reassembly};
use self::ip::{Datagram, protocol};
use self::link::Network;
use self::tcp::TcpFlags;
use crate::capture::Packet;
use crate::limits::Limits;
use crate::packet::PacketId;
use crate::time::Timestamp;

/// One TCP segment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Segment<'a> {
    /// Who sent it.
    pub source: SocketAddr,
    /// To whom.
    pub destination: SocketAddr,
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
    /// UDP.
    Udp,
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
            protocol::UDP => return Decoded::Udp,
            protocol::TCP => {}
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
        protocol::UDP => return Decoded::Udp,
        _ => return Decoded::OtherIp,
    }
    let Some(header) = tcp::parse(datagram.payload, datagram.payload_len) else {
        return Decoded::Undecodable;
    };
    Decoded::Tcp(Segment {
        source: SocketAddr::new(datagram.source, header.source_port),
        destination: SocketAddr::new(datagram.destination, header.destination_port),
        seq: header.seq,
        ack: header.flags.ack().then_some(header.ack),
        flags: header.flags,
        payload: header.payload,
        payload_len: header.payload_len,
        packet: packet.id,
        timestamp: packet.timestamp,
    })
}
