//! Blocks of a pcapng file.
//!
//! The format: <https://www.ietf.org/archive/id/draft-ietf-opsawg-pcapng-03.html>; the section
//! numbers below are its.
//!
//! Options are read by pcap-parser. Blocks are read here: pcap-parser's block parsers gather the
//! options of every packet in a vector, refuse a block over a wrong closing length, know no
//! resolution that is a power of two, and read the time offset in one byte order only.

use super::CaptureFacts;
use super::container::{ByteOrder, Item, Record};
use super::link_type::LinkType;
use super::problem::ProblemCode;
use crate::limits::Limits;
use crate::time::Timestamp;

/// What a file starts with: the type of a section header, the same in either byte order.
pub(super) const MAGIC: [u8; 4] = [0x0A, 0x0D, 0x0D, 0x0A];

/// Bytes of a section header up to its byte-order magic, that magic included.
pub(super) const START_LEN: usize = 12;

/// The byte-order magic of a section (4.1).
const BYTE_ORDER_MAGIC: u32 = 0x1A2B_3C4D;

/// Bytes of a block without contents: its type and its length at both ends (3.1).
const BLOCK_LEN_MIN: u32 = 12;

/// Bytes that close a block: its length again.
const TRAILER_LEN: u32 = 4;

/// Bytes of a section header without options.
const SECTION_LEN_MIN: u32 = 28;

/// The enterprise number under which Netflix writes logs of the TCP stack into custom blocks.
const NETFLIX: u32 = 10_949;

/// The kind of Netflix's blocks that only fill space.
const NETFLIX_SKIP: u32 = 2;

/// Block types (11.1).
mod block_type {
    pub(super) const INTERFACE_DESCRIPTION: u32 = 1;
    pub(super) const PACKET: u32 = 2;
    pub(super) const SIMPLE_PACKET: u32 = 3;
    pub(super) const ENHANCED_PACKET: u32 = 6;
    pub(super) const SYSTEMD_JOURNAL_EXPORT: u32 = 9;
    pub(super) const SYSDIG_EVENT: u32 = 0x0204;
    pub(super) const SYSDIG_EVENT_V2: u32 = 0x0216;
    pub(super) const SYSDIG_EVENT_V2_LARGE: u32 = 0x0221;
    pub(super) const CUSTOM: u32 = 0x0000_0BAD;
    pub(super) const CUSTOM_NO_COPY: u32 = 0x4000_0BAD;
    pub(super) const SECTION_HEADER: u32 = 0x0A0D_0D0A;
}

/// Reads the blocks of a file.
#[derive(Debug)]
pub(super) struct Reader {
    byte_order: ByteOrder,
    interfaces: Vec<Interface>,
    /// Interfaces of this section that were described, those beyond the bound included.
    described: u32,
    /// The length that must close the block whose contents were just passed over.
    trailer: Option<u32>,
    record_bytes: usize,
    interface_limit: usize,
}

/// An interface that packets name.
#[derive(Clone, Copy, Debug)]
struct Interface {
    link_type: LinkType,
    /// The most bytes that were kept of a packet; 0 for all.
    snap_len: u32,
    unit: Unit,
    /// Seconds to add to every time.
    offset_seconds: i64,
}

/// The unit of an interface's times.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Unit {
    /// So many nanoseconds.
    Nanoseconds(u64),
    /// One of so many parts of a nanosecond.
    PartOfNanosecond(u64),
    /// A second divided by two to this power.
    PowerOfTwo(u32),
}

impl Unit {
    const MICROSECOND: Unit = Unit::Nanoseconds(1_000);

    /// The unit that the option `if_tsresol` names (4.2): a negative power of ten, or of two where
    /// the highest bit is set.
    fn from_option(resolution: u8) -> Unit {
        let exponent = u32::from(resolution & 0x7F);
        match exponent {
            _ if resolution & 0x80 != 0 => Unit::PowerOfTwo(exponent),
            0..=9 => Unit::Nanoseconds(10_u64.pow(9 - exponent)),
            // Units that 64 bits cannot count down to a nanosecond are all nothing.
            _ => Unit::PartOfNanosecond(10_u64.checked_pow(exponent - 9).unwrap_or(u64::MAX)),
        }
    }

    /// Nanoseconds in `count` units.
    #[inline]
    fn nanoseconds(self, count: u64) -> u64 {
        match self {
            Unit::Nanoseconds(each) => count.saturating_mul(each),
            Unit::PartOfNanosecond(parts) => count.checked_div(parts).unwrap_or(0),
            Unit::PowerOfTwo(exponent) => {
                let scaled = u128::from(count).saturating_mul(1_000_000_000);
                let nanoseconds = scaled.checked_shr(exponent).unwrap_or(0);
                u64::try_from(nanoseconds).unwrap_or(u64::MAX)
            }
        }
    }
}

