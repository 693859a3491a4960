//! Compressed captures, whole, cut, damaged and hostile.

use lz4_flex::frame::{BlockMode, BlockSize, FrameInfo};
use lzma_rust2::{CheckType, FilterType, XzOptions};
use proptest::prelude::{Just, any, prop, prop_oneof, proptest};
use proptest::test_runner::Config;

use super::super::handmade::{Run, pcap, read_compressed, read_in_pieces};
use super::super::unrecognized::NotACapture;
use super::{Compression, Fault, FaultKind, Start};
use crate::limits::Limits;

#[path = "../../../tests/support/packing.rs"]
mod packing;

use self::packing::{File, PACKS, gzip, lz4, lz4_of, xz, xz_of, zip, zstd};

/// Reads `file`, whose contents are `contents`, whole and in pieces, alone and beside another, and
/// makes sure that all say the same.
fn read(file: &[u8], contents: &[u8]) -> Run {
    let whole = read_compressed(&[file], &[contents], Limits::DEFAULT, || usize::MAX);
    for len in [1, 7, 1_000] {
        let run = read_compressed(&[file], &[contents], Limits::DEFAULT, || len);
        assert!(run == whole, "pieces of {len}: {:?} is not {:?}", run.facts, whole.facts);
    }
    for len in [13, usize::MAX] {
        let other = pcap(&[0, u32::MAX]);
        let mut run =
            read_compressed(&[file, &other], &[contents, &other], Limits::DEFAULT, || len);
        run.packets.retain(|packet| packet.id.source.0 == 0);
        run.facts.truncate(1);
        run.not_captures.truncate(1);
        assert!(run == whole, "beside another, {len}: {:?} is not {:?}", run.facts, whole.facts);
    }
    whole
}

/// Packets of a small capture.
const PACKETS: u32 = 12;

/// A small capture.
fn capture() -> Vec<u8> {
    pcap(&(1..=PACKETS).map(|time| time * 1_000).collect::<Vec<_>>())
}

/// A capture of so many bytes or more which can hardly be compressed.
fn noise(len: usize) -> Vec<u8> {
    let mut file = pcap(&[]);
    let mut state = 1_u64;
    while file.len() < len {
        let mut data = [0; 1_200];
        for byte in &mut data {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695);
            *byte = (state >> 56) as u8;
        }
        let lens = (data.len() as u32, data.len() as u32);
        let order = super::super::container::ByteOrder::Little;
        file.extend(super::super::handmade::record(order, (1, 0), lens, 0, &data));
    }
    file
}

fn compression(run: &Run) -> Vec<&'static str> {
    run.facts[0].compression.iter().map(|compression| compression.name()).collect()
}

/// The kind of fault for which nothing of a file was read.
fn refusal(run: &Run) -> FaultKind {
    match run.not_captures[0] {
        Some(NotACapture::Compressed(fault)) => fault.kind,
        ref other => panic!("{other:?}"),
    }
}

#[test]
fn every_format_gives_what_was_compressed() {
    let contents = capture();
    let plain = read(&contents, &contents);
    for (name, pack) in PACKS {
        let file = pack(&contents);
        let run = read(&file, &contents);
        assert!(run.packets == plain.packets, "{name}");
        assert_eq!(compression(&run), [name]);
        assert_eq!(run.problems(), [""; 0], "{name}");
        assert_eq!(run.facts[0].size_bytes, file.len() as u64);
        assert_eq!(run.facts[0].format, plain.facts[0].format);
    }
}

#[test]
fn large_files_are_read_over_many_stretches() {
    let contents = noise(900_000);
    let plain = read_compressed(&[&contents], &[&contents], Limits::DEFAULT, || usize::MAX);
    for (name, pack) in PACKS {
        let file = pack(&contents);
        for len in [4_096, 100_003, 1 << 20] {
            let run = read_compressed(&[&file], &[&contents], Limits::DEFAULT, || len);
            assert!(run.packets == plain.packets, "{name}");
            assert_eq!(run.problems(), [""; 0], "{name}");
        }
    }
}

