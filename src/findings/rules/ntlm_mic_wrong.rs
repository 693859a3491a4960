//! NTLM messages whose integrity code is wrong.

use crate::findings::draft::{Draft, Drafts, hexadecimal};
use crate::findings::facts::{Facts, Session};
use crate::findings::{Rule, references, remediation};
use crate::report::{Confidence, Severity};

pub(super) const RULE: Rule = Rule {
    codes: &["R8"],
    name: "ntlm-mic-wrong",
    severity: Severity::High,
    summary: "The integrity code over the NTLM messages is wrong, with a password that is right",
    ordinary_causes: &[ANOTHER_START, CUT],
    remedies: &[remediation::INVESTIGATE, remediation::SIGN, remediation::NTLM],
    references: references::TAMPERING,
    covered_by: &[],
    judge,
};

const ANOTHER_START: &str = "A negotiation that began again with another first message";
const CUT: &str = "Messages that were not wholly captured";

fn judge(facts: &Facts<'_>, found: &mut Drafts<'_>) {
    let sessions = facts.sessions.iter().enumerate();
    let wrong =
        sessions.filter(|(_, it)| it.secured.is_some_and(|secured| secured.mic == Some(false)));
    found.extend(wrong.filter_map(|(place, session)| draft(facts, place, session)));
}

fn draft(facts: &Facts<'_>, place: usize, session: &Session<'_>) -> Option<Draft> {
    let exchange = facts.exchanges_of(place).iter().find(|it| it.ntlm.is_some())?;
    let ntlm = exchange.ntlm.as_deref()?;
    let (at, message) = ntlm.authenticate.as_ref()?;
    let title = format!(
        "The NTLM messages between {} and {} are not those that {} sent",
        exchange.client.ip(),
        facts.host(exchange.server.ip()),
        session.account(),
    );
    // A signature that holds proves the key that the code is made with.
    let verified = session.secured.map_or(0, |secured| secured.all_checks().verified);
    let is_proven = verified > 0 && exchange.is_whole;
    let confidence = if is_proven { Confidence::Certain } else { Confidence::Strong };
    let mic = message.mic.map(|mic| hexadecimal(&mic)).unwrap_or_default();
    let mut draft = Draft::new(confidence, title, vec![place])
        .evidence(at.packet, "NTLM AUTHENTICATE MIC", mic, "Not the code that the password gives over NEGOTIATE, CHALLENGE and AUTHENTICATE as captured.");
    if is_proven && let Some(signed) = session.state.setup.final_response {
        let meaning =
            "The password is right: with the key that it gives, signatures of the session hold.";
        draft.push_evidence(
            signed.at.packet,
            "signatures that hold",
            verified.to_string(),
            meaning,
        );
    }
    let messages = [ntlm.negotiate.as_ref().map(|it| it.0), ntlm.challenge.as_ref().map(|it| it.0)];
    for (at, name) in messages.into_iter().zip(["NTLM NEGOTIATE", "NTLM CHALLENGE"]) {
        if let Some(at) = at {
            draft.push_evidence(at.packet, name, "covered", "The code covers this message.");
        }
    }
    Some(draft.not_if(exchange.is_whole, CUT, "all three were").unless(ANOTHER_START))
}
