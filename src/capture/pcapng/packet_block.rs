//! The three blocks that hold a packet.

use super::block_type;
use super::interface::Interface;
use super::{Block, Reader, metadata, padded, report_lengths_differ};
use crate::capture::CaptureFacts;
use crate::capture::container::{Item, Record};
use crate::capture::problem::ProblemCode;

/// Bytes of an Enhanced Packet Block, and of a Packet Block, before the packet.
const DATA_AT: usize = 28;

impl Reader {
    /// Reads a packet from any of the three blocks that hold one.
    #[inline]
    pub(super) fn packet<'a>(
        &self,
        block_type: u32,
        block: &Block<'a>,
        facts: &mut CaptureFacts,
    ) -> Item<'a> {
        let fields = match block_type {
            block_type::SIMPLE_PACKET => self.simple_packet(block),
            _ => self.timed_packet(block_type, block),
        };
        let record = match fields {
            Ok(record) => record,
            Err(unreadable) => {
                unreadable.report(block, facts);
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
        const FIELDS_LEN: usize = DATA_AT - 8;
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
        let interface = self.interface_of(interface_id)?;
        let Some(data) = data.get(..captured_len as usize) else {
            return Err(Unreadable::CapturedLen { captured_len, room: data.len() });
        };
        let time = interface.time(order.u32([h0, h1, h2, h3]), order.u32([l0, l1, l2, l3]));
        Ok(Record {
            len: block.bytes.len(),
            data_at: DATA_AT,
            timestamp: Some(time),
            link_type: interface.link_type,
            interface: interface.place,
            original_len: order.u32([o0, o1, o2, o3]),
            data,
        })
    }

    /// Reads a Simple Packet Block (4.4): the first interface's, and without a time.
    fn simple_packet<'a>(&self, block: &Block<'a>) -> Result<Record<'a>, Unreadable> {
        let Some((original_len, room)) = block.contents().split_first_chunk::<4>() else {
            return Err(Unreadable::TooShort);
        };
        let interface = self.interface_of(0)?;
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
            timestamp: None,
            link_type: interface.link_type,
            interface: interface.place,
            original_len,
            data,
        })
    }

    #[inline]
    fn interface_of(&self, id: u32) -> Result<&Interface, Unreadable> {
        let described = self.described;
        self.interfaces.get(id as usize).ok_or(Unreadable::Interface { id, described })
    }

    /// Reads the comments on the packet of a block that has room for options after `captured_len`
    /// bytes of packet.
    #[cold]
    pub(super) fn packet_comments(
        &self,
        block: &Block<'_>,
        captured_len: usize,
        facts: &mut CaptureFacts,
    ) {
        let options_at = (DATA_AT - 8).saturating_add(captured_len.next_multiple_of(4));
        let options = block.contents().get(options_at..).unwrap_or(&[]);
        let packet = facts.next_number();
        metadata::comments(self.byte_order, options, Some(packet), facts);
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
