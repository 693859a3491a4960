//! Findings as a list to choose from, by severity and rule.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::finding::{Confidence, Finding, Severity};
use super::overview::SessionRow;
use super::rule::{Catalogue, Rule};

/// Findings of one rule that matter alike.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FindingGroup {
    /// How much they matter.
    pub severity: Severity,
    /// The rule that made them.
    pub rule: String,
    /// What the rule finds, in one line.
    pub summary: String,
    /// How many there are.
    pub total: u64,
    /// The first of them.
    pub lines: Vec<FindingLine>,
}

/// A finding as a line of a list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FindingLine {
    /// Its place among all findings of the report.
    pub place: usize,
    /// The rule that made it.
    pub rule: String,
    /// How much it matters.
    pub severity: Severity,
    /// How sure it is.
    pub confidence: Confidence,
    /// What was found, in one line.
    pub title: String,
    /// Sessions that it is about.
    pub sessions: u64,
    /// All of it falls under an accepted exception.
    pub is_accepted: bool,
}

impl FindingLine {
    /// The line of the finding at `place`.
    pub fn of(place: usize, finding: &Finding) -> FindingLine {
        FindingLine {
            place,
            rule: finding.rule.clone(),
            severity: finding.severity,
            confidence: finding.confidence,
            title: finding.title.clone(),
            sessions: finding.sessions.len() as u64 + finding.sessions_left_out,
            is_accepted: finding.exception.is_some(),
        }
    }
}

/// All findings, by severity and rule.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct FindingList {
    /// What matters most first; within a severity in the order of the catalogue.
    pub groups: Vec<FindingGroup>,
    /// How many rules looked for something.
    pub rules: u64,
}

impl FindingList {
    /// How many findings there are.
    pub fn total(&self) -> u64 {
        self.groups.iter().map(|group| group.total).sum()
    }

    /// The severities that occur and how many findings have each, the gravest first.
    pub fn by_severity(&self) -> Vec<(Severity, u64)> {
        let mut counts: BTreeMap<Severity, u64> = BTreeMap::new();
        for group in &self.groups {
            *counts.entry(group.severity).or_default() += group.total;
        }
        counts.into_iter().collect()
    }
}

/// One finding in full.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FindingView {
    /// Its place among all findings of the report.
    pub place: usize,
    /// The finding.
    pub finding: Finding,
    /// What its rule says.
    pub rule: Option<Rule>,
    /// The first of its sessions.
    pub rows: Vec<SessionRow>,
}

impl FindingView {
    /// Sessions that are told of at most.
    pub const ROWS: usize = 20;

    /// Sessions that the finding is about.
    pub fn sessions(&self) -> u64 {
        self.finding.sessions.len() as u64 + self.finding.sessions_left_out
    }
}

/// Which findings belong together, by their places, in the order in which they are listed.
pub fn group_findings<'a>(
    findings: impl IntoIterator<Item = &'a Finding>,
    catalogue: &Catalogue,
) -> Vec<Vec<usize>> {
    let rank: BTreeMap<&str, usize> = catalogue
        .rules
        .iter()
        .enumerate()
        .map(|(place, rule)| (rule.name.as_str(), place))
        .collect();
    let mut groups: BTreeMap<(Severity, usize, &str), Vec<usize>> = BTreeMap::new();
    for (place, finding) in findings.into_iter().enumerate() {
        let rank = rank.get(finding.rule.as_str()).copied().unwrap_or(usize::MAX);
        groups.entry((finding.severity, rank, &finding.rule)).or_default().push(place);
    }
    groups.into_values().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn finding(rule: &str, severity: Severity) -> Finding {
        Finding {
            rule: rule.to_owned(),
            severity,
            confidence: Confidence::Strong,
            title: String::new(),
            sessions: vec!["s1".to_owned()],
            sessions_left_out: 2,
            hosts: Vec::new(),
            hosts_left_out: 0,
            evidence: Vec::new(),
            alternatives: Vec::new(),
            remediation: Vec::new(),
            references: BTreeMap::new(),
            exception: None,
        }
    }

    fn rule(name: &str) -> Rule {
        Rule {
            name: name.to_owned(),
            codes: Vec::new(),
            severity: Severity::High,
            summary: String::new(),
            ordinary_causes: Vec::new(),
            remediation: Vec::new(),
            references: BTreeMap::new(),
        }
    }

    #[test]
    fn findings_stand_by_severity_and_then_in_the_order_of_the_catalogue() {
        let catalogue = Catalogue {
            rules: vec![rule("b"), rule("a")],
            omissions: Vec::new(),
            frameworks: Vec::new(),
        };
        let findings = [
            finding("a", Severity::High),
            finding("b", Severity::Low),
            finding("b", Severity::High),
            finding("a", Severity::High),
        ];
        assert_eq!(group_findings(&findings, &catalogue), [vec![2], vec![0, 3], vec![1]]);
        assert_eq!(FindingLine::of(7, &findings[0]).sessions, 3);
    }
}
