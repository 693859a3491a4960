//! The status of a session, by the first rule that fits.

use countersign::report::{Coverage, Expected, Outcome, SigningStatus};

use crate::conversation::smb2::{
    ENABLED, ENCRYPT_DATA, GUEST, NULL, REQUIRED, STATUS_ACCESS_DENIED, STATUS_BUFFER_OVERFLOW,
    STATUS_INVALID_PARAMETER, STATUS_LOGON_FAILURE, STATUS_NO_MORE_FILES,
    STATUS_STOPPED_ON_SYMLINK, STATUS_USER_SESSION_DELETED, cancel, change_notify, close, create,
    read, refused_in_the_clear, setup, tree_connect, tree_connected, welcomed, welcomed_as,
};
use crate::conversation::{CLIENT, Conversation, SERVER, SESSION, encrypted, ntlm, smb2};
use crate::{from_both, from_client, may_sign, must_sign};

fn between(client: u16, server: u16, dialect: u16) -> Conversation {
    let mut talk = Conversation::new();
    talk.connect(CLIENT, SERVER);
    talk.negotiate(client, server, dialect);
    talk
}

mod no_session {
    use super::*;

    #[test]
    fn the_server_refuses_the_user() {
        let mut talk = between(ENABLED, ENABLED, 0x0311);
        talk.log_on_until("alice", welcomed().status(STATUS_LOGON_FAILURE));
        let session = talk.only_session();
        assert_eq!(session.status, SigningStatus::NoSession);
        assert_eq!(session.outcome, Outcome::Failed);
    }

    #[test]
    fn the_setup_is_never_finished() {
        let mut talk = between(ENABLED, ENABLED, 0x0311);
        talk.client(setup(&ntlm::negotiate()))
            .session(SESSION)
            .server(smb2::challenged())
            .client(setup(&ntlm::authenticate("alice")));
        let session = talk.only_session();
        assert_eq!(session.status, SigningStatus::NoSession);
        assert_eq!(session.outcome, Outcome::Unknown);
    }

    #[test]
    fn requests_after_a_failed_setup_that_are_refused_change_nothing() {
        let mut talk = between(ENABLED, ENABLED, 0x0311);
        talk.log_on_until("alice", welcomed().status(STATUS_LOGON_FAILURE))
            .client(create())
            .server(create().status(STATUS_USER_SESSION_DELETED));
        assert_eq!(talk.only_session().status, SigningStatus::NoSession);
    }

    #[test]
    fn later_traffic_says_that_the_session_came_to_be() {
        let mut talk = between(ENABLED, ENABLED, 0x0311);
        talk.client(setup(&ntlm::negotiate()))
            .session(SESSION)
            .server(smb2::challenged())
            .client(setup(&ntlm::authenticate("alice")))
            .lose()
            .server(welcomed().signed())
            .both(create().signed());
        let session = talk.only_session();
        assert_eq!(session.outcome, Outcome::Established);
        assert_eq!(session.status, SigningStatus::SignedUnverified);
    }

    #[test]
    fn it_needs_both_directions() {
        let mut talk = between(ENABLED, ENABLED, 0x0311);
        talk.client(setup(&ntlm::negotiate()))
            .session(SESSION)
            .lose()
            .server(smb2::challenged())
            .hear_only(crate::conversation::Side::Client)
            .client(setup(&ntlm::authenticate("alice")))
            .server(welcomed().signed());
        let session = talk.only_session();
        assert_eq!(session.status, SigningStatus::Unknown);
        assert_eq!(session.outcome, Outcome::Unknown);
    }

    #[test]
    fn a_second_attempt_that_succeeds_makes_the_session() {
        let mut talk = between(ENABLED, REQUIRED, 0x0311);
        talk.log_on_until("alice", welcomed().status(STATUS_LOGON_FAILURE))
            .client(setup(&ntlm::negotiate()))
            .server(smb2::challenged())
            .client(setup(&ntlm::authenticate("bob")))
            .server(welcomed().signed())
            .both(create().signed());
        let session = talk.only_session();
        assert_eq!(session.outcome, Outcome::Established);
        assert_eq!(session.status, SigningStatus::SignedUnverified);
        assert_eq!(session.auth.user.as_deref(), Some("bob"));
    }

