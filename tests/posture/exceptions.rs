//! Accepted exceptions: they mark what they are for and nothing else, hide nothing, and are findings
//! themselves once they are over, not needed, or too broad.

use countersign::analysis::{Edition, Results, read_exceptions};
use countersign::redaction::Key;
use countersign::report::{ExceptionState, Finding, Overview, Report, Severity};
use serde_json::{Value, json};

use super::conversation::Conversation;
use super::conversation::smb2::{self, ENABLED};
use super::{host, session};

const DAY: &str = "2026-03-01";

/// An exception for a server until the end of June, with these members in place of its own.
fn exception(members: Value) -> Value {
    let mut exception = json!({
        "host": "10.0.0.5", "side": "server", "reason": "the scanner cannot sign",
        "owner": "storage team", "accepted_on": "2026-01-01", "expires_on": "2026-06-30",
        "compensating_controls": ["a VLAN of its own"]
    });
    for (name, member) in members.as_object().unwrap() {
        exception[name] = member.clone();
    }
    exception.as_object_mut().unwrap().retain(|_, member| !member.is_null());
    exception
}

fn accept(results: &mut Results, exceptions: &[Value], day: &str) {
    let file = json!({ "schema": "countersign-exceptions/1", "exceptions": exceptions });
    results.accept(read_exceptions(&file.to_string()).unwrap(), day.parse().unwrap());
}

/// Two clients with a server that does not require signing, and one with a server that does.
fn office() -> Results {
    let mut talk = Conversation::new();
    session(&mut talk, "10.0.0.7:50001", "10.0.0.5:445", false);
    session(&mut talk, "10.0.0.8:50002", "10.0.0.5:445", false);
    session(&mut talk, "10.0.0.7:50003", "10.0.0.6:445", true);
    talk.results()
}

/// The report on that office with one exception.
fn with(members: Value) -> Report {
    let mut results = office();
    accept(&mut results, &[exception(members)], DAY);
    results.report()
}

fn of<'r>(report: &'r Report, rule: &str) -> Vec<&'r Finding> {
    report.findings.iter().filter(|finding| finding.rule == rule).collect()
}

/// The keys of sessions that are marked.
fn marked(report: &Report) -> Vec<&str> {
    let marked = report.sessions.iter().filter(|session| session.exception.is_some());
    marked.map(|session| session.key.as_str()).collect()
}

#[test]
fn what_is_accepted_is_marked_and_stays() {
    let before = office().report();
    let report = with(json!({}));
    let server = &host(&report, "10.0.0.5").as_server;
    let mark = server.exception.as_ref().unwrap();
    assert_eq!((mark.exception, mark.owner.as_str()), (0, "storage team"));
    assert_eq!(marked(&report), ["s1", "s2"]);
    assert!(server.by_status.iter().all(|it| it.accepted == it.sessions));
    assert_eq!(report.findings.len(), before.findings.len());
    let [finding] = of(&report, "signing-not-required")[..] else { panic!("{report:#?}") };
    assert_eq!(finding.exception.as_ref().unwrap().reason, "the scanner cannot sign");
    assert_eq!(finding.hosts, ["10.0.0.5"]);
    let overview = Overview::of(&report);
    assert_eq!((overview.servers_not_requiring, overview.servers_accepted), (1, 1));
    assert_eq!(overview.by_status.iter().map(|it| it.accepted).sum::<u64>(), 2);
    let row = report.estate.rows.iter().find(|row| row.as_server.not_required > 0).unwrap();
    assert_eq!(row.as_server.accepted, 1);
    assert_eq!(report.exceptions.as_of.as_deref(), Some(DAY));
    let told = &report.exceptions.list[0];
    assert_eq!(told.state, ExceptionState::Used);
    assert_eq!((told.hosts, told.accepted_hosts, told.accepted_sessions), (1, 1, 2));
    assert!(told.accepted_findings >= 1);
    // The server that requires signing is as it was.
    assert!(host(&report, "10.0.0.6").as_server.exception.is_none());
}

