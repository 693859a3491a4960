//! Two servers that call themselves by one name.

use std::collections::HashMap;

use foldhash::fast::FixedState;

use crate::auth::ntlmssp::av_pair::AvId;
use crate::findings::draft::{Draft, Drafts};
use crate::findings::facts::{Exchange, Facts};
use crate::findings::{Rule, references, remediation};
use crate::report::{Confidence, Severity};

pub(super) const RULE: Rule = Rule {
    codes: &["R6"],
    name: "server-name-in-two-places",
    severity: Severity::Medium,
    summary: "Two servers with different identifiers call themselves by one name",
    ordinary_causes: &[CLUSTER, REINSTALLED],
    remedies: &[remediation::RESPOND, remediation::SIGN, remediation::DNS],
    references: references::RELAY,
    covered_by: &["ntlm-relay", "ntlm-reflection", "ntlm-challenge-reused"],
    judge,
};

const CLUSTER: &str = "Nodes of a cluster, or a load balancer, behind one name";
const REINSTALLED: &str = "A server that was installed anew, or copies of one virtual machine";

fn judge(facts: &Facts<'_>, found: &mut Drafts<'_>) {
    let mut first: HashMap<String, &Exchange<'_>, FixedState> = HashMap::default();
    let mut told: HashMap<String, (), FixedState> = HashMap::default();
    for (exchange, ntlm) in facts.ntlm() {
        let Some(name) = ntlm.target(AvId::DNS_COMPUTER_NAME).map(|it| it.to_lowercase()) else {
            continue;
        };
        // A name without a domain is one that many hosts may have.
        if !name.contains('.') || exchange.guids.1.is_none() {
            continue;
        }
        let known = *first.entry(name.clone()).or_insert(exchange);
        let is_other =
            known.server.ip() != exchange.server.ip() && known.guids.1 != exchange.guids.1;
        if is_other && told.insert(name.clone(), ()).is_none() {
            found.extend(draft(facts, &name, known, exchange));
        }
    }
}

fn draft(facts: &Facts<'_>, name: &str, one: &Exchange<'_>, other: &Exchange<'_>) -> Option<Draft> {
    let [first, second] = [one.server.ip(), other.server.ip()];
    let title = format!("Both {first} and {second} say that they are {name}");
    let sessions = vec![one.place, other.place];
    let mut draft = Draft::new(Confidence::Weak, title, sessions);
    for exchange in [one, other] {
        let (at, _) = exchange.ntlm.as_deref()?.challenge.as_ref()?;
        let guid = exchange.guids.1.map(|guid| guid.to_string()).unwrap_or_default();
        let meaning = format!("{} says so; its ServerGuid is {guid}.", exchange.server.ip());
        draft.push_evidence(at.packet, "NTLM CHALLENGE MsvAvDnsComputerName", name, meaning);
    }
    for address in [first, second] {
        let said = facts.names_of(address).find(|said| said.name.to_lowercase() == name);
        if let Some((said, packet)) =
            said.and_then(|it| Some((it, crate::findings::facts::packet_of(it)?)))
        {
            draft.push_evidence(
                packet,
                "name service",
                said.name.to_string(),
                format!("{address} has the name."),
            );
        }
    }
    Some(draft.unless(CLUSTER).unless(REINSTALLED))
}
