//! What the page and its worker say to each other.
//!
//! Both are serde values; what cannot be one travels beside it in the same message: the `File`s of
//! [`Request::Analyze`] and the `Blob` of [`Response::Json`].
//! The worker speaks first: a message that is posted before [`Response::Ready`] is lost.

use js_sys::{Array, Object, Reflect};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{Blob, File};

use crate::report::{Overview, Problem, RowPage, RowQuery, Session, SessionRow};

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
    /// The whole report as JSON.
    Json,
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
    /// The report as JSON, in a `Blob` that travels beside this.
    Json,
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

/// The request in a message, and the files beside it.
pub fn unpack_request(message: &JsValue) -> Result<(Request, Vec<File>), Unreadable> {
    let files = Array::from(&beside(message, "files")?);
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