#[test]
fn members_frames_and_streams_follow_each_other() {
    let contents = capture();
    let (first, second) = contents.split_at(51);
    for (name, pack) in PACKS {
        if name == "zip" {
            continue;
        }
        let run = read(&[pack(first), pack(second)].concat(), &contents);
        assert_eq!((run.packets.len(), run.problems()), (PACKETS as usize, vec![]), "{name}");
        let mut empty = pack(first);
        for _ in 0..20 {
            empty.extend(pack(b""));
        }
        let run = read(&[empty, pack(second)].concat(), &contents);
        assert_eq!((run.packets.len(), run.problems()), (PACKETS as usize, vec![]), "{name}");
    }
}

#[test]
fn padding_is_passed() {
    let contents = capture();
    let (first, second) = contents.split_at(51);
    for pack in [gzip, xz] {
        let file = [&pack(first)[..], &[0; 8], &pack(second), &[0; 512]].concat();
        let run = read(&file, &contents);
        assert_eq!((run.packets.len(), run.problems()), (PACKETS as usize, vec![]));
    }
}

#[test]
fn skippable_frames_are_passed_wherever_they_are() {
    let contents = capture();
    let skippable = [&[0x5A, 0x2A, 0x4D, 0x18, 5, 0, 0, 0][..], b"hello"].concat();
    for (name, pack) in PACKS.into_iter().filter(|(name, _)| ["zstd", "lz4"].contains(name)) {
        let file = [&skippable[..], &skippable, &pack(&contents), &skippable].concat();
        let run = read(&file, &contents);
        assert_eq!((run.packets.len(), run.problems()), (PACKETS as usize, vec![]), "{name}");
        assert_eq!(compression(&run), [name]);
    }
}

#[test]
fn gzip_header_fields_are_passed() {
    let contents = capture();
    let plain = gzip(&contents);
    let fields = [
        &[0x1F, 0x8B, 8, 0x1E, 0, 0, 0, 0, 0, 3][..],
        &[3, 0, 1, 2, 3],
        b"name.pcap\0and a comment\0",
        &[9, 9],
    ];
    let file = [&fields.concat(), &plain[10..]].concat();
    let run = read(&file, &contents);
    assert_eq!((run.packets.len(), run.problems()), (PACKETS as usize, vec![]));
    for len in 0..fields.concat().len() {
        let run = read(&file[..len], &contents);
        assert!(run.not_captures[0].is_some(), "{len}");
    }
}

#[test]
fn lz4_frames_of_every_make_are_read() {
    let contents = noise(300_000);
    for mode in [BlockMode::Linked, BlockMode::Independent] {
        for size in [BlockSize::Max64KB, BlockSize::Max256KB, BlockSize::Max1MB, BlockSize::Max4MB]
        {
            for has_checksums in [false, true] {
                let info = FrameInfo::new()
                    .block_mode(mode)
                    .block_size(size)
                    .block_checksums(has_checksums)
                    .content_checksum(has_checksums);
                let doubled = [&contents[..], &contents[24..]].concat();
                let file = lz4_of(info, &doubled);
                let run = read_compressed(&[&file], &[&doubled], Limits::DEFAULT, || 9_999);
                assert_eq!(run.problems(), [""; 0]);
                assert_eq!(run.facts[0].packets, 2 * 247);
            }
        }
    }
}

