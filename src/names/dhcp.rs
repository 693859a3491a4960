//! DHCP (RFC 2131): the name that a host gives itself, or is given, with its lease.
//!
//! The name stands in the client's request and the address often only in the server's answer, so a
//! request is remembered until then.

use std::collections::VecDeque;
use std::net::{IpAddr, Ipv4Addr};

use super::{Names, Origin, Statement};
use crate::net::udp::UdpDatagram;
use crate::packet::PacketId;

/// Options (RFC 2132) that are read.
mod option {
    pub(super) const PAD: u8 = 0;
    pub(super) const HOST_NAME: u8 = 12;
    pub(super) const DOMAIN_NAME: u8 = 15;
    pub(super) const MESSAGE_TYPE: u8 = 53;
    /// Client FQDN (RFC 4702).
    pub(super) const CLIENT_FQDN: u8 = 81;
    pub(super) const END: u8 = 255;
}

/// DHCP message types (RFC 2132, 9.6).
mod message_type {
    pub(super) const REQUEST: u8 = 3;
    pub(super) const ACK: u8 = 5;
    pub(super) const INFORM: u8 = 8;
}

/// The bytes before the options: the fields of RFC 2131, 2, and the magic cookie after them.
const FIXED_LEN: usize = 240;

/// The cookie that options start with (RFC 2131, 3).
const COOKIE: [u8; 4] = [99, 130, 83, 99];

/// Requests that wait for their answer.
const WAITING: usize = 256;

/// Options that are read of one message.
const OPTIONS: usize = 256;

/// The requests whose leases are not granted yet.
#[derive(Debug, Default)]
pub(super) struct Leases {
    requests: VecDeque<Request>,
}

/// What a client asked for.
#[derive(Debug)]
struct Request {
    xid: [u8; 4],
    hardware_address: [u8; 16],
    names: Vec<Box<str>>,
    packet: PacketId,
}

/// A message, as far as it tells names.
struct Message<'a> {
    xid: [u8; 4],
    ciaddr: Ipv4Addr,
    yiaddr: Ipv4Addr,
    hardware_address: [u8; 16],
    message_type: u8,
    host_name: Option<&'a [u8]>,
    domain_name: Option<&'a [u8]>,
    client_fqdn: Option<&'a [u8]>,
}

/// Takes a message.
pub(super) fn message(names: &mut Names, datagram: &UdpDatagram<'_>) {
    let Some(message) = Message::parse(datagram.payload) else { return };
    let own = message.names();
    match message.message_type {
        message_type::REQUEST | message_type::INFORM if message.ciaddr.is_unspecified() => {
            let requests = &mut names.leases.requests;
            if requests.len() >= WAITING {
                requests.pop_front();
            }
            requests.push_back(Request {
                xid: message.xid,
                hardware_address: message.hardware_address,
                names: own,
                packet: datagram.packet,
            });
        }
        message_type::REQUEST | message_type::INFORM => {
            let address = IpAddr::V4(message.ciaddr);
            note(names, address, &own, address, datagram.packet);
        }
        message_type::ACK => acknowledge(names, &message, &own, datagram),
        _ => {}
    }
}

/// The server grants a lease: the address has the names that were asked for with it.
fn acknowledge(
    names: &mut Names,
    message: &Message<'_>,
    own: &[Box<str>],
    datagram: &UdpDatagram<'_>,
) {
    let granted = [message.yiaddr, message.ciaddr].into_iter().find(|it| !it.is_unspecified());
    let Some(address) = granted.map(IpAddr::V4) else { return };
    let requests = &mut names.leases.requests;
    let asked = requests.iter().rposition(|request| {
        request.xid == message.xid && request.hardware_address == message.hardware_address
    });
    let asked = asked.and_then(|place| requests.remove(place));
    if let Some(request) = &asked {
        note(names, address, &request.names, address, request.packet);
    }
    note(names, address, own, datagram.source.ip(), datagram.packet);
    // The domain that the server gives completes the name that the host has.
    let host = own.first().or_else(|| asked.as_ref()?.names.first());
    let domain = message.domain_name.and_then(text);
    if let (Some(host), Some(domain)) = (host.filter(|host| !host.contains('.')), domain) {
        let full = format!("{host}.{domain}");
        note(names, address, &[full.into()], datagram.source.ip(), datagram.packet);
    }
}

fn note(
    names: &mut Names,
    address: IpAddr,
    said: &[Box<str>],
    claimed_by: IpAddr,
    packet: PacketId,
) {
    for name in said {
        names.note(address, Statement::new(name, Origin::Dhcp, claimed_by, packet));
    }
}

