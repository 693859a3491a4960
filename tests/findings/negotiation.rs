//! Negotiations that were altered, and policies that are not kept.

use countersign::report::{Confidence, Report, Severity};

use super::conversation::smb2::{self, ENABLED, REQUIRED, Smb2};
use super::conversation::{Conversation, smb1};
use super::{of, only};

const CLIENT: &str = "10.0.0.7:49731";
const SERVER: &str = "10.0.0.5:445";
const CLIENT_GUID: [u8; 16] = [0xc1; 16];
const SERVER_GUID: [u8; 16] = [0x5e; 16];

/// A session of 3.0 that checks its negotiation.
fn checked(request: Smb2, response: Option<Smb2>) -> Conversation {
    let mut talk = Conversation::new();
    talk.connect(CLIENT, SERVER);
    talk.negotiate(ENABLED, ENABLED, 0x0300).log_on().client(request.signed());
    if let Some(response) = response {
        talk.server(response);
    }
    talk
}

fn asked() -> Smb2 {
    smb2::validate_negotiate_of(CLIENT_GUID, ENABLED, &[0x0300])
}

fn answered() -> Smb2 {
    smb2::negotiate_validated_by(SERVER_GUID, ENABLED, 0x0300).signed()
}

#[test]
fn a_check_that_contradicts_the_negotiation_is_certain() {
    let contradictions = [
        (smb2::validate_negotiate_of(CLIENT_GUID, ENABLED, &[0x0300, 0x0302]), answered()),
        (smb2::validate_negotiate_of(CLIENT_GUID, REQUIRED, &[0x0300]), answered()),
        (asked(), smb2::negotiate_validated_by(SERVER_GUID, REQUIRED, 0x0300).signed()),
        (asked(), smb2::negotiate_validated_by([7; 16], ENABLED, 0x0300).signed()),
    ];
    for (request, response) in contradictions {
        let report = checked(request, Some(response)).report();
        let finding = only(&report, "negotiation-altered");
        assert_eq!((finding.severity, finding.confidence), (Severity::High, Confidence::Certain));
        assert_eq!((finding.evidence.len(), &finding.sessions[..]), (2, &["s1".to_owned()][..]));
    }
    let report = checked(asked(), Some(answered())).report();
    assert!(of(&report, "negotiation-altered").is_empty(), "{:#?}", report.findings);
    assert!(of(&report, "validation-unprotected").is_empty());
}

#[test]
fn an_answer_to_the_check_without_a_signature_is_found() {
    let bare = smb2::negotiate_validated_by(SERVER_GUID, ENABLED, 0x0300);
    let report = checked(asked(), Some(bare.clone())).report();
    assert_eq!(only(&report, "validation-unprotected").confidence, Confidence::Certain);
    // A server that does not know the check says so.
    let error = bare.status(smb2::STATUS_INVALID_PARAMETER);
    assert!(of(&checked(asked(), Some(error)).report(), "validation-unprotected").is_empty());
}

#[test]
fn a_check_without_an_answer_is_found_where_the_client_connects_anew() {
    let mut talk = checked(asked(), None);
    assert!(of(&talk.report(), "validation-unanswered").is_empty());
    talk.connect("10.0.0.7:49800", SERVER);
    talk.negotiate(ENABLED, ENABLED, 0x0300);
    assert_eq!(only(&talk.report(), "validation-unanswered").confidence, Confidence::Weak);
    let mut talk = checked(asked(), Some(answered()));
    talk.connect("10.0.0.7:49800", SERVER);
    talk.negotiate(ENABLED, ENABLED, 0x0300);
    assert!(of(&talk.report(), "validation-unanswered").is_empty());
}

/// Two clients negotiate with one server.
fn two(first: [Smb2; 2], second: [Smb2; 2]) -> Report {
    let mut talk = Conversation::new();
    for (number, [request, response]) in [(1, first), (2, second)] {
        talk.connect(&format!("10.0.0.{number}:49731"), SERVER);
        talk.client(request).server(response).log_on();
    }
    talk.report()
}

#[test]
fn a_lower_dialect_than_both_sides_know_is_found() {
    let offers = || smb2::negotiate(ENABLED, &[0x0210, 0x0300]);
    let gets = |dialect, guid| smb2::negotiated_by(ENABLED, dialect, guid);
    let report = two([offers(), gets(0x0300, SERVER_GUID)], [offers(), gets(0x0210, SERVER_GUID)]);
    assert_eq!(only(&report, "dialect-downgraded").sessions, ["s2"]);
    let report = two([offers(), gets(0x0300, SERVER_GUID)], [offers(), gets(0x0210, [7; 16])]);
    assert!(of(&report, "dialect-downgraded").is_empty(), "it is another server");
    let old = smb2::negotiate(ENABLED, &[0x0210]);
    let report = two([offers(), gets(0x0300, SERVER_GUID)], [old, gets(0x0210, SERVER_GUID)]);
    assert!(of(&report, "dialect-downgraded").is_empty(), "its client knows no other");
}

