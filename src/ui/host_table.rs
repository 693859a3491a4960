//! Hosts as a table, the most exposed server first.

use yew::prelude::*;

use super::format;
use super::place::{Place, View};
use super::shared::Shared;
use crate::report::{HostLine, HostPage, RequiresSigning, words};

/// What a [`HostTable`] shows.
#[derive(Clone, Debug, PartialEq, Properties)]
pub struct HostTableProps {
    /// The hosts that are here.
    pub page: Shared<HostPage>,
    /// Where the user is.
    pub place: Place,
}

/// A row for each host, whose name is a link that opens it.
#[component]
pub fn HostTable(props: &HostTableProps) -> Html {
    html! {
        <div class="scroll-x" tabindex="0" role="group" aria-label="Hosts">
            <table class="data-table host-table" aria-rowcount={(props.page.total + 1).to_string()}>
                <caption class="visually-hidden">{ "Hosts, the most exposed server first" }</caption>
                <thead>
                    <tr>
                        <th scope="col" class="data-table__number">{ "Exposure" }</th>
                        <th scope="col">{ "Host" }</th>
                        <th scope="col">{ "Role" }</th>
                        <th scope="col">{ "As a server" }</th>
                        <th scope="col" class="data-table__number">{ "Sessions" }</th>
                        <th scope="col">{ "As a client" }</th>
                        <th scope="col" class="data-table__number">{ "Sessions" }</th>
                    </tr>
                </thead>
                <tbody>{ for props.page.lines.iter().map(|line| row(line, &props.place)) }</tbody>
            </table>
        </div>
    }
}

fn row(line: &HostLine, place: &Place) -> Html {
    let href = Place { view: View::Hosts, host: Some(line.place), ..place.clone() }.href();
    let is_open = place.host == Some(line.place);
    let roles: Vec<&str> = line.roles.iter().map(|role| words::role(*role)).collect();
    let dialect = line.lowest_dialect.map(|it| format!("from SMB {} on", words::dialect(it)));
    html! {
        <tr class={classes!(is_open.then_some("host-table__open"))}>
            <td class="data-table__number">
                { line.rank.map_or_else(|| "–".to_owned(), format::count) }
            </td>
            <th scope="row">
                <a {href} aria-current={is_open.then_some("true")}>{ &line.address }</a>
                if let Some(name) = &line.name {
                    <span class="data-table__aside">{ words::printable(name) }</span>
                }
            </th>
            <td>{ if roles.is_empty() { "not seen".to_owned() } else { roles.join(", ") } }</td>
            <td>
                <span class={lax(line.server_requires)}>{ words::requires_signing(line.server_requires) }</span>
                <span class="data-table__aside">
                    { [dialect, unsigned(line), accepted(line), odd(line)].into_iter().flatten().collect::<Vec<_>>().join(", ") }
                </span>
            </td>
            <td class="data-table__number">{ format::count(line.server_sessions) }</td>
            <td>{ words::requires_signing(line.client_requires) }</td>
            <td class="data-table__number">{ format::count(line.client_sessions) }</td>
        </tr>
    }
}

/// The class of what a server says that does not require signing of everybody.
pub(super) fn lax(requires: Option<RequiresSigning>) -> Option<&'static str> {
    requires.filter(|requires| *requires != RequiresSigning::Yes).map(|_| "estate-table__lax")
}

fn unsigned(line: &HostLine) -> Option<String> {
    let clients = format::counted(line.unsigned_clients, "client", "clients");
    (line.unsigned_clients > 0).then(|| format!("unsigned with {clients}"))
}

fn accepted(line: &HostLine) -> Option<String> {
    line.is_accepted.then(|| "accepted".to_owned())
}

fn odd(line: &HostLine) -> Option<String> {
    line.is_odd.then(|| "signs unevenly".to_owned())
}
