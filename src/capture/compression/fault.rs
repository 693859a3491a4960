//! What can be wrong with compressed data.

use std::fmt;

use super::Compression;
use crate::capture::problem::ProblemCode;

/// Something wrong with compressed data, and where.
///
/// Its `Display` is a sentence for a person where nothing could be read at all.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Fault {
    /// How the data is compressed.
    pub compression: Compression,
    /// Where it was met, in bytes of the compressed data.
    pub offset: u64,
    /// What is wrong.
    pub kind: FaultKind,
}

/// The kinds of faults.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum FaultKind {
    /// It ends before it is complete.
    Cut,
    /// It is not what the format allows.
    Damaged,
    /// What was decompressed is not what the checksum was made of.
    Checksum,
    /// Other bytes follow it.
    TrailingBytes,
    /// It expands to so many bytes, more than captures do.
    Expands {
        /// Bytes that came out.
        expanded: u64,
    },
    /// It refers further back than is kept.
    Window {
        /// Bytes that it may refer back.
        needed: u64,
        /// Bytes that are kept at most.
        most: u64,
    },
    /// It refers to a dictionary, which is a file of its own.
    Dictionary,
    /// It goes through a chain of filters that is not known here.
    Filters,
    /// Every file of an archive that could be a capture is encrypted.
    Encrypted,
    /// The files of an archive are compressed in a way that is not read here.
    Method,
    /// No file of an archive is a capture.
    NoCapture,
}

impl FaultKind {
    /// Whether nothing of what follows can be read.
    pub(in crate::capture) const fn is_final(self) -> bool {
        !matches!(self, FaultKind::Checksum)
    }
}

impl Fault {
    /// The code of the problem that it is where something was read.
    pub(in crate::capture) const fn code(&self) -> ProblemCode {
        match self.kind {
            FaultKind::Cut => ProblemCode::CompressionCut,
            FaultKind::Damaged => ProblemCode::CompressionDamaged,
            FaultKind::Checksum => ProblemCode::ChecksumWrong,
            FaultKind::TrailingBytes => ProblemCode::TrailingBytes,
            FaultKind::Expands { .. } => ProblemCode::ExpandsTooMuch,
            FaultKind::Window { .. }
            | FaultKind::Dictionary
            | FaultKind::Filters
            | FaultKind::Encrypted
            | FaultKind::Method
            | FaultKind::NoCapture => ProblemCode::CompressionUnknown,
        }
    }

    /// The sentence for a person where `packets` were read before.
    pub(in crate::capture) fn after(&self, packets: u64) -> String {
        let advice = self.advice();
        match self.kind {
            FaultKind::Checksum => {
                format!(
                    "{}. All of it was read, and some of it may be wrong. {advice}",
                    self.what()
                )
            }
            FaultKind::TrailingBytes => format!("{}, and was not read. {advice}", self.what()),
            _ => format!("{}. The {packets} packets before that were read. {advice}", self.what()),
        }
    }

    /// What is wrong and where, without the full stop.
    fn what(&self) -> String {
        let Fault { compression, offset, kind } = *self;
        let name = compression.name();
        match kind {
            FaultKind::Cut => {
                format!("The file ends at byte {offset}, before its {name} data is complete")
            }
            FaultKind::Damaged => format!("The {name} data is damaged at byte {offset}"),
            FaultKind::Checksum => {
                format!("The checksum of the {name} data that ends at byte {offset} is wrong")
            }
            FaultKind::TrailingBytes => {
                format!("What follows the {name} data from byte {offset} on is no {name} data")
            }
            FaultKind::Expands { expanded } => format!(
                "The {name} data expands to more than captures do: its first {offset} bytes to \
                 {expanded}, where reading stopped"
            ),
            FaultKind::Window { needed, most } => format!(
                "The {name} data at byte {offset} refers back up to {} MiB, and no more than {} \
                 are kept",
                needed.div_ceil(1 << 20),
                most >> 20
            ),
            FaultKind::Dictionary => {
                format!("The {name} data at byte {offset} needs the dictionary it was made with")
            }
            FaultKind::Filters => {
                format!("The {name} data at byte {offset} went through filters that are not read")
            }
            FaultKind::Encrypted => "What is in the ZIP archive is encrypted".to_owned(),
            FaultKind::Method => format!(
                "What is in the ZIP archive at byte {offset} is stored in a way that cannot be \
                 read while it comes"
            ),
            FaultKind::NoCapture => "No file in the ZIP archive is a capture".to_owned(),
        }
    }

    /// What to do.
    fn advice(&self) -> String {
        let unpack = match (self.kind, self.compression) {
            (FaultKind::Window { .. }, Compression::Zstd) => "zstd -d --long=31",
            (FaultKind::Dictionary, Compression::Zstd) => "zstd -d -D DICTIONARY",
            (_, Compression::Gzip) => "gzip -d",
            (_, Compression::Zstd) => "zstd -d",
            (_, Compression::Lz4) => "lz4 -d",
            (_, Compression::Xz) => "xz -d",
            (_, Compression::Zip) => "unzip",
        };
        match self.kind {
            FaultKind::Cut | FaultKind::Damaged | FaultKind::Checksum => {
                "Copy the file again.".to_owned()
            }
            FaultKind::TrailingBytes => {
                "If it is a capture, save it as a file of its own, and open it with this one."
                    .to_owned()
            }
            FaultKind::Expands { .. } => {
                format!("If it is a capture all the same, unpack it with {unpack}, and open that.")
            }
            FaultKind::NoCapture => "Open the capture itself.".to_owned(),
            FaultKind::Encrypted => {
                "Unpack it with its password, and open the capture that is in it.".to_owned()
            }
            FaultKind::Window { .. }
            | FaultKind::Dictionary
            | FaultKind::Filters
            | FaultKind::Method => format!("Unpack it with {unpack}, and open the result."),
        }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}. {}", self.what(), self.advice())
    }
}
