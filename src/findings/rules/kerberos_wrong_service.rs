//! A Kerberos ticket for another service than the server that it is shown to.

use super::ntlm_relay::end;
use super::targets::{self, Aim};
use crate::findings::draft::{Draft, Drafts};
use crate::findings::facts::{Exchange, Facts, Kerberos};
use crate::findings::{Rule, references, remediation};
use crate::report::{Confidence, Severity};

pub(super) const RULE: Rule = Rule {
    codes: &["K3"],
    name: "kerberos-wrong-service",
    severity: Severity::High,
    summary: "A Kerberos ticket is for another service than the file server that it is shown to",
    ordinary_causes: &[targets::ALIAS, targets::DFS],
    remedies: &[remediation::RESPOND, remediation::SIGN, remediation::SPN],
    references: references::KERBEROS,
    covered_by: &["kerberos-relay", "kerberos-reflection"],
    judge,
};

fn judge(facts: &Facts<'_>, found: &mut Drafts<'_>) {
    let drafts =
        facts.kerberos().filter_map(|(exchange, kerberos)| draft(facts, exchange, kerberos));
    found.merge(drafts);
}

fn draft(facts: &Facts<'_>, exchange: &Exchange<'_>, kerberos: &Kerberos<'_>) -> Option<Draft> {
    let service = kerberos.request.ticket.sname.to_string();
    let aim = Aim::of(&service)?;
    // What the server says itself in NTLM, in other sessions.
    let said = facts.names.of(exchange.server.ip()).iter();
    let own = said.filter(|it| it.origin == crate::names::Origin::NtlmTargetInfo);
    let known = targets::names_of_server(facts, exchange, own.map(|it| it.name.to_string()));
    let is_foreign_class = !aim.is_service_of(exchange);
    let is_foreign_host = targets::is_elsewhere(&aim, exchange, &known);
    if !is_foreign_class && !is_foreign_host {
        return None;
    }
    let title = format!(
        "A Kerberos ticket for {service} is shown by {} to {}{}",
        exchange.client.ip(),
        facts.host(exchange.server.ip()),
        exchange.over(),
    );
    let (severity, confidence) = match is_foreign_class {
        true => (Severity::High, Confidence::Strong),
        false => (Severity::Medium, Confidence::Weak),
    };
    let names: Vec<String> = known.into_iter().collect();
    let meaning = match names.as_slice() {
        [] => "The service of the ticket.".to_owned(),
        names => format!("The service of the ticket; the server is called {}.", names.join(", ")),
    };
    let draft = Draft::new(confidence, title, vec![exchange.place]).severity(severity).evidence(
        kerberos.at.packet,
        "AP-REQ ticket sname",
        service,
        meaning,
    );
    Some(end(draft, exchange).unless(targets::ALIAS).unless(targets::DFS))
}
