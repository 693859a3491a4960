//! Redacted reports: nothing of what a capture says about who and where is left in them, in any
//! format, and one key replaces alike everywhere.

#![cfg(feature = "cli")]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "a test fails by panicking, and says what it compared"
)]

mod support;

use std::collections::BTreeSet;
use std::env;
use std::fs;
use std::path::{Path, PathBuf};

use countersign::analysis::{Analysis, Edition, Options, Results};
use countersign::redaction::Key;
use countersign::report::{Report, Session, words};
use serde_json::Value;

use self::support::{name_of, root, samples};

fn results(path: &Path) -> Option<Results> {
    let mut analysis = Analysis::new(Options::DEFAULT);
    let source = analysis.add_source(name_of(path));
    analysis.push(source, &fs::read(path).ok()?);
    analysis.end(source);
    analysis.finish().ok()
}

fn redacted(results: &Results) -> Report {
    let edition = Edition::redacted(results, Key::new([7; Key::LEN]));
    serde_json::from_value(serde_json::to_value(&edition).unwrap()).unwrap()
}

/// Words of names that are the same everywhere, and parts of the report's own vocabulary.
const EVERYWHERE: [&str; 10] = [
    "guest",
    "anonymous",
    "cifs",
    "ipc",
    "host",
    "localhost",
    "server",
    "data",
    "workstation",
    "domain",
];

/// What is said of who and where in a report: parts of names, and addresses.
fn said(report: &Report) -> BTreeSet<String> {
    let mut said = BTreeSet::new();
    let mut add = |text: &str| {
        let is_address = text.parse::<std::net::IpAddr>().is_ok();
        let parts: Vec<&str> = match is_address {
            true => vec![text],
            false => text.split(|it: char| !it.is_alphanumeric() && !"-_".contains(it)).collect(),
        };
        let is_telling = |part: &&str| {
            part.len() > 2
                && !part.bytes().all(|byte| byte.is_ascii_digit())
                && !EVERYWHERE.contains(&part.to_lowercase().as_str())
        };
        said.extend(parts.into_iter().filter(is_telling).map(str::to_lowercase));
    };
    for host in &report.hosts {
        add(&host.address);
        host.names.iter().for_each(|name| add(name));
        host.name_sources.iter().for_each(|it| add(&it.name));
        host.as_server.unsigned_clients.iter().for_each(|it| add(&it.client));
        host.as_server.accounts.iter().chain(&host.as_client.accounts).for_each(|it| add(it));
    }
    for Session { client, server, auth, .. } in &report.sessions {
        for end in [client, server] {
            add(&end.address);
        }
        let names = [&auth.user, &auth.domain, &auth.workstation, &auth.realm, &auth.service];
        names.into_iter().flatten().for_each(|name| add(name));
    }
    for capture in &report.captures {
        said.insert(capture.name.to_lowercase());
    }
    said
}

/// Every text in a report that is said of a capture, in small letters: not what rules say each time.
fn texts(report: &Report) -> Vec<String> {
    fn gather(value: &Value, texts: &mut Vec<String>) {
        match value {
            Value::String(text) => texts.push(text.to_lowercase()),
            Value::Array(items) => items.iter().for_each(|item| gather(item, texts)),
            Value::Object(members) => members.values().for_each(|member| gather(member, texts)),
            _ => {}
        }
    }
    let mut report = report.clone();
    for finding in &mut report.findings {
        finding.remediation.clear();
        finding.references.clear();
    }
    let mut all = Vec::new();
    gather(&serde_json::to_value(report).unwrap(), &mut all);
    all
}

/// Whether `word` stands in `text`, and not as a part of a longer word.
fn stands_in(word: &str, text: &str) -> bool {
    let mut rest = text;
    let mut before = ' ';
    while let Some(place) = rest.find(word) {
        let (head, tail) = rest.split_at(place);
        before = head.chars().next_back().unwrap_or(before);
        let after = tail[word.len()..].chars().next().unwrap_or(' ');
        let is_part = |it: char| it.is_alphanumeric() || it == '-' || it == '_';
        if !is_part(before) && !is_part(after) {
            return true;
        }
        before = word.chars().next_back().unwrap();
        rest = &tail[word.len()..];
    }
    false
}

/// Checks the redacted report on a file, and notes what is left; false where it is no capture.
fn check(path: &Path, further: &BTreeSet<String>, left: &mut Vec<String>) -> bool {
    let Some(results) = results(path) else { return false };
    let (plain, redacted) = (results.report(), redacted(&results));
    let texts = texts(&redacted);
    for word in said(&plain).iter().chain(further) {
        if let Some(text) = texts.iter().find(|text| stands_in(word, text)) {
            left.push(format!("{}: {word} in {text:?}", path.display()));
        }
    }
    // What is no name is as it was.
    for (session, before) in redacted.sessions.iter().zip(&plain.sessions) {
        assert_eq!((session.status, session.messages), (before.status, before.messages));
        assert_eq!(session.evidence.len(), before.evidence.len());
    }
    true
}

#[test]
fn nothing_of_who_and_where_is_left_of_a_sample() {
    let mut left = Vec::new();
    for sample in samples() {
        assert!(check(&sample, &BTreeSet::new(), &mut left));
    }
    assert!(left.is_empty(), "{}", left.join("\n"));
}

#[test]
fn nothing_of_who_and_where_is_left_of_captures_with_known_truth() {
    let folder = env::var_os("COUNTERSIGN_CAPTURES")
        .map_or_else(|| root().join("../shared/captures"), PathBuf::from);
    let (mut n, mut left) = (0, Vec::new());
    for part in ["lab", "public"] {
        let Ok(entries) = fs::read_dir(folder.join(part)) else { continue };
        let further = known_names(&folder.join(part).join("truth.json"));
        let mut files: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
        files.sort();
        n += files.iter().filter(|file| check(file, &further, &mut left)).count();
    }
    assert!(left.is_empty(), "{}", left.join("\n"));
    println!("{n} captures of {} redacted", folder.display());
}

/// The accounts and domains of a truth file, and the addresses of its lab.
fn known_names(truth: &Path) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    let Ok(text) = fs::read_to_string(truth) else { return names };
    let truth: Value = serde_json::from_str(&text).unwrap();
    for entry in truth.as_array().into_iter().flatten() {
        for given in entry["credentials"].as_array().into_iter().flatten() {
            for name in ["username", "domain"] {
                names.extend(given[name].as_str().map(str::to_lowercase));
            }
        }
        names.extend(entry["client"]["options"]["host"].as_str().map(str::to_lowercase));
    }
    names.retain(|name| name.len() > 2 && !EVERYWHERE.contains(&name.as_str()));
    names
}

#[test]
fn one_key_replaces_alike_in_every_report_and_part() {
    let sample = root().join("samples/311-server-requires.pcapng");
    let results = results(&sample).unwrap();
    let one = redacted(&results);
    assert_eq!(one, redacted(&results));
    assert!(one.options.redacted);
    let (session, host) = (&one.sessions[0], &one.hosts);
    assert!(host.iter().any(|host| host.address == session.server.address));
    assert!(host.iter().any(|host| Some(&host.names[0]) == session.server.name.as_ref()));
    assert!(session.client.address != session.server.address);
    let edition = Edition::redacted(&results, Key::new([7; Key::LEN]));
    let row = edition.rows().next().unwrap();
    assert_eq!(row.account, words::account(&session.auth));
    let other = Edition::redacted(&results, Key::new([8; Key::LEN]));
    assert_ne!(other.rows().next().unwrap().account, row.account);
}
