//! A report as text for a terminal: what was read, the sessions as a table, and the numbers.

mod findings;
mod posture;
mod references;
mod sheet;

use std::fmt::Write;

pub use self::findings::rules;
pub use self::posture::Posture;
pub use self::references::references;

pub use self::sheet::Sheet;

use self::sheet::Views;
use super::empty::EmptyReason;
use super::words::printable;
use super::{
    Capture, CaptureContents, Endpoint, Exceptions, Finding, Interface, NotAnalysable, Overview,
    SessionRow, headline, words,
};

/// How text is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Style {
    /// Columns of the terminal, which long cells are wrapped to; `None` for no wrapping.
    pub width: Option<u16>,
    /// Colours and weights, by the control sequences of terminals.
    pub is_colored: bool,
}

/// What is said of a run behind its sessions.
#[derive(Clone, Copy, Debug)]
pub struct Judged<'a> {
    /// What the hosts are, against what they require.
    pub posture: &'a Posture,
    /// What a responder should act on.
    pub findings: &'a [Finding],
    /// The accepted exceptions.
    pub exceptions: &'a Exceptions,
}

/// A run as text, with a line break at its end: its sessions are in `sheet`, and `row_of` finds the
/// session with a key.
pub fn render(
    overview: &Overview,
    sheet: Sheet<'_>,
    row_of: impl Fn(&str) -> Option<SessionRow>,
    judged: Judged<'_>,
) -> String {
    let mut text = String::new();
    for capture in &overview.captures {
        push_capture(&mut text, capture);
    }
    let (table, views) = sheet.finish();
    match EmptyReason::of(overview) {
        Some(reason) => {
            push_line(&mut text, "No SMB session was found.");
            push_line(&mut text, &format!("{} {}", reason.what(), reason.what_to_do()));
        }
        None => {
            text.push('\n');
            text.push_str(&table);
            text.push('\n');
        }
    }
    push_views(&mut text, &views, &row_of);
    push_summary(&mut text, overview, judged.posture);
    findings::push(&mut text, judged.findings, &row_of);
    judged.posture.push(&mut text, judged.exceptions);
    text
}

/// What of a capture was read, and what was wrong with it.
fn push_capture(text: &mut String, capture: &Capture) {
    let mut facts = vec![count(capture.packets, "packet", "packets")];
    let format = capture.format.as_deref().unwrap_or("not a capture");
    facts.insert(
        0,
        match &capture.compression {
            Some(compression) => format!("{format} in {compression}"),
            None => format.to_owned(),
        },
    );
    if let (Some(first), Some(last)) = (&capture.first_time, &capture.last_time) {
        facts.push(format!("{} to {} UTC", to_the_second(first), to_the_second(last)));
    }
    if capture.truncated_packets > 0 {
        facts.push(format!("{} cut by the snap length", capture.truncated_packets));
    }
    push_line(text, &format!("{}: {}", printable(&capture.name), facts.join(", ")));
    push_encapsulations(text, &capture.contents);
    for (link_type, packets) in &capture.contents.unknown_link_types {
        let packets = count(*packets, "packet", "packets");
        push_line(text, &format!("  not read: {packets} of link type {}", printable(link_type)));
    }
    push_not_analysable(text, &capture.contents.not_analysable);
    let twice = capture.contents.recorded_twice;
    if twice > 0 {
        push_line(text, &format!("  {}", words::recorded_twice(twice, &twice.to_string())));
    }
    push_about_file(text, capture);
    for problem in &capture.problems {
        let mut place = Vec::new();
        place.extend(problem.packet.map(|packet| format!("packet {packet}")));
        place.extend(problem.offset.map(|offset| format!("byte {offset}")));
        let place =
            if place.is_empty() { String::new() } else { format!(" ({})", place.join(", ")) };
        push_line(text, &format!("  problem: {}{place}", printable(&problem.message)));
    }
}

/// What the packets came in, and what of that was not read.
fn push_encapsulations(text: &mut String, contents: &CaptureContents) {
    let kinds: Vec<String> = CaptureContents::encapsulations_of([contents])
        .into_iter()
        .enumerate()
        .map(|(place, (name, packets))| match place {
            0 => format!("{} in {name}", count(packets, "packet", "packets")),
            _ => format!("{packets} in {name}"),
        })
        .collect();
    if !kinds.is_empty() {
        push_line(text, &format!("  carried: {}", kinds.join(", ")));
    }
    if contents.encrypted > 0 {
        let packets = count(contents.encrypted, "packet", "packets");
        push_line(text, &format!("  not read: {packets} encrypted by the link"));
    }
}

