//! Kerberos tickets that are encrypted with RC4 or DES.

use std::collections::{BTreeMap, HashSet};

use foldhash::fast::FixedState;

use crate::auth::kerberos::EncryptionType;
use crate::findings::draft::{Draft, Drafts};
use crate::findings::facts::{Exchange, Facts, Kerberos};
use crate::findings::{Rule, references, remediation};
use crate::report::{Confidence, Severity};

pub(super) const RULE: Rule = Rule {
    codes: &["K4"],
    name: "kerberos-weak-ticket",
    severity: Severity::Low,
    summary: "A service's Kerberos ticket is encrypted with RC4 or DES, so that its password can be guessed",
    ordinary_causes: &[OLD],
    remedies: &[remediation::KERBEROS_KEYS],
    references: references::KERBEROS_KEYS,
    covered_by: &[],
    judge,
};

const OLD: &str = "A service, or a domain, that has no AES keys yet";

fn judge(facts: &Facts<'_>, found: &mut Drafts<'_>) {
    let mut with_aes: HashSet<&str, FixedState> = HashSet::default();
    let mut by_service: BTreeMap<String, Vec<(&Exchange<'_>, &Kerberos<'_>)>> = BTreeMap::new();
    for (exchange, kerberos) in facts.kerberos() {
        let ticket = &kerberos.request.ticket;
        match ticket.enc_part.as_ref().map(|part| part.etype) {
            Some(etype) if is_weak(etype) => {
                let service = format!("{}@{}", ticket.sname, ticket.realm);
                by_service.entry(service).or_default().push((exchange, kerberos));
            }
            Some(_) => {
                with_aes.insert(&ticket.realm);
            }
            None => {}
        }
    }
    found.extend(by_service.iter().filter_map(|(service, shown)| draft(&with_aes, service, shown)));
}

fn is_weak(etype: EncryptionType) -> bool {
    matches!(
        etype,
        EncryptionType::RC4_HMAC
            | EncryptionType::RC4_HMAC_EXP
            | EncryptionType::DES_CBC_CRC
            | EncryptionType::DES_CBC_MD4
            | EncryptionType::DES_CBC_MD5
    )
}

fn draft(
    with_aes: &HashSet<&str, FixedState>,
    service: &str,
    shown: &[(&Exchange<'_>, &Kerberos<'_>)],
) -> Option<Draft> {
    let (_, first) = shown.first()?;
    let ticket = &first.request.ticket;
    let etype = ticket.enc_part.as_ref()?.etype;
    let title = format!("The Kerberos ticket for {service} is encrypted with {etype}");
    let sessions = shown.iter().map(|(exchange, _)| exchange.place).collect();
    let draft = Draft::new(Confidence::Certain, title, sessions).evidence(
        first.at.packet,
        "AP-REQ ticket etype",
        etype.to_string(),
        "Made with the service's RC4 or DES key.",
    );
    let has_aes = with_aes.contains(ticket.realm.as_str());
    Some(match has_aes {
        true => {
            draft.unless("A service without AES keys, in a domain of which other tickets have them")
        }
        false => draft.unless(OLD),
    })
}
