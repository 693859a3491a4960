//! The rules of findings, as they are listed.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::finding::Severity;

/// A rule, with all that is the same in each of its findings.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rule {
    /// Its name in findings.
    pub name: String,
    /// Its numbers in the catalogue: R relays, X reflection, K Kerberos, D downgrade, I integrity,
    /// C coercion, N names, H hygiene, E exceptions.
    pub codes: Vec<String>,
    /// The most that a finding of it matters.
    pub severity: Severity,
    /// What it finds, in one line.
    pub summary: String,
    /// What has an ordinary cause and looks the same.
    pub ordinary_causes: Vec<String>,
    /// What to do.
    pub remediation: Vec<String>,
    /// The identifiers of frameworks that it belongs to, by framework.
    pub references: BTreeMap<String, Vec<String>>,
}

/// What could be seen in captures and is not looked for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Omission {
    /// Its number in the catalogue.
    pub code: String,
    /// What it is.
    pub what: String,
    /// Why it is not looked for.
    pub reason: String,
}

/// Everything that is looked for, and everything that is not.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Catalogue {
    /// The rules, in the order of the catalogue.
    pub rules: Vec<Rule>,
    /// What has no rule.
    pub omissions: Vec<Omission>,
    /// The frameworks that findings belong to.
    pub frameworks: Vec<Framework>,
}

/// A framework that an organisation answers to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Framework {
    /// Its name in `references` of a finding.
    pub id: String,
    /// What it is called.
    pub name: String,
    /// Where it is published.
    pub source: String,
    /// The parts of it that findings belong to.
    pub items: Vec<FrameworkItem>,
}

/// A part of a framework.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FrameworkItem {
    /// Its identifier.
    pub id: String,
    /// What it is about.
    pub about: String,
    /// The rules whose findings belong to it.
    pub rules: Vec<String>,
}
