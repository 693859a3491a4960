//! Exceptions whose last day is over.

use super::exceptions::{draft, name, shown};
use crate::exceptions::Holds;
use crate::findings::draft::Drafts;
use crate::findings::facts::Facts;
use crate::findings::{Rule, references, remediation};
use crate::report::Severity;

pub(super) const RULE: Rule = Rule {
    codes: &["E1"],
    name: "exception-expired",
    severity: Severity::Medium,
    summary: "The last day of an accepted exception is over",
    ordinary_causes: &[RENEWED],
    remedies: &[remediation::EXCEPTIONS, remediation::SIGN],
    references: references::EXCEPTIONS,
    covered_by: &[],
    judge,
};

const RENEWED: &str = "The exception was renewed, and the file is not the newest";

fn judge(facts: &Facts<'_>, found: &mut Drafts<'_>) {
    let Some(applied) = &facts.exceptions else { return };
    let shown = shown(facts, applied);
    let entries = applied.register().entries().iter().enumerate();
    let over = entries.filter(|(_, entry)| entry.holds(applied.register().day()) == Holds::NoMore);
    found.extend(over.map(|(place, entry)| {
        let shown = shown.get(&place).map(Vec::as_slice).unwrap_or_default();
        let is_needed = shown.iter().any(|it| !it.requires);
        let last = entry.expires_on.map(|date| date.to_string()).unwrap_or_default();
        let what = match (is_needed, applied.is_seen(place)) {
            (true, _) => "and signing is still not required",
            (false, true) => "and nothing that was captured needs it",
            (false, false) => "and what it is for was not seen",
        };
        let title = format!("{} expired on {last}, {what}", name(place, entry));
        let severity = if is_needed { Severity::Medium } else { Severity::Low };
        draft(title, shown).severity(severity).unless(RENEWED)
    }));
}
