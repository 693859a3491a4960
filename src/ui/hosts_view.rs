//! The view of hosts.

use web_sys::HtmlInputElement;
use yew::prelude::*;

use super::estate_table::EstateTable;
use super::exceptions_state::Draft;
use super::findings_view::VIEW;
use super::format;
use super::host_detail::HostDetail;
use super::host_table::HostTable;
use super::office::Office;
use super::state::{Action, AppState, dispatch};
use super::workbench::capture_names;
use crate::report::{HostKind, HostPage, HostQuery, Overview, Side, words};
use crate::web::page::today;
use crate::web::protocol::Request;

/// The id of the text field, which the key `/` goes to.
pub(super) const HOST_FILTER: &str = "host-filter";

/// The estate, the hosts, and beside them the one that is looked at.
pub(super) fn hosts(
    state: &UseReducerHandle<AppState>,
    overview: &Overview,
    worker: &Office,
) -> Html {
    let page = state.hosts.page.as_ref();
    let shown = state.hosts.open.shown();
    html! {
        <div class={classes!("workbench", "workbench--bare", shown.is_some().then_some("workbench--split"))}>
            <div class="workbench__list workbench__list--scrolls">
                <header class="view-head">
                    <h1 id={VIEW} tabindex="-1">{ headline(page.map(|page| &**page)) }</h1>
                    <p class="muted">
                        { "A server that does not require signing can be the target of a relay, whether or not a session to it was unsigned." }
                    </p>
                </header>
                if let Some(page) = page {
                    if page.hosts == 0 {
                        <p>{ "Nothing that was read took part in SMB." }</p>
                    } else {
                        <EstateTable estate={page.estate.clone()} chosen={state.hosts.query.kind}
                            on_kind={on_kind(state)} />
                        { filter(state, page) }
                        if page.total == 0 {
                            <p class="workbench__none">{ "No host matches the filter." }</p>
                        } else {
                            <HostTable page={page.clone()} place={state.place()} />
                            { more(state, page, worker) }
                        }
                    }
                } else {
                    <p role="status">{ "Hosts are being compared …" }</p>
                }
            </div>
            if let Some(view) = shown {
                <div class="workbench__detail">
                    <HostDetail view={view.clone()} captures={capture_names(overview)}
                        place={state.place()} takes_focus={state.takes_focus}
                        on_close={dispatch(state, |()| Action::HostClosed)}
                        on_accept={on_accept(state, &view.host.address)} />
                </div>
            }
        </div>
    }
}

/// Begins an exception for a side of the host with an address.
fn on_accept(state: &UseReducerHandle<AppState>, address: &str) -> Callback<Side> {
    let address = address.to_owned();
    dispatch(state, move |side| {
        let draft = Draft::of(Some(address.clone()), side, today());
        Action::ExceptionDrafted(Some(draft))
    })
}

fn headline(page: Option<&HostPage>) -> String {
    let Some(page) = page else { return "Hosts".to_owned() };
    let (mut servers, mut lax) = (0, 0);
    for row in &page.estate.rows {
        servers += row.as_server.hosts();
        lax += row.as_server.not_required + row.as_server.contradictory;
    }
    let hosts = format::counted(page.hosts as u64, "host", "hosts");
    match (servers, lax) {
        (0, _) => format!("{hosts}, none of them a server"),
        (servers, 0) => {
            format!(
                "{hosts}; no server of {} is seen not to require signing",
                format::count(servers)
            )
        }
        (servers, lax) => format!(
            "{hosts}; {} of {} not require signing",
            format::count(lax),
            match (servers, lax) {
                (1, _) => "1 server does".to_owned(),
                (_, 1) => format!("{} servers does", format::count(servers)),
                _ => format!("{} servers do", format::count(servers)),
            }
        ),
    }
}

/// Switches a kind of hosts on or off.
fn on_kind(state: &UseReducerHandle<AppState>) -> Callback<HostKind> {
    let query = state.hosts.query.clone();
    dispatch(state, move |kind| {
        let kind = Some(kind).filter(|kind| query.kind != Some(*kind));
        Action::HostsFiltered(HostQuery { kind, ..query.clone() })
    })
}

fn filter(state: &UseReducerHandle<AppState>, page: &HostPage) -> Html {
    let query = state.hosts.query.clone();
    let is_filtered = query != HostQuery::default();
    let oninput = {
        let query = query.clone();
        dispatch(state, move |event: InputEvent| {
            let input = event.target_dyn_into::<HtmlInputElement>();
            let text = input.map(|input| input.value()).unwrap_or_default();
            Action::HostsFiltered(HostQuery { text, ..query.clone() })
        })
    };
    html! {
        <form class="session-filters" role="search" aria-label="Filter hosts"
            onsubmit={|event: SubmitEvent| event.prevent_default()}>
            <div class="session-filters__text">
                <label class="visually-hidden" for={HOST_FILTER}>{ "Filter hosts by text" }</label>
                <input id={HOST_FILTER} type="search" autocomplete="off" spellcheck="false"
                    placeholder="Filter by address or name …" value={query.text} {oninput} />
                <kbd class="session-filters__key" aria-hidden="true">{ "/" }</kbd>
            </div>
            <p class="session-filters__outcome" role="status">
                if is_filtered {
                    { format!("{} of {}", format::count(page.total as u64), format::counted(page.hosts as u64, "host", "hosts")) }
                    if let Some(kind) = query.kind {
                        { format!(", {}", words::host_kind(kind)) }
                    }
                    { " " }
                    <button type="button" class="link-button"
                        onclick={dispatch(state, |_: MouseEvent| Action::HostsFiltered(HostQuery::default()))}>
                        { "Show all" }
                    </button>
                }
            </p>
        </form>
    }
}

fn more(state: &AppState, page: &HostPage, worker: &Office) -> Html {
    let first = page.lines.len();
    if first >= page.total {
        return html! {};
    }
    let (worker, id, query) = (worker.clone(), state.hosts.query_id, state.hosts.query.clone());
    let onclick = Callback::from(move |_: MouseEvent| {
        worker.ask(&Request::Hosts { id, query: query.clone(), first });
    });
    html! {
        <p>
            <button type="button" class="button" {onclick}>
                { "More" }<span class="visually-hidden">{ " hosts" }</span>
            </button>
            { format!(" {} of {}", format::count(first as u64), format::counted(page.total as u64, "host", "hosts")) }
        </p>
    }
}
