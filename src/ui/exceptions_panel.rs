//! The view of accepted exceptions.

use yew::prelude::*;

use super::exception_form::ExceptionForm;
use super::exceptions_state::{Draft, ExceptionsState};
use super::file_picker::FilePicker;
use super::format;
use crate::report::{Exception, ExceptionFile, Side, ToldException, words};
use crate::web::folders::OpenedFile;

/// What an [`ExceptionsPanel`] shows.
#[derive(Clone, Debug, PartialEq, Properties)]
pub struct ExceptionsPanelProps {
    /// The exceptions.
    pub state: ExceptionsState,
    /// The day of the user, as YYYY-MM-DD.
    pub today: AttrValue,
    /// The user opened files.
    pub on_files: Callback<Vec<OpenedFile>>,
    /// The user changed the exceptions to these.
    pub on_change: Callback<ExceptionFile>,
    /// The user writes an exception, or gives that up.
    pub on_draft: Callback<Option<Draft>>,
    /// The user wants them kept in the browser, or no longer.
    pub on_keep: Callback<bool>,
    /// The user wants them as a file.
    pub on_save: Callback<()>,
}

/// The id of the view's heading.
pub(super) const HEADING: &str = "exceptions";

/// What somebody accepted, by whom and until when, and what became of each in what was read.
#[component]
pub fn ExceptionsPanel(props: &ExceptionsPanelProps) -> Html {
    let state = &props.state;
    let exceptions = &state.file.exceptions;
    let on_add = {
        let today = props.today.to_string();
        props
            .on_draft
            .reform(move |_: MouseEvent| Some(Draft::of(None, Side::Server, today.clone())))
    };
    let on_written = {
        let (state, place) = (state.clone(), state.draft.as_ref().and_then(|draft| draft.place));
        props.on_change.reform(move |exception: Exception| state.with(place, exception))
    };
    html! {
        <div class="exceptions-view">
            <header class="view-head">
                <h1 id={HEADING} tabindex="-1">{ headline(exceptions.len()) }</h1>
                <p class="muted">
                    { "Weaknesses that somebody accepted, for a time and for a reason. An exception marks what it is about in findings, hosts, sessions and reports, and hides nothing." }
                </p>
            </header>
            <div class="button-row">
                <button type="button" class="button button--primary" onclick={on_add}>{ "Add an exception" }</button>
                <FilePicker label="Open a file of exceptions" is_lesser=true on_files={props.on_files.clone()} />
                <button type="button" class="button" disabled={exceptions.is_empty()}
                    onclick={props.on_save.reform(|_| ())}>
                    { "Save as a file" }
                </button>
            </div>
            if let Some(refusal) = &state.refusal {
                <p class="notice notice--warning" role="alert">{ refusal }</p>
            }
            if let Some(draft) = &state.draft {
                <ExceptionForm draft={draft.clone()} {on_written}
                    on_close={props.on_draft.reform(|()| None)} />
            }
            if exceptions.is_empty() {
                <p>
                    { "None are accepted. Add one here or from a host, or open a file, such as the one that the command line takes with " }
                    <code>{ "--exceptions" }</code>{ "." }
                </p>
            } else {
                { table(props) }
            }
            { keeping(props) }
        </div>
    }
}

fn headline(count: usize) -> String {
    match count {
        0 => "No accepted exceptions".to_owned(),
        _ => format::counted(count as u64, "accepted exception", "accepted exceptions"),
    }
}

fn table(props: &ExceptionsPanelProps) -> Html {
    let told = props.state.told.as_ref();
    let rows = props.state.file.exceptions.iter().enumerate();
    html! {
        <div class="scroll-x" tabindex="0" role="group" aria-label="Exceptions">
            <table class="data-table data-table--sentences">
                <thead>
                    <tr>
                        <th scope="col">{ "For" }</th>
                        <th scope="col">{ "Why, and who answers for it" }</th>
                        <th scope="col">{ "From, to" }</th>
                        <th scope="col">{ "In what was read" }</th>
                        <th scope="col"><span class="visually-hidden">{ "Change" }</span></th>
                    </tr>
                </thead>
                <tbody>
                    { for rows.map(|(place, exception)| {
                        let became = told.and_then(|told| told.list.get(place));
                        row(props, place, exception, became.filter(|it| it.exception == *exception))
                    }) }
                </tbody>
            </table>
        </div>
    }
}

fn row(
    props: &ExceptionsPanelProps,
    place: usize,
    exception: &Exception,
    became: Option<&ToldException>,
) -> Html {
    let which = words::exception_for(exception);
    let on_edit = {
        let exception = exception.clone();
        props.on_draft.reform(move |_: MouseEvent| {
            Some(Draft { place: Some(place), exception: exception.clone() })
        })
    };
    let on_remove = {
        let state = props.state.clone();
        props.on_change.reform(move |_: MouseEvent| state.without(place))
    };
    html! {
        <tr>
            <th scope="row">
                { words::printable(&which) }
                <span class="data-table__aside">
                    { if exception.rules.is_empty() {
                        "that it does not require signing".to_owned()
                    } else {
                        exception.rules.join(", ")
                    } }
                </span>
            </th>
            <td class="data-table__value">
                { words::printable(&exception.reason) }
                <span class="data-table__aside">{ words::printable(&exception.owner) }</span>
                { for exception.compensating_controls.iter().map(|it| html! {
                    <span class="data-table__aside">{ format!("instead: {}", words::printable(it)) }</span>
                }) }
            </td>
            <td>
                { &exception.accepted_on }
                <span class="data-table__aside">
                    { exception.expires_on.clone().unwrap_or_else(|| "no end".to_owned()) }
                </span>
            </td>
            <td>{ became.map(state_of) }</td>
            <td>
                <button type="button" class="link-button" onclick={on_edit}>
                    { "Edit" }<span class="visually-hidden">{ format!(" the exception for {which}") }</span>
                </button>
                <button type="button" class="link-button" onclick={on_remove}>
                    { "Remove" }<span class="visually-hidden">{ format!(" the exception for {which}") }</span>
                </button>
            </td>
        </tr>
    }
}

/// Whether an exception holds, and what it accepts.
fn state_of(told: &ToldException) -> Html {
    let counts = [
        (told.accepted_hosts, "host", "hosts"),
        (told.accepted_sessions, "session", "sessions"),
        (told.accepted_findings, "finding", "findings"),
    ];
    let accepts: Vec<String> = counts
        .into_iter()
        .filter(|(count, _, _)| *count > 0)
        .map(|(count, one, many)| format::counted(count, one, many))
        .collect();
    html! {
        <>
            { words::exception_state(told.state) }
            if !accepts.is_empty() {
                <span class="data-table__aside">{ format!("accepts {}", accepts.join(", ")) }</span>
            }
        </>
    }
}

fn keeping(props: &ExceptionsPanelProps) -> Html {
    let is_kept = props.state.is_kept;
    html! {
        <div class="choice">
            <input type="checkbox" id="exceptions-kept" checked={is_kept}
                onchange={props.on_keep.reform(move |_: Event| !is_kept)} aria-describedby="exceptions-kept-what" />
            <label for="exceptions-kept">{ "Keep the exceptions in this browser" }</label>
            <p id="exceptions-kept-what" class="choice__what">
                { "Otherwise they are gone when the page is closed. They are kept unencrypted in this browser's storage for this site, where whoever uses the browser can read them; nothing else is kept." }
            </p>
        </div>
    }
}
