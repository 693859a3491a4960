//! A client that answers with other names of the server than it was given.

use crate::auth::ntlmssp::av_pair::AvId;
use crate::auth::ntlmssp::response::ResponseKind;
use crate::findings::draft::{Draft, Drafts};
use crate::findings::facts::{Exchange, Facts, Ntlm};
use crate::findings::{Rule, references, remediation};
use crate::report::{Confidence, Severity};

pub(super) const RULE: Rule = Rule {
    codes: &["R5"],
    name: "ntlm-target-changed",
    severity: Severity::Medium,
    summary: "An NTLM response repeats other names of the server than the challenge gave",
    ordinary_causes: &[OWN_NAMES],
    remedies: &[remediation::RESPOND, remediation::SIGN, remediation::NTLM],
    references: references::RELAY,
    covered_by: &[],
    judge,
};

const OWN_NAMES: &str = "A client that writes names of its own instead of those it was given";

/// What a client repeats.
const REPEATED: [AvId; 4] =
    [AvId::NB_COMPUTER_NAME, AvId::NB_DOMAIN_NAME, AvId::DNS_COMPUTER_NAME, AvId::DNS_DOMAIN_NAME];

fn judge(facts: &Facts<'_>, found: &mut Drafts<'_>) {
    found.extend(facts.ntlm().filter_map(|(exchange, ntlm)| draft(facts, exchange, ntlm)));
}

fn draft(facts: &Facts<'_>, exchange: &Exchange<'_>, ntlm: &Ntlm<'_>) -> Option<Draft> {
    let (challenged, challenge) = ntlm.challenge.as_ref()?;
    let (answered, authenticate) = ntlm.authenticate.as_ref()?;
    if authenticate.response_kind() != Some(ResponseKind::NtlmV2) {
        return None;
    }
    let (given, repeated) = (challenge.av_pairs(), authenticate.av_pairs());
    if !given.is_complete() {
        return None;
    }
    let changed = REPEATED.into_iter().find_map(|id| {
        let (given, repeated) = (given.text(id)?, repeated.text(id)?);
        (given != repeated).then_some((id, given, repeated))
    });
    let (id, given, repeated) = changed?;
    let title = format!(
        "{} answers {}{} as if it were called {repeated} and not {given}",
        exchange.client.ip(),
        facts.host(exchange.server.ip()),
        exchange.over(),
    );
    let sessions = vec![exchange.place];
    let (gave, said) = (format!("NTLM CHALLENGE {id}"), format!("NTLM AUTHENTICATE {id}"));
    let draft = Draft::new(Confidence::Strong, title, sessions)
        .evidence(challenged.packet, &gave, given, "What the client was given in this connection.")
        .evidence(
            answered.packet,
            &said,
            repeated,
            "What the response, which its password covers, repeats.",
        )
        .unless(OWN_NAMES);
    Some(draft)
}
