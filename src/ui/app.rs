//! The page as a whole.

use wasm_bindgen_futures::spawn_local;
use yew::prelude::*;

use super::address::{self, use_address};
use super::app_bar::AppBar;
use super::drop_target::use_drop_target;
use super::exceptions_state::ExceptionsState;
use super::exceptions_view::{self, exceptions, kept, use_exceptions};
use super::failed_notice::FailedNotice;
use super::findings_view::findings;
use super::hosts_view::hosts;
use super::keys::{use_keys, use_return_of_focus};
use super::keys_help::KeysHelp;
use super::landing::Landing;
use super::message_list::MessageTable;
use super::office::{Office, use_office, use_questions};
use super::place::View;
use super::reading_progress::ReadingProgress;
use super::report_panel::ReportPanel;
use super::requests::use_requests;
use super::rules_help::RulesHelp;
use super::secrets_bar::SecretsBar;
use super::secrets_dialog::{SecretsDialog, Subject};
use super::state::{Action, AppState, FileFacts, MOST_MESSAGES, Phase, SecretFor, dispatch};
use super::view_nav::ViewNav;
use super::workbench::{capture_names, ready, rows_so_far};
use crate::report::Overview;
use crate::web::folders::OpenedFile;
use crate::web::page::{self, Sample};
use crate::web::protocol::{GivenSecret, ReportWish, Request};

/// The page: its state, its worker, and the view that the state calls for.
#[component]
pub fn App() -> Html {
    let state = use_reducer(|| AppState {
        exceptions: ExceptionsState::kept(kept()),
        ..AppState::at(address::place())
    });
    let worker = use_office(state.dispatcher());
    let (requests, samples_opened, on_sample_opened) = use_requests();
    let samples = use_memo((), |()| page::samples());
    let openers = use_openers(&state, &worker, on_sample_opened);
    let Openers { on_files, on_sample, on_close } = openers;
    let on_dropped = use_dropped(&state, &worker, on_files.clone());
    let is_over = use_drop_target(on_dropped);
    use_keys(&state);
    use_address(&state);
    use_exceptions(&state, &worker);
    use_return_of_focus(&state);
    use_questions(&state, &worker);
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
        Phase::Ready { files, duration, overview, skipped, again } => {
            let on_stop = asking(&worker, |()| Request::StopReading);
            let bar = html! {
                <SecretsBar secrets={state.secrets.clone()} again={again.clone()}
                    size_bytes={files.size_bytes} {on_stop}
                    on_open={dispatch(&state, |()| Action::SecretsOpened(SecretFor::Capture))} />
            };
            let view = match state.view {
                View::Sessions => {
                    let messages = message_list(&state, &worker);
                    ready(&state, files, (*duration, *skipped), overview, (bar, messages))
                }
                View::Findings => findings(&state, overview, &worker),
                View::Hosts => hosts(&state, overview, &worker),
                View::Exceptions => exceptions(&state, &worker),
                View::Report => report(&state, &worker, files.size_bytes),
            };
            html! { <>{ navigation(&state, overview) }{ view }</> }
        }
        Phase::Failed { files, problem } => html! {
            <FailedNotice key={state.run} title={files.title()} problem={problem.clone()}
                on_files={on_files.clone()} on_close={on_close.clone()} />
        },
    };
    html! {
        <>
            <AppBar is_ready={matches!(state.phase, Phase::Ready { .. })}
                {on_files} {on_close}
                on_keys={dispatch(&state, |()| Action::KeysToggled)} />
            <main class="view">{ view }</main>
            if is_over {
                <div class="drop-overlay"><p>{ "Drop to read" }</p></div>
            }
            { secrets_dialog(&state, &worker) }
            if state.shows_keys {
                <KeysHelp on_close={dispatch(&state, |()| Action::KeysToggled)} />
            }
            if state.findings.shows_rules {
                <RulesHelp catalogue={state.findings.catalogue.clone()}
                    on_close={dispatch(&state, |()| Action::RulesToggled)} />
            }
        </>
    }
}

/// The way from view to view.
fn navigation(state: &AppState, overview: &Overview) -> Html {
    let mut counts = vec![(View::Sessions, overview.sessions)];
    counts.extend(state.findings.list.as_ref().map(|list| (View::Findings, list.total())));
    let accepted = state.exceptions.file.exceptions.len() as u64;
    counts.extend((accepted > 0).then_some((View::Exceptions, accepted)));
    html! { <ViewNav place={state.place()} {counts} /> }
}

/// The view in which a report is made.
fn report(state: &UseReducerHandle<AppState>, worker: &Office, size_bytes: f64) -> Html {
    let on_write = {
        let (worker, dispatcher) = (worker.clone(), state.dispatcher());
        Callback::from(move |(wish, key): (ReportWish, String)| {
            dispatcher.dispatch(Action::ReportAsked);
            worker.write_report(wish, &key);
        })
    };
    let on_stop = {
        let (worker, dispatcher) = (worker.clone(), state.dispatcher());
        Callback::from(move |()| {
            worker.ask(&Request::StopReport);
            dispatcher.dispatch(Action::ReportStopped);
        })
    };
    let on_key = {
        let worker = worker.clone();
        Callback::from(move |()| worker.key())
    };
    html! {
        <ReportPanel state={state.report.clone()} is_judged={state.findings.list.is_some()}
            {size_bytes} {on_write} {on_stop} {on_key} />
    }
}

