//! Conversations as segments, and what the table makes of them.

mod paths;

use std::net::SocketAddr;

use proptest::prelude::{
    Just, ProptestConfig, Strategy, any, prop, prop_assert, prop_assert_eq, proptest,
};

use super::{Direction, FlowInfo, FlowTable, GapCause, Interest, StreamEvent};
use crate::limits::Limits;
use crate::net::Segment;
use crate::net::path::Path;
use crate::net::tcp::TcpFlags;
use crate::packet::{PacketId, SourceId};
use crate::time::Timestamp;

const FIN_ACK: TcpFlags = TcpFlags(TcpFlags::FIN.0 | TcpFlags::ACK.0);
const SYN_ACK: TcpFlags = TcpFlags(TcpFlags::SYN.0 | TcpFlags::ACK.0);

/// Two ends whose segments go to a table, and what the table said.
struct Wire {
    table: FlowTable,
    client: SocketAddr,
    server: SocketAddr,
    /// The way that the next segments come.
    path: Path,
    /// Their identification, which goes up by one with each.
    identification: Option<u16>,
    source: usize,
    packet: u64,
    nanoseconds: i64,
    said: Vec<String>,
    last_info: Option<FlowInfo>,
    interest: Interest,
}

impl Wire {
    fn new(limits: &Limits) -> Wire {
        Wire {
            table: FlowTable::new(limits),
            client: "10.0.0.7:50000".parse().unwrap(),
            server: "10.0.0.5:445".parse().unwrap(),
            path: Path::PLAIN,
            identification: Some(1),
            source: 0,
            packet: 0,
            nanoseconds: 0,
            said: Vec::new(),
            last_info: None,
            interest: Interest::Continue,
        }
    }

    fn send(&mut self, from: Direction, flags: TcpFlags, seq: u32, ack: u32, payload: &[u8]) {
        self.send_cut(from, flags, seq, ack, payload, payload.len() as u32);
    }

    fn send_cut(
        &mut self,
        from: Direction,
        flags: TcpFlags,
        seq: u32,
        ack: u32,
        payload: &[u8],
        payload_len: u32,
    ) {
        self.packet += 1;
        self.nanoseconds += 1_000;
        let (source, destination) = match from {
            Direction::ToServer => (self.client, self.server),
            Direction::ToClient => (self.server, self.client),
        };
        self.identification = self.identification.map(|it| it.wrapping_add(1));
        let segment = Segment {
            path: self.path,
            source,
            destination,
            identification: self.identification,
            seq,
            ack: flags.ack().then_some(ack),
            flags,
            payload,
            payload_len,
            packet: PacketId { source: SourceId(self.source), number: self.packet },
            timestamp: Timestamp(self.nanoseconds),
        };
        let Wire { table, said, last_info, interest, .. } = self;
        table.segment(&segment, &mut |_, info, event| {
            said.push(words(&event));
            *last_info = Some(*info);
            *interest
        });
    }

    fn client(&mut self, seq: u32, ack: u32, payload: &[u8]) {
        self.send(Direction::ToServer, TcpFlags::ACK, seq, ack, payload);
    }

    fn server(&mut self, seq: u32, ack: u32, payload: &[u8]) {
        self.send(Direction::ToClient, TcpFlags::ACK, seq, ack, payload);
    }

    fn handshake(&mut self, client: u32, server: u32) {
        self.send(Direction::ToServer, TcpFlags::SYN, client, 0, b"");
        self.send(Direction::ToClient, SYN_ACK, server, client.wrapping_add(1), b"");
        self.client(client.wrapping_add(1), server.wrapping_add(1), b"");
    }

    fn finish(&mut self) {
        let Wire { table, said, last_info, .. } = self;
        table.finish(&mut |_, info, event| {
            said.push(words(&event));
            *last_info = Some(*info);
            Interest::Continue
        });
    }

    /// What was said since the last call.
    fn heard(&mut self) -> Vec<String> {
        std::mem::take(&mut self.said)
    }
}

fn words(event: &StreamEvent<'_>) -> String {
    let arrow = |direction: &Direction| match direction {
        Direction::ToServer => '>',
        Direction::ToClient => '<',
    };
    match event {
        StreamEvent::Data { direction, bytes, .. } => {
            assert!(!bytes.is_empty());
            format!("{}{}", arrow(direction), String::from_utf8_lossy(bytes))
        }
        StreamEvent::Gap { direction, len, cause, .. } => {
            let cause = if *cause == GapCause::Lost { "lost" } else { "cut" };
            format!("{}{len} {cause}", arrow(direction))
        }
        StreamEvent::End { direction } => format!("{}end", arrow(direction)),
        StreamEvent::Closed => "closed".to_owned(),
    }
}

