//! The command line as a person and a pipeline meet it: formats, exit statuses, messages.

#![cfg(feature = "cli")]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]

mod support;

use std::fs::{self, File};
use std::path::PathBuf;
use std::process::{Command, Output, Stdio};

use serde_json::Value;

use self::support::root;

/// One session, unsigned but for its setup.
const UNSIGNED: &str = "samples/311-nobody-requires.pcapng";
/// One session, signed.
const SIGNED: &str = "samples/311-server-requires.pcapng";

#[test]
fn a_table_names_each_session_and_its_status() {
    let output = run(&[UNSIGNED]);
    assert_eq!(output.status.code(), Some(0));
    let text = text(&output.stdout);
    assert!(text.contains("311-nobody-requires.pcapng: pcapng"), "{text}");
    assert!(text.contains("neither"), "{text}");
    assert!(text.contains("1 session: 1 unsigned, setup signed"), "{text}");
    assert!(text.contains("does not require signing: 10.77.0.2 (FS1)"), "{text}");
    // A pipe is no terminal: no colours, no progress.
    assert!(!text.contains('\u{1b}'), "{text}");
    assert_eq!(self::text(&output.stderr), "");
}

#[test]
fn rules_are_listed_with_what_has_none() {
    let output = run(&["rules"]);
    assert_eq!(output.status.code(), Some(0));
    let listed = text(&output.stdout);
    assert!(
        listed.lines().any(|line| line.starts_with("R1 ") && line.contains("ntlm-relay")),
        "{listed}"
    );
    assert!(listed.contains("Not looked for:\n"), "{listed}");
    let output = run(&["rules", "--format", "json"]);
    let catalogue: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(catalogue["rules"][0]["name"], "ntlm-relay");
    // A capture of that name is one among others, or is given with its folder.
    for args in [&["./rules"][..], &["rules", SIGNED]] {
        assert_eq!(run(args).status.code(), Some(3), "{args:?}");
    }
}

#[test]
fn json_is_one_report() {
    let output = run(&["--format", "json", SIGNED]);
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(report["schema"], "countersign-report/1");
    assert_eq!(report["captures"][0]["name"], "311-server-requires.pcapng");
    assert_eq!(report["sessions"][0]["status"], "signed_unverified");
    assert_eq!(report["sessions"][0]["policy"]["server_requires"], true);
}

#[test]
fn ndjson_says_the_type_of_each_line() {
    let output = run(&["--format", "ndjson", SIGNED]);
    let lines: Vec<Value> =
        text(&output.stdout).lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let types: Vec<&str> = lines.iter().map(|line| line["type"].as_str().unwrap()).collect();
    assert_eq!(types[..2], ["capture", "session"]);
    assert!(types[2..].iter().all(|it| ["host", "finding"].contains(it)), "{types:?}");
}

#[test]
fn messages_are_listed_where_that_is_asked_for() {
    let list = |arguments: &[&str]| -> Value {
        let output = run(arguments);
        assert_eq!(output.status.code(), Some(0));
        let line = text(&output.stdout).lines().nth(1).unwrap_or_default().to_owned();
        let session: Value = serde_json::from_str(&line).unwrap();
        session["message_list"].clone()
    };
    assert_eq!(list(&["--format", "ndjson", SIGNED]), Value::Null);
    let messages = list(&["--format", "ndjson", "--messages", SIGNED]);
    let messages = messages.as_array().unwrap();
    let signed = messages.iter().find(|message| message["bucket"] == "signed").unwrap();
    assert_eq!((&signed["code"], &signed["reason"]), (&"unchecked".into(), &"no_secret".into()));
    assert_eq!(signed["from"], "client");
    assert!(signed["packet"].is_u64() && signed["message_id"].is_string());
    // A table has no place for them.
    let table = run(&["--messages", SIGNED]);
    assert_eq!(table.stdout, run(&[SIGNED]).stdout);
    assert!(text(&table.stderr).contains("only --format json and --format ndjson list messages"));
}

