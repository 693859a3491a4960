//! A file as a stream of pieces, as the browser reads it fastest.
//!
//! A byte stream with a reader that fills a buffer of ours ("BYOB") is the fastest and leanest way
//! that browsers offer; where it is missing the default reader takes its place, and where a stream
//! stops answering, slices of the file do.
//! Each piece is copied once, into this module's memory, and the next read is under way before the
//! piece is handed out, so reading and analysing overlap with one buffer.

use js_sys::{Array, ArrayBuffer, Function, Object, Promise, Reflect, Uint8Array};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{
    Blob, DedicatedWorkerGlobalScope, File, ReadableStream, ReadableStreamGetReaderOptions,
    ReadableStreamReaderMode,
};
use zeroize::Zeroizing;

use super::protocol::take_bytes;

/// Bytes of a piece: small enough to stay in the processor's cache while it is analysed.
const PIECE: u32 = 1 << 20;

/// Bytes of a slice, where streams do not work: slices cost more each than pieces of a stream.
const SLICE: f64 = 4_194_304.0;

/// Bytes of a file that tell whether it is a capture.
const START: f64 = 65_536.0;

/// Bytes of a file with secrets.
const SECRET: f64 = 1_048_576.0;

/// How long a read may take before the stream is given up, in milliseconds.
const PATIENCE: i32 = 2_000;

/// How many times a stream is opened again before slices take its place.
const REOPENINGS: u32 = 1;

/// Where the readers under way are held, so that none is collected while only its promise waits.
const HELD: &str = "countersignReaders";

/// A file that could not be read further.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct ReadError {
    /// Where in the file, in bytes from its start.
    pub(super) offset: f64,
    /// The browser's name for what went wrong.
    pub(super) cause: String,
}

/// One file, read from its start to its end.
pub(super) struct FileStream {
    file: File,
    /// The place in the file of the next byte to come.
    offset: f64,
    way: Way,
    /// The read under way.
    pending: Option<Promise>,
    reopenings: u32,
    /// The latest piece; its memory is used again for each.
    piece: Vec<u8>,
    length: usize,
    /// Bytes of a slice, where the file is read in slices.
    slice: f64,
}

/// How a file is read.
enum Way {
    /// Not decided yet.
    Closed,
    /// The reader fills our buffer.
    OwnBuffer { reader: Object },
    /// The reader brings its own buffers.
    Default { reader: Object },
    /// No stream: slices.
    Slices,
}

/// What a read gave.
enum Arrival {
    Bytes { bytes: Uint8Array, is_last: bool },
    End,
    Silence,
}

impl FileStream {
    /// A stream at the start of `file`; nothing is read yet.
    pub(super) fn new(file: File) -> FileStream {
        FileStream {
            file,
            offset: 0.0,
            way: Way::Closed,
            pending: None,
            reopenings: 0,
            piece: Vec::new(),
            length: 0,
            slice: SLICE,
        }
    }

    /// A file that is read in slices of `slice` bytes: what is held of it between two reads is not
    /// more, and nothing in the browser.
    pub(super) fn in_slices(file: File, slice: usize) -> FileStream {
        FileStream { reopenings: REOPENINGS + 1, slice: slice as f64, ..FileStream::new(file) }
    }

    /// Bytes of the file.
    pub(super) fn size(&self) -> f64 {
        self.file.size()
    }

    /// The latest piece; empty before the first.
    pub(super) fn piece(&self) -> &[u8] {
        self.piece.get(..self.length).unwrap_or_default()
    }

    /// Waits for the next piece, after which [`FileStream::piece`] holds it; false at the end.
    pub(super) async fn next(&mut self) -> Result<bool, ReadError> {
        loop {
            if self.pending.is_none() && self.offset >= self.size() {
                if self.offset == 0.0 {
                    self.try_empty().await?;
                }
                self.close();
                return Ok(false);
            }
            match self.arrival().await? {
                Arrival::Bytes { bytes, is_last } => {
                    self.keep(&bytes);
                    if is_last || self.offset >= self.size() {
                        self.close();
                    } else if self.slice >= SLICE {
                        self.pending = Some(self.read(Some(bytes))?);
                    }
                    return Ok(true);
                }
                Arrival::End if self.offset >= self.size() => {
                    self.close();
                    return Ok(false);
                }
                // A stream that ends early or does not answer is opened again where it was.
                Arrival::End | Arrival::Silence => self.reopen(),
            }
        }
    }

