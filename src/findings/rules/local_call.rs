//! NTLM that says it stays on one host, between two.

use super::ntlm_relay::NAT;
use crate::auth::ntlmssp::flags::NegotiateFlags;
use crate::findings::draft::{Draft, Drafts};
use crate::findings::facts::{Exchange, Facts, Ntlm};
use crate::findings::{Rule, references, remediation};
use crate::report::{Confidence, Severity};

pub(super) const RULE: Rule = Rule {
    codes: &["X3"],
    name: "ntlm-local-call",
    severity: Severity::High,
    summary: "NTLM is marked as a call within one host, but comes from another address",
    ordinary_causes: &[OWN_ADDRESSES, NAT],
    remedies: &[remediation::PATCH, remediation::SIGN, remediation::RESPOND],
    references: references::REFLECTION,
    covered_by: &[],
    judge,
};

const OWN_ADDRESSES: &str = "A host with several addresses that speaks to itself";

/// The bit by which Windows tells that client and server are one host; \[MS-NLMP\] reserves it.
const LOCAL_CALL: NegotiateFlags = NegotiateFlags(0x0000_4000);

fn judge(facts: &Facts<'_>, found: &mut Drafts<'_>) {
    found.extend(facts.ntlm().filter_map(|(exchange, ntlm)| draft(facts, exchange, ntlm)));
}

fn draft(facts: &Facts<'_>, exchange: &Exchange<'_>, ntlm: &Ntlm<'_>) -> Option<Draft> {
    let challenge = ntlm
        .challenge
        .as_ref()
        .map(|(at, it)| (at, "NTLM CHALLENGE NegotiateFlags", it.negotiate_flags));
    let answer = ntlm
        .authenticate
        .as_ref()
        .and_then(|(at, it)| Some((at, "NTLM AUTHENTICATE NegotiateFlags", it.negotiate_flags?)));
    let marked: Vec<_> =
        [challenge, answer].into_iter().flatten().filter(|it| it.2.contains(LOCAL_CALL)).collect();
    if marked.is_empty() || exchange.client.ip() == exchange.server.ip() {
        return None;
    }
    let title = format!(
        "NTLM between {} and {}{} is marked as within one host",
        exchange.client.ip(),
        facts.host(exchange.server.ip()),
        exchange.over(),
    );
    let mut draft = Draft::new(Confidence::Strong, title, vec![exchange.place]);
    for (at, field, flags) in marked {
        draft.push_evidence(
            at.packet,
            field,
            flags.to_string(),
            "The bit 0x4000 (LOCAL_CALL) is set.",
        );
    }
    Some(super::ntlm_relay::end(draft, exchange).unless(OWN_ADDRESSES).unless(NAT))
}
