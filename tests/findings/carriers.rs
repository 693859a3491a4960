//! Authentications that are passed on between SMB and other protocols.

use countersign::report::{Confidence, Report, Severity};

use super::conversation::carriers::{Carrier, Speaker, client, server};
use super::conversation::kerberos::{ApReq, ap_req};
use super::conversation::ntlm::{Answer, Challenge, answer_to, challenge_of, negotiate};
use super::conversation::{Conversation, smb2};
use super::{Leg, of, only, ordinary};

const VICTIM: &str = "10.0.0.7:49731";
const MIDDLE: &str = "10.0.0.66";
const TARGET: &str = "10.0.0.5";
const CHALLENGE: [u8; 8] = [9, 1, 7, 3, 5, 2, 8, 6];

/// The rules that know one authentication in two places.
const RELAYS: [&str; 5] = [
    "ntlm-relay",
    "ntlm-reflection",
    "ntlm-challenge-reused",
    "ntlm-static-challenge",
    "user-passes-through",
];

fn given() -> (Challenge, Answer) {
    let challenge = challenge_of("FS1", CHALLENGE);
    let answer = answer_to(&challenge, "cifs/10.0.0.66", 0x31);
    (challenge, answer)
}

/// A way to authenticate: SMB, or another protocol.
#[derive(Clone, Copy)]
enum Way {
    Smb,
    Other(Speaker),
}

impl Way {
    fn of(carrier: Carrier, word: &'static str) -> Way {
        Way::Other(Speaker { carrier, word })
    }

    fn port(self) -> u16 {
        match self {
            Way::Smb => 445,
            Way::Other(speaker) => speaker.carrier.port(),
        }
    }

    fn name(self) -> &'static str {
        match self {
            Way::Smb => "SMB",
            Way::Other(speaker) => speaker.carrier.name(),
        }
    }

    /// A whole authentication of `client` with `server`, but for its last words where it is none.
    fn run(
        self,
        talk: &mut Conversation,
        [client, server]: [&str; 2],
        (challenge, answer): (&Challenge, &Answer),
        is_accepted: Option<bool>,
    ) {
        let server = format!("{server}:{}", self.port());
        match self {
            Way::Smb => {
                let number = if client == VICTIM { 1 } else { 2 };
                let last = match is_accepted {
                    Some(false) => smb2::welcomed().status(smb2::STATUS_LOGON_FAILURE),
                    _ => smb2::welcomed().signed(),
                };
                Leg::new(client, &server, number).run(talk, challenge, answer, last);
            }
            Way::Other(speaker) => {
                talk.connect(client, &server);
                speaker.greet(talk);
                speaker.ask(talk, &negotiate());
                speaker.challenge(talk, &challenge.message());
                speaker.ask(talk, &answer.message());
                if let Some(is_accepted) = is_accepted {
                    speaker.end(talk, is_accepted);
                }
            }
        }
    }
}

/// The victim comes to the host in the middle, which gives what it says to `target`.
fn relayed(from: Way, to: Way, target: &str, is_accepted: Option<bool>) -> Report {
    let mut talk = Conversation::new();
    let (challenge, answer) = given();
    from.run(&mut talk, [VICTIM, MIDDLE], (&challenge, &answer), Some(true));
    to.run(&mut talk, ["10.0.0.66:50100", target], (&challenge, &answer), is_accepted);
    talk.report()
}

