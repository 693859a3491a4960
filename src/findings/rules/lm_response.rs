//! LM responses.

use super::per_server::{accounts, places, sessions};
use crate::auth::ntlmssp::response::ResponseKind;
use crate::findings::draft::{Draft, Drafts};
use crate::findings::facts::{Facts, Response};
use crate::findings::{Rule, references, remediation};
use crate::packet::PacketId;
use crate::report::{Confidence, Severity};

pub(super) const RULE: Rule = Rule {
    codes: &["H2"],
    name: "lm-response",
    severity: Severity::High,
    summary: "A client answers with an LM response, from which the password can be computed in no time",
    ordinary_causes: &[OLD],
    remedies: &[remediation::NTLM],
    references: references::WEAK_AUTHENTICATION,
    covered_by: &[],
    judge,
};

const OLD: &str = "A very old client or device, or a setting for one";

fn judge(facts: &Facts<'_>, found: &mut Drafts<'_>) {
    let mut by_server = sessions(facts, |session| session.ntlm_version.is_some());
    for sessions in by_server.values_mut() {
        sessions.retain(|(place, _)| response(facts, *place).is_some());
    }
    found.extend(by_server
        .into_iter()
        .filter(|(_, sessions)| !sessions.is_empty())
        .map(|(server, found)| {
            let title = format!("LM responses go to {} for {}", facts.host(server), accounts(&found));
            let draft = Draft::new(Confidence::Certain, title, places(&found));
            let responses = found.iter().filter_map(|(place, _)| response(facts, *place)).take(4);
            let meaning = "Neither empty, nor a copy of the NT response, nor a client's challenge: an LM response.";
            let draft = responses.fold(draft, |draft, packet| {
                draft.evidence(packet, "LmChallengeResponse", "24 bytes", meaning)
            });
            draft.unless(OLD)
        }));
}

/// The packet of a session's LM response.
fn response(facts: &Facts<'_>, place: usize) -> Option<PacketId> {
    let responses = facts.exchanges_of(place).iter().filter_map(|it| it.ntlm.as_deref()?.response);
    responses.into_iter().find(|(_, response)| is_lm(response)).map(|(at, _)| at.packet)
}

fn is_lm(response: &Response<'_>) -> bool {
    matches!(response.kind, ResponseKind::Lm | ResponseKind::NtlmV1)
        && response.lm.len() == 24
        && response.lm != response.nt
        && response.lm.iter().any(|byte| *byte != 0)
}
