//! LZ4 frames: <https://github.com/lz4/lz4/blob/dev/doc/lz4_Frame_format.md>.
//!
//! lz4_flex decodes blocks; its reader of frames wants to be the one who reads the file, so frames
//! are put together here.

use std::fmt;
use std::hash::Hasher;

use lz4_flex::block::{decompress_into, decompress_into_with_dict};
use twox_hash::XxHash32;

use super::gather::{Gather, skip};
use super::{Decode, FaultKind, Progress, Refusal};

/// What a frame starts with.
pub(super) const MAGIC: [u8; 4] = [0x04, 0x22, 0x4D, 0x18];

/// What a legacy frame starts with.
pub(super) const LEGACY_MAGIC: [u8; 4] = [0x02, 0x21, 0x4C, 0x18];

/// Bytes that a block of a legacy frame expands to at most.
const LEGACY_BLOCK_BYTES: usize = 8 << 20;

/// Bytes that a block may refer back to.
const WINDOW_BYTES: usize = 64 << 10;

/// FLG, the first byte of a frame's descriptor.
mod flags {
    pub(super) const VERSION: u8 = 0xC0;
    pub(super) const VERSION_1: u8 = 0x40;
    pub(super) const INDEPENDENT_BLOCKS: u8 = 0x20;
    pub(super) const BLOCK_CHECKSUM: u8 = 0x10;
    pub(super) const CONTENT_SIZE: u8 = 0x08;
    pub(super) const CONTENT_CHECKSUM: u8 = 0x04;
    pub(super) const RESERVED: u8 = 0x02;
    pub(super) const DICTIONARY: u8 = 0x01;
}

/// Decompresses the frames of a file.
pub(super) struct Lz4 {
    part: Part,
    gather: Gather,
    frame: Frame,
    has_frame: bool,
    /// What blocks expanded to: the latest ones, as far as the next may refer back to them.
    window: Vec<u8>,
    /// Where the contents start and end in `window`.
    contents: (usize, usize),
    /// Checks the contents of a frame.
    hash: XxHash32,
    /// What is wrong with the block whose contents were handed on.
    refusal: Option<Refusal>,
}

/// What comes next.
#[derive(Clone, Copy, Debug)]
enum Part {
    Magic,
    SkippableLen,
    Skip(u64),
    Descriptor,
    /// The rest of the descriptor after its first two bytes.
    RestOfDescriptor([u8; 2]),
    BlockLen,
    Block {
        len: usize,
        is_compressed: bool,
    },
    ContentChecksum,
}

/// How a frame was made.
#[derive(Clone, Copy, Debug, Default)]
struct Frame {
    is_legacy: bool,
    is_linked: bool,
    has_block_checksums: bool,
    has_content_checksum: bool,
    /// Bytes that a block expands to at most.
    block_bytes: usize,
}

impl Frame {
    const LEGACY: Frame = Frame {
        is_legacy: true,
        is_linked: false,
        has_block_checksums: false,
        has_content_checksum: false,
        block_bytes: LEGACY_BLOCK_BYTES,
    };

    /// The frame that a descriptor tells of; `rest` ends with the descriptor's checksum.
    fn of(start: [u8; 2], rest: &[u8]) -> Result<Frame, FaultKind> {
        let [flags, sizes] = start;
        let (checksum, optional) = rest.split_last().ok_or(FaultKind::Damaged)?;
        let mut hash = XxHash32::with_seed(0);
        hash.write(&start);
        hash.write(optional);
        if (hash.finish() >> 8) as u8 != *checksum
            || flags & flags::VERSION != flags::VERSION_1
            || flags & flags::RESERVED != 0
        {
            return Err(FaultKind::Damaged);
        }
        if flags & flags::DICTIONARY != 0 {
            return Err(FaultKind::Dictionary);
        }
        Ok(Frame {
            is_legacy: false,
            is_linked: flags & flags::INDEPENDENT_BLOCKS == 0,
            has_block_checksums: flags & flags::BLOCK_CHECKSUM != 0,
            has_content_checksum: flags & flags::CONTENT_CHECKSUM != 0,
            block_bytes: match (sizes >> 4) & 7 {
                4 => 64 << 10,
                5 => 256 << 10,
                6 => 1 << 20,
                7 => 4 << 20,
                _ => return Err(FaultKind::Damaged),
            },
        })
    }

