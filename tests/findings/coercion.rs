//! Calls that make a server authenticate to somebody, over named pipes.

use countersign::analysis::{Analysis, Edition, Options};
use countersign::redaction::Key;
use countersign::report::{Confidence, Finding, Report, Severity};

use super::conversation::ntlm::{answer_to, challenge_of};
use super::conversation::rpc::{self, DFSNM, EFSR, RPRN, SRVS};
use super::conversation::{Conversation, Frame, smb1, smb2};
use super::{Leg, of, only};

const CALLER: &str = "10.0.0.66:40000";
const CALLEE: &str = "10.0.0.5:445";
/// Where the server is sent to.
const ELSEWHERE: &str = "10.0.0.99:445";

const RULE: &str = "coerced-authentication";
/// ERROR_BAD_NETPATH.
const BAD_NETPATH: u32 = 0x35;

/// The caller logs on to the server and opens a pipe, file 7.
fn open(talk: &mut Conversation) {
    talk.connect(CALLER, CALLEE);
    talk.negotiate(smb2::ENABLED, smb2::ENABLED, 0x0302).log_on();
    talk.client(smb2::tree_connect(r"\\fs1\IPC$").signed()).server(smb2::tree_connected().signed());
    talk.client(smb2::create_pipe("lsarpc").signed()).server(smb2::created(7).signed());
}

/// A call over the pipe, by a write and a read.
fn call(talk: &mut Conversation, interface: [u8; 16], opnum: u16, arguments: &[u8]) {
    for (asked, answered) in [
        (rpc::bind(interface), rpc::bound()),
        (rpc::request(opnum, rpc::WHOLE, arguments), rpc::response(BAD_NETPATH)),
    ] {
        talk.client(smb2::write_to(7, &asked).signed()).server(smb2::write().signed());
        talk.client(smb2::read_from(7).signed()).server(smb2::read_out(&answered).signed());
    }
}

/// The server authenticates to another host as `user`.
fn authenticate(talk: &mut Conversation, to: &str, user: &'static str) {
    let challenge = challenge_of("EVIL", [4, 7, 3, 9, 1, 4, 8, 2]);
    let mut answer = answer_to(&challenge, "cifs/EVIL.lab.test", 4);
    answer.user = user;
    Leg::new("10.0.0.5:50123", to, 9).run(talk, &challenge, &answer, smb2::welcomed().signed());
}

/// A call of a function and nothing else.
fn only_called(interface: [u8; 16], opnum: u16, arguments: &[u8]) -> Report {
    let mut talk = Conversation::new();
    open(&mut talk);
    call(&mut talk, interface, opnum, arguments);
    talk.report()
}

fn weight(finding: &Finding) -> (Severity, Confidence) {
    (finding.severity, finding.confidence)
}

#[test]
fn a_server_that_is_called_and_authenticates_where_it_was_told_to_is_found() {
    let with = |path: &str, user| {
        let mut talk = Conversation::new();
        open(&mut talk);
        call(&mut talk, EFSR, 4, &rpc::string(path));
        authenticate(&mut talk, ELSEWHERE, user);
        talk.report()
    };
    let report = with(r"\\10.0.0.99\share\file", "DC1$");
    let finding = only(&report, RULE);
    assert_eq!(weight(finding), (Severity::High, Confidence::Certain));
    assert_eq!(finding.sessions, ["s1", "s2"]);
    let fields: Vec<&str> = finding.evidence.iter().map(|it| it.field.as_str()).collect();
    assert_eq!(
        fields,
        [
            "RPC request MS-EFSR opnum 4",
            "RPC request argument",
            "RPC response",
            "TCP SYN",
            "SESSION_SETUP request",
        ]
    );
    assert_eq!(finding.evidence[0].value, "EfsRpcEncryptFileSrv");
    assert!(finding.evidence[0].meaning.contains("pipe lsarpc"), "{finding:#?}");
    assert_eq!(finding.evidence[1].value, r"\\10.0.0.99\share\file");
    assert_eq!(finding.evidence[2].value, "0x00000035");
    assert_eq!(finding.evidence[4].value, r"LAB\DC1$");
    // A name that the other host gives itself, and an account of a person.
    let report = with(r"\\evil@80\share\file", "alice");
    assert_eq!(weight(only(&report, RULE)), (Severity::High, Confidence::Strong));
    // A name that nothing in the capture explains, and a host that nothing names.
    let mut talk = Conversation::new();
    open(&mut talk);
    call(&mut talk, EFSR, 4, &rpc::string(r"\\elsewhere\share"));
    talk.connect("10.0.0.5:50123", ELSEWHERE);
    let report = talk.report();
    let finding = only(&report, RULE);
    assert_eq!(weight(finding), (Severity::Medium, Confidence::Strong));
    assert!(finding.alternatives.iter().any(|it| it.ends_with("just then: not ruled out.")));
    // The server itself is named, and what it then does has other causes.
    for path in [r"\\10.0.0.5\share\file", r"\\localhost\share", r"C:\file"] {
        assert!(of(&with(path, "DC1$"), RULE).is_empty(), "{path}");
    }
    // Another host is named than the one that the server then turns to.
    let report = with(r"\\10.0.0.98\share\file", "DC1$");
    let finding = only(&report, RULE);
    assert_eq!(weight(finding), (Severity::Medium, Confidence::Strong));
    assert_eq!(finding.sessions, ["s1"]);
}

