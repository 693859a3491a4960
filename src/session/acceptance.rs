//! When a message without a signature counts as accepted: a request by its answer, a response by the
//! client's going on.
//!
//! What was captured of the two directions may come out of step, so the times of the messages say
//! what came after what, not the order in which they come.

use super::At;
use super::exchange::Request;
use super::session::{Acceptance, Session, Sighting};
use crate::flow::Direction;
use crate::packet::PacketId;

/// What may yet show that the client accepted an unsigned response.
#[derive(Debug, Default)]
pub(super) struct GoingOn {
    /// The unsigned responses after which the client was not seen to go on.
    open: Option<OpenResponses>,
    /// The client's last request.
    last_request: Option<At>,
}

#[derive(Clone, Copy, Debug)]
struct OpenResponses {
    first: Sighting,
    first_at: At,
    count: u64,
}

impl Session {
    /// The server took up an unsigned request; `answer` is the packet that shows it.
    pub(super) fn accept_request(&mut self, request: &Request, answer: PacketId) {
        let message = Sighting {
            packet: request.packet,
            direction: Direction::ToServer,
            command: Some(request.command),
        };
        self.accept_unsigned(Acceptance { message, by: answer }, 1);
    }

    /// The client sent a request at `at`, and so accepts the unsigned responses before.
    pub(super) fn go_on(&mut self, at: At) {
        self.going_on.last_request = self.going_on.last_request.max(Some(at));
        if let Some(open) = self.going_on.open.take_if(|open| open.first_at < at) {
            self.accept_unsigned(Acceptance { message: open.first, by: at.packet }, open.count);
        }
    }

    /// An unsigned response came at `at`.
    pub(super) fn respond_unsigned(&mut self, response: Sighting, at: At) {
        let later_request = self.going_on.last_request.filter(|request| at < *request);
        if let Some(request) = later_request {
            self.accept_unsigned(Acceptance { message: response, by: request.packet }, 1);
            return;
        }
        let fresh = OpenResponses { first: response, first_at: at, count: 0 };
        self.going_on.open.get_or_insert(fresh).count += 1;
    }

    fn accept_unsigned(&mut self, first: Acceptance, count: u64) {
        self.accepted_unsigned += count;
        self.sightings.accepted_unsigned.get_or_insert(first);
    }
}
