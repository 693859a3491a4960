//! What the two sides agree on, and which of them is the client.

use countersign::report::{Dialect, Expected, Mechanism, NtlmVersion, SigningAlgorithm};

use crate::conversation::smb2::{
    ENABLED, REQUIRED, create, negotiate, negotiated, negotiated_with_algorithm,
};
use crate::conversation::{CLIENT, Conversation, SERVER, SESSION, Side, smb1};
use crate::may_sign;

const DIALECTS: [(u16, Dialect); 5] = [
    (0x0202, Dialect::Smb202),
    (0x0210, Dialect::Smb210),
    (0x0300, Dialect::Smb300),
    (0x0302, Dialect::Smb302),
    (0x0311, Dialect::Smb311),
];

#[test]
fn what_is_expected_depends_on_the_two_sides_and_not_on_the_dialect() {
    for (number, dialect) in DIALECTS {
        for (client, server, expected) in [
            (ENABLED, ENABLED, Expected::SetupOnly),
            (ENABLED, REQUIRED, Expected::Signed),
            (REQUIRED, ENABLED, Expected::Signed),
            (REQUIRED, REQUIRED, Expected::Signed),
        ] {
            let mut talk = Conversation::new();
            talk.connect(CLIENT, SERVER);
            talk.negotiate(client, server, number).log_on();
            let session = talk.only_session();
            assert_eq!(session.expected, expected, "{client} {server} {number:#06x}");
            assert_eq!(session.dialect, Some(dialect));
            assert_eq!(session.policy.client_requires, Some(client == REQUIRED));
            assert_eq!(session.policy.server_requires, Some(server == REQUIRED));
        }
    }
}

#[test]
fn a_side_requires_signing_by_one_bit_whatever_the_other_says() {
    for (mode, requires) in [(0, false), (1, false), (2, true), (3, true)] {
        let mut talk = Conversation::new();
        talk.connect(CLIENT, SERVER);
        talk.negotiate(mode, ENABLED, 0x0311).log_on();
        assert_eq!(talk.only_session().policy.client_requires, Some(requires), "{mode}");
    }
}

#[test]
fn the_algorithm_is_the_dialects_where_no_context_names_one() {
    let by_dialect = [
        (0x0202, SigningAlgorithm::HmacSha256),
        (0x0210, SigningAlgorithm::HmacSha256),
        (0x0300, SigningAlgorithm::Aes128Cmac),
        (0x0302, SigningAlgorithm::Aes128Cmac),
        (0x0311, SigningAlgorithm::Aes128Cmac),
    ];
    for (dialect, algorithm) in by_dialect {
        let mut talk = Conversation::new();
        talk.connect(CLIENT, SERVER);
        talk.negotiate(ENABLED, ENABLED, dialect).log_on();
        let session = talk.only_session();
        assert_eq!(session.signing_algorithm, Some(algorithm));
        assert_eq!(session.signing_algorithm_negotiated, Some(false));
    }
}

#[test]
fn the_algorithm_is_the_one_that_the_servers_context_names() {
    let by_context = [
        (0, SigningAlgorithm::HmacSha256),
        (1, SigningAlgorithm::Aes128Cmac),
        (2, SigningAlgorithm::Aes128Gmac),
    ];
    for (id, algorithm) in by_context {
        let mut talk = Conversation::new();
        talk.connect(CLIENT, SERVER);
        talk.client(negotiate(ENABLED, &[0x0311]))
            .server(negotiated_with_algorithm(ENABLED, id))
            .log_on();
        let session = talk.only_session();
        assert_eq!(session.signing_algorithm, Some(algorithm));
        assert_eq!(session.signing_algorithm_negotiated, Some(true));
    }
}

#[test]
fn a_multi_protocol_negotiate_gives_no_session_of_smb1() {
    let mut talk = Conversation::new();
    talk.connect(CLIENT, SERVER);
    talk.client(smb1::negotiate(&["NT LM 0.12", "SMB 2.002", "SMB 2.???"]))
        .server(negotiated(REQUIRED, 0x02ff).id(0))
        .client(negotiate(ENABLED, &[0x0202, 0x0210]).id(1))
        .server(negotiated(REQUIRED, 0x0210).id(1))
        .log_on();
    let session = talk.only_session();
    assert_eq!(session.dialect, Some(Dialect::Smb210));
    assert_eq!(session.expected, Expected::Signed);
}

