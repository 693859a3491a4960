//! The page as a whole.

use std::cell::RefCell;
use std::rc::Rc;

use wasm_bindgen_futures::spawn_local;
use web_sys::{Blob, File, HtmlElement, KeyboardEvent};
use yew::prelude::*;

use super::drop_target::use_drop_target;
use super::empty_reason::{EmptyReasonNotice, LittleToSee};
use super::failed_notice::FailedNotice;
use super::file_picker::FilePicker;
use super::keys_help::KeysHelp;
use super::landing::Landing;
use super::problem_notice::ProblemNotice;
use super::reading_progress::ReadingProgress;
use super::report_summary::ReportSummary;
use super::session_detail::SessionDetail;
use super::session_filters::{FILTER, SessionFilters};
use super::session_row::ACTIVE_ROW;
use super::sessions_table::SessionsTable;
use super::shared::Shared;
use super::state::{Action, AppState, FileFacts, OpenSession, Phase};
use super::window::use_window_event;
use crate::report::{Overview, RowPage};
use crate::web::client::WorkerClient;
use crate::web::download;
use crate::web::page::{self, RequestWatch, Sample};
use crate::web::protocol::{Request, Response};

/// Rows that are asked for before the table says which it needs.
const FIRST_ROWS: usize = 50;

/// The page: its state, its worker, and the view that the state calls for.
#[component]
pub fn App() -> Html {
    let state = use_reducer(AppState::default);
    let worker = use_worker(state.dispatcher());
    let (requests, samples_opened, on_sample_opened) = use_requests();
    let samples = use_memo((), |()| page::samples());
    let on_lesson = {
        let (worker, dispatcher) = (worker.clone(), state.dispatcher());
        use_callback((), move |(files, lesson): (Vec<File>, Option<String>), ()| {
            let facts = FileFacts {
                names: files.iter().map(File::name).collect(),
                size_bytes: files.iter().map(|file| file.size()).sum(),
                lesson,
            };
            dispatcher.dispatch(Action::FilesChosen { files: facts, now: page::now() });
            worker.analyze(files);
        })
    };
    let on_files = use_callback(on_lesson.clone(), |files, on_lesson| {
        on_lesson.emit((files, None));
    });
    let on_sample = {
        let dispatcher = state.dispatcher();
        use_callback(on_sample_opened, move |sample: Sample, on_sample_opened| {
            let (on_lesson, dispatcher) = (on_lesson.clone(), dispatcher.clone());
            on_sample_opened.emit(());
            spawn_local(async move {
                match page::open_sample(&sample.file).await {
                    Ok(file) => on_lesson.emit((vec![file], Some(sample.lesson))),
                    Err(_) => dispatcher.dispatch(Action::Noticed(format!(
                        "The sample {} could not be loaded from this page's server.",
                        sample.file
                    ))),
                }
            });
        })
    };
    let on_close = {
        let (worker, dispatcher) = (worker.clone(), state.dispatcher());
        use_callback((), move |(), ()| {
            worker.end();
            dispatcher.dispatch(Action::Closed);
        })
    };
    let is_over = use_drop_target(on_files.clone());
    use_keys(&state);
    use_return_of_focus(state.open_session != OpenSession::None);
    use_questions(&state, &worker);
    let on_json = {
        let (worker, dispatcher) = (worker.clone(), state.dispatcher());
        Callback::from(move |()| {
            dispatcher.dispatch(Action::ReportAsked);
            worker.ask(&Request::Json);
        })
    };
    let view = match &state.phase {
        Phase::Empty => html! {
            <Landing samples={(*samples).clone()} {requests} {samples_opened}
                notice={state.notice.clone().map(AttrValue::from)}
                on_files={on_files.clone()} {on_sample} />
        },
        Phase::Reading { files, begin, latest, progress } => html! {
            <div class="reading">
                <ReadingProgress key={state.run} title={files.title()} size_bytes={files.size_bytes}
                    progress={progress.clone()} elapsed={latest - begin}
                    on_cancel={on_close.clone()} />
                if let Some(progress) = progress {
                    { rows_so_far(progress.rows.clone()) }
                }
            </div>
        },
        Phase::Ready { files, duration, overview } => ready(&state, files, *duration, overview),
        Phase::Failed { files, problem } => html! {
            <FailedNotice key={state.run} title={files.title()} problem={problem.clone()}
                on_files={on_files.clone()} on_close={on_close.clone()} />
        },
    };
    html! {
        <>
            { bar(&state, &on_files, &on_close, &on_json) }
            <main class={classes!("view", matches!(state.phase, Phase::Ready { .. }).then_some("view--ready"))}>
                { view }
            </main>
            if is_over {
                <div class="drop-overlay"><p>{ "Drop to read" }</p></div>
            }
            if state.shows_keys {
                <KeysHelp on_close={dispatch(&state, |()| Action::KeysToggled)} />
            }
        </>
    }
}

