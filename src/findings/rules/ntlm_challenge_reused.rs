//! One NTLM challenge that two servers give.

use super::legs::{self, Pair};
use super::ntlm_relay::{NAT, end};
use crate::findings::draft::{Draft, Drafts, hexadecimal};
use crate::findings::facts::Facts;
use crate::findings::{Rule, references, remediation};
use crate::report::{Confidence, Severity};

pub(super) const RULE: Rule = Rule {
    codes: &["R2"],
    name: "ntlm-challenge-reused",
    severity: Severity::Medium,
    summary: "Two servers give the same NTLM challenge, as where one passes on the other's",
    ordinary_causes: &[NAT, FIXED],
    remedies: &[remediation::RESPOND, remediation::SIGN, remediation::NTLM],
    references: references::RELAY,
    covered_by: &["ntlm-relay", "ntlm-reflection"],
    judge,
};

const FIXED: &str = "Programs that always give the same challenge, such as honeypots and tests";

fn judge(facts: &Facts<'_>, found: &mut Drafts<'_>) {
    let challenged = facts.ntlm().map(|(exchange, _)| exchange);
    let groups = legs::in_common(challenged, |exchange| {
        let (_, challenge) = exchange.ntlm.as_deref()?.server_challenge?;
        (!legs::is_well_known(challenge)).then_some(challenge)
    });
    let fresh = groups.iter().filter(|legs| !legs::is_repeated(legs));
    let pairs = fresh.flat_map(legs::passed_on);
    found.extend(legs::by_hosts(pairs).iter().filter_map(|pairs| draft(facts, pairs)));
}

fn draft(facts: &Facts<'_>, pairs: &[Pair<'_, '_>]) -> Option<Draft> {
    let pair = pairs.first()?;
    let [first, second] = [pair.from.server.ip(), pair.to.server.ip()].map(|it| facts.host(it));
    let middle = match pair.has_middle() {
        true => format!(", and {} is the client of the latter", pair.to.client.ip()),
        false => String::new(),
    };
    let over = match pair.is_of_smb() {
        true => String::new(),
        false => format!(", over {} and over {}", pair.from.protocol(), pair.to.protocol()),
    };
    let title = format!("{first} and {second} give the same NTLM challenge{over}{middle}");
    let confidence = if pair.has_middle() { Confidence::Strong } else { Confidence::Weak };
    let mut draft = Draft::new(confidence, title, legs::sessions(pairs));
    for leg in [pair.from, pair.to] {
        let (at, challenge) = leg.ntlm.as_deref()?.server_challenge?;
        let meaning = format!("The challenge that {} gives {}.", leg.server.ip(), leg.client.ip());
        draft.push_evidence(at.packet, "NTLM ServerChallenge", hexadecimal(&challenge), meaning);
    }
    let draft = end(draft, pair.to).not(NAT, pair.difference()).not(
        FIXED,
        "neither server gives this challenge again, and it is none that is known to be fixed",
    );
    Some(draft)
}
