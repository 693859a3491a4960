//! What SMB 2 and 3 messages change, \[MS-SMB2\] 3.2.5 and 3.3.5 as an observer sees them.

use std::net::SocketAddr;

use super::classify::{self, Circumstances, Signature};
use super::connection::Recent;
use super::exchange::{Detail, EarlyResponse, Request};
use super::tally::Bucket;
use super::{
    Arrival, At, Channel, Connection, Generation, Observer, Session, SessionIndex, SetupOutcome,
    Sighting,
};
use crate::flow::Direction;
use crate::packet::PacketId;
use crate::smb::error::{DecodeError, DecodeErrorKind};
use crate::smb::framing::{MessageKind, RawMessage};
use crate::smb::smb2::{
    self, Command, CompressionAlgorithmId, CompressionTransformHeader, Header, MessageId,
    PartialHeader, SessionId, ShareFlags, TransformHeader,
};
use crate::smb::status::Status;

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
    fn sighting(&self) -> Sighting {
        Sighting {
            packet: self.at.packet,
            direction: self.direction,
            command: Some(self.header.command.0),
            accepted_by: None,
        }
    }
}

/// A channel of a session.
#[derive(Clone, Copy)]
pub(super) struct Place {
    pub(super) session: SessionIndex,
    pub(super) channel: usize,
}

/// What is known of the request that a response answers.
#[derive(Clone, Copy, Default)]
struct Asked {
    was_seen: bool,
    signature: Option<[u8; 16]>,
    is_validate_negotiate: bool,
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
        let session_id = resolve_session_id(connection, direction, &header, raw);
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

    /// Takes a message inside a transform; where SessionId is cut off it is counted for the session
    /// that the connection last spoke of.
    pub(super) fn transform(&mut self, arrival: Arrival<'_>) {
        let named = TransformHeader::parse(arrival.message.bytes).map(|(header, _)| header);
        self.count_unread(&arrival, named.ok().map(|header| header.session_id), Bucket::Encrypted);
    }

