//! The authentications that other protocols than SMB carry, as rules see them.

use std::hash::BuildHasher;

use foldhash::fast::FixedState;

use crate::auth::ntlmssp::MessageType;
use crate::auth::spnego::Token;
use crate::carriers::{self, Carriers, Message, Side};
use crate::findings::facts::{Carried, Ended, Exchange};

/// Adds them to `exchanges`, each with a place of its own behind those of `n_sessions` sessions.
pub(super) fn exchanges<'a>(
    carriers: &'a Carriers,
    n_sessions: usize,
    exchanges: &mut Vec<Exchange<'a>>,
) {
    for (place, carried) in carriers.exchanges().iter().enumerate() {
        exchanges.extend(exchange(carried, n_sessions + place));
    }
}

/// `None` where its tokens say nothing.
fn exchange(carried: &carriers::Exchange, place: usize) -> Option<Exchange<'_>> {
    let (ended, code) = match carried.ended {
        carriers::Ended::Unknown => (Ended::Unknown, 0),
        carriers::Ended::Accepted(at, code) => (Ended::Accepted(at.packet), code),
        carriers::Ended::Refused(at, code) => (Ended::Refused(at.packet, code), code),
    };
    let mut exchange = Exchange {
        place,
        carried: Some(Carried {
            protocol: carried.protocol,
            messages: numbers(&carried.messages),
            code,
        }),
        conversation: place,
        client: carried.client,
        server: carried.server,
        guids: (None, None),
        session_id: 0,
        first: carried.messages.first()?.at,
        ended,
        is_whole: !carried.is_cut,
        ntlm: None,
        kerberos: None,
    };
    for message in &carried.messages {
        let is_from_client = message.side == Side::Client;
        super::take_token(&mut exchange, message.at, is_from_client, &message.token);
    }
    (exchange.ntlm.is_some() || exchange.kerberos.is_some()).then_some(exchange)
}

/// A number for each kind of message, with what stands around it.
fn numbers(messages: &[Message]) -> [Option<u64>; 3] {
    let mut numbers = [None; 3];
    for message in messages {
        let kind = match (Token::parse(&message.token).ntlmssp(), message.side) {
            (Some(bytes), _) => match MessageType::of(bytes) {
                Some(MessageType::Negotiate) => 0,
                Some(MessageType::Challenge) => 1,
                Some(MessageType::Authenticate) => 2,
                None => continue,
            },
            (None, Side::Client) => 0,
            (None, Side::Server) => 1,
        };
        if let Some(number) = numbers.get_mut(kind) {
            *number = Some(FixedState::default().hash_one((message.around, &message.token)));
        }
    }
    numbers
}
