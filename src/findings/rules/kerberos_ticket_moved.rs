//! One Kerberos ticket used by two hosts.

use super::legs;
use crate::findings::draft::{Draft, Drafts, hexadecimal};
use crate::findings::facts::{Exchange, Facts};
use crate::findings::{Rule, references, remediation};
use crate::report::{Confidence, Severity};

pub(super) const RULE: Rule = Rule {
    codes: &["K2"],
    name: "kerberos-ticket-moved",
    severity: Severity::High,
    summary: "One Kerberos ticket is used from two addresses by clients that are not one",
    ordinary_causes: &[MOVED, SEVERAL],
    remedies: &[remediation::RESPOND, remediation::ADMIN],
    references: references::KERBEROS,
    covered_by: &["kerberos-relay", "kerberos-reflection"],
    judge,
};

const MOVED: &str =
    "A host that changed its address, as with a VPN, and its ClientGuid with a restart";
const SEVERAL: &str = "Several programs of one host with several addresses";

fn judge(facts: &Facts<'_>, found: &mut Drafts<'_>) {
    let shown = facts.kerberos().map(|(exchange, _)| exchange);
    let groups = legs::in_common(shown, |exchange| {
        let part = exchange.kerberos.as_deref()?.request.ticket.enc_part.as_ref()?;
        (exchange.is_whole && !part.cipher.is_empty()).then_some(part.cipher)
    });
    found.extend(groups.iter().filter_map(|legs| {
        let first = *legs.first()?;
        let other = *legs.iter().find(|other| is_another_host(first, other))?;
        draft(facts, first, other)
    }));
}

/// Whether two clients are two: their addresses and their identifiers differ.
fn is_another_host(one: &Exchange<'_>, other: &Exchange<'_>) -> bool {
    let (Some(guid), Some(another)) = (one.guids.0, other.guids.0) else { return false };
    one.client.ip() != other.client.ip() && guid != another
}

fn draft(facts: &Facts<'_>, one: &Exchange<'_>, other: &Exchange<'_>) -> Option<Draft> {
    let ticket = &one.kerberos.as_deref()?.request.ticket;
    let title = format!(
        "One Kerberos ticket for {} is used by {} and by {}",
        ticket.sname,
        facts.host(one.client.ip()),
        facts.host(other.client.ip()),
    );
    let sessions = vec![one.place, other.place];
    let mut draft = Draft::new(Confidence::Strong, title, sessions);
    for exchange in [one, other] {
        let kerberos = exchange.kerberos.as_deref()?;
        let cipher = kerberos.request.ticket.enc_part.as_ref()?.cipher;
        let start = hexadecimal(cipher.get(..16).unwrap_or(cipher));
        let guid = exchange.guids.0.map(|it| it.to_string()).unwrap_or_default();
        let meaning = format!("From {}, whose ClientGuid is {guid}.", exchange.client);
        draft.push_evidence(
            kerberos.at.packet,
            "AP-REQ ticket enc-part",
            format!("{start}…"),
            meaning,
        );
    }
    Some(draft.unless(MOVED).not(SEVERAL, "the ClientGuid differs, which is one for a host"))
}
