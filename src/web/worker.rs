//! The worker: reads the files, keeps the report, and answers questions about it.
//!
//! It keeps the files too, which costs no memory, and reads them again when it is given a secret or
//! is to forget one. What it knew stays until the new report is there.

use std::cell::RefCell;
use std::collections::HashSet;
use std::rc::Rc;

use wasm_bindgen::closure::Closure;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::spawn_local;
use web_sys::{Blob, DedicatedWorkerGlobalScope, File, MessageEvent, Performance};

use super::file_stream::{self, FileStream, ReadError};
use super::held_exceptions::HeldExceptions;
use super::held_secrets::{self, HeldSecrets};
use super::judged::Judged;
use super::pause::pause;
use super::protocol::{
    self, FileName, Progress, ReadingAgain, ReportStep, ReportWish, Request, Response, SecretForm,
    SentSecret,
};
use super::report_file;
use crate::analysis::{
    self, Analysis, Listing, Options, RedactionKey, Results, SessionMessages, piece_len, refuses,
};
use crate::packet::SourceId;
use crate::report::{
    Endpoint, Only, Problem, RowPage, RowQuery, SessionCounts, SessionRow, select_rows,
};

/// Milliseconds between two messages about progress.
const PROGRESS_PERIOD: f64 = 150.0;

/// Parts of a run's time that telling its progress may take: one in so many.
const PROGRESS_SHARE: f64 = 25.0;

/// Messages that are told with the end of reading for them.
const FIRST_MESSAGES: usize = 200;

/// Files that are read as streams at once; each holds some megabytes in the browser. More than these
/// are read in slices.
const STREAMS: usize = 8;

/// What the worker knows once everything is read.
struct Database {
    results: Rc<Results>,
    rows: Vec<SessionRow>,
    /// The latest selection, for a table asks for many pages of one.
    selection: Option<Selection>,
    /// What the rules found; `None` while they are at work.
    judged: Option<Rc<Judged>>,
}

/// The rows that a query selects.
struct Selection {
    query: RowQuery,
    /// Whose sessions they are, in words.
    only: Option<String>,
    places: Vec<usize>,
}

/// Everything that the worker holds.
#[derive(Default)]
struct Desk {
    /// The files; empty until they are known.
    files: Rc<[(FileName, File)]>,
    /// Files of folders that are no captures and were left out.
    skipped: u64,
    secrets: HeldSecrets,
    /// Accepted exceptions; `None` where the user gave none.
    exceptions: Option<HeldExceptions>,
    database: Option<Database>,
    /// The messages that were listed last, and their session.
    listed: Option<(String, SessionMessages)>,
    /// Counts the times that listing messages began or was stopped.
    listings: u32,
    /// Counts the times that reading began or was stopped; of a reading only the latest goes on.
    reading: u32,
    /// Whether `database` is to be replaced.
    again: Option<ReadingAgain>,
    /// Counts the times that the rules began to judge; only the latest goes on.
    judgings: u32,
    /// Counts the reports that were asked for or stopped; only the latest is written.
    reports: u32,
    /// The SHA-256 of each file, once somebody asked for them.
    hashes: Option<Vec<Option<String>>>,
}

type Shared = Rc<RefCell<Desk>>;

