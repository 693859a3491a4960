//! One direction of a connection: its bytes in order.

use std::ops::ControlFlow;

use super::assembler::{Assembler, Origin, Piece, part};
use super::patience::{ACKNOWLEDGED, ONE_SIDED, UNACKNOWLEDGED};
use super::{Counters, Direction, FlowId, FlowInfo, GapCause, Interest, StreamEvent};
use crate::limits::Limits;
use crate::packet::SourceId;
use crate::time::Timestamp;

/// How far from the expected place a sequence number may be, in bytes. TCP allows a window of
/// 1 GiB; real ones are far below this, and unrelated numbers fall outside of it 31 times in 32.
pub(super) const WINDOW: u64 = 1 << 26;

/// Why a connection is not followed any further.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stop {
    /// Nobody is interested.
    Ignored,
    /// The segment belongs to a new connection between the same ports.
    Reopened,
}

/// Where the events of a connection go.
pub(super) struct Sink<'a, F> {
    pub(super) id: FlowId,
    pub(super) info: &'a FlowInfo,
    pub(super) is_kept: &'a mut bool,
    pub(super) counters: &'a mut Counters,
    pub(super) on_event: &'a mut F,
}

impl<F: FnMut(FlowId, &FlowInfo, StreamEvent<'_>) -> Interest> Sink<'_, F> {
    /// Hands an event on.
    pub(super) fn emit(&mut self, event: StreamEvent<'_>) -> ControlFlow<Stop> {
        match (self.on_event)(self.id, self.info, event) {
            Interest::Continue => ControlFlow::Continue(()),
            Interest::Keep => {
                *self.is_kept = true;
                ControlFlow::Continue(())
            }
            Interest::Ignore => ControlFlow::Break(Stop::Ignored),
        }
    }
}

/// A segment as one stream sees it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Arrival<'a> {
    /// The sequence number of the first byte.
    pub(super) seq: u32,
    /// The bytes that were captured.
    pub(super) bytes: &'a [u8],
    /// Bytes on the wire.
    pub(super) len: u32,
    pub(super) origin: Origin,
}

/// One direction of a connection.
///
/// Positions are sequence numbers counted on in 64 bits, so they never wrap. They start above 0,
/// because segments from before the first one seen have a place too.
#[derive(Debug)]
pub(super) struct Stream {
    direction: Direction,
    /// Whether `next` means something.
    is_open: bool,
    /// Whether the start is known only from what the peer acknowledged.
    is_tentative: bool,
    /// Whether something of it was handed on.
    is_reported: bool,
    has_ended: bool,
    /// The position of the next byte to hand on.
    next: u64,
    /// The position of the first byte.
    first: u64,
    /// How far the peer has acknowledged; 0 before it has.
    acknowledged: u64,
    /// The position after the last byte, once FIN was seen.
    fin: Option<u64>,
    /// The sequence number of the SYN.
    initial: Option<u32>,
    /// Where the segment after one that fits nowhere would be.
    stray: Option<u32>,
    /// The capture that what was handed on last came from.
    lead: SourceId,
    assembler: Assembler,
}

impl Stream {
    /// A stream that starts after the SYN with the number `initial`, or anywhere.
    pub(super) fn new(direction: Direction, initial: Option<u32>) -> Stream {
        let mut stream = Stream {
            direction,
            is_open: false,
            is_tentative: false,
            is_reported: false,
            has_ended: false,
            next: 0,
            first: 0,
            acknowledged: 0,
            fin: None,
            initial: None,
            stray: None,
            lead: SourceId::default(),
            assembler: Assembler::default(),
        };
        if let Some(initial) = initial {
            stream.start_after(initial);
        }
        stream
    }

    /// The stream starts after the SYN with the number `initial`.
    pub(super) fn start_after(&mut self, initial: u32) {
        self.initial = Some(initial);
        let start = initial.wrapping_add(1);
        if self.is_open && self.distance(start).unsigned_abs() <= WINDOW {
            self.next = self.position(start);
            self.first = self.next;
            self.is_tentative = false;
        } else {
            self.open(start);
        }
    }

    fn open(&mut self, seq: u32) {
        self.is_open = true;
        self.is_tentative = false;
        self.next = (1 << 32) | u64::from(seq);
        self.first = self.next;
        self.acknowledged = 0;
    }

    pub(super) fn initial(&self) -> Option<u32> {
        self.initial
    }

    /// Notes the number of a SYN that came after bytes that follow it.
    pub(super) fn set_initial(&mut self, initial: u32) {
        self.initial = Some(initial);
    }

