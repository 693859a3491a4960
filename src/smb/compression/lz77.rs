//! Plain LZ77, \[MS-XCA\] 2.4.

use super::DecompressionErrorKind;
use super::expansion::Expansion;

/// The shortest repetition, in bytes.
const SHORTEST: usize = 3;

/// Adds what `data` stands for, until all of it came or the data end.
pub(super) fn expand(data: &[u8], out: &mut Expansion<'_>) -> Result<(), DecompressionErrorKind> {
    let mut reader = Reader { rest: data, kept_nibble: None };
    while out.left() > 0 {
        let Some(flags) = reader.u32() else { return Ok(()) };
        if flags == 0
            && out.left() >= 32
            && let Some(literals) = reader.literals()
        {
            out.bytes(literals)?;
            continue;
        }
        for bit in (0..32).rev() {
            if out.left() == 0 {
                break;
            }
            if flags >> bit & 1 == 0 {
                let Some(literal) = reader.u8() else { return Ok(()) };
                out.byte(literal)?;
            } else {
                let Some((distance, length)) = reader.repetition()? else { return Ok(()) };
                out.repeat(distance, length)?;
            }
        }
    }
    Ok(())
}

/// The data, read from their start on.
struct Reader<'a> {
    rest: &'a [u8],
    /// The upper half of a byte whose lower half was a length; the next length of its kind is here.
    kept_nibble: Option<u8>,
}

impl<'a> Reader<'a> {
    fn u8(&mut self) -> Option<u8> {
        let (byte, rest) = self.rest.split_first()?;
        self.rest = rest;
        Some(*byte)
    }

    fn u16(&mut self) -> Option<u16> {
        let (bytes, rest) = self.rest.split_first_chunk()?;
        self.rest = rest;
        Some(u16::from_le_bytes(*bytes))
    }

    fn u32(&mut self) -> Option<u32> {
        let (bytes, rest) = self.rest.split_first_chunk()?;
        self.rest = rest;
        Some(u32::from_le_bytes(*bytes))
    }

    /// The bytes of flags that are all 0.
    fn literals(&mut self) -> Option<&'a [u8]> {
        let (literals, rest) = self.rest.split_at_checked(32)?;
        self.rest = rest;
        Some(literals)
    }

    /// Distance and length of a repetition; `None` where the data end.
    fn repetition(&mut self) -> Result<Option<(usize, usize)>, DecompressionErrorKind> {
        let Some(bits) = self.u16() else { return Ok(None) };
        let distance = usize::from(bits >> 3).saturating_add(1);
        let length = match bits & 7 {
            7 => match self.long_length()? {
                Some(length) => length,
                None => return Ok(None),
            },
            length => usize::from(length),
        };
        Ok(Some((distance, length.saturating_add(SHORTEST))))
    }

    /// A length of 7 and more: in half a byte, from 22 on in a byte more, and from 277 on in two or
    /// four more.
    fn long_length(&mut self) -> Result<Option<usize>, DecompressionErrorKind> {
        const IN_BITS: u32 = 7;
        const IN_NIBBLE: u32 = 15;
        let nibble = match self.kept_nibble.take() {
            Some(nibble) => nibble,
            None => {
                let Some(byte) = self.u8() else { return Ok(None) };
                self.kept_nibble = Some(byte >> 4);
                byte & 15
            }
        };
        if u32::from(nibble) < IN_NIBBLE {
            return Ok(Some(usize::from(nibble).saturating_add(IN_BITS as usize)));
        }
        let length = match self.u8() {
            Some(u8::MAX) => match self.u16() {
                Some(0) => self.u32(),
                length => length.map(u32::from),
            },
            byte => byte.map(|byte| u32::from(byte) + IN_NIBBLE + IN_BITS),
        };
        match length {
            None => Ok(None),
            Some(length) if length < IN_NIBBLE + IN_BITS => {
                Err(DecompressionErrorKind::Length { length })
            }
            Some(length) => Ok(Some(usize::try_from(length).unwrap_or(usize::MAX))),
        }
    }
}
