//! Exceptions that accept more than anybody can have looked at.

use super::exceptions::{draft, name};
use crate::exceptions::{Entry, Holds};
use crate::findings::draft::Drafts;
use crate::findings::facts::Facts;
use crate::findings::{Rule, references, remediation};
use crate::report::Severity;

pub(super) const RULE: Rule = Rule {
    codes: &["E3"],
    name: "exception-too-broad",
    severity: Severity::Medium,
    summary: "An accepted exception is for more hosts, or for longer, than can be looked after",
    ordinary_causes: &[SMALL],
    remedies: &[remediation::EXCEPTIONS],
    references: references::EXCEPTIONS,
    covered_by: &[],
    judge,
};

const SMALL: &str = "The network has few hosts, and all of them are meant";

/// The shortest prefixes of networks that are one segment: a /24 is what most networks are cut into,
/// and of IPv6 a /64 is one link (RFC 4291 2.5.4).
const PREFIX_IPV4: u8 = 24;
const PREFIX_IPV6: u8 = 64;

fn judge(facts: &Facts<'_>, found: &mut Drafts<'_>) {
    let Some(applied) = &facts.exceptions else { return };
    let entries = applied.register().entries().iter().enumerate();
    let holding =
        entries.filter(|(_, entry)| entry.holds(applied.register().day()) != Holds::NoMore);
    found.extend(holding.filter_map(|(place, entry)| {
        let (what, severity) = breadth(entry)?;
        let title = format!("{} {what}", name(place, entry));
        let is_host = entry.network.is_host();
        Some(draft(title, &[]).severity(severity).not_if(is_host, SMALL, "it is for one host"))
    }));
}

/// In what an exception is too broad, and how much that matters.
fn breadth(entry: &Entry) -> Option<(String, Severity)> {
    let network = entry.network;
    let (shortest, family) =
        if network.is_ipv4() { (PREFIX_IPV4, "IPv4") } else { (PREFIX_IPV6, "IPv6") };
    let says_which = entry.exception.role.is_some() || !entry.exception.rules.is_empty();
    let (mut parts, mut severity) = (Vec::new(), Severity::Low);
    if network.prefix() == 0 {
        parts.push(format!("is for every address of {family}"));
        severity = Severity::High;
    } else if network.prefix() < shortest {
        parts.push(format!("is for a network that is wider than /{shortest}"));
        severity = Severity::Medium;
    } else if !network.is_host() && !says_which {
        parts
            .push("is for whatever appears in a network, with neither a role nor rules".to_owned());
    }
    if entry.expires_on.is_none() {
        parts.push("has no last day".to_owned());
    }
    (!parts.is_empty()).then(|| (parts.join(", and "), severity))
}

#[cfg(test)]
mod tests {
    use super::breadth;
    use crate::exceptions;
    use crate::limits::Limits;
    use crate::report::Severity;

    fn of(network: &str, further: &str) -> Option<(String, Severity)> {
        let text = format!(
            r#"{{ "schema": "countersign-exceptions/1", "exceptions": [ {{
                "network": "{network}", "side": "server", "reason": "r", "owner": "o",
                "accepted_on": "2026-01-01" {further} }} ] }}"#
        );
        let entries = exceptions::parse(&text, &Limits::DEFAULT, |_| Some(true)).unwrap();
        breadth(&entries[0])
    }

    #[test]
    fn what_is_too_broad() {
        let until = r#", "expires_on": "2026-12-31""#;
        let of_role = r#", "expires_on": "2026-12-31", "role": "nas""#;
        assert_eq!(of("10.0.0.5/32", until), None);
        assert_eq!(of("10.0.0.0/24", of_role), None);
        assert_eq!(of("fd00::/64", of_role), None);
        assert_eq!(of("10.0.0.0/24", until).unwrap().1, Severity::Low);
        assert_eq!(of("10.0.0.0/23", of_role).unwrap().1, Severity::Medium);
        assert_eq!(of("fd00::/63", of_role).unwrap().1, Severity::Medium);
        assert_eq!(of("0.0.0.0/0", of_role).unwrap().1, Severity::High);
        assert_eq!(of("::/0", of_role).unwrap().1, Severity::High);
        let (what, severity) = of("10.0.0.5/32", "").unwrap();
        assert_eq!((what.as_str(), severity), ("has no last day", Severity::Low));
        let (what, _) = of("0.0.0.0/0", "").unwrap();
        assert_eq!(what, "is for every address of IPv4, and has no last day");
    }
}
