//! Findings as their rule writes them.

use std::collections::{HashMap, HashSet};
use std::hash::BuildHasher;

use foldhash::fast::FixedState;

use std::net::IpAddr;

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
    /// The sessions and authentications that it is about, by their places.
    pub(super) sessions: Vec<usize>,
    /// The one server that it is about, whoever its clients are.
    pub(super) server: Option<IpAddr>,
    pub(super) evidence: Vec<Evidence>,
    /// Each ordinary cause, and whether the capture rules it out.
    pub(super) alternatives: Vec<String>,
}

impl Draft {
    pub(super) fn new(confidence: Confidence, title: String, sessions: Vec<usize>) -> Draft {
        // Names in it are as long as whoever sent them wants.
        let title = Limits::DEFAULT.text(title);
        let (evidence, alternatives) = (Vec::new(), Vec::new());
        let server = None;
        Draft { severity: None, confidence, title, sessions, server, evidence, alternatives }
    }

    pub(super) fn severity(self, severity: Severity) -> Draft {
        Draft { severity: Some(severity), ..self }
    }

    /// It is about this server, whoever its clients are.
    pub(super) fn of_server(self, server: IpAddr) -> Draft {
        Draft { server: Some(server), ..self }
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

    /// Takes what another finding of the same title has.
    fn absorb(&mut self, other: Draft) {
        self.sessions.extend(other.sessions);
        if self.evidence.len() < SHOWN {
            self.evidence.extend(other.evidence);
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

/// Packets after which a finding for several sessions tells no further ones.
const SHOWN: usize = 6;

/// Packets told for one finding.
pub(super) const EVIDENCE: usize = 32;

/// Places of sessions.
#[derive(Clone, Debug, Default)]
pub(super) struct Places(Vec<bool>);

impl Places {
    fn insert(&mut self, place: usize) {
        if self.0.len() <= place {
            self.0.resize(place + 1, false);
        }
        if let Some(is_in) = self.0.get_mut(place) {
            *is_in = true;
        }
    }

    fn contains(&self, place: usize) -> bool {
        self.0.get(place).is_some_and(|is_in| *is_in)
    }
}

/// What one rule finds. A network of many hosts has no end of some findings, so the first of them
/// are kept, and the others counted as they come.
#[derive(Debug)]
pub(super) struct Drafts<'c> {
    kept: Vec<Draft>,
    /// Findings that are not kept.
    more: usize,
    /// The places in `kept` of findings that are told once for all their sessions, by their titles.
    by_title: HashMap<String, usize, FixedState>,
    /// The titles of such findings that are not kept.
    more_titles: HashSet<u64, FixedState>,
    /// Sessions of which other rules say more.
    covered: &'c [&'c Places],
    /// Sessions that this rule speaks of, where others are silent about those.
    spoken_of: Option<Places>,
}

impl<'c> Drafts<'c> {
    /// Nothing yet, of a rule that is silent about sessions in any of `covered`; whether its own
    /// sessions are remembered for others.
    pub(super) fn new(covered: &'c [&'c Places], is_covering: bool) -> Drafts<'c> {
        Drafts {
            kept: Vec::new(),
            more: 0,
            by_title: HashMap::default(),
            more_titles: HashSet::default(),
            covered,
            spoken_of: is_covering.then(Places::default),
        }
    }

    fn push(&mut self, draft: Draft) {
        if self.is_said(&draft) {
            return;
        }
        match self.kept.len() < FINDINGS {
            true => self.kept.push(draft),
            false => self.more += 1,
        }
    }

    /// Adds what is told once for each title, of all its sessions.
    pub(super) fn merge(&mut self, drafts: impl IntoIterator<Item = Draft>) {
        for draft in drafts {
            if self.is_said(&draft) {
                continue;
            }
            if let Some(place) = self.by_title.get(&draft.title) {
                if let Some(known) = self.kept.get_mut(*place) {
                    known.absorb(draft);
                }
            } else if self.kept.len() < FINDINGS {
                self.by_title.insert(draft.title.clone(), self.kept.len());
                self.kept.push(draft);
            } else {
                let title = FixedState::default().hash_one(&draft.title);
                self.more += usize::from(self.more_titles.insert(title));
            }
        }
    }

    /// Whether other rules speak of all sessions of `draft`; remembers them where that is wanted.
    fn is_said(&mut self, draft: &Draft) -> bool {
        if let Some(own) = &mut self.spoken_of {
            draft.sessions.iter().for_each(|place| own.insert(*place));
        }
        let is_covered = |place: &usize| self.covered.iter().any(|it| it.contains(*place));
        !draft.sessions.is_empty() && draft.sessions.iter().all(is_covered)
    }

    /// The findings, the last of which says how many more there are, and the sessions that were
    /// remembered.
    pub(super) fn into_parts(mut self) -> (Vec<Draft>, Option<Places>) {
        if let (Some(last), more @ 1..) = (self.kept.last_mut(), self.more) {
            last.title.push_str(&format!(" (and {more} more findings like this one)"));
        }
        for draft in &mut self.kept {
            draft.sessions.sort_unstable();
            draft.sessions.dedup();
        }
        (self.kept, self.spoken_of)
    }
}

impl Extend<Draft> for Drafts<'_> {
    fn extend<I: IntoIterator<Item = Draft>>(&mut self, drafts: I) {
        drafts.into_iter().for_each(|draft| self.push(draft));
    }
}

/// Findings of one rule that are told.
const FINDINGS: usize = 256;

/// Bytes as they are written in evidence.
pub(super) fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
