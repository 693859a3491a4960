//! Why a message could not be decompressed.

use crate::smb::error::DecodeError;
use crate::smb::smb2::CompressionAlgorithmId;

/// A compressed message that could not be decompressed, and where.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum DecompressionError {
    /// The headers could not be read.
    #[error(transparent)]
    Header(#[from] DecodeError),
    /// A compressed part could not be decompressed.
    #[error("data at byte {offset}, compressed with {algorithm}: {kind}")]
    Data {
        /// How the part is compressed.
        algorithm: CompressionAlgorithmId,
        /// Where the part starts, in bytes from the start of the compressed message.
        offset: usize,
        /// What was wrong with it.
        kind: DecompressionErrorKind,
    },
    /// The payloads do not add up to OriginalCompressedSegmentSize.
    #[error("{found} bytes decompressed, OriginalCompressedSegmentSize is {expected}")]
    Size {
        /// OriginalCompressedSegmentSize.
        expected: usize,
        /// Bytes that came out.
        found: usize,
    },
    /// The message is longer than the caller allows.
    #[error("{size} bytes when decompressed, of which no more than {most} are read")]
    Bound {
        /// Bytes that the message says it has.
        size: usize,
        /// Bytes that the caller allows.
        most: usize,
    },
}

impl DecompressionError {
    /// The error `kind` of what `algorithm` compressed, `offset` bytes into the message.
    pub(super) const fn at(
        algorithm: CompressionAlgorithmId,
        offset: usize,
        kind: DecompressionErrorKind,
    ) -> DecompressionError {
        DecompressionError::Data { algorithm, offset, kind }
    }
}

/// What was wrong with a compressed part of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum DecompressionErrorKind {
    /// No algorithm of the specification has this number.
    #[error("an algorithm that is not known")]
    Algorithm,
    /// The compressed part starts behind the captured bytes.
    #[error("Offset {offset} lies behind the message")]
    Offset {
        /// Offset, in bytes from the end of the header.
        offset: u32,
    },
    /// The part ends before all of what it stands for came out.
    #[error("it ends after {found} of {size} bytes")]
    Truncated {
        /// Bytes that the part stands for.
        size: usize,
        /// Bytes that came out.
        found: usize,
    },
    /// The part stands for more bytes than it may.
    #[error("{size} bytes where no more than {left} belong")]
    TooLong {
        /// Bytes that were to come.
        size: usize,
        /// Bytes that were left to come.
        left: usize,
    },
    /// A repetition of bytes from before the start.
    #[error("a repetition from {distance} bytes back, after {found} bytes")]
    Distance {
        /// Bytes back.
        distance: usize,
        /// Bytes that there are.
        found: usize,
    },
    /// A length in its longest form is one that a shorter form has.
    #[error("a length of {length} in a form for longer ones")]
    Length {
        /// What the form holds.
        length: u32,
    },
    /// More Huffman codes than their lengths allow, or a code that is none.
    #[error("Huffman codes that contradict each other")]
    HuffmanCodes,
    /// A chunk of LZNT1 without its signature.
    #[error("a chunk header 0x{header:04x}")]
    ChunkHeader {
        /// The header.
        header: u16,
    },
    /// A payload of Pattern_V1 of another length than its structure.
    #[error("{len} bytes instead of a pattern's 8")]
    Pattern {
        /// Bytes of the payload.
        len: usize,
    },
    /// A block of LZ4 that is none.
    #[error("not a block of LZ4 of this size")]
    Lz4,
}

#[cfg(test)]
mod tests {
    use super::{DecompressionError, DecompressionErrorKind};
    use crate::smb::smb2::CompressionAlgorithmId;

    #[test]
    fn an_error_is_a_sentence() {
        let kind = DecompressionErrorKind::Distance { distance: 7, found: 3 };
        assert_eq!(
            DecompressionError::at(CompressionAlgorithmId::LZ77, 16, kind).to_string(),
            "data at byte 16, compressed with LZ77: a repetition from 7 bytes back, after 3 bytes"
        );
    }
}
