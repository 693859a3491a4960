//! What happens to packets on their way and in a capture must not change what is said of the
//! sessions: each test does one such thing to whole conversations, and compares the sessions with
//! those of the original.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]

#[path = "support/conversation/mod.rs"]
mod conversation;
mod support;
#[path = "damage/wire.rs"]
mod wire;

use std::fs;
use std::net::SocketAddr;

use countersign::report::{Coverage, Protocol, Report, Session, SigningStatus};
use proptest::prelude::{ProptestConfig, any, prop, prop_assert_eq, proptest};
use serde_json::Value;

use self::conversation::smb2::{ENABLED, REQUIRED};
use self::conversation::{CLIENT, Conversation, SERVER, smb1, smb2};
use self::support::{analyze, name_of, samples};
use self::wire::{ACK, FIN, Packet, RST, SYN, file, packets, sessions};

const MILLISECOND: i64 = 1_000_000;
const SECOND: i64 = 1_000 * MILLISECOND;
const HOUR: i64 = 3_600 * SECOND;

/// The conversations to damage, by name: the samples that hold every packet whole, and dialogues.
fn originals() -> Vec<(String, Vec<Packet>)> {
    let mut originals: Vec<(String, Vec<Packet>)> = samples()
        .iter()
        .map(|path| (name_of(path).to_owned(), packets(&fs::read(path).unwrap())))
        .collect();
    let dialogues = [("compounds", compounds()), ("smb1-dialogue", smb1_dialogue())];
    for (name, talk) in dialogues {
        originals.push((name.to_owned(), packets(&talk.capture())));
    }
    // Whoever sends a packet again or twice sends it with the bytes that were cut from this one.
    originals.retain(|(name, _)| !name.starts_with("cut-packets"));
    for (_, packets) in &mut originals {
        assert!(!packets.is_empty());
        for (packet, number) in packets.iter_mut().zip(1..) {
            packet.identification = number;
        }
    }
    originals
}

/// A session with compounds, after a server's address was used before.
fn compounds() -> Conversation {
    let mut talk = Conversation::new();
    talk.connect(CLIENT, SERVER);
    talk.negotiate(ENABLED, REQUIRED, 0x0311).log_on();
    for _ in 0..3 {
        talk.client([smb2::create().signed(), smb2::read().signed()]);
        talk.server([smb2::create().signed(), smb2::read().signed()]);
    }
    talk.both(smb2::logoff().signed());
    talk
}

/// An SMB1 session of which some messages are signed.
fn smb1_dialogue() -> Conversation {
    let mut talk = Conversation::new();
    talk.connect(CLIENT, SERVER);
    talk.negotiate_smb1(smb1::ENABLED).log_on_smb1(7, smb1::WANTS_SIGNING);
    talk.client(smb1::open().signed()).server(smb1::open().signed());
    talk.client(smb1::open()).server(smb1::open());
    talk
}

fn report(packets: &[Packet]) -> Report {
    analyze("damaged.pcap", &file(packets)).unwrap()
}

fn twice(report: &Report) -> u64 {
    report.captures.iter().map(|capture| capture.contents.recorded_twice).sum()
}

/// Every original gives the same sessions after `damage`; `check` sees each report of it.
fn check(damage: impl Fn(Vec<Packet>) -> Vec<Packet>, check: impl Fn(&[Packet], &Report)) {
    let mut n_sessions = 0;
    for (name, original) in originals() {
        let expected = sessions(&report(&original));
        let damaged = damage(original.clone());
        let found = report(&damaged);
        assert_eq!(sessions(&found), expected, "{name}");
        check(&original, &found);
        n_sessions += expected.len();
    }
    assert!(n_sessions > 15);
}

fn same_sessions(damage: impl Fn(Vec<Packet>) -> Vec<Packet>) {
    check(damage, |_, _| {});
}

/// Puts what `with` makes of each packet in its place.
fn each(packets: Vec<Packet>, with: impl FnMut(Packet) -> Vec<Packet>) -> Vec<Packet> {
    packets.into_iter().flat_map(with).collect()
}

#[test]
fn every_packet_is_recorded_twice() {
    check(
        |packets| each(packets, |packet| vec![packet.clone(), packet]),
        |original, found| {
            // Without an Identification an acknowledgment that comes again may be another one.
            let sure =
                original.iter().filter(|it| it.source.is_ipv4() || it.len > 0 || it.has(SYN));
            assert_eq!(twice(found), sure.count() as u64);
        },
    );
}