/// Listens to the page. Called once, when the worker starts.
pub fn run() {
    std::panic::set_hook(Box::new(|fault| {
        say(&Response::Stopped { message: fault.to_string() }, None);
    }));
    let desk = Shared::default();
    let on_message = Closure::<dyn FnMut(MessageEvent)>::new(move |event: MessageEvent| {
        match protocol::unpack_request(&event.data()) {
            Ok((Request::Analyze { names }, files)) => {
                let files = names.into_iter().zip(files).collect();
                spawn_local(analyze(files, Rc::clone(&desk)));
            }
            Ok((Request::AddSecret { form }, _)) => match protocol::unpack_secret(&event.data()) {
                Ok(secret) => spawn_local(add_secret(form, secret, Rc::clone(&desk))),
                Err(error) => say(&Response::Stopped { message: error.to_string() }, None),
            },
            Ok((Request::ForgetSecret { id }, _)) => {
                desk.borrow_mut().secrets.forget(id);
                forgotten(&desk);
            }
            Ok((Request::ForgetSecrets, _)) => {
                desk.borrow_mut().secrets.forget_all();
                forgotten(&desk);
            }
            Ok((Request::StopReading, _)) => stop_reading(&mut desk.borrow_mut()),
            Ok((Request::ListMessages { key }, _)) => {
                spawn_local(list_messages(key, Rc::clone(&desk)));
            }
            Ok((Request::StopListing, _)) => desk.borrow_mut().listings += 1,
            Ok((Request::Exceptions { given, today }, _)) => {
                match HeldExceptions::read(given, today) {
                    Ok(held) => spawn_local(accept(held, Rc::clone(&desk))),
                    Err(message) => say(&Response::ExceptionsRefused { message }, None),
                }
            }
            Ok((Request::Report(wish), _)) => match key_of(wish, &event.data()) {
                Ok(key) => spawn_local(report(wish, key, Rc::clone(&desk))),
                Err(message) => say(&Response::ReportRefused { message }, None),
            },
            Ok((Request::StopReport, _)) => desk.borrow_mut().reports += 1,
            Ok((request, _)) => answer(&request, &desk),
            Err(error) => say(&Response::Stopped { message: error.to_string() }, None),
        }
    });
    scope().set_onmessage(Some(on_message.as_ref().unchecked_ref()));
    // The worker listens until the page ends it.
    on_message.forget();
    say(&Response::Ready, None);
}

/// Reads `files` as one capture in time order, and tells what is found on the way.
async fn analyze(files: Vec<(FileName, File)>, desk: Shared) {
    let before = files.len();
    let files = captures_among(files).await;
    if files.is_empty() {
        return say(&Response::Failed { problem: no_capture_among(before) }, None);
    }
    {
        let mut desk = desk.borrow_mut();
        desk.skipped = before.saturating_sub(files.len()) as u64;
        desk.files = files.into();
    }
    read_with_secrets(desk).await;
}

/// Takes a secret, and reads the files with it.
async fn add_secret(form: SecretForm, secret: SentSecret, desk: Shared) {
    let bytes = match secret {
        SentSecret::Text(bytes) => Ok(bytes),
        SentSecret::File(file) => file_stream::secret_of(&file).await,
    };
    let taken = bytes.and_then(|bytes| held_secrets::read(&form, &bytes));
    let note = match taken {
        Ok(taken) => desk.borrow_mut().secrets.add(taken),
        Err(message) => return say(&Response::SecretRefused { message }, None),
    };
    read_again(&desk, ReadingAgain::Stoppable, note);
}

/// Reads the files without what was forgotten.
fn forgotten(desk: &Shared) {
    read_again(desk, ReadingAgain::Forgetting, None);
}

/// Reads the files again for secrets that changed, if they were read before or are being read.
fn read_again(desk: &Shared, why: ReadingAgain, note: Option<String>) {
    let mut now = desk.borrow_mut();
    let are_files_known = !now.files.is_empty();
    if now.database.is_some() {
        let forgets = now.again == Some(ReadingAgain::Forgetting);
        now.again = Some(if forgets { ReadingAgain::Forgetting } else { why });
    }
    now.say_secrets(note);
    drop(now);
    if are_files_known {
        spawn_local(read_with_secrets(Rc::clone(desk)));
    }
}

/// Stops reading again, where that leaves nothing that was forgotten in memory.
fn stop_reading(desk: &mut Desk) {
    if desk.again == Some(ReadingAgain::Stoppable) {
        desk.reading += 1;
        desk.again = None;
        desk.secrets.forget_unread();
        desk.say_secrets(None);
    }
}

/// Reads the files with the secrets there are, unless another reading takes the place of this one.
async fn read_with_secrets(desk: Shared) {
    let (files, secrets, reading) = {
        let mut desk = desk.borrow_mut();
        desk.reading += 1;
        (Rc::clone(&desk.files), desk.secrets.all(), desk.reading)
    };
    let analysis = Analysis::with_secrets(Options::DEFAULT, secrets);
    let is_latest = || desk.borrow().reading == reading;
    let Some(read) = read(&files, analysis, &Purpose::Everything, is_latest).await else { return };
    match read {
        Ok(mut results) => {
            if let Some(exceptions) = &desk.borrow().exceptions {
                exceptions.apply(&mut results);
            }
            let results = Rc::new(results);
            desk.borrow_mut().finish(Rc::clone(&results));
            judge(results, desk).await;
        }
        Err(problem) => desk.borrow_mut().fail(problem),
    }
}

