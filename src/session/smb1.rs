//! What SMB1 messages change, \[MS-CIFS\] 3.2.5 and 3.3.5, \[MS-SMB\] 3.2.5.3 and 3.3.5.3 as an
//! observer sees them.
//!
//! Signing belongs to the connection, and a connection may have several users: each is a session of
//! its own here. A user whose setup was not captured is a session of unknown outcome.

use super::classify;
use super::exchange::{Detail, EarlyResponse, Exchange, Request};
use super::seldom::Beginning;
use super::session::Counted;
use super::tally::{Bucket, SigningTally, Tallies};
use super::{
    Arrival, At, Channel, ConnectionId, FinalResponse, Generation, KeptMessage, Observer, Session,
    SessionIndex, SetupOutcome, Sighting,
};
use crate::flow::Direction;
use crate::limits::Limits;
use crate::smb::smb1::{self, Command, Flags2, Header, ResponseStatus, SecurityMode};
use crate::smb::smb2::SessionFlags;

/// The place of a session's channel: it has one, for its key belongs to the connection.
pub(super) const ONLY_CHANNEL: usize = 0;

/// What only an SMB1 connection has.
#[derive(Debug, Default)]
pub struct Smb1Connection {
    /// The NEGOTIATE request.
    pub negotiate_request: Option<KeptMessage>,
    /// The NEGOTIATE response, where it is one of SMB1.
    pub negotiate_response: Option<KeptMessage>,
    /// SecurityMode of that response.
    pub security_mode: Option<SecurityMode>,
    /// The NEGOTIATE messages, until a session takes them into its counts.
    negotiate_tallies: Tallies,
    /// The first session, which counts the NEGOTIATE messages.
    first: Option<SessionIndex>,
    /// The users that completed their setup.
    users: Vec<(u16, SessionIndex)>,
    /// The setup under way.
    attempt: Option<SessionIndex>,
    /// The session of all users whose setup was not captured.
    unknown: Option<SessionIndex>,
}

impl Beginning for Smb1Connection {
    const BEGINNING: &'static Smb1Connection = &Smb1Connection {
        negotiate_request: None,
        negotiate_response: None,
        security_mode: None,
        negotiate_tallies: Tallies { to_server: SigningTally::NONE, to_client: SigningTally::NONE },
        first: None,
        users: Vec::new(),
        attempt: None,
        unknown: None,
    };
}

/// A message with its header read.
pub(super) struct Message<'a> {
    pub(super) header: Header,
    pub(super) bytes: &'a [u8],
    pub(super) direction: Direction,
    at: At,
    pub(super) is_signed: bool,
}

impl Message<'_> {
    /// What pairs a response with its request: the process and multiplex identifiers.
    pub(super) fn exchange_id(&self) -> u64 {
        u64::from(self.header.pid()) << 16 | u64::from(self.header.mid)
    }

    fn is_setup(&self) -> bool {
        matches!(
            self.header.command,
            Command::SMB_COM_NEGOTIATE | Command::SMB_COM_SESSION_SETUP_ANDX
        )
    }

    /// A break of an oplock is told by the server of its own accord, and is never signed.
    pub(super) fn is_unsolicited(&self) -> bool {
        self.direction == Direction::ToClient && !self.header.is_response()
    }

    fn bucket(&self, is_session_over: bool) -> Bucket {
        match (self.is_setup(), self.is_signed) {
            _ if is_session_over || self.is_unsolicited() => Bucket::Exempt,
            (true, false) => Bucket::Exempt,
            (true, true) => Bucket::BaselineSigned,
            (false, true) => Bucket::Signed,
            (false, false) => Bucket::Unsigned,
        }
    }

    /// The message as it counts.
    fn counted(&self, is_session_over: bool) -> Counted {
        Counted {
            sighting: self.sighting(),
            at: self.at,
            bucket: self.bucket(is_session_over),
            message_id: Some(u64::from(self.header.mid)),
            has_signature: self.is_signed,
        }
    }

    /// The command's parameters and data.
    fn block(&self) -> Option<smb1::Block<'_>> {
        smb1::commands(self.bytes, &self.header).next()?.ok()
    }

    /// SecurityMode of a NEGOTIATE response; the oldest form has none.
    fn security_mode(&self) -> Option<SecurityMode> {
        let response =
            smb1::NegotiateResponse::parse(&self.block()?, self.header.is_unicode()).ok()?;
        response.security_mode()
    }

    /// Whether a SESSION_SETUP_ANDX response ends an attempt, and then whether with a session.
    fn decides(&self) -> Option<bool> {
        let status = self.header.response_status()?;
        (!status.is_more_processing_required()).then(|| !status.is_error())
    }

    /// Whether a SESSION_SETUP_ANDX response makes the user a guest.
    pub(super) fn is_guest(&self) -> Option<bool> {
        let response =
            smb1::SessionSetupResponse::parse(&self.block()?, self.header.is_unicode()).ok()?;
        Some(response.action.contains(smb1::Action::SMB_SETUP_GUEST))
    }

    pub(super) fn sighting(&self) -> Sighting {
        Sighting {
            packet: self.at.packet,
            direction: self.direction,
            command: Some(u16::from(self.header.command.0)),
        }
    }
}

