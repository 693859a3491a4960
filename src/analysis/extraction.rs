//! What of a run is to be extracted, for those who look at its packets themselves.

use std::collections::{HashMap, HashSet};
use std::net::SocketAddr;

use foldhash::fast::FixedState;

use super::Results;
use crate::extraction::Selection;
use crate::packet::{PacketId, SourceId};
use crate::report::Evidence;
use crate::session::ConnectionId;

/// A session or a rule that the run does not have.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "there is no session and no finding {0:?} in the report: sessions are named by their keys, such as s1, and findings by their rules, such as ntlm-relay"
)]
pub struct NotInReport(pub String);

impl Results {
    /// The connections of the sessions with these keys and of those that findings of these rules
    /// speak of, whole, with what the verdicts and findings rest on as comments of its packets. Of
    /// no names, every SMB connection and every finding.
    pub fn selection(&self, names: &[String]) -> Result<Selection, NotInReport> {
        let mut selecting = Selecting::new(self);
        let mut found = HashSet::new();
        let findings = self.findings();
        for finding in &findings {
            let name = names.iter().find(|name| **name == finding.rule);
            if !names.is_empty() && name.is_none() {
                continue;
            }
            found.extend(name.map(String::as_str));
            let said = format!("{}: {}", finding.rule, finding.title);
            finding.evidence.iter().for_each(|it| selecting.evidence(&said, it));
            if name.is_some() {
                let places = finding.sessions.iter().filter_map(|key| self.place_of(key));
                places.for_each(|place| selecting.session(place));
            }
        }
        for name in names {
            if let Some(place) = self.place_of(name) {
                selecting.session(place);
                found.insert(name.as_str());
            }
        }
        if names.is_empty() {
            (0..self.n_sessions()).for_each(|place| selecting.session(place));
            let connections = 0..self.observer().connections().len();
            connections.for_each(|place| selecting.connection(ConnectionId(place)));
        }
        match names.iter().find(|name| !found.contains(name.as_str())) {
            Some(missing) => Err(NotInReport(missing.clone())),
            None => Ok(selecting.selection),
        }
    }
}

/// A selection that is being made.
struct Selecting<'a> {
    results: &'a Results,
    /// For each connection the first packet of the next one with the same ends in its capture.
    next: HashMap<PacketId, PacketId, FixedState>,
    selection: Selection,
}

impl<'a> Selecting<'a> {
    fn new(results: &'a Results) -> Selecting<'a> {
        let mut latest: HashMap<(SocketAddr, SocketAddr, SourceId), PacketId, FixedState> =
            HashMap::default();
        let mut next = HashMap::default();
        for connection in results.observer().connections().iter() {
            let first = connection.first_packet;
            let ends = (connection.client, connection.server, first.source);
            if let Some(before) = latest.insert(ends, first)
                && before < first
            {
                next.insert(before, first);
            }
        }
        Selecting { results, next, selection: Selection::default() }
    }

    fn connection(&mut self, id: ConnectionId) {
        if let Some(connection) = self.results.observer().connection(id) {
            let first = connection.first_packet;
            let ends = [connection.client, connection.server];
            self.selection.add_connection(ends, first, self.next.get(&first).copied());
        }
    }

    fn session(&mut self, place: usize) {
        let Some(session) = self.results.session(place) else { return };
        self.results.connections_of(place).for_each(|id| self.connection(id));
        let said = format!("{}: {}", session.key, session.verdict.phrase);
        session.evidence.iter().for_each(|it| self.evidence(&said, it));
    }

    fn evidence(&mut self, said: &str, evidence: &Evidence) {
        let Evidence { capture, packet, field, value, meaning } = evidence;
        let id = PacketId { source: SourceId(*capture), number: *packet };
        // Packets have other numbers in what is extracted.
        let comment = format!("Packet {packet}. {said}. {field} = {value}. {meaning}");
        self.selection.add_comment(id, comment);
    }
}