    #[test]
    fn a_second_attempt_from_the_start_is_a_session_of_its_own() {
        let mut talk = between(ENABLED, REQUIRED, 0x0311);
        talk.log_on_until("alice", welcomed().status(STATUS_LOGON_FAILURE)).log_on();
        let outcomes: Vec<Outcome> =
            talk.report().sessions.iter().map(|session| session.outcome).collect();
        assert_eq!(outcomes, [Outcome::Failed, Outcome::Established]);
    }
}

mod signing_violated {
    use super::*;

    #[test]
    fn an_unsigned_request_is_answered_with_success() {
        let mut talk = must_sign();
        talk.client(create()).server(create().signed());
        let session = talk.only_session();
        assert_eq!(session.expected, Expected::Signed);
        assert_eq!(session.status, SigningStatus::SigningViolated);
        assert!(session.verdict.phrase.contains("1 unsigned message was accepted"));
    }

    #[test]
    fn the_evidence_names_the_message_and_what_accepted_it() {
        let mut talk = must_sign();
        talk.both(create().signed()).client(read());
        let unsigned = talk.packet();
        talk.server(read().signed());
        let evidence = talk.only_session().evidence;
        let message = evidence.iter().find(|item| item.value == "not signed").unwrap();
        assert_eq!((message.packet, message.field.as_str()), (unsigned, "READ request"));
        let acceptance = evidence.iter().find(|item| item.value == "READ request").unwrap();
        assert_eq!(acceptance.packet, unsigned + 1);
        assert!(acceptance.meaning.contains(&format!("packet {unsigned}")));
    }

    #[test]
    fn the_client_requires_it_in_negotiate() {
        let mut talk = between(REQUIRED, ENABLED, 0x0210);
        talk.log_on().client(create()).server(create().signed());
        assert_eq!(talk.only_session().status, SigningStatus::SigningViolated);
    }

    #[test]
    fn the_client_requires_it_in_session_setup() {
        let mut talk = between(ENABLED, ENABLED, 0x0210);
        talk.client(smb2::setup_requiring(&ntlm::negotiate()))
            .session(SESSION)
            .server(smb2::challenged())
            .client(smb2::setup_requiring(&ntlm::authenticate("alice")))
            .server(welcomed().signed())
            .client(create())
            .server(create().signed());
        let session = talk.only_session();
        assert_eq!(session.policy.client_requires, Some(true));
        assert_eq!(session.status, SigningStatus::SigningViolated);
    }

    #[test]
    fn every_status_that_accepts() {
        let statuses = [STATUS_BUFFER_OVERFLOW, STATUS_NO_MORE_FILES, 0x0000_010b];
        for status in statuses {
            let mut talk = must_sign();
            talk.client(read()).server(read().status(status).signed());
            assert_eq!(talk.only_session().status, SigningStatus::SigningViolated, "{status:#x}");
        }
    }

    #[test]
    fn no_status_that_refuses() {
        let statuses = [STATUS_ACCESS_DENIED, STATUS_STOPPED_ON_SYMLINK, STATUS_INVALID_PARAMETER];
        for status in statuses {
            let mut talk = must_sign();
            talk.both(create().signed()).client(read()).server(read().status(status).signed());
            let session = talk.only_session();
            assert_eq!(session.status, SigningStatus::SignedUnverified, "{status:#x}");
            assert_eq!(from_client(&session).unsigned, 1, "{status:#x}");
        }
    }

    #[test]
    fn an_interim_response_accepts_the_request() {
        let mut talk = must_sign();
        talk.client(change_notify())
            .server(change_notify().pending())
            .client(cancel().signed())
            .server(change_notify().status(0xc000_0120).signed());
        assert_eq!(talk.only_session().status, SigningStatus::SigningViolated);
    }

    #[test]
    fn a_request_that_is_accepted_at_first_and_for_good_counts_once() {
        let mut talk = must_sign();
        talk.client(change_notify())
            .server(change_notify().pending())
            .server(change_notify().signed());
        let phrase = talk.only_session().verdict.phrase;
        assert!(phrase.contains("1 unsigned message was accepted"), "{phrase}");
    }

    #[test]
    fn a_request_that_nobody_answers_breaks_nothing() {
        let mut talk = must_sign();
        talk.both(create().signed()).client(read());
        assert_eq!(talk.only_session().status, SigningStatus::SignedUnverified);
    }

    #[test]
    fn the_client_goes_on_after_an_unsigned_response() {
        let mut talk = must_sign();
        talk.client(create().signed()).server(create()).client(close().signed());
        assert_eq!(talk.only_session().status, SigningStatus::SigningViolated);
    }