impl Observer {
    /// Takes an SMB1 message.
    pub(super) fn smb1_message(&mut self, arrival: Arrival<'_>) {
        let bytes = arrival.message.bytes;
        let Ok((header, _)) = Header::parse(bytes) else {
            self.unreadable_smb1(&arrival);
            return;
        };
        let Some(connection) = self.connections.get_mut(arrival.connection.0) else { return };
        let is_break = header.command == Command::SMB_COM_LOCKING_ANDX && !header.is_response();
        let direction = if is_break {
            connection.direction_as_known(arrival.direction)
        } else {
            connection.direction(arrival.direction, header.is_response())
        };
        let is_signed = header.security_signature.is_signature();
        let message = Message { header, bytes, direction, at: arrival.at(), is_signed };
        match message.header.command {
            Command::SMB_COM_NEGOTIATE => self.smb1_negotiate(&arrival, &message),
            Command::SMB_COM_SESSION_SETUP_ANDX => self.smb1_setup(&arrival, &message),
            _ => self.smb1_other(&arrival, &message),
        }
    }

    /// Counts a message whose header was not wholly captured for the session the connection has.
    fn unreadable_smb1(&mut self, arrival: &Arrival<'_>) {
        if arrival.message.missing == 0 {
            return;
        }
        let Some(connection) = self.connections.get(arrival.connection.0) else { return };
        let direction = connection.direction_as_known(arrival.direction);
        let smb1 = &connection.smb1;
        let known = smb1.users.last().map(|(_, session)| *session);
        let Some(session) = known.or(smb1.attempt).or(smb1.unknown) else { return };
        let Some(session) = self.sessions.get_mut(session.0) else { return };
        let at = arrival.at();
        let sighting = Sighting { packet: at.packet, direction, command: None };
        let bucket = Bucket::Unreadable;
        let counted = Counted { sighting, at, bucket, message_id: None, has_signature: false };
        session.count(ONLY_CHANNEL, &counted, &mut self.packet_list_budget);
        self.message_lists.add(session.index, &counted);
    }

    fn smb1_negotiate(&mut self, arrival: &Arrival<'_>, message: &Message<'_>) {
        let kept = self.keep(arrival, message.direction);
        let Some(connection) = self.connections.get_mut(arrival.connection.0) else { return };
        let smb1 = &mut connection.smb1;
        match smb1.first.and_then(|first| self.sessions.get_mut(first.0)) {
            Some(first) => {
                let counted = first.count_smb1(message, &mut self.packet_list_budget);
                self.message_lists.add(first.index, &counted);
            }
            None => {
                let counted = Counted { has_signature: false, ..message.counted(false) };
                smb1.negotiate_tallies.of_mut(message.direction).count(counted.bucket);
                self.message_lists.add_waiting(arrival.connection, &counted);
            }
        }
        match message.direction {
            Direction::ToServer => smb1.negotiate_request = Some(kept),
            Direction::ToClient => {
                smb1.security_mode = message.security_mode();
                smb1.negotiate_response = Some(kept);
            }
        }
    }

    fn smb1_setup(&mut self, arrival: &Arrival<'_>, message: &Message<'_>) {
        let Some(session) = self.smb1_setup_session(arrival, message) else { return };
        let kept = self.keep(arrival, message.direction);
        let Some(connection) = self.connections.get_mut(arrival.connection.0) else { return };
        connection.has_session = true;
        let is_late = pair_setup(&mut connection.exchange, message, session);
        if let Some(known) = self.sessions.get_mut(session.0) {
            known.setup.is_cut |= !kept.is_whole;
            if !is_late {
                known.setup.begin(message.at);
            }
            let counted = known.count_smb1(message, &mut self.packet_list_budget);
            self.message_lists.add(session, &counted);
            match message.direction {
                Direction::ToServer => {
                    known.smb1_setup_request(arrival.connection, message);
                }
                Direction::ToClient => known.smb1_setup_response(message),
            }
        }
        if let Some(is_success) = message.decides() {
            self.begin_smb1_signing(arrival, message, session, is_success);
        }
        self.check_smb1_signature(arrival, message, session);
        self.keep_in_setup(session, kept);
        self.smb1_pair_setup(arrival, message, session, is_late);
        if message.direction == Direction::ToClient {
            self.smb1_setup_decided(arrival.connection, message, session);
        }
    }

