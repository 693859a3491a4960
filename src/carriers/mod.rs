//! Authentications that protocols other than SMB carry: HTTP, LDAP, MSSQL, SMTP, IMAP, POP3 and
//! DCE/RPC.
//!
//! What is passed on from SMB or to SMB is seen only where the other leg is read too. Each protocol
//! is one file that finds the messages with tokens of NTLM, SPNEGO or Kerberos in a connection, and
//! how the server answered; nothing else of it is read. A connection is known by its first bytes,
//! whatever its port, and given up where nothing of the kind comes. What TLS covers cannot be seen.
//!
//! [`Carriers`] keeps the tokens; what they say is read where it is judged.

mod http;
mod imap;
mod ldap;
mod pop3;
mod reader;
mod rpc;
mod sasl;
mod smtp;
mod stream;
mod tds;

use std::fmt;
use std::hash::{BuildHasher, Hash};
use std::net::SocketAddr;

use foldhash::fast::FixedState;

pub use self::reader::Reader;

use crate::auth::ntlmssp::MessageType;
use crate::auth::spnego::Token;
use crate::limits::Limits;
use crate::packet::At;

/// A protocol that carries authentications.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Protocol {
    /// HTTP (RFC 4559, \[MS-NTHT\]), WinRM and RPC over HTTP among it.
    Http,
    /// LDAP (RFC 4511, \[MS-ADTS\] 5.1.1.1).
    Ldap,
    /// SQL Server's Tabular Data Stream (\[MS-TDS\]).
    Mssql,
    /// SMTP (RFC 4954, \[MS-XLOGIN\]).
    Smtp,
    /// IMAP (RFC 9051, \[MS-OXIMAP\]).
    Imap,
    /// POP3 (RFC 5034, \[MS-POP3\]).
    Pop3,
    /// DCE/RPC over TCP (\[MS-RPCE\]).
    Rpc,
}

impl fmt::Display for Protocol {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Protocol::Http => "HTTP",
            Protocol::Ldap => "LDAP",
            Protocol::Mssql => "MSSQL",
            Protocol::Smtp => "SMTP",
            Protocol::Imap => "IMAP",
            Protocol::Pop3 => "POP3",
            Protocol::Rpc => "DCE/RPC",
        })
    }
}

/// Who sends.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Side {
    /// The client.
    Client,
    /// The server.
    Server,
}

/// One authentication: an attempt of a client to get into a server.
#[derive(Debug)]
pub struct Exchange {
    /// What carried it.
    pub protocol: Protocol,
    /// The client's end.
    pub client: SocketAddr,
    /// The server's end.
    pub server: SocketAddr,
    /// Its tokens, in order; never empty.
    pub messages: Vec<Message>,
    /// How it ended.
    pub ended: Ended,
    /// Bytes of the connection were lost during it, or tokens of it were not kept.
    pub is_cut: bool,
}

/// A message with a token.
#[derive(Debug)]
pub struct Message {
    /// Who sent it.
    pub side: Side,
    /// Where it stands.
    pub at: At,
    /// The token: of NTLM, SPNEGO or Kerberos.
    pub token: Box<[u8]>,
    /// A number for what the message says around its token: the same for one conversation that was
    /// recorded in two places, or that a proxy passed on; a client of its own says it in its own way.
    pub around: u64,
}

/// How an authentication ended, with the code of its protocol: the status of HTTP, resultCode of
/// LDAP, the number of TDS's ERROR, the reply code of SMTP, the status of a fault of DCE/RPC; 0 where
/// it has none.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Ended {
    /// The capture does not show it.
    #[default]
    Unknown,
    /// The server let the client in.
    Accepted(At, u32),
    /// The server refused.
    Refused(At, u32),
}

/// The authentications of all connections of a run.
#[derive(Debug)]
pub struct Carriers {
    limits: Limits,
    exchanges: Vec<Exchange>,
    /// Bytes of all tokens.
    bytes: usize,
    dropped: u64,
}

impl Carriers {
    /// None yet.
    pub fn new(limits: Limits) -> Carriers {
        Carriers { limits, exchanges: Vec::new(), bytes: 0, dropped: 0 }
    }

