//! What the two sides of each connection agreed on, and what they then did: the abstract data model
//! of \[MS-SMB2\] 3.2.1 and 3.3.1, filled by watching.
//!
//! [`Observer`] takes the messages of all connections in order of capture and owns every table.
//! It remembers and counts; it does not judge.

mod acceptance;
mod calls;
mod classify;
mod connection;
mod derivation;
mod dialogue;
mod exchange;
mod handshake;
mod keys;
mod losses;
mod message_list;
mod packet_list;
mod pipes;
mod seldom;
#[expect(clippy::module_inception, reason = "the specification calls the structure Session")]
mod session;
mod setup;
mod smb1;
mod smb1_signing;
mod smb2;
mod table;
mod tally;
mod transform;
mod validation;
mod verification;

use std::collections::HashMap;
use std::net::SocketAddr;

use foldhash::fast::FixedState;

pub use self::calls::{Calls, Opened, RemoteCall};
pub use self::connection::{Connection, ConnectionId, ConnectionStart, Said};
pub use self::handshake::{plain_responses, security_buffer, smb1_request};
pub use self::keys::{Algorithm, Checks, Failure, Secured, Trial};
pub use self::losses::Losses;
pub use self::message_list::{Code, ListedMessage, Listing, MessageList, Why};
pub use self::packet_list::{PacketList, PacketLists};
pub use self::seldom::{Beginning, Seldom};
pub use self::session::{
    Acceptance, Channel, FinalResponse, Generation, KeptMessage, Session, SessionIndex, Setup,
    SetupOutcome, Sighting, Sightings, Tree,
};
pub use self::smb1::Smb1Connection;
pub use self::table::Table;
pub use self::tally::{Bucket, SigningTally, Tallies, sum};
pub use self::validation::{Offered, Reply, Validation};
pub use crate::packet::At;

use self::keys::Keys;
use self::message_list::MessageLists;
use self::transform::Expansion;
use crate::flow::Direction;
use crate::keyring::kerberos::TypedKey;
use crate::keyring::{Keyring, SecretRef};
use crate::limits::Limits;
use crate::secrets::Secrets;
use crate::smb::fields::Guid;
use crate::smb::framing::{MessageKind, RawMessage};
use crate::smb::smb2::SessionId;
use crate::time::Timestamp;

/// A message as it arrives from the layers below.
#[derive(Clone, Copy, Debug)]
pub struct Arrival<'a> {
    /// The connection it came by.
    pub connection: ConnectionId,
    /// Who sent it, as the flow has it.
    pub direction: Direction,
    /// The time of the packet that completes it.
    pub timestamp: Timestamp,
    /// The message.
    pub message: &'a RawMessage<'a>,
    /// The session that it was encrypted for, where it lay in a transform.
    pub decrypted_in: Option<SessionId>,
}

impl Arrival<'_> {
    fn at(&self) -> At {
        At { packet: self.message.packet, timestamp: self.timestamp }
    }
}

/// What is wrong with the capture of a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Loss {
    /// Bytes are missing, and no packet holds them.
    Gap,
    /// Bytes are missing, for the packet that holds them was cut by the snap length.
    Cut,
    /// Nothing is missing, but packets were captured in another order than they were sent.
    Disorder,
}

/// Watches every connection of a run.
#[derive(Debug)]
pub struct Observer {
    limits: Limits,
    connections: Table<Connection>,
    sessions: Table<Session>,
    by_server: HashMap<(ServerKey, SessionId), SessionIndex, FixedState>,
    by_guid: HashMap<(Guid, SessionId), SessionIndex, FixedState>,
    kept_bytes: usize,
    /// Bytes that lists of packets may still take.
    packet_list_budget: usize,
    dropped: Dropped,
    keys: Keys,
    message_lists: MessageLists,
    calls: Calls,
    /// Pipes that all sessions have open.
    n_pipes: usize,
    /// Buffers for messages that are taken apart.
    buffers: Vec<Vec<u8>>,
    expansion: Expansion,
}

/// A server, by the VLANs and tunnels around it and its end of a connection.
type ServerKey = (u64, SocketAddr);

