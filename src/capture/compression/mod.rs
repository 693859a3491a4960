//! Compression around a capture: bytes of a file → the bytes that were compressed.
//!
//! It is told by content. Bytes are pushed in pieces of any size and expanded in small steps, so
//! that little data which expands to much is never held expanded, and the result does not depend
//! on how the bytes were cut: decoders always see the same stretches of a file.

mod expander;
mod fault;
mod gather;
mod gzip;
mod inflate;
mod lz4;
mod xz;
mod zip;
mod zip_entry;
mod zstd;

#[cfg(test)]
mod tests;

pub use self::fault::{Fault, FaultKind};

pub(super) use self::expander::{Expanded, Expander};

use std::fmt;

/// How a file is compressed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Compression {
    /// gzip, in any number of members.
    Gzip,
    /// Zstandard, in any number of frames.
    Zstd,
    /// LZ4 frames, in any number, the legacy ones included.
    Lz4,
    /// xz, in any number of streams.
    Xz,
    /// A ZIP archive, of which one file is read.
    Zip,
}

impl Compression {
    /// The name that the report gives it.
    pub const fn name(self) -> &'static str {
        match self {
            Compression::Gzip => "gzip",
            Compression::Zstd => "zstd",
            Compression::Lz4 => "lz4",
            Compression::Xz => "xz",
            Compression::Zip => "zip",
        }
    }
}

/// Bytes that come out of a decoder at once, of most formats; of lz4 a block does, 8 MiB at most.
const EXPANDED_BYTES: usize = 256 << 10;

/// What the first bytes of a file tell of its compression.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Start {
    /// There is none.
    Plain,
    /// There is this one.
    Compressed(Compression),
    /// More bytes are needed.
    Unsure,
}

const MAGICS: [(&[u8], Compression); 6] = [
    (&gzip::MAGIC, Compression::Gzip),
    (&zstd::MAGIC, Compression::Zstd),
    (&lz4::MAGIC, Compression::Lz4),
    (&lz4::LEGACY_MAGIC, Compression::Lz4),
    (&xz::MAGIC, Compression::Xz),
    (&zip::MAGIC, Compression::Zip),
];

impl Start {
    /// What is told by `start`.
    pub(super) fn of(start: &[u8]) -> Start {
        /// Bytes of skippable frames in which the first frame proper is looked for.
        const SKIPPABLE_BYTES: usize = 512;

        // zstd and lz4 have the same skippable frames.
        let mut rest = start;
        while let Some((header, after)) = rest.split_first_chunk::<8>()
            && let Some(len) = skippable_len(header)
        {
            let skipped = start.len().saturating_sub(after.len()).saturating_add(len as usize);
            if skipped > SKIPPABLE_BYTES {
                return Start::Compressed(Compression::Zstd);
            }
            match after.get(len as usize..) {
                Some(next) => rest = next,
                None => return Start::Unsure,
            }
        }
        let is_skippable = rest.len() < 8
            && (rest.iter().zip([0x50, 0x2A, 0x4D, 0x18]).enumerate()).all(
                |(place, (byte, magic))| {
                    if place == 0 { byte & 0xF0 == magic } else { *byte == magic }
                },
            );
        if is_skippable {
            return Start::Unsure;
        }
        for (magic, compression) in MAGICS {
            if rest.starts_with(magic) {
                return Start::Compressed(compression);
            }
            if magic.starts_with(rest) {
                return Start::Unsure;
            }
        }
        Start::Plain
    }
}

/// The bytes that follow the header of a skippable frame, which zstd and lz4 have in common:
/// \[RFC 8878\] 3.1.2.
fn skippable_len(header: &[u8; 8]) -> Option<u32> {
    match *header {
        [0x50..=0x5F, 0x2A, 0x4D, 0x18, l0, l1, l2, l3] => {
            Some(u32::from_le_bytes([l0, l1, l2, l3]))
        }
        _ => None,
    }
}

/// Decompresses one format.
trait Decode: fmt::Debug {
    /// Takes bytes off the front of `input`, and makes [`Decode::contents`] of them.
    ///
    /// A fault comes after what was made before it, in the same call or an earlier one.
    fn decode(&mut self, input: &mut &[u8]) -> Result<Progress, Refusal>;

    /// The input has ended: makes what is left, call by call, and says what is missing.
    fn end(&mut self) -> Result<Progress, Refusal>;

    /// What the last call made.
    fn contents(&self) -> &[u8];

    /// Bytes that were made in all and are part of no contents.
    fn dropped(&self) -> u64 {
        0
    }

    /// What is to be said of the rest of the file, once all is done.
    fn remark(&self) -> Option<String> {
        None
    }
}

/// What a decoder did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Progress {
    /// It may make more without more input.
    More,
    /// All of its input is used up.
    Hungry,
    /// Nothing more comes of the file.
    Done,
}

/// Why a decoder did not go on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Refusal {
    kind: FaultKind,
    /// How many of the bytes taken come after the place that is meant.
    back: u64,
}

impl From<FaultKind> for Refusal {
    fn from(kind: FaultKind) -> Refusal {
        Refusal { kind, back: 0 }
    }
}
