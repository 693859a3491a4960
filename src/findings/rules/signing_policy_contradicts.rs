//! A server that requires signing of some and not of others.

use std::collections::BTreeMap;
use std::net::SocketAddr;

use super::dialect_downgraded::{NODES, SETTINGS};
use crate::findings::draft::{Draft, Drafts};
use crate::findings::facts::Facts;
use crate::findings::{Rule, references, remediation};
use crate::report::{Confidence, Severity};
use crate::session::Connection;
use crate::smb::fields::Guid;

pub(super) const RULE: Rule = Rule {
    codes: &["D8"],
    name: "signing-policy-contradicts",
    severity: Severity::Medium,
    summary: "A server requires signing in one connection and not in another",
    ordinary_causes: &[SETTINGS, NODES],
    remedies: &[remediation::INVESTIGATE, remediation::SIGN],
    references: references::TAMPERING,
    covered_by: &["negotiation-altered"],
    judge,
};

/// The first connections in which a server does and does not require signing, and all of the latter.
#[derive(Default)]
struct Said<'f> {
    required: Option<&'f Connection>,
    open: Vec<&'f Connection>,
}

fn judge(facts: &Facts<'_>, found: &mut Drafts<'_>) {
    let mut servers: BTreeMap<(SocketAddr, Option<[u8; 16]>), Said<'_>> = BTreeMap::new();
    for connection in facts.connections.iter() {
        let Some(said) = connection.server_security_mode else { continue };
        let guid = connection.server_guid.map(|Guid(bytes)| bytes);
        let known = servers.entry((connection.server, guid)).or_default();
        if said.security_mode.is_signing_required() {
            known.required.get_or_insert(connection);
        } else if known.open.len() < 256 {
            known.open.push(connection);
        }
    }
    found.extend(servers.into_values().filter_map(|said| draft(facts, &said)));
}

fn draft(facts: &Facts<'_>, said: &Said<'_>) -> Option<Draft> {
    let (required, open) = (said.required?, *said.open.first()?);
    let title = format!(
        "{} requires signing of {} and not of {}",
        facts.host(required.server.ip()),
        required.client.ip(),
        open.client.ip(),
    );
    let sessions = said.open.iter().flat_map(|it| facts.sessions_on(it)).collect();
    let mut draft = Draft::new(Confidence::Strong, title, sessions);
    for connection in [required, open] {
        let mode = connection.server_security_mode?;
        let meaning = format!("What it says to {}.", connection.client.ip());
        draft.push_evidence(
            mode.packet,
            "NEGOTIATE response SecurityMode",
            mode.security_mode.to_string(),
            meaning,
        );
    }
    Some(draft.unless(SETTINGS).not(NODES, "the ServerGuid is the same"))
}
