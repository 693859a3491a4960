//! The names of the two ends, and where they come from.

use countersign::report::{HostName, NameSource, Report};

use crate::conversation::smb2::{create, tree_connect, tree_connected};
use crate::conversation::{CLIENT, Conversation, SERVER};
use crate::may_sign;

/// A DNS response that gives `name` an address.
fn dns_answer(name: &str, address: [u8; 4]) -> Vec<u8> {
    let mut message = vec![0x12, 0x34, 0x81, 0x80, 0, 0, 0, 1, 0, 0, 0, 0];
    for label in name.split('.') {
        message.push(label.len() as u8);
        message.extend(label.bytes());
    }
    message.extend([0, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4]);
    message.extend(address);
    message
}

fn names_of<'a>(report: &'a Report, address: &str) -> &'a [HostName] {
    let host = report.hosts.iter().find(|host| host.address == address);
    &host.unwrap_or_else(|| panic!("no host {address}")).name_sources
}

#[test]
fn an_answer_comes_before_what_a_client_calls_a_server() {
    let mut talk = may_sign();
    talk.client(tree_connect(r"\\old-name\data").signed()).server(tree_connected().signed());
    let tree_packet = talk.packet();
    talk.datagram("10.0.0.1:53", "10.0.0.7:40000", &dns_answer("fs1.lab.test", [10, 0, 0, 5]));
    let dns_packet = talk.packet();
    let session = talk.only_session();
    assert_eq!(session.server.name.as_deref(), Some("fs1.lab.test"));
    let server: Vec<(&str, NameSource, Option<u64>)> = session
        .names
        .server
        .iter()
        .map(|name| (name.name.as_str(), name.source, name.packet))
        .collect();
    let expected = [
        ("fs1.lab.test", NameSource::Dns, Some(dns_packet)),
        ("old-name", NameSource::TreeConnect, Some(tree_packet)),
    ];
    assert_eq!(server, expected);
}

#[test]
fn an_answer_names_a_host_that_says_nothing_of_itself() {
    let mut talk = Conversation::new();
    talk.datagram("10.0.0.1:53", "10.0.0.7:40000", &dns_answer("fs1.lab.test", [10, 0, 0, 5]));
    talk.datagram("10.0.0.1:53", "10.0.0.5:40000", &dns_answer("ws7.lab.test", [10, 0, 0, 7]));
    talk.join(CLIENT, SERVER);
    talk.session(7).both(create());
    let session = talk.only_session();
    assert_eq!(session.server.name.as_deref(), Some("fs1.lab.test"));
    assert_eq!(session.client.name.as_deref(), Some("ws7.lab.test"));
    let claimed_by = session.names.server[0].claimed_by.as_deref();
    assert_eq!(claimed_by, Some("10.0.0.1"));
}

#[test]
fn a_name_that_two_answered_for_stays_with_both() {
    let mut talk = may_sign();
    let mut packets = Vec::new();
    for last in [66, 5] {
        let answerer = format!("10.0.0.{last}:5355");
        talk.datagram(&answerer, "10.0.0.7:40000", &dns_answer("fs1", [10, 0, 0, last]));
        packets.push(talk.packet());
    }
    talk.connect(CLIENT, "10.0.0.66:445");
    talk.session(7).both(create());
    let report = talk.report();
    for (address, packet) in ["10.0.0.66", "10.0.0.5"].into_iter().zip(packets) {
        let said = names_of(&report, address).iter().find(|it| it.source == NameSource::Llmnr);
        let said = said.unwrap();
        assert_eq!((said.name.as_str(), said.packet), ("fs1", Some(packet)));
        assert_eq!(said.claimed_by.as_deref(), Some(address));
    }
}

#[test]
fn a_name_is_kept_as_it_was_written() {
    let mut talk = may_sign();
    let name = "srv11UWhRCAAAAAAAAAAAAAAAAAAAAAAAAAAAAwbEAYBAAAA\u{1b}[2J";
    talk.datagram("10.0.0.1:53", "10.0.0.7:40000", &dns_answer(name, [10, 0, 0, 7]));
    assert_eq!(names_of(&talk.report(), "10.0.0.7")[0].name, name);
}
