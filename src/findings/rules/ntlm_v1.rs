//! Responses of NTLMv1.

use super::per_server::{accounts, places, sessions};
use super::weak_responses::evidence;
use crate::auth::ntlmssp::response::ResponseKind;
use crate::findings::draft::{Draft, Drafts};
use crate::findings::facts::Facts;
use crate::findings::{Rule, references, remediation};
use crate::report::{Confidence, NtlmVersion, Severity};

pub(super) const RULE: Rule = Rule {
    codes: &["H1"],
    name: "ntlm-v1",
    severity: Severity::Medium,
    summary: "A client answers with NTLMv1, from which the password's hash can be computed",
    ordinary_causes: &[OLD],
    remedies: &[remediation::NTLM],
    references: references::WEAK_AUTHENTICATION,
    covered_by: &["lm-response"],
    judge,
};

const OLD: &str = "An old client or device, or a setting for one";

fn judge(facts: &Facts<'_>, found: &mut Drafts<'_>) {
    let is_such = [NtlmVersion::V1, NtlmVersion::V1Ess];
    found.extend(
        sessions(facts, |it| it.ntlm_version.is_some_and(|version| is_such.contains(&version)))
            .into_iter()
            .map(|(server, found)| {
                let title =
                    format!("NTLMv1 goes to {} for {}", facts.host(server), accounts(&found));
                let draft = Draft::new(Confidence::Certain, title, places(&found));
                let is_kind = |kind| matches!(kind, ResponseKind::NtlmV1 | ResponseKind::NtlmV1Ess);
                evidence(facts, draft, &found, is_kind, "24 bytes, which is NTLMv1.").unless(OLD)
            }),
    );
}
