//! TCP: segments to two streams of bytes in order.
//!
//! Segments come in any order, more than once, overlapping and with some missing. A stream gives
//! its bytes once and in order, and a hole in it as a gap. The first bytes seen of a place win.
//!
//! Connections between the same ends in different VLANs or tunnels are different connections; but a
//! packet that was recorded twice, in whatever way, is taken once, and a connection may have another
//! path in each direction or change it on the way.

mod assembler;
mod connection;
mod index;
mod patience;
mod recordings;
mod slots;
mod stream;

use std::collections::{BTreeMap, VecDeque};
use std::net::SocketAddr;
use std::ops::ControlFlow;

use self::connection::{Connection, Continues, Opening, Run};
use self::index::Key;
use self::recordings::{Recordings, Sighting};
use self::slots::{Slots, State};
use self::stream::Stop;
use crate::limits::Limits;
use crate::net::Segment;
use crate::net::path::Path;
use crate::packet::PacketId;
use crate::time::Timestamp;

/// A connection among those known at a time: a small number, free for another connection after
/// [`StreamEvent::Closed`] and after [`Interest::Ignore`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FlowId(pub u32);

/// One of the two streams of a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Direction {
    /// From client to server.
    ToServer,
    /// From server to client.
    ToClient,
}

impl Direction {
    /// The other stream.
    pub const fn reverse(self) -> Direction {
        match self {
            Direction::ToServer => Direction::ToClient,
            Direction::ToClient => Direction::ToServer,
        }
    }
}

/// Something that both streams of a connection have.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PerDirection<T> {
    /// That of the stream from client to server.
    pub to_server: T,
    /// That of the stream from server to client.
    pub to_client: T,
}

impl<T> PerDirection<T> {
    /// That of `direction`.
    pub const fn of(&self, direction: Direction) -> &T {
        match direction {
            Direction::ToServer => &self.to_server,
            Direction::ToClient => &self.to_client,
        }
    }

    /// That of `direction`, to change.
    pub const fn of_mut(&mut self, direction: Direction) -> &mut T {
        match direction {
            Direction::ToServer => &mut self.to_server,
            Direction::ToClient => &mut self.to_client,
        }
    }

    /// That of `direction` and that of the other one, to change.
    pub const fn both_mut(&mut self, direction: Direction) -> (&mut T, &mut T) {
        match direction {
            Direction::ToServer => (&mut self.to_server, &mut self.to_client),
            Direction::ToClient => (&mut self.to_client, &mut self.to_server),
        }
    }
}

/// The two ends of a connection.
///
/// Whoever sent SYN is the client. Where no SYN was captured the end with a port of SMB is the
/// server, or else the one with the lower port: that is a guess, and what is said on the connection
/// may show that the roles are reversed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct FlowKey {
    /// The end that opened the connection.
    pub client: SocketAddr,
    /// The end that it was opened to.
    pub server: SocketAddr,
}

/// What is known of a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FlowInfo {
    /// Its ends.
    pub key: FlowKey,
    /// The VLANs and tunnels around it: those of the client's packets, where the two directions
    /// have different ones and some of the client's were captured.
    pub path: Path,
    /// Whether the SYN of a direction was captured, so that the stream's first byte is known.
    pub start_seen: PerDirection<bool>,
    /// The first packet of it.
    pub first_packet: PacketId,
    /// When that packet was captured.
    pub first_time: Timestamp,
}

/// Why bytes of a stream are missing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum GapCause {
    /// No packet of the capture holds them.
    Lost,
    /// The packet that held them was cut when it was captured.
    Cut,
}

/// What a connection gives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StreamEvent<'a> {
    /// The next bytes of a stream, never empty.
    Data {
        /// Which stream.
        direction: Direction,
        /// The bytes.
        bytes: &'a [u8],
        /// The packet that held them.
        packet: PacketId,
        /// When that packet was captured.
        timestamp: Timestamp,
    },
    /// The next bytes of a stream are not in the capture.
    Gap {
        /// Which stream.
        direction: Direction,
        /// How many bytes, never 0.
        len: u64,
        /// Why they are missing.
        cause: GapCause,
        /// The packet that showed it: the first after the hole, or the one that was cut.
        packet: PacketId,
        /// When that packet was captured.
        timestamp: Timestamp,
    },
    /// A stream is over.
    End {
        /// Which stream.
        direction: Direction,
    },
    /// The connection is forgotten: it is over, its ports are used by another one, there are too
    /// many, or the run ends. Nothing follows.
    Closed,
}

