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

use countersign::analysis::{Analysis, Listing, Options};
use countersign::crypto::SecretKey;
use countersign::limits::Limits;
use countersign::report::{
    Bucket, CodeState, ListedMessage, MessageCounts, MicState, Report, SecretState, Session, Side,
    SigningStatus,
};
use countersign::secrets::{
    KerberosPassword, NtHash, Password, PinnedKey, Secrets, Target, keytab,
};
use serde_json::Value;
use zeroize::Zeroizing;

use self::support::{analyze_listing, analyze_with, name_of, root, samples};

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
    let (mut n_checked, mut n_mics) = (0, 0);
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
        for session in &report.sessions {
            let mics = [session.auth.mic, session.auth.mech_list_mic];
            if mics.contains(&MicState::Invalid) && !FUZZED.contains(&file) {
                wrong.push(format!("{file}: {mics:?}"));
            }
            n_mics += mics.iter().filter(|mic| **mic == MicState::Valid).count();
        }
        n_checked += 1;
    }
    println!(
        "{n_checked} captures checked with their passwords and keytabs, {n_mics} codes of setups"
    );
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

/// Captures of the domain in which a password of Kerberos has no use, and why.
const NO_KDC: [(&str, &str); 1] =
    [("06-ntlm-domain-user-smb311-srvreq.pcap", "its session is authenticated by NTLM")];

/// Captures in which every key of the client is one of RC4, which is the NT hash.
const RC4: [&str; 3] = [
    "06-krb-smb1-srvreq-arcfour.pcap",
    "06-krb-smb311-enc-aes-256-gcm-rc4.pcap",
    "06-krb-smb311-etype-arcfour.pcap",
];

#[test]
fn the_password_of_a_user_of_kerberos_is_enough_where_the_kdc_was_captured() {
    let Some(folder) = folder("lab") else { return };
    let (mut n_checked, mut wrong) = (0, Vec::new());
    for entry in listed(&folder).iter().filter(|entry| entry["keytabs"].is_array()) {
        let file = entry["file"].as_str().unwrap();
        let bytes = fs::read(folder.join(file)).unwrap();
        let is_without = NO_KDC.iter().any(|(other, why)| *other == file && !why.is_empty());
        for (secrets, description) in secrets_of_user(entry) {
            let report = analyze_with(file, &bytes, secrets);
            let is_kerberos = description == "password of kalice@LAB.TEST";
            if is_kerberos && is_without {
                assert!(report.sessions.iter().all(|session| proofs(session) == 0), "{file}");
                continue;
            }
            if description.starts_with("NT hash") && !is_without && !RC4.contains(&file) {
                assert!(report.sessions.iter().all(|session| proofs(session) == 0), "{file}");
                continue;
            }
            for complaint in complaints(entry, &report) {
                wrong.push(format!("{file}, {description}: {complaint}"));
            }
            for session in report.sessions.iter().filter(|session| proofs(session) > 0) {
                let found = session.verification.as_ref().map(|known| known.secret.as_str());
                if found != Some(description) || session.auth.secret != SecretState::Right {
                    wrong.push(format!("{file}, {description}: {found:?}"));
                }
            }
            n_checked += 1;
        }
    }
    println!("{n_checked} times captures were checked with the password of a Kerberos user");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert_eq!(n_checked, 15 * 3 + 2 + RC4.len() + 1);
}