    /// Every authentication, in the order of their first messages.
    pub fn exchanges(&self) -> &[Exchange] {
        &self.exchanges
    }

    /// Bytes of the tokens that are kept.
    pub fn kept_bytes(&self) -> usize {
        self.bytes
    }

    /// Messages with tokens that were not kept.
    pub fn dropped(&self) -> u64 {
        self.dropped
    }

    /// Keeps a message in the authentication `current`, or in a new one where that is over. Returns
    /// its place; `None` where there is no room.
    fn keep(
        &mut self,
        current: Option<usize>,
        start: impl FnOnce() -> Exchange,
        message: Message,
    ) -> Option<usize> {
        let bytes = message.token.len().saturating_add(size_of::<Message>());
        let known = current.and_then(|place| Some((place, self.exchanges.get(place)?)));
        let current = known.filter(|(_, it)| it.goes_on_with(&message)).map(|(place, _)| place);
        let has_room = self.bytes.saturating_add(bytes) <= self.limits.carried_bytes
            && (current.is_some() || self.exchanges.len() < self.limits.carried_exchanges);
        if !has_room {
            self.dropped += 1;
            if let Some(known) = current.and_then(|place| self.exchanges.get_mut(place)) {
                known.is_cut = true;
            }
            return None;
        }
        let place = current.unwrap_or(self.exchanges.len());
        if current.is_none() {
            self.exchanges.push(start());
        }
        let exchange = self.exchanges.get_mut(place)?;
        if exchange.messages.len() >= MOST_MESSAGES {
            exchange.is_cut = true;
            self.dropped += 1;
        } else {
            self.bytes += bytes;
            exchange.messages.push(message);
        }
        Some(place)
    }

    fn end(&mut self, place: Option<usize>, ended: Ended) {
        let exchange = place.and_then(|place| self.exchanges.get_mut(place));
        if let Some(exchange) = exchange.filter(|it| it.ended == Ended::Unknown) {
            exchange.ended = ended;
        }
    }

    fn cut(&mut self, place: Option<usize>) {
        let exchange = place.and_then(|place| self.exchanges.get_mut(place));
        if let Some(exchange) = exchange.filter(|it| it.ended == Ended::Unknown) {
            exchange.is_cut = true;
        }
    }

    /// Whether the authentication at `place` waits for the server's verdict.
    fn is_answered(&self, place: Option<usize>) -> bool {
        place
            .and_then(|place| self.exchanges.get(place))
            .is_some_and(|it| it.ended == Ended::Unknown && it.has_proof())
    }
}

/// Tokens of one authentication that are kept. NTLM has three, and Kerberos up to four.
const MOST_MESSAGES: usize = 8;

impl Exchange {
    /// Whether `message` is of this authentication: it is not over, and the client does not begin
    /// anew.
    fn goes_on_with(&self, message: &Message) -> bool {
        let begins = message.side == Side::Client
            && match Token::parse(&message.token) {
                token if token.ntlmssp().is_some() => {
                    token.ntlmssp().and_then(MessageType::of) == Some(MessageType::Negotiate)
                }
                token => token.kerberos().is_some(),
            };
        let has_spoken = self.messages.iter().any(|it| it.side == Side::Client);
        self.ended == Ended::Unknown && !(begins && has_spoken)
    }

    /// Whether the client has said what the server decides by.
    fn has_proof(&self) -> bool {
        let from_client = self.messages.iter().filter(|it| it.side == Side::Client);
        from_client.into_iter().any(|message| {
            let token = Token::parse(&message.token);
            let ntlm = token.ntlmssp().and_then(MessageType::of);
            ntlm == Some(MessageType::Authenticate) || token.kerberos().is_some()
        })
    }
}

/// Whether bytes are a token of a mechanism that is read.
fn is_token(bytes: &[u8]) -> bool {
    let token = Token::parse(bytes);
    token.is_spnego() || token.ntlmssp().is_some() || token.kerberos().is_some()
}

/// A number for `value`.
fn number_of(value: impl Hash) -> u64 {
    FixedState::default().hash_one(value)
}
