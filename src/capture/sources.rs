//! All captures of a run, merged by time.

use std::cmp::Reverse;
use std::collections::{BTreeSet, BinaryHeap};

use super::file::File;
use super::unrecognized::NotACapture;
use super::{CaptureFacts, Packet};
use crate::limits::Limits;
use crate::packet::SourceId;
use crate::time::Timestamp;

/// All captures of a run. Their packets come out in the order of their times; those of one file in
/// the order of the file, one without a time after the one before it.
///
/// Add every capture first. Then push pieces of the one that [`Sources::wants`] names until it
/// names none, and end each where its bytes end. Of each capture at most the piece that was pushed
/// last, as it is, and one cut packet are held; of a single one, or of the last that is left, only
/// the latter. So the pieces of many captures should be [smaller](Sources::piece_len) than those of
/// few. A compressed one holds besides what its compression refers back to, and little that is
/// expanded.
#[derive(Debug)]
pub struct Sources {
    limits: Limits,
    sources: Vec<File>,
    /// The places of those whose next packet is not known, and may come.
    hungry: BTreeSet<usize>,
    /// The others that hold a packet, each with the packet's time; the earliest comes first, and of
    /// several the capture that was added first.
    waiting: BinaryHeap<Reverse<(Timestamp, usize)>>,
    /// The places of those that have not ended.
    open: BTreeSet<usize>,
    has_begun: bool,
}

impl Sources {
    /// No captures yet.
    pub fn new(limits: Limits) -> Sources {
        Sources {
            limits,
            sources: Vec::new(),
            hungry: BTreeSet::new(),
            waiting: BinaryHeap::new(),
            open: BTreeSet::new(),
            has_begun: false,
        }
    }

    /// Adds a capture.
    pub fn add(&mut self, name: String) -> SourceId {
        let place = self.sources.len();
        let id = SourceId(place);
        self.sources.push(File::new(id, name, self.limits));
        self.hungry.insert(place);
        self.open.insert(place);
        id
    }

    /// Bytes that pieces of each of `n_sources` captures should have at most, so that all that are
    /// held together stay within the bound.
    pub fn piece_len(n_sources: usize, limits: &Limits) -> usize {
        /// What is still worth a read of its own.
        const LEAST: usize = 16 << 10;
        /// Small enough to stay in the processor's cache.
        const MOST: usize = 1 << 20;
        let share = limits.held_piece_bytes.checked_div(n_sources).unwrap_or(MOST);
        share.next_power_of_two().clamp(LEAST, MOST)
    }

