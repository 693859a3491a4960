//! Link and IP: packet → TCP segment.
//!
//! Lengths are those of the IP headers, so Ethernet padding and trailers never reach TCP.
//! The only state is that of IP fragments.

pub mod tcp;

use std::net::SocketAddr;

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
pub struct Decoder {}

impl Decoder {
    /// A decoder without fragments.
    pub fn new(_limits: &Limits) -> Decoder {
        Decoder {}
    }

    /// Says what `packet` holds.
    pub fn decode<'a>(&'a mut self, _packet: &Packet<'a>) -> Decoded<'a> {
        Decoded::Undecodable
    }
}
