//! Authentications that are passed on.

use countersign::report::{Confidence, Severity};

use super::conversation::smb2::{self, STATUS_LOGON_FAILURE};
use super::conversation::{Conversation, ntlm as messages, report};
use super::{Leg, of, only, ordinary};

const VICTIM: &str = "10.0.0.7:49731";
const MIDDLE: &str = "10.0.0.66:445";
const MIDDLE_AS_CLIENT: &str = "10.0.0.66:50100";
const TARGET: &str = "10.0.0.5:445";
const CHALLENGE: [u8; 8] = [9, 1, 7, 3, 5, 2, 8, 6];

/// The victim comes to the middle host, which gives what it says to `target`.
fn relayed(from: &Leg<'_>, to: &Leg<'_>) -> Conversation {
    let mut talk = Conversation::new();
    let challenge = messages::challenge_of("FS1", CHALLENGE);
    let answer = messages::answer_to(&challenge, "cifs/10.0.0.66", 0x31);
    let inbound = from.begin(&mut talk);
    let outbound = to.begin(&mut talk);
    talk.server(smb2::challenged_with(&challenge.message()));
    talk.on(inbound).server(smb2::challenged_with(&challenge.message()));
    talk.client(smb2::setup(&answer.message()));
    talk.on(outbound).client(smb2::setup(&answer.message())).server(smb2::welcomed().signed());
    talk.on(inbound).server(smb2::welcomed().signed());
    talk
}

#[test]
fn a_relayed_response_is_found_with_the_host_in_the_middle() {
    let talk = relayed(&Leg::new(VICTIM, MIDDLE, 1), &Leg::new(MIDDLE_AS_CLIENT, TARGET, 2));
    let report = talk.report();
    let finding = only(&report, "ntlm-relay");
    assert_eq!((finding.severity, finding.confidence), (Severity::High, Confidence::Certain));
    assert_eq!(finding.sessions, ["s1", "s2"]);
    assert!(finding.title.contains("relayed by 10.0.0.66 to 10.0.0.5"), "{}", finding.title);
    let values: Vec<&str> = finding.evidence.iter().map(|it| it.value.as_str()).collect();
    assert_eq!(values.iter().filter(|it| **it == "0901070305020806").count(), 2);
    assert_eq!(values[1], values[3]);
    assert!(of(&report, "ntlm-challenge-reused").is_empty());
    assert!(of(&report, "ntlm-wrong-target").is_empty(), "the relay covers it");
}

#[test]
fn without_a_host_in_the_middle_a_response_given_twice_is_not_certain() {
    let talk = relayed(&Leg::new(VICTIM, MIDDLE, 1), &Leg::new("10.9.0.3:50100", TARGET, 2));
    let report = talk.report();
    let finding = only(&report, "ntlm-relay");
    assert_eq!(finding.confidence, Confidence::Strong);
    assert!(finding.title.contains("was given to"), "{}", finding.title);
}

#[test]
fn both_sides_of_a_nat_are_no_relay() {
    // One conversation of which every byte of SMB is the same, before and behind a forwarder.
    let outside = Leg::new(VICTIM, MIDDLE, 1);
    let inside = Leg { client: MIDDLE_AS_CLIENT, server: TARGET, ..Leg::new(VICTIM, MIDDLE, 1) };
    let report = relayed(&outside, &inside).report();
    assert!(of(&report, "ntlm-relay").is_empty(), "{:#?}", report.findings);
    assert!(of(&report, "ntlm-challenge-reused").is_empty());
    assert!(of(&report, "ntlm-static-challenge").is_empty());
}

