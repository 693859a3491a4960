//! Several captures at once on the command line: folders, many files, and files that cannot be
//! read among those that can.

#![cfg(all(feature = "cli", unix))]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]

mod support;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use serde_json::Value;

use self::support::root;

/// One session, a guest's.
const GUEST: &str = "samples/guest.pcap";

/// An empty folder of this test run.
fn folder(name: &str) -> PathBuf {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name);
    let _absent = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder).unwrap();
    folder
}

fn run(arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_countersign"));
    command.args(arguments).current_dir(root()).stdin(Stdio::null()).output().unwrap()
}

fn report(output: &Output) -> Value {
    serde_json::from_slice(&output.stdout).unwrap_or_else(|_| panic!("{output:?}"))
}

fn names(report: &Value) -> Vec<&str> {
    let captures = report["captures"].as_array().unwrap().iter();
    captures.map(|capture| capture["name"].as_str().unwrap()).collect()
}

/// The header and the records of a pcap file.
fn records(file: &[u8]) -> (&[u8], Vec<&[u8]>) {
    let (header, mut rest) = file.split_at(24);
    let mut records = Vec::new();
    while !rest.is_empty() {
        let len = u32::from_le_bytes(rest[8..12].try_into().unwrap()) as usize;
        let (record, after) = rest.split_at(16 + len);
        records.push(record);
        rest = after;
    }
    (header, records)
}

#[test]
fn a_folder_is_read_with_what_is_inside_and_the_rest_is_skipped_in_a_line() {
    let folder = folder("folder");
    fs::create_dir_all(folder.join("deep/deeper")).unwrap();
    for (from, to) in [
        ("samples/311-nobody-requires.pcapng", "b.pcapng"),
        ("samples/311-server-requires.pcapng", "deep/deeper/a.bin"),
        ("README.md", "deep/notes.pcap"),
        ("README.md", "README"),
    ] {
        fs::copy(root().join(from), folder.join(to)).unwrap();
    }
    // A way back is not gone twice.
    std::os::unix::fs::symlink(&folder, folder.join("deep/back")).unwrap();
    let output = run(&["--format", "json", folder.to_str().unwrap()]);
    let report = report(&output);
    assert_eq!(names(&report), ["folder/b.pcapng", "folder/deep/deeper/a.bin"]);
    assert_eq!(report["sessions"].as_array().unwrap().len(), 2);
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(said.contains("skipped 2 files"), "{said}");
    assert!(said.contains("README") && said.contains("deep/notes.pcap"), "{said}");
    assert_eq!((said.lines().count(), output.status.code()), (1, Some(0)));
}

#[test]
fn a_folder_without_a_capture_is_3() {
    let folder = folder("folder-without");
    fs::copy(root().join("README.md"), folder.join("README.md")).unwrap();
    let output = run(&[folder.to_str().unwrap()]);
    assert_eq!(output.status.code(), Some(3));
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(said.contains("there is no capture in the folder"), "{said}");
}

#[test]
fn a_file_that_cannot_be_read_does_not_lose_the_others() {
    let empty = folder("unreadable").join("empty.pcap");
    fs::write(&empty, b"").unwrap();
    let missing = "no-such-file.pcap";
    let output = run(&["--format", "json", missing, empty.to_str().unwrap(), GUEST]);
    assert_eq!(output.status.code(), Some(3));
    assert_eq!(report(&output)["sessions"].as_array().unwrap().len(), 1);
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(said.contains(missing) && said.contains("empty.pcap"), "{said}");
}

/// The packets of 20 sessions, each in a file of its own.
fn write_a_packet_a_file(folder: &Path) -> usize {
    let file = fs::read(root().join(GUEST)).unwrap();
    let (header, records) = records(&file);
    let mut count = 0;
    for session in 0..20_u8 {
        for record in &records {
            let mut record = record.to_vec();
            let seconds = u32::from_le_bytes(record[..4].try_into().unwrap());
            record[..4].copy_from_slice(&(seconds + u32::from(session)).to_le_bytes());
            // Another network for both ends: the third number of each IPv4 address.
            for at in [16 + 14 + 14, 16 + 14 + 18] {
                record[at] = session;
            }
            // The names are in no order of time.
            let name = format!("{:05}.pcap", count * 7_919 % 10_007);
            fs::write(folder.join(name), [header, &record].concat()).unwrap();
            count += 1;
        }
    }
    count
}

