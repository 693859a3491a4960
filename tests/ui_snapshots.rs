//! Components of the page, rendered natively: their words, roles and states.

#![cfg(feature = "ui-test")]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]

use std::future::Future;
use std::path::Path;
use std::pin::pin;
use std::task::{Context, Poll, Waker};

use countersign::analysis::{self, Analysis, Listing, Options, Results};
use countersign::report::empty::EmptyReason;
use countersign::report::{
    Capture, CaptureContents, Comment, Endpoint, Estate, ExceptionState, Exceptions, FindingGroup,
    FindingLine, FindingList, FindingView, HostLine, HostPage, HostQuery, HostView, Interface,
    NotAnalysable, Overview, Problem, RowPage, RowQuery, Side, SigningStatus, SortColumn,
    StatusCount, ToldException, Transport, select_hosts,
};
use countersign::secrets::{Password, Secrets};
use countersign::ui::exceptions_state::{Draft, ExceptionsState};
use countersign::ui::place::{Place, View};
use countersign::ui::report_state::ReportState;
use countersign::ui::state::{Again, MessagesView, SecretsView};
use countersign::ui::{
    AboutFiles, AboutFilesProps, EmptyReasonNotice, EmptyReasonNoticeProps, EncapsulationLine,
    EncapsulationLineProps, EstateTable, EstateTableProps, ExceptionsPanel, ExceptionsPanelProps,
    FailedNotice, FailedNoticeProps, FindingDetail, FindingDetailProps, FindingGroups,
    FindingGroupsProps, HostDetail, HostDetailProps, HostTable, HostTableProps, Landing,
    LandingProps, LittleToSee, MessageTable, MessageTableProps, NotAnalysableList,
    NotAnalysableListProps, PrivacyPanel, PrivacyPanelProps, ProblemNotice, ProblemNoticeProps,
    ReadingProgress, ReadingProgressProps, ReportPanel, ReportPanelProps, ReportSummary,
    ReportSummaryProps, RulesHelp, RulesHelpProps, SecretsBar, SecretsBarProps, SecretsDialog,
    SecretsDialogProps, SessionDetail, SessionDetailProps, SessionFilters, SessionFiltersProps,
    SessionFindings, SessionFindingsProps, SessionsTable, SessionsTableProps, Shared, SigningBadge,
    SigningBadgeProps, Subject, ViewNav, ViewNavProps,
};
use countersign::web::page::Sample;
use countersign::web::protocol::{
    HeldSecret, Progress, ReportKind, ReportStep, ReportWish, RightAndWrong, SecretUse,
};
use yew::prelude::*;
use yew::{BaseComponent, LocalServerRenderer};

/// The markup of a component, as it stands before anything happens.
fn render<C>(props: C::Properties) -> String
where
    C: BaseComponent,
{
    let rendering = LocalServerRenderer::<C>::with_props(props).hydratable(false).render();
    let mut rendering = pin!(rendering);
    let mut context = Context::from_waker(Waker::noop());
    loop {
        if let Poll::Ready(markup) = rendering.as_mut().poll(&mut context) {
            return markup;
        }
    }
}

