//! SMB1: a row for each user, signatures that the header's flags say nothing about.

use countersign::report::{
    Coverage, Dialect, Expected, Mechanism, Outcome, Protocol, SigningAlgorithm, SigningStatus,
};

use crate::conversation::smb1::{
    DISABLED, ENABLED, REQUIRED, REQUIRES_SIGNING, STATUS_ACCESS_DENIED, STATUS_LOGON_FAILURE,
    WANTS_SIGNING, challenged, echo, locking, logoff, negotiate,
    negotiated_without_extended_security, open, setup, setup_without_extended_security,
    tree_connect, tree_connected, welcomed, welcomed_as_guest,
};
use crate::conversation::{CLIENT, Conversation, SERVER, ntlm};
use crate::{from_both, from_client, from_server};

const ALICE: u16 = 0x0801;
const BOB: u16 = 0x0802;

fn with_server(security_mode: u8) -> Conversation {
    let mut talk = Conversation::new();
    talk.connect(CLIENT, SERVER);
    talk.negotiate_smb1(security_mode);
    talk
}

#[test]
fn a_signed_session() {
    let mut talk = with_server(REQUIRED);
    talk.log_on_smb1(ALICE, WANTS_SIGNING).client(open().signed()).server(open().signed());
    let session = talk.only_session();
    assert_eq!(session.protocol, Protocol::Smb1);
    assert_eq!(session.session_id, None);
    assert_eq!(session.dialect, Some(Dialect::Smb1));
    assert_eq!(session.signing_algorithm, Some(SigningAlgorithm::Md5));
    assert_eq!(session.policy.server_requires, Some(true));
    assert_eq!(session.policy.client_requires, Some(false));
    assert_eq!(session.expected, Expected::Signed);
    assert_eq!(session.status, SigningStatus::SignedUnverified);
    assert_eq!(session.auth.user.as_deref(), Some("alice"));
    assert_eq!(session.coverage, [Coverage::Complete]);
}

#[test]
fn negotiate_and_setup_are_the_setup_and_tree_connect_is_eligible() {
    let mut talk = with_server(REQUIRED);
    talk.log_on_smb1(ALICE, WANTS_SIGNING)
        .client(tree_connect(r"\\FS1\DATA").signed())
        .server(tree_connected().signed());
    let session = talk.only_session();
    assert_eq!(from_client(&session).exempt, 1 + 2);
    assert_eq!(from_server(&session).exempt, 1 + 1);
    assert_eq!(from_server(&session).baseline_signed, 1);
    assert_eq!(from_both(&session).signed, 2);
    assert_eq!(session.trees, [r"\\FS1\DATA"]);
}

#[test]
fn the_placeholder_and_zeros_are_no_signature_and_never_zero_signature() {
    let mut talk = with_server(DISABLED);
    talk.log_on_smb1(ALICE, 0).client(open().with_placeholder()).server(open());
    let session = talk.only_session();
    assert_eq!(from_both(&session).unsigned, 2);
    assert_eq!(from_both(&session).zero_signature, 0);
}

#[test]
fn flags2_decides_nothing() {
    let mut talk = with_server(ENABLED);
    talk.log_on_smb1(ALICE, WANTS_SIGNING)
        .client(open().flags2(WANTS_SIGNING))
        .server(open().signed());
    let session = talk.only_session();
    assert_eq!(from_client(&session).unsigned, 1);
    assert_eq!(from_server(&session).signed, 1);
    assert_eq!(session.status, SigningStatus::Selective);
}

#[test]
fn what_is_expected_of_the_settings_of_both_sides() {
    for (server, flags2, expected) in [
        (DISABLED, 0, Expected::Unsigned),
        (DISABLED, WANTS_SIGNING, Expected::Unsigned),
        (DISABLED, WANTS_SIGNING | REQUIRES_SIGNING, Expected::Signed),
        (ENABLED, 0, Expected::Unsigned),
        (ENABLED, WANTS_SIGNING, Expected::Signed),
        (ENABLED, REQUIRES_SIGNING, Expected::Signed),
        (REQUIRED, 0, Expected::Signed),
        (REQUIRED, WANTS_SIGNING, Expected::Signed),
    ] {
        let mut talk = with_server(server);
        talk.log_on_smb1(ALICE, flags2);
        let session = talk.only_session();
        assert_eq!(session.expected, expected, "{server:#x} {flags2:#x}");
        let requires = flags2 & REQUIRES_SIGNING != 0;
        assert_eq!(session.policy.client_requires, Some(requires));
    }
}

