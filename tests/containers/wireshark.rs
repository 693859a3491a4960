//! What Wireshark reads in the same files, as recorded in `wireshark-4.0.17.tsv`, and where the
//! two differ and why.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use countersign::capture::CaptureFacts;

use super::{folder, read};

/// The record, which needs no Wireshark to be compared with.
const RECORD: &str = include_str!("wireshark-4.0.17.tsv");

/// What is read differently here, and why.
const DIFFERENCES: &[(&str, &str, &str)] = &[
    (FUZZED, "packets", GUESSED),
    (FUZZED, "records", GUESSED),
    (FUZZED, "first time", GUESSED),
    (FUZZED, "last time", GUESSED),
];

const FUZZED: &str = "public/OISF__suricata-verify__tests__bug-6875-01__fuzz.pcap";

const GUESSED: &str = "its second record is damaged: Wireshark takes the file for another variant of \
     pcap over that, and shows a packet of a megabyte that is not in the file";

/// What a line of the record says of a file, and what is read here, by the same names.
type Facts = BTreeMap<&'static str, String>;

const COLUMNS: [&str; 8] = [
    "packets",
    "records",
    "link types",
    "interfaces",
    "first time",
    "last time",
    "IPv4 names",
    "IPv6 names",
];

fn recorded() -> impl Iterator<Item = (&'static str, Facts)> {
    RECORD.lines().filter(|line| !line.starts_with('#')).map(|line| {
        let mut columns = line.split('\t');
        let path = columns.next().unwrap();
        (path, COLUMNS.into_iter().zip(columns.map(str::to_owned)).collect())
    })
}

fn found(facts: &CaptureFacts) -> Facts {
    let link_types: BTreeSet<String> =
        facts.link_types.iter().map(|link_type| link_type.name().into_owned()).collect();
    let link_types = match link_types.len() {
        0 => "-".to_owned(),
        _ => link_types.into_iter().collect::<Vec<_>>().join("+"),
    };
    let time = |time: Option<countersign::time::Timestamp>| {
        let split = |time: i64| format!("{}.{:09}", time / 1_000_000_000, time % 1_000_000_000);
        time.map_or_else(|| "-".to_owned(), |time| split(time.0))
    };
    let names = |is_v4: bool| {
        let names = facts.names.iter().filter(|name| name.address.is_ipv4() == is_v4);
        names.count().to_string()
    };
    let values = [
        facts.packets.to_string(),
        (facts.packets + facts.other_records).to_string(),
        link_types,
        facts.details.interfaces.len().to_string(),
        time(facts.first_time),
        time(facts.last_time),
        names(true),
        names(false),
    ];
    COLUMNS.into_iter().zip(values).collect()
}

#[test]
fn every_file_reads_as_in_wireshark() {
    let folder = folder();
    if !folder.is_dir() {
        eprintln!("0 compared, all skipped: there is no folder {}", folder.display());
        return;
    }
    let mut wrong = Vec::new();
    let mut compared = 0;
    for (path, recorded) in recorded() {
        let Ok(bytes) = fs::read(folder.join(Path::new(path))) else {
            eprintln!("skipped: {path} is not there");
            continue;
        };
        let found = found(&read(&bytes, 1 << 20).facts);
        for column in COLUMNS {
            let is_known =
                DIFFERENCES.iter().any(|(file, what, _)| *file == path && *what == column);
            if (found[column] == recorded[column]) == is_known {
                let (here, there) = (&found[column], &recorded[column]);
                wrong.push(format!("{path}: {column}: {here} here, {there} in Wireshark"));
            }
        }
        compared += 1;
    }
    eprintln!("{compared} compared with Wireshark, {} differences explained", DIFFERENCES.len());
    assert!(wrong.is_empty(), "differences that are not explained:\n{}", wrong.join("\n"));
    assert!(compared > 300, "the folder has the recorded files");
}
