//! The sessions of a capture are the same whatever its packets travel in: each VLAN, tunnel and link
//! alone, in pairs, in fragments outside and inside, and cut by a snap length. Tunnels with the same
//! addresses in them stay apart.

#![allow(
    clippy::indexing_slicing,
    clippy::panic,
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "these lints spare test functions, and not the helpers around them"
)]

#[path = "encapsulations/frames.rs"]
mod frames;
mod support;
#[path = "encapsulations/wrappers.rs"]
mod wrappers;

use std::env;
use std::fs;
use std::path::PathBuf;

use serde_json::Value;

use self::frames::{Frame, file, filled, fragments, frames_of};
use self::support::{analyze, name_of, root, samples};
use self::wrappers::{Carries, IN_ETHERNET, LINKS, Wrapper, frame_of};

/// The report on packets of this link type.
fn report(link_type: u32, packets: &[Frame]) -> Value {
    let report = analyze("wrapped.pcap", &file(link_type, packets)).unwrap();
    serde_json::to_value(report).unwrap()
}

/// Sessions and hosts, which say nothing of what packets came in.
fn findings(report: &Value) -> [&Value; 2] {
    [&report["sessions"], &report["hosts"]]
}

/// Fails where `packets` give other sessions or hosts than `original`, which has some.
fn same_findings(what: &str, original: &Value, link_type: u32, packets: &[Frame]) {
    let found = report(link_type, packets);
    assert!(!original["sessions"].as_array().unwrap().is_empty(), "{what}: nothing to compare");
    if findings(&found) != findings(original) {
        panic!("{what}: other findings; the packets were {}", found["captures"][0]["contents"]);
    }
}

/// Every sample, as Ethernet frames.
fn originals() -> Vec<(String, Vec<Frame>)> {
    let samples = samples();
    samples.iter().map(|path| (name_of(path).to_owned(), frames_of(path))).collect()
}

/// The frames that `wrapper` takes in it, and a frame that holds nothing for each other one, so that
/// numbers stay.
fn wrapped(wrapper: &Wrapper, frames: &[Frame], key: u8) -> Vec<Frame> {
    frames
        .iter()
        .map(|frame| match wrapper.takes(&frame.bytes) {
            true => {
                let mut packet = frame.with((wrapper.wrap)(&frame.bytes, key));
                if frame.missing > 0 {
                    packet.missing += wrapper.trailer;
                }
                packet
            }
            false => frame.with(vec![0; 14]),
        })
        .collect()
}

/// The frames that `wrapper` takes, with others made to hold nothing.
fn taken(wrapper: &Wrapper, frames: &[Frame]) -> Vec<Frame> {
    let kept = |frame: &Frame| match wrapper.takes(&frame.bytes) {
        true => frame.clone(),
        false => frame.with(frame_of([8, 6], &[])),
    };
    frames.iter().map(kept).collect()
}

fn has_ip_of(wrapper: &Wrapper, frames: &[Frame]) -> bool {
    frames.iter().filter(|frame| wrapper.takes(&frame.bytes)).count() > 8
}

#[test]
fn each_alone() {
    for (name, frames) in originals() {
        for wrapper in IN_ETHERNET.iter().chain(LINKS) {
            if !has_ip_of(wrapper, &frames) {
                continue;
            }
            let original = report(1, &taken(wrapper, &frames));
            let what = format!("{name} in {}", wrapper.name);
            let packets = wrapped(wrapper, &frames, 5);
            same_findings(&what, &original, wrapper.link_type, &packets);
            if !wrapper.counted_as.is_empty() {
                let found = report(wrapper.link_type, &packets);
                let count = &found["captures"][0]["contents"]["encapsulations"][wrapper.counted_as];
                let expected = frames.iter().filter(|it| wrapper.takes(&it.bytes)).count();
                assert_eq!(count.as_u64(), Some(expected as u64), "{what}");
            }
        }
    }
}