#[test]
fn several_captures_are_one_run_or_a_report_each() {
    let together = run(&["--format", "json", UNSIGNED, SIGNED]);
    let report: Value = serde_json::from_slice(&together.stdout).unwrap();
    assert_eq!(report["captures"].as_array().unwrap().len(), 2);
    assert_eq!(report["sessions"].as_array().unwrap().len(), 2);

    let separate = run(&["--separate", "--format", "json", UNSIGNED, SIGNED]);
    let reports: Vec<Value> = serde_json::Deserializer::from_slice(&separate.stdout)
        .into_iter()
        .map(Result::unwrap)
        .collect();
    assert_eq!(reports.len(), 2);
    assert_eq!(reports[0]["captures"][0]["name"], "311-nobody-requires.pcapng");
    assert_eq!(reports[1]["sessions"][0]["status"], "signed_unverified");
}

#[test]
fn captures_are_one_run_in_time_order_whatever_the_order_given() {
    let sessions = |captures: [&str; 2]| -> Vec<Value> {
        let output = run(&["--format", "json", captures[0], captures[1]]);
        let report: Value = serde_json::from_slice(&output.stdout).unwrap();
        let sessions = report["sessions"].as_array().unwrap().iter();
        sessions.map(|session| session["session_id"].clone()).collect()
    };
    assert_eq!(sessions([UNSIGNED, SIGNED]), sessions([SIGNED, UNSIGNED]));
}

#[test]
fn a_report_names_the_hash_of_each_file_and_what_the_run_was_told() {
    use sha2::{Digest, Sha256};
    let bytes = fs::read(root().join(SIGNED)).unwrap();
    let hex: String = Sha256::digest(&bytes).iter().map(|byte| format!("{byte:02x}")).collect();
    let mut from_input = command(&["--format", "json", "-"]);
    from_input.stdin(Stdio::from(File::open(root().join(SIGNED)).unwrap()));
    for output in [run(&["--format", "json", SIGNED]), from_input.output().unwrap()] {
        let report: Value = serde_json::from_slice(&output.stdout).unwrap();
        assert_eq!(report["captures"][0]["sha256"], Value::from(hex.as_str()));
    }
    // Of what is no capture only the start is read.
    let mixed = run(&["--format", "json", "README.md", SIGNED]);
    let report: Value = serde_json::from_slice(&mixed.stdout).unwrap();
    assert_eq!(report["captures"][0]["sha256"], Value::Null);
    assert_eq!(report["captures"][1]["sha256"], Value::from(hex.as_str()));

    let secrets = written("told.toml", "[[password]]\npassword = \"Sesame-77\"\n");
    let arguments = ["--format", "json", "--separate", "--messages", "--secrets", &secrets, SIGNED];
    let output = run(&arguments);
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    let options = &report["options"];
    assert_eq!((&options["separate"], &options["messages"]), (&true.into(), &true.into()));
    assert_eq!(options["secrets"]["passwords"], 1);
    let text = text(&output.stdout);
    assert!(!text.contains("Sesame-77") && !text.contains("told.toml"), "{text}");
}

#[test]
fn the_schema_of_the_report_is_written() {
    let output = run(&["schema"]);
    assert_eq!(output.status.code(), Some(0));
    let schema: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(schema["properties"]["schema"]["const"], "countersign-report/1");
    assert_eq!(run(&["./schema/no-such-file"]).status.code(), Some(3));
}

