//! What a responder should act on.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::exception::Accepted;
use super::session::{Evidence, WiresharkFilter};

/// One finding.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Finding {
    /// The rule that made it, in kebab case.
    pub rule: String,
    /// How much it matters.
    pub severity: Severity,
    /// How sure it is.
    pub confidence: Confidence,
    /// What was found, in one line.
    pub title: String,
    /// The keys of the sessions it is about.
    pub sessions: Vec<String>,
    /// Sessions beyond those that are listed.
    #[serde(default)]
    pub sessions_left_out: u64,
    /// The addresses of the hosts that it is about: of its sessions the servers and clients, or the
    /// server that it speaks of.
    #[serde(default)]
    pub hosts: Vec<String>,
    /// Hosts beyond those that are listed.
    #[serde(default)]
    pub hosts_left_out: u64,
    /// The packets it rests on.
    pub evidence: Vec<Evidence>,
    /// What else would look the same, and for each whether the captures rule it out.
    pub alternatives: Vec<String>,
    /// What to do.
    pub remediation: Vec<String>,
    /// The identifiers of frameworks that it belongs to, by framework.
    pub references: BTreeMap<String, Vec<String>>,
    /// The accepted exception that all of it falls under.
    #[serde(default)]
    pub exception: Option<Accepted>,
}

/// How much a finding matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// Act now.
    High,
    /// Act soon.
    Medium,
    /// Act when convenient.
    Low,
    /// Know it.
    Info,
}

/// How sure a finding is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Confidence {
    /// The evidence proves it.
    Certain,
    /// Ordinary causes are unlikely.
    Strong,
    /// Ordinary causes are as likely.
    Weak,
}

impl Finding {
    /// For each capture with packets that the finding rests on, a Wireshark display filter that
    /// selects them.
    pub fn wireshark_filters(&self) -> Vec<WiresharkFilter> {
        let mut packets: BTreeMap<usize, Vec<u64>> = BTreeMap::new();
        for evidence in &self.evidence {
            packets.entry(evidence.capture).or_default().push(evidence.packet);
        }
        let filter = |(capture, mut packets): (usize, Vec<u64>)| {
            packets.sort_unstable();
            packets.dedup();
            let terms: Vec<String> =
                packets.iter().map(|packet| format!("frame.number == {packet}")).collect();
            WiresharkFilter { capture, filter: terms.join(" || ") }
        };
        packets.into_iter().map(filter).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_filter_selects_the_packets_of_one_capture() {
        let evidence = |(capture, packet)| Evidence {
            capture,
            packet,
            field: String::new(),
            value: String::new(),
            meaning: String::new(),
        };
        let finding = Finding {
            rule: String::new(),
            severity: Severity::High,
            confidence: Confidence::Certain,
            title: String::new(),
            sessions: Vec::new(),
            sessions_left_out: 0,
            hosts: Vec::new(),
            hosts_left_out: 0,
            evidence: [(1, 9), (0, 4), (1, 2), (1, 9)].map(evidence).to_vec(),
            alternatives: Vec::new(),
            remediation: Vec::new(),
            references: BTreeMap::new(),
            exception: None,
        };
        let filters = finding.wireshark_filters();
        let filters: Vec<(usize, &str)> =
            filters.iter().map(|it| (it.capture, it.filter.as_str())).collect();
        assert_eq!(
            filters,
            [(0, "frame.number == 4"), (1, "frame.number == 2 || frame.number == 9")]
        );
    }
}
