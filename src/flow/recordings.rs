//! The segments that came last, to tell one packet that was recorded twice from one that was sent
//! twice.
//!
//! A mirror port that copies both ways of a switch, the "any" interface, a loopback, two interfaces
//! or two files of the same traffic record one packet more than once. Such recordings share the
//! Identification of their IPv4 header, which a packet that TCP sends again does not. IPv6 has none,
//! and some systems leave it zero: there only recordings that follow each other closely, or that came
//! in another way, are taken for one packet.

use std::hash::{BuildHasher, Hash, Hasher};

use foldhash::fast::RandomState;

use super::index::Key;
use crate::net::Segment;
use crate::net::path::Path;
use crate::packet::SourceId;

/// The time between two recordings of one packet is less than this, in nanoseconds.
const SECOND: i64 = 1_000_000_000;

/// The same without an Identification: less than any timer of TCP takes.
const AT_ONCE: i64 = 10_000_000;

/// Segments of the run from one recording to the other without an Identification: a packet that is
/// sent again because others were acknowledged past it comes after three of these.
const CLOSE: u32 = 3;

/// Bytes of a payload that are compared.
const COMPARED_BYTES: usize = 256;

/// Sets of recordings, a power of two.
const SETS: usize = 1_024;

/// Recordings in a set.
const WAYS: usize = 4;

/// Whether a segment was recorded before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Sighting {
    /// Not of late.
    New,
    /// It is a packet that was recorded a moment ago.
    Again,
    /// Other bytes were recorded a moment ago for the same place of the stream.
    Differs,
}

/// The segments that came last, as many as there is room for.
#[derive(Debug, Default)]
pub(super) struct Recordings {
    random: RandomState,
    /// Made with the first segment.
    sets: Box<[Set]>,
    /// What the payloads of those start with. Made once segments came by more than one path: before,
    /// only their numbers are compared.
    contents: Box<[[Content; WAYS]]>,
    /// The path of the first segment.
    first_path: Option<Path>,
}

/// Recordings that share a place in the table, the last one first. It is one line of a processor's
/// cache, and a part of the work on every packet.
#[derive(Clone, Copy, Debug, Default)]
#[repr(align(64))]
struct Set([Recording; WAYS]);

/// One segment, as it was recorded.
#[derive(Clone, Copy, Debug, Default)]
struct Recording {
    /// From the highest bit on: 32 bits of a hash of who sent it and where it stands; 24 bits of a
    /// hash of what else two recordings of one packet have in common; 8 bits of a hash of the way
    /// that it came.
    mark: u64,
    /// When it was captured, in units of [`UNIT`].
    time: u32,
    /// Segments of the run up to it.
    tick: u32,
}

/// What a payload starts with.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Content {
    /// Hash of its first bytes; 0 where they are not known.
    hash: u32,
    /// Its length, as far as it matters.
    len: u32,
}

/// Nanoseconds in a unit of a recording's time, which comes back to 0 after 13 days.
const UNIT: i64 = 1 << 18;

/// The bits of a mark that say where a segment stands.
const PLACE: u64 = !0 << 32;

/// The bits of a mark that two recordings of one packet have in common.
const PACKET: u64 = !0 << 8;

impl Recordings {
    /// Whether segments came by more than one path.
    pub(super) fn paths_vary(&self) -> bool {
        !self.contents.is_empty()
    }

    /// Remembers a segment of the connection `key`, and says whether it was recorded before.
    #[inline]
    pub(super) fn note(
        &mut self,
        key: &Key,
        source_is_low: bool,
        segment: &Segment<'_>,
        tick: u64,
    ) -> Sighting {
        if self.first_path != Some(segment.path) {
            self.make_room(segment.path);
        }
        let recording = Recording {
            mark: self.mark(key, source_is_low, segment),
            time: (segment.timestamp.0 / UNIT) as u32,
            tick: tick as u32,
        };
        // Which segments make room for which is the same in every run; only what is taken for equal
        // must not be foreseeable, for a packet that is taken for another one is not read.
        let ports = u32::from(segment.source.port() ^ segment.destination.port());
        let spread = (segment.seq ^ segment.ack.unwrap_or_default().rotate_left(16))
            .wrapping_add(ports.rotate_left(8))
            .wrapping_mul(0x9e37_79b1);
        let place = (spread >> 16) as usize % SETS;
        let Some(set) = self.sets.get_mut(place) else { return Sighting::New };
        match self.contents.get_mut(place) {
            None => set.note(recording, segment),
            Some(contents) => {
                let content = Content::of(segment, &self.random);
                set.note_with(recording, segment, contents, content)
            }
        }
    }

