//! Several sessions on one connection, several authentications of one session, and compounds.

use countersign::report::{Outcome, SigningStatus};

use crate::conversation::smb2::{
    ENABLED, GUEST, REQUIRED, challenged, close, create, logoff, read, setup, welcomed, welcomed_as,
};
use crate::conversation::{CLIENT, Conversation, Frame, SERVER, SESSION, ntlm};
use crate::{from_both, from_client, from_server, may_sign, must_sign};

const SECOND: u64 = 0x0000_4000_0000_000d;

/// A further user logs on and gets the session [`SECOND`].
fn log_on_second(talk: &mut Conversation, user: &str) {
    talk.session(SECOND)
        .client(setup(&ntlm::negotiate()).session(0))
        .server(challenged())
        .client(setup(&ntlm::authenticate(user)))
        .server(welcomed().signed());
}

#[test]
fn two_users_of_one_connection_have_a_session_each() {
    let mut talk = must_sign();
    log_on_second(&mut talk, "bob");
    talk.both(create().signed()).session(SESSION).both(create());
    let report = talk.report();
    let told: Vec<_> = report
        .sessions
        .iter()
        .map(|session| (session.auth.user.clone().unwrap(), session.status))
        .collect();
    assert_eq!(
        told,
        [
            ("alice".to_owned(), SigningStatus::SigningViolated),
            ("bob".to_owned(), SigningStatus::SignedUnverified),
        ]
    );
}

#[test]
fn a_signed_and_a_guests_session_of_one_connection_do_not_mix() {
    let mut talk = must_sign();
    talk.both(create().signed());
    talk.session(SECOND)
        .client(setup(&ntlm::negotiate()).session(0))
        .server(challenged())
        .client(setup(&ntlm::authenticate("nobody")))
        .server(welcomed_as(GUEST))
        .both(create());
    let statuses: Vec<_> = talk.report().sessions.iter().map(|session| session.status).collect();
    assert_eq!(statuses, [SigningStatus::SignedUnverified, SigningStatus::UnsignedGuest]);
}

#[test]
fn a_reauthentication_is_no_new_session() {
    let mut talk = must_sign();
    talk.both(create().signed())
        .client(setup(&ntlm::negotiate()).signed())
        .server(challenged().signed())
        .client(setup(&ntlm::authenticate("alice")).signed())
        .server(welcomed().signed())
        .both(close().signed());
    let session = talk.only_session();
    assert_eq!(from_both(&session).baseline_signed, 1 + 4);
    assert_eq!(from_both(&session).signed, 4);
    assert_eq!(session.status, SigningStatus::SignedUnverified);
}

#[test]
fn a_reauthentication_that_fails_leaves_the_session_established() {
    let mut talk = must_sign();
    talk.both(create().signed())
        .client(setup(&ntlm::negotiate()))
        .server(challenged())
        .client(setup(&ntlm::authenticate("mallory")))
        .server(welcomed().status(0xc000_006d));
    let session = talk.only_session();
    assert_eq!(session.outcome, Outcome::Established);
    assert_eq!(session.auth.user.as_deref(), Some("alice"));
}

#[test]
fn a_number_that_the_server_gives_again_is_a_new_session() {
    let mut talk = must_sign();
    talk.both(create().signed()).both(logoff().signed()).log_on().both(create().signed());
    let report = talk.report();
    assert_eq!(report.sessions.len(), 2);
    for session in &report.sessions {
        assert_eq!(session.status, SigningStatus::SignedUnverified);
    }
    assert_eq!(from_both(&report.sessions[0]).signed, 4);
    assert_eq!(from_both(&report.sessions[1]).signed, 2);
}

#[test]
fn a_number_that_the_server_gives_again_on_another_connection_is_a_new_session() {
    let mut talk = must_sign();
    talk.both(create().signed());
    talk.connect("10.0.0.7:50000", SERVER);
    talk.negotiate(ENABLED, REQUIRED, 0x0311).log_on().both(create().signed());
    assert_eq!(talk.report().sessions.len(), 2);
}

#[test]
fn a_number_that_was_seen_before_its_setup_is_a_new_session() {
    let mut talk = Conversation::new();
    talk.join(CLIENT, SERVER);
    talk.session(SESSION);
    for _ in 0..8 {
        talk.both(create());
    }
    talk.connect("10.0.0.7:50000", SERVER);
    talk.negotiate(ENABLED, REQUIRED, 0x0311).log_on().both(create().signed());
    let statuses: Vec<_> = talk.report().sessions.iter().map(|session| session.status).collect();
    assert_eq!(statuses, [SigningStatus::Unsigned, SigningStatus::SignedUnverified]);
}

