//! Hosts: what they require, what they are, who cannot sign, and which of them matter first.

use countersign::report::{
    Dialect, Effect, HostKind, RemarkKind, Report, RequiresSigning, Role, UnsignedCause,
};

use super::conversation::smb2::{self, ENABLED, REQUIRED};
use super::conversation::{Conversation, ntlm, smb1};
use super::{host, session};

const SERVER: &str = "10.0.0.5";

fn kinds(report: &Report, address: &str) -> Vec<RemarkKind> {
    host(report, address).remarks.iter().map(|remark| remark.kind).collect()
}

#[test]
fn what_a_server_requires_is_told_with_its_packet() {
    let mut talk = Conversation::new();
    session(&mut talk, "10.0.0.7:50001", "10.0.0.5:445", false);
    let report = talk.report();
    let server = &host(&report, SERVER).as_server;
    assert_eq!(server.requires_signing, Some(RequiresSigning::No));
    let [shown] = &server.requires_signing_evidence[..] else { panic!("{server:#?}") };
    // SYN, SYN and ACK, the request, the response.
    assert_eq!((shown.packet, shown.field.as_str()), (4, "NEGOTIATE response SecurityMode"));
    assert_eq!(server.dialects, [Dialect::Smb311]);
    assert_eq!(server.accounts, ["alice"]);
    assert_eq!(server.by_status.iter().map(|it| it.sessions).sum::<u64>(), 1);
    let client = &host(&report, "10.0.0.7").as_client;
    assert_eq!(client.requires_signing, Some(RequiresSigning::No));
    assert_eq!(client.requires_signing_evidence.len(), 1);
    assert!(host(&report, "10.0.0.7").exposure.is_none(), "a client has no place among servers");
}

#[test]
fn a_server_that_answers_differently_is_called_out() {
    let answers = |answers: &[(&str, bool)]| {
        let mut talk = Conversation::new();
        for (number, (client, requires)) in answers.iter().enumerate() {
            let client = format!("{client}:{}", 50_000 + number);
            session(&mut talk, &client, "10.0.0.5:445", *requires);
        }
        talk.report()
    };
    let report = answers(&[("10.0.0.7", true), ("10.0.0.8", false)]);
    let server = host(&report, SERVER);
    assert_eq!(server.as_server.requires_signing, Some(RequiresSigning::Contradictory));
    let remark = &server.remarks[0];
    assert_eq!(remark.kind, RemarkKind::AnswersDifferently);
    assert!(remark.text.contains("to 10.0.0.7 (packet 4)"), "{}", remark.text);
    assert_eq!(remark.evidence.len(), 2);
    let report = answers(&[("10.0.0.7", true), ("10.0.0.7", false), ("10.0.0.7", false)]);
    assert_eq!(kinds(&report, SERVER)[0], RemarkKind::ChangedItsMind);
    let report = answers(&[("10.0.0.7", true), ("10.0.0.7", false), ("10.0.0.7", true)]);
    assert_eq!(kinds(&report, SERVER)[0], RemarkKind::AnswersDifferently);
    for same in [true, false] {
        let report = answers(&[("10.0.0.7", same), ("10.0.0.8", same)]);
        assert!(kinds(&report, SERVER).is_empty());
    }
}

#[test]
fn a_client_that_signs_with_one_server_only_is_called_out() {
    let mut talk = Conversation::new();
    session(&mut talk, "10.0.0.7:50001", "10.0.0.5:445", true);
    session(&mut talk, "10.0.0.7:50002", "10.0.0.6:445", false);
    let report = talk.report();
    let remark = &host(&report, "10.0.0.7").remarks[0];
    assert_eq!(remark.kind, RemarkKind::SomeSessionsAsClient);
    let both = ["the first with 10.0.0.5", "the first with 10.0.0.6"];
    assert!(both.iter().all(|part| remark.text.contains(part)), "{}", remark.text);
    assert_eq!(remark.session_keys, ["s1", "s2"]);
    assert!(kinds(&report, SERVER).is_empty() && kinds(&report, "10.0.0.6").is_empty());
}

#[test]
fn a_client_that_requires_signing_of_one_server_only_is_called_out() {
    let asks = |servers: [&str; 2]| {
        let mut talk = Conversation::new();
        for (number, (server, mode)) in servers.into_iter().zip([REQUIRED, ENABLED]).enumerate() {
            talk.connect(&format!("10.0.0.7:{}", 50_000 + number), server);
            talk.negotiate(mode, ENABLED, 0x0311);
        }
        let report = talk.report();
        let remark = host(&report, "10.0.0.7").remarks[0].clone();
        assert_eq!(remark.kind, RemarkKind::AsksDifferently);
        remark.text
    };
    let text = asks(["10.0.0.5:445", "10.0.0.6:445"]);
    assert!(text.contains("of 10.0.0.5 (packet 3) and not of 10.0.0.6 (packet 7)"), "{text}");
    let text = asks(["10.0.0.5:445", "10.0.0.5:445"]);
    assert!(text.ends_with("also to one and the same server."), "{text}");
}

