//! What a responder should act on: rules over everything that a run saw.
//!
//! A [`Rule`] is one file: a pure function over [`Facts`], with its name, what it says, the ordinary
//! causes that look the same, what to do, and where it belongs in the frameworks of the trade. All
//! rules see all captures of a run together. A rule says what the packets show and what else would
//! look so; it never says who meant what.
//! Each takes time in proportion to the number of sessions: what is to be compared is looked up by
//! its value, never one with every other.

mod draft;
pub mod facts;
pub mod omissions;
pub mod references;
pub mod remediation;
mod rules;

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;

use crate::exceptions::{Applied, Party};
use crate::report::{self, Exceptions, Finding, Severity, Side};

use self::draft::{Draft, Drafts, Places};
use self::facts::Facts;
use self::references::References;
use self::remediation::Remedy;

/// One rule.
#[derive(Clone, Copy)]
pub struct Rule {
    /// Its numbers in the catalogue of what can be seen in captures: R relays, X reflection, K
    /// Kerberos, D downgrade, I integrity, C coercion, N names, H hygiene; and E exceptions.
    pub codes: &'static [&'static str],
    /// Its stable name.
    pub name: &'static str,
    /// The most that one of its findings matters.
    pub severity: Severity,
    /// What it finds, in one line.
    pub summary: &'static str,
    /// What has an ordinary cause and looks the same.
    pub ordinary_causes: &'static [&'static str],
    /// What to do.
    pub remedies: &'static [Remedy],
    /// Where it belongs in frameworks.
    pub references: References,
    /// Rules that say more: what they say of sessions, this one does not say again.
    covered_by: &'static [&'static str],
    judge: fn(&Facts<'_>, &mut Drafts<'_>),
}

impl Rule {
    /// Every remedy, sentence by sentence.
    pub fn remediation(&self) -> impl Iterator<Item = &'static str> {
        self.remedies.iter().flat_map(|remedy| remedy.iter().copied())
    }

    /// Whether there are rules that are silent about what it speaks of.
    fn is_covering(&self) -> bool {
        rules().any(|other| other.covered_by.contains(&self.name))
    }

    /// How many rules in a row say more, each than the next.
    fn depth(&self) -> usize {
        let covering = rules().filter(|other| self.covered_by.contains(&other.name));
        covering.map(|other| other.depth() + 1).max().unwrap_or(0)
    }

    fn found(&self, draft: Draft, facts: &Facts<'_>) -> Found {
        let hosts = hosts(&draft, facts);
        let exceptions = facts.exceptions.as_ref();
        let exception = exceptions.and_then(|it| it.mark(accepting(self.name, &draft, facts, it)?));
        // Authentications that SMB did not carry have no session.
        let of_smb = draft.sessions.iter().copied().filter(|place| *place < facts.sessions.len());
        let places: Vec<usize> = of_smb.collect();
        let n_sessions = places.len();
        let sessions = places.iter().take(SESSIONS).map(|place| facts::key(*place));
        let finding = Finding {
            rule: self.name.to_owned(),
            severity: draft.severity.unwrap_or(self.severity),
            confidence: draft.confidence,
            title: draft.title,
            sessions: sessions.collect(),
            sessions_left_out: n_sessions.saturating_sub(SESSIONS) as u64,
            hosts: hosts.iter().take(HOSTS).map(IpAddr::to_string).collect(),
            hosts_left_out: hosts.len().saturating_sub(HOSTS) as u64,
            evidence: draft.evidence,
            alternatives: draft.alternatives,
            remediation: self.remediation().map(str::to_owned).collect(),
            references: self.references.by_framework(),
            exception,
        };
        Found { finding, sessions: places }
    }
}

/// The hosts that a finding is about.
fn hosts(draft: &Draft, facts: &Facts<'_>) -> BTreeSet<IpAddr> {
    if let Some(server) = draft.server {
        return BTreeSet::from([server]);
    }
    // Authentications that SMB did not carry have no session.
    let ends = draft.sessions.iter().flat_map(|place| match facts.sessions.get(*place) {
        Some(session) => Some([session.client(), session.server()]),
        None => {
            let exchange = facts.exchanges_of(*place).first()?;
            Some([exchange.client.ip(), exchange.server.ip()])
        }
    });
    ends.flatten().collect()
}