#[test]
fn without_exceptions_nothing_is_marked() {
    let report = office().report();
    assert!(marked(&report).is_empty() && report.exceptions.list.is_empty());
    assert!(report.exceptions.as_of.is_none());
    assert!(report.findings.iter().all(|finding| finding.exception.is_none()));
}

#[test]
fn an_exception_that_is_for_something_else_marks_nothing() {
    for members in [
        json!({ "host": "10.0.0.9" }),
        json!({ "host": null, "network": "10.0.1.0/24" }),
        json!({ "role": "nas" }),
        json!({ "rules": ["ntlm-v1"] }),
        json!({ "expires_on": "2026-02-28" }),
        json!({ "accepted_on": "2026-03-02" }),
        json!({ "host": "10.0.0.6" }),
        json!({ "host": "fd00::5" }),
    ] {
        let report = with(members.clone());
        assert!(marked(&report).is_empty(), "{members}");
        let is_marked = |finding: &Finding| finding.exception.is_some();
        assert!(!report.findings.iter().any(is_marked), "{members}");
        assert!(report.hosts.iter().all(|host| host.as_server.exception.is_none()), "{members}");
        assert_eq!(Overview::of(&report).servers_accepted, 0);
    }
}

#[test]
fn an_exception_for_a_client_marks_its_sessions_and_not_its_servers() {
    let report = with(json!({ "host": "10.0.0.7", "side": "client" }));
    assert_eq!(marked(&report), ["s1"], "s3 is signed, and s2 is another's");
    assert!(host(&report, "10.0.0.7").as_client.exception.is_some());
    assert!(host(&report, "10.0.0.5").as_server.exception.is_none());
    let [finding] = of(&report, "signing-not-required")[..] else { panic!("{report:#?}") };
    assert!(finding.exception.is_none(), "the server's other client is not accepted");
}

#[test]
fn a_finding_is_accepted_only_where_all_of_it_is() {
    let guests = || {
        let mut talk = Conversation::new();
        for (number, client) in ["10.0.0.7", "10.0.0.8"].iter().enumerate() {
            talk.connect(&format!("{client}:{}", 50_000 + number), "10.0.0.5:445");
            talk.negotiate(ENABLED, ENABLED, 0x0311)
                .log_on_until("alice", smb2::welcomed_as(smb2::GUEST))
                .both(smb2::create());
        }
        talk.results()
    };
    let with = |exceptions: &[Value]| {
        let mut results = guests();
        accept(&mut results, exceptions, DAY);
        let report = results.report();
        let found = of(&report, "guest-session");
        assert!(!found.is_empty());
        found.iter().filter(|it| it.exception.is_some()).count() * 10 + found.len()
    };
    let client = |address: &str| {
        exception(json!({ "host": address, "side": "client", "rules": ["guest-session"] }))
    };
    let found = with(&[]);
    assert!(found < 10);
    assert!(with(&[client("10.0.0.7"), client("10.0.0.8")]) == 11 * found);
    let whole = exception(json!({ "rules": ["guest-session"] }));
    assert_eq!(with(&[whole]), 11 * found);
    // Without rules an exception accepts that nothing is signed, and not who is let in.
    assert_eq!(with(&[exception(json!({}))]), found);
}

#[test]
fn an_expired_exception_is_a_finding_that_matters_while_it_is_needed() {
    let report = with(json!({ "expires_on": "2026-02-28" }));
    let [finding] = of(&report, "exception-expired")[..] else { panic!("{:#?}", report.findings) };
    assert_eq!(finding.severity, Severity::Medium);
    assert!(finding.title.contains("expired on 2026-02-28, and signing is still not required"));
    assert_eq!(finding.evidence[0].packet, 4);
    assert_eq!(report.exceptions.list[0].state, ExceptionState::Expired);
    let report = with(json!({ "expires_on": "2026-02-28", "host": "10.0.0.6" }));
    assert_eq!(of(&report, "exception-expired")[0].severity, Severity::Low);
    for holding in [json!({}), json!({ "expires_on": DAY }), json!({ "expires_on": null })] {
        assert!(of(&with(holding), "exception-expired").is_empty());
    }
}

