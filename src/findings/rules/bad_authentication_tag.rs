//! Encrypted messages that do not authenticate although their key is right.

use super::bad_signature;
use crate::findings::draft::Drafts;
use crate::findings::facts::Facts;
use crate::findings::{Rule, references, remediation};
use crate::report::Severity;

pub(super) const RULE: Rule = Rule {
    codes: &["I5"],
    name: "bad-authentication-tag",
    severity: Severity::High,
    summary: "An encrypted message does not authenticate, and others prove its key: it was altered",
    ordinary_causes: &[FAULT],
    remedies: &[remediation::INVESTIGATE],
    references: references::TAMPERING,
    covered_by: &[],
    judge,
};

const FAULT: &str =
    "A fault in the program that encrypted, or a capture that was altered after it was taken";

fn judge(facts: &Facts<'_>, found: &mut Drafts<'_>) {
    let is_transform = |failure: &crate::session::Failure| failure.algorithm.is_none();
    found.extend(bad_signature::drafts(
        facts,
        is_transform,
        "authentication tag",
        "TRANSFORM_HEADER Signature",
        FAULT,
    ));
}
