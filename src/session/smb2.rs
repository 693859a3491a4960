//! What SMB 2 and 3 messages change, \[MS-SMB2\] 3.2.5 and 3.3.5 as an observer sees them.

use super::classify;
use super::connection::Recent;
use super::session::Counted;
use super::tally::Bucket;
use super::{
    Arrival, At, Channel, Connection, Generation, Observer, ServerKey, Session, SessionIndex,
    Sighting,
};
use crate::flow::Direction;
use crate::smb::error::{DecodeError, DecodeErrorKind};
use crate::smb::framing::{MessageKind, RawMessage};
use crate::smb::smb2::{
    self, Command, CompressionAlgorithmId, CompressionTransformHeader, Header, PartialHeader,
    SessionId,
};

/// A message with its header read and its session found.
pub(super) struct Message<'a> {
    pub(super) header: Header,
    pub(super) raw: &'a RawMessage<'a>,
    pub(super) direction: Direction,
    pub(super) at: At,
    /// The session and its channel; `None` for SessionId 0.
    pub(super) place: Option<Place>,
}

impl Message<'_> {
    pub(super) fn sighting(&self) -> Sighting {
        Sighting {
            packet: self.at.packet,
            direction: self.direction,
            command: Some(self.header.command.0),
        }
    }
}

/// A channel of a session.
#[derive(Clone, Copy)]
pub(super) struct Place {
    pub(super) session: SessionIndex,
    pub(super) channel: usize,
}

impl Observer {
    /// Takes an SMB2 message that is not inside a transform.
    pub(super) fn smb2_message(&mut self, arrival: Arrival<'_>) {
        let raw = arrival.message;
        let header = match read_header(raw) {
            Readable::Header(header) => header,
            Readable::Cut => return self.unreadable(arrival),
            Readable::Malformed => return,
        };
        let Some(connection) = self.connections.get_mut(arrival.connection.0) else { return };
        let direction = connection.direction(arrival.direction, header.is_response());
        let resolved = resolve_session_id(connection, direction, &header, raw);
        // What is encrypted belongs to the session whose key encrypts it, whatever it says.
        let session_id = arrival.decrypted_in.unwrap_or(resolved);
        if header.command == Command::SMB2_NEGOTIATE {
            self.negotiate(&arrival, direction, &header);
            return;
        }
        let mut message = Message { header, raw, direction, at: arrival.at(), place: None };
        if session_id != SessionId::NONE {
            self.begin_anew(&arrival, &message, session_id);
            message.place = self.place_of(&arrival, direction, session_id);
            if message.place.is_none() {
                return;
            }
        }
        match direction {
            Direction::ToServer => self.request(&arrival, &message),
            Direction::ToClient => self.response(&arrival, &message),
        }
    }

    /// Takes what the uncompressed start of a compressed message shows.
    pub(super) fn compressed_start(&mut self, arrival: Arrival<'_>) {
        let start = uncompressed_start(arrival.message.bytes);
        match start.filter(|bytes| bytes.len() >= Header::LEN) {
            Some(bytes) => {
                let message = RawMessage { bytes, whole: None, ..*arrival.message };
                self.smb2_message(Arrival { message: &message, ..arrival });
            }
            None => self.unreadable(arrival),
        }
    }

    /// Takes a message whose header was not wholly captured; where even SessionId is missing it is
    /// counted for the session that the connection last spoke of.
    ///
    /// One that was captured whole and is too short for a header is none, and counts nowhere.
    fn unreadable(&mut self, arrival: Arrival<'_>) {
        if arrival.message.missing == 0 && arrival.message.kind != MessageKind::Compression {
            return;
        }
        let named = PartialHeader::parse(arrival.message.bytes).map(|header| header.session_id);
        let named = named.ok().filter(|session_id| *session_id != SessionId::PREVIOUS);
        self.count_unread(&arrival, named, Bucket::Unreadable);
    }

    /// Forgets the session that had this SessionId where the server has just given it to a new one.
    fn begin_anew(&mut self, arrival: &Arrival<'_>, message: &Message<'_>, session_id: SessionId) {
        let is_setup = message.header.command == Command::SMB2_SESSION_SETUP;
        if message.direction != Direction::ToClient || !is_setup {
            return;
        }
        let Some(connection) = self.connections.get_mut(arrival.connection.0) else { return };
        let key = ((connection.network, connection.server), session_id);
        let asked = connection.exchange.asked(message.header.message_id.0);
        let is_first = asked.is_some_and(|request| request.session.is_none());
        let Some(known) = self.by_server.get(&key).and_then(|known| self.sessions.get_mut(known.0))
        else {
            return;
        };
        // After a logoff a setup that succeeds is a new session's, though its first request may not
        // have come yet.
        let is_after_end = known.is_over(message.at)
            && message.header.status().is_some_and(classify::is_acceptance);
        if !(is_after_end || is_first && known.is_under_way()) {
            return;
        }
        known.has_namesake = true;
        connection.recent = None;
        if let Some(guid) = connection.server_guid {
            self.by_guid.remove(&(guid, session_id));
        }
        let channel = Channel::new(arrival.connection, message.at);
        let mut session = Session::new(Generation::Smb2, session_id.0, channel);
        session.has_namesake = true;
        match self.add_session(session) {
            Some(session) => self.by_server.insert(key, session),
            None => self.by_server.remove(&key),
        };
    }