#[test]
fn a_conversation_in_order() {
    let mut wire = Wire::new(&Limits::DEFAULT);
    wire.handshake(100, 900);
    wire.client(101, 901, b"ask");
    wire.server(901, 104, b"answer");
    wire.send(Direction::ToServer, FIN_ACK, 104, 907, b"!");
    wire.send(Direction::ToClient, FIN_ACK, 907, 106, b"");
    assert_eq!(wire.heard(), [">ask", "<answer", ">!", ">end", "<end"]);
    let info = wire.last_info.unwrap();
    assert_eq!((info.key.client, info.key.server), (wire.client, wire.server));
    assert!(info.start_seen.to_server && info.start_seen.to_client);
    assert_eq!(info.first_packet.number, 1);
    wire.finish();
    assert_eq!(wire.heard(), ["closed"]);
}

#[test]
fn handshakes_alone_are_not_reported() {
    let mut wire = Wire::new(&Limits::DEFAULT);
    wire.handshake(100, 900);
    wire.send(Direction::ToServer, TcpFlags::RST, 101, 0, b"");
    wire.finish();
    assert_eq!(wire.heard(), [""; 0]);
    assert_eq!(wire.table.counters().flows, 1);
}

#[test]
fn late_duplicate_and_overlapping_segments() {
    let mut wire = Wire::new(&Limits::DEFAULT);
    wire.handshake(u32::MAX - 3, 900);
    wire.client(u32::MAX - 2, 901, b"ab");
    wire.client(2, 901, b"fg");
    wire.client(u32::MAX - 2, 901, b"abc");
    wire.client(1, 901, b"efghi");
    wire.client(0, 901, b"d");
    wire.client(u32::MAX - 3, 901, b"?");
    assert_eq!(wire.heard(), [">ab", ">c", ">d", ">e", ">fg", ">hi"]);
    assert_eq!(wire.table.counters().retransmitted, 1);
    assert_eq!(wire.table.counters().conflicting, 0);
    assert_eq!(wire.table.held_bytes(), 0);
}

#[test]
fn a_cut_segment_keeps_its_place() {
    let mut wire = Wire::new(&Limits::DEFAULT);
    wire.handshake(100, 900);
    wire.send_cut(Direction::ToServer, TcpFlags::ACK, 107, 901, b"x", 3);
    wire.send_cut(Direction::ToServer, TcpFlags::ACK, 101, 901, b"ab", 6);
    wire.send_cut(Direction::ToServer, TcpFlags::ACK, 110, 901, b"", 4);
    wire.client(114, 901, b"on");
    assert_eq!(wire.heard(), [">ab", ">4 cut", ">x", ">2 cut", ">4 cut", ">on"]);
    assert_eq!(wire.table.counters().cut_bytes, 10);
}

#[test]
fn a_hole_that_was_acknowledged_is_a_gap_after_a_while() {
    let mut wire = Wire::new(&Limits::DEFAULT);
    wire.handshake(100, 900);
    wire.client(111, 901, b"after");
    wire.server(901, 116, b"ok");
    assert_eq!(wire.heard(), ["<ok"]);
    for _ in 0..70 {
        wire.server(903, 116, b"");
    }
    assert_eq!(wire.heard(), [">10 lost", ">after"]);
    wire.client(126, 903, b"later");
    wire.server(903, 131, b"");
    for _ in 0..20 {
        wire.server(903, 131, b"");
    }
    wire.nanoseconds += 1_000_000_000;
    wire.client(131, 903, b"!");
    assert_eq!(wire.heard(), [">10 lost", ">later", ">!"]);
    assert_eq!((wire.table.counters().gaps, wire.table.counters().lost_bytes), (2, 20));
}

#[test]
fn a_hole_that_the_peer_waits_for_too_stays_open() {
    let mut wire = Wire::new(&Limits::DEFAULT);
    wire.handshake(100, 900);
    wire.client(104, 901, b"second");
    for _ in 0..1_000 {
        wire.server(901, 101, b"");
    }
    wire.nanoseconds += 3_000_000_000;
    wire.client(101, 901, b"one");
    assert_eq!(wire.heard(), [">one", ">second"]);
}

#[test]
fn one_sided_captures_do_not_wait_for_ever() {
    let mut wire = Wire::new(&Limits::DEFAULT);
    wire.send(Direction::ToServer, TcpFlags::SYN, 100, 0, b"");
    wire.client(111, 901, b"after");
    wire.nanoseconds += 6_000_000_000;
    wire.client(116, 901, b"!");
    assert_eq!(wire.heard(), [">10 lost", ">after", ">!"]);
}

