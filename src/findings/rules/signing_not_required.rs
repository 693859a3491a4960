//! Servers that an authentication could be relayed to.

use std::collections::BTreeMap;
use std::net::IpAddr;

use crate::findings::draft::{Draft, Drafts};
use crate::findings::facts::Facts;
use crate::findings::{Rule, references, remediation};
use crate::packet::PacketId;
use crate::report::{Confidence, Severity};

pub(super) const RULE: Rule = Rule {
    codes: &["R13"],
    name: "signing-not-required",
    severity: Severity::Low,
    summary: "A server does not require signing: sessions with it can be unsigned, and relayed to it",
    ordinary_causes: &[DEFAULT],
    remedies: &[remediation::SIGN],
    references: references::SIGNING,
    covered_by: &[],
    judge,
};

const DEFAULT: &str = "The default of Windows before 11 24H2 and of Samba file servers";

fn judge(facts: &Facts<'_>, found: &mut Drafts<'_>) {
    let mut servers: BTreeMap<IpAddr, (PacketId, String, Vec<usize>)> = BTreeMap::new();
    for connection in facts.connections.iter() {
        let by_smb2 = connection
            .server_security_mode
            .filter(|said| !said.security_mode.is_signing_required());
        let by_smb1 = connection.smb1.security_mode.filter(|mode| !mode.is_signing_required());
        let said = match (by_smb2, by_smb1, connection.smb1.negotiate_response.as_ref()) {
            (Some(said), _, _) => (said.packet, said.security_mode.to_string()),
            (None, Some(mode), Some(kept)) => (kept.at.packet, mode.to_string()),
            _ => continue,
        };
        servers.entry(connection.server.ip()).or_insert((said.0, said.1, Vec::new()));
    }
    for (place, session) in facts.sessions.iter().enumerate() {
        if let Some((_, _, sessions)) = servers.get_mut(&session.server())
            && session.policy.server_requires == Some(false)
        {
            sessions.push(place);
        }
    }
    found.extend(servers.into_iter().map(|(server, (packet, mode, sessions))| {
        let title = format!("{} does not require signing", facts.host(server));
        Draft::new(Confidence::Certain, title, sessions)
            .of_server(server)
            .evidence(packet, "NEGOTIATE response SecurityMode", mode, "SIGNING_REQUIRED is clear.")
            .unless(DEFAULT)
    }));
}
