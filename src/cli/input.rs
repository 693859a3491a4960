//! Reading captures into the engine, with progress on a terminal.

use std::cell::RefCell;
use std::fs::File;
use std::io::{self, Read};
use std::rc::Rc;
use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::files::{self, Capture, STANDARD_INPUT};
use super::handles::{Handles, PatientFile};
use crate::analysis::{Options, Results, Source, analyze};
use crate::packet::SourceId;
use crate::report::Problem;
use crate::secrets::Secrets;

/// What a run gave.
pub(super) struct Run {
    /// What was found; `None` where no capture could be read.
    pub(super) results: Option<Results>,
    /// A sentence for each capture that could not be read, or not to its end.
    pub(super) unread: Vec<String>,
}

/// What went wrong with captures, noted while they are read.
#[derive(Clone, Default)]
struct Notes {
    /// Sentences for standard error.
    messages: Rc<RefCell<Vec<String>>>,
    /// What the report says of captures that were read in part.
    problems: Rc<RefCell<Vec<(SourceId, Problem)>>>,
}

/// Analyses captures as one run in time order.
pub(super) fn run(captures: &[Capture], secrets: Secrets, options: Options) -> Run {
    let Opened { sources, total_bytes, notes } = open_all(captures);
    if sources.is_empty() {
        return Run { results: None, unread: notes.messages.take() };
    }
    let bar = progress_bar(total_bytes);
    let results = analyze(sources, options, secrets, |progress| {
        bar.set_message(match progress.sessions {
            0 => String::new(),
            1 => "1 session".to_owned(),
            sessions => format!("{sessions} sessions"),
        });
        advance(&bar, progress.bytes);
    });
    bar.finish_and_clear();
    let mut unread = notes.messages.take();
    match results {
        Ok(mut results) => {
            for (source, problem) in notes.problems.take() {
                results.add_problem(source, problem);
            }
            unread.extend(not_captures(&results));
            Run { results: Some(results), unread }
        }
        Err(error) => {
            unread.push(error.to_string());
            Run { results: None, unread }
        }
    }
}

/// Captures that are open to be read.
pub(super) struct Opened {
    pub(super) sources: Vec<Source<Reader>>,
    /// Bytes in all of them, where that can be known.
    pub(super) total_bytes: Option<u64>,
    notes: Notes,
}

/// Opens captures; those that cannot be opened are noted.
pub(super) fn open_all(captures: &[Capture]) -> Opened {
    let notes = Notes::default();
    let mut sources = Vec::new();
    let mut total_bytes = Some(0);
    let handles = Handles::default();
    for capture in captures {
        match open(capture, SourceId(sources.len()), &handles, &notes) {
            Ok((source, size)) => {
                total_bytes = total_bytes.zip(size).map(|(sum, size)| sum + size);
                sources.push(source);
            }
            Err(error) => {
                notes.messages.borrow_mut().push(files::cannot_read(&capture.path, &error));
            }
        }
    }
    Opened { sources, total_bytes, notes }
}

/// A capture's bytes. A failure to read ends it and is noted, so that the report still tells what
/// came before, and what the other captures hold.
pub(super) struct Reader {
    name: String,
    source: SourceId,
    bytes: Box<dyn Read>,
    n_read: u64,
    notes: Notes,
}

impl Read for Reader {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self.bytes.read(buffer) {
            Ok(len) => {
                self.n_read += len as u64;
                Ok(len)
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => Err(error),
            Err(error) => {
                let Reader { name, n_read, .. } = self;
                let message = format!("reading {name} failed after {n_read} bytes: {error}");
                self.notes.messages.borrow_mut().push(message);
                let problem = read_failed(*n_read, &error);
                self.notes.problems.borrow_mut().push((self.source, problem));
                Ok(0)
            }
        }
    }
}

fn read_failed(n_read: u64, error: &io::Error) -> Problem {
    Problem {
        code: "read-failed".to_owned(),
        offset: Some(n_read),
        packet: None,
        message: format!(
            "The file could not be read further ({error}). What comes after this place was not read."
        ),
    }
}

/// Opens a capture, and says how large it is where that can be known.
fn open(
    capture: &Capture,
    source: SourceId,
    handles: &Handles,
    notes: &Notes,
) -> io::Result<(Source<Reader>, Option<u64>)> {
    let source = |bytes: Box<dyn Read>| {
        let (name, notes) = (capture.name.clone(), notes.clone());
        Source { name: name.clone(), reader: Reader { name, source, bytes, n_read: 0, notes } }
    };
    if capture.path.as_os_str() == STANDARD_INPUT {
        return Ok((source(Box::new(io::stdin())), None));
    }
    let file = File::open(&capture.path)?;
    let facts = file.metadata()?;
    if !facts.is_file() {
        // A pipe cannot be opened again where it was.
        return Ok((source(Box::new(file)), None));
    }
    let file = PatientFile::new(capture.path.clone(), file, handles);
    Ok((source(Box::new(file)), Some(facts.len())))
}

/// A sentence for each file of the run that is not a capture.
fn not_captures(results: &Results) -> Vec<String> {
    let files = results.captures().iter().filter(|capture| capture.format.is_none());
    files
        .map(|file| match file.problems.first() {
            Some(problem) => format!("{}: {}", file.name, problem.message),
            None => format!("{}: this is not a capture", file.name),
        })
        .collect()
}

/// How long a run takes before its progress is shown: what is over at once needs none.
const PATIENCE: Duration = Duration::from_millis(400);

/// Shows how many bytes were read, where reading takes long.
pub(super) fn advance(bar: &ProgressBar, n_bytes: u64) {
    bar.set_position(n_bytes);
    if bar.is_hidden() && bar.elapsed() > PATIENCE {
        bar.set_draw_target(ProgressDrawTarget::stderr());
    }
}

/// Progress, to be shown on standard error; nothing is drawn where that is not a terminal.
pub(super) fn progress_bar(total_bytes: Option<u64>) -> ProgressBar {
    let (bar, template) = match total_bytes {
        Some(bytes) => (
            ProgressBar::new(bytes),
            "{bar:30} {bytes} of {total_bytes}, {binary_bytes_per_sec}, {eta} left, {msg}",
        ),
        None => (ProgressBar::new_spinner(), "{spinner} {bytes}, {binary_bytes_per_sec}, {msg}"),
    };
    if let Ok(style) = ProgressStyle::with_template(template) {
        bar.set_style(style);
    }
    bar.set_draw_target(ProgressDrawTarget::hidden());
    bar
}
