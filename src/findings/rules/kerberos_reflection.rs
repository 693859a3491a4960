//! A Kerberos ticket that comes back to the host that showed it.

use super::kerberos_relay::{self, RETRY};
use super::legs::{self, Pair};
use super::ntlm_relay::NAT;
use crate::findings::draft::Drafts;
use crate::findings::facts::Facts;
use crate::findings::{Rule, references, remediation};
use crate::report::Severity;

pub(super) const RULE: Rule = Rule {
    codes: &["X4"],
    name: "kerberos-reflection",
    severity: Severity::High,
    summary: "A Kerberos ticket is given back to the host that showed it",
    ordinary_causes: &[NAT, RETRY],
    remedies: &[remediation::RESPOND, remediation::SIGN, remediation::PATCH, remediation::DNS],
    references: references::REFLECTION,
    covered_by: &[],
    judge,
};

fn judge(facts: &Facts<'_>, found: &mut Drafts<'_>) {
    let pairs = kerberos_relay::pairs(facts).into_iter().filter(Pair::is_reflected);
    found.extend(
        legs::by_hosts(pairs).iter().filter_map(|pairs| kerberos_relay::draft(facts, pairs)),
    );
}