/// What a person reads: the markup without its tags.
fn words(markup: &str) -> String {
    let mut text = String::new();
    let mut is_tag = false;
    for character in markup.chars() {
        match character {
            '<' => is_tag = true,
            '>' => {
                is_tag = false;
                text.push(' ');
            }
            _ if is_tag => {}
            other => text.push(other),
        }
    }
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// What the engine finds in a sample.
fn results(sample: &str) -> Results {
    results_with(sample, Secrets::default())
}

/// What the engine finds in a sample with the password of alice.
fn results_with_password(sample: &str, password: &str) -> Results {
    let (user, domain) = (Some("alice".to_owned()), Some("LAB".to_owned()));
    let password = Password { user, domain, password: password.to_owned().into() };
    results_with(sample, Secrets { passwords: vec![password], ..Secrets::default() })
}

fn results_with(sample: &str, secrets: Secrets) -> Results {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("samples").join(sample);
    let mut analysis = Analysis::with_secrets(Options::DEFAULT, secrets);
    let source = analysis.add_source(sample);
    analysis.push(source, &std::fs::read(path).unwrap());
    analysis.end(source);
    analysis.finish().unwrap()
}

fn table(query: Option<RowQuery>, open_key: Option<&str>) -> String {
    table_of(None, query, open_key)
}

/// The sessions of a sample in a run of captures with these names.
fn table_of(captures: Option<&[&str]>, query: Option<RowQuery>, open_key: Option<&str>) -> String {
    let rows = results("two-sessions-one-connection.pcapng").rows().collect::<Vec<_>>();
    let capture = |name: &&str| Capture { name: (*name).to_owned(), ..Capture::default() };
    let overview = captures.map(|names| {
        let captures = names.iter().map(capture).collect();
        Shared::new(Overview { captures, ..Overview::default() })
    });
    let page = Shared::new(RowPage { first: 0, total: rows.len(), rows, only: None });
    render::<SessionsTable>(SessionsTableProps {
        caption: "SMB sessions".into(),
        page,
        overview,
        query,
        open_key: open_key.map(|key| AttrValue::from(key.to_owned())),
        on_sort: Callback::noop(),
        on_open: Callback::noop(),
        on_rows_needed: Callback::noop(),
    })
}

#[test]
fn the_table_is_a_table_with_its_rows_counted() {
    let markup = table(Some(RowQuery::default()), None);
    assert!(markup.contains("aria-rowcount=\"3\""), "{markup}");
    assert!(markup.contains("<caption class=\"visually-hidden\">SMB sessions</caption>"));
    assert_eq!(markup.matches("<th scope=\"col\"").count(), 12);
    assert_eq!(markup.matches("<th scope=\"row\"").count(), 2);
    assert!(markup.contains("aria-rowindex=\"2\"") && markup.contains("aria-rowindex=\"3\""));
}

#[test]
fn rows_name_their_capture_where_there_are_several() {
    let one = table_of(Some(&["one.pcap"]), Some(RowQuery::default()), None);
    assert!(!one.contains("one.pcap"), "{one}");
    let two = table_of(Some(&["one.pcap", "two.pcap"]), Some(RowQuery::default()), None);
    assert_eq!(words(&two).matches(", in one.pcap").count(), 2, "{two}");
    assert!(!two.contains("two.pcap"), "{two}");
}

#[test]
fn the_table_says_what_it_is_sorted_by() {
    let query = RowQuery { sort: SortColumn::Server, descending: true, ..RowQuery::default() };
    let markup = table(Some(query), None);
    assert_eq!(markup.matches("aria-sort=").count(), 1);
    let sorted = markup.split("aria-sort=\"descending\"").nth(1).unwrap();
    assert!(words(sorted).contains("Server"), "{sorted}");
}

#[test]
fn rows_say_their_status_and_whether_they_are_open() {
    let key = results("two-sessions-one-connection.pcapng").row(0).unwrap().key;
    let markup = table(Some(RowQuery::default()), Some(&key));
    assert_eq!(markup.matches("aria-expanded=\"true\"").count(), 1);
    assert_eq!(markup.matches("aria-expanded=\"false\"").count(), 1);
    let text = words(&markup);
    assert!(text.contains("Signed, unverified") && text.contains("Encrypted"), "{text}");
}

#[test]
fn only_one_row_is_in_the_tab_order() {
    let markup = table(Some(RowQuery::default()), None);
    let body = markup.split("<tbody").nth(1).unwrap();
    assert_eq!(body.matches("tabindex=\"0\"").count(), 1);
}

#[test]
fn while_reading_columns_cannot_be_sorted() {
    assert!(!table(None, None).split("<tbody").next().unwrap().contains("<button"));
}

#[test]
fn every_status_has_words_and_a_shape() {
    for status in SigningStatus::ALL {
        let markup = render::<SigningBadge>(SigningBadgeProps { status });
        assert!(markup.contains("<svg") && markup.contains("aria-hidden=\"true\""));
        assert!(!words(&markup).is_empty(), "{status:?}");
    }
}

fn detail(sample: &str) -> String {
    let session = Shared::new(results(sample).session(0).unwrap());
    render::<SessionDetail>(SessionDetailProps {
        session,
        captures: vec![sample.to_owned()],
        takes_focus: true,
        message_list: Html::default(),
        findings: Html::default(),
        on_close: Callback::noop(),
        on_secret: None,
    })
}

#[test]
fn a_session_says_why_and_with_which_packets() {
    let text = words(&detail("311-nobody-requires.pcapng"));
    for part in ["Unsigned", "Why", "packet", "[MS-SMB2]", "What would change it"] {
        assert!(text.contains(part), "{part} is missing: {text}");
    }
}

#[test]
fn a_session_says_where_the_names_of_its_ends_come_from() {
    let text = words(&detail("311-nobody-requires.pcapng"));
    let packet = results("311-nobody-requires.pcapng").session(0).unwrap().names.server[0].packet;
    let packet = packet.unwrap();
    let server = format!("FS1 — from the server's NTLM challenge, packet {packet}");
    assert!(text.contains(&server), "{text}");
    assert!(text.contains("WS1 — from the workstation in the client's NTLM"), "{text}");
}

#[test]
fn a_session_shows_both_sides_with_their_contexts() {
    let text = words(&detail("311-server-requires.pcapng"));
    let (client, server) = text
        .split_once("Client offers")
        .and_then(|(_, rest)| rest.split_once("Server answers"))
        .unwrap();
    for context in ["0x0001", "0x0002", "0x0008"] {
        assert!(client.contains(context), "{context} of the client: {client}");
        assert!(server.contains(context), "{context} of the server: {server}");
    }
    assert!(server.contains("SIGNING_REQUIRED"), "{server}");
}

#[test]
fn a_session_gives_its_wireshark_filter_to_copy() {
    let markup = detail("21-unsigned.pcap");
    let filter = results("21-unsigned.pcap").session(0).unwrap().wireshark_filter;
    let escaped = filter.replace('&', "&amp;");
    assert!(markup.contains(&escaped), "{filter}");
    assert!(words(&markup).contains("Copy the Wireshark filter"));
}

#[test]
fn a_session_is_an_article_named_by_its_verdict() {
    let markup = detail("guest.pcap");
    let article = markup.split_once("<article").unwrap().1.split_once('>').unwrap().0;
    assert!(article.contains("aria-labelledby=\"session\""), "{article}");
    assert!(markup.contains("<h2 id=\"session\""));
}

#[test]
fn the_summary_counts_sessions_and_servers() {
    let results = results("two-sessions-one-connection.pcapng");
    let markup = render::<ReportSummary>(ReportSummaryProps {
        overview: Shared::new(results.overview()),
        title: "two-sessions-one-connection.pcapng".into(),
        duration: 12.0,
        skipped: 2,
    });
    let text = words(&markup);
    assert!(text.contains("2 SMB sessions: 1 signed but not verified, 1 encrypted."), "{text}");
    assert!(text.contains("the server requires signing"), "{text}");
    assert!(text.contains("2 files in the folder are no captures and were left out."), "{text}");
}

#[test]
fn what_a_file_says_about_itself_is_told() {
    let interface = Interface {
        name: Some("eth0".to_owned()),
        description: Some("Uplink".to_owned()),
        filter: Some("tcp port 445".to_owned()),
        link_type: "ETHERNET".to_owned(),
        packets: 1_234,
        dropped_by_os: Some(7),
        ..Interface::default()
    };
    let capture = Capture {
        name: "a.pcapng".to_owned(),
        packets: 1_234,
        interfaces: vec![interface],
        comments: vec![Comment { packet: Some(5), text: "<b>look</b> here".to_owned() }],
        application: Some("dumpcap".to_owned()),
        ..Capture::default()
    };
    let captures = vec![capture.clone(), capture];
    let markup = render::<AboutFiles>(AboutFilesProps { captures });
    let text = words(&markup);
    for told in ["About these 2 files", "a.pcapng", "dumpcap", "eth0", "Uplink", "tcp port 445"] {
        assert!(text.contains(told), "{told}: {text}");
    }
    let region = "tabindex=\"0\" role=\"region\" aria-label=\"About these 2 files\"";
    assert!(markup.contains(region), "what scrolls has the focus and a name: {markup}");
    assert!(text.contains("Packet 5:") && !markup.contains("<b>look"), "{markup}");
    assert!(text.contains("not in the file"), "packets without times: {text}");
}

#[test]
fn tunnels_and_what_was_not_read_are_one_line() {
    let line = |contents: Vec<CaptureContents>| {
        words(&render::<EncapsulationLine>(EncapsulationLineProps { contents }))
    };
    assert_eq!(line(vec![CaptureContents::default()]).trim(), "");
    let kinds =
        |kinds: [(&str, u64); 2]| kinds.map(|(name, count)| (name.to_owned(), count)).into();
    let first = CaptureContents {
        encapsulations: kinds([("VLAN", 80), ("VXLAN", 1_204)]),
        encrypted: 5,
        ..CaptureContents::default()
    };
    let second = CaptureContents {
        encapsulations: kinds([("VLAN", 8), ("802.11", 1)]),
        unknown_link_types: vec![("DOCSIS".to_owned(), 1)],
        ..CaptureContents::default()
    };
    let expected = "Carried: 1 204 packets in VXLAN, 88 in VLAN, 1 in 802.11 · Not read: 5 packets \
                    encrypted by the link, 1 packet of link type DOCSIS";
    assert_eq!(line(vec![first, second]).trim(), expected);
}

#[test]
fn a_filter_says_what_is_switched_on_and_what_is_left() {
    let status = SigningStatus::Unsigned;
    let query = RowQuery { statuses: vec![status], ..RowQuery::default() };
    let markup = render::<SessionFilters>(SessionFiltersProps {
        query,
        only: None,
        by_status: vec![
            StatusCount { status, sessions: 3, accepted: 0 },
            StatusCount { status: SigningStatus::Encrypted, sessions: 1, accepted: 0 },
        ],
        sessions: 4,
        selected: Some(3),
        on_text: Callback::noop(),
        on_status: Callback::noop(),
        on_clear: Callback::noop(),
    });
    assert_eq!(markup.matches("aria-pressed=\"true\"").count(), 1);
    assert_eq!(markup.matches("aria-pressed=\"false\"").count(), 1);
    assert!(markup.contains("role=\"search\"") && markup.contains("role=\"status\""));
    assert!(words(&markup).contains("3 of 4 sessions"));
}

#[test]
fn reading_shows_how_far_it_is_and_can_be_cancelled() {
    let progress = Progress {
        bytes_read: 250_000_000.0,
        bytes_total: 1_000_000_000.0,
        packets: 1_234,
        overview: Overview { sessions: 7, ..Overview::default() },
        rows: Vec::new(),
    };
    let markup = render::<ReadingProgress>(ReadingProgressProps {
        title: "big.pcapng".into(),
        size_bytes: 1_000_000_000.0,
        progress: Some(Shared::new(progress)),
        elapsed: 500.0,
        on_cancel: Callback::noop(),
    });
    let text = words(&markup);
    for part in
        ["Reading big.pcapng", "250 MB of 1.0 GB", "500 MB/s", "Sessions so far 7", "Cancel"]
    {
        assert!(text.contains(part), "{part} is missing: {text}");
    }
    assert!(markup.contains("<progress") && markup.contains("value=\"250\""));
}

#[test]
fn a_failure_is_an_alert_that_says_what_to_do() {
    let problem = Problem {
        code: "not-a-capture".to_owned(),
        offset: None,
        packet: None,
        message: "notes.txt: it looks like text.".to_owned(),
    };
    let markup = render::<FailedNotice>(FailedNoticeProps {
        title: "notes.txt".into(),
        problem,
        on_files: Callback::noop(),
        on_close: Callback::noop(),
    });
    assert!(markup.contains("role=\"alert\""));
    let text = words(&markup);
    for part in ["not a capture", "it looks like text", "editcap", "Open another capture"] {
        assert!(text.contains(part), "{part} is missing: {text}");
    }
}

#[test]
fn every_reason_for_little_to_see_says_why_and_what_to_do() {
    let reasons = [
        LittleToSee::NoSession(EmptyReason::NoPackets),
        LittleToSee::NoSession(EmptyReason::UnknownLinkType),
        LittleToSee::NoSession(EmptyReason::NoTcp),
        LittleToSee::NoSession(EmptyReason::NoSmb),
        LittleToSee::NoSession(EmptyReason::NoSession),
        LittleToSee::OnlyEncrypted,
        LittleToSee::StartedInTheMiddle,
    ];
    for reason in reasons {
        let markup =
            render::<EmptyReasonNotice>(EmptyReasonNoticeProps { reason, contents: Vec::new() });
        assert_eq!(markup.matches("<h2").count(), 1, "{reason:?}");
        assert_eq!(markup.matches("<p>").count(), 2, "{reason:?}");
    }
}

#[test]
fn the_sample_that_starts_in_the_middle_is_explained() {
    let overview = results("started-in-the-middle.pcap").overview();
    assert_eq!(LittleToSee::of(&overview), Some(LittleToSee::StartedInTheMiddle));
}

#[test]
fn a_problem_is_told_with_its_place() {
    let problem = Problem {
        code: "cut".to_owned(),
        offset: Some(123_456),
        packet: Some(99),
        message: "The file ends within a packet.".to_owned(),
    };
    let captures = vec![Capture { problems: vec![problem], ..Capture::default() }];
    let markup = render::<ProblemNotice>(ProblemNoticeProps { captures });
    let text = words(&markup);
    assert!(text.contains("The file ends within a packet."), "{text}");
    assert!(text.contains("packet 99"), "{text}");
    let none = render::<ProblemNotice>(ProblemNoticeProps { captures: vec![Capture::default()] });
    assert_eq!(words(&none), "");
}

#[test]
fn the_privacy_panel_counts_requests_and_says_which_are_samples() {
    let panel = |requests, samples| {
        let props = PrivacyPanelProps { requests, samples };
        words(&render::<PrivacyPanel>(props))
    };
    assert!(panel(0, 0).contains("0 requests to any network"));
    let text = panel(1, 1);
    assert!(text.contains("1 request to any network"), "{text}");
    assert!(text.contains("1 for the sample that you opened"), "{text}");
}

#[test]
fn the_landing_offers_a_file_and_the_samples() {
    let sample = Sample {
        file: "guest.pcap".to_owned(),
        title: "Guest".to_owned(),
        description: "An unknown user.".to_owned(),
        lesson: String::new(),
    };
    let markup = render::<Landing>(LandingProps {
        samples: vec![sample],
        requests: 0,
        samples_opened: 0,
        notice: None,
        on_files: Callback::noop(),
        on_sample: Callback::noop(),
    });
    assert!(markup.contains("type=\"file\""));
    let text = words(&markup);
    for part in ["Open capture", "Open folder", "Nothing is uploaded", "Guest", "guest.pcap"] {
        assert!(text.contains(part), "{part} is missing: {text}");
    }
}

#[test]
fn nothing_is_styled_by_attribute() {
    // The page's policy refuses style attributes.
    for markup in [table(Some(RowQuery::default()), None), detail("kerberos.pcapng")] {
        assert!(!markup.contains(" style=\""));
    }
}

#[test]
fn what_cannot_be_analysed_is_listed_with_its_ends() {
    let end = |address: &str, port| Endpoint { address: address.to_owned(), port, name: None };
    let found = NotAnalysable {
        transport: Transport::SmbOverQuic,
        client: end("10.0.0.7", 50_123),
        server: end("10.0.0.5", 443),
        name: Some("fs1.lab.test".to_owned()),
        packets: 25,
        capture: 0,
        first_packet: 3,
    };
    let render = |conversations| {
        let captures = vec!["x.pcap".to_owned()];
        words(&render::<NotAnalysableList>(NotAnalysableListProps { conversations, captures }))
    };
    let text = render(vec![found; 21]);
    let line =
        "SMB over QUIC: 10.0.0.7:50123 to 10.0.0.5:443 (fs1.lab.test), 25 packets from packet 3 on";
    assert_eq!(text.matches(line).count(), 20, "{text}");
    assert!(text.contains("1 more are in the JSON report."), "{text}");
    assert_eq!(render(Vec::new()), "");
}

/// A session of a sample in full, as the page shows it.
fn shown(results: &Results, change: impl FnOnce(&mut countersign::report::Session)) -> String {
    let mut session = results.session(0).unwrap();
    change(&mut session);
    render::<SessionDetail>(SessionDetailProps {
        session: Shared::new(session),
        captures: vec!["a.pcap".to_owned()],
        takes_focus: false,
        message_list: Html::default(),
        findings: Html::default(),
        on_close: Callback::noop(),
        on_secret: Some(Callback::noop()),
    })
}

#[test]
fn a_session_says_with_what_it_was_verified_and_how_much() {
    let results = results_with_password("311-server-requires.pcapng", "Harbour-Lantern-41");
    let messages = results.session(0).unwrap().messages;
    let text = words(&shown(&results, |_| {}));
    for part in ["Checked with Password of LAB\\alice", "NTLMv2 response", "mechListMIC"] {
        assert!(text.contains(part), "{part} is missing: {text}");
    }
    let client = messages.from_client;
    assert!(client.verified > 0 && client.failed == 0);
    let row = format!("From client {} {} {}", client.verified, client.failed, client.unchecked);
    assert!(text.contains(&row), "{row} is missing: {text}");
    assert!(!text.contains("Harbour"), "{text}");
}

#[test]
fn a_wrong_password_is_said_with_what_to_check() {
    let results = results_with_password("311-server-requires.pcapng", "not-her-password");
    let text = words(&shown(&results, |_| {}));
    for part in ["this password of LAB\\alice did not make alice's response", "Check its spelling"]
    {
        assert!(text.contains(part), "{part} is missing: {text}");
    }
    assert!(!text.contains("not-her-password"), "{text}");
}

#[test]
fn a_message_that_is_not_right_says_what_was_found_and_expected() {
    use countersign::report::{FailedMessage, SigningAlgorithm};
    let results = results_with_password("311-server-requires.pcapng", "Harbour-Lantern-41");
    let markup = shown(&results, |session| {
        let verification = session.verification.as_mut().unwrap();
        verification.failures_left_out = 3;
        verification.failures.push(FailedMessage {
            capture: 0,
            packet: 41,
            message: "WRITE request".to_owned(),
            message_id: Some("17".to_owned()),
            covered_bytes: 412,
            found: "aa".repeat(16),
            expected: Some("bb".repeat(16)),
            algorithm: Some(SigningAlgorithm::Aes128Gmac),
            meaning: "The message was altered.".to_owned(),
        });
    });
    let text = words(&markup);
    let (found, expected) = ("aa".repeat(16), "bb".repeat(16));
    for part in [
        "Packet 41: WRITE request, message 17",
        "412 bytes",
        &found,
        &expected,
        "The message was altered.",
        "3 further ones",
    ] {
        assert!(text.contains(part), "{part} is missing: {text}");
    }
}

fn held(sessions: Option<RightAndWrong>) -> Vec<HeldSecret> {
    let description = "password of LAB\\alice".to_owned();
    vec![HeldSecret { id: 4, file: None, secrets: vec![SecretUse { description, sessions }] }]
}

#[test]
fn secrets_are_told_by_description_and_by_what_they_were_good_for() {
    let told = |sessions| {
        let secrets = SecretsView { held: held(sessions), ..SecretsView::default() };
        words(&render::<SecretsBar>(SecretsBarProps {
            secrets,
            again: None,
            size_bytes: 0.0,
            on_open: Callback::noop(),
            on_stop: Callback::noop(),
        }))
    };
    let of = |right, wrong| Some(RightAndWrong { right, wrong });
    assert!(told(of(3, 1)).contains("alice: right for 3 sessions, wrong for 1"));
    assert!(told(of(1, 0)).contains("right for 1 session"));
    assert!(told(of(0, 2)).contains("wrong for 2 sessions"));
    assert!(told(of(0, 0)).contains("not used"));
    assert!(told(None).contains("not tried yet"));
}

#[test]
fn the_dialog_hides_what_is_typed_and_lists_what_was_given() {
    let session = results("311-server-requires.pcapng").session(0).unwrap();
    let markup = render::<SecretsDialog>(SecretsDialogProps {
        secrets: SecretsView { held: held(None), ..SecretsView::default() },
        subject: Some(Subject::of(&session)),
        again: Some(Again { is_stoppable: true, bytes_read: 250_000.0 }),
        size_bytes: 1_000_000.0,
        on_secret: Callback::noop(),
        on_forget: Callback::noop(),
        on_forget_all: Callback::noop(),
        on_stop: Callback::noop(),
        on_close: Callback::noop(),
    });
    assert!(markup.contains("type=\"password\"") && markup.contains("autocomplete=\"off\""));
    let text = words(&markup);
    for part in ["Forget password of LAB\\alice", "Forget all", "Cancel", "250 kB of 1.0 MB"] {
        assert!(text.contains(part), "{part} is missing: {text}");
    }
}

/// The messages of the first session of a sample, as the page shows them.
fn message_table(session: &countersign::report::Session, view: MessagesView) -> String {
    render::<MessageTable>(MessageTableProps {
        view,
        session: Shared::new(session.clone()),
        captures: vec!["a.pcapng".to_owned()],
        size_bytes: 2_000_000.0,
        is_busy: false,
        on_list: Callback::noop(),
        on_stop: Callback::noop(),
        on_page: Callback::noop(),
    })
}

/// Some messages of a sample's first session, with the password of alice.
fn messages_of(sample: &str, count: usize) -> (countersign::report::Session, MessagesView) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("samples").join(sample);
    let results = results_with_password(sample, "Harbour-Lantern-41");
    let listing = results.listing_of(0).unwrap();
    assert_ne!(listing, Listing::Nobody);
    let password = Password {
        user: Some("alice".to_owned()),
        domain: None,
        password: "Harbour-Lantern-41".to_owned().into(),
    };
    let secrets = Secrets { passwords: vec![password], ..Secrets::default() };
    let options = Options { listing, ..Options::DEFAULT };
    let mut analysis = Analysis::with_secrets(options, secrets);
    let source = analysis.add_source(sample);
    analysis.push(source, &std::fs::read(path).unwrap());
    let messages = analysis.finish().unwrap().into_messages(listing).unwrap();
    let page = Shared::new(messages.page(false, 0, count));
    let key = "s1".to_owned();
    (results.session(0).unwrap(), MessagesView::Here { key, is_open_only: false, page })
}