    /// The session that a SESSION_SETUP_ANDX message belongs to.
    fn smb1_setup_session(
        &mut self,
        arrival: &Arrival<'_>,
        message: &Message<'_>,
    ) -> Option<SessionIndex> {
        let connection = self.connections.get_mut(arrival.connection.0)?;
        if message.direction == Direction::ToServer {
            // The response may have been captured first.
            let early = connection.exchange.early_session(message.exchange_id(), message.at);
            if early.is_some() {
                return early;
            }
        }
        if let Some(attempt) = connection.smb1.attempt {
            return Some(attempt);
        }
        let uid = message.header.uid;
        if let Some(known) = connection.smb1.user(uid) {
            return Some(known);
        }
        let session = self.smb1_new_session(arrival, message)?;
        self.connections.get_mut(arrival.connection.0)?.smb1.attempt = Some(session);
        Some(session)
    }

    /// A session of the message's user; the first one of its connection takes the NEGOTIATE messages
    /// into its counts.
    fn smb1_new_session(
        &mut self,
        arrival: &Arrival<'_>,
        message: &Message<'_>,
    ) -> Option<SessionIndex> {
        let channel = Channel::new(arrival.connection, message.at);
        let uid = message.header.uid;
        let session = self.add_session(Session::new(Generation::Smb1, u64::from(uid), channel))?;
        let smb1 = &mut self.connections.get_mut(arrival.connection.0)?.smb1;
        if smb1.first.is_none() {
            smb1.first = Some(session);
            let session = self.sessions.get_mut(session.0)?;
            session.take_negotiate(smb1, &mut self.packet_list_budget);
            self.message_lists.take_waiting(arrival.connection, session.index);
        }
        Some(session)
    }

    /// A SESSION_SETUP_ANDX response: the final one ends the attempt.
    fn smb1_setup_decided(
        &mut self,
        connection: ConnectionId,
        message: &Message<'_>,
        session: SessionIndex,
    ) {
        let Some(connection) = self.connections.get_mut(connection.0) else { return };
        let Some(status) = message.header.response_status() else { return };
        if status.is_more_processing_required() {
            return;
        }
        let smb1 = &mut connection.smb1;
        smb1.attempt = None;
        if !status.is_error() {
            let uid = message.header.uid;
            smb1.users.retain(|(known, _)| *known != uid);
            if smb1.users.len() < self.limits.outstanding_requests {
                smb1.users.push((uid, session));
            }
        }
    }

    /// A message after the setup.
    fn smb1_other(&mut self, arrival: &Arrival<'_>, message: &Message<'_>) {
        let Some(session) = self.smb1_session(arrival, message) else { return };
        let Some(known) = self.sessions.get_mut(session.0) else { return };
        let counted = known.count_smb1(message, &mut self.packet_list_budget);
        self.message_lists.add(session, &counted);
        known.has_traffic = true;
        let is_unsigned = counted.bucket == Bucket::Unsigned;
        self.check_smb1_signature(arrival, message, session);
        let Some(known) = self.sessions.get_mut(session.0) else { return };
        match message.direction {
            Direction::ToServer => {
                known.go_on(message.at);
                let detail = match tree_path(message, &self.limits) {
                    Detail::Nothing => self.smb1_pipe_request(arrival, message, session),
                    tree => tree,
                };
                self.smb1_ask(arrival, message, session, is_unsigned, detail);
            }
            Direction::ToClient => {
                if is_unsigned {
                    known.respond_unsigned(message.sighting(), message.at);
                }
                self.smb1_answer(arrival, message);
            }
        }
    }

