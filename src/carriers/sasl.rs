//! Protocols of lines that authenticate by SASL: a command with the name of a mechanism, and then
//! lines in base64 from both sides (RFC 4422 3).

use std::fmt;

use data_encoding::{BASE64, BASE64_NOPAD};

use super::reader::{Conversation, Heard};
use super::stream::Step;
use super::{Protocol, Side, number_of};

/// What such a protocol says in its own way.
pub(super) trait Dialect: fmt::Debug + Default + Send + Sync {
    /// The protocol.
    const PROTOCOL: Protocol;

    /// What a client's line says outside of an authentication.
    fn command<'l>(&mut self, line: &'l str) -> Command<'l>;

    /// What a server's line says to a client that authenticates.
    fn reply<'l>(&mut self, line: &'l str) -> Reply<'l>;
}

/// What a client says.
pub(super) enum Command<'l> {
    /// It authenticates, with the first token where there is one.
    Authenticate(Option<&'l str>),
    /// What follows is not read: TLS, or a message.
    Leave,
    /// Something else.
    Other,
}

/// What a server says.
pub(super) enum Reply<'l> {
    /// The authentication goes on, with a token where there is one.
    Continue(&'l str),
    /// The client is let in, with this code.
    Accepted(u32),
    /// It is not.
    Refused(u32),
    /// Something else.
    Other,
}

/// A connection of such a protocol.
#[derive(Debug, Default)]
pub(super) struct Lines<D> {
    dialect: D,
    /// The client authenticates.
    is_authenticating: bool,
}

/// Bytes that a token in base64 stands for.
pub(super) fn decode(text: &str) -> Option<Vec<u8>> {
    let text = text.trim().as_bytes();
    let padded = || BASE64.decode(text).ok();
    padded().or_else(|| BASE64_NOPAD.decode(text).ok()).filter(|bytes| !bytes.is_empty())
}

/// Whether tokens of a mechanism of SASL are read.
pub(super) fn is_read(mechanism: &str) -> bool {
    ["NTLM", "GSSAPI", "GSS-SPNEGO"].iter().any(|it| mechanism.eq_ignore_ascii_case(it))
}

impl<D: Dialect> Lines<D> {
    fn line(&mut self, side: Side, line: &str, heard: &mut Heard<'_>) {
        match side {
            Side::Client if self.is_authenticating => {
                if let Some(token) = decode(line) {
                    heard.token(side, &token, number_of(line));
                }
            }
            Side::Client => match self.dialect.command(line) {
                Command::Authenticate(first) => {
                    self.is_authenticating = true;
                    if let Some(token) = first.and_then(decode) {
                        heard.token(side, &token, number_of(line));
                    }
                }
                Command::Leave => heard.over(),
                Command::Other => {}
            },
            Side::Server if self.is_authenticating => match self.dialect.reply(line) {
                Reply::Continue(token) => {
                    if let Some(token) = decode(token) {
                        heard.token(side, &token, number_of(line));
                    }
                }
                // Exchange says so of POP3 too where it knows the mechanism.
                Reply::Accepted(code) if heard.is_answered() => {
                    self.is_authenticating = false;
                    heard.accepted(code);
                }
                Reply::Refused(code) => {
                    self.is_authenticating = false;
                    heard.refused(code);
                }
                Reply::Accepted(_) | Reply::Other => {}
            },
            Side::Server => {}
        }
    }
}

impl<D: Dialect> Conversation for Lines<D> {
    fn protocol(&self) -> Protocol {
        D::PROTOCOL
    }

    fn starts(&self, _side: Side, bytes: &[u8]) -> bool {
        bytes.first().is_some_and(u8::is_ascii_graphic)
    }

    fn step(&mut self, side: Side, bytes: &[u8], seen: usize, heard: &mut Heard<'_>) -> Step {
        let new = bytes.get(seen..).unwrap_or_default();
        let Some(end) = new.iter().position(|byte| *byte == b'\n').map(|place| seen + place + 1)
        else {
            return Step::Wait(None);
        };
        let line = bytes.get(..end).unwrap_or_default();
        match std::str::from_utf8(line) {
            Ok(line) => self.line(side, line.trim_end(), heard),
            // TLS, or a message in another code page.
            Err(_) => heard.over(),
        }
        Step::Took(end as u64)
    }
}