#[test]
fn messages_are_listed_when_somebody_asks() {
    let session = results("311-server-requires.pcapng").session(0).unwrap();
    let markup = message_table(&session, MessagesView::NotAsked);
    assert!(words(&markup).contains("List the messages"), "{markup}");
    let key = "s1".to_owned();
    let markup = message_table(&session, MessagesView::Reading { key, bytes_read: 500_000.0 });
    assert!(markup.contains("<progress") && markup.contains("value=\"250\""), "{markup}");
    assert!(words(&markup).contains("500 kB of 2.0 MB Cancel"), "{markup}");
}

#[test]
fn each_message_has_its_state_in_words_and_a_shape() {
    let (session, view) = messages_of("311-server-requires.pcapng", 8);
    let markup = message_table(&session, view);
    let text = words(&markup);
    for part in [
        "Only those that are not verified",
        "8 of ",
        "More messages",
        "SESSION_SETUP request 2 client → server",
        "– exempt: may stand unsigned",
        "✓ signature verified",
    ] {
        assert!(text.contains(part), "{part} is missing: {text}");
    }
    assert!(markup.contains("scope=\"row\"") && markup.contains("aria-hidden=\"true\""));
    let (session, view) = messages_of("311-encrypted.pcapng", 1_000);
    let text = words(&message_table(&session, view));
    assert!(text.contains("✓ decrypted") && !text.contains("More"), "{text}");
}

