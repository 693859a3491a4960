//! A frame as its bytes arrive: gathered, split into the elements of its compound, handed on.

use super::{FrameEvent, FrameSink, MessageKind, RawMessage, Wanted};
use crate::packet::PacketId;
use crate::smb::wire::{read_u16, read_u32};

/// Bytes that are kept of a message which carries data of files: its header and its fixed part.
const BULK_BYTES: usize = 256;

/// Bytes of an SMB2 header (\[MS-SMB2\] 2.2.1).
const SMB2_HEADER: u64 = 64;

/// How a message is treated.
#[derive(Clone, Copy, Debug)]
struct Plan {
    /// Bytes of it on the wire.
    len: u64,
    /// How many of them are kept.
    keep: usize,
    is_last: bool,
}

impl Plan {
    /// The plan for the message that starts with `bytes`, `left` bytes before the frame's end, when
    /// `most` bytes of a message are kept.
    fn of(kind: MessageKind, bytes: &[u8], left: u64, most: usize) -> Plan {
        let next = match kind {
            MessageKind::Smb2 => read_u32(bytes, 20).map_or(0, u64::from),
            MessageKind::Smb1 | MessageKind::Transform | MessageKind::Compression => 0,
        };
        // In the last message NextCommand is 0 or, from some servers, its own length. One that
        // leads nowhere is for the reader of the header to complain about.
        let is_last = next < SMB2_HEADER || next % 8 != 0 || next >= left;
        let len = if is_last { left } else { next };
        let keep = if is_bulk(kind, bytes) { BULK_BYTES } else { most };
        let keep = keep.max(SMB2_HEADER as usize);
        Plan { len, keep, is_last }
    }
}

/// Whether the message that starts with `bytes` carries data of files, or cannot be read anyway.
pub(super) fn is_bulk(kind: MessageKind, bytes: &[u8]) -> bool {
    match kind {
        MessageKind::Smb2 => {
            let is_response = read_u32(bytes, 16).is_some_and(|flags| flags & 1 != 0);
            matches!((read_u16(bytes, 12), is_response), (Some(8), true) | (Some(9), false))
        }
        MessageKind::Smb1 => {
            let is_reply = bytes.get(9).is_some_and(|flags| flags & 0x80 != 0);
            matches!((bytes.get(4), is_reply), (Some(0x2e), true) | (Some(0x2f), false))
        }
        MessageKind::Transform => true,
        MessageKind::Compression => false,
    }
}

/// Splits the message of a frame that lies whole in `bytes`, and hands on each element.
pub(super) fn split(
    kind: MessageKind,
    bytes: &[u8],
    packet: PacketId,
    most: usize,
    sink: &mut impl FrameSink,
) {
    Frame::new(kind, bytes.len() as u64, packet).split(bytes, most, sink);
}

/// A frame of which not all bytes are there yet.
#[derive(Debug)]
pub(super) struct Frame {
    kind: MessageKind,
    /// Bytes of its message on the wire.
    len: u64,
    /// How many of those went by, captured or not.
    position: u64,
    /// Where the element under way starts.
    start: u64,
    /// Its place in the compound.
    element: u32,
    plan: Option<Plan>,
    /// Its bytes are handed on as they come.
    is_streamed: bool,
    /// How many of its bytes were not captured.
    missing: u64,
    /// The packet with its first byte.
    packet_begin: PacketId,
    /// The latest packet with some of it.
    packet: PacketId,
}

/// How far a frame got with the bytes it was given.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Progress {
    /// It waits for more.
    Waits,
    /// It is complete.
    Complete,
    /// The start of an element was not captured, and this many bytes follow in the frame.
    LostStep(u64),
}

impl Frame {
    /// A frame with a message of `len` bytes, none of which went by; `packet` has its first.
    pub(super) fn new(kind: MessageKind, len: u64, packet: PacketId) -> Frame {
        Frame {
            kind,
            len,
            position: 0,
            start: 0,
            element: 0,
            plan: None,
            is_streamed: false,
            missing: 0,
            packet_begin: packet,
            packet,
        }
    }

    /// A frame with a message of `len` bytes that lay in `outer`.
    pub(super) fn within(outer: &RawMessage<'_>, kind: MessageKind, len: u64) -> Frame {
        Frame { packet: outer.packet, ..Frame::new(kind, len, outer.packet_begin) }
    }

    /// Bytes up to its end.
    pub(super) fn left(&self) -> u64 {
        self.len - self.position
    }

