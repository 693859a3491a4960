//! Findings, what matters most first.

use std::io::{self, Write};

use maud::{Markup, html};

use super::hosts::mark;
use super::{packets, put};
use crate::report::words::{self, printable};
use crate::report::{Capture, Evidence, Finding, Severity};

/// Sessions named for one finding.
const SESSIONS: usize = 40;

pub(super) fn write(
    out: &mut dyn Write,
    captures: &[Capture],
    findings: &[Finding],
) -> io::Result<()> {
    put(out, html! { h2 { "Findings" } })?;
    if findings.is_empty() {
        return put(
            out,
            html! { p { "None of the rules found anything. That is no proof that nothing happened." } },
        );
    }
    let mut before: Option<&Finding> = None;
    for finding in findings {
        // What is to be done is the same for all of a rule, and is read once.
        let is_told = before.is_some_and(|before| before.remediation == finding.remediation);
        put(out, one(captures, finding, is_told))?;
        before = Some(finding);
    }
    Ok(())
}

fn one(captures: &[Capture], finding: &Finding, is_told: bool) -> Markup {
    let class = match finding.severity {
        Severity::High => "finding high",
        Severity::Medium => "finding medium",
        Severity::Low => "finding low",
        Severity::Info => "finding info",
    };
    html! {
        article class=(class) {
            p.grade { strong { (words::severity_label(finding.severity)) } " · " (words::confidence(finding.confidence)) " · " code { (finding.rule) } }
            h3 { (printable(&finding.title)) }
            (mark(finding.exception.as_ref()))
            @if !finding.sessions.is_empty() { p { (sessions(finding)) } }
            (evidence(captures, &finding.evidence))
            (list("What else would look the same", &finding.alternatives))
            @if is_told { p { strong { "What to do: " } "as above." } }
            @else { (list("What to do", &finding.remediation)) }
            @if !is_told && !finding.references.is_empty() {
                p.references {
                    @for (place, (framework, names)) in finding.references.iter().enumerate() {
                        @if place > 0 { " · " }
                        (words::framework(framework)) " " (names.join(", "))
                    }
                }
            }
        }
    }
}

fn sessions(finding: &Finding) -> String {
    let named: Vec<&str> = finding.sessions.iter().take(SESSIONS).map(String::as_str).collect();
    let more = (finding.sessions.len() - named.len()) as u64 + finding.sessions_left_out;
    let more = if more > 0 {
        format!(" and {}", words::counted(more, "other", "others"))
    } else {
        String::new()
    };
    let noun = if finding.sessions.len() == 1 && more.is_empty() { "Session" } else { "Sessions" };
    format!("{noun} {}{more}", named.join(", "))
}

fn evidence(captures: &[Capture], evidence: &[Evidence]) -> Markup {
    html! {
        @if !evidence.is_empty() {
            table.evidence {
                thead { tr { th scope="col" { "Packet" } th scope="col" { "Field" } th scope="col" { "Value" } th scope="col" { "What it says" } } }
                tbody {
                    @for it in evidence {
                        tr {
                            td { (packets(captures, std::iter::once((it.capture, it.packet)))) }
                            td { (printable(&it.field)) }
                            td { code { (printable(&it.value)) } }
                            td { (printable(&it.meaning)) }
                        }
                    }
                }
            }
        }
    }
}

fn list(heading: &str, items: &[String]) -> Markup {
    html! {
        @if !items.is_empty() {
            h4 { (heading) }
            ul { @for item in items { li { (printable(item)) } } }
        }
    }
}
