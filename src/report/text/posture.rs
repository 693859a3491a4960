//! The hosts as text: the estate as a table, what is odd, what cannot be signed, and the accepted
//! exceptions.

use super::{count, printable, push_line};
use crate::report::{
    AsServer, Effect, Estate, EstateCounts, ExceptionState, Exceptions, Host, RequiresSigning,
    UnsignedClient, words,
};

/// Hosts, clients and remarks that are named; the JSON report has all.
const NAMED: usize = 10;

/// What there is to say of hosts, taken one by one: of a network of very many only what is told is
/// kept.
#[derive(Clone, Debug, Default)]
pub struct Posture {
    estate: Estate,
    n_hosts: u64,
    /// The first servers that do not require signing.
    pub(super) lax: Vec<String>,
    /// The most exposed servers by their ranks, each as its line.
    exposed: Vec<(u64, String)>,
    n_ranked: usize,
    /// For each server the clients that stand in the way of requiring signing, line by line.
    unsigned: Vec<String>,
    n_unsigned: usize,
    remarks: Vec<String>,
    n_remarks: usize,
}

impl Posture {
    /// Takes a host.
    pub fn add(&mut self, host: &Host) {
        self.n_hosts += 1;
        self.estate.add(host);
        let requires = host.as_server.requires_signing;
        if requires.is_some_and(|it| it != RequiresSigning::Yes) && self.lax.len() < NAMED {
            self.lax.push(printable(&name(host)));
        }
        self.add_exposure(host);
        if !host.as_server.unsigned_clients.is_empty() {
            self.n_unsigned += 1;
            if self.n_unsigned <= NAMED {
                push_unsigned_clients(&mut self.unsigned, host);
            }
        }
        for remark in &host.remarks {
            self.n_remarks += 1;
            if self.remarks.len() < NAMED {
                let packets: Vec<String> =
                    remark.evidence.iter().map(|it| it.packet.to_string()).collect();
                let (name, said) = (name(host), &remark.text);
                self.remarks.push(format!("{name}: {said} (packets {})", packets.join(", ")));
            }
        }
    }

    fn add_exposure(&mut self, host: &Host) {
        let Some(exposure) = &host.exposure else { return };
        self.n_ranked += 1;
        let place = self.exposed.partition_point(|(rank, _)| *rank <= exposure.rank);
        if place < NAMED {
            let line =
                format!("{}. {}: {}", exposure.rank, name(host), exposure.reasons.join("; "));
            self.exposed.insert(place, (exposure.rank, line));
            self.exposed.truncate(NAMED);
        }
    }

    /// Adds it to `text`.
    pub(super) fn push(&self, text: &mut String, exceptions: &Exceptions) {
        if self.n_hosts == 0 {
            return;
        }
        push_estate(text, &self.estate);
        if self.n_ranked > 1 {
            let lines = self.exposed.iter().map(|(_, line)| line);
            push_list(text, "The most exposed servers", lines, self.n_ranked);
        }
        self.unsigned.iter().for_each(|line| push_line(text, line));
        if self.n_remarks > 0 {
            push_list(text, "Odd about hosts", self.remarks.iter(), self.n_remarks);
        }
        push_exceptions(text, exceptions);
    }
}

/// Adds the first lines of a list of `n`.
fn push_list<'l>(
    text: &mut String,
    heading: &str,
    lines: impl Iterator<Item = &'l String>,
    n: usize,
) {
    push_line(text, &format!("\n{heading}:"));
    lines.for_each(|line| push_line(text, &printable(&format!("  {line}"))));
    if let more @ 1.. = n.saturating_sub(NAMED) {
        push_line(text, &format!("  and {more} more"));
    }
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

/// Adds the clients that stand in the way of requiring signing on a server.
fn push_unsigned_clients(lines: &mut Vec<String>, host: &Host) {
    let AsServer { unsigned_clients, unsigned_clients_left_out, .. } = &host.as_server;
    let (open, sign): (Vec<_>, Vec<_>) =
        unsigned_clients.iter().partition(|it| it.effect != Effect::Signs);
    let requires = host.as_server.requires_signing == Some(RequiresSigning::Yes);
    let heading = match requires {
        true => format!("{} requires signing, and this is not signed all the same", name(host)),
        false => format!("If signing is required on {}", name(host)),
    };
    lines.push(format!("\n{}:", printable(&heading)));
    lines.extend(open.iter().take(NAMED).map(|it| format!("  {}", printable(&unsigned(it)))));
    if let more @ 1.. = open.len().saturating_sub(NAMED) as u64 + unsigned_clients_left_out {
        lines.push(format!("  and {more} more"));
    }
    if !sign.is_empty() {
        let sessions = sign.iter().map(|it| it.sessions).sum();
        let clients = count(sign.len() as u64, "client", "clients");
        let sessions = count(sessions, "unsigned session", "unsigned sessions");
        lines.push(format!("  {clients} with {sessions} can sign and will"));
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