/// Takes accepted exceptions, and judges what was read again with them. While the files are read
/// again they are told to what comes of that.
async fn accept(held: HeldExceptions, desk: Shared) {
    let (file, text) = (held.file.clone(), held.text.clone());
    say(&Response::ExceptionsTaken { file, text }, None);
    let judgings = {
        let mut desk = desk.borrow_mut();
        desk.exceptions = Some(held.clone());
        // Rules at work and a report that is written hold the results; both give them back.
        desk.judgings += 1;
        desk.reports += 1;
        desk.judgings
    };
    loop {
        {
            let mut desk = desk.borrow_mut();
            let is_latest = desk.judgings == judgings && desk.again.is_none();
            let Some(database) = desk.database.as_mut().filter(|_| is_latest) else { return };
            if let Some(results) = Rc::get_mut(&mut database.results) {
                held.apply(results);
                break;
            }
        }
        pause().await;
    }
    let results = {
        let mut desk = desk.borrow_mut();
        let Some(results) = desk.database.as_ref().map(|it| Rc::clone(&it.results)) else { return };
        desk.finish(Rc::clone(&results));
        results
    };
    judge(results, desk).await;
}

/// Has the rules judge what was read, and tells what they found.
async fn judge(results: Rc<Results>, desk: Shared) {
    let mine = {
        let mut desk = desk.borrow_mut();
        desk.judgings += 1;
        desk.judgings
    };
    let is_wanted = |desk: &Desk| desk.is_about(&results) && desk.judgings == mine;
    // Questions about sessions come before.
    pause().await;
    let mut judging = results.judging();
    while judging.step() {
        pause().await;
        if !is_wanted(&desk.borrow()) {
            return;
        }
    }
    let judgements = judging.finish();
    pause().await;
    let judged = Judged::new(judgements, results.hosts());
    let mut desk = desk.borrow_mut();
    if is_wanted(&desk)
        && let Some(database) = &mut desk.database
    {
        say(&Response::Exceptions(Box::new(judged.exceptions().clone())), None);
        say(&Response::Findings(Box::new(judged.list())), None);
        database.selection = None;
        database.judged = Some(Rc::new(judged));
    }
}

/// What files are read for.
enum Purpose {
    /// All that is in them.
    Everything,
    /// The messages of the session with this key, which are so many.
    Messages(String, u64),
}

impl Purpose {
    /// Whether what was read holds all that is wanted.
    fn is_served(&self, analysis: &Analysis) -> bool {
        match self {
            Purpose::Everything => false,
            Purpose::Messages(_, total) => *total > 0 && analysis.n_listed() >= *total,
        }
    }
}

/// Reads the files once more for the messages of one session, with the secrets that the results were
/// made with.
async fn list_messages(key: String, desk: Shared) {
    let Some((listing, total)) = desk.borrow().wanted_messages(&key) else { return };
    let (files, secrets, mine) = {
        let mut desk = desk.borrow_mut();
        desk.listings += 1;
        desk.listed = None;
        (Rc::clone(&desk.files), desk.secrets.all(), (desk.listings, desk.reading))
    };
    let is_latest = || {
        let desk = desk.borrow();
        (desk.listings, desk.reading) == mine
    };
    let analysis = Analysis::with_secrets(Options { listing, ..Options::DEFAULT }, secrets);
    let purpose = Purpose::Messages(key.clone(), total);
    let Some(read) = read(&files, analysis, &purpose, is_latest).await else { return };
    match read.map(|results| results.into_messages(listing)) {
        Ok(Some(messages)) => {
            let page = messages.page(false, 0, FIRST_MESSAGES);
            desk.borrow_mut().listed = Some((key.clone(), messages));
            say(&Response::Messages { key, is_open_only: false, page }, None);
        }
        Ok(None) => {
            let message = "The session was not found again: the files may have changed.".to_owned();
            say(&Response::MessagesRefused { key, message }, None);
        }
        Err(problem) => {
            let message = format!("The files could not be read again: {}", problem.message);
            say(&Response::MessagesRefused { key, message }, None);
        }
    }
}

impl Desk {
    /// Whether `results` are what is known.
    fn is_about(&self, results: &Rc<Results>) -> bool {
        self.database.as_ref().is_some_and(|it| Rc::ptr_eq(&it.results, results))
    }