#[test]
fn a_message_that_is_not_right_leads_to_what_is_told_of_it() {
    use countersign::report::{CodeState, FailedMessage, MessagePage};
    let (mut session, view) = messages_of("311-server-requires.pcapng", 20);
    let MessagesView::Here { page, .. } = view else { panic!() };
    let mut messages = page.messages.clone();
    let altered = messages.iter_mut().find(|it| it.code == CodeState::Verified).unwrap();
    altered.code = CodeState::Failed;
    let failed = FailedMessage {
        capture: altered.capture,
        packet: altered.packet,
        message: altered.message.clone(),
        message_id: altered.message_id.clone(),
        covered_bytes: 1,
        found: String::new(),
        expected: None,
        algorithm: None,
        meaning: String::new(),
    };
    let (packet, id) = (altered.packet, altered.message_id.clone().unwrap());
    let page = Shared::new(MessagePage { first: 0, total: 20, left_out: 3, messages });
    let view = MessagesView::Here { key: "s1".to_owned(), is_open_only: false, page };
    let text = words(&message_table(&session, view.clone()));
    assert!(text.contains("✕ signature wrong") && !text.contains("Details"), "{text}");
    assert!(text.contains("3 further ones are counted and not listed"), "{text}");
    session.verification.as_mut().unwrap().failures.push(failed);
    let text = words(&message_table(&session, view));
    assert!(text.contains(&format!("Details of packet {packet}")), "{text}");
    let markup = render::<SessionDetail>(SessionDetailProps {
        session: Shared::new(session),
        captures: vec!["a.pcapng".to_owned()],
        takes_focus: false,
        message_list: Html::default(),
        findings: Html::default(),
        on_close: Callback::noop(),
        on_secret: None,
    });
    assert!(markup.contains(&format!("id=\"failed-0-{packet}-{id}\"")), "{markup}");
}

