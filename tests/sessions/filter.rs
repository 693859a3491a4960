//! The display filter that selects a session's frames.

use crate::conversation::smb1::{self, WANTS_SIGNING};
use crate::conversation::smb2::{ENABLED, REQUIRED, create, logoff};
use crate::conversation::{CLIENT, Conversation, SERVER};
use crate::must_sign;

#[test]
fn it_names_both_ends_and_the_session() {
    let filter = must_sign().only_session().wireshark_filter;
    assert_eq!(
        filter,
        "ip.addr == 10.0.0.7 && ip.addr == 10.0.0.5 && tcp.port == 49731 && tcp.port == 445 && \
         smb2.sesid == 0x0000400000000009"
    );
}

#[test]
fn on_a_port_that_wireshark_does_not_know_it_names_the_frames() {
    let mut talk = Conversation::new();
    talk.connect(CLIENT, "10.0.0.5:34445");
    talk.negotiate(ENABLED, REQUIRED, 0x0311).log_on().both(create().signed());
    // The first request of the setup does not carry the SessionId yet.
    assert_eq!(talk.only_session().wireshark_filter, "frame.number in {6..10}");
}

#[test]
fn of_a_number_that_was_given_twice_it_names_the_frames() {
    let mut talk = must_sign();
    talk.both(logoff().signed()).log_on();
    let filters: Vec<_> =
        talk.report().sessions.into_iter().map(|session| session.wireshark_filter).collect();
    assert_eq!(filters, ["frame.number in {6..10}", "frame.number in {12..14}"]);
}

#[test]
fn of_packets_that_were_captured_out_of_order_it_names_the_frames() {
    let mut talk = must_sign();
    talk.client(create().signed()).client(create().signed()).swap();
    assert_eq!(talk.only_session().wireshark_filter, "frame.number in {6..10}");
}

#[test]
fn of_smb1_it_names_the_frames() {
    let mut talk = Conversation::new();
    talk.connect(CLIENT, SERVER);
    talk.negotiate_smb1(smb1::REQUIRED).log_on_smb1(0x0801, WANTS_SIGNING);
    assert_eq!(talk.only_session().wireshark_filter, "frame.number in {3..8}");
}
