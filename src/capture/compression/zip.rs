//! ZIP archives, read from their start: PKWARE's APPNOTE.TXT.
//!
//! The directory at an archive's end is not there yet when its files come, so each is read by the
//! header before it. The first that is a capture is handed on; of later ones it is said that they
//! are there.

use std::fmt::Write;

use flate2::Crc;

use super::gather::{Gather, skip};
use super::inflate::Inflate;
use super::zip_entry::{Entry, HEADER_LEN, method};
use super::{Compression, Decode, FaultKind, Progress, Refusal, Start};
use crate::capture::{pcap, pcapng};

/// What a file in an archive starts with: 4.3.7.
pub(super) const MAGIC: [u8; 4] = *b"PK\x03\x04";

/// Bytes that tell whether a file is a capture.
const START_BYTES: usize = 16;

/// Names of further captures that are told.
const NAMES: usize = 5;

/// Characters of a name that are told.
const NAME_CHARS: usize = 200;

/// Reads the files of an archive, and hands on the first that is a capture.
#[derive(Debug)]
pub(super) struct Zip {
    part: Part,
    gather: Gather,
    /// The file being read.
    entry: Entry,
    role: Role,
    /// Bytes of the file's data that were taken.
    taken: u64,
    inflate: Inflate,
    stored: Vec<u8>,
    stored_crc: Crc,
    /// Where the contents of the last call are.
    handed: Handed,
    has_capture: bool,
    further: Vec<String>,
    further_count: u64,
    encrypted_count: u64,
    has_unreadable: bool,
    /// Bytes that came out and were of no capture.
    dropped: u64,
}

/// What comes next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Part {
    Signature,
    Header,
    Name,
    Stored,
    Deflated,
    /// The rest of a file that is passed.
    Passed,
    /// The end of a file's data.
    Close,
    Descriptor(Descriptor),
    Done,
}

/// What of a data descriptor comes next: 4.3.9.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Descriptor {
    /// The signature, which may be missing, or else the CRC-32.
    Signature,
    Crc,
    /// The sizes, in four bytes each or eight.
    Sizes(u32),
    /// The second half of sizes in eight bytes.
    SecondHalf(u32),
    /// That, or what follows sizes in four bytes: those of an empty file look the same.
    Either(u32),
    /// The rest of that.
    Quarter(u32),
}

/// What a file is taken for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Role {
    /// Too little of it was seen.
    Unsure,
    /// The capture that is handed on.
    Capture,
    /// Something else, or another capture.
    Other,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Handed {
    Nothing,
    Stored,
    Inflated,
}

impl Zip {
    pub(super) fn new() -> Zip {
        Zip {
            part: Part::Signature,
            gather: Gather::default(),
            entry: Entry::default(),
            role: Role::Unsure,
            taken: 0,
            inflate: Inflate::new(),
            stored: Vec::new(),
            stored_crc: Crc::new(),
            handed: Handed::Nothing,
            has_capture: false,
            further: Vec::new(),
            further_count: 0,
            encrypted_count: 0,
            has_unreadable: false,
            dropped: 0,
        }
    }

    /// What a signature announces.
    fn signature(&self, signature: [u8; 4]) -> Result<Part, Refusal> {
        match signature {
            MAGIC => Ok(Part::Header),
            // The directory, or what stands before it.
            [b'P', b'K', 1 | 5 | 6, _] => Ok(Part::Done),
            _ => Err(Refusal { kind: FaultKind::Damaged, back: 4 }),
        }
    }

    /// Decides what to do with the file whose header was read.
    fn open(&mut self) -> Result<Part, Refusal> {
        self.role = Role::Unsure;
        self.taken = 0;
        self.inflate.reset();
        self.stored.clear();
        self.stored_crc.reset();
        let entry = &self.entry;
        let has_known_end = !entry.has_descriptor() || entry.compressed_len > 0;
        match entry.method {
            _ if entry.is_encrypted() => {
                self.encrypted_count = self.encrypted_count.saturating_add(1);
            }
            method::DEFLATED => return Ok(Part::Deflated),
            method::STORED if has_known_end => return Ok(Part::Stored),
            _ => self.has_unreadable = true,
        }
        self.role = Role::Other;
        match has_known_end {
            true => Ok(Part::Passed),
            // Nothing after it can be found.
            false if self.has_capture => Ok(Part::Done),
            false => Err(self.nothing()),
        }
    }

