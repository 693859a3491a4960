//! Container: bytes of capture files → packets in time order.
//!
//! Bytes are pushed into [`sources::Sources`] in pieces of any size, and packets come out through a
//! callback. The result does not depend on how the bytes were cut. Packets that lie whole in a
//! piece are handed on in place; only one that is cut by a piece's end is copied.
//!
//! Nothing here knows what is in a packet. Bad contents never fail: what could be read is handed
//! on, and what could not is a [`problem::Problem`].

pub mod link_type;
pub mod problem;
pub mod sources;
pub mod unrecognized;

use self::link_type::LinkType;
use self::problem::Problem;
use crate::packet::PacketId;
use crate::time::Timestamp;

/// One packet of a capture.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Packet<'a> {
    /// Which packet it is.
    pub id: PacketId,
    /// Where `data` starts in its file, in bytes.
    pub offset: u64,
    /// When it was captured.
    pub timestamp: Timestamp,
    /// What `data` starts with.
    pub link_type: LinkType,
    /// Bytes that the packet had on the wire; more than `data` holds where it was cut by the snap
    /// length.
    pub original_len: u32,
    /// The bytes that were captured.
    pub data: &'a [u8],
}

/// The format of a capture file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Format {
    /// The format of libpcap, in any of its variants.
    Pcap,
    /// Blocks, as Wireshark writes them.
    Pcapng,
}

impl Format {
    /// "pcap" or "pcapng".
    pub const fn name(self) -> &'static str {
        match self {
            Format::Pcap => "pcap",
            Format::Pcapng => "pcapng",
        }
    }
}

/// What is known of a capture file as far as it was read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CaptureFacts {
    /// The name it was given by.
    pub name: String,
    /// Bytes pushed.
    pub size_bytes: u64,
    /// The format, once the first bytes told it.
    pub format: Option<Format>,
    /// The link types of its packets, in order of their first packet.
    pub link_types: Vec<LinkType>,
    /// Packets in it.
    pub packets: u64,
    /// Records that count in packet numbers, because Wireshark counts them, and hold no packet:
    /// journal entries, system events, custom blocks, and packets that could not be read.
    pub other_records: u64,
    /// The earliest time of a packet.
    pub first_time: Option<Timestamp>,
    /// The latest time of a packet.
    pub last_time: Option<Timestamp>,
    /// Packets of which fewer bytes were kept than were on the wire.
    pub truncated_packets: u64,
    /// What was wrong with the file, in its order.
    pub problems: Vec<Problem>,
    /// Problems beyond those listed.
    pub problems_dropped: u64,
}