#[test]
fn every_pair() {
    let (name, frames) = originals().remove(0);
    for inner in IN_ETHERNET {
        let original = report(1, &taken(inner, &frames));
        let once = wrapped(inner, &frames, 5);
        for outer in IN_ETHERNET.iter().chain(LINKS) {
            let is_ip = outer.carries != Carries::Frame;
            if is_ip && !once.iter().all(|it| outer.takes(&it.bytes)) {
                continue;
            }
            let what = format!("{name} in {} in {}", inner.name, outer.name);
            same_findings(&what, &original, outer.link_type, &wrapped(outer, &once, 6));
        }
    }
}

/// Captures of the lab, as Ethernet frames: those that tunnels have room for, and that are not large.
fn lab_captures() -> Vec<(String, Vec<Frame>)> {
    /// Bytes of a file that is small enough to be read many times over.
    const LARGEST: usize = 120_000;
    /// Bytes of a frame that fits in any two tunnels.
    const LONGEST: usize = 65_000;
    /// What a pcap file of Ethernet frames starts with, its link type aside.
    const PCAP: [u8; 4] = 0xA1B2_C3D4_u32.to_le_bytes();
    let folder = env::var_os("COUNTERSIGN_CAPTURES").map(PathBuf::from);
    let folder = folder.unwrap_or_else(|| root().join("../shared/captures")).join("lab");
    let Ok(entries) = fs::read_dir(&folder) else {
        println!("0 checked, all skipped: there is no folder {}", folder.display());
        return Vec::new();
    };
    let mut paths: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
    paths.retain(|path| path.extension().is_some_and(|it| it == "pcap"));
    paths.sort();
    let captures = paths.iter().filter_map(|path| {
        let bytes = fs::read(path).unwrap();
        let is_ethernet = bytes.starts_with(&PCAP) && bytes[20..24] == [1, 0, 0, 0];
        if !is_ethernet || bytes.len() > LARGEST {
            return None;
        }
        let frames = frames_of(path);
        let fits = frames.iter().all(|it| (14..=LONGEST).contains(&it.bytes.len()));
        fits.then(|| (name_of(path).to_owned(), frames))
    });
    captures.collect()
}

/// Each capture of the lab in another tunnel than the one before it, in two of them, and in one
/// that carries fragments and is carried in fragments; so every tunnel carries several captures.
#[test]
fn captures_of_the_lab() {
    let mut n_compared = 0;
    for (place, (name, frames)) in lab_captures().into_iter().enumerate() {
        let outer = &IN_ETHERNET[place % IN_ETHERNET.len()];
        let inner = &IN_ETHERNET[(place / 2 + 7) % IN_ETHERNET.len()];
        if !has_ip_of(outer, &frames) || !has_ip_of(inner, &frames) {
            continue;
        }
        let original = report(1, &taken(outer, &frames));
        // Some captures are of what is no session.
        if original["sessions"].as_array().unwrap().is_empty() {
            continue;
        }
        let once = wrapped(outer, &frames, 5);
        same_findings(&format!("{name} in {}", outer.name), &original, 1, &once);

        let inside = wrapped(inner, &frames, 5);
        if inside.iter().all(|it| outer.takes(&it.bytes)) {
            let original = report(1, &taken(inner, &frames));
            let what = format!("{name} in {} in {}", inner.name, outer.name);
            same_findings(&what, &original, 1, &wrapped(outer, &inside, 6));
        }

        let parts: Vec<Vec<Frame>> = frames
            .iter()
            .map(|frame| {
                let inside = wrapped(outer, &fragments(frame, 512), 5);
                inside.iter().flat_map(|it| fragments(it, 256)).collect()
            })
            .collect();
        let original = report(1, &filled(&taken(outer, &frames), &parts));
        let what = format!("{name} in {}, in fragments", outer.name);
        same_findings(&what, &original, 1, &parts.concat());
        n_compared += 1;
    }
    println!("{n_compared} captures of the lab compared");
}

