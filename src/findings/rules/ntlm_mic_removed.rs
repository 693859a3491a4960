//! An NTLM response that announces a code which its message does not carry, or from which
//! everything that would show a change was taken.

use crate::auth::ntlmssp::authenticate::AuthenticateMessage;
use crate::auth::ntlmssp::av_pair::AvFlags;
use crate::auth::ntlmssp::flags::NegotiateFlags;
use crate::findings::draft::{Draft, Drafts, hexadecimal};
use crate::findings::facts::{Exchange, Facts, Ntlm};
use crate::findings::{Rule, references, remediation};
use crate::report::{Confidence, Severity};

pub(super) const RULE: Rule = Rule {
    codes: &["R9", "R10"],
    name: "ntlm-mic-removed",
    severity: Severity::High,
    summary: "An integrity code that the NTLM response announces was taken out of its message",
    ordinary_causes: &[FAULT, OLD_CLIENT],
    remedies: &[remediation::RESPOND, remediation::SIGN, remediation::PATCH, remediation::NTLM],
    references: references::RELAY,
    covered_by: &[],
    judge,
};

const FAULT: &str = "A client with a fault, which announces a code and sends none";
const OLD_CLIENT: &str = "A client so old that it asks for none of this";

fn judge(facts: &Facts<'_>, found: &mut Drafts<'_>) {
    found.extend(facts.ntlm().filter_map(|(exchange, ntlm)| draft(facts, exchange, ntlm)));
}

fn draft(facts: &Facts<'_>, exchange: &Exchange<'_>, ntlm: &Ntlm<'_>) -> Option<Draft> {
    let (at, message) = ntlm.authenticate.as_ref().filter(|_| exchange.is_whole)?;
    let announced = message.av_pairs().flags().filter(|flags| flags.contains(AvFlags::MIC));
    let is_absent = announced.is_some() && message.mic.is_none_or(|mic| mic == [0; 16]);
    let stripped = stripped(ntlm, message);
    if !is_absent && stripped.is_none() {
        return None;
    }
    let title = format!(
        "The NTLM response of {} to {}{} had its integrity code removed",
        exchange.client.ip(),
        facts.host(exchange.server.ip()),
        exchange.over(),
    );
    let mut draft = Draft::new(Confidence::Strong, title, vec![exchange.place]);
    if let (true, Some(flags)) = (is_absent, announced) {
        let found = message.mic.map_or("absent".to_owned(), |mic| hexadecimal(&mic));
        draft = draft
            .evidence(
                at.packet,
                "NTLM AUTHENTICATE MsvAvFlags",
                flags.to_string(),
                "The response, which the password covers, announces a code (0x2).",
            )
            .evidence(at.packet, "NTLM AUTHENTICATE MIC", found, "There is none.");
    }
    if let (Some((asked, flags)), Some((negotiate, _))) = (stripped, ntlm.negotiate.as_ref()) {
        draft = draft
            .evidence(
                negotiate.packet,
                "NTLM NEGOTIATE NegotiateFlags",
                asked.to_string(),
                "The client asks for a key exchange and tells its version.",
            )
            .evidence(
                at.packet,
                "NTLM AUTHENTICATE NegotiateFlags",
                flags.to_string(),
                "SIGN, ALWAYS_SIGN, KEY_EXCH and VERSION are all clear.",
            );
    }
    let is_new = stripped.is_some() || is_absent;
    Some(draft.unless(FAULT).not_if(is_new, OLD_CLIENT, "its own messages ask for it"))
}

/// The flags before and after, where all that a signed session would need was taken out.
fn stripped(
    ntlm: &Ntlm<'_>,
    message: &AuthenticateMessage<'_>,
) -> Option<(NegotiateFlags, NegotiateFlags)> {
    const TAKEN: [NegotiateFlags; 4] = [
        NegotiateFlags::NTLMSSP_NEGOTIATE_SIGN,
        NegotiateFlags::NTLMSSP_NEGOTIATE_ALWAYS_SIGN,
        NegotiateFlags::NTLMSSP_NEGOTIATE_KEY_EXCH,
        NegotiateFlags::NTLMSSP_NEGOTIATE_VERSION,
    ];
    let (_, negotiate) = ntlm.negotiate.as_ref()?;
    let (asked, agreed) = (negotiate.negotiate_flags, message.negotiate_flags?);
    // What the server did not take up is rightly not there in the end.
    let (_, challenge) = ntlm.challenge.as_ref()?;
    let key_exchange = NegotiateFlags::NTLMSSP_NEGOTIATE_KEY_EXCH;
    let asked_for = asked.contains(key_exchange)
        && asked.contains(NegotiateFlags::NTLMSSP_NEGOTIATE_VERSION)
        && challenge.negotiate_flags.contains(key_exchange);
    let is_bare = TAKEN.into_iter().all(|flag| !agreed.contains(flag)) && message.mic.is_none();
    (asked_for && is_bare && !message.is_anonymous()).then_some((asked, agreed))
}
