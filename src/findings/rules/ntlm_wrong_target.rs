//! An NTLM response that was made for another server.

use super::ntlm_relay::NAT;
use super::targets::{self, Aim};
use crate::findings::draft::{Draft, Drafts};
use crate::findings::facts::{Exchange, Facts, Ntlm};
use crate::findings::{Rule, references, remediation};
use crate::report::{Confidence, Severity};

pub(super) const RULE: Rule = Rule {
    codes: &["R4"],
    name: "ntlm-wrong-target",
    severity: Severity::High,
    summary: "An NTLM response names another service than the server that it is given to",
    ordinary_causes: &[targets::ALIAS, targets::DFS, NAT],
    remedies: &[remediation::RESPOND, remediation::SIGN, remediation::NTLM],
    references: references::RELAY,
    covered_by: &["ntlm-relay", "ntlm-reflection"],
    judge,
};

fn judge(facts: &Facts<'_>, found: &mut Drafts<'_>) {
    let drafts = facts.ntlm().filter_map(|(exchange, ntlm)| draft(facts, exchange, ntlm));
    found.merge(drafts);
}

fn draft(facts: &Facts<'_>, exchange: &Exchange<'_>, ntlm: &Ntlm<'_>) -> Option<Draft> {
    let (at, authenticate) = ntlm.authenticate.as_ref()?;
    let spn = authenticate.av_pairs().target_name().filter(|name| !name.is_empty())?;
    let aim = Aim::of(&spn)?;
    let own = ntlm.server_names();
    let known = targets::names_of_server(facts, exchange, own);
    let is_foreign_class = !aim.is_service_of(exchange);
    let is_foreign_host = targets::is_elsewhere(&aim, exchange, &known);
    if !is_foreign_class && !is_foreign_host {
        return None;
    }
    let title = format!(
        "An NTLM response from {} for {spn} is given to {}{}",
        exchange.client.ip(),
        facts.host(exchange.server.ip()),
        exchange.over(),
    );
    let (severity, confidence) = match is_foreign_class && is_foreign_host {
        true => (Severity::High, Confidence::Strong),
        false if is_foreign_class => (Severity::Medium, Confidence::Strong),
        false => (Severity::Medium, Confidence::Weak),
    };
    let sessions = vec![exchange.place];
    let names: Vec<String> = known.into_iter().collect();
    let draft = Draft::new(confidence, title, sessions).severity(severity).evidence(
        at.packet,
        "NTLM AUTHENTICATE MsvAvTargetName",
        spn,
        "What the response was made for.",
    );
    let draft = match ntlm.challenge.as_ref() {
        Some((at, _)) => draft.evidence(
            at.packet,
            "names of the server",
            names.join(", "),
            "What the server is called in the capture.",
        ),
        None => draft,
    };
    Some(draft.unless(targets::ALIAS).unless(targets::DFS).unless(NAT))
}