impl Interface {
    /// The time that the two halves of a packet's time field say.
    #[inline]
    fn time(&self, high: u32, low: u32) -> Timestamp {
        let count = u64::from(high) << 32 | u64::from(low);
        let nanoseconds = self.unit.nanoseconds(count);
        let nanoseconds = i64::try_from(nanoseconds).unwrap_or(i64::MAX);
        Timestamp::from_parts(self.offset_seconds, nanoseconds)
    }
}

/// A block whose bytes are all there.
struct Block<'a> {
    /// Its bytes, from its type to its closing length.
    bytes: &'a [u8],
    /// Where it starts in the file, in bytes.
    offset: u64,
}

impl<'a> Block<'a> {
    /// Its contents: what stands between the two lengths.
    fn contents(&self) -> &'a [u8] {
        let end = self.bytes.len().saturating_sub(TRAILER_LEN as usize);
        self.bytes.get(8..end).unwrap_or(&[])
    }
}

impl Reader {
    /// Whether a file that begins with `start` is a pcapng file. `None` while that cannot be told.
    pub(super) fn recognizes(start: &[u8]) -> Option<bool> {
        if !start.starts_with(&MAGIC) {
            return Some(false);
        }
        let magic = start.get(8..START_LEN)?;
        Some(byte_order(magic).is_some())
    }

    /// A reader that expects a section header.
    pub(super) fn new(limits: &Limits) -> Reader {
        Reader {
            byte_order: ByteOrder::Little,
            interfaces: Vec::new(),
            described: 0,
            trailer: None,
            record_bytes: limits.record_bytes,
            interface_limit: limits.interfaces,
        }
    }