#[test]
fn what_comes_too_late_or_goes_elsewhere_is_not_the_calls_doing() {
    let with = |seconds, to: &str| {
        let mut talk = Conversation::new();
        open(&mut talk);
        call(&mut talk, EFSR, 4, &rpc::string(r"\\10.0.0.99\share\file"));
        talk.wait(seconds);
        talk.connect("10.0.0.5:50123", to);
        weight(only(&talk.report(), RULE))
    };
    let connected = (Severity::High, Confidence::Strong);
    let called = (Severity::Medium, Confidence::Strong);
    for to in ["10.0.0.99:445", "10.0.0.99:139", "10.0.0.99:80", "10.0.0.99:5985"] {
        assert_eq!(with(0, to), connected, "{to}");
    }
    assert_eq!(with(29, ELSEWHERE), connected);
    assert_eq!(with(31, ELSEWHERE), called);
    assert_eq!(with(0, "10.0.0.99:22"), called);
    assert_eq!(with(0, "10.0.0.98:445"), called);
}

#[test]
fn a_print_server_that_is_asked_to_notify_is_weaker_evidence() {
    let notify = |host: &str| [vec![0x22; 32], rpc::string(host)].concat();
    let mut talk = Conversation::new();
    open(&mut talk);
    call(&mut talk, RPRN, 65, &notify(r"\\10.0.0.66"));
    talk.connect("10.0.0.5:50123", "10.0.0.66:445");
    let report = talk.report();
    let finding = only(&report, RULE);
    assert_eq!(weight(finding), (Severity::High, Confidence::Strong));
    assert!(finding.alternatives.iter().any(|it| it.starts_with("Print management")));
    let report = only_called(RPRN, 65, &notify(r"\\10.0.0.66"));
    assert_eq!(weight(only(&report, RULE)), (Severity::Medium, Confidence::Weak));
    // Whoever prints opens a printer.
    assert!(of(&only_called(RPRN, 1, &notify(r"\\10.0.0.66")), RULE).is_empty());
}

#[test]
fn the_bare_name_of_a_host_is_an_argument_of_dfs() {
    let report = only_called(DFSNM, 13, &rpc::string("evil"));
    let finding = only(&report, RULE);
    assert_eq!(weight(finding), (Severity::Medium, Confidence::Weak));
    assert!(finding.title.contains(r"NetrDfsRemoveStdRoot") && finding.title.contains(r"\\evil"));
    // The server is called by its own name.
    assert!(of(&only_called(DFSNM, 13, &rpc::string("fs1")), RULE).is_empty());
}

#[test]
fn other_interfaces_and_files_are_no_calls() {
    let path = rpc::string(r"\\10.0.0.99\share\file");
    assert!(of(&only_called(SRVS, 4, &path), RULE).is_empty());
    // The same bytes in a file.
    let mut talk = Conversation::new();
    talk.connect(CALLER, CALLEE);
    talk.negotiate(smb2::ENABLED, smb2::ENABLED, 0x0302).log_on();
    talk.client(smb2::tree_connect(r"\\fs1\data").signed()).server(smb2::tree_connected().signed());
    call(&mut talk, EFSR, 4, &path);
    assert!(of(&talk.report(), RULE).is_empty());
}