#[test]
fn a_guest_beside_signed_sessions_is_nothing_odd() {
    let mut talk = Conversation::new();
    session(&mut talk, "10.0.0.7:50001", "10.0.0.5:445", true);
    talk.connect("10.0.0.7:50002", "10.0.0.5:445");
    talk.negotiate(ENABLED, REQUIRED, 0x0311)
        .log_on_until("guest", smb2::welcomed_as(smb2::GUEST))
        .both(smb2::create());
    let report = talk.report();
    assert!(kinds(&report, SERVER).is_empty() && kinds(&report, "10.0.0.7").is_empty());
}

#[test]
fn messages_of_both_kinds_in_one_session_are_told_of_who_sends_them() {
    let mut talk = Conversation::new();
    talk.connect("10.0.0.7:50001", "10.0.0.5:445");
    talk.negotiate(ENABLED, ENABLED, 0x0311).log_on();
    talk.client(smb2::create().signed())
        .server(smb2::create())
        .client(smb2::read())
        .server(smb2::read());
    let report = talk.report();
    assert_eq!(kinds(&report, "10.0.0.7"), [RemarkKind::SignsPartlyAsClient]);
    assert!(kinds(&report, SERVER).is_empty(), "it signs nothing");
}

/// The roles of the server after a client asked for a share and got it, or did not.
fn roles_with(path: &str, share_type: u8, status: u32) -> Vec<Role> {
    let mut talk = Conversation::new();
    talk.connect("10.0.0.7:50001", "10.0.0.5:445");
    talk.negotiate(ENABLED, ENABLED, 0x0311).log_on();
    talk.client(smb2::tree_connect(path))
        .server(smb2::tree_connected_as(share_type).status(status));
    host(&talk.report(), SERVER).roles.clone()
}

#[test]
fn shares_tell_what_a_server_is_only_where_somebody_got_them() {
    assert_eq!(roles_with("\\\\dc1\\SYSVOL", 1, 0), [Role::DomainController]);
    assert_eq!(roles_with("\\\\fs1\\data", 1, 0), [Role::FileServer]);
    assert_eq!(roles_with("\\\\ps1\\laser", 3, 0), [Role::PrintServer]);
    assert!(roles_with("\\\\fs1\\IPC$", 2, 0).is_empty());
    for refused in [smb2::STATUS_ACCESS_DENIED, 0xc000_00cc] {
        assert!(roles_with("\\\\dc1\\SYSVOL", 1, refused).is_empty());
    }
}

#[test]
fn who_administers_several_hosts_is_an_administrators_workstation() {
    let administers = |servers: &[&str], path: &str| {
        let mut talk = Conversation::new();
        for (number, server) in servers.iter().enumerate() {
            talk.connect(&format!("10.0.0.7:{}", 50_000 + number), server);
            talk.negotiate(ENABLED, ENABLED, 0x0311).log_on();
            talk.client(smb2::tree_connect(path)).server(smb2::tree_connected());
        }
        host(&talk.report(), "10.0.0.7").roles.clone()
    };
    let two = ["10.0.0.5:445", "10.0.0.6:445"];
    assert_eq!(administers(&two, "\\\\x\\ADMIN$"), [Role::AdministrationWorkstation]);
    assert_eq!(administers(&two, "\\\\x\\C$"), [Role::AdministrationWorkstation]);
    assert!(administers(&two, "\\\\x\\data").is_empty());
    let one_twice = ["10.0.0.5:445", "10.0.0.5:445"];
    assert!(administers(&one_twice, "\\\\x\\ADMIN$").is_empty());
}

/// KRB-ERROR as a KDC begins it.
const KRB_ERROR: &[u8] =
    &[0x7e, 0x10, 0x30, 0x0e, 0xa0, 3, 2, 1, 5, 0xa1, 3, 2, 1, 30, 0xa4, 0, 0, 0];