    /// Takes bytes up to the end of the element under way, keeps in `held` what is kept of it, and
    /// hands it on where it is complete. Returns the bytes after it.
    pub(super) fn gather<'a>(
        &mut self,
        bytes: &'a [u8],
        packet: PacketId,
        held: &mut Vec<u8>,
        most: usize,
        sink: &mut impl FrameSink,
    ) -> (Progress, &'a [u8]) {
        if self.element > 0 && self.position == self.start {
            (self.packet_begin, self.packet) = (packet, packet);
        }
        self.packet = later(self.packet, packet);
        let mut rest = bytes;
        if self.plan.is_none() {
            let header = SMB2_HEADER.min(self.len - self.start);
            let (taken, after) = split_at(rest, header - (self.position - self.start));
            held.extend_from_slice(taken);
            self.position += taken.len() as u64;
            rest = after;
            if self.position - self.start < header {
                return (Progress::Waits, rest);
            }
            let plan = Plan::of(self.kind, held, self.len - self.start, most);
            self.plan = Some(self.ask(plan, held, sink));
        }
        let Some(plan) = self.plan else { return (Progress::Waits, rest) };
        let (taken, after) = split_at(rest, plan.len - (self.position - self.start));
        self.position += taken.len() as u64;
        if self.missing == 0 {
            if self.is_streamed {
                sink.bytes(taken);
            }
            let (kept, _) = split_at(taken, plan.keep.saturating_sub(held.len()) as u64);
            held.extend_from_slice(kept);
        }
        (self.hand_on(plan, held, sink), after)
    }

    /// The plan for the element that starts with `start`, once `sink` has said how much of it is
    /// wanted.
    fn ask(&mut self, plan: Plan, start: &[u8], sink: &mut impl FrameSink) -> Plan {
        if plan.len <= plan.keep as u64 {
            return plan;
        }
        match sink.wants(self.kind, start, self.element, plan.len) {
            Wanted::Start => plan,
            Wanted::Whole => Plan { keep: usize::try_from(plan.len).unwrap_or(plan.keep), ..plan },
            Wanted::AsTheyCome => {
                self.is_streamed = true;
                sink.bytes(start);
                plan
            }
        }
    }

    /// Takes note of `len` bytes, not more than are left, that were not captured.
    pub(super) fn skip(
        &mut self,
        len: u64,
        held: &mut Vec<u8>,
        sink: &mut impl FrameSink,
    ) -> Progress {
        let mut len = len;
        loop {
            if self.position == self.start {
                return Progress::LostStep(self.left() - len);
            }
            // How much is kept matters no more: nothing after a missing byte is.
            let (kind, left) = (self.kind, self.len - self.start);
            let plan = self.plan.unwrap_or_else(|| Plan::of(kind, held, left, 0));
            let gone = self.position - self.start;
            // What went by of a header that is not whole may reach over the next element's start.
            let plan = if plan.len < gone { Plan { len: left, ..plan } } else { plan };
            self.plan = Some(plan);
            let skipped = len.min(plan.len - gone);
            self.missing += skipped;
            self.position += skipped;
            len -= skipped;
            let progress = self.hand_on(plan, held, sink);
            if len == 0 || progress == Progress::Complete {
                return progress;
            }
        }
    }

    /// The stream is over: hands on what is there of the element under way.
    pub(super) fn end(&mut self, held: &mut Vec<u8>, sink: &mut impl FrameSink) {
        if self.position > self.start {
            let plan = self.plan.map_or(self.len, |plan| self.start + plan.len);
            self.skip(plan - self.position, held, sink);
        }
    }

    /// Hands on the element under way where all of it went by.
    fn hand_on(&mut self, plan: Plan, held: &mut Vec<u8>, sink: &mut impl FrameSink) -> Progress {
        if self.position - self.start < plan.len {
            return Progress::Waits;
        }
        let whole = (held.len() as u64 == plan.len).then_some(held.as_slice());
        sink.event(FrameEvent::Message(self.message(plan, held, whole)));
        held.clear();
        if plan.is_last {
            return Progress::Complete;
        }
        self.start = self.position;
        self.element += 1;
        self.plan = None;
        self.is_streamed = false;
        self.missing = 0;
        Progress::Waits
    }

    /// Gathers the frame without splitting it, because it is not believed yet.
    pub(super) fn gather_whole<'a>(
        &mut self,
        bytes: &'a [u8],
        packet: PacketId,
        held: &mut Vec<u8>,
        most: usize,
    ) -> &'a [u8] {
        self.packet = later(self.packet, packet);
        let (taken, rest) = split_at(bytes, self.left());
        self.position += taken.len() as u64;
        if self.missing == 0 {
            let room = most.saturating_sub(held.len());
            held.extend_from_slice(split_at(taken, room as u64).0);
        }
        rest
    }

    /// Takes note of `len` bytes, not more than are left, of a frame that is not believed yet.
    pub(super) fn skip_whole(&mut self, len: u64) {
        self.missing += len;
        self.position += len;
    }

    /// Hands on the elements of the frame, which starts with `bytes`, as far as they reach.
    pub(super) fn split(mut self, bytes: &[u8], most: usize, sink: &mut impl FrameSink) {
        let mut rest = bytes;
        let mut missing = self.missing;
        loop {
            let left = self.len - self.start;
            let plan = Plan::of(self.kind, rest, left, most);
            let (element, after) = split_at(rest, plan.len);
            // Nothing is kept after the first missing byte, so where some are, the element that
            // is not whole has them.
            self.missing = missing.min(plan.len - element.len() as u64);
            missing -= self.missing;
            let (kept, _) = split_at(element, plan.keep as u64);
            let whole = (element.len() as u64 == plan.len).then_some(element);
            sink.event(FrameEvent::Message(self.message(plan, kept, whole)));
            if plan.is_last || after.is_empty() {
                return;
            }
            self.start += plan.len;
            self.element += 1;
            rest = after;
        }
    }

    fn message<'a>(&self, plan: Plan, bytes: &'a [u8], whole: Option<&'a [u8]>) -> RawMessage<'a> {
        RawMessage {
            kind: self.kind,
            bytes,
            len: plan.len,
            missing: self.missing,
            whole,
            element: self.element,
            is_last: plan.is_last,
            packet_begin: self.packet_begin,
            packet: self.packet,
        }
    }
}

/// The later packet of two, of which `next` holds what follows in the stream. Where segments were
/// captured out of order that is the earlier one.
fn later(packet: PacketId, next: PacketId) -> PacketId {
    if packet.source == next.source && packet.number > next.number { packet } else { next }
}

/// The first `len` bytes, or all, and the rest.
pub(super) fn split_at(bytes: &[u8], len: u64) -> (&[u8], &[u8]) {
    let len = usize::try_from(len).unwrap_or(usize::MAX).min(bytes.len());
    bytes.split_at(len)
}
