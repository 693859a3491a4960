//! All rules over captures whose truth is known: what they find is listed in
//! `tests/captures/findings.tsv`, each with the reason why it is true, and nothing else is found.
//!
//! `UPDATE_EXPECTED=1 cargo test --test findings captures` writes the counts anew and keeps the
//! reasons; a line without one is for a person to judge.

use std::collections::BTreeMap;
use std::env;
use std::fs;
use std::path::{Path, PathBuf};

use countersign::secrets::{Password, Secrets, keytab};
use serde_json::Value;
use zeroize::Zeroizing;

use super::support::{analyze, analyze_with, root};

/// A capture and a rule.
type Key = (String, String);

#[test]
fn every_finding_in_the_captures_is_listed_with_its_reason() {
    let Some(folder) = folder() else { return };
    let table = root().join("tests/captures/findings.tsv");
    let listed = read(&table);
    let mut found: BTreeMap<Key, usize> = BTreeMap::new();
    for path in captures(&folder) {
        let name = path.strip_prefix(&folder).unwrap().to_str().unwrap().to_owned();
        let Ok(report) = analyze(&name, &fs::read(&path).unwrap()) else { continue };
        for finding in &report.findings {
            super::check(finding);
            *found.entry((name.clone(), finding.rule.clone())).or_default() += 1;
        }
    }
    if env::var_os("UPDATE_EXPECTED").is_some_and(|value| value == "1") {
        write(&table, &found, &listed);
        return;
    }
    let counts: BTreeMap<Key, usize> =
        listed.iter().map(|(key, (count, _))| (key.clone(), *count)).collect();
    let differs = |(key, count): &(&Key, &usize)| counts.get(*key) != Some(*count);
    let unlisted: Vec<_> = found.iter().filter(differs).collect();
    let missing: Vec<_> = counts.keys().filter(|key| !found.contains_key(*key)).collect();
    assert!(unlisted.is_empty() && missing.is_empty(), "found {unlisted:#?}, missing {missing:#?}");
    let groundless: Vec<_> = listed.iter().filter(|(_, (_, reason))| reason.len() < 10).collect();
    assert!(groundless.is_empty(), "without a reason: {groundless:#?}");
    println!("{} findings of {} rules and captures", found.values().sum::<usize>(), found.len());
}

/// The folder with the captures; where it is not there, the test says so and compares nothing.
fn folder() -> Option<PathBuf> {
    let folder = match env::var_os("COUNTERSIGN_CAPTURES") {
        Some(folder) => PathBuf::from(folder),
        None => root().join("../shared/captures"),
    };
    if folder.is_dir() {
        return Some(folder);
    }
    println!("no captures at {}: nothing was compared", folder.display());
    None
}

fn captures(folder: &Path) -> Vec<PathBuf> {
    let mut paths: Vec<PathBuf> = ["lab", "public"]
        .iter()
        .flat_map(|part| fs::read_dir(folder.join(part)).unwrap())
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.file_name().unwrap().to_str().unwrap().contains(".pcap"))
        .collect();
    paths.sort();
    paths
}

fn read(table: &Path) -> BTreeMap<Key, (usize, String)> {
    let text = fs::read_to_string(table).unwrap_or_default();
    let lines = text.lines().filter(|line| !line.starts_with('#'));
    lines
        .map(|line| {
            let fields: Vec<&str> = line.split('\t').collect();
            let [capture, rule, count, reason] = fields[..] else { panic!("{line}") };
            let key = (capture.to_owned(), rule.to_owned());
            (key, (count.parse().unwrap(), reason.to_owned()))
        })
        .collect()
}

fn write(table: &Path, found: &BTreeMap<Key, usize>, listed: &BTreeMap<Key, (usize, String)>) {
    let mut text = "# capture, rule, findings, why they are true\n".to_owned();
    for (key, count) in found {
        let reason = listed.get(key).map_or("", |(_, reason)| reason);
        text.push_str(&format!("{}\t{}\t{count}\t{reason}\n", key.0, key.1));
    }
    fs::write(table, text).unwrap();
}

/// What the rules that need secrets find in captures of the lab with their credentials; nothing else
/// is found in any. In the captures of the first two names payloads were overwritten at random, in
/// each of the others the one message that its name speaks of was altered.
const WITH_SECRETS: &[(&str, &str)] = &[
    ("10-hostile-fuzz0.pcap", "ntlm-mic-wrong"),
    ("10-hostile-fuzz0.pcap", "preauth-integrity-broken"),
    ("10-hostile-fuzz1.pcap", "ntlm-mic-wrong"),
    ("10-hostile-fuzz1.pcap", "preauth-integrity-broken"),
    ("10-tamper-210hmac-signature.pcap", "bad-signature"),
    ("10-tamper-210hmac-write-body.pcap", "bad-signature"),
    ("10-tamper-302cmac-messageid.pcap", "bad-signature"),
    ("10-tamper-311cmac-signature.pcap", "bad-signature"),
    ("10-tamper-311cmac-write-body.pcap", "bad-signature"),
    ("10-tamper-compound-middle.pcap", "bad-signature"),
    ("10-tamper-enc-gcm-sid.pcap", "bad-authentication-tag"),
    ("10-tamper-gmac-signature.pcap", "bad-signature"),
    ("10-tamper-gmac-write-body.pcap", "bad-signature"),
];

/// Rules that need secrets.
const NEED_SECRETS: [&str; 4] =
    ["ntlm-mic-wrong", "preauth-integrity-broken", "bad-signature", "bad-authentication-tag"];

#[test]
fn with_credentials_only_what_was_altered_is_found() {
    let Some(folder) = folder().map(|folder| folder.join("lab")) else { return };
    let truth = fs::read_to_string(folder.join("truth.json")).unwrap();
    let truth: Vec<Value> = serde_json::from_str(&truth).unwrap();
    let mut found = Vec::new();
    for entry in &truth {
        let file = entry["file"].as_str().unwrap();
        let bytes = fs::read(folder.join(file)).unwrap();
        let report = analyze_with(file, &bytes, credentials(entry, &folder));
        for finding in report.findings.iter().filter(|it| NEED_SECRETS.contains(&&*it.rule)) {
            super::check(finding);
            found.push((file.to_owned(), finding.rule.clone()));
        }
    }
    let expected: Vec<(String, String)> =
        WITH_SECRETS.iter().map(|(file, rule)| ((*file).to_owned(), (*rule).to_owned())).collect();
    assert_eq!(found, expected);
    println!("{} captures with their credentials", truth.len());
}

/// The passwords and keytabs of a capture.
fn credentials(entry: &Value, folder: &Path) -> Secrets {
    let mut secrets = Secrets::default();
    for known in entry["credentials"].as_array().into_iter().flatten() {
        let text = |name: &str| known[name].as_str().map(str::to_owned);
        if let Some(password) = text("password") {
            let password = Zeroizing::new(password);
            let (user, domain) = (text("username"), None);
            secrets.passwords.push(Password { user, domain, password });
        }
    }
    for name in entry["keytabs"].as_array().into_iter().flatten() {
        let keytab = fs::read(folder.join(name.as_str().unwrap())).unwrap();
        secrets.service_keys.extend(keytab::parse(&keytab).unwrap());
    }
    secrets
}
