//! Connections under VLANs and tunnels, and packets that were recorded twice.

use proptest::prelude::{ProptestConfig, any, prop, prop_assert, prop_assert_eq, proptest};

use super::{Direction, FIN_ACK, SYN_ACK, Wire};
use crate::flow::Interest;
use crate::limits::Limits;
use crate::net::path::Path;
use crate::net::tcp::TcpFlags;

const ONE: Path = Path(0x0100);
const OTHER: Path = Path(0x0200);

impl Wire {
    /// What follows comes by `path`.
    fn by(&mut self, path: Path) -> &mut Wire {
        self.path = path;
        self
    }

    /// What follows is recorded by each of `paths`, one after the other, as one packet.
    fn recorded(&mut self, paths: &[Path], send: impl Fn(&mut Wire)) {
        let identification = self.identification;
        for path in paths {
            self.identification = identification;
            send(self.by(*path));
        }
    }

    fn twice(&self) -> u64 {
        self.table.counters().recorded_twice
    }
}

#[test]
fn other_contents_under_another_path_are_another_connection() {
    let mut wire = Wire::new(&Limits::DEFAULT);
    wire.by(ONE).handshake(100, 900);
    wire.by(OTHER).handshake(5_000_000, 7_000_000);
    wire.by(ONE).client(101, 901, b"one");
    wire.by(OTHER).client(5_000_001, 7_000_001, b"other");
    wire.by(OTHER).server(7_000_001, 5_000_006, b"OTHER");
    wire.by(ONE).server(901, 104, b"ONE");
    assert_eq!(wire.heard(), [">one", ">other", "<OTHER", "<ONE"]);
    assert_eq!(wire.last_info.unwrap().path, ONE);
    assert_eq!((wire.table.counters().flows, wire.twice()), (2, 0));
    assert_eq!(wire.table.counters().out_of_window, 0);
}

#[test]
fn connections_that_begin_with_the_same_numbers_are_told_apart_by_what_they_say() {
    let mut wire = Wire::new(&Limits::DEFAULT);
    wire.by(ONE).handshake(100, 900);
    wire.by(OTHER).handshake(100, 900);
    wire.by(ONE).client(101, 901, b"a long way to say one thing");
    wire.by(OTHER).client(101, 901, b"a long way to say another  ");
    wire.by(ONE).client(128, 901, b"!");
    wire.by(OTHER).client(128, 901, b"?");
    let heard = wire.heard();
    assert_eq!(heard[1..], [">a long way to say another  ", ">!", ">?"]);
}

#[test]
fn a_connection_whose_start_is_another_ones_too_is_told_apart_where_they_part() {
    let mut wire = Wire::new(&Limits::DEFAULT);
    wire.recorded(&[ONE, OTHER], |wire| wire.handshake(100, 900));
    wire.recorded(&[ONE, OTHER], |wire| wire.client(101, 901, b"hello"));
    wire.by(ONE).client(106, 901, b"alice");
    wire.by(OTHER).client(106, 901, b"bobby");
    wire.by(ONE).client(111, 901, b"1");
    wire.by(OTHER).client(111, 901, b"2");
    for _ in 0..8 {
        wire.by(OTHER).server(901, 112, b"");
    }
    assert_eq!(wire.heard(), [">hello", ">alice", ">1", ">bobby", ">2"]);
}

#[test]
fn one_packet_recorded_under_two_paths_is_taken_once() {
    let mut wire = Wire::new(&Limits::DEFAULT);
    wire.recorded(&[ONE, OTHER], |wire| wire.send(Direction::ToServer, TcpFlags::SYN, 100, 0, b""));
    wire.recorded(&[ONE, OTHER], |wire| wire.send(Direction::ToClient, SYN_ACK, 900, 101, b""));
    wire.recorded(&[ONE, OTHER], |wire| wire.client(101, 901, b""));
    wire.recorded(&[ONE, OTHER], |wire| wire.client(101, 901, b"ask"));
    wire.recorded(&[OTHER, ONE], |wire| wire.server(901, 104, b"answer"));
    wire.recorded(&[OTHER, ONE], |wire| wire.client(104, 907, b"more"));
    // Each recording lacks a packet that the other has.
    wire.recorded(&[OTHER], |wire| wire.client(108, 907, b"and"));
    wire.recorded(&[ONE], |wire| wire.client(111, 907, b"more"));
    wire.finish();
    let expected = [">ask", "<answer", ">more", ">and", ">more", ">end", "<end", "closed"];
    assert_eq!(wire.heard(), expected);
    assert_eq!((wire.twice(), wire.table.counters().retransmitted), (6, 0));
    assert!(wire.last_info.unwrap().start_seen.to_client);
}

