//! Captures with their credentials: what an independent verifier found of every signature and every
//! encrypted message, held against what the engine finds; and secrets that are wrong, or another's.
//!
//! They lie in the folder that `COUNTERSIGN_CAPTURES` names; where it is not there, nothing is
//! compared, and the test says so.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "a test fails by panicking, and says what it compared"
)]

mod support;

use std::fs;
use std::path::PathBuf;

use countersign::report::{MessageCounts, Report, SecretState, Session, SigningStatus};
use countersign::secrets::{Password, Secrets, keytab};
use serde_json::Value;
use zeroize::Zeroizing;

use self::support::{analyze_with, root};

/// A count of the truth that is not the engine's, and why.
struct Accepted {
    file: &'static str,
    verified: u64,
    why: &'static str,
}

const ACCEPTED: &[Accepted] = &[
    Accepted {
        file: "05-smb302-logoff.pcap",
        verified: 29,
        why: "packet 40 has a SessionId of all ones outside a compound, so it is no session's",
    },
    Accepted {
        file: "05-smb311-logoff.pcap",
        verified: 25,
        why: "packet 36 has a SessionId of all ones outside a compound, so it is no session's",
    },
    Accepted {
        file: "09-torture-bind-invalid-auth.pcap",
        verified: 39,
        why: "packets 45 and 51 name a session that has no channel on their connection, and are signed with another's key",
    },
];

/// Captures whose payloads were overwritten at random, so that no signature holds.
const FUZZED: [&str; 2] = ["10-hostile-fuzz0.pcap", "10-hostile-fuzz1.pcap"];

#[test]
fn signatures_of_the_lab_are_what_they_were_found_to_be() {
    let Some(folder) = folder("lab") else { return };
    let mut n_checked = 0;
    let mut wrong = Vec::new();
    for entry in listed(&folder) {
        let file = entry["file"].as_str().unwrap();
        let bytes = fs::read(folder.join(file)).unwrap();
        let mut secrets = credentials(&entry);
        for name in entry["keytabs"].as_array().into_iter().flatten() {
            let keytab = fs::read(folder.join(name.as_str().unwrap())).unwrap();
            secrets.service_keys.extend(keytab::parse(&keytab).unwrap());
        }
        let report = analyze_with(file, &bytes, secrets);
        for complaint in complaints(&entry, &report) {
            wrong.push(format!("{file}: {complaint}"));
        }
        n_checked += 1;
    }
    println!("{n_checked} captures checked with their passwords and keytabs");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(n_checked > 0);
}

/// What the report says otherwise than the truth.
fn complaints(entry: &Value, report: &Report) -> Vec<String> {
    let file = entry["file"].as_str().unwrap();
    let mut complaints = Vec::new();
    let mut compare = |what: &str, found: u64, expected: u64| {
        if found != expected {
            complaints.push(format!("{found} {what}, {expected} expected"));
        }
    };
    let sums = sums(report);
    let oracle = &entry["measured"]["oracle_counts"];
    let count = |name: &str| oracle[name].as_u64().unwrap_or(0);
    let accepted = ACCEPTED.iter().find(|accepted| accepted.file == file);
    let verified = ["verified", "verified_main_session_key", "verified_with_other_session_key"];
    let verified = verified.into_iter().map(count).sum();
    if oracle.as_object().is_some_and(|oracle| !oracle.is_empty()) {
        let verified = accepted.map_or(verified, |accepted| accepted.verified);
        compare("verified", sums.verified, verified);
        compare("failed", sums.failed, count("FAILED"));
    }
    assert!(accepted.is_none_or(|accepted| !accepted.why.is_empty()));
    let inside = entry["expected_sessions"].as_array().into_iter().flatten();
    let inside: u64 = inside.filter_map(|session| session["encrypted_elements"].as_u64()).sum();
    let tampered = entry["tampered"]["frame"].as_u64();
    let is_tampered_transform = file == "10-tamper-enc-gcm-sid.pcap";
    // A transform that is not decrypted counts as one message.
    compare("encrypted", sums.encrypted, inside + u64::from(is_tampered_transform));
    compare("transforms not authentic", sums.decrypt_failed, is_tampered_transform.into());
    compare("transforms not decrypted", sums.undecrypted, 0);
    let failed: Vec<u64> = report
        .sessions
        .iter()
        .filter_map(|session| session.verification.as_ref())
        .flat_map(|verification| verification.failures.iter().map(|failure| failure.packet))
        .collect();
    if !FUZZED.contains(&file) {
        let is_expected =
            entry["expect_failed_signatures"].as_u64().is_some() || is_tampered_transform;
        let expected = tampered.filter(|_| is_expected);
        if failed != expected.into_iter().collect::<Vec<_>>() {
            complaints.push(format!("packets {failed:?} failed, {expected:?} expected"));
        }
    }
    for session in &report.sessions {
        let is_bad = session.status == SigningStatus::BadSignature;
        let has_failure =
            session.verification.as_ref().is_some_and(|known| !known.failures.is_empty());
        let may_be_bad = has_failure && tampered.is_some();
        if is_bad != may_be_bad {
            complaints.push(format!("session {} is {:?}", session.key, session.status));
        }
        let is_first = session.key == "s1";
        if is_first && FUZZED.contains(&file) && session.status != SigningStatus::KeyMismatch {
            complaints.push(format!("session {} is {:?}", session.key, session.status));
        }
    }
    complaints
}

