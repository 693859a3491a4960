//! Zstandard: <https://www.rfc-editor.org/rfc/rfc8878>.
//!
//! ruzstd decodes; here its frames and blocks are put together, since it takes them whole.

use std::fmt;
use std::io::Read;

use ruzstd::decoding::errors::FrameDecoderError;
use ruzstd::decoding::{BlockDecodingStrategy, FrameDecoder};

use super::gather::{Gather, skip};
use super::{Decode, EXPANDED_BYTES, FaultKind, Progress, Refusal};
use crate::limits::Limits;

/// What a frame starts with: Magic_Number, \[RFC 8878\] 3.1.1.
pub(super) const MAGIC: [u8; 4] = [0x28, 0xB5, 0x2F, 0xFD];

/// Bytes of the largest block: Block_Maximum_Size, \[RFC 8878\] 3.1.1.2.4.
const BLOCK_BYTES: usize = 128 << 10;

/// Bytes of the checksum at the end of a frame.
const CHECKSUM_BYTES: usize = 4;

/// Decompresses the frames of a file.
pub(super) struct Zstd {
    part: Part,
    gather: Gather,
    decoder: FrameDecoder,
    window_limit: u64,
    has_checksum: bool,
    has_frame: bool,
    /// Where the frame ended early.
    refusal: Option<Refusal>,
    output: Vec<u8>,
    len: usize,
}

/// What comes next.
#[derive(Clone, Copy, Debug)]
enum Part {
    Magic,
    Skippable,
    Skip(u64),
    Descriptor,
    /// The rest of the frame's header after its descriptor.
    Header(u8),
    BlockHeader,
    Block([u8; 3]),
    /// All blocks are decoded, and what is kept back comes out.
    Rest,
}

impl Zstd {
    pub(super) fn new(limits: &Limits) -> Zstd {
        let mut decoder = FrameDecoder::new();
        decoder.set_max_window_size(limits.zstd_window_bytes);
        Zstd {
            part: Part::Magic,
            gather: Gather::default(),
            decoder,
            window_limit: limits.zstd_window_bytes,
            has_checksum: false,
            has_frame: false,
            refusal: None,
            output: vec![0; EXPANDED_BYTES],
            len: 0,
        }
    }

    /// Takes out what is not needed to decode what follows; false where there is nothing.
    fn drain(&mut self) -> bool {
        // Reading from the decoder's memory never fails.
        self.len = self.decoder.read(&mut self.output).unwrap_or(0);
        self.len > 0
    }

    /// Starts a frame with its header.
    fn start(&mut self, header: &[u8]) -> Result<(), FaultKind> {
        self.decoder.reset(header).map_err(|error| match error {
            FrameDecoderError::WindowSizeTooBig { requested, .. } => {
                FaultKind::Window { needed: requested, most: self.window_limit }
            }
            FrameDecoderError::DictNotProvided { .. } => FaultKind::Dictionary,
            _ => FaultKind::Damaged,
        })?;
        self.has_frame = true;
        Ok(())
    }

    /// Ends a frame early, so that what the decoder keeps back comes out: an empty block that says
    /// that it is the last, and a checksum that nobody looks at.
    fn break_off(&mut self, refusal: Refusal) {
        const LAST_RAW_BLOCK: [u8; 3] = [1, 0, 0];
        self.refusal = Some(refusal);
        self.part = Part::Rest;
        if decode_block(&mut self.decoder, LAST_RAW_BLOCK, &[0; CHECKSUM_BYTES]).is_err() {
            self.decoder = FrameDecoder::new();
        }
    }

    /// The frame is out: says what is wrong with it.
    fn finish(&mut self) -> Result<(), Refusal> {
        self.part = Part::Magic;
        if let Some(refusal) = self.refusal.take() {
            return Err(refusal);
        }
        let (stated, found) =
            (self.decoder.get_checksum_from_data(), self.decoder.get_calculated_checksum());
        if self.has_checksum && stated != found {
            return Err(FaultKind::Checksum.into());
        }
        Ok(())
    }