/// The findings on a sample as a list, with only the first of each group here.
fn finding_list(sample: &str) -> FindingList {
    let (findings, catalogue) = (results(sample).findings(), analysis::catalogue());
    let group = |places: Vec<usize>| {
        let line = FindingLine::of(places[0], &findings[places[0]]);
        FindingGroup {
            severity: line.severity,
            rule: line.rule.clone(),
            summary: catalogue
                .rules
                .iter()
                .find(|it| it.name == line.rule)
                .unwrap()
                .summary
                .clone(),
            total: places.len() as u64 + 1,
            lines: vec![line],
        }
    };
    let groups = countersign::report::group_findings(&findings, &catalogue);
    FindingList {
        groups: groups.into_iter().map(group).collect(),
        rules: catalogue.rules.len() as u64,
    }
}

const UNSIGNED: &str = "311-nobody-requires.pcapng";

#[test]
fn findings_stand_by_severity_each_a_link_that_opens_it() {
    let list = finding_list(UNSIGNED);
    let first = list.groups[0].lines[0].place;
    let place = Place { finding: Some(first), ..Place::of(View::Findings) };
    let markup = render::<FindingGroups>(FindingGroupsProps {
        list: Shared::new(list.clone()),
        place,
        on_more: Callback::noop(),
    });
    for group in &list.groups {
        assert!(words(&markup).contains(&group.summary), "{markup}");
        assert!(words(&markup).contains(&group.lines[0].title));
        let href = format!("href=\"#findings?finding={}\"", group.lines[0].place + 1);
        assert!(markup.contains(&href), "{href} {markup}");
    }
    assert_eq!(markup.matches("aria-current=\"true\"").count(), 1);
    assert!(words(&markup).contains("More of these, of 2 in all"));
    assert!(markup.contains("<h2 id=\"severity-low\""), "{markup}");
}