    /// Says what `bytes`, which start `offset` bytes into the file, begin with.
    #[inline]
    pub(super) fn next<'a>(
        &mut self,
        bytes: &'a [u8],
        offset: u64,
        facts: &mut CaptureFacts,
    ) -> Item<'a> {
        if let Some(expected) = self.trailer {
            return self.close(expected, bytes, offset, facts);
        }
        let Some(&[t0, t1, t2, t3, l0, l1, l2, l3]) = bytes.first_chunk::<8>() else {
            return Item::More(BLOCK_LEN_MIN as usize);
        };
        let block_type = self.byte_order.u32([t0, t1, t2, t3]);
        if block_type == block_type::SECTION_HEADER {
            return self.section(bytes, offset, facts);
        }
        let len = self.byte_order.u32([l0, l1, l2, l3]);
        let Some(padded) = padded(len).filter(|len| *len >= BLOCK_LEN_MIN) else {
            return refuse_length(block_type, len, offset, facts);
        };
        match block_type {
            block_type::ENHANCED_PACKET | block_type::PACKET | block_type::SIMPLE_PACKET => {
                if padded as usize > self.record_bytes {
                    return self.refuse_packet(padded, offset, facts);
                }
                let Some(block) = bytes.get(..padded as usize) else {
                    return Item::More(padded as usize);
                };
                self.packet(block_type, Block { bytes: block, offset }, facts)
            }
            block_type::INTERFACE_DESCRIPTION => self.interface(bytes, padded, offset, facts),
            _ => self.pass_over(block_type, bytes, padded, facts),
        }
    }

    /// Reads a packet from any of the three blocks that hold one.
    #[inline]
    fn packet<'a>(&self, block_type: u32, block: Block<'a>, facts: &mut CaptureFacts) -> Item<'a> {
        let fields = match block_type {
            block_type::SIMPLE_PACKET => self.simple_packet(&block),
            _ => self.timed_packet(block_type, &block),
        };
        let record = match fields {
            Ok(record) => record,
            Err(unreadable) => {
                unreadable.report(&block, facts);
                return Item::Skip(block.bytes.len() as u64);
            }
        };
        let closing = block.bytes.last_chunk().map(|bytes| self.byte_order.u32(*bytes));
        if closing.and_then(padded).is_none_or(|len| len as usize != block.bytes.len()) {
            report_lengths_differ(block.bytes.len() as u64, closing, block.offset, facts);
        }
        Item::Packet(record)
    }

    /// Reads an Enhanced Packet Block (4.3), or a Packet Block (A), whose interface is shorter.
    #[inline]
    fn timed_packet<'a>(
        &self,
        block_type: u32,
        block: &Block<'a>,
    ) -> Result<Record<'a>, Unreadable> {
        /// Bytes of the fields after the block's length.
        const FIELDS_LEN: usize = 20;
        const DATA_AT: usize = 8 + FIELDS_LEN;
        let order = self.byte_order;
        let contents = block.contents();
        let Some((fields, data)) = contents.split_first_chunk::<FIELDS_LEN>() else {
            return Err(Unreadable::TooShort);
        };
        let &[i0, i1, i2, i3, h0, h1, h2, h3, l0, l1, l2, l3, c0, c1, c2, c3, o0, o1, o2, o3] =
            fields;
        let interface_id = match block_type {
            block_type::PACKET => u32::from(order.u16([i0, i1])),
            _ => order.u32([i0, i1, i2, i3]),
        };
        let captured_len = order.u32([c0, c1, c2, c3]);
        let Some(interface) = self.interfaces.get(interface_id as usize) else {
            return Err(Unreadable::Interface { id: interface_id, described: self.described });
        };
        let Some(data) = data.get(..captured_len as usize) else {
            return Err(Unreadable::CapturedLen { captured_len, room: data.len() });
        };
        Ok(Record {
            len: block.bytes.len(),
            data_at: DATA_AT,
            timestamp: interface.time(order.u32([h0, h1, h2, h3]), order.u32([l0, l1, l2, l3])),
            link_type: interface.link_type,
            original_len: order.u32([o0, o1, o2, o3]),
            data,
        })
    }

    /// Reads a Simple Packet Block (4.4): the first interface's, and without a time.
    fn simple_packet<'a>(&self, block: &Block<'a>) -> Result<Record<'a>, Unreadable> {
        let Some((original_len, room)) = block.contents().split_first_chunk::<4>() else {
            return Err(Unreadable::TooShort);
        };
        let Some(interface) = self.interfaces.first() else {
            return Err(Unreadable::Interface { id: 0, described: self.described });
        };
        let original_len = self.byte_order.u32(*original_len);
        let captured_len = match interface.snap_len {
            0 => original_len,
            snap_len => original_len.min(snap_len),
        };
        let Some(data) = room.get(..captured_len as usize) else {
            return Err(Unreadable::CapturedLen { captured_len, room: room.len() });
        };
        Ok(Record {
            len: block.bytes.len(),
            data_at: 12,
            timestamp: Timestamp::default(),
            link_type: interface.link_type,
            original_len,
            data,
        })
    }

    /// Reads a Section Header Block (4.1), after which everything starts anew.
    #[cold]
    fn section<'a>(&mut self, bytes: &'a [u8], offset: u64, facts: &mut CaptureFacts) -> Item<'a> {
        let Some(&[_, _, _, _, l0, l1, l2, l3, m0, m1, m2, m3, a0, a1, i0, i1]) =
            bytes.first_chunk::<16>()
        else {
            return Item::More(16);
        };
        let Some(order) = byte_order(&[m0, m1, m2, m3]) else {
            facts.report(ProblemCode::SectionInvalid, offset, || {
                format!(
                    "The section header at byte {offset} does not say its byte order, so the file \
                     is damaged there and is read up to it. Capture or copy it again."
                )
            });
            return Item::Stop;
        };
        let len = order.u32([l0, l1, l2, l3]);
        let Some(padded) = padded(len).filter(|len| *len >= SECTION_LEN_MIN) else {
            return refuse_length(block_type::SECTION_HEADER, len, offset, facts);
        };
        let major = order.u16([a0, a1]);
        let minor = order.u16([i0, i1]);
        // Some writers wrote 1.2 for what is 1.0.
        if !matches!((major, minor), (1, 0 | 2)) {
            facts.report(ProblemCode::VersionUnknown, offset, || {
                format!(
                    "The section at byte {offset} is of version {major}.{minor}, which is not \
                     known, so the file is read up to it. Save it as pcapng 1.0 or as pcap."
                )
            });
            return Item::Stop;
        }
        self.byte_order = order;
        self.interfaces.clear();
        self.described = 0;
        self.trailer = Some(padded);
        Item::Skip(u64::from(padded - TRAILER_LEN))
    }

    /// Reads an Interface Description Block (4.2).
    #[cold]
    fn interface<'a>(
        &mut self,
        bytes: &'a [u8],
        len: u32,
        offset: u64,
        facts: &mut CaptureFacts,
    ) -> Item<'a> {
        if len as usize > self.record_bytes {
            self.describe(Interface::unknown(), offset, facts);
            self.trailer = Some(len);
            return Item::Skip(u64::from(len - TRAILER_LEN));
        }
        let Some(block) = bytes.get(..len as usize) else {
            return Item::More(len as usize);
        };
        let contents = Block { bytes: block, offset }.contents();
        let interface = Interface::parse(self.byte_order, contents);
        self.describe(interface, offset, facts);
        self.trailer = Some(len);
        Item::Skip(u64::from(len - TRAILER_LEN))
    }

    /// Takes the next interface, up to the bound.
    fn describe(&mut self, interface: Interface, offset: u64, facts: &mut CaptureFacts) {
        self.described = self.described.saturating_add(1);
        if self.interfaces.len() < self.interface_limit {
            self.interfaces.push(interface);
        } else if self.described as usize == self.interface_limit.saturating_add(1) {
            let most = self.interface_limit;
            facts.report(ProblemCode::TooManyInterfaces, offset, || {
                format!(
                    "The section describes more than {most} interfaces; packets of the further \
                     ones are left out. Split the capture by interface."
                )
            });
        }
    }

    /// Passes over a block without a packet, and counts it where Wireshark does.
    #[cold]
    fn pass_over<'a>(
        &mut self,
        block_type: u32,
        bytes: &'a [u8],
        len: u32,
        facts: &mut CaptureFacts,
    ) -> Item<'a> {
        let is_counted = match block_type {
            block_type::SYSTEMD_JOURNAL_EXPORT
            | block_type::SYSDIG_EVENT
            | block_type::SYSDIG_EVENT_V2
            | block_type::SYSDIG_EVENT_V2_LARGE => true,
            block_type::CUSTOM | block_type::CUSTOM_NO_COPY => {
                let needed = usize::min(16, len as usize);
                let Some(start) = bytes.get(..needed) else {
                    return Item::More(needed);
                };
                !self.is_filler(start)
            }
            _ => false,
        };
        if is_counted {
            facts.other_records = facts.other_records.saturating_add(1);
        }
        self.trailer = Some(len);
        Item::Skip(u64::from(len - TRAILER_LEN))
    }

    /// Whether the custom block that begins with `start` only fills space.
    fn is_filler(&self, start: &[u8]) -> bool {
        let Some(&[e0, e1, e2, e3, k0, k1, k2, k3]) = start.get(8..).and_then(<[u8]>::first_chunk)
        else {
            return false;
        };
        // Netflix writes the kind least significant byte first in either byte order.
        self.byte_order.u32([e0, e1, e2, e3]) == NETFLIX
            && u32::from_le_bytes([k0, k1, k2, k3]) == NETFLIX_SKIP
    }

    /// Reads the length that closes a block of `expected` bytes which was passed over.
    #[cold]
    fn close<'a>(
        &mut self,
        expected: u32,
        bytes: &'a [u8],
        offset: u64,
        facts: &mut CaptureFacts,
    ) -> Item<'a> {
        let Some(closing) = bytes.first_chunk() else {
            return Item::More(TRAILER_LEN as usize);
        };
        let closing = self.byte_order.u32(*closing);
        if padded(closing) != Some(expected) {
            let start = offset.saturating_sub(u64::from(expected - TRAILER_LEN));
            report_lengths_differ(u64::from(expected), Some(closing), start, facts);
        }
        self.trailer = None;
        Item::Skip(u64::from(TRAILER_LEN))
    }

    /// Passes over a packet that is longer than the bound.
    #[cold]
    fn refuse_packet<'a>(&mut self, len: u32, offset: u64, facts: &mut CaptureFacts) -> Item<'a> {
        let number = facts.next_number();
        let most = self.record_bytes;
        facts.report(ProblemCode::RecordTooLong, offset, || {
            format!(
                "Packet {number} is a block of {len} bytes, more than the {most} that are read of \
                 one, and is left out. If the file is damaged there, capture or copy it again."
            )
        });
        facts.other_records = facts.other_records.saturating_add(1);
        self.trailer = Some(len);
        Item::Skip(u64::from(len - TRAILER_LEN))
    }
}

