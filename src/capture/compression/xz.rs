//! xz: <https://tukaani.org/xz/xz-file-format.txt>.
//!
//! lzma-rust2 decodes LZMA2 and reverses the filter before it. Streams and blocks are read here:
//! the crate's own reader of them keeps a record of each block, without a bound.

use std::fmt;

use crc::{CRC_32_ISO_HDLC, CRC_64_XZ, Crc, Digest, Table};
use lzma_rust2::{Action, FilterConfig, FilterType, Lzma2Stream, Status};

use super::gather::{Gather, skip};
use super::{Decode, EXPANDED_BYTES, FaultKind, Progress, Refusal};
use crate::limits::Limits;

/// What a stream starts with.
pub(super) const MAGIC: [u8; 6] = [0xFD, b'7', b'z', b'X', b'Z', 0x00];

/// What a stream ends with.
const FOOTER_MAGIC: [u8; 2] = *b"YZ";

static CRC32: Crc<u32, Table<1>> = Crc::<u32, Table<1>>::new(&CRC_32_ISO_HDLC);
static CRC64: Crc<u64, Table<1>> = Crc::<u64, Table<1>>::new(&CRC_64_XZ);

/// Decompresses the streams of a file.
pub(super) struct Xz {
    part: Part,
    gather: Gather,
    dictionary_limit: u64,
    /// What decodes the block.
    lzma2: Option<Lzma2Stream>,
    /// Bytes of the compressed data of the block.
    block_len: u64,
    check: Check,
    /// Bytes of a check.
    check_len: usize,
    check_type: u8,
    has_stream: bool,
    output: Vec<u8>,
    len: usize,
}

/// What comes next.
#[derive(Clone, Copy, Debug)]
enum Part {
    StreamHeader,
    BlockLen,
    BlockHeader(u8),
    Data,
    Padding,
    Check,
    Index(Index),
    Footer,
}

/// What of an index is passed. What it says is not needed to read a file from its start.
#[derive(Clone, Copy, Debug)]
struct Index {
    /// Numbers to come; unknown before the first, which counts records.
    numbers: Option<u64>,
    /// The number being read, as far as it is, and how many bits of it.
    number: u64,
    bits: u32,
    /// Bytes so far.
    len: u64,
}