impl<'a> Message<'a> {
    fn parse(payload: &'a [u8]) -> Option<Message<'a>> {
        let (fixed, mut rest) = payload.split_first_chunk::<FIXED_LEN>()?;
        if fixed.get(FIXED_LEN - COOKIE.len()..)? != COOKIE {
            return None;
        }
        let quad = |at: usize| fixed.get(at..)?.first_chunk::<4>().copied();
        let mut message = Message {
            xid: quad(4)?,
            ciaddr: quad(12)?.into(),
            yiaddr: quad(16)?.into(),
            hardware_address: *fixed.get(28..)?.first_chunk()?,
            message_type: 0,
            host_name: None,
            domain_name: None,
            client_fqdn: None,
        };
        for _ in 0..OPTIONS {
            let Some((code, after)) = rest.split_first() else { break };
            rest = after;
            match *code {
                option::PAD => continue,
                option::END => break,
                _ => {}
            }
            let Some((len, after)) = rest.split_first() else { break };
            let Some((value, after)) = after.split_at_checked(usize::from(*len)) else { break };
            rest = after;
            match *code {
                option::HOST_NAME => message.host_name = Some(value),
                option::DOMAIN_NAME => message.domain_name = Some(value),
                option::CLIENT_FQDN => message.client_fqdn = Some(value),
                option::MESSAGE_TYPE => message.message_type = *value.first().unwrap_or(&0),
                _ => {}
            }
        }
        Some(message)
    }

    /// The host's names, the short one first.
    fn names(&self) -> Vec<Box<str>> {
        let host_name = self.host_name.and_then(text);
        let client_fqdn = self.client_fqdn.and_then(client_fqdn);
        let mut names: Vec<Box<str>> = host_name.into_iter().chain(client_fqdn).collect();
        names.dedup();
        names
    }
}

/// Client FQDN (RFC 4702, 2): flags, two codes that mean nothing any more, then the name, in labels
/// where the flags have the E bit.
fn client_fqdn(value: &[u8]) -> Option<Box<str>> {
    let (&[flags, _, _], mut rest) = value.split_first_chunk()?;
    if flags & 0x04 == 0 {
        return text(rest);
    }
    let mut name = String::new();
    while let Some((len, after)) = rest.split_first().filter(|(len, _)| **len > 0) {
        let (label, after) = after.split_at_checked(usize::from(*len))?;
        if !name.is_empty() {
            name.push('.');
        }
        name.push_str(&String::from_utf8_lossy(label));
        rest = after;
    }
    (!name.is_empty()).then(|| name.into())
}

/// Text that some clients end with zeros, and some with the dot of the root.
fn text(value: &[u8]) -> Option<Box<str>> {
    let text = String::from_utf8_lossy(value);
    let text = text.trim_end_matches(['\0', '.']);
    (!text.is_empty()).then(|| text.into())
}

#[cfg(test)]
mod tests {
    use super::super::testing::{DhcpMessage, address, at, datagram};
    use super::*;
    use crate::limits::Limits;

    const NOBODY: (&str, u16) = ("0.0.0.0", 68);
    const ALL: (&str, u16) = ("255.255.255.255", 67);
    const SERVER: (&str, u16) = ("10.0.0.1", 67);

    fn said(names: &Names, of: &str) -> Vec<(String, Option<IpAddr>)> {
        let statements = names.of(address(of)).iter();
        statements.map(|said| (said.name.to_string(), said.claimed_by)).collect()
    }

    #[test]
    fn a_lease_has_the_name_of_its_request() {
        let mut names = Names::new(Limits::DEFAULT);
        let request = DhcpMessage::new(3, 7).option(12, b"ws7\0").build();
        names.datagram(&datagram(NOBODY, ALL, &request));
        assert_eq!(said(&names, "10.0.0.7"), []);
        let other = DhcpMessage::new(5, 8).yiaddr([10, 0, 0, 8]).build();
        names.datagram(&datagram(SERVER, ("10.0.0.8", 68), &other));
        let ack = DhcpMessage::new(5, 7).yiaddr([10, 0, 0, 7]).option(15, b"lab.test").build();
        names.datagram(&datagram(SERVER, ("10.0.0.7", 68), &ack));
        let (own, server) = (Some(address("10.0.0.7")), Some(address("10.0.0.1")));
        let expected = [("ws7".to_owned(), own), ("ws7.lab.test".to_owned(), server)];
        assert_eq!(said(&names, "10.0.0.7"), expected);
        assert_eq!(said(&names, "10.0.0.8"), []);
    }

    #[test]
    fn a_renewal_has_its_address() {
        let fqdn = b"\x04\0\0\x03ws7\x03lab\x04test\0";
        let request = DhcpMessage::new(3, 7).ciaddr([10, 0, 0, 7]).option(81, fqdn).build();
        let mut names = Names::new(Limits::DEFAULT);
        names.datagram(&datagram(("10.0.0.7", 68), SERVER, &request));
        let own = Some(address("10.0.0.7"));
        assert_eq!(said(&names, "10.0.0.7"), [("ws7.lab.test".to_owned(), own)]);
        let ascii = DhcpMessage::new(3, 7).ciaddr([10, 0, 0, 9]).option(81, b"\0\0\0ws9.lab.test");
        names.datagram(&datagram(("10.0.0.9", 68), SERVER, &ascii.build()));
        assert_eq!(said(&names, "10.0.0.9")[0].0, "ws9.lab.test");
    }

    #[test]
    fn requests_that_wait_are_bounded() {
        let mut names = Names::new(Limits::DEFAULT);
        for number in 0..=255 {
            let request = DhcpMessage::new(3, number).option(12, b"a").build();
            names.datagram(&datagram(NOBODY, ALL, &request));
            names.datagram(&datagram(NOBODY, ALL, &request));
        }
        assert_eq!(names.leases.requests.len(), WAITING);
        assert_eq!(names.leases.requests[0].packet, at(1));
    }

    #[test]
    fn every_truncation_is_read_as_far_as_it_goes() {
        let whole = DhcpMessage::new(3, 7).ciaddr([10, 0, 0, 7]).option(12, b"ws7").build();
        for len in 0..whole.len() {
            let mut names = Names::new(Limits::DEFAULT);
            names.datagram(&datagram(("10.0.0.7", 68), SERVER, &whole[..len]));
            let found = said(&names, "10.0.0.7");
            assert_eq!(found.len(), usize::from(len >= whole.len() - 1), "{len}");
        }
    }
}