#[test]
fn a_relay_between_smb_and_each_protocol_is_found_both_ways() {
    for carrier in Carrier::ALL {
        let other = Way::of(carrier, "certsrv");
        for (from, to) in [(Way::Smb, other), (other, Way::Smb)] {
            let report = relayed(from, to, TARGET, Some(true));
            let finding = only(&report, "ntlm-relay");
            assert_eq!(
                (finding.severity, finding.confidence),
                (Severity::High, Confidence::Certain)
            );
            assert_eq!(finding.sessions, ["s1"], "the leg of SMB");
            let words = format!(
                "LAB\\alice from 10.0.0.7 over {} was relayed by 10.0.0.66 to {} on 10.0.0.5",
                from.name(),
                to.name(),
            );
            assert!(finding.title.contains(&words), "{carrier:?}: {}", finding.title);
            assert!(finding.title.ends_with("which accepted it"), "{}", finding.title);
            let values: Vec<&str> = finding.evidence.iter().map(|it| it.value.as_str()).collect();
            assert_eq!(values.iter().filter(|it| **it == "0901070305020806").count(), 2);
            assert_eq!(values[1], values[3], "one response");
            let last = finding.evidence.last().unwrap();
            assert_eq!(last.meaning, "10.0.0.5 let 10.0.0.66 in.");
            for rule in &RELAYS[1..] {
                assert!(of(&report, rule).is_empty(), "{rule}: {:#?}", report.findings);
            }
            assert!(of(&report, "ntlm-wrong-target").is_empty(), "the relay covers it");
        }
    }
}

#[test]
fn each_protocol_says_how_it_ended() {
    let expected = |carrier: Carrier| match carrier {
        Carrier::Http => [("HTTP status", "200"), ("HTTP status", "401")],
        Carrier::Proxy => [("HTTP status", "304"), ("HTTP status", "407")],
        Carrier::Ldap | Carrier::Sicily => {
            [("LDAP bindResponse resultCode", "0"), ("LDAP bindResponse resultCode", "49")]
        }
        Carrier::Mssql => [("TDS token", "LOGINACK"), ("TDS ERROR Number", "18456")],
        Carrier::Smtp => [("SMTP reply", "235"), ("SMTP reply", "535")],
        Carrier::Imap => [("IMAP response", "OK"), ("IMAP response", "NO")],
        Carrier::Pop3 => [("POP3 response", "+OK"), ("POP3 response", "-ERR")],
        Carrier::Rpc => [("RPC PTYPE", "response"), ("RPC fault status", "0x00000005")],
    };
    for carrier in Carrier::ALL {
        for (is_accepted, (field, value)) in [true, false].into_iter().zip(expected(carrier)) {
            let way = Way::of(carrier, "certsrv");
            let report = relayed(Way::Smb, way, TARGET, Some(is_accepted));
            let finding = only(&report, "ntlm-relay");
            let last = finding.evidence.last().unwrap();
            assert_eq!((&*last.field, &*last.value), (field, value), "{carrier:?}");
            let verdict = if is_accepted { "which accepted it" } else { "which refused it" };
            assert!(finding.title.ends_with(verdict), "{carrier:?}: {}", finding.title);
        }
        let report = relayed(Way::Smb, Way::of(carrier, "certsrv"), TARGET, None);
        let finding = only(&report, "ntlm-relay");
        assert!(finding.title.contains("was not captured"), "{carrier:?}: {}", finding.title);
    }
}

#[test]
fn a_relay_without_smb_is_told_too() {
    let (http, ldap) = (Way::of(Carrier::Http, "printer"), Way::of(Carrier::Ldap, "dc"));
    let report = relayed(http, ldap, TARGET, Some(true));
    let finding = only(&report, "ntlm-relay");
    assert_eq!(finding.confidence, Confidence::Certain);
    assert!(finding.sessions.is_empty() && report.sessions.is_empty());
    assert!(of(&report, "ntlm-wrong-target").is_empty(), "the relay covers it");
    // To a web server that is asked for something else, it may be a proxy that rewrites.
    let report = relayed(http, Way::of(Carrier::Http, "certsrv"), TARGET, Some(true));
    let finding = only(&report, "ntlm-relay");
    assert_eq!(finding.confidence, Confidence::Strong);
    assert!(finding.alternatives.iter().any(|it| it.contains("a proxy")), "{finding:#?}");
}

