//! All captures of a run, merged by time.

use super::unrecognized::NotACapture;
use super::{CaptureFacts, Packet};
use crate::limits::Limits;
use crate::packet::SourceId;

/// All captures of a run; their packets come out in time order.
#[derive(Debug)]
pub struct Sources {
    limits: Limits,
    sources: Vec<CaptureFacts>,
}

impl Sources {
    /// No captures yet.
    pub fn new(limits: Limits) -> Sources {
        Sources { limits, sources: Vec::new() }
    }

    /// Adds a capture. All are added before the first byte is pushed.
    pub fn add(&mut self, name: String) -> SourceId {
        self.sources.push(CaptureFacts { name, ..CaptureFacts::default() });
        SourceId(self.sources.len() - 1)
    }

    /// Takes the next bytes of a capture.
    pub fn push(
        &mut self,
        source: SourceId,
        piece: &[u8],
        on_packet: &mut impl FnMut(&Packet<'_>),
    ) {
        let _ = (source, piece, on_packet, self.limits);
    }

    /// Says that a capture has no more bytes.
    pub fn end(&mut self, source: SourceId, on_packet: &mut impl FnMut(&Packet<'_>)) {
        let _ = (source, on_packet);
    }

    /// The capture that is to be pushed next; `None` when all have ended.
    pub fn wants(&self) -> Option<SourceId> {
        None
    }

    /// What is known of a capture.
    pub fn facts(&self, source: SourceId) -> Option<&CaptureFacts> {
        self.sources.get(source.0)
    }

    /// Why a capture is none; `None` while it may be one.
    pub fn not_a_capture(&self, _source: SourceId) -> Option<&NotACapture> {
        None
    }
}