#[test]
fn xz_blocks_checks_and_filters_are_read() {
    let contents = capture();
    for check in [CheckType::None, CheckType::Crc32, CheckType::Crc64, CheckType::Sha256] {
        let mut options = XzOptions::with_preset(1);
        options.set_check_sum_type(check);
        let run = read(&xz_of(options, &contents), &contents);
        assert_eq!((run.packets.len(), run.problems()), (PACKETS as usize, vec![]), "{check:?}");
    }
    for (filter, property) in
        [(FilterType::BcjX86, 0), (FilterType::BcjArm64, 0), (FilterType::Delta, 4)]
    {
        let mut options = XzOptions::with_preset(1);
        options.prepend_pre_filter(filter, property);
        let run = read(&xz_of(options, &contents), &contents);
        assert_eq!((run.packets.len(), run.problems()), (PACKETS as usize, vec![]), "{filter:?}");
    }
    let mut options = XzOptions::with_preset(1);
    options.prepend_pre_filter(FilterType::BcjX86, 0);
    options.prepend_pre_filter(FilterType::Delta, 4);
    let run = read(&xz_of(options, &contents), &contents);
    assert_eq!(refusal(&run), FaultKind::Filters);
    let sentence = run.not_captures[0].unwrap().to_string();
    assert!(sentence.ends_with("Unpack it with xz -d, and open the result."), "{sentence}");

    let mut options = XzOptions::with_preset(0);
    options.lzma_options.dict_size = 4_096;
    options.set_block_size(std::num::NonZeroU64::new(4_096));
    let contents = noise(30_000);
    let run = read(&xz_of(options, &contents), &contents);
    assert_eq!((run.problems(), run.packets.len()), (vec![], 25));
}

/// Whether a file cut after so many bytes is whole: nothing is missing but what is not looked at.
fn is_whole(name: &str, file: &[u8], len: usize) -> bool {
    len == file.len() || (name == "zip" && len + 26 + 44 + 2 > file.len())
}

#[test]
fn every_truncation_keeps_what_was_before_it() {
    let contents = capture();
    let all = read(&contents, &contents).packets;
    for (name, pack) in PACKS {
        let file = pack(&contents);
        let mut most = 0;
        for len in 0..file.len() {
            let [run, pieces] = [usize::MAX, 7].map(|len_of_piece| {
                let limits = Limits::DEFAULT;
                read_compressed(&[&file[..len]], &[&contents], limits, || len_of_piece)
            });
            assert!(run == pieces, "{name} {len}");
            assert!(run.packets == all[..run.packets.len()], "{name} {len}");
            assert!(run.packets.len() >= most, "{name} {len}");
            most = run.packets.len();
            let is_told =
                run.not_captures[0].is_some() || run.problems().first() == Some(&"compression-cut");
            assert!(is_told || is_whole(name, &file, len), "{name} {len}");
            if let Some(problem) = run.facts[0].problems.first() {
                assert_eq!(problem.offset, Some(len as u64), "{name}");
                let text = problem.to_string();
                let expected = format!("ends at byte {len}, before its {name} data is complete");
                assert!(text.contains(&expected), "{text}");
            }
        }
        // All of a small file is there when only what checks it is missing, unless the check is in
        // its only block, or a block is cut.
        if name != "zstd" && !file.starts_with(&[0x02, 0x21]) {
            assert_eq!(most, PACKETS as usize, "{name}");
        }
    }
}

#[test]
fn a_frame_of_zstd_gives_what_it_kept_back_when_it_is_cut() {
    let contents = noise(600_000);
    let file = zstd(&contents);
    let run = read_compressed(&[&file[..500_000]], &[&contents], Limits::DEFAULT, || 5_000);
    // Whole blocks of 128 KiB.
    assert!(run.packets.len() > 300, "{}", run.packets.len());
    assert_eq!(run.problems(), ["compression-cut"]);
}