    pub(super) fn is_open(&self) -> bool {
        self.is_open
    }

    /// Whether something of it was captured, and not only an acknowledgment of it.
    pub(super) fn is_heard(&self) -> bool {
        self.is_open && (!self.is_tentative || self.is_reported || !self.assembler.is_empty())
    }

    pub(super) fn is_reported(&self) -> bool {
        self.is_reported
    }

    pub(super) fn turn(&mut self, direction: Direction) {
        self.direction = direction;
    }

    /// Whether it is over, but perhaps for a hole.
    pub(super) fn is_finishing(&self) -> bool {
        self.has_ended || self.fin.is_some()
    }

    /// The position of the next byte.
    pub(super) fn reached(&self) -> u64 {
        self.next
    }

    /// Where a reset with the number `seq` ends it, if the reset is what it seems to be.
    pub(super) fn end_by_reset(&self, seq: u32) -> u64 {
        if self.is_open { self.position(seq).max(self.next) } else { u64::MAX }
    }

    /// The sequence number of the next byte.
    pub(super) fn next_seq(&self) -> u32 {
        self.next as u32
    }

    /// The sequence number of the first byte.
    pub(super) fn first_seq(&self) -> u32 {
        self.first as u32
    }

    /// Bytes from the next one to that with the number `seq`, negative before it.
    pub(super) fn distance(&self, seq: u32) -> i64 {
        i64::from(seq.wrapping_sub(self.next as u32) as i32)
    }

    /// Whether `seq` can belong to this stream.
    pub(super) fn is_near(&self, seq: u32) -> bool {
        !self.is_open || self.distance(seq).unsigned_abs() <= WINDOW
    }

    fn position(&self, seq: u32) -> u64 {
        self.next.saturating_add_signed(self.distance(seq))
    }

    /// Bytes of memory held back.
    pub(super) fn held(&self) -> usize {
        self.assembler.held()
    }

    /// Whether everything that came was handed on.
    pub(super) fn is_in_order(&self) -> bool {
        self.assembler.is_empty()
    }

    /// Where the first piece that waits came from.
    pub(super) fn waiting(&self) -> Option<Origin> {
        self.assembler.first().map(|(_, origin)| origin)
    }

    /// Whether a segment is just what comes next, whole, with nothing else waiting.
    pub(super) fn is_next(&self, arrival: &Arrival<'_>) -> bool {
        arrival.seq == self.next as u32
            && self.is_open
            && arrival.bytes.len() as u64 == u64::from(arrival.len)
            && self.assembler.is_empty()
            && self.fin.is_none()
    }

    /// The peer expects the byte with the number `seq`.
    pub(super) fn acknowledge(&mut self, seq: u32) {
        if !self.is_open {
            // What the peer has received came before the capture began.
            self.open(seq);
            self.is_tentative = true;
        } else if self.is_near(seq) {
            self.acknowledged = self.acknowledged.max(self.position(seq));
        }
    }