#[test]
fn a_call_that_is_refused_is_weaker_evidence() {
    let mut talk = Conversation::new();
    open(&mut talk);
    talk.client(smb2::write_to(7, &rpc::bind(EFSR))).server(smb2::write());
    let asked = rpc::request(0, rpc::WHOLE, &rpc::string(r"\\10.0.0.99\a\b"));
    talk.client(smb2::transceive_with(7, &asked));
    talk.server(smb2::transceived_with(7, &rpc::fault(5)));
    let report = talk.report();
    let finding = only(&report, RULE);
    assert_eq!(weight(finding), (Severity::Low, Confidence::Weak));
    assert_eq!(finding.evidence[2].value, "fault 0x00000005");
    // What then follows may have another cause.
    talk.connect("10.0.0.5:50123", ELSEWHERE);
    assert_eq!(weight(only(&talk.report(), RULE)), (Severity::Medium, Confidence::Weak));
}

#[test]
fn of_arguments_that_are_encrypted_what_follows_tells() {
    let with = |then: Option<(&str, &'static str)>| {
        let mut talk = Conversation::new();
        open(&mut talk);
        let asked = rpc::sealed(rpc::request(0, rpc::WHOLE, &rpc::string(r"\\10.0.0.66\a\b")));
        talk.client(smb2::write_to(7, &rpc::sealed(rpc::bind(EFSR)))).server(smb2::write());
        talk.client(smb2::transceive_with(7, &asked));
        talk.server(smb2::transceived_with(7, &rpc::sealed(rpc::response(0))));
        if let Some((to, user)) = then {
            authenticate(&mut talk, to, user);
        }
        let report = talk.report();
        let finding = only(&report, RULE);
        assert!(finding.title.contains("encrypted"), "{}", finding.title);
        weight(finding)
    };
    assert_eq!(with(Some(("10.0.0.66:445", "DC1$"))), (Severity::High, Confidence::Strong));
    assert_eq!(with(Some((ELSEWHERE, "DC1$"))), (Severity::Medium, Confidence::Weak));
    assert_eq!(with(None), (Severity::Low, Confidence::Weak));
}

#[test]
fn a_call_is_found_however_it_is_cut_and_wherever_the_capture_begins() {
    let path = rpc::string(r"\\10.0.0.99\share\file");
    // In fragments, each in two writes.
    let mut talk = Conversation::new();
    open(&mut talk);
    talk.client(smb2::write_to(7, &rpc::bind(EFSR))).server(smb2::write());
    let (start, end) = path.split_at(20);
    for fragment in [rpc::request(4, 1, start), rpc::request(4, 2, end)] {
        let (first, second) = fragment.split_at(21);
        talk.client(smb2::write_to(7, first)).server(smb2::write());
        talk.client(smb2::write_to(7, second)).server(smb2::write());
    }
    assert_eq!(only(&talk.report(), RULE).evidence.len(), 2);
    // The capture begins after the pipe was opened.
    let mut talk = Conversation::new();
    talk.join(CALLER, CALLEE);
    talk.session(9).both(smb2::echo());
    call(&mut talk, EFSR, 4, &path);
    assert_eq!(only(&talk.report(), RULE).evidence.len(), 3);
    // The packet of the call is cut by the snap length behind the path.
    let mut talk = Conversation::new();
    open(&mut talk);
    talk.client(smb2::write_to(7, &rpc::bind(EFSR))).server(smb2::write());
    let long = [path.clone(), vec![0; 400]].concat();
    talk.cut(112 + 24 + path.len());
    talk.client(smb2::write_to(7, &rpc::request(4, rpc::WHOLE, &long)));
    assert_eq!(only(&talk.report(), RULE).evidence.len(), 2);
    // The pipe is opened and written into by one compound.
    let mut talk = Conversation::new();
    open(&mut talk);
    let opened = smb2::create_pipe("efsrpc");
    talk.client([opened, smb2::write_to(0xff, &rpc::bind(EFSR)).related()]);
    talk.server([smb2::created(8), smb2::write().related()]);
    talk.client(smb2::transceive_with(8, &rpc::request(4, rpc::WHOLE, &path)));
    let report = talk.report();
    assert!(only(&report, RULE).evidence[0].meaning.contains("pipe efsrpc"));
    // A file that is closed and opened again is another pipe.
    let mut talk = Conversation::new();
    open(&mut talk);
    talk.client(smb2::write_to(7, &rpc::bind(EFSR))).server(smb2::write());
    talk.client(smb2::close_file(7)).server(smb2::close());
    talk.client(smb2::create_pipe("srvsvc")).server(smb2::created(7));
    talk.client(smb2::write_to(7, &rpc::request(4, rpc::WHOLE, &path)));
    assert!(of(&talk.report(), RULE).is_empty());
}

