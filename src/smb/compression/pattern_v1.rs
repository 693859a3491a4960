//! SMB2_COMPRESSION_PATTERN_PAYLOAD_V1, \[MS-SMB2\] 2.2.42.2.2: one byte, many times.

use nom::IResult;
use nom::number::complete::{le_u8, le_u16, le_u32};

use super::DecompressionErrorKind;
use super::expansion::Expansion;

/// Bytes of the structure.
const LEN: usize = 8;

/// Bytes that the pattern stands for.
pub(super) fn size(data: &[u8]) -> Result<usize, DecompressionErrorKind> {
    read(data).map(|(_, repetitions)| repetitions)
}

/// Adds the pattern.
pub(super) fn expand(data: &[u8], out: &mut Expansion<'_>) -> Result<(), DecompressionErrorKind> {
    let (pattern, repetitions) = read(data)?;
    out.fill(pattern, repetitions)
}

/// The byte, and how many times it stands.
fn read(data: &[u8]) -> Result<(u8, usize), DecompressionErrorKind> {
    match fields(data) {
        Ok((_, (pattern, repetitions))) if data.len() == LEN => {
            Ok((pattern, usize::try_from(repetitions).unwrap_or(usize::MAX)))
        }
        _ => Err(DecompressionErrorKind::Pattern { len: data.len() }),
    }
}

/// Pattern and Repetitions.
fn fields(input: &[u8]) -> IResult<&[u8], (u8, u32)> {
    let (input, pattern) = le_u8(input)?;
    let (input, _reserved1) = le_u8(input)?;
    let (input, _reserved2) = le_u16(input)?;
    let (input, repetitions) = le_u32(input)?;
    Ok((input, (pattern, repetitions)))
}
