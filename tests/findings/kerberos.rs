//! Kerberos tickets that are shown where they should not be.

use countersign::report::{Confidence, Report, Severity};

use super::conversation::kerberos::{ApReq, ap_req, error};
use super::conversation::{Conversation, ntlm as messages, smb2};
use super::{Leg, of, only};

const CLIENT: &str = "10.0.0.7:49731";
const SERVER: &str = "10.0.0.5:445";

/// A client shows its ticket and is let in.
fn show(talk: &mut Conversation, leg: &Leg<'_>, request: &ApReq<'_>) {
    leg.begin_with(talk, &request.message());
    talk.server(smb2::welcomed().signed());
}

fn report_of(request: &ApReq<'_>) -> Report {
    let mut talk = Conversation::new();
    show(&mut talk, &Leg::new(CLIENT, SERVER, 1), request);
    talk.client(smb2::tree_connect("\\\\fs1.lab.test\\data")).server(smb2::tree_connected());
    talk.report()
}

#[test]
fn an_ordinary_ticket_is_nothing_to_tell() {
    let report = report_of(&ap_req("cifs/fs1.lab.test"));
    let rules: Vec<&str> = report.findings.iter().map(|it| it.rule.as_str()).collect();
    assert_eq!(rules, ["signing-not-required"]);
}

#[test]
fn a_ticket_shown_by_two_hosts_with_one_authenticator_is_relayed() {
    let request = ap_req("cifs/fs1.lab.test");
    let twice = |from: &Leg<'_>, to: &Leg<'_>, second: &ApReq<'_>| {
        let mut talk = Conversation::new();
        show(&mut talk, from, &request);
        show(&mut talk, to, second);
        talk.report()
    };
    let from = Leg::new(CLIENT, "10.0.0.66:445", 1);
    let to = Leg::new("10.0.0.66:50100", SERVER, 2);
    let report = twice(&from, &to, &request);
    let finding = only(&report, "kerberos-relay");
    assert_eq!((finding.severity, finding.confidence), (Severity::High, Confidence::Certain));
    assert!(of(&report, "kerberos-ticket-moved").is_empty());
    let back = Leg::new("10.0.0.66:50100", "10.0.0.7:445", 2);
    assert_eq!(only(&twice(&from, &back, &request), "kerberos-reflection").sessions, ["s1", "s2"]);
    // A client may send its token again to the same server.
    let again = Leg::new("10.0.0.7:49732", "10.0.0.66:445", 2);
    let report = twice(&from, &again, &request);
    assert!(of(&report, "kerberos-relay").is_empty(), "{:#?}", report.findings);
    let fresh = ApReq { authenticator: [0x62; 32], ..ap_req("cifs/fs1.lab.test") };
    let report = twice(&from, &to, &fresh);
    assert!(of(&report, "kerberos-relay").is_empty());
    assert_eq!(only(&report, "kerberos-ticket-moved").confidence, Confidence::Strong);
    // One client, by its ClientGuid, may have two addresses.
    let moved = Leg { client_guid: from.client_guid, ..Leg::new("10.9.0.7:50100", SERVER, 2) };
    assert!(of(&twice(&from, &moved, &fresh), "kerberos-ticket-moved").is_empty());
}

#[test]
fn a_ticket_for_another_service_is_found() {
    let report = report_of(&ap_req("http/web.lab.test"));
    assert_eq!(only(&report, "kerberos-wrong-service").severity, Severity::High);
    let report = report_of(&ap_req("cifs/other.lab.test"));
    assert_eq!(only(&report, "kerberos-wrong-service").confidence, Confidence::Weak);
    for service in ["cifs/FS1", "HOST/fs1.lab.test", "cifs/10.0.0.5", "fs1$"] {
        assert!(of(&report_of(&ap_req(service)), "kerberos-wrong-service").is_empty(), "{service}");
    }
}

#[test]
fn a_ticket_of_rc4_and_one_that_asks_for_no_proof_are_told() {
    let report = report_of(&ApReq { etype: 23, ..ap_req("cifs/fs1.lab.test") });
    assert_eq!(only(&report, "kerberos-weak-ticket").severity, Severity::Low);
    let report = report_of(&ApReq { options: [0; 4], ..ap_req("cifs/fs1.lab.test") });
    assert_eq!(only(&report, "kerberos-not-mutual").severity, Severity::Info);
}

#[test]
fn ntlm_after_a_refused_ticket_is_told() {
    let with = |code: Option<u8>| {
        let mut talk = Conversation::new();
        let leg = Leg::new(CLIENT, SERVER, 1);
        if let Some(code) = code {
            leg.begin_with(&mut talk, &ap_req("cifs/fs1.lab.test").message());
            talk.server(smb2::challenged_with(&error(code)));
        }
        let challenge = messages::challenge_of("FS1", [4, 4, 2, 6, 1, 9, 3, 4]);
        let answer = messages::answer_to(&challenge, "cifs/fs1.lab.test", 1);
        Leg::new(CLIENT, SERVER, 2).run(&mut talk, &challenge, &answer, smb2::welcomed().signed());
        talk.report()
    };
    let report = with(Some(41));
    assert!(only(&report, "kerberos-then-ntlm").title.contains("KRB_AP_ERR_MODIFIED"));
    assert!(of(&with(None), "kerberos-then-ntlm").is_empty());
}