    /// Goes through what stands between blocks; `None` where more input is needed.
    fn pass(&mut self, input: &mut &[u8]) -> Result<Option<Part>, Refusal> {
        let part = match self.part {
            Part::Magic => match self.gather.take_array(input) {
                Some(MAGIC) => Part::Descriptor,
                Some([0x50..=0x5F, 0x2A, 0x4D, 0x18]) => Part::Skippable,
                Some(_) if self.has_frame => {
                    return Err(Refusal { kind: FaultKind::TrailingBytes, back: 4 });
                }
                Some(_) => return Err(Refusal { kind: FaultKind::Damaged, back: 4 }),
                None => return Ok(None),
            },
            Part::Skippable => match self.gather.take_array(input) {
                Some(len) => Part::Skip(u64::from(u32::from_le_bytes(len))),
                None => return Ok(None),
            },
            Part::Skip(0) => Part::Magic,
            Part::Skip(len) => match skip(input, len) {
                0 => return Ok(None),
                skipped => Part::Skip(len.saturating_sub(skipped)),
            },
            Part::Descriptor => match self.gather.take_array(input) {
                Some([descriptor]) => Part::Header(descriptor),
                None => return Ok(None),
            },
            Part::Header(descriptor) => {
                let Some(rest) = self.gather.take(input, header_len(descriptor)) else {
                    return Ok(None);
                };
                let header = [&MAGIC[..], &[descriptor], rest].concat();
                self.has_checksum = descriptor & 0x04 != 0;
                self.start(&header)?;
                Part::BlockHeader
            }
            Part::BlockHeader => match self.gather.take_array(input) {
                Some(header) => Part::Block(header),
                None => return Ok(None),
            },
            Part::Block(_) | Part::Rest => self.part,
        };
        Ok(Some(part))
    }

    /// Decodes the block with `header` once it is there; false where more input is needed.
    fn pass_block(&mut self, header: [u8; 3], input: &mut &[u8]) -> bool {
        let [h0, h1, h2] = header;
        let size = (u32::from_le_bytes([h0, h1, h2, 0]) >> 3) as usize;
        let is_last = h0 & 1 != 0;
        let body_len = match (h0 >> 1) & 3 {
            // A byte that is repeated.
            1 => 1,
            3 => usize::MAX,
            _ => size,
        };
        if size > BLOCK_BYTES || body_len == usize::MAX {
            self.break_off(Refusal { kind: FaultKind::Damaged, back: 3 });
            return true;
        }
        let tail_len = if is_last && self.has_checksum { CHECKSUM_BYTES } else { 0 };
        let Some(body) = self.gather.take(input, body_len.saturating_add(tail_len)) else {
            return false;
        };
        let back = body.len() as u64;
        if decode_block(&mut self.decoder, header, body).is_err() {
            self.break_off(Refusal { kind: FaultKind::Damaged, back });
        } else {
            self.part = if is_last { Part::Rest } else { Part::BlockHeader };
        }
        true
    }
}

/// Decodes a block, with the checksum after it where it is the frame's last.
fn decode_block(
    decoder: &mut FrameDecoder,
    header: [u8; 3],
    body: &[u8],
) -> Result<bool, FrameDecoderError> {
    decoder.decode_blocks(header.chain(body), BlockDecodingStrategy::UptoBlocks(1))
}

/// Bytes of a frame's header after its descriptor: Window_Descriptor, Dictionary_ID and
/// Frame_Content_Size, \[RFC 8878\] 3.1.1.1.
const fn header_len(descriptor: u8) -> usize {
    let is_single_segment = descriptor & 0x20 != 0;
    let window = if is_single_segment { 0 } else { 1 };
    let dictionary = match descriptor & 3 {
        3 => 4,
        len => len as usize,
    };
    let content = match descriptor >> 6 {
        0 if is_single_segment => 1,
        0 => 0,
        size => 1 << size,
    };
    window + dictionary + content
}

impl Decode for Zstd {
    fn decode(&mut self, input: &mut &[u8]) -> Result<Progress, Refusal> {
        loop {
            if self.drain() {
                return Ok(Progress::More);
            }
            match self.part {
                Part::Block(header) => {
                    if !self.pass_block(header, input) {
                        return Ok(Progress::Hungry);
                    }
                }
                Part::Rest => self.finish()?,
                _ => match self.pass(input)? {
                    Some(part) => self.part = part,
                    None => return Ok(Progress::Hungry),
                },
            }
        }
    }

    fn end(&mut self) -> Result<Progress, Refusal> {
        if self.drain() {
            return Ok(Progress::More);
        }
        let partial = self.gather.partial();
        match self.part {
            Part::Magic if self.has_frame && partial.is_empty() => Ok(Progress::Done),
            Part::Magic if self.has_frame && !MAGIC.starts_with(partial) => {
                Err(Refusal { kind: FaultKind::TrailingBytes, back: partial.len() as u64 })
            }
            Part::BlockHeader | Part::Block(_) => {
                self.break_off(FaultKind::Cut.into());
                Ok(Progress::More)
            }
            Part::Rest => {
                self.finish()?;
                Ok(Progress::More)
            }
            _ => Err(FaultKind::Cut.into()),
        }
    }

    fn contents(&self) -> &[u8] {
        self.output.get(..self.len).unwrap_or(&[])
    }
}

impl fmt::Debug for Zstd {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Zstd").field("part", &self.part).finish_non_exhaustive()
    }
}