#[test]
fn a_multi_protocol_negotiate_may_choose_2_0_2_at_once() {
    let mut talk = Conversation::new();
    talk.connect(CLIENT, SERVER);
    talk.client(smb1::negotiate(&["NT LM 0.12", "SMB 2.002"]))
        .server(negotiated(ENABLED, 0x0202).id(0))
        .log_on();
    let session = talk.only_session();
    assert_eq!(session.dialect, Some(Dialect::Smb202));
    // The client's first word on signing is in its SESSION_SETUP request.
    assert_eq!(session.policy.client_requires, Some(false));
}

#[test]
fn a_connection_that_ends_with_negotiate_gives_no_session() {
    let mut talk = Conversation::new();
    talk.connect(CLIENT, SERVER);
    talk.client(smb1::negotiate(&["NT LM 0.12", "SMB 2.???"]))
        .server(negotiated(ENABLED, 0x02ff).id(0));
    let report = talk.report();
    assert!(report.sessions.is_empty());
    // What the server requires is known all the same.
    let server = report.hosts.iter().find(|host| host.address == "10.0.0.5").unwrap();
    assert!(server.as_server.requires_signing.is_some());
}

#[test]
fn smb_is_found_on_any_port() {
    let mut talk = Conversation::new();
    talk.connect(CLIENT, "10.0.0.5:34445");
    talk.negotiate(ENABLED, REQUIRED, 0x0311).log_on().both(create().signed());
    let session = talk.only_session();
    assert_eq!(session.server.port, 34445);
    assert_eq!(session.messages.both().signed, 2);
}

#[test]
fn smb_is_found_over_ethernet_and_ip_version_6() {
    let mut talk = Conversation::over_ethernet();
    talk.connect("[fd00::7]:49731", "[fd00::5]:445");
    talk.negotiate(ENABLED, REQUIRED, 0x0311).log_on().both(create().signed());
    assert_eq!(talk.only_session().server.address, "fd00::5");
}

#[test]
fn smb_of_3_1_1_is_found_on_the_netbios_port() {
    let mut talk = Conversation::new();
    talk.connect(CLIENT, "10.0.0.5:139");
    talk.negotiate(ENABLED, ENABLED, 0x0311).log_on().both(create());
    assert_eq!(talk.only_session().dialect, Some(Dialect::Smb311));
}

#[test]
fn who_is_the_client_is_learnt_from_the_messages_where_no_handshake_was_captured() {
    let mut talk = Conversation::new();
    // The ports say the opposite.
    talk.join("10.0.0.7:445", "10.0.0.5:49731");
    talk.session(SESSION).both(create().signed());
    let session = talk.only_session();
    assert_eq!(session.client.address, "10.0.0.7");
    assert_eq!(session.server.address, "10.0.0.5");
    assert_eq!(session.messages.from_client.signed, 1);
}

#[test]
fn the_same_holds_where_only_the_server_was_captured() {
    let mut talk = Conversation::new();
    talk.join("10.0.0.7:40000", "10.0.0.5:50000");
    talk.session(SESSION).hear_only(Side::Server).both(create().signed()).both(create().signed());
    let session = talk.only_session();
    assert_eq!(session.server.address, "10.0.0.5");
    assert_eq!(session.messages.from_server.signed, 2);
    assert_eq!(session.messages.from_client.total, 0);
}

#[test]
fn who_logged_on_is_told() {
    let auth = may_sign().only_session().auth;
    assert_eq!(auth.user.as_deref(), Some("alice"));
    assert_eq!(auth.mechanism, Some(Mechanism::Ntlmssp));
    assert_eq!(auth.ntlm_version, Some(NtlmVersion::V2));
    assert_eq!((auth.guest, auth.anonymous), (Some(false), Some(false)));
}
