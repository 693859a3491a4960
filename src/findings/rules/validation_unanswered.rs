//! A check of the negotiation that the server does not answer.

use std::collections::HashMap;
use std::net::IpAddr;

use foldhash::fast::FixedState;

use crate::findings::draft::{Draft, Drafts};
use crate::findings::facts::Facts;
use crate::findings::{Rule, references, remediation};
use crate::packet::PacketId;
use crate::report::{Confidence, Severity};
use crate::session::Connection;

pub(super) const RULE: Rule = Rule {
    codes: &["D2"],
    name: "validation-unanswered",
    severity: Severity::Medium,
    summary: "A server did not answer the check of the negotiation, and its client had to connect anew",
    ordinary_causes: &[CRASH, LOST],
    remedies: &[remediation::INVESTIGATE, remediation::SIGN],
    references: references::TAMPERING,
    covered_by: &["negotiation-altered"],
    judge,
};

const CRASH: &str = "A server or a network that failed just then";
const LOST: &str = "An answer that was not captured";

fn judge(facts: &Facts<'_>, found: &mut Drafts<'_>) {
    let mut latest: HashMap<(IpAddr, IpAddr), PacketId, FixedState> = HashMap::default();
    for connection in facts.connections.iter() {
        let last = latest.entry((connection.client.ip(), connection.server.ip())).or_default();
        *last = connection.first_packet.max(*last);
    }
    let unanswered = facts.connections.iter().filter(|it| is_unanswered(it));
    found.extend(unanswered.filter_map(|connection| {
        let again = latest.get(&(connection.client.ip(), connection.server.ip()))?;
        draft(facts, connection, *again)
    }));
}

fn is_unanswered(connection: &Connection) -> bool {
    connection.validation.as_deref().is_some_and(|it| it.request.is_some() && it.reply.is_none())
}

fn draft(facts: &Facts<'_>, connection: &Connection, again: PacketId) -> Option<Draft> {
    let request = connection.validation.as_deref()?.request.as_ref()?;
    let sessions = facts.sessions_on(connection);
    let asked = request.at;
    // It was the last that was said, and a later connection of the same hosts followed.
    let is_last = sessions
        .iter()
        .all(|place| facts.sessions.get(*place).is_some_and(|it| it.state.last <= asked));
    let is_later = again.source == asked.packet.source && again.number > asked.packet.number;
    if !is_last || !is_later {
        return None;
    }
    let title = format!(
        "{} did not answer when {} checked the negotiation",
        facts.host(connection.server.ip()),
        connection.client.ip(),
    );
    let is_whole = !connection.losses.has_gap(Some(asked), None);
    let draft = Draft::new(Confidence::Weak, title, sessions)
        .evidence(
            asked.packet,
            "VALIDATE_NEGOTIATE_INFO request",
            "unanswered",
            "A server that is told other than it heard closes the connection.",
        )
        .evidence(again, "connection", "begins", "The client connects again.")
        .unless(CRASH);
    Some(draft.not_if(is_whole, LOST, "no byte of the connection is missing"))
}
