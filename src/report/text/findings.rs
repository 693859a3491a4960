//! Findings as text: what matters first and in full, the rest in a line for each rule.

use super::{count, printable, push_line};
use crate::report::{Catalogue, Finding, SessionRow, Severity, headline, words};

/// Findings of one rule that are written in full, and titles of the others.
const OF_ONE_RULE: usize = 5;

/// Sessions and packets named for one finding.
const NAMED: usize = 4;

/// Remedies that are written out; the JSON report has all.
const REMEDIES: usize = 2;

/// Adds the findings; `row_of` finds the session with a key.
pub(super) fn push(
    text: &mut String,
    findings: &[Finding],
    row_of: &impl Fn(&str) -> Option<SessionRow>,
) {
    if findings.is_empty() {
        return;
    }
    text.push('\n');
    let n = findings.len() as u64;
    let accepted = findings.iter().filter(|it| it.exception.is_some()).count() as u64;
    let accepted = headline::accepted(accepted, n);
    push_line(text, &format!("{}{accepted}:", count(n, "finding", "findings")));
    let mut rest = findings;
    while let Some(first) = rest.first() {
        let is_alike = |it: &Finding| {
            (&it.rule, it.severity, it.confidence)
                == (&first.rule, first.severity, first.confidence)
        };
        let n = rest.iter().take_while(|it| is_alike(it)).count();
        let (group, others) = rest.split_at(n);
        rest = others;
        match first.severity {
            Severity::High | Severity::Medium => push_in_full(text, group, row_of),
            Severity::Low | Severity::Info => push_in_short(text, first, group),
        }
    }
}

fn push_in_full(
    text: &mut String,
    group: &[Finding],
    row_of: &impl Fn(&str) -> Option<SessionRow>,
) {
    for finding in group.iter().take(OF_ONE_RULE) {
        push_line(text, &format!("{}: {}", grade(finding), printable(&finding.title)));
        if let Some(accepted) = &finding.exception {
            let number = accepted.exception + 1;
            let reason = printable(&accepted.reason);
            push_line(text, &format!("  accepted by exception {number}: {reason}"));
        }
        let ends = finding.sessions.iter().take(NAMED).filter_map(|key| row_of(key));
        let ends =
            ends.map(|row| format!("{} {}", row.key, words::between(&row.client, &row.server)));
        push_some(
            text,
            "sessions",
            ends.collect(),
            finding.sessions.len() as u64 + finding.sessions_left_out,
        );
        let mut packets: Vec<u64> = finding.evidence.iter().map(|it| it.packet).collect();
        packets.sort_unstable();
        packets.dedup();
        let n = packets.len() as u64;
        let named = packets.iter().take(3 * NAMED).map(u64::to_string);
        push_some(text, "packets", named.collect(), n);
        for other in &finding.alternatives {
            push_line(text, &format!("  or else: {}", printable(other)));
        }
    }
    let more = group.len().saturating_sub(OF_ONE_RULE) as u64;
    let Some(first) = group.first() else { return };
    if more > 0 {
        push_line(text, &format!("  and {more} more of the rule {}", first.rule));
    }
    // All of a group have one rule, and so the same to be done.
    for remedy in first.remediation.iter().take(REMEDIES) {
        push_line(text, &format!("  do: {remedy}"));
    }
}

fn push_in_short(text: &mut String, first: &Finding, group: &[Finding]) {
    let title = |it: &Finding| match it.exception {
        Some(_) => format!("{} (accepted)", printable(&it.title)),
        None => printable(&it.title),
    };
    let titles = group.iter().take(OF_ONE_RULE).map(title);
    let mut line = format!("{}: {}", grade(first), titles.collect::<Vec<_>>().join("; "));
    if let more @ 1.. = group.len().saturating_sub(OF_ONE_RULE) {
        line.push_str(&format!("; and {more} more"));
    }
    push_line(text, &line);
}

fn push_some(text: &mut String, what: &str, named: Vec<String>, n: u64) {
    if named.is_empty() {
        return;
    }
    let more = n.saturating_sub(named.len() as u64);
    let more = if more > 0 { format!(" and {more} more") } else { String::new() };
    push_line(text, &format!("  {what}: {}{more}", printable(&named.join(", "))));
}

/// How much a finding matters, how sure it is, and its rule.
fn grade(finding: &Finding) -> String {
    format!(
        "{} ({}, {})",
        words::severity(finding.severity),
        words::confidence(finding.confidence),
        finding.rule
    )
}

/// The rules, one a line, and what has none.
pub fn rules(catalogue: &Catalogue) -> String {
    let mut text = String::new();
    let widest = catalogue.rules.iter().map(|rule| rule.name.len()).max().unwrap_or_default();
    for rule in &catalogue.rules {
        let (codes, severity) = (rule.codes.join(","), words::severity(rule.severity));
        push_line(
            &mut text,
            &format!("{codes:<7} {:<widest$} {severity:<6} {}", rule.name, rule.summary),
        );
    }
    push_line(&mut text, "\nNot looked for:");
    for it in &catalogue.omissions {
        push_line(&mut text, &format!("{:<7} {}: {}", it.code, it.what, it.reason));
    }
    text
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::{Finding, Severity, push};
    use crate::report::Confidence;

    fn finding(severity: Severity, title: &str) -> Finding {
        Finding {
            rule: "some-rule".to_owned(),
            severity,
            confidence: Confidence::Strong,
            title: title.to_owned(),
            sessions: Vec::new(),
            sessions_left_out: 0,
            hosts: Vec::new(),
            hosts_left_out: 0,
            evidence: Vec::new(),
            alternatives: vec!["A NAT: not ruled out.".to_owned()],
            remediation: vec!["Look.".to_owned()],
            references: BTreeMap::new(),
            exception: None,
        }
    }

    #[test]
    fn what_matters_is_written_in_full_and_the_rest_in_a_line() {
        let mut findings = vec![finding(Severity::High, "One\u{7}")];
        findings.extend((0..7).map(|number| finding(Severity::Info, &format!("x{number}"))));
        let mut text = String::new();
        push(&mut text, &findings, &|_| None);
        assert_eq!(
            text,
            "\n8 findings:\nHIGH (strong, some-rule): One\\u{7}\n  or else: A NAT: not ruled out.\n  \
             do: Look.\ninfo (strong, some-rule): x0; x1; x2; x3; x4; and 2 more\n"
        );
        let mut text = String::new();
        push(&mut text, &[], &|_| None);
        assert_eq!(text, "");
    }
}
