//! Compressed messages come out as they went in: from other programs' compressors, from ones that
//! choose at random, in one part and in many; cut and damaged ones end with a sentence.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]

#[path = "support/compressor.rs"]
mod compressor;

use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

use countersign::smb::compression::decompress;
use countersign::smb::smb2::CompressionAlgorithmId;
use proptest::prelude::{Strategy, any, prop};
use proptest::test_runner::Config;
use proptest::{prop_assert, prop_assert_eq, proptest};

use self::compressor::{ALGORITHMS, Chance, chained, compress, contents, pattern, unchained};

/// Bytes that a message may have.
const MOST: usize = 8 << 20;

fn decompressed(message: &[u8]) -> Result<Vec<u8>, String> {
    let mut uncompressed = b"of another message".to_vec();
    match decompress(message, MOST, &mut uncompressed) {
        Ok(()) => Ok(uncompressed),
        Err(error) => Err(error.to_string()),
    }
}

/// The contents of `tests/compressed_messages/make.py`.
fn made_elsewhere(name: &str) -> Vec<u8> {
    let mut state = 1_u64;
    let mut number = || {
        state = (state * 1_103_515_245 + 12_345) & 0x7FFF_FFFF;
        state >> 16
    };
    match name {
        "empty" => Vec::new(),
        "letter" => b"a".to_vec(),
        "noise" => (0..1_000).map(|_| number() as u8).collect(),
        "words" => {
            let names = [
                "share",
                "session",
                "signed",
                "file",
                r"\\fs1\data\",
                "user",
                "read ",
                "SMB",
                " ",
                "\n",
            ];
            let words: String =
                (0..6_000).map(|_| names[number() as usize % names.len()]).collect();
            words.as_bytes()[..6_000].to_vec()
        }
        "lines" => {
            let line = |line| format!("line {line:05} of the file{}\n", " and on".repeat(14));
            (0..600).map(line).collect::<String>().into_bytes()
        }
        "zeros" => [&b"\xfeSMB"[..], &[0; 70_000], b"end"].concat(),
        _ => panic!("{name}"),
    }
}

#[test]
fn what_others_compressed_comes_out() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/compressed_messages");
    let mut n_checked = 0;
    for (algorithm, file) in ALGORITHMS.into_iter().zip(["lznt1", "lz77", "lz77_huffman", "lz4"]) {
        for line in fs::read_to_string(folder.join(format!("{file}.txt"))).unwrap().lines() {
            let (name, data) = line.split_once(' ').unwrap();
            let data: Vec<u8> = (0..data.len() / 2)
                .map(|place| u8::from_str_radix(&data[2 * place..2 * place + 2], 16).unwrap())
                .collect();
            let contents = made_elsewhere(name);
            let message = unchained(algorithm, b"start", contents.len(), &data);
            let expected = [b"start", &contents[..]].concat();
            assert_eq!(decompressed(&message), Ok(expected.clone()), "{file} {name}");
            let start = (CompressionAlgorithmId::NONE, None, b"start".to_vec());
            let payloads = [start, (algorithm, Some(contents.len()), data)];
            let message = chained(expected.len(), &payloads);
            assert_eq!(decompressed(&message), Ok(expected), "{file} {name}, chained");
            n_checked += 1;
        }
    }
    assert_eq!(n_checked, 19);
}

/// A payload of any kind and what comes out of it.
fn payload(seed: u64) -> ((CompressionAlgorithmId, Option<usize>, Vec<u8>), Vec<u8>) {
    let mut chance = Chance::new(seed);
    let most = [1, 20, 5_000, 140_000][chance.below(4)];
    let size = chance.below(most);
    let contents = contents(size, &mut chance);
    match chance.below(6) {
        0 => ((CompressionAlgorithmId::NONE, None, contents.clone()), contents),
        1 => {
            let payload = (CompressionAlgorithmId::PATTERN_V1, None, pattern(7, size));
            (payload, vec![7; size])
        }
        place => {
            let algorithm = ALGORITHMS[place - 2];
            let data = compress(algorithm, &contents, &mut chance);
            ((algorithm, Some(contents.len()), data), contents)
        }
    }
}

fn algorithm() -> impl Strategy<Value = CompressionAlgorithmId> {
    prop::sample::select(&ALGORITHMS)
}