    /// The session of a message after the setup: its user's; without a user the first one's; else
    /// the one of all users whose setup was not captured.
    fn smb1_session(
        &mut self,
        arrival: &Arrival<'_>,
        message: &Message<'_>,
    ) -> Option<SessionIndex> {
        let connection = self.connections.get_mut(arrival.connection.0)?;
        let uid = message.header.uid;
        if let Some(known) = connection.smb1.user(uid) {
            return Some(known);
        }
        // The user's number is known before the setup is over, and the capture may be out of step.
        let attempt = connection.smb1.attempt;
        let under_way = attempt.and_then(|attempt| self.sessions.get(attempt.0));
        if under_way.is_some_and(|session| uid != 0 && session.session_id == u64::from(uid)) {
            return attempt;
        }
        let has_no_user = uid == 0 || uid == u16::MAX;
        if has_no_user && let Some((_, first)) = connection.smb1.users.first() {
            return Some(*first);
        }
        if let Some(unknown) = connection.smb1.unknown {
            return Some(unknown);
        }
        if has_no_user && message.header.command == Command::SMB_COM_ECHO {
            // It needs no session.
            return None;
        }
        let session = self.smb1_new_session(arrival, message)?;
        self.connections.get_mut(arrival.connection.0)?.smb1.unknown = Some(session);
        Some(session)
    }

    /// Remembers a SESSION_SETUP_ANDX, with the share that it asks for in the same message, or
    /// settles it.
    fn smb1_pair_setup(
        &mut self,
        arrival: &Arrival<'_>,
        message: &Message<'_>,
        session: SessionIndex,
        is_late: bool,
    ) {
        match message.direction {
            Direction::ToClient => self.smb1_answer(arrival, message),
            Direction::ToServer if is_late => {}
            Direction::ToServer => {
                self.smb1_ask(arrival, message, session, false, tree_path(message, &self.limits));
            }
        }
    }

    fn smb1_ask(
        &mut self,
        arrival: &Arrival<'_>,
        message: &Message<'_>,
        session: SessionIndex,
        is_unsigned: bool,
        detail: Detail,
    ) {
        let limit = self.limits.outstanding_requests;
        let Some(connection) = self.connections.get_mut(arrival.connection.0) else { return };
        let request = Request {
            message_id: message.exchange_id(),
            command: u16::from(message.header.command.0),
            session: Some(session),
            signature: [0; 16],
            is_unsigned,
            is_validate_negotiate: false,
            packet: message.at.packet,
            detail,
        };
        match connection.exchange.early_response_near(request.message_id, message.at) {
            Some(early) => self.smb1_settle(&request, &early),
            None => connection.exchange.ask(request, limit),
        }
    }

    /// Takes a response: it settles its request, or waits for it where the capture is out of step.
    fn smb1_answer(&mut self, arrival: &Arrival<'_>, message: &Message<'_>) {
        let Some(connection) = self.connections.get_mut(arrival.connection.0) else { return };
        let response = EarlyResponse {
            message_id: message.exchange_id(),
            session: None,
            is_acceptance: message.header.response_status().is_some_and(is_acceptance),
            tree: Some(message.header.tid.into()),
            at: message.at,
        };
        match connection.exchange.answered(response.message_id) {
            Some(request) => {
                self.smb1_settle(&request, &response);
                self.smb1_pipe_response(arrival, message, &request);
            }
            None if !message.is_setup() && !message.is_unsolicited() => {
                connection.exchange.remember_early(response);
            }
            None => {}
        }
    }

    /// What an answered request changes.
    fn smb1_settle(&mut self, request: &Request, response: &EarlyResponse) {
        let limit = self.limits.trees_per_session;
        let session = request.session.and_then(|session| self.sessions.get_mut(session.0));
        let Some(session) = session.filter(|_| response.is_acceptance) else { return };
        if request.is_unsigned {
            session.accept_request(request, response.at.packet);
        }
        if let Detail::Tree(path) = &request.detail {
            session.connect_tree(path, None, response.at.packet, limit);
            let index = session.index;
            self.note_tree(index, path, response.tree);
        }
        let Some(session) = request.session.and_then(|it| self.sessions.get_mut(it.0)) else {
            return;
        };
        if request.command == u16::from(Command::SMB_COM_LOGOFF_ANDX.0) {
            session.logged_off.get_or_insert(response.at);
        }
    }
}

impl Smb1Connection {
    /// The challenge of the NEGOTIATE response, which clients without extended security answer.
    pub(super) fn challenge(&self) -> Option<[u8; 8]> {
        let bytes = &self.negotiate_response.as_ref()?.bytes;
        let (header, _) = Header::parse(bytes).ok()?;
        let block = smb1::commands(bytes, &header).next()?.ok()?;
        let response = smb1::NegotiateResponse::parse(&block, header.is_unicode()).ok()?;
        response.challenge().and_then(|challenge| challenge.try_into().ok())
    }

