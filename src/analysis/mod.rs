//! The whole run: bytes of captures in, a report out.
//!
//! [`Analysis`] does no input or output, reads no clock and starts no thread. Bytes are pushed into
//! it in pieces of any size, and the result does not depend on how they were cut. [`analyze`] does
//! the pushing for programs that have readers.

mod authentication;
mod authentication_fields;
mod bounds;
mod call_reader;
mod captures;
mod clock;
mod clocks;
mod coverage;
mod edition;
mod evidence;
mod exceptions;
mod extraction;
mod facts;
mod filter;
mod hashing;
mod hosts;
mod judgement;
mod message_list;
mod names;
mod negotiation;
mod pipeline;
mod results;
mod transports;
mod verdict;
mod verification;
mod views;

use std::io::{Read, Write};

pub use self::edition::{Edition, Learning};
pub use self::exceptions::{day, read as read_exceptions};
pub use self::extraction::NotInReport;
pub use self::hashing::FileHash;
pub use self::message_list::SessionMessages;
pub use self::results::Results;
pub use crate::findings::{Found, Judgements, Judging};
pub use crate::redaction::Key as RedactionKey;
pub use crate::session::Listing;

use self::hashing::Hashes;
use self::pipeline::Pipeline;
use crate::capture;
use crate::capture::sources::Sources;
use crate::extraction::Extraction;
use crate::findings;
use crate::limits::Limits;
use crate::packet::SourceId;
use crate::report::{self, Overview, RunOptions, SecretCounts, SessionRow};
use crate::secrets::Secrets;

/// What a run goes by.
#[derive(Clone, Copy, Debug)]
pub struct Options {
    /// The bounds on memory and work.
    pub limits: Limits,
    /// The sessions whose messages are listed one by one.
    pub listing: Listing,
    /// Whether the SHA-256 of each capture is computed.
    pub hashing: bool,
}

impl Options {
    /// What a run goes by where nobody says otherwise.
    pub const DEFAULT: Options =
        Options { limits: Limits::DEFAULT, listing: Listing::Nobody, hashing: false };
}

/// Nothing could be read at all: the sentence says of each file what it looks like and what to do.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}", .0.iter().map(|(name, looks)| format!("{name}: {looks}")).collect::<Vec<_>>().join("\n"))]
pub struct NotACapture(pub Vec<(String, String)>);

/// How far a run is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Progress {
    /// Bytes taken.
    pub bytes: u64,
    /// Packets taken.
    pub packets: u64,
    /// Sessions found.
    pub sessions: u64,
}

/// A run over one capture or several, which are taken as one in order of time.
#[derive(Debug)]
pub struct Analysis {
    sources: Sources,
    n_sources: usize,
    limits: Limits,
    hashes: Hashes,
    told: RunOptions,
    pipeline: Pipeline,
}

impl Analysis {
    /// A run that has seen nothing and knows no secrets.
    pub fn new(options: Options) -> Analysis {
        Analysis::with_secrets(options, Secrets::default())
    }

    /// A run that has seen nothing and knows `secrets`.
    pub fn with_secrets(options: Options, secrets: Secrets) -> Analysis {
        Analysis {
            sources: Sources::new(options.limits),
            n_sources: 0,
            limits: options.limits,
            hashes: Hashes::new(options.hashing),
            told: told(options.listing, &secrets),
            pipeline: Pipeline::new(options.limits, secrets, options.listing),
        }
    }

    /// Adds a capture to the run; `name` is what the report calls it.
    pub fn add_source(&mut self, name: impl Into<String>) -> SourceId {
        self.n_sources += 1;
        self.pipeline.add_source();
        self.hashes.add_source();
        self.sources.add(name.into())
    }

    /// Takes the next bytes of a capture.
    pub fn push(&mut self, source: SourceId, piece: &[u8]) {
        self.hashes.push(source, piece);
        let pipeline = &mut self.pipeline;
        self.sources.push(source, piece, &mut |packet| pipeline.packet(packet));
        if self.sources.not_a_capture(source).is_some() {
            // The rest of a file that is no capture need not be read.
            self.hashes.give_up(source);
            self.end(source);
        }
    }

    /// A capture has no further bytes.
    pub fn end(&mut self, source: SourceId) {
        let pipeline = &mut self.pipeline;
        self.sources.end(source, &mut |packet| pipeline.packet(packet));
    }

    /// The capture of which bytes are wanted next; `None` once all have ended.
    pub fn wants(&self) -> Option<SourceId> {
        self.sources.wants()
    }