#[test]
fn damage_is_told_and_never_fatal() {
    let contents = capture();
    for (name, pack) in PACKS {
        let file = pack(&contents);
        let mut told = 0;
        for place in (0..file.len()).step_by(3) {
            let mut damaged = file.clone();
            damaged[place] ^= 0x41;
            let lens = [usize::MAX, 7];
            let [whole, pieces] = lens.map(|len| read_whatever(&damaged, Limits::DEFAULT, len));
            assert_eq!(whole, pieces, "{name} {place}");
            told += usize::from(whole != read_whatever(&file, Limits::DEFAULT, 7));
        }
        // Some fields say nothing of the contents, and a legacy frame has no checksum.
        let is_legacy = file.starts_with(&[0x02, 0x21]);
        assert!(is_legacy || told * 6 > file.len(), "{name}: {told} of {}", file.len());
    }
}

/// What a file gives whose packets need not be those of any capture.
fn read_whatever(file: &[u8], limits: Limits, len: usize) -> (Vec<String>, u64, Option<String>) {
    let mut sources = super::super::sources::Sources::new(limits);
    let source = sources.add("a".to_owned());
    for piece in file.chunks(len.min(file.len().max(1))) {
        sources.push(source, piece, &mut |_| {});
    }
    sources.end(source, &mut |_| {});
    let facts = sources.facts(source).unwrap();
    let problems = facts.problems.iter().map(ToString::to_string).collect();
    let refused = sources.not_a_capture(source).map(ToString::to_string);
    (problems, facts.packets, refused)
}

#[test]
fn a_wrong_checksum_is_told_and_the_contents_are_kept() {
    let contents = capture();
    for (name, pack) in PACKS {
        let mut file = pack(&contents);
        let end = file.len();
        let place = match name {
            "gzip" => end - 8,
            "zstd" | "lz4" => end - 1,
            "xz" => end - 12 - 8 - 8,
            _ => 14,
        };
        // Legacy frames have none.
        if file.starts_with(&[0x02, 0x21]) {
            continue;
        }
        file[place] ^= 1;
        let run = read(&file, &contents);
        assert_eq!(
            (run.packets.len(), run.problems()),
            (PACKETS as usize, vec!["checksum-wrong"]),
            "{name}"
        );
        let text = run.facts[0].problems[0].to_string();
        assert!(text.contains("is wrong. All of it was read"), "{text}");
    }
}

#[test]
fn what_follows_is_told_and_not_read() {
    let contents = capture();
    for (name, pack) in PACKS {
        let file = pack(&contents);
        for rest in [&b"x"[..], b"and something else", &contents] {
            let run = read(&[&file[..], rest].concat(), &contents);
            assert_eq!(run.packets.len(), PACKETS as usize, "{name}");
            // What follows the directory of an archive is nobody's.
            if name == "zip" {
                assert_eq!(run.problems(), [""; 0]);
                continue;
            }
            // A legacy frame does not say where it ends.
            if !file.starts_with(&[0x02, 0x21]) {
                assert_eq!(run.problems(), ["trailing-bytes"], "{name}");
                let problem = &run.facts[0].problems[0];
                assert_eq!(problem.offset, Some(file.len() as u64), "{name}");
            }
        }
    }
}

#[test]
fn windows_beyond_the_bound_are_refused_with_what_to_do() {
    let contents = capture();
    let limits = Limits { zstd_window_bytes: 4_096, xz_dictionary_bytes: 4_096, ..Limits::DEFAULT };
    let mut large = vec![0x28, 0xB5, 0x2F, 0xFD, 0, 0x58];
    large.extend([1, 0, 0]);
    for (file, tool) in [(large, "zstd -d --long=31"), (xz(&contents), "xz -d")] {
        let (_, packets, refused) = read_whatever(&file, limits, usize::MAX);
        let sentence = refused.unwrap();
        assert_eq!(packets, 0);
        assert!(sentence.contains("refers back up to"), "{sentence}");
        assert!(sentence.ends_with(&format!("Unpack it with {tool}, and open the result.")));
    }
    let dictionary = [0x28, 0xB5, 0x2F, 0xFD, 0x21, 7, 1, 1, 0, 0];
    let run = read_in_pieces(&[&dictionary], Limits::DEFAULT, || 1);
    assert_eq!(refusal(&run), FaultKind::Dictionary);
}