    /// Takes the next bytes of a capture, and hands on every packet whose turn is certain.
    ///
    /// Bytes of a capture that has ended, or was never added, are ignored.
    pub fn push(
        &mut self,
        source: SourceId,
        piece: &[u8],
        on_packet: &mut impl FnMut(&Packet<'_>),
    ) {
        self.begin();
        let is_hungry = self.hungry.contains(&source.0);
        let others = self.hungry.len().saturating_sub(usize::from(is_hungry));
        let is_alone = others == 0 && self.waiting.iter().all(|Reverse((_, it))| *it == source.0);
        let Some(taker) = self.sources.get_mut(source.0) else { return };
        if taker.has_ended() {
            return;
        }
        if is_alone {
            taker.pass(piece, on_packet);
        } else {
            taker.hold(piece);
        }
        self.note(source.0, is_hungry);
        self.merge(on_packet);
    }

    /// Says that a capture has no more bytes, and hands on every packet whose turn is certain now.
    pub fn end(&mut self, source: SourceId, on_packet: &mut impl FnMut(&Packet<'_>)) {
        let was_hungry = self.hungry.contains(&source.0);
        if let Some(ended) = self.sources.get_mut(source.0) {
            ended.end();
            self.open.remove(&source.0);
            self.note(source.0, was_hungry);
        }
        self.merge(on_packet);
    }

    /// The capture that is to be pushed or ended next; `None` when all have ended.
    ///
    /// First come those whose next packet is not known, since others wait for it; then those of
    /// which nothing more can be read, so that their size becomes known. A capture that is
    /// [none](Sources::not_a_capture) may be ended at any time.
    pub fn wants(&self) -> Option<SourceId> {
        self.hungry.first().or_else(|| self.open.first()).copied().map(SourceId)
    }

    /// What is known of a capture so far.
    pub fn facts(&self, source: SourceId) -> Option<&CaptureFacts> {
        self.sources.get(source.0).map(File::facts)
    }

    /// Why a file is no capture; `None` while it may be one. An empty file is known when it ended.
    pub fn not_a_capture(&self, source: SourceId) -> Option<&NotACapture> {
        self.sources.get(source.0)?.not_a_capture()
    }

    /// Shares the bounds on what is held of cut records and of compressed files among the captures, at their first bytes.
    fn begin(&mut self) {
        /// What every capture may hold, however many there are.
        const LEAST: usize = 1 << 20;
        if std::mem::replace(&mut self.has_begun, true) {
            return;
        }
        let share = self.limits.held_record_bytes.checked_div(self.sources.len()).unwrap_or(LEAST);
        /// What every compression may refer back to: what its tools do unless they are told to.
        const LEAST_WINDOW: u64 = 8 << 20;
        let count = self.sources.len() as u64;
        let window = self.limits.held_window_bytes.checked_div(count).unwrap_or(LEAST_WINDOW);
        for source in &mut self.sources {
            source.bound_records(share.max(LEAST));
            source.bound_windows(window.max(LEAST_WINDOW));
        }
    }

    /// Notes whether a source that got bytes, or the word that none come, still needs some.
    fn note(&mut self, place: usize, was_hungry: bool) {
        let Some(source) = self.sources.get(place) else { return };
        if source.is_hungry() {
            self.hungry.insert(place);
        } else {
            self.hungry.remove(&place);
            if let Some(time) = source.next_time().filter(|_| was_hungry) {
                self.waiting.push(Reverse((time, place)));
            }
        }
    }

    /// Hands on packets until one could be followed by an earlier one that is not known yet.
    fn merge(&mut self, on_packet: &mut impl FnMut(&Packet<'_>)) {
        while self.hungry.is_empty() {
            let Some(Reverse((_, place))) = self.waiting.pop() else { return };
            let until = self.waiting.peek().map(|Reverse((time, _))| *time);
            let Some(source) = self.sources.get_mut(place) else { return };
            // Looking at the others for every packet would be slow with many of them.
            loop {
                source.deliver(on_packet);
                match source.next_time() {
                    Some(time) if until.is_none_or(|until| time < until) => {}
                    _ => break,
                }
            }
            self.note(place, true);
        }
        // The last one left needs to wait for nobody.
        if self.waiting.is_empty()
            && self.hungry.len() == 1
            && let Some(last) = self.hungry.first().and_then(|place| self.sources.get_mut(*place))
        {
            last.drain(on_packet);
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::{Just, Strategy, any, prop, prop_oneof, proptest};
    use proptest::test_runner::Config;

    use super::super::container::ByteOrder;
    use super::super::handmade::{
        block, interface, packet, pcap, read, read_every_way, read_in_pieces, section,
    };
    use super::super::unrecognized::NotACapture;
    use super::Sources;
    use crate::limits::Limits;
    use crate::packet::SourceId;

    /// Which file each packet came from, and its number there.
    fn order(files: &[&[u8]], piece_len: usize) -> Vec<(usize, u64)> {
        let run = read_in_pieces(files, Limits::DEFAULT, || piece_len);
        run.packets.iter().map(|packet| (packet.id.source.0, packet.id.number)).collect()
    }

    #[test]
    fn two_files_come_out_in_time_order() {
        let (first, second) = (pcap(&[10, 30, 50, 50]), pcap(&[20, 30, 40, 60, 70]));
        let expected = [(0, 1), (1, 1), (0, 2), (1, 2), (1, 3), (0, 3), (0, 4), (1, 4), (1, 5)];
        for len in [1, 7, 40, usize::MAX] {
            assert_eq!(order(&[&first, &second], len), expected);
        }
    }

    #[test]
    fn a_file_keeps_its_own_order() {
        let (first, second) = (pcap(&[50, 10, 60]), pcap(&[20, 55]));
        for len in [1, 7, usize::MAX] {
            assert_eq!(order(&[&first, &second], len), [(1, 1), (0, 1), (0, 2), (1, 2), (0, 3)]);
        }
    }

    #[test]
    fn files_that_hold_nothing_do_not_hold_up_the_others() {
        let mut broken = pcap(&[5]);
        broken.extend_from_slice(&[0xFF; 40]);
        let files: [&[u8]; 5] = [b"", &pcap(&[]), b"not a capture", &broken, &pcap(&[1, 9])];
        for len in [1, 7, usize::MAX] {
            assert_eq!(order(&files, len), [(4, 1), (3, 1), (4, 2)]);
        }
        let run = read_in_pieces(&files, Limits::DEFAULT, || 7);
        assert_eq!(run.not_captures[0], Some(NotACapture::Empty));
        assert_eq!(run.not_captures[1], None);
        assert_eq!(run.not_captures[2], Some(NotACapture::OtherFile { kind: "a text" }));
        assert_eq!(run.facts[3].size_bytes, broken.len() as u64);
    }

    #[test]
    fn a_single_file_is_handed_on_at_once() {
        let mut sources = Sources::new(Limits::DEFAULT);
        let source = sources.add("a".to_owned());
        let mut count = 0;
        sources.push(source, &pcap(&[1, 2, 3]), &mut |_| count += 1);
        assert_eq!(count, 3);
        assert_eq!(sources.wants(), Some(source));
        sources.end(source, &mut |_| {});
        assert_eq!(sources.wants(), None);
    }

    #[test]
    fn what_is_no_source_or_has_ended_is_ignored() {
        let mut sources = Sources::new(Limits::DEFAULT);
        sources.push(SourceId(3), b"x", &mut |_| panic!("no packet"));
        sources.end(SourceId(3), &mut |_| panic!("no packet"));
        assert_eq!(sources.facts(SourceId(3)), None);
        let source = sources.add("a".to_owned());
        sources.push(source, &pcap(&[])[..20], &mut |_| panic!("no packet"));
        for _ in 0..2 {
            sources.end(source, &mut |_| panic!("no packet"));
            sources.push(source, &pcap(&[1]), &mut |_| panic!("no packet"));
        }
        let facts = sources.facts(source).unwrap();
        assert_eq!((facts.size_bytes, facts.problems.len()), (20, 1));
    }

    #[test]
    fn text_and_long_files_are_told_from_captures_whatever_the_pieces() {
        for start in [&[0_u8; 2_000][..], b"PK\x03\x04", b"short", b"\n\r\r\n", b""] {
            let run = read_every_way(start);
            assert!(run.not_captures[0].is_some());
            assert!(run.packets.is_empty());
        }
    }

    /// Files with everything in them, damage included.
    fn files() -> impl Strategy<Value = Vec<u8>> {
        let order = prop_oneof![Just(ByteOrder::Little), Just(ByteOrder::Big)];
        let piece = (any::<u8>(), any::<u16>(), prop::collection::vec(any::<u8>(), 0..40));
        let pcapng = (order, prop::collection::vec(piece, 0..12)).prop_map(|(order, pieces)| {
            let mut file = [section(order, (1, 0)), interface(order, 1, 0, &[])].concat();
            for (kind, number, bytes) in pieces {
                file.extend(match kind % 16 {
                    0 => interface(order, number, 8, &bytes),
                    1 => block(order, u32::from(number % 16), &bytes),
                    2 => section(order, (1, 0)),
                    3 => bytes,
                    _ => packet(order, u32::from(kind % 5 / 4), u64::from(number), &bytes),
                });
            }
            file
        });
        let times = prop::collection::vec(0_u32..1_000, 0..20);
        prop_oneof![
            pcapng,
            times.prop_map(|times| pcap(&times)),
            prop::collection::vec(any::<u8>(), 0..80)
        ]
    }

    proptest! {
        #![proptest_config(Config { failure_persistence: None, ..Config::default() })]

        #[test]
        fn pieces_make_no_difference(
            files in prop::collection::vec(files(), 1..4),
            lens in prop::collection::vec(1_usize..60, 1..20),
        ) {
            let files: Vec<&[u8]> = files.iter().map(Vec::as_slice).collect();
            let whole = read_in_pieces(&files, Limits::DEFAULT, || usize::MAX);
            let mut lens = lens.into_iter().cycle();
            let pieces = read_in_pieces(&files, Limits::DEFAULT, || lens.next().unwrap_or(1));
            assert_eq!(pieces, whole);
        }

        #[test]
        fn ordered_files_merge_as_a_sort_would(
            times in prop::collection::vec(prop::collection::vec(1_u32..60, 0..20), 1..5),
            lens in prop::collection::vec(1_usize..60, 1..20),
        ) {
            let mut expected = Vec::new();
            let mut files = Vec::new();
            for (place, mut times) in times.into_iter().enumerate() {
                times.sort_unstable();
                files.push(pcap(&times));
                let numbered = times.iter().zip(1_u64..);
                expected.extend(numbered.map(|(time, number)| (*time, place, number)));
            }
            expected.sort_unstable();
            let files: Vec<&[u8]> = files.iter().map(Vec::as_slice).collect();
            let mut lens = lens.into_iter().cycle();
            let run = read_in_pieces(&files, Limits::DEFAULT, || lens.next().unwrap_or(1));
            let seen: Vec<(u32, usize, u64)> = run
                .packets
                .iter()
                .map(|packet| {
                    ((packet.timestamp.0 / 1_000) as u32, packet.id.source.0, packet.id.number)
                })
                .collect();
            assert_eq!(seen, expected);
        }

        #[test]
        fn no_bytes_are_too_odd(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
            read(&bytes);
            read(&[&pcap(&[1])[..], &bytes].concat());
            let start = section(ByteOrder::Little, (1, 0));
            read(&[&start[..], &bytes].concat());
        }
    }
}
