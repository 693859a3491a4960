//! What the page and its worker say to each other.
//!
//! Both are serde values; what cannot be one travels beside it in the same message: the `File`s of
//! [`Request::Analyze`] and the `Blob` of [`Response::Report`]. So does a secret: what is neither serde
//! value nor `Debug` cannot come into a log or a report by mistake.
//! The worker speaks first: a message that is posted before [`Response::Ready`] is lost.

use js_sys::{Array, Object, Reflect, Uint8Array};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{Blob, File};
use zeroize::Zeroizing;

use crate::report::{
    Catalogue, ExceptionFile, Exceptions, FindingLine, FindingList, FindingView, HostPage,
    HostQuery, HostView, MessagePage, Overview, Problem, RowPage, RowQuery, Session, SessionRow,
};

/// What the page asks of its worker.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Request {
    /// Read the files that travel beside this, and say what is in them. A worker does it once.
    Analyze {
        /// What each of the files is called, in their order.
        names: Vec<FileName>,
    },
    /// Some rows of the sessions; answered only after [`Response::Finished`].
    Rows {
        /// Comes back with the answer, so that the page knows an answer that it no longer wants.
        id: u32,
        /// Which sessions, and in which order.
        query: RowQuery,
        /// The place of the first row among those that the query selects, from 0.
        first: usize,
        /// How many rows.
        count: usize,
    },
    /// One session in full.
    Session {
        /// [`Session::key`].
        key: String,
    },
    /// Further findings of a group.
    FindingLines {
        /// The place of the group in [`FindingList::groups`].
        group: usize,
        /// The place of the first within the group, from 0.
        first: usize,
    },
    /// One finding in full.
    Finding {
        /// [`FindingLine::place`].
        place: usize,
    },
    /// The findings that a session is of; answered only after [`Response::Findings`].
    FindingsOfSession {
        /// [`Session::key`].
        key: String,
    },
    /// Some of the hosts; answered only after [`Response::Findings`].
    Hosts {
        /// Comes back with the answer, so that the page knows an answer that it no longer wants.
        id: u32,
        /// Which hosts.
        query: HostQuery,
        /// The place of the first among those that the query selects, from 0.
        first: usize,
    },
    /// One host in full; answered only after [`Response::Findings`].
    Host {
        /// Its place among all hosts of the report.
        place: usize,
    },
    /// The rules, and what has none.
    Catalogue,
    /// Read the files once more for the messages of one session, and tell the first of them.
    ListMessages {
        /// [`Session::key`].
        key: String,
    },
    /// Some of the messages that were listed last.
    Messages {
        /// The session that they are expected to be of.
        key: String,
        /// Only those that are not verified, and not decrypted.
        is_open_only: bool,
        /// The place of the first among those, from 0.
        first: usize,
        /// How many.
        count: usize,
    },
    /// Stop reading for messages.
    StopListing,
    /// Take these accepted exceptions in the place of those before, and judge again with them.
    Exceptions {
        /// The exceptions.
        given: GivenExceptions,
        /// The day of the user, as YYYY-MM-DD; the worker has no calendar.
        today: String,
    },
    /// Write the report as a file. The key of its redaction, as hexadecimal digits, travels beside
    /// this as a secret does.
    Report(ReportWish),
    /// Stop writing it.
    StopReport,
    /// Take the secret that travels beside this, and read the files again with it.
    AddSecret {
        /// What it is given as.
        form: SecretForm,
    },
    /// Forget what was given under this number, and read the files again without it.
    ForgetSecret {
        /// [`HeldSecret::id`].
        id: u32,
    },
    /// Forget all secrets, and read the files again without them.
    ForgetSecrets,
    /// Stop reading again. The results stay, and secrets that they do not know of are forgotten.
    StopReading,
}

/// Accepted exceptions on their way to the worker, which checks them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum GivenExceptions {
    /// The text of a file.
    Text(String),
    /// What the user wrote in the page.
    File(ExceptionFile),
}

/// A report as the user wants it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReportWish {
    /// What kind of file.
    pub kind: ReportKind,
    /// Names, accounts and addresses are replaced.
    pub is_redacted: bool,
    /// The SHA-256 of each capture is told, for which the files are read once more the first time.
    pub has_hashes: bool,
}

/// The kinds of files that a report can be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum ReportKind {
    /// HTML, to read and to print.
    Html,
    /// JSON with everything.
    Json,
    /// A table of the sessions.
    SessionsCsv,
    /// A table of the hosts.
    HostsCsv,
    /// A table of the findings.
    FindingsCsv,
}

/// The steps of writing a report.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum ReportStep {
    /// The captures are read for their SHA-256; counted in bytes.
    Hashing,
    /// The names that are to be replaced are gathered; counted in sessions.
    Learning,
    /// The report is written; counted in sessions.
    Writing,
}

/// What a secret is given as.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum SecretForm {
    /// An entry of a secrets file, which the page wrote of what was typed.
    Entry,
    /// The text of a secrets file.
    Text,
    /// A keytab or a secrets file.
    File {
        /// What it is called.
        name: String,
    },
}