impl Interface {
    /// An interface of which nothing is known.
    const fn unknown() -> Interface {
        Interface {
            link_type: LinkType(u32::MAX),
            snap_len: 0,
            unit: Unit::MICROSECOND,
            offset_seconds: 0,
        }
    }

    /// Reads the contents of an Interface Description Block (4.2).
    fn parse(order: ByteOrder, contents: &[u8]) -> Interface {
        let Some((&[k0, k1, _, _, s0, s1, s2, s3], mut options)) =
            contents.split_first_chunk::<8>()
        else {
            return Interface::unknown();
        };
        let mut interface = Interface {
            link_type: LinkType(u32::from(order.u16([k0, k1]))),
            snap_len: order.u32([s0, s1, s2, s3]),
            ..Interface::unknown()
        };
        let parse_option = match order {
            ByteOrder::Little => pcap_parser::parse_option_le::<pcap_parser::PcapError<&[u8]>>,
            ByteOrder::Big => pcap_parser::parse_option_be,
        };
        while let Ok((rest, option)) = parse_option(options) {
            match (option.code, option.as_bytes()) {
                (pcap_parser::OptionCode::EndOfOpt, _) => break,
                (pcap_parser::OptionCode::IfTsresol, Ok(&[resolution])) => {
                    interface.unit = Unit::from_option(resolution);
                }
                (pcap_parser::OptionCode::IfTsoffset, Ok(bytes)) => {
                    if let Ok(seconds) = bytes.try_into() {
                        interface.offset_seconds = order.i64(seconds);
                    }
                }
                _ => {}
            }
            options = rest;
        }
        interface
    }
}