/// What may be known of the user of the domain's captures, in each way that it can be given, with
/// what the report calls it.
fn secrets_of_user(entry: &Value) -> [(Secrets, &'static str); 4] {
    let known = entry["credentials"].as_array().unwrap();
    let known = known.iter().find(|known| known["username"] == "kalice").unwrap();
    let text = |name: &str| known[name].as_str().unwrap().to_owned();
    let password = || Zeroizing::new(text("password"));
    let named = Password {
        user: Some("kalice".to_owned()),
        domain: Some("LAB".to_owned()),
        password: password(),
    };
    let unnamed = Password { user: None, domain: None, password: password() };
    let principal = KerberosPassword {
        principal: "kalice".to_owned(),
        realm: "LAB.TEST".to_owned(),
        password: password(),
        salt: None,
    };
    let hash = key(&text("nt_hash"));
    let hash = NtHash { user: Some("kalice".to_owned()), domain: None, hash };
    [
        (Secrets { passwords: vec![named], ..Secrets::default() }, "password of LAB\\kalice"),
        (Secrets { passwords: vec![unnamed], ..Secrets::default() }, "password"),
        (
            Secrets { kerberos_passwords: vec![principal], ..Secrets::default() },
            "password of kalice@LAB.TEST",
        ),
        (Secrets { nt_hashes: vec![hash], ..Secrets::default() }, "NT hash of kalice"),
    ]
}

#[test]
fn a_wrong_password_of_a_user_of_kerberos_is_said_to_be_wrong_and_accuses_nobody() {
    let Some(folder) = folder("lab") else { return };
    let (mut n_wrong, mut missed) = (0, Vec::new());
    for entry in listed(&folder).iter().filter(|entry| entry["keytabs"].is_array()) {
        let file = entry["file"].as_str().unwrap();
        let bytes = fs::read(folder.join(file)).unwrap();
        let without = analyze_with(file, &bytes, Secrets::default());
        for (secrets, description) in secrets_of_user(entry) {
            let is_named = description != "password";
            let right = analyze_with(file, &bytes, secrets.clone());
            let report = analyze_with(file, &bytes, spoilt(secrets));
            for ((session, right), before) in
                report.sessions.iter().zip(&right.sessions).zip(&without.sessions)
            {
                let at = format!("{file} {}, {description}", session.key);
                assert_eq!(proofs(session), 0, "{at}");
                assert_ne!(session.status, SigningStatus::BadSignature, "{at}");
                let may_be_wrong = is_named && right.auth.secret == SecretState::Right;
                if session.auth.secret == SecretState::Wrong {
                    assert!(may_be_wrong, "{at}");
                    n_wrong += 1;
                } else {
                    assert_eq!(session, before, "{at}");
                    if may_be_wrong {
                        missed.push(at);
                    }
                }
            }
        }
    }
    println!("{n_wrong} sessions of which a Kerberos user's secret was said to be wrong");
    assert!(missed.is_empty(), "{}", missed.join("\n"));
    assert!(n_wrong > 30, "{n_wrong}");
}

/// The same secrets with other passwords and hashes.
fn spoilt(mut secrets: Secrets) -> Secrets {
    let passwords = secrets.passwords.iter_mut().map(|known| &mut known.password);
    let of_principals = secrets.kerberos_passwords.iter_mut().map(|known| &mut known.password);
    for password in passwords.chain(of_principals) {
        **password = "not the password".to_owned();
    }
    for known in &mut secrets.nt_hashes {
        known.hash = SecretKey::new([7; 16]);
    }
    secrets
}

#[test]
fn the_kerberos_password_of_one_user_does_nothing_to_the_sessions_of_another() {
    let Some(folder) = folder("lab") else { return };
    for entry in listed(&folder).iter().filter(|entry| entry["keytabs"].is_array()) {
        let file = entry["file"].as_str().unwrap();
        let bytes = fs::read(folder.join(file)).unwrap();
        let known = |principal: &str, realm: &str| KerberosPassword {
            principal: principal.to_owned(),
            realm: realm.to_owned(),
            password: Zeroizing::new("not the password".to_owned()),
            salt: None,
        };
        let kerberos_passwords = vec![known("kbob", "LAB.TEST"), known("kalice", "OTHER.TEST")];
        let secrets = Secrets { kerberos_passwords, ..Secrets::default() };
        let with = analyze_with(file, &bytes, secrets);
        let without = analyze_with(file, &bytes, Secrets::default());
        assert_eq!(as_told(with, &without), without, "{file}");
    }
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
        n_others += with.sessions.len();
        assert_eq!(as_told(with, &without), without, "{file}");
    }
    assert!(n_others > 200, "{n_others}");
}