#[test]
fn a_start_in_the_middle_takes_the_port_for_the_server() {
    let mut wire = Wire::new(&Limits::DEFAULT);
    wire.server(900, 500, b"answer");
    wire.client(500, 906, b"ask");
    wire.finish();
    assert_eq!(wire.heard()[..2], ["<answer", ">ask"]);
    let info = wire.last_info.unwrap();
    assert_eq!(info.key.server, wire.server);
    assert!(!info.start_seen.to_server && !info.start_seen.to_client);
}

#[test]
fn the_first_segments_may_be_out_of_order() {
    let mut wire = Wire::new(&Limits::DEFAULT);
    wire.client(503, 906, b"second");
    wire.server(906, 509, b"2");
    wire.client(500, 900, b"one");
    wire.server(900, 503, b"answer");
    wire.client(509, 907, b"third");
    assert_eq!(wire.heard(), [""; 0]);
    for _ in 0..3 {
        wire.server(907, 514, b"");
    }
    assert_eq!(wire.heard(), [">one", ">second", "<answer", "<2", ">third"]);
    wire.client(514, 907, b"!");
    assert_eq!(wire.heard(), [">!"]);
}

#[test]
fn syns_after_the_data_tell_where_it_starts() {
    let mut wire = Wire::new(&Limits::DEFAULT);
    wire.client(104, 901, b"second");
    wire.send(Direction::ToClient, SYN_ACK, 900, 101, b"");
    wire.send(Direction::ToServer, TcpFlags::SYN, 100, 0, b"");
    assert_eq!(wire.heard(), [""; 0]);
    wire.client(101, 901, b"one");
    assert_eq!(wire.heard(), [">one", ">second"]);
    let start_seen = wire.last_info.unwrap().start_seen;
    assert!(start_seen.to_server && start_seen.to_client);
}

#[test]
fn what_was_under_way_when_the_capture_began_is_not_lost() {
    let mut wire = Wire::new(&Limits::DEFAULT);
    wire.client(500, 900, b"ask");
    wire.server(1_000, 503, b"late");
    wire.server(1_004, 503, b"r");
    wire.finish();
    assert_eq!(wire.heard(), [">ask", "<late", "<r", ">end", "<end", "closed"]);
    assert_eq!(wire.table.counters().gaps, 0);
}

#[test]
fn new_syns_with_other_numbers_are_a_new_connection() {
    let mut wire = Wire::new(&Limits::DEFAULT);
    wire.handshake(100, 900);
    wire.client(101, 901, b"one");
    wire.handshake(70_000, 80_000);
    wire.client(70_001, 80_001, b"two");
    assert_eq!(wire.heard(), [">one", ">end", "closed", ">two"]);
    wire.send(Direction::ToServer, TcpFlags::SYN, 70_000, 0, b"");
    wire.client(70_004, 80_001, b"three");
    assert_eq!(wire.heard(), [">three"]);
    assert_eq!(wire.table.counters().flows, 2);
}

#[test]
fn a_new_connection_whose_syns_are_missing_is_seen_by_its_numbers() {
    let mut wire = Wire::new(&Limits::DEFAULT);
    wire.handshake(100, 900);
    wire.client(101, 901, b"one");
    wire.server(901, 104, b"1");
    wire.client(3_000_000_000, 2_000_000_000, b"two");
    wire.server(2_000_000_000, 3_000_000_003, b"2");
    wire.nanoseconds += 1_000_000_000;
    wire.server(2_000_000_001, 3_000_000_003, b"");
    assert_eq!(wire.heard(), [">one", "<1", ">end", "<end", "closed", ">two", "<2"]);
}

#[test]
fn one_stray_segment_changes_nothing_and_two_that_follow_are_a_gap() {
    let mut wire = Wire::new(&Limits::DEFAULT);
    wire.handshake(100, 900);
    wire.client(101, 901, b"one");
    wire.client(500_000_104, 901, b"stray");
    wire.client(104, 901, b"two");
    assert_eq!(wire.heard(), [">one", ">two"]);
    wire.client(500_000_107, 901, b"far");
    wire.client(500_000_110, 901, b"away");
    assert_eq!(wire.heard(), [">500000003 lost", ">away"]);
}