/// Why the packet of a whole block cannot be read.
#[derive(Clone, Copy, Debug)]
enum Unreadable {
    /// The block has no room for its fields.
    TooShort,
    /// The section describes no such interface.
    Interface { id: u32, described: u32 },
    /// The block has no room for the packet.
    CapturedLen { captured_len: u32, room: usize },
}

impl Unreadable {
    /// Notes that the packet of `block` is left out. It counts all the same.
    #[cold]
    fn report(self, block: &Block<'_>, facts: &mut CaptureFacts) {
        let number = facts.next_number();
        let offset = block.offset;
        match self {
            Unreadable::TooShort => facts.report(ProblemCode::LengthInvalid, offset, || {
                format!(
                    "Packet {number} is left out: its block at byte {offset} has {} bytes, too \
                     few for its own fields. The file is damaged there; capture or copy it again.",
                    block.bytes.len()
                )
            }),
            Unreadable::Interface { id, described } => {
                facts.report(ProblemCode::InterfaceUnknown, offset, || {
                    format!(
                        "Packet {number} is left out: it names interface {id}, and its section \
                         describes {described}, counted from 0. Write the file again with the tool \
                         that made it, or mend it with reordercap or editcap."
                    )
                });
            }
            Unreadable::CapturedLen { captured_len, room } => {
                facts.report(ProblemCode::LengthInvalid, offset, || {
                    format!(
                        "Packet {number} is left out: it claims {captured_len} bytes, and its \
                         block at byte {offset} has room for {room}. The file is damaged there; \
                         capture or copy it again."
                    )
                });
            }
        }
        facts.other_records = facts.other_records.saturating_add(1);
    }
}

/// The byte order that a section's byte-order magic tells.
fn byte_order(magic: &[u8]) -> Option<ByteOrder> {
    let magic = *magic.first_chunk()?;
    match BYTE_ORDER_MAGIC {
        value if value == u32::from_le_bytes(magic) => Some(ByteOrder::Little),
        value if value == u32::from_be_bytes(magic) => Some(ByteOrder::Big),
        _ => None,
    }
}

/// A block's length with the padding that some writers leave out of it; `None` where 32 bits do
/// not hold it.
#[inline]
fn padded(len: u32) -> Option<u32> {
    len.checked_next_multiple_of(4)
}

/// Reports a block whose length cannot be. Nothing else tells where the next one starts.
#[cold]
fn refuse_length<'a>(block_type: u32, len: u32, offset: u64, facts: &mut CaptureFacts) -> Item<'a> {
    facts.report(ProblemCode::LengthInvalid, offset, || {
        format!(
            "The block at byte {offset} (type 0x{block_type:08X}) claims a length of {len} bytes, \
             which no block has, so the file is damaged there and is read up to it. Capture or \
             copy it again."
        )
    });
    Item::Stop
}

/// Reports a block that closes with another length than it opens with.
#[cold]
fn report_lengths_differ(len: u64, closing: Option<u32>, offset: u64, facts: &mut CaptureFacts) {
    let closing = closing.unwrap_or(0);
    facts.report(ProblemCode::BlockLengthsDiffer, offset, || {
        format!(
            "The block at byte {offset} opens with a length of {len} bytes and closes with \
             {closing}; the first was taken. Wireshark stops there. If packets are missing, \
             capture or copy the file again."
        )
    });
}
