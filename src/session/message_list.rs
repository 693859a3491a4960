//! Messages one by one, for whom somebody asked: nothing is kept where nobody did.

use std::collections::HashMap;

use foldhash::fast::FixedState;

use super::session::Counted;
use super::{Bucket, ConnectionId, KeptMessage, SessionIndex};
use crate::flow::Direction;
use crate::packet::{PacketId, SourceId};
use crate::time::Timestamp;

/// The sessions whose messages are listed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Listing {
    /// None.
    #[default]
    Nobody,
    /// All, as far as there is room for them.
    All,
    /// One.
    One(SessionIndex),
}

/// A message as it counted, and what its code said.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ListedMessage {
    /// The time of the packet that completes it.
    pub timestamp: Timestamp,
    /// MessageId, of SMB1 the multiplex identifier; 0 where it cannot be read.
    message_id: u64,
    /// The packet that completes it: its capture above its number.
    packet: u64,
    /// Command, as on the wire; 0 where it cannot be read.
    command: u16,
    /// Command and MessageId can be read.
    is_readable: bool,
    /// Who sent it.
    pub direction: Direction,
    /// Which bucket it fell into.
    pub bucket: Bucket,
    /// What its code said: its signature, or the authentication tag of its transform.
    pub code: Code,
}

/// As many bytes as a message may take in a list.
const _: () = assert!(size_of::<ListedMessage>() <= 32, "a listed message is small");

/// What the code of a message said.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Code {
    /// There is none that could be checked.
    None,
    /// It is right; of an encrypted message, it was decrypted.
    Right,
    /// It is not.
    Wrong,
    /// It was not checked, or what was found says nothing.
    Unchecked(Why),
}

/// Why nothing is said of a code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Why {
    /// No secret was given.
    NoSecret,
    /// None of those given makes a key for it.
    NoKey,
    /// Not all of the message was captured.
    Cut,
    /// It is large, and its key was not known when it came.
    NotHeld,
    /// It is not right, and no message proves the key that it was held against.
    NotProven,
    /// It is not right, and it is of those that servers send without a right one.
    Excused,
}

/// Bits of a packet's number; the bits above are its capture's.
const NUMBER_BITS: u32 = 40;

impl ListedMessage {
    fn of(counted: &Counted, code: Code) -> ListedMessage {
        let Counted { sighting, at, bucket, message_id, .. } = *counted;
        let PacketId { source, number } = at.packet;
        let number = number.min((1 << NUMBER_BITS) - 1);
        ListedMessage {
            timestamp: at.timestamp,
            message_id: message_id.unwrap_or_default(),
            packet: (source.0 as u64) << NUMBER_BITS | number,
            command: sighting.command.unwrap_or_default(),
            is_readable: sighting.command.is_some(),
            direction: sighting.direction,
            bucket,
            code,
        }
    }

    /// The packet that completes it.
    pub fn packet(&self) -> PacketId {
        let source = SourceId((self.packet >> NUMBER_BITS) as usize);
        PacketId { source, number: self.packet & ((1 << NUMBER_BITS) - 1) }
    }

    /// Command, as on the wire; `None` where it cannot be read.
    pub fn command(&self) -> Option<u16> {
        self.is_readable.then_some(self.command)
    }

    /// MessageId, of SMB1 the multiplex identifier; `None` where it cannot be read.
    pub fn message_id(&self) -> Option<u64> {
        self.is_readable.then_some(self.message_id)
    }
}

/// The messages of a session.
#[derive(Debug, Default)]
pub struct MessageList {
    /// The messages, in order of capture.
    pub messages: Vec<ListedMessage>,
    /// Further ones, for which there was no room.
    pub left_out: u64,
}

/// The lists of a run.
#[derive(Debug)]
pub(super) struct MessageLists {
    listing: Listing,
    /// Messages for which there is room.
    room: usize,
    /// Why a code is not checked where nothing else says so.
    why: Why,
    lists: HashMap<SessionIndex, MessageList, FixedState>,
    /// NEGOTIATE messages of SMB1, until a session takes them into its counts.
    waiting: HashMap<ConnectionId, MessageList, FixedState>,
}

impl MessageLists {
    pub(super) fn new(listing: Listing, room: usize, has_secrets: bool) -> MessageLists {
        MessageLists {
            listing,
            room,
            why: if has_secrets { Why::NoKey } else { Why::NoSecret },
            lists: HashMap::default(),
            waiting: HashMap::default(),
        }
    }

    fn is_wanted(&self, session: SessionIndex) -> bool {
        match self.listing {
            Listing::Nobody => false,
            Listing::All => true,
            Listing::One(wanted) => wanted == session,
        }
    }

    /// The messages of a session; `None` where nobody asked for them.
    pub(super) fn of(&self, session: SessionIndex) -> Option<&MessageList> {
        self.lists.get(&session)
    }

    /// Gives the messages of a session away.
    pub(super) fn take(&mut self, session: SessionIndex) -> Option<MessageList> {
        self.lists.remove(&session)
    }

    /// Messages of sessions, listed or without room.
    pub(super) fn len(&self) -> u64 {
        self.lists.values().map(|list| list.messages.len() as u64 + list.left_out).sum()
    }

