//! What was read: the summary, the filters, the table, and the session that is looked at.

use yew::prelude::*;

use super::about_files::AboutFiles;
use super::empty_reason::{EmptyReasonNotice, LittleToSee};
use super::encapsulation_line::EncapsulationLine;
use super::format;
use super::not_analysable_list::NotAnalysableList;
use super::problem_notice::ProblemNotice;
use super::report_summary::ReportSummary;
use super::session_detail::SessionDetail;
use super::session_filters::SessionFilters;
use super::session_findings::SessionFindings;
use super::sessions_table::{MOST_ROWS, SessionsTable};
use super::shared::Shared;
use super::state::{Action, AppState, FileFacts, SecretFor, dispatch};
use crate::report::{NotAnalysable, Overview, RowPage, SessionRow};

/// The first sessions found, while the rest is read.
pub(super) fn rows_so_far(rows: Vec<SessionRow>) -> Html {
    if rows.is_empty() {
        return html! {};
    }
    let page = Shared::new(RowPage { first: 0, total: rows.len(), rows, only: None });
    html! {
        <SessionsTable caption="The first sessions found" {page} overview={None::<Shared<Overview>>} query={None}
            open_key={None::<AttrValue>} on_sort={Callback::noop()} on_open={Callback::noop()}
            on_rows_needed={Callback::noop()} />
    }
}

/// Everything about captures that were read.
pub(super) fn ready(
    state: &UseReducerHandle<AppState>,
    files: &FileFacts,
    (duration, skipped): (f64, u64),
    overview: &Shared<Overview>,
    (secrets, message_list): (Html, Html),
) -> Html {
    let contents =
        overview.captures.iter().map(|capture| capture.contents.clone()).collect::<Vec<_>>();
    let title = match overview.captures.len() {
        1 => {
            overview.captures.first().map_or_else(|| files.title(), |capture| capture.name.clone())
        }
        count => format!("{} captures", format::count(count as u64)),
    };
    html! {
        <>
            <div class="overview">
                <ReportSummary key={state.run} overview={overview.clone()} title={title} {duration} {skipped} />
                if overview.sessions > 0 {
                    { secrets }
                }
                <EncapsulationLine contents={contents.clone()} />
                if let Some(lesson) = files.lesson.as_ref().filter(|lesson| !lesson.is_empty()) {
                    <p class="notice notice--lesson"><strong>{ "What to see here: " }</strong>{ lesson }</p>
                }
                <ProblemNotice captures={overview.captures.clone()} />
                <NotAnalysableList conversations={not_analysable(overview)} captures={capture_names(overview)} />
                <AboutFiles captures={overview.captures.clone()} />
                if let Some(reason) = LittleToSee::of(overview) {
                    <EmptyReasonNotice {reason} {contents} />
                }
            </div>
            if overview.sessions > 0 {
                { sessions(state, overview, message_list) }
            }
        </>
    }
}

pub(super) fn capture_names(overview: &Overview) -> Vec<String> {
    overview.captures.iter().map(|capture| capture.name.clone()).collect()
}

/// What cannot be analysed, of all captures.
fn not_analysable(overview: &Overview) -> Vec<NotAnalysable> {
    overview.captures.iter().flat_map(|it| it.contents.not_analysable.clone()).collect()
}

/// The filters, the table, and beside it the session that is looked at.
fn sessions(
    state: &UseReducerHandle<AppState>,
    overview: &Shared<Overview>,
    message_list: Html,
) -> Html {
    let captures = capture_names(overview);
    let findings = state.open_session.key().map(|key| html! {
        <SessionFindings lines={state.findings.of_session(key).cloned()} place={state.place()} />
    });
    let selected = state.rows.as_ref().map(|page| page.total as u64);
    let open_key = state.open_session.key().map(|key| AttrValue::from(key.to_owned()));
    let page = state.rows.clone();
    let shown = state.open_session.shown();
    html! {
        <div class={classes!("workbench", shown.is_some().then_some("workbench--split"))}>
            <div class="workbench__list">
                <SessionFilters query={state.query.clone()} only={state.rows.as_ref().and_then(|page| page.only.clone())}
                    by_status={overview.by_status.clone()}
                    sessions={overview.sessions} {selected}
                    on_text={dispatch(state, Action::TextFiltered)}
                    on_status={dispatch(state, Action::StatusToggled)}
                    on_clear={dispatch(state, |()| Action::FilterCleared)} />
                if let Some(page) = page {
                    if page.total == 0 {
                        <p class="workbench__none">{ "No session matches the filter." }</p>
                    } else {
                        if page.total > MOST_ROWS {
                            <p class="muted">
                                { format!("The first {} can be scrolled to; filter for others.", format::count(MOST_ROWS as u64)) }
                            </p>
                        }
                        { table(state, page, overview, open_key) }
                    }
                }
            </div>
            if let Some(session) = shown {
                <div class="workbench__detail">
                    <SessionDetail session={session.clone()} {captures} {message_list}
                        findings={findings.unwrap_or_default()}
                        takes_focus={state.takes_focus}
                        on_secret={dispatch(state, |()| Action::SecretsOpened(SecretFor::Session))}
                        on_close={dispatch(state, |()| Action::SessionClosed)} />
                </div>
            }
        </div>
    }
}

fn table(
    state: &UseReducerHandle<AppState>,
    page: Shared<RowPage>,
    overview: &Shared<Overview>,
    open_key: Option<AttrValue>,
) -> Html {
    let first_of = state.dispatcher();
    html! {
        <SessionsTable caption="SMB sessions" {page} overview={Some(overview.clone())}
            query={Some(state.query.clone())} {open_key}
            on_sort={dispatch(state, Action::Sorted)}
            on_open={dispatch(state, |key: AttrValue| Action::SessionOpened(key.to_string()))}
            on_rows_needed={Callback::from(move |(first, count)| {
                first_of.dispatch(Action::RowsNeeded { first, count });
            })} />
    }
}
