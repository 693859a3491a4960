//! What can be wrong with a capture file.

use std::fmt;

/// Something that was wrong with a capture file, and where.
///
/// Its `Display` is a sentence for a person: what is wrong, and what to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// What kind of problem it is.
    pub code: ProblemCode,
    /// Where in the file, in bytes from its start; of a compressed file, in what is compressed,
    /// unless the problem is one of the compression itself.
    pub offset: Option<u64>,
    /// The number of the packet it was met at.
    pub packet: Option<u64>,
    /// The sentence.
    message: String,
}

impl Problem {
    /// A problem of the record or block that starts at `offset`; `packet` is the number that its
    /// packet has, or that the next one would have.
    pub(super) fn new(code: ProblemCode, offset: u64, packet: u64, message: String) -> Problem {
        Problem { code, offset: Some(offset), packet: Some(packet), message }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.message)
    }
}

/// The kinds of problems.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ProblemCode {
    /// The file ends inside its header, a record or a block.
    FileCut,
    /// A record or block has a length that cannot be.
    LengthInvalid,
    /// A record or block is longer than the bound.
    RecordTooLong,
    /// The two lengths of a pcapng block differ.
    BlockLengthsDiffer,
    /// A packet names an interface that its section does not describe.
    InterfaceUnknown,
    /// A section describes more interfaces than the bound.
    TooManyInterfaces,
    /// A section is of a version that is not known.
    VersionUnknown,
    /// A section's header is damaged.
    SectionInvalid,
    /// Records of nothing but zeros stand among the packets.
    Zeros,
    /// A text about the capture is longer than the bound.
    TextNotRead,
    /// Compressed data ends before it is complete.
    CompressionCut,
    /// Compressed data is damaged.
    CompressionDamaged,
    /// Compressed data needs what is not there or not known here.
    CompressionUnknown,
    /// The checksum of compressed data is wrong.
    ChecksumWrong,
    /// Something else follows compressed data.
    TrailingBytes,
    /// Compressed data expands to more than captures do.
    ExpandsTooMuch,
    /// An archive holds captures that were not read.
    FurtherCaptures,
}

impl ProblemCode {
    /// A stable name in kebab case.
    pub const fn name(self) -> &'static str {
        match self {
            ProblemCode::FileCut => "file-cut",
            ProblemCode::LengthInvalid => "length-invalid",
            ProblemCode::RecordTooLong => "record-too-long",
            ProblemCode::BlockLengthsDiffer => "block-lengths-differ",
            ProblemCode::InterfaceUnknown => "interface-unknown",
            ProblemCode::TooManyInterfaces => "too-many-interfaces",
            ProblemCode::VersionUnknown => "version-unknown",
            ProblemCode::SectionInvalid => "section-invalid",
            ProblemCode::Zeros => "zeros",
            ProblemCode::TextNotRead => "text-not-read",
            ProblemCode::CompressionCut => "compression-cut",
            ProblemCode::CompressionDamaged => "compression-damaged",
            ProblemCode::CompressionUnknown => "compression-unknown",
            ProblemCode::ChecksumWrong => "checksum-wrong",
            ProblemCode::TrailingBytes => "trailing-bytes",
            ProblemCode::ExpandsTooMuch => "expands-too-much",
            ProblemCode::FurtherCaptures => "further-captures",
        }
    }
}
