//! Compressed files, made by the crates' own compressors, and archives made by hand.

use std::io::Write;

use flate2::Compression;
use flate2::write::{DeflateEncoder, GzEncoder};
use lz4_flex::frame::{BlockMode, BlockSize, FrameEncoder, FrameInfo};
use lzma_rust2::{XzOptions, XzWriter};
use ruzstd::encoding::{CompressionLevel, compress_to_vec};

/// A way to compress.
pub(crate) type Pack = fn(&[u8]) -> Vec<u8>;

/// Every format, by the name that the report gives it.
pub(crate) const PACKS: [(&str, Pack); 6] = [
    ("gzip", gzip),
    ("zstd", zstd),
    ("lz4", lz4),
    ("lz4", lz4_legacy),
    ("xz", xz),
    ("zip", zip_of_one),
];

pub(crate) fn gzip(contents: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(contents).unwrap();
    encoder.finish().unwrap()
}

pub(crate) fn zstd(contents: &[u8]) -> Vec<u8> {
    compress_to_vec(contents, CompressionLevel::Fastest)
}

/// Small blocks that refer to each other, with all checksums.
pub(crate) fn lz4(contents: &[u8]) -> Vec<u8> {
    let info = FrameInfo::new()
        .block_size(BlockSize::Max64KB)
        .block_mode(BlockMode::Linked)
        .block_checksums(true)
        .content_checksum(true)
        .content_size(Some(contents.len() as u64));
    lz4_of(info, contents)
}

/// As `lz4 -l` does.
pub(crate) fn lz4_legacy(contents: &[u8]) -> Vec<u8> {
    let mut file = vec![0x02, 0x21, 0x4C, 0x18];
    for block in contents.chunks(8 << 20) {
        let block = lz4_flex::block::compress(block);
        file.extend((block.len() as u32).to_le_bytes());
        file.extend(block);
    }
    file
}

pub(crate) fn lz4_of(info: FrameInfo, contents: &[u8]) -> Vec<u8> {
    let mut encoder = FrameEncoder::with_frame_info(info, Vec::new());
    encoder.write_all(contents).unwrap();
    encoder.finish().unwrap()
}

pub(crate) fn xz(contents: &[u8]) -> Vec<u8> {
    xz_of(XzOptions::with_preset(1), contents)
}

pub(crate) fn xz_of(options: XzOptions, contents: &[u8]) -> Vec<u8> {
    let mut writer = XzWriter::new(Vec::new(), options).unwrap();
    writer.write_all(contents).unwrap();
    writer.finish().unwrap()
}

fn zip_of_one(contents: &[u8]) -> Vec<u8> {
    zip(&[File { name: "a.pcap", contents, ..File::default() }])
}

/// A file in an archive.
#[derive(Clone, Copy, Default)]
pub(crate) struct File<'a> {
    pub(crate) name: &'a str,
    pub(crate) contents: &'a [u8],
    pub(crate) is_stored: bool,
    /// Whether its sizes follow its data.
    pub(crate) has_descriptor: bool,
    /// Whether these sizes are in eight bytes.
    pub(crate) is_zip64: bool,
    pub(crate) is_encrypted: bool,
}

/// A ZIP archive.
pub(crate) fn zip(files: &[File<'_>]) -> Vec<u8> {
    let mut archive = Vec::new();
    let mut directory = Vec::new();
    for file in files {
        let mut crc = flate2::Crc::new();
        crc.update(file.contents);
        let data = if file.is_stored { file.contents.to_vec() } else { deflate(file.contents) };
        let crc = crc.sum().to_le_bytes();
        let (packed, len) = (data.len() as u32, file.contents.len() as u32);
        let flags = u16::from(file.is_encrypted) | u16::from(file.has_descriptor) << 3;
        let method: u16 = if file.is_stored { 0 } else { 8 };
        let (flags, method) = (flags.to_le_bytes(), method.to_le_bytes());
        let mut fields = [&[45, 0][..], &flags, &method, &[0; 4]].concat();
        let sizes = [&crc[..], &packed.to_le_bytes(), &len.to_le_bytes()].concat();
        fields.extend_from_slice(if file.has_descriptor { &[0; 12] } else { &sizes });
        fields.extend((file.name.len() as u16).to_le_bytes());
        fields.extend([0; 2]);
        archive.extend([b"PK\x03\x04", &fields[..], file.name.as_bytes(), &data].concat());
        if file.has_descriptor && file.is_zip64 {
            let (packed, len) = (u64::from(packed).to_le_bytes(), u64::from(len).to_le_bytes());
            archive.extend([b"PK\x07\x08", &crc[..], &packed, &len].concat());
        } else if file.has_descriptor {
            archive.extend([&b"PK\x07\x08"[..], &sizes].concat());
        }
        directory.extend([&b"PK\x01\x02\x2D\0"[..], &fields].concat());
        directory.extend([&[0; 14][..], file.name.as_bytes()].concat());
    }
    [&archive[..], &directory, b"PK\x05\x06", &[0; 18]].concat()
}

fn deflate(contents: &[u8]) -> Vec<u8> {
    let mut encoder = DeflateEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(contents).unwrap();
    encoder.finish().unwrap()
}
