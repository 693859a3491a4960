//! Requests of SMB 2 and 3 and the responses to them: how each counts, and what the two together
//! change in their session.

use super::classify::{self, Circumstances, Signature};
use super::exchange::{Detail, EarlyResponse, Request};
use super::session::Counted;
use super::smb2::{Message, Place};
use super::tally::Bucket;
use super::{Arrival, Observer, SessionIndex, SetupOutcome};
use crate::flow::Direction;
use crate::limits::Limits;
use crate::packet::PacketId;
use crate::smb::smb2::{self, Command, MessageId, ShareFlags, ShareType};
use crate::smb::status::Status;

/// What is known of the request that a response answers.
#[derive(Clone, Copy, Default)]
struct Asked {
    was_seen: bool,
    signature: Option<[u8; 16]>,
    is_validate_negotiate: bool,
}

impl Observer {
    /// Takes a message of the client.
    pub(super) fn request(&mut self, arrival: &Arrival<'_>, message: &Message<'_>) {
        let header = &message.header;
        let asked = Asked {
            is_validate_negotiate: is_validate_negotiate_request(message),
            ..Asked::default()
        };
        let bucket = self.count_message(arrival, message, asked);
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
            Command::SMB2_TREE_CONNECT => tree_connect_path(message, &self.limits),
            _ => self.pipe_request(arrival, message),
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
            self.settle(&request, session, early.at.packet, (None, early.tree));
        }
        if let (Detail::Setup(kept), Some(session)) = (request.detail, early.session) {
            self.join_setup(session, *kept, true);
        }
    }

    /// What an accepted request changes.
    fn settle(
        &mut self,
        request: &Request,
        session: Option<SessionIndex>,
        answer: PacketId,
        (share, tree): (Option<(ShareFlags, ShareType)>, Option<u32>),
    ) {
        let limit = self.limits.trees_per_session;
        let session = session.and_then(|session| self.sessions.get_mut(session.0));
        let Some(session) = session else { return };
        if request.is_unsigned {
            session.accept_request(request, answer);
        }
        if let Detail::Tree(path) = &request.detail {
            session.connect_tree(path, share, answer, limit);
            let index = session.index;
            self.note_tree(index, path, tree);
        }
    }

    /// Takes a message of the server.
    pub(super) fn response(&mut self, arrival: &Arrival<'_>, message: &Message<'_>) {
        let header = &message.header;
        let Some(status) = header.status() else { return };
        let is_unsolicited = header.message_id == MessageId::UNSOLICITED;
        let asked = if is_unsolicited { Asked::default() } else { self.asked(arrival, message) };
        self.try_secrets_at_end(arrival, message, status);
        let bucket = self.count_message(arrival, message, asked);
        if let (Some(place), Some(bucket)) = (message.place, bucket) {
            self.answered_in(place, message, status, bucket);
        }
        if is_unsolicited {
            return;
        }
        if asked.is_validate_negotiate {
            self.validate_response(arrival, message, status);
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
            let share = (share(message), tree_of(message));
            self.settle(&request, session, message.at.packet, share);
            self.pipe_response(arrival, message, &request);
        }
        if let (Detail::Setup(kept), Some(place)) = (request.detail, message.place) {
            self.join_setup(place.session, *kept, false);
        }
    }

    fn remember_early(&mut self, arrival: &Arrival<'_>, message: &Message<'_>, status: Status) {
        let response = EarlyResponse {
            message_id: message.header.message_id.0,
            session: message.place.map(|place| place.session),
            is_acceptance: classify::is_acceptance(status),
            tree: tree_of(message),
            at: message.at,
        };
        if let Some(connection) = self.connections.get_mut(arrival.connection.0) {
            connection.exchange.remember_early(response);
        }
    }

    /// Counts a message whose header was read, and says in which bucket.
    fn count_message(
        &mut self,
        arrival: &Arrival<'_>,
        message: &Message<'_>,
        asked: Asked,
    ) -> Option<Bucket> {
        let place = message.place?;
        // What was answered came before its response, wherever it was captured.
        let is_answered =
            message.direction == Direction::ToServer && self.is_answered(arrival, message);
        let session = self.sessions.get_mut(place.session.0)?;
        let signature = if arrival.decrypted_in.is_some() {
            Signature::None
        } else {
            Signature::of(&message.header, asked.signature)
        };
        let circumstances = Circumstances {
            signature,
            is_validate_negotiate: asked.is_validate_negotiate,
            is_session_over: session.is_over(message.at) && !is_answered,
        };
        let bucket = if arrival.decrypted_in.is_some() {
            Bucket::Encrypted
        } else {
            classify::bucket(&message.header, circumstances)
        };
        let counted = Counted {
            sighting: message.sighting(),
            at: message.at,
            bucket,
            message_id: Some(message.header.message_id.0),
            has_signature: classify::has_own_signature(&message.header, signature),
        };
        session.count(place.channel, &counted, &mut self.packet_list_budget);
        self.message_lists.add(place.session, &counted);
        if arrival.decrypted_in.is_some() {
            self.count_inside(place, message.direction);
        } else if counted.has_signature {
            let code = self.check_signature(arrival, message, place);
            self.message_lists.say(place.session, code);
        }
        Some(bucket)
    }

    /// Whether the response to a request has come before it.
    pub(super) fn is_answered(&self, arrival: &Arrival<'_>, message: &Message<'_>) -> bool {
        let connection = self.connections.get(arrival.connection.0);
        connection.is_some_and(|c| c.exchange.has_early_response(message.header.message_id.0))
    }

    /// The response that ends an authentication decides which secrets are tried on what; its own
    /// signature is the first that their keys have to give.
    fn try_secrets_at_end(&mut self, arrival: &Arrival<'_>, message: &Message<'_>, status: Status) {
        let is_final = message.header.command == Command::SMB2_SESSION_SETUP
            && status != Status::STATUS_PENDING
            && status != Status::STATUS_MORE_PROCESSING_REQUIRED;
        if let Some(place) = message.place.filter(|_| is_final) {
            self.try_secrets(arrival, place, Some(message));
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

fn tree_connect_path(message: &Message<'_>, limits: &Limits) -> Detail {
    smb2::TreeConnectRequest::parse(message.raw.bytes).map_or(Detail::Nothing, |request| {
        Detail::Tree(limits.text(request.path().to_string()).into())
    })
}

fn tree_of(message: &Message<'_>) -> Option<u32> {
    message.header.tree_id().map(|tree| tree.0)
}

/// What the response to TREE_CONNECT says of the share.
fn share(message: &Message<'_>) -> Option<(ShareFlags, ShareType)> {
    if message.header.command != Command::SMB2_TREE_CONNECT {
        return None;
    }
    let response = smb2::TreeConnectResponse::parse(message.raw.bytes).ok()?;
    Some((response.share_flags, response.share_type))
}