#[test]
fn recordings_that_begin_in_the_middle_are_taken_once() {
    let mut wire = Wire::new(&Limits::DEFAULT);
    for place in 0..20 {
        wire.recorded(&[ONE, OTHER], |wire| wire.client(500 + place, 900, b"x"));
    }
    wire.recorded(&[OTHER], |wire| wire.client(520, 900, b"y"));
    wire.recorded(&[ONE], |wire| wire.client(521, 900, b"z"));
    wire.finish();
    let heard: String = wire.heard().iter().filter(|it| it.len() == 2).map(|it| &it[1..]).collect();
    assert_eq!(heard, "x".repeat(20) + "yz");
    assert_eq!(wire.twice(), 20);
}

#[test]
fn the_two_directions_may_have_paths_of_their_own() {
    let mut wire = Wire::new(&Limits::DEFAULT);
    wire.by(ONE).send(Direction::ToServer, TcpFlags::SYN, 100, 0, b"");
    wire.by(OTHER).send(Direction::ToClient, SYN_ACK, 900, 101, b"");
    wire.by(ONE).client(101, 901, b"ask");
    wire.by(OTHER).server(901, 104, b"answer");
    wire.by(ONE).client(104, 907, b"more");
    assert_eq!(wire.heard(), [">ask", "<answer", ">more"]);
    assert_eq!(wire.last_info.unwrap().path, ONE);
    assert_eq!(wire.table.counters().flows, 1);
}

#[test]
fn paths_of_their_own_in_the_middle_and_the_server_first() {
    let mut wire = Wire::new(&Limits::DEFAULT);
    wire.by(OTHER).server(900, 500, b"answer");
    wire.by(ONE).client(500, 906, b"ask");
    wire.by(OTHER).server(906, 503, b"again");
    wire.finish();
    assert_eq!(wire.heard()[..3], ["<answer", ">ask", "<again"]);
    assert_eq!(wire.last_info.unwrap().path, ONE);
    assert_eq!(wire.table.counters().flows, 1);
}

#[test]
fn a_connection_that_changes_its_path_goes_on() {
    let mut wire = Wire::new(&Limits::DEFAULT);
    wire.by(ONE).handshake(100, 900);
    wire.client(101, 901, b"ask");
    wire.server(901, 104, b"answer");
    wire.by(OTHER).client(104, 907, b"rerouted");
    wire.server(907, 112, b"yes");
    wire.by(ONE).client(112, 910, b"and back");
    assert_eq!(wire.heard(), [">ask", "<answer", ">rerouted", "<yes", ">and back"]);
    assert_eq!(wire.table.counters().flows, 1);
}

#[test]
fn a_new_connection_by_one_of_two_paths_is_seen() {
    let mut wire = Wire::new(&Limits::DEFAULT);
    wire.recorded(&[ONE, OTHER], |wire| wire.handshake(100, 900));
    wire.recorded(&[ONE, OTHER], |wire| wire.client(101, 901, b"one"));
    wire.recorded(&[ONE, OTHER], |wire| wire.send(Direction::ToServer, FIN_ACK, 104, 901, b""));
    wire.nanoseconds += 5_000_000_000;
    wire.recorded(&[OTHER, ONE], |wire| wire.handshake(70_000, 80_000));
    wire.recorded(&[OTHER, ONE], |wire| wire.client(70_001, 80_001, b"two"));
    wire.finish();
    let heard = wire.heard();
    assert_eq!(heard.iter().filter(|word| *word == ">two").count(), 1, "{heard:?}");
    assert_eq!(heard.iter().filter(|word| *word == "closed").count(), 2, "{heard:?}");
}

