//! Encryption that is demanded, was not agreed on, and is not there.

use super::negotiation;
use crate::findings::draft::{Draft, Drafts};
use crate::findings::facts::{Facts, Session};
use crate::findings::{Rule, references, remediation};
use crate::packet::PacketId;
use crate::report::{Confidence, Severity};
use crate::smb::smb2::{CipherId, SessionFlags, ShareFlags};

pub(super) const RULE: Rule = Rule {
    codes: &["D10"],
    name: "encryption-not-agreed",
    severity: Severity::High,
    summary: "A server demands encryption but agreed on no cipher that was offered, and goes on in the clear",
    ordinary_causes: &[NO_COMMON],
    remedies: &[remediation::INVESTIGATE, remediation::ENCRYPT, remediation::UPDATE],
    references: references::TAMPERING,
    covered_by: &[],
    judge,
};

const NO_COMMON: &str = "Two sides without a cipher in common, and a server that lets that pass";

fn judge(facts: &Facts<'_>, found: &mut Drafts<'_>) {
    let sessions = facts.sessions.iter().enumerate();
    found.extend(sessions.filter_map(|(place, session)| draft(facts, place, session)));
}

fn draft(facts: &Facts<'_>, place: usize, session: &Session<'_>) -> Option<Draft> {
    let (kept, request) = negotiation::request(session.connection)?;
    let (answer, response) = negotiation::response(session.connection)?;
    let offered = negotiation::ciphers(&request.negotiate_contexts).filter(|it| !it.is_empty())?;
    let chosen = negotiation::ciphers(&response.negotiate_contexts)?;
    let (demanded, flags) = demand(session)?;
    let in_clear = session.state.sightings.unsigned.or(session.state.sightings.signed)?;
    if chosen != [CipherId(0)] || session.tally.encrypted > 0 {
        return None;
    }
    let title = format!(
        "{} demands encryption of {}, agreed on no cipher, and goes on in the clear",
        facts.host(session.server()),
        session.client(),
    );
    let offered = offered.iter().map(|it| it.to_string()).collect::<Vec<_>>().join(", ");
    let draft = Draft::new(Confidence::Strong, title, vec![place])
        .evidence(
            kept.at.packet,
            "NEGOTIATE request ENCRYPTION_CAPABILITIES",
            offered,
            "What the client offers.",
        )
        .evidence(
            answer.at.packet,
            "NEGOTIATE response ENCRYPTION_CAPABILITIES",
            "0x0000",
            "The server chose none.",
        )
        .evidence(demanded, "ENCRYPT_DATA", flags, "The server demands encryption.")
        .evidence(in_clear.packet, "message", "in the clear", "The session goes on without it.")
        .unless(NO_COMMON);
    Some(draft)
}

/// Where the session or one of its shares demands encryption.
fn demand(session: &Session<'_>) -> Option<(PacketId, String)> {
    let last = session.state.setup.final_response;
    let by_session = last
        .and_then(|it| Some((it.at.packet, it.session_flags?)))
        .filter(|(_, flags)| flags.contains(SessionFlags::SMB2_SESSION_FLAG_ENCRYPT_DATA));
    let mut by_share = session.state.trees.iter().filter_map(|tree| {
        let flags = tree.share_flags?;
        let demands = flags.contains(ShareFlags::SMB2_SHAREFLAG_ENCRYPT_DATA);
        demands.then(|| (tree.packet, flags.to_string()))
    });
    by_session.map(|(packet, flags)| (packet, flags.to_string())).or_else(|| by_share.next())
}