    /// How far the run is.
    pub fn progress(&self) -> Progress {
        let facts = (0..self.n_sources).filter_map(|place| self.sources.facts(SourceId(place)));
        let mut progress = Progress {
            sessions: self.pipeline.observer().sessions().len() as u64,
            ..Progress::default()
        };
        for facts in facts {
            progress.bytes += facts.size_bytes;
            progress.packets += facts.packets;
        }
        progress
    }

    /// The run at a glance, as far as it is: the captures, and how many sessions there are.
    pub fn overview(&self) -> Overview {
        Overview {
            captures: self.captures(),
            sessions: self.pipeline.observer().sessions().len() as u64,
            ..Overview::default()
        }
    }

    /// The first sessions found, `count` at most, as they stand now.
    pub fn preview(&self, count: usize) -> Vec<SessionRow> {
        results::preview(self.pipeline.observer(), count)
    }

    /// Messages that were listed so far, and those for which there was no room.
    pub fn n_listed(&self) -> u64 {
        self.pipeline.observer().n_listed()
    }

    /// Ends the run. It fails only where no source is a capture.
    pub fn finish(mut self) -> Result<Results, NotACapture> {
        while let Some(source) = self.sources.wants() {
            self.end(source);
        }
        self.pipeline.finish();
        let refused = self.refused();
        if !refused.is_empty() && refused.len() == self.n_sources {
            return Err(NotACapture(refused));
        }
        let mut captures = self.captures();
        let too_deep = captures.iter().map(|capture| capture.contents.too_deep).sum();
        if let Some(first) = captures.first_mut() {
            // Bounds are of the run; it has no place of its own for problems but its first capture.
            let dropped = self.pipeline.observer().dropped();
            first.problems.extend(bounds::messages_shortened(self.pipeline.shortened()));
            first.problems.extend(bounds::reached(dropped, self.pipeline.counters(), too_deep));
        }
        for (place, problem) in self.clock_problems() {
            if let Some(capture) = captures.get_mut(place) {
                capture.problems.push(problem);
            }
        }
        Ok(self.into_results(captures))
    }

    /// Brings together what the layers know about hosts and about what was not analysed.
    fn into_results(self, mut captures: Vec<report::Capture>) -> Results {
        let mut seen = self.pipeline.into_seen();
        let (observer, host_names, transports) =
            (&seen.observer, &mut seen.names, &seen.transports);
        for source in (0..self.n_sources).map(SourceId) {
            if let Some(facts) = self.sources.facts(source) {
                names::gather_of_file(source, facts, host_names);
            }
        }
        names::gather(observer, host_names);
        transports::gather(transports, host_names);
        if let Some(first) = captures.first_mut() {
            first.problems.extend(bounds::names_left_out(observer, host_names));
            first.problems.extend(bounds::transports_left_out(transports.dropped()));
            first
                .problems
                .extend(bounds::tokens_left_out(seen.carriers.dropped(), seen.fetched.dropped()));
        }
        for (place, capture) in captures.iter_mut().enumerate() {
            let source = SourceId(place);
            capture.contents.not_analysable = transports::of(transports, source, host_names);
        }
        for (place, capture) in captures.iter_mut().enumerate() {
            capture.sha256 = self.hashes.of(SourceId(place));
        }
        Results::new(captures, self.told, seen, &self.limits)
    }

    /// What is to be said of the captures' clocks, with the place of each one's capture.
    fn clock_problems(&self) -> Vec<(usize, report::Problem)> {
        let sources = (0..self.n_sources).map(SourceId);
        let facts: Vec<_> = sources.filter_map(|source| self.sources.facts(source)).collect();
        clocks::problems(&facts, self.pipeline.sketches())
    }

    /// The sources that are no captures, each with what it looks like.
    fn refused(&self) -> Vec<(String, String)> {
        (0..self.n_sources)
            .map(SourceId)
            .filter_map(|source| {
                let looks = self.sources.not_a_capture(source)?;
                let facts = self.sources.facts(source)?;
                Some((facts.name.clone(), captures::refusal(facts, looks)))
            })
            .collect()
    }

    fn captures(&self) -> Vec<report::Capture> {
        let contents = self.pipeline.contents();
        (0..self.n_sources)
            .filter_map(|place| {
                let source = SourceId(place);
                let facts = self.sources.facts(source)?;
                let refused = self.sources.not_a_capture(source);
                let encapsulations = self.pipeline.encapsulations(source);
                Some(captures::of(facts, refused, contents.get(place)?, encapsulations))
            })
            .collect()
    }
}