#[test]
fn a_packet_sent_again_is_not_one_recorded_twice() {
    let mut wire = Wire::new(&Limits::DEFAULT);
    wire.handshake(100, 900);
    wire.recorded(&[Path::PLAIN, Path::PLAIN], |wire| wire.client(101, 901, b"one"));
    wire.client(101, 901, b"one");
    wire.nanoseconds += 1_000_000_000;
    wire.recorded(&[Path::PLAIN, Path::PLAIN], |wire| wire.client(101, 901, b"one"));
    let counters = wire.table.counters();
    assert_eq!((counters.recorded_twice, counters.retransmitted), (2, 2));
    assert_eq!(wire.heard(), [">one"]);
}

#[test]
fn an_identification_comes_again_after_a_second() {
    let mut wire = Wire::new(&Limits::DEFAULT);
    wire.handshake(100, 900);
    wire.client(101, 901, b"one");
    wire.nanoseconds += 1_000_000_000;
    wire.identification = wire.identification.map(|it| it - 1);
    wire.client(101, 901, b"one");
    assert_eq!((wire.twice(), wire.table.counters().retransmitted), (0, 1));
}

#[test]
fn without_an_identification_only_what_follows_at_once_was_recorded_twice() {
    for absent in [None, Some(0)] {
        let mut wire = Wire::new(&Limits::DEFAULT);
        let client = |wire: &mut Wire, seq, ack, bytes: &[u8]| {
            wire.identification = absent.map(|_| u16::MAX);
            wire.client(seq, ack, bytes);
        };
        wire.handshake(100, 900);
        client(&mut wire, 101, 901, b"one");
        client(&mut wire, 101, 901, b"one");
        assert_eq!(wire.twice(), 1);
        // Sent again after acknowledgments, and after a pause.
        for _ in 0..3 {
            wire.server(901, 101, b"");
        }
        client(&mut wire, 101, 901, b"one");
        wire.nanoseconds += 20_000_000;
        client(&mut wire, 101, 901, b"one");
        // Acknowledgments that repeat are how TCP asks for what is missing.
        client(&mut wire, 104, 901, b"");
        client(&mut wire, 104, 901, b"");
        assert_eq!((wire.twice(), wire.table.counters().retransmitted), (1, 2), "{absent:?}");
    }
}

#[test]
fn two_captures_of_the_same_traffic_are_taken_once_however_far_apart_their_clocks_are() {
    for apart in [0, 300_000_000, 30_000_000_000] {
        let mut wire = Wire::new(&Limits::DEFAULT);
        let identification = wire.identification;
        for source in 0..2 {
            (wire.source, wire.identification) = (source, identification);
            wire.handshake(100, 900);
            wire.client(101, 901, b"one");
            wire.server(901, 104, b"1");
            wire.client(104, 902, b"two");
            wire.nanoseconds += apart;
        }
        assert_eq!(wire.heard(), [">one", "<1", ">two"]);
        let counters = wire.table.counters();
        assert_eq!((counters.flows, counters.retransmitted), (1, 0));
        // Beyond a second only what carries data tells.
        assert_eq!(counters.recorded_twice, if apart < 1_000_000_000 { 6 } else { 3 });
    }
}

#[test]
fn thousands_of_paths_between_two_ends_are_bounded_and_counted() {
    let limits = Limits { paths_per_flow: 8, ..Limits::DEFAULT };
    let mut wire = Wire::new(&limits);
    for path in 1..=2_000 {
        let initial = (path as u32).wrapping_mul(0x9e37_79b1);
        wire.by(Path(path)).client(initial, !initial, b"bytes");
        assert!(wire.table.slots.len() <= 8);
    }
    wire.finish();
    let heard = wire.heard();
    assert_eq!(heard.iter().filter(|word| *word == ">bytes").count(), 2_000);
    assert_eq!(heard.iter().filter(|word| *word == "closed").count(), 2_000);
    assert_eq!(wire.table.counters().paths_evicted, 1_992);
    assert_eq!(wire.table.held_bytes(), 0);
}

