//! What the rules found and what is known of hosts, kept to be asked for.

use std::collections::HashMap;

use crate::analysis::{self, Found, Judgements, Results};
use crate::report::{
    Catalogue, Estate, Exceptions, FindingGroup, FindingLine, FindingList, FindingView, Host,
    HostLine, HostPage, HostQuery, HostView, SessionRow, group_findings, select_hosts,
};

/// Findings of a group that are told at a time.
const LINES: usize = 25;

/// Findings that a session or a host names.
const OF_SESSION: usize = 50;

/// Hosts that are told at a time.
const HOSTS: usize = 100;

/// Everything that the rules found in a run, and its hosts.
pub(super) struct Judged {
    found: Vec<Found>,
    catalogue: Catalogue,
    /// The places of findings that belong together.
    groups: Vec<Vec<usize>>,
    /// The places of the findings that a session, by its place, is of.
    of_sessions: HashMap<usize, Vec<usize>>,
    hosts: Vec<Host>,
    estate: Estate,
    exceptions: Exceptions,
}

impl Judged {
    pub(super) fn new(judgements: Judgements, hosts: Vec<Host>) -> Judged {
        let Judgements { found, exceptions } = judgements;
        let catalogue = analysis::catalogue();
        let groups = group_findings(found.iter().map(|it| &it.finding), &catalogue);
        let mut of_sessions: HashMap<usize, Vec<usize>> = HashMap::new();
        for (place, it) in found.iter().enumerate() {
            for session in &it.sessions {
                let known = of_sessions.entry(*session).or_default();
                if known.last() != Some(&place) {
                    known.push(place);
                }
            }
        }
        let mut estate = Estate::default();
        hosts.iter().for_each(|host| estate.add(host));
        Judged { found, catalogue, groups, of_sessions, hosts, estate, exceptions }
    }

    /// The rules and frameworks.
    pub(super) fn catalogue(&self) -> &Catalogue {
        &self.catalogue
    }

    /// Every finding.
    pub(super) fn found(&self) -> &[Found] {
        &self.found
    }

    /// What became of the accepted exceptions.
    pub(super) fn exceptions(&self) -> &Exceptions {
        &self.exceptions
    }

    /// All groups, each with its first findings.
    pub(super) fn list(&self) -> FindingList {
        let group = |(group, places): (usize, &Vec<usize>)| {
            let first = self.found.get(*places.first()?)?;
            let rule = self.catalogue.rules.iter().find(|rule| rule.name == first.finding.rule);
            Some(FindingGroup {
                severity: first.finding.severity,
                rule: first.finding.rule.clone(),
                summary: rule.map(|rule| rule.summary.clone()).unwrap_or_default(),
                total: places.len() as u64,
                lines: self.lines(group, 0),
            })
        };
        FindingList {
            groups: self.groups.iter().enumerate().filter_map(group).collect(),
            rules: self.catalogue.rules.len() as u64,
        }
    }

    /// The findings of a group from the one at `first` on.
    pub(super) fn lines(&self, group: usize, first: usize) -> Vec<FindingLine> {
        let places = self.groups.get(group).map_or(&[][..], |places| places);
        places.iter().skip(first).take(LINES).filter_map(|place| self.line(*place)).collect()
    }

    /// The findings that the session at `place` is of.
    pub(super) fn of_session(&self, place: usize) -> Vec<FindingLine> {
        let places = self.of_sessions.get(&place).map_or(&[][..], |places| places);
        places.iter().take(OF_SESSION).filter_map(|place| self.line(*place)).collect()
    }

    /// The finding at `place` in full, with the first of its sessions.
    pub(super) fn view(&self, place: usize, results: &Results) -> Option<FindingView> {
        let Found { finding, sessions } = self.found.get(place)?;
        let rule = self.catalogue.rules.iter().find(|rule| rule.name == finding.rule);
        let rows: Vec<SessionRow> = sessions
            .iter()
            .take(FindingView::ROWS)
            .filter_map(|session| results.row(*session))
            .collect();
        Some(FindingView { place, finding: finding.clone(), rule: rule.cloned(), rows })
    }

    /// The finding at `place` as it is called, and the places of its sessions.
    pub(super) fn sessions_of(&self, place: usize) -> Option<(&str, &[usize])> {
        let Found { finding, sessions } = self.found.get(place)?;
        Some((&finding.title, sessions))
    }

    /// Hosts that `query` selects, from the one at `first` on.
    pub(super) fn host_page(&self, query: &HostQuery, first: usize) -> HostPage {
        let places = select_hosts(&self.hosts, query);
        let line = |place: &usize| self.host(*place).map(|host| HostLine::of(*place, host));
        HostPage {
            first,
            total: places.len(),
            hosts: self.hosts.len(),
            lines: places.iter().skip(first).take(HOSTS).filter_map(line).collect(),
            estate: self.estate.clone(),
        }
    }

    /// The host at `place`.
    pub(super) fn host(&self, place: usize) -> Option<&Host> {
        self.hosts.get(place)
    }

    /// The host at `place` in full, with the first findings that are about it.
    pub(super) fn host_view(&self, place: usize) -> Option<HostView> {
        let host = self.host(place)?;
        let about = self
            .found
            .iter()
            .enumerate()
            .filter(|(_, it)| it.finding.hosts.contains(&host.address))
            .map(|(place, it)| FindingLine::of(place, &it.finding));
        let findings = about.take(OF_SESSION).collect();
        Some(HostView { place, host: host.clone(), findings })
    }

    fn line(&self, place: usize) -> Option<FindingLine> {
        self.found.get(place).map(|it| FindingLine::of(place, &it.finding))
    }
}
