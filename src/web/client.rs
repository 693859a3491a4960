//! The page's end of the worker.

use std::cell::RefCell;
use std::rc::Rc;

use js_sys::Array;
use wasm_bindgen::closure::Closure;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{Blob, ErrorEvent, File, MessageEvent, Worker};

use super::folders::OpenedFile;
use super::protocol::{self, FileName, GivenSecret, ReportWish, Request, Response};

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
    /// Messages in their order, each with what is handed over with it.
    messages: Vec<(JsValue, Array)>,
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
                        let messages = std::mem::take(&mut waiting.borrow_mut().messages);
                        for (message, handed_over) in messages {
                            let _unsent = worker.post_message_with_transfer(&message, &handed_over);
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
        let (names, files): (Vec<FileName>, Vec<File>) = files
            .into_iter()
            .map(|opened| {
                let OpenedFile { file, name, is_from_folder } = opened;
                (FileName { name, is_from_folder }, file)
            })
            .unzip();
        self.post_request(&Request::Analyze { names }, &files)
    }

    /// Asks something about what was read.
    pub fn ask(&self, request: &Request) -> Result<(), JsValue> {
        self.post_request(request, &[])
    }

    /// Hands a secret over to the worker.
    pub fn give(&self, secret: &GivenSecret) -> Result<(), JsValue> {
        let (message, handed_over) = protocol::pack_secret(secret).map_err(unsendable)?;
        self.post(message, handed_over)
    }

    /// Asks for a report that is redacted under `key`, which is hexadecimal digits.
    pub fn ask_redacted(&self, wish: ReportWish, key: &str) -> Result<(), JsValue> {
        let (message, handed_over) = protocol::pack_report(wish, key).map_err(unsendable)?;
        self.post(message, handed_over)
    }

    fn post_request(&self, request: &Request, files: &[File]) -> Result<(), JsValue> {
        let message = protocol::pack_request(request, files).map_err(unsendable)?;
        self.post(message, Array::new())
    }

    /// Posts a message as soon as the worker listens.
    fn post(&self, message: JsValue, handed_over: Array) -> Result<(), JsValue> {
        let mut waiting = self.waiting.borrow_mut();
        if waiting.is_ready {
            return self.worker.post_message_with_transfer(&message, &handed_over);
        }
        waiting.messages.push((message, handed_over));
        Ok(())
    }
}

impl Drop for WorkerClient {
    fn drop(&mut self) {
        self.worker.set_onmessage(None);
        self.worker.set_onerror(None);
        self.worker.terminate();
    }
}

fn unsendable(error: protocol::Unreadable) -> JsValue {
    JsValue::from_str(&error.to_string())
}