    /// What lists the messages of the session with this key, and how many they are; `None` while the
    /// results are about to be replaced.
    fn wanted_messages(&self, key: &str) -> Option<(Listing, u64)> {
        let results = &self.database.as_ref().filter(|_| self.again.is_none())?.results;
        let place = results.place_of(key)?;
        Some((results.listing_of(place)?, results.row(place)?.messages.total))
    }

    fn say_secrets(&self, note: Option<String>) {
        let held = self.secrets.list();
        let reading = self.again.unwrap_or(ReadingAgain::No);
        say(&Response::Secrets { held, reading, note }, None);
    }

    /// Has `results` in the place of what was known.
    fn finish(&mut self, results: Rc<Results>) {
        let rows: Vec<SessionRow> = results.rows().collect();
        let overview = Box::new(results.overview_of(&SessionCounts::of(&rows)));
        if !self.secrets.is_empty() {
            self.secrets.count(results.secrets_tried());
        }
        self.database = Some(Database { results, rows, selection: None, judged: None });
        self.listed = None;
        self.again = None;
        say(&Response::Finished { overview, skipped: self.skipped }, None);
        self.say_secrets(None);
    }

    /// Keeps what was known, if there is something and nothing of it is to be forgotten.
    fn fail(&mut self, problem: Problem) {
        if self.again.take() == Some(ReadingAgain::Stoppable) {
            self.secrets.forget_unread();
            let message =
                format!("The files could not be read again with the secret: {}", problem.message);
            self.say_secrets(None);
            return say(&Response::SecretRefused { message }, None);
        }
        self.database = None;
        say(&Response::Failed { problem }, None);
    }
}

/// The key that a redacted report is asked for with; none where it is not redacted.
fn key_of(wish: ReportWish, message: &JsValue) -> Result<Option<RedactionKey>, String> {
    if !wish.is_redacted {
        return Ok(None);
    }
    let SentSecret::Text(digits) = protocol::unpack_secret(message).map_err(|it| it.to_string())?
    else {
        return Err("The key of a redaction is no file.".to_owned());
    };
    let key = std::str::from_utf8(&digits).ok().and_then(RedactionKey::parse);
    key.map(Some).ok_or_else(|| "This is no key: it takes 64 hexadecimal digits.".to_owned())
}

/// Writes a report as the user wants it, unless another is wanted meanwhile.
async fn report(wish: ReportWish, key: Option<RedactionKey>, desk: Shared) {
    let (mine, results, judged, counts, files) = {
        let mut desk = desk.borrow_mut();
        desk.reports += 1;
        let files: Vec<File> = desk.files.iter().map(|(_, file)| file.clone()).collect();
        let Some(database) = &desk.database else { return };
        let Some(judged) = &database.judged else { return };
        let counts = SessionCounts::of(&database.rows);
        (desk.reports, Rc::clone(&database.results), Rc::clone(judged), counts, files)
    };
    let is_latest = || desk.borrow().reports == mine;
    let tell = |step: ReportStep, done: f64, total: f64| {
        if is_latest() {
            say(&Response::ReportProgress { step, done, total }, None);
        }
        is_latest()
    };
    let known = desk.borrow().hashes.clone().filter(|_| wish.has_hashes);
    let hashes = match known {
        Some(hashes) => hashes,
        None if wish.has_hashes => {
            let total = files.iter().map(|file| file.size()).sum();
            let tell = |read| tell(ReportStep::Hashing, read, total);
            let Some(hashes) = report_file::hashes_of(&files, tell).await else { return };
            desk.borrow_mut().hashes = Some(hashes.clone());
            hashes
        }
        None => Vec::new(),
    };
    let total = results.n_sessions() as f64;
    let learns = |done: usize| tell(ReportStep::Learning, done as f64, total);
    let Some(mut edition) = report_file::edition_of(&results, key, learns).await else { return };
    for (place, hash) in hashes.into_iter().enumerate() {
        if let Some(hash) = hash {
            edition.set_sha256(place, hash);
        }
    }
    let writes = |done: usize| tell(ReportStep::Writing, done as f64, total);
    match report_file::write(&edition, &judged, &counts, wish.kind, writes).await {
        Ok(Some(blob)) if is_latest() => say(&Response::Report(wish), Some(&blob)),
        Ok(_) => {}
        Err(error) => {
            let message = format!("The report could not be written: {error}.");
            say(&Response::ReportRefused { message }, None);
        }
    }
}

