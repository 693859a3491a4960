//! A report as one HTML file, to read, to print and to hand on: without scripts, and without anything
//! that is loaded from elsewhere.
//!
//! It is written part by part, so that a run of many sessions does not stand in memory as text.
//! What a capture says is escaped, and characters that cannot be seen are shown by their numbers.

mod exceptions;
mod findings;
mod frameworks;
mod hosts;
mod session;

use std::io::{self, Write};

use maud::{DOCTYPE, Markup, PreEscaped, html};

use super::empty::EmptyReason;
use super::words::{self, count, counted, printable};
use super::{
    Capture, Estate, Exceptions, Finding, Framework, Host, Overview, RunOptions, SecretCounts,
    Session, SessionRow, SigningStatus, Tone, Tool, headline,
};

/// Sessions in the table. Browsers become slow and prints thick beyond; the tables for spreadsheets
/// and the JSON report have all.
const ROWS: usize = 5_000;

/// Sessions of which the way to the verdict is told; each takes a part of a page.
const TOLD: usize = 500;

/// Problems told of one capture, conversations that cannot be analysed, and the like.
const LISTED: usize = 50;

const STYLE: &str = include_str!("html/report.css");

/// A report, in the parts that are written.
pub struct Document<'a, R, S> {
    /// What the run was told.
    pub options: &'a RunOptions,
    /// The run at a glance.
    pub overview: &'a Overview,
    /// What a responder should act on.
    pub findings: &'a [Finding],
    /// Every session, as a row.
    pub rows: R,
    /// Every address that took part.
    pub hosts: &'a [Host],
    /// What the hosts are, against what they require.
    pub estate: &'a Estate,
    /// The accepted exceptions.
    pub exceptions: &'a Exceptions,
    /// The frameworks that findings belong to.
    pub frameworks: &'a [Framework],
    /// The session with a key.
    pub session_of: S,
}

impl<R, S> Document<'_, R, S>
where
    R: Iterator<Item = SessionRow>,
    S: Fn(&str) -> Option<Session>,
{
    /// Writes the report to `out`.
    pub fn write(self, out: &mut dyn Write) -> io::Result<()> {
        let captures = &self.overview.captures;
        put(out, head(self.overview))?;
        put(out, summary(self.overview, self.options))?;
        findings::write(out, captures, self.findings)?;
        hosts::write(out, captures, self.hosts, self.estate)?;
        put(out, exceptions::section(self.exceptions))?;
        let to_tell = session::table(out, captures, self.overview.sessions, self.rows)?;
        session::told(out, captures, &to_tell, self.session_of)?;
        put(out, captures_section(captures))?;
        put(out, not_shown(self.overview))?;
        put(out, frameworks::appendix(self.frameworks, self.findings))?;
        put(out, about(self.options))?;
        out.write_all(b"</main></body></html>\n")
    }
}

fn put(out: &mut dyn Write, part: Markup) -> io::Result<()> {
    out.write_all(part.into_string().as_bytes())
}

/// The document up to the first part; what it opens is closed at the end.
fn head(overview: &Overview) -> Markup {
    html! {
        (DOCTYPE)
        (PreEscaped("<html lang=\"en\">"))
        head {
            meta charset="utf-8";
            meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'";
            meta name="viewport" content="width=device-width, initial-scale=1";
            meta name="color-scheme" content="light dark";
            title { "SMB signing: " (title(&overview.captures)) }
            style { (PreEscaped(STYLE)) }
        }
        (PreEscaped("<body><main>"))
    }
}

fn title(captures: &[Capture]) -> String {
    match captures {
        [one] => printable(&one.name),
        _ => counted(captures.len() as u64, "capture", "captures"),
    }
}

/// The verdict with its numbers.
fn summary(overview: &Overview, options: &RunOptions) -> Markup {
    let reason = EmptyReason::of(overview);
    html! {
        header {
            p.kicker { "SMB signing report" @if options.redacted { " · redacted" } }
            h1 { (headline::of(overview)) }
            @if let Some(reason) = reason {
                p.lead { (reason.what()) " " (reason.what_to_do()) }
            }
            @if overview.servers > 0 {
                p.lead { (headline::servers(overview)) "." }
            }
            @if let Some(accepted) = headline::accepted_sessions(overview) {
                p.lead { (accepted) }
            }
            @if overview.sessions > 0 {
                table.statuses {
                    thead { tr { th scope="col" { "Status" } th.number scope="col" { "Sessions" } th scope="col" { "What it means" } } }
                    tbody {
                        @for it in &overview.by_status {
                            tr {
                                td { (badge(it.status)) }
                                td.number { (count(it.sessions)) }
                                td { (words::status_help(it.status)) }
                            }
                        }
                    }
                }
            }
        }
    }
}

/// A status as a sign and a few words, which say the same as the colour.
fn badge(status: SigningStatus) -> Markup {
    let tone = Tone::of(status);
    let sign = match tone {
        Tone::Broken => "▲",
        Tone::Unsigned => "✕",
        Tone::Mixed => "◐",
        Tone::Signed => "✓",
        Tone::Encrypted => "■",
        Tone::Undetermined => "○",
    };
    html! {
        span class={ "badge " (tone.name()) } {
            span aria-hidden="true" { (sign) } " " (words::status_label(status))
        }
    }
}

fn captures_section(captures: &[Capture]) -> Markup {
    html! {
        section {
            h2 { "Captures" }
            @for capture in captures { (about_capture(capture)) }
        }
    }
}

