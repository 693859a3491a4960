//! One connection, in its three ages: opening, followed, and silent.

use std::net::SocketAddr;
use std::ops::ControlFlow;

use super::assembler::Origin;
use super::stream::{Arrival, Sink, Stop, Stream, WINDOW};
use super::{Counters, Direction, FlowId, FlowInfo, FlowKey, Interest, PerDirection, StreamEvent};
use crate::limits::Limits;
use crate::net::Segment;
use crate::net::path::Path;
use crate::net::tcp::TcpFlags;
use crate::packet::PacketId;
use crate::time::Timestamp;

/// Ports on which SMB is served: direct TCP and the NetBIOS session service.
const SMB_PORTS: [u16; 2] = [445, 139];

/// How far after its SYN a stream may have been seen before the SYN itself is, in bytes.
const LATE_SYN: u32 = 1 << 20;

/// How long a connection that was met in the middle is held back, in segments of it: if packets
/// were captured out of order, its SYN or its first bytes may still come.
const SETTLING_SEGMENTS: u64 = 8;

/// How long it is held back at most, in nanoseconds of the capture.
const SETTLING_NANOSECONDS: i64 = 250_000_000;

/// How far from the expected place what comes by another path may be, in bytes. Numbers of another
/// connection are as near in both directions once in some millions.
const REROUTED: u64 = 1 << 20;

/// The longest payload that is believed, in bytes: beyond what any offload puts together.
const LONGEST_SEGMENT: u32 = 1 << 24;

/// A connection of which only SYNs were seen: small, because a scan has many.
#[derive(Clone, Copy, Debug)]
pub(super) struct Opening {
    /// The sequence numbers of the SYNs.
    initial: PerDirection<Option<u32>>,
    /// Whether the client is the lower end of the key.
    client_is_low: bool,
    first_packet: PacketId,
    first_time: Timestamp,
}

impl Opening {
    /// The connection that `segment`, a SYN, opens or answers.
    pub(super) fn new(segment: &Segment<'_>, source_is_low: bool) -> Opening {
        let direction = syn_direction(segment);
        let mut initial = PerDirection::default();
        *initial.of_mut(direction) = Some(segment.seq);
        Opening {
            initial,
            client_is_low: source_is_low == (direction == Direction::ToServer),
            first_packet: segment.packet,
            first_time: segment.timestamp,
        }
    }

    /// How a segment that comes by another path than the SYNs goes on with the connection.
    pub(super) fn continued_by(
        &self,
        segment: &Segment<'_>,
        source_is_low: bool,
    ) -> Option<Continues> {
        let direction = direction(source_is_low, self.client_is_low);
        let is_next = |seq: u32, initial: &u32| seq == initial.wrapping_add(1);
        let own = self.initial.of(direction).as_ref();
        let peer = self.initial.of(direction.reverse()).as_ref();
        let answers = segment.ack.is_some_and(|ack| peer.is_none_or(|peer| is_next(ack, peer)));
        match own {
            _ if !answers => None,
            None if !segment.flags.syn() || direction == syn_direction(segment) => {
                Some(Continues::OtherDirection)
            }
            Some(own) if !segment.flags.syn() && is_next(segment.seq, own) => {
                Some(Continues::OtherPath)
            }
            _ => None,
        }
    }

    /// Takes another SYN. Returns false where it opens another connection.
    pub(super) fn syn(&mut self, segment: &Segment<'_>, source_is_low: bool) -> bool {
        let direction = syn_direction(segment);
        if self.client_is_low != (source_is_low == (direction == Direction::ToServer)) {
            return false;
        }
        if let Some(known) = self.initial.of(direction) {
            return *known == segment.seq;
        }
        let belongs = answers(segment, &self.initial);
        if belongs {
            *self.initial.of_mut(direction) = Some(segment.seq);
        }
        belongs
    }
}

/// A connection that is not followed: nobody is interested, or it is over.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Silent {
    initial: PerDirection<Option<u32>>,
    /// The sequence numbers that would come next; `None` where they are not followed.
    next: PerDirection<Option<u32>>,
    /// It was reset, which the ends may not have heeded.
    is_aborted: bool,
    client_is_low: bool,
}

