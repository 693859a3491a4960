//! Reassembly of IP fragments, of either version.
//!
//! Where fragments overlap, the bytes that came first stay. What is held is bounded by count, by
//! bytes and by the time of the capture; the oldest datagram goes first.

use std::collections::{BTreeMap, HashMap};
use std::mem;
use std::net::IpAddr;

use foldhash::fast::RandomState;

use super::ip::{Datagram, FragmentPlace};
use crate::limits::Limits;
use crate::time::Timestamp;

/// How long fragments are waited for, in nanoseconds: half of what RFC 8200 4.5 gives them, since
/// IPv4 uses its sixteen bits of identification again within seconds.
const TIMEOUT: i64 = 30 * Timestamp::NANOSECONDS_PER_SECOND;

/// Bytes of the longest payload of a datagram.
const PAYLOAD_LEN_MAX: u32 = 0xFFFF;

/// What became of a fragment.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Reassembly<'a> {
    /// It is held until the others are there.
    Waiting,
    /// It cannot be part of a datagram.
    Refused,
    /// It was the last that was missing.
    Whole(Datagram<'a>),
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
    /// The payload of the datagram that was completed last.
    whole: Vec<u8>,
}

/// What the fragments of a datagram have in common.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct Key {
    source: IpAddr,
    destination: IpAddr,
    id: u32,
    /// The protocol of IPv4; IPv6 tells fragments apart without it.
    protocol: u8,
}

/// A datagram of which fragments are missing.
#[derive(Debug, Default)]
struct Partial {
    serial: u64,
    begun: Timestamp,
    /// The protocol that the first fragment says.
    protocol: u8,
    bytes: Vec<u8>,
    /// Which parts of `bytes` have come: starts and ends in order, with gaps between.
    ranges: Vec<(u32, u32)>,
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
            whole: Vec::new(),
        }
    }

    /// Datagrams that never became whole, those that still wait included.
    pub(super) fn incomplete(&self) -> u64 {
        self.given_up.saturating_add(self.partial.len() as u64)
    }

    /// Takes a fragment that was captured at `now`.
    pub(super) fn add(&mut self, fragment: &Datagram<'_>, now: Timestamp) -> Reassembly<'_> {
        let Some(place) = fragment.fragment else { return Reassembly::Refused };
        let end = place.offset.saturating_add(fragment.payload_len);
        let is_broken = place.more && !fragment.payload_len.is_multiple_of(8);
        if end > PAYLOAD_LEN_MAX || is_broken || fragment.payload_len == 0 {
            return Reassembly::Refused;
        }
        self.forget_old(now);
        let key = Key {
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
        let held_before = partial.bytes.len();
        partial.add(place, fragment);
        let grown = partial.bytes.len().saturating_sub(held_before);
        self.held = self.held.saturating_add(grown);
        if !partial.is_whole() {
            self.keep_within_bounds();
            return Reassembly::Waiting;
        }
        let Some(partial) = self.remove(key) else { return Reassembly::Waiting };
        let len = partial.len.unwrap_or(0);
        self.whole = partial.bytes;
        let captured = partial.cut_at.map_or(len, |cut_at| cut_at.min(len)) as usize;
        Reassembly::Whole(Datagram {
            source: key.source,
            destination: key.destination,
            protocol: partial.protocol,
            payload: self.whole.get(..captured).unwrap_or(&[]),
            payload_len: len,
            fragment: None,
        })
    }

    fn remove(&mut self, key: Key) -> Option<Partial> {
        let partial = self.partial.remove(&key)?;
        self.order.remove(&partial.serial);
        self.held = self.held.saturating_sub(partial.bytes.len());
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
        if self.bytes.len() < end as usize {
            self.bytes.resize(end as usize, 0);
        }
        for (from, to) in self.uncovered(start, end) {
            let source = (from - start) as usize..(to.min(captured_end).max(from) - start) as usize;
            let target = from as usize..to.min(captured_end).max(from) as usize;
            let pair = (fragment.payload.get(source), self.bytes.get_mut(target));
            if let (Some(source), Some(target)) = pair {
                target.copy_from_slice(source);
            }
        }
        self.cover(start, end);
    }

    /// The parts of `start..end` that have not come.
    fn uncovered(&self, start: u32, end: u32) -> Vec<(u32, u32)> {
        let mut parts = Vec::new();
        let mut from = start;
        for (covered_from, covered_to) in &self.ranges {
            if *covered_from > from && from < end {
                parts.push((from, end.min(*covered_from)));
            }
            from = from.max(*covered_to);
        }
        if from < end {
            parts.push((from, end));
        }
        parts
    }

    /// Notes that `start..end` has come.
    fn cover(&mut self, start: u32, end: u32) {
        let (mut start, mut end) = (start, end);
        let ranges = mem::take(&mut self.ranges);
        let mut place = 0;
        for (from, to) in ranges {
            if to < start {
                place += 1;
                self.ranges.push((from, to));
            } else if from > end {
                self.ranges.push((from, to));
            } else {
                start = start.min(from);
                end = end.max(to);
            }
        }
        self.ranges.insert(place, (start, end));
    }

    fn is_whole(&self) -> bool {
        match (self.len, self.ranges.as_slice()) {
            (Some(len), [(0, covered_to)]) => *covered_to >= len,
            _ => false,
        }
    }
}
