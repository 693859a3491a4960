//! A report as tables of comma-separated values (RFC 4180), one fact a column.
//!
//! Columns keep their names and their order; further ones come behind.

use std::io::{self, Write};

use csv::Writer;
use serde::Serialize;

use super::words::printable;
use super::{
    Accepted, AsServer, Capture, Effect, Evidence, Finding, Framework, Host, MessageCounts,
    Session, StatusCount,
};

/// Columns about a session, in front of those about its messages.
const OF_SESSION: [&str; 30] = [
    "session",
    "capture",
    "first_packet",
    "last_packet",
    "first_time",
    "last_time",
    "client_address",
    "client_port",
    "client_name",
    "server_address",
    "server_port",
    "server_name",
    "protocol",
    "dialect",
    "session_id",
    "outcome",
    "mechanism",
    "ntlm_version",
    "domain",
    "user",
    "workstation",
    "service",
    "guest",
    "anonymous",
    "client_requires",
    "server_requires",
    "expected",
    "status",
    "verdict",
    "signing_algorithm",
];

/// Columns about the messages of a direction, behind "client_" or "server_".
const OF_MESSAGES: [&str; 13] = [
    "messages",
    "baseline_signed",
    "baseline_unsigned",
    "signed",
    "unsigned",
    "zero_signature",
    "encrypted",
    "unreadable",
    "exempt",
    "verified",
    "failed",
    "unchecked",
    "decrypted",
];

/// Columns behind those about messages.
const OF_SESSION_LAST: [&str; 7] = [
    "encryption_cipher",
    "secret",
    "shares",
    "coverage",
    "same_as",
    "wireshark_filter",
    "exception",
];

const OF_HOST: [&str; 24] = [
    "address",
    "names",
    "roles",
    "server_requires_signing",
    "server_dialects",
    "server_sessions",
    "client_requires_signing",
    "client_dialects_offered",
    "client_sessions",
    "kind",
    "software",
    "exposure_rank",
    "exposure_reasons",
    "server_lowest_dialect",
    "server_highest_dialect",
    "server_statuses",
    "server_accounts",
    "clients_that_cannot_sign",
    "clients_not_known_to_sign",
    "clients_that_would_sign",
    "client_statuses",
    "client_accounts",
    "exception",
    "remarks",
];

const OF_FINDING: [&str; 13] = [
    "rule",
    "severity",
    "confidence",
    "title",
    "sessions",
    "sessions_left_out",
    "packets",
    "evidence",
    "alternatives",
    "remediation",
    "references",
    "hosts",
    "exception",
];

/// Writes a line for each session; `captures` are those of the report.
pub fn sessions(
    out: &mut dyn Write,
    captures: &[Capture],
    sessions: impl Iterator<Item = Session>,
) -> io::Result<()> {
    session_heading(out)?;
    session_lines(out, captures, sessions)
}

/// Writes the heading of the sessions alone.
pub fn session_heading(out: &mut dyn Write) -> io::Result<()> {
    let of_messages =
        |side: &str| OF_MESSAGES.map(|name| format!("{side}_{name}")).into_iter().collect();
    let heading: [Vec<String>; 4] = [
        OF_SESSION.map(str::to_owned).into(),
        of_messages("client"),
        of_messages("server"),
        OF_SESSION_LAST.map(str::to_owned).into(),
    ];
    write(out, heading.into_iter().flatten(), std::iter::empty())
}

/// Writes a line for each session without a heading.
pub fn session_lines(
    out: &mut dyn Write,
    captures: &[Capture],
    sessions: impl Iterator<Item = Session>,
) -> io::Result<()> {
    let mut writer = Writer::from_writer(out);
    for session in sessions {
        writer.write_record(session_line(captures, &session).into_iter().map(harmless))?;
    }
    writer.flush()
}

/// Writes a line for each host.
pub fn hosts(out: &mut dyn Write, hosts: impl Iterator<Item = Host>) -> io::Result<()> {
    write(out, OF_HOST.into_iter(), hosts.map(|host| host_line(&host)))
}

/// Writes a line for each finding; `captures` are those of the report.
pub fn findings(
    out: &mut dyn Write,
    captures: &[Capture],
    findings: impl Iterator<Item = Finding>,
) -> io::Result<()> {
    let lines = findings.map(|finding| finding_line(captures, &finding));
    write(out, OF_FINDING.into_iter(), lines)
}

