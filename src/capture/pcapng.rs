//! Blocks of a pcapng file.
//!
//! The format: <https://www.ietf.org/archive/id/draft-ietf-opsawg-pcapng-03.html>; the section
//! numbers below are its.
//!
//! Blocks are read here and not by pcap-parser: its block parsers gather the options of every
//! packet in a vector, refuse a block over a wrong closing length, and cannot tell a damaged length
//! from an incomplete block.

use super::CaptureFacts;
use super::container::{ByteOrder, Item, Record};
use super::interface::Interface;
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

    /// Whether the closing length of a block is still to come.
    pub(super) fn is_inside_block(&self) -> bool {
        self.trailer.is_some()
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
        let Some(padded) = padded(len).filter(|_| len >= BLOCK_LEN_MIN) else {
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
        let Some(padded) = padded(len).filter(|_| len >= SECTION_LEN_MIN) else {
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

#[cfg(test)]
mod tests {
    use super::super::container::ByteOrder;
    use super::super::handmade::{
        block, interface, packet, read, read_every_way, read_in_pieces, section, u16, u32,
    };
    use super::super::{Format, LinkType};
    use crate::limits::Limits;
    use crate::time::Timestamp;

    const LE: ByteOrder = ByteOrder::Little;
    const ORDERS: [ByteOrder; 2] = [LE, ByteOrder::Big];

    /// A section with one Ethernet interface.
    fn start(order: ByteOrder) -> Vec<u8> {
        [section(order, (1, 0)), interface(order, 1, 0, &[])].concat()
    }

    /// `middle` between two packets.
    fn between(middle: &[u8]) -> Vec<u8> {
        [start(LE), packet(LE, 0, 1, b"a"), middle.to_vec(), packet(LE, 0, 2, b"b")].concat()
    }

    #[test]
    fn every_block_with_a_packet_is_read_in_either_byte_order() {
        for order in ORDERS {
            let obsolete = [
                &u16(order, 0)[..],
                &u16(order, 5),
                &[0, 3, 3, 40].map(|field| u32(order, field)).concat(),
                b"old",
            ]
            .concat();
            let file = [
                section(order, (1, 0)),
                interface(order, 1, 4, &[]),
                packet(order, 0, 0x0000_0005_0000_0001, b"enhanced"),
                block(order, 2, &obsolete),
                block(order, 3, &[&u32(order, 6)[..], b"simp"].concat()),
                block(order, 3, &[&u32(order, 3)[..], b"sim"].concat()),
            ]
            .concat();
            let run = read_every_way(&file);
            assert_eq!(run.problems(), [""; 0]);
            let data: Vec<&[u8]> =
                run.packets.iter().map(|packet| packet.data.as_slice()).collect();
            assert_eq!(data, [&b"enhanced"[..], b"old", b"simp", b"sim"]);
            let lens: Vec<u32> = run.packets.iter().map(|packet| packet.original_len).collect();
            assert_eq!(lens, [8, 40, 6, 3]);
            assert_eq!(run.packets[0].timestamp, Timestamp(0x0000_0005_0000_0001 * 1_000));
            assert_eq!(run.packets[1].timestamp, Timestamp(3_000));
            assert_eq!(run.packets[2].timestamp, Timestamp(0));
            assert_eq!(run.facts[0].format, Some(Format::Pcapng));
            assert_eq!(run.facts[0].truncated_packets, 2);
        }
    }

    #[test]
    fn interfaces_have_their_own_link_type_and_clock() {
        for order in ORDERS {
            let resolution =
                |value: u8| [&u16(order, 9)[..], &u16(order, 1), &[value, 0, 0, 0]].concat();
            let offset = match order {
                ByteOrder::Little => (-1_000_i64).to_le_bytes(),
                ByteOrder::Big => (-1_000_i64).to_be_bytes(),
            };
            let offset = [&u16(order, 14)[..], &u16(order, 8), &offset].concat();
            let name = [&u16(order, 2)[..], &u16(order, 5), b"lan-1\0\0\0"].concat();
            let file = [
                section(order, (1, 0)),
                interface(order, 1, 0, &[name.clone(), resolution(9)].concat()),
                interface(order, 0, 0, &[offset, resolution(6)].concat()),
                interface(order, 276, 0, &resolution(0x80 | 20)),
                // What follows the end of the options is none.
                interface(order, 101, 0, &[vec![0; 4], resolution(9)].concat()),
                packet(order, 1, 1_500_000_000_000_000, b""),
                packet(order, 0, 1_500_000_000_123_456_789, b""),
                packet(order, 2, (1_500_000_000 << 20) | (1 << 19), b""),
                packet(order, 3, 7, b""),
            ]
            .concat();
            let run = read_every_way(&file);
            let seen: Vec<(LinkType, i64)> =
                run.packets.iter().map(|packet| (packet.link_type, packet.timestamp.0)).collect();
            let expected = [
                (LinkType::NULL, 1_499_999_000_000_000_000),
                (LinkType::ETHERNET, 1_500_000_000_123_456_789),
                (LinkType::LINUX_SLL2, 1_500_000_000_500_000_000),
                (LinkType::RAW, 7_000),
            ];
            assert_eq!(seen, expected);
            assert_eq!(run.facts[0].first_time, Some(Timestamp(7_000)));
            assert_eq!(run.facts[0].last_time, Some(Timestamp(1_500_000_000_500_000_000)));
        }
    }

    #[test]
    fn sections_start_anew_and_may_change_the_byte_order() {
        let file = [
            start(LE),
            packet(LE, 0, 1, b"a"),
            section(ByteOrder::Big, (1, 2)),
            interface(ByteOrder::Big, 101, 0, &[]),
            packet(ByteOrder::Big, 0, 2, b"b"),
            packet(ByteOrder::Big, 1, 3, b"c"),
        ]
        .concat();
        let run = read_every_way(&file);
        assert_eq!(run.numbers(), [1, 2]);
        assert_eq!(run.facts[0].link_types, [LinkType::ETHERNET, LinkType::RAW]);
        assert_eq!(run.problems(), ["interface-unknown"]);
    }

    #[test]
    fn other_blocks_are_passed_over_and_those_that_wireshark_counts_are_counted() {
        for (block_type, number) in [(4, 2), (5, 2), (10, 2), (0x8000_0001, 2), (9, 3), (0x204, 3)]
        {
            let run = read_every_way(&between(&block(LE, block_type, &[7; 40])));
            assert_eq!(run.numbers(), [1, number], "type {block_type:X}");
            assert_eq!(run.problems(), [""; 0]);
        }
        for (number, contents) in [
            (3, [u32(LE, 32_473), u32(LE, 2)].concat()),
            (3, [u32(LE, 10_949), u32(LE, 1)].concat()),
            (2, [u32(LE, 10_949), u32(LE, 2)].concat()),
            (3, u32(LE, 10_949).to_vec()),
        ] {
            for block_type in [0xBAD, 0x4000_0BAD] {
                let run = read_every_way(&between(&block(LE, block_type, &contents)));
                assert_eq!(run.numbers(), [1, number]);
            }
        }
    }

    #[test]
    fn a_wrong_closing_length_is_reported_and_passed() {
        let mut odd = packet(LE, 0, 5, b"odd");
        let mut other = block(LE, 4, &[0; 8]);
        for block in [&mut odd, &mut other] {
            *block.last_mut().unwrap() = 9;
        }
        let run = read_every_way(&between(&odd));
        assert_eq!(run.numbers(), [1, 2, 3]);
        assert_eq!(run.problems(), ["block-lengths-differ"]);
        assert_eq!(run.facts[0].problems[0].offset, Some(28 + 20 + 36));
        let run = read_every_way(&between(&other));
        assert_eq!(run.numbers(), [1, 2]);
        assert_eq!(run.problems(), ["block-lengths-differ"]);
        assert_eq!(run.facts[0].problems[0].offset, Some(28 + 20 + 36));
    }

    #[test]
    fn a_length_without_its_padding_is_taken_with_it() {
        let mut short = block(LE, 4, &[0; 8]);
        let last = short.len() - 4;
        (short[4], short[last]) = (18, 18);
        let run = read_every_way(&between(&short));
        assert_eq!((run.numbers(), run.problems()), (vec![1, 2], vec![]));
    }

    #[test]
    fn packets_that_cannot_be_read_are_left_out_and_keep_their_number() {
        let mut long = packet(LE, 0, 5, b"long");
        long[20] = 200;
        let cases: [(&[u8], &str); 4] = [
            (&packet(LE, 7, 5, b"far"), "interface-unknown"),
            (&long, "length-invalid"),
            (&block(LE, 6, &[0; 8]), "length-invalid"),
            (&block(LE, 3, &[]), "length-invalid"),
        ];
        for (broken, code) in cases {
            let run = read_every_way(&between(broken));
            assert_eq!((run.numbers(), run.problems()), (vec![1, 3], vec![code]));
            assert_eq!(run.facts[0].problems[0].packet, Some(2));
            assert_eq!((run.facts[0].packets, run.facts[0].other_records), (2, 1));
        }
    }

    #[test]
    fn lengths_that_no_block_has_end_the_reading() {
        for len in [0, 4, 11, u32::MAX] {
            let mut broken = block(LE, 0xB0, &[0; 8]);
            broken[4..8].copy_from_slice(&u32(LE, len));
            let run = read_every_way(&between(&broken));
            assert_eq!((run.numbers(), run.problems()), (vec![1], vec!["length-invalid"]), "{len}");
        }
        let version = [start(LE), section(LE, (2, 0)), packet(LE, 0, 1, b"")].concat();
        assert_eq!(read_every_way(&version).problems(), ["version-unknown"]);
        let mut damaged = section(LE, (1, 0));
        damaged[8] = 0;
        assert_eq!(read_every_way(&between(&damaged)).problems(), ["section-invalid"]);
    }

    #[test]
    fn bounds_hold() {
        let limits = Limits { record_bytes: 100, interfaces: 2, problems: 3, ..Limits::DEFAULT };
        let file = [
            start(LE),
            interface(LE, 1, 0, &[0; 200]),
            interface(LE, 1, 0, &[]),
            interface(LE, 1, 0, &[]),
            packet(LE, 0, 1, &[1; 200]),
            packet(LE, 0, 2, b"small"),
            block(LE, 0xB0, &[0; 5_000]),
            packet(LE, 2, 2, b"beyond"),
            packet(LE, 2, 2, b"beyond"),
        ]
        .concat();
        for len in [1, 7, usize::MAX] {
            let run = read_in_pieces(&[&file], limits, || len);
            assert_eq!(run.numbers(), [2]);
            let codes = ["too-many-interfaces", "record-too-long", "interface-unknown"];
            assert_eq!(run.problems(), codes);
            assert_eq!(run.facts[0].problems_dropped, 1);
        }
    }

    #[test]
    fn every_truncation_keeps_the_packets_before_it() {
        let file = between(&block(LE, 4, &[1; 9]));
        let ends = [28, 48, 84, 108, 144];
        assert_eq!(ends.last(), Some(&file.len()));
        for len in 12..file.len() {
            let run = read_every_way(&file[..len]);
            assert_eq!(run.numbers().len(), usize::from(len >= 84), "{len}");
            match ends.contains(&len) {
                true => assert_eq!(run.problems(), [""; 0]),
                false => assert_eq!(run.problems(), ["file-cut"], "{len}"),
            }
        }
        assert_eq!(read(&file[..11]).facts[0].format, None);
    }
}
