//! NTLM messages without the code over them that their client sends elsewhere.

use std::collections::{BTreeMap, HashSet};
use std::net::IpAddr;

use crate::auth::ntlmssp::av_pair::AvFlags;
use crate::auth::ntlmssp::response::ResponseKind;
use crate::carriers::Protocol;
use crate::findings::draft::{Draft, Drafts, EVIDENCE};
use crate::findings::facts::{Exchange, Facts, Ntlm};
use crate::findings::{Rule, references, remediation};
use crate::report::{Confidence, Severity};

pub(super) const RULE: Rule = Rule {
    codes: &["R7"],
    name: "ntlm-mic-missing",
    severity: Severity::Medium,
    summary: "An NTLMv2 response announces no code over the NTLM messages, though the server asks for it",
    ordinary_causes: &[OLD_CLIENT, SEVERAL],
    remedies: &[remediation::NTLM, remediation::SIGN, remediation::UPDATE],
    references: references::RELAY,
    covered_by: &["ntlm-mic-removed"],
    judge,
};

const OLD_CLIENT: &str = "A client that never sends the code: Windows before Vista, and several programs that are not Windows";
const SEVERAL: &str = "Several programs on one host, of which one never sends the code";

fn judge(facts: &Facts<'_>, found: &mut Drafts<'_>) {
    let senders: HashSet<Who> =
        facts.ntlm().filter(|(_, ntlm)| has_mic(ntlm)).map(|it| who(&it)).collect();
    let mut by_client: BTreeMap<_, Vec<(&Exchange<'_>, &Ntlm<'_>)>> = BTreeMap::new();
    for it in facts.ntlm().filter(|(_, ntlm)| lacks_mic(ntlm)) {
        // Many clients of other protocols than SMB never send the code, and that is known of them.
        if it.0.carried.is_some() && !senders.contains(&who(&it)) {
            continue;
        }
        by_client.entry(who(&it)).or_default().push(it);
    }
    found.extend(
        by_client
            .into_iter()
            .map(|(client, exchanges)| draft(client.0, senders.contains(&client), &exchanges)),
    );
}

/// A program of a client: its address, what it calls itself, and the protocol, for those of different
/// protocols may write their messages in different ways.
type Who = (IpAddr, Option<String>, Option<Protocol>);

fn who((exchange, ntlm): &(&Exchange<'_>, &Ntlm<'_>)) -> Who {
    let protocol = exchange.carried.as_ref().map(|it| it.protocol);
    (exchange.client.ip(), ntlm.workstation(), protocol)
}

fn has_mic(ntlm: &Ntlm<'_>) -> bool {
    ntlm.authenticate.as_ref().is_some_and(|(_, message)| message.mic.is_some())
}

/// Whether the server's challenge asks for the code (\[MS-NLMP\] 3.1.5.1.2) and the response does not
/// announce it.
fn lacks_mic(ntlm: &Ntlm<'_>) -> bool {
    let asks = ntlm.challenge.as_ref().is_some_and(|(_, it)| it.av_pairs().timestamp().is_some());
    asks && ntlm.authenticate.as_ref().is_some_and(|(_, message)| {
        let announced =
            message.av_pairs().flags().is_some_and(|flags| flags.contains(AvFlags::MIC));
        message.response_kind() == Some(ResponseKind::NtlmV2)
            && message.ntlm_v2_response().is_some()
            && !message.is_anonymous()
            && !announced
    })
}

fn draft(client: IpAddr, sends_elsewhere: bool, exchanges: &[(&Exchange<'_>, &Ntlm<'_>)]) -> Draft {
    let sessions = exchanges.iter().map(|(exchange, _)| exchange.place).collect();
    let over = exchanges.first().map(|(exchange, _)| exchange.over()).unwrap_or_default();
    let (title, severity, confidence) = match sends_elsewhere {
        true => (
            format!(
                "{client} sends NTLM messages{over} without an integrity code, and elsewhere with one"
            ),
            Severity::Medium,
            Confidence::Weak,
        ),
        false => (
            format!("{client} never protects its NTLM messages{over} with an integrity code"),
            Severity::Info,
            Confidence::Strong,
        ),
    };
    let mut draft = Draft::new(confidence, title, sessions).severity(severity);
    for (_, ntlm) in exchanges.iter().take(EVIDENCE / 8) {
        if let Some((at, message)) = ntlm.authenticate.as_ref() {
            let flags =
                message.av_pairs().flags().map_or("absent".to_owned(), |flags| flags.to_string());
            draft.push_evidence(at.packet, "NTLM AUTHENTICATE MsvAvFlags", flags, "The bit 0x2, which announces the code, is not set, although the challenge has a time.");
        }
    }
    match sends_elsewhere {
        true => draft.not(OLD_CLIENT, "it sends the code elsewhere").unless(SEVERAL),
        false => draft.unless(OLD_CLIENT),
    }
}