#[test]
fn every_packet_is_recorded_in_two_vlans() {
    for order in [[10, 20], [20, 10]] {
        check(
            |packets| {
                each(packets, |packet| {
                    let by = |vlan| Packet { vlan: Some(vlan), ..packet.clone() };
                    order.map(by).into()
                })
            },
            |original, found| assert_eq!(twice(found), original.len() as u64),
        );
    }
}

#[test]
fn every_packet_is_recorded_with_its_tag_and_later_without_it() {
    check(
        |packets| {
            let mut both = packets.clone();
            both.extend(packets.into_iter().map(|packet| Packet {
                vlan: Some(10),
                time: packet.time + 400 * MILLISECOND,
                ..packet
            }));
            both.sort_by_key(|packet| packet.time);
            both
        },
        |original, found| assert_eq!(twice(found), original.len() as u64),
    );
}

#[test]
fn a_mirror_port_loses_a_recording_here_and_there() {
    let lossy = |packets: Vec<Packet>, lost: [usize; 2]| {
        let mut place = 0;
        each(packets, |packet| {
            place += 1;
            let by = |vlan| Packet { vlan: Some(vlan), ..packet.clone() };
            match place {
                _ if place % lost[0] == 0 => vec![by(20)],
                _ if place % lost[1] == 0 => vec![by(10)],
                _ => vec![by(10), by(20)],
            }
        })
    };
    for lost in [[2, 3], [3, 4], [5, 7]] {
        same_sessions(|packets| lossy(packets, lost));
    }
}

#[test]
fn each_direction_has_a_vlan_of_its_own() {
    check(
        |packets| {
            each(packets, |packet| {
                let vlan = if packet.is_from_server() { 20 } else { 10 };
                vec![Packet { vlan: Some(vlan), ..packet }]
            })
        },
        |_, found| assert_eq!(twice(found), 0),
    );
}

#[test]
fn the_vlan_changes_in_the_middle() {
    same_sessions(|packets| {
        let middle = packets.len() / 2;
        let moved = packets.into_iter().enumerate();
        moved
            .map(|(place, packet)| Packet { vlan: (place >= middle).then_some(30), ..packet })
            .collect()
    });
}

#[test]
fn other_conversations_have_the_same_ends_in_another_vlan() {
    for (name, original) in originals() {
        let expected = sessions(&report(&original));
        let mut both = original.clone();
        both.extend(original.iter().map(|packet| {
            let mut other = packet.clone();
            other.vlan = Some(99);
            other.seq = other.seq.wrapping_add(1 << 30);
            other.ack = other.ack.wrapping_add(1 << 30);
            other.time += 1_000;
            other
        }));
        both.sort_by_key(|packet| packet.time);
        let found = report(&both);
        let mut twofold = sessions(&found);
        assert_eq!(twofold.len(), 2 * expected.len(), "{name}");
        for session in &mut twofold {
            // That it was recorded by another way too stands at the end of its reasons.
            let is_linked = session["same_as"] != Value::Array(Vec::new());
            session.as_object_mut().unwrap().remove("same_as");
            if is_linked {
                session["verdict"]["why"].as_array_mut().unwrap().pop();
            }
        }
        for mut session in expected {
            session.as_object_mut().unwrap().remove("same_as");
            let count = twofold.iter().filter(|other| **other == session).count();
            assert!(count >= 2, "{name}: {count} of {session:#}");
        }
        assert_eq!(twice(&found), 0, "{name}");
        // A filter by ends and SessionId would select both.
        for session in found.sessions.iter().filter(|it| it.protocol == Protocol::Smb2) {
            let filter = &session.wireshark_filter;
            assert!(filter.starts_with("frame.number in "), "{name}: {filter}");
        }
    }
}

