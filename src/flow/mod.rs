//! TCP: segments to two streams of bytes in order.
//!
//! Segments come in any order, more than once, overlapping and with some missing. A stream gives
//! its bytes once and in order, and a hole in it as a gap. The first bytes seen of a place win.

use std::net::SocketAddr;

use crate::limits::Limits;
use crate::net::Segment;
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
    /// Segments of which all bytes had been seen before.
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
}

impl FlowTable {
    /// No connections yet.
    pub fn new(limits: &Limits) -> FlowTable {
        FlowTable { limits: *limits, counters: Counters::default() }
    }

    /// What happened so far.
    pub fn counters(&self) -> Counters {
        self.counters
    }

    /// Takes the next segment, in the order of the capture.
    pub fn segment(
        &mut self,
        segment: &Segment<'_>,
        on_event: &mut impl FnMut(FlowId, &FlowInfo, StreamEvent<'_>) -> Interest,
    ) {
        let _ = (segment, on_event, self.limits);
    }

    /// The run ends: everything held is handed on, and every connection is closed.
    pub fn finish(
        &mut self,
        on_event: &mut impl FnMut(FlowId, &FlowInfo, StreamEvent<'_>) -> Interest,
    ) {
        let _ = on_event;
    }
}
