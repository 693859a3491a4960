//! Accepted exceptions between the page, its worker, files and the browser's storage.

use wasm_bindgen_futures::spawn_local;
use yew::prelude::*;

use super::exceptions_panel::ExceptionsPanel;
use super::exceptions_state::Draft;
use super::office::Office;
use super::state::{Action, AppState, Phase, dispatch};
use crate::report::ExceptionFile;
use crate::web::folders::OpenedFile;
use crate::web::protocol::{GivenExceptions, Request};
use crate::web::{download, page};

/// The name under which exceptions are kept in the browser.
const KEPT: &str = "countersign-exceptions";

/// The exceptions that are kept in the browser.
pub(super) fn kept() -> Option<String> {
    page::kept(KEPT)
}

/// The view of accepted exceptions.
pub(super) fn exceptions(state: &UseReducerHandle<AppState>, worker: &Office) -> Html {
    let on_change = {
        let worker = worker.clone();
        Callback::from(move |file: ExceptionFile| give(&worker, GivenExceptions::File(file)))
    };
    let on_save = {
        let text = state.exceptions.text.clone().unwrap_or_default();
        Callback::from(move |()| {
            let _unsaved = download::save_text(&text, "exceptions.json", "application/json");
        })
    };
    html! {
        <ExceptionsPanel state={state.exceptions.clone()} today={page::today()}
            on_files={on_files(state, worker)} {on_change} {on_save}
            on_draft={dispatch(state, |draft: Option<Draft>| Action::ExceptionDrafted(draft))}
            on_keep={dispatch(state, Action::ExceptionsKept)} />
    }
}

/// What to call with files of exceptions that were opened; the last of several is taken.
pub(super) fn on_files(
    state: &UseReducerHandle<AppState>,
    worker: &Office,
) -> Callback<Vec<OpenedFile>> {
    let (worker, dispatcher) = (worker.clone(), state.dispatcher());
    Callback::from(move |files: Vec<OpenedFile>| {
        let (worker, dispatcher) = (worker.clone(), dispatcher.clone());
        let Some(opened) = files.into_iter().next_back() else { return };
        spawn_local(async move {
            match page::text_of(&opened.file).await {
                Ok(text) => give(&worker, GivenExceptions::Text(text)),
                Err(reason) => {
                    dispatcher.dispatch(Action::ExceptionsUnreadable(format!(
                        "{}: {reason}",
                        opened.name
                    )));
                }
            }
        });
    })
}

fn give(worker: &Office, given: GivenExceptions) {
    worker.ask(&Request::Exceptions { given, today: page::today() });
}

/// Tells the worker of every capture the exceptions that there are, and keeps them in the browser
/// where the user wants that.
#[hook]
pub(super) fn use_exceptions(state: &UseReducerHandle<AppState>, worker: &Office) {
    let is_ready = matches!(state.phase, Phase::Ready { .. });
    {
        let (worker, text) = (worker.clone(), state.exceptions.text.clone());
        use_effect_with((is_ready, state.run), move |(is_ready, _)| {
            if let Some(text) = text.filter(|_| *is_ready) {
                give(&worker, GivenExceptions::Text(text));
            }
        });
    }
    let was_kept = use_mut_ref(|| false);
    let kept = state.exceptions.text.clone().filter(|_| state.exceptions.is_kept);
    use_effect_with((state.exceptions.is_kept, kept), move |(is_kept, kept)| {
        // What another tab of this page keeps is left alone unless the user says so here.
        if was_kept.replace(*is_kept) || *is_kept {
            page::keep(KEPT, kept.as_deref());
        }
    });
}