/// The exception that accepts a finding: one for the server that it is about, or for a side of each
/// of its sessions, of which the first is named.
fn accepting(rule: &str, draft: &Draft, facts: &Facts<'_>, exceptions: &Applied) -> Option<usize> {
    let of = |address, side| exceptions.accepting(Party { address, side }, rule);
    if let Some(server) = draft.server {
        return of(server, Side::Server);
    }
    let mut first = None;
    for place in &draft.sessions {
        let session = facts.sessions.get(*place)?;
        let found = of(session.server(), Side::Server);
        first = first.or(Some(found.or_else(|| of(session.client(), Side::Client))?));
    }
    first
}

/// Sessions listed for one finding.
const SESSIONS: usize = 256;

/// Hosts listed for one finding.
const HOSTS: usize = 64;

/// Every rule, in the order of the catalogue.
pub fn rules() -> impl Iterator<Item = &'static Rule> {
    rules::ALL.iter().chain(rules::OF_EXCEPTIONS)
}

/// Whether findings of the rule with a name can be accepted, which those about exceptions cannot;
/// `None` where there is no such rule.
pub fn can_be_accepted(name: &str) -> Option<bool> {
    let rule = rules().find(|rule| rule.name == name)?;
    Some(rules::OF_EXCEPTIONS.iter().all(|it| it.name != rule.name))
}

/// The rules as they are listed, and what has none.
pub fn catalogue() -> report::Catalogue {
    let owned = |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect();
    let rules = rules().map(|rule| report::Rule {
        name: rule.name.to_owned(),
        codes: owned(rule.codes),
        severity: rule.severity,
        summary: rule.summary.to_owned(),
        ordinary_causes: owned(rule.ordinary_causes),
        remediation: rule.remediation().map(str::to_owned).collect(),
        references: rule.references.by_framework(),
    });
    let omissions = omissions::OMISSIONS.iter().map(|it| report::Omission {
        code: it.code.to_owned(),
        what: it.what.to_owned(),
        reason: it.reason.to_owned(),
    });
    report::Catalogue {
        rules: rules.collect(),
        omissions: omissions.collect(),
        frameworks: references::table(),
    }
}

/// A finding and all its sessions, by their places in the report.
#[derive(Clone, Debug)]
pub struct Found {
    /// The finding.
    pub finding: Finding,
    /// Its sessions, those beyond what the finding lists as well.
    pub sessions: Vec<usize>,
}

/// What all rules found in a run.
#[derive(Clone, Debug)]
pub struct Judgements {
    /// The findings, what matters most first.
    pub found: Vec<Found>,
    /// What became of the accepted exceptions.
    pub exceptions: Exceptions,
}

impl Judgements {
    /// The findings without the places of all their sessions.
    pub fn findings(self) -> impl Iterator<Item = Finding> {
        self.found.into_iter().map(|it| it.finding)
    }
}

/// All rules at work over one run, a rule at a time, so that a program can do other things between
/// two of them.
pub struct Judging<'a> {
    facts: Facts<'a>,
    ordinary: Bench,
}

impl<'a> Judging<'a> {
    /// Rules that have not judged yet.
    pub fn new(facts: Facts<'a>) -> Judging<'a> {
        Judging { facts, ordinary: Bench::new(rules::ALL) }
    }

    /// Has the next rule judge; false once there is none.
    pub fn step(&mut self) -> bool {
        self.ordinary.step(&self.facts)
    }

    /// What all rules found. Those about exceptions judge last, by what the others found.
    pub fn finish(self) -> Judgements {
        let Judging { mut facts, ordinary } = self;
        let mut found = ordinary.finish(&facts);
        if let Some(mut exceptions) = facts.exceptions.take() {
            count(&mut exceptions, &facts, &found);
            facts.exceptions = Some(exceptions);
            found.extend(Bench::new(rules::OF_EXCEPTIONS).finish(&facts));
        }
        // Within one severity and confidence the order of the catalogue stays.
        found.sort_by_key(|it| (it.finding.severity, it.finding.confidence));
        let exceptions = facts.exceptions.map(|it| it.told()).unwrap_or_default();
        Judgements { found, exceptions }
    }
}

/// Counts what each exception accepts.
fn count(exceptions: &mut Applied, facts: &Facts<'_>, found: &[Found]) {
    for session in &facts.sessions {
        let ends = (session.client(), session.server());
        if let Some(place) = exceptions.accepting_session(session.status, ends) {
            exceptions.count_session(place);
        }
    }
    for accepted in found.iter().filter_map(|it| it.finding.exception.as_ref()) {
        exceptions.count_finding(accepted.exception);
    }
}

/// Some of the rules, and what those of them said that judged already.
struct Bench {
    rules: &'static [Rule],
    waiting: std::vec::IntoIter<&'static Rule>,
    spoken_of: BTreeMap<&'static str, Places>,
    drafts: BTreeMap<&'static str, Vec<Draft>>,
}

impl Bench {
    fn new(rules: &'static [Rule]) -> Bench {
        let waiting = covering_first(rules).into_iter();
        Bench { rules, waiting, spoken_of: BTreeMap::new(), drafts: BTreeMap::new() }
    }