#[test]
fn one_conversation_on_both_sides_of_a_nat_or_a_proxy_is_no_relay() {
    for carrier in Carrier::ALL {
        let way = Way::of(carrier, "intranet");
        let report = relayed(way, way, TARGET, Some(true));
        for rule in RELAYS {
            assert!(of(&report, rule).is_empty(), "{carrier:?} {rule}: {:#?}", report.findings);
        }
    }
    // A proxy is asked for an address, and asks for a path.
    let (challenge, answer) = given();
    let mut talk = Conversation::new();
    let server = Speaker { carrier: Carrier::Http, word: "certsrv" };
    for (ends, target) in [
        ([VICTIM, "10.0.0.66:8080"], "http://CertSrv/a HTTP/1.1\r\nProxy-Connection: a"),
        (["10.0.0.66:50100", "10.0.0.5:80"], "/a HTTP/1.1\r\nHost: certsrv"),
    ] {
        talk.connect(ends[0], ends[1]);
        for token in [negotiate(), answer.message()] {
            let token = data_encoding::BASE64.encode(&token);
            client(&mut talk, format!("GET {target}\r\nauthorization: ntlm {token}\r\n\r\n"));
            match talk.packet() % 2 {
                _ if token.len() < 100 => server.challenge(&mut talk, &challenge.message()),
                _ => server.end(&mut talk, true),
            }
        }
    }
    let report = talk.report();
    for rule in RELAYS {
        assert!(of(&report, rule).is_empty(), "{rule}: {:#?}", report.findings);
    }
}

#[test]
fn a_response_that_comes_back_to_its_client_over_another_protocol_is_a_reflection() {
    let report = relayed(Way::Smb, Way::of(Carrier::Ldap, "dc"), "10.0.0.7", Some(true));
    let finding = only(&report, "ntlm-reflection");
    assert_eq!(finding.confidence, Confidence::Certain);
    assert!(finding.title.contains("was given back to LDAP on it by"), "{}", finding.title);
    assert!(of(&report, "ntlm-relay").is_empty());
}

#[test]
fn ordinary_authentications_over_several_protocols_are_no_relay() {
    let mut talk = Conversation::new();
    ordinary(&mut talk, VICTIM, "10.0.0.5:445", 1);
    for (number, carrier) in Carrier::ALL.into_iter().enumerate() {
        let challenge = challenge_of("SRV", [number as u8, 1, 2, 3, 4, 5, 6, 7]);
        let target = format!("host/SRV{number}");
        let answer = answer_to(&challenge, &target, 0x40 + number as u8);
        let ends = [format!("10.0.0.7:{}", 51_000 + number), format!("10.0.1.{number}")];
        let ends = [ends[0].as_str(), ends[1].as_str()];
        Way::of(carrier, "word").run(&mut talk, ends, (&challenge, &answer), Some(true));
    }
    let report = talk.report();
    let rules: Vec<&str> = report.findings.iter().map(|it| it.rule.as_str()).collect();
    assert_eq!(rules, ["signing-not-required"], "{:#?}", report.findings);
}

#[test]
fn a_challenge_that_a_web_server_passes_on_is_found_without_an_answer() {
    let (challenge, answer) = given();
    let mut talk = Conversation::new();
    let http = Speaker { carrier: Carrier::Http, word: "wpad" };
    talk.connect(VICTIM, "10.0.0.66:80");
    http.greet(&mut talk);
    http.ask(&mut talk, &negotiate());
    http.challenge(&mut talk, &challenge.message());
    let ends = ["10.0.0.66:50100", TARGET];
    Way::Smb.run(&mut talk, ends, (&challenge, &answer), Some(false));
    let report = talk.report();
    let finding = only(&report, "ntlm-challenge-reused");
    assert_eq!(finding.confidence, Confidence::Strong);
    assert!(finding.title.contains("over HTTP and over SMB"), "{}", finding.title);
}

#[test]
fn a_response_made_for_a_file_server_and_given_to_a_directory_is_found_alone() {
    let with = |target: &str| {
        let challenge = challenge_of("DC1", CHALLENGE);
        let answer = answer_to(&challenge, target, 0x31);
        let mut talk = Conversation::new();
        let ends = ["10.0.0.66:50100", TARGET];
        Way::of(Carrier::Ldap, "dc").run(&mut talk, ends, (&challenge, &answer), Some(true));
        talk.report()
    };
    let report = with("cifs/10.0.0.66");
    let finding = only(&report, "ntlm-wrong-target");
    assert!(finding.title.ends_with("is given to 10.0.0.5 over LDAP"), "{}", finding.title);
    assert!(finding.evidence.iter().any(|it| it.value == "cifs/10.0.0.66"));
    for target in ["ldap/dc1.lab.test/lab.test", "LDAP/alias", "host/dc1", ""] {
        assert!(of(&with(target), "ntlm-wrong-target").is_empty(), "{target}");
    }
}

