//! Reassembly of IP fragments, of either version.
//!
//! Where fragments overlap, the bytes that came first stay. What is held is bounded by count, by
//! bytes and by the time of the capture; the oldest datagram goes first.

use std::collections::{BTreeMap, HashMap};
use std::net::{IpAddr, Ipv4Addr};

use foldhash::fast::RandomState;

use super::ip::{Datagram, FragmentPlace};
use super::path::Path;
use super::pieces::Pieces;
use crate::limits::Limits;
use crate::time::Timestamp;

/// How long fragments are waited for, in nanoseconds: half of what RFC 8200 4.5 gives them, since
/// IPv4 uses its sixteen bits of identification again within seconds.
const TIMEOUT: i64 = 30 * Timestamp::NANOSECONDS_PER_SECOND;

/// Bytes of the longest payload of a datagram.
const PAYLOAD_LEN_MAX: u32 = 0xFFFF;

/// What became of a fragment.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Reassembly {
    /// It is held until the others are there.
    Waiting,
    /// It cannot be part of a datagram.
    Refused,
    /// It was the last that was missing.
    Whole(Reassembled),
}

/// A datagram that came in fragments, with the bytes of its payload.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Reassembled {
    key: Key,
    protocol: u8,
    /// The payload up to the first byte that was not captured.
    bytes: Vec<u8>,
    /// Bytes of payload.
    len: u32,
}

impl Reassembled {
    /// The datagram.
    pub(super) fn datagram(&self) -> Datagram<'_> {
        Datagram {
            source: self.key.source,
            destination: self.key.destination,
            protocol: self.protocol,
            payload: &self.bytes,
            payload_len: self.len,
            identification: self.key.source.is_ipv4().then_some(self.key.id as u16),
            fragment: None,
        }
    }
}

/// Datagrams of which fragments are missing.
#[derive(Debug)]
pub(super) struct Fragments {
    partial: HashMap<Key, Partial, RandomState>,
    /// Every key of `partial`, in the order in which they came.
    order: BTreeMap<u64, Key>,
    next_serial: u64,
    /// Bytes that `partial` holds.
    held: usize,
    given_up: u64,
    datagram_limit: usize,
    byte_limit: usize,
}

/// What the fragments of a datagram have in common.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct Key {
    /// The same addresses and identification in another tunnel are another datagram's.
    path: Path,
    source: IpAddr,
    destination: IpAddr,
    id: u32,
    /// The protocol of IPv4; IPv6 tells fragments apart without it.
    protocol: u8,
}

impl Default for Key {
    fn default() -> Key {
        let unspecified = IpAddr::V4(Ipv4Addr::UNSPECIFIED);
        let (source, destination) = (unspecified, unspecified);
        Key { path: Path::PLAIN, source, destination, id: 0, protocol: 0 }
    }
}

/// A datagram of which fragments are missing.
#[derive(Debug, Default)]
struct Partial {
    serial: u64,
    begun: Timestamp,
    /// The protocol that the first fragment says.
    protocol: u8,
    pieces: Pieces,
    /// The length of the whole, once the last fragment has come.
    len: Option<u32>,
    /// The first byte that a fragment should have held and the capture did not.
    cut_at: Option<u32>,
}

impl Fragments {
    pub(super) fn new(limits: &Limits) -> Fragments {
        Fragments {
            partial: HashMap::default(),
            order: BTreeMap::new(),
            next_serial: 0,
            held: 0,
            given_up: 0,
            datagram_limit: limits.fragmented_datagrams,
            byte_limit: limits.fragment_bytes,
        }
    }

    /// Datagrams that never became whole, those that still wait included.
    pub(super) fn incomplete(&self) -> u64 {
        self.given_up.saturating_add(self.partial.len() as u64)
    }

