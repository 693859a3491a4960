//! Exceptions by which nothing is accepted.

use super::exceptions::{draft, name, shown};
use crate::exceptions::Holds;
use crate::findings::draft::Drafts;
use crate::findings::facts::Facts;
use crate::findings::{Rule, references, remediation};
use crate::report::Severity;

pub(super) const RULE: Rule = Rule {
    codes: &["E2"],
    name: "exception-unused",
    severity: Severity::Low,
    summary: "An accepted exception holds, and nothing in the captures needs it",
    ordinary_causes: &[SILENT, FIRST],
    remedies: &[remediation::EXCEPTIONS],
    references: references::EXCEPTIONS,
    covered_by: &[],
    judge,
};

const SILENT: &str = "What it is for did not take part while the captures were taken";
const FIRST: &str = "Another exception before it in the file is for the same";

fn judge(facts: &Facts<'_>, found: &mut Drafts<'_>) {
    let Some(applied) = &facts.exceptions else { return };
    let shown = shown(facts, applied);
    let entries = applied.register().entries().iter().enumerate();
    let unused = entries.filter(|(place, entry)| {
        entry.holds(applied.register().day()) == Holds::Now && !applied.is_used(*place)
    });
    found.extend(unused.map(|(place, entry)| {
        let shown = shown.get(&place).map(Vec::as_slice).unwrap_or_default();
        let is_seen = applied.is_seen(place);
        let requires = !shown.is_empty() && shown.iter().all(|it| it.requires);
        let (what, severity) = match (is_seen, requires) {
            (false, _) => ("accepts nothing: what it is for was not seen", Severity::Info),
            (true, true) => ("accepts nothing: signing is required", Severity::Low),
            (true, false) => ("accepts nothing of what was seen", Severity::Low),
        };
        let title = format!("{} {what}", name(place, entry));
        draft(title, shown).severity(severity).not_if(is_seen, SILENT, "it was seen").unless(FIRST)
    }));
}