    /// Bytes that a block takes at most.
    const fn longest_block(&self) -> usize {
        if self.is_legacy {
            // What cannot be compressed grows a little.
            LEGACY_BLOCK_BYTES + LEGACY_BLOCK_BYTES / 255 + 16
        } else {
            self.block_bytes
        }
    }

    /// Bytes that the window needs: so much that it is moved seldom.
    const fn window_len(&self) -> usize {
        if self.is_linked { WINDOW_BYTES + 2 * self.block_bytes } else { self.block_bytes }
    }
}

impl Lz4 {
    pub(super) fn new() -> Lz4 {
        Lz4 {
            part: Part::Magic,
            gather: Gather::default(),
            frame: Frame::default(),
            has_frame: false,
            window: Vec::new(),
            contents: (0, 0),
            hash: XxHash32::with_seed(0),
            refusal: None,
        }
    }

    fn start(&mut self, frame: Frame) {
        self.frame = frame;
        self.has_frame = true;
        self.contents = (0, 0);
        self.hash = XxHash32::with_seed(0);
        if self.window.len() < frame.window_len() {
            self.window.resize(frame.window_len(), 0);
        }
    }

    /// What follows a magic number.
    fn magic(&mut self, magic: [u8; 4]) -> Result<Part, Refusal> {
        match magic {
            MAGIC => Ok(Part::Descriptor),
            LEGACY_MAGIC => {
                self.start(Frame::LEGACY);
                Ok(Part::BlockLen)
            }
            [0x50..=0x5F, 0x2A, 0x4D, 0x18] => Ok(Part::SkippableLen),
            _ if self.has_frame => Err(Refusal { kind: FaultKind::TrailingBytes, back: 4 }),
            _ => Err(Refusal { kind: FaultKind::Damaged, back: 4 }),
        }
    }

    /// What follows the four bytes before a block.
    fn block_len(&mut self, bytes: [u8; 4]) -> Result<Part, Refusal> {
        /// The bit that says that a block is as it was.
        const IS_STORED: u32 = 1 << 31;

        let number = u32::from_le_bytes(bytes);
        if self.frame.is_legacy && matches!(bytes, [_, 0x22 | 0x21 | 0x2A, 0x4D | 0x4C, 0x18]) {
            // A legacy frame has no end of its own: another frame follows.
            return self.magic(bytes);
        }
        if !self.frame.is_legacy && number == 0 {
            let has_checksum = self.frame.has_content_checksum;
            return Ok(if has_checksum { Part::ContentChecksum } else { Part::Magic });
        }
        let is_compressed = self.frame.is_legacy || number & IS_STORED == 0;
        let len = if self.frame.is_legacy { number } else { number & !IS_STORED } as usize;
        if len > self.frame.longest_block() {
            let kind =
                if self.frame.is_legacy { FaultKind::TrailingBytes } else { FaultKind::Damaged };
            return Err(Refusal { kind, back: 4 });
        }
        Ok(Part::Block { len, is_compressed })
    }

    /// Expands a block; false where more input is needed.
    fn block(
        &mut self,
        len: usize,
        is_compressed: bool,
        input: &mut &[u8],
    ) -> Result<bool, Refusal> {
        let checksum_len = if self.frame.has_block_checksums { 4 } else { 0 };
        let whole_len = len.saturating_add(checksum_len);
        let Some(whole) = self.gather.take(input, whole_len) else { return Ok(false) };
        let (block, checksum) = whole.split_at_checked(len).unwrap_or((whole, &[]));
        let refusal = |kind| Refusal { kind, back: whole_len as u64 };
        if let Some(checksum) = checksum.first_chunk()
            && u32::from_le_bytes(*checksum) != XxHash32::oneshot(0, block)
        {
            self.refusal = Some(FaultKind::Checksum.into());
        }
        let from = make_room(&mut self.window, self.contents.1, &self.frame);
        let (before, room) =
            self.window.split_at_mut_checked(from).ok_or(refusal(FaultKind::Damaged))?;
        let before = before.get(from.saturating_sub(WINDOW_BYTES)..).unwrap_or(&[]);
        let room = room.get_mut(..self.frame.block_bytes).unwrap_or(&mut []);
        let made = if !is_compressed {
            let room = room.get_mut(..len).ok_or(refusal(FaultKind::Damaged))?;
            room.copy_from_slice(block);
            len
        } else if before.is_empty() {
            decompress_into(block, room).map_err(|_| refusal(FaultKind::Damaged))?
        } else {
            decompress_into_with_dict(block, room, before)
                .map_err(|_| refusal(FaultKind::Damaged))?
        };
        self.contents = (from, from.saturating_add(made));
        if self.frame.has_content_checksum {
            self.hash.write(room.get(..made).unwrap_or(&[]));
        }
        self.part = Part::BlockLen;
        Ok(true)
    }
}

