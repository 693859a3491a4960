//! Messages that were altered, found with the password, and sessions that should not be as they are.

use std::fs;

use countersign::report::{Confidence, Report, Severity};
use countersign::secrets::{Password, Secrets};
use zeroize::Zeroizing;

use super::conversation::smb2::{self, ENABLED, STATUS_LOGON_FAILURE};
use super::conversation::{Conversation, ntlm};
use super::support::{analyze_with, root};
use super::{of, only};

/// The password of the samples' user.
const PASSWORD: &str = "Harbour-Lantern-41";

/// The report on a sample in which the byte `offset` after the `nth` place of `pattern` is another.
fn altered(sample: &str, pattern: &[u8], nth: usize, offset: usize) -> [Report; 2] {
    let mut bytes = fs::read(root().join("samples").join(sample)).unwrap();
    let intact = with_password(sample, &bytes);
    let places = (0..bytes.len()).filter(|at| bytes[*at..].starts_with(pattern));
    let place = places.clone().nth(nth).expect("the pattern is there");
    bytes[place + offset] ^= 1;
    [with_password(sample, &bytes), intact]
}

fn with_password(sample: &str, bytes: &[u8]) -> Report {
    let password = Zeroizing::new(PASSWORD.to_owned());
    let passwords = vec![Password { user: None, domain: None, password }];
    analyze_with(sample, bytes, Secrets { passwords, ..Secrets::default() })
}

/// The start of a SMB2 header with this command, up to its status.
const SMB2: &[u8] = b"\xfeSMB\x40\0";

#[test]
fn a_message_that_was_altered_is_certain_with_the_password() {
    let [report, intact] = altered("311-server-requires.pcapng", SMB2, 12, 70);
    let finding = only(&report, "bad-signature");
    assert_eq!((finding.severity, finding.confidence), (Severity::High, Confidence::Certain));
    assert!(of(&intact, "bad-signature").is_empty());
}

#[test]
fn an_encrypted_message_that_was_altered_is_certain_with_the_password() {
    let [report, intact] = altered("311-encrypted.pcapng", b"\xfdSMB", 3, 60);
    assert_eq!(only(&report, "bad-authentication-tag").confidence, Confidence::Certain);
    assert!(of(&intact, "bad-authentication-tag").is_empty());
    assert!(of(&report, "bad-signature").is_empty());
}

#[test]
fn ntlm_messages_that_were_altered_are_found_with_the_password() {
    // A flag of the NEGOTIATE message, which nothing but the integrity code covers in 2.1.
    let [report, intact] = altered("21-unsigned.pcap", b"NTLMSSP\0\x01\0\0\0", 0, 12);
    let finding = only(&report, "ntlm-mic-wrong");
    assert_eq!((finding.severity, finding.confidence), (Severity::High, Confidence::Certain));
    assert!(of(&intact, "ntlm-mic-wrong").is_empty());
}

#[test]
fn a_negotiation_that_was_altered_breaks_the_setup_of_311() {
    // MaxTransactSize of the NEGOTIATE response, which is in the hash that the keys are made of.
    let [report, intact] = altered("311-server-requires.pcapng", SMB2, 1, 64 + 28);
    assert_eq!(only(&report, "preauth-integrity-broken").confidence, Confidence::Strong);
    assert!(of(&report, "bad-signature").is_empty());
    assert!(of(&intact, "preauth-integrity-broken").is_empty());
}

#[test]
fn unsigned_sessions_of_those_who_may_do_much_are_found() {
    let with = |user: &str, path: &str, server: u16| {
        let mut talk = Conversation::new();
        talk.connect("10.0.0.7:49731", "10.0.0.5:445");
        talk.negotiate(ENABLED, server, 0x0300)
            .log_on_until(user, smb2::welcomed().signed())
            .client(smb2::tree_connect(path).signed())
            .server(smb2::tree_connected().signed());
        match server {
            ENABLED => talk.both(smb2::create()),
            _ => talk.both(smb2::create().signed()),
        };
        talk.report()
    };
    for (user, path) in [
        ("administrator", "\\\\fs1\\data"),
        ("WS1$", "\\\\fs1\\data"),
        ("alice", "\\\\fs1\\C$"),
        ("alice", "\\\\dc1\\SYSVOL"),
    ] {
        let report = with(user, path, ENABLED);
        assert_eq!(only(&report, "unsigned-privileged-session").severity, Severity::Medium);
    }
    assert!(of(&with("alice", "\\\\fs1\\data", ENABLED), "unsigned-privileged-session").is_empty());
    let report = with("administrator", "\\\\fs1\\C$", smb2::REQUIRED);
    assert!(of(&report, "unsigned-privileged-session").is_empty());
}

#[test]
fn a_session_that_goes_on_after_a_refused_authentication_is_told() {
    let with = |status: u32| {
        let mut talk = Conversation::new();
        talk.connect("10.0.0.7:49731", "10.0.0.5:445");
        talk.negotiate(ENABLED, ENABLED, 0x0300).log_on().both(smb2::create());
        talk.client(smb2::setup(&ntlm::negotiate()))
            .server(smb2::challenged())
            .client(smb2::setup(&ntlm::authenticate("alice")))
            .server(smb2::welcomed().status(status));
        talk.both(smb2::create()).both(smb2::read()).report()
    };
    let report = with(STATUS_LOGON_FAILURE);
    assert_eq!(only(&report, "session-after-failed-reauthentication").confidence, Confidence::Weak);
    assert!(of(&with(0), "session-after-failed-reauthentication").is_empty());
}