    /// Takes a fragment that came by `path` and was captured at `now`.
    pub(super) fn add(
        &mut self,
        fragment: &Datagram<'_>,
        path: Path,
        now: Timestamp,
    ) -> Reassembly {
        let Some(place) = fragment.fragment else { return Reassembly::Refused };
        let end = place.offset.saturating_add(fragment.payload_len);
        let is_broken = place.more && !fragment.payload_len.is_multiple_of(8);
        if end > PAYLOAD_LEN_MAX || is_broken || fragment.payload_len == 0 {
            return Reassembly::Refused;
        }
        self.forget_old(now);
        let key = Key {
            path,
            source: fragment.source,
            destination: fragment.destination,
            id: place.id,
            protocol: if fragment.source.is_ipv4() { fragment.protocol } else { 0 },
        };
        let serial = self.next_serial;
        let partial = self.partial.entry(key).or_insert_with(|| {
            self.next_serial = serial.wrapping_add(1);
            self.order.insert(serial, key);
            Partial { serial, begun: now, ..Partial::default() }
        });
        let held_before = partial.pieces.held();
        partial.add(place, fragment);
        let grown = partial.pieces.held().saturating_sub(held_before);
        self.held = self.held.saturating_add(grown);
        if !partial.is_whole() {
            self.keep_within_bounds();
            return Reassembly::Waiting;
        }
        let Some(partial) = self.remove(key) else { return Reassembly::Waiting };
        let len = partial.len.unwrap_or(0);
        let captured = partial.cut_at.map_or(len, |cut_at| cut_at.min(len)) as usize;
        let bytes = partial.pieces.into_bytes(captured);
        Reassembly::Whole(Reassembled { key, protocol: partial.protocol, bytes, len })
    }

    fn remove(&mut self, key: Key) -> Option<Partial> {
        let partial = self.partial.remove(&key)?;
        self.order.remove(&partial.serial);
        self.held = self.held.saturating_sub(partial.pieces.held());
        Some(partial)
    }

    /// Gives up the datagram that has waited longest; says whether there was one.
    fn forget_oldest(&mut self) -> bool {
        let Some(key) = self.order.first_key_value().map(|(_, key)| *key) else { return false };
        self.given_up = self.given_up.saturating_add(1);
        self.remove(key).is_some()
    }

    /// Gives up what has waited too long.
    fn forget_old(&mut self, now: Timestamp) {
        while let Some((_, key)) = self.order.first_key_value() {
            let begun = self.partial.get(key).map(|partial| partial.begun);
            let is_old = begun.is_none_or(|begun| now.since(begun) > TIMEOUT);
            if !is_old || !self.forget_oldest() {
                return;
            }
        }
    }

    fn keep_within_bounds(&mut self) {
        while self.partial.len() > self.datagram_limit || self.held > self.byte_limit {
            if !self.forget_oldest() {
                return;
            }
        }
    }
}

impl Partial {
    /// Takes a fragment that stands at `place`.
    fn add(&mut self, place: FragmentPlace, fragment: &Datagram<'_>) {
        let start = place.offset;
        let end = start.saturating_add(fragment.payload_len);
        if !place.more && self.len.is_none() {
            self.len = Some(end);
        }
        if start == 0 {
            self.protocol = fragment.protocol;
        }
        let captured_end = start.saturating_add(fragment.payload.len() as u32);
        if captured_end < end {
            self.cut_at = Some(self.cut_at.map_or(captured_end, |cut_at| cut_at.min(captured_end)));
        }
        self.pieces.insert(start, end, fragment.payload);
    }

    fn is_whole(&self) -> bool {
        self.len.is_some_and(|len| self.pieces.is_whole(len))
    }
}

#[cfg(test)]
mod tests {
    use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

    use proptest::prelude::{Just, Strategy, prop, proptest};
    use proptest::test_runner::Config;

    use super::super::ip::{Datagram, FragmentPlace};
    use super::{Fragments, Path, Reassembly};
    use crate::limits::Limits;
    use crate::time::Timestamp;

    const NOW: Timestamp = Timestamp(0);

