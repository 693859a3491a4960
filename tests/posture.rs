//! What hosts are, what they require, and which of it is accepted: statements about hosts on
//! dialogues that they are made for and on ones that only look like it, and exceptions on both.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "a test fails by panicking, and says what it compared"
)]

#[path = "support/conversation/mod.rs"]
mod conversation;
#[path = "posture/exceptions.rs"]
mod exceptions;
#[path = "posture/hosts.rs"]
mod hosts;
#[path = "posture/lab.rs"]
mod lab;
mod support;

use countersign::report::{Host, Report};

use self::conversation::Conversation;
use self::conversation::smb2::{self, ENABLED, REQUIRED};

/// The host with an address.
fn host<'r>(report: &'r Report, address: &str) -> &'r Host {
    let found = report.hosts.iter().find(|host| host.address == address);
    found.unwrap_or_else(|| panic!("{address} is not among {:#?}", report.hosts))
}

/// A client logs on and does something, unsigned unless the server requires signing.
fn session(talk: &mut Conversation, client: &str, server: &str, requires: bool) {
    talk.connect(client, server);
    let mode = if requires { REQUIRED } else { ENABLED };
    talk.negotiate(ENABLED, mode, 0x0311).log_on();
    let signed = |message: smb2::Smb2| if requires { message.signed() } else { message };
    talk.client(signed(smb2::tree_connect("\\\\x\\IPC$")).signed())
        .server(smb2::tree_connected_as(2).signed())
        .both(signed(smb2::create()));
}
