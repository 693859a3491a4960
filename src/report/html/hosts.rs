//! The hosts: the estate as one table, each host, and what stands in the way of requiring signing.

use std::io::{self, Write};

use maud::{Markup, PreEscaped, html};

use super::{packets, put};
use crate::report::words::{self, count, counted, printable};
use crate::report::{
    Accepted, AsServer, Capture, Dialect, Effect, Estate, EstateCounts, EstateRow, Evidence, Host,
    RequiresSigning, UnsignedClient,
};

/// Hosts in the table.
const HOSTS: usize = 2_000;

/// Servers of which the clients without signing are told, and clients of each.
const SERVERS: usize = 200;
const CLIENTS: usize = 50;

/// Accounts named of one side of a host.
const ACCOUNTS: usize = 5;

pub(super) fn write(
    out: &mut dyn Write,
    captures: &[Capture],
    hosts: &[Host],
    estate: &Estate,
) -> io::Result<()> {
    put(out, html! { (PreEscaped("<section>")) h2 { "Hosts" } (table_of(estate)) })?;
    put(
        out,
        html! {
            p { "A server that does not require signing can be the target of a relay, whether or not a session to it was unsigned. Servers come first, the most exposed of them on top: by what they require, then by their lowest dialect, then domain controllers, then those with unprotected sessions." }
            (PreEscaped("<table><thead>"))
            tr {
                th scope="col" { "Host" }
                th scope="col" { "What it is" }
                th scope="col" { "As a server" }
                th.number scope="col" { "Sessions" }
                th scope="col" { "As a client" }
                th.number scope="col" { "Sessions" }
            }
            (PreEscaped("</thead><tbody>"))
        },
    )?;
    let mut ordered: Vec<&Host> = hosts.iter().collect();
    ordered.sort_by_key(|host| host.exposure.as_ref().map_or(u64::MAX, |exposure| exposure.rank));
    for host in ordered.iter().take(HOSTS) {
        put(out, row(captures, host))?;
    }
    put(out, PreEscaped("</tbody></table>".to_owned()))?;
    if let more @ 1.. = ordered.len().saturating_sub(HOSTS) as u64 {
        let left_out = counted(more, "further host is", "further hosts are");
        put(
            out,
            html! { p.note { (left_out) " left out here; the CSV and JSON reports have all." } },
        )?;
    }
    unsigned_clients(out, captures, &ordered)?;
    remarks(out, captures, &ordered)?;
    put(out, PreEscaped("</section>".to_owned()))
}

/// What the hosts are, against what they require.
fn table_of(estate: &Estate) -> Markup {
    type Side = fn(&EstateRow) -> EstateCounts;
    let sides: [(&str, Side); 2] =
        [("Servers", |row| row.as_server), ("Clients", |row| row.as_client)];
    html! {
        @for (heading, of) in sides {
            @let rows: Vec<_> = estate.rows.iter().filter(|row| of(row).hosts() > 0).collect();
            @if !rows.is_empty() {
                table.estate {
                    thead {
                        tr {
                            th scope="col" { (heading) }
                            th.number scope="col" { "Signing required" }
                            th.number scope="col" { "Not required" }
                            th.number scope="col" { "Contradictory" }
                            th.number scope="col" { "Not seen" }
                            th.number scope="col" { "Accepted" }
                        }
                    }
                    tbody {
                        @for row in rows {
                            @let counts = of(row);
                            tr {
                                th scope="row" { (words::host_kind(row.kind)) }
                                td.number { (count(counts.required)) }
                                td.number { span.lax[counts.not_required > 0] { (count(counts.not_required)) } }
                                td.number { span.lax[counts.contradictory > 0] { (count(counts.contradictory)) } }
                                td.number { (count(counts.unknown)) }
                                td.number { (count(counts.accepted)) }
                            }
                        }
                    }
                }
            }
        }
    }
}

fn row(captures: &[Capture], host: &Host) -> Markup {
    let server = &host.as_server;
    let is_lax = server.requires_signing.is_some_and(|it| it != RequiresSigning::Yes);
    let dialects = |of: &[Dialect]| {
        let names: Vec<&str> = of.iter().map(|dialect| words::dialect(*dialect)).collect();
        if names.is_empty() { String::new() } else { format!(", SMB {}", names.join(", ")) }
    };
    html! {
        tr {
            th scope="row" {
                span.whole { (printable(&host.address)) }
                @if !host.names.is_empty() { div.name { (printable(&host.names.join(", "))) } }
            }
            td { (what_it_is(captures, host)) }
            td {
                @if let Some(exposure) = &host.exposure {
                    (exposure.rank) ". "
                    span.lax[is_lax] { (words::requires_signing(server.requires_signing)) }
                    (dialects(&server.dialects))
                    (shown(captures, &server.requires_signing_evidence))
                    (accounts(&server.accounts, server.accounts_left_out))
                    (mark(server.exception.as_ref()))
                }
            }
            td.number { (count(server.sessions)) }
            td {
                @if host.is_client() {
                    (words::requires_signing(host.as_client.requires_signing))
                    (dialects(&host.as_client.dialects_offered))
                    (shown(captures, &host.as_client.requires_signing_evidence))
                    (accounts(&host.as_client.accounts, host.as_client.accounts_left_out))
                    (mark(host.as_client.exception.as_ref()))
                }
            }
            td.number { (count(host.as_client.sessions)) }
        }
    }
}