#[test]
fn a_ticket_that_is_shown_over_two_protocols_is_relayed() {
    let show = |second: &ApReq<'_>| {
        let mut talk = Conversation::new();
        Leg::new(VICTIM, "10.0.0.66:445", 1)
            .begin_with(&mut talk, &ap_req("cifs/fs1.lab.test").message());
        talk.server(smb2::welcomed().signed());
        talk.connect("10.0.0.66:50100", "10.0.0.5:80");
        let http = Speaker { carrier: Carrier::Http, word: "certsrv" };
        let token = data_encoding::BASE64.encode(&second.message());
        client(
            &mut talk,
            format!("GET /certsrv HTTP/1.1\r\nAuthorization: Negotiate {token}\r\n\r\n"),
        );
        http.end(&mut talk, true);
        talk.report()
    };
    let report = show(&ap_req("cifs/fs1.lab.test"));
    let finding = only(&report, "kerberos-relay");
    assert_eq!(finding.confidence, Confidence::Certain);
    assert!(
        finding.title.contains("relayed by 10.0.0.66 to HTTP on 10.0.0.5"),
        "{}",
        finding.title
    );
    let fresh =
        ApReq { ticket: [0x72; 32], authenticator: [0x62; 32], ..ap_req("http/fs1.lab.test") };
    let report = show(&fresh);
    assert!(of(&report, "kerberos-relay").is_empty(), "{:#?}", report.findings);
    assert!(of(&report, "kerberos-wrong-service").is_empty(), "{:#?}", report.findings);
}

#[test]
fn what_is_encrypted_is_given_up_and_nothing_is_told_of_it() {
    let (challenge, answer) = given();
    let mut talk = Conversation::new();
    Way::Smb.run(&mut talk, [VICTIM, MIDDLE], (&challenge, &answer), Some(true));
    // The server wants its login encrypted, so TLS follows PRELOGIN.
    talk.connect("10.0.0.66:50100", "10.0.0.5:1433");
    Speaker { carrier: Carrier::Mssql, word: "sql" }.greet(&mut talk);
    client(&mut talk, [&[0x17, 3, 3, 0, 200][..], &[0x5a; 200]].concat());
    // The mail server changes to TLS.
    talk.connect("10.0.0.66:50101", "10.0.0.5:25");
    server(&mut talk, "220 mail\r\n");
    client(&mut talk, "STARTTLS\r\n");
    client(&mut talk, [&[0x16, 3, 1, 0, 200][..], &[0x5a; 200]].concat());
    let report = talk.report();
    for rule in RELAYS {
        assert!(of(&report, rule).is_empty(), "{rule}: {:#?}", report.findings);
    }
}

#[test]
fn a_client_of_http_without_integrity_codes_is_told_only_where_it_sends_them_elsewhere() {
    let with_codes = |also: bool| {
        let mut talk = Conversation::new();
        for number in 0..=u8::from(also) {
            let challenge = challenge_of("SRV", [number, 1, 2, 3, 4, 5, 6, 7]);
            let mut answer = answer_to(&challenge, "http/srv", 0x40 + number);
            if number == 0 {
                answer.pairs.retain(|(id, _)| *id != 6);
                answer.mic = None;
            }
            let client = format!("10.0.0.7:{}", 51_000 + u16::from(number));
            let http = Way::of(Carrier::Http, "intranet");
            http.run(&mut talk, [&client, TARGET], (&challenge, &answer), Some(true));
        }
        talk.report()
    };
    assert!(of(&with_codes(false), "ntlm-mic-missing").is_empty());
    let report = with_codes(true);
    let finding = only(&report, "ntlm-mic-missing");
    assert_eq!(finding.severity, Severity::Medium);
    assert!(finding.title.contains("over HTTP"), "{}", finding.title);
}
