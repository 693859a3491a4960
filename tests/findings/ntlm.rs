//! NTLM messages that do not fit each other or their server.

use countersign::report::{Confidence, Report, Severity};

use super::conversation::ntlm::{
    Answer, Challenge, answer_to, challenge_of, negotiate_with, utf16,
};
use super::conversation::{Conversation, smb2};
use super::{Leg, of, only};

const CLIENT: &str = "10.0.0.7:49731";
const SERVER: &str = "10.0.0.5:445";

fn challenge() -> Challenge {
    challenge_of("FS1", [5, 8, 2, 6, 1, 9, 3, 4])
}

/// The report on one authentication.
fn report_of(challenge: &Challenge, answer: &Answer) -> Report {
    let mut talk = Conversation::new();
    Leg::new(CLIENT, SERVER, 1).run(&mut talk, challenge, answer, smb2::welcomed().signed());
    talk.report()
}

#[test]
fn a_response_for_another_service_is_found() {
    let for_target = |target: &str| report_of(&challenge(), &answer_to(&challenge(), target, 1));
    let report = for_target("HTTP/web.lab.test");
    let finding = only(&report, "ntlm-wrong-target");
    assert_eq!((finding.severity, finding.confidence), (Severity::High, Confidence::Strong));
    let report = for_target("cifs/10.0.0.66");
    assert_eq!(only(&report, "ntlm-wrong-target").confidence, Confidence::Weak);
    let report = for_target(&format!("HTTP/{}", "a".repeat(20_000)));
    let finding = only(&report, "ntlm-wrong-target");
    assert!(
        finding.title.len() < 1_200 && finding.evidence.iter().all(|it| it.value.len() < 1_200)
    );
    for target in ["cifs/FS1.lab.test", "HOST/fs1", "cifs/10.0.0.5", "", "fs1"] {
        assert!(of(&for_target(target), "ntlm-wrong-target").is_empty(), "{target}");
    }
}

#[test]
fn a_name_that_the_client_reaches_the_server_by_is_no_wrong_target() {
    let mut talk = Conversation::new();
    let answer = answer_to(&challenge(), "cifs/files.lab.test", 1);
    Leg::new(CLIENT, SERVER, 1).run(&mut talk, &challenge(), &answer, smb2::welcomed().signed());
    only(&talk.report(), "ntlm-wrong-target");
    talk.client(smb2::tree_connect("\\\\files.lab.test\\data")).server(smb2::tree_connected());
    assert!(of(&talk.report(), "ntlm-wrong-target").is_empty());
}

#[test]
fn names_that_the_client_was_not_given_are_found() {
    let mut other = answer_to(&challenge(), "cifs/FS1", 1);
    other.pairs[1] = (1, utf16("DC1"));
    let report = report_of(&challenge(), &other);
    let finding = only(&report, "ntlm-target-changed");
    assert!(finding.title.contains("DC1 and not FS1"), "{}", finding.title);
    // A client that repeats none says nothing.
    let none = Answer { pairs: vec![(6, vec![2, 0, 0, 0])], ..other };
    assert!(of(&report_of(&challenge(), &none), "ntlm-target-changed").is_empty());
}

#[test]
fn a_missing_integrity_code_matters_more_where_the_client_sends_one_elsewhere() {
    let with = answer_to(&challenge(), "cifs/FS1", 1);
    let without = Answer {
        mic: None,
        pairs: with.pairs.iter().filter(|(id, _)| *id != 6).cloned().collect(),
        ..answer_to(&challenge(), "cifs/FS1", 2)
    };
    let report = report_of(&challenge(), &without);
    assert_eq!(only(&report, "ntlm-mic-missing").severity, Severity::Info);
    let mut talk = Conversation::new();
    for (number, answer) in [(1, &with), (2, &without)] {
        let challenge = challenge_of("FS1", [number, 1, 2, 3, 4, 5, 6, 7]);
        Leg::new(CLIENT, SERVER, number).run(
            &mut talk,
            &challenge,
            answer,
            smb2::welcomed().signed(),
        );
    }
    let report = talk.report();
    let finding = only(&report, "ntlm-mic-missing");
    assert_eq!(
        (finding.severity, &finding.sessions[..]),
        (Severity::Medium, &["s2".to_owned()][..])
    );
    // A server that tells no time does not ask for the code.
    let mut timeless = challenge();
    timeless.pairs.retain(|(id, _)| *id != 7);
    assert!(of(&report_of(&timeless, &without), "ntlm-mic-missing").is_empty());
}

