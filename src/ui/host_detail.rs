//! One host in full.

use yew::prelude::*;

use super::evidence_list::EvidenceList;
use super::finding_list;
use super::format;
use super::host_table::lax;
use super::place::{Place, View};
use super::severity_badge::SeverityBadge;
use super::shared::Shared;
use crate::report::{
    Accepted, Dialect, Evidence, Host, HostView, Only, Remark, RequiresSigning, RowQuery, Side,
    StatusCount, UnsignedClient, words,
};

/// What a [`HostDetail`] shows.
#[derive(Clone, Debug, PartialEq, Properties)]
pub struct HostDetailProps {
    /// The host.
    pub view: Shared<HostView>,
    /// The names of the captures of the run, in order.
    pub captures: Vec<String>,
    /// Where the user is.
    pub place: Place,
    /// The focus moves to the heading.
    pub takes_focus: bool,
    /// The user closes the host.
    pub on_close: Callback<()>,
    /// The user accepts something about a side of the host.
    pub on_accept: Callback<Side>,
}

/// The id of the heading, which the focus moves to.
const HEADING: &str = "host";

/// What the host is, what it requires as a server and as a client, and what that rests on.
#[component]
pub fn HostDetail(props: &HostDetailProps) -> Html {
    let HostDetailProps { view, captures, place, takes_focus, on_close, on_accept } = props;
    let host = &view.host;
    use_effect_with((view.clone(), *takes_focus), |(_, takes_focus)| {
        if *takes_focus {
            crate::web::page::focus(HEADING);
        }
    });
    html! {
        <article class="session-detail" aria-labelledby={HEADING}>
            { header(host, on_close) }
            if host.is_server() {
                { section("server", "As a server", as_server(view, captures, place, on_accept)) }
            }
            if host.is_server() && !host.as_server.unsigned_clients.is_empty() {
                { section("breaks", "What breaks if it requires signing", breaks(host, captures, place)) }
            }
            if host.is_client() {
                { section("client", "As a client", as_client(view, captures, place, on_accept)) }
            }
            if !host.remarks.is_empty() {
                { section("remarks", "What is odd", remarks(&host.remarks, captures, place)) }
            }
            { section("findings", "Findings", findings(view, place)) }
            { section("about", "What it is", about(host, captures)) }
        </article>
    }
}

fn header(host: &Host, on_close: &Callback<()>) -> Html {
    let roles: Vec<&str> = host.roles.iter().map(|role| words::role(*role)).collect();
    html! {
        <header class="session-detail__header">
            <div class="session-detail__bar">
                <p class="muted">
                    { if roles.is_empty() { "role not seen".to_owned() } else { roles.join(", ") } }
                </p>
                <button type="button" class="button button--quiet" onclick={on_close.reform(|_| ())}>
                    { "Close" }<span class="visually-hidden">{ " the host" }</span>
                </button>
            </div>
            <h2 id={HEADING} class="session-detail__verdict" tabindex="-1">{ &host.address }</h2>
            if !host.names.is_empty() {
                <p class="session-detail__ends">{ words::printable(&host.names.join(", ")) }</p>
            }
            if let Some(exposure) = &host.exposure {
                <p>
                    <strong>{ format!("Exposure {}: ", format::count(exposure.rank)) }</strong>
                    { words::printable(&exposure.reasons.join("; ")) }
                </p>
            }
        </header>
    }
}

fn section(id: &'static str, title: &'static str, content: Html) -> Html {
    let id = format!("host-{id}");
    html! {
        <section class="session-detail__section" aria-labelledby={id.clone()}>
            <h3 {id}>{ title }</h3>
            { content }
        </section>
    }
}

fn as_server(
    view: &HostView,
    captures: &[String],
    place: &Place,
    on_accept: &Callback<Side>,
) -> Html {
    let side = &view.host.as_server;
    html! {
        <>
            <p class={lax(side.requires_signing)}>{ words::requires_signing(side.requires_signing) }</p>
            { accepted(side.exception.as_ref()) }
            { evidence(&side.requires_signing_evidence, captures) }
            <dl class="fact-list">
                { fact("Dialects chosen", dialects(&side.dialects)) }
                { fact("Accounts", accounts(&side.accounts, side.accounts_left_out)) }
                { fact("Sessions", statuses(&side.by_status, side.sessions)) }
            </dl>
            { sessions(side.sessions, Only::Server(view.place), place) }
            { accept(Side::Server, side.requires_signing, side.exception.as_ref(), on_accept) }
        </>
    }
}