#[test]
fn a_finding_says_with_which_packets_what_else_and_what_to_do() {
    let results = results(UNSIGNED);
    let finding = results.findings()[0].clone();
    let view = FindingView {
        place: 0,
        rule: analysis::catalogue().rules.into_iter().find(|it| it.name == finding.rule),
        rows: results.rows().collect(),
        finding: finding.clone(),
    };
    let markup = render::<FindingDetail>(FindingDetailProps {
        view: Shared::new(view),
        captures: vec![UNSIGNED.to_owned()],
        place: Place { finding: Some(0), ..Place::of(View::Findings) },
        takes_focus: true,
        on_close: Callback::noop(),
    });
    let text = words(&markup);
    let parts = [&finding.title, &finding.remediation[0], &finding.alternatives[0], &finding.rule];
    for part in parts.into_iter().chain([&finding.evidence[0].meaning]) {
        let part = part.replace('\'', "&#39;");
        assert!(text.contains(&part) || text.contains(part.as_str()), "{part} {text}");
    }
    let filter = format!("frame.number == {}", finding.evidence[0].packet);
    assert!(markup.contains(&filter), "{markup}");
    // It leads to its session, and from there back.
    assert!(markup.contains("href=\"#sessions?session=s1&amp;finding=1\""), "{markup}");
}

