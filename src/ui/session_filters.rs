//! Which sessions are shown.

use web_sys::HtmlInputElement;
use yew::prelude::*;

use super::format;
use super::signing_badge::{class, shape};
use crate::report::{RowQuery, SigningStatus, StatusCount, Tone, words};

/// What [`SessionFilters`] show.
#[derive(Clone, Debug, PartialEq, Properties)]
pub struct SessionFiltersProps {
    /// The filter.
    pub query: RowQuery,
    /// Whose sessions are shown, where not everybody's.
    #[prop_or_default]
    pub only: Option<String>,
    /// The statuses that occur, and how often.
    pub by_status: Vec<StatusCount>,
    /// Sessions in all.
    pub sessions: u64,
    /// Sessions that the filter selects; `None` while that is not known.
    pub selected: Option<u64>,
    /// The user typed.
    pub on_text: Callback<String>,
    /// The user switched a status on or off.
    pub on_status: Callback<SigningStatus>,
    /// The user wants all sessions again.
    pub on_clear: Callback<()>,
}

/// The id of the text field, which the key `/` goes to.
pub(super) const FILTER: &str = "session-filter";

/// A text field, a switch for each status that occurs, and how many sessions are left.
#[component]
pub fn SessionFilters(props: &SessionFiltersProps) -> Html {
    let oninput = props.on_text.reform(|event: InputEvent| {
        event.target_dyn_into::<HtmlInputElement>().map(|input| input.value()).unwrap_or_default()
    });
    let query = &props.query;
    let is_filtered = !query.text.is_empty() || !query.statuses.is_empty() || query.only.is_some();
    html! {
        <form class="session-filters" role="search" aria-label="Filter sessions"
            onsubmit={|event: SubmitEvent| event.prevent_default()}>
            <div class="session-filters__text">
                <label class="visually-hidden" for={FILTER}>{ "Filter sessions by text" }</label>
                <input id={FILTER} type="search" autocomplete="off" spellcheck="false"
                    placeholder="Filter by address, name, account, dialect …"
                    value={props.query.text.clone()} {oninput} />
                <kbd class="session-filters__key" aria-hidden="true">{ "/" }</kbd>
            </div>
            <div class="session-filters__statuses" role="group" aria-label="Show only">
                { for props.by_status.iter().map(|count| chip(count, props)) }
            </div>
            <p class="session-filters__outcome" role="status">
                if let Some(whose) = props.query.only.and(props.only.as_ref()) {
                    <span class="session-filters__only">{ format!("Of “{}”: ", words::printable(whose)) }</span>
                }
                if is_filtered {
                    { props.selected.map(|selected| format!(
                        "{} of {}",
                        format::count(selected),
                        format::counted(props.sessions, "session", "sessions"),
                    )).unwrap_or_default() }
                    { " " }
                    <button type="button" class="link-button" onclick={props.on_clear.reform(|_| ())}>
                        { "Show all" }
                    </button>
                }
            </p>
        </form>
    }
}

fn chip(count: &StatusCount, props: &SessionFiltersProps) -> Html {
    let status = count.status;
    let tone = Tone::of(status);
    let is_on = props.query.statuses.contains(&status);
    html! {
        <button type="button" class={classes!("status-chip", class(tone))}
            aria-pressed={is_on.to_string()} title={words::status_help(status)}
            onclick={props.on_status.reform(move |_| status)}>
            { shape(tone) }
            <span>{ words::status_label(status) }</span>
            { " " }
            <span class="status-chip__count">{ format::count(count.sessions) }</span>
        </button>
    }
}
