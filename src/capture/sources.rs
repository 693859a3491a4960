//! All captures of a run, merged by time.

use super::source::Source;
use super::unrecognized::NotACapture;
use super::{CaptureFacts, Packet};
use crate::limits::Limits;
use crate::packet::SourceId;
use crate::time::Timestamp;

/// All captures of a run. Their packets come out in the order of their times; those of one file in
/// the order of the file.
///
/// Add every capture first. Then push pieces of the one that [`Sources::wants`] names until it
/// names none, and end each where its bytes end. Of each capture at most the piece that was pushed
/// last and one cut packet are held; of a single one, or of the last that is left, only the latter.
#[derive(Debug)]
pub struct Sources {
    limits: Limits,
    sources: Vec<Source>,
}

impl Sources {
    /// No captures yet.
    pub fn new(limits: Limits) -> Sources {
        Sources { limits, sources: Vec::new() }
    }

    /// Adds a capture.
    pub fn add(&mut self, name: String) -> SourceId {
        let id = SourceId(self.sources.len());
        self.sources.push(Source::new(id, name, self.limits));
        id
    }

    /// Takes the next bytes of a capture, and hands on every packet whose turn is certain.
    ///
    /// Bytes of a capture that has ended, or was never added, are ignored.
    pub fn push(
        &mut self,
        source: SourceId,
        piece: &[u8],
        on_packet: &mut impl FnMut(&Packet<'_>),
    ) {
        let is_alone = self
            .sources
            .iter()
            .enumerate()
            .all(|(place, other)| place == source.0 || other.is_finished());
        let Some(taker) = self.sources.get_mut(source.0) else { return };
        if taker.has_ended() {
            return;
        }
        if is_alone {
            taker.pass(piece, on_packet);
        } else {
            taker.hold(piece);
            self.merge(on_packet);
        }
    }

    /// Says that a capture has no more bytes, and hands on every packet whose turn is certain now.
    pub fn end(&mut self, source: SourceId, on_packet: &mut impl FnMut(&Packet<'_>)) {
        if let Some(ended) = self.sources.get_mut(source.0) {
            ended.end();
        }
        self.merge(on_packet);
    }

    /// The capture that is to be pushed or ended next; `None` when all have ended.
    ///
    /// First come those whose next packet is not known, since others wait for it; then those of
    /// which nothing more can be read, so that their size becomes known. A capture that is
    /// [none](Sources::not_a_capture) may be ended at any time.
    pub fn wants(&self) -> Option<SourceId> {
        let hungry = self.sources.iter().position(Source::is_hungry);
        let place = hungry.or_else(|| self.sources.iter().position(|source| !source.has_ended()));
        place.map(SourceId)
    }

    /// What is known of a capture so far.
    pub fn facts(&self, source: SourceId) -> Option<&CaptureFacts> {
        self.sources.get(source.0).map(|source| &source.facts)
    }

    /// Why a file is no capture; `None` while it may be one. An empty file is known when it ended.
    pub fn not_a_capture(&self, source: SourceId) -> Option<&NotACapture> {
        self.sources.get(source.0)?.not_a_capture()
    }

    /// Hands on packets until one could be followed by an earlier one that is not known yet.
    fn merge(&mut self, on_packet: &mut impl FnMut(&Packet<'_>)) {
        while !self.sources.iter().any(Source::is_hungry) {
            let Some((place, until)) = self.earliest() else { return };
            let Some(source) = self.sources.get_mut(place) else { return };
            // Looking at every source for every packet would be slow with many of them.
            loop {
                source.deliver(on_packet);
                match source.next_time() {
                    Some(time) if until.is_none_or(|until| time < until) => {}
                    _ => break,
                }
            }
        }
        // The last one left needs to wait for nobody.
        let mut unfinished = self.sources.iter_mut().filter(|source| !source.is_finished());
        if let (Some(last), None) = (unfinished.next(), unfinished.next()) {
            last.drain(on_packet);
        }
    }

    /// The source with the earliest packet, the first of several, and the time of the earliest
    /// packet of the others.
    fn earliest(&self) -> Option<(usize, Option<Timestamp>)> {
        let mut best: Option<(usize, Timestamp)> = None;
        let mut second: Option<Timestamp> = None;
        for (place, source) in self.sources.iter().enumerate() {
            let Some(time) = source.next_time() else { continue };
            match best {
                Some((_, earliest)) if time >= earliest => {
                    second = Some(second.map_or(time, |second| second.min(time)));
                }
                _ => {
                    second = best.map(|(_, earliest)| earliest);
                    best = Some((place, time));
                }
            }
        }
        best.map(|(place, _)| (place, second))
    }
}
