//! A negotiation that the later check of it contradicts.

use std::fmt::Display;

use super::negotiation;
use crate::findings::draft::{Draft, Drafts};
use crate::findings::facts::Facts;
use crate::findings::{Rule, references, remediation};
use crate::packet::PacketId;
use crate::report::{Confidence, Severity};
use crate::session::{Connection, Validation};

pub(super) const RULE: Rule = Rule {
    codes: &["D1"],
    name: "negotiation-altered",
    severity: Severity::High,
    summary: "NEGOTIATE and the later check of it (VALIDATE_NEGOTIATE_INFO) do not say the same",
    ordinary_causes: &[DAMAGE],
    remedies: &[remediation::INVESTIGATE, remediation::SIGN, remediation::HARDENED_PATHS],
    references: references::TAMPERING,
    covered_by: &[],
    judge,
};

const DAMAGE: &str = "A capture that was altered after it was taken";

/// A field that is said twice, and not in the same way.
struct Differing {
    said: PacketId,
    said_field: String,
    said_value: String,
    again: PacketId,
    again_field: String,
    again_value: String,
}

fn judge(facts: &Facts<'_>, found: &mut Drafts<'_>) {
    found.extend(facts.connections.iter().filter_map(|connection| draft(facts, connection)));
}

fn draft(facts: &Facts<'_>, connection: &Connection) -> Option<Draft> {
    let validation = connection.validation.as_deref()?;
    let mut differing = Vec::new();
    of_client(connection, validation, &mut differing);
    of_server(connection, validation, &mut differing);
    let first = differing.first()?;
    let title = format!(
        "The negotiation between {} and {} was altered: {} {}, but {} {}",
        connection.client.ip(),
        facts.host(connection.server.ip()),
        first.said_field,
        first.said_value,
        first.again_field,
        first.again_value,
    );
    let sessions = facts.sessions_on(connection);
    let mut draft = Draft::new(Confidence::Certain, title, sessions);
    for it in differing {
        draft.push_evidence(
            it.said,
            &it.said_field,
            it.said_value,
            "Said in the negotiation, which nothing protects.",
        );
        draft.push_evidence(
            it.again,
            &it.again_field,
            it.again_value,
            "Said again in the check, which is signed.",
        );
    }
    Some(draft.unless(DAMAGE))
}

fn of_client(connection: &Connection, validation: &Validation, differing: &mut Vec<Differing>) {
    let (Some(again), Some((kept, said))) = (&validation.request, negotiation::request(connection))
    else {
        return;
    };
    let packets = (kept.at.packet, again.at.packet);
    let mut compare = |field: &str, one: &dyn Display, other: &dyn Display| {
        note(differing, "request", packets, field, one, other);
    };
    compare("SecurityMode", &said.security_mode, &again.security_mode);
    compare("Capabilities", &said.capabilities, &again.capabilities);
    compare("ClientGuid", &said.client_guid, &again.client_guid);
    if let Some(dialects) = again.dialects.as_deref().filter(|_| said.dialects.is_whole()) {
        let list = |dialects: &mut dyn Iterator<Item = crate::smb::smb2::Dialect>| {
            dialects.map(|it| it.to_string()).collect::<Vec<_>>().join(" ")
        };
        compare("Dialects", &list(&mut said.dialects.iter()), &list(&mut dialects.iter().copied()));
    }
}

fn of_server(connection: &Connection, validation: &Validation, differing: &mut Vec<Differing>) {
    let Some((kept, said)) = negotiation::response(connection) else { return };
    let Some((reply, again)) = validation.reply.as_ref().and_then(|it| Some((it, it.chosen?)))
    else {
        return;
    };
    let packets = (kept.at.packet, reply.at.packet);
    let mut compare = |field: &str, one: &dyn Display, other: &dyn Display| {
        note(differing, "response", packets, field, one, other);
    };
    compare("SecurityMode", &said.security_mode, &again.security_mode);
    compare("Capabilities", &said.capabilities, &again.capabilities);
    compare("ServerGuid", &said.server_guid, &again.server_guid);
    compare("DialectRevision", &said.dialect_revision, &again.dialect);
}

fn note(
    differing: &mut Vec<Differing>,
    kind: &str,
    (said, again): (PacketId, PacketId),
    field: &str,
    one: &dyn Display,
    other: &dyn Display,
) {
    let (said_value, again_value) = (one.to_string(), other.to_string());
    if said_value != again_value {
        differing.push(Differing {
            said,
            said_field: format!("NEGOTIATE {kind} {field}"),
            said_value,
            again,
            again_field: format!("VALIDATE_NEGOTIATE_INFO {kind} {field}"),
            again_value,
        });
    }
}
