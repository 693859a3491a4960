//! Drives a decoder: even stretches in, bounded pieces out.

use super::gzip::Gzip;
use super::lz4::Lz4;
use super::xz::Xz;
use super::zip::Zip;
use super::zstd::Zstd;
use super::{Compression, Decode, Fault, FaultKind, Progress, Refusal};
use crate::limits::Limits;

/// Bytes that a decoder is given at once, each time from a multiple of it in the file on.
///
/// What a decoder makes of damaged data could depend on how much of it is there; so it is always
/// the same. Programs that read multiples of it have nothing copied.
const STRETCH: usize = 128 << 10;

/// Expands one compressed file.
#[derive(Debug)]
pub(in crate::capture) struct Expander {
    compression: Compression,
    decoder: Box<dyn Decode>,
    limits: Limits,
    /// A stretch that pieces cut, as far as it is there.
    stretch: Vec<u8>,
    /// How many bytes of `stretch` the decoder took.
    taken: usize,
    /// Bytes that the decoder took in all.
    offset: u64,
    /// Bytes from `offset` on that the decoder may take of the present stretch.
    left: usize,
    /// Whether the decoder may make more without more input.
    has_more: bool,
    /// Bytes that came out.
    expanded: u64,
    /// What is to be told before going on.
    fault: Option<Fault>,
    is_done: bool,
}

/// What came of a step.
#[derive(Debug, PartialEq, Eq)]
pub(in crate::capture) enum Expanded<'a> {
    /// Bytes that were compressed.
    Contents(&'a [u8]),
    /// Something is wrong.
    Fault(Fault),
    /// More input is needed.
    Hungry,
    /// Nothing more comes of the file.
    Done,
}

impl Expander {
    pub(in crate::capture) fn new(compression: Compression, limits: &Limits) -> Expander {
        Expander {
            compression,
            decoder: match compression {
                Compression::Gzip => Box::new(Gzip::new()),
                Compression::Zstd => Box::new(Zstd::new(limits)),
                Compression::Lz4 => Box::new(Lz4::new()),
                Compression::Xz => Box::new(Xz::new(limits)),
                Compression::Zip => Box::new(Zip::new()),
            },
            limits: *limits,
            stretch: Vec::new(),
            taken: 0,
            offset: 0,
            left: 0,
            has_more: false,
            expanded: 0,
            fault: None,
            is_done: false,
        }
    }

    /// Bytes of the compressed data that are done with.
    pub(in crate::capture) fn offset(&self) -> u64 {
        self.offset
    }

    /// What is to be said of the rest of the file, once all is done.
    pub(in crate::capture) fn remark(&self) -> Option<String> {
        self.decoder.remark()
    }

    /// Goes on by a step, with bytes off the front of `input`; `is_end` says that nothing follows
    /// them. What is left of `input` is to be given again. `read` is how many bytes of the file
    /// itself this data came of, for what they expand to is bounded.
    pub(in crate::capture) fn next(
        &mut self,
        input: &mut &[u8],
        is_end: bool,
        read: u64,
    ) -> Expanded<'_> {
        loop {
            if let Some(fault) = self.fault.take() {
                self.is_done |= fault.kind.is_final();
                return Expanded::Fault(fault);
            }
            if self.is_done {
                *input = &[];
                return Expanded::Done;
            }
            let outcome = if self.left > 0 || self.has_more || self.begin(input, is_end) {
                self.decode(input)
            } else if is_end {
                self.decoder.end()
            } else {
                return Expanded::Hungry;
            };
            self.judge(outcome, read);
            if !self.decoder.contents().is_empty() {
                return Expanded::Contents(self.decoder.contents());
            }
        }
    }

    /// Makes the next stretch ready; false where too little of it is there.
    fn begin(&mut self, input: &mut &[u8], is_end: bool) -> bool {
        let there = self.stretch.len().saturating_add(input.len());
        if self.stretch.is_empty() && input.len() >= STRETCH {
            self.left = STRETCH;
        } else {
            let missing = STRETCH.saturating_sub(self.stretch.len()).min(input.len());
            let (head, rest) = input.split_at_checked(missing).unwrap_or((&[], &[]));
            self.stretch.extend_from_slice(head);
            *input = rest;
            if there < STRETCH && !is_end {
                return false;
            }
            self.left = self.stretch.len();
        }
        self.left > 0
    }

    /// Gives the decoder what is left of the present stretch.
    fn decode(&mut self, input: &mut &[u8]) -> Result<Progress, Refusal> {
        let is_own = !self.stretch.is_empty();
        let all = if is_own { self.stretch.get(self.taken..).unwrap_or(&[]) } else { *input };
        let given = all.get(..self.left).unwrap_or(all);
        let mut rest = given;
        let outcome = self.decoder.decode(&mut rest);
        let taken = given.len().saturating_sub(rest.len());
        self.offset = self.offset.saturating_add(taken as u64);
        self.left = self.left.saturating_sub(taken);
        if is_own {
            self.taken = self.taken.saturating_add(taken);
            if self.left == 0 {
                self.stretch.clear();
                self.taken = 0;
            }
        } else {
            *input = input.get(taken..).unwrap_or(&[]);
        }
        outcome
    }

    /// Notes what a step came to.
    fn judge(&mut self, outcome: Result<Progress, Refusal>, read: u64) {
        let contents = self.decoder.contents().len() as u64;
        self.expanded = self.expanded.saturating_add(contents);
        self.has_more = matches!(outcome, Ok(Progress::More));
        let kind = match outcome {
            Ok(Progress::Done) => {
                self.is_done = true;
                return;
            }
            Ok(Progress::More | Progress::Hungry) => {
                let expanded = self.expanded.saturating_add(self.decoder.dropped());
                let most = read.min(self.offset).saturating_mul(self.limits.expansion_ratio);
                if expanded <= most.max(self.limits.expanded_bytes) {
                    return;
                }
                Refusal::from(FaultKind::Expands { expanded })
            }
            Err(refusal) => refusal,
        };
        let offset = self.offset.saturating_sub(kind.back);
        self.fault = Some(Fault { compression: self.compression, offset, kind: kind.kind });
    }
}