/// The dialog in which secrets are given, if it is open.
fn secrets_dialog(state: &UseReducerHandle<AppState>, worker: &Office) -> Html {
    let (Some(what), Phase::Ready { files, again, .. }) = (state.secrets.dialog, &state.phase)
    else {
        return html! {};
    };
    let session = state.open_session.shown().filter(|_| what == SecretFor::Session);
    let on_secret = {
        let worker = worker.clone();
        Callback::from(move |secret: GivenSecret| worker.give(&secret))
    };
    html! {
        <SecretsDialog secrets={state.secrets.clone()} again={again.clone()} {on_secret}
            subject={session.map(|session| Subject::of(session))} size_bytes={files.size_bytes}
            on_forget={asking(worker, |id| Request::ForgetSecret { id })}
            on_forget_all={asking(worker, |()| Request::ForgetSecrets)}
            on_stop={asking(worker, |()| Request::StopReading)}
            on_close={dispatch(state, |()| Action::SecretsClosed)} />
    }
}

/// The messages of the session that is looked at, or a way to have them listed.
fn message_list(state: &UseReducerHandle<AppState>, worker: &Office) -> Html {
    let (Phase::Ready { files, overview, again, .. }, Some(session)) =
        (&state.phase, state.open_session.shown())
    else {
        return html! {};
    };
    let key = session.key.clone();
    let on_list = {
        let (worker, dispatcher, key) = (worker.clone(), state.dispatcher(), key.clone());
        Callback::from(move |()| {
            dispatcher.dispatch(Action::MessagesAsked(key.clone()));
            worker.ask(&Request::ListMessages { key: key.clone() });
        })
    };
    let on_stop = {
        let (worker, dispatcher) = (worker.clone(), state.dispatcher());
        Callback::from(move |()| {
            worker.ask(&Request::StopListing);
            dispatcher.dispatch(Action::MessagesStopped);
        })
    };
    let on_page = asking(worker, {
        let key = key.clone();
        move |(is_open_only, first)| {
            let key = key.clone();
            Request::Messages { key, is_open_only, first, count: MOST_MESSAGES }
        }
    });
    html! {
        <MessageTable view={state.messages.of(&key)} session={session.clone()}
            captures={capture_names(overview)} size_bytes={files.size_bytes}
            is_busy={again.is_some()} {on_list} {on_stop} {on_page} />
    }
}

/// A callback that asks the worker.
fn asking<T: 'static>(worker: &Office, request: impl Fn(T) -> Request + 'static) -> Callback<T> {
    let worker = worker.clone();
    Callback::from(move |what| worker.ask(&request(what)))
}

/// What to call with files that were dropped: those with secrets go to the worker as such, for they
/// are no captures; while secrets are asked for every file is one.
#[hook]
fn use_dropped(
    state: &UseReducerHandle<AppState>,
    worker: &Office,
    on_files: Callback<Vec<OpenedFile>>,
) -> Callback<Vec<OpenedFile>> {
    let asks = state.secrets.dialog.is_some();
    let is_empty = matches!(state.phase, Phase::Empty | Phase::Failed { .. });
    let on_exceptions = exceptions_view::on_files(state, worker);
    let (worker, dispatcher) = (worker.clone(), state.dispatcher());
    use_callback(
        (on_files, asks, is_empty),
        move |files: Vec<OpenedFile>, (on_files, asks, is_empty)| {
            let (of_exceptions, files): (Vec<_>, Vec<_>) =
                files.into_iter().partition(|opened| !asks && opened.is_of_exceptions());
            if !of_exceptions.is_empty() {
                on_exceptions.emit(of_exceptions);
                if files.is_empty() {
                    return;
                }
            }
            let (secrets, captures): (Vec<_>, Vec<_>) =
                files.into_iter().partition(|opened| *asks || opened.is_secret());
            let opens = !captures.is_empty() || secrets.is_empty();
            if opens {
                on_files.emit(captures);
            } else if *is_empty {
                let notice =
                    "This is a file with secrets. Open the capture first, or drop both together.";
                return dispatcher.dispatch(Action::Noticed(notice.to_owned()));
            }
            for opened in secrets {
                worker.give(&GivenSecret::File(opened.file));
            }
        },
    )
}

/// What to call when the user opens or closes something.
struct Openers {
    on_files: Callback<Vec<OpenedFile>>,
    on_sample: Callback<Sample>,
    on_close: Callback<()>,
}

/// The ways to open captures, and to close them; `on_opened` is told of each sample.
#[hook]
fn use_openers(
    state: &UseReducerHandle<AppState>,
    worker: &Office,
    on_opened: Callback<()>,
) -> Openers {
    let on_lesson = {
        let (worker, dispatcher) = (worker.clone(), state.dispatcher());
        use_callback((), move |(files, lesson): (Vec<OpenedFile>, Option<String>), ()| {
            if files.is_empty() {
                let notice = "There is no file in the folder.".to_owned();
                return dispatcher.dispatch(Action::Noticed(notice));
            }
            let facts = FileFacts {
                names: files.iter().map(|opened| opened.name.clone()).collect(),
                size_bytes: files.iter().map(|opened| opened.file.size()).sum(),
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
        use_callback(on_opened, move |sample: Sample, on_opened| {
            let (on_lesson, dispatcher) = (on_lesson.clone(), dispatcher.clone());
            on_opened.emit(());
            spawn_local(async move {
                match page::open_sample(&sample.file).await {
                    Ok(file) => {
                        on_lesson.emit((vec![OpenedFile::named(file)], Some(sample.lesson)));
                    }
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
    Openers { on_files, on_sample, on_close }
}
