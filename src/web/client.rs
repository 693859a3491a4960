//! The page's end of the worker.

use std::cell::RefCell;
use std::rc::Rc;

use wasm_bindgen::closure::Closure;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{Blob, ErrorEvent, File, MessageEvent, Worker};

use super::folders::OpenedFile;
use super::protocol::{self, FileName, Request, Response};

/// A worker of the page; dropping it ends it at once and gives its memory back.
pub struct WorkerClient {
    worker: Worker,
    waiting: Rc<RefCell<Waiting>>,
    _on_message: Closure<dyn FnMut(MessageEvent)>,
    _on_error: Closure<dyn FnMut(ErrorEvent)>,
}

/// What is to be said once the worker listens.
#[derive(Default)]
struct Waiting {
    is_ready: bool,
    files: Option<Vec<OpenedFile>>,
}

impl WorkerClient {
    /// Starts a worker. `on_response` hears what it says, with a `Blob` where one came beside.
    pub fn start(
        on_response: impl Fn(Response, Option<Blob>) + 'static,
    ) -> Result<WorkerClient, JsValue> {
        let worker = super::page::start_worker()?;
        let waiting = Rc::new(RefCell::new(Waiting::default()));
        let on_response = Rc::new(on_response);
        let on_message = {
            let (worker, waiting, on_response) =
                (worker.clone(), Rc::clone(&waiting), Rc::clone(&on_response));
            Closure::<dyn FnMut(MessageEvent)>::new(move |event: MessageEvent| {
                match protocol::unpack_response(&event.data()) {
                    Ok((Response::Ready, _)) => {
                        waiting.borrow_mut().is_ready = true;
                        if let Some(files) = waiting.borrow_mut().files.take() {
                            let _unsent = post_files(&worker, files);
                        }
                        on_response(Response::Ready, None);
                    }
                    Ok((response, blob)) => on_response(response, blob),
                    Err(error) => {
                        on_response(Response::Stopped { message: error.to_string() }, None);
                    }
                }
            })
        };
        let on_error = Closure::<dyn FnMut(ErrorEvent)>::new(move |event: ErrorEvent| {
            on_response(Response::Stopped { message: event.message() }, None);
        });
        worker.set_onmessage(Some(on_message.as_ref().unchecked_ref()));
        worker.set_onerror(Some(on_error.as_ref().unchecked_ref()));
        Ok(WorkerClient { worker, waiting, _on_message: on_message, _on_error: on_error })
    }

    /// Has the worker read `files`, as soon as it listens.
    pub fn analyze(&self, files: Vec<OpenedFile>) -> Result<(), JsValue> {
        let mut waiting = self.waiting.borrow_mut();
        if waiting.is_ready {
            return post_files(&self.worker, files);
        }
        waiting.files = Some(files);
        Ok(())
    }

    /// Asks something about what was read.
    pub fn ask(&self, request: &Request) -> Result<(), JsValue> {
        post(&self.worker, request, &[])
    }
}

impl Drop for WorkerClient {
    fn drop(&mut self) {
        self.worker.set_onmessage(None);
        self.worker.set_onerror(None);
        self.worker.terminate();
    }
}

fn post_files(worker: &Worker, files: Vec<OpenedFile>) -> Result<(), JsValue> {
    let (names, files): (Vec<FileName>, Vec<File>) = files
        .into_iter()
        .map(|opened| {
            let OpenedFile { file, name, is_from_folder } = opened;
            (FileName { name, is_from_folder }, file)
        })
        .unzip();
    post(worker, &Request::Analyze { names }, &files)
}

fn post(worker: &Worker, request: &Request, files: &[File]) -> Result<(), JsValue> {
    let message = protocol::pack_request(request, files)
        .map_err(|error| JsValue::from_str(&error.to_string()))?;
    worker.post_message(&message)
}