/// Sums up the contents of a block.
enum Check {
    Crc32(Digest<'static, u32, Table<1>>),
    Crc64(Digest<'static, u64, Table<1>>),
    /// One that is not checked: xz writes none of these unless asked to.
    Other,
}

impl Check {
    fn new(check_type: u8) -> Check {
        match check_type {
            1 => Check::Crc32(CRC32.digest()),
            4 => Check::Crc64(CRC64.digest()),
            _ => Check::Other,
        }
    }

    fn update(&mut self, bytes: &[u8]) {
        match self {
            Check::Crc32(digest) => digest.update(bytes),
            Check::Crc64(digest) => digest.update(bytes),
            Check::Other => {}
        }
    }

    /// Whether `stated` is what the file says of the contents.
    fn is(self, stated: &[u8]) -> bool {
        match self {
            Check::Crc32(digest) => stated == digest.finalize().to_le_bytes(),
            Check::Crc64(digest) => stated == digest.finalize().to_le_bytes(),
            Check::Other => true,
        }
    }
}

impl Index {
    const START: Index = Index { numbers: None, number: 0, bits: 0, len: 1 };

    /// Passes a byte.
    fn pass(mut self, byte: u8) -> Result<Index, FaultKind> {
        self.len = self.len.saturating_add(1);
        self.number |= u64::from(byte & 0x7F) << self.bits;
        self.bits = self.bits.saturating_add(7);
        if byte & 0x80 != 0 {
            return if self.bits < 63 { Ok(self) } else { Err(FaultKind::Damaged) };
        }
        let numbers = match self.numbers {
            None => self.number.saturating_mul(2),
            Some(numbers) => numbers.saturating_sub(1),
        };
        Ok(Index { numbers: Some(numbers), number: 0, bits: 0, ..self })
    }

    /// Whether only padding and the checksum are left.
    fn is_out(&self) -> bool {
        self.numbers == Some(0)
    }
}

impl Xz {
    pub(super) fn new(limits: &Limits) -> Xz {
        Xz {
            part: Part::StreamHeader,
            gather: Gather::default(),
            dictionary_limit: limits.xz_dictionary_bytes,
            lzma2: None,
            block_len: 0,
            check: Check::Other,
            check_len: 0,
            check_type: 0,
            has_stream: false,
            output: vec![0; EXPANDED_BYTES],
            len: 0,
        }
    }

    /// Reads a stream's header.
    fn stream_header(&mut self, header: [u8; 12]) -> Result<Part, Refusal> {
        let Some(([zero, check_type], crc)) =
            header.strip_prefix(&MAGIC).and_then(|rest| rest.split_first_chunk::<2>())
        else {
            let kind = if self.has_stream { FaultKind::TrailingBytes } else { FaultKind::Damaged };
            return Err(Refusal { kind, back: header.len() as u64 });
        };
        if crc != CRC32.checksum(&[*zero, *check_type]).to_le_bytes() || *zero != 0 {
            return Err(FaultKind::Damaged.into());
        }
        self.check_type = *check_type;
        self.check_len = match check_type {
            0 => 0,
            1..=3 => 4,
            4..=6 => 8,
            7..=9 => 16,
            10..=12 => 32,
            13..=15 => 64,
            _ => return Err(FaultKind::Damaged.into()),
        };
        self.has_stream = true;
        Ok(Part::BlockLen)
    }

    /// Decodes what it can of a block's data.
    fn data(&mut self, input: &mut &[u8], action: Action) -> Result<Progress, FaultKind> {
        let lzma2 = self.lzma2.as_mut().ok_or(FaultKind::Damaged)?;
        let (read, made) = (lzma2.total_in(), lzma2.total_out());
        let outcome = lzma2.process(input, &mut self.output, action);
        let read = lzma2.total_in().saturating_sub(read);
        self.len = lzma2.total_out().saturating_sub(made) as usize;
        skip(input, read);
        self.block_len = self.block_len.saturating_add(read);
        self.check.update(self.output.get(..self.len).unwrap_or(&[]));
        let result = outcome.map_err(|_| FaultKind::Damaged)?;
        if result.status == Status::StreamEnd {
            self.part = Part::Padding;
            self.lzma2 = None;
            return Ok(Progress::More);
        }
        match (self.len, input.is_empty()) {
            (0, true) => Ok(Progress::Hungry),
            (0, false) if read == 0 => Err(FaultKind::Damaged),
            _ => Ok(Progress::More),
        }
    }

    /// Goes through what stands between the data of blocks; `None` where more input is needed.
    fn pass(&mut self, input: &mut &[u8]) -> Result<Option<Part>, Refusal> {
        let part = match self.part {
            Part::StreamHeader => {
                // Streams may be padded.
                if self.has_stream && self.gather.partial().is_empty() {
                    let zeros = input.iter().take_while(|byte| **byte == 0).count();
                    skip(input, zeros as u64);
                }
                match self.gather.take_array(input) {
                    Some(header) => self.stream_header(header)?,
                    None => return Ok(None),
                }
            }
            Part::BlockLen => match self.gather.take_array(input) {
                Some([0]) => Part::Index(Index::START),
                Some([len]) => Part::BlockHeader(len),
                None => return Ok(None),
            },
            Part::BlockHeader(len) => {
                let rest_len = usize::from(len).saturating_mul(4).saturating_add(3);
                let Some(rest) = self.gather.take(input, rest_len) else { return Ok(None) };
                let back = rest_len.saturating_add(1) as u64;
                let refuse = |kind| Refusal { kind, back };
                let (dictionary, filter) = block_header(len, rest).map_err(refuse)?;
                let most = self.dictionary_limit;
                if u64::from(dictionary) > most {
                    let needed = u64::from(dictionary);
                    return Err(refuse(FaultKind::Window { needed, most }));
                }
                let mut lzma2 = Lzma2Stream::new(dictionary);
                lzma2.set_filters(filter.as_slice()).map_err(|_| refuse(FaultKind::Filters))?;
                self.lzma2 = Some(lzma2);
                self.check = Check::new(self.check_type);
                self.block_len = 0;
                Part::Data
            }
            Part::Padding => {
                let len = (self.block_len.wrapping_neg() & 3) as usize;
                match self.gather.take(input, len) {
                    Some(_padding) => Part::Check,
                    None => return Ok(None),
                }
            }
            Part::Check => {
                let Some(stated) = self.gather.take(input, self.check_len) else {
                    return Ok(None);
                };
                let check = std::mem::replace(&mut self.check, Check::Other);
                self.part = Part::BlockLen;
                if !check.is(stated) {
                    return Err(FaultKind::Checksum.into());
                }
                self.part
            }
            Part::Index(index) if index.is_out() => {
                let padding = (index.len.wrapping_neg() & 3) as usize;
                match self.gather.take(input, padding.saturating_add(4)) {
                    Some(_padding_and_crc) => Part::Footer,
                    None => return Ok(None),
                }
            }
            Part::Index(index) => match self.gather.take_array(input) {
                Some([byte]) => Part::Index(index.pass(byte)?),
                None => return Ok(None),
            },
            Part::Footer => match self.gather.take_array::<12>(input) {
                Some(footer) if footer.ends_with(&FOOTER_MAGIC) => Part::StreamHeader,
                Some(_) => return Err(FaultKind::Damaged.into()),
                None => return Ok(None),
            },
            Part::Data => Part::Data,
        };
        Ok(Some(part))
    }
}

/// The dictionary's size and the filter before LZMA2, from the header of a block that starts with
/// `len`; `rest` is what follows.
fn block_header(len: u8, rest: &[u8]) -> Result<(u32, Option<FilterConfig>), FaultKind> {
    let (fields, crc) = rest.split_last_chunk::<4>().ok_or(FaultKind::Damaged)?;
    let mut digest = CRC32.digest();
    digest.update(&[len]);
    digest.update(fields);
    if digest.finalize().to_le_bytes() != *crc {
        return Err(FaultKind::Damaged);
    }
    let mut fields = Fields(fields);
    let flags = fields.byte()?;
    if flags & 0x3C != 0 {
        return Err(FaultKind::Filters);
    }
    for has_size in [flags & 0x40, flags & 0x80] {
        if has_size != 0 {
            let _size = fields.number()?;
        }
    }
    let mut filter = None;
    for _ in 0..flags & 3 {
        // One filter before LZMA2 is what xz itself ever writes.
        if filter.replace(fields.filter()?).is_some() {
            return Err(FaultKind::Filters);
        }
    }
    Ok((fields.dictionary()?, filter))
}

/// Fields of a block's header.
struct Fields<'a>(&'a [u8]);

impl Fields<'_> {
    fn byte(&mut self) -> Result<u8, FaultKind> {
        let (byte, rest) = self.0.split_first().ok_or(FaultKind::Damaged)?;
        self.0 = rest;
        Ok(*byte)
    }

