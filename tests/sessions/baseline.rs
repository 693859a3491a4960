//! Messages that are signed even where signing is not required: they count apart.

use countersign::report::{Expected, SigningStatus};

use crate::conversation::smb2::{
    ENABLED, STATUS_ACCESS_DENIED, create, negotiate_validated, transceive, transceived,
    tree_connect, tree_connected, validate_negotiate,
};
use crate::conversation::{CLIENT, Conversation, SERVER, smb2};
use crate::{from_both, from_client, from_server, may_sign, must_sign};

#[test]
fn the_final_session_setup_response_is_baseline() {
    let session = may_sign().only_session();
    assert_eq!(from_both(&session).baseline_signed, 1);
    assert_eq!(from_both(&session).eligible, 0);
}

#[test]
fn tree_connect_is_baseline_signed_or_not() {
    let mut talk = may_sign();
    talk.client(tree_connect(r"\\fs1\a").signed())
        .server(tree_connected().signed())
        .client(tree_connect(r"\\fs1\b"))
        .server(tree_connected());
    let session = talk.only_session();
    assert_eq!(from_client(&session).baseline_signed, 1);
    assert_eq!(from_client(&session).baseline_unsigned, 1);
    assert_eq!(from_server(&session).baseline_signed, 1 + 1);
    assert_eq!(from_server(&session).baseline_unsigned, 1);
    assert_eq!(from_both(&session).eligible, 0);
    assert_eq!(session.trees, [r"\\fs1\a", r"\\fs1\b"]);
}

#[test]
fn the_check_of_the_negotiation_is_baseline_signed_or_not() {
    let mut talk = may_sign();
    talk.client(validate_negotiate().signed())
        .server(negotiate_validated().signed())
        .client(validate_negotiate())
        .server(negotiate_validated());
    let session = talk.only_session();
    assert_eq!(from_both(&session).baseline_signed, 1 + 2);
    assert_eq!(from_both(&session).baseline_unsigned, 2);
    assert_eq!(from_both(&session).eligible, 0);
}

#[test]
fn an_error_in_answer_to_the_check_of_the_negotiation_is_baseline() {
    let mut talk = may_sign();
    talk.client(validate_negotiate().signed())
        .server(negotiate_validated().status(0xc000_0010).signed());
    let session = talk.only_session();
    assert_eq!(from_server(&session).baseline_signed, 1 + 1);
    assert_eq!(from_both(&session).eligible, 0);
}

#[test]
fn another_ioctl_is_not_baseline() {
    let mut talk = may_sign();
    talk.client(transceive()).server(transceived());
    let session = talk.only_session();
    assert_eq!(from_both(&session).unsigned, 2);
    assert_eq!(from_both(&session).baseline_unsigned, 0);
}

#[test]
fn signed_baseline_messages_do_not_make_a_session_signed() {
    let mut talk = may_sign();
    talk.client(tree_connect(r"\\fs1\data").signed())
        .server(tree_connected().signed())
        .both(create());
    let session = talk.only_session();
    assert_eq!(session.expected, Expected::SetupOnly);
    assert_eq!(session.status, SigningStatus::UnsignedSetupOnly);
}

#[test]
fn a_baseline_message_that_is_left_unsigned_does_not_make_a_session_selective() {
    let mut talk = must_sign();
    talk.client(tree_connect(r"\\fs1\data"))
        .server(tree_connected().status(STATUS_ACCESS_DENIED).signed())
        .both(create().signed());
    assert_eq!(talk.only_session().status, SigningStatus::SignedUnverified);
}

#[test]
fn a_baseline_message_that_is_left_unsigned_and_accepted_is_a_violation_where_signing_is_required()
{
    let mut talk = must_sign();
    talk.client(tree_connect(r"\\fs1\data")).server(tree_connected().signed());
    assert_eq!(talk.only_session().status, SigningStatus::SigningViolated);
}

#[test]
fn the_same_is_none_where_it_is_not() {
    let mut talk = may_sign();
    talk.client(tree_connect(r"\\fs1\data")).server(tree_connected());
    assert_eq!(talk.only_session().status, SigningStatus::BaselineOnly);
}

#[test]
fn an_unsigned_final_session_setup_response_is_no_violation() {
    let mut talk = Conversation::new();
    talk.connect(CLIENT, SERVER);
    talk.negotiate(smb2::REQUIRED, ENABLED, 0x0300)
        .log_on_until("alice", smb2::welcomed())
        .both(create().signed());
    assert_eq!(talk.only_session().status, SigningStatus::SignedUnverified);
}