#[test]
fn an_unsigned_request_that_is_accepted_where_signing_is_required() {
    let mut talk = with_server(REQUIRED);
    talk.log_on_smb1(ALICE, WANTS_SIGNING)
        .client(open().signed())
        .server(open().signed())
        .client(open())
        .server(open().signed());
    assert_eq!(talk.only_session().status, SigningStatus::SigningViolated);
}

#[test]
fn an_unsigned_request_that_is_refused() {
    let mut talk = with_server(REQUIRED);
    talk.log_on_smb1(ALICE, WANTS_SIGNING)
        .client(open().signed())
        .server(open().signed())
        .client(open())
        .server(open().status(STATUS_ACCESS_DENIED).signed());
    assert_eq!(talk.only_session().status, SigningStatus::SignedUnverified);
}

#[test]
fn a_warning_accepts_a_request_only_where_it_answers_it() {
    use crate::conversation::smb2::{STATUS_BUFFER_OVERFLOW, STATUS_STOPPED_ON_SYMLINK};
    for (status, expected) in [
        (STATUS_BUFFER_OVERFLOW, SigningStatus::SigningViolated),
        (STATUS_STOPPED_ON_SYMLINK, SigningStatus::SignedUnverified),
    ] {
        let mut talk = with_server(REQUIRED);
        talk.log_on_smb1(ALICE, WANTS_SIGNING)
            .client(open())
            .server(open().status(status).signed());
        assert_eq!(talk.only_session().status, expected, "{status:#x}");
    }
}

#[test]
fn without_extended_security_a_session_may_run_unsigned_where_signing_is_required() {
    let mut talk = Conversation::new();
    talk.connect(CLIENT, SERVER);
    talk.client(negotiate(&["NT LM 0.12"]))
        .server(negotiated_without_extended_security(REQUIRED))
        .client(setup_without_extended_security("alice"))
        .user(ALICE)
        .server(welcomed())
        .client(open())
        .server(open());
    let session = talk.only_session();
    assert_eq!(session.expected, Expected::Signed);
    assert_eq!(session.status, SigningStatus::Unsigned);
    assert_eq!(session.auth.mechanism, Some(Mechanism::Ntlm));
    assert_eq!(session.auth.user.as_deref(), Some("alice"));
}

#[test]
fn a_guest() {
    let mut talk = with_server(REQUIRED);
    talk.client(setup(&ntlm::negotiate()))
        .user(ALICE)
        .server(challenged())
        .client(setup(&ntlm::authenticate("alice")))
        .server(welcomed_as_guest())
        .client(open())
        .server(open());
    let session = talk.only_session();
    assert_eq!(session.status, SigningStatus::UnsignedGuest);
    assert_eq!(session.expected, Expected::Unsigned);
}

#[test]
fn each_user_of_a_connection_has_a_row() {
    let mut talk = with_server(REQUIRED);
    talk.log_on_smb1(ALICE, WANTS_SIGNING)
        .client(open().signed())
        .server(open().signed())
        .log_on_smb1(BOB, WANTS_SIGNING)
        .client(open().signed())
        .server(open().signed())
        .client(open().signed().uid(ALICE))
        .server(open().signed().uid(ALICE));
    let report = talk.report();
    assert_eq!(report.sessions.len(), 2);
    assert_eq!(from_both(&report.sessions[0]).signed, 4);
    assert_eq!(from_both(&report.sessions[1]).signed, 2);
    // NEGOTIATE counts in the first row.
    assert_eq!(from_both(&report.sessions[0]).exempt, 2 + 3);
    assert_eq!(from_both(&report.sessions[1]).exempt, 3);
}

#[test]
fn a_failed_setup_is_a_row_of_its_own() {
    let mut talk = with_server(REQUIRED);
    talk.client(setup(&ntlm::negotiate()))
        .user(ALICE)
        .server(challenged())
        .client(setup(&ntlm::authenticate("mallory")))
        .server(welcomed().status(STATUS_LOGON_FAILURE))
        .log_on_smb1(BOB, WANTS_SIGNING)
        .client(open().signed())
        .server(open().signed());
    let told: Vec<_> = talk
        .report()
        .sessions
        .iter()
        .map(|session| (session.outcome, session.status, session.auth.user.clone().unwrap()))
        .collect();
    assert_eq!(
        told,
        [
            (Outcome::Failed, SigningStatus::NoSession, "mallory".to_owned()),
            (Outcome::Established, SigningStatus::SignedUnverified, "alice".to_owned()),
        ]
    );
}

