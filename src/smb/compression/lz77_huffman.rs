//! LZ77+Huffman, \[MS-XCA\] 2.2: blocks that stand for 64 KiB each, with Huffman codes of their own.

use super::DecompressionErrorKind;
use super::expansion::Expansion;

/// Bytes that a block stands for; a repetition may go beyond.
const BLOCK_BYTES: usize = 64 << 10;

/// Bytes of the lengths of a block's codes, half a byte for each.
const LENGTHS_BYTES: usize = 256;

/// The first symbol that is a repetition.
const FIRST_REPETITION: u16 = 256;

/// The shortest repetition, in bytes.
const SHORTEST: usize = 3;

/// Adds what `data` stands for, until all of it came or the data end.
pub(super) fn expand(data: &[u8], out: &mut Expansion<'_>) -> Result<(), DecompressionErrorKind> {
    let mut codes = Codes::NONE;
    let mut rest = data;
    while out.left() > 0 {
        let Some((lengths, bits)) = rest.split_first_chunk() else { return Ok(()) };
        codes.read(lengths)?;
        let mut bits = Bits::new(bits);
        let end = out.len().saturating_add(BLOCK_BYTES);
        while out.len() < end && out.left() > 0 {
            if !expand_symbol(&codes, &mut bits, out)? {
                return Ok(());
            }
        }
        rest = bits.rest;
    }
    Ok(())
}

/// Adds what the next code stands for; `false` where the data end.
fn expand_symbol(
    codes: &Codes,
    bits: &mut Bits<'_>,
    out: &mut Expansion<'_>,
) -> Result<bool, DecompressionErrorKind> {
    let (symbol, len) = codes.symbol(bits.peek()).ok_or(DecompressionErrorKind::HuffmanCodes)?;
    bits.skip(len);
    if bits.is_over() {
        return Ok(false);
    }
    let Some(repetition) = symbol.checked_sub(FIRST_REPETITION) else {
        out.byte(symbol as u8)?;
        return Ok(true);
    };
    let Some(length) = bits.length(repetition & 15)? else { return Ok(false) };
    let distance = bits.distance(repetition >> 4);
    if bits.is_over() {
        return Ok(false);
    }
    out.repeat(distance, length)?;
    Ok(true)
}

/// The bits of a block, in words of 16 from the highest bit on, and among the words the bytes of
/// long lengths. A word is taken as soon as fewer than 16 bits are left.
struct Bits<'a> {
    /// The next bits, from the highest on; 16 or more of them count.
    window: u32,
    /// How many bits of `window` count beyond 16.
    extra: u32,
    /// How many of those stand for words behind the end of the data.
    missing: u32,
    /// What follows the words that were taken.
    rest: &'a [u8],
}

impl<'a> Bits<'a> {
    fn new(data: &'a [u8]) -> Bits<'a> {
        let mut bits = Bits { window: 0, extra: 16, missing: 0, rest: data };
        let first = u32::from(bits.word());
        bits.window = first << 16 | u32::from(bits.word());
        bits
    }

    /// The next word; behind the end it is 0.
    fn word(&mut self) -> u16 {
        match self.rest.split_first_chunk() {
            Some((word, rest)) => {
                self.rest = rest;
                u16::from_le_bytes(*word)
            }
            None => {
                // Half a word is none, and no length either.
                self.rest = &[];
                self.missing = self.missing.saturating_add(16);
                0
            }
        }
    }

    /// The next 15 bits.
    const fn peek(&self) -> u16 {
        (self.window >> 17) as u16
    }

    /// Goes on by `count` bits, 15 at most.
    fn skip(&mut self, count: u32) {
        self.window <<= count;
        match self.extra.checked_sub(count) {
            Some(extra) => self.extra = extra,
            None => {
                let lacking = count.saturating_sub(self.extra);
                self.window |= u32::from(self.word()) << lacking;
                self.extra = 16_u32.saturating_sub(lacking);
            }
        }
    }

    /// Whether bits behind the end of the data were taken.
    const fn is_over(&self) -> bool {
        self.missing > self.extra.saturating_add(16)
    }

    /// A distance: its highest bit is at place `count`, the bits below are here.
    fn distance(&mut self, count: u16) -> usize {
        let low = self.window.checked_shr(u32::BITS - u32::from(count)).unwrap_or(0);
        self.skip(u32::from(count));
        1_usize << count | low as usize
    }

    /// A length, of which a symbol holds what fits into half a byte; `None` where the data end.
    fn length(&mut self, in_symbol: u16) -> Result<Option<usize>, DecompressionErrorKind> {
        const IN_SYMBOL: u32 = 15;
        let in_symbol = u32::from(in_symbol);
        let length = if in_symbol < IN_SYMBOL { Some(in_symbol) } else { self.long_length() };
        match length {
            None => Ok(None),
            Some(length) if in_symbol == IN_SYMBOL && length < IN_SYMBOL => {
                Err(DecompressionErrorKind::Length { length })
            }
            Some(length) => {
                let length = usize::try_from(length).unwrap_or(usize::MAX);
                Ok(Some(length.saturating_add(SHORTEST)))
            }
        }
    }

    /// A length of 15 and more: in a byte, from 270 on in two more, and behind those, where they are
    /// 0, in four.
    fn long_length(&mut self) -> Option<u32> {
        let (byte, rest) = self.rest.split_first()?;
        self.rest = rest;
        if *byte < u8::MAX {
            return Some(u32::from(*byte) + 15);
        }
        let (short, rest) = self.rest.split_first_chunk()?;
        self.rest = rest;
        match u16::from_le_bytes(*short) {
            0 => {
                let (long, rest) = self.rest.split_first_chunk()?;
                self.rest = rest;
                Some(u32::from_le_bytes(*long))
            }
            short => Some(short.into()),
        }
    }
}

/// Bits of the codes that [`Codes::short`] knows.
const SHORT_BITS: u32 = 10;

/// Numbers of 15 bits for each place of that table.
const PER_SHORT: u32 = 1 << (15 - SHORT_BITS);

/// Canonical Huffman codes of up to 15 bits: in the order of their lengths, and of their symbols
/// where those are equal, they count upwards.
struct Codes {
    /// By the first bits of what is read: the symbol, and the length of its code; a length of 0
    /// where the code is longer than that.
    short: [(u16, u8); 1 << SHORT_BITS],
    /// The lengths from 1 on.
    rows: [Row; 15],
    /// In the order of the codes.
    symbols: [u16; 512],
}

/// The codes of a length.
#[derive(Clone, Copy)]
struct Row {
    length: u8,
    /// The first one, as a number of 15 bits.
    code: u32,
    /// What follows the last one, alike.
    end: u32,
    /// Where in `symbols` the first one's symbol is.
    place: u16,
}

impl Row {
    const NONE: Row = Row { length: 0, code: 0, end: 0, place: 0 };

