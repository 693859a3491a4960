//! The page's worker: one waits or works at any time.

use std::cell::RefCell;
use std::rc::Rc;

use web_sys::Blob;
use yew::prelude::*;
use zeroize::Zeroizing;

use super::findings_state::OpenFinding;
use super::place::View;
use super::state::{Action, AppState, OpenSession, Phase};
use crate::web::client::WorkerClient;
use crate::web::download;
use crate::web::folders::OpenedFile;
use crate::web::page;
use crate::web::protocol::{GivenSecret, ReportKind, ReportWish, Request, Response};

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
    /// The name of the first file, which reports are called after.
    name: String,
    /// The key that reports are redacted under, as hexadecimal digits; made for the first of them.
    key: Option<Zeroizing<String>>,
}

impl Desk {
    /// The key of this page's redactions; nothing where the browser makes none.
    fn key(&mut self) -> Option<Zeroizing<String>> {
        if self.key.is_none() {
            self.key = page::random_digits();
        }
        self.key.clone()
    }
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
                (Response::Report(wish), Some(blob)) => {
                    let _unsaved = download::save(&blob, &report_name(&named.borrow().name, *wish));
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
        (desk.name, desk.key) = (name, None);
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

    /// Has the worker write a report; a redacted one under the key in `digits`, or under this page's
    /// own where they are none.
    pub(super) fn write_report(&self, wish: ReportWish, digits: &str) {
        let digits = digits.trim();
        let mut desk = self.desk.borrow_mut();
        let own = if digits.is_empty() { desk.key() } else { None };
        let key = own.as_ref().map_or(digits, |key| key.as_str());
        if let Some(worker) = &desk.worker {
            let _unsent = worker.ask_redacted(wish, key);
        }
    }

    /// The key of this page's redactions.
    pub(super) fn key(&self) -> Option<String> {
        self.desk.borrow_mut().key().map(|key| key.to_string())
    }

    /// Hands a secret over to the worker.
    pub(super) fn give(&self, secret: &GivenSecret) {
        if let Some(worker) = &self.desk.borrow().worker {
            let _unsent = worker.give(secret);
        }
    }

    /// Ends the worker at once, and has another one wait.
    pub(super) fn end(&self) {
        self.desk.borrow_mut().key = None;
        self.renew();
    }
}

/// What a report is called; one in which names are replaced is not called after a file.
fn report_name(file: &str, wish: ReportWish) -> String {
    let (what, ending) = match wish.kind {
        ReportKind::Html => ("", "html"),
        ReportKind::Json => ("", "json"),
        ReportKind::SessionsCsv => ("-sessions", "csv"),
        ReportKind::HostsCsv => ("-hosts", "csv"),
        ReportKind::FindingsCsv => ("-findings", "csv"),
    };
    match wish.is_redacted {
        true => format!("countersign{what}.redacted.{ending}"),
        false => format!("{file}.countersign{what}.{ending}"),
    }
}

/// Asks the worker for what the state calls for and does not have.
#[hook]
pub(super) fn use_questions(state: &UseReducerHandle<AppState>, worker: &Office) {
    let is_ready = matches!(state.phase, Phase::Ready { .. });
    {
        let (worker, query) = (worker.clone(), state.query.clone());
        let wanted = state.wanted_rows.unwrap_or((0, FIRST_ROWS));
        // The sessions of findings and of hosts are known when the rules have judged.
        let can_select = is_ready && (query.only.is_none() || state.findings.list.is_some());
        use_effect_with(
            (can_select, state.run, state.query_id, wanted),
            move |(can_select, _, id, (first, count))| {
                if *can_select {
                    worker.ask(&Request::Rows { id: *id, query, first: *first, count: *count });
                }
            },
        );
    }
    use_question(worker, (is_ready, state.run), session_asked(state), |key| Request::Session {
        key: key.clone(),
    });
    let is_judged = state.findings.list.is_some();
    let finding = match &state.findings.open {
        OpenFinding::Asked { place, .. } => Some(*place),
        OpenFinding::None | OpenFinding::Here { .. } => None,
    };
    use_question(worker, (is_judged, state.run), finding, |place| Request::Finding {
        place: *place,
    });
    let of_session = state.open_session.key().map(str::to_owned);
    use_question(worker, (is_judged, state.run), of_session, |key| Request::FindingsOfSession {
        key: key.clone(),
    });
    let hosts =
        (state.view == View::Hosts).then_some((state.hosts.query_id, state.hosts.query.clone()));
    use_question(worker, (is_judged, state.run), hosts, |(id, query)| Request::Hosts {
        id: *id,
        query: query.clone(),
        first: 0,
    });
    use_question(worker, (is_judged, state.run), state.hosts.open.place, |place| Request::Host {
        place: *place,
    });
    let rules = (state.findings.shows_rules && state.findings.catalogue.is_none()).then_some(());
    use_question(worker, (is_ready, state.run), rules, |()| Request::Catalogue);
}

/// The key of the session that the worker is to be asked for.
fn session_asked(state: &AppState) -> Option<String> {
    match &state.open_session {
        OpenSession::Asked { key, .. } => Some(key.clone()),
        OpenSession::None | OpenSession::Here { .. } => None,
    }
}

/// Asks the worker for `wanted` when that changes, as soon as the worker can answer in this run.
#[hook]
fn use_question<T: PartialEq + 'static>(
    worker: &Office,
    when: (bool, u32),
    wanted: Option<T>,
    request: impl Fn(&T) -> Request + 'static,
) {
    let worker = worker.clone();
    use_effect_with((when, wanted), move |((can_answer, _), wanted)| {
        if let Some(wanted) = wanted.as_ref().filter(|_| *can_answer) {
            worker.ask(&request(wanted));
        }
    });
}
