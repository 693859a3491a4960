//! Remote calls over TCP: what reads the connections that they come by.

use std::net::SocketAddr;

use crate::flow::{Direction, FlowInfo};
use crate::limits::Limits;
use crate::rpc::{Association, Call, CallSink, Outcome};
use crate::session::{At, Calls, Observer, RemoteCall};

/// Reads one connection.
#[derive(Debug)]
pub(super) struct CallReader {
    association: Association,
    /// What the client sends goes this way.
    from_client: Direction,
}

impl CallReader {
    /// Reads a connection of which the client, who binds, sends in this direction.
    pub(super) fn new(from_client: Direction) -> CallReader {
        CallReader { association: Association::default(), from_client }
    }

    /// Takes the next bytes of a direction, or that some are missing, and tells `observer` of calls.
    pub(super) fn take(
        &mut self,
        observer: &mut Observer,
        limits: &Limits,
        info: &FlowInfo,
        (direction, bytes, at): (Direction, Option<&[u8]>, At),
    ) {
        let (mut caller, mut callee) = (info.key.client, info.key.server);
        if self.from_client == Direction::ToClient {
            // Which end is the server was a guess.
            std::mem::swap(&mut caller, &mut callee);
        }
        let is_request = direction == self.from_client;
        let direction = if is_request { Direction::ToServer } else { Direction::ToClient };
        let mut teller = Teller { calls: observer.calls_mut(), limits, caller, callee, at };
        match bytes {
            Some(bytes) => self.association.message(direction, bytes, &mut teller),
            None => self.association.lose(direction, &mut teller),
        }
    }

    /// Whether nothing was bound of which there is anything to tell.
    pub(super) fn is_idle(&self) -> bool {
        self.association.is_idle()
    }

    /// Bytes of memory that wait for what follows them.
    pub(super) fn held_bytes(&self) -> usize {
        self.association.held_bytes()
    }
}

/// Takes what is called.
struct Teller<'a> {
    calls: &'a mut Calls,
    limits: &'a Limits,
    caller: SocketAddr,
    callee: SocketAddr,
    at: At,
}

impl CallSink for Teller<'_> {
    fn called(&mut self, call: Call) -> Option<usize> {
        let Teller { caller, callee, at, .. } = *self;
        let (pipe, outcome, opened) = (None, None, Vec::new());
        let call = RemoteCall { call, caller, callee, pipe, at, outcome, opened };
        self.calls.add(call, self.limits)
    }

    fn answered(&mut self, call: usize, outcome: Outcome) {
        self.calls.answer(call, self.at, outcome);
    }
}
