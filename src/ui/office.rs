//! The page's worker: one waits or works at any time.

use std::cell::RefCell;
use std::rc::Rc;

use web_sys::Blob;
use yew::prelude::*;

use super::state::{Action, AppState, OpenSession, Phase};
use crate::web::client::WorkerClient;
use crate::web::download;
use crate::web::folders::OpenedFile;
use crate::web::page;
use crate::web::protocol::{GivenSecret, Request, Response};

/// Rows that are asked for before the table says which it needs.
const FIRST_ROWS: usize = 50;

/// What is said where the browser refuses.
const NO_WORKER: &str =
    "the browser does not let the page start its worker, so nothing can be read";

/// The worker of the page, of which there is always one that waits or works.
#[derive(Clone)]
pub(super) struct Office {
    desk: Rc<RefCell<Desk>>,
    dispatcher: UseReducerDispatcher<AppState>,
}

#[derive(Default)]
struct Desk {
    worker: Option<WorkerClient>,
    /// The worker was given files: it serves no other ones.
    is_used: bool,
    /// What a downloaded report is called.
    report_name: String,
}

/// The page's worker, started with the page.
#[hook]
pub(super) fn use_office(dispatcher: UseReducerDispatcher<AppState>) -> Office {
    let desk = use_mut_ref(Desk::default);
    let office = Office { desk, dispatcher };
    let first = office.clone();
    use_effect_with((), move |()| first.renew());
    office
}

impl Office {
    /// Ends the worker, if there is one, and starts another.
    fn renew(&self) {
        let mut desk = self.desk.borrow_mut();
        desk.worker = None;
        desk.is_used = false;
        let (dispatcher, named) = (self.dispatcher.clone(), Rc::clone(&self.desk));
        let on_response = move |response: Response, blob: Option<Blob>| {
            match (&response, blob) {
                (Response::Json, Some(blob)) => {
                    let _unsaved = download::save(&blob, &named.borrow().report_name);
                }
                // A worker that stopped serves nothing further.
                (Response::Stopped { .. }, _) => named.borrow_mut().is_used = true,
                _ => {}
            }
            dispatcher.dispatch(Action::WorkerSaid { response, now: page::now() });
        };
        match WorkerClient::start(on_response) {
            Ok(worker) => desk.worker = Some(worker),
            Err(_) => self.dispatcher.dispatch(Action::Noticed(NO_WORKER.to_owned())),
        }
    }

    /// Has a fresh worker read `files`.
    pub(super) fn analyze(&self, files: Vec<OpenedFile>) {
        let is_fresh = {
            let desk = self.desk.borrow();
            desk.worker.is_some() && !desk.is_used
        };
        if !is_fresh {
            self.renew();
        }
        let mut desk = self.desk.borrow_mut();
        desk.is_used = true;
        let name = files.first().map(|opened| opened.file.name()).unwrap_or_default();
        desk.report_name = format!("{name}.countersign.json");
        let is_sent = desk.worker.as_ref().is_some_and(|worker| worker.analyze(files).is_ok());
        if !is_sent {
            let response = Response::Stopped { message: NO_WORKER.to_owned() };
            self.dispatcher.dispatch(Action::WorkerSaid { response, now: page::now() });
        }
    }

    /// Asks the worker something about what was read.
    pub(super) fn ask(&self, request: &Request) {
        if let Some(worker) = &self.desk.borrow().worker {
            let _unsent = worker.ask(request);
        }
    }

    /// Hands a secret over to the worker.
    pub(super) fn give(&self, secret: &GivenSecret) {
        if let Some(worker) = &self.desk.borrow().worker {
            let _unsent = worker.give(secret);
        }
    }

    /// Ends the worker at once, and has another one wait.
    pub(super) fn end(&self) {
        self.renew();
    }
}

/// Asks the worker for what the state calls for and does not have.
#[hook]
pub(super) fn use_questions(state: &UseReducerHandle<AppState>, worker: &Office) {
    let is_ready = matches!(state.phase, Phase::Ready { .. });
    {
        let (worker, query) = (worker.clone(), state.query.clone());
        let wanted = state.wanted_rows.unwrap_or((0, FIRST_ROWS));
        use_effect_with(
            (is_ready, state.run, state.query_id, wanted),
            move |(is_ready, _, id, (first, count))| {
                if *is_ready {
                    worker.ask(&Request::Rows { id: *id, query, first: *first, count: *count });
                }
            },
        );
    }
    let asked = match &state.open_session {
        OpenSession::Asked { key, .. } => Some(key.clone()),
        OpenSession::None | OpenSession::Here { .. } => None,
    };
    let worker = worker.clone();
    use_effect_with(asked, move |asked| {
        if let Some(key) = asked {
            worker.ask(&Request::Session { key: key.clone() });
        }
    });
}