#[test]
fn cut_by_a_snap_length() {
    let (name, frames) = originals().remove(0);
    for wrapper in IN_ETHERNET.iter().chain(LINKS) {
        for kept in [130, 150, 300] {
            let cut: Vec<Frame> = frames.iter().map(|frame| frame.cut_to(kept)).collect();
            let original = report(1, &taken(wrapper, &cut));
            let packets = wrapped(wrapper, &cut, 5);
            assert!(packets.iter().any(|packet| packet.missing > 0));
            let what = format!("{name} cut at {kept} in {}", wrapper.name);
            same_findings(&what, &original, wrapper.link_type, &packets);
        }
    }
}

#[test]
fn in_fragments_inside_and_outside() {
    let (name, frames) = originals().remove(0);
    for wrapper in IN_ETHERNET {
        let what = |how: &str| format!("{name} in {}, {how}", wrapper.name);
        let outside: Vec<Vec<Frame>> =
            wrapped(wrapper, &frames, 5).iter().map(|frame| fragments(frame, 104)).collect();
        let original = report(1, &filled(&taken(wrapper, &frames), &outside));
        same_findings(&what("fragments outside"), &original, 1, &outside.concat());

        let inside: Vec<Vec<Frame>> = frames.iter().map(|frame| fragments(frame, 72)).collect();
        let original = report(1, &filled(&taken(wrapper, &frames), &inside));
        let packets = wrapped(wrapper, &inside.concat(), 5);
        same_findings(&what("fragments inside"), &original, 1, &packets);

        let both: Vec<Vec<Frame>> = inside
            .iter()
            .map(|parts| {
                wrapped(wrapper, parts, 5).iter().flat_map(|it| fragments(it, 48)).collect()
            })
            .collect();
        let original = report(1, &filled(&taken(wrapper, &frames), &both));
        same_findings(&what("fragments of fragments"), &original, 1, &both.concat());
    }
}

#[test]
fn the_packets_of_an_aggregated_wifi_frame_are_all_read() {
    let (name, frames) = originals().remove(0);
    let subframe = |frame: &Frame| {
        let payload = [&[0xAA, 0xAA, 3, 0, 0, 0], &frame.bytes[12..]].concat();
        let [l0, l1] = (payload.len() as u16).to_be_bytes();
        let mut subframe = [&[9; 12][..], &[l0, l1], &payload].concat();
        subframe.resize(subframe.len().next_multiple_of(4), 0);
        subframe
    };
    let header = [&[0x88, 0x02][..], &[0; 22], &[0x80, 0]].concat();
    let packets: Vec<Frame> = frames
        .chunks(3)
        .map(|chunk| {
            let subframes: Vec<u8> = chunk.iter().flat_map(subframe).collect();
            chunk[0].with([&header[..], &subframes].concat())
        })
        .collect();
    let found = report(105, &packets);
    let original = report(1, &frames);
    assert_eq!(found["captures"][0]["contents"]["tcp"], original["captures"][0]["contents"]["tcp"]);
    for field in ["status", "dialect", "messages", "session_id", "auth/user"] {
        let of = |report: &Value| report["sessions"][0][field].clone();
        assert_eq!(of(&found), of(&original), "{name}: {field}");
    }
}

/// Two conversations between the same two ends, of which packets come in turns.
fn two_conversations() -> [Vec<Frame>; 2] {
    let path = |name: &str| samples().into_iter().find(|path| name_of(path) == name).unwrap();
    ["21-unsigned.pcap", "311-server-requires.pcapng"].map(|name| {
        let mut frames = frames_of(&path(name));
        frames.retain(|frame| frame.is_tcp_over_ipv4());
        frames::same_ends(&mut frames);
        frames
    })
}

/// The packets of both in turns, with nothing in place of those that are not `wanted`.
fn in_turns(conversations: &[Vec<Frame>; 2], wanted: [bool; 2]) -> Vec<Frame> {
    let mut packets = Vec::new();
    for place in 0..conversations[0].len().max(conversations[1].len()) {
        for (conversation, is_wanted) in conversations.iter().zip(wanted) {
            let Some(frame) = conversation.get(place) else { continue };
            let bytes = if is_wanted { frame.bytes.clone() } else { frame_of([8, 6], &[]) };
            let missing = if is_wanted { frame.missing } else { 0 };
            let nanoseconds = 1_700_000_000_000_000_000 + packets.len() as i64 * 1_000_000;
            packets.push(Frame { nanoseconds, bytes, missing });
        }
    }
    packets
}

