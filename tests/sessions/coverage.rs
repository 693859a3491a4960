//! What a capture that is not complete still shows.

use countersign::report::{Coverage, Expected, Outcome, SigningStatus};

use crate::conversation::smb2::{
    ENABLED, REQUIRED, challenged, close, create, echo, negotiate, negotiated, read, setup,
    welcomed,
};
use crate::conversation::{CLIENT, Conversation, SERVER, SESSION, Side, encrypted, ntlm};
use crate::must_sign;

fn new() -> Conversation {
    let mut talk = Conversation::new();
    talk.connect(CLIENT, SERVER);
    talk
}

#[test]
fn a_session_of_which_everything_was_captured_is_complete() {
    let mut talk = must_sign();
    talk.both(create().signed());
    assert_eq!(talk.only_session().coverage, [Coverage::Complete]);
}

#[test]
fn without_negotiate_nothing_is_said_of_the_policy() {
    let mut talk = Conversation::new();
    talk.join(CLIENT, SERVER);
    talk.log_on().both(create().signed());
    let session = talk.only_session();
    assert_eq!(session.coverage, [Coverage::NoNegotiate]);
    assert_eq!(session.policy.server_requires, None);
    assert_eq!(session.dialect, None);
    assert_eq!(session.expected, Expected::Unknown);
    assert_eq!(session.status, SigningStatus::SignedUnverified);
}

#[test]
fn without_negotiate_unsigned_messages_are_no_violation_unless_the_client_requires_signing() {
    let mut talk = Conversation::new();
    talk.join(CLIENT, SERVER);
    talk.log_on().both(create());
    assert_eq!(talk.only_session().status, SigningStatus::UnsignedSetupOnly);
}

#[test]
fn without_the_setup_messages_are_counted_all_the_same() {
    let mut talk = Conversation::new();
    talk.join(CLIENT, SERVER);
    talk.session(SESSION).both(create().signed());
    let session = talk.only_session();
    assert_eq!(session.coverage, [Coverage::NoNegotiate, Coverage::NoSessionSetup]);
    assert_eq!(session.status, SigningStatus::SignedUnverified);
    assert_eq!(session.outcome, Outcome::Established);
    assert_eq!(session.auth.guest, None);
    assert_eq!(session.auth.anonymous, None);
}

#[test]
fn without_the_setup_encryption_is_seen_all_the_same() {
    let mut talk = Conversation::new();
    talk.join(CLIENT, SERVER);
    talk.session(SESSION).client(encrypted()).server(encrypted());
    assert_eq!(talk.only_session().status, SigningStatus::Encrypted);
}

#[test]
fn without_the_final_response_success_is_implied_by_what_follows() {
    let mut talk = new();
    talk.negotiate(ENABLED, REQUIRED, 0x0311)
        .client(setup(&ntlm::negotiate()).session(0))
        .session(SESSION)
        .server(challenged())
        .client(setup(&ntlm::authenticate("alice")))
        .lose()
        .server(welcomed().signed())
        .both(create().signed())
        .both(read().signed());
    let session = talk.only_session();
    assert!(session.coverage.contains(&Coverage::NoFinalSessionSetupResponse));
    assert!(session.coverage.contains(&Coverage::Gap));
    assert_eq!(session.outcome, Outcome::Established);
    assert_eq!(session.auth.guest, None);
    assert_eq!(session.auth.user.as_deref(), Some("alice"));
    // A session with signatures has a key, and so is no guest's.
    assert_eq!(session.expected, Expected::Signed);
    assert_eq!(session.status, SigningStatus::SignedUnverified);
}

#[test]
fn without_the_server_the_clients_flags_count() {
    let mut talk = Conversation::new();
    talk.connect(CLIENT, SERVER);
    talk.hear_only(Side::Client).negotiate(ENABLED, REQUIRED, 0x0311).log_on();
    talk.both(create().signed());
    let session = talk.only_session();
    assert!(session.coverage.contains(&Coverage::FromServerMissing));
    assert_eq!(session.policy.client_requires, Some(false));
    assert_eq!(session.policy.server_requires, None);
    assert_eq!(session.messages.from_client.signed, 1);
    assert_eq!(session.outcome, Outcome::Established);
    assert_eq!(session.status, SigningStatus::SignedUnverified);
}

#[test]
fn without_the_client_the_servers_policy_and_signatures_count() {
    let mut talk = Conversation::new();
    talk.connect(CLIENT, SERVER);
    talk.hear_only(Side::Server).negotiate(ENABLED, REQUIRED, 0x0311).log_on();
    talk.both(create().signed());
    let session = talk.only_session();
    assert!(session.coverage.contains(&Coverage::FromClientMissing));
    assert_eq!(session.policy.client_requires, None);
    assert_eq!(session.policy.server_requires, Some(true));
    assert_eq!(session.expected, Expected::Signed);
    assert_eq!(session.auth.user, None);
    assert_eq!(session.status, SigningStatus::SignedUnverified);
}

#[test]
fn without_the_client_an_unsigned_response_is_not_accepted_by_anyone() {
    let mut talk = Conversation::new();
    talk.connect(CLIENT, SERVER);
    talk.hear_only(Side::Server).negotiate(ENABLED, REQUIRED, 0x0311).log_on();
    talk.both(create().signed()).both(read());
    assert_eq!(talk.only_session().status, SigningStatus::SignedUnverified);
}