fn as_client(
    view: &HostView,
    captures: &[String],
    place: &Place,
    on_accept: &Callback<Side>,
) -> Html {
    let side = &view.host.as_client;
    html! {
        <>
            <p>{ words::requires_signing(side.requires_signing) }</p>
            { accepted(side.exception.as_ref()) }
            { evidence(&side.requires_signing_evidence, captures) }
            <dl class="fact-list">
                { fact("Dialects offered", dialects(&side.dialects_offered)) }
                { fact("Accounts", accounts(&side.accounts, side.accounts_left_out)) }
                { fact("Sessions", statuses(&side.by_status, side.sessions)) }
            </dl>
            { sessions(side.sessions, Only::Client(view.place), place) }
            { accept(Side::Client, side.requires_signing, side.exception.as_ref(), on_accept) }
        </>
    }
}

fn fact(name: &'static str, value: String) -> Html {
    html! { <div class="fact-list__fact"><dt>{ name }</dt><dd>{ value }</dd></div> }
}

fn accepted(accepted: Option<&Accepted>) -> Html {
    let Some(accepted) = accepted else { return html! {} };
    html! { <p class="notice notice--info">{ words::accepted(accepted) }</p> }
}

/// A way to accept that a side does not require signing.
fn accept(
    side: Side,
    requires: Option<RequiresSigning>,
    accepted: Option<&Accepted>,
    on_accept: &Callback<Side>,
) -> Html {
    if accepted.is_some() || matches!(requires, None | Some(RequiresSigning::Yes)) {
        return html! {};
    }
    html! {
        <p>
            <button type="button" class="button" onclick={on_accept.reform(move |_| side)}>
                { "Accept this as an exception …" }
            </button>
        </p>
    }
}

fn evidence(evidence: &[Evidence], captures: &[String]) -> Html {
    if evidence.is_empty() {
        return html! {};
    }
    html! { <EvidenceList evidence={evidence.to_vec()} captures={captures.to_vec()} /> }
}

fn dialects(dialects: &[Dialect]) -> String {
    let names: Vec<&str> = dialects.iter().map(|dialect| words::dialect(*dialect)).collect();
    if names.is_empty() { "not seen".to_owned() } else { format!("SMB {}", names.join(", ")) }
}

fn accounts(accounts: &[String], left_out: u64) -> String {
    let mut text = words::printable(&accounts.join(", "));
    if left_out > 0 {
        text.push_str(&format!(" and {}", format::counted(left_out, "other", "others")));
    }
    if text.is_empty() { "not seen".to_owned() } else { text }
}

fn statuses(by_status: &[StatusCount], sessions: u64) -> String {
    let told: Vec<String> = by_status
        .iter()
        .map(|it| {
            format!(
                "{} {}",
                format::count(it.sessions),
                words::status_label(it.status).to_lowercase()
            )
        })
        .collect();
    if told.is_empty() { format::count(sessions) } else { told.join(", ") }
}

/// A link to the sessions of a side of the host.
fn sessions(sessions: u64, only: Only, place: &Place) -> Html {
    if sessions == 0 {
        return html! {};
    }
    let there = Place {
        view: View::Sessions,
        query: RowQuery { only: Some(only), ..RowQuery::default() },
        session: None,
        ..place.clone()
    };
    html! {
        <p>
            <a href={there.href()}>
                { format!("Show {}", format::counted(sessions, "session", "sessions")) }
            </a>
        </p>
    }
}

/// Sessions by their keys, each a link that opens it.
fn session_links(keys: &[String], place: &Place) -> Html {
    html! {
        { for keys.iter().enumerate().map(|(number, key)| {
            let there = Place {
                view: View::Sessions,
                query: RowQuery::default(),
                session: Some(key.clone()),
                ..place.clone()
            };
            html! { <>if number > 0 { { ", " } }<a href={there.href()}>{ key }</a></> }
        }) }
    }
}

