//! SMB1.

use std::collections::BTreeMap;
use std::net::IpAddr;

use crate::findings::draft::{Draft, Drafts};
use crate::findings::facts::Facts;
use crate::findings::{Rule, references, remediation};
use crate::packet::PacketId;
use crate::report::{Confidence, Severity};

pub(super) const RULE: Rule = Rule {
    codes: &["H10"],
    name: "smb1-in-use",
    severity: Severity::Medium,
    summary: "A server speaks SMB1",
    ordinary_causes: &[OLD],
    remedies: &[remediation::SMB1],
    references: references::SMB1,
    covered_by: &[],
    judge,
};

const OLD: &str = "An old device or program that knows nothing else";

fn judge(facts: &Facts<'_>, found: &mut Drafts<'_>) {
    let mut servers: BTreeMap<IpAddr, (Option<PacketId>, Vec<usize>)> = BTreeMap::new();
    for connection in facts.connections.iter() {
        if let Some(kept) = connection
            .smb1
            .negotiate_response
            .as_ref()
            .filter(|_| connection.smb1.security_mode.is_some())
        {
            servers.entry(connection.server.ip()).or_default().0.get_or_insert(kept.at.packet);
        }
    }
    for (place, session) in facts.sessions.iter().enumerate() {
        if session.state.generation == crate::session::Generation::Smb1 {
            let known = servers.entry(session.server()).or_default();
            known.0.get_or_insert(session.state.first.packet);
            known.1.push(place);
        }
    }
    found.extend(servers.into_iter().filter_map(|(server, (packet, sessions))| {
        let title = format!("{} speaks SMB1", facts.host(server));
        let draft = Draft::new(Confidence::Certain, title, sessions)
            .of_server(server)
            .evidence(packet?, "SMB1", "in use", "A message of SMB1 that the server takes part in.")
            .unless(OLD);
        Some(draft)
    }));
}