    /// How far codes of this length are apart.
    fn step(self) -> u32 {
        1 << 15_u32.saturating_sub(self.length.into())
    }
}

impl Codes {
    const NONE: Codes =
        Codes { short: [(0, 0); 1 << SHORT_BITS], rows: [Row::NONE; 15], symbols: [0; 512] };

    /// Takes codes of these lengths.
    fn read(&mut self, lengths: &[u8; LENGTHS_BYTES]) -> Result<(), DecompressionErrorKind> {
        let lengths = || lengths.iter().flat_map(|byte| [byte & 15, byte >> 4]);
        let mut counts = [0_u16; 16];
        for length in lengths() {
            if let Some(count) = counts.get_mut(usize::from(length)) {
                *count = count.saturating_add(1);
            }
        }
        let (mut code, mut place) = (0, 0_u16);
        for ((row, length), count) in self.rows.iter_mut().zip(1..).zip(counts.into_iter().skip(1))
        {
            *row = Row { length, code, end: code, place };
            row.end = code.saturating_add(row.step().saturating_mul(count.into()));
            code = row.end;
            place = place.saturating_add(count);
        }
        if code > 1 << 15 {
            return Err(DecompressionErrorKind::HuffmanCodes);
        }
        self.enter(lengths().zip(0..));
        Ok(())
    }

    /// Enters the symbols, each of which stands behind the length of its code.
    fn enter(&mut self, symbols: impl Iterator<Item = (u8, u16)>) {
        self.short.fill((0, 0));
        let mut rows = self.rows;
        for (length, symbol) in symbols {
            let row = usize::from(length).checked_sub(1).and_then(|row| rows.get_mut(row));
            let Some(row) = row else { continue };
            if let Some(known) = self.symbols.get_mut(usize::from(row.place)) {
                *known = symbol;
            }
            let (first, count) = (row.code / PER_SHORT, row.step() / PER_SHORT);
            let short = first as usize..first.saturating_add(count) as usize;
            if let Some(places) = self.short.get_mut(short) {
                places.fill((symbol, length));
            }
            row.code = row.code.saturating_add(row.step());
            row.place = row.place.saturating_add(1);
        }
    }

    /// The symbol whose code `bits`, 15 of them, start with, and the length of the code.
    fn symbol(&self, bits: u16) -> Option<(u16, u32)> {
        let bits = u32::from(bits);
        let (symbol, length) = *self.short.get((bits / PER_SHORT) as usize)?;
        if length > 0 {
            return Some((symbol, length.into()));
        }
        let row = self.rows.iter().find(|row| bits < row.end)?;
        let after_first = bits.checked_sub(row.code)? / row.step();
        let place = usize::from(row.place).checked_add(after_first as usize)?;
        Some((*self.symbols.get(place)?, row.length.into()))
    }
}
