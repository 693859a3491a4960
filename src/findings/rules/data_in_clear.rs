//! Data in the clear where it could be encrypted.

use super::anonymous_session::data_share;
use super::per_server::{places, sessions};
use crate::findings::draft::{Draft, Drafts};
use crate::findings::facts::Facts;
use crate::findings::{Rule, references, remediation};
use crate::report::{Confidence, Severity};

pub(super) const RULE: Rule = Rule {
    codes: &["H11"],
    name: "data-in-clear",
    severity: Severity::Info,
    summary: "Shares are used in the clear although both sides can encrypt",
    ordinary_causes: &[NOT_SECRET],
    remedies: &[remediation::ENCRYPT],
    references: references::CLEAR_TEXT,
    covered_by: &[],
    judge,
};

const NOT_SECRET: &str = "Shares without anything secret";

fn judge(facts: &Facts<'_>, found: &mut Drafts<'_>) {
    let in_clear = sessions(facts, |session| {
        session.connection.cipher_id.is_some()
            && session.tally.encrypted == 0
            && session.tally.signed + session.tally.unsigned > 0
            // A guest's session cannot be encrypted.
            && session.guest != Some(true)
            && session.anonymous != Some(true)
            && data_share(session).is_some()
    });
    found.extend(in_clear.into_iter().filter_map(|(server, found)| {
        let (_, first) = found.first()?;
        let (path, packet) = data_share(first)?;
        let cipher = first.connection.cipher_id?.to_string();
        let title = format!(
            "{} serves {path} in the clear, although {cipher} was agreed on",
            facts.host(server)
        );
        let draft = Draft::new(Confidence::Weak, title, places(&found))
            .evidence(packet, "TREE_CONNECT Path", path, "Its messages are not encrypted.")
            .unless(NOT_SECRET);
        Some(draft)
    }));
}