#[test]
fn any_form_of_a_secret_proves_the_same() {
    let Some(folder) = folder("lab") else { return };
    let mut n_same = [0; 5];
    for entry in listed(&folder) {
        let file = entry["file"].as_str().unwrap();
        if entry["keytabs"].is_array() || entry["variant_of"].is_string() {
            continue;
        }
        let bytes = fs::read(folder.join(file)).unwrap();
        let by_password = sums(&analyze_with(file, &bytes, credentials(&entry)));
        let unnamed = credentials(&entry).passwords.into_iter();
        let unnamed = unnamed.map(|known| Password { user: None, ..known }).collect();
        let forms = [
            Secrets { passwords: unnamed, ..Secrets::default() },
            Secrets { nt_hashes: nt_hashes(&entry), ..Secrets::default() },
            Secrets { session_keys: pinned(&entry, "session_key", false), ..Secrets::default() },
            Secrets { session_keys: pinned(&entry, "session_key", true), ..Secrets::default() },
            Secrets { signing_keys: pinned(&entry, "signing_key", false), ..Secrets::default() },
        ];
        for (place, secrets) in forms.into_iter().enumerate() {
            if secrets.is_empty() {
                continue;
            }
            let report = analyze_with(file, &bytes, secrets);
            let found = sums(&report);
            // Keys of sessions are listed for some of a capture's sessions, and say nothing of
            // channels that are bound later; a key that signs decrypts nothing.
            let is_of_session = place >= 2;
            let same = if is_of_session {
                found.verified <= by_password.verified
            } else {
                found.verified == by_password.verified && found.decrypted == by_password.decrypted
            };
            assert!(same, "{file}, form {place}: {found:?}, {by_password:?}");
            if !is_of_session || found.verified == by_password.verified {
                n_same[place] += 1;
            }
            let statuses = report.sessions.iter().map(|session| session.status);
            let n_bad = statuses.filter(|status| *status == SigningStatus::BadSignature).count();
            assert_eq!(n_bad, 0, "{file}, form {place}");
        }
    }
    println!(
        "the same by user-less password, NT hash, session key, reversed id, signing key: {n_same:?}"
    );
    assert!(n_same.iter().all(|n| *n > 50), "{n_same:?}");
}

/// The NT hashes of an entry of a truth file.
fn nt_hashes(entry: &Value) -> Vec<NtHash> {
    let known = entry["credentials"].as_array().into_iter().flatten();
    let hashes = known.filter_map(|known| {
        let user = known["username"].as_str().map(str::to_owned);
        Some(NtHash { user, domain: None, hash: key(known["nt_hash"].as_str()?) })
    });
    hashes.collect()
}

/// The keys of sessions that the server logged.
fn pinned(entry: &Value, name: &str, is_reversed: bool) -> Vec<PinnedKey> {
    let known = entry["server_keys"].as_array().into_iter().flatten();
    let keys = known.filter_map(|known| {
        let id = known["session_id"].as_str()?.strip_prefix("0x")?;
        let id = u64::from_str_radix(id, 16).ok().filter(|id| *id != 0)?;
        let id = if is_reversed { id.swap_bytes() } else { id };
        let target = Target { session_id: Some(id), ..Target::default() };
        Some(PinnedKey { target, key: key(known[name].as_str()?) })
    });
    keys.collect()
}

fn key(text: &str) -> SecretKey {
    let digits = |at: usize| u8::from_str_radix(&text[at..at + 2], 16).unwrap();
    SecretKey::new((0..text.len()).step_by(2).map(digits).collect::<Vec<u8>>())
}

#[test]
fn no_secret_is_in_a_report_or_shown_for_debugging() {
    let Some(folder) = folder("lab") else { return };
    let mut n_right = 0;
    for entry in listed(&folder) {
        let file = entry["file"].as_str().unwrap();
        let bytes = fs::read(folder.join(file)).unwrap();
        let mut words: Vec<String> = Vec::new();
        for known in entry["credentials"].as_array().into_iter().flatten() {
            words.extend(
                ["password", "nt_hash"]
                    .iter()
                    .filter_map(|name| Some(known[name].as_str()?.to_owned())),
            );
        }
        for known in entry["server_keys"].as_array().into_iter().flatten() {
            words.extend(
                ["session_key", "signing_key"]
                    .iter()
                    .filter_map(|name| Some(known[name].as_str()?.to_owned())),
            );
        }
        let secrets = Secrets {
            nt_hashes: nt_hashes(&entry),
            session_keys: pinned(&entry, "session_key", false),
            signing_keys: pinned(&entry, "signing_key", false),
            ..credentials(&entry)
        };
        let mut analysis = Analysis::with_secrets(Options::DEFAULT, secrets);
        let source = analysis.add_source(file.to_owned());
        let before = format!("{analysis:?}");
        analysis.push(source, &bytes);
        let during = format!("{analysis:?}");
        let results = analysis.finish().unwrap();
        let report = results.report();
        let told = serde_json::to_string(&report).unwrap();
        n_right += report.sessions.iter().filter(|s| s.auth.secret == SecretState::Right).count();
        for (where_, text) in [
            ("before", before),
            ("during", during),
            ("after", format!("{results:?}")),
            ("report", told),
        ] {
            let text = text.to_lowercase();
            for word in words.iter().filter(|word| !word.is_empty()) {
                assert!(
                    !text.contains(&word.to_lowercase()),
                    "{file}: a secret stands in it, {where_}"
                );
                // Bytes are shown for debugging as a list of numbers.
                let list = format!("{:?}", word.as_bytes());
                assert!(
                    !text.contains(list.trim_matches(['[', ']'])),
                    "{file}: a secret stands in it, {where_}"
                );
            }
        }
    }
    assert!(n_right > 150, "{n_right}");
}

