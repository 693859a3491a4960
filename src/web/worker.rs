//! The worker: reads the files, keeps the report, and answers questions about it.

use std::cell::RefCell;
use std::io::{self, Write};
use std::rc::Rc;

use js_sys::{Array, Uint8Array};
use wasm_bindgen::closure::Closure;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::spawn_local;
use web_sys::{Blob, BlobPropertyBag, DedicatedWorkerGlobalScope, File, MessageEvent, Performance};

use super::file_stream::FileStream;
use super::protocol::{self, Progress, Request, Response};
use crate::analysis::{Analysis, Options};
use crate::packet::SourceId;
use crate::report::{Overview, Problem, Report, RowPage, RowQuery, SessionRow, select_rows};

/// Milliseconds between two messages about progress.
const PROGRESS_PERIOD: f64 = 100.0;

/// Parts of a run's time that telling its progress may take: one in so many.
const PROGRESS_SHARE: f64 = 25.0;

/// What the worker knows once everything is read.
struct Database {
    report: Report,
    rows: Vec<SessionRow>,
    /// The latest selection, for a table asks for many pages of one.
    selection: Option<(RowQuery, Vec<usize>)>,
}

type Shared = Rc<RefCell<Option<Database>>>;

/// Listens to the page. Called once, when the worker starts.
pub fn run() {
    std::panic::set_hook(Box::new(|fault| {
        say(&Response::Stopped { message: fault.to_string() }, None);
    }));
    let database = Shared::default();
    let on_message = Closure::<dyn FnMut(MessageEvent)>::new(move |event: MessageEvent| {
        match protocol::unpack_request(&event.data()) {
            Ok((Request::Analyze, files)) => spawn_local(analyze(files, Rc::clone(&database))),
            Ok((request, _)) => answer(&request, &database),
            Err(error) => say(&Response::Stopped { message: error.to_string() }, None),
        }
    });
    scope().set_onmessage(Some(on_message.as_ref().unchecked_ref()));
    // The worker listens until the page ends it.
    on_message.forget();
    say(&Response::Ready, None);
}

/// Reads `files` as one capture in time order, and tells what is found on the way.
async fn analyze(files: Vec<File>, database: Shared) {
    match read(files).await {
        Ok(report) => {
            let overview = Box::new(Overview::of(&report));
            let rows = report.sessions.iter().map(SessionRow::from).collect();
            *database.borrow_mut() = Some(Database { report, rows, selection: None });
            say(&Response::Finished { overview }, None);
        }
        Err(problem) => say(&Response::Failed { problem }, None),
    }
}

async fn read(files: Vec<File>) -> Result<Report, Problem> {
    let mut analysis = Analysis::new(Options::default());
    let mut streams = Vec::with_capacity(files.len());
    for file in files {
        let source = analysis.add_source(file.name());
        streams.push((source, FileStream::new(file)));
    }
    let mut teller = ProgressTeller::new(&streams);
    let mut failures = Vec::new();
    while let Some(wanted) = analysis.wants() {
        let found = streams.iter_mut().find(|(source, _)| *source == wanted);
        let Some((source, stream)) = found else { break };
        match stream.next().await {
            Ok(true) => {
                teller.bytes_read += stream.piece().len() as f64;
                analysis.push(*source, stream.piece());
            }
            Ok(false) => analysis.end(*source),
            Err(error) => {
                let problem = Problem {
                    code: "read-failed".to_owned(),
                    offset: Some(error.offset as u64),
                    packet: None,
                    message: format!("{error}; what comes after this place was not read"),
                };
                failures.push((*source, problem));
                analysis.end(*source);
            }
        }
        teller.tell(&analysis);
    }
    finish(analysis, failures)
}

/// The report, with what the browser could not read among its problems.
fn finish(analysis: Analysis, failures: Vec<(SourceId, Problem)>) -> Result<Report, Problem> {
    match analysis.finish() {
        Ok(mut report) => {
            for (source, problem) in failures {
                if let Some(capture) = report.captures.get_mut(source.0) {
                    capture.problems.push(problem);
                }
            }
            Ok(report)
        }
        // A file that could not be read at all is not a file of the wrong kind.
        Err(error) => {
            Err(failures.into_iter().map(|(_, problem)| problem).next().unwrap_or_else(|| {
                Problem {
                    code: "not-a-capture".to_owned(),
                    offset: None,
                    packet: None,
                    message: error.to_string(),
                }
            }))
        }
    }
}