    /// Makes room for recordings, and once there is more than one path for their contents.
    #[cold]
    fn make_room(&mut self, path: Path) {
        if self.first_path.is_none() {
            self.sets = vec![Set::default(); SETS].into();
            self.first_path = Some(path);
        } else if self.contents.is_empty() {
            self.contents = vec![[Content::default(); WAYS]; SETS].into();
        }
    }

    /// The mark of a segment. One without data stands where it acknowledges.
    fn mark(&self, key: &Key, source_is_low: bool, segment: &Segment<'_>) -> u64 {
        let mut hasher = self.random.build_hasher();
        match key {
            Key::V4(key) => key.hash(&mut hasher),
            Key::V6(key) => key.hash(&mut hasher),
        }
        let Segment { seq, payload_len, flags, .. } = *segment;
        let ack = segment.ack.unwrap_or_default();
        let (place_ack, packet_ack) = if payload_len > 0 { (0, ack) } else { (ack, 0) };
        hasher.write_u64(u64::from(seq) << 32 | u64::from(place_ack));
        let kind = u32::from(flags.syn()) << 2
            | u32::from(payload_len > 0) << 1
            | u32::from(source_is_low);
        hasher.write_u32(kind);
        let place = hasher.finish();
        // A SYN is not sent again before a second is over, so its Identification says nothing.
        let identification = segment.identification.filter(|_| !flags.syn()).unwrap_or_default();
        hasher.write_u64(u64::from(packet_ack) << 32 | u64::from(payload_len));
        hasher.write_u32(u32::from(identification) << 8 | u32::from(flags.0));
        let packet = hasher.finish();
        let Path(path) = segment.path;
        let SourceId(source) = segment.packet.source;
        let way = (path ^ source as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 56;
        place & PLACE | packet >> 32 & PACKET | way
    }
}

impl Set {
    fn note(&mut self, recording: Recording, segment: &Segment<'_>) -> Sighting {
        if self.0.iter().any(|earlier| recording.is_again(earlier, segment)) {
            return Sighting::Again;
        }
        push(&mut self.0, recording);
        Sighting::New
    }

    fn note_with(
        &mut self,
        recording: Recording,
        segment: &Segment<'_>,
        contents: &mut [Content; WAYS],
        content: Content,
    ) -> Sighting {
        let mut sighting = Sighting::New;
        for (earlier, known) in self.0.iter().zip(contents.iter()) {
            let differs = content.differs(known);
            if differs && recording.is_near(earlier) && (recording.mark ^ earlier.mark) & PLACE == 0
            {
                sighting = Sighting::Differs;
            } else if !differs && recording.is_again(earlier, segment) {
                return Sighting::Again;
            }
        }
        push(&mut self.0, recording);
        push(contents, content);
        sighting
    }
}

/// Puts `new` before the others, and forgets the last.
fn push<T: Copy>(ways: &mut [T; WAYS], new: T) {
    let [first, second, third, _] = *ways;
    *ways = [new, first, second, third];
}

impl Recording {
    /// Whether `earlier` was captured less than a second before or after.
    fn is_near(&self, earlier: &Recording) -> bool {
        self.pause(earlier) < SECOND / UNIT
    }

    fn pause(&self, earlier: &Recording) -> i64 {
        i64::from((self.time.wrapping_sub(earlier.time) as i32).unsigned_abs())
    }

    /// Whether this, of `segment`, is another recording of the packet of which `earlier` is one.
    #[inline]
    fn is_again(&self, earlier: &Recording, segment: &Segment<'_>) -> bool {
        if (self.mark ^ earlier.mark) & PACKET != 0 || !self.is_near(earlier) {
            return false;
        }
        let came_otherwise = self.mark != earlier.mark;
        let is_at_once = segment.payload_len > 0
            && self.pause(earlier) < AT_ONCE / UNIT
            && self.tick.wrapping_sub(earlier.tick) <= CLOSE;
        let has_identification = segment.identification.is_some_and(|id| id != 0);
        has_identification || segment.flags.syn() || came_otherwise || is_at_once
    }
}

impl Content {
    fn of(segment: &Segment<'_>, random: &RandomState) -> Content {
        let wanted = (segment.payload_len as usize).min(COMPARED_BYTES);
        match segment.payload.get(..wanted) {
            None | Some([]) => Content::default(),
            Some(bytes) => {
                Content { hash: (random.hash_one(bytes) >> 32) as u32 | 1, len: wanted as u32 }
            }
        }
    }

    /// Whether both are known, and they are not the same.
    fn differs(&self, other: &Content) -> bool {
        self.len == other.len && self.hash != other.hash && self.hash != 0 && other.hash != 0
    }
}