/// The packet as it is on the other side of a NAT and a load balancer, a moment later.
fn translated(packet: &Packet) -> Packet {
    let translate = |end: SocketAddr, is_server: bool| match (end, is_server) {
        (SocketAddr::V4(_), true) => SocketAddr::new("198.51.100.7".parse().unwrap(), end.port()),
        (SocketAddr::V4(_), false) => {
            SocketAddr::new("203.0.113.9".parse().unwrap(), end.port() - 10_000)
        }
        (SocketAddr::V6(_), true) => SocketAddr::new("2001:db8::7".parse().unwrap(), end.port()),
        (SocketAddr::V6(_), false) => {
            SocketAddr::new("2001:db8::9".parse().unwrap(), end.port() - 10_000)
        }
    };
    let is_from_server = packet.is_from_server();
    Packet {
        source: translate(packet.source, is_from_server),
        destination: translate(packet.destination, !is_from_server),
        time: packet.time + 40_000,
        ..packet.clone()
    }
}

#[test]
fn both_sides_of_a_nat_are_captured() {
    let mut n_linked = 0;
    for (name, original) in originals() {
        let mut both = original.clone();
        both.extend(original.iter().map(translated));
        both.sort_by_key(|packet| packet.time);
        let (one, found) = (report(&original), report(&both));
        assert_eq!(found.sessions.len(), 2 * one.sessions.len(), "{name}");
        assert_eq!(twice(&found), 0, "{name}");
        for session in &found.sessions {
            // What began in the middle has nothing to be told by.
            let is_told = !session.coverage.contains(&Coverage::NoSessionSetup);
            assert_eq!(session.same_as.len(), usize::from(is_told), "{name}: {session:#?}");
            let Some(key) = session.same_as.first() else { continue };
            let other = found.sessions.iter().find(|other| other.key == *key).unwrap();
            assert_eq!(other.same_as, [session.key.as_str()], "{name}");
            assert_eq!(other.messages, session.messages, "{name}");
            assert_ne!(other.server.address, session.server.address, "{name}");
            let reason = session.verdict.why.last().unwrap();
            assert!(reason.text.contains(&other.server.address), "{name}: {}", reason.text);
            n_linked += 1;
        }
        assert!(one.sessions.iter().all(|session| session.same_as.is_empty()), "{name}");
    }
    assert!(n_linked > 20);
}

#[test]
fn the_same_logon_again_later_is_another_conversation() {
    for (name, original) in originals() {
        let mut both = original.clone();
        both.extend(
            original.iter().map(|packet| Packet { time: packet.time + HOUR, ..translated(packet) }),
        );
        let found = report(&both);
        assert!(found.sessions.iter().all(|session| session.same_as.is_empty()), "{name}");
    }
}

#[test]
fn every_packet_is_sent_again() {
    check(
        |packets| each(packets, |packet| vec![packet.clone(), packet.sent_again()]),
        // What has no Identification may have been recorded twice.
        |original, found| {
            let n_syns = original.iter().filter(|packet| packet.has(SYN)).count() as u64;
            assert!(twice(found) <= n_syns || original[0].source.is_ipv6());
        },
    );
}

#[test]
fn packets_are_sent_again_late() {
    same_sessions(|packets| {
        let mut late = packets.clone();
        late.extend(
            packets.iter().filter(|packet| packet.len > 0).map(|packet| Packet {
                time: packet.time + 300 * MILLISECOND,
                ..packet.sent_again()
            }),
        );
        late.sort_by_key(|packet| packet.time);
        late
    });
}

#[test]
fn segments_of_one_byte_and_of_a_few() {
    for len in [1, 3, 100, 536] {
        same_sessions(|packets| {
            each(packets, |packet| {
                let starts = (0..packet.len.max(1)).step_by(len);
                starts.map(|from| packet.part(from, packet.len.min(from + len))).collect()
            })
        });
    }
}

#[test]
fn segments_are_put_together() {
    same_sessions(|packets| {
        let mut joined: Vec<Packet> = Vec::new();
        for packet in packets {
            match joined.last_mut() {
                Some(last)
                    if last.source == packet.source
                        && last.destination == packet.destination
                        && last.seq.wrapping_add(last.len as u32) == packet.seq
                        && last.len > 0
                        && !packet.has(SYN | FIN | RST)
                        && last.len + packet.len < 60_000 =>
                {
                    last.payload.extend(packet.payload);
                    last.len += packet.len;
                }
                _ => joined.push(packet),
            }
        }
        joined
    });
}

#[test]
fn segments_overlap() {
    same_sessions(|packets| {
        each(packets, |packet| {
            let (third, two_thirds) = (packet.len / 3, packet.len * 2 / 3);
            if packet.len < 9 {
                return vec![packet];
            }
            vec![
                packet.part(third, two_thirds + 1),
                packet.part(0, third + 2),
                packet.part(third - 1, packet.len),
            ]
        })
    });
}

