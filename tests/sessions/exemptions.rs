//! Messages that may stand unsigned in a signed session, each with one that is nearly so.

use countersign::report::SigningStatus;

use crate::conversation::smb2::{
    STATUS_FILE_CLOSED, STATUS_INVALID_PARAMETER, STATUS_NETWORK_NAME_DELETED,
    STATUS_OBJECT_NAME_NOT_FOUND, STATUS_USER_SESSION_DELETED, cancel, change_notify, close,
    create, echo, logoff, oplock_break, read, tree_connect, tree_connected, write,
};
use crate::conversation::{SESSION, encrypted, ntlm, smb2};
use crate::{from_both, from_client, from_server, must_sign};

/// The messages of a logon in a session that was just set up: two requests and the first answer
/// unsigned, the last answer signed. The first request carries no SessionId, and counts nowhere.
const EXEMPT_OF_LOGON: u64 = 2;
const BASELINE_OF_LOGON: u64 = 1;

#[test]
fn e1_negotiate_counts_in_no_session() {
    let session = must_sign().only_session();
    assert_eq!(from_both(&session).total, EXEMPT_OF_LOGON + BASELINE_OF_LOGON);
}

#[test]
fn e2_an_unsigned_session_setup_message_is_exempt() {
    let session = must_sign().only_session();
    assert_eq!(from_client(&session).exempt, 1);
    assert_eq!(from_server(&session).exempt, 1);
}

#[test]
fn e2_an_unsigned_reauthentication_in_a_signed_session_is_exempt() {
    let mut talk = must_sign();
    talk.both(create().signed())
        .client(smb2::setup(&ntlm::negotiate()))
        .server(smb2::challenged())
        .client(smb2::setup(&ntlm::authenticate("alice")))
        .server(smb2::welcomed())
        .both(close().signed());
    let session = talk.only_session();
    assert_eq!(from_both(&session).exempt, EXEMPT_OF_LOGON + 4);
    assert_eq!(session.status, SigningStatus::SignedUnverified);
}

#[test]
fn e2_a_signed_session_setup_message_is_baseline() {
    let session = must_sign().only_session();
    assert_eq!(from_server(&session).baseline_signed, 1);
    assert_eq!(from_both(&session).baseline_unsigned, 0);
}

#[test]
fn e3_an_interim_response_is_exempt_with_the_requests_signature_in_place() {
    let mut talk = must_sign();
    talk.client(change_notify().signed())
        .server(change_notify().unsigned_as_asked().pending())
        .server(change_notify().signed());
    let session = talk.only_session();
    assert_eq!(from_server(&session).exempt, 1 + 1);
    assert_eq!(from_server(&session).signed, 1);
    assert_eq!(session.status, SigningStatus::SignedUnverified);
}

#[test]
fn e3_the_final_response_to_the_same_request_is_not_exempt() {
    let mut talk = must_sign();
    talk.client(change_notify().signed())
        .server(change_notify().pending())
        .server(change_notify())
        .both(close().signed());
    let session = talk.only_session();
    assert_eq!(from_server(&session).unsigned, 1);
    assert_eq!(session.status, SigningStatus::SigningViolated);
}

#[test]
fn e3_an_interim_response_that_is_marked_as_signed_has_no_signature_to_check() {
    let mut talk = must_sign();
    talk.client(change_notify().signed())
        .server(change_notify().signed_as_asked().pending())
        .server(change_notify().signed());
    let session = talk.only_session();
    assert_eq!(from_server(&session).exempt, 1 + 1);
    assert_eq!(from_server(&session).unchecked, 1 + 1);
}

#[test]
fn e4_a_break_that_the_server_tells_of_its_own_accord_is_exempt() {
    let mut talk = must_sign();
    talk.both(create().signed()).server(oplock_break().unsolicited());
    let session = talk.only_session();
    assert_eq!(from_server(&session).exempt, 1 + 1);
    assert_eq!(session.status, SigningStatus::SignedUnverified);
}

#[test]
fn e4_the_clients_acknowledgment_of_a_break_is_not_exempt() {
    let mut talk = must_sign();
    talk.both(create().signed())
        .server(oplock_break().unsolicited())
        .client(oplock_break())
        .server(oplock_break().signed());
    let session = talk.only_session();
    assert_eq!(from_client(&session).unsigned, 1);
    assert_eq!(session.status, SigningStatus::SigningViolated);
}

#[test]
fn e4_a_break_without_a_session_counts_nowhere() {
    let mut talk = must_sign();
    let before = from_both(&talk.only_session()).total;
    talk.server(oplock_break().unsolicited().session(0));
    assert_eq!(from_both(&talk.only_session()).total, before);
}

