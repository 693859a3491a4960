//! What is made of whole conversations, rule by rule: how messages count, how the status is decided,
//! what a capture that is not complete still shows, and what belongs to one session.
//!
//! Each test is a dialogue of a client and a server, written as a capture, and what the report says
//! of it.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]

#[path = "sessions/baseline.rs"]
mod baseline;
#[path = "sessions/channels.rs"]
mod channels;
#[path = "support/conversation/mod.rs"]
mod conversation;
#[path = "sessions/coverage.rs"]
mod coverage;
#[path = "sessions/exemptions.rs"]
mod exemptions;
#[path = "sessions/filter.rs"]
mod filter;
#[path = "sessions/names.rs"]
mod names;
#[path = "sessions/negotiation.rs"]
mod negotiation;
#[path = "sessions/not_analysable.rs"]
mod not_analysable;
#[path = "sessions/order.rs"]
mod order;
#[path = "sessions/several.rs"]
mod several;
#[path = "sessions/smb1.rs"]
mod smb1;
#[path = "sessions/status.rs"]
mod status;

use countersign::report::{MessageCounts, Session};

use self::conversation::smb2::{ENABLED, REQUIRED};
use self::conversation::{CLIENT, Conversation, SERVER};

/// Alice is logged on in 3.1.1, and the server requires signing.
fn must_sign() -> Conversation {
    let mut talk = Conversation::new();
    talk.connect(CLIENT, SERVER);
    talk.negotiate(ENABLED, REQUIRED, 0x0311).log_on();
    talk
}

/// Alice is logged on in 3.1.1, and nobody requires signing.
fn may_sign() -> Conversation {
    let mut talk = Conversation::new();
    talk.connect(CLIENT, SERVER);
    talk.negotiate(ENABLED, ENABLED, 0x0311).log_on();
    talk
}

/// What the client sent.
fn from_client(session: &Session) -> MessageCounts {
    session.messages.from_client
}

/// What the server sent.
fn from_server(session: &Session) -> MessageCounts {
    session.messages.from_server
}

/// What both sent.
fn from_both(session: &Session) -> MessageCounts {
    session.messages.both()
}
