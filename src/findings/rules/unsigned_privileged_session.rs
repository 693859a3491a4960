//! Unsigned sessions of accounts that may do much.

use crate::findings::draft::{Draft, Drafts};
use crate::findings::facts::{Facts, Session};
use crate::findings::{Rule, references, remediation};
use crate::report::{Confidence, Outcome, Severity};

pub(super) const RULE: Rule = Rule {
    codes: &["I7", "H9"],
    name: "unsigned-privileged-session",
    severity: Severity::Medium,
    summary: "An administrator's or a machine's session, or one with an administrative share, is unsigned",
    ordinary_causes: &[HARMLESS],
    remedies: &[remediation::SIGN, remediation::ADMIN, remediation::HARDENED_PATHS],
    references: references::SIGNING,
    covered_by: &[],
    judge,
};

const HARMLESS: &str =
    "An account that may do little in spite of its name, or a network that nobody else is on";

/// Accounts that administer, by their usual names.
const ADMINISTRATORS: [&str; 4] = ["administrator", "admin", "root", "administrateur"];

fn judge(facts: &Facts<'_>, found: &mut Drafts<'_>) {
    let sessions = facts.sessions.iter().enumerate();
    let drafts = sessions.filter_map(|(place, session)| draft(facts, place, session));
    found.merge(drafts);
}

fn draft(facts: &Facts<'_>, place: usize, session: &Session<'_>) -> Option<Draft> {
    let is_someone = session.guest != Some(true) && session.anonymous == Some(false);
    if !session.is_unsigned() || session.outcome != Outcome::Established || !is_someone {
        return None;
    }
    let unsigned = session.state.sightings.unsigned?;
    let user = session.user.as_deref().unwrap_or_default();
    let tree = session.state.trees.iter().find(|tree| is_administrative(&tree.path));
    let is_named = user.ends_with('$') || ADMINISTRATORS.contains(&user.to_lowercase().as_str());
    let why = match tree {
        Some(tree) => format!("which works with {}", tree.path),
        None if is_named => format!("which is {}'s", session.account()),
        None => return None,
    };
    let title = format!(
        "A session of {} with {}, {why}, is unsigned",
        session.client(),
        facts.host(session.server()),
    );
    let mut draft = Draft::new(Confidence::Strong, title, vec![place]).evidence(
        unsigned.packet,
        "Signature",
        "absent",
        "A message after the setup without a signature.",
    );
    if let Some(tree) = tree {
        draft.push_evidence(
            tree.packet,
            "TREE_CONNECT Path",
            tree.path.to_string(),
            "An administrative share.",
        );
    }
    Some(draft.unless(HARMLESS))
}

/// Whether a share administers a host or a domain.
fn is_administrative(path: &str) -> bool {
    let share = path.rsplit('\\').next().unwrap_or_default().to_lowercase();
    let is_drive = matches!(share.as_bytes(), [drive, b'$'] if drive.is_ascii_lowercase());
    is_drive || ["admin$", "sysvol", "netlogon"].contains(&share.as_str())
}
