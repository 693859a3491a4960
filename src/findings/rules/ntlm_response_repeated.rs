//! One NTLMv2 response to two different challenges.

use super::legs;
use crate::auth::ntlmssp::response::ResponseKind;
use crate::findings::draft::{Draft, Drafts, hexadecimal};
use crate::findings::facts::Facts;
use crate::findings::{Rule, references, remediation};
use crate::report::{Confidence, Severity};

pub(super) const RULE: Rule = Rule {
    codes: &["R3"],
    name: "ntlm-response-repeated",
    severity: Severity::Medium,
    summary: "One NTLMv2 response answers two different challenges, which no password makes it do",
    ordinary_causes: &[DAMAGE],
    remedies: &[remediation::INVESTIGATE, remediation::SIGN, remediation::NTLM],
    references: references::RELAY,
    covered_by: &[],
    judge,
};

const DAMAGE: &str = "A capture that was altered, as where challenges were made anonymous";

fn judge(facts: &Facts<'_>, found: &mut Drafts<'_>) {
    let answered = facts.ntlm().map(|(exchange, _)| exchange);
    let groups = legs::in_common(answered, |exchange| {
        let ntlm = exchange.ntlm.as_deref()?;
        let (_, response) = ntlm.response?;
        ntlm.server_challenge?;
        (response.kind == ResponseKind::NtlmV2).then(|| response.proof()).flatten()
    });
    found.extend(groups.iter().filter_map(|legs| {
        let challenge = |leg: &crate::findings::facts::Exchange<'_>| {
            leg.ntlm.as_deref().and_then(|ntlm| ntlm.server_challenge).map(|(_, it)| it)
        };
        let one = legs.first()?;
        let other = legs.iter().find(|leg| challenge(leg) != challenge(one))?;
        let title = format!(
            "One NTLMv2 response answers the challenges of both {} and {}",
            facts.host(one.server.ip()),
            facts.host(other.server.ip()),
        );
        let sessions = vec![one.place, other.place];
        let mut draft = Draft::new(Confidence::Strong, title, sessions);
        for leg in [*one, *other] {
            let ntlm = leg.ntlm.as_deref()?;
            let (at, challenge) = ntlm.server_challenge?;
            let (answer, response) = ntlm.response?;
            let proof = hexadecimal(response.proof()?.0);
            draft = draft
                .evidence(
                    at.packet,
                    "NTLM ServerChallenge",
                    hexadecimal(&challenge),
                    "A challenge.",
                )
                .evidence(answer.packet, "NTLM NTProofStr", proof, "The answer to it.");
        }
        Some(draft.unless(DAMAGE))
    }));
}
