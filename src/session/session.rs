//! One session, on all its connections: the Session of \[MS-SMB2\] 3.2.1.3 and 3.3.1.8 as an
//! observer sees it.

use std::fmt;

use super::At;
use super::acceptance::GoingOn;
use super::connection::ConnectionId;
use super::packet_list::PacketLists;
use super::pipes::Pipes;
use super::seldom::Seldom;
use super::tally::{Bucket, Tallies};
use crate::flow::Direction;
use crate::packet::PacketId;
use crate::smb::smb1;
use crate::smb::smb2::{self, SessionFlags, ShareFlags, ShareType};

/// A session, by its place among those of the run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SessionIndex(pub usize);

/// Which generation of SMB a session speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Generation {
    /// SMB1.
    Smb1,
    /// SMB 2 and 3.
    Smb2,
}

/// A message that is kept as it was captured, for keys and the report are made of its bytes.
#[derive(Clone)]
pub struct KeptMessage {
    /// Who sent it.
    pub direction: Direction,
    /// Where it stands.
    pub at: At,
    /// The connection it came by.
    pub connection: ConnectionId,
    /// Which attempt to authenticate it belongs to, from 0.
    pub attempt: u32,
    /// All its bytes were captured.
    pub is_whole: bool,
    /// All its bytes are kept.
    pub is_complete: bool,
    /// The message from its protocol identifier on.
    pub bytes: Box<[u8]>,
}

impl fmt::Debug for KeptMessage {
    /// Without the bytes, which may hold a password in the clear.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("KeptMessage")
            .field("direction", &self.direction)
            .field("at", &self.at)
            .field("len", &self.bytes.len())
            .finish_non_exhaustive()
    }
}

impl KeptMessage {
    /// Whether `other` is the response to this request.
    pub(super) fn is_answered_by(&self, other: &KeptMessage) -> bool {
        self.direction == Direction::ToServer
            && other.direction == Direction::ToClient
            && self.connection == other.connection
            && self.exchange_id().is_some_and(|id| other.exchange_id() == Some(id))
    }

    /// Whether this request was sent before `other`: in SMB2 a client counts its requests.
    pub(super) fn is_before(&self, other: &KeptMessage) -> bool {
        let is_counted = self.bytes.first() != Some(&0xff);
        is_counted
            && self.connection == other.connection
            && self.exchange_id().zip(other.exchange_id()).is_some_and(|(own, other)| own < other)
    }

    pub(super) fn is_response(&self) -> bool {
        self.direction == Direction::ToClient
    }

    /// What a request and its response have in common: MessageId, or of SMB1 the process and
    /// multiplex identifiers.
    pub(super) fn exchange_id(&self) -> Option<u64> {
        match self.bytes.first() {
            Some(0xff) => {
                let (header, _) = smb1::Header::parse(&self.bytes).ok()?;
                Some(u64::from(header.pid()) << 16 | u64::from(header.mid))
            }
            _ => smb2::Header::parse(&self.bytes).ok().map(|(header, _)| header.message_id.0),
        }
    }
}

/// A session.
#[derive(Debug)]
pub struct Session {
    /// Its place among those of the run.
    pub(super) index: SessionIndex,
    /// Which generation of SMB it speaks.
    pub generation: Generation,
    /// SessionId; of SMB1 the user identifier.
    pub session_id: u64,
    /// The connections that carry it, in order of appearance; there is always one.
    pub channels: Vec<Channel>,
    /// How it came to be.
    pub setup: Setup,
    /// The shares it connected to.
    pub trees: Vec<Tree>,
    /// The first messages of each kind.
    pub sightings: Sightings,
    /// Messages without a signature that were accepted.
    pub accepted_unsigned: u64,
    /// A message other than SESSION_SETUP was seen that was not refused.
    pub has_traffic: bool,
    /// The LOGOFF response that ended it.
    pub logged_off: Option<At>,
    /// Another session of the same server had or got the same SessionId.
    pub has_namesake: bool,
    /// The packets with its messages.
    pub packets: PacketLists,
    /// Its first message.
    pub first: At,
    /// Its last message.
    pub last: At,
    /// What is open on shares of pipes.
    pub(super) pipes: Seldom<Pipes>,
    /// The unsigned responses that count as accepted once the client goes on.
    pub(super) going_on: GoingOn,
}

