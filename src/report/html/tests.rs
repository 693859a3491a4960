use super::{Document, ROWS};
use crate::report::{
    Capture, Endpoint, Estate, Exceptions, Overview, Problem, RunOptions, Session, SessionCounts,
    SessionRow,
};

/// What a capture may say to change the page or what is read of it.
const HOSTILE: &str = "<script>alert(1)</script>\"'&\u{202e}gpj\u{1b}[2J\u{200b}";

fn written(overview: &Overview, rows: Vec<SessionRow>) -> String {
    let options = RunOptions::default();
    let document = Document {
        options: &options,
        overview,
        findings: &[],
        rows: rows.into_iter(),
        hosts: &[],
        estate: &Estate::default(),
        exceptions: &Exceptions::default(),
        frameworks: &[],
        session_of: |_: &str| None::<Session>,
    };
    let mut html = Vec::new();
    document.write(&mut html).unwrap();
    String::from_utf8(html).unwrap()
}

fn row(key: usize) -> SessionRow {
    let end =
        |port| Endpoint { address: "10.0.0.5".to_owned(), port, name: Some(HOSTILE.to_owned()) };
    let text = format!(
        r#"{{"key": "s{key}", "protocol": "SMB2", "client": null, "server": null, "dialect": null,
        "outcome": "unknown", "mechanism": null, "account": null, "guest": null,
        "policy": {{"client_requires": null, "server_requires": null}}, "expected": "unknown",
        "status": "unknown", "phrase": "", "coverage": [], "signing_algorithm": null, "messages": null,
        "capture": 0, "first_packet": 1, "last_packet": 1, "first_time": null}}"#
    );
    let mut value: serde_json::Value = serde_json::from_str(&text).unwrap();
    value["client"] = serde_json::to_value(end(49_731)).unwrap();
    value["server"] = serde_json::to_value(end(445)).unwrap();
    value["messages"] = serde_json::to_value(crate::report::MessageCounts::default()).unwrap();
    SessionRow { account: Some(HOSTILE.to_owned()), ..serde_json::from_value(value).unwrap() }
}

fn overview(rows: &[SessionRow]) -> Overview {
    let problem = Problem {
        code: "x".to_owned(),
        offset: None,
        packet: Some(3),
        message: HOSTILE.to_owned(),
    };
    let capture =
        Capture { name: HOSTILE.to_owned(), problems: vec![problem], ..Capture::default() };
    Overview::with(vec![capture], &SessionCounts::of(rows), std::iter::empty())
}

#[test]
fn what_a_capture_says_is_text() {
    let rows = vec![row(1)];
    let html = written(&overview(&rows), rows);
    assert!(!html.contains("<script") && html.contains("&lt;script&gt;alert(1)&lt;/script&gt;"));
    assert!(html.contains(r"\u{202e}gpj\u{1b}[2J\u{200b}"), "{html}");
    assert!(!html.contains(|it: char| crate::report::words::is_unprintable(it) && it != '\n'));
}

#[test]
fn nothing_is_loaded_and_every_element_is_closed() {
    let rows = vec![row(1)];
    let html = written(&overview(&rows), rows);
    for word in ["src=", "href=", "url(", "@import", "http://", "https://"] {
        assert!(!html.contains(word), "{word}");
    }
    for element in
        ["html", "head", "body", "main", "section", "table", "thead", "tbody", "tr", "td"]
    {
        let n = |mark: &str| html.matches(mark).count();
        let opened = n(&format!("<{element}>")) + n(&format!("<{element} "));
        assert_eq!(opened, n(&format!("</{element}>")), "{element}");
    }
}

#[test]
fn of_very_many_sessions_the_rest_is_counted() {
    let rows: Vec<SessionRow> = (0..ROWS + 7).map(row).collect();
    let html = written(&overview(&rows), rows);
    assert!(html.contains("7 further sessions are left out here"));
    assert_eq!(html.matches("<th scope=\"row\">s").count(), ROWS);
}

#[test]
fn a_run_without_sessions_says_why() {
    let html = written(&overview(&[]), Vec::new());
    assert!(html.contains("No SMB sessions") && html.contains("There is no packet in it."));
}