#[test]
fn csv_is_one_table() {
    let cells = |table: &str| -> Vec<Vec<String>> {
        let output = run(&["--format", "csv", "--table", table, UNSIGNED]);
        assert_eq!(output.status.code(), Some(0));
        let mut reader =
            csv::ReaderBuilder::new().has_headers(false).from_reader(output.stdout.as_slice());
        let lines = reader.records().map(|line| line.unwrap().iter().map(str::to_owned).collect());
        lines.collect()
    };
    let sessions = cells("sessions");
    assert_eq!(sessions.len(), 2);
    let cell = |name: &str| {
        let column = sessions[0].iter().position(|it| it == name);
        sessions[1][column.unwrap_or_else(|| panic!("no column {name}"))].clone()
    };
    assert_eq!(cell("status"), "unsigned_setup_only");
    assert_eq!((cell("server_address"), cell("server_name")), ("10.77.0.2".into(), "FS1".into()));
    assert_eq!((cell("client_requires"), cell("server_requires")), ("no".into(), "no".into()));
    assert_eq!(cell("client_signed"), "0");
    assert!(cell("client_unsigned").parse::<u64>().unwrap() > 0);
    assert!(cell("wireshark_filter").contains("smb2"));
    let hosts = cells("hosts");
    assert!(hosts.iter().any(|host| host[0] == "10.77.0.2" && host[3] == "no"), "{hosts:?}");
    let findings = cells("findings");
    assert!(findings.iter().any(|it| it[0] == "signing-not-required"), "{findings:?}");
    // Without --table it is the sessions.
    let table = text(&run(&["--format", "csv", UNSIGNED]).stdout);
    assert!(table.starts_with("session,capture,first_packet,"), "{table}");
}

#[test]
fn html_is_one_document_without_scripts() {
    let output = run(&["--format", "html", UNSIGNED]);
    assert_eq!((output.status.code(), text(&output.stderr)), (Some(0), String::new()));
    let html = text(&output.stdout);
    assert!(html.starts_with("<!DOCTYPE html>") && html.ends_with("</html>\n"));
    assert!(html.contains("The one SMB session is unsigned."), "{html}");
    for word in ["SHA-256", "10.77.0.2", "What would change it", "smb2.sesid", "What to do"] {
        assert!(html.contains(word), "{word}");
    }
    assert!(!html.contains("<script") && !html.contains("src="));
    let several = run(&["--format", "html", "--separate", UNSIGNED, SIGNED]);
    assert_eq!(several.status.code(), Some(2));
}

#[test]
fn redacted_reports_of_one_key_replace_alike_and_do_not_hold_it() {
    let key = scratch("redaction.key");
    let _ = fs::remove_file(&key);
    let path = key.to_str().unwrap();
    let redacted = |format: &str| {
        let output = run(&["--redact", "--redact-key", path, "--format", format, UNSIGNED]);
        assert_eq!((output.status.code(), text(&output.stderr)), (Some(0), String::new()));
        text(&output.stdout)
    };
    let report: Value = serde_json::from_str(&redacted("json")).unwrap();
    let digits = fs::read_to_string(&key).unwrap();
    assert_eq!(digits.trim().len(), 64);
    assert_eq!(report["options"]["redacted"], true);
    let server = report["sessions"][0]["server"]["address"].as_str().unwrap().to_owned();
    let name = report["sessions"][0]["server"]["name"].as_str().unwrap().to_owned();
    for format in ["table", "json", "ndjson", "csv", "html"] {
        let text = redacted(format);
        assert!(text.contains(&server) && text.contains(&name), "{format}: {text}");
        for word in ["10.77.0.2", "FS1", "311-nobody-requires", digits.trim()] {
            assert!(!text.contains(word), "{format}: {word} is left: {text}");
        }
    }
    assert_eq!(fs::read_to_string(&key).unwrap(), digits);
    // Without a key file each report has a key of its own.
    let other = text(&run(&["--redact", "--format", "csv", UNSIGNED]).stdout);
    assert!(!other.contains(&name) && !other.contains("FS1"));
    // A key is not overwritten, nor made of what is none.
    let output =
        run(&["--redact", "--redact-key", path, "--format", "csv", "--output", path, UNSIGNED]);
    assert_eq!(output.status.code(), Some(2));
    let no_key = written("no.key", "password\n");
    let output = run(&["--redact", "--redact-key", &no_key, UNSIGNED]);
    assert_eq!(output.status.code(), Some(2));
    assert!(!text(&output.stderr).contains("password"));
    assert_eq!(run(&["--redact-key", path, UNSIGNED]).status.code(), Some(2));
}

#[test]
fn standard_input_is_read() {
    let mut command = command(&["--format", "json", "-"]);
    command.stdin(Stdio::from(File::open(root().join(SIGNED)).unwrap()));
    let report: Value = serde_json::from_slice(&command.output().unwrap().stdout).unwrap();
    assert_eq!(report["captures"][0]["name"], "standard input");
    assert_eq!(report["sessions"][0]["status"], "signed_unverified");
}

