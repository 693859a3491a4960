//! Reading a file of exceptions.

use std::net::IpAddr;

use jiff::civil::Date;

use super::error::{Fault, FileError};
use super::network::Network;
use super::register::Entry;
use crate::limits::Limits;
use crate::report::{EXCEPTIONS_SCHEMA, Exception, ExceptionFile};

/// Reads a file of exceptions; `is_rule` says of a name whether findings of a rule with it can be
/// accepted, and `None` where there is no such rule.
pub fn parse(
    text: &str,
    limits: &Limits,
    is_rule: impl Fn(&str) -> Option<bool>,
) -> Result<Vec<Entry>, FileError> {
    if text.len() > limits.exceptions_bytes {
        return Err(FileError::TooLarge { most: limits.exceptions_bytes });
    }
    // Editors of some systems put a mark in front of the first character.
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let file: ExceptionFile = serde_json::from_str(text)
        .map_err(|error| FileError::NotOfTheSchema { what: limits.text(error.to_string()) })?;
    check(file, limits, is_rule)
}

fn check(
    file: ExceptionFile,
    limits: &Limits,
    is_rule: impl Fn(&str) -> Option<bool>,
) -> Result<Vec<Entry>, FileError> {
    if file.schema != EXCEPTIONS_SCHEMA {
        let found = limits.text(file.schema);
        return Err(FileError::OtherSchema { found, expected: EXCEPTIONS_SCHEMA });
    }
    let n = file.exceptions.len();
    if n > limits.exceptions {
        return Err(FileError::TooMany { n, most: limits.exceptions });
    }
    let numbered = (1..).zip(file.exceptions);
    numbered
        .map(|(number, exception)| {
            entry(exception, limits, &is_rule).map_err(|fault| FileError::Entry { number, fault })
        })
        .collect()
}

fn entry(
    exception: Exception,
    limits: &Limits,
    is_rule: impl Fn(&str) -> Option<bool>,
) -> Result<Entry, Fault> {
    check_texts(&exception, limits)?;
    let network = network(&exception)?;
    let accepted_on = date("accepted_on", &exception.accepted_on)?;
    let expires_on =
        exception.expires_on.as_deref().map(|text| date("expires_on", text)).transpose()?;
    if let Some(expires_on) = expires_on.filter(|date| *date < accepted_on) {
        let (expires_on, accepted_on) = (expires_on.to_string(), accepted_on.to_string());
        return Err(Fault::Dates { expires_on, accepted_on });
    }
    for rule in &exception.rules {
        match is_rule(rule) {
            Some(true) => {}
            Some(false) => return Err(Fault::RuleOfExceptions(rule.clone())),
            None => return Err(Fault::Rule(rule.clone())),
        }
    }
    Ok(Entry { network, accepted_on, expires_on, exception })
}

fn check_texts(exception: &Exception, limits: &Limits) -> Result<(), Fault> {
    let lists =
        [("rules", &exception.rules), ("compensating_controls", &exception.compensating_controls)];
    for (field, list) in lists {
        if list.len() > limits.listed_values {
            return Err(Fault::ListTooLong { field, most: limits.listed_values });
        }
    }
    let optional = |text: &Option<String>| text.clone().unwrap_or_default();
    let (host, network) = (optional(&exception.host), optional(&exception.network));
    let texts = [
        ("reason", &exception.reason),
        ("owner", &exception.owner),
        ("accepted_on", &exception.accepted_on),
        ("host", &host),
        ("network", &network),
    ];
    let listed = lists.iter().flat_map(|(field, list)| list.iter().map(|text| (*field, text)));
    for (field, text) in texts.into_iter().chain(listed) {
        if text.chars().nth(limits.text_characters).is_some() {
            return Err(Fault::TooLong { field, most: limits.text_characters });
        }
    }
    for (field, text) in [("reason", &exception.reason), ("owner", &exception.owner)] {
        if text.trim().is_empty() {
            return Err(Fault::Empty(field));
        }
    }
    Ok(())
}

fn network(exception: &Exception) -> Result<Network, Fault> {
    match (&exception.host, &exception.network) {
        (None, None) => Err(Fault::NoHost),
        (Some(_), Some(_)) => Err(Fault::HostAndNetwork),
        (Some(host), None) => {
            let address: Result<IpAddr, _> = host.trim().parse();
            let address = address.map_err(|_| Fault::Host(host.clone()))?;
            Ok(Network::of_host(address.to_canonical()))
        }
        (None, Some(text)) => {
            let none = || Fault::Network(text.clone());
            let (address, prefix) = Network::split(text.trim()).ok_or_else(none)?;
            let network = Network::new(address, prefix).ok_or_else(none)?;
            if network == Network::new_as_written(address, prefix) {
                return Ok(network);
            }
            let (found, meant) = (text.clone(), network.to_string());
            Err(Fault::NetworkBits { found, meant })
        }
    }
}

/// The date that a field says, written as YYYY-MM-DD and in no other way.
pub fn date(field: &'static str, text: &str) -> Result<Date, Fault> {
    let is_written_so = text.len() == 10
        && text.bytes().enumerate().all(|(place, byte)| match place {
            4 | 7 => byte == b'-',
            _ => byte.is_ascii_digit(),
        });
    let date = text.parse().ok().filter(|_| is_written_so);
    date.ok_or_else(|| {
        let found = Limits::DEFAULT.text(text.to_owned());
        Fault::Date { field, found }
    })
}

#[cfg(test)]
mod tests {
    use super::{FileError, parse};
    use crate::limits::Limits;

