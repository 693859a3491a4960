//! One NTLM response that is given to two servers.

use super::legs::{self, Pair};
use crate::findings::draft::{Draft, Drafts, hexadecimal};
use crate::findings::facts::{Ended, Exchange, Facts};
use crate::findings::{Rule, references, remediation};
use crate::report::{Confidence, Severity, SigningStatus};

pub(super) const RULE: Rule = Rule {
    codes: &["R1"],
    name: "ntlm-relay",
    severity: Severity::High,
    summary: "One NTLM response to one challenge is given to two servers: it was relayed",
    ordinary_causes: &[NAT, PROXY],
    remedies: &[
        remediation::RESPOND,
        remediation::SIGN,
        remediation::NTLM,
        remediation::CHANNEL_BINDING,
    ],
    references: references::RELAY,
    covered_by: &[],
    judge,
};

pub(super) const NAT: &str =
    "One conversation recorded on both sides of a NAT, a load balancer or a forwarder";
pub(super) const PROXY: &str =
    "A gateway, a proxy or a web server that passes on its clients' authentication";

fn judge(facts: &Facts<'_>, found: &mut Drafts<'_>) {
    let pairs = legs::responses(facts).into_iter().filter(|pair| !pair.is_reflected());
    found.extend(legs::by_hosts(pairs).iter().map(|pairs| draft(facts, pairs)));
}

fn draft(facts: &Facts<'_>, pairs: &[Pair<'_, '_>]) -> Draft {
    let Some(pair) = pairs.iter().find(|pair| is_accepted(pair)).or(pairs.first()) else {
        return Draft::new(Confidence::Weak, String::new(), Vec::new());
    };
    let title = title(facts, pair, "An NTLM authentication", pairs.len());
    // What passes on HTTP as HTTP, and asks for something else, may be a proxy that rewrites.
    let is_clear = pair.has_middle() && (pair.is_of_smb() || !pair.is_of_one_protocol());
    let confidence = if is_clear { Confidence::Certain } else { Confidence::Strong };
    let draft = with_evidence(Draft::new(confidence, title, legs::sessions(pairs)), pair)
        .not(NAT, pair.difference());
    let draft = if pair.has_middle() {
        let middle = pair.to.client.ip();
        draft.unless(&format!("{PROXY}, which {middle} would then be known to be"))
    } else {
        draft.unless(PROXY)
    };
    let is_keyed = facts.session_of(pair.to).is_some_and(|session| {
        matches!(
            session.status,
            SigningStatus::SignedVerified | SigningStatus::SignedPartlyVerified
        )
    });
    if is_keyed {
        draft.unless(
            "The second session is signed with the right key, which a mere relay does not have",
        )
    } else {
        draft
    }
}

pub(super) fn is_accepted(pair: &Pair<'_, '_>) -> bool {
    matches!(pair.to.ended, Ended::Accepted(_))
}

/// Who passed what on to whom, and what became of it.
pub(super) fn title(facts: &Facts<'_>, pair: &Pair<'_, '_>, what: &str, n: usize) -> String {
    let user = facts.user_of(pair.to).or_else(|| facts.user_of(pair.from));
    let account = user.map(|it| format!(" of {}", it.account)).unwrap_or_default();
    let [from, target] = [pair.from.client.ip(), pair.to.server.ip()].map(|it| facts.host(it));
    // Where all is SMB nobody needs to be told so.
    let [over, to] = match pair.is_of_smb() {
        true => [String::new(), String::new()],
        false => {
            let [from, to] = [pair.from.protocol(), pair.to.protocol()];
            [format!(" over {from}"), format!("{to} on ")]
        }
    };
    let middle = pair.to.client.ip();
    let requires = facts.session_of(pair.to).and_then(|it| it.policy.server_requires);
    let how = match pair.to.ended {
        Ended::Accepted(_) if requires == Some(true) => {
            "which accepted it but requires signing, for which a relay has no key"
        }
        Ended::Accepted(_) => "which accepted it",
        Ended::Refused(..) => "which refused it",
        Ended::Unknown => "the end of which was not captured",
    };
    let times = if n > 1 { format!(" ({n} times)") } else { String::new() };
    if pair.is_reflected() {
        return format!(
            "{what}{account} from {from}{over} was given back to {to}it by {middle}, {how}{times}"
        );
    }
    if pair.has_middle() {
        return format!(
            "{what}{account} from {from}{over} was relayed by {middle} to {to}{target}, {how}{times}"
        );
    }
    let first = facts.host(pair.from.server.ip());
    format!(
        "{what}{account} from {from} to {first}{over} was given to {to}{target} by {middle} too, {how}{times}"
    )
}

/// The challenges and the responses of both legs, and how the second ended.
pub(super) fn with_evidence(mut draft: Draft, pair: &Pair<'_, '_>) -> Draft {
    let legs = [("first", pair.from), ("second", pair.to)];
    for (which, leg) in legs {
        let over =
            if pair.is_of_smb() { String::new() } else { format!(" over {}", leg.protocol()) };
        let ends = format!("the {which} connection, {} to {}{over}", leg.client, leg.server);
        let Some(ntlm) = leg.ntlm.as_deref() else { continue };
        if let Some((at, challenge)) = ntlm.server_challenge {
            let meaning = format!("The challenge in {ends}.");
            draft.push_evidence(
                at.packet,
                "NTLM ServerChallenge",
                hexadecimal(&challenge),
                meaning,
            );
        }
        if let Some((at, proof)) = ntlm.response.and_then(|(at, it)| Some((at, it.proof()?.0))) {
            let meaning = format!("The response in {ends}.");
            let field =
                if proof.len() == 16 { "NTLM NTProofStr" } else { "NTLM NtChallengeResponse" };
            draft.push_evidence(at.packet, field, hexadecimal(proof), meaning);
        }
    }
    channel_bindings(&mut draft, pair);
    end(draft, pair.to)
}

/// Whether the response is tied to a channel of TLS, where a protocol is in play that looks at it.
fn channel_bindings(draft: &mut Draft, pair: &Pair<'_, '_>) {
    let Some(ntlm) = pair.to.ntlm.as_deref().filter(|_| !pair.is_of_smb()) else { return };
    let Some((at, message)) = ntlm.authenticate.as_ref() else { return };
    let (value, meaning) = match message.av_pairs().channel_bindings() {
        Some(hash) => (
            hexadecimal(&hash),
            "The response was made for a channel of TLS, and this connection is none.",
        ),
        None => ("none".to_owned(), "The response is tied to no channel of TLS."),
    };
    draft.push_evidence(at.packet, "NTLM AUTHENTICATE MsvAvChannelBindings", value, meaning);
}

/// How an authentication ended.
pub(super) fn end(draft: Draft, leg: &Exchange<'_>) -> Draft {
    let (server, client) = (leg.server.ip(), leg.client.ip());
    let (packet, meaning) = match leg.ended {
        Ended::Accepted(packet) => (packet, format!("{server} let {client} in.")),
        Ended::Refused(packet, _) => (packet, format!("{server} refused {client}.")),
        Ended::Unknown => return draft,
    };
    match leg.status() {
        Some((field, value)) => draft.evidence(packet, field, value, meaning),
        None => draft,
    }
}