/// The roles and the software, each with the packets that show it.
fn what_it_is(captures: &[Capture], host: &Host) -> Markup {
    html! {
        @for role in &host.roles {
            @let of_it = host.role_evidence.iter().filter(|it| it.role == *role);
            div {
                (words::role(*role))
                " (" (places(captures, of_it.map(|it| &it.evidence))) ")"
            }
        }
        @for software in &host.software {
            @let it = &software.evidence;
            div.name {
                (printable(software.product.as_ref().unwrap_or(&software.said)))
                @if software.product.as_ref().is_some_and(|product| *product != software.said) {
                    " [" (printable(&software.said)) "]"
                }
                " (" (places(captures, std::iter::once(it))) ")"
            }
        }
    }
}

/// Where something is shown: the packets, and their capture where there are several.
fn places<'a>(captures: &[Capture], evidence: impl Iterator<Item = &'a Evidence>) -> String {
    let numbers = packets(captures, evidence.map(|it| (it.capture, it.packet)));
    if captures.len() > 1 { numbers } else { format!("packet {numbers}") }
}

fn shown(captures: &[Capture], evidence: &[Evidence]) -> Markup {
    html! {
        @if !evidence.is_empty() {
            " (" (places(captures, evidence.iter())) ")"
        }
    }
}

fn accounts(accounts: &[String], left_out: u64) -> Markup {
    let named: Vec<&str> = accounts.iter().take(ACCOUNTS).map(String::as_str).collect();
    let is_more = accounts.len() > named.len() || left_out > 0;
    html! {
        @if !named.is_empty() {
            div.name { (printable(&named.join(", "))) @if is_more { " and others" } }
        }
    }
}

/// The mark of an accepted exception.
pub(super) fn mark(accepted: Option<&Accepted>) -> Markup {
    html! {
        @if let Some(it) = accepted {
            div.accepted {
                "Accepted by exception " (it.exception + 1) ": " (printable(&it.reason))
                " (" (printable(&it.owner))
                @if let Some(last) = &it.expires_on { ", until " (last) }
                ")"
            }
        }
    }
}

/// For each server the clients that were not signed.
fn unsigned_clients(out: &mut dyn Write, captures: &[Capture], hosts: &[&Host]) -> io::Result<()> {
    let servers = hosts.iter().filter(|host| !host.as_server.unsigned_clients.is_empty());
    let servers: Vec<&&Host> = servers.collect();
    if servers.is_empty() {
        return Ok(());
    }
    put(
        out,
        html! {
            h3 { "What breaks if signing is required" }
            p { "Clients whose sessions were neither signed nor encrypted, for each server. Whoever speaks SMB 2 or 3 with an account can sign; guests and sessions without credentials have no key for it." }
        },
    )?;
    for host in servers.iter().take(SERVERS) {
        put(out, of_server(captures, host))?;
    }
    if let more @ 1.. = servers.len().saturating_sub(SERVERS) as u64 {
        let left_out = counted(more, "further server is", "further servers are");
        put(out, html! { p.note { (left_out) " left out here; the JSON report has all." } })?;
    }
    Ok(())
}

fn of_server(captures: &[Capture], host: &Host) -> Markup {
    let AsServer { unsigned_clients, unsigned_clients_left_out, .. } = &host.as_server;
    let is_required = host.as_server.requires_signing == Some(RequiresSigning::Yes);
    let listed = unsigned_clients.iter().take(CLIENTS);
    let more = unsigned_clients.len().saturating_sub(CLIENTS) as u64 + unsigned_clients_left_out;
    html! {
        h4 {
            (printable(&host.address))
            @if let Some(name) = host.names.first() { " (" (printable(name)) ")" }
            @if is_required { ", which requires it, and these are not signed all the same" }
        }
        table {
            thead { tr { th scope="col" { "Client" } th.number scope="col" { "Sessions" } th scope="col" { "What becomes of them" } th scope="col" { "Why they were not signed" } th scope="col" { "Packets" } } }
            tbody { @for it in listed { (client(captures, it)) } }
        }
        @if more > 0 { p.note { (counted(more, "further client", "further clients")) "." } }
    }
}

fn client(captures: &[Capture], it: &UnsignedClient) -> Markup {
    let is_open = it.effect != Effect::Signs;
    html! {
        tr {
            th scope="row" { span.whole { (printable(&it.client)) } }
            td.number { (count(it.sessions)) div.name { (it.session_keys.join(", ")) } }
            td { span.lax[is_open] { (words::effect(it.effect)) } }
            td { (words::unsigned_cause(it.cause)) }
            td { (packets(captures, it.evidence.iter().map(|it| (it.capture, it.packet)))) }
        }
    }
}

/// What is odd about hosts.
fn remarks(out: &mut dyn Write, captures: &[Capture], hosts: &[&Host]) -> io::Result<()> {
    let remarks = hosts.iter().flat_map(|host| host.remarks.iter().map(move |it| (host, it)));
    let remarks: Vec<_> = remarks.take(HOSTS).collect();
    if remarks.is_empty() {
        return Ok(());
    }
    put(
        out,
        html! {
            h3 { "Odd about hosts" }
            ul {
                @for (host, remark) in remarks {
                    li {
                        strong { (printable(&host.address)) } ": " (printable(&remark.text))
                        (shown(captures, &remark.evidence))
                    }
                }
            }
        },
    )
}