#[test]
fn traffic_whose_setup_was_not_captured_is_a_row_of_unknown_outcome() {
    let mut talk = Conversation::new();
    talk.join(CLIENT, SERVER);
    talk.user(ALICE).client(open()).server(open()).client(open().uid(BOB)).server(open().uid(BOB));
    let session = talk.only_session();
    assert_eq!(session.outcome, Outcome::Unknown);
    assert_eq!(session.status, SigningStatus::Unsigned);
    assert_eq!(from_both(&session).unsigned, 4);
    assert_eq!(session.coverage, [Coverage::NoNegotiate, Coverage::NoSessionSetup]);
}

#[test]
fn a_connection_that_ends_with_negotiate_gives_no_session() {
    let talk = with_server(REQUIRED);
    assert!(talk.report().sessions.is_empty());
}

#[test]
fn an_echo_before_anybody_logs_on_gives_no_session() {
    let mut talk = with_server(REQUIRED);
    talk.client(echo()).server(echo()).log_on_smb1(ALICE, WANTS_SIGNING);
    let session = talk.only_session();
    assert_eq!(session.outcome, Outcome::Established);
}

#[test]
fn the_break_of_an_oplock_is_exempt_and_the_clients_lock_is_not() {
    let mut talk = with_server(REQUIRED);
    talk.log_on_smb1(ALICE, WANTS_SIGNING)
        .client(open().signed())
        .server(open().signed())
        .server(locking().unsolicited());
    let before = talk.only_session();
    assert_eq!(from_server(&before).exempt, 1 + 1 + 1);
    assert_eq!(before.status, SigningStatus::SignedUnverified);
    talk.client(locking()).server(locking().signed());
    let after = talk.only_session();
    assert_eq!(from_client(&after).unsigned, 1);
    assert_eq!(after.status, SigningStatus::SigningViolated);
}

#[test]
fn what_comes_after_the_logoff_response_is_exempt() {
    let mut talk = with_server(REQUIRED);
    talk.log_on_smb1(ALICE, WANTS_SIGNING)
        .client(logoff().signed())
        .server(logoff().signed())
        .client(open());
    let session = talk.only_session();
    assert_eq!(from_both(&session).signed, 2);
    assert_eq!(from_client(&session).exempt, 1 + 2 + 1);
}

#[test]
fn a_number_that_the_server_gives_again_is_a_new_row() {
    let mut talk = with_server(REQUIRED);
    talk.log_on_smb1(ALICE, WANTS_SIGNING)
        .client(open().signed())
        .server(open().signed())
        .client(logoff().signed())
        .server(logoff().signed())
        .log_on_smb1(ALICE, WANTS_SIGNING)
        .client(open().signed())
        .server(open().signed());
    let report = talk.report();
    assert_eq!(report.sessions.len(), 2);
    assert_eq!(from_both(&report.sessions[1]).signed, 2);
}

#[test]
fn a_setup_that_is_never_finished_is_no_session() {
    let mut talk = with_server(ENABLED);
    talk.client(setup(&ntlm::negotiate()))
        .user(ALICE)
        .server(challenged())
        .client(setup(&ntlm::authenticate("alice")));
    let session = talk.only_session();
    assert_eq!(session.status, SigningStatus::NoSession);
    assert_eq!(session.outcome, Outcome::Unknown);
}

#[test]
fn a_connection_that_began_in_smb1_and_goes_on_in_smb2_is_one_of_smb2() {
    use crate::conversation::smb2;
    let mut talk = Conversation::new();
    talk.connect(CLIENT, SERVER);
    talk.client(negotiate(&["NT LM 0.12", "SMB 2.???"]))
        .server(smb2::negotiated(3, 0x02ff).id(0))
        .negotiate(1, 3, 0x0311)
        .log_on()
        .both(smb2::create().signed());
    assert_eq!(talk.only_session().protocol, Protocol::Smb2);
}