    #[test]
    fn the_client_goes_on_encrypted_after_an_unsigned_response() {
        let mut talk = must_sign();
        talk.both(create().signed()).client(read().signed()).server(read()).client(encrypted());
        assert_eq!(talk.only_session().status, SigningStatus::SigningViolated);
    }

    #[test]
    fn the_client_does_not_go_on_after_an_unsigned_response() {
        let mut talk = must_sign();
        talk.both(create().signed()).client(read().signed()).server(read());
        let session = talk.only_session();
        assert_eq!(session.status, SigningStatus::SignedUnverified);
        assert_eq!(from_both(&session).unsigned, 1);
    }

    #[test]
    fn several_unsigned_responses_that_the_client_accepts_are_all_counted() {
        let mut talk = must_sign();
        talk.client(read().signed().id(30))
            .client(read().signed().id(31))
            .server(read().id(30))
            .server(read().id(31))
            .client(close().signed());
        let phrase = talk.only_session().verdict.phrase;
        assert!(phrase.contains("2 unsigned messages were accepted"), "{phrase}");
    }

    #[test]
    fn a_request_that_was_sent_before_an_unsigned_response_does_not_accept_it() {
        let mut talk = must_sign();
        talk.both(create().signed())
            .lose()
            .client(read().signed().id(30))
            // These are held back until the lost one is given up, and come after the response.
            .client(read().signed().id(31))
            .server(read().id(30));
        let session = talk.only_session();
        assert_eq!(from_both(&session).unsigned, 1);
        assert_eq!(session.status, SigningStatus::SignedUnverified);
    }

    #[test]
    fn a_client_that_went_on_before_the_unsigned_response_is_read_accepts_it() {
        let mut talk = must_sign();
        talk.both(create().signed())
            .client(read().signed())
            .lose()
            .server(read().signed())
            .client(read().signed())
            // This is held back until the lost one is given up, and comes after the next request.
            .server(read())
            .client(close().signed());
        assert_eq!(talk.only_session().status, SigningStatus::SigningViolated);
    }

    #[test]
    fn zeros_that_are_marked_as_a_signature_and_accepted() {
        let mut talk = must_sign();
        talk.client(create().signed_with_zeros()).server(create().signed());
        let session = talk.only_session();
        assert_eq!(from_client(&session).zero_signature, 1);
        assert_eq!(session.status, SigningStatus::SigningViolated);
    }

    #[test]
    fn a_response_before_its_request_in_the_capture_accepts_it_too() {
        let mut talk = must_sign();
        talk.client(create()).server(create().signed()).swap();
        assert_eq!(talk.only_session().status, SigningStatus::SigningViolated);
    }

    #[test]
    fn never_of_a_guest() {
        let mut talk = between(ENABLED, REQUIRED, 0x0302);
        talk.log_on_until("alice", welcomed_as(GUEST)).both(create());
        let session = talk.only_session();
        assert_eq!(session.expected, Expected::Unsigned);
        assert_eq!(session.status, SigningStatus::UnsignedGuest);
    }

    #[test]
    fn never_of_an_anonymous_session() {
        let mut talk = between(ENABLED, REQUIRED, 0x0302);
        talk.client(setup(&ntlm::negotiate()))
            .session(SESSION)
            .server(smb2::challenged())
            .client(setup(&ntlm::authenticate_anonymously()))
            .server(welcomed())
            .both(create());
        let session = talk.only_session();
        assert_eq!(session.auth.anonymous, Some(true));
        assert_eq!(session.expected, Expected::Unsigned);
        assert_eq!(session.status, SigningStatus::UnsignedAnonymous);
    }

    #[test]
    fn never_where_the_final_response_was_not_seen() {
        let mut talk = between(ENABLED, REQUIRED, 0x0302);
        talk.client(setup(&ntlm::negotiate()))
            .session(SESSION)
            .server(smb2::challenged())
            .client(setup(&ntlm::authenticate("alice")))
            .lose()
            .server(welcomed())
            .both(create());
        let session = talk.only_session();
        assert_eq!(session.expected, Expected::Unknown);
        assert_eq!(session.status, SigningStatus::Unsigned);
        assert!(session.coverage.contains(&Coverage::NoFinalSessionSetupResponse));
    }

