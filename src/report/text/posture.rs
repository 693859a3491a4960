//! The hosts as text: the estate as a table, what is odd, what cannot be signed, and the accepted
//! exceptions.

use super::{count, printable, push_line};
use crate::report::{
    AsServer, Effect, Estate, EstateCounts, ExceptionState, Exceptions, Host, RequiresSigning,
    UnsignedClient, words,
};

/// Hosts, clients and remarks that are named; the JSON report has all.
const NAMED: usize = 10;

/// Adds what there is to say of the hosts.
pub(super) fn push(text: &mut String, hosts: &[Host], estate: &Estate, exceptions: &Exceptions) {
    if hosts.is_empty() {
        return;
    }
    push_estate(text, estate);
    push_most_exposed(text, hosts);
    push_unsigned_clients(text, hosts);
    push_remarks(text, hosts);
    push_exceptions(text, exceptions);
}

fn push_estate(text: &mut String, estate: &Estate) {
    type Side = fn(&crate::report::EstateRow) -> EstateCounts;
    let sides: [(&str, Side); 2] =
        [("Servers", |row| row.as_server), ("Clients", |row| row.as_client)];
    for (heading, of) in sides {
        let rows = estate.rows.iter().map(|row| (row.kind, of(row)));
        let rows: Vec<_> = rows.filter(|(_, counts)| counts.hosts() > 0).collect();
        if rows.is_empty() {
            continue;
        }
        push_line(
            text,
            &format!(
                "\n{heading:<28} {:>8}  {:>12}  {:>13}  {:>8}",
                "required", "not required", "contradictory", "not seen"
            ),
        );
        for (kind, counts) in rows {
            let accepted = match counts.accepted {
                0 => String::new(),
                n => format!("  ({n} accepted)"),
            };
            push_line(
                text,
                &format!(
                    "  {:<26} {:>8}  {:>12}  {:>13}  {:>8}{accepted}",
                    words::host_kind(kind),
                    counts.required,
                    counts.not_required,
                    counts.contradictory,
                    counts.unknown,
                ),
            );
        }
    }
}

/// The servers that matter first, in their order.
fn push_most_exposed(text: &mut String, hosts: &[Host]) {
    let ranked = hosts.iter().filter_map(|host| Some((host.exposure.as_ref()?, host)));
    let mut ranked: Vec<_> = ranked.collect();
    ranked.sort_by_key(|(exposure, _)| exposure.rank);
    if ranked.len() < 2 {
        return;
    }
    push_line(text, "\nThe most exposed servers:");
    for (exposure, host) in ranked.iter().take(NAMED) {
        let line = format!("  {}. {}: {}", exposure.rank, name(host), exposure.reasons.join("; "));
        push_line(text, &printable(&line));
    }
    if let more @ 1.. = ranked.len().saturating_sub(NAMED) {
        push_line(text, &format!("  and {more} more"));
    }
}

/// For each server the clients that stand in the way of requiring signing.
fn push_unsigned_clients(text: &mut String, hosts: &[Host]) {
    let servers = hosts.iter().filter(|host| !host.as_server.unsigned_clients.is_empty());
    for host in servers.take(NAMED) {
        let AsServer { unsigned_clients, unsigned_clients_left_out, .. } = &host.as_server;
        let (open, sign): (Vec<_>, Vec<_>) =
            unsigned_clients.iter().partition(|it| it.effect != Effect::Signs);
        let requires = host.as_server.requires_signing == Some(RequiresSigning::Yes);
        let heading = match requires {
            true => format!("{} requires signing, and this is not signed all the same", name(host)),
            false => format!("If signing is required on {}", name(host)),
        };
        push_line(text, &format!("\n{}:", printable(&heading)));
        for it in open.iter().take(NAMED) {
            push_line(text, &format!("  {}", printable(&unsigned(it))));
        }
        if let more @ 1.. = open.len().saturating_sub(NAMED) as u64 + unsigned_clients_left_out {
            push_line(text, &format!("  and {more} more"));
        }
        if !sign.is_empty() {
            let sessions = sign.iter().map(|it| it.sessions).sum();
            let clients = count(sign.len() as u64, "client", "clients");
            let sessions = count(sessions, "unsigned session", "unsigned sessions");
            push_line(text, &format!("  {clients} with {sessions} can sign and will"));
        }
    }
}

fn unsigned(it: &UnsignedClient) -> String {
    let sessions = count(it.sessions, "session", "sessions");
    let packets: Vec<String> = it.evidence.iter().map(|shown| shown.packet.to_string()).collect();
    let packets = if packets.is_empty() {
        String::new()
    } else {
        format!(" (packet {})", packets.join(", "))
    };
    let (cause, effect) = (words::unsigned_cause(it.cause), words::effect(it.effect));
    format!("{}, {sessions}: {effect}; {cause}{packets}", it.client)
}

fn push_remarks(out: &mut String, hosts: &[Host]) {
    let remarks = hosts.iter().flat_map(|host| host.remarks.iter().map(move |it| (host, it)));
    let remarks: Vec<_> = remarks.collect();
    if remarks.is_empty() {
        return;
    }
    push_line(out, "\nOdd about hosts:");
    for (host, remark) in remarks.iter().take(NAMED) {
        let packets: Vec<String> = remark.evidence.iter().map(|it| it.packet.to_string()).collect();
        let text = &remark.text;
        let line = format!("  {}: {text} (packets {})", name(host), packets.join(", "));
        push_line(out, &printable(&line));
    }
    if let more @ 1.. = remarks.len().saturating_sub(NAMED) {
        push_line(out, &format!("  and {more} more"));
    }
}

fn push_exceptions(text: &mut String, exceptions: &Exceptions) {
    let Some(day) = &exceptions.as_of else { return };
    let n = count(exceptions.list.len() as u64, "accepted exception", "accepted exceptions");
    push_line(text, &format!("\n{n}, as of {day}:"));
    for (number, told) in (1..).zip(exceptions.list.iter().take(NAMED)) {
        let exception = &told.exception;
        let mut line = format!(
            "  {number}. {}: {}",
            words::exception_for(exception),
            words::exception_state(told.state)
        );
        if told.state == ExceptionState::Used {
            let accepted = [
                (told.accepted_hosts, "host", "hosts"),
                (told.accepted_sessions, "session", "sessions"),
                (told.accepted_findings, "finding", "findings"),
            ];
            let accepted = accepted.into_iter().filter(|(n, _, _)| *n > 0);
            let accepted: Vec<String> =
                accepted.map(|(n, one, many)| count(n, one, many)).collect();
            line.push_str(&format!(", for {}", accepted.join(", ")));
        }
        if let Some(last) = &exception.expires_on {
            line.push_str(&format!(", until {last}"));
        }
        line.push_str(&format!(" ({}; {})", exception.owner, exception.reason));
        push_line(text, &printable(&line));
    }
    if let more @ 1.. = exceptions.list.len().saturating_sub(NAMED) {
        push_line(text, &format!("  and {more} more"));
    }
}

fn name(host: &Host) -> String {
    match host.names.first() {
        Some(name) => format!("{} ({name})", host.address),
        None => host.address.clone(),
    }
}