/// A callback that turns what happened into an action.
fn dispatch<T: 'static>(
    state: &UseReducerHandle<AppState>,
    action: impl Fn(T) -> Action + 'static,
) -> Callback<T> {
    let dispatcher = state.dispatcher();
    Callback::from(move |what| dispatcher.dispatch(action(what)))
}

/// The bar above every view.
fn bar(
    state: &UseReducerHandle<AppState>,
    on_files: &Callback<Vec<File>>,
    on_close: &Callback<()>,
    on_json: &Callback<()>,
) -> Html {
    let is_ready = matches!(state.phase, Phase::Ready { .. });
    html! {
        <header class="app-bar">
            <p class="app-bar__brand">
                <svg class="app-bar__mark" viewBox="0 0 24 24" aria-hidden="true" focusable="false">
                    <path d="M3 13.5 8 18.5 15 8" /><path d="m10.5 16 2.5 2.5L21 6.5" />
                </svg>
                { "Countersign" }
            </p>
            <div class="app-bar__actions">
                if is_ready {
                    <button type="button" class="button button--quiet" onclick={on_close.reform(|_| ())}>
                        { "Close capture" }
                    </button>
                    <button type="button" class="button" disabled={state.is_saving}
                        onclick={on_json.reform(|_| ())}>
                        { if state.is_saving { "Writing JSON…" } else { "Download JSON" } }
                    </button>
                    <FilePicker label="Open capture" on_files={on_files.clone()} />
                }
                <button type="button" class="button button--quiet app-bar__keys"
                    onclick={dispatch(state, |_: MouseEvent| Action::KeysToggled)}>
                    { "Keys" }<kbd aria-hidden="true">{ "?" }</kbd>
                </button>
            </div>
        </header>
    }
}

/// The first sessions found, while the rest is read.
fn rows_so_far(rows: Vec<crate::report::SessionRow>) -> Html {
    if rows.is_empty() {
        return html! {};
    }
    let page = Shared::new(RowPage { first: 0, total: rows.len(), rows });
    html! {
        <SessionsTable caption="The first sessions found" {page} query={None}
            open_key={None::<AttrValue>} on_sort={Callback::noop()} on_open={Callback::noop()}
            on_rows_needed={Callback::noop()} />
    }
}

/// Everything about captures that were read.
fn ready(
    state: &UseReducerHandle<AppState>,
    files: &FileFacts,
    duration: f64,
    overview: &Shared<Overview>,
) -> Html {
    let contents =
        overview.captures.iter().map(|capture| capture.contents.clone()).collect::<Vec<_>>();
    html! {
        <>
            <div class="overview">
                <ReportSummary key={state.run} overview={overview.clone()} title={files.title()} {duration} />
                if let Some(lesson) = files.lesson.as_ref().filter(|lesson| !lesson.is_empty()) {
                    <p class="notice notice--lesson"><strong>{ "What to see here: " }</strong>{ lesson }</p>
                }
                <ProblemNotice captures={overview.captures.clone()} />
                if let Some(reason) = LittleToSee::of(overview) {
                    <EmptyReasonNotice {reason} {contents} />
                }
            </div>
            if overview.sessions > 0 {
                { sessions(state, overview) }
            }
        </>
    }
}

/// The filters, the table, and beside it the session that is looked at.
fn sessions(state: &UseReducerHandle<AppState>, overview: &Shared<Overview>) -> Html {
    let captures: Vec<String> =
        overview.captures.iter().map(|capture| capture.name.clone()).collect();
    let selected = state.rows.as_ref().map(|page| page.total as u64);
    let open_key = state.open_session.key().map(|key| AttrValue::from(key.to_owned()));
    let page = state.rows.clone();
    let shown = state.open_session.shown();
    html! {
        <div class={classes!("workbench", shown.is_some().then_some("workbench--split"))}>
            <div class="workbench__list">
                <SessionFilters query={state.query.clone()} by_status={overview.by_status.clone()}
                    sessions={overview.sessions} {selected}
                    on_text={dispatch(state, Action::TextFiltered)}
                    on_status={dispatch(state, Action::StatusToggled)}
                    on_clear={dispatch(state, |()| Action::FilterCleared)} />
                if let Some(page) = page {
                    if page.total == 0 {
                        <p class="workbench__none">{ "No session matches the filter." }</p>
                    } else {
                        { table(state, page, open_key) }
                    }
                }
            </div>
            if let Some(session) = shown {
                <div class="workbench__detail">
                    <SessionDetail session={session.clone()} {captures}
                        takes_focus={state.focuses_session}
                        on_close={close_session(state)} />
                </div>
            }
        </div>
    }
}