    #[test]
    fn never_where_the_setup_was_not_seen() {
        let mut talk = Conversation::new();
        talk.join(CLIENT, SERVER);
        talk.session(SESSION).both(create());
        let session = talk.only_session();
        assert_eq!(session.expected, Expected::Unknown);
        assert_eq!(session.status, SigningStatus::Unsigned);
        assert!(session.coverage.contains(&Coverage::NoSessionSetup));
    }

    #[test]
    fn the_part_of_an_encrypted_session_that_is_in_the_clear() {
        let mut talk = must_sign();
        talk.client(encrypted()).server(encrypted()).both(create());
        assert_eq!(talk.only_session().status, SigningStatus::SigningViolated);
    }
}

mod encrypted {
    use super::*;

    #[test]
    fn everything_is() {
        let mut talk = may_sign();
        talk.client(encrypted()).server(encrypted());
        let session = talk.only_session();
        assert_eq!(session.expected, Expected::Encrypted);
        assert_eq!(session.status, SigningStatus::Encrypted);
    }

    #[test]
    fn signed_baseline_messages_do_not_change_that() {
        let mut talk = may_sign();
        talk.client(tree_connect(r"\\fs1\secret").signed())
            .server(tree_connected().signed())
            .client(encrypted())
            .server(encrypted());
        assert_eq!(talk.only_session().status, SigningStatus::Encrypted);
    }

    #[test]
    fn a_part_is_and_the_rest_is_signed() {
        let mut talk = must_sign();
        talk.both(create().signed()).client(encrypted()).server(encrypted());
        let session = talk.only_session();
        assert_eq!(session.expected, Expected::Signed);
        assert_eq!(session.status, SigningStatus::EncryptedPartly);
    }

    #[test]
    fn a_part_is_and_the_rest_is_unsigned_where_nobody_requires_signing() {
        let mut talk = may_sign();
        talk.both(create()).client(encrypted()).server(encrypted());
        assert_eq!(talk.only_session().status, SigningStatus::EncryptedPartly);
    }

    #[test]
    fn an_error_in_the_clear_does_not_make_it_partly_encrypted() {
        let mut talk = must_sign();
        talk.client(encrypted()).server(refused_in_the_clear(STATUS_INVALID_PARAMETER));
        assert_eq!(talk.only_session().status, SigningStatus::Encrypted);
    }

    #[test]
    fn the_servers_demand_alone_is_no_encryption() {
        let mut talk = between(ENABLED, ENABLED, 0x0311);
        talk.log_on_until("alice", welcomed_as(ENCRYPT_DATA).signed()).both(create());
        let session = talk.only_session();
        assert_eq!(session.expected, Expected::Encrypted);
        assert_eq!(session.status, SigningStatus::UnsignedSetupOnly);
    }

    #[test]
    fn the_server_need_not_demand_it() {
        let mut talk = may_sign();
        talk.client(encrypted());
        assert_eq!(talk.only_session().status, SigningStatus::Encrypted);
    }

    #[test]
    fn a_transform_that_was_cut_is_encrypted() {
        let mut talk = may_sign();
        talk.client(encrypted()).cut(30).server(encrypted());
        let session = talk.only_session();
        assert_eq!(from_both(&session).encrypted, 2);
        assert_eq!(session.status, SigningStatus::Encrypted);
    }
}

mod signed {
    use super::*;

    #[test]
    fn every_eligible_message_is() {
        let mut talk = must_sign();
        talk.both(create().signed()).both(close().signed());
        let session = talk.only_session();
        assert_eq!(session.status, SigningStatus::SignedUnverified);
        assert_eq!(from_both(&session).signed, 4);
        assert_eq!(from_both(&session).unchecked, 5);
    }

    #[test]
    fn without_a_secret_nothing_is_verified() {
        let mut talk = must_sign();
        talk.both(create().signed());
        let both = from_both(&talk.only_session());
        assert_eq!((both.verified, both.failed, both.decrypted), (0, 0, 0));
    }

    #[test]
    fn more_than_was_required_is_as_good() {
        let mut talk = may_sign();
        talk.both(create().signed());
        let session = talk.only_session();
        assert_eq!(session.expected, Expected::SetupOnly);
        assert_eq!(session.status, SigningStatus::SignedUnverified);
    }

    #[test]
    fn unknown_where_a_header_was_cut() {
        let mut talk = must_sign();
        talk.both(create().signed()).cut(47).client(read().signed());
        assert_eq!(talk.only_session().status, SigningStatus::Unknown);
    }

