//! Container: bytes of capture files → packets in time order.
//!
//! Bytes are pushed into [`sources::Sources`] in pieces of any size, and packets come out through a
//! callback. The result does not depend on how the bytes were cut. Packets that lie whole in a
//! piece are handed on in place; only one that is cut by a piece's end is copied.
//!
//! A compressed file is expanded little by little, by content and never by name.
//!
//! Nothing here knows what is in a packet. Bad contents never fail: what could be read is handed
//! on, and what could not is a [`problem::Problem`].

pub mod compression;
pub mod details;
pub mod link_type;
pub mod problem;
pub mod sources;
pub mod unrecognized;

mod chain;
mod container;
mod damage;
mod file;
#[cfg(test)]
mod handmade;
mod link_type_names;
mod pcap;
mod pcapng;
mod source;

use self::compression::Compression;
use self::container::Record;
use self::details::{Details, Name};
use self::link_type::LinkType;
use self::problem::{Problem, ProblemCode};
use crate::limits::Limits;
use crate::packet::PacketId;
use crate::time::Timestamp;

/// One packet of a capture.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Packet<'a> {
    /// Which packet it is.
    pub id: PacketId,
    /// Where `data` starts in its file, in bytes; of a compressed file, in what is compressed.
    pub offset: u64,
    /// When it was captured; [`Timestamp::UNKNOWN`] where neither its own record nor one before it
    /// says. One without a time of its own has that of the packet before it.
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
    /// Bytes pushed: those of the file as it is, compressed or not.
    pub size_bytes: u64,
    /// The compressions around the capture, the outermost first.
    pub compression: Vec<Compression>,
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
    /// How often, and by how much, the time of a packet is before that of the packet before it.
    pub jumps_back: JumpsBack,
    /// The time of the latest packet that has one: packets without follow it.
    current_time: Timestamp,
    /// What the file says about itself.
    pub details: Details,
    /// Names that the file itself gives addresses, in its order.
    pub names: Vec<Name>,
    /// Names beyond those kept.
    pub names_dropped: u64,
    /// What was wrong with the file, in its order.
    pub problems: Vec<Problem>,
    /// Problems beyond those listed.
    pub problems_dropped: u64,
    /// Problems that are listed at most.
    problem_limit: usize,
}

/// Times that go back by so much that no order of recording explains it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct JumpsBack {
    /// How often.
    pub count: u64,
    /// By how many nanoseconds at most.
    pub most: i64,
    /// The first packet that is earlier than the one before it.
    pub first_packet: Option<u64>,
}

impl JumpsBack {
    /// Nanoseconds by which packets may be out of order: those of several interfaces or queues are
    /// recorded in turns.
    const USUAL: i64 = 10 * Timestamp::NANOSECONDS_PER_SECOND;

    /// Notes that the packet with `number` is so many nanoseconds earlier than the one before it.
    #[cold]
    fn note(&mut self, number: u64, nanoseconds: i64) {
        if nanoseconds > JumpsBack::USUAL {
            self.count = self.count.saturating_add(1);
            self.most = self.most.max(nanoseconds);
            self.first_packet.get_or_insert(number);
        }
    }
}

impl CaptureFacts {
    /// Link types that are listed at most: more than have ever been assigned to real links.
    const LINK_TYPES: usize = 512;

    /// Nothing read yet.
    fn new(name: String, limits: &Limits) -> CaptureFacts {
        CaptureFacts {
            name,
            problem_limit: limits.problems,
            details: Details::new(limits),
            current_time: Timestamp::UNKNOWN,
            ..CaptureFacts::default()
        }
    }

    /// The number that the next record has.
    fn next_number(&self) -> u64 {
        self.packets.saturating_add(self.other_records).saturating_add(1)
    }

    /// Notes a problem of the record or block at `offset`.
    fn report(&mut self, code: ProblemCode, offset: u64, message: impl FnOnce() -> String) {
        self.report_at(code, offset, self.next_number(), message);
    }

    /// As [`CaptureFacts::report`], of the packet with `number`.
    fn report_at(
        &mut self,
        code: ProblemCode,
        offset: u64,
        number: u64,
        message: impl FnOnce() -> String,
    ) {
        if self.problems.len() < self.problem_limit {
            let problem = Problem::new(code, offset, number, message());
            self.problems.push(problem);
        } else {
            self.problems_dropped = self.problems_dropped.saturating_add(1);
        }
    }

    /// Notes a packet, and returns its number and its time.
    #[inline]
    fn count(&mut self, record: &Record<'_>) -> (u64, Timestamp) {
        let number = self.next_number();
        self.packets = self.packets.saturating_add(1);
        if let Some(time) = record.timestamp {
            if time < self.current_time {
                self.jumps_back.note(number, self.current_time.since(time));
            }
            self.current_time = time;
            if self.first_time.is_none_or(|first| time < first) {
                self.first_time = Some(time);
            }
            if self.last_time.is_none_or(|last| time > last) {
                self.last_time = Some(time);
            }
        }
        if let Some(interface) = self.details.interfaces.get_mut(record.interface as usize) {
            interface.packets = interface.packets.saturating_add(1);
        }
        if record.data.len() < record.original_len as usize {
            self.truncated_packets = self.truncated_packets.saturating_add(1);
        }
        if !self.link_types.contains(&record.link_type)
            && self.link_types.len() < CaptureFacts::LINK_TYPES
        {
            self.link_types.push(record.link_type);
        }
        (number, self.current_time)
    }
}
