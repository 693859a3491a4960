//! One file of a run, compressed or not: pushed bytes → packets.

use super::compression::{Compression, Expanded, Expander, Fault, Start};
use super::problem::ProblemCode;
use super::source::Source;
use super::unrecognized::NotACapture;
use super::{CaptureFacts, Packet};
use crate::limits::Limits;
use crate::packet::SourceId;
use crate::time::Timestamp;

/// Compressions around one another that are undone: a capture compressed in an archive, say.
const LAYERS: usize = 2;

/// A file as far as it was pushed.
///
/// What is compressed is held compressed, and expanded a little at a time when a packet is asked
/// for.
#[derive(Debug)]
pub(super) struct File {
    limits: Limits,
    /// The compressions around the capture, the outermost first.
    layers: Vec<Layer>,
    /// Bytes inside all of these layers that do not tell yet whether there is another.
    start: Vec<u8>,
    is_recognized: bool,
    has_ended: bool,
    /// Why nothing of the file could be read.
    refusal: Option<NotACapture>,
    source: Source,
}

/// A compression, and what waits to be expanded.
#[derive(Debug)]
struct Layer {
    expander: Expander,
    held: Vec<u8>,
    /// How many of `held` are done with.
    taken: usize,
    is_done: bool,
    /// Whether anything came out.
    has_contents: bool,
}

impl Layer {
    fn new(compression: Compression, limits: &Limits, held: Vec<u8>) -> Layer {
        Layer {
            expander: Expander::new(compression, limits),
            held,
            taken: 0,
            is_done: false,
            has_contents: false,
        }
    }

    fn hold(&mut self, bytes: &[u8]) {
        if self.taken == self.held.len() {
            self.held.clear();
            self.taken = 0;
        }
        self.held.extend_from_slice(bytes);
    }
}

/// What came of a step.
enum Step {
    /// Something was read.
    Forward,
    /// More of the file is needed.
    Hungry,
    /// Nothing more comes of the file.
    Done,
}

impl File {
    pub(super) fn new(id: SourceId, name: String, limits: Limits) -> File {
        File {
            limits,
            layers: Vec::new(),
            start: Vec::new(),
            is_recognized: false,
            has_ended: false,
            refusal: None,
            source: Source::new(id, name, limits),
        }
    }

    /// Bounds the record or block that it holds, which has effect before the first bytes only.
    pub(super) fn bound_records(&mut self, most: usize) {
        self.source.bound_records(most);
    }

    /// Bounds how far compressed data may refer back, which has effect before the first bytes only.
    pub(super) fn bound_windows(&mut self, most: u64) {
        self.limits.zstd_window_bytes = self.limits.zstd_window_bytes.min(most);
        self.limits.xz_dictionary_bytes = self.limits.xz_dictionary_bytes.min(most);
    }

    pub(super) fn facts(&self) -> &CaptureFacts {
        &self.source.facts
    }

    pub(super) fn not_a_capture(&self) -> Option<&NotACapture> {
        self.refusal.as_ref().or(self.source.not_a_capture())
    }

    /// Whether it has no more bytes to come.
    pub(super) fn has_ended(&self) -> bool {
        self.has_ended
    }

    /// Whether more bytes are needed to know its next packet.
    pub(super) fn is_hungry(&self) -> bool {
        !self.has_ended && self.source.is_hungry()
    }

    /// The time of its next packet, once known.
    pub(super) fn next_time(&self) -> Option<Timestamp> {
        self.source.next_time()
    }

