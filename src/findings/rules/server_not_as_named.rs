//! A server that was found by one name and calls itself by another.

use std::collections::HashMap;
use std::net::IpAddr;

use foldhash::fast::FixedState;

use super::poisoned_name::{is_led, is_open_to_all, label_of, protocol};
use crate::findings::draft::{Draft, Drafts};
use crate::findings::facts::{Exchange, Facts, Ntlm, label};
use crate::findings::{Rule, references, remediation};
use crate::names::{Answer, Lookup, Protocol};
use crate::report::{Confidence, Severity};

pub(super) const RULE: Rule = Rule {
    codes: &["N2"],
    name: "server-not-as-named",
    severity: Severity::Medium,
    summary: "A server that was found by a name in LLMNR, mDNS or NetBIOS calls itself by another",
    ordinary_causes: &[ALIAS],
    remedies: &[remediation::NAMES, remediation::RESPOND, remediation::SIGN],
    references: references::NAMES,
    covered_by: &["poisoned-name"],
    judge,
};

const ALIAS: &str =
    "A further name of the server, or a host whose multicast name is its own choice";

type Answers<'f> = HashMap<IpAddr, Vec<(&'f Lookup, &'f Answer)>, FixedState>;

fn judge(facts: &Facts<'_>, found: &mut Drafts<'_>) {
    let mut by_address: Answers<'_> = HashMap::default();
    for lookup in facts.names.lookups().iter().filter(|it| is_open_to_all(it)) {
        for answer in &lookup.answers {
            by_address.entry(answer.address).or_default().push((lookup, answer));
        }
    }
    let drafts =
        facts.ntlm().filter_map(|(exchange, ntlm)| draft(facts, &by_address, exchange, ntlm));
    found.merge(drafts);
}

fn draft(
    facts: &Facts<'_>,
    by_address: &Answers<'_>,
    exchange: &Exchange<'_>,
    ntlm: &Ntlm<'_>,
) -> Option<Draft> {
    let (at, _) = ntlm.challenge.as_ref()?;
    let said = by_address.get(&exchange.server.ip())?;
    let own: Vec<String> = ntlm.server_names().collect();
    let first = own.first()?;
    let led: Vec<_> =
        said.iter().filter(|(lookup, answer)| is_led(exchange, lookup, answer)).collect();
    let is_own = |lookup: &Lookup| own.iter().any(|name| label(name) == label_of(lookup));
    if led.is_empty() || led.iter().any(|(lookup, _)| is_own(lookup)) {
        return None;
    }
    let (lookup, answer) = led.first()?;
    let (field, name) = protocol(lookup.protocol);
    let title = format!(
        "{} reached {} by the name {} in {name}, but the server calls itself {first}",
        exchange.client.ip(),
        exchange.server.ip(),
        label_of(lookup),
    );
    // A host may choose its name in mDNS freely.
    let confidence =
        if lookup.protocol == Protocol::Mdns { Confidence::Weak } else { Confidence::Strong };
    let meaning = format!("{} answers that it is {}.", answer.answerer, facts.host(answer.address));
    let draft = Draft::new(confidence, title, vec![exchange.place])
        .evidence(answer.packet, field, lookup.name.to_string(), meaning)
        .evidence(
            at.packet,
            "NTLM CHALLENGE MsvAvNbComputerName",
            first.clone(),
            "What the server calls itself.",
        )
        .unless(ALIAS);
    Some(draft)
}
