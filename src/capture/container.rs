//! What the decoders of the two formats share.

use super::link_type::LinkType;
use crate::time::Timestamp;

/// What stands next in a file.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Item<'a> {
    /// A packet.
    Packet(Record<'a>),
    /// So many bytes hold no packet; they may reach beyond those that are there.
    Skip(u64),
    /// Nothing can be told before at least so many bytes are there, counted from the item's start.
    More(usize),
    /// What follows cannot be read.
    Stop,
}

/// A packet as a record or block holds it.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Record<'a> {
    /// Bytes of the record or block, its headers included.
    pub(super) len: usize,
    /// Where `data` starts in it, in bytes.
    pub(super) data_at: usize,
    /// When the packet was captured; `None` where the file does not say.
    pub(super) timestamp: Option<Timestamp>,
    /// What `data` starts with.
    pub(super) link_type: LinkType,
    /// The place of its interface among those that are listed; one that is not has none there.
    pub(super) interface: u32,
    /// Bytes on the wire.
    pub(super) original_len: u32,
    /// The captured bytes.
    pub(super) data: &'a [u8],
}

/// The order of a number's bytes in a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ByteOrder {
    /// Least significant first.
    Little,
    /// Most significant first.
    Big,
}

impl ByteOrder {
    /// The number that `bytes` hold.
    #[inline]
    pub(super) const fn u16(self, bytes: [u8; 2]) -> u16 {
        match self {
            ByteOrder::Little => u16::from_le_bytes(bytes),
            ByteOrder::Big => u16::from_be_bytes(bytes),
        }
    }

    /// The number that `bytes` hold.
    #[inline]
    pub(super) const fn u32(self, bytes: [u8; 4]) -> u32 {
        match self {
            ByteOrder::Little => u32::from_le_bytes(bytes),
            ByteOrder::Big => u32::from_be_bytes(bytes),
        }
    }

    /// The number that `bytes` hold.
    pub(super) const fn u64(self, bytes: [u8; 8]) -> u64 {
        match self {
            ByteOrder::Little => u64::from_le_bytes(bytes),
            ByteOrder::Big => u64::from_be_bytes(bytes),
        }
    }

    /// The number that `bytes` hold.
    pub(super) const fn i64(self, bytes: [u8; 8]) -> i64 {
        match self {
            ByteOrder::Little => i64::from_le_bytes(bytes),
            ByteOrder::Big => i64::from_be_bytes(bytes),
        }
    }
}

/// The most bytes of a packet that libpcap and Wireshark write or take.
///
/// A longer one shows that its length is damaged.
const PACKET_BYTES: usize = 262_144;

/// The most bytes of a packet of `link_type`, of a bound of `record_bytes` for any record.
///
/// USB transfers, D-Bus messages and bus recorders have packets that networks have not.
pub(super) fn longest_packet(link_type: LinkType, record_bytes: usize) -> usize {
    match link_type {
        LinkType::USB_LINUX
        | LinkType::USB_LINUX_MMAPPED
        | LinkType::USBPCAP
        | LinkType::DBUS
        | LinkType::EBHSCR => record_bytes,
        _ => PACKET_BYTES.min(record_bytes),
    }
}
