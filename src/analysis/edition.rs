//! The report on a run as it is handed out, piece by piece, so that a run of many sessions needs no
//! more memory than their state.

use serde::ser::{Serialize, SerializeStruct, Serializer};

use super::Results;
use crate::redaction::{Key, Redaction};
use crate::report::{
    Capture, Estate, Exceptions, Finding, Host, Overview, RunOptions, SCHEMA, Session,
    SessionCounts, SessionRow, Tool,
};

/// A report, each part of which is made when it is asked for; as JSON it is a
/// [`Report`](crate::report::Report).
pub struct Edition<'a> {
    results: &'a Results,
    options: RunOptions,
    captures: Vec<Capture>,
    redaction: Option<Redaction>,
}

impl<'a> Edition<'a> {
    /// The report as it is.
    pub fn of(results: &'a Results) -> Edition<'a> {
        Edition {
            results,
            options: *results.options(),
            captures: results.captures().to_vec(),
            redaction: None,
        }
    }

    /// The report with names, accounts and addresses replaced by what `key` makes of them.
    pub fn redacted(results: &'a Results, key: Key) -> Edition<'a> {
        Learning::new(results, key).finish()
    }

    /// Has the SHA-256 of the capture at `place`, which was computed apart from the run.
    pub fn set_sha256(&mut self, place: usize, sha256: String) {
        if let Some(capture) = self.captures.get_mut(place) {
            capture.sha256 = Some(sha256);
        }
    }

    /// What the run was told.
    pub fn options(&self) -> &RunOptions {
        &self.options
    }

    /// The captures of the run.
    pub fn captures(&self) -> &[Capture] {
        &self.captures
    }

    /// How many sessions there are.
    pub fn n_sessions(&self) -> usize {
        self.results.n_sessions()
    }

    /// Every session, in order of the first packets.
    pub fn sessions(&self) -> impl Iterator<Item = Session> {
        self.results.sessions().map(|session| self.edited(session, Redaction::session))
    }

    /// The session with this key.
    pub fn session_of(&self, key: &str) -> Option<Session> {
        let session = self.results.session(self.results.place_of(key)?)?;
        Some(self.edited(session, Redaction::session))
    }

    /// Every session as a row of a table, in the same order.
    pub fn rows(&self) -> impl Iterator<Item = SessionRow> {
        self.results.rows().map(|row| self.edited(row, Redaction::row))
    }

    /// The session with this key as a row of a table.
    pub fn row_of(&self, key: &str) -> Option<SessionRow> {
        let row = self.results.row(self.results.place_of(key)?)?;
        Some(self.edited(row, Redaction::row))
    }

    /// Every address that took part, in order.
    pub fn hosts(&self) -> impl Iterator<Item = Host> {
        self.results.hosts().into_iter().map(|host| self.edited(host, Redaction::host))
    }

    /// What the hosts are, against what they require.
    pub fn estate(&self) -> Estate {
        self.results.estate()
    }

    /// The accepted exceptions that the run was told.
    pub fn exceptions(&self) -> Exceptions {
        self.told(self.results.exceptions())
    }

    /// The accepted exceptions of the run as they are handed out.
    pub fn told(&self, exceptions: Exceptions) -> Exceptions {
        self.edited(exceptions, Redaction::exceptions)
    }

    /// What a responder should act on, what matters most first.
    pub fn findings(&self) -> Vec<Finding> {
        self.results.findings().into_iter().map(|finding| self.finding(finding)).collect()
    }

    /// A finding of the run as it is handed out.
    pub fn finding(&self, finding: Finding) -> Finding {
        self.edited(finding, Redaction::finding)
    }

    /// The session at a place, in order of the first packets.
    pub fn session(&self, place: usize) -> Option<Session> {
        let session = self.results.session(place)?;
        Some(self.edited(session, Redaction::session))
    }

    /// The run at a glance, given the counts of its sessions.
    pub fn overview_of(&self, counts: &SessionCounts) -> Overview {
        Overview { captures: self.captures.clone(), ..self.results.overview_of(counts) }
    }

    fn edited<T>(&self, mut part: T, redact: impl Fn(&Redaction, &mut T)) -> T {
        if let Some(redaction) = &self.redaction {
            redact(redaction, &mut part);
        }
        part
    }
}

/// A redaction that learns the names of a run, some sessions at a time, so that a program can do other
/// things meanwhile.
pub struct Learning<'a> {
    edition: Edition<'a>,
    redaction: Redaction,
    /// The place of the next session to learn from.
    next: usize,
}

impl<'a> Learning<'a> {
    /// A redaction under `key` that learnt nothing of the run's sessions.
    pub fn new(results: &'a Results, key: Key) -> Learning<'a> {
        let mut edition = Edition::of(results);
        edition.options.redacted = true;
        let mut redaction = Redaction::new(key);
        edition.captures.iter().for_each(|capture| redaction.learn_capture(capture));
        results.hosts().iter().for_each(|host| redaction.learn_host(host));
        Learning { edition, redaction, next: 0 }
    }

    /// Learns from the next session; false once there is none.
    pub fn step(&mut self) -> bool {
        let Some(session) = self.edition.results.session(self.next) else { return false };
        self.redaction.learn_session(&session);
        self.next += 1;
        true
    }

    /// How many sessions were learnt from.
    pub fn done(&self) -> usize {
        self.next
    }

    /// The redacted report.
    pub fn finish(mut self) -> Edition<'a> {
        while self.step() {}
        let Learning { mut edition, redaction, .. } = self;
        let asked_for = edition.results.names().lookups().iter().map(|lookup| &lookup.name);
        asked_for.for_each(|name| redaction.learn_name(name));
        let called = edition.results.observer().calls().all().iter();
        let arguments = called.filter_map(|call| call.call.argument.as_ref());
        arguments.for_each(|argument| redaction.learn_name(&argument.host));
        edition.captures.iter_mut().for_each(|capture| redaction.capture(capture));
        edition.redaction = Some(redaction);
        edition
    }
}

impl Serialize for Edition<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut report = serializer.serialize_struct("Report", 9)?;
        report.serialize_field("schema", SCHEMA)?;
        report.serialize_field("tool", &Tool::this())?;
        report.serialize_field("options", &self.options)?;
        report.serialize_field("captures", &self.captures)?;
        report.serialize_field("sessions", &Sequence(|| self.sessions()))?;
        report.serialize_field("hosts", &Sequence(|| self.hosts()))?;
        report.serialize_field("estate", &self.estate())?;
        report.serialize_field("findings", &self.findings())?;
        report.serialize_field("exceptions", &self.exceptions())?;
        report.end()
    }
}

/// What is made one by one while it is written.
struct Sequence<F>(F);

impl<I: Iterator<Item: Serialize>, F: Fn() -> I> Serialize for Sequence<F> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq((self.0)())
    }
}

#[cfg(test)]
mod tests {
    use super::Edition;
    use crate::analysis::{Options, Source, analyze};
    use crate::secrets::Secrets;

    #[test]
    fn what_is_written_piece_by_piece_is_the_report() {
        let capture = include_bytes!("../../samples/two-sessions-one-connection.pcapng");
        let source = Source { name: "sample".to_owned(), reader: capture.as_slice() };
        let results =
            analyze(vec![source], Options::DEFAULT, Secrets::default(), |_| {}).expect("a capture");
        let written = serde_json::to_string_pretty(&Edition::of(&results)).expect("JSON");
        let whole = serde_json::to_string_pretty(&results.report()).expect("JSON");
        assert_eq!(written, whole);
    }
}