#[test]
fn a_server_that_requires_signing_of_some_only_is_found() {
    let asks = || smb2::negotiate(ENABLED, &[0x0300]);
    let says = |mode, guid| smb2::negotiated_by(mode, 0x0300, guid);
    let report = two([asks(), says(REQUIRED, SERVER_GUID)], [asks(), says(ENABLED, SERVER_GUID)]);
    assert_eq!(only(&report, "signing-policy-contradicts").sessions, ["s2"]);
    let report = two([asks(), says(REQUIRED, SERVER_GUID)], [asks(), says(ENABLED, [7; 16])]);
    assert!(of(&report, "signing-policy-contradicts").is_empty(), "it is another server");
}

#[test]
fn unsigned_messages_that_were_accepted_are_a_violation() {
    let with = |server: u16| {
        let mut talk = Conversation::new();
        talk.connect(CLIENT, SERVER);
        talk.negotiate(ENABLED, server, 0x0300).log_on().both(smb2::create()).both(smb2::read());
        talk.report()
    };
    let report = with(REQUIRED);
    let finding = only(&report, "signing-violated");
    assert_eq!((finding.severity, finding.confidence), (Severity::High, Confidence::Certain));
    assert!(finding.evidence.len() >= 3, "{finding:#?}");
    assert!(of(&with(ENABLED), "signing-violated").is_empty());
}

#[test]
fn encryption_that_is_demanded_and_not_agreed_on_is_found() {
    let with = |cipher: u16, flags: u16| {
        let mut talk = Conversation::new();
        talk.connect(CLIENT, SERVER);
        talk.client(smb2::negotiate_with_ciphers()).server(smb2::negotiated_with_cipher(cipher));
        talk.log_on_until("alice", smb2::welcomed_as(flags).signed());
        talk.both(smb2::create().signed()).report()
    };
    assert_eq!(
        only(&with(0, smb2::ENCRYPT_DATA), "encryption-not-agreed").severity,
        Severity::High
    );
    assert!(of(&with(0, 0), "encryption-not-agreed").is_empty(), "nobody demands it");
    assert!(of(&with(2, smb2::ENCRYPT_DATA), "encryption-not-agreed").is_empty());
}

#[test]
fn smb1_from_a_server_that_speaks_smb2_is_found() {
    let with = |dialects: &[&str]| {
        let mut talk = Conversation::new();
        talk.connect(CLIENT, SERVER);
        talk.client(smb1::negotiate(dialects)).server(smb1::negotiated(3));
        talk.connect("10.0.0.8:49731", SERVER);
        talk.negotiate(ENABLED, ENABLED, 0x0300);
        talk.report()
    };
    only(&with(&["NT LM 0.12", "SMB 2.002", "SMB 2.???"]), "smb1-downgraded");
    assert!(of(&with(&["NT LM 0.12"]), "smb1-downgraded").is_empty());
}

#[test]
fn signing_that_a_server_of_smb1_offers_to_some_only_is_found() {
    let with = |first: u8, second: u8| {
        let mut talk = Conversation::new();
        for (number, mode) in [(1, first), (2, second)] {
            talk.connect(&format!("10.0.0.{number}:49731"), SERVER);
            talk.negotiate_smb1(mode);
        }
        talk.report()
    };
    only(&with(7, 3), "smb1-signing-not-offered");
    assert!(of(&with(3, 3), "smb1-signing-not-offered").is_empty());
}

#[test]
fn the_oldest_smb2_for_a_client_of_later_ones_is_told() {
    let with = |dialects: &[&str]| {
        let mut talk = Conversation::new();
        talk.connect(CLIENT, SERVER);
        talk.client(smb1::negotiate(dialects)).server(smb2::negotiated(ENABLED, 0x0202).id(0));
        talk.report()
    };
    let report = with(&["NT LM 0.12", "SMB 2.002", "SMB 2.???"]);
    assert_eq!(only(&report, "old-smb2-chosen").severity, Severity::Info);
    assert!(of(&with(&["NT LM 0.12", "SMB 2.002"]), "old-smb2-chosen").is_empty());
}