proptest! {
    #![proptest_config(Config { failure_persistence: None, ..Config::default() })]

    #[test]
    fn what_was_compressed_comes_out(
        algorithm in algorithm(),
        size in prop::sample::select(vec![0, 1, 2, 3, 30, 4_095, 4_096, 4_097, 65_536, 65_537, 200_000]),
        seed in any::<u64>(),
    ) {
        let mut chance = Chance::new(seed);
        let contents = contents(size, &mut chance);
        let data = compress(algorithm, &contents, &mut chance);
        let message = unchained(algorithm, &[], size, &data);
        prop_assert!(decompressed(&message) == Ok(contents.clone()), "{algorithm}, {size} bytes");
        // A byte fewer is not what it says, and a byte more is not there.
        if size > 0 {
            let message = unchained(algorithm, &[], size + 1, &data);
            prop_assert!(decompressed(&message).is_err());
        }
        let mut uncompressed = Vec::new();
        let message = unchained(algorithm, b"!", size, &data);
        prop_assert!(decompress(&message, size, &mut uncompressed).is_err());
        prop_assert!(decompress(&message, size + 1, &mut uncompressed).is_ok());
    }

    #[test]
    fn payloads_of_any_kind_come_out_in_their_order(
        seeds in prop::collection::vec(any::<u64>(), 1..6),
    ) {
        let (payloads, contents): (Vec<_>, Vec<_>) = seeds.into_iter().map(payload).unzip();
        let contents = contents.concat();
        let message = chained(contents.len(), &payloads);
        prop_assert!(decompressed(&message) == Ok(contents.clone()));
        prop_assert!(decompressed(&chained(contents.len() + 1, &payloads)).is_err());
        if let Some(fewer) = contents.len().checked_sub(1) {
            prop_assert!(decompressed(&chained(fewer, &payloads)).is_err());
        }
    }

    #[test]
    fn a_cut_message_gives_the_start_of_what_it_holds(
        algorithm in algorithm(),
        seed in any::<u64>(),
        cut in any::<prop::sample::Index>(),
    ) {
        let mut chance = Chance::new(seed);
        let size = 1 + chance.below(20_000);
        let contents = contents(size, &mut chance);
        let data = compress(algorithm, &contents, &mut chance);
        let message = unchained(algorithm, &[], size, &data);
        let mut uncompressed = Vec::new();
        let done = decompress(&message[..cut.index(message.len())], MOST, &mut uncompressed);
        // What ends the data may be missing.
        prop_assert_eq!(done.is_ok(), uncompressed.len() == contents.len());
        prop_assert!(contents.starts_with(&uncompressed));
    }

    #[test]
    fn bytes_of_any_kind_do_no_harm(
        algorithm in 0_u16..7,
        start in prop::collection::vec(any::<u8>(), 0..300),
        noise in prop::collection::vec(any::<u8>(), 0..300),
        size in 0_usize..100_000,
        is_chained in any::<bool>(),
    ) {
        let algorithm = CompressionAlgorithmId(algorithm);
        let data = [start, noise].concat();
        let message = if is_chained {
            chained(size, &[(algorithm, Some(size), data.clone()), (algorithm, Some(9), data)])
        } else {
            unchained(algorithm, b"", size, &data)
        };
        let mut uncompressed = Vec::new();
        let done = decompress(&message, 50_000, &mut uncompressed);
        prop_assert!(uncompressed.len() <= size.min(50_000));
        prop_assert!(done.is_err() || uncompressed.len() == size);
        if let Err(error) = done {
            prop_assert!(error.to_string().len() < 200);
        }
    }
}

/// The codes of 512 symbols, all of nine bits.
const NINE_BITS: [u8; 256] = [0x99; 256];

#[test]
fn bombs_are_as_fast_as_what_they_expand_to() {
    // A payload that asks for all bytes there may be, after which there is nothing.
    let claims = |algorithm, data: &[u8]| {
        let payload = (algorithm, Some(8 << 20), data.to_vec());
        chained(8 << 20, &vec![payload; 2_000])
    };
    // A message of so many small payloads that what each costs at least shows.
    let small = |algorithm, data: &[u8]| {
        let payload = (algorithm, Some(1), data.to_vec());
        chained(2_000, &vec![payload; 2_000])
    };
    // One byte, and then repetitions of it that are as short as can be.
    let slow = |count: usize| {
        let mut chance = Chance::new(1);
        let contents: Vec<u8> = (0..count).map(|_| chance.below(2) as u8).collect();
        ALGORITHMS.map(|algorithm| {
            unchained(algorithm, &[], count, &compress(algorithm, &contents, &mut chance))
        })
    };
    let huffman = [&NINE_BITS[..], &[0; 4]].concat();
    let mut messages = vec![
        claims(CompressionAlgorithmId::LZ4, &[0x1f, 0, 1, 0, 255]),
        claims(CompressionAlgorithmId::LZNT1, &[3, 0xb0, 2, 0, 0xff, 0x0f]),
        claims(
            CompressionAlgorithmId::LZ77,
            &[0, 0, 0, 0x7f, 0, 7, 0, 0xff, 0xff, 0, 0, 0, 0, 0x70, 0],
        ),
        claims(CompressionAlgorithmId::LZ77_HUFFMAN, &huffman),
        small(CompressionAlgorithmId::LZ77_HUFFMAN, &huffman),
        small(CompressionAlgorithmId::LZ4, &[0x10, 0]),
    ];
    messages.extend(slow(1 << 20));
    let mut uncompressed = Vec::new();
    for (place, message) in messages.iter().enumerate() {
        let start = Instant::now();
        let done = decompress(message, 8 << 20, &mut uncompressed);
        let took = start.elapsed();
        println!(
            "{place}: {} to {} bytes in {took:?}, {done:?}",
            message.len(),
            uncompressed.len()
        );
        assert!(took < Duration::from_secs(2), "{place} took {took:?}");
    }
}
