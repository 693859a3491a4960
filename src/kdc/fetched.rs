//! Which client got which ticket: what the KDC's answers tell without any key.

use std::collections::HashMap;
use std::hash::BuildHasher;
use std::net::IpAddr;

use foldhash::fast::FixedState;

use super::Conversation;
use crate::auth::kerberos::kdc::KdcMessage;
use crate::limits::Limits;
use crate::packet::PacketId;

/// Clients to whom the KDC gave tickets.
#[derive(Debug)]
pub struct Fetched {
    /// By a number for the ticket.
    clients: HashMap<u64, Vec<Fetch>, FixedState>,
    /// Tickets that are remembered.
    most: usize,
    dropped: u64,
}

/// A client that got a ticket.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fetch {
    /// Its address.
    pub client: IpAddr,
    /// The answer that held the ticket.
    pub packet: PacketId,
}

/// Clients of one ticket that are remembered: a NAT shows one by two addresses, and who asks again by
/// TCP is the same.
const MOST_CLIENTS: usize = 4;

impl Fetched {
    /// Nobody yet.
    pub fn new(limits: &Limits) -> Fetched {
        Fetched { clients: HashMap::default(), most: limits.fetched_tickets, dropped: 0 }
    }

    /// Takes the next message of a conversation with the KDC.
    pub fn message(&mut self, conversation: Conversation, packet: PacketId, bytes: &[u8]) {
        let reply = match KdcMessage::parse(bytes) {
            Ok(KdcMessage::AsRep(reply) | KdcMessage::TgsRep(reply)) => reply,
            _ => return,
        };
        let Some(part) = reply.ticket.enc_part.filter(|part| part.is_whole) else { return };
        let number = number_of(part.cipher);
        let n_tickets = self.clients.len();
        if n_tickets >= self.most && !self.clients.contains_key(&number) {
            self.dropped += 1;
            return;
        }
        let client = conversation.client.ip();
        let known = self.clients.entry(number).or_default();
        if known.len() < MOST_CLIENTS && known.iter().all(|it| it.client != client) {
            known.push(Fetch { client, packet });
        }
    }

    /// Who got the ticket with this cipher text; empty where that was not captured.
    pub fn of(&self, cipher: &[u8]) -> &[Fetch] {
        self.clients.get(&number_of(cipher)).map_or(&[], Vec::as_slice)
    }

    /// Tickets that were not remembered.
    pub fn dropped(&self) -> u64 {
        self.dropped
    }
}

fn number_of(cipher: &[u8]) -> u64 {
    FixedState::default().hash_one(cipher)
}