/// A secret on its way to the worker.
pub enum GivenSecret {
    /// An entry of a secrets file, which the page wrote of what was typed.
    Entry(Zeroizing<String>),
    /// The text of a secrets file.
    Text(Zeroizing<String>),
    /// A keytab or a secrets file, which the worker reads.
    File(File),
}

/// A secret as it comes out of a message.
pub enum SentSecret {
    /// What was typed or pasted.
    Text(Zeroizing<Vec<u8>>),
    /// A file that was chosen or dropped.
    File(File),
}

/// Something secret that the worker holds, without the secret.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct HeldSecret {
    /// The number that it is forgotten by.
    pub id: u32,
    /// The file that it came from.
    pub file: Option<String>,
    /// The secrets in it.
    pub secrets: Vec<SecretUse>,
}

/// A secret and what it was good for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SecretUse {
    /// What it is and whose: "password of LAB\\alice".
    pub description: String,
    /// Sessions that it is right and wrong for; `None` while the files are not read with it.
    pub sessions: Option<RightAndWrong>,
}

/// Sessions that a secret is right and wrong for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct RightAndWrong {
    /// Sessions that it is right for.
    pub right: u64,
    /// Sessions that it was tried on, and that it is not the secret of.
    pub wrong: u64,
}

/// Whether the files are read again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum ReadingAgain {
    /// They are not.
    No,
    /// With further secrets; it can be stopped.
    Stoppable,
    /// Without secrets that were forgotten, which what is known meanwhile was made with; it cannot
    /// be stopped but by closing the capture.
    Forgetting,
}

/// What the worker tells the page.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Response {
    /// The worker listens.
    Ready,
    /// What was read so far; several times while the files are read.
    Progress(Box<Progress>),
    /// Everything was read.
    Finished {
        /// What was found.
        overview: Box<Overview>,
        /// Files of folders that are no captures and were left out.
        skipped: u64,
    },
    /// The rows that were asked for.
    Rows {
        /// As in the request.
        id: u32,
        /// The rows.
        page: RowPage,
    },
    /// The session that was asked for; `None` where there is none of that key.
    Session(Option<Box<Session>>),
    /// What the rules found; told without being asked, after [`Response::Finished`].
    Findings(Box<FindingList>),
    /// Further findings of a group.
    FindingLines {
        /// As in the request.
        group: usize,
        /// As in the request.
        first: usize,
        /// The findings.
        lines: Vec<FindingLine>,
    },
    /// The finding that was asked for; `None` where there is none at that place.
    Finding(Option<Box<FindingView>>),
    /// The findings that a session is of.
    FindingsOfSession {
        /// [`Session::key`].
        key: String,
        /// The findings.
        lines: Vec<FindingLine>,
    },
    /// The hosts that were asked for.
    Hosts {
        /// As in the request.
        id: u32,
        /// The hosts.
        page: Box<HostPage>,
    },
    /// The host that was asked for; `None` where there is none at that place.
    Host(Option<Box<HostView>>),
    /// The rules, and what has none.
    Catalogue(Box<Catalogue>),
    /// How far reading for the messages of a session is.
    Listing {
        /// The session.
        key: String,
        /// Bytes read of all files together.
        bytes_read: f64,
    },
    /// Messages of a session.
    Messages {
        /// The session.
        key: String,
        /// As in the request.
        is_open_only: bool,
        /// The messages.
        page: MessagePage,
    },
    /// The files could not be read for the messages of a session.
    MessagesRefused {
        /// The session.
        key: String,
        /// Why.
        message: String,
    },
    /// The accepted exceptions were taken.
    ExceptionsTaken {
        /// What they are.
        file: ExceptionFile,
        /// The same as the text of a file.
        text: String,
    },
    /// The accepted exceptions were not taken.
    ExceptionsRefused {
        /// Why and where.
        message: String,
    },
    /// What became of the accepted exceptions; told with [`Response::Findings`].
    Exceptions(Box<Exceptions>),
    /// How far writing the report is.
    ReportProgress {
        /// What is being done.
        step: ReportStep,
        /// How much of it is done.
        done: f64,
        /// How much there is to do.
        total: f64,
    },
    /// The report, in a `Blob` that travels beside this.
    Report(ReportWish),
    /// The report cannot be written.
    ReportRefused {
        /// Why.
        message: String,
    },
    /// The secrets that the worker holds changed, or what they were good for is known.
    Secrets {
        /// Everything secret that the worker holds.
        held: Vec<HeldSecret>,
        /// Whether the files are read again for it.
        reading: ReadingAgain,
        /// What is to be said about what was given last.
        note: Option<String>,
    },
    /// A secret could not be taken, or the files could not be read again with it.
    SecretRefused {
        /// Why and where, without a part of the secret.
        message: String,
    },
    /// Nothing can be said about the files.
    Failed {
        /// Why, and what to do.
        problem: Problem,
    },
    /// The worker met a fault of its own and is gone.
    Stopped {
        /// Where, for a report to the maintainers.
        message: String,
    },
}

/// What a file is called.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileName {
    /// The name for the report.
    pub name: String,
    /// It was in a folder, so the user did not name it.
    pub is_from_folder: bool,
}

