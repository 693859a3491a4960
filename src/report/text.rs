//! A report as text for a terminal: what was read, the sessions as a table, and the numbers.

use std::fmt::Write;

use comfy_table::{
    Attribute, Cell, CellAlignment, Color, ContentArrangement, ContentLineStyle, LineStyle, Table,
    TableStyle,
};

use super::empty::EmptyReason;
use super::{
    Capture, Coverage, Endpoint, Host, Overview, RequiresSigning, SessionRow, SigningStatus, words,
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
    push_summary(&mut text, overview, hosts);
    text
}

/// What of a capture was read, and what was wrong with it.
fn push_capture(text: &mut String, capture: &Capture) {
    let mut facts = vec![count(capture.packets, "packet", "packets")];
    facts.insert(0, capture.format.clone().unwrap_or_else(|| "not a capture".to_owned()));
    if let (Some(first), Some(last)) = (&capture.first_time, &capture.last_time) {
        facts.push(format!("{} to {} UTC", to_the_second(first), to_the_second(last)));
    }
    if capture.truncated_packets > 0 {
        facts.push(format!("{} cut by the snap length", capture.truncated_packets));
    }
    push_line(text, &format!("{}: {}", printable(&capture.name), facts.join(", ")));
    for (link_type, packets) in &capture.contents.unknown_link_types {
        let packets = count(*packets, "packet", "packets");
        push_line(text, &format!("  not read: {packets} of link type {}", printable(link_type)));
    }
    for problem in &capture.problems {
        let mut place = Vec::new();
        place.extend(problem.packet.map(|packet| format!("packet {packet}")));
        place.extend(problem.offset.map(|offset| format!("byte {offset}")));
        let place =
            if place.is_empty() { String::new() } else { format!(" ({})", place.join(", ")) };
        push_line(text, &format!("  problem: {}{place}", printable(&problem.message)));
    }
}

/// The sessions, one a row.
fn sessions_table(overview: &Overview, rows: &[SessionRow], style: Style) -> Table {
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
    let captures = Some(&overview.captures).filter(|captures| captures.len() > 1);
    let mut headings = vec![
        "Client",
        "Server",
        "SMB",
        "Account",
        "Required by",
        "Status",
        "Signed",
        "Unsigned",
        "Encrypted",
        "Packets",
    ];
    if captures.is_some() {
        headings.push("Capture");
    }
    table.set_header(headings.into_iter().map(|it| Cell::new(it).add_attribute(Attribute::Bold)));
    for row in rows {
        table.add_row(cells(row, captures.map(Vec::as_slice)));
    }
    table
}

/// One session's cells; with the capture's name where `captures` are several.
fn cells(row: &SessionRow, captures: Option<&[Capture]>) -> Vec<Cell> {
    let number = |count: u64| Cell::new(count).set_alignment(CellAlignment::Right);
    let mut account = row.account.clone().unwrap_or_else(|| "not seen".to_owned());
    if row.guest == Some(true) {
        account.push_str(" (guest)");
    }
    let mut status = Cell::new(printable(&status_text(row)));
    if let Some(color) = color(row.status) {
        status = status.fg(color);
    }
    let mut cells = vec![
        Cell::new(endpoint(&row.client)),
        Cell::new(endpoint(&row.server)),
        Cell::new(row.dialect.map_or("not seen", words::dialect)),
        Cell::new(printable(&account)),
        Cell::new(words::required_by(row.policy)),
        status,
        number(row.messages.signed),
        number(row.messages.unsigned),
        number(row.messages.encrypted),
        Cell::new(format!("{}-{}", row.first_packet, row.last_packet)),
    ];
    if let Some(captures) = captures {
        let name = captures.get(row.capture).map_or("", |capture| &capture.name);
        cells.push(Cell::new(printable(name)));
    }
    cells
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
        .map(|host| printable(&host.address))
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

/// An address and port, with the host's name before it where it is known.
fn endpoint(endpoint: &Endpoint) -> String {
    let (address, port) = (&endpoint.address, endpoint.port);
    let socket = if address.contains(':') {
        format!("[{address}]:{port}")
    } else {
        format!("{address}:{port}")
    };
    printable(&match &endpoint.name {
        Some(name) => format!("{name} {socket}"),
        None => socket,
    })
}

/// A time of the report without its fraction, as a person writes it.
fn to_the_second(time: &str) -> String {
    let whole = time.split_once(['.', 'Z']).map_or(time, |(whole, _)| whole);
    whole.replace('T', " ")
}

fn count(number: u64, one: &str, many: &str) -> String {
    format!("{number} {}", if number == 1 { one } else { many })
}

/// Text of the capture as it may be written to a terminal: control characters, which could move the
/// cursor or change what stands there, are shown by their numbers.
fn printable(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for letter in text.chars() {
        if letter.is_control() || is_direction_mark(letter) {
            shown.extend(letter.escape_unicode());
        } else {
            shown.push(letter);
        }
    }
    shown
}

/// Marks that turn the order of the text after them around.
fn is_direction_mark(letter: char) -> bool {
    matches!(letter, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

fn push_line(text: &mut String, line: &str) {
    // Writing to a string cannot fail.
    let _ = writeln!(text, "{line}");
}

#[cfg(test)]
mod tests {
    use super::{Style, printable, render, to_the_second};
    use crate::report::{Capture, Overview, Problem};

    #[test]
    fn what_a_capture_says_cannot_steer_the_terminal() {
        assert_eq!(printable("a\u{1b}[2Jb\u{202e}c"), "a\\u{1b}[2Jb\\u{202e}c");
        assert_eq!(printable("Jürgen 東京"), "Jürgen 東京");
    }

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
}
