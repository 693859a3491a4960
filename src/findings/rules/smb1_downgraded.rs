//! A client that offers SMB2 and gets SMB1 from a server that speaks SMB2.

use std::collections::HashMap;
use std::net::SocketAddr;

use foldhash::fast::FixedState;

use super::dialect_downgraded::{NODES, SETTINGS};
use super::negotiation;
use crate::findings::draft::{Draft, Drafts};
use crate::findings::facts::Facts;
use crate::findings::{Rule, references, remediation};
use crate::packet::PacketId;
use crate::report::{Confidence, Severity};
use crate::session::Connection;

pub(super) const RULE: Rule = Rule {
    codes: &["D5"],
    name: "smb1-downgraded",
    severity: Severity::Medium,
    summary: "A client that offers SMB2 gets SMB1 from a server that speaks SMB2 with others",
    ordinary_causes: &[SETTINGS, NODES],
    remedies: &[remediation::INVESTIGATE, remediation::SMB1, remediation::SIGN],
    references: references::TAMPERING,
    covered_by: &[],
    judge,
};

fn judge(facts: &Facts<'_>, found: &mut Drafts<'_>) {
    let mut speaks_smb2: HashMap<SocketAddr, PacketId, FixedState> = HashMap::default();
    for connection in facts.connections.iter() {
        if let Some(kept) = &connection.negotiate_response {
            speaks_smb2.entry(connection.server).or_insert(kept.at.packet);
        }
    }
    let drafts = facts
        .connections
        .iter()
        .filter_map(|connection| draft(facts, connection, *speaks_smb2.get(&connection.server)?));
    found.merge(drafts);
}

fn draft(facts: &Facts<'_>, connection: &Connection, speaks: PacketId) -> Option<Draft> {
    let request = connection.smb1.negotiate_request.as_ref()?;
    let response = connection.smb1.negotiate_response.as_ref()?;
    let offers = negotiation::smb2_in_smb1(connection);
    if connection.negotiate_response.is_some() || !(offers.0 || offers.1) {
        return None;
    }
    let title = format!(
        "{} answered {} in SMB1, although both know SMB2",
        facts.host(connection.server.ip()),
        connection.client.ip(),
    );
    let draft = Draft::new(Confidence::Strong, title, facts.sessions_on(connection))
        .evidence(
            request.at.packet,
            "SMB_COM_NEGOTIATE request Dialects",
            "SMB 2",
            "The client offers SMB2.",
        )
        .evidence(
            response.at.packet,
            "SMB_COM_NEGOTIATE response",
            "SMB1",
            "The server answers in SMB1.",
        )
        .evidence(speaks, "NEGOTIATE response", "SMB2", "The same server speaks SMB2 here.")
        .unless(SETTINGS)
        .unless(NODES);
    Some(draft)
}