    /// Takes a compressed message; what its uncompressed start shows is taken as any other.
    pub(super) fn compressed(&mut self, arrival: Arrival<'_>) {
        let start = uncompressed_start(arrival.message.bytes);
        match start.filter(|bytes| bytes.len() >= Header::LEN) {
            Some(bytes) => {
                let message = RawMessage { bytes, ..*arrival.message };
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
        let key = (connection.server, session_id);
        let asked = connection.exchange.asked(message.header.message_id.0);
        let is_first = asked.is_some_and(|request| request.session.is_none());
        let known = self.by_server.get(&key).and_then(|known| self.sessions.get(known.0));
        if is_first && known.is_some_and(Session::is_under_way) {
            connection.recent = None;
            self.by_server.remove(&key);
            if let Some(guid) = connection.server_guid {
                self.by_guid.remove(&(guid, session_id));
            }
        }
    }

    /// The session with this SessionId and its channel on this connection, made where they are new.
    fn place_of(
        &mut self,
        arrival: &Arrival<'_>,
        direction: Direction,
        session_id: SessionId,
    ) -> Option<Place> {
        let connection = self.connections.get(arrival.connection.0)?;
        if let Some(recent) = connection.recent.filter(|recent| recent.session_id == session_id) {
            return Some(Place { session: recent.session, channel: recent.channel });
        }
        let (server, losses) = (connection.server, connection.losses);
        let at = arrival.at();
        let session = match self.find(arrival, direction, server, session_id) {
            Some(session) => session,
            None => {
                let channel = Channel::new(arrival.connection, at, losses);
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
        server: SocketAddr,
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

    fn request(&mut self, arrival: &Arrival<'_>, message: &Message<'_>) {
        let header = &message.header;
        let asked = Asked {
            is_validate_negotiate: is_validate_negotiate_request(message),
            ..Asked::default()
        };
        let bucket = self.count_message(message, asked);
        if asked.is_validate_negotiate {
            self.validate_request(arrival, message);
        }
        if let Some(place) = message.place {
            self.go_on(place, message.at);
        }
        if header.command == Command::SMB2_CANCEL {
            return;
        }
        let detail = match header.command {
            Command::SMB2_SESSION_SETUP => self.setup_request(arrival, message),
            Command::SMB2_TREE_CONNECT => tree_connect_path(message),
            _ => Detail::Nothing,
        };
        let request = Request {
            message_id: header.message_id.0,
            command: header.command.0,
            session: message.place.map(|place| place.session),
            signature: header.signature,
            is_unsigned: bucket.is_some_and(classify::is_without_signature),
            is_validate_negotiate: asked.is_validate_negotiate,
            packet: message.at.packet,
            detail,
        };
        self.ask(arrival, request);
    }

    /// Remembers a request, or settles it where its response came first.
    fn ask(&mut self, arrival: &Arrival<'_>, request: Request) {
        let limit = self.limits.outstanding_requests;
        let Some(connection) = self.connections.get_mut(arrival.connection.0) else { return };
        let Some(early) = connection.exchange.early_response(request.message_id) else {
            connection.exchange.ask(request, limit);
            return;
        };
        let session = early.session.or(request.session);
        if early.is_acceptance {
            self.settle(&request, session, early.packet, None);
        }
        if let (Detail::Setup(kept), Some(session)) = (request.detail, early.session) {
            self.join_setup(session, *kept);
        }
    }

    /// What an accepted request changes.
    fn settle(
        &mut self,
        request: &Request,
        session: Option<SessionIndex>,
        answer: PacketId,
        share_flags: Option<ShareFlags>,
    ) {
        let limit = self.limits.trees_per_session;
        let session = session.and_then(|session| self.sessions.get_mut(session.0));
        let Some(session) = session else { return };
        if request.is_unsigned {
            session.accept_request(request, answer);
        }
        if let Detail::Tree(path) = &request.detail {
            session.connect_tree(path, share_flags, answer, limit);
        }
    }

    fn response(&mut self, arrival: &Arrival<'_>, message: &Message<'_>) {
        let header = &message.header;
        let Some(status) = header.status() else { return };
        let is_unsolicited = header.message_id == MessageId::UNSOLICITED;
        let asked = if is_unsolicited { Asked::default() } else { self.asked(arrival, message) };
        let bucket = self.count_message(message, asked);
        if let (Some(place), Some(bucket)) = (message.place, bucket) {
            self.answered_in(place, message, status, bucket);
        }
        if is_unsolicited {
            return;
        }
        if asked.is_validate_negotiate {
            self.validate_response(arrival, message);
        }
        match (status, asked.was_seen) {
            (Status::STATUS_PENDING, true) => self.answer_for_now(arrival, message),
            (Status::STATUS_PENDING, false) => {}
            (_, true) => self.answer(arrival, message, status),
            (_, false) => self.remember_early(arrival, message, status),
        }
        match header.command {
            Command::SMB2_SESSION_SETUP => self.setup_response(arrival, message, status),
            Command::SMB2_LOGOFF if status == Status::STATUS_SUCCESS => self.log_off(message),
            _ => {}
        }
    }

    /// What is known of the request that a response answers.
    fn asked(&mut self, arrival: &Arrival<'_>, message: &Message<'_>) -> Asked {
        let is_validate_response = is_validate_negotiate_response(message);
        let connection = self.connections.get_mut(arrival.connection.0);
        let request = connection.and_then(|c| c.exchange.asked(message.header.message_id.0));
        Asked {
            was_seen: request.is_some(),
            signature: request.as_ref().map(|request| request.signature),
            is_validate_negotiate: is_validate_response
                || request.is_some_and(|request| request.is_validate_negotiate),
        }
    }

    /// An interim response: the request was taken up, and its response comes later.
    fn answer_for_now(&mut self, arrival: &Arrival<'_>, message: &Message<'_>) {
        let Some(connection) = self.connections.get_mut(arrival.connection.0) else { return };
        let Some(request) = connection.exchange.asked(message.header.message_id.0) else { return };
        let session = request.session.and_then(|session| self.sessions.get_mut(session.0));
        if let (true, Some(session)) = (std::mem::take(&mut request.is_unsigned), session) {
            session.accept_request(request, message.at.packet);
        }
    }

    /// The response to a request that was seen.
    fn answer(&mut self, arrival: &Arrival<'_>, message: &Message<'_>, status: Status) {
        let Some(connection) = self.connections.get_mut(arrival.connection.0) else { return };
        let request = connection.exchange.answered(message.header.message_id.0);
        let Some(request) = request else { return };
        let session = request.session.or(message.place.map(|place| place.session));
        if classify::is_acceptance(status) {
            self.settle(&request, session, message.at.packet, share_flags(message));
        }
        if let (Detail::Setup(kept), Some(place)) = (request.detail, message.place) {
            self.join_setup(place.session, *kept);
        }
    }

    fn remember_early(&mut self, arrival: &Arrival<'_>, message: &Message<'_>, status: Status) {
        let response = EarlyResponse {
            message_id: message.header.message_id.0,
            session: message.place.map(|place| place.session),
            is_acceptance: classify::is_acceptance(status),
            packet: message.at.packet,
        };
        if let Some(connection) = self.connections.get_mut(arrival.connection.0) {
            connection.exchange.remember_early(response);
        }
    }

    /// Counts a message whose header was read, and says in which bucket.
    fn count_message(&mut self, message: &Message<'_>, asked: Asked) -> Option<Bucket> {
        let place = message.place?;
        let session = self.sessions.get_mut(place.session.0)?;
        let signature = Signature::of(&message.header, asked.signature);
        let circumstances = Circumstances {
            signature,
            is_validate_negotiate: asked.is_validate_negotiate,
            is_session_over: session.is_over(message.at),
        };
        let bucket = classify::bucket(&message.header, circumstances);
        session.extend(message.at);
        session.sightings.note(bucket, message.sighting());
        let channel = session.channels.get_mut(place.channel)?;
        let tally = channel.tallies.of_mut(message.direction);
        tally.count(bucket);
        if classify::has_own_signature(&message.header, signature) {
            tally.signatures += 1;
        }
        Some(bucket)
    }

    /// Counts a message of which only the session is known, and of some not even that.
    fn count_unread(&mut self, arrival: &Arrival<'_>, named: Option<SessionId>, bucket: Bucket) {
        let Some(connection) = self.connections.get(arrival.connection.0) else { return };
        let direction = connection.direction_as_known(arrival.direction);
        let recent = connection.recent.map(|recent| recent.session_id);
        let session_id = named.or(recent).filter(|session_id| *session_id != SessionId::NONE);
        let Some(session_id) = session_id else { return };
        let Some(place) = self.place_of(arrival, direction, session_id) else { return };
        let at = arrival.at();
        if direction == Direction::ToServer {
            self.go_on(place, at);
        }
        let Some(session) = self.sessions.get_mut(place.session.0) else { return };
        session.extend(at);
        session.has_traffic |= bucket == Bucket::Encrypted && direction == Direction::ToClient;
        let packet = at.packet;
        session
            .sightings
            .note(bucket, Sighting { packet, direction, command: None, accepted_by: None });
        if let Some(channel) = session.channels.get_mut(place.channel) {
            channel.tallies.of_mut(direction).count(bucket);
        }
    }

    fn go_on(&mut self, place: Place, at: At) {
        if let Some(session) = self.sessions.get_mut(place.session.0) {
            session.go_on(at);
        }
    }

    /// What a response tells of the session it came in.
    fn answered_in(&mut self, place: Place, message: &Message<'_>, status: Status, bucket: Bucket) {
        let Some(session) = self.sessions.get_mut(place.session.0) else { return };
        if classify::is_without_signature(bucket) {
            session.respond_unsigned(message.sighting(), message.at);
        }
        let is_refused = match session.setup.outcome {
            SetupOutcome::Failed(_) => !classify::is_acceptance(status),
            SetupOutcome::NotSeen | SetupOutcome::Succeeded => {
                status == Status::STATUS_USER_SESSION_DELETED
            }
        };
        let is_setup = message.header.command == Command::SMB2_SESSION_SETUP;
        session.has_traffic |= !is_setup && !is_refused;
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

fn is_validate_negotiate_request(message: &Message<'_>) -> bool {
    message.header.command == Command::SMB2_IOCTL
        && smb2::IoctlRequest::parse(message.raw.bytes)
            .is_ok_and(|request| request.ctl_code == smb2::CtlCode::FSCTL_VALIDATE_NEGOTIATE_INFO)
}

fn is_validate_negotiate_response(message: &Message<'_>) -> bool {
    message.header.command == Command::SMB2_IOCTL
        && smb2::IoctlResponse::parse(message.raw.bytes)
            .is_ok_and(|response| response.ctl_code == smb2::CtlCode::FSCTL_VALIDATE_NEGOTIATE_INFO)
}

fn tree_connect_path(message: &Message<'_>) -> Detail {
    smb2::TreeConnectRequest::parse(message.raw.bytes)
        .map_or(Detail::Nothing, |request| Detail::Tree(request.path().to_string().into()))
}

fn share_flags(message: &Message<'_>) -> Option<ShareFlags> {
    if message.header.command != Command::SMB2_TREE_CONNECT {
        return None;
    }
    let response = smb2::TreeConnectResponse::parse(message.raw.bytes).ok()?;
    Some(response.share_flags)
}