#[test]
fn a_syn_that_comes_late_belongs_to_its_connection() {
    let mut wire = Wire::new(&Limits::DEFAULT);
    for place in 0..10 {
        wire.client(101 + place, 901, b"x");
    }
    wire.send(Direction::ToClient, SYN_ACK, 900, 101, b"");
    wire.send(Direction::ToServer, TcpFlags::SYN, 100, 0, b"");
    wire.server(901, 111, b"two");
    assert_eq!(wire.heard()[9..], [">x", "<two"]);
    assert!(wire.last_info.unwrap().start_seen.to_client);
}

#[test]
fn roles_follow_syn_where_the_ports_say_otherwise() {
    let mut wire = Wire::new(&Limits::DEFAULT);
    (wire.client, wire.server) = (wire.server, wire.client);
    wire.handshake(100, 900);
    wire.client(101, 901, b"ask");
    assert_eq!(wire.heard(), [">ask"]);
    assert_eq!(wire.last_info.unwrap().key.client, wire.client);
}

#[test]
fn nothing_is_said_of_an_ignored_connection_until_it_is_another() {
    let mut wire = Wire::new(&Limits::DEFAULT);
    wire.handshake(100, 900);
    wire.interest = Interest::Ignore;
    wire.client(101, 901, b"GET /");
    wire.client(110, 901, b"more");
    wire.server(901, 106, b"HTTP");
    wire.send(Direction::ToServer, TcpFlags::RST, 106, 0, b"");
    assert_eq!(wire.heard(), [">GET /"]);
    wire.interest = Interest::Continue;
    wire.handshake(100, 900);
    wire.client(101, 901, b"again");
    assert_eq!(wire.heard(), [""; 0]);
    wire.handshake(200, 950);
    wire.client(201, 951, b"other");
    assert_eq!(wire.heard(), [">other"]);
    assert_eq!(wire.table.held_bytes(), 0);
}

#[test]
fn a_reset_closes_after_what_came_out_of_order() {
    let mut wire = Wire::new(&Limits::DEFAULT);
    wire.handshake(100, 900);
    wire.client(101, 901, b"one");
    wire.send(Direction::ToServer, TcpFlags::RST, 107, 0, b"");
    wire.client(104, 901, b"two");
    assert_eq!(wire.heard(), [">one", ">two"]);
    wire.nanoseconds += 3_000_000_000;
    wire.client(107, 901, b"late");
    assert_eq!(wire.heard(), [">end", "closed"]);
}

#[test]
fn the_end_of_a_stream_shows_what_is_missing_before_it() {
    let mut wire = Wire::new(&Limits::DEFAULT);
    wire.handshake(100, 900);
    wire.client(101, 901, b"one");
    wire.send(Direction::ToServer, FIN_ACK, 114, 901, b"");
    wire.server(901, 115, b"ok");
    wire.server(903, 115, b"");
    wire.finish();
    assert_eq!(wire.heard(), [">one", "<ok", ">10 lost", ">end", "<end", "closed"]);
}

#[test]
fn memory_of_a_direction_is_bounded() {
    let limits = Limits { pending_bytes_per_direction: 4_000, ..Limits::DEFAULT };
    let mut wire = Wire::new(&limits);
    wire.handshake(100, 900);
    for i in 0..1_000_u32 {
        wire.client(111 + 20 * i, 901, &[b'x'; 10]);
        assert!(wire.table.held_bytes() <= 4_000);
    }
    assert!(wire.table.counters().gaps_by_limit > 900);
}

#[test]
fn memory_of_all_connections_is_bounded_and_the_oldest_gives_way() {
    let limits = Limits { pending_bytes: 40_000, flows: 50, ..Limits::DEFAULT };
    let mut wire = Wire::new(&limits);
    for port in 1..=200 {
        wire.client.set_port(1_000 + port);
        wire.handshake(100, 900);
        for i in 0..10 {
            wire.client(111 + 200 * i, 901, &[b'x'; 100]);
            assert!(wire.table.held_bytes() <= 40_000);
        }
    }
    let counters = wire.table.counters();
    assert_eq!(counters.flows, 200);
    assert_eq!(counters.flows_evicted, 150);
    assert!(counters.gaps_by_limit > 0);
    wire.finish();
    assert_eq!(wire.heard().iter().filter(|word| *word == "closed").count(), 200);
    assert_eq!(wire.table.held_bytes(), 0);
}

#[test]
fn what_is_in_use_is_not_forgotten() {
    let mut wire = Wire::new(&Limits { flows: 64, ..Limits::DEFAULT });
    wire.handshake(100, 900);
    for i in 0..1_000 {
        wire.client.set_port(50_000);
        wire.client(101 + i, 901, b"x");
        wire.client.set_port(1_000 + i as u16);
        wire.send(Direction::ToServer, TcpFlags::SYN, 7, 0, b"");
    }
    assert_eq!(wire.heard().len(), 1_000);
}