/// What a bound of the run left out.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Dropped {
    /// Connections beyond the bound.
    pub connections: u64,
    /// Messages of sessions beyond the bound.
    pub messages_of_sessions: u64,
    /// Setup messages that were counted but not kept.
    pub setup_messages: u64,
    /// Compressed messages that were not expanded.
    pub compressed_messages: u64,
    /// Messages that were to be listed and are not.
    pub listed_messages: u64,
    /// Pipes that were not followed.
    pub pipes: u64,
    /// Calls that were not kept.
    pub remote_calls: u64,
}

impl Observer {
    /// An observer that has seen nothing, knows `secrets`, and lists the messages of the sessions of
    /// `listing`.
    pub fn new(limits: Limits, secrets: Secrets, listing: Listing) -> Observer {
        let message_lists = MessageLists::new(listing, limits.listed_messages, !secrets.is_empty());
        Observer {
            limits,
            connections: Table::default(),
            sessions: Table::default(),
            by_server: HashMap::default(),
            by_guid: HashMap::default(),
            kept_bytes: 0,
            packet_list_budget: limits.packet_list_bytes,
            dropped: Dropped::default(),
            keys: Keys { keyring: Keyring::new(secrets), ..Keys::default() },
            message_lists,
            calls: Calls::default(),
            n_pipes: 0,
            buffers: Vec::new(),
            expansion: Expansion::default(),
        }
    }

    /// Begins to watch a connection; `None` where the bound on connections is reached.
    pub fn open(&mut self, start: ConnectionStart) -> Option<ConnectionId> {
        if self.connections.len() >= self.limits.connections {
            self.dropped.connections += 1;
            return None;
        }
        Some(ConnectionId(self.connections.push(Connection::new(start))))
    }

    /// Takes the next message of a connection.
    pub fn message(&mut self, arrival: Arrival<'_>) {
        match arrival.message.kind {
            MessageKind::Smb1 => self.smb1_message(arrival),
            MessageKind::Smb2 => self.smb2_message(arrival),
            MessageKind::Transform => self.transform(arrival),
            MessageKind::Compression => self.compressed(arrival),
        }
    }

    /// Something is wrong with the capture of a connection, as the packet at `at` shows.
    pub fn loss(&mut self, connection: ConnectionId, loss: Loss, at: At) {
        if let Some(connection) = self.connections.get_mut(connection.0) {
            match loss {
                Loss::Gap => connection.losses.note_gap(at),
                Loss::Cut => connection.losses.note_cut(at),
                Loss::Disorder => connection.is_in_disorder = true,
            }
        }
    }

    /// Nothing more comes by this connection.
    pub fn close(&mut self, connection: ConnectionId) {
        for direction in [Direction::ToServer, Direction::ToClient] {
            self.keys.under_way.remove(&(connection, direction));
        }
        let Some(connection) = self.connections.get_mut(connection.0) else { return };
        connection.exchange = exchange::Exchange::default();
        let last = connection.recent.map(|recent| recent.session);
        let of_smb1 = connection.smb1.sessions();
        // A session of several connections may grow again.
        if let Some(last) = last.and_then(|last| self.sessions.get_mut(last.0)) {
            last.shrink();
        }
        last.into_iter().chain(of_smb1).for_each(|session| self.close_pipes(session));
    }

    /// The calls by which a server can be made to authenticate to somebody.
    pub fn calls(&self) -> &Calls {
        &self.calls
    }

    /// The same, to tell of connections that are opened.
    pub fn calls_mut(&mut self) -> &mut Calls {
        &mut self.calls
    }

    /// Every connection, in order of appearance.
    pub fn connections(&self) -> &Table<Connection> {
        &self.connections
    }

    /// A connection.
    pub fn connection(&self, id: ConnectionId) -> Option<&Connection> {
        self.connections.get(id.0)
    }

    /// What secrets told about a session.
    pub fn secured(&self, session: &Session) -> Option<&Secured> {
        self.keys.sessions.get(&session.index)
    }

    /// The messages of a session one by one; `None` where nobody asked for them.
    pub fn message_list(&self, session: &Session) -> Option<&MessageList> {
        self.message_lists.of(session.index)
    }

    /// Messages that were listed so far, and those for which there was no room.
    pub fn n_listed(&self) -> u64 {
        self.message_lists.len()
    }

    /// Gives the messages of a session away.
    pub fn take_message_list(&mut self, session: SessionIndex) -> Option<MessageList> {
        self.message_lists.take(session)
    }

    /// What a secret is and whose, without the secret.
    pub fn description(&self, secret: SecretRef) -> String {
        self.keys.keyring.description(secret)
    }