#[test]
fn a_call_over_smb1_is_found() {
    let path = rpc::string(r"\\10.0.0.99\share\file");
    let with = |share: &str, is_transaction: bool| {
        let mut talk = Conversation::new();
        talk.connect(CALLER, CALLEE);
        talk.negotiate_smb1(smb1::ENABLED).log_on_smb1(7, 0);
        let tree = format!(r"\\fs1\{share}");
        talk.client(smb1::tree_connect(&tree)).server(smb1::tree_connected());
        for unit in [rpc::bind(EFSR), rpc::request(4, rpc::WHOLE, &path)] {
            if is_transaction {
                talk.client(smb1::transact(9, &unit)).server(smb1::transacted(&rpc::response(5)));
            } else {
                talk.client(smb1::write_to(9, &unit));
            }
        }
        talk.report()
    };
    let report = with("IPC$", true);
    assert_eq!(only(&report, RULE).evidence[2].value, "0x00000005");
    assert_eq!(only(&with("IPC$", false), RULE).evidence.len(), 2);
    assert!(of(&with("data", false), RULE).is_empty());
}

#[test]
fn a_call_over_tcp_is_found() {
    let path = rpc::string(r"\\10.0.0.99\share\file");
    let with = |interface| {
        let mut talk = Conversation::new();
        talk.connect(CALLER, "10.0.0.5:49667");
        talk.client(Frame::Other(rpc::bind(interface))).server(Frame::Other(rpc::bound()));
        let call = rpc::request(4, rpc::WHOLE, &path);
        let (start, end) = call.split_at(30);
        talk.client(Frame::Other(start.to_vec())).client(Frame::Other(end.to_vec()));
        talk.server(Frame::Other(rpc::response(BAD_NETPATH)));
        authenticate(&mut talk, ELSEWHERE, "DC1$");
        talk.report()
    };
    let report = with(EFSR);
    let finding = only(&report, RULE);
    assert_eq!(weight(finding), (Severity::High, Confidence::Certain));
    assert!(finding.evidence[0].meaning.contains("over TCP"), "{finding:#?}");
    assert_eq!((finding.evidence.len(), &finding.sessions[..]), (5, &["s1".to_owned()][..]));
    assert!(of(&with(SRVS), RULE).is_empty());
}

#[test]
fn a_redacted_report_names_nobody_that_a_call_names() {
    let mut talk = Conversation::new();
    open(&mut talk);
    call(&mut talk, EFSR, 4, &rpc::string(r"\\zulu9.yankee8.net@80\share\quokka.xray7"));
    call(&mut talk, EFSR, 4, &rpc::string(r"\\10.0.0.99\share"));
    let mut analysis = Analysis::new(Options::DEFAULT);
    let source = analysis.add_source("call.pcap".to_owned());
    analysis.push(source, &talk.capture());
    analysis.end(source);
    let results = analysis.finish().unwrap();
    let edition = Edition::redacted(&results, Key::new([7; Key::LEN]));
    let report = serde_json::to_string(&edition).unwrap();
    assert!(report.contains(RULE));
    for said in ["zulu9", "yankee8", "quokka", "xray7", "10.0.0."] {
        assert!(!report.contains(said), "{said} in {report}");
    }
}

#[test]
fn a_recording_on_both_sides_of_a_nat_is_one_matter() {
    let mut talk = Conversation::new();
    for (client, server) in [(CALLER, CALLEE), ("192.0.2.66:40000", "192.0.2.5:445")] {
        talk.connect(client, server);
        talk.negotiate(smb2::ENABLED, smb2::ENABLED, 0x0302)
            .log_on_until("alice", smb2::welcomed());
        let tree = smb2::tree_connect(r"\\fs1\IPC$").signed();
        talk.client(tree).server(smb2::tree_connected().signed());
        call(&mut talk, EFSR, 4, &rpc::string(r"\\10.0.0.99\share"));
    }
    let report = talk.report();
    assert_eq!(report.sessions.len(), 2);
    only(&report, RULE);
}

#[test]
fn a_marked_name_in_a_call_is_found() {
    let host = "localhost1UWhRCAAAAAAAAAAAAAAAAAAAAAAAAAAAAwbEAYBAAAA";
    let report = only_called(EFSR, 4, &rpc::string(&format!(r"\\{host}\share")));
    let finding = only(&report, "marshalled-target-name");
    assert_eq!(finding.evidence[0].field, "RPC request argument");
    assert_eq!(finding.sessions, ["s1"]);
    assert!(
        of(&only_called(EFSR, 4, &rpc::string(r"\\fs2\a")), "marshalled-target-name").is_empty()
    );
}