/// The KDC gives a ticket to an address, which is perhaps not the one that shows it.
fn fetched_by(fetcher: &str, request: &ApReq<'_>) -> Conversation {
    let mut talk = Conversation::new();
    talk.datagram("10.0.0.1:88", fetcher, &request.tgs_rep());
    talk
}

/// A ticket is shown, and nothing signs what follows.
fn show_unsigned(talk: &mut Conversation, leg: &Leg<'_>, request: &ApReq<'_>) {
    show(talk, leg, request);
    talk.client(smb2::tree_connect("\\\\fs1.lab.test\\data")).server(smb2::tree_connected());
    talk.both(smb2::create()).both(smb2::create());
}

#[test]
fn a_ticket_that_another_address_fetched_is_found() {
    let request = ap_req("cifs/fs1.lab.test");
    let leg = Leg::new("10.0.0.66:50100", SERVER, 2);
    let mut talk = fetched_by("10.0.0.7:40000", &request);
    show_unsigned(&mut talk, &leg, &request);
    let report = talk.report();
    let finding = only(&report, "kerberos-ticket-fetched-elsewhere");
    assert_eq!((finding.severity, finding.confidence), (Severity::Medium, Confidence::Weak));
    assert_eq!(finding.sessions, ["s1"]);
    assert!(finding.title.contains("that 10.0.0.7 fetched is used by 10.0.0.66"));
    assert_eq!(finding.evidence[0].packet, 1);
    assert_eq!(finding.evidence[0].value, finding.evidence[1].value);
    // Where the other address is known to be another host, the finding is stronger.
    super::ordinary(&mut talk, CLIENT, SERVER, 3);
    let report = talk.report();
    let finding = only(&report, "kerberos-ticket-fetched-elsewhere");
    assert_eq!(finding.confidence, Confidence::Strong);
}

#[test]
fn a_ticket_that_its_own_client_fetched_is_nothing_to_tell() {
    let rule = "kerberos-ticket-fetched-elsewhere";
    let request = ap_req("cifs/fs1.lab.test");
    let own = Leg::new(CLIENT, SERVER, 1);
    // The client itself; nobody in the capture; another ticket.
    let others = ApReq { ticket: [0x72; 32], ..ap_req("cifs/fs1.lab.test") };
    let unseen = Conversation::new();
    let before =
        [fetched_by("10.0.0.7:40000", &request), unseen, fetched_by("10.9.9.9:1", &others)];
    for mut talk in before {
        show_unsigned(&mut talk, &own, &request);
        assert!(of(&talk.report(), rule).is_empty());
    }
    // One host, by its ClientGuid, with two addresses.
    let other = Leg { client_guid: own.client_guid, ..Leg::new("10.0.0.66:50100", SERVER, 2) };
    let mut talk = fetched_by("10.0.0.7:40000", &request);
    super::ordinary(&mut talk, CLIENT, SERVER, 1);
    show_unsigned(&mut talk, &other, &request);
    assert!(of(&talk.report(), rule).is_empty(), "{:#?}", talk.report().findings);
    // A NAT that both the KDC's answer and the session pass.
    let outside = Leg { client: "10.9.0.3:50100", ..own };
    let mut talk = fetched_by("10.0.0.7:40000", &request);
    show_unsigned(&mut talk, &own, &request);
    show_unsigned(&mut talk, &outside, &request);
    assert!(of(&talk.report(), rule).is_empty(), "{:#?}", talk.report().findings);
    // A session that is signed.
    let mut talk = fetched_by("10.0.0.7:40000", &request);
    show(&mut talk, &Leg::new("10.0.0.66:50100", SERVER, 2), &request);
    talk.client(smb2::tree_connect("\\\\fs1.lab.test\\data").signed());
    talk.server(smb2::tree_connected().signed());
    talk.both(smb2::create().signed()).both(smb2::create().signed());
    assert!(of(&talk.report(), rule).is_empty(), "{:#?}", talk.report().findings);
}

#[test]
fn who_fetched_a_ticket_is_read_from_tcp_too() {
    let request = ap_req("cifs/fs1.lab.test");
    let mut talk = Conversation::new();
    talk.connect("10.0.0.7:40000", "10.0.0.1:88");
    talk.server(super::conversation::Frame::Bytes(request.tgs_rep()));
    show_unsigned(&mut talk, &Leg::new("10.0.0.66:50100", SERVER, 2), &request);
    only(&talk.report(), "kerberos-ticket-fetched-elsewhere");
}
