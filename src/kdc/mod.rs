//! What clients and the KDC said to each other: from the key of a client to the session keys of its
//! tickets (RFC 4120 3.1 and 3.3, RFC 6113 5.4).
//!
//! [`Kdc`] takes messages one by one and remembers what waits for its answer. It knows neither SMB
//! nor sessions: what it finds is whose ticket has which session key.

pub mod stream;

use std::collections::VecDeque;
use std::fmt;
use std::net::{IpAddr, SocketAddr};

use crate::auth::kerberos::decrypted::EncKdcRepPart;
use crate::auth::kerberos::kdc::{FastResponse, KdcMessage, KdcRep, KeyInfo, PaData};
use crate::auth::kerberos::{ApReq, KrbError};
use crate::crypto::kerberos::KeyUsage;
use crate::keyring::kdc::Shown;
use crate::keyring::kerberos::TypedKey;
use crate::keyring::{Keyring, SecretRef};
use crate::net::path::Path;

/// The port that the KDC is at home on.
pub const PORT: u16 = 88;

/// Between whom a message goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Conversation {
    /// The VLANs and tunnels around it.
    pub path: Path,
    /// The client's end.
    pub client: SocketAddr,
    /// The KDC's end.
    pub server: SocketAddr,
}

impl Conversation {
    /// The conversation between two ends, of which one has the KDC's port.
    pub fn between(path: Path, one: SocketAddr, other: SocketAddr) -> Option<Conversation> {
        match (one.port(), other.port()) {
            (_, PORT) => Some(Conversation { path, client: one, server: other }),
            (PORT, _) => Some(Conversation { path, client: other, server: one }),
            _ => None,
        }
    }
}

/// The session key of a ticket.
pub struct Learned<'a> {
    /// The ticket's cipher text.
    pub cipher: &'a [u8],
    /// What it comes from.
    pub secret: SecretRef,
    /// The session key.
    pub key: TypedKey,
}

/// What waits for an answer of the KDC, in all conversations of a run.
#[derive(Default)]
pub struct Kdc {
    /// Tickets that were shown, the latest last.
    shown: VecDeque<(Conversation, Shown)>,
    /// How keys are made of passwords, as the KDC told clients when it asked for preauthentication.
    infos: VecDeque<(IpAddr, Vec<KeyInfo>)>,
}

impl fmt::Debug for Kdc {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Kdc")
    }
}

/// Requests that wait for an answer; the oldest is forgotten for a new one.
const MOST_SHOWN: usize = 1_024;

/// Clients of whom it is known how their keys are made; the oldest is forgotten for a new one.
const MOST_INFOS: usize = 256;

impl Kdc {
    /// Takes the next message of a conversation, and says which ticket's session key it tells.
    pub fn message<'a>(
        &mut self,
        keyring: &Keyring,
        conversation: Conversation,
        bytes: &'a [u8],
    ) -> Option<Learned<'a>> {
        match KdcMessage::parse(bytes).ok()? {
            KdcMessage::Error(error) => self.error(conversation, &error),
            KdcMessage::TgsReq(request) => self.show(keyring, conversation, &request.ap_req?),
            KdcMessage::AsRep(reply) => return self.as_rep(keyring, conversation, &reply),
            KdcMessage::TgsRep(reply) => return self.tgs_rep(conversation, &reply),
            KdcMessage::AsReq(_) => {}
        }
        None
    }

    /// The KDC refuses, and perhaps tells how it makes keys.
    fn error(&mut self, conversation: Conversation, error: &KrbError<'_>) {
        let infos = error.e_data.and_then(PaData::parse).map(|data| data.key_infos);
        let Some(infos) = infos.filter(|infos| !infos.is_empty()) else { return };
        let client = conversation.client.ip();
        self.infos.retain(|(other, _)| *other != client);
        push(&mut self.infos, (client, infos), MOST_INFOS);
    }

    /// A client shows its ticket and asks for another.
    fn show(&mut self, keyring: &Keyring, conversation: Conversation, request: &ApReq<'_>) {
        if let Some(shown) = keyring.shown(request) {
            push(&mut self.shown, (conversation, shown), MOST_SHOWN);
        }
    }

    /// A client gets its first ticket, under its own key.
    fn as_rep<'a>(
        &self,
        keyring: &Keyring,
        conversation: Conversation,
        reply: &KdcRep<'a>,
    ) -> Option<Learned<'a>> {
        let told = &reply.padata.key_infos;
        let client = conversation.client.ip();
        let told_before = self.infos.iter().find(|(other, _)| *other == client);
        let infos = match told_before {
            Some((_, before)) if told.is_empty() => before,
            _ => told,
        };
        let (secret, plain) = keyring.open_as_rep(reply, infos)?;
        learned(reply, secret, &plain)
    }

    /// A client gets a further ticket, under the keys of the one that it showed.
    fn tgs_rep<'a>(
        &mut self,
        conversation: Conversation,
        reply: &KdcRep<'a>,
    ) -> Option<Learned<'a>> {
        let waits = self.shown.iter().enumerate().rev();
        let of_client = waits.filter(|(_, (of, _))| *of == conversation).take(MOST_OF_ONE);
        let (place, found) = of_client.into_iter().find_map(|(place, (_, shown))| {
            let plain = open_tgs_rep(shown, reply)?;
            Some((place, learned(reply, shown.secret, &plain)))
        })?;
        self.shown.remove(place);
        found
    }
}

/// Requests of one conversation that an answer is held against.
const MOST_OF_ONE: usize = 8;

/// What a TGS-REP holds, decrypted with the keys of the ticket that was shown for it.
fn open_tgs_rep(shown: &Shown, reply: &KdcRep<'_>) -> Option<zeroize::Zeroizing<Vec<u8>>> {
    let (key, usage) = match &shown.subkey {
        Some(subkey) => (subkey, KeyUsage::TGS_REP_SUBKEY),
        None => (&shown.session_key, KeyUsage::TGS_REP_SESSION_KEY),
    };
    match strengthen_key(shown, reply) {
        Some(strengthen_key) => strengthen_key
            .combined("strengthenkey", key, "replykey")
            .decrypt(&reply.enc_part, usage),
        None => key.decrypt(&reply.enc_part, usage),
    }
}

/// The key that FAST adds to the reply's, under the armour of the ticket's own keys
/// (RFC 6113 5.4.1.1, 5.4.3).
fn strengthen_key(shown: &Shown, reply: &KdcRep<'_>) -> Option<TypedKey> {
    let sealed = reply.padata.fast_rep.as_ref()?;
    let subkey = shown.subkey.as_ref()?;
    let armor_key = subkey.combined("subkeyarmor", &shown.session_key, "ticketarmor");
    let plain = armor_key.decrypt(sealed, KeyUsage::FAST_REP)?;
    TypedKey::of(&FastResponse::parse(&plain)?.strengthen_key?)
}

/// The session key in the decrypted part of `reply`, with its ticket.
fn learned<'a>(reply: &KdcRep<'a>, secret: SecretRef, plain: &[u8]) -> Option<Learned<'a>> {
    let key = TypedKey::of(&EncKdcRepPart::parse(plain).ok()?.key)?;
    let cipher = reply.ticket.enc_part?.cipher;
    Some(Learned { cipher, secret, key })
}

/// Adds `item` to what is remembered, of which `most` are.
fn push<T>(remembered: &mut VecDeque<T>, item: T, most: usize) {
    if remembered.len() >= most {
        remembered.pop_front();
    }
    remembered.push_back(item);
}
