//! One capture, uncompressed: pushed bytes → packets, with the cut one at a piece's end carried over.

use std::mem;

use super::container::Item;
use super::damage::Damage;
use super::link_type::LinkType;
use super::problem::ProblemCode;
use super::unrecognized::{self, NotACapture};
use super::{CaptureFacts, Format, Packet, pcap, pcapng};
use crate::limits::Limits;
use crate::packet::{PacketId, SourceId};
use crate::time::Timestamp;

/// A capture as far as it was pushed.
#[derive(Debug)]
pub(super) struct Source {
    id: SourceId,
    limits: Limits,
    state: State,
    /// Where in the file the next item starts, in bytes.
    offset: u64,
    /// Bytes from `offset` on that hold no packet and have not come yet.
    skip: u64,
    /// Pushed bytes that are not decoded yet.
    buffer: Vec<u8>,
    /// How many of `buffer` are done with.
    done: usize,
    /// Bytes that `buffer` needs after `done` before more of it can be decoded.
    needed: usize,
    /// The packet that `buffer` begins with after `done`, decoded and not handed on.
    ready: Option<Ready>,
    has_ended: bool,
    /// Whether it was said why the capture ends early.
    pub(super) is_end_explained: bool,
    pub(super) facts: CaptureFacts,
}

/// What is known of the file's format.
#[derive(Debug)]
enum State {
    /// Nothing yet.
    Start,
    Pcap(pcap::Reader),
    Pcapng(pcapng::Reader),
    /// What follows cannot be read.
    Stopped,
    NotACapture(NotACapture),
}

/// A packet that waits in the buffer.
#[derive(Clone, Copy, Debug)]
struct Ready {
    number: u64,
    timestamp: Timestamp,
    link_type: LinkType,
    original_len: u32,
    /// Bytes of its record or block.
    len: usize,
    /// Where its data starts in the record or block.
    data_at: usize,
    data_len: usize,
}

impl Source {
    pub(super) fn new(id: SourceId, name: String, limits: Limits) -> Source {
        Source {
            id,
            limits,
            state: State::Start,
            offset: 0,
            skip: 0,
            buffer: Vec::new(),
            done: 0,
            needed: 0,
            ready: None,
            has_ended: false,
            is_end_explained: false,
            facts: CaptureFacts::new(name, &limits),
        }
    }

    /// Bounds the record or block that it holds, which has effect before the first bytes only.
    pub(super) fn bound_records(&mut self, most: usize) {
        self.limits.record_bytes = self.limits.record_bytes.min(most);
    }

    /// Whether what follows in it is not read.
    fn has_stopped(&self) -> bool {
        matches!(self.state, State::Stopped | State::NotACapture(_))
    }

    /// Whether no further packet will come out of it, those held back aside.
    pub(super) fn is_dry(&self) -> bool {
        self.has_ended || self.has_stopped()
    }

    /// Whether more bytes are needed to know its next packet.
    pub(super) fn is_hungry(&self) -> bool {
        !self.is_dry() && self.ready.is_none()
    }

    /// The time of its next packet, once known.
    pub(super) fn next_time(&self) -> Option<Timestamp> {
        self.ready.map(|ready| ready.timestamp)
    }

    pub(super) fn not_a_capture(&self) -> Option<&NotACapture> {
        match &self.state {
            State::NotACapture(why) => Some(why),
            _ => None,
        }
    }