#[test]
fn e5_a_message_without_a_session_counts_nowhere() {
    let mut talk = must_sign();
    let before = from_both(&talk.only_session()).total;
    talk.both(echo().session(0));
    assert_eq!(from_both(&talk.only_session()).total, before);
}

#[test]
fn e5_an_unsigned_echo_of_the_session_is_not_exempt() {
    let mut talk = must_sign();
    talk.both(echo());
    assert_eq!(from_both(&talk.only_session()).unsigned, 2);
}

#[test]
fn e6_the_answer_for_a_deleted_session_is_exempt_unsigned_or_with_the_requests_signature() {
    let mut talk = must_sign();
    let deleted = create().status(STATUS_USER_SESSION_DELETED);
    talk.client(create().signed())
        .server(deleted.clone())
        .client(create().signed())
        .server(deleted.clone().signed_as_asked());
    let session = talk.only_session();
    assert_eq!(from_server(&session).exempt, 1 + 2);
    assert_eq!(from_server(&session).signed, 0);
    assert_eq!(from_server(&session).unchecked, BASELINE_OF_LOGON);
    assert_eq!(session.status, SigningStatus::SignedUnverified);
}

#[test]
fn e6_the_answer_for_a_deleted_session_with_a_signature_of_its_own_is_signed() {
    let mut talk = must_sign();
    talk.client(create().signed()).server(create().status(STATUS_USER_SESSION_DELETED).signed());
    let session = talk.only_session();
    assert_eq!(from_server(&session).exempt, 1);
    assert_eq!(from_server(&session).signed, 1);
}

#[test]
fn e7_three_errors_are_exempt_unsigned_or_with_the_requests_signature() {
    for status in [STATUS_NETWORK_NAME_DELETED, STATUS_FILE_CLOSED, STATUS_INVALID_PARAMETER] {
        let mut talk = must_sign();
        talk.client(read().signed())
            .server(read().status(status))
            .client(read().signed())
            .server(read().status(status).signed_as_asked())
            .both(close().signed());
        let session = talk.only_session();
        assert_eq!(from_server(&session).exempt, 1 + 2, "{status:#x}");
        assert_eq!(from_server(&session).signed, 1, "{status:#x}");
        assert_eq!(session.status, SigningStatus::SignedUnverified, "{status:#x}");
    }
}

#[test]
fn e7_another_error_is_not_exempt() {
    let mut talk = must_sign();
    talk.client(create().signed())
        .server(create().status(STATUS_OBJECT_NAME_NOT_FOUND))
        .both(close().signed());
    let session = talk.only_session();
    assert_eq!(from_server(&session).unsigned, 1);
    assert_eq!(session.status, SigningStatus::SigningViolated);
}

#[test]
fn e7_another_answer_with_the_requests_signature_counts_as_signed() {
    let mut talk = must_sign();
    talk.client(create().signed())
        .server(create().status(STATUS_OBJECT_NAME_NOT_FOUND).signed_as_asked());
    let session = talk.only_session();
    assert_eq!(from_server(&session).signed, 1);
    assert_eq!(from_server(&session).unchecked, BASELINE_OF_LOGON + 1);
}

#[test]
fn e7_zeros_that_are_marked_as_a_signature_are_not_exempt() {
    let mut talk = must_sign();
    talk.client(read().signed()).server(read().status(STATUS_FILE_CLOSED).signed_with_zeros());
    assert_eq!(from_server(&talk.only_session()).zero_signature, 1);
}

#[test]
fn e8_cancel_counts_by_its_header_and_leaves_the_request_that_it_cancels_open() {
    let mut talk = must_sign();
    talk.client(change_notify().signed().id(20))
        .server(change_notify().pending())
        .client(cancel().signed().id(20))
        .server(change_notify().status(0xc000_0120).signed());
    let session = talk.only_session();
    assert_eq!(from_client(&session).signed, 2);
    assert_eq!(from_server(&session).signed, 1);
    assert_eq!(session.status, SigningStatus::SignedUnverified);
}

#[test]
fn e8_an_unsigned_cancel_is_never_answered_and_so_breaks_nothing() {
    let mut talk = must_sign();
    talk.client(change_notify().signed().id(20))
        .client(cancel().id(20))
        .server(change_notify().status(0xc000_0120).signed());
    let session = talk.only_session();
    assert_eq!(from_client(&session).unsigned, 1);
    assert_eq!(session.status, SigningStatus::SignedUnverified);
}

#[test]
fn e9_a_message_inside_a_transform_needs_no_signature() {
    let mut talk = must_sign();
    talk.client(encrypted()).server(encrypted());
    let session = talk.only_session();
    assert_eq!(from_both(&session).encrypted, 2);
    assert_eq!(from_both(&session).undecrypted, 2);
    assert_eq!(session.status, SigningStatus::Encrypted);
}