#[test]
fn who_answers_as_a_kdc_is_a_domain_controller() {
    let with = |from: &str, to: &str, payload: &[u8]| {
        let mut talk = Conversation::new();
        talk.datagram(from, to, payload);
        session(&mut talk, "10.0.0.7:50001", "10.0.0.5:445", true);
        talk.report()
    };
    let report = with("10.0.0.5:88", "10.0.0.7:60000", KRB_ERROR);
    let server = host(&report, SERVER);
    assert_eq!(server.roles, [Role::DomainController]);
    assert_eq!(server.role_evidence[0].evidence.packet, 1);
    assert_eq!(server.kind(), HostKind::DomainController);
    // Who asks is none, nor who answers something else, nor who answers on another port.
    let asked = with("10.0.0.7:60000", "10.0.0.5:88", KRB_ERROR);
    assert!(host(&asked, SERVER).roles.is_empty());
    let other = with("10.0.0.5:88", "10.0.0.7:60000", b"\x7e\x03abc");
    assert!(host(&other, SERVER).roles.is_empty());
    let elsewhere = with("10.0.0.5:8888", "10.0.0.7:60000", KRB_ERROR);
    assert!(host(&elsewhere, SERVER).roles.is_empty());
}

/// The one client of the server that was not signed.
fn unsigned(talk: &Conversation) -> Option<(UnsignedCause, Effect)> {
    let report = talk.report();
    let clients = &host(&report, SERVER).as_server.unsigned_clients;
    let it = clients.first()?;
    assert_eq!((clients.len(), it.sessions, it.client.as_str()), (1, 1, "10.0.0.7"));
    assert_eq!(it.session_keys, ["s1"]);
    assert!(!it.evidence.is_empty() && it.effect == it.cause.effect());
    Some((it.cause, it.effect))
}

#[test]
fn what_breaks_in_smb2_is_who_has_no_key() {
    let with = |last: smb2::Smb2, token: &[u8]| {
        let mut talk = Conversation::new();
        talk.connect("10.0.0.7:50001", "10.0.0.5:445");
        talk.negotiate(ENABLED, ENABLED, 0x0311)
            .client(smb2::setup(&ntlm::negotiate()).session(0))
            .session(9)
            .server(smb2::challenged())
            .client(smb2::setup(token))
            .server(last)
            .both(smb2::create());
        talk
    };
    let alice = ntlm::authenticate("alice");
    let guest = with(smb2::welcomed_as(smb2::GUEST), &alice);
    assert_eq!(unsigned(&guest), Some((UnsignedCause::Guest, Effect::CannotSign)));
    let nobody = with(smb2::welcomed(), &ntlm::authenticate_anonymously());
    assert_eq!(unsigned(&nobody), Some((UnsignedCause::Anonymous, Effect::CannotSign)));
    let user = with(smb2::welcomed().signed(), &alice);
    assert_eq!(unsigned(&user), Some((UnsignedCause::NotRequired, Effect::Signs)));
    let mut refused = Conversation::new();
    refused.connect("10.0.0.7:50001", "10.0.0.5:445");
    let no = smb2::welcomed().status(smb2::STATUS_LOGON_FAILURE);
    refused.negotiate(ENABLED, ENABLED, 0x0311).log_on_until("alice", no);
    assert_eq!(unsigned(&refused), None);
    let mut signed = Conversation::new();
    session(&mut signed, "10.0.0.7:50001", "10.0.0.5:445", true);
    assert_eq!(unsigned(&signed), None);
}

#[test]
fn a_session_without_its_setup_says_nothing_of_its_client() {
    let mut talk = Conversation::new();
    talk.join("10.0.0.7:50001", "10.0.0.5:445");
    talk.session(9).both(smb2::create());
    assert_eq!(unsigned(&talk), Some((UnsignedCause::SetupNotSeen, Effect::Unknown)));
}

#[test]
fn of_smb1_it_matters_what_the_client_offers() {
    const WANTS: u16 = 0x0004;
    let with = |flags2: u16| {
        let mut talk = Conversation::new();
        talk.connect("10.0.0.7:50001", "10.0.0.5:445");
        talk.negotiate_smb1(0x03).log_on_smb1(7, flags2);
        talk.client(smb1::open()).server(smb1::open());
        talk
    };
    let offered = Some((UnsignedCause::Smb1NotRequired, Effect::Signs));
    assert_eq!(unsigned(&with(WANTS)), offered);
    let not_offered = Some((UnsignedCause::Smb1NotOffered, Effect::Unknown));
    assert_eq!(unsigned(&with(0)), not_offered);
    let plain = |security_mode: u8| {
        let mut talk = Conversation::new();
        talk.connect("10.0.0.7:50001", "10.0.0.5:445");
        talk.client(smb1::negotiate(&["NT LM 0.12"]))
            .server(smb1::negotiated_without_extended_security(security_mode))
            .client(smb1::setup_without_extended_security("alice"))
            .user(7)
            .server(smb1::welcomed());
        talk.client(smb1::open()).server(smb1::open());
        talk
    };
    let without = Some((UnsignedCause::Smb1WithoutExtendedSecurity, Effect::CannotSign));
    assert_eq!(unsigned(&plain(0x03)), without);
    let in_clear = Some((UnsignedCause::PlaintextPassword, Effect::CannotSign));
    assert_eq!(unsigned(&plain(0x01)), in_clear);
}