impl Silent {
    /// Whether `segment` is of another connection between the same ports, or goes on with one that
    /// was taken to be reset.
    pub(super) fn is_over(&mut self, segment: &Segment<'_>, source_is_low: bool) -> bool {
        let direction = direction(source_is_low, self.client_is_low);
        if segment.flags.syn() {
            let initial = *self.initial.of(direction);
            if initial.is_none() && segment.ack.is_some() && answers(segment, &self.initial) {
                *self.initial.of_mut(direction) = Some(segment.seq);
                return false;
            }
            return initial != Some(segment.seq);
        }
        let is_another = |next: u32| {
            let distance = segment.seq.wrapping_sub(next) as i32;
            u64::from(distance.unsigned_abs()) > WINDOW || (self.is_aborted && distance >= 0)
        };
        segment.payload_len > 0 && self.next.of(direction).is_some_and(is_another)
    }
}

/// How a segment by another path goes on with a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Continues {
    /// Nothing of its direction came before: the two directions have different paths.
    OtherDirection,
    /// It is the next of its direction, which changed its path or has several.
    OtherPath,
}

/// A connection that carries data.
#[derive(Debug)]
pub(super) struct Connection {
    pub(super) info: FlowInfo,
    client_is_low: bool,
    streams: PerDirection<Stream>,
    /// Segments of the run up to its first one with data; no two connections share it.
    pub(super) opened: u64,
    /// Where it stands among those that hold something back.
    pub(super) waiting: Option<u64>,
    /// Whether it is going to be closed.
    pub(super) is_closing: bool,
    /// Where a reset ended one of the streams.
    reset: Option<(Direction, u64)>,
    /// Whether it is to be forgotten last.
    pub(super) is_kept: bool,
    /// Whether its streams are held back, because where they start may still be seen.
    is_settling: bool,
    /// Segments seen.
    count: u64,
    last: Origin,
}

impl Connection {
    /// The connection whose SYNs were seen as `opening`, or that was met in the middle; what its
    /// ends send comes by the given paths, that of the lower end last.
    pub(super) fn new(
        opening: Option<Opening>,
        segment: &Segment<'_>,
        [high, low]: [Path; 2],
        source_is_low: bool,
        tick: u64,
    ) -> Connection {
        let Segment { source, destination, packet, timestamp, .. } = *segment;
        let client_is_low = match opening {
            Some(opening) => opening.client_is_low,
            None => source_is_low != is_server(source, destination),
        };
        let ends = if client_is_low == source_is_low {
            FlowKey { client: source, server: destination }
        } else {
            FlowKey { client: destination, server: source }
        };
        let initial = opening.map(|opening| opening.initial).unwrap_or_default();
        Connection {
            info: FlowInfo {
                key: ends,
                path: if client_is_low { low } else { high },
                start_seen: PerDirection {
                    to_server: initial.to_server.is_some(),
                    to_client: initial.to_client.is_some(),
                },
                first_packet: opening.map_or(packet, |opening| opening.first_packet),
                first_time: opening.map_or(timestamp, |opening| opening.first_time),
            },
            client_is_low,
            streams: PerDirection {
                to_server: Stream::new(Direction::ToServer, initial.to_server),
                to_client: Stream::new(Direction::ToClient, initial.to_client),
            },
            opened: tick,
            waiting: None,
            is_closing: false,
            reset: None,
            is_kept: false,
            is_settling: initial.of(direction(source_is_low, client_is_low)).is_none(),
            count: 0,
            last: Origin { packet, timestamp, tick, count: 0 },
        }
    }

    /// What is left of it when it is not followed any more.
    pub(super) fn silent(&self, is_over: bool) -> Silent {
        let PerDirection { to_server, to_client } = &self.streams;
        let next = |stream: &Stream| (is_over && stream.is_open()).then(|| stream.next_seq());
        Silent {
            initial: PerDirection {
                to_server: to_server.initial(),
                to_client: to_client.initial(),
            },
            next: PerDirection { to_server: next(to_server), to_client: next(to_client) },
            is_aborted: self.reset.is_some(),
            client_is_low: self.client_is_low,
        }
    }

    /// Whether `segment` was handed on or is held: one that was recorded before was.
    pub(super) fn has_taken(&self, segment: &Segment<'_>, source_is_low: bool) -> bool {
        let stream = self.streams.of(direction(source_is_low, self.client_is_low));
        stream.is_open() && stream.is_near(segment.seq)
    }

