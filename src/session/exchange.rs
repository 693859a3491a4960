//! Requests that wait for their response, and responses that came before their request was seen.
//!
//! A capture may deliver the two directions of a connection out of step, so either may come first.

use std::collections::VecDeque;

use super::{At, KeptMessage, SessionIndex};
use crate::packet::PacketId;
use crate::smb::smb2::FileId;

/// What is remembered of a request until its response comes.
#[derive(Debug)]
pub(super) struct Request {
    /// MessageId; of SMB1 the process and multiplex identifiers together.
    pub(super) message_id: u64,
    /// Command, as on the wire.
    pub(super) command: u16,
    /// The session it belongs to; `None` for SessionId 0.
    pub(super) session: Option<SessionIndex>,
    /// The signature it carries, which some error responses repeat.
    pub(super) signature: [u8; 16],
    /// It should tell, once answered, that an unsigned message was accepted.
    pub(super) is_unsigned: bool,
    /// It is VALIDATE_NEGOTIATE_INFO.
    pub(super) is_validate_negotiate: bool,
    /// The packet that completes it.
    pub(super) packet: PacketId,
    /// What its response will need of it.
    pub(super) detail: Detail,
}

/// What the response to a request needs of it.
#[derive(Debug, Default)]
pub(super) enum Detail {
    /// Nothing.
    #[default]
    Nothing,
    /// The path of a TREE_CONNECT.
    Tree(Box<str>),
    /// A SESSION_SETUP whose session is not known yet.
    Setup(Box<KeptMessage>),
    /// The name of a pipe that is opened.
    OpenPipe(Box<str>),
    /// The pipe that is read from.
    OfPipe(Box<FileId>),
}

/// What is remembered of a response that had no request.
#[derive(Clone, Copy, Debug)]
pub(super) struct EarlyResponse {
    /// MessageId, as in [`Request`].
    pub(super) message_id: u64,
    /// The session it belongs to.
    pub(super) session: Option<SessionIndex>,
    /// It says that the request was accepted.
    pub(super) is_acceptance: bool,
    /// TreeId, of SMB1 TID; `None` where it has none.
    pub(super) tree: Option<u32>,
    /// Where it stands.
    pub(super) at: At,
}

impl EarlyResponse {
    fn is_just_before(&self, at: At) -> bool {
        at.timestamp.since(self.at.timestamp) <= Exchange::EARLY_NANOSECONDS
    }
}

/// The requests and responses of a connection that wait for their other half.
#[derive(Debug, Default)]
pub(super) struct Exchange {
    requests: VecDeque<Request>,
    early: VecDeque<EarlyResponse>,
}

impl Exchange {
    /// Early responses that are remembered; they wait for a request that is only a few packets late.
    const EARLY: usize = 64;

    /// How long before its request a response is captured at most, in nanoseconds.
    const EARLY_NANOSECONDS: i64 = 250_000_000;

    /// Remembers `request`; the oldest is forgotten where more than `limit` wait.
    pub(super) fn ask(&mut self, request: Request, limit: usize) {
        if self.requests.len() >= limit.max(1) {
            self.requests.pop_front();
        }
        self.requests.push_back(request);
    }

    /// The request that a response answers.
    pub(super) fn asked(&mut self, message_id: u64) -> Option<&mut Request> {
        self.requests.iter_mut().rev().find(|request| request.message_id == message_id)
    }

    /// The SESSION_SETUP request that waits for this response to name its session.
    pub(super) fn setup_asked(&self, message_id: u64) -> Option<&KeptMessage> {
        let mut requests = self.requests.iter().rev();
        match &requests.find(|request| request.message_id == message_id)?.detail {
            Detail::Setup(kept) => Some(kept),
            Detail::Nothing | Detail::Tree(_) | Detail::OpenPipe(_) | Detail::OfPipe(_) => None,
        }
    }

    /// Forgets a request that was answered for good.
    pub(super) fn answered(&mut self, message_id: u64) -> Option<Request> {
        let place = self.requests.iter().rposition(|request| request.message_id == message_id)?;
        self.requests.remove(place)
    }

    /// Remembers a response that had no request.
    pub(super) fn remember_early(&mut self, response: EarlyResponse) {
        if self.early.len() >= Exchange::EARLY {
            self.early.pop_front();
        }
        self.early.push_back(response);
    }

    /// Whether a response came before the request `message_id`.
    pub(super) fn has_early_response(&self, message_id: u64) -> bool {
        self.early.iter().any(|early| early.message_id == message_id)
    }

    /// The session of a response that came just before the request `message_id`, which was seen at
    /// `at`.
    pub(super) fn early_session(&self, message_id: u64, at: At) -> Option<SessionIndex> {
        let early = self.early.iter().find(|early| early.message_id == message_id)?;
        early.session.filter(|_| early.is_just_before(at))
    }

    /// The response that came before the request `message_id`, where it came just before `at`: SMB1 gives its identifiers to one request after the
    /// other, and an older response is that of a request which was not captured.
    pub(super) fn early_response_near(&mut self, message_id: u64, at: At) -> Option<EarlyResponse> {
        self.early_response(message_id).filter(|early| early.is_just_before(at))
    }

    /// The response that came before the request `message_id`.
    pub(super) fn early_response(&mut self, message_id: u64) -> Option<EarlyResponse> {
        let place = self.early.iter().rposition(|early| early.message_id == message_id)?;
        self.early.remove(place)
    }
}
