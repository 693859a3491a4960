//! Clients that do not ask a server to prove itself by Kerberos.

use std::collections::BTreeMap;
use std::net::IpAddr;

use crate::auth::kerberos::ApOptions;
use crate::findings::draft::{Draft, Drafts};
use crate::findings::facts::{Exchange, Facts, Kerberos};
use crate::findings::{Rule, references, remediation};
use crate::report::{Confidence, Severity};

pub(super) const RULE: Rule = Rule {
    codes: &["K6"],
    name: "kerberos-not-mutual",
    severity: Severity::Info,
    summary: "A client does not ask the server to prove itself by Kerberos",
    ordinary_causes: &[PROGRAM],
    remedies: &[remediation::UPDATE, remediation::SIGN],
    references: references::KERBEROS,
    covered_by: &[],
    judge,
};

const PROGRAM: &str = "A program that is not Windows and never asks";

fn judge(facts: &Facts<'_>, found: &mut Drafts<'_>) {
    let mut by_client: BTreeMap<IpAddr, Vec<(&Exchange<'_>, &Kerberos<'_>)>> = BTreeMap::new();
    // Browsers and clients of LDAP have other ways to know a server.
    let of_smb = facts.kerberos().filter(|(exchange, _)| exchange.carried.is_none());
    for (exchange, kerberos) in of_smb {
        if !kerberos.request.ap_options.contains(ApOptions::MUTUAL_REQUIRED) {
            by_client.entry(exchange.client.ip()).or_default().push((exchange, kerberos));
        }
    }
    found.extend(by_client.into_iter().filter_map(|(client, shown)| {
        let (_, first) = shown.first()?;
        let title = format!("{client} does not ask servers to prove themselves by Kerberos");
        let sessions = shown.iter().map(|(exchange, _)| exchange.place).collect();
        let options = format!("0x{:08x}", first.request.ap_options.0);
        let draft = Draft::new(Confidence::Weak, title, sessions)
            .evidence(
                first.at.packet,
                "AP-REQ ap-options",
                options,
                "mutual-required (0x20000000) is clear.",
            )
            .unless(PROGRAM);
        Some(draft)
    }));
}