    /// The part of `whole` from `offset` on, `len` bytes of it, of datagram `id`.
    fn part(whole: &[u8], id: u32, offset: usize, len: usize) -> Datagram<'_> {
        let end = offset + len;
        let place = FragmentPlace { id, offset: offset as u32, more: end < whole.len() };
        Datagram {
            source: IpAddr::V4(Ipv4Addr::new(10, 0, 0, 1)),
            destination: IpAddr::V4(Ipv4Addr::new(10, 0, 0, 2)),
            protocol: 6,
            payload: &whole[offset..end],
            payload_len: len as u32,
            identification: Some(id as u16),
            fragment: Some(place),
        }
    }

    fn payload(result: &Reassembly) -> Option<(&[u8], u32)> {
        match result {
            Reassembly::Whole(whole) => Some((&whole.bytes, whole.len)),
            _ => None,
        }
    }

    fn bytes(len: usize) -> Vec<u8> {
        (0..len).map(|place| place as u8).collect()
    }

    #[test]
    fn fragments_in_reverse_order_become_the_datagram() {
        let whole = bytes(35);
        let mut fragments = Fragments::new(&Limits::DEFAULT);
        assert_eq!(fragments.add(&part(&whole, 1, 32, 3), Path::PLAIN, NOW), Reassembly::Waiting);
        assert_eq!(fragments.add(&part(&whole, 1, 16, 16), Path::PLAIN, NOW), Reassembly::Waiting);
        assert_eq!(fragments.incomplete(), 1);
        let result = fragments.add(&part(&whole, 1, 0, 16), Path::PLAIN, NOW);
        assert_eq!(payload(&result), Some((whole.as_slice(), 35)));
        assert_eq!((fragments.incomplete(), fragments.held), (0, 0));
        assert!(fragments.order.is_empty());
    }

    #[test]
    fn of_overlapping_fragments_the_first_bytes_stay() {
        let (first, other) = (bytes(32), vec![0xFF; 32]);
        let mut fragments = Fragments::new(&Limits::DEFAULT);
        fragments.add(&part(&first, 1, 8, 8), Path::PLAIN, NOW);
        fragments.add(&part(&other, 1, 0, 24), Path::PLAIN, NOW);
        let result = fragments.add(&part(&first, 1, 16, 16), Path::PLAIN, NOW);
        let expected = [&other[..8], &first[8..16], &other[16..24], &first[24..]].concat();
        assert_eq!(payload(&result), Some((expected.as_slice(), 32)));
    }

    #[test]
    fn duplicates_and_other_datagrams_do_not_disturb() {
        let whole = bytes(24);
        let mut fragments = Fragments::new(&Limits::DEFAULT);
        fragments.add(&part(&whole, 1, 0, 8), Path::PLAIN, NOW);
        fragments.add(&part(&whole, 1, 0, 8), Path::PLAIN, NOW);
        fragments.add(&part(&whole, 2, 8, 16), Path::PLAIN, NOW);
        let mut udp = part(&whole, 1, 8, 16);
        udp.protocol = 17;
        assert_eq!(fragments.add(&udp, Path::PLAIN, NOW), Reassembly::Waiting);
        let result = fragments.add(&part(&whole, 1, 8, 16), Path::PLAIN, NOW);
        assert_eq!(payload(&result), Some((whole.as_slice(), 24)));
        assert_eq!(fragments.incomplete(), 2);
    }

    #[test]
    fn a_cut_fragment_ends_what_is_captured_and_keeps_the_length() {
        let whole = bytes(40);
        let mut fragments = Fragments::new(&Limits::DEFAULT);
        let mut cut = part(&whole, 1, 8, 16);
        cut.payload = &cut.payload[..5];
        fragments.add(&part(&whole, 1, 24, 16), Path::PLAIN, NOW);
        fragments.add(&cut, Path::PLAIN, NOW);
        let result = fragments.add(&part(&whole, 1, 0, 8), Path::PLAIN, NOW);
        assert_eq!(payload(&result), Some((&whole[..13], 40)));
    }

    #[test]
    fn the_first_fragment_of_ipv6_says_the_protocol() {
        let whole = bytes(16);
        let address = IpAddr::V6(Ipv6Addr::LOCALHOST);
        let mut fragments = Fragments::new(&Limits::DEFAULT);
        let late = Datagram { source: address, destination: address, ..part(&whole, 1, 8, 8) };
        fragments.add(&Datagram { protocol: 60, ..late }, Path::PLAIN, NOW);
        let early = Datagram { source: address, destination: address, ..part(&whole, 1, 0, 8) };
        match fragments.add(&early, Path::PLAIN, NOW) {
            Reassembly::Whole(whole) => assert_eq!(whole.protocol, 6),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn what_cannot_be_a_fragment_is_refused() {
        let whole = bytes(64);
        let mut fragments = Fragments::new(&Limits::DEFAULT);
        assert_eq!(fragments.add(&part(&whole, 1, 0, 9), Path::PLAIN, NOW), Reassembly::Refused);
        assert_eq!(fragments.add(&part(&whole, 1, 0, 0), Path::PLAIN, NOW), Reassembly::Refused);
        let mut far = part(&whole, 1, 0, 64);
        far.fragment = Some(FragmentPlace { id: 1, offset: 65_528, more: false });
        assert_eq!(fragments.add(&far, Path::PLAIN, NOW), Reassembly::Refused);
        assert_eq!(fragments.incomplete(), 0);
    }

    #[test]
    fn the_oldest_goes_first_when_bounds_are_reached() {
        let whole = bytes(24);
        let limits = Limits { fragmented_datagrams: 3, ..Limits::DEFAULT };
        let mut fragments = Fragments::new(&limits);
        for id in 1..=4 {
            fragments.add(&part(&whole, id, 0, 8), Path::PLAIN, NOW);
        }
        assert_eq!((fragments.partial.len(), fragments.incomplete()), (3, 4));
        assert!(payload(&fragments.add(&part(&whole, 2, 8, 16), Path::PLAIN, NOW)).is_some());
        assert!(payload(&fragments.add(&part(&whole, 1, 8, 16), Path::PLAIN, NOW)).is_none());

        let limits = Limits { fragment_bytes: 100, ..Limits::DEFAULT };
        let mut fragments = Fragments::new(&limits);
        for id in 1..=100 {
            fragments.add(&part(&whole, id, 8, 8), Path::PLAIN, NOW);
            assert!(fragments.held <= 100);
        }
        assert_eq!(fragments.incomplete(), 100);
    }

    #[test]
    fn what_waited_too_long_is_given_up() {
        let whole = bytes(24);
        let mut fragments = Fragments::new(&Limits::DEFAULT);
        fragments.add(&part(&whole, 1, 0, 8), Path::PLAIN, NOW);
        let later = Timestamp(31 * Timestamp::NANOSECONDS_PER_SECOND);
        assert_eq!(fragments.add(&part(&whole, 1, 8, 16), Path::PLAIN, later), Reassembly::Waiting);
        assert_eq!(fragments.incomplete(), 2);
    }

    proptest! {
        #![proptest_config(Config { failure_persistence: None, ..Config::default() })]

        #[test]
        fn any_order_gives_the_datagram(
            (len, order) in (9_usize..200).prop_flat_map(|len| {
                let starts: Vec<usize> = (0..len).step_by(8).collect();
                (Just(len), Just(starts).prop_shuffle())
            }),
        ) {
            let whole = bytes(len);
            let mut fragments = Fragments::new(&Limits::DEFAULT);
            for (count, start) in order.iter().enumerate() {
                let result = fragments.add(&part(&whole, 7, *start, 8.min(len - start)), Path::PLAIN, NOW);
                let is_last = count + 1 == order.len();
                assert_eq!(payload(&result), is_last.then_some((whole.as_slice(), len as u32)));
            }
        }

        #[test]
        fn no_fragments_are_too_odd(
            parts in prop::collection::vec((0_u32..20, 0_usize..40, 0_u32..60, prop::bool::ANY), 0..60),
        ) {
            let whole = bytes(64);
            let limits = Limits { fragment_bytes: 200, fragmented_datagrams: 2, ..Limits::DEFAULT };
            let mut fragments = Fragments::new(&limits);
            for (offset, captured, len, more) in parts {
                let place = FragmentPlace { id: offset % 3, offset: offset * 8, more };
                let datagram = Datagram {
                    payload: &whole[..captured.min(len as usize)],
                    payload_len: len,
                    fragment: Some(place),
                    ..part(&whole, 1, 0, 8)
                };
                if let Some((payload, len)) = payload(&fragments.add(&datagram, Path::PLAIN, NOW)) {
                    assert!(payload.len() <= len as usize);
                }
                assert_eq!(fragments.order.len(), fragments.partial.len());
            }
        }
    }
}