    /// Reads a file of no bytes: the browser tells no size of one that was taken away since it was
    /// chosen, and refuses to read it.
    async fn try_empty(&self) -> Result<(), ReadError> {
        let read = method(&self.file, "arrayBuffer").and_then(|read| read.call0(&self.file));
        let read =
            read.and_then(JsCast::dyn_into::<Promise>).map_err(|error| self.error(&error))?;
        JsFuture::from(read).await.map(|_| ()).map_err(|error| self.error(&error))
    }

    /// Waits for the read under way, which is begun if there is none.
    async fn arrival(&mut self) -> Result<Arrival, ReadError> {
        let read = match self.pending.take() {
            Some(read) => read,
            None => self.read(None)?,
        };
        let patience = if matches!(self.way, Way::Slices) {
            None
        } else {
            Some(PATIENCE << self.reopenings.min(8))
        };
        let result = wait(&read, patience).await.map_err(|error| self.error(&error))?;
        if result.is_undefined() {
            return Ok(Arrival::Silence);
        }
        if let Some(buffer) = result.dyn_ref::<ArrayBuffer>() {
            let bytes = Uint8Array::new(buffer);
            let is_empty = bytes.length() == 0;
            return Ok(if is_empty {
                Arrival::End
            } else {
                Arrival::Bytes { bytes, is_last: false }
            });
        }
        let member = |name: &str| Reflect::get(&result, &JsValue::from_str(name));
        let is_last = member("done").is_ok_and(|done| done.is_truthy());
        let bytes = member("value").ok().and_then(|value| value.dyn_into::<Uint8Array>().ok());
        Ok(match bytes {
            Some(bytes) if bytes.length() > 0 => Arrival::Bytes { bytes, is_last },
            _ => Arrival::End,
        })
    }

    /// Copies `bytes` into memory.
    fn keep(&mut self, bytes: &Uint8Array) {
        self.length = bytes.length() as usize;
        if self.piece.len() < self.length {
            self.piece.resize(self.length, 0);
        }
        if let Some(room) = self.piece.get_mut(..self.length) {
            bytes.copy_to(room);
        }
        self.offset += self.length as f64;
    }

    /// Begins a read at the current place; `used` is a piece whose buffer may be filled again.
    fn read(&mut self, used: Option<Uint8Array>) -> Result<Promise, ReadError> {
        if matches!(self.way, Way::Closed) {
            self.way = self.open().map_err(|error| self.error(&error))?;
        }
        let begun = match &self.way {
            Way::OwnBuffer { reader } => {
                let view = match used {
                    Some(used) => Uint8Array::new(&used.buffer()),
                    None => Uint8Array::new_with_length(PIECE),
                };
                let options = Object::new();
                Reflect::set(&options, &"min".into(), &view.length().into())
                    .and_then(|_| method(reader, "read"))
                    .and_then(|read| read.call2(reader, &view, &options))
            }
            Way::Default { reader } => method(reader, "read").and_then(|read| read.call0(reader)),
            Way::Slices | Way::Closed => self
                .file
                .slice_with_f64_and_f64(self.offset, self.offset + self.slice)
                .and_then(|slice| method(&slice, "arrayBuffer")?.call0(&slice)),
        };
        begun.and_then(JsCast::dyn_into).map_err(|error| self.error(&error))
    }