    /// Takes a piece and hands its packets on at once, after those that were held back.
    pub(super) fn pass(&mut self, piece: &[u8], on_packet: &mut impl FnMut(&Packet<'_>)) {
        self.count(piece);
        if self.source.is_dry() {
            self.source.drain(on_packet);
            return;
        }
        if self.is_recognized && self.layers.is_empty() {
            self.source.pass(piece, on_packet);
            return;
        }
        self.drain(on_packet);
        let mut piece = piece;
        let mut take = |source: &mut Source, contents: &[u8]| source.pass(contents, on_packet);
        while let Step::Forward = self.step(&mut piece, &mut take) {}
    }

    /// Takes a piece and holds it back, as it is.
    pub(super) fn hold(&mut self, piece: &[u8]) {
        self.count(piece);
        match self.layers.first_mut() {
            _ if self.source.is_dry() => {}
            Some(layer) => layer.hold(piece),
            None if self.is_recognized => self.source.hold(piece),
            None => self.begin(piece, &mut Source::hold),
        }
        self.refill();
    }

    /// Hands on the packets that were held back.
    pub(super) fn drain(&mut self, on_packet: &mut impl FnMut(&Packet<'_>)) {
        self.source.drain(on_packet);
        let mut take = |source: &mut Source, contents: &[u8]| source.pass(contents, on_packet);
        while let Step::Forward = self.step(&mut &[][..], &mut take) {}
    }

    /// Hands on the packet that is ready, and looks for the next.
    pub(super) fn deliver(&mut self, on_packet: &mut impl FnMut(&Packet<'_>)) {
        self.source.deliver(on_packet);
        self.refill();
    }

    /// Says that no more bytes come. Packets that are held back remain.
    pub(super) fn end(&mut self) {
        self.has_ended = true;
        self.refill();
    }

    fn count(&mut self, piece: &[u8]) {
        let size = &mut self.source.facts.size_bytes;
        *size = size.saturating_add(piece.len() as u64);
    }

    /// Expands what is held until a packet is ready.
    fn refill(&mut self) {
        while self.source.is_hungry() {
            match self.step(&mut &[][..], &mut Source::hold) {
                Step::Forward => {}
                Step::Hungry | Step::Done => break,
            }
        }
    }

    /// Goes on by a little: from what is held, else from the front of `piece`. `take` gives the
    /// source what is uncompressed.
    fn step(&mut self, piece: &mut &[u8], take: &mut impl FnMut(&mut Source, &[u8])) -> Step {
        if self.source.is_dry() {
            // Whatever came out of what is left would not be read.
            self.layers.clear();
            self.start = Vec::new();
            return Step::Done;
        }
        if self.layers.is_empty() {
            return self.step_plain(piece, take);
        }
        for place in (0..self.layers.len()).rev() {
            match self.expand(place, piece, take) {
                Step::Hungry => {}
                step => return step,
            }
        }
        Step::Hungry
    }

    /// As [`File::step`] where nothing is known to be compressed.
    fn step_plain(&mut self, piece: &mut &[u8], take: &mut impl FnMut(&mut Source, &[u8])) -> Step {
        if !piece.is_empty() {
            let bytes = std::mem::take(piece);
            self.begin(bytes, take);
            return Step::Forward;
        }
        if !self.has_ended {
            return Step::Hungry;
        }
        self.finish(take);
        Step::Done
    }

    /// Takes uncompressed bytes, until enough of them tell whether they are compressed once more.
    fn begin(&mut self, bytes: &[u8], take: &mut impl FnMut(&mut Source, &[u8])) {
        if self.is_recognized {
            take(&mut self.source, bytes);
            return;
        }
        if !self.start.is_empty() {
            self.start.extend_from_slice(bytes);
        }
        let start = if self.start.is_empty() { bytes } else { &self.start };
        let found = match Start::of(start) {
            Start::Compressed(_) if self.layers.len() >= LAYERS => Start::Plain,
            found => found,
        };
        match found {
            Start::Unsure if self.start.is_empty() => self.start = bytes.to_vec(),
            Start::Unsure => {}
            Start::Compressed(compression) => {
                let held = start.to_vec();
                self.start = Vec::new();
                self.layers.push(Layer::new(compression, &self.limits, held));
                self.source.facts.compression.push(compression);
            }
            Start::Plain => {
                self.is_recognized = true;
                take(&mut self.source, start);
                self.start = Vec::new();
            }
        }
    }

    /// Has the layer at `place` expand a little more, for the next layer or the source.
    fn expand(
        &mut self,
        place: usize,
        piece: &mut &[u8],
        take: &mut impl FnMut(&mut Source, &[u8]),
    ) -> Step {
        let (outer, inner) = self.layers.split_at_mut(place);
        let Some((layer, deeper)) = inner.split_first_mut() else { return Step::Hungry };
        if layer.is_done {
            return Step::Hungry;
        }
        let (is_end, read) = match outer.last() {
            Some(outer) => (outer.is_done, outer.expander.offset()),
            None => (self.has_ended, u64::MAX),
        };
        let held = layer.held.get(layer.taken..).unwrap_or(&[]);
        let is_held = !held.is_empty() || place > 0;
        let mut input: &[u8] = if is_held { held } else { piece };
        let there = input.len();
        let expanded = layer.expander.next(&mut input, is_end, read);
        let taken = there.saturating_sub(input.len());
        if is_held {
            layer.taken = layer.taken.saturating_add(taken);
        } else {
            *piece = piece.get(taken..).unwrap_or(&[]);
        }
        match expanded {
            Expanded::Contents(contents) => {
                layer.has_contents = true;
                match deeper.first_mut() {
                    Some(deeper) => deeper.hold(contents),
                    None if self.is_recognized => take(&mut self.source, contents),
                    None => {
                        let contents = contents.to_vec();
                        self.begin(&contents, take);
                    }
                }
                Step::Forward
            }
            Expanded::Fault(fault) => {
                self.note(place, fault);
                Step::Forward
            }
            // What is held of a stretch and could be topped up from the piece.
            Expanded::Hungry if is_held && place == 0 && !piece.is_empty() => Step::Forward,
            Expanded::Hungry => Step::Hungry,
            Expanded::Done => {
                layer.is_done = true;
                if let Some(remark) = layer.expander.remark() {
                    let offset = layer.expander.offset();
                    self.source.facts.report(ProblemCode::FurtherCaptures, offset, || remark);
                }
                if deeper.is_empty() {
                    self.finish(take);
                }
                Step::Forward
            }
        }
    }

    /// Notes what is wrong with the compressed data of the layer at `place`.
    fn note(&mut self, place: usize, fault: Fault) {
        let has_contents = self.layers.get(place).is_some_and(|layer| layer.has_contents);
        if !has_contents && fault.kind.is_final() {
            self.refusal = Some(NotACapture::Compressed(fault));
        } else {
            self.source.is_end_explained |= fault.kind.is_final();
            let packets = self.source.facts.packets;
            let code = fault.code();
            self.source.facts.report(code, fault.offset, || fault.after(packets));
        }
    }

    /// Nothing more comes of the file: lets the source say what is missing.
    fn finish(&mut self, take: &mut impl FnMut(&mut Source, &[u8])) {
        if !self.start.is_empty() {
            let start = std::mem::take(&mut self.start);
            take(&mut self.source, &start);
        }
        self.is_recognized = true;
        self.source.end();
    }
}
