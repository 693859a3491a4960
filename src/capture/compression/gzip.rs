//! gzip: <https://www.rfc-editor.org/rfc/rfc1952>.

use super::gather::{Gather, skip};
use super::inflate::Inflate;
use super::{Decode, FaultKind, Progress, Refusal};

/// What every member that can be read starts with: its identification and DEFLATE.
pub(super) const MAGIC: [u8; 3] = [0x1F, 0x8B, 0x08];

/// FLG, \[RFC 1952\] 2.3.1.
mod flags {
    pub(super) const FHCRC: u8 = 0x02;
    pub(super) const FEXTRA: u8 = 0x04;
    pub(super) const FNAME: u8 = 0x08;
    pub(super) const FCOMMENT: u8 = 0x10;
    pub(super) const RESERVED: u8 = 0xE0;
}

/// Decompresses the members of a gzip file.
#[derive(Debug)]
pub(super) struct Gzip {
    part: Part,
    gather: Gather,
    inflate: Inflate,
    /// FLG of the member.
    flags: u8,
    has_member: bool,
}

/// What comes next. The optional parts are passed where the flags do not name them.
#[derive(Clone, Copy, Debug)]
enum Part {
    Header,
    ExtraLen,
    Extra(u64),
    Name,
    Comment,
    HeaderCrc,
    Data,
    Trailer,
}

impl Gzip {
    pub(super) fn new() -> Gzip {
        Gzip {
            part: Part::Header,
            gather: Gather::default(),
            inflate: Inflate::new(),
            flags: 0,
            has_member: false,
        }
    }

    /// Reads the fixed part of a header; what is none follows the last member.
    fn header(&mut self, header: [u8; 10]) -> Result<Part, Refusal> {
        if !header.starts_with(&MAGIC) {
            let kind = if self.has_member { FaultKind::TrailingBytes } else { FaultKind::Damaged };
            return Err(Refusal { kind, back: header.len() as u64 });
        }
        let [_, _, _, flags, ..] = header;
        if flags & flags::RESERVED != 0 {
            return Err(FaultKind::Damaged.into());
        }
        self.flags = flags;
        self.inflate.reset();
        Ok(Part::ExtraLen)
    }

    /// Passes text that a zero ends; true when its end was met.
    fn text(&self, flag: u8, input: &mut &[u8]) -> bool {
        if self.flags & flag == 0 {
            return true;
        }
        let end = input.iter().position(|byte| *byte == 0);
        let len = end.map_or(input.len(), |end| end.saturating_add(1));
        skip(input, len as u64);
        end.is_some()
    }

    /// Goes through a part before the data; `None` where more input is needed.
    fn pass(&mut self, input: &mut &[u8]) -> Result<Option<Part>, Refusal> {
        let part = match self.part {
            Part::Header => {
                // Tapes fill their last block with zeros.
                if self.has_member && self.gather.partial().is_empty() {
                    let zeros = input.iter().take_while(|byte| **byte == 0).count();
                    skip(input, zeros as u64);
                }
                match self.gather.take_array(input) {
                    Some(header) => self.header(header)?,
                    None => return Ok(None),
                }
            }
            Part::ExtraLen if self.flags & flags::FEXTRA == 0 => Part::Name,
            Part::ExtraLen => match self.gather.take_array(input) {
                Some(len) => Part::Extra(u64::from(u16::from_le_bytes(len))),
                None => return Ok(None),
            },
            Part::Extra(0) => Part::Name,
            Part::Extra(len) => match skip(input, len) {
                0 => return Ok(None),
                skipped => Part::Extra(len.saturating_sub(skipped)),
            },
            Part::Name if self.text(flags::FNAME, input) => Part::Comment,
            Part::Comment if self.text(flags::FCOMMENT, input) => Part::HeaderCrc,
            Part::Name | Part::Comment => return Ok(None),
            Part::HeaderCrc if self.flags & flags::FHCRC == 0 => Part::Data,
            Part::HeaderCrc => match self.gather.take_array::<2>(input) {
                Some(_header_crc) => Part::Data,
                None => return Ok(None),
            },
            Part::Data | Part::Trailer => self.part,
        };
        Ok(Some(part))
    }
}

impl Decode for Gzip {
    fn decode(&mut self, input: &mut &[u8]) -> Result<Progress, Refusal> {
        self.inflate.clear();
        loop {
            match self.part {
                Part::Data => {
                    let has_ended = self.inflate.run(input)?;
                    if has_ended {
                        self.part = Part::Trailer;
                    }
                    let has_more = has_ended || self.inflate.is_full();
                    return Ok(if has_more { Progress::More } else { Progress::Hungry });
                }
                Part::Trailer => {
                    let Some([c0, c1, c2, c3, l0, l1, l2, l3]) = self.gather.take_array(input)
                    else {
                        return Ok(Progress::Hungry);
                    };
                    self.part = Part::Header;
                    self.has_member = true;
                    let len = self.inflate.total_out() as u32;
                    if u32::from_le_bytes([c0, c1, c2, c3]) != self.inflate.crc()
                        || u32::from_le_bytes([l0, l1, l2, l3]) != len
                    {
                        return Err(FaultKind::Checksum.into());
                    }
                }
                _ => match self.pass(input)? {
                    Some(part) => self.part = part,
                    None => return Ok(Progress::Hungry),
                },
            }
        }
    }

    fn end(&mut self) -> Result<Progress, Refusal> {
        self.inflate.clear();
        let partial = self.gather.partial();
        match self.part {
            Part::Header if self.has_member && partial.is_empty() => Ok(Progress::Done),
            Part::Header
                if self.has_member && !MAGIC.starts_with(partial.get(..3).unwrap_or(partial)) =>
            {
                Err(Refusal { kind: FaultKind::TrailingBytes, back: partial.len() as u64 })
            }
            _ => Err(FaultKind::Cut.into()),
        }
    }

    fn contents(&self) -> &[u8] {
        self.inflate.contents()
    }
}