    /// The secrets, with what is made of them.
    pub fn keyring(&self) -> &Keyring {
        &self.keys.keyring
    }

    /// The ticket with this cipher text has the session key `key`, which follows from `secret`;
    /// without a key, that it does not follow from `secret` although this is the client's by name.
    pub fn learn_ticket(&mut self, cipher: &[u8], secret: SecretRef, key: Option<TypedKey>) {
        let tickets = &mut self.keys.keyring.tickets;
        match key {
            Some(key) => tickets.add(cipher, secret, key),
            None => tickets.add_shut(cipher, secret),
        }
    }

    /// Every session, in order of appearance.
    pub fn sessions(&self) -> &Table<Session> {
        &self.sessions
    }

    /// What a bound left out.
    pub fn dropped(&self) -> Dropped {
        Dropped {
            listed_messages: self.message_lists.left_out(),
            remote_calls: self.calls.dropped(),
            ..self.dropped
        }
    }

    /// Adds a session; `None` where the bound on sessions is reached.
    fn add_session(&mut self, mut session: Session) -> Option<SessionIndex> {
        if self.sessions.len() >= self.limits.sessions {
            self.dropped.messages_of_sessions += 1;
            return None;
        }
        session.index = SessionIndex(self.sessions.len());
        Some(SessionIndex(self.sessions.push(session)))
    }

    /// The message as it was captured, without its bytes where the bound on kept bytes is reached.
    fn keep(&mut self, arrival: &Arrival<'_>, direction: Direction) -> KeptMessage {
        let message = arrival.message;
        let wanted = message.bytes.len().min(self.limits.kept_message_bytes);
        let affordable = self.kept_bytes.saturating_add(wanted) <= self.limits.kept_bytes;
        let bytes = if affordable { message.bytes.get(..wanted).unwrap_or_default() } else { &[] };
        if !affordable {
            self.dropped.setup_messages += 1;
        }
        self.kept_bytes += bytes.len();
        KeptMessage {
            is_complete: bytes.len() as u64 == message.len,
            direction,
            at: arrival.at(),
            connection: arrival.connection,
            attempt: 0,
            is_whole: message.missing == 0,
            bytes: bytes.into(),
        }
    }

    /// Adds a kept message to a session's setup, within the bound on messages for each session.
    fn keep_in_setup(&mut self, session: SessionIndex, mut kept: KeptMessage) {
        let limit = self.limits.setup_messages_per_session;
        let Some(session) = self.sessions.get_mut(session.0) else { return };
        session.setup.n_messages += 1;
        if session.setup.messages.len() >= limit {
            self.kept_bytes -= kept.bytes.len();
            self.dropped.setup_messages += 1;
            return;
        }
        kept.attempt = session.setup.attempt;
        // Packets may be captured in another order than they were sent: a request stands before its
        // response all the same, and a response behind its request.
        let messages = &mut session.setup.messages;
        let place = match kept.direction {
            Direction::ToServer => messages
                .iter()
                .position(|other| kept.is_answered_by(other) || kept.is_before(other)),
            Direction::ToClient => messages
                .iter()
                .rposition(|other| other.is_answered_by(&kept))
                .map(|request| request + 1)
                .filter(|place| !messages.get(*place).is_some_and(|next| next.is_response())),
        };
        messages.insert(place.unwrap_or(messages.len()), kept);
    }

    /// The channel of `session` on `connection`, added where there is none yet; `None` where the
    /// bound on channels is reached.
    fn channel_on(
        &mut self,
        session: SessionIndex,
        connection: ConnectionId,
        at: At,
    ) -> Option<usize> {
        let limit = self.limits.channels_per_session;
        let session = self.sessions.get_mut(session.0)?;
        if let Some(place) = session.channels.iter().position(|c| c.connection == connection) {
            return Some(place);
        }
        if session.channels.len() >= limit {
            self.dropped.messages_of_sessions += 1;
            return None;
        }
        session.channels.push(Channel::new(connection, at));
        Some(session.channels.len() - 1)
    }
}

impl Channel {
    fn new(connection: ConnectionId, first: At) -> Channel {
        Channel {
            connection,
            is_bound: false,
            tallies: Tallies::default(),
            first,
            is_setup_seen: false,
            client_requires: false,
        }
    }
}
