//! Passwords in the clear.

use super::per_server::{accounts, places, sessions};
use crate::findings::draft::{Draft, Drafts};
use crate::findings::facts::Facts;
use crate::findings::{Rule, references, remediation};
use crate::flow::Direction;
use crate::report::{Confidence, Mechanism, Severity};

pub(super) const RULE: Rule = Rule {
    codes: &["H3"],
    name: "plaintext-password",
    severity: Severity::High,
    summary: "A client sends its password in the clear",
    ordinary_causes: &[OLD],
    remedies: &[remediation::PLAIN_PASSWORDS, remediation::SMB1],
    references: references::WEAK_AUTHENTICATION,
    covered_by: &[],
    judge,
};

const OLD: &str = "A server of SMB1 that is set to take passwords in the clear";

fn judge(facts: &Facts<'_>, found: &mut Drafts<'_>) {
    found.extend(sessions(facts, |session| session.mechanism == Some(Mechanism::Plaintext))
        .into_iter()
        .map(|(server, found)| {
            let title = format!("Passwords go to {} in the clear, of {}", facts.host(server), accounts(&found));
            let mut draft = Draft::new(Confidence::Certain, title, places(&found));
            for (_, session) in found.iter().take(4) {
                let mut messages = session.state.setup.messages.iter();
                if let Some(kept) = messages.find(|it| it.direction == Direction::ToServer) {
                    let meaning = "A password that is no response to a challenge; it can be read in this packet.";
                    draft.push_evidence(kept.at.packet, "SESSION_SETUP_ANDX password", "in the clear", meaning);
                }
            }
            draft.unless(OLD)
        }));
}
