//! A server that chooses the oldest SMB2 although more was offered.

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
    codes: &["D12"],
    name: "old-smb2-chosen",
    severity: Severity::Info,
    summary: "A server answers with SMB 2.0.2 at once, although its client offers later dialects",
    ordinary_causes: &[OLD],
    remedies: &[remediation::UPDATE],
    references: references::SIGNING,
    covered_by: &["scripted-server"],
    judge,
};

const OLD: &str = "A server so old that it knows no later dialect (Windows Vista, Server 2008, storage of that time)";

fn judge(facts: &Facts<'_>, found: &mut Drafts<'_>) {
    let mut servers: BTreeMap<SocketAddr, Vec<&Connection>> = BTreeMap::new();
    for connection in facts.connections.iter() {
        let is_oldest = connection.dialect == Some(Dialect::SMB_2_0_2)
            && connection.negotiate_request.is_none();
        if is_oldest && negotiation::smb2_in_smb1(connection) == (true, true) {
            servers.entry(connection.server).or_default().push(connection);
        }
    }
    found.extend(servers.into_values().filter_map(|connections| draft(facts, &connections)));
}

fn draft(facts: &Facts<'_>, connections: &[&Connection]) -> Option<Draft> {
    let first = connections.first()?;
    let (request, response) =
        (first.smb1.negotiate_request.as_ref()?, first.negotiate_response.as_ref()?);
    let title = format!(
        "{} chooses SMB 2.0.2 although its clients offer more",
        facts.host(first.server.ip())
    );
    let sessions = connections.iter().flat_map(|it| facts.sessions_on(it)).collect();
    let draft = Draft::new(Confidence::Weak, title, sessions)
        .evidence(
            request.at.packet,
            "SMB_COM_NEGOTIATE request Dialects",
            "SMB 2.???",
            "The client knows later dialects.",
        )
        .evidence(
            response.at.packet,
            "NEGOTIATE response DialectRevision",
            "0x0202",
            "The server chooses 2.0.2.",
        )
        .unless(OLD);
    Some(draft)
}