fn about_capture(capture: &Capture) -> Markup {
    let format = capture.format.as_deref().unwrap_or("no capture");
    let format = match &capture.compression {
        Some(compression) => format!("{format} in {compression}"),
        None => format.to_owned(),
    };
    let more = capture.problems.len().saturating_sub(LISTED);
    html! {
        article.capture {
            h3 { (printable(&capture.name)) }
            dl {
                (entry("File", &format!("{format}, {}", counted(capture.size_bytes, "byte", "bytes"))))
                dt { "SHA-256" }
                dd {
                    @match &capture.sha256 {
                        Some(hash) => code { (hash) },
                        None => "not computed",
                    }
                }
                (entry("Packets", &count(capture.packets)))
                @if let (Some(first), Some(last)) = (&capture.first_time, &capture.last_time) {
                    (entry("From", first))
                    (entry("To", last))
                }
                @if !capture.link_types.is_empty() {
                    (entry("Link types", &printable(&capture.link_types.join(", "))))
                }
                @if capture.truncated_packets > 0 {
                    (entry("Cut short", &counted(capture.truncated_packets, "packet", "packets")))
                }
            }
            @for problem in capture.problems.iter().take(LISTED) {
                p.problem { strong { "Problem: " } (printable(&problem.message)) (place(problem.packet, problem.offset)) }
            }
            @if more > 0 { p.problem { (count(more as u64)) " further problems are in the JSON report." } }
        }
    }
}

/// Where something stands in a file.
fn place(packet: Option<u64>, offset: Option<u64>) -> String {
    match (packet, offset) {
        (Some(packet), _) => format!(" (packet {packet})"),
        (None, Some(offset)) => format!(" (byte {offset})"),
        (None, None) => String::new(),
    }
}

fn entry(name: &str, value: &str) -> Markup {
    html! { dt { (name) } dd { (value) } }
}

/// Packets, each with its capture where there are several.
fn packets(captures: &[Capture], places: impl Iterator<Item = (usize, u64)>) -> String {
    let mut text = String::new();
    let mut before = None;
    for (capture, packet) in places {
        let name = captures.get(capture).filter(|_| captures.len() > 1);
        match (name, before == Some(capture)) {
            (Some(name), false) => {
                text.push_str(if text.is_empty() { "" } else { "; " });
                text.push_str(&format!("{}: {packet}", printable(&name.name)));
            }
            _ if text.is_empty() => text.push_str(&packet.to_string()),
            _ => text.push_str(&format!(", {packet}")),
        }
        before = Some(capture);
    }
    text
}

/// What the captures cannot tell.
fn not_shown(overview: &Overview) -> Markup {
    let contents = || overview.captures.iter().map(|capture| &capture.contents);
    let found: Vec<_> = contents().flat_map(|it| &it.not_analysable).collect();
    let lacks = overview.by_coverage.iter().filter(|it| it.coverage != super::Coverage::Complete);
    let sum = |of: fn(&super::CaptureContents) -> u64| contents().map(of).sum::<u64>();
    let unread = [
        (sum(|it| it.encrypted), "packets are encrypted by their link and were not read"),
        (sum(|it| it.undecodable), "packets have headers that could not be read"),
        (sum(|it| it.too_deep), "packets are in more tunnels than are followed"),
        (
            contents().flat_map(|it| &it.unknown_link_types).map(|(_, packets)| packets).sum(),
            "packets are of link types that are not read",
        ),
    ];
    html! {
        section {
            h2 { "What the captures do not show" }
            ul {
                @for it in lacks {
                    li { (counted(it.sessions, "session", "sessions")) ": " (words::coverage(it.coverage)) "." }
                }
                @for (packets, what) in unread.into_iter().filter(|(packets, _)| *packets > 0) {
                    li { (count(packets)) " " (what) "." }
                }
                @for it in found.iter().take(LISTED) {
                    li {
                        (words::transport(it.transport)) ", which is not analysed: "
                        (printable(&words::between(&it.client, &it.server))) ", from packet " (it.first_packet) " on."
                    }
                }
                @if found.len() > LISTED { li { (count((found.len() - LISTED) as u64)) " further conversations are not analysed." } }
                li { "Where no secret was given, whether a signature is right: " em { "signed" } " then means that the messages carry one." }
                li { "What happened where nothing was captured." }
            }
        }
    }
}

/// What made the report, and what it was told.
fn about(options: &RunOptions) -> Markup {
    let tool = Tool::this();
    let mut told = vec![secrets(&options.secrets)];
    told.extend(options.separate.then(|| "one report for each capture".to_owned()));
    told.push(
        match options.redacted {
            true => "names, accounts and addresses are replaced, always by the same",
            false => "names, accounts and addresses are as they were captured",
        }
        .to_owned(),
    );
    html! {
        footer {
            h2 { "About this report" }
            dl {
                (entry("Made by", &format!("{} {}", tool.name, tool.version)))
                (entry("Options", &told.join("; ")))
            }
            p { "Packet numbers are those of Wireshark (frame.number). The JSON report has every field of every session." }
        }
    }
}

/// How many secrets were given, of each kind.
fn secrets(given: &SecretCounts) -> String {
    let kinds = [
        (given.passwords, "password", "passwords"),
        (given.nt_hashes, "NT hash", "NT hashes"),
        (given.session_keys, "session key", "session keys"),
        (given.signing_keys, "signing key", "signing keys"),
        (given.service_keys, "Kerberos service key", "Kerberos service keys"),
        (given.kerberos_passwords, "Kerberos password", "Kerberos passwords"),
        (given.ticket_session_keys, "ticket session key", "ticket session keys"),
    ];
    let told: Vec<String> = kinds
        .into_iter()
        .filter(|(n, _, _)| *n > 0)
        .map(|(n, one, many)| counted(n as u64, one, many))
        .collect();
    if told.is_empty() { "no secrets".to_owned() } else { format!("with {}", told.join(", ")) }
}

#[cfg(test)]
mod tests;
