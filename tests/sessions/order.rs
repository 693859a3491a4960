//! What order packets were captured in, and how often, does not change what a session is found to be.

use countersign::report::{Messages, Outcome, Report, SigningStatus};

use crate::conversation::smb1::{self, WANTS_SIGNING};
use crate::conversation::smb2::{
    ENABLED, REQUIRED, binding, cancel, challenged, change_notify, close, create, logoff, read,
    setup, tree_connect, tree_connected, welcomed, write,
};
use crate::conversation::{CLIENT, Conversation, SERVER, SESSION, encrypted, ntlm};
use crate::{may_sign, must_sign};

/// Packets of the handshake; their order is no matter of sessions.
const HANDSHAKE: u64 = 2;

type Told = (Outcome, SigningStatus, Option<String>, Vec<String>, Messages);

fn told(talk: &Conversation) -> Vec<Told> {
    told_of(talk.report())
}

fn told_of(report: Report) -> Vec<Told> {
    let sessions = report.sessions.into_iter();
    sessions.map(|s| (s.outcome, s.status, s.auth.user, s.trees, s.messages)).collect()
}

/// Two trees, a long request that is cancelled, a compound, and the end.
fn signed() -> Conversation {
    let mut talk = must_sign();
    talk.client(tree_connect(r"\\fs1\data").signed())
        .server(tree_connected().signed())
        .client([create().signed(), read().related().signed()])
        .server([create().signed(), read().signed()])
        .client(change_notify().signed().id(20))
        .server(change_notify().unsigned_as_asked().pending())
        .client(cancel().signed().id(20))
        .server(change_notify().status(0xc000_0120).signed())
        .both(write().signed())
        .both(logoff().signed());
    talk
}

/// A session on two connections, half of it encrypted.
fn bound() -> Conversation {
    let mut talk = may_sign();
    talk.both(create());
    talk.connect("10.0.0.7:49732", SERVER);
    talk.negotiate(ENABLED, ENABLED, 0x0311)
        .session(SESSION)
        .client(binding(&ntlm::negotiate()).signed())
        .server(challenged().signed())
        .client(binding(&ntlm::authenticate("alice")).signed())
        .server(welcomed().signed())
        .client(encrypted())
        .server(encrypted())
        .both(close());
    talk
}

/// A session of SMB1.
fn of_smb1() -> Conversation {
    let mut talk = Conversation::new();
    talk.connect(CLIENT, SERVER);
    talk.negotiate_smb1(smb1::REQUIRED)
        .log_on_smb1(0x0801, WANTS_SIGNING)
        .client(smb1::open().signed())
        .server(smb1::open().signed())
        .client(smb1::open().signed())
        .server(smb1::open().signed());
    talk
}

/// A refused user, and then another.
fn retried() -> Conversation {
    let mut talk = Conversation::new();
    talk.connect(CLIENT, SERVER);
    talk.negotiate(ENABLED, REQUIRED, 0x0210)
        .log_on_until("alice", welcomed().status(0xc000_006d))
        .client(setup(&ntlm::negotiate()))
        .server(challenged())
        .client(setup(&ntlm::authenticate("bob")))
        .server(welcomed().signed())
        .both(create().signed());
    talk
}

type Script = (&'static str, fn() -> Conversation);

const CONVERSATIONS: [Script; 4] =
    [("signed", signed), ("bound", bound), ("of SMB1", of_smb1), ("retried", retried)];

#[test]
fn two_packets_in_the_wrong_order() {
    for (name, conversation) in CONVERSATIONS {
        let expected = told(&conversation());
        for number in HANDSHAKE + 2..=conversation().packet() {
            let mut talk = conversation();
            talk.swap_at(number);
            assert_eq!(told(&talk), expected, "{name}, packet {number}");
        }
    }
}

#[test]
fn a_packet_that_was_captured_twice() {
    for (name, conversation) in CONVERSATIONS {
        let expected = told(&conversation());
        for number in 1..=conversation().packet() {
            let mut talk = conversation();
            talk.repeat(number);
            assert_eq!(told(&talk), expected, "{name}, packet {number}");
        }
    }
}

#[test]
fn the_two_directions_may_stand_in_captures_of_their_own() {
    for (name, conversation) in CONVERSATIONS {
        let talk = conversation();
        assert_eq!(told_of(talk.report_of_two_captures()), told(&talk), "{name}");
    }
}

#[test]
fn a_capture_that_ends_early_claims_no_more() {
    for (name, conversation) in CONVERSATIONS {
        let mut before = 0;
        for number in 1..=conversation().packet() {
            let mut talk = conversation();
            talk.stop_after(number);
            let total: u64 =
                talk.report().sessions.iter().map(|session| session.messages.both().total).sum();
            assert!(total >= before, "{name}, packet {number}");
            before = total;
        }
    }
}
