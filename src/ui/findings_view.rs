//! The view of findings.

use yew::prelude::*;

use super::finding_detail::FindingDetail;
use super::finding_list::FindingGroups;
use super::format;
use super::office::Office;
use super::state::{Action, AppState, dispatch};
use super::workbench::capture_names;
use crate::report::{FindingList, Overview, words};
use crate::web::protocol::Request;

/// The id of the view's heading.
pub(super) const VIEW: &str = "view";

/// The findings, and beside them the one that is looked at.
pub(super) fn findings(
    state: &UseReducerHandle<AppState>,
    overview: &Overview,
    worker: &Office,
) -> Html {
    let list = state.findings.list.as_ref();
    let shown = state.findings.open.shown();
    let on_more = {
        let worker = worker.clone();
        Callback::from(move |(group, first)| worker.ask(&Request::FindingLines { group, first }))
    };
    html! {
        <div class={classes!("workbench", "workbench--bare", shown.is_some().then_some("workbench--split"))}>
            <div class="workbench__list workbench__list--scrolls">
                <header class="view-head">
                    <h1 id={VIEW} tabindex="-1">{ headline(list.map(|list| &**list)) }</h1>
                    <p class="muted">
                        { "Each says what the packets show and what else would look the same. " }
                        <button type="button" class="link-button"
                            onclick={dispatch(state, |_: MouseEvent| Action::RulesToggled)}>
                            { "What is looked for" }
                        </button>
                    </p>
                </header>
                if let Some(list) = list {
                    if list.groups.is_empty() {
                        { nothing(list, overview) }
                    } else {
                        <FindingGroups list={list.clone()} place={state.place()} {on_more} />
                    }
                } else {
                    <p role="status">{ "The rules are at work …" }</p>
                }
            </div>
            if let Some(view) = shown {
                <div class="workbench__detail">
                    <FindingDetail view={view.clone()} captures={capture_names(overview)}
                        place={state.place()} takes_focus={state.takes_focus}
                        on_close={dispatch(state, |()| Action::FindingClosed)} />
                </div>
            }
        </div>
    }
}

/// How many findings there are of each severity, in a sentence.
fn headline(list: Option<&FindingList>) -> String {
    let Some(list) = list else { return "Findings".to_owned() };
    let total = list.total();
    if total == 0 {
        return "No findings".to_owned();
    }
    let counts: Vec<String> = list
        .by_severity()
        .into_iter()
        .map(|(severity, count)| {
            format!("{} {}", format::count(count), words::severity_label(severity).to_lowercase())
        })
        .collect();
    format!("{}: {}", format::counted(total, "finding", "findings"), counts.join(", "))
}

/// Why no finding does not mean that all is well.
fn nothing(list: &FindingList, overview: &Overview) -> Html {
    if overview.sessions == 0 {
        return html! {
            <p>{ "There is no SMB session in what was read, so the rules had little to judge." }</p>
        };
    }
    html! {
        <div class="notice notice--info">
            <p>
                { format!("None of the {} rules found anything in {}. ", list.rules, format::counted(overview.sessions, "session", "sessions")) }
                { "That is no proof that nothing happened: a capture shows only what passed where and when it was taken, and what is encrypted cannot be judged without its keys." }
            </p>
            if !words_of_coverage(overview).is_empty() {
                <p>{ "Of these captures: " }{ words_of_coverage(overview).join("; ") }{ "." }</p>
            }
        </div>
    }
}

/// What sessions lack, for that limits what rules can find.
fn words_of_coverage(overview: &Overview) -> Vec<String> {
    overview
        .by_coverage
        .iter()
        .filter(|it| it.coverage != crate::report::Coverage::Complete)
        .map(|it| {
            let sessions = format::counted(it.sessions, "session", "sessions");
            format!("of {sessions} {}", words::coverage(it.coverage))
        })
        .collect()
}