#[test]
fn one_compression_in_another_is_read_and_no_more() {
    let contents = capture();
    let twice = zstd(&gzip(&contents));
    let run = read(&twice, &contents);
    assert_eq!((run.packets.len(), compression(&run)), (PACKETS as usize, vec!["zstd", "gzip"]));
    let archive = zip(&[File { name: "a.pcap.xz", contents: &xz(&contents), ..File::default() }]);
    let run = read(&archive, &contents);
    assert_eq!((run.packets.len(), compression(&run)), (PACKETS as usize, vec!["zip", "xz"]));
    let run = read(&lz4(&twice), &contents);
    assert_eq!(run.not_captures[0], Some(NotACapture::StillCompressed { tool: "gzip" }));
    // The outer one is whole, and the inner one is cut.
    let inner = gzip(&contents);
    let run = read(&zstd(&inner[..inner.len() - 9]), &contents);
    assert_eq!(run.problems(), ["compression-cut"]);
}

#[test]
fn the_first_capture_of_an_archive_is_read_and_the_others_are_named() {
    let contents = capture();
    let other = pcap(&[1]);
    let files = [
        File { name: "read me.txt", contents: b"hello", ..File::default() },
        File { name: "folder/", ..File::default() },
        File { name: "folder/a.pcap", contents: &contents, ..File::default() },
        File { name: "b.pcap", contents: &other, ..File::default() },
        File { name: "notes", contents: &[b'x'; 5_000], ..File::default() },
        File { name: "c.pcap.gz", contents: &gzip(&other), ..File::default() },
    ];
    for (is_stored, has_descriptor, is_zip64) in
        [(false, false, false), (true, false, false), (false, true, false), (false, true, true)]
    {
        let files = files.map(|file| File { is_stored, has_descriptor, is_zip64, ..file });
        let run = read(&zip(&files), &contents);
        assert_eq!(
            (run.packets.len(), run.problems()),
            (PACKETS as usize, vec!["further-captures"])
        );
        let text = run.facts[0].problems[0].to_string();
        assert!(text.contains("were not: b.pcap, c.pcap.gz. Unpack"), "{text}");
    }
}

