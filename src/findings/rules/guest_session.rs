//! Users that a server makes guests.

use super::per_server::{accounts, places, sessions};
use crate::findings::draft::{Draft, Drafts};
use crate::findings::facts::Facts;
use crate::findings::{Rule, references, remediation};
use crate::report::{Confidence, Severity};

pub(super) const RULE: Rule = Rule {
    codes: &["H5"],
    name: "guest-session",
    severity: Severity::Medium,
    summary: "A server makes a user a guest, whose session is never signed",
    ordinary_causes: &[MEANT],
    remedies: &[remediation::GUEST],
    references: references::GUESTS,
    covered_by: &[],
    judge,
};

const MEANT: &str = "A share that is meant for everybody";

fn judge(facts: &Facts<'_>, found: &mut Drafts<'_>) {
    found.extend(sessions(facts, |session| session.guest == Some(true)).into_iter().map(
        |(server, found)| {
            let title = format!("{} makes {} a guest", facts.host(server), accounts(&found));
            // Who asks for it by name gets no less than he asked for.
            let is_asked_for = |user: &str| user.is_empty() || user.eq_ignore_ascii_case("guest");
            let is_meant =
                found.iter().all(|(_, it)| is_asked_for(it.user.as_deref().unwrap_or_default()));
            let severity = if is_meant { Severity::Low } else { Severity::Medium };
            let mut draft =
                Draft::new(Confidence::Certain, title, places(&found)).severity(severity);
            for (_, session) in found.iter().take(4) {
                if let Some(last) = session.state.setup.final_response {
                    let flags = last.session_flags.map(|it| it.to_string()).unwrap_or_default();
                    draft.push_evidence(
                        last.at.packet,
                        "SESSION_SETUP response SessionFlags",
                        flags,
                        "IS_GUEST is set.",
                    );
                }
            }
            draft.unless(MEANT)
        },
    ));
}
