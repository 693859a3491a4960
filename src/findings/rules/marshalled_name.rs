//! Names of hosts with the marshalled target information that makes Windows aim at another host.

use std::collections::BTreeMap;

use super::negotiation;
use crate::findings::draft::{Draft, Drafts};
use crate::findings::facts::Facts;
use crate::findings::{Rule, references, remediation};
use crate::names::Protocol;
use crate::packet::PacketId;
use crate::report::{Confidence, Severity};
use crate::smb::smb2::NegotiateContextData;

pub(super) const RULE: Rule = Rule {
    codes: &["X2"],
    name: "marshalled-target-name",
    severity: Severity::High,
    summary: "The name of a host carries marshalled target information, as CVE-2025-33073 is used with",
    ordinary_causes: &[NONE_KNOWN],
    remedies: &[remediation::PATCH, remediation::SIGN, remediation::DNS, remediation::RESPOND],
    references: references::REFLECTION,
    covered_by: &[],
    judge,
};

const NONE_KNOWN: &str =
    "No ordinary name of a host is known to be like this, but a test of one's own";

/// Where a name was met.
struct Met {
    packet: PacketId,
    field: &'static str,
    said: String,
    session: Option<usize>,
}

fn judge(facts: &Facts<'_>, found: &mut Drafts<'_>) {
    let mut by_name: BTreeMap<String, Vec<Met>> = BTreeMap::new();
    in_names(facts, &mut by_name);
    in_sessions(facts, &mut by_name);
    in_calls(facts, &mut by_name);
    found.extend(by_name.into_iter().map(|(name, met)| {
        let mut sessions: Vec<usize> = met.iter().filter_map(|it| it.session).collect();
        sessions.dedup();
        let title = format!("The name {name} is made to turn an authentication back to its client");
        let mut draft = Draft::new(Confidence::Strong, title, sessions);
        for it in met {
            draft.push_evidence(it.packet, it.field, &*name, it.said);
        }
        draft.unless(NONE_KNOWN)
    }));
}

fn in_names(facts: &Facts<'_>, by_name: &mut BTreeMap<String, Vec<Met>>) {
    for lookup in facts.names.lookups().iter().filter(|it| is_marked(&it.name)) {
        let field = match lookup.protocol {
            Protocol::Dns => "DNS name",
            Protocol::Mdns => "mDNS name",
            Protocol::Llmnr => "LLMNR name",
            Protocol::Nbns => "NBNS name",
        };
        let met = by_name.entry(lookup.name.to_lowercase()).or_default();
        met.extend(lookup.questions.iter().map(|it| Met {
            packet: it.packet,
            field,
            said: format!("{} asks for it.", it.asker),
            session: None,
        }));
        met.extend(lookup.answers.iter().map(|it| Met {
            packet: it.packet,
            field,
            said: format!("{} answers that it is {}.", it.answerer, it.address),
            session: None,
        }));
    }
}

fn in_sessions(facts: &Facts<'_>, by_name: &mut BTreeMap<String, Vec<Met>>) {
    let mut note = |name: &str, packet, field, session| {
        if is_marked(name) {
            let said = "The client calls the server so.".to_owned();
            let session = Some(session);
            by_name.entry(name.to_lowercase()).or_default().push(Met {
                packet,
                field,
                said,
                session,
            });
        }
    };
    for (place, session) in facts.sessions.iter().enumerate() {
        for tree in &session.state.trees {
            let host = tree.path.trim_start_matches('\\').split('\\').next().unwrap_or_default();
            note(host, tree.packet, "TREE_CONNECT Path", place);
        }
        let Some((kept, request)) = negotiation::request(session.connection) else { continue };
        for context in request.negotiate_contexts.iter().flatten() {
            if let NegotiateContextData::NetName { name } = context.data {
                note(&name.to_string(), kept.at.packet, "NEGOTIATE request NETNAME", place);
            }
        }
    }
    for exchange in &facts.exchanges {
        let place = exchange.place;
        if let Some((at, message)) =
            exchange.ntlm.as_deref().and_then(|it| it.authenticate.as_ref())
        {
            let spn = message.av_pairs().target_name().unwrap_or_default();
            let host = spn.split_once('/').map_or("", |(_, host)| host);
            note(host, at.packet, "NTLM AUTHENTICATE MsvAvTargetName", place);
        }
        if let Some(kerberos) = exchange.kerberos.as_deref() {
            for part in &kerberos.request.ticket.sname.name_string {
                note(part, kerberos.at.packet, "AP-REQ sname", place);
            }
        }
    }
}

fn in_calls(facts: &Facts<'_>, by_name: &mut BTreeMap<String, Vec<Met>>) {
    for call in &facts.calls {
        let Some(argument) = &call.state.call.argument else { continue };
        if is_marked(&argument.host) {
            by_name.entry(argument.host.to_lowercase()).or_default().push(Met {
                packet: call.state.at.packet,
                field: "RPC request argument",
                said: format!("{} names it to the server.", call.state.caller.ip()),
                session: call.session,
            });
        }
    }
}

/// Whether a label of `name` ends in a marshalled CREDENTIAL_TARGET_INFORMATION, which is written in
/// letters and digits and begins and ends alike in all of them.
fn is_marked(name: &str) -> bool {
    const START: &str = "1uwhrca";
    const END: &str = "baaaa";
    name.to_ascii_lowercase().split(['.', '<']).any(|label| {
        let Some(place) = label.find(START) else { return false };
        let rest = label.get(place + START.len()..).unwrap_or_default();
        let core = rest.strip_suffix(END);
        core.is_some_and(|core| core.bytes().all(|byte| byte.is_ascii_alphanumeric()))
    })
}

#[cfg(test)]
mod tests {
    use super::is_marked;

    #[test]
    fn a_marked_name_is_told_from_others() {
        let marker = "1UWhRCAAAAAAAAAAAAAAAAAAAAAAAAAAAAwbEAYBAAAA";
        assert!(is_marked(&format!("localhost{marker}")));
        assert!(is_marked(&format!("SRV{}.lab.test", marker.to_lowercase())));
        assert!(!is_marked("localhost1UWhRCAAAA-wbEAYBAAAA"));
        assert!(!is_marked("1uwhrca.baaaa"));
        assert!(!is_marked("fs1.lab.test"));
    }
}