    /// Opens a stream at the current place, in the best way that the browser has.
    fn open(&self) -> Result<Way, JsValue> {
        if self.reopenings > REOPENINGS {
            return Ok(Way::Slices);
        }
        let rest = self.file.slice_with_f64_and_f64(self.offset, self.file.size())?;
        if !Reflect::has(&rest, &"stream".into())? {
            return Ok(Way::Slices);
        }
        let stream = rest.stream();
        let options = ReadableStreamGetReaderOptions::new();
        options.set_mode(ReadableStreamReaderMode::Byob);
        let own = method(&stream, "getReader")?.call1(&stream, &options);
        let (reader, is_own) = match own {
            Ok(reader) => (reader, true),
            Err(_) => (method(&stream, "getReader")?.call0(&stream)?, false),
        };
        hold(&rest, &stream, &reader)?;
        let reader = reader.dyn_into::<Object>()?;
        Ok(if is_own { Way::OwnBuffer { reader } } else { Way::Default { reader } })
    }

    /// Gives the stream up, so that the next read opens another one at the current place.
    fn reopen(&mut self) {
        self.close();
        self.reopenings += 1;
    }

    /// Lets the stream go.
    fn close(&mut self) {
        self.pending = None;
        let way = std::mem::replace(&mut self.way, Way::Closed);
        if let Way::OwnBuffer { reader } | Way::Default { reader } = way {
            // The promise is refused where the stream is already gone, which is as good.
            let _cancelled = method(&reader, "cancel").and_then(|cancel| cancel.call0(&reader));
        }
    }

    fn error(&self, error: &JsValue) -> ReadError {
        let name = Reflect::get(error, &"name".into()).ok().and_then(|name| name.as_string());
        ReadError { offset: self.offset, cause: name.unwrap_or_else(|| "unknown error".to_owned()) }
    }
}

/// The first bytes of a file, and whether they are all; `None` where it cannot be read.
pub(super) async fn start_of(file: &File) -> Option<(Vec<u8>, bool)> {
    let slice = file.slice_with_f64_and_f64(0.0, START).ok()?;
    let read =
        method(&slice, "arrayBuffer").ok()?.call0(&slice).ok()?.dyn_into::<Promise>().ok()?;
    let buffer = JsFuture::from(read).await.ok()?;
    Some((Uint8Array::new(&buffer).to_vec(), file.size() <= START))
}

/// The bytes of a file with a secret; the error says why there are none.
pub(super) async fn secret_of(file: &File) -> Result<Zeroizing<Vec<u8>>, String> {
    let refused = |why: &str| format!("{}: {why}.", file.name());
    if file.size() > SECRET {
        return Err(refused("larger than a megabyte, which no file with secrets is"));
    }
    let read = async {
        let read =
            method(file, "arrayBuffer").ok()?.call0(file).ok()?.dyn_into::<Promise>().ok()?;
        JsFuture::from(read).await.ok()
    };
    let buffer = read.await.ok_or_else(|| refused("the browser could not read the file"))?;
    Ok(take_bytes(&Uint8Array::new(&buffer)))
}

/// The method `name` of a JavaScript object.
fn method(object: &JsValue, name: &str) -> Result<Function, JsValue> {
    Reflect::get(object, &JsValue::from_str(name))?.dyn_into()
}

/// Keeps what a read needs within reach of the worker's global scope.
fn hold(blob: &Blob, stream: &ReadableStream, reader: &JsValue) -> Result<(), JsValue> {
    let scope = js_sys::global();
    let held = Reflect::get(&scope, &HELD.into())?;
    let held = held.dyn_into::<Array>().unwrap_or_else(|_| Array::new());
    held.push(&Array::of3(blob, stream, reader));
    Reflect::set(&scope, &HELD.into(), &held)?;
    Ok(())
}

/// Waits for `promise`, with `patience` no longer than so many milliseconds; undefined after that.
async fn wait(promise: &Promise, patience: Option<i32>) -> Result<JsValue, JsValue> {
    let scope = js_sys::global().unchecked_into::<DedicatedWorkerGlobalScope>();
    let Some(patience) = patience else { return JsFuture::from(promise.clone()).await };
    let mut timer = None;
    let alarm = Promise::new(&mut |resolve, _| {
        timer =
            scope.set_timeout_with_callback_and_timeout_and_arguments_0(&resolve, patience).ok();
    });
    let result = JsFuture::from(Promise::race(&Array::of2(promise, &alarm))).await;
    if let Some(timer) = timer {
        scope.clear_timeout_with_handle(timer);
    }
    result
}