    /// Why nothing comes of the archive.
    fn nothing(&self) -> Refusal {
        let kind = match (self.encrypted_count, self.has_unreadable) {
            (_, true) => FaultKind::Method,
            (0, false) => FaultKind::NoCapture,
            (_, false) => FaultKind::Encrypted,
        };
        kind.into()
    }

    /// Looks at the first bytes of a file; `is_all` says that there are no others.
    fn look(&mut self, start: &[u8], is_all: bool) {
        if self.role != Role::Unsure || (start.len() < START_BYTES && !is_all) {
            return;
        }
        let is_compressed =
            matches!(Start::of(start), Start::Compressed(inner) if inner != Compression::Zip);
        let is_capture = is_compressed
            || pcap::Reader::recognizes(start)
            || pcapng::Reader::recognizes(start) == Some(true);
        self.role = Role::Other;
        if is_capture && !self.has_capture {
            self.has_capture = true;
            self.role = Role::Capture;
        } else if is_capture {
            self.further_count = self.further_count.saturating_add(1);
            if self.further.len() < NAMES {
                self.further.push(self.entry.name.chars().take(NAME_CHARS).collect());
            }
        }
    }

    /// Takes data that is stored as it is.
    fn stored(&mut self, input: &mut &[u8]) -> Progress {
        let left = self.entry.compressed_len.saturating_sub(self.taken);
        let all = *input;
        let len = skip(input, left);
        let bytes = all.get(..len as usize).unwrap_or(&[]);
        self.taken = self.taken.saturating_add(len);
        self.stored_crc.update(bytes);
        self.stored.extend_from_slice(bytes);
        let is_all = self.taken >= self.entry.compressed_len;
        let start = self.stored.first_chunk::<START_BYTES>().copied();
        match start {
            Some(start) => self.look(&start, is_all),
            None => self.look(&self.stored.clone(), is_all),
        }
        match self.role {
            Role::Capture => self.handed = Handed::Stored,
            Role::Other => self.stored.clear(),
            Role::Unsure => {}
        }
        if is_all {
            self.part = Part::Close;
            return Progress::More;
        }
        Progress::Hungry
    }

    /// Takes data that is deflated.
    fn deflated(&mut self, input: &mut &[u8]) -> Result<Progress, FaultKind> {
        let outcome = self.inflate.run(input);
        let has_ended = outcome == Ok(true);
        let start: Vec<u8> = self.inflate.contents().iter().take(START_BYTES).copied().collect();
        self.look(&start, has_ended);
        self.taken = self.inflate.total_in();
        let is_full = self.inflate.is_full();
        match self.role {
            Role::Capture => self.handed = Handed::Inflated,
            Role::Other => {
                self.dropped = self.dropped.saturating_add(self.inflate.contents().len() as u64);
                self.inflate.clear();
            }
            Role::Unsure => {}
        }
        if outcome? {
            self.part = Part::Close;
            return Ok(Progress::More);
        }
        // What is not handed on need not come out where its end is known.
        if self.role == Role::Other && !self.entry.has_descriptor() {
            self.part = Part::Passed;
            return Ok(Progress::More);
        }
        Ok(if is_full { Progress::More } else { Progress::Hungry })
    }

    /// Compares the CRC-32 of what was handed on with the one stated.
    fn check(&mut self, stated: u32) -> Result<Part, Refusal> {
        self.part = Part::Signature;
        let found = match self.entry.method {
            method::DEFLATED => self.inflate.crc(),
            _ => self.stored_crc.sum(),
        };
        if self.role == Role::Capture && stated != found {
            return Err(FaultKind::Checksum.into());
        }
        Ok(Part::Signature)
    }