    /// Takes a piece and hands its packets on at once, after those that were held back.
    pub(super) fn pass(&mut self, piece: &[u8], on_packet: &mut impl FnMut(&Packet<'_>)) {
        let mut piece = piece;
        loop {
            self.drain(on_packet);
            if self.buffer.is_empty() {
                break;
            }
            // An item is cut at the buffer's end: only the bytes that complete it are copied.
            let missing = self.needed.saturating_sub(self.pending()).min(piece.len());
            let Some((taken, rest)) = piece.split_at_checked(missing) else { return };
            if taken.is_empty() {
                return;
            }
            self.compact();
            self.buffer.extend_from_slice(taken);
            piece = rest;
        }
        let taken = self.pass_in_place(piece, on_packet);
        if !self.is_dry()
            && let Some(rest) = piece.get(taken..)
        {
            self.buffer.extend_from_slice(rest);
        }
    }

    /// Takes a piece and holds all of it back.
    pub(super) fn hold(&mut self, piece: &[u8]) {
        if self.is_dry() {
            return;
        }
        self.buffer.drain(..self.done.min(self.buffer.len()));
        self.done = 0;
        self.buffer.extend_from_slice(piece);
        self.peek();
    }

    /// Hands on the packets that were held back.
    pub(super) fn drain(&mut self, on_packet: &mut impl FnMut(&Packet<'_>)) {
        self.peek();
        while self.ready.is_some() {
            self.deliver(on_packet);
        }
    }

    /// Says that no more bytes come. Packets that are held back remain.
    pub(super) fn end(&mut self) {
        if mem::replace(&mut self.has_ended, true) {
            return;
        }
        // What could not be told apart before more bytes came can be now.
        match &mut self.state {
            State::Pcap(reader) => reader.expect_no_more(),
            State::Pcapng(reader) => reader.expect_no_more(),
            State::Start | State::Stopped | State::NotACapture(_) => {}
        }
        self.peek();
        // A packet that is ready is whole: only what the buffer ends with can be cut, and that is
        // looked at when the packets before it are gone.
        if self.ready.is_none() {
            self.finish();
        }
    }

    /// Hands on the packet that is ready, and looks for the next.
    pub(super) fn deliver(&mut self, on_packet: &mut impl FnMut(&Packet<'_>)) {
        let Some(ready) = self.ready.take() else { return };
        let data_at = self.done.saturating_add(ready.data_at);
        let data = self.buffer.get(data_at..data_at.saturating_add(ready.data_len));
        on_packet(&Packet {
            id: PacketId { source: self.id, number: ready.number },
            offset: self.offset.saturating_add(ready.data_at as u64),
            timestamp: ready.timestamp,
            link_type: ready.link_type,
            original_len: ready.original_len,
            data: data.unwrap_or(&[]),
        });
        self.advance(ready.len);
        self.peek();
        if self.has_ended && self.ready.is_none() {
            self.finish();
        }
    }

    /// Whether the next record or block is searched for, and more bytes may come.
    fn is_searching(&self) -> bool {
        !self.has_ended
            && match &self.state {
                State::Pcap(reader) => reader.is_searching(),
                State::Pcapng(reader) => reader.is_searching(),
                State::Start | State::Stopped | State::NotACapture(_) => false,
            }
    }

    /// Bytes in the buffer that are not decoded.
    fn pending(&self) -> usize {
        self.buffer.len().saturating_sub(self.done)
    }

    /// Forgets what of the buffer is done with, where that is most of it: a search for the next
    /// record may go through a whole file without ever emptying the buffer.
    fn compact(&mut self) {
        if self.done > self.buffer.len() / 2 {
            self.buffer.drain(..self.done.min(self.buffer.len()));
            self.done = 0;
        }
    }

    /// Moves on by `len` bytes of the buffer.
    fn advance(&mut self, len: usize) {
        self.done = self.done.saturating_add(len);
        self.offset = self.offset.saturating_add(len as u64);
    }

    /// Decodes the buffer up to its next packet, and empties it where nothing of it is left.
    fn peek(&mut self) {
        let buffer = mem::take(&mut self.buffer);
        while self.ready.is_none() && !self.has_stopped() {
            let rest = buffer.get(self.done..).unwrap_or(&[]);
            if self.skip > 0 {
                let skipped = usize::try_from(self.skip).unwrap_or(usize::MAX).min(rest.len());
                self.skip = self.skip.saturating_sub(skipped as u64);
                self.advance(skipped);
                if self.skip > 0 {
                    break;
                }
                continue;
            }
            // A search waits for what it asked for, so that it is not done again for every byte.
            if rest.is_empty() || rest.len() < self.needed && self.is_searching() {
                break;
            }
            self.needed = 0;
            match self.next(rest) {
                Item::Packet(record) => {
                    let (number, timestamp) = self.facts.count(&record);
                    self.ready = Some(Ready {
                        number,
                        timestamp,
                        link_type: record.link_type,
                        original_len: record.original_len,
                        len: record.len,
                        data_at: record.data_at,
                        data_len: record.data.len(),
                    });
                }
                Item::Skip(len) => self.skip = len,
                Item::More(needed) => {
                    self.needed = needed.max(rest.len().saturating_add(1));
                    break;
                }
                Item::Stop => self.stop(),
            }
        }
        self.buffer = buffer;
        if self.ready.is_none() && (self.pending() == 0 || self.has_stopped()) {
            self.buffer.clear();
            self.done = 0;
        }
    }

    /// Hands on the packets that lie whole in `piece`, and returns how many bytes are done with.
    fn pass_in_place(&mut self, piece: &[u8], on_packet: &mut impl FnMut(&Packet<'_>)) -> usize {
        let mut rest = piece;
        loop {
            if self.skip > 0 {
                let skipped = usize::try_from(self.skip).unwrap_or(usize::MAX).min(rest.len());
                self.skip = self.skip.saturating_sub(skipped as u64);
                self.offset = self.offset.saturating_add(skipped as u64);
                rest = rest.get(skipped..).unwrap_or(&[]);
            }
            if rest.is_empty() {
                break;
            }
            match self.next(rest) {
                Item::Packet(record) => {
                    let (number, timestamp) = self.facts.count(&record);
                    on_packet(&Packet {
                        id: PacketId { source: self.id, number },
                        offset: self.offset.saturating_add(record.data_at as u64),
                        timestamp,
                        link_type: record.link_type,
                        original_len: record.original_len,
                        data: record.data,
                    });
                    self.offset = self.offset.saturating_add(record.len as u64);
                    rest = rest.get(record.len..).unwrap_or(&[]);
                }
                Item::Skip(len) => self.skip = len,
                Item::More(needed) => {
                    self.needed = needed.max(rest.len().saturating_add(1));
                    break;
                }
                Item::Stop => {
                    self.stop();
                    break;
                }
            }
        }
        piece.len().saturating_sub(rest.len())
    }

    /// Says what `bytes` begin with.
    #[inline]
    fn next<'a>(&mut self, bytes: &'a [u8]) -> Item<'a> {
        match &mut self.state {
            State::Pcap(reader) => reader.next(bytes, self.offset, &mut self.facts),
            State::Pcapng(reader) => reader.next(bytes, self.offset, &mut self.facts),
            State::Start => self.recognize(bytes),
            State::Stopped | State::NotACapture(_) => Item::Stop,
        }
    }

    /// Tells the format from the file's first bytes.
    #[cold]
    fn recognize<'a>(&mut self, bytes: &'a [u8]) -> Item<'a> {
        if pcap::Reader::recognizes(bytes) {
            self.facts.format = Some(Format::Pcap);
            let Some(header) = bytes.first_chunk() else {
                return Item::More(pcap::HEADER_LEN);
            };
            if let Some(reader) = pcap::Reader::new(header, &self.limits, &mut self.facts) {
                self.state = State::Pcap(reader);
                return Item::Skip(header.len() as u64);
            }
        }
        match pcapng::Reader::recognizes(bytes) {
            Some(true) => {
                self.facts.format = Some(Format::Pcapng);
                self.state = State::Pcapng(pcapng::Reader::new(&self.limits));
                // The section header is the first block.
                return Item::Skip(0);
            }
            None if !self.has_ended => return Item::More(pcapng::START_LEN),
            _ => {}
        }
        if bytes.len() < unrecognized::START_LEN && !self.has_ended {
            return Item::More(unrecognized::START_LEN);
        }
        self.facts.format = None;
        let start = bytes.get(..unrecognized::START_LEN).unwrap_or(bytes);
        self.state = State::NotACapture(NotACapture::of(start));
        Item::Stop
    }

