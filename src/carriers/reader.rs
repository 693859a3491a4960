//! What reads one connection: finds out which protocol it speaks, and lets that one's file read it.

use std::fmt;

use super::http::Http;
use super::imap::Imap;
use super::ldap::Ldap;
use super::pop3::Pop3;
use super::rpc::Rpc;
use super::sasl::Lines;
use super::smtp::Smtp;
use super::stream::{Step, Stream};
use super::tds::Tds;
use super::{Carriers, Ended, Exchange, Message, Protocol, Side, is_token};
use crate::flow::{Direction, FlowKey, PerDirection};
use crate::packet::At;

/// Both directions of a connection in one protocol.
pub(super) trait Conversation: fmt::Debug + Send + Sync {
    /// The protocol.
    fn protocol(&self) -> Protocol;

    /// Whether `bytes` look like the start of a message.
    fn starts(&self, side: Side, bytes: &[u8]) -> bool;

    /// Takes the message that `bytes` start with, of which `seen` were shown before.
    fn step(&mut self, side: Side, bytes: &[u8], seen: usize, heard: &mut Heard<'_>) -> Step;

    /// Bytes of memory held for messages of several parts.
    fn held_bytes(&self) -> usize {
        0
    }
}

/// Where a [`Conversation`] says what it hears.
pub(super) struct Heard<'a> {
    carriers: &'a mut Carriers,
    protocol: Protocol,
    ends: FlowKey,
    at: At,
    current: &'a mut Option<usize>,
    has_token: bool,
    is_over: bool,
}

impl Heard<'_> {
    /// One side sends a token; `around` is [`Message::around`].
    pub(super) fn token(&mut self, side: Side, token: &[u8], around: u64) {
        let limits = &self.carriers.limits;
        if token.len() > limits.carrier_message_bytes || !is_token(token) {
            return;
        }
        self.has_token = true;
        let message = Message { side, at: self.at, token: token.into(), around };
        let (protocol, FlowKey { client, server }) = (self.protocol, self.ends);
        let start = || Exchange {
            protocol,
            client,
            server,
            messages: Vec::new(),
            ended: Ended::Unknown,
            is_cut: false,
        };
        *self.current = self.carriers.keep(*self.current, start, message);
    }

    /// Whether the client has said what it has to, and the server not yet what it makes of it.
    pub(super) fn is_answered(&self) -> bool {
        self.carriers.is_answered(*self.current)
    }

    /// The server lets the client in, if that has authenticated.
    pub(super) fn accepted(&mut self, code: u32) {
        if self.is_answered() {
            self.carriers.end(*self.current, Ended::Accepted(self.at, code));
        }
    }

    /// The server refuses.
    pub(super) fn refused(&mut self, code: u32) {
        self.carriers.end(*self.current, Ended::Refused(self.at, code));
    }

    /// Nothing that is read follows.
    pub(super) fn over(&mut self) {
        self.is_over = true;
    }
}

/// What reads one connection.
#[derive(Debug, Default)]
pub struct Reader(State);

#[derive(Debug, Default)]
enum State {
    /// Neither side has said what tells the protocol.
    #[default]
    Looking,
    Reading(Box<Reading>),
    Over,
}

/// A connection of which the protocol is known.
#[derive(Debug)]
struct Reading {
    conversation: Box<dyn Conversation>,
    /// What the client sends goes this way.
    from_client: Direction,
    streams: PerDirection<Stream>,
    /// The place of the authentication that is under way, or of the last.
    current: Option<usize>,
    /// Messages, and bytes, since the last token.
    quiet: (usize, u64),
}

impl Reader {
    /// Whether more may be found.
    pub fn is_reading(&self) -> bool {
        matches!(self.0, State::Reading(_))
    }

    /// Bytes of memory held for messages that are not complete.
    pub fn held_bytes(&self) -> usize {
        match &self.0 {
            State::Reading(reading) => {
                let PerDirection { to_server, to_client } = &reading.streams;
                let held = to_server.held_bytes().saturating_add(to_client.held_bytes());
                held.saturating_add(reading.conversation.held_bytes())
            }
            State::Looking | State::Over => 0,
        }
    }

