//! A server of SMB1 that offers signing in one connection and not in another.

use std::collections::BTreeMap;
use std::net::SocketAddr;

use super::dialect_downgraded::{NODES, SETTINGS};
use crate::findings::draft::{Draft, Drafts};
use crate::findings::facts::Facts;
use crate::findings::{Rule, references, remediation};
use crate::report::{Confidence, Severity};
use crate::session::Connection;
use crate::smb::smb1::SecurityMode;

pub(super) const RULE: Rule = Rule {
    codes: &["D9"],
    name: "smb1-signing-not-offered",
    severity: Severity::Medium,
    summary: "A server of SMB1 offers signing in one connection and not in another",
    ordinary_causes: &[SETTINGS, NODES],
    remedies: &[remediation::INVESTIGATE, remediation::SMB1, remediation::SIGN],
    references: references::TAMPERING,
    covered_by: &[],
    judge,
};

fn judge(facts: &Facts<'_>, found: &mut Drafts<'_>) {
    let mut servers: BTreeMap<SocketAddr, (Option<&Connection>, Option<&Connection>)> =
        BTreeMap::new();
    for connection in facts.connections.iter() {
        let Some(mode) = connection.smb1.security_mode else { continue };
        let known = servers.entry(connection.server).or_default();
        let place = if offers(mode) { &mut known.0 } else { &mut known.1 };
        place.get_or_insert(connection);
    }
    found.extend(servers.into_values().filter_map(|(offered, bare)| draft(facts, offered?, bare?)));
}

fn offers(mode: SecurityMode) -> bool {
    mode.contains(SecurityMode::NEGOTIATE_SECURITY_SIGNATURES_ENABLED) || mode.is_signing_required()
}

fn draft(facts: &Facts<'_>, offered: &Connection, bare: &Connection) -> Option<Draft> {
    let title = format!(
        "{} offers signing in SMB1 to {} and not to {}",
        facts.host(offered.server.ip()),
        offered.client.ip(),
        bare.client.ip(),
    );
    let mut draft = Draft::new(Confidence::Strong, title, facts.sessions_on(bare));
    for connection in [offered, bare] {
        let kept = connection.smb1.negotiate_response.as_ref()?;
        let meaning = format!("What it says to {}.", connection.client.ip());
        let mode = connection.smb1.security_mode?.to_string();
        draft.push_evidence(
            kept.at.packet,
            "SMB_COM_NEGOTIATE response SecurityMode",
            mode,
            meaning,
        );
    }
    Some(draft.unless(SETTINGS).unless(NODES))
}
