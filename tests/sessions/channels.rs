//! One session on several connections: bound by the client, on the server's address or another.

use countersign::report::{Coverage, Outcome, SigningStatus};

use crate::conversation::smb2::{
    ENABLED, REQUIRED, binding, challenged, close, create, negotiated_by,
    negotiated_with_algorithm, welcomed,
};
use crate::conversation::{Conversation, SERVER, SESSION, encrypted, ntlm, smb2};
use crate::{from_both, must_sign};

const OTHER_PORT: &str = "10.0.0.7:49732";
const OTHER_CLIENT: &str = "10.0.1.7:49732";
const OTHER_SERVER: &str = "10.0.1.5:445";

/// The session of a conversation is bound to the connection that was made last.
fn bind(talk: &mut Conversation) {
    talk.session(SESSION)
        .client(binding(&ntlm::negotiate()).signed())
        .server(challenged().signed())
        .client(binding(&ntlm::authenticate("alice")).signed())
        .server(welcomed().signed());
}

#[test]
fn a_binding_adds_a_channel_to_the_session() {
    let mut talk = must_sign();
    talk.both(create().signed());
    talk.connect(OTHER_PORT, SERVER);
    talk.negotiate(ENABLED, REQUIRED, 0x0311);
    bind(&mut talk);
    talk.both(close().signed());
    let session = talk.only_session();
    assert_eq!(session.channels.len(), 2);
    assert_eq!(session.channels[1].client.port, 49732);
    assert_eq!(session.status, SigningStatus::SignedUnverified);
    let mut sum = session.channels[0].messages;
    sum.add(&session.channels[1].messages);
    assert_eq!(sum, session.messages);
}

#[test]
fn the_messages_of_a_binding_are_baseline() {
    let mut talk = must_sign();
    talk.connect(OTHER_PORT, SERVER);
    talk.negotiate(ENABLED, REQUIRED, 0x0311);
    bind(&mut talk);
    let session = talk.only_session();
    assert_eq!(session.channels[1].messages.both().baseline_signed, 4);
    assert_eq!(session.channels[1].messages.both().exempt, 0);
}

#[test]
fn a_binding_at_another_address_of_the_same_server_is_known_by_the_servers_guid() {
    let mut talk = must_sign();
    talk.both(create().signed());
    talk.connect(OTHER_CLIENT, OTHER_SERVER);
    talk.negotiate(ENABLED, REQUIRED, 0x0311);
    bind(&mut talk);
    talk.both(close().signed());
    let session = talk.only_session();
    assert_eq!(session.channels.len(), 2);
    assert_eq!(session.server.address, "10.0.0.5");
    assert_eq!(session.channels[1].server.address, "10.0.1.5");
}

#[test]
fn the_same_number_at_another_server_is_another_session() {
    let mut talk = must_sign();
    talk.connect(OTHER_CLIENT, OTHER_SERVER);
    talk.client(smb2::negotiate(ENABLED, &[0x0311]))
        .server(negotiated_by(REQUIRED, 0x0311, [0x77; 16]))
        .log_on();
    assert_eq!(talk.report().sessions.len(), 2);
}

#[test]
fn the_same_number_at_an_address_of_the_same_server_without_a_binding_is_another_session() {
    let mut talk = must_sign();
    talk.connect(OTHER_CLIENT, OTHER_SERVER);
    talk.negotiate(ENABLED, REQUIRED, 0x0311).log_on();
    assert_eq!(talk.report().sessions.len(), 2);
}

#[test]
fn each_channel_has_its_own_algorithm_and_policy() {
    let mut talk = must_sign();
    talk.connect(OTHER_PORT, SERVER);
    talk.client(smb2::negotiate(ENABLED, &[0x0311])).server(negotiated_with_algorithm(ENABLED, 2));
    bind(&mut talk);
    let session = talk.only_session();
    let algorithms: Vec<_> =
        session.channels.iter().map(|channel| channel.signing_algorithm).collect();
    assert_ne!(algorithms[0], algorithms[1]);
    assert_eq!(session.signing_algorithm, algorithms[0]);
    assert_eq!(session.policy.server_requires, Some(true));
    assert_eq!(session.channels[1].policy.server_requires, Some(false));
}

#[test]
fn a_binding_that_fails_leaves_the_session_as_it_is() {
    let mut talk = must_sign();
    talk.both(create().signed());
    talk.connect(OTHER_PORT, SERVER);
    talk.negotiate(ENABLED, REQUIRED, 0x0311);
    talk.session(SESSION)
        .client(binding(&ntlm::negotiate()).signed())
        .server(welcomed().status(smb2::STATUS_ACCESS_DENIED).signed());
    let session = talk.only_session();
    assert_eq!(session.outcome, Outcome::Established);
    assert_eq!(session.status, SigningStatus::SignedUnverified);
}

#[test]
fn a_capture_that_holds_only_the_bound_connection_says_that_the_first_is_missing() {
    let mut talk = Conversation::new();
    talk.connect(OTHER_PORT, SERVER);
    talk.negotiate(ENABLED, REQUIRED, 0x0311);
    bind(&mut talk);
    talk.both(create().signed());
    let session = talk.only_session();
    assert_eq!(session.coverage, [Coverage::NoFirstChannel]);
    assert_eq!(session.status, SigningStatus::SignedUnverified);
}

#[test]
fn transforms_of_every_channel_count_for_the_session() {
    let mut talk = must_sign();
    talk.client(encrypted());
    talk.connect(OTHER_PORT, SERVER);
    talk.negotiate(ENABLED, REQUIRED, 0x0311);
    bind(&mut talk);
    talk.client(encrypted()).server(encrypted());
    let session = talk.only_session();
    assert_eq!(from_both(&session).encrypted, 3);
    assert_eq!(session.status, SigningStatus::Encrypted);
}

#[test]
fn an_unsigned_message_on_any_channel_is_a_violation() {
    let mut talk = must_sign();
    let first = talk.connect(OTHER_PORT, SERVER);
    talk.negotiate(ENABLED, REQUIRED, 0x0311);
    bind(&mut talk);
    talk.on(first).both(create());
    assert_eq!(talk.only_session().status, SigningStatus::SigningViolated);
}

#[test]
fn logoff_ends_the_session_on_every_channel() {
    let mut talk = must_sign();
    let second = talk.connect(OTHER_PORT, SERVER);
    talk.negotiate(ENABLED, REQUIRED, 0x0311);
    bind(&mut talk);
    talk.both(smb2::logoff().signed());
    let before = from_both(&talk.only_session()).exempt;
    talk.on(second).client(create());
    assert_eq!(from_both(&talk.only_session()).exempt, before + 1);
}