    /// The session with this SessionId and its channel on this connection, made where they are new.
    pub(super) fn place_of(
        &mut self,
        arrival: &Arrival<'_>,
        direction: Direction,
        session_id: SessionId,
    ) -> Option<Place> {
        let connection = self.connections.get(arrival.connection.0)?;
        if let Some(recent) = connection.recent.filter(|recent| recent.session_id == session_id) {
            return Some(Place { session: recent.session, channel: recent.channel });
        }
        let server = (connection.network, connection.server);
        let at = arrival.at();
        let session = match self.find(arrival, direction, server, session_id) {
            Some(session) => session,
            None => {
                let channel = Channel::new(arrival.connection, at);
                let session = Session::new(Generation::Smb2, session_id.0, channel);
                let session = self.add_session(session)?;
                self.by_server.insert((server, session_id), session);
                session
            }
        };
        let channel = self.channel_on(session, arrival.connection, at)?;
        let connection = self.connections.get_mut(arrival.connection.0)?;
        connection.recent = Some(Recent { session_id, session, channel });
        if let Some(guid) = connection.server_guid {
            self.by_guid.entry((guid, session_id)).or_insert(session);
        }
        Some(Place { session, channel })
    }

    /// The session with this SessionId: by the server's endpoint, and for one that is bound to a
    /// connection with another address of the same server by ServerGuid.
    fn find(
        &mut self,
        arrival: &Arrival<'_>,
        direction: Direction,
        server: ServerKey,
        session_id: SessionId,
    ) -> Option<SessionIndex> {
        if let Some(session) = self.by_server.get(&(server, session_id)) {
            return Some(*session);
        }
        let guid = self.connections.get(arrival.connection.0)?.server_guid?;
        let session = *self.by_guid.get(&(guid, session_id))?;
        let is_binding = direction == Direction::ToServer
            && smb2::SessionSetupRequest::parse(arrival.message.bytes)
                .is_ok_and(|request| super::setup::is_binding(&request));
        if is_binding {
            self.by_server.insert((server, session_id), session);
        }
        is_binding.then_some(session)
    }

    /// Counts a message of which only the session is known, and of some not even that; says for which
    /// session it did.
    pub(super) fn count_unread(
        &mut self,
        arrival: &Arrival<'_>,
        named: Option<SessionId>,
        bucket: Bucket,
    ) -> Option<SessionIndex> {
        let connection = self.connections.get(arrival.connection.0)?;
        let direction = connection.direction_as_known(arrival.direction);
        let recent = connection.recent.map(|recent| recent.session_id);
        let session_id = named.or(recent).filter(|session_id| *session_id != SessionId::NONE)?;
        let place = self.place_of(arrival, direction, session_id)?;
        let at = arrival.at();
        if direction == Direction::ToServer {
            self.go_on(place, at);
        }
        let session = self.sessions.get_mut(place.session.0)?;
        session.has_traffic |= bucket == Bucket::Encrypted && direction == Direction::ToClient;
        let sighting = Sighting { packet: at.packet, direction, command: None };
        let counted = Counted { sighting, at, bucket, message_id: None, has_signature: false };
        session.count(place.channel, &counted, &mut self.packet_list_budget);
        self.message_lists.add(place.session, &counted);
        Some(place.session)
    }

    pub(super) fn go_on(&mut self, place: Place, at: At) {
        if let Some(session) = self.sessions.get_mut(place.session.0) {
            session.go_on(at);
        }
    }
}

/// How much of a message's header can be read.
enum Readable {
    /// As much as tells what the message is and whether it carries a signature.
    Header(Header),
    /// Not as much was captured.
    Cut,
    /// It is no header, whatever its first four bytes say.
    Malformed,
}

/// Reads the header of a message. One that the capture cut within the signature still tells that
/// there is none, or by a byte that is not zero that there is one.
fn read_header(raw: &RawMessage<'_>) -> Readable {
    match Header::parse(raw.bytes) {
        Ok((header, _)) => return Readable::Header(header),
        Err(DecodeError { kind: DecodeErrorKind::Truncated { .. }, .. }) if raw.missing > 0 => {}
        Err(_) => return Readable::Malformed,
    }
    let Ok(start) = PartialHeader::parse(raw.bytes) else { return Readable::Cut };
    let mut signature = [0; 16];
    let captured = raw.bytes.get(PartialHeader::LEN..).unwrap_or_default();
    signature.iter_mut().zip(captured).for_each(|(byte, captured)| *byte = *captured);
    let header = start.with_signature(signature);
    if header.is_signed() && signature == [0; 16] {
        Readable::Cut
    } else {
        Readable::Header(header)
    }
}

/// The session that a message belongs to: of a related element of a compound the one before its.
fn resolve_session_id(
    connection: &mut Connection,
    direction: Direction,
    header: &Header,
    raw: &RawMessage<'_>,
) -> SessionId {
    let previous = connection.previous_session_id.of_mut(direction);
    let is_same = header.session_id == SessionId::PREVIOUS && raw.element > 0;
    let session_id = if is_same { *previous } else { header.session_id };
    *previous = session_id;
    if session_id == SessionId::PREVIOUS { SessionId::NONE } else { session_id }
}

/// The start of a compressed message that was left uncompressed, which may hold its header.
fn uncompressed_start(message: &[u8]) -> Option<&[u8]> {
    match CompressionTransformHeader::parse(message).ok()? {
        CompressionTransformHeader::Unchained { uncompressed, .. } => Some(uncompressed),
        CompressionTransformHeader::Chained { mut payloads, .. } => {
            let first = payloads.next()?.ok()?;
            let is_plain = first.compression_algorithm == CompressionAlgorithmId::NONE;
            is_plain.then_some(first.data)
        }
    }
}
