//! The accepted exceptions, and what became of each.

use maud::{Markup, html};

use crate::report::words::{self, counted, printable};
use crate::report::{Exceptions, ToldException};

/// Exceptions in the table.
const EXCEPTIONS: usize = 500;

pub(super) fn section(exceptions: &Exceptions) -> Markup {
    let more = exceptions.list.len().saturating_sub(EXCEPTIONS) as u64;
    html! {
        @if let Some(day) = &exceptions.as_of {
            section {
                h2 { "Accepted exceptions" }
                p { "As of " (day) ". An exception hides nothing: what it accepts is marked where it stands." }
                @if exceptions.list.is_empty() { p { "There are none." } }
                @else {
                    table {
                        thead { tr { th.number scope="col" { "Number" } th scope="col" { "For" } th scope="col" { "State" } th scope="col" { "Accepts" } th scope="col" { "Why, and who answers for it" } } }
                        tbody { @for (number, it) in (1..).zip(exceptions.list.iter().take(EXCEPTIONS)) { (row(number, it)) } }
                    }
                    @if more > 0 { p.note { (counted(more, "further exception", "further exceptions")) "." } }
                }
            }
        }
    }
}

fn row(number: usize, told: &ToldException) -> Markup {
    let exception = &told.exception;
    let accepts = [
        (told.accepted_hosts, "host", "hosts"),
        (told.accepted_sessions, "session", "sessions"),
        (told.accepted_findings, "finding", "findings"),
    ];
    let accepts = accepts.into_iter().filter(|(n, _, _)| *n > 0);
    let accepts: Vec<String> = accepts.map(|(n, one, many)| counted(n, one, many)).collect();
    html! {
        tr {
            td.number { (number) }
            th scope="row" {
                (printable(&words::exception_for(exception)))
                @if !exception.rules.is_empty() { div.name { (printable(&exception.rules.join(", "))) } }
            }
            td {
                (words::exception_state(told.state))
                div.name {
                    "from " (printable(&exception.accepted_on))
                    @match &exception.expires_on { Some(last) => { " until " (printable(last)) } None => { ", without an end" } }
                }
            }
            td { @if accepts.is_empty() { "nothing" } @else { (accepts.join(", ")) } }
            td {
                (printable(&exception.reason)) " (" (printable(&exception.owner)) ")"
                @if !exception.compensating_controls.is_empty() {
                    div.name { "Instead: " (printable(&exception.compensating_controls.join("; "))) }
                }
            }
        }
    }
}
