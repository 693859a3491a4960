//! One session as a row of the table.

use yew::prelude::*;

use super::format;
use super::shared::Shared;
use super::signing_badge::SigningBadge;
use crate::report::{self, Endpoint, Overview, RowPage, words};

/// What a [`SessionRow`] shows.
#[derive(Clone, Debug, PartialEq, Properties)]
pub(super) struct SessionRowProps {
    /// The place of the row among all that are selected, from 0.
    pub(super) place: usize,
    /// The rows that are here; the row may not be among them yet.
    pub(super) page: Shared<RowPage>,
    /// What was read; the captures' names are told where there are several.
    pub(super) overview: Option<Shared<Overview>>,
    /// The session is looked at.
    pub(super) is_open: bool,
    /// The row is the one that the keyboard is on.
    pub(super) is_active: bool,
    /// The user opened the session of this key.
    pub(super) on_open: Callback<AttrValue>,
    /// The keyboard came to the row of this place.
    pub(super) on_focus: Callback<usize>,
}

/// The id of the button in the row that the keyboard is on.
pub(super) const ACTIVE_ROW: &str = "active-session";

/// The classes of the cells after the first.
const OTHER_COLUMNS: [&str; 11] = [
    "column--client",
    "column--server",
    "column--dialect",
    "column--account",
    "column--mechanism",
    "column--policy",
    "column--algorithm",
    "column--signed",
    "column--unsigned",
    "column--packet",
    "column--time",
];

/// One session: whether it is signed, who talks to whom, and how.
#[component]
pub(super) fn SessionRow(props: &SessionRowProps) -> Html {
    let SessionRowProps { place, page, overview, is_open, is_active, on_open, on_focus } = props;
    let row_index = (place + 2).to_string();
    let onfocus = on_focus.reform({
        let place = *place;
        move |_| place
    });
    let id = is_active.then_some(ACTIVE_ROW);
    let tabindex = if *is_active { "0" } else { "-1" };
    let row = place.checked_sub(page.first).and_then(|place| page.rows.get(place));
    let Some(row) = row else {
        return html! {
            <tr class="session-row session-row--coming" aria-rowindex={row_index}>
                <th scope="row" class="column column--status">
                    <button type="button" class="session-row__button" {id} {tabindex} {onfocus}>
                        { format!("Session {}, loading", place + 1) }
                    </button>
                </th>
                { for OTHER_COLUMNS.iter().map(|class| html! { <td class={classes!("column", *class)} /> }) }
            </tr>
        };
    };
    let onclick = on_open.reform({
        let key = AttrValue::from(row.key.clone());
        move |_| key.clone()
    });
    html! {
        <tr class={classes!("session-row", is_open.then_some("session-row--open"))}
            aria-rowindex={row_index} {onclick}>
            <th scope="row" class="column column--status">
                <button type="button" class="session-row__button" {id} {tabindex} {onfocus}
                    aria-expanded={is_open.to_string()}>
                    <span class="session-row__verdict">
                        <SigningBadge status={row.status} />
                        if let Some(name) = overview.as_ref().and_then(|it| capture_name(it, row)) {
                            <span class="visually-hidden">{ ", in " }</span>
                            <span class="session-row__capture" title={name.clone()}>{ name }</span>
                        }
                    </span>
                    <span class="visually-hidden">
                        { format!(", {} to {}, open", row.client.address, row.server.address) }
                    </span>
                </button>
            </th>
            <td class="column column--client">{ endpoint(&row.client) }</td>
            <td class="column column--server">{ endpoint(&row.server) }</td>
            { cells(row) }
        </tr>
    }
}

/// The capture that the session begins in, where there are several.
fn capture_name(overview: &Overview, row: &report::SessionRow) -> Option<String> {
    let capture = overview.captures.get(row.capture).filter(|_| overview.captures.len() > 1);
    capture.map(|capture| capture.name.clone())
}

fn cells(row: &report::SessionRow) -> Html {
    html! {
        <>
            <td class="column column--dialect">{ row.dialect.map_or("–", words::dialect) }</td>
            <td class="column column--account" title={row.account.clone()}>
                { row.account.as_deref().unwrap_or("–") }
            </td>
            <td class="column column--mechanism">{ row.mechanism.map_or("–", words::mechanism) }</td>
            <td class="column column--policy">{ words::required_by(row.policy) }</td>
            <td class="column column--algorithm">
                { row.signing_algorithm.map_or("–", words::signing_algorithm) }
            </td>
            <td class="column column--signed">{ format::count(row.messages.signed) }</td>
            <td class="column column--unsigned">{ format::count(row.messages.unsigned) }</td>
            <td class="column column--packet">{ row.first_packet }</td>
            <td class="column column--time" title={row.first_time.as_deref().map(format::moment)}>
                { row.first_time.as_deref().map_or("–", format::time_of_day) }
            </td>
        </>
    }
}

/// An address, and its name where the capture has one, else its port.
fn endpoint(endpoint: &Endpoint) -> Html {
    html! {
        <span class="endpoint" title={format::endpoint(&endpoint.address, endpoint.port)}>
            <span class="endpoint__address">{ &endpoint.address }</span>
            <span class="endpoint__name">
                { endpoint.name.clone().unwrap_or_else(|| format!(":{}", endpoint.port)) }
            </span>
        </span>
    }
}
