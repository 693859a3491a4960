//! What a responder should act on.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::exception::Accepted;
use super::session::Evidence;

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
