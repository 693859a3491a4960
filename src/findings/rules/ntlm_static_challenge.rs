//! An NTLM challenge that is no random number.

use std::collections::{BTreeMap, HashMap};
use std::net::SocketAddr;

use foldhash::fast::FixedState;

use super::legs::{is_one_conversation, is_well_known};
use crate::findings::draft::{Draft, Drafts, hexadecimal};
use crate::findings::facts::{Exchange, Facts};
use crate::findings::{Rule, references, remediation};
use crate::report::{Confidence, Severity};

pub(super) const RULE: Rule = Rule {
    codes: &["R2"],
    name: "ntlm-static-challenge",
    severity: Severity::Medium,
    summary: "A server always gives the same NTLM challenge, so that responses can be collected",
    ordinary_causes: &[HONEYPOT],
    remedies: &[remediation::INVESTIGATE, remediation::NTLM, remediation::NAMES],
    references: references::WEAK_AUTHENTICATION,
    covered_by: &[],
    judge,
};

const HONEYPOT: &str = "A honeypot, a test or a server with a fault in its random numbers";

fn judge(facts: &Facts<'_>, found: &mut Drafts<'_>) {
    let mut by_server: BTreeMap<SocketAddr, HashMap<[u8; 8], Vec<&Exchange<'_>>, FixedState>> =
        BTreeMap::new();
    for (exchange, ntlm) in facts.ntlm() {
        let Some((_, challenge)) = ntlm.server_challenge else { continue };
        // SMB1 without extended security has one challenge for all users of a connection.
        if ntlm.challenge.is_some() || is_well_known(challenge) {
            by_server
                .entry(exchange.server)
                .or_default()
                .entry(challenge)
                .or_default()
                .push(exchange);
        }
    }
    let challenges = by_server.values().flat_map(|challenges| {
        let mut challenges: Vec<_> = challenges.iter().collect();
        challenges.sort_by_key(|(challenge, _)| **challenge);
        challenges
    });
    found.extend(
        challenges.filter_map(|(challenge, exchanges)| draft(facts, *challenge, exchanges)),
    );
}

fn draft(facts: &Facts<'_>, challenge: [u8; 8], exchanges: &[&Exchange<'_>]) -> Option<Draft> {
    let is_known = is_well_known(challenge);
    let first = *exchanges.first()?;
    // Recorded in two places, one challenge is given twice as well.
    if !is_known && exchanges.iter().all(|other| is_one_conversation(first, other)) {
        return None;
    }
    let server = first.server;
    let title = format!(
        "{} gives the same NTLM challenge each time{}",
        facts.host(server.ip()),
        first.over()
    );
    let title = if is_known { format!("{title}: one that programs are known by") } else { title };
    let mut sessions: Vec<usize> = exchanges.iter().map(|it| it.place).collect();
    sessions.dedup();
    let mut draft = Draft::new(Confidence::Strong, title, sessions);
    for exchange in exchanges.iter().take(2) {
        let (at, _) = exchange.ntlm.as_deref()?.server_challenge?;
        let meaning = format!("The challenge that it gives {}.", exchange.client.ip());
        draft.push_evidence(at.packet, "NTLM ServerChallenge", hexadecimal(&challenge), meaning);
    }
    Some(draft.unless(HONEYPOT))
}
