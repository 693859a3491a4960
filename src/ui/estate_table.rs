//! The hosts as one table: what they are, against what they require.

use yew::prelude::*;

use super::format;
use crate::report::{Estate, EstateCounts, EstateRow, HostKind, words};

/// What an [`EstateTable`] shows.
#[derive(Clone, Debug, PartialEq, Properties)]
pub struct EstateTableProps {
    /// The counts.
    pub estate: Estate,
    /// The kind of hosts that alone is shown below.
    pub chosen: Option<HostKind>,
    /// The user switched a kind on or off.
    pub on_kind: Callback<HostKind>,
}

/// A row for each kind of host that there is, each a switch that shows only those.
#[component]
pub fn EstateTable(props: &EstateTableProps) -> Html {
    let there = |row: &&EstateRow| row.as_server.hosts() + row.as_client.hosts() > 0;
    html! {
        <div class="scroll-x" tabindex="0" role="group" aria-label="Estate">
            <table class="data-table estate-table">
                <caption class="visually-hidden">{ "Hosts by what they are and whether they require signing" }</caption>
                <thead>
                    <tr>
                        <th rowspan="2" scope="col">{ "Hosts" }</th>
                        <th colspan="4" scope="colgroup" class="estate-table__side">{ "As servers, signing is" }</th>
                        <th colspan="4" scope="colgroup" class="estate-table__side">{ "As clients, signing is" }</th>
                    </tr>
                    <tr>
                        { for ["required", "not required", "both said", "not seen"].iter().cycle().take(8).map(|name| html! {
                            <th scope="col" class="data-table__number">{ *name }</th>
                        }) }
                    </tr>
                </thead>
                <tbody>{ for props.estate.rows.iter().filter(there).map(|it| row(it, props)) }</tbody>
            </table>
        </div>
    }
}

fn row(row: &EstateRow, props: &EstateTableProps) -> Html {
    let kind = row.kind;
    html! {
        <tr>
            <th scope="row">
                <button type="button" class="link-button" onclick={props.on_kind.reform(move |_| kind)}
                    aria-pressed={(props.chosen == Some(kind)).to_string()}>
                    { capitalized(words::host_kind(kind)) }
                </button>
            </th>
            { cells(&row.as_server) }
            { cells(&row.as_client) }
        </tr>
    }
}

/// Words as the begin of a line.
fn capitalized(words: &str) -> String {
    let mut letters = words.chars();
    let first = letters.next().map(|letter| letter.to_uppercase().to_string());
    first.unwrap_or_default() + letters.as_str()
}

fn cells(counts: &EstateCounts) -> Html {
    let EstateCounts { required, not_required, contradictory, unknown, accepted } = *counts;
    html! {
        <>
            { cell(required, false, 0) }
            { cell(not_required, true, accepted) }
            { cell(contradictory, true, 0) }
            { cell(unknown, false, 0) }
        </>
    }
}

fn cell(count: u64, is_lax: bool, accepted: u64) -> Html {
    let class = match count {
        0 => "muted",
        _ if is_lax => "estate-table__lax",
        _ => "",
    };
    html! {
        <td class={classes!("data-table__number", class)}>
            { format::count(count) }
            if accepted > 0 {
                <span class="data-table__aside">{ format!("{} accepted", format::count(accepted)) }</span>
            }
        </td>
    }
}
