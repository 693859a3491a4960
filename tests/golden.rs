//! The report on every sample, as it was looked at and committed; and that it does not depend on how
//! the bytes arrive, nor claim more where they end early.
//!
//! `UPDATE_EXPECTED=1 cargo test --test golden` writes the reports anew; the difference is then for
//! a person to read.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]

mod support;

use std::collections::BTreeMap;
use std::env;
use std::fs;
use std::path::PathBuf;

use countersign::report::{MessageCounts, Outcome, Report};
use serde_json::Value;

use self::support::{analyze, analyze_in_pieces, name_of, root, samples};

/// Prefixes of each sample that are read, besides those at the record boundaries nearby.
const PREFIXES: usize = 60;

#[test]
fn every_sample_gives_its_expected_report() {
    let update = env::var_os("UPDATE_EXPECTED").is_some_and(|value| value == "1");
    let mut wrong = Vec::new();
    for sample in samples() {
        let name = name_of(&sample);
        let report = analyze(name, &fs::read(&sample).unwrap()).unwrap();
        let found = to_text(&report);
        let path = expected_path(name);
        if update {
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(&path, found).unwrap();
            continue;
        }
        let expected = fs::read_to_string(&path)
            .unwrap_or_else(|_| panic!("{} is missing: see this file's head", path.display()));
        if found != expected {
            wrong.push(format!("{name}: {}", first_difference(&expected, &found)));
        }
    }
    assert!(wrong.is_empty(), "reports changed:\n{}", wrong.join("\n"));
}

#[test]
fn the_gallery_says_what_its_samples_show() {
    let text = fs::read_to_string(root().join("samples/gallery.json")).unwrap();
    let gallery: Vec<Value> = serde_json::from_str(&text).unwrap();
    assert_eq!(gallery.len(), samples().len(), "a sample is not in the gallery");
    for entry in gallery {
        let name = entry["file"].as_str().unwrap();
        let bytes = fs::read(root().join("samples").join(name)).unwrap();
        let report = serde_json::to_value(analyze(name, &bytes).unwrap()).unwrap();
        let sessions = report["sessions"].as_array().unwrap().iter();
        let statuses: Vec<Value> = sessions.map(|session| session["status"].clone()).collect();
        assert_eq!(entry["sessions"], Value::from(statuses), "{name}");
    }
}

#[test]
fn a_report_does_not_depend_on_how_its_bytes_are_cut() {
    for sample in samples() {
        let name = name_of(&sample);
        let bytes = fs::read(&sample).unwrap();
        let whole = analyze(name, &bytes).unwrap();
        for piece in [1, 7, 4096] {
            let pieces = analyze_in_pieces(name, &bytes, piece).unwrap();
            assert!(
                pieces == whole,
                "{name} in pieces of {piece} bytes: {}",
                first_difference(&to_text(&whole), &to_text(&pieces))
            );
        }
    }
}

#[test]
fn a_cut_sample_claims_no_more_than_the_whole_one() {
    for sample in samples() {
        let name = name_of(&sample);
        let bytes = fs::read(&sample).unwrap();
        let whole = Claims::of(&analyze(name, &bytes).unwrap());
        for step in 0..PREFIXES {
            let len = bytes.len() * step / PREFIXES;
            // A cut within a header, a record and a message, and between them.
            for len in [len, len + 1, len + 13] {
                let prefix = &bytes[..len.min(bytes.len())];
                let Ok(report) = analyze(name, prefix) else { continue };
                Claims::of(&report).check_within(&whole, &format!("{name} cut at {len}"));
            }
        }
    }
}

/// A sample's bytes with parts of it overwritten: whatever comes out, it comes without a panic.
#[test]
fn a_damaged_sample_is_read_to_its_end() {
    for sample in samples() {
        let name = name_of(&sample);
        let bytes = fs::read(&sample).unwrap();
        // A small generator of its own, so that a failure happens again.
        let mut state = bytes.len() as u64;
        let mut next = || {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            (state >> 33) as usize
        };
        for _ in 0..20 {
            let mut damaged = bytes.clone();
            for _ in 0..40 {
                let place = next() % damaged.len();
                damaged[place] = next() as u8;
            }
            let _ = analyze(name, &damaged);
        }
    }
}

/// What a report says of each session that a longer capture may only add to.
struct Claims {
    counts: BTreeMap<String, MessageCounts>,
    established: BTreeMap<String, bool>,
    packets: u64,
}

impl Claims {
    fn of(report: &Report) -> Claims {
        let mut claims = Claims {
            counts: BTreeMap::new(),
            established: BTreeMap::new(),
            packets: report.captures.iter().map(|capture| capture.packets).sum(),
        };
        for session in &report.sessions {
            // Several SMB1 users of a connection can only be told apart once they are known.
            let id = session.session_id.clone().unwrap_or_else(|| {
                format!("SMB1 {}:{}", session.client.address, session.client.port)
            });
            claims.counts.entry(id.clone()).or_default().add(&session.messages.both());
            *claims.established.entry(id).or_default() |= session.outcome == Outcome::Established;
        }
        claims
    }

    fn check_within(&self, whole: &Claims, context: &str) {
        assert!(self.packets <= whole.packets, "{context}: more packets");
        for (id, counts) in &self.counts {
            let Some(of_whole) = whole.counts.get(id) else {
                panic!("{context}: session {id} is only in the cut capture");
            };
            let pairs = [
                ("total", counts.total, of_whole.total),
                ("signed", counts.signed, of_whole.signed),
                ("unsigned", counts.unsigned, of_whole.unsigned),
                ("baseline_signed", counts.baseline_signed, of_whole.baseline_signed),
                ("encrypted", counts.encrypted, of_whole.encrypted),
            ];
            for (bucket, part, all) in pairs {
                assert!(part <= all, "{context}: {id} has {part} {bucket}, the whole {all}");
            }
            assert!(
                whole.established[id] || !self.established[id],
                "{context}: {id} is established only in the cut capture"
            );
        }
    }
}

/// Where a sample's report lies.
fn expected_path(sample: &str) -> PathBuf {
    let case = sample.rsplit_once('.').unwrap().0;
    root().join("tests/captures").join(case).join("expected.json")
}

/// A report as it is committed: without the version, which changes with each release.
fn to_text(report: &Report) -> String {
    let mut report = report.clone();
    report.tool.version.clear();
    serde_json::to_string_pretty(&report).unwrap() + "\n"
}

/// The first line in which two texts differ, with its place.
fn first_difference(expected: &str, found: &str) -> String {
    let lines = expected.lines().zip(found.lines()).enumerate();
    match lines.into_iter().find(|(_, (expected, found))| expected != found) {
        Some((line, (expected, found))) => {
            format!("line {}: expected {}, found {}", line + 1, expected.trim(), found.trim())
        }
        None => {
            format!("{} lines expected, {} found", expected.lines().count(), found.lines().count())
        }
    }
}