/// Makes room for a block in the window, whose bytes up to `end` are used, and returns where it is.
fn make_room(window: &mut [u8], end: usize, frame: &Frame) -> usize {
    if !frame.is_linked {
        return 0;
    }
    if end.saturating_add(frame.block_bytes) <= window.len() {
        return end;
    }
    let kept = end.min(WINDOW_BYTES);
    window.copy_within(end.saturating_sub(kept)..end, 0);
    kept
}

impl Decode for Lz4 {
    fn decode(&mut self, input: &mut &[u8]) -> Result<Progress, Refusal> {
        let (_, end) = self.contents;
        self.contents = (end, end);
        loop {
            if let Some(refusal) = self.refusal.take() {
                return Err(refusal);
            }
            self.part = match self.part {
                Part::Magic => match self.gather.take_array(input) {
                    Some(magic) => self.magic(magic)?,
                    None => return Ok(Progress::Hungry),
                },
                Part::SkippableLen => match self.gather.take_array(input) {
                    Some(len) => Part::Skip(u64::from(u32::from_le_bytes(len))),
                    None => return Ok(Progress::Hungry),
                },
                Part::Skip(0) => Part::Magic,
                Part::Skip(len) => match skip(input, len) {
                    0 => return Ok(Progress::Hungry),
                    skipped => Part::Skip(len.saturating_sub(skipped)),
                },
                Part::Descriptor => match self.gather.take_array(input) {
                    Some(start) => Part::RestOfDescriptor(start),
                    None => return Ok(Progress::Hungry),
                },
                Part::RestOfDescriptor(start) => {
                    let [flags, _] = start;
                    let content_size = if flags & flags::CONTENT_SIZE != 0 { 8 } else { 0 };
                    let dictionary = if flags & flags::DICTIONARY != 0 { 4 } else { 0 };
                    let len = content_size + dictionary + 1;
                    let Some(rest) = self.gather.take(input, len) else {
                        return Ok(Progress::Hungry);
                    };
                    let frame = Frame::of(start, rest)?;
                    self.start(frame);
                    Part::BlockLen
                }
                Part::BlockLen => match self.gather.take_array(input) {
                    Some(bytes) => self.block_len(bytes)?,
                    None => return Ok(Progress::Hungry),
                },
                Part::Block { len, is_compressed } => {
                    if self.block(len, is_compressed, input)? {
                        return Ok(Progress::More);
                    }
                    return Ok(Progress::Hungry);
                }
                Part::ContentChecksum => {
                    let Some(checksum) = self.gather.take_array(input) else {
                        return Ok(Progress::Hungry);
                    };
                    if u64::from(u32::from_le_bytes(checksum)) != self.hash.finish() {
                        self.refusal = Some(FaultKind::Checksum.into());
                    }
                    Part::Magic
                }
            }
        }
    }

    fn end(&mut self) -> Result<Progress, Refusal> {
        let (_, end) = self.contents;
        self.contents = (end, end);
        let partial = self.gather.partial();
        let is_between = matches!(self.part, Part::Magic)
            || (self.frame.is_legacy && matches!(self.part, Part::BlockLen));
        if !is_between || !self.has_frame {
            return Err(FaultKind::Cut.into());
        }
        if partial.is_empty() {
            return Ok(Progress::Done);
        }
        let may_be_magic = MAGIC.starts_with(partial) || self.frame.is_legacy;
        let kind = if may_be_magic { FaultKind::Cut } else { FaultKind::TrailingBytes };
        let back = if may_be_magic { 0 } else { partial.len() as u64 };
        Err(Refusal { kind, back })
    }

    fn contents(&self) -> &[u8] {
        self.window.get(self.contents.0..self.contents.1).unwrap_or(&[])
    }
}

impl fmt::Debug for Lz4 {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Lz4").field("part", &self.part).finish_non_exhaustive()
    }
}