    /// Has the next rule judge; false once there is none.
    fn step(&mut self, facts: &Facts<'_>) -> bool {
        let Some(rule) = self.waiting.next() else { return false };
        let covered: Vec<&Places> =
            rule.covered_by.iter().filter_map(|name| self.spoken_of.get(name)).collect();
        let mut found = Drafts::new(&covered, rule.is_covering());
        (rule.judge)(facts, &mut found);
        let (kept, own) = found.into_parts();
        self.spoken_of.extend(own.map(|own| (rule.name, own)));
        self.drafts.insert(rule.name, kept);
        true
    }

    /// What all of them found, in their order.
    fn finish(mut self, facts: &Facts<'_>) -> Vec<Found> {
        while self.step(facts) {}
        let mut of = |rule: &Rule| {
            let drafts = self.drafts.remove(rule.name).unwrap_or_default();
            drafts.into_iter().map(|draft| rule.found(draft, facts)).collect::<Vec<_>>()
        };
        self.rules.iter().flat_map(&mut of).collect()
    }
}

/// Rules, each after those that say more than it.
fn covering_first(rules: &[Rule]) -> Vec<&Rule> {
    let mut ordered: Vec<&Rule> = rules.iter().collect();
    ordered.sort_by_key(|rule| rule.depth());
    ordered
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::omissions::OMISSIONS;
    use super::rules;

    /// Every number of the catalogue: how many there are of each letter.
    const CATALOGUE: &[(&str, usize)] = &[
        ("R", 13),
        ("X", 4),
        ("K", 6),
        ("D", 12),
        ("I", 8),
        ("C", 1),
        ("N", 2),
        ("H", 12),
        ("E", 3),
    ];

    #[test]
    fn every_number_of_the_catalogue_has_a_rule_or_a_reason_why_not() {
        let ruled: BTreeSet<&str> = rules().flat_map(|rule| rule.codes.iter().copied()).collect();
        let omitted: BTreeSet<&str> = OMISSIONS.iter().map(|it| it.code).collect();
        assert_eq!(ruled.intersection(&omitted).count(), 0, "{ruled:?} {omitted:?}");
        let all = CATALOGUE
            .iter()
            .flat_map(|(letter, n)| (1..=*n).map(move |it| format!("{letter}{it}")));
        let all: BTreeSet<String> = all.collect();
        let known: BTreeSet<String> = ruled.union(&omitted).map(|it| (*it).to_owned()).collect();
        assert_eq!(known, all);
    }

    #[test]
    fn what_an_exception_accepts_without_rules_are_rules() {
        for name in crate::exceptions::RULES_OF_SIGNING {
            assert_eq!(super::can_be_accepted(name), Some(true), "{name}");
        }
        assert_eq!(super::can_be_accepted("exception-unused"), Some(false));
        assert_eq!(super::can_be_accepted("no-such-rule"), None);
    }

    #[test]
    fn rules_are_told_apart_and_say_all_that_a_reader_needs() {
        let mut names = BTreeSet::new();
        for rule in rules() {
            let is_kebab = rule
                .name
                .chars()
                .all(|it| it.is_ascii_lowercase() || it.is_ascii_digit() || it == '-');
            assert!(is_kebab && names.insert(rule.name), "{}", rule.name);
            assert!(rule.remediation().count() > 0, "{} says nothing to do", rule.name);
            assert!(!rule.ordinary_causes.is_empty(), "{} knows no other cause", rule.name);
            assert!(!rule.references.by_framework().is_empty(), "{}", rule.name);
            for text in [rule.summary]
                .into_iter()
                .chain(rule.remediation())
                .chain(rule.ordinary_causes.iter().copied())
            {
                assert!(!text.to_lowercase().contains("attack"), "{}: {text}", rule.name);
            }
            assert!(!rule.summary.ends_with('.') && rule.summary.len() <= 100, "{}", rule.summary);
            for covering in rule.covered_by {
                assert!(rules().any(|other| other.name == *covering), "{covering}");
            }
        }
    }
}