#[test]
fn requests_that_are_captured_before_the_answers_they_follow_join_one_session() {
    let mut talk = Conversation::new();
    talk.connect(CLIENT, SERVER);
    talk.negotiate(ENABLED, REQUIRED, 0x0311);
    // The capture delivers the client's second request before the server's first answer.
    talk.client(setup(&ntlm::negotiate()).session(0).id(1))
        .session(SESSION)
        .server(challenged().id(1))
        .client(setup(&ntlm::authenticate("alice")).id(2))
        .swap()
        .server(welcomed().signed().id(2))
        .both(create().signed());
    let session = talk.only_session();
    assert_eq!(session.outcome, Outcome::Established);
    assert_eq!(session.auth.user.as_deref(), Some("alice"));
    assert_eq!(from_both(&session).exempt, 2);
}

#[test]
fn the_first_answer_may_be_captured_before_the_first_request() {
    let mut talk = Conversation::new();
    talk.connect(CLIENT, SERVER);
    talk.negotiate(ENABLED, REQUIRED, 0x0311);
    talk.client(setup(&ntlm::negotiate()).session(0))
        .session(SESSION)
        .server(challenged())
        .swap()
        .client(setup(&ntlm::authenticate("alice")))
        .server(welcomed().signed())
        .both(create().signed());
    let session = talk.only_session();
    assert_eq!(session.policy.client_requires, Some(false));
    assert_eq!(session.status, SigningStatus::SignedUnverified);
}

#[test]
fn related_elements_of_a_compound_belong_to_the_session_before_them() {
    let mut talk = must_sign();
    talk.client([create().signed(), read().related().signed(), close().related().signed()])
        .server([create().signed(), read().signed(), close().signed()]);
    let session = talk.only_session();
    assert_eq!(from_client(&session).signed, 3);
    assert_eq!(from_server(&session).signed, 3);
    assert_eq!(session.status, SigningStatus::SignedUnverified);
}

#[test]
fn an_unsigned_element_of_a_compound_counts_by_itself() {
    let mut talk = must_sign();
    talk.client([create().signed(), read().related(), close().related().signed()]).server([
        create().signed(),
        read().signed(),
        close().signed(),
    ]);
    let session = talk.only_session();
    assert_eq!(from_client(&session).unsigned, 1);
    assert_eq!(session.status, SigningStatus::SigningViolated);
}

#[test]
fn related_elements_of_another_session_do_not_count_for_the_last_one() {
    let mut talk = may_sign();
    log_on_second(&mut talk, "bob");
    talk.client([create().session(SESSION), close().related()])
        .client([create().session(SECOND).signed(), close().related().signed()]);
    let report = talk.report();
    assert_eq!(from_client(&report.sessions[0]).unsigned, 2);
    assert_eq!(from_client(&report.sessions[1]).signed, 2);
}

#[test]
fn unrelated_elements_of_a_compound_may_belong_to_different_sessions() {
    let mut talk = may_sign();
    log_on_second(&mut talk, "bob");
    talk.client([create().session(SESSION), create().session(SECOND).signed()]);
    let report = talk.report();
    assert_eq!(from_client(&report.sessions[0]).unsigned, 1);
    assert_eq!(from_client(&report.sessions[1]).signed, 1);
}

#[test]
fn all_ones_at_the_start_of_a_frame_stand_for_no_session() {
    let mut talk = must_sign();
    let before = from_both(&talk.only_session()).total;
    talk.client(create().related());
    assert_eq!(from_both(&talk.only_session()).total, before);
}

#[test]
fn a_transform_belongs_to_the_session_it_names() {
    let mut talk = may_sign();
    log_on_second(&mut talk, "bob");
    talk.both(create().signed()).client(Frame::Transform(Some(SESSION)));
    let report = talk.report();
    assert_eq!(report.sessions[0].status, SigningStatus::Encrypted);
    assert_eq!(report.sessions[1].status, SigningStatus::SignedUnverified);
}

#[test]
fn messages_are_in_the_packets_that_complete_them() {
    let mut talk = must_sign();
    talk.both(create().signed());
    let last = talk.packet();
    let session = talk.only_session();
    // Two packets of the handshake and two of NEGOTIATE come first.
    assert_eq!(session.first_packet, 5);
    assert_eq!(session.last_packet, last);
    let signed = session.evidence.iter().find(|item| item.value == "signed").unwrap();
    assert_eq!(signed.packet, last - 1);
}