/// How a session came to be.
#[derive(Debug, Default)]
pub struct Setup {
    /// The SESSION_SETUP messages, in order of capture, as far as they are kept.
    pub messages: Vec<KeptMessage>,
    /// SESSION_SETUP messages that were seen, kept or not.
    pub n_messages: u64,
    /// A SESSION_SETUP response was seen.
    pub is_answered: bool,
    /// Which attempt to authenticate is under way, from 0.
    pub attempt: u32,
    /// How the first attempt that was decided ended.
    pub outcome: SetupOutcome,
    /// The attempt that made the session; `None` where none did.
    pub established_attempt: Option<u32>,
    /// The final response of the authentication that made the session.
    pub final_response: Option<FinalResponse>,
    /// A SESSION_SETUP request required signing; `None` where none was seen.
    pub client_requires: Option<bool>,
    /// The packet of that request.
    pub client_requires_packet: Option<PacketId>,
    /// Flags2 of the SMB1 SESSION_SETUP_ANDX requests, combined.
    pub smb1_flags2: Option<u16>,
    /// A message of it was not wholly captured.
    pub is_cut: bool,
    /// Where the last attempt was decided; `None` while one is under way.
    decided: Option<At>,
}

impl Setup {
    /// A message of an authentication came; the first after a decided attempt begins another.
    pub(super) fn begin(&mut self, at: At) {
        if self.decided.is_some_and(|decided| decided < at) {
            self.attempt = self.attempt.saturating_add(1);
            self.decided = None;
        }
    }

    /// The final response of an authentication came.
    pub(super) fn decide(&mut self, at: At) {
        self.decided = Some(at);
    }

    /// A request said whether the client requires signing.
    pub(super) fn client_requires(&mut self, requires: bool, packet: PacketId) {
        let before = self.client_requires.unwrap_or(false);
        if self.client_requires.is_none() || (requires && !before) {
            self.client_requires_packet = Some(packet);
        }
        self.client_requires = Some(before || requires);
    }
}

/// How an authentication ended.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum SetupOutcome {
    /// No final response was seen.
    #[default]
    NotSeen,
    /// The server refused it, with this status.
    Failed(u32),
    /// The session came to be.
    Succeeded,
}

/// The final SESSION_SETUP response.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FinalResponse {
    /// Where it stands.
    pub at: At,
    /// Its status.
    pub status: u32,
    /// It carries a signature.
    pub is_signed: bool,
    /// SessionFlags; of SMB1 the guest bit of Action is given as IS_GUEST. `None` where cut off.
    pub session_flags: Option<SessionFlags>,
}

/// A session's presence on one connection: the Channel of \[MS-SMB2\] 3.2.1.8.
#[derive(Clone, Debug)]
pub struct Channel {
    /// The connection.
    pub connection: ConnectionId,
    /// The session came to this connection by binding.
    pub is_bound: bool,
    /// The messages of the session on this connection.
    pub tallies: Tallies,
    /// The session's first message on this connection.
    pub first: At,
    /// A SESSION_SETUP request of the session was seen on this connection.
    pub is_setup_seen: bool,
    /// One of them required signing.
    pub client_requires: bool,
}

/// A share that a session connected to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tree {
    /// The UNC path.
    pub path: Box<str>,
    /// ShareFlags of the response; `None` for SMB1.
    pub share_flags: Option<ShareFlags>,
    /// ShareType of the response; `None` for SMB1.
    pub share_type: Option<ShareType>,
    /// The packet of the response.
    pub packet: PacketId,
}

/// One message that a statement rests on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sighting {
    /// The packet that completes it.
    pub packet: PacketId,
    /// Who sent it.
    pub direction: Direction,
    /// Command, as on the wire; `None` where it cannot be read.
    pub command: Option<u16>,
}

/// A message that the other side went along with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Acceptance {
    /// The message.
    pub message: Sighting,
    /// The packet that shows it.
    pub by: PacketId,
}

/// A message as it counts.
#[derive(Clone, Copy, Debug)]
pub(super) struct Counted {
    pub(super) sighting: Sighting,
    pub(super) at: At,
    pub(super) bucket: Bucket,
    /// MessageId, of SMB1 the multiplex identifier; `None` where it cannot be read.
    pub(super) message_id: Option<u64>,
    /// It carries a signature that could be checked.
    pub(super) has_signature: bool,
}