#[test]
fn a_wrong_password_is_said_to_be_wrong_and_accuses_nobody() {
    let Some(folder) = folder("lab") else { return };
    let (mut n_wrong, mut n_files) = (0, 0);
    for entry in listed(&folder) {
        let file = entry["file"].as_str().unwrap();
        let bytes = fs::read(folder.join(file)).unwrap();
        let mut secrets = credentials(&entry);
        for known in &mut secrets.passwords {
            *known.password = "not the password".to_owned();
        }
        let report = analyze_with(file, &bytes, secrets);
        for session in &report.sessions {
            let at = format!("{file} {}: {:?}", session.key, session.status);
            assert_ne!(session.status, SigningStatus::BadSignature, "{at}");
            assert_eq!(proofs(session), 0, "{at}");
            assert_ne!(session.auth.secret, SecretState::Right, "{at}");
            n_wrong += usize::from(session.auth.secret == SecretState::Wrong);
        }
        n_files += 1;
    }
    println!("{n_files} captures, {n_wrong} sessions whose password was said to be wrong");
    assert!(n_wrong > 150, "{n_wrong}");
}

#[test]
fn the_password_of_one_user_does_nothing_to_the_sessions_of_another() {
    let Some(folder) = folder("lab") else { return };
    let mut n_others = 0;
    for entry in listed(&folder) {
        let file = entry["file"].as_str().unwrap();
        let bytes = fs::read(folder.join(file)).unwrap();
        let known = |user: &str| {
            let password = Zeroizing::new("Passw0rd!alice".to_owned());
            Password { user: Some(user.to_owned()), domain: None, password }
        };
        let without = analyze_with(file, &bytes, Secrets::default());
        let passwords = vec![known("nobody"), known("somebody")];
        let with = analyze_with(file, &bytes, Secrets { passwords, ..Secrets::default() });
        assert_eq!(with, without, "{file}");
        n_others += with.sessions.len();
    }
    assert!(n_others > 200, "{n_others}");
}

#[test]
fn public_captures_hold_with_the_passwords_that_are_known() {
    let Some(folder) = folder("public") else { return };
    let mut n_right = 0;
    for entry in listed(&folder) {
        let file = entry["file"].as_str().unwrap();
        let bytes = fs::read(folder.join(file)).unwrap();
        let known = entry["known_keys"].as_array().into_iter().flatten();
        let passwords = known.filter(|known| known["type"] == "password").map(|known| {
            let password = known["value"].as_str().unwrap().to_owned();
            Password { user: None, domain: None, password: Zeroizing::new(password) }
        });
        let passwords: Vec<Password> = passwords.collect();
        let report = analyze_with(file, &bytes, Secrets { passwords, ..Secrets::default() });
        for session in &report.sessions {
            let at = format!("{file} {}: {:?}", session.key, session.status);
            assert_ne!(session.status, SigningStatus::BadSignature, "{at}");
            assert_ne!(session.status, SigningStatus::KeyMismatch, "{at}");
            n_right += usize::from(session.auth.secret == SecretState::Right);
        }
    }
    println!("{n_right} sessions of public captures with the right password");
    assert!(n_right >= 10, "{n_right}");
}

/// Signatures and transforms that a key was held against with success.
fn proofs(session: &Session) -> u64 {
    let mut sum = session.messages.from_client;
    sum.add(&session.messages.from_server);
    sum.verified + sum.decrypted
}

/// The counts over all sessions.
fn sums(report: &Report) -> MessageCounts {
    let mut sum = MessageCounts::default();
    for session in &report.sessions {
        sum.add(&session.messages.from_client);
        sum.add(&session.messages.from_server);
    }
    sum
}

/// The passwords of an entry of a truth file.
fn credentials(entry: &Value) -> Secrets {
    let known = entry["credentials"].as_array().into_iter().flatten();
    let passwords = known.filter_map(|known| {
        let text = |name: &str| known[name].as_str().map(str::to_owned);
        let password = Zeroizing::new(text("password")?);
        Some(Password { user: text("username"), domain: None, password })
    });
    Secrets { passwords: passwords.collect(), ..Secrets::default() }
}

/// A folder of captures, if it is there.
fn folder(name: &str) -> Option<PathBuf> {
    let folder = std::env::var_os("COUNTERSIGN_CAPTURES")
        .map_or_else(|| root().join("../shared/captures"), PathBuf::from)
        .join(name);
    if folder.is_dir() {
        return Some(folder);
    }
    println!("0 checked, all skipped: there is no folder {}", folder.display());
    None
}

/// The entries of a truth file.
fn listed(folder: &std::path::Path) -> Vec<Value> {
    let text = fs::read_to_string(folder.join("truth.json")).unwrap();
    serde_json::from_str(&text).unwrap()
}
