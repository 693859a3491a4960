//! LZNT1, \[MS-XCA\] 2.5: chunks that stand for 4096 bytes each, the last one for fewer.

use super::DecompressionErrorKind;
use super::expansion::Expansion;

/// Bytes that a chunk stands for at most.
const CHUNK_BYTES: usize = 4096;

/// The shortest repetition, in bytes.
const SHORTEST: usize = 3;

/// The header of a chunk.
mod header {
    /// Bytes of the chunk after its header, less one.
    pub(super) const LEN: u16 = 0x0FFF;
    pub(super) const SIGNATURE_BITS: u16 = 0x7000;
    pub(super) const SIGNATURE: u16 = 0x3000;
    pub(super) const IS_COMPRESSED: u16 = 0x8000;
    /// What ends the chunks.
    pub(super) const END: u16 = 0;
}

/// Adds what `data` stands for, until all of it came or the data end.
pub(super) fn expand(data: &[u8], out: &mut Expansion<'_>) -> Result<(), DecompressionErrorKind> {
    let mut data = data;
    while out.left() > 0 {
        let Some((header, rest)) = data.split_first_chunk() else { return Ok(()) };
        let header = u16::from_le_bytes(*header);
        if header == header::END {
            return Ok(());
        }
        if header & header::SIGNATURE_BITS != header::SIGNATURE {
            return Err(DecompressionErrorKind::ChunkHeader { header });
        }
        let len = usize::from(header & header::LEN).saturating_add(1);
        // Of a chunk that is cut, what is there.
        let (chunk, rest) = rest.split_at_checked(len).unwrap_or((rest, &[]));
        if header & header::IS_COMPRESSED == 0 {
            out.bytes(chunk)?;
        } else {
            expand_chunk(chunk, out)?;
        }
        data = rest;
    }
    Ok(())
}

/// Adds what a compressed chunk stands for: groups of eight literals or repetitions, told apart by
/// the bits of the byte before each group.
fn expand_chunk(chunk: &[u8], out: &mut Expansion<'_>) -> Result<(), DecompressionErrorKind> {
    let start = out.len();
    let mut rest = chunk;
    while let Some((flags, group)) = rest.split_first() {
        rest = group;
        for bit in 0..8 {
            let found = out.len().saturating_sub(start);
            if flags >> bit & 1 == 0 {
                let Some((literal, after)) = rest.split_first() else { return Ok(()) };
                check_chunk(found, 1)?;
                out.byte(*literal)?;
                rest = after;
            } else {
                let Some((word, after)) = rest.split_first_chunk() else { return Ok(()) };
                let (distance, length) = repetition(u16::from_le_bytes(*word), found);
                check_chunk(found, length)?;
                out.repeat_within(found, distance, length)?;
                rest = after;
            }
        }
    }
    Ok(())
}

/// Distance and length of a repetition after `found` bytes of its chunk: the further it may reach
/// back, the more bits has the distance and the fewer the length.
fn repetition(word: u16, found: usize) -> (usize, usize) {
    let furthest = u16::try_from(found).unwrap_or(u16::MAX).saturating_sub(1);
    let distance_bits = (u16::BITS - furthest.leading_zeros()).clamp(4, 12);
    let length_bits = u16::BITS - distance_bits;
    let distance = usize::from(word >> length_bits).saturating_add(1);
    let length = usize::from(word & ((1 << length_bits) - 1)).saturating_add(SHORTEST);
    (distance, length)
}

/// Accepts `size` further bytes of a chunk that has `found`.
fn check_chunk(found: usize, size: usize) -> Result<(), DecompressionErrorKind> {
    let left = CHUNK_BYTES.saturating_sub(found);
    if size <= left { Ok(()) } else { Err(DecompressionErrorKind::TooLong { size, left }) }
}
