//! Packets that are extracted from captures: what comes out is read again.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]

mod support;

use std::collections::BTreeSet;
use std::fs;

use countersign::analysis::{self, Options, Results, Source, feed};
use countersign::extraction::{Extracted, Extraction};
use countersign::limits::Limits;
use countersign::secrets::Secrets;
use pcap_parser::pcapng::{Block, OptionCode};
use pcap_parser::{PcapBlockOwned, PcapNGReader, traits::PcapReaderIterator};

use self::support::root;

fn analyze(files: &[(&str, &[u8])]) -> Results {
    analysis::analyze(sources(files), Options::DEFAULT, Secrets::default(), |_| {}).unwrap()
}

fn sources<'a>(files: &[(&str, &'a [u8])]) -> Vec<Source<&'a [u8]>> {
    files
        .iter()
        .map(|(name, reader)| Source { name: (*name).to_owned(), reader: *reader })
        .collect()
}

fn extract(files: &[(&str, &[u8])], only: &[&str]) -> (Vec<u8>, Extracted) {
    let only: Vec<String> = only.iter().map(|it| (*it).to_owned()).collect();
    let selection = analyze(files).selection(&only).unwrap();
    let mut out = Vec::new();
    let mut extraction = Extraction::new(selection, Limits::DEFAULT, "countersign", &mut out);
    let mut sources = sources(files);
    sources.iter().for_each(|source| {
        extraction.add_source(source.name.clone());
    });
    feed(&mut extraction, &mut sources, 4096, |_| {}).unwrap();
    let extracted = extraction.finish().unwrap();
    (out, extracted)
}

/// The packets of a pcapng file: the time, the bytes, and the comments.
fn packets(file: &[u8]) -> Vec<(u64, Vec<u8>, Vec<String>)> {
    let mut reader = PcapNGReader::new(1 << 20, file).unwrap();
    let mut packets = Vec::new();
    loop {
        match reader.next() {
            Ok((len, block)) => {
                if let PcapBlockOwned::NG(Block::EnhancedPacket(packet)) = block {
                    let comments = packet.options.iter();
                    let comments = comments.filter(|it| it.code == OptionCode::Comment);
                    let comments = comments.map(|it| it.as_str().unwrap().to_owned());
                    let time = u64::from(packet.ts_high) << 32 | u64::from(packet.ts_low);
                    let data = packet.data[..packet.caplen as usize].to_vec();
                    packets.push((time, data, comments.collect()));
                }
                reader.consume(len);
            }
            Err(pcap_parser::PcapError::Eof) => return packets,
            Err(pcap_parser::PcapError::Incomplete(_)) => reader.refill().unwrap(),
            Err(error) => panic!("{error:?}"),
        }
    }
}

fn sample(name: &str) -> Vec<u8> {
    fs::read(root().join("samples").join(name)).unwrap()
}

/// Names of samples, those of pcapng files.
fn samples() -> Vec<String> {
    let files = fs::read_dir(root().join("samples")).unwrap();
    let names = files.map(|file| file.unwrap().file_name().into_string().unwrap());
    let mut names: Vec<String> = names.filter(|name| name.ends_with(".pcapng")).collect();
    names.sort();
    assert!(names.len() > 3);
    names
}

/// What is said of a session, apart from where it is.
fn told(results: &Results) -> Vec<String> {
    let rows = results.rows();
    rows.map(|row| {
        format!("{:?} {:?} {:?} {:?}", row.status, row.account, row.messages, row.first_time)
    })
    .collect()
}

#[test]
fn what_is_extracted_tells_the_same() {
    for name in samples() {
        let bytes = sample(&name);
        let (extracted, counts) = extract(&[(&name, &bytes)], &[]);
        let (before, after) = (analyze(&[(&name, &bytes)]), analyze(&[(&name, &extracted)]));
        assert_eq!(told(&after), told(&before), "{name}");
        let packets = packets(&extracted);
        assert_eq!(packets.len() as u64, counts.packets, "{name}");
        let commented = packets.iter().filter(|(_, _, comments)| !comments.is_empty());
        assert_eq!(commented.count() as u64, counts.commented, "{name}");
        assert_eq!(counts.comments_left_out, 0);
    }
}