    /// Reads no further. That a file is no capture stays known.
    fn stop(&mut self) {
        if !matches!(self.state, State::NotACapture(_)) {
            self.state = State::Stopped;
        }
    }

    /// Says what the file ended in, once its last packet is gone.
    #[cold]
    fn finish(&mut self) {
        self.salvage();
        if self.ready.is_some() {
            return;
        }
        let buffer = mem::take(&mut self.buffer);
        let rest = buffer.get(self.done..).unwrap_or(&[]);
        self.done = 0;
        let end = self.offset.saturating_add(rest.len() as u64);
        match &mut self.state {
            State::Start => {
                self.recognize(rest);
                if matches!(self.state, State::Start) {
                    self.facts.report(ProblemCode::FileCut, 0, || {
                        "The file ends inside its own header and holds no packet. Let the capture \
                         end before the file is copied, and copy it again."
                            .to_owned()
                    });
                }
            }
            State::Pcap(reader) => reader.finish(end, &mut self.facts),
            State::Pcapng(reader) => {
                reader.finish(end, &mut self.facts);
                if self.skip > 0 || reader.is_inside_block() {
                    self.report_cut(self.offset, rest.len());
                }
            }
            State::Stopped | State::NotACapture(_) => {}
        }
        self.skip = 0;
    }