#[test]
fn an_integrity_code_that_was_announced_and_is_not_there_is_found() {
    let answer = answer_to(&challenge(), "cifs/FS1", 1);
    assert!(of(&report_of(&challenge(), &answer), "ntlm-mic-removed").is_empty());
    for mic in [None, Some([0; 16])] {
        let report = report_of(&challenge(), &Answer { mic, ..answer.clone() });
        assert_eq!(only(&report, "ntlm-mic-removed").severity, Severity::High);
    }
}

#[test]
fn flags_that_were_all_taken_out_are_found() {
    const ASKED: u32 = 0x6208_8215;
    const BARE: u32 = 0x2008_0205;
    let with = |asked: u32, given: u32| {
        let challenge = Challenge { flags: given, ..challenge() };
        let mut answer = answer_to(&challenge, "cifs/FS1", 1);
        answer.pairs.retain(|(id, _)| *id != 6);
        let answer = Answer { mic: None, flags: BARE, ..answer };
        let mut talk = Conversation::new();
        Leg::new(CLIENT, SERVER, 1).begin_with(&mut talk, &negotiate_with(asked));
        talk.server(smb2::challenged_with(&challenge.message()))
            .client(smb2::setup(&answer.message()))
            .server(smb2::welcomed().signed());
        talk.report()
    };
    let report = with(ASKED, ASKED);
    assert_eq!(only(&report, "ntlm-mic-removed").confidence, Confidence::Strong);
    assert!(of(&report, "ntlm-mic-missing").is_empty(), "what says more covers it");
    assert!(of(&with(BARE, ASKED), "ntlm-mic-removed").is_empty(), "the client asked for nothing");
    assert!(of(&with(ASKED, BARE), "ntlm-mic-removed").is_empty(), "the server took nothing up");
}

#[test]
fn a_local_call_between_two_addresses_is_found() {
    const LOCAL_CALL: u32 = 0x4000;
    let marked = Challenge { flags: challenge().flags | LOCAL_CALL, ..challenge() };
    let answer = answer_to(&challenge(), "cifs/FS1", 1);
    let report = report_of(&marked, &answer);
    assert_eq!(only(&report, "ntlm-local-call").severity, Severity::High);
    let mut talk = Conversation::new();
    let leg = Leg::new("10.0.0.5:49731", SERVER, 1);
    leg.run(&mut talk, &marked, &answer, smb2::welcomed().signed());
    assert!(of(&talk.report(), "ntlm-local-call").is_empty());
}

#[test]
fn a_marshalled_name_is_found_wherever_it_stands() {
    const NAME: &str = "srv1UWhRCAAAAAAAAAAAAAAAAAAAAAAAAAAAAwbEAYBAAAA";
    let report = report_of(&challenge(), &answer_to(&challenge(), &format!("cifs/{NAME}"), 1));
    assert_eq!(only(&report, "marshalled-target-name").sessions, ["s1"]);
    let mut talk = Conversation::new();
    super::ordinary(&mut talk, CLIENT, SERVER, 1);
    talk.client(smb2::tree_connect(&format!("\\\\{NAME}\\IPC$"))).server(smb2::tree_connected());
    only(&talk.report(), "marshalled-target-name");
    let mut talk = Conversation::new();
    super::ordinary(&mut talk, CLIENT, SERVER, 1);
    talk.datagram("10.0.0.7:40000", "224.0.0.252:5355", &question(NAME));
    let report = talk.report();
    assert_eq!(only(&report, "marshalled-target-name").evidence.len(), 1);
    talk.datagram("10.0.0.7:40000", "224.0.0.252:5355", &question("fs1"));
    assert_eq!(of(&talk.report(), "marshalled-target-name").len(), 1);
}

/// A question for the address of `name`, as DNS and LLMNR ask it.
pub(super) fn question(name: &str) -> Vec<u8> {
    let mut message = vec![0, 1, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0];
    for label in name.split('.') {
        message.push(label.len() as u8);
        message.extend(label.bytes());
    }
    message.extend([0, 0, 1, 0, 1]);
    message
}

#[test]
fn a_workstation_of_the_servers_own_name_is_told() {
    let mut answer = answer_to(&challenge(), "cifs/FS1", 1);
    assert!(of(&report_of(&challenge(), &answer), "ntlm-reflection").is_empty());
    answer.workstation = "fs1";
    let report = report_of(&challenge(), &answer);
    assert_eq!(only(&report, "ntlm-reflection").severity, Severity::Low);
    answer.user = "FS1$";
    let report = report_of(&challenge(), &answer);
    assert_eq!(only(&report, "ntlm-reflection").severity, Severity::High);
}
