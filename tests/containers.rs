//! Every file of a folder of captures goes through the container and link layers: none panics,
//! nothing depends on how a file is cut into pieces, a shorter file claims no more, and the packets
//! are as many as a plain walk over the file counts, and as many as the folder's own lists say.
//!
//! The folder is the one that `COUNTERSIGN_CAPTURES` names, `../shared/captures` by default.

#![allow(
    clippy::indexing_slicing,
    clippy::print_stderr,
    clippy::unwrap_used,
    reason = "these lints spare test functions, and not the helpers around them"
)]

#[path = "containers/innermost.rs"]
mod innermost;
#[path = "containers/wireshark.rs"]
mod wireshark;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use countersign::capture::sources::Sources;
use countersign::capture::{CaptureFacts, Packet};
use countersign::limits::Limits;
use countersign::net::{Decoded, Decoder};
use countersign::packet::SourceId;

/// What a file holds, in numbers.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Outcome {
    facts: CaptureFacts,
    not_a_capture: Option<String>,
    kinds: BTreeMap<&'static str, u64>,
    /// The last packet's number.
    last_number: u64,
    payload_bytes: u64,
}

/// Reads `bytes`, pushed in pieces of at most `piece_len` bytes.
fn read(bytes: &[u8], piece_len: usize) -> Outcome {
    read_compressed(bytes, bytes, piece_len)
}

/// As [`read`], of a file with these contents.
fn read_compressed(bytes: &[u8], contents: &[u8], piece_len: usize) -> Outcome {
    let mut sources = Sources::new(Limits::DEFAULT);
    let mut decoder = Decoder::new(&Limits::DEFAULT);
    let source = sources.add("a.pcap".to_owned());
    let mut outcome = Outcome::default();
    let mut on_packet = |packet: &Packet<'_>| {
        let start = usize::try_from(packet.offset).unwrap();
        assert_eq!(packet.data, &contents[start..start + packet.data.len()]);
        assert!(packet.id.number > outcome.last_number);
        outcome.last_number = packet.id.number;
        let kind = match decoder.decode(packet) {
            Decoded::Tcp(segment) => {
                assert!(segment.payload.len() <= segment.payload_len as usize);
                outcome.payload_bytes += segment.payload.len() as u64;
                "tcp"
            }
            Decoded::Udp(_) => "udp",
            Decoded::OtherIp => "other ip",
            Decoded::NotIp => "not ip",
            Decoded::Fragment => "fragment",
            Decoded::UnknownLinkType => "unknown link type",
            Decoded::Encrypted => "encrypted",
            Decoded::TooDeep => "too deep",
            Decoded::Undecodable => "undecodable",
        };
        *outcome.kinds.entry(kind).or_default() += 1;
    };
    for piece in bytes.chunks(piece_len) {
        sources.push(source, piece, &mut on_packet);
    }
    sources.end(source, &mut on_packet);
    assert_eq!(sources.wants(), None);
    outcome.facts = sources.facts(SourceId(0)).unwrap().clone();
    outcome.not_a_capture = sources.not_a_capture(source).map(ToString::to_string);
    outcome
}

fn folder() -> PathBuf {
    std::env::var_os("COUNTERSIGN_CAPTURES")
        .map_or_else(|| PathBuf::from("../shared/captures"), PathBuf::from)
}

/// Every capture under `folder`, in order of its path.
fn captures_in(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        let Ok(entries) = fs::read_dir(&folder) else { continue };
        for path in entries.map(|entry| entry.unwrap().path()) {
            match path.extension().and_then(|extension| extension.to_str()) {
                _ if path.is_dir() => folders.push(path),
                Some("pcap" | "pcapng" | "cap") => found.push(path),
                _ => {}
            }
        }
    }
    found.sort();
    found
}

/// How many packets Wireshark numbers in `file`, by a walk that trusts every length. `None` for a
/// file that is no capture, or that the walk does not understand.
fn plain_count(file: &[u8]) -> Option<u64> {
    let number = |at: usize, big: bool| {
        let bytes = file.get(at..at + 4)?.try_into().ok()?;
        Some(if big { u32::from_be_bytes(bytes) } else { u32::from_le_bytes(bytes) })
    };
    let mut count = 0;
    let mut at = 0;
    if file.starts_with(&[0x0A, 0x0D, 0x0D, 0x0A]) {
        let mut big = false;
        while at < file.len() {
            if number(at, false)? == 0x0A0D_0D0A {
                big = number(at + 8, true)? == 0x1A2B_3C4D;
            }
            let is_counted = matches!(number(at, big)?, 2 | 3 | 6 | 9 | 0xBAD | 0x4000_0BAD);
            count += u64::from(is_counted);
            at += number(at + 4, big)? as usize;
        }
        return (at == file.len()).then_some(count);
    }
    let (big, header_len) = match number(0, false)? {
        0xA1B2_C3D4 | 0xA1B2_3C4D => (false, 16),
        0xD4C3_B2A1 | 0x4D3C_B2A1 => (true, 16),
        0xA1B2_CD34 => (false, 24),
        _ => return None,
    };
    at = 24;
    while at < file.len() {
        at += header_len + number(at + 8, big)? as usize;
        count += 1;
    }
    (at == file.len()).then_some(count)
}

