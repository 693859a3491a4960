//! A finding as its rule writes it.

use crate::limits::Limits;
use crate::packet::PacketId;
use crate::report::{Confidence, Evidence, Severity};

/// A finding without what its rule says of all of them.
#[derive(Clone, Debug)]
pub(super) struct Draft {
    /// `None` where it matters as much as the rule's worst.
    pub(super) severity: Option<Severity>,
    pub(super) confidence: Confidence,
    pub(super) title: String,
    /// The sessions it is about, by their places.
    pub(super) sessions: Vec<usize>,
    pub(super) evidence: Vec<Evidence>,
    /// Each ordinary cause, and whether the capture rules it out.
    pub(super) alternatives: Vec<String>,
}

impl Draft {
    pub(super) fn new(confidence: Confidence, title: String, sessions: Vec<usize>) -> Draft {
        // Names in it are as long as whoever sent them wants.
        let title = Limits::DEFAULT.text(title);
        let (evidence, alternatives) = (Vec::new(), Vec::new());
        Draft { severity: None, confidence, title, sessions, evidence, alternatives }
    }

    pub(super) fn severity(self, severity: Severity) -> Draft {
        Draft { severity: Some(severity), ..self }
    }

    /// Adds a packet that it rests on.
    pub(super) fn evidence(
        mut self,
        packet: PacketId,
        field: &str,
        value: impl Into<String>,
        meaning: impl Into<String>,
    ) -> Draft {
        self.push_evidence(packet, field, value, meaning);
        self
    }

    pub(super) fn push_evidence(
        &mut self,
        packet: PacketId,
        field: &str,
        value: impl Into<String>,
        meaning: impl Into<String>,
    ) {
        if self.evidence.len() < EVIDENCE {
            self.evidence.push(Evidence {
                capture: packet.source.0,
                packet: packet.number,
                field: field.to_owned(),
                value: Limits::DEFAULT.text(value.into()),
                meaning: Limits::DEFAULT.text(meaning.into()),
            });
        }
    }

    /// An ordinary cause that the capture does not rule out.
    pub(super) fn unless(mut self, cause: &str) -> Draft {
        self.alternatives.push(format!("{cause}: not ruled out."));
        self
    }

    /// An ordinary cause that the capture rules out, and why.
    pub(super) fn not(mut self, cause: &str, why: &str) -> Draft {
        self.alternatives.push(format!("{cause}: ruled out, {why}."));
        self
    }

    /// The one or the other.
    pub(super) fn not_if(self, is_ruled_out: bool, cause: &str, why: &str) -> Draft {
        if is_ruled_out { self.not(cause, why) } else { self.unless(cause) }
    }
}

/// Packets told for one finding.
pub(super) const EVIDENCE: usize = 32;

/// Leaves the first `most` findings of a rule; the last of them says how many more there are.
pub(super) fn bound(drafts: &mut Vec<Draft>, most: usize) {
    let more = drafts.len().saturating_sub(most);
    drafts.truncate(most);
    if let (Some(last), 1..) = (drafts.last_mut(), more) {
        last.title.push_str(&format!(" (and {more} more findings like this one)"));
    }
}

/// Bytes as they are written in evidence.
pub(super) fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
