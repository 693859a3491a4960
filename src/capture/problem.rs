//! What can be wrong with a capture file.

use std::fmt;

/// Something that was wrong with a capture file, and where.
///
/// Its `Display` is the sentence for a person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// What kind of problem it is.
    pub code: ProblemCode,
    /// Where in the file, in bytes from its start.
    pub offset: Option<u64>,
    /// The number of the packet it was met at.
    pub packet: Option<u64>,
    /// The sentence.
    pub(super) message: String,
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
    /// A packet names an interface that the section does not describe.
    InterfaceUnknown,
    /// A section describes more interfaces than the bound.
    TooManyInterfaces,
    /// A section is of a version that is not known.
    VersionUnknown,
    /// A section's header is damaged.
    SectionInvalid,
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
        }
    }
}