#[test]
fn sequence_numbers_wrap() {
    same_sessions(|packets| {
        let starts: Vec<(_, u32)> = packets.iter().map(|it| (it.source, it.seq)).collect();
        let shift = |source| {
            let first = starts.iter().find(|(sender, _)| *sender == source);
            // A few bytes before the highest number.
            first.map_or(0, |(_, seq)| 0_u32.wrapping_sub(*seq).wrapping_sub(300))
        };
        each(packets, |packet| {
            let seq = packet.seq.wrapping_add(shift(packet.source));
            let ack = packet.ack.wrapping_add(shift(packet.destination));
            vec![Packet { seq, ack, ..packet }]
        })
    });
}

#[test]
fn packets_change_places() {
    for window in [2, 3, 4] {
        same_sessions(|packets| {
            let (start, rest) = packets.split_at(packets.len().min(3));
            let turned = rest.chunks(window).flat_map(|chunk| chunk.iter().rev());
            start.iter().chain(turned).cloned().collect()
        });
    }
}

/// What one end sent so far, and what it heard.
fn next_numbers(packet: &Packet) -> (u32, u32) {
    let flags = u32::from(packet.has(SYN)) + u32::from(packet.has(FIN));
    (packet.seq.wrapping_add(packet.len as u32 + flags), packet.ack)
}

#[test]
fn keepalives_and_their_answers() {
    for bytes in [&b""[..], b"\0"] {
        same_sessions(|packets| {
            each(packets, |packet| {
                if packet.len == 0 || packet.has(RST | FIN) {
                    return vec![packet];
                }
                let (next, ack) = next_numbers(&packet);
                let mut alive = packet.sent_again();
                (alive.seq, alive.flags) = (next.wrapping_sub(1), ACK);
                (alive.payload, alive.len) = (bytes.to_vec(), bytes.len());
                let mut answer = alive.clone();
                (answer.source, answer.destination) = (alive.destination, alive.source);
                (answer.seq, answer.ack) = (ack, next);
                (answer.payload, answer.len) = (Vec::new(), 0);
                vec![packet, alive, answer]
            })
        });
    }
}

#[test]
fn probes_of_a_closed_window() {
    same_sessions(|packets| {
        each(packets, |packet| {
            if packet.len < 2 {
                return vec![packet];
            }
            // The probe has the next byte, which is not taken and comes again with the others.
            let probes = (0..3).map(|number| {
                let mut probe = packet.part(0, 1);
                probe.identification = probe.identification.wrapping_add(number);
                probe
            });
            probes.chain([packet.clone()]).collect()
        })
    });
}

#[test]
fn urgent_data_stays_in_its_place() {
    same_sessions(|packets| {
        each(packets, |packet| vec![Packet { flags: packet.flags | 0x20, ..packet }])
    });
}

/// The packets with a reset in their middle, and a pause after it.
fn reset(packets: &[Packet], pause: i64) -> Vec<Packet> {
    let (before, after) = packets.split_at(packets.len() / 2);
    let last = before.last().unwrap();
    let (seq, ack) = next_numbers(last);
    let flags = RST | ACK;
    let reset = Packet { seq, ack, flags, payload: Vec::new(), len: 0, ..last.sent_again() };
    let after = after.iter().cloned();
    let after = after.map(|packet| Packet { time: packet.time + pause, ..packet });
    before.iter().cloned().chain([reset]).chain(after).collect()
}

#[test]
fn a_reset_in_the_middle_that_nobody_heeds() {
    same_sessions(|packets| reset(&packets, 0));
}

#[test]
fn a_connection_that_goes_on_long_after_a_reset_has_the_same_sessions() {
    let told = |report: &Report| -> Vec<(Option<String>, SigningStatus, u64)> {
        let sessions = report.sessions.iter();
        let total = |it: &Session| it.messages.from_client.total + it.messages.from_server.total;
        sessions.map(|it| (it.session_id.clone(), it.status, total(it))).collect()
    };
    for (name, original) in originals() {
        // In SMB1 a session belongs to its connection, and that is taken for another one.
        if name.starts_with("smb1") {
            continue;
        }
        for pause in [5 * SECOND, HOUR] {
            let found = report(&reset(&original, pause));
            assert_eq!(told(&found), told(&report(&original)), "{name}");
        }
    }
}