/// What a run was told, for its report.
fn told(listing: Listing, secrets: &Secrets) -> RunOptions {
    RunOptions {
        messages: matches!(listing, Listing::All),
        secrets: SecretCounts {
            passwords: secrets.passwords.len(),
            nt_hashes: secrets.nt_hashes.len(),
            session_keys: secrets.session_keys.len(),
            signing_keys: secrets.signing_keys.len(),
            service_keys: secrets.service_keys.len(),
            kerberos_passwords: secrets.kerberos_passwords.len(),
            ticket_session_keys: secrets.ticket_session_keys.len(),
        },
        ..RunOptions::default()
    }
}

/// A capture to read: what the report calls it, and where its bytes come from.
pub struct Source<R> {
    /// The name.
    pub name: String,
    /// The bytes.
    pub reader: R,
}

/// Why [`analyze`] gave no results.
#[derive(Debug, thiserror::Error)]
pub enum AnalyzeError {
    /// A source could not be read.
    #[error("{name}: {error}")]
    Read {
        /// The name of the source.
        name: String,
        /// What went wrong.
        error: std::io::Error,
    },
    /// No source is a capture.
    #[error(transparent)]
    NotACapture(#[from] NotACapture),
}

/// The rules by which findings are made, and what has none.
pub fn catalogue() -> report::Catalogue {
    findings::catalogue()
}

/// Bytes that a program should read at once of each of `n_sources` captures: fewer of many, for all
/// may have to wait for one another.
pub fn piece_len(n_sources: usize, options: Options) -> usize {
    Sources::piece_len(n_sources, &options.limits)
}

/// Whether the first bytes of a file show that it is no capture; `is_all` says that there are no
/// further ones.
pub fn refuses(start: &[u8], is_all: bool) -> bool {
    let mut sources = Sources::new(Limits::DEFAULT);
    let source = sources.add(String::new());
    sources.push(source, start, &mut |_| {});
    // What is compressed comes out of it no later than at its end.
    let is_compressed = sources.facts(source).is_some_and(|facts| !facts.compression.is_empty());
    if is_all || is_compressed {
        sources.end(source, &mut |_| {});
    }
    match sources.not_a_capture(source) {
        Some(capture::unrecognized::NotACapture::Compressed(_)) => is_all,
        looks => looks.is_some(),
    }
}

/// What takes the bytes of captures, of each in order.
pub trait TakesCaptures {
    /// The capture of which bytes are wanted next; `None` once no more are.
    fn wants(&self) -> Option<SourceId>;
    /// Takes the next bytes of a capture.
    fn push(&mut self, source: SourceId, piece: &[u8]);
    /// A capture has no further bytes.
    fn end(&mut self, source: SourceId);
}

impl TakesCaptures for Analysis {
    fn wants(&self) -> Option<SourceId> {
        Analysis::wants(self)
    }

    fn push(&mut self, source: SourceId, piece: &[u8]) {
        Analysis::push(self, source, piece);
    }

    fn end(&mut self, source: SourceId) {
        Analysis::end(self, source);
    }
}

impl<W: Write> TakesCaptures for Extraction<W> {
    fn wants(&self) -> Option<SourceId> {
        Extraction::wants(self)
    }

    fn push(&mut self, source: SourceId, piece: &[u8]) {
        Extraction::push(self, source, piece);
    }

    fn end(&mut self, source: SourceId) {
        Extraction::end(self, source);
    }
}

/// Reads `sources` to their ends as one run, and calls `progress` after each piece.
pub fn analyze<R: Read>(
    mut sources: Vec<Source<R>>,
    options: Options,
    secrets: Secrets,
    mut progress: impl FnMut(Progress),
) -> Result<Results, AnalyzeError> {
    let mut analysis = Analysis::with_secrets(options, secrets);
    for source in &sources {
        analysis.add_source(source.name.clone());
    }
    let piece_len = piece_len(sources.len(), options);
    feed(&mut analysis, &mut sources, piece_len, |analysis| progress(analysis.progress()))?;
    Ok(analysis.finish()?)
}

/// Reads `sources` to their ends into `taker`, which knows as many, in pieces of `piece_len` bytes,
/// and calls `progress` after each.
pub fn feed<T: TakesCaptures, R: Read>(
    taker: &mut T,
    sources: &mut [Source<R>],
    piece_len: usize,
    mut progress: impl FnMut(&T),
) -> Result<(), AnalyzeError> {
    let mut piece = vec![0; piece_len];
    while let Some(wanted) = taker.wants() {
        let Some(source) = sources.get_mut(wanted.0) else { break };
        let read = loop {
            match source.reader.read(&mut piece) {
                Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
                result => break result,
            }
        };
        let len = read.map_err(|error| AnalyzeError::Read { name: source.name.clone(), error })?;
        match piece.get(..len) {
            None | Some([]) => taker.end(wanted),
            Some(bytes) => taker.push(wanted, bytes),
        }
        progress(taker);
    }
    Ok(())
}