#[test]
fn a_gap_in_the_setup_is_told() {
    let mut talk = new();
    talk.negotiate(ENABLED, REQUIRED, 0x0311)
        .client(setup(&ntlm::negotiate()).session(0))
        .session(SESSION)
        .lose()
        .server(challenged())
        .client(setup(&ntlm::authenticate("alice")))
        .server(welcomed().signed())
        .both(create().signed());
    let session = talk.only_session();
    assert!(session.coverage.contains(&Coverage::GapInSetup), "{:?}", session.coverage);
    assert_eq!(session.status, SigningStatus::SignedUnverified);
}

#[test]
fn a_gap_that_swallows_the_first_request_of_the_setup_is_told() {
    let mut talk = new();
    talk.negotiate(ENABLED, REQUIRED, 0x0311)
        .lose()
        .client(setup(&ntlm::negotiate()).session(0))
        .session(SESSION)
        .server(challenged())
        .client(setup(&ntlm::authenticate("alice")))
        .server(welcomed().signed())
        .both(create().signed());
    let session = talk.only_session();
    assert!(session.coverage.contains(&Coverage::GapInSetup), "{:?}", session.coverage);
}

#[test]
fn a_gap_that_swallows_the_last_request_of_the_setup_is_told() {
    let mut talk = new();
    talk.negotiate(ENABLED, REQUIRED, 0x0311)
        .client(setup(&ntlm::negotiate()).session(0))
        .session(SESSION)
        .server(challenged())
        .lose()
        .client(setup(&ntlm::authenticate("alice")))
        .server(welcomed().signed())
        .both(create().signed());
    let session = talk.only_session();
    assert!(session.coverage.contains(&Coverage::GapInSetup), "{:?}", session.coverage);
    assert_eq!(session.outcome, Outcome::Established);
}

#[test]
fn a_gap_that_swallows_a_half_of_the_negotiation_is_told() {
    for is_request in [true, false] {
        let mut talk = new();
        if is_request {
            talk.lose();
        }
        talk.client(negotiate(ENABLED, &[0x0311]));
        if !is_request {
            talk.lose();
        }
        talk.server(negotiated(REQUIRED, 0x0311)).log_on().both(create().signed());
        let session = talk.only_session();
        assert!(session.coverage.contains(&Coverage::GapInSetup), "{:?}", session.coverage);
    }
}

#[test]
fn a_setup_of_which_the_last_answer_was_lost_may_have_been_finished() {
    let mut talk = new();
    talk.negotiate(ENABLED, REQUIRED, 0x0311)
        .client(setup(&ntlm::negotiate()).session(0))
        .session(SESSION)
        .server(challenged())
        .client(setup(&ntlm::authenticate("alice")))
        .lose()
        .server(welcomed().signed())
        .both(echo().session(0));
    let session = talk.only_session();
    assert_eq!(session.status, SigningStatus::Unknown);
    assert!(session.coverage.contains(&Coverage::GapInSetup), "{:?}", session.coverage);
}

#[test]
fn who_logged_on_is_told_though_the_request_is_read_after_its_answer() {
    let mut talk = new();
    talk.negotiate(ENABLED, REQUIRED, 0x0311)
        .client(setup(&ntlm::negotiate()).session(0))
        .session(SESSION)
        .server(challenged())
        .lose()
        .client(echo().session(0))
        .client(setup(&ntlm::authenticate("alice")))
        .server(welcomed().signed())
        .both(create().signed());
    let session = talk.only_session();
    assert_eq!(session.auth.user.as_deref(), Some("alice"));
    assert_eq!(session.status, SigningStatus::SignedUnverified);
}

#[test]
fn a_setup_message_that_was_cut_is_a_gap_in_the_setup() {
    let mut talk = new();
    talk.negotiate(ENABLED, REQUIRED, 0x0311)
        .client(setup(&ntlm::negotiate()).session(0))
        .session(SESSION)
        .server(challenged())
        .cut(96)
        .client(setup(&ntlm::authenticate("alice")))
        .server(welcomed().signed())
        .both(create().signed());
    let session = talk.only_session();
    assert!(session.coverage.contains(&Coverage::GapInSetup));
    assert!(session.coverage.contains(&Coverage::Truncated));
    assert_eq!(session.auth.user, None);
}

#[test]
fn a_gap_after_the_setup_is_told_as_such() {
    let mut talk = must_sign();
    talk.both(create().signed()).lose().client(read().signed()).both(close().signed());
    assert_eq!(talk.only_session().coverage, [Coverage::Gap]);
}

#[test]
fn a_body_that_was_cut_is_told() {
    let mut talk = must_sign();
    talk.cut(70).client(create().signed()).server(create().signed());
    assert_eq!(talk.only_session().coverage, [Coverage::Truncated]);
}

#[test]
fn a_gap_in_one_session_of_a_connection_is_none_in_the_next() {
    let mut talk = must_sign();
    talk.both(create().signed())
        .lose()
        .client(read().signed())
        .both(close().signed())
        .both(crate::conversation::smb2::logoff().signed());
    talk.log_on().both(create().signed());
    let report = talk.report();
    assert_eq!(report.sessions[0].coverage, [Coverage::Gap]);
    assert_eq!(report.sessions[1].coverage, [Coverage::Complete]);
}

#[test]
fn a_capture_that_begins_within_the_setup() {
    let mut talk = Conversation::new();
    talk.join(CLIENT, SERVER);
    talk.session(SESSION)
        .client(setup(&ntlm::authenticate("alice")).id(3))
        .server(welcomed().signed())
        .both(create().signed());
    let session = talk.only_session();
    assert_eq!(session.coverage, [Coverage::NoNegotiate]);
    assert_eq!(session.outcome, Outcome::Established);
    assert_eq!(session.auth.user.as_deref(), Some("alice"));
}
