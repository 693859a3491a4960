//! What the page knows of findings.

use super::shared::Shared;
use crate::report::{Catalogue, FindingLine, FindingList, FindingView};
use crate::web::protocol::Response;

/// What the page knows of findings.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct FindingsState {
    /// The list; `None` while the rules are at work.
    pub list: Option<Shared<FindingList>>,
    /// The finding that is looked at.
    pub open: OpenFinding,
    /// The findings of a session, and its key.
    pub of_session: Option<(String, Shared<Vec<FindingLine>>)>,
    /// The rules; `None` until somebody asked for them.
    pub catalogue: Option<Shared<Catalogue>>,
    /// The list of rules is shown.
    pub shows_rules: bool,
}

/// The finding that is looked at.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum OpenFinding {
    /// None.
    #[default]
    None,
    /// The worker was asked for it, or will be.
    Asked {
        /// Its place.
        place: usize,
        /// The finding that stays in view until it comes.
        before: Option<Shared<FindingView>>,
    },
    /// It is here.
    Here {
        /// The finding.
        view: Shared<FindingView>,
    },
}

impl OpenFinding {
    /// The finding that is in view.
    pub fn shown(&self) -> Option<&Shared<FindingView>> {
        match self {
            OpenFinding::None => None,
            OpenFinding::Asked { before, .. } => before.as_ref(),
            OpenFinding::Here { view } => Some(view),
        }
    }

    /// The place of the finding that is looked at.
    pub fn place(&self) -> Option<usize> {
        match self {
            OpenFinding::None => None,
            OpenFinding::Asked { place, .. } => Some(*place),
            OpenFinding::Here { view } => Some(view.place),
        }
    }

    /// Looks at the finding at `place`, or at none.
    pub(super) fn open(&mut self, place: Option<usize>) {
        match place {
            None => *self = OpenFinding::None,
            Some(place) if self.place() == Some(place) => {}
            Some(place) => {
                let before = self.shown().cloned();
                *self = OpenFinding::Asked { place, before };
            }
        }
    }
}

impl FindingsState {
    /// The findings of the session with this key; `None` where they are not known.
    pub fn of_session(&self, key: &str) -> Option<&Shared<Vec<FindingLine>>> {
        self.of_session.as_ref().filter(|(known, _)| known == key).map(|(_, lines)| lines)
    }

    /// The captures were read again: what was found is to be told anew. What is looked at stays
    /// until it is.
    pub(super) fn begin_again(&mut self) {
        (self.list, self.of_session) = (None, None);
        if let OpenFinding::Here { view } = &self.open {
            let (place, before) = (view.place, Some(view.clone()));
            self.open = OpenFinding::Asked { place, before };
        }
    }

    /// Takes what the worker said of findings; anything else changes nothing.
    pub(super) fn hear(&mut self, response: Response) {
        match response {
            Response::Findings(list) => self.list = Some(Shared::new(*list)),
            Response::FindingLines { group, first, lines } => self.add_lines(group, first, lines),
            Response::Finding(Some(view)) if self.open.place() == Some(view.place) => {
                self.open = OpenFinding::Here { view: Shared::new(*view) };
            }
            Response::Finding(None) => self.open = OpenFinding::None,
            Response::FindingsOfSession { key, lines } => {
                self.of_session = Some((key, Shared::new(lines)));
            }
            Response::Catalogue(catalogue) => self.catalogue = Some(Shared::new(*catalogue)),
            _ => {}
        }
    }

    /// Adds findings behind those of their group that are here.
    fn add_lines(&mut self, group: usize, first: usize, lines: Vec<FindingLine>) {
        let Some(list) = &self.list else { return };
        let mut list = FindingList::clone(list);
        if let Some(group) = list.groups.get_mut(group)
            && group.lines.len() == first
        {
            group.lines.extend(lines);
            self.list = Some(Shared::new(list));
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::report::{Confidence, Finding, FindingGroup, Severity};

    fn line(place: usize) -> FindingLine {
        FindingLine {
            place,
            rule: "r".to_owned(),
            severity: Severity::Low,
            confidence: Confidence::Weak,
            title: String::new(),
            sessions: 0,
            is_accepted: false,
        }
    }

    fn view(place: usize) -> Response {
        let finding = Finding {
            rule: "r".to_owned(),
            severity: Severity::Low,
            confidence: Confidence::Weak,
            title: String::new(),
            sessions: Vec::new(),
            sessions_left_out: 0,
            hosts: Vec::new(),
            hosts_left_out: 0,
            evidence: Vec::new(),
            alternatives: Vec::new(),
            remediation: Vec::new(),
            references: BTreeMap::new(),
            exception: None,
        };
        let view = FindingView { place, finding, rule: None, rows: Vec::new() };
        Response::Finding(Some(Box::new(view)))
    }

    #[test]
    fn further_findings_follow_those_that_are_here_once() {
        let group = FindingGroup {
            severity: Severity::Low,
            rule: "r".to_owned(),
            summary: String::new(),
            total: 3,
            lines: vec![line(0)],
        };
        let list = FindingList { groups: vec![group], rules: 1 };
        let mut state = FindingsState::default();
        state.hear(Response::Findings(Box::new(list)));
        let further =
            || Response::FindingLines { group: 0, first: 1, lines: vec![line(1), line(2)] };
        state.hear(further());
        state.hear(further());
        let places: Vec<usize> =
            state.list.unwrap().groups[0].lines.iter().map(|line| line.place).collect();
        assert_eq!(places, [0, 1, 2]);
    }

    #[test]
    fn a_finding_that_is_no_longer_wanted_is_dropped() {
        let mut state = FindingsState::default();
        state.open.open(Some(3));
        state.hear(view(2));
        assert_eq!(state.open.shown(), None);
        state.hear(view(3));
        assert_eq!(state.open.shown().map(|view| view.place), Some(3));
        // It stays in view until what is new is here.
        state.begin_again();
        assert!(matches!(&state.open, OpenFinding::Asked { place: 3, before: Some(_) }));
        state.open.open(None);
        state.hear(view(3));
        assert_eq!(state.open, OpenFinding::None);
    }
}
