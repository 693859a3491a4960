//! Looking for a frame among bytes that are not in step.

use super::frame::{Frame, split_at};
use super::head::{Found, HEADER_BYTES, Head, JUDGED_BYTES, find, kind_by};
use super::{Detection, FrameSink, Framer, Search, State};
use crate::limits::Limits;
use crate::packet::PacketId;

/// What looks like a frame among other bytes.
///
/// A capture that someone downloads has frames in it too. So a frame counts where another follows
/// it, or the data of a packet ends with it: frames inside of other data do neither.
#[derive(Debug)]
pub(super) struct Candidate {
    pub(super) frame: Frame,
    /// Whether only another frame after it will do.
    needs_next: bool,
}

impl Framer {
    /// Whether frames are to be expected.
    fn expects_smb(&self) -> bool {
        self.search == Search::Patient || self.detection == Detection::Smb
    }

    /// Searches `bytes`, and returns them from the frame on that was found. `is_aligned` where the
    /// data of a packet starts with them.
    pub(super) fn look<'a>(
        &mut self,
        bytes: &'a [u8],
        is_aligned: bool,
        packet: PacketId,
        limits: &Limits,
        sink: &mut impl FrameSink,
    ) -> &'a [u8] {
        if !self.held.is_empty() {
            return self.look_in_parts(bytes, packet, limits, sink);
        }
        let (at, is_open) = match find(bytes, self.netbios) {
            Found::At(at, kind, len) => {
                self.searched_in_vain(at, limits);
                let frame = Frame::new(kind, len.into(), packet);
                let rest = split_at(bytes, at as u64).1;
                return match self.approach(frame, at == 0 && is_aligned) {
                    Approach::Head => rest,
                    Approach::Message => split_at(rest, HEADER_BYTES as u64).1,
                };
            }
            Found::Perhaps(at) => (at, true),
            Found::Nowhere => (bytes.len(), false),
        };
        self.searched_in_vain(at, limits);
        if is_open && !matches!(self.state, State::Done) {
            self.packet_begin = packet;
            self.held.extend_from_slice(split_at(bytes, at as u64).1);
            self.state = State::Search { is_aligned: at == 0 && is_aligned };
        }
        &[]
    }

    /// Searches what is held, with the help of `bytes`, which follow it. Returns those of `bytes`
    /// that are to be taken next.
    fn look_in_parts<'a>(
        &mut self,
        bytes: &'a [u8],
        packet: PacketId,
        limits: &Limits,
        sink: &mut impl FrameSink,
    ) -> &'a [u8] {
        let was_aligned = matches!(self.state, State::Search { is_aligned: true });
        let before = self.held.len();
        let (joined, after) = split_at(bytes, JUDGED_BYTES as u64);
        self.held.extend_from_slice(joined);
        match find(&self.held, self.netbios) {
            Found::At(at, kind, len) if at < before => {
                let held = std::mem::take(&mut self.held);
                let start = held.get(at..before).unwrap_or_default();
                let begin = self.packet_begin;
                let packet = if start.len() > HEADER_BYTES { begin } else { packet };
                let frame = Frame::new(kind, len.into(), packet);
                match self.approach(frame, at == 0 && was_aligned) {
                    Approach::Head => {
                        self.take(start, begin, limits, sink);
                        bytes
                    }
                    Approach::Message => {
                        let (_, message) = split_at(start, HEADER_BYTES as u64);
                        self.take(message, begin, limits, sink);
                        let header = HEADER_BYTES.saturating_sub(start.len());
                        split_at(bytes, header as u64).1
                    }
                }
            }
            Found::Perhaps(at) if at < before => {
                self.searched_in_vain(at, limits);
                self.held.drain(..at.min(self.held.len()));
                if !matches!(self.state, State::Done) {
                    self.state = State::Search { is_aligned: at == 0 && was_aligned };
                }
                after
            }
            // Whatever there is starts after what was held.
            _ => {
                self.held.clear();
                self.searched_in_vain(before, limits);
                bytes
            }
        }
    }

    /// Decides what to make of a frame that was found.
    fn approach(&mut self, frame: Frame, is_aligned: bool) -> Approach {
        if matches!(self.state, State::Done) {
            return Approach::Head;
        }
        let expects_smb = self.expects_smb();
        if expects_smb && is_aligned {
            self.state = State::Head;
            return Approach::Head;
        }
        let needs_next = !expects_smb && !is_aligned;
        self.state = State::Candidate(Candidate { frame, needs_next });
        Approach::Message
    }

    /// The candidate is complete, and `after` follows it in the data of its packet: it is a frame,
    /// or the search goes on.
    pub(super) fn settle(&mut self, after: &[u8], sink: &mut impl FrameSink) {
        let State::Candidate(Candidate { frame, needs_next }) =
            std::mem::replace(&mut self.state, State::Search { is_aligned: false })
        else {
            return;
        };
        let held = std::mem::take(&mut self.held);
        let is_frame = match Head::of(after, self.netbios) {
            Head::Refused | Head::Empty => false,
            _ => !(after.is_empty() && needs_next),
        };
        if is_frame {
            self.find(sink);
            frame.split(&held, self.most, sink);
            self.next_head();
        }
    }

    /// A packet that was cut when it was captured may end in the head of a frame, with a gap of
    /// `len` bytes, or the stream may end there, with none: what is there of it has to do.
    pub(super) fn accept_cut_head(&mut self, len: u64, sink: &mut impl FrameSink) {
        let head = Head::of(&self.held, self.netbios);
        // Bytes that the frame's length and the first byte of its protocol identifier tell of.
        let [_, high, middle, low] = self.held.first_chunk().copied().unwrap_or([0; 4]);
        let all = u32::from_be_bytes([0, high, middle, low]);
        let there = self.held.len().saturating_sub(HEADER_BYTES) as u64;
        let missing = u64::from(all).saturating_sub(there);
        let kind = match head {
            Head::Message { kind, .. } => Some(kind),
            Head::Incomplete => self.held.get(HEADER_BYTES).and_then(|first| kind_by(*first)),
            _ => None,
        };
        // The more there is of a head, the less else has to speak for it.
        let is_believed = match head {
            Head::Message { .. } => len == missing || self.expects_smb(),
            _ => len <= missing && self.expects_smb(),
        };
        match (&self.state, kind) {
            (State::Search { is_aligned: true }, Some(kind)) if is_believed => {
                self.find(sink);
                self.begin(kind, all, self.packet_begin, sink);
            }
            (State::Head, Some(kind)) if self.expects_smb() => {
                self.find(sink);
                self.begin(kind, all, self.packet_begin, sink);
            }
            // Whether it was a message at all is not known, but how long it was.
            (State::Head, None)
                if len > 0 && self.held.len() >= HEADER_BYTES && self.expects_smb() =>
            {
                self.lose_step(missing, sink);
            }
            _ => {}
        }
    }

    /// Counts bytes without a frame, and gives up after too many.
    fn searched_in_vain(&mut self, count: usize, limits: &Limits) {
        self.searched = self.searched.saturating_add(count);
        if !self.expects_smb() && self.searched > limits.detection_bytes {
            self.give_up();
        }
    }
}

/// From where on the bytes of a frame that was found are taken.
enum Approach {
    /// From the start of the frame.
    Head,
    /// From the start of its message.
    Message,
}