    /// Looks for packets in what the file ends with, where that is no whole record or block: it may
    /// be cut there, but its length may be damaged as well.
    fn salvage(&mut self) {
        while self.ready.is_none() && self.skip == 0 && self.pending() > 0 {
            let (offset, there) = (self.offset, self.pending());
            let damage = Damage {
                at: offset,
                packet: self.facts.next_number(),
                code: ProblemCode::LengthInvalid,
                what: format!("What starts at byte {offset} claims more bytes than the file has."),
            };
            if self.is_cut() {
                self.report_cut(offset, there);
                self.advance(there);
                return;
            }
            let started = match &mut self.state {
                State::Pcap(reader) if !reader.is_searching() => reader.start_search(damage),
                State::Pcapng(reader) if !reader.is_searching() => reader.start_search(damage),
                _ => return,
            };
            if let Item::Skip(len) = started {
                self.skip = len;
            }
            self.peek();
            let is_in_vain = match &mut self.state {
                State::Pcap(reader) => reader.stop_search(),
                State::Pcapng(reader) => reader.stop_search(),
                _ => false,
            };
            if is_in_vain {
                self.report_cut(offset, there);
            }
        }
    }

    /// Whether what the file ends with has the header that a record or block has: then it is cut,
    /// and what looks like packets in it is inside of a packet.
    fn is_cut(&self) -> bool {
        let rest = self.buffer.get(self.done..).unwrap_or(&[]);
        match &self.state {
            State::Pcap(reader) => {
                !reader.is_searching() && reader.is_cut_record(rest, &self.facts)
            }
            State::Pcapng(reader) => !reader.is_searching() && reader.is_cut_block(rest),
            State::Start | State::Stopped | State::NotACapture(_) => false,
        }
    }

    /// Notes that the file ends inside the record or block at `offset`, of which `there` bytes are
    /// left.
    fn report_cut(&mut self, offset: u64, there: usize) {
        if self.is_end_explained {
            return;
        }
        let packets = self.facts.packets;
        let end = offset.saturating_add(there as u64);
        let what = match self.state {
            State::Pcap(_) => "record",
            _ => "block",
        };
        let file = match self.facts.compression.as_slice() {
            [] => "The file",
            _ => "What is compressed in the file",
        };
        self.facts.report(ProblemCode::FileCut, offset, || {
            format!(
                "{file} ends at byte {end}, inside a {what}; the {packets} packets before it \
                 were read. If more was captured, let the capture end before the file is copied, \
                 and copy it again."
            )
        });
    }
}