#[test]
fn an_exception_that_nothing_needs_is_a_finding() {
    let report = with(json!({ "host": "10.0.0.6" }));
    let [finding] = of(&report, "exception-unused")[..] else { panic!("{:#?}", report.findings) };
    assert!(finding.title.ends_with("accepts nothing: signing is required"), "{}", finding.title);
    assert_eq!(finding.severity, Severity::Low);
    assert!(finding.alternatives[0].contains("ruled out, it was seen"));
    let report = with(json!({ "host": "10.0.0.9" }));
    let [finding] = of(&report, "exception-unused")[..] else { panic!("{:#?}", report.findings) };
    assert!(finding.title.ends_with("was not seen") && finding.severity == Severity::Info);
    for other in
        [json!({}), json!({ "expires_on": "2026-02-28" }), json!({ "accepted_on": "2026-03-02" })]
    {
        assert!(of(&with(other), "exception-unused").is_empty());
    }
    // The second of two for the same host is not needed.
    let mut results = office();
    accept(&mut results, &[exception(json!({})), exception(json!({}))], DAY);
    let report = results.report();
    let [finding] = of(&report, "exception-unused")[..] else { panic!("{:#?}", report.findings) };
    assert!(finding.title.starts_with("Exception 2 (10.0.0.5 as a server)"));
}

#[test]
fn an_exception_that_is_too_broad_is_a_finding_and_holds_all_the_same() {
    let broad = |network: &str| {
        let report = with(json!({ "host": null, "network": network }));
        assert_eq!(marked(&report), ["s1", "s2"]);
        of(&report, "exception-too-broad").iter().map(|it| it.severity).collect::<Vec<_>>()
    };
    assert_eq!(broad("0.0.0.0/0"), [Severity::High]);
    assert_eq!(broad("10.0.0.0/8"), [Severity::Medium]);
    assert_eq!(broad("10.0.0.0/24"), [Severity::Low]);
    assert_eq!(broad("10.0.0.5/32"), []);
    let report = with(json!({ "expires_on": null }));
    assert!(of(&report, "exception-too-broad")[0].title.ends_with("has no last day"));
}

#[test]
fn findings_about_exceptions_are_whole() {
    let mut results = office();
    let all = [
        exception(json!({ "expires_on": "2026-02-28" })),
        exception(json!({ "host": null, "network": "0.0.0.0/0", "expires_on": null })),
        exception(json!({ "host": "10.0.0.9" })),
    ];
    accept(&mut results, &all, DAY);
    let report = results.report();
    let about: Vec<&Finding> =
        report.findings.iter().filter(|it| it.rule.starts_with("exception-")).collect();
    assert_eq!(about.len(), 3, "{about:#?}");
    for finding in about {
        assert!(!finding.remediation.is_empty() && !finding.alternatives.is_empty());
        assert!(!finding.references.is_empty() && finding.exception.is_none());
    }
}

#[test]
fn what_people_wrote_is_not_in_a_redacted_report() {
    let mut results = office();
    let all = [
        exception(json!({})),
        exception(json!({ "host": null, "network": "10.0.0.0/24", "expires_on": "2026-02-28" })),
    ];
    accept(&mut results, &all, DAY);
    let edition = Edition::redacted(&results, Key::new([7; Key::LEN]));
    let text = serde_json::to_string(&edition).unwrap();
    for word in ["scanner", "storage", "VLAN", "10.0.0."] {
        assert!(!text.contains(word), "{word}");
    }
    assert!(text.contains("(redacted)/24"));
    let report: Report = serde_json::from_str(&text).unwrap();
    assert_eq!(marked(&report), ["s1", "s2"]);
}
