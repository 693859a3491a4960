//! Little that expands to much.

use std::io::Write;

use flate2::{Compress, Compression, FlushCompress};

use super::writer::Pcap;
use super::{Expected, Hostile};

/// Bytes to which a bomb expands where nobody stops it.
const EXPANDED: usize = if cfg!(debug_assertions) { 400 << 20 } else { 1_000 << 20 };

/// How often a bomb holds the same bytes, and how many those are.
const PARTS: usize = EXPANDED / PART;
const PART: usize = 4 << 20;

pub(crate) fn files() -> Vec<Hostile> {
    let too_much = || Expected::Problem("expands-too-much", "where reading stopped");
    vec![
        Hostile { name: "a bomb of gzip", make: || bomb(gzip), expected: too_much() },
        Hostile { name: "a bomb of zstd", make: zstd, expected: too_much() },
        Hostile { name: "a bomb of lz4", make: || bomb(lz4), expected: too_much() },
        Hostile { name: "a bomb of xz", make: || bomb(xz), expected: too_much() },
        Hostile { name: "a bomb of ZIP", make: zip, expected: too_much() },
        Hostile {
            name: "300,000 members of gzip",
            make: || [gzip(&header()), gzip(b"").repeat(300_000)].concat(),
            expected: Expected::Sessions(0),
        },
        Hostile {
            name: "gzip in gzip in gzip in gzip",
            make: || gzip(&gzip(&gzip(&gzip(&header())))),
            expected: Expected::Refused(""),
        },
    ]
}

/// A pcap file without packets.
fn header() -> Vec<u8> {
    Pcap::raw().file()
}

/// The same empty record again and again.
fn records() -> Vec<u8> {
    let mut pcap = Pcap::raw();
    pcap.packet(&[]);
    pcap.file().split_off(24).repeat(PART / 16)
}

/// A capture of empty records, each part of it compressed by itself.
fn bomb(compress: fn(&[u8]) -> Vec<u8>) -> Vec<u8> {
    [compress(&header()), compress(&records()).repeat(PARTS)].concat()
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

fn lz4(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = lz4_flex::frame::FrameEncoder::new(Vec::new());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

fn xz(bytes: &[u8]) -> Vec<u8> {
    let options = lzma_rust2::XzOptions::with_preset(0);
    let mut encoder = lzma_rust2::XzWriter::new(Vec::new(), options).unwrap();
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

/// Blocks that say one byte and how often it comes (RFC 8878, 3.1.1.2).
fn zstd() -> Vec<u8> {
    const BLOCK: u32 = 128 << 10;
    let block_header = |len: u32, kind: u32| (len << 3 | kind << 1).to_le_bytes();
    let header = header();
    let mut frame = vec![0x28, 0xB5, 0x2F, 0xFD, 0, 0x58];
    frame.extend(&block_header(header.len() as u32, 0)[..3]);
    frame.extend(header);
    for _ in 0..EXPANDED / BLOCK as usize {
        frame.extend(&block_header(BLOCK, 1)[..3]);
        frame.push(1);
    }
    frame
}

fn zip() -> Vec<u8> {
    // A full flush forgets what was before, so that a part means the same again and again.
    let part = |bytes: &[u8]| {
        let mut encoder = Compress::new(Compression::best(), false);
        let mut part = Vec::with_capacity(bytes.len() + 1_000);
        encoder.compress_vec(bytes, &mut part, FlushCompress::Full).unwrap();
        part
    };
    let data = [part(&header()), part(&records()).repeat(PARTS), vec![3, 0]].concat();
    let mut file = b"PK\x03\x04\x14\0\0\0\x08\0\0\0\0\0\0\0\0\0".to_vec();
    file.extend((data.len() as u32).to_le_bytes());
    file.extend((EXPANDED as u32 + 24).to_le_bytes());
    file.extend([6, 0, 0, 0]);
    file.extend(b"a.pcap");
    file.extend(data);
    file
}