    /// Goes through a data descriptor; `None` where more input is needed.
    fn descriptor(
        &mut self,
        descriptor: Descriptor,
        input: &mut &[u8],
    ) -> Result<Option<Part>, Refusal> {
        let next = match descriptor {
            Descriptor::Signature => match self.gather.take_array(input) {
                Some(bytes) if bytes == *b"PK\x07\x08" => Descriptor::Crc,
                Some(crc) => Descriptor::Sizes(u32::from_le_bytes(crc)),
                None => return Ok(None),
            },
            Descriptor::Crc => match self.gather.take_array(input) {
                Some(crc) => Descriptor::Sizes(u32::from_le_bytes(crc)),
                None => return Ok(None),
            },
            Descriptor::Sizes(crc) => {
                let Some([.., l0, l1, l2, l3]) = self.gather.take_array::<8>(input) else {
                    return Ok(None);
                };
                // Of sizes in eight bytes these are the upper half of the first, which is zero.
                match (u32::from_le_bytes([l0, l1, l2, l3]), self.inflate.total_out()) {
                    (0, 0) => Descriptor::Either(crc),
                    (0, _) => Descriptor::SecondHalf(crc),
                    _ => return self.check(crc).map(Some),
                }
            }
            Descriptor::Either(crc) => match self.gather.take_array(input) {
                Some(signature @ [b'P', b'K', _, _]) => {
                    self.check(crc)?;
                    return self.signature(signature).map(Some);
                }
                Some(_half_of_len) => Descriptor::Quarter(crc),
                None => return Ok(None),
            },
            Descriptor::Quarter(crc) => match self.gather.take_array::<4>(input) {
                Some(_half_of_len) => return self.check(crc).map(Some),
                None => return Ok(None),
            },
            Descriptor::SecondHalf(crc) => match self.gather.take_array::<8>(input) {
                Some(_len) => return self.check(crc).map(Some),
                None => return Ok(None),
            },
        };
        Ok(Some(Part::Descriptor(next)))
    }

    /// Goes through what stands between the data of files; `None` where more input is needed.
    fn pass(&mut self, input: &mut &[u8]) -> Result<Option<Part>, Refusal> {
        let part = match self.part {
            Part::Signature => match self.gather.take_array(input) {
                Some(signature) => self.signature(signature)?,
                None => return Ok(None),
            },
            Part::Header => match self.gather.take_array::<HEADER_LEN>(input) {
                Some(header) => {
                    self.entry = Entry::of(&header).ok_or(FaultKind::Damaged)?;
                    Part::Name
                }
                None => return Ok(None),
            },
            Part::Name => {
                let len = self.entry.name_len.saturating_add(self.entry.extra_len);
                let Some(bytes) = self.gather.take(input, len) else { return Ok(None) };
                self.entry.complete(bytes);
                self.open()?
            }
            Part::Passed => {
                let left = self.entry.compressed_len.saturating_sub(self.taken);
                self.taken = self.taken.saturating_add(skip(input, left));
                if self.taken < self.entry.compressed_len {
                    return Ok(None);
                }
                Part::Close
            }
            Part::Close if self.entry.has_descriptor() => Part::Descriptor(Descriptor::Signature),
            Part::Close => self.check(self.entry.crc)?,
            Part::Descriptor(descriptor) => return self.descriptor(descriptor, input),
            Part::Stored | Part::Deflated | Part::Done => self.part,
        };
        Ok(Some(part))
    }
}

impl Decode for Zip {
    fn decode(&mut self, input: &mut &[u8]) -> Result<Progress, Refusal> {
        match self.handed {
            Handed::Nothing => {}
            Handed::Stored => self.stored.clear(),
            Handed::Inflated => self.inflate.clear(),
        }
        self.handed = Handed::Nothing;
        loop {
            match self.part {
                Part::Stored => return Ok(self.stored(input)),
                Part::Deflated => return Ok(self.deflated(input)?),
                Part::Done if self.has_capture => return Ok(Progress::Done),
                Part::Done => return Err(self.nothing()),
                _ => match self.pass(input)? {
                    Some(part) => self.part = part,
                    None => return Ok(Progress::Hungry),
                },
            }
        }
    }

    fn end(&mut self) -> Result<Progress, Refusal> {
        self.handed = Handed::Nothing;
        Err(FaultKind::Cut.into())
    }

    fn contents(&self) -> &[u8] {
        match self.handed {
            Handed::Nothing => &[],
            Handed::Stored => &self.stored,
            Handed::Inflated => self.inflate.contents(),
        }
    }

    fn dropped(&self) -> u64 {
        self.dropped
    }

    fn remark(&self) -> Option<String> {
        if self.further_count == 0 {
            return None;
        }
        let mut names = self.further.join(", ");
        let unnamed = self.further_count.saturating_sub(self.further.len() as u64);
        if unnamed > 0 {
            // Writing to a string never fails.
            let _ = write!(names, " and {unnamed} more");
        }
        Some(format!(
            "Of the captures in the ZIP archive the first was read, and these were not: {names}. \
             Unpack the archive, and open its captures together."
        ))
    }
}