#[test]
fn the_most_exposed_server_comes_first_and_says_why() {
    let mut talk = Conversation::new();
    session(&mut talk, "10.0.0.7:50001", "10.0.0.5:445", true);
    session(&mut talk, "10.0.0.7:50002", "10.0.0.6:445", false);
    talk.connect("10.0.0.7:50003", "10.0.0.8:445");
    talk.negotiate_smb1(0x03).log_on_smb1(7, 0);
    let report = talk.report();
    let rank = |address: &str| host(&report, address).exposure.as_ref().unwrap();
    assert_eq!(rank("10.0.0.8").rank, 1);
    assert_eq!(rank("10.0.0.6").rank, 2);
    assert_eq!(rank(SERVER).rank, 3);
    let reasons = rank("10.0.0.6").reasons.join("; ");
    assert!(reasons.starts_with("it does not require signing; the lowest dialect"), "{reasons}");
    assert!(reasons.ends_with("its one session was neither signed nor encrypted"), "{reasons}");
}

#[test]
fn whoever_is_only_asked_is_no_server() {
    let mut talk = Conversation::new();
    for last in 1..=3 {
        talk.connect(&format!("10.0.0.7:{}", 50_000 + last), &format!("10.0.1.{last}:445"));
        talk.client(smb2::negotiate(ENABLED, &[0x0311]));
    }
    session(&mut talk, "10.0.0.7:50009", "10.0.0.5:445", true);
    let report = talk.report();
    assert!(host(&report, "10.0.1.1").exposure.is_none());
    let servers: u64 = report.estate.rows.iter().map(|row| row.as_server.hosts()).sum();
    let clients: u64 = report.estate.rows.iter().map(|row| row.as_client.hosts()).sum();
    assert_eq!((servers, clients), (1, 1));
}

#[test]
fn the_estate_counts_every_host_once_on_each_side() {
    let mut talk = Conversation::new();
    talk.datagram("10.0.0.5:88", "10.0.0.7:60000", KRB_ERROR);
    session(&mut talk, "10.0.0.7:50001", "10.0.0.5:445", true);
    session(&mut talk, "10.0.0.7:50002", "10.0.0.6:445", false);
    session(&mut talk, "10.0.0.8:50003", "10.0.0.6:445", true);
    // A server that is a client too.
    session(&mut talk, "10.0.0.6:50004", "10.0.0.5:445", true);
    let report = talk.report();
    let row = |kind| *report.estate.rows.iter().find(|row| row.kind == kind).unwrap();
    assert_eq!(report.estate.rows.len(), HostKind::ALL.len());
    assert_eq!(row(HostKind::DomainController).as_server.required, 1);
    let unknown = row(HostKind::Unknown);
    assert_eq!((unknown.as_server.contradictory, unknown.as_server.hosts()), (1, 1));
    assert_eq!((unknown.as_client.not_required, unknown.as_client.hosts()), (3, 3));
}

#[test]
fn hosts_take_time_in_proportion_to_their_sessions() {
    let hosts = |n: u32| {
        let mut talk = Conversation::new();
        for number in 0..n {
            let client = format!("10.1.{}.{}:50000", number >> 8, number & 0xff);
            session(&mut talk, &client, "10.0.0.5:445", false);
        }
        let results = talk.results();
        let once = || {
            let start = std::time::Instant::now();
            assert_eq!(results.hosts().len() as u32, n + 1);
            start.elapsed()
        };
        (0..5).map(|_| once()).min().unwrap()
    };
    let (few, many) = (hosts(400), hosts(3_200));
    println!("{few:?} for 400 clients, {many:?} for 3200");
    assert!(many < few * 24, "{few:?} and {many:?}");
}

#[test]
fn lists_of_a_host_end_and_say_how_much_is_left_out() {
    let mut talk = Conversation::new();
    for number in 0..300_u32 {
        let client = format!("10.1.{}.{}:50000", number >> 8, number & 0xff);
        talk.connect(&client, "10.0.0.5:445");
        let user = format!("user{number}");
        talk.negotiate(ENABLED, ENABLED, 0x0311).log_on_until(&user, smb2::welcomed().signed());
        talk.both(smb2::create());
    }
    let report = talk.report();
    let server = &host(&report, SERVER).as_server;
    assert_eq!((server.accounts.len(), server.accounts_left_out), (64, 236));
    assert_eq!((server.unsigned_clients.len(), server.unsigned_clients_left_out), (256, 44));
}
