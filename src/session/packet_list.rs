//! The packets that hold a session's messages, in a byte or two each.

use std::ops::RangeInclusive;

use crate::packet::{PacketId, SourceId};

/// The packets of a session in each capture that it is in.
#[derive(Debug, Default)]
pub struct PacketLists {
    /// In the order in which the captures were met.
    lists: Vec<(SourceId, PacketList)>,
    /// The place of the list that was added to last.
    latest: usize,
}

impl PacketLists {
    /// Captures that a session's packets are listed of; those of further ones are not.
    const MOST: usize = 256;

    /// Adds a packet, as far as `budget` has bytes left for it.
    pub(super) fn add(&mut self, packet: PacketId, budget: &mut usize) {
        let is_same = self.lists.get(self.latest).is_some_and(|(it, _)| *it == packet.source);
        if !is_same {
            let known = self.lists.iter().position(|(source, _)| *source == packet.source);
            self.latest = match known {
                Some(place) => place,
                None if self.lists.len() < PacketLists::MOST => {
                    // Nearly every session is in one capture.
                    self.lists.reserve_exact(1);
                    self.lists.push((packet.source, PacketList::default()));
                    self.lists.len() - 1
                }
                None => return,
            };
        }
        if let Some((_, list)) = self.lists.get_mut(self.latest) {
            list.add(packet, budget);
        }
    }

    /// Gives back the room that is not used.
    pub(super) fn shrink(&mut self) {
        self.lists.iter_mut().for_each(|(_, list)| list.steps.shrink_to_fit());
    }

    /// The captures, each with its packets.
    pub fn iter(&self) -> impl Iterator<Item = (SourceId, &PacketList)> {
        self.lists.iter().map(|(source, list)| (*source, list))
    }
}

/// Packets of one capture.
#[derive(Debug, Default)]
pub struct PacketList {
    last: u64,
    /// The way from each number to the next, the lowest seven bits first.
    steps: Vec<u8>,
    is_incomplete: bool,
}

impl PacketList {
    /// Bytes that a list may take; longer ones would be of no use to anybody.
    const MOST: usize = 8 << 10;

    /// Adds a packet, as far as `budget` has bytes left for it.
    pub(super) fn add(&mut self, packet: PacketId, budget: &mut usize) {
        let is_known = packet.number == self.last;
        if self.is_incomplete || is_known {
            return;
        }
        let step = packet.number.wrapping_sub(self.last).cast_signed();
        // The sign goes to the lowest bit, so that short ways back are short too.
        let mut rest = (step << 1 ^ step >> 63).cast_unsigned();
        let before = self.steps.len();
        loop {
            let [low, ..] = rest.to_le_bytes();
            rest >>= 7;
            self.steps.push(low & 0x7f | if rest > 0 { 0x80 } else { 0 });
            if rest == 0 {
                break;
            }
        }
        self.last = packet.number;
        let taken = self.steps.len() - before;
        if taken > *budget || self.steps.len() > PacketList::MOST {
            self.is_incomplete = true;
            self.steps = Vec::new();
            *budget = budget.saturating_add(before);
        } else {
            *budget -= taken;
        }
    }

    /// The numbers of the packets, in order; `None` where there were too many to list.
    pub fn ranges(&self) -> Option<Vec<RangeInclusive<u64>>> {
        if self.is_incomplete {
            return None;
        }
        let mut numbers = self.numbers();
        numbers.sort_unstable();
        let mut ranges: Vec<RangeInclusive<u64>> = Vec::new();
        for number in numbers {
            match ranges.last_mut() {
                Some(range) if number <= range.end().saturating_add(1) => {
                    *range = *range.start()..=number;
                }
                _ => ranges.push(number..=number),
            }
        }
        Some(ranges)
    }

    fn numbers(&self) -> Vec<u64> {
        let mut numbers = Vec::new();
        let (mut number, mut step, mut shift) = (0_u64, 0_u64, 0);
        for byte in &self.steps {
            step |= u64::from(byte & 0x7f) << shift;
            shift += 7;
            if byte & 0x80 == 0 {
                let way = (step >> 1) ^ (step & 1).wrapping_neg();
                number = number.wrapping_add(way);
                numbers.push(number);
                (step, shift) = (0, 0);
            }
        }
        numbers
    }
}

#[cfg(test)]
mod tests {
    use super::{PacketList, PacketLists};
    use crate::packet::{PacketId, SourceId};

    fn list(numbers: &[u64]) -> PacketList {
        let mut list = PacketList::default();
        let mut budget = 1 << 20;
        for number in numbers {
            list.add(PacketId { source: SourceId(0), number: *number }, &mut budget);
        }
        list
    }

    #[test]
    fn neighbours_are_a_range() {
        let ranges = list(&[3, 4, 5, 9, 9, 7]).ranges().unwrap();
        assert_eq!(ranges, [3..=5, 7..=7, 9..=9]);
    }

    #[test]
    fn every_distance_is_kept() {
        let numbers = [1, 64, 65, 200, 199, 1 << 20, 2, u64::MAX, 1 << 63, 0];
        let mut sorted = numbers.to_vec();
        sorted.sort_unstable();
        let mut kept = list(&numbers).numbers();
        kept.sort_unstable();
        assert_eq!(kept, sorted);
    }

    #[test]
    fn each_capture_has_its_own_list() {
        let mut lists = PacketLists::default();
        for (source, number) in [(1, 3), (0, 8), (1, 4), (0, 8), (1, 9)] {
            lists.add(PacketId { source: SourceId(source), number }, &mut 100);
        }
        let listed: Vec<_> =
            lists.iter().map(|(source, list)| (source.0, list.ranges().unwrap())).collect();
        assert_eq!(listed, [(1, vec![3..=4, 9..=9]), (0, vec![8..=8])]);
        for source in 0..2 * PacketLists::MOST {
            lists.add(PacketId { source: SourceId(source), number: 1 }, &mut 100);
        }
        assert_eq!(lists.iter().count(), PacketLists::MOST);
    }

    #[test]
    fn a_list_without_room_gives_back_what_it_took() {
        let mut list = PacketList::default();
        let mut budget = 3;
        for number in 1..5 {
            list.add(PacketId { source: SourceId(0), number: number * 2 }, &mut budget);
        }
        assert_eq!(list.ranges(), None);
        assert_eq!(budget, 3);
    }

    #[test]
    fn a_long_list_is_given_up() {
        let numbers: Vec<u64> = (1..20_000).map(|number| number * 2).collect();
        assert_eq!(list(&numbers).ranges(), None);
    }
}