/// The packets of each file that a list of the folder tells.
fn listed_packets(folder: &Path) -> BTreeMap<PathBuf, u64> {
    let mut listed = BTreeMap::new();
    for part in ["lab", "public"] {
        let text = fs::read_to_string(folder.join(part).join("truth.json")).unwrap();
        let list: Vec<serde_json::Value> = serde_json::from_str(&text).unwrap();
        for entry in list {
            let packets = match &entry["packets"] {
                serde_json::Value::String(text) => text.parse().ok(),
                number => number.as_u64(),
            };
            let path = folder.join(part).join(entry["file"].as_str().unwrap());
            listed.extend(packets.map(|packets| (path, packets)));
        }
    }
    listed
}

/// Pieces of any length give the same; of a large file only few lengths are tried.
fn check_pieces(path: &Path, bytes: &[u8], whole: &Outcome) {
    let lens: &[usize] = if bytes.len() < 100_000 { &[1, 7, 4_097] } else { &[4_097, 65_536] };
    for len in lens {
        assert_eq!(&read(bytes, *len), whole, "{} in pieces of {len}", path.display());
    }
}

/// A file that is cut anywhere says so, and has no more packets than the whole.
fn check_truncations(path: &Path, bytes: &[u8], whole: &Outcome) {
    let step = (bytes.len() / 24).max(1);
    for len in (0..bytes.len()).step_by(step) {
        let cut = read(&bytes[..len], usize::MAX);
        let name = path.display();
        assert!(cut.facts.packets <= whole.facts.packets, "{name} cut at {len}");
        assert!(cut.payload_bytes <= whole.payload_bytes, "{name} cut at {len}");
        let is_explained = cut.not_a_capture.is_some()
            || !cut.facts.problems.is_empty()
            || plain_count(&bytes[..len]).is_some();
        assert!(is_explained, "{name} cut at {len}");
    }
}

/// Single bytes that are wrong do no harm.
fn check_damage(bytes: &[u8]) {
    let step = (bytes.len() / 16).max(1);
    for (place, at) in (0..bytes.len()).step_by(step).enumerate() {
        let mut damaged = bytes.to_vec();
        // The first bytes, where a file's own header is, have their turn too.
        for at in [at, place.min(bytes.len() - 1)] {
            damaged[at] ^= 1 << (place % 8);
        }
        read(&damaged, 1 << 20);
    }
}

#[test]
fn every_file_of_the_folder() {
    let folder = folder();
    if !folder.is_dir() {
        eprintln!("0 checked, all skipped: there is no folder {}", folder.display());
        return;
    }
    let listed = listed_packets(&folder);
    let (mut checked, mut skipped) = (0, 0);
    let mut listed_checked = 0;
    for path in
        ["lab", "public", "containers"].iter().flat_map(|part| captures_in(&folder.join(part)))
    {
        let bytes = fs::read(&path).unwrap();
        let whole = read(&bytes, 1 << 20);
        let count = whole.facts.packets + whole.facts.other_records;
        let name = path.display();
        match plain_count(&bytes) {
            Some(plain) => {
                assert_eq!(count, plain, "packets of {name}");
                assert!(whole.facts.problems.is_empty(), "{name}: {:?}", whole.facts.problems);
            }
            None => assert!(!whole.facts.problems.is_empty(), "{name} is broken without a problem"),
        }
        if let Some(listed) = listed.get(&path) {
            assert_eq!(count, *listed, "packets of {name}");
            listed_checked += 1;
        }
        check_pieces(&path, &bytes, &whole);
        check_truncations(&path, &bytes, &whole);
        check_damage(&bytes);
        checked += 1;
    }
    for path in listed.keys().filter(|path| !path.exists()) {
        eprintln!("skipped: {} is listed and not there", path.display());
        skipped += 1;
    }
    eprintln!("{checked} checked, {skipped} skipped, {listed_checked} against a list");
    assert_eq!(skipped, 0, "every listed file is there");
    assert_eq!(listed_checked, listed.len(), "every listed file is compared");
    assert!(checked > 0, "the folder holds no capture");
}

#[test]
fn compressed_files_give_what_is_in_them() {
    let folder = folder().join("lab");
    for (file, tool) in [("10-fmt-gz.pcap.gz", "gzip"), ("10-fmt-zst.pcap.zst", "zstd")] {
        let Ok(bytes) = fs::read(folder.join(file)) else {
            eprintln!("skipped: {file} is not there");
            continue;
        };
        let contents = fs::read(folder.join("01-smb311-srvreq.pcap")).unwrap();
        let found = read_compressed(&bytes, &contents, 1 << 20);
        let mut expected = read(&contents, 1 << 20);
        assert_eq!(found.facts.compression.first().map(|it| it.name()), Some(tool));
        expected.facts.compression.clone_from(&found.facts.compression);
        expected.facts.size_bytes = bytes.len() as u64;
        assert_eq!(found, expected, "{file}");
        assert_eq!(read_compressed(&bytes, &contents, 1), found, "{file} in pieces of 1");
    }
}