#[test]
fn an_archive_without_a_capture_says_so() {
    let contents = capture();
    let text = File { name: "a", contents: b"hello", ..File::default() };
    let secret = File { name: "b", contents: &contents, is_encrypted: true, ..File::default() };
    let endless = File { name: "c", contents: &contents, is_stored: true, ..File::default() };
    let endless = File { has_descriptor: true, ..endless };
    let cases: [(&[File<'_>], FaultKind); 5] = [
        (&[], FaultKind::NoCapture),
        (&[text], FaultKind::NoCapture),
        (&[text, secret, text], FaultKind::Encrypted),
        (&[File { has_descriptor: true, ..secret }], FaultKind::Encrypted),
        (&[endless], FaultKind::Method),
    ];
    for (files, expected) in cases {
        if files.is_empty() {
            continue;
        }
        let run = read(&zip(files), &contents);
        assert_eq!(refusal(&run), expected);
        assert!(run.not_captures[0].unwrap().to_string().ends_with('.'));
    }
    let run = read(&zip(&[secret, File { is_encrypted: false, ..secret }]), &contents);
    assert_eq!((run.packets.len(), run.problems()), (PACKETS as usize, vec![]));
}

/// A file that begins as a capture and expands to `len` bytes, most of them zeros.
fn bomb(pack: packing::Pack, len: usize) -> Vec<u8> {
    let mut contents = pcap(&[1, 2]);
    // A record whose data a search for the next one goes through.
    contents.resize(len, 0);
    pack(&contents)
}

#[test]
fn a_bomb_is_stopped_and_what_came_before_it_is_kept() {
    let limits = Limits { expanded_bytes: 1 << 20, expansion_ratio: 20, ..Limits::DEFAULT };
    for (name, pack) in PACKS {
        let file = bomb(pack, 8 << 20);
        let (problems, packets, refused) = read_whatever(&file, limits, usize::MAX);
        assert_eq!((packets >= 2, refused), (true, None), "{name}");
        let found = problems.iter().filter(|text| text.contains("expands to more than")).count();
        assert_eq!(found, 1, "{name}: {problems:?}");
        assert_eq!(problems, read_whatever(&file, limits, 1_001).0, "{name}");
    }
}

#[test]
fn contents_that_are_no_capture_are_not_expanded() {
    for (name, pack) in PACKS {
        let file = pack(&vec![b'a'; 2 << 20]);
        let (problems, packets, refused) = read_whatever(&file, Limits::DEFAULT, 100);
        assert_eq!((problems.len(), packets), (0, 0), "{name}");
        assert!(refused.is_some(), "{name}");
    }
}

#[test]
fn starts_tell_the_compression() {
    for (name, pack) in PACKS {
        let file = pack(b"contents");
        let Start::Compressed(found) = Start::of(&file) else { panic!("{name}") };
        assert_eq!(found.name(), name);
        assert_eq!(Start::of(&file[..2]), Start::Unsure);
    }
    for plain in [&pcap(&[])[..], b"\x0A\x0D\x0D\x0A", b"PK\x05\x06", b"text", b"\x1F\x8B\x07"] {
        assert_eq!(Start::of(plain), Start::Plain);
    }
    assert_eq!(Start::of(b""), Start::Unsure);
    let long = [&[0x50, 0x2A, 0x4D, 0x18, 0, 0, 1, 0][..], b"abc"].concat();
    assert_eq!(Start::of(&long), Start::Compressed(Compression::Zstd));
}

#[test]
fn every_fault_is_a_sentence_with_what_to_do() {
    let kinds = [
        FaultKind::Cut,
        FaultKind::Damaged,
        FaultKind::Checksum,
        FaultKind::TrailingBytes,
        FaultKind::Expands { expanded: 1 << 30 },
        FaultKind::Window { needed: 1 << 31, most: 1 << 27 },
        FaultKind::Dictionary,
        FaultKind::Filters,
        FaultKind::Encrypted,
        FaultKind::Method,
        FaultKind::NoCapture,
    ];
    for kind in kinds {
        let fault = Fault { compression: Compression::Zstd, offset: 12, kind };
        for text in [fault.to_string(), fault.after(3)] {
            assert!(text.ends_with('.') && text.matches(". ").count() >= 1, "{text}");
            assert!(!text.contains("..") && !text.contains("  "), "{text}");
        }
        assert!(!fault.code().name().is_empty());
    }
}

proptest! {
    #![proptest_config(Config { failure_persistence: None, cases: 400, ..Config::default() })]

    #[test]
    fn damaged_files_give_the_same_however_they_are_cut(
        pack in prop_oneof![Just(0), Just(1), Just(2), Just(3), Just(4), Just(5)],
        places in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..4),
        end in any::<prop::sample::Index>(),
        len in 1_usize..200,
    ) {
        let mut file = PACKS[pack].1(&capture());
        for (place, byte) in places {
            let place = place.index(file.len());
            file[place] = byte;
        }
        file.truncate(end.index(file.len()) + 1);
        let whole = read_whatever(&file, Limits::DEFAULT, usize::MAX);
        assert_eq!(read_whatever(&file, Limits::DEFAULT, len), whole);
    }

    #[test]
    fn no_bytes_after_a_magic_number_are_too_odd(
        magic in 0_usize..6,
        bytes in prop::collection::vec(any::<u8>(), 0..300),
    ) {
        let file = [super::MAGICS[magic].0, &bytes].concat();
        let whole = read_whatever(&file, Limits::DEFAULT, usize::MAX);
        assert_eq!(read_whatever(&file, Limits::DEFAULT, 5), whole);
    }
}