#[test]
fn a_thousand_files_are_one_run_with_few_open_at_once() {
    let folder = folder("thousand");
    let count = write_a_packet_a_file(&folder);
    assert!(count > 1_000);
    let program = env!("CARGO_BIN_EXE_countersign");
    let script = format!("ulimit -n 96 && exec '{program}' --format json '{}'", folder.display());
    let output = Command::new("sh").args(["-c", &script]).output().unwrap();
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    let report = report(&output);
    assert_eq!(report["captures"].as_array().unwrap().len(), count);
    let sessions = report["sessions"].as_array().unwrap();
    assert_eq!(sessions.len(), 20);
    for session in sessions {
        assert_eq!(session["status"], "unsigned_guest");
        assert_eq!(session["coverage"], serde_json::json!(["complete"]));
        // What a session rests on is named with the file that it is in.
        let evidence = session["evidence"].as_array().unwrap();
        assert!(evidence.iter().any(|it| it["capture"] != evidence[0]["capture"]), "{evidence:?}");
        assert!(evidence.iter().all(|it| it["packet"] == 1));
    }
}

/// The sample's packets with times that are `seconds` later.
fn shifted(file: &[u8], seconds: u32) -> Vec<u8> {
    let (header, records) = records(file);
    let mut shifted = header.to_vec();
    for record in records {
        let time = u32::from_le_bytes(record[..4].try_into().unwrap()) + seconds;
        shifted.extend(time.to_le_bytes());
        shifted.extend(&record[4..]);
    }
    shifted
}

/// The codes and messages of a capture's problems.
fn problems(report: &Value, capture: usize) -> Vec<(String, String)> {
    let problems = report["captures"][capture]["problems"].as_array().unwrap().iter();
    problems
        .map(|it| (it["code"].as_str().unwrap().into(), it["message"].as_str().unwrap().into()))
        .collect()
}

#[test]
fn clocks_that_do_not_overlap_or_differ_are_said() {
    let folder = folder("clocks");
    let file = fs::read(root().join(GUEST)).unwrap();
    let write = |name: &str, bytes: &[u8]| {
        let path = folder.join(name);
        fs::write(&path, bytes).unwrap();
        path.to_str().unwrap().to_owned()
    };
    let early = write("early.pcap", &file);
    let late = write("late.pcap", &shifted(&file, 3_600));
    let told = problems(&report(&run(&["--format", "json", &early, &late])), 1);
    let codes: Vec<&str> = told.iter().map(|(code, _)| code.as_str()).collect();
    assert_eq!(codes, ["clocks-do-not-overlap", "clocks-differ"]);
    assert!(told[0].1.contains("early.pcap") && told[0].1.contains("late.pcap"), "{}", told[0].1);
    assert!(told[1].1.contains("3600.000 seconds"), "{}", told[1].1);

    // One recorder that starts a new file now and then.
    let (header, records) = records(&file);
    let (first, second) = records.split_at(records.len() / 2);
    let first = write("1.pcap", &[header, &first.concat()].concat());
    let second = write("2.pcap", &[header, &second.concat()].concat());
    let output = report(&run(&["--format", "json", &first, &second]));
    assert_eq!((problems(&output, 0), problems(&output, 1)), (vec![], vec![]));

    let back = write("back.pcap", &[&shifted(&file, 60)[..], records.concat().as_slice()].concat());
    let output = report(&run(&["--format", "json", &back]));
    let told = problems(&output, 0);
    assert_eq!(told[0].0, "time-runs-backwards");
    assert!(told[0].1.contains("by 60.019 seconds"), "{}", told[0].1);
    assert_eq!(output["captures"][0]["problems"][0]["packet"], records.len() + 1);
}

#[test]
fn a_session_in_two_captures_has_a_filter_for_each() {
    let folder = folder("halves");
    let file = fs::read(root().join("samples/smb1-signed.pcap")).unwrap();
    let whole = report(&run(&["--format", "json", "samples/smb1-signed.pcap"]));
    let (header, records) = records(&file);
    let (first, second) = records.split_at(records.len() / 2);
    for (name, half) in [("1.pcap", first), ("2.pcap", second)] {
        fs::write(folder.join(name), [header, &half.concat()].concat()).unwrap();
    }
    let halves = report(&run(&["--format", "json", folder.to_str().unwrap()]));
    let session = &halves["sessions"][0];
    assert_eq!(session["messages"], whole["sessions"][0]["messages"]);
    let filters = session["wireshark_filters"].as_array().unwrap();
    let captures: Vec<u64> = filters.iter().map(|it| it["capture"].as_u64().unwrap()).collect();
    assert_eq!(captures, [0, 1]);
    assert_eq!(session["wireshark_filter"], filters[0]["filter"]);
    // Together they name as many frames as the filter of the whole file.
    let frames = |filter: &Value| -> u64 {
        let list = filter.as_str().unwrap().split_once('{').unwrap().1;
        let ranges = list.trim_end_matches('}').split(", ");
        let lens = ranges.map(|range| {
            let (start, end) = range.split_once("..").unwrap_or((range, range));
            end.parse::<u64>().unwrap() - start.parse::<u64>().unwrap() + 1
        });
        lens.sum()
    };
    let both: u64 = filters.iter().map(|it| frames(&it["filter"])).sum();
    assert_eq!(both, frames(&whole["sessions"][0]["wireshark_filter"]));
}
