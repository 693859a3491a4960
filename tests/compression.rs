//! Samples, compressed in every way, give the report of the plain ones; and files that are made to
//! expand without end are stopped in time.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]

#[path = "support/packing.rs"]
#[allow(dead_code, reason = "each test uses a part of it")]
mod packing;
mod support;

use std::fs;
use std::time::{Duration, Instant};

use countersign::analysis::{Analysis, Options};
use countersign::report::Report;

use self::packing::{PACKS, gzip, xz, zstd};
use self::support::{analyze, analyze_in_pieces, name_of, samples};

#[test]
fn every_sample_gives_the_same_report_however_it_is_compressed() {
    let samples = samples();
    for (place, sample) in samples.iter().enumerate() {
        let bytes = fs::read(sample).unwrap();
        let name = name_of(sample);
        let plain = analyze(name, &bytes).unwrap();
        for (compression, pack) in PACKS {
            let file = pack(&bytes);
            let found = analyze_in_pieces(name, &file, 1_000).unwrap();
            assert!(found == expected(&plain, compression, &file), "{name} in {compression}");
            if place == 0 {
                let found = analyze_in_pieces(name, &file, 1).unwrap();
                assert!(found == expected(&plain, compression, &file), "{name} in {compression}");
            }
        }
    }
}

/// The report on a capture that is compressed.
fn expected(plain: &Report, compression: &str, file: &[u8]) -> Report {
    let mut report = plain.clone();
    let capture = &mut report.captures[0];
    capture.compression = Some(compression.to_owned());
    capture.size_bytes = file.len() as u64;
    report
}

#[test]
fn compressed_and_plain_captures_are_merged_by_time() {
    let samples = samples();
    let files: Vec<Vec<u8>> = samples.iter().take(4).map(|path| fs::read(path).unwrap()).collect();
    let packs = [None, Some(gzip as packing::Pack), Some(zstd), Some(xz)];
    let packed: Vec<Vec<u8>> = (files.iter().zip(packs))
        .map(|(file, pack)| pack.map_or_else(|| file.clone(), |pack| pack(file)))
        .collect();
    let [plain, packed] = [&files, &packed].map(|files| {
        let mut analysis = Analysis::new(Options::DEFAULT);
        let mut rests: Vec<&[u8]> = files.iter().map(Vec::as_slice).collect();
        let sources: Vec<_> = rests.iter().map(|_| analysis.add_source("a")).collect();
        while let Some(wanted) = analysis.wants() {
            let place = sources.iter().position(|source| *source == wanted).unwrap();
            match rests[place].split_at_checked(rests[place].len().min(5_000)) {
                None | Some(([], _)) => analysis.end(wanted),
                Some((piece, rest)) => {
                    rests[place] = rest;
                    analysis.push(wanted, piece);
                }
            }
        }
        analysis.finish().unwrap().report()
    });
    assert!(!plain.sessions.is_empty());
    assert!(plain.sessions == packed.sessions);
}

/// Members and streams that each hold a few packets of zeros, and many of them.
#[test]
fn bombs_end_in_time_with_a_sentence() {
    let mut header = b"\xD4\xC3\xB2\xA1\x02\0\x04\0".to_vec();
    header.resize(24, 0);
    header[20] = 1;
    let record = [&[1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 4, 0, 0, 0, 4, 0][..], &[0; 262_144]].concat();
    for (compression, pack) in [("gzip", gzip as packing::Pack), ("xz", xz)] {
        let packets = pack(&record.repeat(8));
        let file = [pack(&header), packets.repeat(64)].concat();
        let begin = Instant::now();
        let report = analyze("bomb", &file).unwrap();
        let took = begin.elapsed();
        let problems = &report.captures[0].problems;
        // 64 MiB are read of any file.
        let packets = report.captures[0].packets;
        assert!((240..300).contains(&packets), "{compression}: {packets}");
        assert_eq!(problems.len(), 1, "{compression}: {problems:?}");
        assert_eq!(problems[0].code, "expands-too-much");
        assert!(problems[0].message.contains("unpack it with"), "{}", problems[0].message);
        // Very much, for a program that is not optimised.
        assert!(took < Duration::from_secs(100), "{compression}: {took:?}");
    }
}