    /// Hands on the next bytes, which are the next of the stream.
    pub(super) fn deliver<F>(
        &mut self,
        bytes: &[u8],
        len: u64,
        origin: Origin,
        sink: &mut Sink<'_, F>,
    ) -> ControlFlow<Stop>
    where
        F: FnMut(FlowId, &FlowInfo, StreamEvent<'_>) -> Interest,
    {
        let Origin { packet, timestamp, .. } = origin;
        let direction = self.direction;
        self.next = self.next.saturating_add(len);
        self.is_reported = true;
        self.lead = packet.source;
        if !bytes.is_empty() {
            sink.emit(StreamEvent::Data { direction, bytes, packet, timestamp })?;
        }
        let len = len.saturating_sub(bytes.len() as u64);
        if len > 0 {
            sink.counters.cut_bytes = sink.counters.cut_bytes.saturating_add(len);
            let cause = GapCause::Cut;
            sink.emit(StreamEvent::Gap { direction, len, cause, packet, timestamp })?;
        }
        ControlFlow::Continue(())
    }

    /// Holds a segment with bytes of a stream whose start is not known: earlier ones may come.
    /// Returns whether a byte differs from one that is held for the same place.
    pub(super) fn hold(&mut self, arrival: &Arrival<'_>) -> bool {
        if !self.is_open {
            self.open(arrival.seq);
        }
        if !self.is_near(arrival.seq) {
            return false;
        }
        let start = self.position(arrival.seq);
        if start < self.next && self.initial.is_none() {
            self.next = start;
            self.first = start;
        }
        let end = start.saturating_add(u64::from(arrival.len));
        let from = start.max(self.next);
        if from >= end {
            return false;
        }
        let (bytes, len) = part(arrival.bytes, start, from, end);
        self.assembler.insert(from, bytes, len, arrival.origin)
    }

    /// Where the piece came from that is the next of the stream, if it is there.
    pub(super) fn ready(&self) -> Option<Origin> {
        self.assembler.first().filter(|(start, _)| *start <= self.next).map(|(_, origin)| origin)
    }

    /// Takes a segment with bytes that is not simply the next one.
    pub(super) fn accept<F>(
        &mut self,
        arrival: &Arrival<'_>,
        limits: &Limits,
        sink: &mut Sink<'_, F>,
    ) -> ControlFlow<Stop>
    where
        F: FnMut(FlowId, &FlowInfo, StreamEvent<'_>) -> Interest,
    {
        let is_guess = self.is_tentative && !self.is_reported && self.assembler.is_empty();
        if !self.is_open || (is_guess && !self.is_near(arrival.seq)) {
            self.open(arrival.seq);
        }
        if !self.is_near(arrival.seq) {
            self.stray(arrival, sink)?;
            if !self.is_near(arrival.seq) {
                return ControlFlow::Continue(());
            }
        }
        self.stray = None;
        let start = self.position(arrival.seq);
        let end = start.saturating_add(u64::from(arrival.len));
        let end = self.fin.map_or(end, |fin| fin.min(end));
        if end <= self.next {
            // What another capture of the run has already told was recorded by both of them, however
            // far apart their clocks are.
            if self.is_reported && self.lead != arrival.origin.packet.source {
                sink.counters.recorded_twice += 1;
            } else {
                sink.counters.retransmitted += 1;
            }
            return ControlFlow::Continue(());
        }
        let mut from = start.max(self.next);
        if from == self.next {
            // A SYN that came late may have moved the start past that of a piece.
            let waiting = self.assembler.first().map_or(end, |(first, _)| first.clamp(from, end));
            let (bytes, len) = part(arrival.bytes, start, from, waiting);
            self.deliver(bytes, len, arrival.origin, sink)?;
            from = waiting;
        }
        if from < end {
            let (bytes, len) = part(arrival.bytes, start, from, end);
            if self.assembler.insert(from, bytes, len, arrival.origin) {
                sink.counters.conflicting += 1;
            }
        }
        self.drain(sink)?;
        while self.assembler.held() > limits.pending_bytes_per_direction {
            sink.counters.gaps_by_limit += 1;
            self.give_up(sink)?;
        }
        ControlFlow::Continue(())
    }

    /// A segment far from the expected place: one is an accident, two that follow each other are
    /// where the stream went on.
    fn stray<F>(&mut self, arrival: &Arrival<'_>, sink: &mut Sink<'_, F>) -> ControlFlow<Stop>
    where
        F: FnMut(FlowId, &FlowInfo, StreamEvent<'_>) -> Interest,
    {
        let follows = self.stray == Some(arrival.seq);
        self.stray = Some(arrival.seq.wrapping_add(arrival.len));
        if !follows {
            sink.counters.out_of_window += 1;
            return ControlFlow::Continue(());
        }
        while !self.assembler.is_empty() {
            self.give_up(sink)?;
        }
        match self.position(arrival.seq) {
            position if position > self.next => self.skip_to(position, arrival.origin, sink),
            _ => ControlFlow::Break(Stop::Reopened),
        }
    }

    /// FIN was seen: the stream ends before the byte with the number `seq`.
    pub(super) fn finish_at(&mut self, seq: u32) {
        if !self.is_open {
            self.open(seq);
        }
        if self.fin.is_none() && self.is_near(seq) {
            self.fin = Some(self.position(seq).max(self.next));
        }
    }

    /// Says that the stream is over, once all of it was handed on.
    pub(super) fn end_if_complete<F>(&mut self, sink: &mut Sink<'_, F>) -> ControlFlow<Stop>
    where
        F: FnMut(FlowId, &FlowInfo, StreamEvent<'_>) -> Interest,
    {
        match self.fin {
            Some(fin) if fin <= self.next => self.end(sink),
            _ => ControlFlow::Continue(()),
        }
    }

    /// Says that the stream is over, if it has not been said and something of it was.
    fn end<F>(&mut self, sink: &mut Sink<'_, F>) -> ControlFlow<Stop>
    where
        F: FnMut(FlowId, &FlowInfo, StreamEvent<'_>) -> Interest,
    {
        if self.has_ended || !self.is_reported {
            return ControlFlow::Continue(());
        }
        self.has_ended = true;
        sink.emit(StreamEvent::End { direction: self.direction })
    }

    /// Gives up the holes that will not be filled any more.
    pub(super) fn give_up_lost<F>(
        &mut self,
        now: Timestamp,
        count: u64,
        sink: &mut Sink<'_, F>,
    ) -> ControlFlow<Stop>
    where
        F: FnMut(FlowId, &FlowInfo, StreamEvent<'_>) -> Interest,
    {
        while let Some((start, origin)) = self.assembler.first() {
            let patience = match self.acknowledged {
                0 => ONE_SIDED,
                acknowledged if acknowledged >= start => ACKNOWLEDGED,
                _ => UNACKNOWLEDGED,
            };
            let time = now.since(origin.timestamp);
            if !patience.is_over(time, count.saturating_sub(origin.count)) {
                break;
            }
            self.give_up(sink)?;
        }
        ControlFlow::Continue(())
    }

    /// Gives up the first hole: what is before the first piece that waits is lost.
    pub(super) fn give_up<F>(&mut self, sink: &mut Sink<'_, F>) -> ControlFlow<Stop>
    where
        F: FnMut(FlowId, &FlowInfo, StreamEvent<'_>) -> Interest,
    {
        let Some((start, origin)) = self.assembler.first() else {
            return ControlFlow::Continue(());
        };
        self.skip_to(start, origin, sink)?;
        self.drain(sink)
    }

    /// Everything up to `position` is lost, as the segment from `origin` showed.
    fn skip_to<F>(
        &mut self,
        position: u64,
        origin: Origin,
        sink: &mut Sink<'_, F>,
    ) -> ControlFlow<Stop>
    where
        F: FnMut(FlowId, &FlowInfo, StreamEvent<'_>) -> Interest,
    {
        let len = position.saturating_sub(self.next);
        self.next = self.next.max(position);
        if len == 0 {
            return ControlFlow::Continue(());
        }
        if self.is_tentative && !self.is_reported {
            // These bytes went by before the capture began.
            self.first = self.next;
            return ControlFlow::Continue(());
        }
        sink.counters.gaps += 1;
        sink.counters.lost_bytes = sink.counters.lost_bytes.saturating_add(len);
        self.is_reported = true;
        let Origin { packet, timestamp, .. } = origin;
        let (direction, cause) = (self.direction, GapCause::Lost);
        sink.emit(StreamEvent::Gap { direction, len, cause, packet, timestamp })
    }

    /// Hands on the pieces that nothing is missing before.
    fn drain<F>(&mut self, sink: &mut Sink<'_, F>) -> ControlFlow<Stop>
    where
        F: FnMut(FlowId, &FlowInfo, StreamEvent<'_>) -> Interest,
    {
        while self.ready().is_some() {
            self.hand_on(sink)?;
        }
        ControlFlow::Continue(())
    }

    /// Hands on the first piece that waits, which nothing is missing before.
    pub(super) fn hand_on<F>(&mut self, sink: &mut Sink<'_, F>) -> ControlFlow<Stop>
    where
        F: FnMut(FlowId, &FlowInfo, StreamEvent<'_>) -> Interest,
    {
        let Some((start, Piece { bytes, len, origin })) = self.assembler.take_first() else {
            return ControlFlow::Continue(());
        };
        let end = start.saturating_add(len);
        if end <= self.next {
            return ControlFlow::Continue(());
        }
        let (bytes, len) = part(&bytes, start, self.next, end);
        self.deliver(bytes, len, origin, sink)
    }

    /// Nothing more comes: hands on what is left, and says what is missing at the end and that the
    /// stream is over.
    pub(super) fn close<F>(&mut self, last: Origin, sink: &mut Sink<'_, F>) -> ControlFlow<Stop>
    where
        F: FnMut(FlowId, &FlowInfo, StreamEvent<'_>) -> Interest,
    {
        while !self.assembler.is_empty() {
            self.give_up(sink)?;
        }
        if self.is_reported && !self.has_ended {
            // An acknowledgment of one byte more can be that of a FIN which was not captured.
            let acknowledged = self.acknowledged.saturating_sub(1);
            let end = self.fin.unwrap_or(acknowledged + u64::from(acknowledged > self.next));
            self.skip_to(end, last, sink)?;
        }
        self.end(sink)
    }
}
