//! TCP: segments in any order to two streams of bytes.
//!
//! An input is a run of segments of two connections. What a segment holds follows from its sequence
//! numbers, so that every byte that comes out can be told to be the right one.

use std::collections::HashMap;
use std::net::SocketAddr;

use countersign::flow::{Direction, FlowId, FlowInfo, FlowTable, GapCause, Interest, StreamEvent};
use countersign::limits::Limits;
use countersign::net::Segment;
use countersign::net::path::Path;
use countersign::net::tcp::TcpFlags;
use countersign::packet::{PacketId, SourceId};
use countersign::time::Timestamp;

use super::choices::Choices;

const TIGHT: Limits =
    Limits { flows: 1, pending_bytes_per_direction: 400, pending_bytes: 600, ..Limits::DEFAULT };

/// Takes the segments of `input`, under two sets of bounds.
pub fn check(input: &[u8]) {
    for limits in [Limits::DEFAULT, TIGHT] {
        run(input, &limits);
    }
}

fn run(input: &[u8], limits: &Limits) {
    let mut choices = Choices::new(input);
    let mut table = FlowTable::new(limits);
    let mut model = Model::default();
    let mut is_simple = true;
    let mut time = 0;
    let mut number = 0;
    while !choices.is_empty() && number < 4_096 {
        number += 1;
        let kind = choices.u8();
        let (flow, is_reply) = (kind & 1, kind & 2 != 0);
        let flags = match kind >> 2 & 7 {
            0 => TcpFlags(choices.u8()),
            1 => TcpFlags(TcpFlags::SYN.0 | if is_reply { TcpFlags::ACK.0 } else { 0 }),
            2 => TcpFlags(TcpFlags::FIN.0 | TcpFlags::ACK.0),
            _ => TcpFlags::ACK,
        };
        let (is_cut, is_far, is_late) = (kind & 32 != 0, kind & 64 != 0, kind & 128 != 0);
        let len = u32::from(choices.u8());
        let base = if is_reply { u32::MAX - 500 } else { 1_000_000 };
        let place = if is_far { choices.u32() } else { u32::from(choices.u16()) };
        let seq = base.wrapping_add(place);
        let ack = u32::from(choices.u16());
        let kept = if is_cut { u32::from(choices.u8()).min(len) } else { len };
        time += if is_late { 100_000_000 * i64::from(choices.u8()) } else { 1_000 };
        let start = seq.wrapping_add(u32::from(flags.syn()));
        let payload: Vec<u8> = (0..kept).map(|i| byte_at(start.wrapping_add(i))).collect();
        let client: SocketAddr = format!("10.0.0.7:{}", 50_000 + u16::from(flow)).parse().unwrap();
        let server: SocketAddr = "10.0.0.5:445".parse().unwrap();
        let ends = if is_reply { (server, client) } else { (client, server) };
        let other = if is_reply { 1_000_000 } else { u32::MAX - 500 };
        is_simple &= flags == TcpFlags::ACK && !is_cut;
        model.taken.push(Taken { source: ends.0, destination: ends.1, start, len: kept });
        let segment = Segment {
            path: Path::PLAIN,
            source: ends.0,
            destination: ends.1,
            identification: Some(number as u16),
            seq,
            ack: flags.ack().then(|| u32::wrapping_add(other, ack)),
            flags,
            payload: &payload,
            payload_len: len,
            packet: PacketId { source: SourceId(0), number },
            timestamp: Timestamp(time),
        };
        table.segment(&segment, &mut |id, info, event| model.event(id, info, event));
        let held = table.held_bytes();
        assert!(held <= limits.pending_bytes, "{held} bytes are held back");
    }
    table.finish(&mut |id, info, event| model.event(id, info, event));
    assert!(model.streams.is_empty(), "a connection was not closed");
    assert_eq!(table.held_bytes(), 0);
    let counters = table.counters();
    assert_eq!(counters.gaps > 0, model.lost > 0);
    assert_eq!(counters.lost_bytes, model.lost);
    assert_eq!(counters.cut_bytes, model.cut);
    if is_simple && counters.out_of_window + counters.flows_evicted == 0 {
        assert_eq!(model.dropped, None, "bytes that were captured are called lost");
    }
}

/// The byte with the sequence number `seq`.
fn byte_at(seq: u32) -> u8 {
    let mixed = seq.wrapping_mul(0x9E37_79B1);
    (mixed ^ (mixed >> 15)) as u8
}

/// A segment that was taken.
struct Taken {
    source: SocketAddr,
    destination: SocketAddr,
    /// The sequence number of its first byte, and how many bytes there are.
    start: u32,
    len: u32,
}

/// What came out of each stream so far.
#[derive(Default)]
struct Model {
    /// The segments, by their packet numbers from 1.
    taken: Vec<Taken>,
    /// Where each stream of a connection is: the sequence numbers that the next byte may have. No
    /// list where nothing came out yet.
    streams: HashMap<FlowId, [Option<Vec<u32>>; 2]>,
    lost: u64,
    cut: u64,
    /// A gap over bytes that had been captured.
    dropped: Option<String>,
}

impl Model {
    fn event(&mut self, id: FlowId, info: &FlowInfo, event: StreamEvent<'_>) -> Interest {
        let places = self.streams.entry(id).or_default();
        match event {
            StreamEvent::Data { direction, bytes, packet, .. } => {
                assert!(!bytes.is_empty());
                let taken = &self.taken[packet.number as usize - 1];
                assert_eq!(taken.source, sender(info, direction), "bytes of the other side");
                let place = &mut places[direction as usize];
                let candidates = place.take().unwrap_or_else(|| {
                    (0..taken.len).map(|i| taken.start.wrapping_add(i)).collect()
                });
                let mut left: Vec<u32> = candidates;
                for byte in bytes {
                    left.retain(|seq| byte_at(*seq) == *byte);
                    left.iter_mut().for_each(|seq| *seq = seq.wrapping_add(1));
                }
                assert!(!left.is_empty(), "bytes that do not come next");
                *place = Some(left);
            }
            StreamEvent::Gap { direction, len, cause, packet, .. } => {
                assert!(len > 0);
                match cause {
                    GapCause::Lost => self.lost += len,
                    GapCause::Cut => self.cut += len,
                }
                if let Some(place) = &mut places[direction as usize] {
                    if let ([start], GapCause::Lost) = (place.as_slice(), cause) {
                        let first = info.first_packet.number as usize - 1;
                        let sender = sender(info, direction);
                        let is_in = self.taken[first..].iter().any(|taken| {
                            (taken.source, taken.destination) == (sender, receiver(info, direction))
                                && u64::from(taken.start.wrapping_sub(*start)) < len
                                && taken.len > 0
                        });
                        if is_in {
                            self.dropped = Some(format!("{len} bytes at {start}, {packet:?}"));
                        }
                    }
                    place.iter_mut().for_each(|seq| *seq = seq.wrapping_add(len as u32));
                }
            }
            StreamEvent::End { .. } => {}
            StreamEvent::Closed => {
                self.streams.remove(&id);
            }
        }
        Interest::Continue
    }
}

fn sender(info: &FlowInfo, direction: Direction) -> SocketAddr {
    match direction {
        Direction::ToServer => info.key.client,
        Direction::ToClient => info.key.server,
    }
}

fn receiver(info: &FlowInfo, direction: Direction) -> SocketAddr {
    sender(info, direction.reverse())
}