fn breaks(host: &Host, captures: &[String], place: &Place) -> Html {
    let side = &host.as_server;
    html! {
        <>
            <p class="muted">{ "The clients whose sessions with it were neither signed nor encrypted." }</p>
            <div class="scroll-x" tabindex="0" role="group" aria-label="Clients">
                <table class="data-table data-table--sentences">
                    <thead>
                        <tr>
                            <th scope="col">{ "Client" }</th>
                            <th scope="col">{ "Why it is unsigned" }</th>
                            <th scope="col">{ "Once signing is required" }</th>
                            <th scope="col">{ "Sessions" }</th>
                            <th scope="col">{ "Packets" }</th>
                        </tr>
                    </thead>
                    <tbody>
                        { for side.unsigned_clients.iter().map(|it| client(it, captures, place)) }
                    </tbody>
                </table>
            </div>
            if side.unsigned_clients_left_out > 0 {
                <p class="muted">
                    { format!("{} beyond those.", format::counted(side.unsigned_clients_left_out, "client", "clients")) }
                </p>
            }
        </>
    }
}

fn client(client: &UnsignedClient, captures: &[String], place: &Place) -> Html {
    let packets: Vec<String> = client
        .evidence
        .iter()
        .map(|it| match captures.get(it.capture).filter(|_| captures.len() > 1) {
            Some(name) => format!("{} of {name}", it.packet),
            None => it.packet.to_string(),
        })
        .collect();
    let more = client.sessions.saturating_sub(client.session_keys.len() as u64);
    html! {
        <tr>
            <th scope="row">{ &client.client }</th>
            <td>{ words::unsigned_cause(client.cause) }</td>
            <td>{ words::effect(client.effect) }</td>
            <td>
                { session_links(&client.session_keys, place) }
                if more > 0 { { format!(" and {} more", format::count(more)) } }
            </td>
            <td>{ packets.join(", ") }</td>
        </tr>
    }
}

fn remarks(remarks: &[Remark], captures: &[String], place: &Place) -> Html {
    html! {
        { for remarks.iter().map(|remark| html! {
            <>
                <p>
                    { words::printable(&remark.text) }
                    if !remark.session_keys.is_empty() {
                        { " Sessions: " }{ session_links(&remark.session_keys, place) }
                    }
                </p>
                { evidence(&remark.evidence, captures) }
            </>
        }) }
    }
}

fn findings(view: &HostView, place: &Place) -> Html {
    if view.findings.is_empty() {
        return html! { <p class="muted">{ "No rule found anything about this host." }</p> };
    }
    html! {
        <ul class="plain-list">
            { for view.findings.iter().map(|line| html! {
                <li class="session-findings__line">
                    <SeverityBadge severity={line.severity} />
                    { finding_list::link(line, place) }
                </li>
            }) }
        </ul>
    }
}

/// Roles, names and software, each with what it rests on.
fn about(host: &Host, captures: &[String]) -> Html {
    let origin = |capture: usize| {
        let name = captures.get(capture).filter(|_| captures.len() > 1);
        name.map(|name| format!(" of {name}")).unwrap_or_default()
    };
    html! {
        <>
            if host.name_sources.is_empty() {
                <p class="muted">{ "The capture gives it no name." }</p>
            }
            <ul class="plain-list">
                { for host.name_sources.iter().map(|name| html! {
                    <li>
                        <span class="mono">{ words::printable(&name.name) }</span>
                        <span class="muted">{ format!(" — {}{}", words::name_origin(name), origin(name.capture)) }</span>
                    </li>
                }) }
                { for host.software.iter().map(|it| html! {
                    <li>
                        { it.product.as_deref().unwrap_or("software of no known name") }
                        <span class="muted">
                            { format!(" — says {}, packet {}{}", words::printable(&it.said), it.evidence.packet, origin(it.evidence.capture)) }
                        </span>
                    </li>
                }) }
            </ul>
            { evidence(&host.role_evidence.iter().map(|it| it.evidence.clone()).collect::<Vec<_>>(), captures) }
        </>
    }
}