/// How far a run is.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Progress {
    /// Bytes read of all files together.
    pub bytes_read: f64,
    /// Bytes of all files together.
    pub bytes_total: f64,
    /// Packets read.
    pub packets: u64,
    /// What was found so far.
    pub overview: Overview,
    /// The first sessions found, at most [`Progress::ROWS`].
    pub rows: Vec<SessionRow>,
}

impl Progress {
    /// Sessions shown while a capture is read.
    pub const ROWS: usize = 24;
}

/// A message that is not one of this protocol's.
#[derive(Clone, Debug, thiserror::Error)]
#[error("a message that page and worker do not share: {0}")]
pub struct Unreadable(String);

/// A request as a value that `postMessage` takes, with `files` beside it.
pub fn pack_request(request: &Request, files: &[File]) -> Result<JsValue, Unreadable> {
    let list: Array = files.iter().map(JsValue::from).collect();
    pack(request, "files", &list)
}

/// A secret as a request that `postMessage` takes, and what is to be handed over with it so that the
/// page keeps no copy.
pub fn pack_secret(secret: &GivenSecret) -> Result<(JsValue, Array), Unreadable> {
    let (form, text) = match secret {
        GivenSecret::Entry(text) => (SecretForm::Entry, text),
        GivenSecret::Text(text) => (SecretForm::Text, text),
        GivenSecret::File(file) => {
            let form = SecretForm::File { name: file.name() };
            return Ok((pack(&Request::AddSecret { form }, SECRET, file)?, Array::new()));
        }
    };
    let bytes = Uint8Array::from(text.as_bytes());
    let message = pack(&Request::AddSecret { form }, SECRET, &bytes)?;
    Ok((message, Array::of1(&bytes.buffer())))
}

/// A wish for a redacted report, with the key of the redaction beside it, and what is to be handed
/// over.
pub fn pack_report(wish: ReportWish, key: &str) -> Result<(JsValue, Array), Unreadable> {
    let bytes = Uint8Array::from(key.as_bytes());
    let message = pack(&Request::Report(wish), SECRET, &bytes)?;
    Ok((message, Array::of1(&bytes.buffer())))
}

/// The secret beside a request. What the message held of it is overwritten.
pub fn unpack_secret(message: &JsValue) -> Result<SentSecret, Unreadable> {
    match beside(message, SECRET)?.dyn_into::<File>() {
        Ok(file) => Ok(SentSecret::File(file)),
        // The array itself, not a copy, for it is overwritten.
        Err(bytes) => bytes
            .dyn_into::<Uint8Array>()
            .map(|bytes| SentSecret::Text(take_bytes(&bytes)))
            .map_err(|_| Unreadable("a secret of another kind".to_owned())),
    }
}

/// The bytes of an array, which is overwritten.
pub(super) fn take_bytes(array: &Uint8Array) -> Zeroizing<Vec<u8>> {
    let bytes = Zeroizing::new(array.to_vec());
    array.fill(0, 0, array.length());
    bytes
}

/// The request in a message, and the files beside it.
pub fn unpack_request(message: &JsValue) -> Result<(Request, Vec<File>), Unreadable> {
    let files = beside(message, "files")?;
    let files = if files.is_undefined() { Array::new() } else { Array::from(&files) };
    let files = files.iter().filter_map(|file| file.dyn_into().ok()).collect();
    Ok((unpack(message)?, files))
}

/// A response as a value that `postMessage` takes, with a `Blob` beside it where there is one.
pub fn pack_response(response: &Response, blob: Option<&Blob>) -> Result<JsValue, Unreadable> {
    pack(response, "blob", &blob.map_or(JsValue::UNDEFINED, JsValue::from))
}

/// The response in a message, and the `Blob` beside it.
pub fn unpack_response(message: &JsValue) -> Result<(Response, Option<Blob>), Unreadable> {
    let blob = beside(message, "blob")?.dyn_into().ok();
    Ok((unpack(message)?, blob))
}

/// The member of a message that holds the serde value.
const SAID: &str = "said";

/// The member that holds a secret.
const SECRET: &str = "secret";

fn pack(said: &impl Serialize, name: &str, other: &JsValue) -> Result<JsValue, Unreadable> {
    let message = Object::new();
    let said = serde_wasm_bindgen::to_value(said).map_err(|error| Unreadable(error.to_string()))?;
    Reflect::set(&message, &JsValue::from_str(SAID), &said).map_err(from_js)?;
    Reflect::set(&message, &JsValue::from_str(name), other).map_err(from_js)?;
    Ok(message.into())
}

fn unpack<T: DeserializeOwned>(message: &JsValue) -> Result<T, Unreadable> {
    serde_wasm_bindgen::from_value(beside(message, SAID)?)
        .map_err(|error| Unreadable(error.to_string()))
}

fn beside(message: &JsValue, name: &str) -> Result<JsValue, Unreadable> {
    Reflect::get(message, &JsValue::from_str(name)).map_err(from_js)
}

fn from_js(error: JsValue) -> Unreadable {
    Unreadable(format!("{error:?}"))
}