    /// The session of a user that completed its setup, or of all whose setup was not captured.
    pub(super) fn session_of(&self, uid: u16) -> Option<SessionIndex> {
        self.user(uid).or(self.unknown)
    }

    /// Every session.
    pub(super) fn sessions(&self) -> Vec<SessionIndex> {
        self.users.iter().map(|(_, session)| *session).chain(self.unknown).collect()
    }

    fn user(&self, uid: u16) -> Option<SessionIndex> {
        self.users.iter().find(|(known, _)| *known == uid).map(|(_, session)| *session)
    }
}

impl Session {
    /// Takes the connection's NEGOTIATE messages into the counts.
    fn take_negotiate(&mut self, smb1: &Smb1Connection, budget: &mut usize) {
        let [channel] = self.channels.as_mut_slice() else { return };
        channel.tallies = smb1.negotiate_tallies;
        let kept = [smb1.negotiate_request.as_ref(), smb1.negotiate_response.as_ref()];
        for message in kept.into_iter().flatten() {
            self.extend(message.at);
            self.packets.add(message.at.packet, budget);
        }
    }

    /// Counts a message whose header was read, and says how.
    fn count_smb1(&mut self, message: &Message<'_>, budget: &mut usize) -> Counted {
        let counted = message.counted(self.is_over(message.at));
        self.count(ONLY_CHANNEL, &counted, budget);
        counted
    }

    fn smb1_setup_request(&mut self, connection: ConnectionId, message: &Message<'_>) {
        let flags2 = message.header.flags2;
        let requires = flags2.contains(Flags2::SMB_FLAGS2_SMB_SECURITY_SIGNATURE_REQUIRED);
        let before = self.setup.smb1_flags2.unwrap_or_default();
        self.setup.smb1_flags2 = Some(before | flags2.0);
        self.setup.client_requires(requires, message.at.packet);
        let channel = self.channels.iter_mut().find(|c| c.connection == connection);
        if let Some(channel) = channel {
            channel.is_setup_seen = true;
            channel.client_requires |= requires;
        }
    }

    fn smb1_setup_response(&mut self, message: &Message<'_>) {
        let Some(status) = message.header.response_status() else { return };
        self.session_id = u64::from(message.header.uid);
        if status.is_more_processing_required() {
            return;
        }
        let is_error = status.is_error();
        self.setup.decide(message.at);
        if self.setup.outcome == SetupOutcome::Succeeded {
            return;
        }
        let status = u32::from_le_bytes(message.header.status);
        if is_error {
            self.setup.outcome = SetupOutcome::Failed(status);
            return;
        }
        let flags = |is_guest| {
            if is_guest { SessionFlags::SMB2_SESSION_FLAG_IS_GUEST } else { SessionFlags(0) }
        };
        self.setup.outcome = SetupOutcome::Succeeded;
        self.setup.established_attempt = Some(self.setup.attempt);
        self.setup.final_response = Some(FinalResponse {
            at: message.at,
            status,
            is_signed: message.is_signed,
            session_flags: message.is_guest().map(flags),
        });
    }
}

/// Whether a status says that the server took the request up.
fn is_acceptance(status: ResponseStatus) -> bool {
    match status {
        ResponseStatus::Nt(status) => classify::is_acceptance(status),
        ResponseStatus::Dos { .. } => !status.is_error(),
    }
}

/// Whether a SESSION_SETUP_ANDX request was captured after its response; such a request begins no
/// other attempt. A response without a request is remembered for it.
fn pair_setup(exchange: &mut Exchange, message: &Message<'_>, session: SessionIndex) -> bool {
    let message_id = message.exchange_id();
    match message.direction {
        Direction::ToServer => exchange.early_response(message_id).is_some(),
        Direction::ToClient => {
            if exchange.asked(message_id).is_none() {
                exchange.remember_early(EarlyResponse {
                    message_id,
                    session: Some(session),
                    is_acceptance: false,
                    tree: None,
                    at: message.at,
                });
            }
            false
        }
    }
}

/// The share that a message asks for, on its own or behind another command of its chain.
fn tree_path(message: &Message<'_>, limits: &Limits) -> Detail {
    smb1::commands(message.bytes, &message.header)
        .flatten()
        .filter(|block| block.command == Command::SMB_COM_TREE_CONNECT_ANDX)
        .find_map(|block| smb1::TreeConnectRequest::parse(&block, message.header.is_unicode()).ok())
        .map_or(Detail::Nothing, |request| {
            Detail::Tree(limits.text(request.path.to_string()).into())
        })
}