#[test]
fn comments_stand_at_the_packets_that_findings_rest_on() {
    let mut rules = BTreeSet::new();
    for name in samples() {
        let bytes = sample(&name);
        for finding in analyze(&[(&name, &bytes)]).findings() {
            let (extracted, _) = extract(&[(&name, &bytes)], &[&finding.rule]);
            let packets = packets(&extracted);
            for evidence in &finding.evidence {
                let start = format!("Packet {}. {}: ", evidence.packet, finding.rule);
                let said = packets.iter().filter(|(_, _, comments)| {
                    comments.iter().any(|it| {
                        it.starts_with(&start)
                            && it.contains(&finding.title)
                            && it.contains(&evidence.value)
                    })
                });
                assert_eq!(said.count(), 1, "{name}: {start}");
            }
            rules.insert(finding.rule);
        }
    }
    assert!(rules.len() > 2, "{rules:?}");
}

#[test]
fn of_one_session_no_packet_of_another_connection_is_taken() {
    let names = samples();
    let [one, other] = [sample(&names[0]), sample(&names[1])];
    let files = [(&*names[0], &*one), (&*names[1], &*other)];
    let results = analyze(&files);
    let row = results.row(0).unwrap();
    let after = analyze(&[("one.pcapng", &extract(&files, &["s1"]).0)]);
    assert!(after.n_sessions() < results.n_sessions());
    let ends: BTreeSet<_> =
        after.rows().map(|it| (it.client.address, it.client.port, it.server.address)).collect();
    assert_eq!(ends, BTreeSet::from([(row.client.address, row.client.port, row.server.address)]));
    assert_eq!(after.row(0).unwrap().messages, row.messages);
}

#[test]
fn several_captures_stay_apart_as_interfaces_and_in_order_of_time() {
    let names = samples();
    let [one, other] = [sample(&names[0]), sample(&names[1])];
    let files = [(&*names[0], &*one), (&*names[1], &*other)];
    let (extracted, _) = extract(&files, &[]);
    let times: Vec<u64> = packets(&extracted).into_iter().map(|(time, _, _)| time).collect();
    assert!(times.is_sorted());
    let results = analyze(&[("both.pcapng", &extracted)]);
    let interfaces = &results.captures()[0].interfaces;
    let interfaces: BTreeSet<_> = interfaces.iter().map(|it| it.name.clone().unwrap()).collect();
    assert_eq!(interfaces, BTreeSet::from([names[0].clone(), names[1].clone()]));
    assert_eq!(results.n_sessions(), analyze(&files).n_sessions());
}

#[test]
fn what_the_report_does_not_have_cannot_be_extracted() {
    let names = samples();
    let bytes = sample(&names[0]);
    let results = analyze(&[(&names[0], &bytes)]);
    for missing in ["s999", "ntlm-relay-of-mine", ""] {
        let error = results.selection(&[missing.to_owned()]).unwrap_err();
        assert!(error.to_string().contains(&format!("{missing:?}")), "{error}");
    }
}

#[test]
fn a_later_connection_with_the_same_ports_is_another() {
    use countersign::extraction::Selection;
    use countersign::packet::{PacketId, SourceId};
    let at = |number| PacketId { source: SourceId(0), number };
    let ends = ["10.0.0.1:50000", "10.0.0.2:445"].map(|it| it.parse().unwrap());
    let mut selection = Selection::default();
    assert!(selection.is_empty());
    selection.add_connection(ends, at(10), Some(at(20)));
    let has = |number| selection.has_connection(ends[1], ends[0], at(number));
    assert_eq!([9, 10, 19, 20].map(has), [false, true, true, false]);
    let elsewhere = PacketId { source: SourceId(1), number: 3 };
    assert!(selection.has_connection(ends[0], ends[1], elsewhere));
}