    /// An integer of seven bits a byte.
    fn number(&mut self) -> Result<u64, FaultKind> {
        let mut number = 0;
        for shift in (0..63).step_by(7) {
            let byte = self.byte()?;
            number |= u64::from(byte & 0x7F) << shift;
            if byte & 0x80 == 0 {
                return Ok(number);
            }
        }
        Err(FaultKind::Damaged)
    }

    /// A filter before LZMA2.
    fn filter(&mut self) -> Result<FilterConfig, FaultKind> {
        let filter_type = match self.number()? {
            0x03 => FilterType::Delta,
            0x04 => FilterType::BcjX86,
            0x05 => FilterType::BcjPpc,
            0x06 => FilterType::BcjIa64,
            0x07 => FilterType::BcjArm,
            0x08 => FilterType::BcjArmThumb,
            0x09 => FilterType::BcjSparc,
            0x0A => FilterType::BcjArm64,
            0x0B => FilterType::BcjRiscv,
            _ => return Err(FaultKind::Filters),
        };
        let property = match self.number()? {
            0 if filter_type != FilterType::Delta => 0,
            1 if filter_type == FilterType::Delta => u32::from(self.byte()?).saturating_add(1),
            4 if filter_type != FilterType::Delta => {
                u32::from_le_bytes([self.byte()?, self.byte()?, self.byte()?, self.byte()?])
            }
            _ => return Err(FaultKind::Filters),
        };
        Ok(FilterConfig { filter_type, property })
    }

    /// The size of the dictionary of LZMA2, which is to come last.
    fn dictionary(&mut self) -> Result<u32, FaultKind> {
        const LZMA2: u64 = 0x21;
        if self.number()? != LZMA2 || self.number()? != 1 {
            return Err(FaultKind::Filters);
        }
        match self.byte()? {
            40 => Ok(u32::MAX),
            bits @ 0..40 => Ok((2 | u32::from(bits & 1)) << (bits / 2 + 11)),
            _ => Err(FaultKind::Damaged),
        }
    }
}

impl Decode for Xz {
    fn decode(&mut self, input: &mut &[u8]) -> Result<Progress, Refusal> {
        self.len = 0;
        loop {
            if let Part::Data = self.part {
                return Ok(self.data(input, Action::Run)?);
            }
            match self.pass(input)? {
                Some(part) => self.part = part,
                None => return Ok(Progress::Hungry),
            }
        }
    }

    fn end(&mut self) -> Result<Progress, Refusal> {
        self.len = 0;
        let partial = self.gather.partial();
        match self.part {
            Part::StreamHeader if self.has_stream && partial.is_empty() => Ok(Progress::Done),
            Part::StreamHeader
                if self.has_stream && !MAGIC.starts_with(partial.get(..6).unwrap_or(partial)) =>
            {
                Err(Refusal { kind: FaultKind::TrailingBytes, back: partial.len() as u64 })
            }
            Part::Data => {
                // The last symbols come out only when it is said that nothing follows.
                let outcome = self.data(&mut &[][..], Action::Finish);
                match outcome {
                    Ok(Progress::More) if self.len > 0 => Ok(Progress::More),
                    _ => Err(FaultKind::Cut.into()),
                }
            }
            _ => Err(FaultKind::Cut.into()),
        }
    }

    fn contents(&self) -> &[u8] {
        self.output.get(..self.len).unwrap_or(&[])
    }
}

impl fmt::Debug for Xz {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Xz").field("part", &self.part).finish_non_exhaustive()
    }
}
