//! MSSQL: LOGIN7 and the messages with tokens that follow it (\[MS-TDS\] 2.2.6.4, 2.2.6.8, 2.2.7).
//!
//! A server encrypts the login unless both sides agreed not to; then nothing of it is visible.

use super::reader::{Conversation, Heard};
use super::stream::Step;
use super::{Protocol, Side, number_of};

/// A connection of TDS.
#[derive(Debug, Default)]
pub(super) struct Tds {
    /// The packets of the message that is under way, of each side.
    client: Vec<u8>,
    server: Vec<u8>,
}

/// Types of packets, \[MS-TDS\] 2.2.3.1.1.
mod kind {
    pub(super) const TABULAR_RESULT: u8 = 0x04;
    pub(super) const LOGIN7: u8 = 0x10;
    pub(super) const SSPI: u8 = 0x11;
    pub(super) const PRELOGIN: u8 = 0x12;
}

/// Types of tokens, \[MS-TDS\] 2.2.7.
mod token {
    pub(super) const ERROR: u8 = 0xaa;
    pub(super) const INFO: u8 = 0xab;
    pub(super) const LOGINACK: u8 = 0xad;
    pub(super) const ENVCHANGE: u8 = 0xe3;
    pub(super) const SSPI: u8 = 0xed;
}

/// Bytes of a packet's header.
const HEADER: usize = 8;

/// The longest packet that is believed.
const MOST_PACKET: usize = 32_767;

/// Bytes of the longest message of a login that is read: many packets.
const MOST_MESSAGE: usize = 64 << 10;

/// The bit of a packet's status that says that its message ends.
const END_OF_MESSAGE: u8 = 0x01;

impl Tds {
    /// Who says `bytes`, if that is TDS.
    pub(super) fn side_of(bytes: &[u8]) -> Option<Side> {
        let header = bytes.first_chunk::<HEADER>()?;
        let [kind, status, high, low, _, _, _, window] = *header;
        let len = usize::from(u16::from_be_bytes([high, low]));
        let is_packet = (HEADER + 1..=MOST_PACKET).contains(&len) && status <= 1 && window == 0;
        match kind {
            kind::PRELOGIN | kind::LOGIN7 | kind::SSPI if is_packet => Some(Side::Client),
            kind::TABULAR_RESULT if is_packet => Some(Side::Server),
            _ => None,
        }
    }

    fn message(side: Side, kind: u8, message: &[u8], heard: &mut Heard<'_>) {
        let around = number_of(message);
        match (side, kind) {
            (Side::Client, kind::LOGIN7) => {
                if let Some(token) = login7(message) {
                    heard.token(side, token, around);
                }
            }
            (Side::Client, kind::SSPI) => heard.token(side, message, around),
            (Side::Server, kind::TABULAR_RESULT) => answer(message, around, heard),
            _ => {}
        }
    }
}

/// SSPI of LOGIN7, \[MS-TDS\] 2.2.6.4.
fn login7(message: &[u8]) -> Option<&[u8]> {
    let u16_at = |place: usize| {
        let bytes = message.get(place..)?.first_chunk()?;
        Some(usize::from(u16::from_le_bytes(*bytes)))
    };
    let (offset, short) = (u16_at(78)?, u16_at(80)?);
    let len = match short {
        0xffff => usize::try_from(u32::from_le_bytes(*message.get(90..)?.first_chunk()?)).ok()?,
        len => len,
    };
    message.get(offset..)?.get(..len)
}

/// The tokens of a server's answer to a login.
fn answer(message: &[u8], around: u64, heard: &mut Heard<'_>) {
    let mut rest = message;
    while let Some((&kind, after)) = rest.split_first() {
        let known = [token::ERROR, token::INFO, token::LOGINACK, token::ENVCHANGE, token::SSPI];
        let Some((len, body)) = after.split_first_chunk().filter(|_| known.contains(&kind)) else {
            return;
        };
        let Some((body, after)) = body.split_at_checked(usize::from(u16::from_le_bytes(*len)))
        else {
            return;
        };
        match kind {
            token::SSPI => heard.token(Side::Server, body, around),
            token::ERROR => {
                let number = body.first_chunk().map_or(0, |number| u32::from_le_bytes(*number));
                heard.refused(number);
            }
            token::LOGINACK => {
                heard.accepted(0);
                heard.over();
            }
            _ => {}
        }
        rest = after;
    }
}

impl Conversation for Tds {
    fn protocol(&self) -> Protocol {
        Protocol::Mssql
    }

    fn starts(&self, side: Side, bytes: &[u8]) -> bool {
        Tds::side_of(bytes) == Some(side)
    }

    fn step(&mut self, side: Side, bytes: &[u8], _seen: usize, heard: &mut Heard<'_>) -> Step {
        let Some([kind, status, high, low, ..]) = bytes.first_chunk::<HEADER>().copied() else {
            return Step::Wait(Some(HEADER));
        };
        if Tds::side_of(bytes) != Some(side) {
            // The login is encrypted, or over.
            heard.over();
            return Step::Lost;
        }
        let len = usize::from(u16::from_be_bytes([high, low]));
        let Some(body) = bytes.get(HEADER..len) else { return Step::Wait(Some(len)) };
        let is_last = status & END_OF_MESSAGE != 0;
        let message = match side {
            Side::Client => &mut self.client,
            Side::Server => &mut self.server,
        };
        if is_last && message.is_empty() {
            Tds::message(side, kind, body, heard);
        } else if message.len().saturating_add(body.len()) > MOST_MESSAGE {
            heard.over();
        } else {
            message.extend_from_slice(body);
            if is_last {
                Tds::message(side, kind, &std::mem::take(message), heard);
            }
        }
        Step::Took(len as u64)
    }

    fn held_bytes(&self) -> usize {
        self.client.capacity() + self.server.capacity()
    }
}
