//! Signatures that are wrong although their key is right.

use crate::findings::draft::{Draft, Drafts, hexadecimal};
use crate::findings::facts::{Facts, Session};
use crate::findings::{Rule, references, remediation};
use crate::report::{Confidence, Severity, SigningStatus};
use crate::session::Failure;

pub(super) const RULE: Rule = Rule {
    codes: &["I1"],
    name: "bad-signature",
    severity: Severity::High,
    summary: "A signature is wrong, and other messages prove its key: the message was altered",
    ordinary_causes: &[FAULT],
    remedies: &[remediation::INVESTIGATE, remediation::SIGN],
    references: references::TAMPERING,
    covered_by: &[],
    judge,
};

const FAULT: &str =
    "A fault in the program that signed, or a capture that was altered after it was taken";

/// Codes told of one session.
const CODES: usize = 8;

fn judge(facts: &Facts<'_>, found: &mut Drafts<'_>) {
    found.extend(drafts(
        facts,
        |failure| failure.algorithm.is_some(),
        "signature",
        "Signature",
        FAULT,
    ));
}

/// A finding for each session with codes that are wrong although their key is proven.
pub(super) fn drafts(
    facts: &Facts<'_>,
    is_such: impl Fn(&Failure) -> bool,
    what: &str,
    field: &str,
    cause: &str,
) -> Vec<Draft> {
    let sessions = facts.sessions.iter().enumerate();
    let broken =
        sessions.filter(|(_, it)| it.status == SigningStatus::BadSignature || has_broken(it));
    broken
        .filter_map(|(place, session)| {
            let wrong: Vec<&Failure> =
                session.secured?.failures.iter().filter(|it| is_such(it)).collect();
            let draft = draft(facts, place, session, &wrong, what, field)?;
            Some(draft.unless(cause))
        })
        .collect()
}

fn has_broken(session: &Session<'_>) -> bool {
    session.secured.is_some_and(crate::session::Secured::has_broken_code)
}

fn draft(
    facts: &Facts<'_>,
    place: usize,
    session: &Session<'_>,
    wrong: &[&Failure],
    what: &str,
    field: &str,
) -> Option<Draft> {
    let n = wrong.len();
    wrong.first()?;
    let title = format!(
        "{n} {what}{} between {} and {} {} wrong although the key is right",
        if n == 1 { "" } else { "s" },
        session.client(),
        facts.host(session.server()),
        if n == 1 { "is" } else { "are" },
    );
    let checks = session.secured?.all_checks();
    let n_right = checks.verified + checks.decrypted;
    // What proves the key are the codes that hold.
    let confidence = if n_right > 0 { Confidence::Certain } else { Confidence::Strong };
    let mut draft = Draft::new(confidence, title, vec![place]);
    for failure in wrong.iter().take(CODES) {
        let len = if session.state.generation == crate::session::Generation::Smb1 { 8 } else { 16 };
        let code = |bytes: &[u8; 16]| hexadecimal(bytes.get(..len).unwrap_or_default());
        let expected = failure.expected.as_ref().map(|it| format!(", and {} expected", code(it)));
        let meaning = format!(
            "Over {} bytes{}; {n_right} other messages prove the key.",
            failure.covered,
            expected.unwrap_or_default(),
        );
        draft.push_evidence(failure.packet, field, code(&failure.found), meaning);
    }
    Some(draft)
}