/// Whether a connection is worth following.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Interest {
    /// It is.
    Continue,
    /// It is, and where there are too many connections it is forgotten last.
    Keep,
    /// It is not: nothing more of it is reassembled and nothing more is said of it.
    Ignore,
}

/// What happened to the streams of a run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counters {
    /// Connections seen.
    pub flows: u64,
    /// Connections forgotten early because there were too many.
    pub flows_evicted: u64,
    /// Connections forgotten early because too many had the same ends under different paths.
    pub paths_evicted: u64,
    /// Packets that were recorded more than once, each time but the first.
    pub recorded_twice: u64,
    /// Segments of which all bytes had been seen before, and that were sent again.
    pub retransmitted: u64,
    /// Segments whose bytes differ from those that were held for the same place.
    pub conflicting: u64,
    /// Gaps of lost bytes.
    pub gaps: u64,
    /// Bytes lost in them.
    pub lost_bytes: u64,
    /// Bytes that packets were cut by.
    pub cut_bytes: u64,
    /// Gaps declared early because too much was held back.
    pub gaps_by_limit: u64,
    /// Segments dropped because they fit nowhere in their stream.
    pub out_of_window: u64,
}

/// The connections of a run.
#[derive(Debug)]
pub struct FlowTable {
    limits: Limits,
    counters: Counters,
    slots: Slots,
    recordings: Recordings,
    /// Segments so far.
    tick: u64,
    /// Bytes of memory that all connections hold back.
    held: usize,
    /// The connections that hold something back, by when they began to.
    waiting: BTreeMap<u64, u32>,
    /// The connections that are over, in the order in which that was seen.
    closing: VecDeque<Closing>,
}

impl FlowTable {
    /// No connections yet.
    pub fn new(limits: &Limits) -> FlowTable {
        FlowTable {
            limits: *limits,
            counters: Counters::default(),
            slots: Slots::default(),
            recordings: Recordings::default(),
            tick: 0,
            held: 0,
            waiting: BTreeMap::new(),
            closing: VecDeque::new(),
        }
    }

    /// What happened so far.
    pub fn counters(&self) -> Counters {
        self.counters
    }

    /// Bytes of memory that wait for earlier ones.
    pub fn held_bytes(&self) -> usize {
        self.held
    }

