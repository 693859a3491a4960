//! What has to hold for every input, on the seeds of the fuzz targets, on what was found before, and
//! on random changes of both.
//!
//! The checks are those of the fuzz targets, so that they run where the fuzzing toolchain is not to
//! be had.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stderr,
    reason = "a test fails by panicking"
)]

#[path = "../fuzz/src/lib.rs"]
mod checks;
mod support;

use std::fs;
use std::path::PathBuf;

use proptest::prelude::{any, prop};
use proptest::strategy::{Strategy, ValueTree};
use proptest::test_runner::{Config, TestRunner};

use checks::{Check, TARGETS};
use support::{root, samples};

/// The files of a target in `fuzz/seeds/` or `fuzz/regressions/`.
fn inputs(folder: &str, target: &str) -> Vec<PathBuf> {
    let Ok(entries) = fs::read_dir(root().join("fuzz").join(folder).join(target)) else {
        return Vec::new();
    };
    let mut inputs: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
    inputs.sort();
    inputs
}

#[test]
fn what_was_found_before_stays_right() {
    for (target, check) in TARGETS {
        for input in inputs("regressions", target) {
            println!("{}", input.display());
            check(&fs::read(input).unwrap());
        }
    }
}

#[test]
fn every_target_has_seeds_and_they_hold() {
    for (target, check) in TARGETS {
        let seeds = inputs("seeds", target);
        assert!(seeds.len() >= 3, "{target} has {} seeds", seeds.len());
        for seed in seeds {
            println!("{}", seed.display());
            check(&fs::read(seed).unwrap());
        }
    }
    for sample in samples() {
        println!("{}", sample.display());
        let bytes = fs::read(sample).unwrap();
        checks::container::check(&bytes);
        checks::whole_file::check(&bytes);
    }
}

/// Some changes to an input: where, which kind, and with what.
type Changes = Vec<(u32, u8, u64)>;

fn changed(seed: &[u8], other: &[u8], changes: &Changes) -> Vec<u8> {
    let mut input = seed.to_vec();
    for (place, kind, number) in changes {
        let place = *place as usize % (input.len() + 1);
        let len = (*number % 40) as usize;
        let until = (place + len).min(input.len());
        match kind % 8 {
            0 => input.insert(place, *number as u8),
            1 => drop(input.drain(place..until)),
            2 => input.truncate(place.max(4)),
            3 => {
                let copy = input[place..until].to_vec();
                input.splice(place..place, copy);
            }
            4 => {
                let from = *number as usize % (other.len() + 1);
                let part = &other[from..(from + len).min(other.len())];
                input.splice(place..until, part.iter().copied());
            }
            kind => {
                // A number of one, two or four bytes, the odd ones more often.
                const ODD: [u64; 8] = [0, 1, 0x7F, 0xFF, 0x8000, 0xFFFF, 0x8000_0000, u64::MAX];
                let value =
                    if number & 64 == 0 { ODD[(number >> 8) as usize % 8] } else { *number };
                let size = [1, 2, 4][usize::from(kind - 5)];
                for (byte, new) in input.iter_mut().skip(place).take(size).zip(value.to_le_bytes())
                {
                    *byte = new;
                }
            }
        }
    }
    input
}

/// Changes seeds of a target at random, `cases` times.
fn check_changes(target: &str, cases: u32) {
    let (_, check): (&str, Check) = TARGETS.into_iter().find(|(name, _)| *name == target).unwrap();
    let mut seeds: Vec<Vec<u8>> = inputs("seeds", target)
        .into_iter()
        .chain(inputs("regressions", target))
        .map(|seed| fs::read(seed).unwrap())
        .collect();
    if target == "whole_file" {
        seeds.extend(samples().into_iter().take(4).map(|sample| fs::read(sample).unwrap()));
    }
    seeds.push(Vec::new());
    let change = (any::<u32>(), any::<u8>(), any::<u64>());
    let changes = prop::collection::vec(change, 1..12);
    let strategy = (any::<prop::sample::Index>(), any::<prop::sample::Index>(), changes);
    let config = Config { cases, failure_persistence: None, ..Config::default() };
    let mut runner = TestRunner::new(config);
    for _ in 0..cases {
        let tree = strategy.new_tree(&mut runner).unwrap();
        let (seed, other, changes) = tree.current();
        let (seed, other) = (seed.get(seeds.as_slice()), other.get(seeds.as_slice()));
        let input = changed(seed, other, &changes);
        let done = std::panic::catch_unwind(|| check(&input));
        if let Err(panic) = done {
            let path = std::env::temp_dir().join(format!("countersign-{target}-input"));
            fs::write(&path, &input).unwrap();
            eprintln!("the input is in {}", path.display());
            std::panic::resume_unwind(panic);
        }
    }
}

#[test]
fn changed_files_are_read_as_they_are() {
    check_changes("whole_file", 150);
}

#[test]
fn changed_dialogues_are_read_as_they_are() {
    check_changes("dialogue", 150);
}

#[test]
fn changed_containers_are_read_as_they_are() {
    check_changes("container", 500);
}

#[test]
fn changed_packets_are_read_as_they_are() {
    check_changes("packet", 500);
}

#[test]
fn changed_streams_are_read_as_they_are() {
    check_changes("stream", 500);
}

#[test]
fn changed_frames_are_read_as_they_are() {
    check_changes("frame", 300);
}

#[test]
fn changed_messages_are_read_as_they_are() {
    check_changes("smb1", 1_000);
    check_changes("smb2", 1_000);
    check_changes("compression", 1_000);
}

#[test]
fn changed_tokens_are_read_as_they_are() {
    check_changes("spnego", 1_000);
    check_changes("ntlmssp", 1_000);
    check_changes("kdc", 1_000);
}

#[test]
fn changed_calls_are_read_as_they_are() {
    check_changes("rpc", 1_000);
}

#[test]
fn changed_conversations_of_other_protocols_are_read_as_they_are() {
    check_changes("carriers", 1_000);
}

#[test]
fn changed_secrets_are_read_as_they_are() {
    check_changes("secrets", 1_000);
}