#[test]
fn a_file_takes_the_report_but_never_a_captures_place() {
    let path = scratch("report.json");
    let output = run(&["--format", "json", "--output", path.to_str().unwrap(), SIGNED]);
    assert_eq!((output.status.code(), text(&output.stdout)), (Some(0), String::new()));
    let report: Value = serde_json::from_slice(&fs::read(&path).unwrap()).unwrap();
    assert_eq!(report["sessions"][0]["status"], "signed_unverified");

    let copy = scratch("copy.pcapng");
    fs::copy(root().join(SIGNED), &copy).unwrap();
    let copy = copy.to_str().unwrap();
    let output = run(&["--output", copy, copy]);
    assert_eq!(output.status.code(), Some(2));
    assert!(text(&output.stderr).contains("it is one of the captures"));
    assert_eq!(fs::read(copy).unwrap(), fs::read(root().join(SIGNED)).unwrap());
}

#[test]
fn fail_on_matches_a_status() {
    let fails = run(&["--fail-on", "signing_violated,unsigned_setup_only", UNSIGNED]);
    assert_eq!(fails.status.code(), Some(1));
    assert!(text(&fails.stdout).contains("1 session"), "the report is written all the same");
    assert_eq!(run(&["--fail-on", "unsigned_setup_only", SIGNED]).status.code(), Some(0));
    let wrong = run(&["--fail-on", "insecure", UNSIGNED]);
    assert_eq!(wrong.status.code(), Some(2));
    assert!(text(&wrong.stderr).contains("unsigned_setup_only"), "it lists the statuses");
}

/// An exception for the server of the samples, with these further members.
fn exceptions(name: &str, members: &str) -> String {
    let text = format!(
        r#"{{ "schema": "countersign-exceptions/1", "exceptions": [ {{
            "network": "10.77.0.0/24", "side": "server", "reason": "old", "owner": "Storage team",
            "accepted_on": "2026-01-01" {members} }} ] }}"#
    );
    written(name, &text)
}