/// Writes a line for each identifier of the frameworks that findings belong to.
pub fn references(out: &mut dyn Write, frameworks: &[Framework]) -> io::Result<()> {
    let heading = ["framework", "identifier", "about", "rules", "source"];
    let lines = frameworks.iter().flat_map(|framework| {
        framework.items.iter().map(|item| {
            let Framework { name, source, .. } = framework;
            let (name, source) = (name.clone(), source.clone());
            vec![name, item.id.clone(), item.about.clone(), list(&item.rules), source]
        })
    });
    write(out, heading.into_iter(), lines)
}

fn write(
    out: &mut dyn Write,
    heading: impl Iterator<Item = impl AsRef<[u8]>>,
    lines: impl Iterator<Item = Vec<String>>,
) -> io::Result<()> {
    let mut writer = Writer::from_writer(out);
    writer.write_record(heading)?;
    for line in lines {
        writer.write_record(line.into_iter().map(harmless))?;
    }
    writer.flush()
}

/// A cell that a spreadsheet shows as it is: it computes what begins with one of these signs, and
/// what a capture says may be made for that.
fn harmless(cell: String) -> String {
    let cell = printable(&cell);
    if cell.starts_with(['=', '+', '-', '@', '\t', '\r']) { format!("'{cell}") } else { cell }
}

fn session_line(captures: &[Capture], session: &Session) -> Vec<String> {
    let Session { client, server, auth, policy, messages, .. } = session;
    let mut line = vec![
        session.key.clone(),
        capture_name(captures, session.capture),
        session.first_packet.to_string(),
        session.last_packet.to_string(),
        text(&session.first_time),
        text(&session.last_time),
        client.address.clone(),
        client.port.to_string(),
        text(&client.name),
        server.address.clone(),
        server.port.to_string(),
        text(&server.name),
        word(&session.protocol),
        word(&session.dialect),
        text(&session.session_id),
        word(&session.outcome),
        word(&auth.mechanism),
        word(&auth.ntlm_version),
        text(if auth.domain.is_some() { &auth.domain } else { &auth.realm }),
        text(&auth.user),
        text(&auth.workstation),
        text(&auth.service),
        word(&auth.guest),
        word(&auth.anonymous),
        word(&policy.client_requires),
        word(&policy.server_requires),
        word(&session.expected),
        word(&session.status),
        session.verdict.phrase.clone(),
        word(&session.signing_algorithm),
    ];
    line.extend(numbers(&messages.from_client));
    line.extend(numbers(&messages.from_server));
    line.extend([
        text(&session.encryption_cipher),
        word(&auth.secret),
        list(&session.trees),
        list(session.coverage.iter().map(word)),
        list(&session.same_as),
        session.wireshark_filter.clone(),
        exceptions([&session.exception]),
    ]);
    line
}

fn numbers(counts: &MessageCounts) -> impl Iterator<Item = String> {
    [
        counts.total,
        counts.baseline_signed,
        counts.baseline_unsigned,
        counts.signed,
        counts.unsigned,
        counts.zero_signature,
        counts.encrypted,
        counts.unreadable,
        counts.exempt,
        counts.verified,
        counts.failed,
        counts.unchecked,
        counts.decrypted,
    ]
    .into_iter()
    .map(|count| count.to_string())
}

fn host_line(host: &Host) -> Vec<String> {
    let Host { as_server, as_client, .. } = host;
    vec![
        host.address.clone(),
        list(&host.names),
        list(host.roles.iter().map(word)),
        word(&as_server.requires_signing),
        list(as_server.dialects.iter().map(word)),
        as_server.sessions.to_string(),
        word(&as_client.requires_signing),
        list(as_client.dialects_offered.iter().map(word)),
        as_client.sessions.to_string(),
        word(&host.kind()),
        list(host.software.iter().map(|it| it.product.as_ref().unwrap_or(&it.said))),
        host.exposure.as_ref().map(|it| it.rank.to_string()).unwrap_or_default(),
        list(host.exposure.iter().flat_map(|it| &it.reasons)),
        as_server.dialects.first().map(word).unwrap_or_default(),
        as_server.dialects.last().map(word).unwrap_or_default(),
        statuses(&as_server.by_status),
        list(&as_server.accounts),
        clients(as_server, Effect::CannotSign),
        clients(as_server, Effect::Unknown),
        clients(as_server, Effect::Signs),
        statuses(&as_client.by_status),
        list(&as_client.accounts),
        exceptions([&as_server.exception, &as_client.exception]),
        list(host.remarks.iter().map(|it| &it.text)),
    ]
}

