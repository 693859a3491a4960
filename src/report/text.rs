//! A report as text for a terminal: what was read, the sessions as a table, and the numbers.

use std::fmt::Write;

use comfy_table::{
    Attribute, Cell, Color, ColumnConstraint, ContentArrangement, ContentLineStyle, LineStyle,
    Table, TableStyle, Width,
};

use super::empty::EmptyReason;
use super::words::printable;
use super::{
    Capture, CaptureContents, Coverage, Endpoint, Host, Interface, NotAnalysable, Overview,
    RequiresSigning, SessionRow, SigningStatus, words,
};

/// How text is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Style {
    /// Columns of the terminal, which long cells are wrapped to; `None` for no wrapping.
    pub width: Option<u16>,
    /// Colours and weights, by the control sequences of terminals.
    pub is_colored: bool,
}

/// A run as text, with a line break at its end.
pub fn render(overview: &Overview, rows: &[SessionRow], hosts: &[Host], style: Style) -> String {
    let mut text = String::new();
    for capture in &overview.captures {
        push_capture(&mut text, capture);
    }
    match EmptyReason::of(overview) {
        Some(reason) => {
            push_line(&mut text, "No SMB session was found.");
            push_line(&mut text, &format!("{} {}", reason.what(), reason.what_to_do()));
        }
        None => {
            text.push('\n');
            push_line(&mut text, &sessions_table(overview, rows, style).trim_fmt());
            text.push('\n');
        }
    }
    push_views(&mut text, rows);
    push_summary(&mut text, overview, hosts);
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

/// The narrowest terminal in which a table can be read; below it each session is a paragraph.
const TABLE_WIDTH: u16 = 130;

/// Columns that a status needs at least, so that it is not broken into single words.
const STATUS_WIDTH: u16 = 28;

/// The sessions, one a row.
fn sessions_table(overview: &Overview, rows: &[SessionRow], style: Style) -> Table {
    let is_paragraphs = style.width.is_some_and(|width| width < TABLE_WIDTH);
    let captures = Some(&overview.captures).filter(|captures| captures.len() > 1);
    let mut table = Table::new();
    table.force_no_tty();
    table.load_style(
        TableStyle::new()
            .header_lines(ContentLineStyle::none().junction(' '))
            .header_separator(LineStyle::none().fill('─').junction('─'))
            .content_lines(ContentLineStyle::none().junction(' ')),
    );
    if let Some(width) = style.width {
        table.set_content_arrangement(ContentArrangement::Dynamic).set_width(width);
    }
    if style.is_colored {
        table.enforce_styling();
    }
    if is_paragraphs {
        for row in rows {
            table.add_row(vec![paragraph(row, captures.map(Vec::as_slice))]);
        }
        return table;
    }
    let mut headings =
        vec!["Client", "Server", "SMB", "Account", "Required by", "Status", "Messages", "Packets"];
    if captures.is_some() {
        headings.push("Capture");
    }
    let n_columns = headings.len();
    table.set_header(headings.into_iter().map(|it| Cell::new(it).add_attribute(Attribute::Bold)));
    for row in rows {
        table.add_row(cells(row, captures.map(Vec::as_slice), style));
    }
    // Addresses and numbers stay whole; sentences and names are what is wrapped.
    for place in 0..n_columns {
        let constraint = match place {
            0 | 1 | 2 | 7 => ColumnConstraint::ContentWidth,
            5 => ColumnConstraint::LowerBoundary(Width::Fixed(STATUS_WIDTH)),
            _ => continue,
        };
        if let (Some(column), true) = (table.column_mut(place), style.width.is_some()) {
            column.set_constraint(constraint);
        }
    }
    table
}

/// One session's cells; with the capture's name where `captures` are several.
fn cells(row: &SessionRow, captures: Option<&[Capture]>, style: Style) -> Vec<Cell> {
    // A name has a line of its own where lines are short, and shares one where a program reads it.
    let between = if style.width.is_some() { "\n" } else { " " };
    let mut cells = vec![
        Cell::new(endpoint(&row.client, between)),
        Cell::new(endpoint(&row.server, between)),
        Cell::new(row.dialect.map_or("not seen", words::dialect)),
        Cell::new(account(row)),
        Cell::new(words::required_by(row.policy)),
        colored(Cell::new(printable(&status_text(row))), row.status),
        Cell::new(messages(row)),
        Cell::new(format!("{}-{}", row.first_packet, row.last_packet)),
    ];
    if let Some(captures) = captures {
        cells.push(Cell::new(capture_name(row, captures)));
    }
    cells
}

/// One session as a paragraph.
fn paragraph(row: &SessionRow, captures: Option<&[Capture]>) -> Cell {
    let mut text = format!(
        "{} → {}\n  {}\n  SMB {}; account: {}; signing required by: {}\n  {}, packets {}-{}",
        endpoint(&row.client, " "),
        endpoint(&row.server, " "),
        printable(&status_text(row)),
        row.dialect.map_or("not seen", words::dialect),
        account(row),
        words::required_by(row.policy),
        messages(row),
        row.first_packet,
        row.last_packet,
    );
    if let Some(captures) = captures {
        text.push_str(&format!(" of {}", capture_name(row, captures)));
    }
    text.push('\n');
    colored(Cell::new(text), row.status)
}

/// The account, and whether the server made it a guest.
fn account(row: &SessionRow) -> String {
    let mut account = row.account.clone().unwrap_or_else(|| "not seen".to_owned());
    if row.guest == Some(true) {
        account.push_str(" (guest)");
    }
    printable(&account)
}

/// The messages after the setup, by what protects them.
fn messages(row: &SessionRow) -> String {
    let counts = [
        (row.messages.signed, "signed"),
        (row.messages.encrypted, "encrypted"),
        (row.messages.unsigned, "unsigned"),
        (row.messages.zero_signature, "with a signature of zeros"),
        (row.messages.unreadable, "unreadable"),
    ];
    let counts: Vec<String> = counts
        .iter()
        .filter(|(count, _)| *count > 0)
        .map(|(count, what)| format!("{count} {what}"))
        .collect();
    if counts.is_empty() { "none".to_owned() } else { counts.join(", ") }
}

fn capture_name(row: &SessionRow, captures: &[Capture]) -> String {
    printable(captures.get(row.capture).map_or("", |capture| &capture.name))
}

fn colored(cell: Cell, status: SigningStatus) -> Cell {
    match color(status) {
        Some(color) => cell.fg(color),
        None => cell,
    }
}

/// The verdict, and what the capture lacks where it lacks something.
fn status_text(row: &SessionRow) -> String {
    let mut text = row.phrase.clone();
    for coverage in row.coverage.iter().filter(|it| **it != Coverage::Complete) {
        text.push_str("; ");
        text.push_str(words::coverage(*coverage));
    }
    text
}

/// Red for what is wrong, yellow for what is open to change, green for what is protected; the words
/// say the same.
fn color(status: SigningStatus) -> Option<Color> {
    match status {
        SigningStatus::BadSignature | SigningStatus::SigningViolated => Some(Color::Red),
        SigningStatus::Unsigned
        | SigningStatus::UnsignedSetupOnly
        | SigningStatus::UnsignedGuest
        | SigningStatus::UnsignedAnonymous
        | SigningStatus::Selective
        | SigningStatus::EncryptedPartly
        | SigningStatus::KeyMismatch => Some(Color::Yellow),
        SigningStatus::SignedUnverified
        | SigningStatus::SignedPartlyVerified
        | SigningStatus::SignedVerified
        | SigningStatus::Encrypted
        | SigningStatus::EncryptedVerified => Some(Color::Green),
        SigningStatus::BaselineOnly | SigningStatus::NoSession | SigningStatus::Unknown => None,
    }
}

/// Conversations of which it is said that they were recorded in several places; the JSON report says
/// it of all.
const VIEWS_NAMED: usize = 10;

/// The sessions that are one conversation, recorded in several places.
fn push_views(text: &mut String, rows: &[SessionRow]) {
    let seen_again: Vec<&SessionRow> = rows.iter().filter(|row| !row.same_as.is_empty()).collect();
    let by_key = |key: &String| seen_again.iter().find(|row| row.key == *key);
    let mut told: Vec<&str> = Vec::new();
    let mut n_lines = 0;
    for row in &seen_again {
        if told.contains(&row.key.as_str()) {
            continue;
        }
        if n_lines == VIEWS_NAMED {
            push_line(
                text,
                "Further sessions are the same conversation recorded in several places.",
            );
            return;
        }
        n_lines += 1;
        let others: Vec<&&SessionRow> = row.same_as.iter().filter_map(by_key).collect();
        told.extend(others.iter().map(|other| other.key.as_str()));
        let also: Vec<String> =
            others.iter().map(|other| words::between(&other.client, &other.server)).collect();
        let own = words::between(&row.client, &row.server);
        let also = also.join(" and as ");
        push_line(text, &format!("The same conversation was recorded as {own} and as {also}."));
    }
}

/// Servers that are named of those that do not require signing; the JSON report names all.
const SERVERS_NAMED: usize = 10;

/// Sessions by status, and the servers that do not require signing.
fn push_summary(text: &mut String, overview: &Overview, hosts: &[Host]) {
    if overview.sessions > 0 {
        let by_status: Vec<String> = overview
            .by_status
            .iter()
            .map(|it| format!("{} {}", it.sessions, words::status_label(it.status).to_lowercase()))
            .collect();
        let sessions = count(overview.sessions, "session", "sessions");
        push_line(text, &format!("{sessions}: {}", by_status.join("; ")));
    }
    let lax: Vec<String> = hosts
        .iter()
        .filter(|host| host.as_server.requires_signing.is_some_and(|it| it != RequiresSigning::Yes))
        .map(host_name)
        .collect();
    if !lax.is_empty() {
        let verb = if lax.len() == 1 { "does" } else { "do" };
        let mut list = lax.iter().take(SERVERS_NAMED).cloned().collect::<Vec<_>>().join(", ");
        if lax.len() > SERVERS_NAMED {
            list.push_str(&format!(" and {} more", lax.len() - SERVERS_NAMED));
        }
        let servers = count(overview.servers, "server", "servers");
        push_line(text, &format!("{} of {servers} {verb} not require signing: {list}", lax.len()));
    }
}

/// A host's address, and its name where it has one.
fn host_name(host: &Host) -> String {
    match host.names.first() {
        Some(name) => printable(&format!("{} ({name})", host.address)),
        None => printable(&host.address),
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
    use super::{Style, push_not_analysable, render, to_the_second};
    use crate::report::{Capture, Overview, Problem};
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
        let text = render(&overview, &[], &[], Style::default());
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
