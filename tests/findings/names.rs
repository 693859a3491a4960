//! Hosts that answer to names that are not theirs.

use countersign::report::{Confidence, Report, Severity};

use super::conversation::ntlm::{answer_to, challenge_of};
use super::conversation::{Conversation, smb2};
use super::ntlm::question;
use super::{Leg, of, only};

const ASKER: &str = "10.0.0.7:40000";
const MANY: &str = "224.0.0.252:5355";

/// The answer to a question, that the name is 10.0.0.66.
fn answer(name: &str) -> Vec<u8> {
    let mut message = question(name);
    message[2] = 0x80;
    message[7] = 1;
    message.extend([0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 30, 0, 4, 10, 0, 0, 66]);
    message
}

/// The names are asked for and answered; then, if it `comes`, the asker authenticates to a server
/// that calls itself `server`.
fn led(names: &[&str], server: Option<&str>) -> Report {
    let mut talk = Conversation::new();
    for name in names {
        talk.datagram(ASKER, MANY, &question(name));
        talk.datagram("10.0.0.66:5355", ASKER, &answer(name));
    }
    if let Some(server) = server {
        let challenge = challenge_of(server, [5, 8, 2, 6, 1, 9, 3, 4]);
        let answer = answer_to(&challenge, &format!("cifs/{}", names[0]), 1);
        let leg = Leg::new("10.0.0.7:49731", "10.0.0.66:445", 1);
        leg.run(&mut talk, &challenge, &answer, smb2::welcomed().signed());
    }
    talk.report()
}

#[test]
fn a_host_that_answers_to_every_name_and_is_believed_is_found() {
    let names = ["filesrv", "printsrv", "nosuchhost"];
    let report = led(&names, Some("SMB3"));
    let finding = only(&report, "poisoned-name");
    assert_eq!((finding.severity, finding.confidence), (Severity::High, Confidence::Strong));
    assert_eq!(finding.sessions, ["s1"]);
    assert!(of(&report, "server-not-as-named").is_empty(), "what says more covers it");
    assert_eq!(only(&led(&names, None), "poisoned-name").severity, Severity::Medium);
    assert!(of(&led(&names[..2], None), "poisoned-name").is_empty());
    // One name in several cases and domains is one name.
    let report = led(&["FILESRV", "filesrv", "filesrv.local"], None);
    assert!(of(&report, "poisoned-name").is_empty());
    assert_eq!(only(&led(&["wpad"], None), "poisoned-name").confidence, Confidence::Weak);
}

#[test]
fn a_server_that_is_not_what_it_was_asked_for_is_found() {
    let report = led(&["filesrv"], Some("WIN7"));
    assert_eq!(only(&report, "server-not-as-named").sessions, ["s1"]);
    assert!(of(&led(&["filesrv"], Some("FILESRV")), "server-not-as-named").is_empty());
}
