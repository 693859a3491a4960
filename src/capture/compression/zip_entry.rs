//! The header before each file of a ZIP archive: PKWARE's APPNOTE.TXT, 4.3.7 and 4.5.3.

use nom::IResult;
use nom::Parser;
use nom::bytes::complete::take;
use nom::number::complete::{le_u16, le_u32, le_u64};

/// Bytes of a local file header between its signature and the name.
pub(super) const HEADER_LEN: usize = 26;

/// How a file is compressed: 4.4.5.
pub(super) mod method {
    pub(in super::super) const STORED: u16 = 0;
    pub(in super::super) const DEFLATED: u16 = 8;
}

/// General purpose bit flag: 4.4.4.
mod flags {
    pub(super) const ENCRYPTED: u16 = 0x0001;
    pub(super) const DATA_DESCRIPTOR: u16 = 0x0008;
    pub(super) const STRONG_ENCRYPTION: u16 = 0x0040;
}

/// A local file header.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Entry {
    flags: u16,
    /// How the file is compressed.
    pub(super) method: u16,
    /// The CRC-32 of its contents, unless that follows it.
    pub(super) crc: u32,
    /// Bytes of its compressed data, unless that follows it.
    pub(super) compressed_len: u64,
    /// Bytes of its name, and of the extra field after that.
    pub(super) name_len: usize,
    pub(super) extra_len: usize,
    /// Its name with folders, as far as it is text.
    pub(super) name: String,
}

impl Entry {
    /// Reads the fixed part after the signature.
    pub(super) fn of(header: &[u8; HEADER_LEN]) -> Option<Entry> {
        fixed_part(header).ok().map(|(_, entry)| entry)
    }

    /// Takes over the name, and what the extra field after it says.
    pub(super) fn complete(&mut self, bytes: &[u8]) {
        let (name, extra) = bytes.split_at_checked(self.name_len).unwrap_or((bytes, &[]));
        self.name = String::from_utf8_lossy(name).into_owned();
        // A size of all ones stands in the extra field, in eight bytes.
        if self.compressed_len == u64::from(u32::MAX)
            && let Some(len) = zip64_compressed_len(extra)
        {
            self.compressed_len = len;
        }
    }

    /// Whether its data is encrypted.
    pub(super) fn is_encrypted(&self) -> bool {
        self.flags & (flags::ENCRYPTED | flags::STRONG_ENCRYPTION) != 0
    }

    /// Whether its sizes and its CRC-32 follow its data.
    pub(super) fn has_descriptor(&self) -> bool {
        self.flags & flags::DATA_DESCRIPTOR != 0
    }
}

fn fixed_part(i: &[u8]) -> IResult<&[u8], Entry> {
    let (i, _version_needed) = le_u16(i)?;
    let (i, flags) = le_u16(i)?;
    let (i, method) = le_u16(i)?;
    let (i, _time) = le_u16(i)?;
    let (i, _date) = le_u16(i)?;
    let (i, crc) = le_u32(i)?;
    let (i, compressed_len) = le_u32(i)?;
    let (i, _len) = le_u32(i)?;
    let (i, name_len) = le_u16(i)?;
    let (i, extra_len) = le_u16(i)?;
    let entry = Entry {
        flags,
        method,
        crc,
        compressed_len: u64::from(compressed_len),
        name_len: usize::from(name_len),
        extra_len: usize::from(extra_len),
        name: String::new(),
    };
    Ok((i, entry))
}

/// The compressed size in the ZIP64 part of an extra field, where it stands after the other size.
fn zip64_compressed_len(mut extra: &[u8]) -> Option<u64> {
    const ZIP64: u16 = 1;
    loop {
        let (rest, (id, contents)) = part(extra).ok()?;
        if id == ZIP64 {
            let (_, (_len, compressed_len)) = zip64(contents).ok()?;
            return Some(compressed_len);
        }
        extra = rest;
    }
}

fn part(i: &[u8]) -> IResult<&[u8], (u16, &[u8])> {
    let (i, id) = le_u16(i)?;
    let (i, len) = le_u16(i)?;
    let (i, contents) = take(len).parse(i)?;
    Ok((i, (id, contents)))
}

fn zip64(i: &[u8]) -> IResult<&[u8], (u64, u64)> {
    let (i, len) = le_u64(i)?;
    let (i, compressed_len) = le_u64(i)?;
    Ok((i, (len, compressed_len)))
}

#[cfg(test)]
mod tests {
    use super::Entry;

    /// A header whose compressed size stands in the extra field.
    fn header() -> ([u8; 26], Vec<u8>) {
        let mut header = [0; 26];
        header[2] = 0x09;
        header[4] = 8;
        header[10..14].copy_from_slice(&[1, 2, 3, 4]);
        header[14..22].copy_from_slice(&[0xFF; 8]);
        (header[22], header[24]) = (4, 24);
        let mut extra = vec![9, 9, 0, 0, 1, 0, 16, 0];
        extra.extend(700_u64.to_le_bytes());
        extra.extend(500_u64.to_le_bytes());
        (header, extra)
    }

    #[test]
    fn fields_are_where_they_belong() {
        let (header, extra) = header();
        let mut entry = Entry::of(&header).unwrap();
        entry.complete(&[&b"a/b\xFF"[..], &extra].concat());
        assert!(entry.is_encrypted() && entry.has_descriptor());
        assert_eq!((entry.method, entry.crc), (8, 0x0403_0201));
        assert_eq!((entry.name_len, entry.extra_len), (4, 24));
        assert_eq!((entry.name.as_str(), entry.compressed_len), ("a/b\u{FFFD}", 500));
    }

    #[test]
    fn a_damaged_extra_field_says_nothing() {
        let (header, extra) = header();
        for len in 0..extra.len() {
            let mut entry = Entry::of(&header).unwrap();
            entry.complete(&[&b"abcd"[..], &extra[..len]].concat());
            assert_eq!(entry.compressed_len, u64::from(u32::MAX), "{len}");
        }
    }
}