    /// Messages for which there was no room.
    pub(super) fn left_out(&self) -> u64 {
        self.lists.values().map(|list| list.left_out).sum()
    }

    /// Adds a message that was counted for a session.
    pub(super) fn add(&mut self, session: SessionIndex, counted: &Counted) {
        if self.is_wanted(session) {
            let may_be_checked = counted.has_signature || counted.bucket == Bucket::Encrypted;
            let code = if may_be_checked { Code::Unchecked(self.why) } else { Code::None };
            let list = self.lists.entry(session).or_default();
            list.add(ListedMessage::of(counted, code), &mut self.room);
        }
    }

    /// Adds a NEGOTIATE message of SMB1, which counts for the first session of its connection.
    pub(super) fn add_waiting(&mut self, connection: ConnectionId, counted: &Counted) {
        if self.listing != Listing::Nobody {
            let list = self.waiting.entry(connection).or_default();
            list.add(ListedMessage::of(counted, Code::None), &mut self.room);
        }
    }

    /// The session takes the NEGOTIATE messages of its connection into its counts.
    pub(super) fn take_waiting(&mut self, connection: ConnectionId, session: SessionIndex) {
        let Some(waiting) = self.waiting.remove(&connection) else { return };
        if self.is_wanted(session) {
            self.lists.insert(session, waiting);
        } else {
            self.room += waiting.messages.len();
        }
    }

    /// What the code of the session's latest message said.
    pub(super) fn say(&mut self, session: SessionIndex, code: Code) {
        let list = self.lists.get_mut(&session).filter(|list| list.left_out == 0);
        if let Some(latest) = list.and_then(|list| list.messages.last_mut()) {
            latest.code = code;
        }
    }

    /// The signature of a message that came before its key was known is right.
    pub(super) fn verified_late(&mut self, session: SessionIndex, kept: &KeptMessage) {
        let Some(list) = self.lists.get_mut(&session) else { return };
        let id = kept.exchange_id();
        let is_it = |listed: &&mut ListedMessage| {
            listed.packet() == kept.at.packet
                && listed.direction == kept.direction
                && listed.message_id() == id
        };
        if let Some(listed) = list.messages.iter_mut().rev().find(is_it) {
            listed.code = Code::Right;
        }
    }
}

impl MessageList {
    fn add(&mut self, message: ListedMessage, room: &mut usize) {
        match room.checked_sub(1) {
            Some(left) => {
                *room = left;
                self.messages.push(message);
            }
            None => self.left_out += 1,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::session::{At, Sighting};

    fn counted(number: u64, bucket: Bucket) -> Counted {
        let packet = PacketId { source: SourceId(70_000), number };
        let sighting = Sighting { packet, direction: Direction::ToServer, command: Some(9) };
        let at = At { timestamp: Timestamp(7), packet };
        let has_signature = bucket == Bucket::Signed;
        Counted { sighting, at, bucket, message_id: Some(u64::MAX), has_signature }
    }

    #[test]
    fn a_message_is_told_as_it_was_counted() {
        let mut lists = MessageLists::new(Listing::All, 8, true);
        let session = SessionIndex(3);
        lists.add(session, &counted(1 << 33, Bucket::Signed));
        lists.add(session, &counted(1 << 34, Bucket::Unsigned));
        let messages = &lists.of(session).unwrap().messages;
        let packet = PacketId { source: SourceId(70_000), number: 1 << 33 };
        assert_eq!(messages[0].packet(), packet);
        assert_eq!((messages[0].command(), messages[0].message_id()), (Some(9), Some(u64::MAX)));
        assert_eq!(messages[0].code, Code::Unchecked(Why::NoKey));
        assert_eq!(messages[1].code, Code::None);
    }

    #[test]
    fn what_has_no_room_is_counted_and_says_nothing_of_the_one_before() {
        let mut lists = MessageLists::new(Listing::All, 1, false);
        let session = SessionIndex(0);
        for number in 1..=3 {
            lists.add(session, &counted(number, Bucket::Signed));
        }
        lists.say(session, Code::Wrong);
        let list = lists.of(session).unwrap();
        assert_eq!((list.messages.len(), list.left_out, lists.left_out()), (1, 2, 2));
        assert_eq!(list.messages[0].code, Code::Unchecked(Why::NoSecret));
    }

    #[test]
    fn only_whom_somebody_asked_for_is_listed() {
        let (one, other) = (SessionIndex(1), SessionIndex(2));
        let mut lists = MessageLists::new(Listing::One(one), 2, false);
        for connection in [1, 2, 3] {
            lists.add_waiting(ConnectionId(connection), &counted(1, Bucket::Exempt));
        }
        lists.take_waiting(ConnectionId(1), other);
        lists.take_waiting(ConnectionId(2), one);
        lists.add(other, &counted(2, Bucket::Signed));
        lists.add(one, &counted(3, Bucket::Signed));
        assert!(lists.of(other).is_none());
        // What waited for another session gave its room back.
        assert_eq!(lists.of(one).unwrap().messages.len(), 2);
        let mut nobody = MessageLists::new(Listing::Nobody, 2, false);
        nobody.add_waiting(ConnectionId(1), &counted(1, Bucket::Exempt));
        nobody.add(one, &counted(1, Bucket::Signed));
        assert!(nobody.of(one).is_none() && nobody.waiting.is_empty());
    }
}
