//! A user who comes to one host and at once from that host to another.

use std::collections::HashMap;
use std::net::IpAddr;

use foldhash::fast::FixedState;

use super::ntlm_relay::end;
use crate::findings::draft::{Draft, Drafts};
use crate::findings::facts::{Exchange, Facts};
use crate::findings::{Rule, references, remediation};
use crate::report::{Confidence, Mechanism, Severity};

pub(super) const RULE: Rule = Rule {
    codes: &["R12"],
    name: "user-passes-through",
    severity: Severity::Low,
    summary: "A user comes to a host by NTLM and at once from it to another, and challenges are missing",
    ordinary_causes: &[JUMP],
    remedies: &[remediation::SIGN, remediation::NTLM],
    references: references::RELAY,
    covered_by: &["ntlm-relay", "ntlm-reflection", "ntlm-challenge-reused"],
    judge,
};

const JUMP: &str = "A jump host, a terminal server or a gateway that the user works on";

/// How long after the first authentication the second one comes, in nanoseconds.
const AT_ONCE: i64 = 5_000_000_000;

fn judge(facts: &Facts<'_>, found: &mut Drafts<'_>) {
    let mut arrivals: HashMap<(IpAddr, String), Vec<&Exchange<'_>>, FixedState> =
        HashMap::default();
    for (exchange, user) in users(facts) {
        arrivals.entry((exchange.server.ip(), user)).or_default().push(exchange);
    }
    for exchanges in arrivals.values_mut() {
        exchanges.sort_by_key(|it| it.first);
    }
    let drafts = users(facts).filter_map(|(to, user)| {
        let arrived = arrivals.get(&(to.client.ip(), user.clone()))?;
        let after = arrived.partition_point(|from| from.first <= to.first);
        let from = arrived.get(after.checked_sub(1)?)?;
        draft(facts, from, to, &user)
    });
    found.merge(drafts);
}

/// The authentications of users by NTLM.
fn users<'f, 'a>(facts: &'f Facts<'a>) -> impl Iterator<Item = (&'f Exchange<'a>, String)> {
    facts.ntlm().filter_map(|(exchange, _)| {
        let mechanism = facts.session_of(exchange).map(|session| session.mechanism);
        let is_ntlm =
            mechanism.is_none_or(|it| matches!(it, Some(Mechanism::Ntlmssp | Mechanism::Ntlm)));
        let user = facts.user_of(exchange).filter(|_| is_ntlm)?.user;
        Some((exchange, user.to_lowercase()))
    })
}

fn draft(facts: &Facts<'_>, from: &Exchange<'_>, to: &Exchange<'_>, user: &str) -> Option<Draft> {
    let challenge = |it: &Exchange<'_>| it.ntlm.as_deref()?.server_challenge;
    // Different challenges cannot be one authentication, and equal ones are another rule's.
    let is_open = challenge(from).is_none() || challenge(to).is_none();
    let is_at_once = to.first.timestamp.since(from.first.timestamp) <= AT_ONCE;
    let is_elsewhere = from.client.ip() != from.server.ip() && to.client.ip() != to.server.ip();
    if !is_open || !is_at_once || !is_elsewhere || from.conversation == to.conversation {
        return None;
    }
    let middle = to.client.ip();
    let title = format!(
        "{user} comes from {} to {middle}, and at once from there to {}",
        from.client.ip(),
        facts.host(to.server.ip())
    );
    let sessions = vec![from.place, to.place];
    let draft = Draft::new(Confidence::Weak, title, sessions)
        .evidence(
            from.first.packet,
            &from.request(),
            user,
            format!("{} authenticates to {middle}.", from.client.ip()),
        )
        .evidence(
            to.first.packet,
            &to.request(),
            user,
            format!("{middle} authenticates to {}.", to.server.ip()),
        );
    Some(end(draft, to).unless(JUMP))
}
