//! Authentications and sessions that are weak, and passwords that are guessed.

use countersign::report::{Report, Severity};

use super::conversation::ntlm::{self, Answer, answer_to, challenge_of};
use super::conversation::smb2::{self, ENABLED, STATUS_LOGON_FAILURE};
use super::conversation::{Conversation, smb1};
use super::{Leg, of, only};

const CLIENT: &str = "10.0.0.7:49731";
const SERVER: &str = "10.0.0.5:445";

fn report_of(answer: &Answer) -> Report {
    let mut talk = Conversation::new();
    let challenge = challenge_of("FS1", [5, 8, 2, 6, 1, 9, 3, 4]);
    Leg::new(CLIENT, SERVER, 1).run(&mut talk, &challenge, answer, smb2::welcomed().signed());
    talk.report()
}

#[test]
fn old_responses_are_told_by_their_kind() {
    let v2 = answer_to(&challenge_of("FS1", [5, 8, 2, 6, 1, 9, 3, 4]), "cifs/FS1", 1);
    let of_length = |lm: &[u8], nt: &[u8]| Answer {
        lm: lm.to_vec(),
        proof: nt.to_vec(),
        mic: None,
        flags: 0x6000_8215,
        ..v2.clone()
    };
    let response: Vec<u8> = (10..34).collect();
    let other: Vec<u8> = (40..64).collect();
    let report = report_of(&of_length(&response, &response));
    assert_eq!(only(&report, "ntlm-v1").severity, Severity::Medium);
    assert!(of(&report, "lm-response").is_empty(), "a copy of the NT response is none");
    let report = report_of(&of_length(&other, &response));
    assert_eq!(only(&report, "lm-response").severity, Severity::High);
    assert!(of(&report, "ntlm-v1").is_empty(), "what says more covers it");
    let report = report_of(&v2);
    assert!(of(&report, "ntlm-v1").is_empty() && of(&report, "lm-response").is_empty());
}

#[test]
fn a_password_in_the_clear_is_found_by_what_the_server_asks_for() {
    let with = |security_mode: u8| {
        let mut talk = Conversation::new();
        talk.connect(CLIENT, SERVER);
        talk.client(smb1::negotiate(&["NT LM 0.12"]))
            .server(smb1::negotiated_without_extended_security(security_mode))
            .client(smb1::setup_without_extended_security("alice"))
            .user(7)
            .server(smb1::welcomed());
        talk.report()
    };
    assert_eq!(only(&with(0x01), "plaintext-password").severity, Severity::High);
    assert!(of(&with(0x03), "plaintext-password").is_empty());
}

#[test]
fn sessions_of_nobody_matter_more_with_a_share() {
    let with = |token: &[u8], path: &str| {
        let mut talk = Conversation::new();
        talk.connect(CLIENT, SERVER);
        talk.negotiate(ENABLED, ENABLED, 0x0300)
            .client(smb2::setup(&ntlm::negotiate()).session(0))
            .session(9)
            .server(smb2::challenged())
            .client(smb2::setup(token))
            .server(smb2::welcomed())
            .client(smb2::tree_connect(path))
            .server(smb2::tree_connected());
        talk.report()
    };
    let nobody = ntlm::authenticate_anonymously();
    let report = with(&nobody, "\\\\fs1\\IPC$");
    assert_eq!(only(&report, "anonymous-session").severity, Severity::Info);
    let report = with(&nobody, "\\\\fs1\\data");
    assert_eq!(only(&report, "anonymous-session").severity, Severity::Medium);
    let report = with(&ntlm::authenticate("alice"), "\\\\fs1\\data");
    assert!(of(&report, "anonymous-session").is_empty());
}

#[test]
fn a_user_who_is_made_a_guest_is_found() {
    let with = |user: &str, flags: u16| {
        let mut talk = Conversation::new();
        talk.connect(CLIENT, SERVER);
        talk.negotiate(ENABLED, ENABLED, 0x0300).log_on_until(user, smb2::welcomed_as(flags));
        talk.report()
    };
    assert_eq!(only(&with("alice", smb2::GUEST), "guest-session").severity, Severity::Medium);
    assert_eq!(only(&with("Guest", smb2::GUEST), "guest-session").severity, Severity::Low);
    assert!(of(&with("alice", 0), "guest-session").is_empty());
}

/// Authentications of these users one after the other, each refused.
fn refused(users: &[&'static str]) -> Report {
    let mut talk = Conversation::new();
    for (number, user) in (1..).zip(users) {
        let challenge = challenge_of("FS1", [number, 8, 2, 6, 1, 9, 3, 4]);
        let answer = Answer { user, ..answer_to(&challenge, "cifs/FS1", number) };
        let client = format!("10.0.0.7:{}", 50_000 + u16::from(number));
        let refused = smb2::welcomed().status(STATUS_LOGON_FAILURE);
        Leg::new(&client, SERVER, number).run(&mut talk, &challenge, &answer, refused);
    }
    talk.report()
}

#[test]
fn many_failures_are_told_by_their_users() {
    let report = refused(&["alice", "bob", "carol", "dave", "erin"]);
    let finding = only(&report, "password-guessing");
    assert_eq!((finding.severity, finding.sessions.len()), (Severity::High, 5));
    assert!(finding.title.contains("5 users"), "{}", finding.title);
    let report = refused(&["alice"; 10]);
    assert!(only(&report, "password-guessing").title.contains("10 times"));
    for users in [&["alice"; 9][..], &["alice", "bob", "carol", "dave", "Dave"]] {
        assert!(of(&refused(users), "password-guessing").is_empty(), "{users:?}");
    }
}

#[test]
fn smb1_is_told_once_for_a_server_and_not_for_a_question() {
    let mut talk = Conversation::new();
    for number in 1..=2 {
        talk.connect(&format!("10.0.0.{number}:49731"), SERVER);
        talk.negotiate_smb1(3).log_on_smb1(7, 0);
    }
    assert_eq!(only(&talk.report(), "smb1-in-use").sessions, ["s1", "s2"]);
    // A client that asks in SMB1 and is answered in SMB2 speaks SMB2.
    let mut talk = Conversation::new();
    talk.connect(CLIENT, SERVER);
    talk.client(smb1::negotiate(&["NT LM 0.12", "SMB 2.002"]))
        .server(smb2::negotiated(ENABLED, 0x0202).id(0))
        .log_on();
    assert!(of(&talk.report(), "smb1-in-use").is_empty());
}

#[test]
fn data_in_the_clear_is_told_where_it_could_be_encrypted() {
    let with = |cipher: u16, path: &str| {
        let mut talk = Conversation::new();
        talk.connect(CLIENT, SERVER);
        talk.client(smb2::negotiate_with_ciphers())
            .server(smb2::negotiated_with_cipher(cipher))
            .log_on()
            .client(smb2::tree_connect(path).signed())
            .server(smb2::tree_connected().signed())
            .both(smb2::create());
        talk.report()
    };
    assert_eq!(only(&with(2, "\\\\fs1\\data"), "data-in-clear").severity, Severity::Info);
    assert!(of(&with(0, "\\\\fs1\\data"), "data-in-clear").is_empty());
    assert!(of(&with(2, "\\\\fs1\\IPC$"), "data-in-clear").is_empty());
}