fn table(
    state: &UseReducerHandle<AppState>,
    page: Shared<RowPage>,
    open_key: Option<AttrValue>,
) -> Html {
    let first_of = state.dispatcher();
    html! {
        <SessionsTable caption="SMB sessions" {page} query={Some(state.query.clone())} {open_key}
            on_sort={dispatch(state, Action::Sorted)}
            on_open={dispatch(state, |key: AttrValue| Action::SessionOpened(key.to_string()))}
            on_rows_needed={Callback::from(move |(first, count)| {
                first_of.dispatch(Action::RowsNeeded { first, count });
            })} />
    }
}

fn close_session(state: &UseReducerHandle<AppState>) -> Callback<()> {
    dispatch(state, |()| Action::SessionClosed)
}

/// Moves the focus back to the row of the session that was closed.
#[hook]
fn use_return_of_focus(is_open: bool) {
    let was_open = use_mut_ref(|| false);
    use_effect_with(is_open, move |is_open| {
        if was_open.replace(*is_open) && !is_open {
            page::focus(ACTIVE_ROW);
        }
    });
}

/// The keys that work everywhere on the page.
#[hook]
fn use_keys(state: &UseReducerHandle<AppState>) {
    let close = close_session(state);
    let dispatcher = state.dispatcher();
    let is_open = state.open_session != OpenSession::None;
    let on_key = use_callback(
        (is_open, state.shows_keys),
        move |event: KeyboardEvent, (is_open, shows_keys)| {
            if event.ctrl_key() || event.meta_key() || event.alt_key() {
                return;
            }
            let is_typing = event.target_dyn_into::<HtmlElement>().is_some_and(|target| {
                matches!(target.tag_name().as_str(), "INPUT" | "TEXTAREA" | "SELECT")
            });
            match event.key().as_str() {
                "/" if !is_typing && !shows_keys => {
                    event.prevent_default();
                    page::focus(FILTER);
                }
                "?" if !is_typing => dispatcher.dispatch(Action::KeysToggled),
                "Escape" if *is_open && !shows_keys && !is_typing => close.emit(()),
                _ => {}
            }
        },
    );
    use_window_event("keydown", on_key);
}

/// Asks the worker for what the state calls for and does not have.
#[hook]
fn use_questions(state: &UseReducerHandle<AppState>, worker: &Office) {
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

/// The requests that the page made since it was ready, the samples that the user opened, and what
/// to call when the user opens one.
#[hook]
fn use_requests() -> (u32, u32, Callback<()>) {
    let requests = use_state_eq(|| 0u32);
    let samples = use_state_eq(|| 0u32);
    {
        let seen = use_mut_ref(|| 0u32);
        let requests = requests.setter();
        use_effect_with((), move |()| {
            let watch = RequestWatch::start(move |further| {
                *seen.borrow_mut() += further;
                requests.set(*seen.borrow());
            });
            move || drop(watch)
        });
    }
    let opened = use_mut_ref(|| 0u32);
    let on_opened = {
        let samples = samples.setter();
        use_callback((), move |(), ()| {
            *opened.borrow_mut() += 1;
            samples.set(*opened.borrow());
        })
    };
    (*requests, *samples, on_opened)
}

/// What is said where the browser refuses.
const NO_WORKER: &str =
    "the browser does not let the page start its worker, so nothing can be read";

/// The worker of the page, of which there is always one that waits or works.
#[derive(Clone)]
struct Office {
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

#[hook]
fn use_worker(dispatcher: UseReducerDispatcher<AppState>) -> Office {
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
    fn analyze(&self, files: Vec<File>) {
        let is_fresh = {
            let desk = self.desk.borrow();
            desk.worker.is_some() && !desk.is_used
        };
        if !is_fresh {
            self.renew();
        }
        let mut desk = self.desk.borrow_mut();
        desk.is_used = true;
        let name = files.first().map(File::name).unwrap_or_default();
        desk.report_name = format!("{name}.countersign.json");
        let is_sent = desk.worker.as_ref().is_some_and(|worker| worker.analyze(files).is_ok());
        if !is_sent {
            let response = Response::Stopped { message: NO_WORKER.to_owned() };
            self.dispatcher.dispatch(Action::WorkerSaid { response, now: page::now() });
        }
    }

    fn ask(&self, request: &Request) {
        if let Some(worker) = &self.desk.borrow().worker {
            let _unsent = worker.ask(request);
        }
    }

    /// Ends the worker at once, and has another one wait.
    fn end(&self) {
        self.renew();
    }
}