#[test]
fn exceptions_mark_and_leave_everything_in_place() {
    let file = exceptions("accepted.json", r#", "expires_on": "2026-12-31""#);
    let with = ["--exceptions", &file, "--as-of", "2026-06-01"];
    let output = run(&[&[UNSIGNED], &with[..]].concat());
    assert_eq!(output.status.code(), Some(0));
    let told = text(&output.stdout);
    for part in [
        "1 of 1 server does not require signing, which is accepted: 10.77.0.2",
        "1 session that is not signed is accepted by an exception.",
        "1 accepted exception, as of 2026-06-01:",
        "10.77.0.0/24 as a server: holds, for 1 host, 1 session, ",
        "(Storage team; old)",
    ] {
        assert!(told.contains(part), "{part}: {told}");
    }
    // Today is after the last day or before it, but never an error.
    let output = run(&[UNSIGNED, "--exceptions", &file]);
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    let output = run(&[&[UNSIGNED, "--format=ndjson"], &with[..]].concat());
    let lines = text(&output.stdout);
    assert!(lines.lines().any(|line| line.starts_with(r#"{"type":"exception","#)), "{lines}");
}

#[test]
fn what_is_accepted_fails_unless_it_is_to_be_ignored() {
    let file = exceptions("ignored.json", "");
    let fail = ["--fail-on", "unsigned_setup_only", "--exceptions", &file];
    let code = |further: &[&str]| run(&[&[UNSIGNED], &fail[..], further].concat()).status.code();
    assert_eq!(code(&["--as-of", "2026-06-01"]), Some(1));
    assert_eq!(code(&["--as-of", "2026-06-01", "--ignore-accepted"]), Some(0));
    assert_eq!(code(&["--as-of", "2025-06-01", "--ignore-accepted"]), Some(1), "not yet");
}

#[test]
fn exceptions_that_cannot_be_read_are_wrong_usage_and_say_what_to_do() {
    for (name, contents, part) in [
        ("none.json", "{}", "missing field `schema`"),
        ("name.json", &fs::read_to_string(exceptions("x.json", r#", "hots": 1"#)).unwrap(), "hots"),
    ] {
        let output = run(&[UNSIGNED, "--exceptions", &written(name, contents)]);
        assert_eq!(output.status.code(), Some(2));
        let said = text(&output.stderr);
        assert!(said.contains(name) && said.contains(part), "{said}");
    }
    let output = run(&[UNSIGNED, "--exceptions", "no-such-file"]);
    assert_eq!(output.status.code(), Some(2));
}

#[test]
fn references_and_schemas_are_written() {
    let output = run(&["references"]);
    assert!(text(&output.stdout).contains("NIST CSF 2.0: NIST Cybersecurity Framework 2.0"));
    let output = run(&["references", "--format=csv"]);
    assert!(text(&output.stdout).starts_with("framework,identifier,about,rules,source"));
    let output = run(&["references", "--format=json"]);
    let frameworks: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert!(frameworks.as_array().unwrap().len() >= 7);
    let output = run(&["schema", "exceptions"]);
    let schema: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(schema["title"], "Accepted exceptions of Countersign");
}

#[test]
fn wrong_usage_is_2() {
    assert_eq!(run(&[]).status.code(), Some(2));
    assert_eq!(run(&["--format", "xml", SIGNED]).status.code(), Some(2));
    assert_eq!(run(&["--help"]).status.code(), Some(0));
}

#[test]
fn what_cannot_be_read_is_3_and_says_why() {
    let missing = run(&["no-such-file.pcap"]);
    assert_eq!(missing.status.code(), Some(3));
    assert!(text(&missing.stderr).contains("cannot read no-such-file.pcap"));
    assert_eq!(text(&missing.stdout), "");

    let not_a_capture = run(&["README.md"]);
    assert_eq!(not_a_capture.status.code(), Some(3));
    let message = text(&not_a_capture.stderr);
    assert!(message.contains("README.md") && message.contains("text"), "{message}");

    // What can be read is reported all the same.
    let mixed = run(&["--format", "json", "no-such-file.pcap", SIGNED]);
    assert_eq!(mixed.status.code(), Some(3));
    let report: Value = serde_json::from_slice(&mixed.stdout).unwrap();
    assert_eq!(report["sessions"].as_array().unwrap().len(), 1);
    let mixed = run(&["--format", "json", "README.md", SIGNED]);
    assert_eq!(mixed.status.code(), Some(3));
    let report: Value = serde_json::from_slice(&mixed.stdout).unwrap();
    assert_eq!(report["sessions"].as_array().unwrap().len(), 1);
}

#[test]
fn a_capture_that_breaks_off_is_0_with_its_problem() {
    let bytes = fs::read(root().join(SIGNED)).unwrap();
    let path = scratch("cut.pcapng");
    fs::write(&path, &bytes[..bytes.len() - 10]).unwrap();
    let output = run(&["--format", "json", path.to_str().unwrap()]);
    assert_eq!(output.status.code(), Some(0));
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    let problems = report["captures"][0]["problems"].as_array().unwrap();
    assert!(!problems.is_empty());
    assert_eq!(report["sessions"].as_array().unwrap().len(), 1);
}

#[test]
fn a_reader_that_stops_early_is_no_error() {
    let mut child = command(&["--format", "json", SIGNED])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    let output = child.wait_with_output().unwrap();
    assert_eq!((output.status.code(), text(&output.stderr)), (Some(0), String::new()));
}

/// The command line, in the project's root, away from this process's terminal settings.
fn command(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_countersign"));
    command.args(arguments).current_dir(root()).stdin(Stdio::null());
    command
}

/// Writes a file of this test run, and gives its path.
fn written(name: &str, contents: &str) -> String {
    let path = scratch(name);
    fs::write(&path, contents).unwrap();
    path.to_str().unwrap().to_owned()
}

#[test]
fn secrets_that_cannot_be_read_are_wrong_usage_and_stay_secret() {
    let unquoted = written("unquoted.toml", "[[password]]\nuser = \"alice\"\npassword = hunter2\n");
    let unknown = written("unknown.toml", "[[passwords]]\npassword = \"hunter2\"\n");
    let cut = written("cut.keytab", "\u{5}\u{2}\0\0\0\u{9}hunter2");
    let naming = written("naming.toml", "[[keytab]]\npath = \"cut.keytab\"\n");
    let lost = written("lost.toml", "[[keytab]]\npath = \"no-such.keytab\"\n");
    let missing = scratch("no-such.toml").to_str().unwrap().to_owned();
    for (option, file, sentence) in [
        (
            "--secrets",
            &unquoted,
            "unquoted.toml: line 3: password is not a text in quotation marks",
        ),
        ("--secrets", &unknown, "unknown.toml: line 1: an entry with another name than password,"),
        ("--secrets", &missing, "no-such.toml: "),
        ("--secrets", &naming, "cut.keytab: the keytab is cut: its entry at byte 2 has 9 bytes, 7"),
        ("--secrets", &lost, "no-such.keytab: "),
        ("--keytab", &cut, "cut.keytab: the keytab is cut"),
        ("--keytab", &unknown, "unknown.toml: it is not a keytab"),
    ] {
        let output = run(&[option, file, SIGNED]);
        let said = text(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{file}: {said}");
        assert!(said.contains(sentence), "{said}");
        assert!(!said.contains("hunter2") && output.stdout.is_empty(), "{said}");
    }
}

#[test]
fn secrets_are_taken_and_not_overwritten() {
    let keytab = scratch("copy.keytab");
    fs::copy(root().join("samples/fs1.keytab"), &keytab).unwrap();
    let before = fs::read(&keytab).unwrap();
    let secrets = written(
        "taken.toml",
        "[[password]]\npassword = \"hunter2\"\n[[keytab]]\npath = \"copy.keytab\"\n",
    );
    let plain = run(&["--secrets", &secrets, "--keytab", "samples/fs1.keytab", SIGNED]);
    assert_eq!(plain.status.code(), Some(0), "{}", text(&plain.stderr));
    assert!(!text(&plain.stdout).contains("hunter2"));
    for file in [keytab.to_str().unwrap(), &secrets] {
        let output = run(&["--secrets", &secrets, "--output", file, SIGNED]);
        assert_eq!(output.status.code(), Some(2));
        assert!(text(&output.stderr).contains("it is a file with secrets"));
    }
    assert_eq!(fs::read(&keytab).unwrap(), before);
}

fn run(arguments: &[&str]) -> Output {
    command(arguments).output().unwrap()
}

/// A path for a file of this test run.
fn scratch(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name)
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

#[test]
fn packets_are_extracted_to_a_capture_that_can_be_read() {
    let path = scratch("evidence.pcapng");
    let out = path.to_str().unwrap();
    let output = run(&[UNSIGNED, SIGNED, "--extract", out, "--only", "signing-not-required"]);
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    assert!(text(&output.stderr).contains("with comments"), "{}", text(&output.stderr));
    let again = run(&["--format", "json", out]);
    let report: Value = serde_json::from_slice(&again.stdout).unwrap();
    assert_eq!(report["sessions"].as_array().unwrap().len(), 1);
    assert_eq!(report["sessions"][0]["status"], "unsigned_setup_only");
    for refused in [
        &[UNSIGNED, "--extract", out, "--only", "s7"][..],
        &[UNSIGNED, "--extract", out, "--redact"],
        &[UNSIGNED, "--only", "s1"],
        &["-", "--extract", out],
        &[UNSIGNED, SIGNED, "--separate", "--extract", out],
        &[UNSIGNED, "--extract", "no/such/folder/x.pcapng"],
        &[out, "--extract", out],
    ] {
        let output = run(refused);
        assert_eq!(output.status.code(), Some(2), "{refused:?}: {}", text(&output.stderr));
        assert!(!output.stderr.is_empty());
    }
    assert!(fs::metadata(&path).unwrap().len() > 0, "evidence is not overwritten");
}