/// Pieces that cover `len` bytes: cut at random, some of them twice or overlapping, in an order
/// that is not too far from the right one.
fn shuffled(len: usize) -> impl Strategy<Value = Vec<(usize, usize)>> {
    let cuts = prop::collection::vec(0..len, 0..20);
    let extra = prop::collection::vec((0..len, 1..len), 0..8);
    (cuts, extra)
        .prop_map(move |(mut cuts, extra)| {
            cuts.extend([0, len]);
            cuts.sort_unstable();
            cuts.dedup();
            let mut pieces: Vec<(usize, usize)> =
                cuts.windows(2).map(|cut| (cut[0], cut[1])).collect();
            pieces.extend(extra.into_iter().map(|(from, n)| (from, (from + n).min(len))));
            pieces
        })
        .prop_flat_map(|pieces| Just(pieces).prop_shuffle())
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_order_of_pieces_gives_the_stream(pieces in shuffled(200), initial in any::<u32>()) {
        let initial = if initial % 2 == 0 { initial.wrapping_sub(initial % 300) } else { initial };
        let stream: Vec<u8> = (0..200).map(|i| b'a' + i % 26).collect();
        let mut wire = Wire::new(&Limits::DEFAULT);
        wire.handshake(initial, 900);
        for (from, to) in pieces {
            let seq = initial.wrapping_add(1).wrapping_add(from as u32);
            wire.client(seq, 901, &stream[from..to]);
        }
        let heard: String = wire.heard().iter().map(|word| &word[1..]).collect();
        prop_assert_eq!(heard.as_bytes(), stream);
        prop_assert_eq!(wire.table.held_bytes(), 0);
        prop_assert_eq!(wire.table.counters().conflicting, 0);
    }

    /// The model: one cell for each place of the stream, filled by whoever comes first.
    #[test]
    fn any_segments_give_what_a_row_of_cells_gives(
        segments in prop::collection::vec((0_u32..200, 1_u32..40, 0_u32..60, b'a'..=b'z'), 1..40),
        initial in any::<u32>(),
    ) {
        let mut cells = [b'.'; 300];
        let mut wire = Wire::new(&Limits::DEFAULT);
        wire.handshake(initial, 900);
        for (start, len, captured, byte) in segments {
            let payload = vec![byte; captured.min(len) as usize];
            let seq = initial.wrapping_add(1).wrapping_add(start);
            wire.send_cut(Direction::ToServer, TcpFlags::ACK, seq, 901, &payload, len);
            for place in start..start + len {
                let cell = &mut cells[place as usize];
                if *cell == b'.' {
                    *cell = if place - start < captured { byte } else { b'#' };
                }
            }
        }
        wire.finish();
        let mut heard = String::new();
        for word in wire.heard() {
            match word.strip_suffix(" lost").or(word.strip_suffix(" cut")) {
                Some(len) => {
                    let fill = if word.ends_with("lost") { "." } else { "#" };
                    heard.push_str(&fill.repeat(len[1..].parse().unwrap()));
                }
                None if word == ">end" || word == "closed" => {}
                None => heard.push_str(&word[1..]),
            }
        }
        let cells = String::from_utf8(cells.to_vec()).unwrap();
        prop_assert_eq!(heard, cells.trim_end_matches('.'));
    }

    /// Whatever the headers say, nothing breaks and memory stays bounded.
    #[test]
    fn hostile_segments_do_no_harm(
        segments in prop::collection::vec(
            (any::<bool>(), any::<u8>(), any::<u32>(), any::<u32>(), 0_usize..50, any::<u32>(), 0_u16..4),
            0..200,
        ),
        near in any::<bool>(),
    ) {
        let limits = Limits {
            flows: 3,
            pending_bytes: 2_000,
            pending_bytes_per_direction: 1_000,
            ..Limits::DEFAULT
        };
        let mut wire = Wire::new(&limits);
        for (way, flags, seq, ack, len, more, port) in segments {
            wire.client.set_port(port);
            let direction = if way { Direction::ToServer } else { Direction::ToClient };
            let (seq, ack) = if near { (seq % 500, ack % 500) } else { (seq, ack) };
            let flags = TcpFlags(if near { flags & 0x17 } else { flags });
            let payload_len = if near { len as u32 } else { more };
            wire.send_cut(direction, flags, seq, ack, &[b'x'; 50][..len], payload_len);
            prop_assert!(wire.table.held_bytes() <= 2_000);
        }
        wire.finish();
        prop_assert_eq!(wire.table.held_bytes(), 0);
    }
}