/// Interfaces and comments of a capture that are written out; the JSON report has more.
const LINES_ABOUT_FILE: usize = 4;

/// What the file says about itself, where it says anything.
fn push_about_file(text: &mut String, capture: &Capture) {
    let by: Vec<String> = [&capture.application, &capture.os, &capture.hardware]
        .into_iter()
        .flatten()
        .map(|it| printable(it))
        .collect();
    if !by.is_empty() {
        push_line(text, &format!("  captured by: {}", by.join(", ")));
    }
    let named = capture
        .interfaces
        .iter()
        .filter(|it| it.name.is_some() || it.filter.is_some() || capture.interfaces.len() > 1);
    push_some(text, named.map(interface));
    push_some(
        text,
        capture.comments.iter().map(|comment| match comment.packet {
            Some(packet) => format!("comment on packet {packet}: {}", printable(&comment.text)),
            None => format!("comment: {}", printable(&comment.text)),
        }),
    );
    push_some(
        text,
        capture.secrets_blocks.iter().map(|block| {
            format!("holds secrets, which are not read: {}, {} bytes", block.kind, block.bytes)
        }),
    );
}

/// The first lines, and how many more there are.
fn push_some(text: &mut String, lines: impl Iterator<Item = String>) {
    let mut lines = lines;
    for line in lines.by_ref().take(LINES_ABOUT_FILE) {
        push_line(text, &format!("  {line}"));
    }
    let more = lines.count();
    if more > 0 {
        push_line(text, &format!("  and {more} more like that"));
    }
}

fn interface(interface: &Interface) -> String {
    let name = interface.name.as_deref().or(interface.description.as_deref());
    let mut facts = vec![interface.link_type.clone()];
    facts.push(count(interface.packets, "packet", "packets"));
    facts.extend(interface.filter.as_deref().map(|it| format!("filter: {}", printable(it))));
    format!("interface {}: {}", printable(name.unwrap_or("without a name")), facts.join(", "))
}

/// Conversations that are named of those that cannot be analysed; the JSON report names all.
const NOT_ANALYSABLE_NAMED: usize = 10;

/// SMB over transports that are not analysed.
fn push_not_analysable(text: &mut String, found: &[NotAnalysable]) {
    for it in found.iter().take(NOT_ANALYSABLE_NAMED) {
        let end = |end: &Endpoint, given: Option<&String>| {
            let name = given.or(end.name.as_ref()).map(|name| format!(" ({name})"));
            let address = match end.port {
                0 => end.address.clone(),
                _ => endpoint(&Endpoint { name: None, ..end.clone() }, ""),
            };
            printable(&format!("{address}{}", name.unwrap_or_default()))
        };
        let line = format!(
            "  not analysable: {}, {} to {}, {} from packet {} on",
            words::transport(it.transport),
            end(&it.client, None),
            end(&it.server, it.name.as_ref()),
            count(it.packets, "packet", "packets"),
            it.first_packet,
        );
        push_line(text, &line);
    }
    let more = found.len().saturating_sub(NOT_ANALYSABLE_NAMED);
    if more > 0 {
        push_line(text, &format!("  not analysable: {more} more conversations"));
    }
}

/// The sessions that are one conversation, recorded in several places.
fn push_views(text: &mut String, views: &Views, row_of: &impl Fn(&str) -> Option<SessionRow>) {
    for row in &views.named {
        let others = row.same_as.iter().filter_map(|key| row_of(key));
        let also: Vec<String> =
            others.map(|other| words::between(&other.client, &other.server)).collect();
        let own = words::between(&row.client, &row.server);
        let also = also.join(" and as ");
        push_line(text, &format!("The same conversation was recorded as {own} and as {also}."));
    }
    if views.are_more {
        push_line(text, "Further sessions are the same conversation recorded in several places.");
    }
}