fn statuses(counts: &[StatusCount]) -> String {
    list(counts.iter().map(|it| format!("{} {}", word(&it.status), it.sessions)))
}

/// The clients whose unsigned sessions would come to this once signing is required, each with why.
fn clients(server: &AsServer, effect: Effect) -> String {
    let such = server.unsigned_clients.iter().filter(|it| it.effect == effect);
    list(such.map(|it| format!("{} {}", it.client, word(&it.cause))))
}

/// The exceptions by which something is accepted, by their numbers from 1, with their reasons.
fn exceptions<'a>(accepted: impl IntoIterator<Item = &'a Option<Accepted>>) -> String {
    let accepted = accepted.into_iter().flatten();
    list(accepted.map(|it| format!("{}: {}", it.exception + 1, it.reason)))
}

fn finding_line(captures: &[Capture], finding: &Finding) -> Vec<String> {
    let packet = |it: &Evidence| format!("{} {}", capture_name(captures, it.capture), it.packet);
    let said = |it: &Evidence| format!("{}: {}: {}", it.field, it.value, it.meaning);
    let references = finding.references.iter();
    vec![
        finding.rule.clone(),
        word(&finding.severity),
        word(&finding.confidence),
        finding.title.clone(),
        list(&finding.sessions),
        finding.sessions_left_out.to_string(),
        list(finding.evidence.iter().map(packet)),
        list(finding.evidence.iter().map(said)),
        list(&finding.alternatives),
        list(&finding.remediation),
        list(references.map(|(framework, names)| format!("{framework} {}", names.join(" ")))),
        list(&finding.hosts),
        exceptions([&finding.exception]),
    ]
}

fn capture_name(captures: &[Capture], place: usize) -> String {
    captures.get(place).map(|capture| capture.name.clone()).unwrap_or_default()
}

fn text(value: &Option<String>) -> String {
    value.clone().unwrap_or_default()
}

/// A value by its name in the JSON report; nothing where the capture does not show it.
fn word(value: &impl Serialize) -> String {
    match serde_json::to_value(value) {
        Ok(serde_json::Value::String(word)) => word,
        Ok(serde_json::Value::Bool(answer)) => if answer { "yes" } else { "no" }.to_owned(),
        _ => String::new(),
    }
}

fn list(values: impl IntoIterator<Item = impl AsRef<str>>) -> String {
    let mut list = String::new();
    for value in values {
        if !list.is_empty() {
            list.push_str("; ");
        }
        list.push_str(value.as_ref());
    }
    list
}

#[cfg(test)]
mod tests {
    use super::{harmless, hosts};
    use crate::report::{AsClient, AsServer, Host};

    #[test]
    fn what_a_spreadsheet_would_compute_is_text() {
        for cell in ["=1+1", "+1", "-1", "@SUM(1)"] {
            assert_eq!(harmless(cell.to_owned()), format!("'{cell}"));
        }
        assert_eq!(harmless("a=b".to_owned()), "a=b");
        assert_eq!(harmless("\t=1".to_owned()), "\\u{9}=1");
        assert_eq!(harmless("\u{202e}x".to_owned()), "\\u{202e}x");
    }

    #[test]
    fn names_with_commas_and_quotes_stay_in_their_cell() {
        let host = Host {
            address: "10.0.0.5".to_owned(),
            names: vec!["=FS,\"1\"".to_owned(), "fs1\r\n".to_owned()],
            name_sources: Vec::new(),
            roles: Vec::new(),
            role_evidence: Vec::new(),
            software: Vec::new(),
            as_server: AsServer::default(),
            as_client: AsClient::default(),
            exposure: None,
            remarks: Vec::new(),
        };
        let mut table = Vec::new();
        hosts(&mut table, [host].into_iter()).unwrap();
        let table = String::from_utf8(table).unwrap();
        let lines: Vec<&str> = table.lines().collect();
        assert_eq!(lines.len(), 2, "{table}");
        assert!(lines[0].starts_with("address,names,roles,server_requires_signing,"));
        assert_eq!(lines[0].split(',').count(), super::OF_HOST.len());
        assert!(lines[1].starts_with(r#"10.0.0.5,"'=FS,""1""; fs1\u{d}\u{a}","#), "{table}");
    }
}
