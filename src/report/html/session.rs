//! Sessions: a table of them, and of those that are not plainly protected the way to the verdict.

use std::io::{self, Write};

use maud::{Markup, PreEscaped, html};

use super::{ROWS, TOLD, badge, packets, put};
use crate::report::words::{self, count, counted, printable};
use crate::report::{Capture, Endpoint, Session, SessionRow, SigningStatus};

/// Writes the table, and gives the keys of the sessions whose verdict is to be explained.
pub(super) fn table(
    out: &mut dyn Write,
    captures: &[Capture],
    total: u64,
    mut rows: impl Iterator<Item = SessionRow>,
) -> io::Result<Vec<String>> {
    let mut to_tell = Vec::new();
    if total == 0 {
        return Ok(to_tell);
    }
    put(out, heading())?;
    for row in rows.by_ref().take(ROWS) {
        put(out, one_row(captures, &row))?;
        if !is_protected(row.status) {
            to_tell.push(row.key);
        }
    }
    put(out, PreEscaped("</tbody></table>".to_owned()))?;
    let left_out = total.saturating_sub(ROWS as u64);
    if left_out > 0 {
        let sessions = counted(left_out, "further session is", "further sessions are");
        put(
            out,
            html! { p.note { (sessions) " left out here; the CSV and JSON reports have all." } },
        )?;
    }
    put(out, PreEscaped("</section>".to_owned()))?;
    Ok(to_tell)
}

/// Writes the way to the verdict of the sessions with these keys.
pub(super) fn told(
    out: &mut dyn Write,
    captures: &[Capture],
    keys: &[String],
    session_of: impl Fn(&str) -> Option<Session>,
) -> io::Result<()> {
    if keys.is_empty() {
        return Ok(());
    }
    put(
        out,
        html! { (PreEscaped("<section>")) h2 { "Why" } p { "Of each session that is not signed or encrypted throughout." } },
    )?;
    for session in keys.iter().take(TOLD).filter_map(|key| session_of(key)) {
        put(out, one(captures, &session))?;
    }
    if keys.len() > TOLD {
        let more =
            counted((keys.len() - TOLD) as u64, "further session is", "further sessions are");
        put(
            out,
            html! { p.note { (more) " left out here; the JSON report has the reasons of all." } },
        )?;
    }
    put(out, PreEscaped("</section>".to_owned()))
}

/// Whether every message of the session that could be signed is signed or encrypted.
fn is_protected(status: SigningStatus) -> bool {
    matches!(
        status,
        SigningStatus::SignedUnverified
            | SigningStatus::SignedPartlyVerified
            | SigningStatus::SignedVerified
            | SigningStatus::Encrypted
            | SigningStatus::EncryptedVerified
    )
}

fn heading() -> Markup {
    html! {
        (PreEscaped("<section class=\"sessions\">"))
        h2 { "Sessions" }
        (PreEscaped("<table><thead>"))
        tr {
            th scope="col" { "Session" }
            th scope="col" { "Client" }
            th scope="col" { "Server" }
            th scope="col" { "SMB" }
            th scope="col" { "Account" }
            th scope="col" { "Required by" }
            th scope="col" { "Status" }
            th.number scope="col" { "Signed" }
            th scope="col" { "First packet" }
        }
        (PreEscaped("</thead><tbody>"))
    }
}

fn one_row(captures: &[Capture], row: &SessionRow) -> Markup {
    let messages = &row.messages;
    html! {
        tr {
            th scope="row" { (row.key) }
            td { (end(&row.client)) }
            td { (end(&row.server)) }
            td { (whole(row.dialect.map_or("not seen", words::dialect))) }
            td {
                (whole(&printable(row.account.as_deref().unwrap_or("not seen"))))
                @if let Some(mechanism) = row.mechanism { div.name { (words::mechanism(mechanism)) } }
            }
            td { (words::required_by(row.policy)) }
            td {
                (badge(row.status))
                div.phrase { (printable(&row.phrase)) }
                @if let Some(accepted) = &row.exception {
                    div.accepted { "Accepted by exception " (accepted.exception + 1) }
                }
            }
            td.number {
                (whole(&format!("{} of {}", count(messages.signed), count(messages.eligible))))
                @if messages.encrypted > 0 { div.name { (count(messages.encrypted)) " encrypted" } }
                @if messages.verified > 0 { div.name { (count(messages.verified)) " verified" } }
                @if messages.failed > 0 { div.name { (count(messages.failed)) " wrong" } }
            }
            td {
                (packets(captures, std::iter::once((row.capture, row.first_packet))))
                @if let Some(time) = &row.first_time { div.name { (to_the_second(time)) } }
            }
        }
    }
}

/// One end of a connection, with the host's name where it is known.
fn end(end: &Endpoint) -> Markup {
    let address = printable(&words::end(end));
    html! {
        (whole(&address))
        @if let Some(name) = &end.name { div.name { (printable(name)) } }
    }
}

/// The longest text that is not broken into lines.
const WHOLE: usize = 24;

/// A text that is not broken into lines, unless it is so long that it would push the columns apart.
fn whole(text: &str) -> Markup {
    html! { span.whole[text.len() <= WHOLE] { (text) } }
}

/// A time without its fraction.
fn to_the_second(time: &str) -> String {
    let whole = time.split_once(['.', 'Z']).map_or(time, |(whole, _)| whole);
    whole.replace('T', " ")
}

fn one(captures: &[Capture], session: &Session) -> Markup {
    html! {
        article.session id=(session.key) {
            h3 { (session.key) ": " (printable(&session.verdict.phrase)) }
            p { (badge(session.status)) " " (printable(&words::between(&session.client, &session.server))) }
            ol {
                @for reason in &session.verdict.why {
                    li {
                        (printable(&reason.text))
                        @if !reason.packets.is_empty() {
                            " " span.packets {
                                "Packets " (packets(captures, reason.captures.iter().copied().zip(reason.packets.iter().copied())))
                            }
                        }
                        @if let Some(section) = &reason.section { " " span.section { (section) } }
                    }
                }
            }
            @if !session.verdict.would_change.is_empty() {
                p { strong { "What would change it: " } (printable(&session.verdict.would_change)) }
            }
            @for it in session.wireshark_filters.iter().take(FILTERS) {
                p.filter {
                    "Wireshark"
                    @if let Some(capture) = captures.get(it.capture).filter(|_| captures.len() > 1) {
                        " in " (printable(&capture.name))
                    }
                    ": " code { (printable(&it.filter)) }
                }
            }
        }
    }
}

/// Filters of a session that are written, one for each capture that it is in.
const FILTERS: usize = 4;