    /// How a segment goes on with it that comes by another path, and was not recorded before.
    pub(super) fn continued_by(
        &mut self,
        segment: &Segment<'_>,
        source_is_low: bool,
    ) -> Option<Continues> {
        let direction = direction(source_is_low, self.client_is_low);
        let (stream, peer) = self.streams.both_mut(direction);
        let is_close = |distance: i64| distance.unsigned_abs() <= REROUTED;
        if segment.ack.is_some_and(|ack| peer.is_open() && !is_close(peer.distance(ack))) {
            return None;
        }
        if !stream.is_heard() {
            let is_answer = segment.ack.is_some() && peer.is_open();
            let is_there = !stream.is_open() || is_close(stream.distance(segment.seq));
            let is_first = is_answer && is_there;
            if is_first && direction == Direction::ToServer {
                self.info.path = segment.path;
            }
            return is_first.then_some(Continues::OtherDirection);
        }
        let distance = stream.distance(segment.seq);
        let is_next = is_close(distance) && (distance >= 0 || segment.payload_len == 0);
        (is_next && !segment.flags.syn()).then_some(Continues::OtherPath)
    }

    /// Bytes of memory held back.
    pub(super) fn held(&self) -> usize {
        self.streams.to_server.held() + self.streams.to_client.held()
    }

    /// The earliest arrival of a piece that waits.
    pub(super) fn first_waiting(&self) -> Option<u64> {
        self.waiting_direction().map(|(tick, _)| tick)
    }

    /// Whether it is over: both sides have finished, or one has aborted.
    pub(super) fn is_over(&self) -> bool {
        let PerDirection { to_server, to_client } = &self.streams;
        self.reset.is_some() || (to_server.is_finishing() && to_client.is_finishing())
    }

    /// Whether a reset was not heeded, and the side that is said to have sent it went on. Then the
    /// connection is not over.
    pub(super) fn goes_on(&mut self) -> bool {
        let goes_on = self
            .reset
            .is_some_and(|(direction, position)| self.streams.of(direction).reached() > position);
        if goes_on {
            self.reset = None;
            self.is_closing = false;
        }
        goes_on
    }