/// Samples and captures of the lab with what is known of them: names, contents and secrets.
fn with_secrets() -> Vec<(String, Vec<u8>, Secrets)> {
    let known = || {
        let password = Zeroizing::new("Harbour-Lantern-41".to_owned());
        let service_keys = keytab::parse(&fs::read(root().join("samples/fs1.keytab")).unwrap());
        Secrets {
            passwords: vec![Password { user: None, domain: None, password }],
            service_keys: service_keys.unwrap(),
            ..Secrets::default()
        }
    };
    let mut files: Vec<_> = samples()
        .iter()
        .map(|path| (name_of(path).to_owned(), fs::read(path).unwrap(), known()))
        .collect();
    let Some(folder) = folder("lab") else { return files };
    for entry in listed(&folder) {
        let file = entry["file"].as_str().unwrap();
        let mut secrets = credentials(&entry);
        for name in entry["keytabs"].as_array().into_iter().flatten() {
            let keytab = fs::read(folder.join(name.as_str().unwrap())).unwrap();
            secrets.service_keys.extend(keytab::parse(&keytab).unwrap());
        }
        files.push((file.to_owned(), fs::read(folder.join(file)).unwrap(), secrets));
    }
    files
}

/// The messages of a side that `is_it` fits.
fn counted(session: &Session, side: Side, is_it: impl Fn(&ListedMessage) -> bool) -> u64 {
    let list = session.message_list.as_ref().unwrap();
    list.iter().filter(|message| message.from == side && is_it(message)).count() as u64
}

#[test]
fn messages_one_by_one_add_up_to_the_counts() {
    let (mut n_listed, mut n_proven) = (0, 0);
    for (file, bytes, secrets) in with_secrets() {
        for secrets in [Secrets::default(), secrets] {
            let report = analyze_listing(&file, &bytes, secrets.clone());
            for session in &report.sessions {
                let at = format!("{file} {}", session.key);
                let messages = session.messages;
                for (side, counts) in
                    [(Side::Client, messages.from_client), (Side::Server, messages.from_server)]
                {
                    let bucket = |bucket| counted(session, side, |it| it.bucket == bucket);
                    let code = |code| counted(session, side, |it| it.code == code);
                    let inside = code(CodeState::Decrypted);
                    let listed = MessageCounts {
                        total: counted(session, side, |_| true),
                        baseline_signed: bucket(Bucket::BaselineSigned),
                        baseline_unsigned: bucket(Bucket::BaselineUnsigned),
                        signed: bucket(Bucket::Signed),
                        unsigned: bucket(Bucket::Unsigned),
                        zero_signature: bucket(Bucket::ZeroSignature),
                        encrypted: bucket(Bucket::Encrypted),
                        unreadable: bucket(Bucket::Unreadable),
                        exempt: bucket(Bucket::Exempt),
                        verified: code(CodeState::Verified),
                        failed: code(CodeState::Failed),
                        unchecked: code(CodeState::Unchecked),
                        decrypt_failed: code(CodeState::DecryptFailed),
                        undecrypted: code(CodeState::Undecrypted),
                        // Transforms are counted, and the messages in them are listed.
                        decrypted: counts.decrypted,
                        eligible: counts.eligible,
                    };
                    assert_eq!(listed, counts, "{at}, {side:?}");
                    assert!(inside >= counts.decrypted, "{at}, {side:?}");
                    n_proven += listed.verified + inside;
                }
                let list = session.message_list.as_ref().unwrap();
                n_listed += list.len();
                assert_eq!(session.message_list_left_out, Some(0), "{at}");
                for message in list {
                    let is_open =
                        matches!(message.code, CodeState::Unchecked | CodeState::Undecrypted);
                    assert_eq!(message.reason.is_some(), is_open, "{at}: {message:?}");
                }
                let is_wrong = |message: &&ListedMessage| {
                    matches!(message.code, CodeState::Failed | CodeState::DecryptFailed)
                };
                let wrong: Vec<u64> = list.iter().filter(is_wrong).map(|it| it.packet).collect();
                let known = session.verification.iter().flat_map(|known| &known.failures);
                assert_eq!(wrong, known.map(|failed| failed.packet).collect::<Vec<_>>(), "{at}");
            }
            // Listing changes nothing else.
            let mut without = report;
            for session in &mut without.sessions {
                (session.message_list, session.message_list_left_out) = (None, None);
            }
            let other = analyze_with(&file, &bytes, secrets);
            assert_eq!(as_told(without, &other), other, "{file}");
        }
    }
    println!("{n_listed} messages listed, {n_proven} of them proven");
    assert!(n_listed > 3_000 && n_proven > 500, "{n_listed}, {n_proven}");
}