/// The first messages of each kind.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Sightings {
    /// An eligible message with a signature.
    pub signed: Option<Sighting>,
    /// An eligible message without one.
    pub unsigned: Option<Sighting>,
    /// A message marked as signed, with zeros for a signature.
    pub zero_signature: Option<Sighting>,
    /// A transform.
    pub encrypted: Option<Sighting>,
    /// A TREE_CONNECT or VALIDATE_NEGOTIATE_INFO with a signature.
    pub baseline_signed: Option<Sighting>,
    /// An unsigned message that was accepted.
    pub accepted_unsigned: Option<Acceptance>,
    /// A message whose header was not wholly captured.
    pub unreadable: Option<Sighting>,
}

impl Session {
    /// A session of which the first message has just come.
    pub(super) fn new(generation: Generation, session_id: u64, channel: Channel) -> Session {
        let first = channel.first;
        Session {
            index: SessionIndex::default(),
            generation,
            session_id,
            channels: vec![channel],
            setup: Setup::default(),
            trees: Vec::new(),
            sightings: Sightings::default(),
            accepted_unsigned: 0,
            has_traffic: false,
            logged_off: None,
            has_namesake: false,
            packets: PacketLists::default(),
            first,
            last: first,
            pipes: Seldom::default(),
            going_on: GoingOn::default(),
        }
    }

    /// The counts over all channels.
    pub fn tallies(&self) -> Tallies {
        let mut sum = Tallies::default();
        for channel in &self.channels {
            sum.to_server.add(&channel.tallies.to_server);
            sum.to_client.add(&channel.tallies.to_client);
        }
        sum
    }

    /// Gives back the room that is not used.
    pub(super) fn shrink(&mut self) {
        self.setup.messages.shrink_to_fit();
        self.packets.shrink();
    }

    /// Whether the server has said something in it.
    pub(super) fn is_under_way(&self) -> bool {
        self.setup.is_answered || self.has_traffic || self.logged_off.is_some()
    }

    /// Whether the session was logged off before `at`.
    pub(super) fn is_over(&self, at: At) -> bool {
        self.logged_off.is_some_and(|end| end < at)
    }

    /// The session connected to a share.
    pub(super) fn connect_tree(
        &mut self,
        path: &str,
        share: Option<(ShareFlags, ShareType)>,
        packet: PacketId,
        limit: usize,
    ) {
        let is_known = self.trees.iter().any(|tree| *tree.path == *path);
        if !is_known && self.trees.len() < limit {
            self.trees.reserve_exact(1);
            let (share_flags, share_type) = share.unzip();
            self.trees.push(Tree { path: path.into(), share_flags, share_type, packet });
        }
    }

    /// Counts a message on one of the channels; `budget` is what lists of packets may still take.
    pub(super) fn count(&mut self, channel: usize, counted: &Counted, budget: &mut usize) {
        let Counted { sighting, at, bucket, has_signature, .. } = *counted;
        self.extend(at);
        self.packets.add(at.packet, budget);
        self.sightings.note(bucket, sighting);
        if let Some(channel) = self.channels.get_mut(channel) {
            let tally = channel.tallies.of_mut(sighting.direction);
            tally.count(bucket);
            tally.signatures += u64::from(has_signature);
        }
    }

    /// Takes `at` into the span of the session.
    pub(super) fn extend(&mut self, at: At) {
        self.last = self.last.max(at);
        self.first = self.first.min(at);
    }
}

impl Sightings {
    /// Remembers the first message of a bucket.
    pub(super) fn note(&mut self, bucket: Bucket, sighting: Sighting) {
        let place = match bucket {
            Bucket::Signed => &mut self.signed,
            Bucket::Unsigned => &mut self.unsigned,
            Bucket::ZeroSignature => &mut self.zero_signature,
            Bucket::Encrypted => &mut self.encrypted,
            Bucket::BaselineSigned => &mut self.baseline_signed,
            Bucket::Unreadable => &mut self.unreadable,
            Bucket::BaselineUnsigned | Bucket::Exempt => return,
        };
        place.get_or_insert(sighting);
    }
}
