//! A setup of 3.1.1 whose last signature contradicts what was negotiated.

use crate::findings::draft::{Draft, Drafts, hexadecimal};
use crate::findings::facts::{Facts, Session};
use crate::findings::{Rule, references, remediation};
use crate::flow::Direction;
use crate::report::{Confidence, Dialect, Severity};
use crate::session::{Failure, Trial};
use crate::smb::smb2::Command;

pub(super) const RULE: Rule = Rule {
    codes: &["D6"],
    name: "preauth-integrity-broken",
    severity: Severity::High,
    summary: "The password is right, but the signature over the setup of SMB 3.1.1 is not",
    ordinary_causes: &[INCOMPLETE],
    remedies: &[remediation::INVESTIGATE, remediation::SIGN, remediation::HARDENED_PATHS],
    references: references::TAMPERING,
    covered_by: &[],
    judge,
};

const INCOMPLETE: &str = "A negotiation or a setup that was not captured as it was sent";

fn judge(facts: &Facts<'_>, found: &mut Drafts<'_>) {
    let sessions = facts.sessions.iter().enumerate();
    found.extend(sessions.filter_map(|(place, session)| draft(facts, place, session)));
}

fn draft(facts: &Facts<'_>, place: usize, session: &Session<'_>) -> Option<Draft> {
    let secured = session.secured.filter(|_| session.dialect == Some(Dialect::Smb311))?;
    let last = session.state.setup.final_response?;
    let is_last = |it: &&Failure| {
        it.packet == last.at.packet
            && it.direction == Direction::ToClient
            && it.command == Some(Command::SMB2_SESSION_SETUP.0)
    };
    let failure = secured.failures.iter().find(is_last)?;
    if !matches!(secured.secret, Trial::Right(_)) || secured.all_checks().verified > 0 {
        return None;
    }
    let title = format!(
        "What {} and {} negotiated is not what they signed",
        session.client(),
        facts.host(session.server()),
    );
    let expected = failure.expected.as_ref().map(|it| hexadecimal(it)).unwrap_or_default();
    let is_whole = !session.state.setup.is_cut
        && !session.connection.losses.has_gap(None, Some(last.at))
        && !session.connection.is_in_disorder;
    let draft = Draft::new(if is_whole { Confidence::Strong } else { Confidence::Weak }, title, vec![place])
        .evidence(failure.packet, "SESSION_SETUP response Signature", hexadecimal(&failure.found), format!("The secret, which the authentication proves, gives {expected} over the setup as captured."));
    let kept = [&session.connection.negotiate_request, &session.connection.negotiate_response];
    let draft = kept.into_iter().flatten().fold(draft, |draft, kept| {
        draft.evidence(
            kept.at.packet,
            "NEGOTIATE",
            "covered",
            "The key is made of this message too.",
        )
    });
    Some(draft.not_if(is_whole, INCOMPLETE, "no byte of it is missing"))
}