#[test]
fn the_messages_of_one_session_are_those_that_all_lists_hold() {
    for path in samples() {
        let (name, bytes) = (name_of(&path), fs::read(&path).unwrap());
        let run = |options: Options| {
            let mut analysis = Analysis::new(options);
            let source = analysis.add_source(name.to_owned());
            analysis.push(source, &bytes);
            let n_listed = analysis.n_listed();
            (analysis.finish().unwrap(), n_listed)
        };
        let (results, none) = run(Options::DEFAULT);
        assert_eq!(none, 0);
        let all = analyze_listing(name, &bytes, Secrets::default());
        for (place, session) in all.sessions.iter().enumerate() {
            let listing = results.listing_of(place).unwrap();
            let (one, _) = run(Options { listing, ..Options::DEFAULT });
            assert!(one.sessions().all(|it| it.message_list.is_some() == (it.key == session.key)));
            let messages = one.into_messages(listing).unwrap();
            let list = session.message_list.as_ref().unwrap();
            assert_eq!(&messages.page(false, 0, usize::MAX).messages, list, "{name}");
            let page = messages.page(false, 1, 2);
            assert_eq!((page.first, page.total), (1, list.len()));
            assert_eq!(page.messages, list.iter().skip(1).take(2).cloned().collect::<Vec<_>>());
            // Nothing is verified without a secret.
            assert_eq!(messages.page(true, 0, 1).total, list.len());
        }
    }
}

#[test]
fn reading_may_stop_once_all_messages_of_a_session_are_listed() {
    let mut n_stopped = 0;
    for (file, bytes, secrets) in with_secrets() {
        let all = analyze_listing(&file, &bytes, secrets.clone());
        let mut analysis = Analysis::with_secrets(Options::DEFAULT, secrets.clone());
        let source = analysis.add_source(file.clone());
        analysis.push(source, &bytes);
        let results = analysis.finish().unwrap();
        for (place, session) in all.sessions.iter().enumerate().take(2) {
            let listing = results.listing_of(place).unwrap();
            let options = Options { listing, ..Options::DEFAULT };
            let mut analysis = Analysis::with_secrets(options, secrets.clone());
            let source = analysis.add_source(file.clone());
            let mut pieces = bytes.chunks(1_500);
            while analysis.n_listed() < session.messages.both().total {
                let Some(piece) = pieces.next() else { break };
                analysis.push(source, piece);
            }
            n_stopped += usize::from(pieces.next().is_some());
            let listed = analysis.finish().unwrap().into_messages(listing).unwrap();
            let listed = listed.page(false, 0, usize::MAX).messages;
            assert_eq!(Some(&listed), session.message_list.as_ref(), "{file} {}", session.key);
        }
    }
    println!("{n_stopped} times reading stopped before the end");
    assert!(n_stopped > 20, "{n_stopped}");
}

#[test]
fn messages_without_room_are_counted_and_said() {
    let bytes = fs::read(root().join("samples/311-server-requires.pcapng")).unwrap();
    let limits = Limits { listed_messages: 5, ..Limits::DEFAULT };
    let mut analysis = Analysis::new(Options { limits, listing: Listing::All, ..Options::DEFAULT });
    let source = analysis.add_source("cut".to_owned());
    analysis.push(source, &bytes);
    let report = analysis.finish().unwrap().report();
    let session = &report.sessions[0];
    let total = session.messages.from_client.total + session.messages.from_server.total;
    assert_eq!(session.message_list.as_ref().unwrap().len(), 5);
    assert_eq!(session.message_list_left_out, Some(total - 5));
    let problems = &report.captures[0].problems;
    assert!(problems.iter().any(|it| it.code == "limit-listed-messages"), "{problems:?}");
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

/// A report as if its run had been told what that of `other` was, which each report repeats.
fn as_told(report: Report, other: &Report) -> Report {
    Report { options: other.options, ..report }
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