    /// Takes the next bytes of a direction: the data of a packet, or as much of it as is new.
    #[inline]
    pub fn data(
        &mut self,
        carriers: &mut Carriers,
        ends: FlowKey,
        direction: Direction,
        bytes: &[u8],
        at: At,
    ) {
        if matches!(self.0, State::Looking)
            && let Some((conversation, side)) = find(bytes)
        {
            let from_client = if side == Side::Client { direction } else { direction.reverse() };
            self.0 = State::Reading(Box::new(Reading {
                conversation,
                from_client,
                streams: PerDirection::default(),
                current: None,
                quiet: (0, 0),
            }));
        }
        let State::Reading(reading) = &mut self.0 else { return };
        if reading.data(carriers, ends, direction, bytes, at) {
            self.0 = State::Over;
        }
    }

    /// Takes note of `len` bytes of a direction that were not captured.
    pub fn gap(&mut self, carriers: &mut Carriers, direction: Direction, len: u64) {
        if let State::Reading(reading) = &mut self.0 {
            carriers.cut(reading.current);
            reading.streams.of_mut(direction).gap(len);
        }
    }

    /// There is no room for what a direction holds.
    pub fn lose(&mut self, carriers: &mut Carriers, direction: Direction) {
        if let State::Reading(reading) = &mut self.0 {
            carriers.cut(reading.current);
            reading.streams.of_mut(direction).lose();
        }
    }
}

impl Reading {
    /// Takes the data of a packet. Returns whether nothing more is to be read.
    fn data(
        &mut self,
        carriers: &mut Carriers,
        ends: FlowKey,
        direction: Direction,
        bytes: &[u8],
        at: At,
    ) -> bool {
        let side = if direction == self.from_client { Side::Client } else { Side::Server };
        let ends = match self.from_client {
            Direction::ToServer => ends,
            // Which end is the server was a guess.
            Direction::ToClient => FlowKey { client: ends.server, server: ends.client },
        };
        let Reading { conversation, streams, current, quiet, .. } = self;
        let protocol = conversation.protocol();
        let limits = carriers.limits;
        let mut is_over = false;
        let stream = streams.of_mut(direction);
        if stream.is_lost() {
            quiet.0 += 1;
            if conversation.starts(side, bytes) {
                stream.resume();
            }
        }
        stream.data(bytes, limits.carrier_message_bytes, |bytes, seen| {
            if is_over {
                return Step::Lost;
            }
            let mut heard = Heard {
                carriers: &mut *carriers,
                protocol,
                ends,
                at,
                current: &mut *current,
                has_token: false,
                is_over: false,
            };
            let step = conversation.step(side, bytes, seen, &mut heard);
            is_over = heard.is_over;
            match (heard.has_token, step) {
                (true, _) => *quiet = (0, 0),
                (false, Step::Took(len)) => {
                    *quiet = (quiet.0 + 1, quiet.1.saturating_add(len));
                }
                (false, _) => {}
            }
            step
        });
        is_over || quiet.0 > limits.carrier_quiet_messages || quiet.1 > limits.carrier_quiet_bytes
    }
}

/// The protocol of a connection by the first bytes of one of its sides, and the side.
fn find(bytes: &[u8]) -> Option<(Box<dyn Conversation>, Side)> {
    Some(match bytes.first()? {
        b'A'..=b'Z' => (Box::new(Http::default()), Http::side_of(bytes)?),
        0x30 => (Box::new(Ldap), Ldap::side_of(bytes)?),
        0x10 | 0x12 => (Box::new(Tds::default()), Tds::side_of(bytes)?),
        0x05 => (Box::new(Rpc), Rpc::side_of(bytes)?),
        b'2' if bytes.starts_with(b"220") => (Box::new(Lines::<Smtp>::default()), Side::Server),
        b'*' if bytes.starts_with(b"* OK") => (Box::new(Lines::<Imap>::default()), Side::Server),
        b'+' if bytes.starts_with(b"+OK") => (Box::new(Lines::<Pop3>::default()), Side::Server),
        _ => return None,
    })
}