#[test]
fn a_relay_is_found_across_captures_and_a_capture_taken_twice_is_none() {
    let challenge = messages::challenge_of("FS1", CHALLENGE);
    let answer = messages::answer_to(&challenge, "cifs/10.0.0.66", 0x31);
    let capture = |leg: &Leg<'_>| {
        let mut talk = Conversation::new();
        leg.run(&mut talk, &challenge, &answer, smb2::welcomed().signed());
        talk.capture()
    };
    let inbound = capture(&Leg::new(VICTIM, MIDDLE, 1));
    let outbound = capture(&Leg::new(MIDDLE_AS_CLIENT, TARGET, 2));
    for captures in [[inbound.clone(), outbound.clone()], [outbound, inbound.clone()]] {
        let report = report(&captures);
        let finding = only(&report, "ntlm-relay");
        assert_eq!(finding.confidence, Confidence::Certain);
        assert!(finding.title.contains("relayed by 10.0.0.66 to 10.0.0.5"), "{}", finding.title);
        assert!(finding.evidence.iter().any(|it| it.capture == 0));
        assert!(finding.evidence.iter().any(|it| it.capture == 1));
    }
    let report = report(&[inbound.clone(), inbound]);
    assert!(of(&report, "ntlm-relay").is_empty(), "{:#?}", report.findings);
    assert!(of(&report, "ntlm-challenge-reused").is_empty());
    assert!(of(&report, "ntlm-static-challenge").is_empty(), "{:#?}", report.findings);
}

#[test]
fn ordinary_sessions_are_no_relay_even_through_one_host() {
    let mut talk = Conversation::new();
    ordinary(&mut talk, VICTIM, MIDDLE, 1);
    ordinary(&mut talk, MIDDLE_AS_CLIENT, TARGET, 2);
    let report = talk.report();
    for rule in [
        "ntlm-relay",
        "ntlm-reflection",
        "ntlm-challenge-reused",
        "ntlm-static-challenge",
        "ntlm-response-repeated",
        "ntlm-wrong-target",
        "ntlm-target-changed",
        "ntlm-mic-missing",
        "ntlm-mic-removed",
        "ntlm-local-call",
        "user-passes-through",
        "marshalled-target-name",
        "scripted-server",
    ] {
        assert!(of(&report, rule).is_empty(), "{rule}: {:#?}", report.findings);
    }
}

#[test]
fn a_response_that_comes_back_to_its_client_is_a_reflection() {
    let talk =
        relayed(&Leg::new(VICTIM, MIDDLE, 1), &Leg::new(MIDDLE_AS_CLIENT, "10.0.0.7:445", 2));
    let report = talk.report();
    let finding = only(&report, "ntlm-reflection");
    assert_eq!((finding.severity, finding.confidence), (Severity::High, Confidence::Certain));
    assert!(of(&report, "ntlm-relay").is_empty());
}

#[test]
fn a_challenge_that_two_servers_give_tells_of_a_relay_that_was_not_answered() {
    let mut talk = Conversation::new();
    let challenge = messages::challenge_of("FS1", CHALLENGE);
    let answer = messages::answer_to(&challenge, "cifs/FS1", 0x31);
    Leg::new(VICTIM, MIDDLE, 1).begin(&mut talk);
    talk.server(smb2::challenged_with(&challenge.message()));
    let refused = smb2::welcomed().status(STATUS_LOGON_FAILURE);
    Leg::new(MIDDLE_AS_CLIENT, TARGET, 2).run(&mut talk, &challenge, &answer, refused);
    let report = talk.report();
    let finding = only(&report, "ntlm-challenge-reused");
    assert_eq!((finding.severity, finding.confidence), (Severity::Medium, Confidence::Strong));
    assert!(of(&report, "ntlm-relay").is_empty());
}

#[test]
fn a_fixed_challenge_is_told_as_one_and_is_no_relay() {
    for challenge in [[0x11, 0x22, 0x33, 0x44, 0x55, 0x66, 0x77, 0x88], [3, 1, 4, 1, 5, 9, 2, 6]] {
        let mut talk = Conversation::new();
        for number in 1..=3 {
            let challenge = messages::challenge_of("HONEY", challenge);
            // Without anything of the client's the answer is the same each time.
            let answer = messages::Answer {
                proof: vec![0x21; 23].into_iter().chain([7]).collect(),
                lm: Vec::new(),
                flags: 0x6000_8215,
                ..messages::answer_to(&challenge, "", number)
            };
            let client = format!("10.0.0.{number}:50000");
            let leg = Leg::new(&client, TARGET, number);
            leg.run(&mut talk, &challenge, &answer, smb2::welcomed().signed());
        }
        let report = talk.report();
        assert_eq!(only(&report, "ntlm-static-challenge").sessions, ["s1", "s2", "s3"]);
        assert!(of(&report, "ntlm-relay").is_empty(), "{:#?}", report.findings);
        assert!(of(&report, "ntlm-challenge-reused").is_empty());
    }
}