#[test]
fn a_session_leads_to_its_findings() {
    let lines: Vec<FindingLine> = finding_list(UNSIGNED).groups[0].lines.clone();
    let session = |lines| {
        render::<SessionFindings>(SessionFindingsProps {
            lines,
            place: Place { session: Some("s1".to_owned()), ..Place::default() },
        })
    };
    let markup = session(Some(Shared::new(lines.clone())));
    let href = format!("#findings?session=s1&amp;finding={}", lines[0].place + 1);
    assert!(markup.contains(&href), "{markup}");
    assert!(words(&session(Some(Shared::new(Vec::new())))).contains("No rule found anything"));
    assert!(words(&session(None)).contains("at work"));
}

#[test]
fn every_rule_is_explained_and_so_is_what_has_none() {
    let catalogue = analysis::catalogue();
    let markup = render::<RulesHelp>(RulesHelpProps {
        catalogue: Some(Shared::new(catalogue.clone())),
        on_close: Callback::noop(),
    });
    assert_eq!(markup.matches("<details").count(), catalogue.rules.len());
    let text = words(&markup).replace("&#39;", "'").replace("&quot;", "\"").replace("&#x27;", "'");
    for rule in &catalogue.rules {
        assert!(text.contains(&rule.name), "{}", rule.name);
    }
    for omission in &catalogue.omissions {
        assert!(text.contains(&omission.what), "{}", omission.what);
    }
}

#[test]
fn each_view_is_a_link_that_keeps_what_is_chosen_in_the_others() {
    let place = Place { session: Some("s2".to_owned()), ..Place::of(View::Findings) };
    let counts = vec![(View::Sessions, 1_200)];
    let markup = render::<ViewNav>(ViewNavProps { place, counts });
    assert!(markup.contains("<nav") && markup.contains("aria-label=\"Views\""), "{markup}");
    assert_eq!(markup.matches("<a ").count(), View::ALL.len());
    assert_eq!(markup.matches("aria-current=\"page\"").count(), 1);
    assert_eq!(markup.matches("session=s2").count(), View::ALL.len());
    assert!(words(&markup).starts_with("Sessions 1 200 Findings"), "{markup}");
}

fn report_panel(state: ReportState) -> String {
    render::<ReportPanel>(ReportPanelProps {
        state,
        is_judged: true,
        size_bytes: 5_000_000.0,
        on_write: Callback::noop(),
        on_stop: Callback::noop(),
        on_key: Callback::from(|()| None),
    })
}

#[test]
fn a_report_is_redacted_unless_somebody_says_otherwise() {
    let markup = report_panel(ReportState::Idle);
    let before = markup.split_once("id=\"report-redacted\"").unwrap().0;
    assert!(before.rsplit_once('<').unwrap().1.contains("checked"), "{markup}");
    assert!(words(&markup).contains("read once more, 5.0 MB"), "{markup}");
    assert!(!words(&markup).contains("Cancel"));
}

