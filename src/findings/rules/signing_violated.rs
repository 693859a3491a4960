//! Sessions that must be signed and are not.

use crate::findings::draft::{Draft, Drafts};
use crate::findings::facts::{Facts, Session};
use crate::findings::{Rule, references, remediation};
use crate::report::{Confidence, Severity, SigningStatus};

pub(super) const RULE: Rule = Rule {
    codes: &["D7"],
    name: "signing-violated",
    severity: Severity::High,
    summary: "A side requires signing, and unsigned messages were accepted all the same",
    ordinary_causes: &[GUEST, OLD, FAULT],
    remedies: &[remediation::INVESTIGATE, remediation::SIGN, remediation::HARDENED_PATHS],
    references: references::TAMPERING,
    covered_by: &[],
    judge,
};

const GUEST: &str = "A guest's or an anonymous session, which cannot be signed";
const OLD: &str = "SMB1 without extended security, which some servers leave unsigned";

const FAULT: &str = "A side with a fault, which leaves some of its messages unsigned";

fn judge(facts: &Facts<'_>, found: &mut Drafts<'_>) {
    let sessions = facts.sessions.iter().enumerate();
    let violated = sessions.filter(|(_, it)| it.status == SigningStatus::SigningViolated);
    found.extend(violated.map(|(place, session)| draft(facts, place, session)));
}

fn draft(facts: &Facts<'_>, place: usize, session: &Session<'_>) -> Draft {
    let n = session.state.accepted_unsigned;
    let title = format!(
        "Signing is required between {} and {}, and {n} unsigned {} accepted",
        session.client(),
        facts.host(session.server()),
        if n == 1 { "message was" } else { "messages were" },
    );
    let mut draft = Draft::new(Confidence::Certain, title, vec![place]);
    for (side, said) in [
        ("request", session.connection.client_security_mode),
        ("response", session.connection.server_security_mode),
    ] {
        if let Some(said) = said.filter(|it| it.security_mode.is_signing_required()) {
            let field = format!("NEGOTIATE {side} SecurityMode");
            draft.push_evidence(
                said.packet,
                &field,
                said.security_mode.to_string(),
                "This side requires signing.",
            );
        }
    }
    let setup = &session.state.setup;
    if let (Some(true), Some(packet)) = (setup.client_requires, setup.client_requires_packet) {
        draft.push_evidence(
            packet,
            "SESSION_SETUP request SecurityMode",
            "required",
            "The client requires signing.",
        );
    }
    if let (Some(kept), Some(mode)) =
        (&session.connection.smb1.negotiate_response, session.connection.smb1.security_mode)
        && mode.is_signing_required()
    {
        draft.push_evidence(
            kept.at.packet,
            "SMB_COM_NEGOTIATE response SecurityMode",
            mode.to_string(),
            "The server requires signing.",
        );
    }
    if let Some(unsigned) = session.state.sightings.accepted_unsigned {
        draft.push_evidence(
            unsigned.message.packet,
            "Signature",
            "absent",
            "A message without a signature.",
        );
        let meaning = "The other side went on with it.";
        draft.push_evidence(unsigned.by, "acceptance", "taken up", meaning);
    }
    draft
        .not(GUEST, "the server's final answer says that it is neither")
        .not(OLD, "the session is none of these")
        .unless(FAULT)
}
