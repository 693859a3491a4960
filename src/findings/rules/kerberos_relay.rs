//! One Kerberos ticket with one authenticator, shown twice.

use super::legs::{self, Pair};
use super::ntlm_relay::{NAT, PROXY, end, is_accepted, title};
use crate::findings::draft::{Draft, Drafts, hexadecimal};
use crate::findings::facts::Facts;
use crate::findings::{Rule, references, remediation};
use crate::report::{Confidence, Severity};

pub(super) const RULE: Rule = Rule {
    codes: &["K1"],
    name: "kerberos-relay",
    severity: Severity::High,
    summary: "One Kerberos ticket with one authenticator is shown twice: it was relayed or replayed",
    ordinary_causes: &[NAT, RETRY, PROXY],
    remedies: &[remediation::RESPOND, remediation::SIGN, remediation::SPN],
    references: references::KERBEROS,
    covered_by: &[],
    judge,
};

pub(super) const RETRY: &str = "A client that sends its token again to the same server";

fn judge(facts: &Facts<'_>, found: &mut Drafts<'_>) {
    let pairs = pairs(facts).into_iter().filter(|pair| !pair.is_reflected());
    found.extend(legs::by_hosts(pairs).iter().filter_map(|pairs| draft(facts, pairs)));
}

/// Authentications with one ticket and one authenticator, but for a client's own repetitions.
pub(super) fn pairs<'f, 'a>(facts: &'f Facts<'a>) -> Vec<Pair<'f, 'a>> {
    let shown = facts.kerberos().map(|(exchange, _)| exchange);
    let groups = legs::in_common(shown, |exchange| {
        let request = &exchange.kerberos.as_deref()?.request;
        let ticket = request.ticket.enc_part.as_ref()?.cipher;
        let authenticator = request.authenticator.as_ref()?.cipher;
        (exchange.is_whole && !authenticator.is_empty()).then_some((ticket, authenticator))
    });
    let pairs = groups.iter().flat_map(legs::passed_on);
    pairs.filter(|pair| !is_repetition(pair)).collect()
}

fn is_repetition(pair: &Pair<'_, '_>) -> bool {
    pair.from.client.ip() == pair.to.client.ip() && pair.from.server.ip() == pair.to.server.ip()
}

pub(super) fn draft(facts: &Facts<'_>, pairs: &[Pair<'_, '_>]) -> Option<Draft> {
    let pair = pairs.iter().find(|pair| is_accepted(pair)).or(pairs.first())?;
    let what =
        format!("A Kerberos ticket for {}", pair.to.kerberos.as_deref()?.request.ticket.sname);
    let title = title(facts, pair, &what, pairs.len());
    let is_clear = pair.has_middle() && (pair.is_of_smb() || !pair.is_of_one_protocol());
    let confidence = if is_clear { Confidence::Certain } else { Confidence::Strong };
    let mut draft = Draft::new(confidence, title, legs::sessions(pairs));
    for leg in [pair.from, pair.to] {
        let kerberos = leg.kerberos.as_deref()?;
        let cipher = kerberos.request.authenticator.as_ref()?.cipher;
        let start = hexadecimal(cipher.get(..16).unwrap_or(cipher));
        let meaning =
            format!("The same ticket and authenticator, from {} to {}.", leg.client, leg.server);
        draft.push_evidence(
            kerberos.at.packet,
            "AP-REQ authenticator",
            format!("{start}…"),
            meaning,
        );
    }
    let draft = end(draft, pair.to)
        .not(NAT, pair.difference())
        .not(RETRY, "the two have not the same client and server")
        .unless(PROXY);
    Some(draft)
}
