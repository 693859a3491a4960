//! Clients whose Kerberos fails and who go on with NTLM.

use std::collections::{BTreeMap, HashMap};
use std::net::IpAddr;

use foldhash::fast::FixedState;

use crate::findings::draft::{Draft, Drafts};
use crate::findings::facts::{Exchange, Facts};
use crate::findings::{Rule, references, remediation};
use crate::report::{Confidence, Severity};

pub(super) const RULE: Rule = Rule {
    codes: &["H12"],
    name: "kerberos-then-ntlm",
    severity: Severity::Low,
    summary: "A server refuses a client's Kerberos ticket, and the client goes on with NTLM",
    ordinary_causes: &[NAMES],
    remedies: &[remediation::SPN, remediation::NTLM],
    references: references::KERBEROS,
    covered_by: &[],
    judge,
};

const NAMES: &str = "A service principal name that is missing or stale, or clocks that differ";

/// How long after the refusal NTLM follows, in nanoseconds.
const SOON: i64 = 60_000_000_000;

fn judge(facts: &Facts<'_>, found: &mut Drafts<'_>) {
    let mut refused: HashMap<(IpAddr, IpAddr), &Exchange<'_>, FixedState> = HashMap::default();
    for (exchange, kerberos) in facts.kerberos().filter(|(it, _)| it.carried.is_none()) {
        if kerberos.error.is_some() {
            refused.entry((exchange.client.ip(), exchange.server.ip())).or_insert(exchange);
        }
    }
    let mut drafts = BTreeMap::new();
    for (to, ntlm) in facts.ntlm().filter(|(it, _)| it.carried.is_none()) {
        let ends = (to.client.ip(), to.server.ip());
        let Some(from) = refused.get(&ends) else { continue };
        let Some((at, _)) = ntlm.response else { continue };
        let is_soon = from.first <= at && at.timestamp.since(from.first.timestamp) <= SOON;
        if is_soon && let Some(draft) = draft(facts, from, to, at.packet) {
            drafts.entry(ends).or_insert(draft);
        }
    }
    found.extend(drafts.into_values());
}

fn draft(
    facts: &Facts<'_>,
    from: &Exchange<'_>,
    to: &Exchange<'_>,
    answered: crate::packet::PacketId,
) -> Option<Draft> {
    let kerberos = from.kerberos.as_deref()?;
    let (packet, error) = kerberos.error?;
    let title = format!(
        "{} refuses the Kerberos ticket of {} ({error}), which goes on with NTLM",
        facts.host(from.server.ip()),
        from.client.ip(),
    );
    let mut sessions = vec![from.place, to.place];
    sessions.dedup();
    let draft = Draft::new(Confidence::Weak, title, sessions)
        .evidence(
            packet,
            "KRB-ERROR error-code",
            error.to_string(),
            format!("The ticket is for {}.", kerberos.request.ticket.sname),
        )
        .evidence(answered, "NTLM AUTHENTICATE", "follows", "The client authenticates with NTLM.")
        .unless(NAMES);
    Some(draft)
}