#[test]
fn a_connection_lives_for_hours_without_a_word() {
    same_sessions(|packets| {
        let mut later = 0;
        each(packets, |packet| {
            later += HOUR;
            vec![Packet { time: packet.time + later, ..packet }]
        })
    });
}

#[test]
fn the_clock_is_set_back_in_the_middle() {
    same_sessions(|packets| {
        let middle = packets.len() / 2;
        let moved = packets.into_iter().enumerate();
        let back = |place| if place >= middle { HOUR } else { 0 };
        moved.map(|(place, packet)| Packet { time: packet.time - back(place), ..packet }).collect()
    });
}

#[test]
fn the_first_data_come_with_the_syn() {
    same_sessions(|packets| {
        let mut opened: Vec<Packet> = Vec::new();
        for packet in packets {
            let syn = opened.iter_mut().find(|syn| {
                syn.has(SYN)
                    && syn.len == 0
                    && syn.source == packet.source
                    && syn.destination == packet.destination
                    && syn.seq.wrapping_add(1) == packet.seq
                    && packet.len > 0
                    && !packet.is_from_server()
            });
            match syn {
                Some(syn) => (syn.payload, syn.len) = (packet.payload, packet.len),
                None => opened.push(packet),
            }
        }
        opened
    });
}

#[test]
fn ends_are_used_again_after_a_reset() {
    for (name, original) in originals() {
        // What began in the middle has no start to be told from what came before.
        if !original[0].has(SYN) {
            continue;
        }
        let expected = sessions(&report(&original));
        let last = original.last().unwrap().time;
        let mut both = original.clone();
        both.extend(original.iter().map(|packet| {
            let mut other = packet.clone();
            other.seq = other.seq.wrapping_add(1 << 29);
            other.ack = other.ack.wrapping_add(1 << 29);
            other.time += last - original[0].time + 10 * SECOND;
            other
        }));
        let connections = |report: &Report| report.captures[0].contents.smb_connections;
        let found = report(&both);
        assert_eq!(connections(&found), 2 * connections(&report(&original)), "{name}");
        assert!(found.sessions.len() >= expected.len(), "{name}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, cases: 40, ..ProptestConfig::default() })]

    /// Everything at once, at random: packets cut into several, overlapping, sent again, recorded
    /// twice, captured a little late, with numbers that start anywhere.
    #[test]
    fn anything_at_random(
        choices in prop::collection::vec((0_u8..8, any::<u16>()), 50),
        initial in any::<[u32; 2]>(),
        number in any::<prop::sample::Index>(),
    ) {
        let mut originals = originals();
        let (name, original) = originals.swap_remove(number.index(originals.len()));
        let expected = sessions(&report(&original));
        let mut choices = choices.iter().cycle();
        let mut damaged = Vec::new();
        for (place, packet) in original.into_iter().enumerate() {
            let (choice, number) = *choices.next().unwrap();
            let cut = usize::from(number) % packet.len.max(1);
            let overlap = (cut + usize::from(number % 5)).min(packet.len);
            let parts = match choice {
                0 => vec![packet.clone(), packet],
                1 => vec![packet.clone(), packet.sent_again()],
                2 if packet.len > 1 => vec![packet.part(0, overlap), packet.part(cut, packet.len)],
                3 if packet.len > 1 => vec![packet.part(cut, packet.len), packet.part(0, overlap)],
                4 if packet.len > 1 => vec![packet.part(0, cut), packet],
                _ => vec![packet],
            };
            // Half a place later than the next one, for some: not for what begins a connection.
            let late = if place > 2 && number % 4 == 0 { 15 } else { 0 };
            damaged.extend(parts.into_iter().map(|part| (place * 10 + late, part)));
        }
        damaged.sort_by_key(|(place, _)| *place);
        let shift = |is_server: bool| initial[usize::from(is_server)];
        let damaged: Vec<Packet> = damaged
            .into_iter()
            .map(|(_, packet)| Packet {
                seq: packet.seq.wrapping_add(shift(packet.is_from_server())),
                ack: packet.ack.wrapping_add(shift(!packet.is_from_server())),
                ..packet
            })
            .collect();
        prop_assert_eq!(sessions(&report(&damaged)), expected, "{}", name);
    }
}