    #[test]
    fn selective_where_nobody_requires_it() {
        let mut talk = may_sign();
        talk.both(create()).both(read().signed());
        let session = talk.only_session();
        assert_eq!(session.status, SigningStatus::Selective);
        assert_eq!(session.expected, Expected::SetupOnly);
    }

    #[test]
    fn selective_where_the_policy_is_not_known() {
        let mut talk = Conversation::new();
        talk.join(CLIENT, SERVER);
        talk.session(SESSION).both(create()).both(read().signed());
        let session = talk.only_session();
        assert_eq!(session.status, SigningStatus::Selective);
        assert_eq!(session.expected, Expected::Unknown);
    }
}

mod unsigned {
    use super::*;

    #[test]
    fn only_the_setup_is_signed() {
        let mut talk = may_sign();
        talk.both(create());
        assert_eq!(talk.only_session().status, SigningStatus::UnsignedSetupOnly);
    }

    #[test]
    fn nothing_is_signed_at_all() {
        let mut talk = between(ENABLED, ENABLED, 0x0202);
        talk.log_on_until("alice", welcomed()).both(create());
        assert_eq!(talk.only_session().status, SigningStatus::Unsigned);
    }

    #[test]
    fn zeros_that_are_marked_as_a_signature_are_none() {
        let mut talk = may_sign();
        talk.both(create().signed_with_zeros());
        let session = talk.only_session();
        assert_eq!(from_both(&session).zero_signature, 2);
        assert_eq!(session.status, SigningStatus::UnsignedSetupOnly);
    }

    #[test]
    fn a_guest() {
        let mut talk = between(ENABLED, ENABLED, 0x0311);
        talk.log_on_until("alice", welcomed_as(GUEST)).both(create());
        let session = talk.only_session();
        assert_eq!(session.status, SigningStatus::UnsignedGuest);
        assert_eq!(session.auth.guest, Some(true));
    }

    #[test]
    fn a_user_without_credentials_by_the_servers_flag() {
        let mut talk = between(ENABLED, ENABLED, 0x0311);
        talk.log_on_until("alice", welcomed_as(NULL)).both(create());
        assert_eq!(talk.only_session().status, SigningStatus::UnsignedAnonymous);
    }

    #[test]
    fn a_user_without_credentials_by_what_the_client_sent() {
        let mut talk = between(ENABLED, ENABLED, 0x0311);
        talk.log_on_until("", welcomed_as(0)).both(create());
        // A name of no characters beside a response of the usual length is not anonymous.
        assert_eq!(talk.only_session().status, SigningStatus::Unsigned);
    }

    #[test]
    fn a_setup_that_was_not_seen_leaves_the_cause_open() {
        let mut talk = Conversation::new();
        talk.join(CLIENT, SERVER);
        talk.session(SESSION)
            .client(tree_connect(r"\\fs1\data").signed())
            .server(tree_connected().signed())
            .both(create());
        let session = talk.only_session();
        assert_eq!(session.status, SigningStatus::Unsigned);
        assert!(session.coverage.contains(&Coverage::NoSessionSetup));
    }
}

mod nothing_to_tell {
    use super::*;

    #[test]
    fn a_session_without_a_message_after_its_setup() {
        let session = must_sign().only_session();
        assert_eq!(session.status, SigningStatus::BaselineOnly);
        assert_eq!(session.expected, Expected::Signed);
    }

    #[test]
    fn a_session_of_which_every_unsigned_message_was_refused() {
        let mut talk = must_sign();
        talk.client(create()).server(create().status(STATUS_ACCESS_DENIED).signed());
        let session = talk.only_session();
        assert_eq!(session.status, SigningStatus::SignedUnverified);
    }

    #[test]
    fn a_session_of_which_every_unsigned_message_was_refused_without_a_signature() {
        let mut talk = must_sign();
        talk.client(create()).server(create().status(STATUS_INVALID_PARAMETER));
        let session = talk.only_session();
        assert_eq!(session.expected, Expected::Signed);
        assert_eq!(session.status, SigningStatus::UnsignedSetupOnly);
    }

    #[test]
    fn a_session_of_which_every_header_was_cut() {
        let mut talk = must_sign();
        talk.cut(47).client(create().signed()).cut(40).server(create().signed());
        assert_eq!(talk.only_session().status, SigningStatus::Unknown);
    }
}