#[test]
fn writing_a_report_shows_how_far_it_is_and_can_be_cancelled() {
    let step = Some((ReportStep::Hashing, 2_500_000.0, 5_000_000.0));
    let markup = report_panel(ReportState::Working { step });
    assert!(markup.contains("<progress") && markup.contains("value=\"500\""), "{markup}");
    assert!(
        words(&markup).contains("SHA-256: 2.5 MB of 5.0 MB") && words(&markup).contains("Cancel")
    );
    let wish = ReportWish { kind: ReportKind::Html, is_redacted: false, has_hashes: true };
    assert!(
        words(&report_panel(ReportState::Done { wish })).contains("names as they were captured")
    );
    let refused = ReportState::Refused { message: "This is no key.".to_owned() };
    assert!(report_panel(refused).contains("role=\"alert\""));
}

#[test]
fn hosts_are_listed_with_the_most_exposed_server_first() {
    let hosts = results(UNSIGNED).hosts();
    let places = select_hosts(&hosts, &HostQuery::default());
    let page = HostPage {
        first: 0,
        total: hosts.len(),
        hosts: hosts.len(),
        lines: places.iter().map(|place| HostLine::of(*place, &hosts[*place])).collect(),
        estate: Estate::of(&hosts),
    };
    let markup = render::<HostTable>(HostTableProps {
        page: Shared::new(page.clone()),
        place: Place { host: Some(places[0]), ..Place::of(View::Hosts) },
    });
    assert!(page.lines[0].rank == Some(1) && page.lines[1].rank.is_none());
    assert!(markup.contains(&format!("href=\"#hosts?host={}\"", places[0] + 1)), "{markup}");
    assert_eq!(markup.matches("aria-current=\"true\"").count(), 1);
    assert!(words(&markup).contains("does not require signing"), "{markup}");
    let estate = render::<EstateTable>(EstateTableProps {
        estate: page.estate,
        chosen: None,
        on_kind: Callback::noop(),
    });
    // Only kinds that there are have a row.
    let kinds = hosts.iter().map(|host| host.kind()).collect::<std::collections::BTreeSet<_>>();
    assert_eq!(estate.matches("aria-pressed").count(), kinds.len(), "{estate}");
}

fn host_detail(sample: &str) -> String {
    let hosts = results(sample).hosts();
    let place = hosts.iter().position(|host| host.is_server()).unwrap();
    render::<HostDetail>(HostDetailProps {
        view: Shared::new(HostView { place, host: hosts[place].clone(), findings: Vec::new() }),
        captures: vec![sample.to_owned()],
        place: Place { host: Some(place), ..Place::of(View::Hosts) },
        takes_focus: true,
        on_close: Callback::noop(),
        on_accept: Callback::noop(),
    })
}

#[test]
fn a_server_says_what_it_requires_what_breaks_and_leads_to_its_sessions() {
    let markup = host_detail(UNSIGNED);
    let text = words(&markup);
    for part in ["As a server", "does not require signing", "What breaks", "Accept this"] {
        assert!(text.contains(part), "{part} {text}");
    }
    assert!(markup.contains("#sessions?of-server="), "{markup}");
    let strict = words(&host_detail("311-server-requires.pcapng"));
    assert!(strict.contains("requires signing") && !strict.contains("Accept this"), "{strict}");
}

fn exceptions(state: ExceptionsState) -> String {
    render::<ExceptionsPanel>(ExceptionsPanelProps {
        state,
        today: "2026-02-01".into(),
        on_files: Callback::noop(),
        on_change: Callback::noop(),
        on_draft: Callback::noop(),
        on_keep: Callback::noop(),
        on_save: Callback::noop(),
    })
}

#[test]
fn exceptions_say_for_whom_why_until_when_and_whether_they_hold() {
    let none = exceptions(ExceptionsState::default());
    assert!(words(&none).contains("None are accepted"), "{none}");
    assert!(words(&none).contains("Keep the exceptions in this browser Otherwise they are gone"));
    let before = none.split_once("id=\"exceptions-kept\"").unwrap().0;
    assert!(!before.rsplit_once('<').unwrap().1.contains("checked"), "{none}");
    let mut draft = Draft::of(Some("10.0.0.5".to_owned()), Side::Server, "2026-01-31".to_owned());
    draft.exception.reason = "old \u{202e}scanner".to_owned();
    draft.exception.owner = "storage".to_owned();
    let told = ToldException {
        exception: draft.exception.clone(),
        state: ExceptionState::Used,
        hosts: 1,
        accepted_hosts: 1,
        accepted_sessions: 2,
        accepted_findings: 0,
    };
    let mut state = ExceptionsState::default();
    state.file.exceptions.push(draft.exception.clone());
    let list = vec![told];
    state.told = Some(Shared::new(Exceptions { as_of: None, list }));
    let markup = exceptions(state.clone());
    let text = words(&markup);
    for part in [
        "10.0.0.5 as a server",
        "old \\u{202e}scanner",
        "storage",
        "2026-01-31",
        "no end",
        "accepts 1 host, 2 sessions",
    ] {
        assert!(text.contains(part), "{part} {text}");
    }
    state.draft = Some(draft);
    state.refusal = Some("The exceptions were not taken.".to_owned());
    let markup = exceptions(state);
    assert!(markup.contains("role=\"alert\"") && markup.contains("<form"), "{markup}");
    assert!(markup.contains("value=\"10.0.0.5\"") && markup.contains("type=\"date\""));
}
