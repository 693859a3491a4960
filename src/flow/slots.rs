//! The connections known at a time, up to a bound.

use super::connection::{Connection, Opening, Silent};
use super::index::{Index, Key};

/// How many connections are looked at to find one that has not been used for long.
const EVICTION_SAMPLE: usize = 16;

/// How a connection is treated.
#[derive(Debug)]
pub(super) enum State {
    /// Nothing but SYN was seen.
    Opening(Opening),
    /// Its streams are put together.
    Followed(Box<Connection>),
    /// It is only known, so that a new connection between its ports is seen as one.
    Silent(Silent),
}

/// A connection that is known.
#[derive(Debug)]
pub(super) struct Slot {
    key: Key,
    /// Segments of the run up to its latest.
    pub(super) used: u64,
    pub(super) state: State,
}

/// The connections that are known, each at a place that it keeps.
#[derive(Debug, Default)]
pub(super) struct Slots {
    index: Index,
    slots: Vec<Slot>,
    /// Where the search for a connection to forget goes on.
    hand: usize,
}

impl Slots {
    /// How many there are.
    pub(super) fn len(&self) -> usize {
        self.slots.len()
    }

    /// Where the connection `key` is.
    pub(super) fn find(&self, key: &Key) -> Option<u32> {
        self.index.get(key)
    }

    /// The connection at `place`.
    pub(super) fn get_mut(&mut self, place: u32) -> Option<&mut Slot> {
        self.slots.get_mut(place as usize)
    }

    /// The connection at `place`, if it is followed.
    pub(super) fn followed(&mut self, place: u32) -> Option<&mut Connection> {
        match &mut self.slots.get_mut(place as usize)?.state {
            State::Followed(connection) => Some(connection),
            State::Opening(_) | State::Silent(_) => None,
        }
    }

    /// The places of the connections that are followed, in the order in which they began.
    pub(super) fn followed_places(&self) -> Vec<u32> {
        let opened = |slot: &Slot| match &slot.state {
            State::Followed(connection) => Some(connection.opened),
            State::Opening(_) | State::Silent(_) => None,
        };
        let followed = self.slots.iter().zip(0_u32..);
        let mut followed: Vec<(u64, u32)> =
            followed.filter_map(|(slot, place)| Some((opened(slot)?, place))).collect();
        followed.sort_unstable();
        followed.into_iter().map(|(_, place)| place).collect()
    }

    /// A new place, for the connection `key`.
    pub(super) fn add(&mut self, key: Key, used: u64) -> u32 {
        let place = u32::try_from(self.slots.len()).unwrap_or(u32::MAX);
        self.slots.push(Slot { key, used, state: State::Silent(Silent::default()) });
        self.index.insert(key, place);
        place
    }

    /// Gives the place of another connection to the connection `key`.
    pub(super) fn replace(&mut self, place: u32, key: Key) {
        if let Some(slot) = self.slots.get_mut(place as usize) {
            self.index.remove(&slot.key);
            slot.key = key;
            self.index.insert(key, place);
        }
    }

    /// The place of a connection that has not been used for long: the longest unused of a few.
    pub(super) fn oldest(&mut self) -> u32 {
        let count = self.slots.len().max(1);
        let sample = (0..EVICTION_SAMPLE).map(|step| (self.hand + step) % count);
        let used = |place: &usize| self.slots.get(*place).map_or(u64::MAX, |slot| slot.used);
        let oldest = sample.min_by_key(used).unwrap_or_default();
        self.hand = (self.hand + EVICTION_SAMPLE) % count;
        u32::try_from(oldest).unwrap_or(u32::MAX)
    }
}