#[test]
fn one_response_to_two_challenges_is_found() {
    let mut talk = Conversation::new();
    for number in 1..=2 {
        let challenge = messages::challenge_of("FS1", [number, 1, 2, 3, 4, 5, 6, 7]);
        let answer = messages::answer_to(&challenge, "cifs/FS1", 0x55);
        let leg = Leg::new(VICTIM, TARGET, number);
        leg.run(&mut talk, &challenge, &answer, smb2::welcomed().signed());
    }
    let report = talk.report();
    assert_eq!(only(&report, "ntlm-response-repeated").sessions, ["s1", "s2"]);
    assert!(of(&report, "ntlm-relay").is_empty());
}

#[test]
fn a_user_who_passes_through_is_found_where_challenges_are_missing_only() {
    let through = |seen: bool| {
        let mut talk = Conversation::new();
        let challenge = messages::challenge_of("FS1", CHALLENGE);
        let answer = messages::answer_to(&challenge, "cifs/MIDDLE", 1);
        Leg::new(VICTIM, MIDDLE, 1).begin(&mut talk);
        if !seen {
            talk.lose();
        }
        talk.server(smb2::challenged_with(&challenge.message()))
            .client(smb2::setup(&answer.message()))
            .server(smb2::welcomed().signed());
        ordinary(&mut talk, MIDDLE_AS_CLIENT, TARGET, 2);
        talk.report()
    };
    let report = through(false);
    assert_eq!(only(&report, "user-passes-through").confidence, Confidence::Weak);
    assert!(of(&through(true), "user-passes-through").is_empty());
}

#[test]
fn two_servers_of_one_name_are_told_apart_from_one_with_two_addresses() {
    let with = |second: &Leg<'_>| {
        let mut talk = Conversation::new();
        ordinary(&mut talk, VICTIM, TARGET, 1);
        let challenge = messages::challenge_of("FS1", CHALLENGE);
        let answer = messages::answer_to(&challenge, "cifs/FS1", 9);
        second.run(&mut talk, &challenge, &answer, smb2::welcomed().signed());
        talk.report()
    };
    let other = Leg::new(VICTIM, "10.0.0.66:445", 2);
    assert_eq!(only(&with(&other), "server-name-in-two-places").severity, Severity::Medium);
    let same = Leg { server_guid: Leg::new(VICTIM, TARGET, 1).server_guid, ..other };
    assert!(of(&with(&same), "server-name-in-two-places").is_empty());
}

#[test]
fn a_server_of_relay_tools_is_known_by_its_identifier_and_its_choice() {
    let with = |guid: &[u8; 16], sizes: u32| {
        let mut talk = Conversation::new();
        talk.connect(VICTIM, TARGET);
        talk.client(smb2::negotiate(smb2::ENABLED, &[0x0202, 0x0210, 0x0300]))
            .server(smb2::negotiated_with_sizes(smb2::ENABLED, 0x0202, *guid, sizes))
            .log_on();
        talk.report()
    };
    only(&with(b"QwErTyUiOpAsDfGh", 65_536), "scripted-server");
    only(&with(&[b'A'; 16], 1 << 20), "scripted-server");
    assert!(of(&with(b"QwErTyUiOpAsDfGh", 1 << 20), "scripted-server").is_empty());
    assert!(of(&with(&[0x5e; 16], 65_536), "scripted-server").is_empty());
}

#[test]
fn servers_that_do_not_require_signing_are_told_with_their_sessions() {
    let with = |server: u16| {
        let mut talk = Conversation::new();
        talk.connect(VICTIM, TARGET);
        talk.negotiate(smb2::ENABLED, server, 0x0302).log_on().report()
    };
    let report = with(smb2::ENABLED);
    let finding = only(&report, "signing-not-required");
    assert_eq!((finding.severity, &finding.sessions[..]), (Severity::Low, &["s1".to_owned()][..]));
    assert!(of(&with(smb2::REQUIRED), "signing-not-required").is_empty());
}