/// Sessions by status, and the servers that do not require signing.
fn push_summary(text: &mut String, overview: &Overview, posture: &Posture) {
    if overview.sessions > 0 {
        let by_status: Vec<String> = overview
            .by_status
            .iter()
            .map(|it| format!("{} {}", it.sessions, words::status_label(it.status).to_lowercase()))
            .collect();
        let sessions = count(overview.sessions, "session", "sessions");
        push_line(text, &format!("{sessions}: {}", by_status.join("; ")));
    }
    if let Some(accepted) = headline::accepted_sessions(overview) {
        push_line(text, &accepted);
    }
    let n_lax = overview.servers_not_requiring;
    if n_lax > 0 {
        let verb = if n_lax == 1 { "does" } else { "do" };
        let mut list = posture.lax.join(", ");
        let more = n_lax.saturating_sub(posture.lax.len() as u64);
        if more > 0 {
            list.push_str(&format!(" and {more} more"));
        }
        let servers = count(overview.servers, "server", "servers");
        let accepted = headline::accepted(overview.servers_accepted, n_lax);
        push_line(
            text,
            &format!("{n_lax} of {servers} {verb} not require signing{accepted}: {list}"),
        );
    }
}

/// An address and port, and after `between` the host's name where it is known.
fn endpoint(endpoint: &Endpoint, between: &str) -> String {
    let (address, port) = (&endpoint.address, endpoint.port);
    let mut text = if address.contains(':') {
        format!("[{address}]:{port}")
    } else {
        format!("{address}:{port}")
    };
    if let Some(name) = &endpoint.name {
        text.push_str(between);
        text.push_str(&printable(name));
    }
    text
}

/// A time of the report without its fraction, as a person writes it.
fn to_the_second(time: &str) -> String {
    let whole = time.split_once(['.', 'Z']).map_or(time, |(whole, _)| whole);
    whole.replace('T', " ")
}

fn count(number: u64, one: &str, many: &str) -> String {
    format!("{number} {}", if number == 1 { one } else { many })
}

fn push_line(text: &mut String, line: &str) {
    // Writing to a string cannot fail.
    let _ = writeln!(text, "{line}");
}

#[cfg(test)]
mod tests {
    use super::{Judged, Posture, Sheet, Style, push_not_analysable, render, to_the_second};
    use crate::report::{Capture, Exceptions, Overview, Problem};
    use crate::report::{Endpoint, NotAnalysable, Transport};

    #[test]
    fn times_are_written_to_the_second() {
        assert_eq!(to_the_second("2026-11-22T14:00:05.123456789Z"), "2026-11-22 14:00:05");
        assert_eq!(to_the_second("2026-11-22T14:00:05Z"), "2026-11-22 14:00:05");
    }

    #[test]
    fn a_run_without_sessions_says_why_and_what_to_do() {
        let problem = Problem {
            code: "cut".to_owned(),
            offset: Some(24),
            packet: None,
            message: "The file ends in the middle of a packet.".to_owned(),
        };
        let capture = Capture {
            name: "x.pcap".to_owned(),
            format: Some("pcap".to_owned()),
            problems: vec![problem],
            ..Capture::default()
        };
        let overview = Overview { captures: vec![capture], ..Overview::default() };
        let sheet = Sheet::new(&overview.captures, Style::default());
        let judged = Judged {
            posture: &Posture::default(),
            findings: &[],
            exceptions: &Exceptions::default(),
        };
        let text = render(&overview, sheet, |_| None, judged);
        assert_eq!(
            text,
            "x.pcap: pcap, 0 packets\n  \
             problem: The file ends in the middle of a packet. (byte 24)\n\
             No SMB session was found.\n\
             There is no packet in it. Look whether the capture filter let anything through, \
             or whether the file was cut.\n"
        );
    }

    #[test]
    fn what_cannot_be_analysed_is_named_with_its_ends() {
        let end = |address: &str, port| Endpoint { address: address.to_owned(), port, name: None };
        let found = NotAnalysable {
            transport: Transport::SmbOverQuic,
            client: end("fd00::7", 50_123),
            server: end("10.0.0.5", 443),
            name: Some("fs1\u{7}".to_owned()),
            packets: 25,
            capture: 0,
            first_packet: 3,
        };
        let mut text = String::new();
        push_not_analysable(&mut text, &vec![found; 12]);
        let line = "  not analysable: SMB over QUIC, [fd00::7]:50123 to 10.0.0.5:443 (fs1\\u{7}), \
                    25 packets from packet 3 on\n";
        assert_eq!(text, format!("{}  not analysable: 2 more conversations\n", line.repeat(10)));
    }
}