    fn read(text: &str) -> Result<usize, FileError> {
        let is_rule = |name: &str| match name {
            "signing-not-required" => Some(true),
            "exception-unused" => Some(false),
            _ => None,
        };
        parse(text, &Limits::DEFAULT, is_rule).map(|entries| entries.len())
    }

    /// A file with one exception of these members, in place of those of an ordinary one.
    fn with(members: &str) -> Result<usize, FileError> {
        let mut value: serde_json::Value = serde_json::from_str(
            r#"{ "host": "10.0.0.5", "side": "server", "reason": "old scanner",
                 "owner": "storage", "accepted_on": "2026-01-31" }"#,
        )
        .unwrap();
        let members: serde_json::Value = serde_json::from_str(members).unwrap();
        for (name, member) in members.as_object().unwrap() {
            value[name] = member.clone();
        }
        value.as_object_mut().unwrap().retain(|_, member| !member.is_null());
        let file =
            serde_json::json!({ "schema": "countersign-exceptions/1", "exceptions": [value] });
        read(&file.to_string())
    }

    fn fault(members: &str) -> String {
        with(members).unwrap_err().to_string()
    }

    #[test]
    fn what_an_exception_may_say() {
        assert_eq!(with("{}"), Ok(1));
        assert_eq!(
            with(r#"{ "expires_on": "2026-01-31", "rules": ["signing-not-required"] }"#),
            Ok(1)
        );
        assert_eq!(with(r#"{ "host": null, "network": "fd00::/64", "role": "nas" }"#), Ok(1));
        assert_eq!(with(r#"{ "compensating_controls": ["a VLAN of its own"] }"#), Ok(1));
        assert_eq!(read(r#"{ "schema": "countersign-exceptions/1", "exceptions": [] }"#), Ok(0));
        assert_eq!(
            read("\u{feff}{ \"schema\": \"countersign-exceptions/1\", \"exceptions\": [] }"),
            Ok(0)
        );
    }

    #[test]
    fn what_is_wrong_is_said_with_its_place_and_what_to_do() {
        for (members, parts) in [
            (
                r#"{ "host": null }"#,
                ["exception 1: it names neither", "give \"host\" or \"network\""],
            ),
            (r#"{ "network": "10.0.0.0/24" }"#, ["a host and a network", "one of the two"]),
            (r#"{ "host": "fs1" }"#, ["\"fs1\" is no IP address", "10.0.0.5"]),
            (r#"{ "host": null, "network": "10.0.0.5" }"#, ["\"10.0.0.5\" is none", "10.0.0.0/24"]),
            (r#"{ "host": null, "network": "10.0.0.5/24" }"#, ["bits beyond", "\"10.0.0.0/24\""]),
            (r#"{ "accepted_on": "31.01.2026" }"#, ["accepted_on \"31.01.2026\"", "YYYY-MM-DD"]),
            (r#"{ "accepted_on": "20260131" }"#, ["accepted_on", "YYYY-MM-DD"]),
            (r#"{ "expires_on": "2026-02-30" }"#, ["expires_on \"2026-02-30\"", "YYYY-MM-DD"]),
            (r#"{ "expires_on": "2025-12-31" }"#, ["before it was accepted", "correct"]),
            (r#"{ "owner": " " }"#, ["owner says nothing", "cannot be judged"]),
            (r#"{ "rules": ["signing"] }"#, ["no rule \"signing\"", "countersign rules"]),
            (r#"{ "rules": ["exception-unused"] }"#, ["about exceptions", "change the exception"]),
            (r#"{ "hots": "x" }"#, ["unknown field `hots`", "countersign schema exceptions"]),
            (r#"{ "side": "both" }"#, ["unknown variant `both`", "line 1"]),
        ] {
            let said = fault(members);
            assert!(parts.iter().all(|part| said.contains(part)), "{members}: {said}");
        }
        let said = read("{").unwrap_err().to_string();
        assert!(said.contains("line 1 column 1"), "{said}");
        let said = read(r#"{ "schema": "x/1", "exceptions": [] }"#).unwrap_err().to_string();
        assert!(said.contains("\"x/1\"") && said.contains("countersign-exceptions/1"), "{said}");
    }

    #[test]
    fn a_file_that_is_made_to_take_much_is_refused() {
        let limits = Limits { exceptions: 1, exceptions_bytes: 2_000, ..Limits::DEFAULT };
        let entry = r#"{ "host": "10.0.0.5", "side": "server", "reason": "r", "owner": "o",
                         "accepted_on": "2026-01-31" }"#;
        let file = |entries: &str| {
            format!(r#"{{ "schema": "countersign-exceptions/1", "exceptions": [{entries}] }}"#)
        };
        let read = |text: &str| parse(text, &limits, |_| Some(true)).map(|it| it.len());
        assert_eq!(read(&file(entry)), Ok(1));
        let two = file(&[entry, entry].join(","));
        assert_eq!(read(&two), Err(FileError::TooMany { n: 2, most: 1 }));
        assert_eq!(read(&" ".repeat(2_001)), Err(FileError::TooLarge { most: 2_000 }));
        let long = entry.replace("\"r\"", &format!("\"{}\"", "x".repeat(1_025)));
        assert!(
            read(&file(&long)).unwrap_err().to_string().contains("longer than 1024 characters")
        );
        let deep = format!("{}{}", "[".repeat(900), "]".repeat(900));
        assert!(matches!(read(&deep), Err(FileError::NotOfTheSchema { .. })));
    }
}
