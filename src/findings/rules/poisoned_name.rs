//! Hosts that answer to every name.

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;

use crate::findings::draft::{Draft, Drafts};
use crate::findings::facts::{Exchange, Facts, label};
use crate::findings::{Rule, references, remediation};
use crate::names::{Answer, Lookup, Protocol};
use crate::report::{Confidence, Severity};

pub(super) const RULE: Rule = Rule {
    codes: &["N1"],
    name: "poisoned-name",
    severity: Severity::High,
    summary: "A host answers to several names, or to wpad, in LLMNR, mDNS or the NetBIOS name service",
    ordinary_causes: &[OWN_NAMES, PROXY],
    remedies: &[remediation::NAMES, remediation::RESPOND, remediation::SIGN],
    references: references::NAMES,
    covered_by: &[],
    judge,
};

const OWN_NAMES: &str = "A host that has all of these names";
const PROXY: &str =
    "A responder that answers for other hosts, as a name server or a reflector does";

/// Names that one host does not have by itself.
const NAMES: usize = 3;

/// How long after an answer its asker comes, in nanoseconds.
const SOON: i64 = 60_000_000_000;

/// What an answerer says of one address.
#[derive(Default)]
struct Said<'f> {
    labels: BTreeSet<String>,
    answers: Vec<(&'f Lookup, &'f Answer)>,
}

fn judge(facts: &Facts<'_>, found: &mut Drafts<'_>) {
    let mut by_answerer: BTreeMap<(IpAddr, IpAddr), Said<'_>> = BTreeMap::new();
    for lookup in facts.names.lookups().iter().filter(|it| is_open_to_all(it)) {
        for answer in &lookup.answers {
            let said = by_answerer.entry((answer.answerer, answer.address)).or_default();
            said.labels.insert(label_of(lookup));
            said.answers.push((lookup, answer));
        }
    }
    let suspects = by_answerer
        .iter()
        .filter(|(_, said)| said.labels.len() >= NAMES || said.labels.contains("wpad"));
    found.extend(
        suspects.map(|((answerer, address), said)| draft(facts, *answerer, *address, said)),
    );
}

/// Whether anybody on the network may answer: of NetBIOS names only those of file servers count, for
/// a host has several others.
pub(super) fn is_open_to_all(lookup: &Lookup) -> bool {
    match lookup.protocol {
        Protocol::Dns => false,
        Protocol::Llmnr | Protocol::Mdns => true,
        Protocol::Nbns => lookup.name.ends_with("<20>") || label_of(lookup) == "wpad",
    }
}

/// The first label of the name that was asked for.
pub(super) fn label_of(lookup: &Lookup) -> String {
    label(lookup.name.split('<').next().unwrap_or_default())
}

fn draft(facts: &Facts<'_>, answerer: IpAddr, address: IpAddr, said: &Said<'_>) -> Draft {
    let victims: Vec<&Exchange<'_>> = came_after(facts, address, said);
    let names = said.labels.iter().take(6).map(String::as_str).collect::<Vec<_>>().join(", ");
    let which = if answerer == address {
        "it is each of them".to_owned()
    } else {
        format!("each of them is {address}")
    };
    let is_many = said.labels.len() >= NAMES;
    let title = match (is_many, victims.first()) {
        (true, Some(first)) => format!(
            "{answerer} answers to {names}, that {which}; {} then authenticates to {address}",
            first.client.ip()
        ),
        (true, None) => format!("{answerer} answers to {names}, that {which}"),
        (false, _) => format!("{answerer} answers to wpad, by which browsers find their proxy"),
    };
    let (severity, confidence) = match (is_many, victims.is_empty()) {
        (true, false) => (Severity::High, Confidence::Strong),
        (true, true) => (Severity::Medium, Confidence::Strong),
        (false, _) => (Severity::Medium, Confidence::Weak),
    };
    let mut sessions: Vec<usize> = victims.iter().map(|it| it.place).collect();
    sessions.sort_unstable();
    sessions.dedup();
    let mut draft = Draft::new(confidence, title, sessions).severity(severity);
    for (lookup, answer) in said.answers.iter().take(8) {
        let (field, _) = protocol(lookup.protocol);
        let to = answer.asker.map(|it| format!(" to {it}")).unwrap_or_default();
        let meaning = format!("{answerer} answers{to} that it is {address}.");
        draft.push_evidence(answer.packet, field, lookup.name.to_string(), meaning);
    }
    for exchange in victims.iter().take(4) {
        let meaning = format!("{} authenticates to {address}.", exchange.client.ip());
        draft.push_evidence(
            exchange.first.packet,
            &format!("{} request", exchange.request()),
            exchange.client.to_string(),
            meaning,
        );
    }
    draft.unless(OWN_NAMES).not_if(answerer == address, PROXY, "it gives its own address")
}

/// The NTLM authentications of those who asked, soon after the answer.
fn came_after<'f, 'a>(
    facts: &'f Facts<'a>,
    address: IpAddr,
    said: &Said<'_>,
) -> Vec<&'f Exchange<'a>> {
    let came = facts.ntlm().filter(|(exchange, _)| exchange.server.ip() == address);
    came.filter(|(exchange, _)| {
        said.answers.iter().any(|(lookup, answer)| is_led(exchange, lookup, answer))
    })
    .map(|(exchange, _)| exchange)
    .collect()
}

/// Whether an answer led a client to its server.
pub(super) fn is_led(exchange: &Exchange<'_>, lookup: &Lookup, answer: &Answer) -> bool {
    let client = exchange.client.ip();
    let asked = answer.asker.map_or_else(
        || lookup.questions.iter().any(|question| question.asker == client),
        |asker| asker == client,
    );
    let came = exchange.first.timestamp;
    asked && answer.timestamp <= came && came.since(answer.timestamp) <= SOON
}

/// What a protocol's names are called in evidence, and the protocol.
pub(super) fn protocol(protocol: Protocol) -> (&'static str, &'static str) {
    match protocol {
        Protocol::Dns => ("DNS answer", "DNS"),
        Protocol::Mdns => ("mDNS answer", "mDNS"),
        Protocol::Llmnr => ("LLMNR answer", "LLMNR"),
        Protocol::Nbns => ("NBNS answer", "the NetBIOS name service"),
    }
}