    /// Takes a segment of it.
    pub(super) fn segment<F>(
        &mut self,
        id: FlowId,
        segment: &Segment<'_>,
        run: &mut Run<'_, F>,
    ) -> ControlFlow<Stop>
    where
        F: FnMut(FlowId, &FlowInfo, StreamEvent<'_>) -> Interest,
    {
        let direction = direction(run.source_is_low, self.client_is_low);
        let Segment { packet, timestamp, .. } = *segment;
        self.count += 1;
        self.last = Origin { packet, timestamp, tick: run.tick, count: self.count };
        let arrival = Arrival {
            seq: segment.seq,
            bytes: segment.payload,
            len: segment.payload_len.min(LONGEST_SEGMENT),
            origin: self.last,
        };
        let (stream, peer) = self.streams.both_mut(direction);
        let unusual = TcpFlags::SYN.0 | TcpFlags::FIN.0 | TcpFlags::RST.0;
        let is_plain = segment.flags.0 & unusual == 0;
        if is_plain && !self.is_settling && peer.is_in_order() && stream.is_next(&arrival) {
            if let Some(ack) = segment.ack {
                peer.acknowledge(ack);
            }
            if arrival.len == 0 {
                return ControlFlow::Continue(());
            }
            let mut sink = run.sink(id, &self.info, &mut self.is_kept);
            return stream.deliver(arrival.bytes, arrival.len.into(), arrival.origin, &mut sink);
        }
        self.unusual(id, segment, direction, arrival, run)
    }

    /// Takes a segment that is more than the next bytes of its stream.
    fn unusual<F>(
        &mut self,
        id: FlowId,
        segment: &Segment<'_>,
        direction: Direction,
        mut arrival: Arrival<'_>,
        run: &mut Run<'_, F>,
    ) -> ControlFlow<Stop>
    where
        F: FnMut(FlowId, &FlowInfo, StreamEvent<'_>) -> Interest,
    {
        let mut direction = direction;
        if segment.flags.syn() {
            direction = self.syn(segment, direction, run.source_is_low)?;
            arrival.seq = arrival.seq.wrapping_add(1);
        }
        let limits = run.limits;
        let (stream, peer) = self.streams.both_mut(direction);
        let mut sink = run.sink(id, &self.info, &mut self.is_kept);
        if stream.is_near(arrival.seq) {
            if let Some(ack) = segment.ack {
                peer.acknowledge(ack);
            }
        } else if arrival.len == 0 {
            sink.counters.out_of_window += 1;
            return ControlFlow::Continue(());
        } else if segment.ack.is_some_and(|ack| !peer.is_near(ack)) {
            // Neither side counts on from where this connection was.
            return ControlFlow::Break(Stop::Reopened);
        }
        if segment.flags.rst() {
            self.reset = Some((direction, stream.end_by_reset(arrival.seq)));
            return ControlFlow::Continue(());
        }
        if arrival.len > 0 && self.is_settling {
            sink.counters.conflicting += u64::from(stream.hold(&arrival));
        } else if arrival.len > 0 {
            stream.accept(&arrival, limits, &mut sink)?;
        }
        if segment.flags.fin() {
            stream.finish_at(arrival.seq.wrapping_add(arrival.len));
        }
        if self.is_settling {
            return self.settle_in_time(id, run);
        }
        for stream in [stream, peer] {
            stream.give_up_lost(segment.timestamp, arrival.origin.count, &mut sink)?;
            stream.end_if_complete(&mut sink)?;
        }
        ControlFlow::Continue(())
    }

    /// Ends the time in which the streams are held back, where there is no more reason for it.
    fn settle_in_time<F>(&mut self, id: FlowId, run: &mut Run<'_, F>) -> ControlFlow<Stop>
    where
        F: FnMut(FlowId, &FlowInfo, StreamEvent<'_>) -> Interest,
    {
        let PerDirection { to_server, to_client } = &self.streams;
        let is_known = |stream: &Stream| stream.is_in_order() || stream.initial().is_some();
        let most = run.limits.pending_bytes_per_direction;
        let is_over = self.count >= SETTLING_SEGMENTS
            || self.last.timestamp.since(self.info.first_time) >= SETTLING_NANOSECONDS
            || to_server.held().max(to_client.held()) > most;
        if is_over || (is_known(to_server) && is_known(to_client)) {
            return self.settle(id, run);
        }
        ControlFlow::Continue(())
    }

    /// Hands on what was held back of both streams, in the order in which it came.
    fn settle<F>(&mut self, id: FlowId, run: &mut Run<'_, F>) -> ControlFlow<Stop>
    where
        F: FnMut(FlowId, &FlowInfo, StreamEvent<'_>) -> Interest,
    {
        if !std::mem::take(&mut self.is_settling) {
            return ControlFlow::Continue(());
        }
        let mut sink = run.sink(id, &self.info, &mut self.is_kept);
        let PerDirection { to_server, to_client } = &mut self.streams;
        loop {
            let (there, back) = (to_server.ready(), to_client.ready());
            let stream = match (there, back) {
                (Some(there), Some(back)) if back.tick < there.tick => &mut *to_client,
                (Some(_), _) => &mut *to_server,
                (None, Some(_)) => &mut *to_client,
                (None, None) => break,
            };
            stream.hand_on(&mut sink)?;
        }
        to_server.end_if_complete(&mut sink)?;
        to_client.end_if_complete(&mut sink)
    }

    /// Takes a SYN. Returns the direction of the segment, by the roles that it shows.
    fn syn(
        &mut self,
        segment: &Segment<'_>,
        direction: Direction,
        source_is_low: bool,
    ) -> ControlFlow<Stop, Direction> {
        let start = segment.seq.wrapping_add(1);
        let initial = PerDirection {
            to_server: self.streams.to_server.initial(),
            to_client: self.streams.to_client.initial(),
        };
        let (stream, peer) = self.streams.both_mut(direction);
        let belongs = match stream.initial() {
            Some(known) if known == segment.seq => return ControlFlow::Continue(direction),
            Some(_) => segment.ack.is_some() && answers(segment, &initial) && !stream.is_reported(),
            None if stream.is_reported() => {
                stream.first_seq().wrapping_sub(start) <= LATE_SYN && stream.is_near(start)
            }
            None => stream.is_near(start) && segment.ack.is_none_or(|ack| peer.is_near(ack)),
        };
        if !belongs {
            return ControlFlow::Break(Stop::Reopened);
        }
        if stream.is_reported() {
            stream.set_initial(segment.seq);
        } else {
            stream.start_after(segment.seq);
            *self.info.start_seen.of_mut(direction) = true;
        }
        ControlFlow::Continue(self.take_roles(segment, direction, source_is_low))
    }

    /// Whoever sent SYN is the client, unless the roles have been told already.
    fn take_roles(
        &mut self,
        segment: &Segment<'_>,
        direction: Direction,
        source_is_low: bool,
    ) -> Direction {
        let PerDirection { to_server, to_client } = &mut self.streams;
        let shown = syn_direction(segment);
        if direction == shown || to_server.is_reported() || to_client.is_reported() {
            return direction;
        }
        std::mem::swap(to_server, to_client);
        to_server.turn(Direction::ToServer);
        to_client.turn(Direction::ToClient);
        let start_seen = &mut self.info.start_seen;
        std::mem::swap(&mut start_seen.to_server, &mut start_seen.to_client);
        let FlowKey { client, server } = &mut self.info.key;
        std::mem::swap(client, server);
        self.client_is_low = source_is_low == (shown == Direction::ToServer);
        shown
    }

    /// Gives up the hole before the piece that has waited longest.
    pub(super) fn give_up<F>(&mut self, id: FlowId, run: &mut Run<'_, F>) -> ControlFlow<Stop>
    where
        F: FnMut(FlowId, &FlowInfo, StreamEvent<'_>) -> Interest,
    {
        if self.is_settling {
            return self.settle(id, run);
        }
        let Some((_, direction)) = self.waiting_direction() else {
            return ControlFlow::Continue(());
        };
        let mut sink = run.sink(id, &self.info, &mut self.is_kept);
        let stream = self.streams.of_mut(direction);
        stream.give_up(&mut sink)?;
        stream.end_if_complete(&mut sink)
    }

    /// Nothing more comes: hands on what is held and says that it is over.
    pub(super) fn close<F>(&mut self, id: FlowId, run: &mut Run<'_, F>) -> ControlFlow<Stop>
    where
        F: FnMut(FlowId, &FlowInfo, StreamEvent<'_>) -> Interest,
    {
        while self.first_waiting().is_some() {
            self.give_up(id, run)?;
        }
        let mut sink = run.sink(id, &self.info, &mut self.is_kept);
        let PerDirection { to_server, to_client } = &mut self.streams;
        to_server.close(self.last, &mut sink)?;
        to_client.close(self.last, &mut sink)?;
        if to_server.is_reported() || to_client.is_reported() {
            // Nothing follows, whether it would be of interest or not.
            let _ = sink.emit(StreamEvent::Closed);
        }
        ControlFlow::Continue(())
    }

    fn waiting_direction(&self) -> Option<(u64, Direction)> {
        let tick = |direction| {
            let origin = self.streams.of(direction).waiting()?;
            Some((origin.tick, direction))
        };
        match (tick(Direction::ToServer), tick(Direction::ToClient)) {
            (Some(a), Some(b)) => Some(if a.0 <= b.0 { a } else { b }),
            (a, b) => a.or(b),
        }
    }
}

/// What a connection needs of the run it is in, for one segment.
pub(super) struct Run<'a, F> {
    pub(super) limits: &'a Limits,
    pub(super) counters: &'a mut Counters,
    pub(super) on_event: &'a mut F,
    /// Segments of the run so far.
    pub(super) tick: u64,
    /// Whether the sender of the segment is the lower end of the key.
    pub(super) source_is_low: bool,
}

impl<F> Run<'_, F> {
    fn sink<'a>(
        &'a mut self,
        id: FlowId,
        info: &'a FlowInfo,
        is_kept: &'a mut bool,
    ) -> Sink<'a, F> {
        Sink { id, info, is_kept, counters: &mut *self.counters, on_event: &mut *self.on_event }
    }
}

fn direction(source_is_low: bool, client_is_low: bool) -> Direction {
    if source_is_low == client_is_low { Direction::ToServer } else { Direction::ToClient }
}

/// The client sends SYN, the server SYN and ACK.
fn syn_direction(segment: &Segment<'_>) -> Direction {
    if segment.ack.is_some() { Direction::ToClient } else { Direction::ToServer }
}

/// Whether `segment` can be of the connection with these SYNs: SYN and ACK of the server
/// acknowledge the SYN of the client.
fn answers(segment: &Segment<'_>, initial: &PerDirection<Option<u32>>) -> bool {
    match (segment.ack, initial.to_server) {
        (Some(ack), Some(initial)) => ack == initial.wrapping_add(1),
        _ => true,
    }
}

/// Whether `source` is more likely the server than `destination`.
fn is_server(source: SocketAddr, destination: SocketAddr) -> bool {
    let smb = |end: SocketAddr| SMB_PORTS.contains(&end.port());
    match (smb(source), smb(destination)) {
        (true, false) => true,
        (false, true) => false,
        _ => source.port() < destination.port(),
    }
}
