//! Hostile files: what somebody would write to make a reader of captures crash, hang or run out of
//! memory. Each is built here, ends in time and in little memory, and the report says what is wrong.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "a test fails by panicking"
)]

#[path = "hostile/auth.rs"]
mod auth;
#[path = "hostile/compression.rs"]
mod compression;
#[path = "hostile/containers.rs"]
mod containers;
#[path = "hostile/network.rs"]
mod network;
#[path = "hostile/smb.rs"]
mod smb;
mod support;
#[path = "hostile/tcp.rs"]
mod tcp;
#[path = "hostile/writer.rs"]
mod writer;

use std::fs;
use std::time::{Duration, Instant};

use countersign::analysis::{Analysis, Options};
use countersign::report::Capture;
use countersign::report::text::{Judged, Posture, Sheet, Style, render};

/// A file, and what is to be said of it.
struct Hostile {
    name: &'static str,
    make: fn() -> Vec<u8>,
    expected: Expected,
}

/// What is to be said of a file.
enum Expected {
    /// A problem with this code, and these words in its sentence.
    Problem(&'static str, &'static str),
    /// It is refused with these words.
    Refused(&'static str),
    /// No problem, but so many sessions.
    Sessions(usize),
}

/// How long 10 MB may take. Without optimisation everything takes about twenty times as long, and
/// the machine of a test may be busy.
const PER_10_MB: Duration =
    if cfg!(debug_assertions) { Duration::from_secs(60) } else { Duration::from_secs(2) };

/// Bytes of memory that reading may take beyond what sessions do.
const MEMORY: u64 = 96 << 20;

/// Bytes of memory for each session.
const MEMORY_PER_SESSION: u64 = 4 << 10;

/// One test, since what a file takes of time and memory is measured.
#[test]
fn hostile_files_end_in_time_and_say_why() {
    let only = std::env::var("COUNTERSIGN_HOSTILE").unwrap_or_default();
    let files = [
        compression::files(),
        containers::files(),
        network::files(),
        tcp::files(),
        smb::files(),
        auth::files(),
    ];
    let files: Vec<Hostile> = files.into_iter().flatten().collect();
    assert!(files.len() >= 20);
    let mut wrong = Vec::new();
    println!("{:54} {:>9} {:>9} {:>9} {:>8}", "file", "bytes", "ms", "ms/10 MB", "KiB");
    for hostile in files.iter().filter(|hostile| hostile.name.contains(&only)) {
        wrong.extend(check(hostile));
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Reads a file, and says what is wrong with how that went.
fn check(hostile: &Hostile) -> Vec<String> {
    let bytes = (hostile.make)();
    let memory = Memory::begin();
    let clock = Clock::begin();
    let read = Read::of(&bytes);
    let took = clock.elapsed();
    let grown = memory.grown();
    // Of what expands, the least that may is most of it.
    let per_10_mb = took.div_f64((bytes.len() as f64 / 1e7).max(0.3));
    println!(
        "{:54} {:>9} {:>9} {:>9} {:>8}",
        hostile.name,
        bytes.len(),
        took.as_millis(),
        per_10_mb.as_millis(),
        grown.map_or("?".to_owned(), |grown| (grown >> 10).to_string()),
    );
    let mut wrong = Vec::new();
    if per_10_mb > PER_10_MB {
        wrong.push(format!("{per_10_mb:?} for 10 MB"));
    }
    if grown.is_some_and(|grown| grown > MEMORY + MEMORY_PER_SESSION * read.n_sessions as u64) {
        wrong.push(format!("{grown:?} bytes of memory"));
    }
    if let Some(odd) = read.text.chars().find(|it| it.is_control() && *it != '\n') {
        wrong.push(format!("{odd:?} in the text"));
    }
    wrong.extend(read.is_not_as(&hostile.expected));
    wrong.into_iter().map(|because| format!("{}: {because}", hostile.name)).collect()
}

/// What became of a file.
struct Read {
    /// What the report says of it; nothing where it was refused.
    capture: Option<Capture>,
    n_sessions: usize,
    /// The text for a terminal, or the sentence that refuses it.
    text: String,
}

impl Read {
    /// Reads a file as the command line does, with every session and host as JSON.
    fn of(bytes: &[u8]) -> Read {
        let mut analysis = Analysis::new(Options::DEFAULT);
        let source = analysis.add_source("hostile");
        for piece in bytes.chunks(1 << 20) {
            analysis.push(source, piece);
        }
        analysis.end(source);
        let results = match analysis.finish() {
            Ok(results) => results,
            Err(error) => return Read { capture: None, n_sessions: 0, text: error.to_string() },
        };
        let mut n_sessions = 0;
        for session in results.sessions() {
            n_sessions += 1;
            serde_json::to_writer(std::io::sink(), &session).unwrap();
        }
        for host in results.hosts() {
            serde_json::to_writer(std::io::sink(), &host).unwrap();
        }
        let mut sheet = Sheet::new(results.captures(), Style::default());
        results.rows().for_each(|row| sheet.add(&row));
        let row_of = |key: &str| results.row(results.place_of(key)?);
        let mut posture = Posture::default();
        results.hosts().iter().for_each(|host| posture.add(host));
        let judged = Judged {
            posture: &posture,
            findings: &results.findings(),
            exceptions: &results.exceptions(),
        };
        let text = render(&results.overview(), sheet, row_of, judged);
        Read { capture: results.captures().first().cloned(), n_sessions, text }
    }

    /// Why it is not what was expected.
    fn is_not_as(&self, expected: &Expected) -> Option<String> {
        let all = self.capture.iter().flat_map(|capture| &capture.problems);
        let problems: Vec<String> =
            all.map(|problem| format!("{}: {}", problem.code, problem.message)).collect();
        let found = self.n_sessions;
        match (expected, &self.capture) {
            (Expected::Problem(code, words), Some(_)) => {
                let is_it = |it: &String| it.starts_with(code) && it.contains(words);
                let is_missing = !problems.iter().any(is_it);
                is_missing.then(|| format!("{code} with {words:?} is not among {problems:#?}"))
            }
            (Expected::Refused(words), None) => {
                (!self.text.contains(words)).then(|| format!("{words:?} is not in {:?}", self.text))
            }
            (Expected::Sessions(expected), Some(_)) => (found != *expected || !problems.is_empty())
                .then(|| format!("{found} sessions and {problems:#?} instead of {expected}")),
            (_, None) => Some(format!("refused: {}", self.text)),
            (Expected::Refused(_), Some(_)) => Some("it was read".to_owned()),
        }
    }
}

/// The time that this thread runs: where the system does not say, what the clock on the wall shows.
struct Clock {
    begin: Instant,
    ran: Option<u64>,
}

impl Clock {
    fn begin() -> Clock {
        Clock { begin: Instant::now(), ran: Clock::nanoseconds() }
    }

    fn elapsed(&self) -> Duration {
        match (self.ran, Clock::nanoseconds()) {
            (Some(before), Some(now)) => Duration::from_nanos(now - before),
            _ => self.begin.elapsed(),
        }
    }

    /// Time on a processor so far, on Linux.
    fn nanoseconds() -> Option<u64> {
        let said = fs::read_to_string("/proc/thread-self/schedstat").ok()?;
        said.split_whitespace().next()?.parse().ok()
    }
}

/// The memory of this process at its highest, where the system says.
struct Memory {
    before: Option<u64>,
}

impl Memory {
    fn begin() -> Memory {
        // Linux forgets the highest so far.
        let _ = fs::write("/proc/self/clear_refs", "5");
        Memory { before: Memory::highest() }
    }

    /// By how much the highest rose.
    fn grown(&self) -> Option<u64> {
        Some(Memory::highest()?.saturating_sub(self.before?))
    }

    fn highest() -> Option<u64> {
        let status = fs::read_to_string("/proc/self/status").ok()?;
        let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
        Some(line.trim().strip_suffix(" kB")?.parse::<u64>().ok()? << 10)
    }
}