/// Tells the page how far the run is: at once when the first session is found, then so seldom that
/// it costs neither side much.
struct ProgressTeller {
    bytes_read: f64,
    bytes_total: f64,
    sessions_told: u64,
    next: f64,
    clock: Option<Performance>,
}

impl ProgressTeller {
    fn new(streams: &[(SourceId, FileStream)]) -> ProgressTeller {
        ProgressTeller {
            bytes_read: 0.0,
            bytes_total: streams.iter().map(|(_, stream)| stream.size()).sum(),
            sessions_told: 0,
            next: 0.0,
            clock: scope().performance(),
        }
    }

    fn now(&self) -> f64 {
        self.clock.as_ref().map_or(0.0, Performance::now)
    }

    fn tell(&mut self, analysis: &Analysis) {
        let begin = self.now();
        let is_first_session = self.sessions_told == 0 && analysis.sessions() > 0;
        if begin < self.next && !is_first_session {
            return;
        }
        let overview = analysis.overview();
        self.sessions_told = overview.sessions;
        let progress = Progress {
            bytes_read: self.bytes_read,
            bytes_total: self.bytes_total,
            packets: overview.captures.iter().map(|capture| capture.packets).sum(),
            overview,
            rows: analysis.first_rows(Progress::ROWS),
        };
        say(&Response::Progress(Box::new(progress)), None);
        let end = self.now();
        self.next = end + PROGRESS_PERIOD.max((end - begin) * PROGRESS_SHARE);
    }
}

/// Answers a question about what was read.
fn answer(request: &Request, database: &Shared) {
    let mut database = database.borrow_mut();
    let Some(database) = database.as_mut() else { return };
    match request {
        Request::Analyze => {}
        Request::Rows { id, query, first, count } => {
            let page = database.page(query, *first, *count);
            say(&Response::Rows { id: *id, page }, None);
        }
        Request::Session { key } => {
            let session = database.report.sessions.iter().find(|session| session.key == *key);
            say(&Response::Session(session.cloned().map(Box::new)), None);
        }
        Request::Json => match json(&database.report) {
            Ok(blob) => say(&Response::Json, Some(&blob)),
            Err(error) => say(&Response::Stopped { message: error.to_string() }, None),
        },
    }
}

impl Database {
    fn page(&mut self, query: &RowQuery, first: usize, count: usize) -> RowPage {
        let is_known = self.selection.as_ref().is_some_and(|(known, _)| known == query);
        if !is_known {
            self.selection = Some((query.clone(), select_rows(&self.rows, query)));
        }
        let places = self.selection.as_ref().map_or(&[][..], |(_, places)| places);
        let rows = places
            .iter()
            .skip(first)
            .take(count)
            .filter_map(|place| self.rows.get(*place).cloned())
            .collect();
        RowPage { first, total: places.len(), rows }
    }
}

/// The report as JSON, in the browser's memory and not in the worker's own.
fn json(report: &Report) -> io::Result<Blob> {
    let mut writer = BlobWriter { parts: Array::new(), part: Vec::new() };
    serde_json::to_writer_pretty(&mut writer, report)?;
    writer.write_all(b"\n")?;
    writer.flush()?;
    let options = BlobPropertyBag::new();
    options.set_type("application/json");
    Blob::new_with_u8_array_sequence_and_options(&writer.parts, &options)
        .map_err(|error| io::Error::other(format!("{error:?}")))
}

/// Gathers what is written into parts of a `Blob`.
struct BlobWriter {
    parts: Array,
    part: Vec<u8>,
}

impl BlobWriter {
    /// Bytes of a part.
    const PART: usize = 1 << 20;
}

impl Write for BlobWriter {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.part.extend_from_slice(bytes);
        if self.part.len() >= BlobWriter::PART {
            self.flush()?;
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.parts.push(&Uint8Array::from(self.part.as_slice()));
        self.part.clear();
        Ok(())
    }
}

fn scope() -> DedicatedWorkerGlobalScope {
    js_sys::global().unchecked_into()
}

/// Says something to the page, with a `Blob` beside it where there is one.
fn say(response: &Response, blob: Option<&Blob>) {
    let message = protocol::pack_response(response, blob).unwrap_or_else(|error| {
        let fault = Response::Stopped { message: error.to_string() };
        protocol::pack_response(&fault, None).unwrap_or(JsValue::NULL)
    });
    let _unsent = scope().post_message(&message);
}
