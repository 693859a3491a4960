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
use crate::secrets::Secrets;

/// What a run gave.
pub(super) struct Run {
    /// What was found; `None` where no capture could be read.
    pub(super) results: Option<Results>,
    /// A sentence for each capture that could not be read, or not to its end.
    pub(super) unread: Vec<String>,
}

/// Sentences about captures, noted while they are read.
type Messages = Rc<RefCell<Vec<String>>>;

/// Analyses captures as one run in time order.
pub(super) fn run(captures: &[Capture], secrets: Secrets, options: Options) -> Run {
    let messages = Messages::default();
    let mut sources = Vec::new();
    let mut total_bytes = Some(0);
    let handles = Handles::default();
    for capture in captures {
        match open(capture, &handles, &messages) {
            Ok((source, size)) => {
                total_bytes = total_bytes.zip(size).map(|(sum, size)| sum + size);
                sources.push(source);
            }
            Err(error) => messages.borrow_mut().push(files::cannot_read(&capture.path, &error)),
        }
    }
    if sources.is_empty() {
        return Run { results: None, unread: messages.take() };
    }
    let bar = progress_bar(total_bytes);
    let results = analyze(sources, options, secrets, |progress| {
        bar.set_position(progress.bytes);
        bar.set_message(match progress.sessions {
            0 => String::new(),
            1 => "1 session".to_owned(),
            sessions => format!("{sessions} sessions"),
        });
        if bar.is_hidden() && bar.elapsed() > PATIENCE {
            bar.set_draw_target(ProgressDrawTarget::stderr());
        }
    });
    bar.finish_and_clear();
    let mut unread = messages.take();
    match results {
        Ok(results) => {
            unread.extend(not_captures(&results));
            Run { results: Some(results), unread }
        }
        Err(error) => {
            unread.push(error.to_string());
            Run { results: None, unread }
        }
    }
}

/// A capture's bytes. A failure to read ends it and is noted, so that the report still tells what
/// came before, and what the other captures hold.
struct Reader {
    name: String,
    bytes: Box<dyn Read>,
    n_read: u64,
    messages: Messages,
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
                self.messages.borrow_mut().push(message);
                Ok(0)
            }
        }
    }
}

/// Opens a capture, and says how large it is where that can be known.
fn open(
    capture: &Capture,
    handles: &Handles,
    messages: &Messages,
) -> io::Result<(Source<Reader>, Option<u64>)> {
    let source = |bytes: Box<dyn Read>| {
        let (name, messages) = (capture.name.clone(), messages.clone());
        Source { name: name.clone(), reader: Reader { name, bytes, n_read: 0, messages } }
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

/// Progress, to be shown on standard error; nothing is drawn where that is not a terminal.
fn progress_bar(total_bytes: Option<u64>) -> ProgressBar {
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
