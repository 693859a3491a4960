//! The connections known at a time, up to a bound.
//!
//! Connections between the same ends under different paths, such as VLANs or tunnels, stand in a
//! chain; nearly always it has one link.

use super::connection::{Connection, Opening, Silent};
use super::index::{Index, Key};
use crate::net::Segment;
use crate::net::path::Path;

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
    /// What comes by this path is of the connection at another place of the chain.
    Same(u32),
    /// Nothing is known of it.
    Vacant,
}

/// A connection that is known.
#[derive(Debug)]
pub(super) struct Slot {
    key: Key,
    /// The path of what the higher end of the key sends, and of what the lower end does.
    pub(super) paths: [Path; 2],
    /// The next of the chain.
    next: Option<u32>,
    /// Segments of the run up to its latest.
    pub(super) used: u64,
    pub(super) state: State,
}

impl Slot {
    /// Whether a segment of the lower end, or of the higher, belongs here by its path.
    #[inline]
    pub(super) fn is_by(&self, path: Path, source_is_low: bool) -> bool {
        let [high, low] = self.paths;
        path == if source_is_low { low } else { high }
    }

    /// The same, where no other connection needs to be looked at to say so, as nearly always.
    #[inline]
    pub(super) fn is_simply_by(&self, path: Path, source_is_low: bool) -> bool {
        let is_settled = match &self.state {
            State::Followed(_) | State::Silent(_) => true,
            State::Opening(_) | State::Vacant => self.next.is_none(),
            State::Same(_) => false,
        };
        is_settled && self.is_by(path, source_is_low)
    }

    /// How likely it is that a segment which was recorded before came here; `None` where it did not.
    pub(super) fn has_taken(&self, segment: &Segment<'_>, source_is_low: bool) -> Option<u8> {
        let (is_likely, so) = match &self.state {
            State::Followed(connection) => (connection.has_taken(segment, source_is_low), 2),
            // One with data would be followed.
            State::Opening(opening) if segment.payload_len == 0 => {
                (opening.continued_by(segment, source_is_low).is_some(), 1)
            }
            State::Silent(_) => (true, 0),
            State::Opening(_) | State::Same(_) | State::Vacant => (false, 0),
        };
        is_likely.then_some(so)
    }

    /// What an end sends is found to come by `path`.
    pub(super) fn set_path(&mut self, path: Path, source_is_low: bool) {
        let [high, low] = &mut self.paths;
        *(if source_is_low { low } else { high }) = path;
    }

    /// How much would be lost with it: nothing of a connection that is not followed.
    fn worth(&self) -> u8 {
        match &self.state {
            State::Opening(_) | State::Silent(_) | State::Same(_) | State::Vacant => 0,
            State::Followed(connection) if connection.is_kept => 2,
            State::Followed(_) => 1,
        }
    }
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
            _ => None,
        }
    }

    /// The places of the connections that are followed, in the order in which they began.
    pub(super) fn followed_places(&self) -> Vec<u32> {
        let opened = |slot: &Slot| match &slot.state {
            State::Followed(connection) => Some(connection.opened),
            _ => None,
        };
        let followed = self.slots.iter().zip(0_u32..);
        let mut followed: Vec<(u64, u32)> =
            followed.filter_map(|(slot, place)| Some((opened(slot)?, place))).collect();
        followed.sort_unstable();
        followed.into_iter().map(|(_, place)| place).collect()
    }

    /// The places of the connections between the ends of the one at `head`, in their chain.
    pub(super) fn chain(&self, head: u32) -> impl Iterator<Item = (u32, &Slot)> {
        let mut next = Some(head);
        std::iter::from_fn(move || {
            let place = next?;
            let slot = self.slots.get(place as usize)?;
            next = slot.next;
            Some((place, slot))
        })
    }

    /// A new place, for a connection `key` that comes by `path`.
    pub(super) fn add(&mut self, key: Key, path: Path, used: u64) -> u32 {
        let place = u32::try_from(self.slots.len()).unwrap_or(u32::MAX);
        self.slots.push(Slot { key, paths: [path; 2], next: None, used, state: State::Vacant });
        self.link(place, key);
        place
    }

    /// Gives the place of another connection to a connection `key` that comes by `path`.
    pub(super) fn replace(&mut self, place: u32, key: Key, path: Path) {
        self.unlink(place);
        if let Some(slot) = self.slots.get_mut(place as usize) {
            slot.key = key;
            slot.paths = [path; 2];
            slot.state = State::Vacant;
            self.link(place, key);
        }
    }

    /// Puts the connection at `place` into the chain of its ends, the first one staying first.
    fn link(&mut self, place: u32, key: Key) {
        let Some(head) = self.index.get(&key) else { return self.index.insert(key, place) };
        let Some(first) = self.slots.get_mut(head as usize) else { return };
        let next = first.next.replace(place);
        if let Some(slot) = self.slots.get_mut(place as usize) {
            slot.next = next;
        }
    }

    /// Takes the connection at `place` out of the chain of its ends.
    fn unlink(&mut self, place: u32) {
        let Some(slot) = self.slots.get_mut(place as usize) else { return };
        let (key, next) = (slot.key, slot.next.take());
        let Some(head) = self.index.get(&key) else { return };
        if head == place {
            match next {
                Some(next) => self.index.insert(key, next),
                None => return self.index.remove(&key),
            }
        }
        let mut link = self.index.get(&key);
        while let Some(slot) = link.and_then(|link| self.slots.get_mut(link as usize)) {
            if matches!(slot.state, State::Same(other) if other == place) {
                slot.state = State::Vacant;
            }
            if slot.next == Some(place) {
                slot.next = next;
            }
            link = slot.next;
        }
    }

    /// The one in the chain from `head` on that can be forgotten, by the same order as
    /// [`Slots::oldest`].
    pub(super) fn oldest_in_chain(&self, head: u32) -> u32 {
        let oldest = self.chain(head).min_by_key(|(_, slot)| (slot.worth(), slot.used));
        oldest.map_or(head, |(place, _)| place)
    }

    /// The place of a connection that can be forgotten: of a few the least worth, and of those the
    /// longest unused.
    pub(super) fn oldest(&mut self) -> u32 {
        let count = self.slots.len().max(1);
        let sample = (0..EVICTION_SAMPLE).map(|step| (self.hand + step) % count);
        let worth = |place: &usize| self.slots.get(*place).map(|slot| (slot.worth(), slot.used));
        let oldest = sample.min_by_key(worth).unwrap_or_default();
        self.hand = (self.hand + EVICTION_SAMPLE) % count;
        u32::try_from(oldest).unwrap_or(u32::MAX)
    }
}