/// The files without those of folders that are no captures, as their first bytes show.
async fn captures_among(files: Vec<(FileName, File)>) -> Vec<(FileName, File)> {
    let mut captures = Vec::with_capacity(files.len());
    for (name, file) in files {
        // A file that cannot be read stays, so that this is said.
        let start = if name.is_from_folder { file_stream::start_of(&file).await } else { None };
        if !start.is_some_and(|(start, is_all)| refuses(&start, is_all)) {
            captures.push((name, file));
        }
    }
    captures
}

fn no_capture_among(files: usize) -> Problem {
    Problem {
        code: "no-capture-in-folder".to_owned(),
        offset: None,
        packet: None,
        message: format!("None of the {files} files in the folder is a capture."),
    }
}

/// Reads `files`, or as much of them as `purpose` takes; `None` where `is_latest` said that this is
/// not wanted any more.
async fn read(
    files: &[(FileName, File)],
    mut analysis: Analysis,
    purpose: &Purpose,
    is_latest: impl Fn() -> bool,
) -> Option<Result<Results, Problem>> {
    let mut streams = Vec::with_capacity(files.len());
    let piece = piece_len(files.len(), Options::DEFAULT);
    let are_many = files.len() > STREAMS;
    for (name, file) in files {
        let source = analysis.add_source(name.name.clone());
        let file = file.clone();
        let stream =
            if are_many { FileStream::in_slices(file, piece) } else { FileStream::new(file) };
        streams.push((source, stream));
    }
    let mut teller = ProgressTeller::new(&streams);
    let mut failures = Vec::new();
    while let Some(wanted) = analysis.wants() {
        let Some((source, stream)) = streams.get_mut(wanted.0) else { break };
        let next = stream.next().await;
        if !is_latest() {
            return None;
        }
        match next {
            Ok(true) => {
                teller.bytes_read += stream.piece().len() as f64;
                analysis.push(*source, stream.piece());
            }
            Ok(false) => analysis.end(*source),
            Err(error) => {
                failures.push((*source, read_failed(&error)));
                analysis.end(*source);
            }
        }
        if purpose.is_served(&analysis) {
            break;
        }
        teller.tell(&analysis, purpose);
    }
    Some(finish(analysis, failures))
}

/// The results, with what the browser could not read among the problems.
fn finish(analysis: Analysis, failures: Vec<(SourceId, Problem)>) -> Result<Results, Problem> {
    match analysis.finish() {
        Ok(mut results) => {
            for (source, problem) in failures {
                results.add_problem(source, problem);
            }
            Ok(results)
        }
        // A file that could not be read at all is not a file of the wrong kind.
        Err(error) => Err(match failures.into_iter().next() {
            Some((_, problem)) => problem,
            None => Problem {
                code: "not-a-capture".to_owned(),
                offset: None,
                packet: None,
                message: error.to_string(),
            },
        }),
    }
}