#[test]
fn what_smb_was_found_in_is_forgotten_last() {
    let mut wire = Wire::new(&Limits { flows: 64, ..Limits::DEFAULT });
    wire.interest = Interest::Keep;
    wire.handshake(100, 900);
    wire.client(101, 901, b"x");
    wire.interest = Interest::Continue;
    let client = wire.client;
    for port in 1_000..9_000 {
        wire.client.set_port(port);
        wire.client(7, 7, b"data");
    }
    wire.client = client;
    wire.heard();
    wire.client(102, 901, b"y");
    assert_eq!(wire.heard(), [">y"]);
    assert_eq!(wire.last_info.unwrap().first_packet.number, 1);
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    /// A conversation recorded by up to three paths at once, each of which misses some packets and
    /// has others late, is the same as the one without paths.
    #[test]
    fn recordings_by_several_paths_give_the_streams_once(
        copies in prop::collection::vec(prop::collection::vec(0_usize..3, 1..4), 1..60),
        with_syn in any::<bool>(),
    ) {
        let mut wire = Wire::new(&Limits::DEFAULT);
        let paths = [ONE, OTHER, Path(3)];
        if with_syn {
            wire.recorded(&paths, |wire| wire.send(Direction::ToServer, TcpFlags::SYN, 99, 0, b""));
            wire.recorded(&paths, |wire| wire.send(Direction::ToClient, SYN_ACK, 899, 100, b""));
        } else {
            wire.recorded(&paths, |wire| wire.client(100, 900, b"-"));
            wire.recorded(&paths, |wire| wire.server(900, 101, b"-"));
        }
        let from = u32::from(!with_syn);
        for (place, ways) in (0..).zip(&copies) {
            let ways: Vec<Path> = ways.iter().map(|way| paths[*way]).collect();
            let byte = [b'a' + (place % 26) as u8];
            let (seq, ack) = (100 + from + place, 900 + from + place);
            wire.recorded(&ways, |wire| wire.client(seq, ack, &byte));
            wire.recorded(&ways, |wire| wire.server(ack, seq + 1, &byte));
        }
        wire.finish();
        let heard = wire.heard();
        let said = |side: &str| -> String {
            let words = heard.iter().filter(|word| word.len() == 2 && word.starts_with(side));
            words.map(|word| &word[1..]).filter(|word| *word != "-").collect()
        };
        let all: String =
            (0..copies.len()).map(|place| char::from(b'a' + (place % 26) as u8)).collect();
        prop_assert_eq!(said(">"), all.as_str(), "{:?}", heard);
        prop_assert_eq!(said("<"), all);
        prop_assert_eq!(heard.iter().filter(|word| *word == "closed").count(), 1);
    }

    /// Whatever comes by whatever paths, nothing breaks, and every bound holds.
    #[test]
    fn hostile_paths_do_no_harm(
        segments in prop::collection::vec(
            (any::<bool>(), any::<u8>(), 0_u32..400, 0_u32..400, 0_usize..50, 0_u64..12, 0_u16..3),
            0..300,
        ),
    ) {
        let limits = Limits {
            flows: 12,
            paths_per_flow: 5,
            pending_bytes: 2_000,
            pending_bytes_per_direction: 1_000,
            ..Limits::DEFAULT
        };
        let mut wire = Wire::new(&limits);
        for (way, flags, seq, ack, len, path, port) in segments {
            wire.client.set_port(port);
            let direction = if way { Direction::ToServer } else { Direction::ToClient };
            let flags = TcpFlags(flags & 0x17);
            wire.by(Path(path)).send(direction, flags, seq, ack, &[flags.0; 50][..len]);
            if seq % 7 == 0 {
                wire.identification = wire.identification.map(|it| it.wrapping_sub(1));
                wire.by(Path(path + 1)).send(direction, flags, seq, ack, &[flags.0; 50][..len]);
            }
            prop_assert!(wire.table.slots.len() <= 12);
            prop_assert!(wire.table.held_bytes() <= 2_000);
        }
        wire.finish();
        prop_assert_eq!(wire.table.held_bytes(), 0);
    }
}