/// Sessions without what they are called, in an order of their own.
fn nameless(reports: &[&Value]) -> Vec<String> {
    let sessions = reports.iter().flat_map(|report| report["sessions"].as_array().unwrap());
    let mut sessions: Vec<String> = sessions
        .map(|session| {
            let mut session = session.clone();
            session.as_object_mut().unwrap().retain(|field, _| field != "key" && field != "names");
            for end in ["client", "server"] {
                session[end].as_object_mut().unwrap().remove("name");
                for channel in session["channels"].as_array_mut().unwrap() {
                    channel[end].as_object_mut().unwrap().remove("name");
                }
            }
            session.to_string()
        })
        .collect();
    sessions.sort();
    sessions
}

#[test]
fn the_same_addresses_in_different_tunnels_stay_apart() {
    const KEYED: [&str; 16] = [
        "VLAN",
        "802.1ad",
        "three old tags",
        "802.1ah",
        "PPPoE",
        "GRE with all fields",
        "GRE in IPv6",
        "NVGRE",
        "ERSPAN II",
        "ERSPAN III",
        "L2TP version 3",
        "L2TP version 2",
        "VXLAN",
        "VXLAN-GPE",
        "Geneve",
        "GTP-U",
    ];
    let conversations = two_conversations();
    let alone =
        [[true, false], [false, true]].map(|wanted| report(1, &in_turns(&conversations, wanted)));
    let expected = nameless(&[&alone[0], &alone[1]]);
    assert_eq!(expected.len(), 2);
    let mixed = report(1, &in_turns(&conversations, [true, true]));
    assert_ne!(nameless(&[&mixed]), expected, "without tunnels they cannot be told apart");
    for name in KEYED {
        let wrapper = IN_ETHERNET.iter().find(|wrapper| wrapper.name == name).unwrap();
        let in_tunnels = |keys: [Option<u8>; 2]| {
            let [first, second] = &conversations;
            let wrap = |frames: &[Frame], key: Option<u8>| match key {
                Some(key) => wrapped(wrapper, frames, key),
                None => frames.to_vec(),
            };
            let both = [wrap(first, keys[0]), wrap(second, keys[1])];
            report(1, &in_turns(&both, [true, true]))
        };
        for keys in [[Some(1), Some(2)], [Some(3), None]] {
            assert_eq!(nameless(&[&in_tunnels(keys)]), expected, "{name} {keys:?}");
        }
    }
}

#[test]
fn the_directions_may_have_numbers_of_their_own() {
    let (name, frames) = originals().remove(0);
    let original = report(1, &frames);
    for wrapper in IN_ETHERNET.iter().filter(|wrapper| wrapper.link_type == 1) {
        let packets: Vec<Frame> = frames
            .iter()
            .map(|frame| {
                // The server's port is the lower one.
                let is_to_server = frame.bytes[34] > frame.bytes[36];
                let key = if is_to_server { 1 } else { 2 };
                frame.with((wrapper.wrap)(&frame.bytes, key))
            })
            .collect();
        same_findings(&format!("{name} in {}", wrapper.name), &original, 1, &packets);
    }
}

#[test]
fn labels_may_change_within_a_connection() {
    let (name, frames) = originals().remove(0);
    let original = report(1, &frames);
    let wrapper = IN_ETHERNET.iter().find(|wrapper| wrapper.name == "three labels").unwrap();
    let packets: Vec<Frame> = frames
        .iter()
        .enumerate()
        .map(|(place, frame)| frame.with((wrapper.wrap)(&frame.bytes, (place / 10) as u8)))
        .collect();
    same_findings(&name, &original, 1, &packets);
}
