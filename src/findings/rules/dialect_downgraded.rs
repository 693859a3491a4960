//! A client that gets a lower dialect than the server speaks with others.

use std::collections::BTreeMap;
use std::net::SocketAddr;

use super::negotiation;
use crate::findings::draft::{Draft, Drafts};
use crate::findings::facts::Facts;
use crate::findings::{Rule, references, remediation};
use crate::report::{Confidence, Severity};
use crate::session::Connection;
use crate::smb::smb2::Dialect;

pub(super) const RULE: Rule = Rule {
    codes: &["D4"],
    name: "dialect-downgraded",
    severity: Severity::Medium,
    summary: "A client offers a dialect that the server speaks with others, and gets a lower one",
    ordinary_causes: &[SETTINGS, NODES],
    remedies: &[remediation::INVESTIGATE, remediation::UPDATE, remediation::SIGN],
    references: references::TAMPERING,
    covered_by: &["negotiation-altered"],
    judge,
};

pub(super) const SETTINGS: &str = "Settings that were changed while the captures were taken";
pub(super) const NODES: &str = "Nodes of a cluster or of a load balancer with different settings";

fn judge(facts: &Facts<'_>, found: &mut Drafts<'_>) {
    let mut best: BTreeMap<SocketAddr, &Connection> = BTreeMap::new();
    for connection in facts.connections.iter().filter(|it| it.dialect.is_some()) {
        let known = best.entry(connection.server).or_insert(connection);
        if known.dialect.map(|it| it.0) < connection.dialect.map(|it| it.0) {
            *known = connection;
        }
    }
    let drafts = facts
        .connections
        .iter()
        .filter_map(|connection| draft(facts, connection, best.get(&connection.server)?));
    found.merge(drafts);
}

fn draft(facts: &Facts<'_>, connection: &Connection, best: &Connection) -> Option<Draft> {
    let (kept, response) = negotiation::response(connection)?;
    let (best_kept, best_response) = negotiation::response(best)?;
    let (got, could) = (response.dialect_revision, best_response.dialect_revision);
    let is_lower = got != Dialect::WILDCARD && could != Dialect::WILDCARD && got.0 < could.0;
    let is_one_server = response.server_guid == best_response.server_guid;
    if !is_lower || !is_one_server || !negotiation::offered(connection).contains(&could) {
        return None;
    }
    let title = format!(
        "{} speaks {got} with {}, although both know {could}",
        facts.host(connection.server.ip()),
        connection.client.ip(),
    );
    let draft = Draft::new(Confidence::Strong, title, facts.sessions_on(connection))
        .evidence(
            kept.at.packet,
            "NEGOTIATE response DialectRevision",
            got.to_string(),
            format!("The client offered {could} too."),
        )
        .evidence(
            best_kept.at.packet,
            "NEGOTIATE response DialectRevision",
            could.to_string(),
            format!("The same server to {}.", best.client.ip()),
        )
        .unless(SETTINGS)
        .not(NODES, "the ServerGuid is the same");
    Some(draft)
}
