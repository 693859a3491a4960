//! An answer to the check of the negotiation that nothing protects.

use crate::findings::draft::{Draft, Drafts};
use crate::findings::facts::Facts;
use crate::findings::{Rule, references, remediation};
use crate::report::{Confidence, Severity};
use crate::session::Connection;
use crate::smb::status::Status;

pub(super) const RULE: Rule = Rule {
    codes: &["D3"],
    name: "validation-unprotected",
    severity: Severity::High,
    summary: "The answer to the check of the negotiation is neither signed nor encrypted",
    ordinary_causes: &[FAULT],
    remedies: &[remediation::INVESTIGATE, remediation::UPDATE, remediation::SIGN],
    references: references::TAMPERING,
    covered_by: &[],
    judge,
};

const FAULT: &str = "A server with a fault";

fn judge(facts: &Facts<'_>, found: &mut Drafts<'_>) {
    found.extend(facts.connections.iter().filter_map(|connection| draft(facts, connection)));
}

fn draft(facts: &Facts<'_>, connection: &Connection) -> Option<Draft> {
    let reply = connection.validation.as_deref()?.reply.as_ref()?;
    let sessions = facts.sessions_on(connection);
    let has_key = sessions
        .iter()
        .filter_map(|place| facts.sessions.get(*place))
        .any(|session| session.guest == Some(false) && session.anonymous == Some(false));
    if reply.is_protected || reply.status != Status::STATUS_SUCCESS || !has_key {
        return None;
    }
    let title = format!(
        "{} answered the check of the negotiation without a signature",
        facts.host(connection.server.ip()),
    );
    let meaning = "Neither signed nor encrypted, so that anybody on the way could have made it.";
    let draft = Draft::new(Confidence::Certain, title, sessions)
        .evidence(reply.at.packet, "VALIDATE_NEGOTIATE_INFO response Signature", "absent", meaning)
        .unless(FAULT);
    Some(draft)
}