#[test]
fn e10_what_comes_after_the_logoff_response_is_exempt() {
    let mut talk = must_sign();
    talk.both(create().signed())
        .both(logoff().signed())
        .client(close())
        .server(close().status(STATUS_USER_SESSION_DELETED))
        .client(create());
    let session = talk.only_session();
    assert_eq!(from_client(&session).exempt, 1 + 2);
    assert_eq!(from_client(&session).unsigned, 0);
    assert_eq!(session.status, SigningStatus::SignedUnverified);
}

#[test]
fn e10_the_logoff_and_what_comes_before_its_answer_are_not_exempt() {
    let mut talk = must_sign();
    talk.client(logoff()).client(close()).server(logoff());
    let session = talk.only_session();
    assert_eq!(from_client(&session).unsigned, 2);
    assert_eq!(from_server(&session).unsigned, 1);
    assert_eq!(session.status, SigningStatus::SigningViolated);
}

#[test]
fn e10_a_refused_logoff_ends_nothing() {
    let mut talk = must_sign();
    talk.client(logoff().signed())
        .server(logoff().status(STATUS_OBJECT_NAME_NOT_FOUND).signed())
        .both(create());
    assert_eq!(from_both(&talk.only_session()).unsigned, 2);
}

#[test]
fn e10_what_was_sent_before_the_logoff_response_is_not_exempt_though_it_is_read_later() {
    let mut talk = must_sign();
    talk.both(create().signed())
        .lose()
        .client(read().signed())
        .client(close().signed())
        .both(logoff().signed());
    let session = talk.only_session();
    assert_eq!(from_client(&session).signed, 3);
    assert_eq!(from_client(&session).exempt, 1);
}

#[test]
fn e11_a_header_that_was_cut_is_unreadable_and_decides_nothing() {
    let mut talk = must_sign();
    talk.both(create().signed()).cut(44).client(write());
    let session = talk.only_session();
    assert_eq!(from_client(&session).unreadable, 1);
    assert_eq!(from_client(&session).unsigned, 0);
    assert_ne!(session.status, SigningStatus::SigningViolated);
}

#[test]
fn e11_a_header_that_was_cut_within_its_signature_still_says_whether_it_is_signed() {
    let mut talk = must_sign();
    talk.cut(58).client(create().signed()).cut(58).server(create());
    let session = talk.only_session();
    assert_eq!(from_client(&session).signed, 1);
    assert_eq!(from_server(&session).unsigned, 1);
}

#[test]
fn e11_zeros_that_a_cut_leaves_of_a_signature_are_unreadable() {
    let mut talk = must_sign();
    talk.cut(58).client(create().signed_with_zeros()).cut(48).server(create().signed());
    let session = talk.only_session();
    assert_eq!(from_both(&session).unreadable, 2);
    assert_eq!(from_both(&session).zero_signature, 0);
}

#[test]
fn e11_a_body_that_was_cut_moves_nothing() {
    let mut talk = must_sign();
    talk.cut(64).client(write().signed()).cut(80).server(write().signed());
    let session = talk.only_session();
    assert_eq!(from_both(&session).signed, 2);
    assert_eq!(from_both(&session).unreadable, 0);
    assert_eq!(session.status, SigningStatus::SignedUnverified);
}

#[test]
fn e11_a_message_that_was_lost_is_not_counted() {
    let mut talk = must_sign();
    talk.both(create().signed()).lose().client(write()).both(close().signed());
    let session = talk.only_session();
    assert_eq!(from_client(&session).signed, 2);
    assert_eq!(from_client(&session).unreadable, 0);
    assert_eq!(session.status, SigningStatus::SignedUnverified);
}

#[test]
fn a_message_after_tree_disconnect_is_not_exempt() {
    let mut talk = must_sign();
    talk.client(tree_connect(r"\\fs1\data").signed())
        .server(tree_connected().signed())
        .both(smb2::tree_disconnect().signed())
        .client(read())
        .server(read().status(STATUS_NETWORK_NAME_DELETED));
    let session = talk.only_session();
    assert_eq!(from_client(&session).unsigned, 1);
    assert_eq!(from_server(&session).exempt, 1 + 1);
}

#[test]
fn a_transform_of_the_session_is_encrypted_even_after_logoff() {
    let mut talk = must_sign();
    talk.both(logoff().signed()).client(crate::conversation::Frame::Transform(Some(SESSION)));
    assert_eq!(from_client(&talk.only_session()).encrypted, 1);
}
