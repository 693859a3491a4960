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