fn read_failed(error: &ReadError) -> Problem {
    Problem {
        code: "read-failed".to_owned(),
        offset: Some(error.offset as u64),
        packet: None,
        message: format!(
            "The browser could not read the file further ({}); it may have been moved or changed. What comes after this place was not read.",
            error.cause
        ),
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

    fn tell(&mut self, analysis: &Analysis, purpose: &Purpose) {
        let begin = self.now();
        if let Purpose::Messages(key, _) = purpose {
            if begin >= self.next {
                let (key, bytes_read) = (key.clone(), self.bytes_read);
                say(&Response::Listing { key, bytes_read }, None);
                self.next = begin + PROGRESS_PERIOD;
            }
            return;
        }
        let is_first_session = self.sessions_told == 0 && analysis.progress().sessions > 0;
        if begin < self.next && !is_first_session {
            return;
        }
        let overview = analysis.overview();
        self.sessions_told = overview.sessions;
        let progress = Progress {
            bytes_read: self.bytes_read,
            bytes_total: self.bytes_total,
            packets: analysis.progress().packets,
            overview,
            rows: analysis.preview(Progress::ROWS),
        };
        say(&Response::Progress(Box::new(progress)), None);
        let end = self.now();
        self.next = end + PROGRESS_PERIOD.max((end - begin) * PROGRESS_SHARE);
    }
}

/// Answers a question about what was read.
fn answer(request: &Request, desk: &Shared) {
    let mut desk = desk.borrow_mut();
    let Desk { database: Some(database), listed, .. } = &mut *desk else { return };
    match request {
        // What changes something is taken before.
        Request::Analyze { .. }
        | Request::AddSecret { .. }
        | Request::ForgetSecret { .. }
        | Request::ForgetSecrets
        | Request::StopReading
        | Request::ListMessages { .. }
        | Request::StopListing
        | Request::Exceptions { .. }
        | Request::Report(_)
        | Request::StopReport => {}
        Request::Messages { key, is_open_only, first, count } => {
            let of_session = listed.as_ref().filter(|(listed, _)| listed == key);
            if let Some((_, messages)) = of_session {
                let page = messages.page(*is_open_only, *first, *count);
                let (key, is_open_only) = (key.clone(), *is_open_only);
                say(&Response::Messages { key, is_open_only, page }, None);
            }
        }
        Request::Rows { id, query, first, count } => {
            let page = database.page(query, *first, *count);
            say(&Response::Rows { id: *id, page }, None);
        }
        Request::Session { key } => {
            let place = database.results.place_of(key);
            let session = place.and_then(|place| database.results.session(place));
            say(&Response::Session(session.map(Box::new)), None);
        }
        Request::FindingsOfSession { key } => {
            if let (Some(judged), Some(place)) = (&database.judged, database.results.place_of(key))
            {
                let (key, lines) = (key.clone(), judged.of_session(place));
                say(&Response::FindingsOfSession { key, lines }, None);
            }
        }
        Request::FindingLines { group, first } => {
            if let Some(judged) = &database.judged {
                let (group, first, lines) = (*group, *first, judged.lines(*group, *first));
                say(&Response::FindingLines { group, first, lines }, None);
            }
        }
        Request::Finding { place } => {
            if let Some(judged) = &database.judged {
                let view = judged.view(*place, &database.results);
                say(&Response::Finding(view.map(Box::new)), None);
            }
        }
        Request::Hosts { id, query, first } => {
            if let Some(judged) = &database.judged {
                let page = Box::new(judged.host_page(query, *first));
                say(&Response::Hosts { id: *id, page }, None);
            }
        }
        Request::Host { place } => {
            if let Some(judged) = &database.judged {
                say(&Response::Host(judged.host_view(*place).map(Box::new)), None);
            }
        }
        Request::Catalogue => {
            let catalogue = Box::new(analysis::catalogue());
            say(&Response::Catalogue(catalogue), None);
        }
    }
}

impl Database {
    fn page(&mut self, query: &RowQuery, first: usize, count: usize) -> RowPage {
        let known = self.selection.take().filter(|known| known.query == *query);
        let selection = known.unwrap_or_else(|| self.select(query));
        let Selection { only, places, .. } = &selection;
        let rows = places
            .iter()
            .skip(first)
            .take(count)
            .filter_map(|place| self.rows.get(*place).cloned())
            .collect();
        let page = RowPage { first, total: places.len(), rows, only: only.clone() };
        self.selection = Some(selection);
        page
    }

    fn select(&self, query: &RowQuery) -> Selection {
        let (only, places) = match query.only {
            None => (None, select_rows(&self.rows, query, |_, _| true)),
            Some(Only::Server(host)) => self.select_of_host(query, host, "to", |row| &row.server),
            Some(Only::Client(host)) => self.select_of_host(query, host, "from", |row| &row.client),
            Some(Only::Finding(finding)) => {
                let sessions = self.judged.as_ref().and_then(|it| it.sessions_of(finding));
                let (title, sessions) = sessions.unwrap_or_default();
                let sessions: HashSet<usize> = sessions.iter().copied().collect();
                let places = select_rows(&self.rows, query, |place, _| sessions.contains(&place));
                (Some(title.to_owned()), places)
            }
        };
        Selection { query: query.clone(), only, places }
    }

    /// The rows of which one end is the host at a place, and what to call them.
    fn select_of_host(
        &self,
        query: &RowQuery,
        host: usize,
        way: &str,
        end: impl Fn(&SessionRow) -> &Endpoint,
    ) -> (Option<String>, Vec<usize>) {
        let host = self.judged.as_ref().and_then(|judged| judged.host(host));
        let address = host.map(|host| host.address.as_str()).unwrap_or_default();
        let places = select_rows(&self.rows, query, |_, row| end(row).address == address);
        (Some(format!("{way} {address}")), places)
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
