//! Containers: bytes of capture files to packets.

use countersign::capture::CaptureFacts;
use countersign::capture::sources::Sources;
use countersign::limits::Limits;
use countersign::packet::SourceId;
use countersign::time::Timestamp;

use super::choices::numbers_of;

/// A packet as it came out.
#[derive(Debug, PartialEq)]
struct Seen {
    source: usize,
    number: u64,
    offset: u64,
    timestamp: Timestamp,
    link_type: u32,
    original_len: u32,
    data: Vec<u8>,
}

/// Reads `file` whole and in pieces, under two sets of bounds, alone and beside itself.
pub fn check(file: &[u8]) {
    let tight = Limits {
        record_bytes: 1 << 10,
        interfaces: 3,
        problems: 2,
        expanded_bytes: 1 << 12,
        expansion_ratio: 2,
        ..Limits::DEFAULT
    };
    for limits in [Limits::DEFAULT, tight] {
        let (packets, facts) = read(&[file], limits, || usize::MAX);
        check_packets(file, &packets, &facts[0], &limits);
        for most in [1, 7, 200] {
            let mut sizes = numbers_of(file);
            let in_pieces = read(&[file], limits, || 1 + sizes() as usize % most);
            assert_eq!(in_pieces.0, packets, "the packets depend on how the bytes are cut");
            assert_eq!(in_pieces.1, facts, "what is known depends on how the bytes are cut");
        }
    }
    let (alone, _) = read(&[file], Limits::DEFAULT, || usize::MAX);
    let mut sizes = numbers_of(file);
    let (both, _) = read(&[file, file], Limits::DEFAULT, || 1 + sizes() as usize % 100);
    for source in 0..2 {
        let own: Vec<&Seen> = both.iter().filter(|packet| packet.source == source).collect();
        assert_eq!(own.len(), alone.len());
        for (own, alone) in own.into_iter().zip(&alone) {
            assert_eq!(
                (own.number, own.offset, &own.data),
                (alone.number, alone.offset, &alone.data)
            );
        }
    }
}

fn check_packets(file: &[u8], packets: &[Seen], facts: &CaptureFacts, limits: &Limits) {
    assert_eq!(facts.packets, packets.len() as u64);
    assert!(facts.problems.len() <= limits.problems);
    for pair in packets.windows(2) {
        assert!(pair[0].number < pair[1].number, "numbers go up");
    }
    if let Some(last) = packets.last() {
        assert!(last.number <= facts.packets + facts.other_records);
    }
    let times = packets.iter().map(|packet| packet.timestamp);
    let times = times.filter(|time| *time != Timestamp::UNKNOWN);
    assert_eq!(facts.first_time, times.clone().min());
    assert_eq!(facts.last_time, times.max());
    let mut end = 0;
    for packet in packets {
        assert!(packet.number > 0 && packet.data.len() <= limits.record_bytes);
        assert!(end <= packet.offset, "packets stand one after the other");
        end = packet.offset + packet.data.len() as u64;
        // Places in a compressed file are those of what is in it.
        if facts.compression.is_empty() {
            let there = file.get(packet.offset as usize..end as usize);
            assert_eq!(there, Some(packet.data.as_slice()), "the bytes are those of the file");
        }
    }
    let cut = packets.iter().filter(|packet| packet.data.len() < packet.original_len as usize);
    assert_eq!(facts.truncated_packets, cut.count() as u64);
}

fn read(
    files: &[&[u8]],
    limits: Limits,
    mut len: impl FnMut() -> usize,
) -> (Vec<Seen>, Vec<CaptureFacts>) {
    let mut sources = Sources::new(limits);
    for number in 0..files.len() {
        sources.add(format!("{number}"));
    }
    let mut packets = Vec::new();
    let mut rests = files.to_vec();
    while let Some(source) = sources.wants() {
        let mut on_packet = |packet: &countersign::capture::Packet<'_>| {
            packets.push(Seen {
                source: packet.id.source.0,
                number: packet.id.number,
                offset: packet.offset,
                timestamp: packet.timestamp,
                link_type: packet.link_type.0,
                original_len: packet.original_len,
                data: packet.data.to_vec(),
            });
        };
        let rest = &mut rests[source.0];
        if rest.is_empty() {
            sources.end(source, &mut on_packet);
            continue;
        }
        let (piece, after) = rest.split_at(len().clamp(1, rest.len()));
        *rest = after;
        sources.push(source, piece, &mut on_packet);
    }
    let facts = (0..files.len()).map(|number| sources.facts(SourceId(number)).unwrap().clone());
    let facts = facts.collect();
    (packets, facts)
}
