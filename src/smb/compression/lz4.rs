//! LZ4 blocks, of which lz4_flex knows how they are made.

use lz4_flex::block::decompress_into;

use super::DecompressionErrorKind;
use super::expansion::Expansion;

/// Bytes that a byte of a block stands for at most: one that lengthens a repetition.
const MOST_PER_BYTE: usize = 255;

/// Adds what the block `data` stands for.
pub(super) fn expand(data: &[u8], out: &mut Expansion<'_>) -> Result<(), DecompressionErrorKind> {
    // The size is that of the buffer which the block is decompressed into, so one that cannot be
    // true is not made.
    if out.left() > data.len().saturating_mul(MOST_PER_BYTE) {
        return Err(DecompressionErrorKind::Lz4);
    }
    out.rest(|buffer| match decompress_into(data, buffer) {
        Ok(len) if len == buffer.len() => Ok(()),
        _ => Err(DecompressionErrorKind::Lz4),
    })
}