    /// Takes the next segment, in the order of the capture. Returns whether it is another recording
    /// of a packet that was taken before.
    pub fn segment(
        &mut self,
        segment: &Segment<'_>,
        on_event: &mut impl FnMut(FlowId, &FlowInfo, StreamEvent<'_>) -> Interest,
    ) -> bool {
        self.tick += 1;
        self.close_due(segment.timestamp, on_event);
        let (key, source_is_low) = Key::of(segment.source, segment.destination);
        let sighting = self.recordings.note(&key, source_is_low, segment, self.tick);
        if sighting == Sighting::Again {
            self.again(&key, segment, source_is_low);
            return true;
        }
        let before = self.counters.recorded_twice;
        let head = self.slots.find(&key);
        let place = match head.and_then(|head| Some((head, self.slots.get_mut(head)?))) {
            Some((head, slot)) if slot.is_simply_by(segment.path, source_is_low) => Some(head),
            Some((head, _)) => self.lane(head, segment, source_is_low, sighting),
            None => None,
        };
        if let Some(place) = place {
            self.known(place, segment, source_is_low, on_event);
        } else if segment.flags.syn() || segment.payload_len > 0 {
            // A connection that says nothing is none.
            let place = self.make_room(key, head, segment.path, on_event);
            self.begin(place, segment, source_is_low, on_event);
        }
        self.counters.recorded_twice > before
    }

    /// The run ends: everything held is handed on, and every connection is closed.
    pub fn finish(
        &mut self,
        on_event: &mut impl FnMut(FlowId, &FlowInfo, StreamEvent<'_>) -> Interest,
    ) {
        while let Some((_, place)) = self.waiting.pop_first() {
            self.give_up(place, on_event);
        }
        for place in self.slots.followed_places() {
            self.close(place, on_event);
        }
        *self = FlowTable { counters: self.counters, ..FlowTable::new(&self.limits) };
    }

    /// Takes another recording of a packet. What is new in it is its path.
    fn again(&mut self, key: &Key, segment: &Segment<'_>, source_is_low: bool) {
        self.counters.recorded_twice += 1;
        if !self.recordings.paths_vary() {
            return;
        }
        let Some(head) = self.slots.find(key) else { return };
        let own = self.by_path(head, segment.path, source_is_low);
        let state = if segment.flags.syn() {
            // Connections in different networks can begin with the same number. What follows tells
            // whether this is one that has two paths, or whether there are two.
            if own.is_some() {
                return;
            }
            State::Opening(Opening::new(segment, source_is_low))
        } else {
            let others = self.slots.chain(head).filter(|(place, _)| Some(*place) != own);
            let taken = others
                .filter_map(|(place, slot)| Some((slot.has_taken(segment, source_is_low)?, place)))
                .max_by_key(|(likelihood, _)| *likelihood);
            let Some((_, taken)) = taken else { return };
            State::Same(taken)
        };
        let Some(place) = own.or_else(|| self.spare_place(*key, head, segment.path)) else {
            return;
        };
        let Some(slot) = self.slots.get_mut(place) else { return };
        if matches!(slot.state, State::Opening(_) | State::Vacant) {
            slot.used = self.tick;
            slot.state = state;
        }
    }

    /// The place of the connection, of those from `head` on, that has a path of its own.
    fn by_path(&self, head: u32, path: Path, source_is_low: bool) -> Option<u32> {
        let mut chain = self.slots.chain(head);
        chain.find(|(_, slot)| slot.is_by(path, source_is_low)).map(|(place, _)| place)
    }

    /// The place of the connection that a segment belongs to, of those between its ends, the first of
    /// which is at `head`, where that one does not simply come by its path; `None` for a new one.
    #[cold]
    fn lane(
        &mut self,
        head: u32,
        segment: &Segment<'_>,
        source_is_low: bool,
        sighting: Sighting,
    ) -> Option<u32> {
        let own = self.by_path(head, segment.path, source_is_low);
        if let Some(slot) = own.and_then(|own| self.slots.get_mut(own)) {
            let is_open = matches!(slot.state, State::Opening(_)) && segment.payload_len > 0;
            if sighting == Sighting::Differs && matches!(slot.state, State::Same(_)) {
                // What was taken for one connection with two paths is two.
                slot.state = State::Vacant;
            }
            if !is_open {
                return own.map(|own| self.followed_at(own));
            }
        }
        if sighting == Sighting::Differs {
            return own;
        }
        let places: Vec<u32> = self.slots.chain(head).map(|(place, _)| place).collect();
        let others = places.into_iter().filter(|place| Some(*place) != own);
        let continued = others.into_iter().find_map(|place| {
            let continues = match &mut self.slots.get_mut(place)?.state {
                State::Followed(connection) => connection.continued_by(segment, source_is_low),
                State::Opening(opening) if own.is_none() => {
                    opening.continued_by(segment, source_is_low)
                }
                _ => None,
            };
            Some((place, continues?))
        });
        let Some((place, continues)) = continued else { return own };
        if own.is_none() && continues == Continues::OtherDirection {
            self.slots.get_mut(place)?.set_path(segment.path, source_is_low);
            return Some(place);
        }
        let key = Key::of(segment.source, segment.destination).0;
        // The same SYN came by both paths, and what follows it by either.
        let alias = own.or_else(|| self.spare_place(key, head, segment.path));
        if let Some(slot) = alias.and_then(|alias| self.slots.get_mut(alias)) {
            slot.state = State::Same(place);
        }
        Some(place)
    }

    /// The place of the connection that what comes to `place` belongs to.
    fn followed_at(&mut self, place: u32) -> u32 {
        let mut place = place;
        // What is the same as another has no others that are the same as it; this ends at once.
        for _ in 0..self.limits.paths_per_flow {
            match self.slots.get_mut(place).map(|slot| (slot.used = self.tick, &slot.state)) {
                Some((_, State::Same(other))) => place = *other,
                _ => break,
            }
        }
        place
    }

    /// A new place in the chain from `head` on, where one is free.
    fn spare_place(&mut self, key: Key, head: u32, path: Path) -> Option<u32> {
        let has_room = self.slots.len() < self.most_flows()
            && self.slots.chain(head).count() < self.limits.paths_per_flow;
        has_room.then(|| self.slots.add(key, path, self.tick))
    }

    /// Takes a segment of the connection at `place`.
    fn known<F>(&mut self, place: u32, segment: &Segment<'_>, source_is_low: bool, on_event: &mut F)
    where
        F: FnMut(FlowId, &FlowInfo, StreamEvent<'_>) -> Interest,
    {
        let Some(slot) = self.slots.get_mut(place) else { return };
        slot.used = self.tick;
        match &mut slot.state {
            State::Followed(_) => self.follow(place, segment, source_is_low, on_event),
            State::Vacant | State::Same(_) => {
                if segment.flags.syn() || segment.payload_len > 0 {
                    self.begin(place, segment, source_is_low, on_event);
                }
            }
            State::Silent(silent) => {
                if silent.is_over(segment, source_is_low) {
                    self.begin(place, segment, source_is_low, on_event);
                }
            }
            State::Opening(opening) => {
                let is_same = !segment.flags.syn() || opening.syn(segment, source_is_low);
                if !is_same {
                    self.begin(place, segment, source_is_low, on_event);
                } else if segment.payload_len > 0 {
                    let (opening, paths) = (Some(*opening), slot.paths);
                    let connection =
                        Connection::new(opening, segment, paths, source_is_low, self.tick);
                    slot.state = State::Followed(Box::new(connection));
                    self.follow(place, segment, source_is_low, on_event);
                }
            }
        }
    }

    /// Begins the connection at `place` with the segment that was seen first of it.
    fn begin<F>(&mut self, place: u32, segment: &Segment<'_>, source_is_low: bool, on_event: &mut F)
    where
        F: FnMut(FlowId, &FlowInfo, StreamEvent<'_>) -> Interest,
    {
        let Some(slot) = self.slots.get_mut(place) else { return };
        self.counters.flows += 1;
        slot.used = self.tick;
        let opening = segment.flags.syn().then(|| Opening::new(segment, source_is_low));
        if let (Some(opening), 0) = (opening, segment.payload_len) {
            slot.state = State::Opening(opening);
            return;
        }
        let paths = slot.paths;
        let connection = Connection::new(opening, segment, paths, source_is_low, self.tick);
        slot.state = State::Followed(Box::new(connection));
        self.follow(place, segment, source_is_low, on_event);
    }

    /// Takes a segment of the connection at `place`, which is followed.
    fn follow<F>(
        &mut self,
        place: u32,
        segment: &Segment<'_>,
        source_is_low: bool,
        on_event: &mut F,
    ) where
        F: FnMut(FlowId, &FlowInfo, StreamEvent<'_>) -> Interest,
    {
        let Some(connection) = self.slots.followed(place) else { return };
        let before = connection.held();
        let mut run = Run {
            limits: &self.limits,
            counters: &mut self.counters,
            on_event,
            tick: self.tick,
            source_is_low,
        };
        let flow = connection.segment(FlowId(place), segment, &mut run);
        let after = connection.held();
        let is_over = connection.is_over() && !connection.is_closing;
        if flow.is_continue() && !is_over && before | after == 0 {
            return;
        }
        self.held = (self.held + after).saturating_sub(before);
        match flow {
            ControlFlow::Continue(()) => self.keep(place, segment, on_event),
            ControlFlow::Break(Stop::Ignored) => self.silence(place, false),
            ControlFlow::Break(Stop::Reopened) => {
                self.close(place, on_event);
                self.begin(place, segment, source_is_low, on_event);
            }
        }
    }

    /// Keeps the books of a connection that holds something back or is over.
    fn keep<F>(&mut self, place: u32, segment: &Segment<'_>, on_event: &mut F)
    where
        F: FnMut(FlowId, &FlowInfo, StreamEvent<'_>) -> Interest,
    {
        let Some(connection) = self.slots.followed(place) else { return };
        if connection.is_over() && !connection.is_closing {
            connection.is_closing = true;
            let (opened, tick, time) = (connection.opened, self.tick, segment.timestamp);
            self.closing.push_back(Closing { place, opened, tick, time });
        }
        match (connection.waiting, connection.held() > 0) {
            (None, true) => {
                connection.waiting = Some(self.tick);
                self.waiting.insert(self.tick, place);
            }
            (Some(since), false) => {
                connection.waiting = None;
                self.waiting.remove(&since);
            }
            _ => {}
        }
        while self.held > self.limits.pending_bytes {
            let Some((_, place)) = self.waiting.pop_first() else { break };
            self.counters.gaps_by_limit += 1;
            self.give_up(place, on_event);
        }
    }

    /// Gives up the oldest hole of a connection that was taken from those that wait, and puts it
    /// back where it has another.
    fn give_up<F>(&mut self, place: u32, on_event: &mut F)
    where
        F: FnMut(FlowId, &FlowInfo, StreamEvent<'_>) -> Interest,
    {
        let Some(connection) = self.slots.followed(place) else { return };
        let before = connection.held();
        connection.waiting = None;
        let mut run = Run {
            limits: &self.limits,
            counters: &mut self.counters,
            on_event,
            tick: self.tick,
            source_is_low: false,
        };
        let flow = connection.give_up(FlowId(place), &mut run);
        self.held = (self.held + connection.held()).saturating_sub(before);
        if flow.is_break() {
            self.silence(place, false);
        } else if let Some(since) = connection.first_waiting() {
            // A piece came with one segment, and that was of one connection: no other is there.
            connection.waiting = Some(since);
            self.waiting.insert(since, place);
        }
    }

    /// Closes the connections that have been over for a while: what was captured out of order has
    /// come by now.
    fn close_due<F>(&mut self, now: Timestamp, on_event: &mut F)
    where
        F: FnMut(FlowId, &FlowInfo, StreamEvent<'_>) -> Interest,
    {
        while let Some(&Closing { place, opened, tick, time }) = self.closing.front() {
            if self.tick - tick < CLOSING_SEGMENTS && now.since(time) < CLOSING_NANOSECONDS {
                break;
            }
            self.closing.pop_front();
            let connection = self.slots.followed(place).filter(|it| it.opened == opened);
            // A reset may be forged, or come too late, and nobody heeds it.
            if connection.is_some_and(|connection| !connection.goes_on()) {
                self.close(place, on_event);
            }
        }
    }

    /// Hands on all that is held of the connection at `place`, and follows it no more.
    fn close<F>(&mut self, place: u32, on_event: &mut F)
    where
        F: FnMut(FlowId, &FlowInfo, StreamEvent<'_>) -> Interest,
    {
        let Some(connection) = self.slots.followed(place) else { return };
        let before = connection.held();
        let mut run = Run {
            limits: &self.limits,
            counters: &mut self.counters,
            on_event,
            tick: self.tick,
            source_is_low: false,
        };
        let flow = connection.close(FlowId(place), &mut run);
        self.held = (self.held + connection.held()).saturating_sub(before);
        self.silence(place, flow.is_continue());
    }

    /// Follows the connection at `place` no more.
    fn silence(&mut self, place: u32, is_over: bool) {
        let Some(slot) = self.slots.get_mut(place) else { return };
        if let State::Followed(connection) = &slot.state {
            self.held = self.held.saturating_sub(connection.held());
            if let Some(since) = connection.waiting {
                self.waiting.remove(&since);
            }
            slot.state = State::Silent(connection.silent(is_over));
        }
    }

    /// A place for a connection `key` that comes by `path`: a new one, or that of one which is
    /// forgotten. `head` is the first of the connections with these ends.
    fn make_room<F>(&mut self, key: Key, head: Option<u32>, path: Path, on_event: &mut F) -> u32
    where
        F: FnMut(FlowId, &FlowInfo, StreamEvent<'_>) -> Interest,
    {
        let crowded = head.and_then(|head| {
            let is_full = self.slots.chain(head).count() >= self.limits.paths_per_flow.max(1);
            is_full.then(|| self.slots.oldest_in_chain(head))
        });
        let place = match crowded {
            Some(place) => {
                self.counters.paths_evicted += 1;
                place
            }
            None if self.slots.len() < self.most_flows() => {
                return self.slots.add(key, path, self.tick);
            }
            None => {
                self.counters.flows_evicted += 1;
                self.slots.oldest()
            }
        };
        self.close(place, on_event);
        self.slots.replace(place, key, path);
        place
    }

    fn most_flows(&self) -> usize {
        self.limits.flows.clamp(1, u32::MAX as usize)
    }
}

/// How long a connection that is over is still followed, in segments of the run.
const CLOSING_SEGMENTS: u64 = 256;

/// How long a connection that is over is still followed, in nanoseconds of the capture.
const CLOSING_NANOSECONDS: i64 = 2_000_000_000;

/// A connection that is over.
#[derive(Clone, Copy, Debug)]
struct Closing {
    place: u32,
    /// Which of the connections that were at `place`.
    opened: u64,
    /// Segments of the run up to its end.
    tick: u64,
    time: Timestamp,
}

#[cfg(test)]
mod tests;
