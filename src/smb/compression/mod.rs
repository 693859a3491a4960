//! Compressed messages of SMB 3.1.1 as they were before: \[MS-SMB2\] 2.2.42 and 3.1.4.4, the
//! algorithms in \[MS-XCA\].
//!
//! Every size is in the message, so nothing is made that was not asked for: an algorithm stops where
//! its part has the size that the message gives it, and it is an error if it ends before or goes
//! beyond. A few bytes may still stand for as many as the caller allows.

mod error;
mod expansion;
mod lz4;
mod lz77;
mod lz77_huffman;
mod lznt1;
mod pattern_v1;

#[cfg(test)]
mod tests;

pub use error::{DecompressionError, DecompressionErrorKind};

use self::expansion::Expansion;
use super::smb2::{
    CompressionAlgorithmId, CompressionPayload, CompressionPayloads, CompressionTransformHeader,
};

/// Decompresses `message`, which starts with the ProtocolId of a compressed message and was captured
/// whole.
///
/// `uncompressed` is cleared first. It then holds the SMB2 message, of `most` bytes at most; after an
/// error it holds what came out before.
pub fn decompress(
    message: &[u8],
    most: usize,
    uncompressed: &mut Vec<u8>,
) -> Result<(), DecompressionError> {
    uncompressed.clear();
    match CompressionTransformHeader::parse(message)? {
        CompressionTransformHeader::Unchained {
            original_compressed_segment_size,
            compression_algorithm,
            offset,
            uncompressed: start,
            compressed,
            ..
        } => {
            let size = usize::try_from(original_compressed_segment_size).unwrap_or(usize::MAX);
            check_bound(start.len().saturating_add(size), most)?;
            uncompressed.extend_from_slice(start);
            let place = CompressionTransformHeader::UNCHAINED_LEN.saturating_add(start.len());
            let fail = |kind| DecompressionError::at(compression_algorithm, place, kind);
            if usize::try_from(offset) != Ok(start.len()) {
                return Err(fail(DecompressionErrorKind::Offset { offset }));
            }
            expand(compression_algorithm, compressed, size, uncompressed).map_err(fail)
        }
        CompressionTransformHeader::Chained { original_compressed_segment_size, payloads } => {
            let size = usize::try_from(original_compressed_segment_size).unwrap_or(usize::MAX);
            check_bound(size, most)?;
            expand_payloads(payloads, size, uncompressed)
        }
    }
}

/// Decompresses one payload after the other, of `size` bytes together.
fn expand_payloads(
    payloads: CompressionPayloads<'_>,
    size: usize,
    uncompressed: &mut Vec<u8>,
) -> Result<(), DecompressionError> {
    for payload in payloads {
        let payload = payload?;
        let algorithm = payload.compression_algorithm;
        let fail = |kind| DecompressionError::at(algorithm, payload.data_offset, kind);
        let payload_size = size_of(&payload).map_err(fail)?;
        let left = size.saturating_sub(uncompressed.len());
        if payload_size > left {
            return Err(fail(DecompressionErrorKind::TooLong { size: payload_size, left }));
        }
        expand(algorithm, payload.data, payload_size, uncompressed).map_err(fail)?;
    }
    let found = uncompressed.len();
    if found == size { Ok(()) } else { Err(DecompressionError::Size { expected: size, found }) }
}

/// Bytes of a payload before it was compressed.
fn size_of(payload: &CompressionPayload<'_>) -> Result<usize, DecompressionErrorKind> {
    match payload.original_payload_size {
        Some(size) => Ok(usize::try_from(size).unwrap_or(usize::MAX)),
        None if payload.compression_algorithm == CompressionAlgorithmId::PATTERN_V1 => {
            pattern_v1::size(payload.data)
        }
        None => Ok(payload.data.len()),
    }
}

/// Adds the `size` bytes that `data` stands for to `uncompressed`.
fn expand(
    algorithm: CompressionAlgorithmId,
    data: &[u8],
    size: usize,
    uncompressed: &mut Vec<u8>,
) -> Result<(), DecompressionErrorKind> {
    let mut out = Expansion::new(uncompressed, size);
    match algorithm {
        CompressionAlgorithmId::NONE => out.bytes(data)?,
        CompressionAlgorithmId::LZNT1 => lznt1::expand(data, &mut out)?,
        CompressionAlgorithmId::LZ77 => lz77::expand(data, &mut out)?,
        CompressionAlgorithmId::LZ77_HUFFMAN => lz77_huffman::expand(data, &mut out)?,
        CompressionAlgorithmId::PATTERN_V1 => pattern_v1::expand(data, &mut out)?,
        CompressionAlgorithmId::LZ4 => lz4::expand(data, &mut out)?,
        _ => return Err(DecompressionErrorKind::Algorithm),
    }
    match out.left() {
        0 => Ok(()),
        left => Err(DecompressionErrorKind::Truncated { size, found: size.saturating_sub(left) }),
    }
}

/// Accepts a message that says it has `size` bytes.
fn check_bound(size: usize, most: usize) -> Result<(), DecompressionError> {
    if size <= most { Ok(()) } else { Err(DecompressionError::Bound { size, most }) }
}
