//! Messages of the name services, built for the tests.

use std::net::{IpAddr, SocketAddr};

use domain::base::iana::Rtype;

use crate::net::path::Path;
use crate::net::udp::UdpDatagram;
use crate::packet::{PacketId, SourceId};
use crate::time::Timestamp;

pub(super) fn address(text: &str) -> IpAddr {
    text.parse().unwrap()
}

pub(super) fn at(number: u64) -> PacketId {
    PacketId { source: SourceId(0), number }
}

/// The datagram in packet 1.
pub(super) fn datagram<'a>(
    from: (&str, u16),
    to: (&str, u16),
    payload: &'a [u8],
) -> UdpDatagram<'a> {
    UdpDatagram {
        path: Path::PLAIN,
        source: SocketAddr::new(address(from.0), from.1),
        destination: SocketAddr::new(address(to.0), to.1),
        payload,
        payload_len: payload.len() as u32,
        packet: at(1),
        timestamp: Timestamp(1),
    }
}

/// One message of each kind.
pub(super) fn messages() -> Vec<Vec<u8>> {
    vec![
        DnsMessage::response().cname("a.test", "b.test").a("b.test", [10, 0, 0, 5]).build(),
        DnsMessage::response().ptr("5.0.0.10.in-addr.arpa", "a.test").build(),
        DnsMessage::query().question("a.test", Rtype::A).build(),
        NbnsMessage::answer("FS1", 0x20).address(0, [10, 0, 0, 5]).build(),
        NbnsMessage::registration("FS1", 0x20).address(0, [10, 0, 0, 5]).build(),
        NbnsMessage::node_status(&[(b"FS1             ", 4)]),
        DhcpMessage::new(5, 7).yiaddr([10, 0, 0, 7]).option(12, b"ws7").build(),
    ]
}

/// A message of DNS: its header's counts and what follows.
pub(super) struct DnsMessage {
    flags: u16,
    counts: [u16; 4],
    section: usize,
    body: Vec<u8>,
}

impl DnsMessage {
    fn new(flags: u16, section: usize) -> DnsMessage {
        DnsMessage { flags, counts: [0; 4], section, body: Vec::new() }
    }

    pub(super) fn query() -> DnsMessage {
        DnsMessage::new(0x0100, 0)
    }

    pub(super) fn response() -> DnsMessage {
        DnsMessage::new(0x8180, 1)
    }

    /// What follows stands in the additional section.
    pub(super) fn additional(mut self) -> DnsMessage {
        self.section = 3;
        self
    }

    pub(super) fn question(mut self, name: &str, qtype: Rtype) -> DnsMessage {
        self.counts[self.section] += 1;
        self.body.extend(encoded(name));
        self.body.extend(qtype.to_int().to_be_bytes());
        self.body.extend([0, 1]);
        self
    }

    fn record(mut self, name: &[u8], rtype: u16, data: &[u8]) -> DnsMessage {
        self.counts[self.section] += 1;
        self.body.extend(name);
        self.body.extend(rtype.to_be_bytes());
        self.body.extend([0, 1, 0, 0, 0, 60]);
        self.body.extend((data.len() as u16).to_be_bytes());
        self.body.extend(data);
        self
    }

    pub(super) fn a(self, name: &str, address: [u8; 4]) -> DnsMessage {
        self.record(&encoded(name), 1, &address)
    }

    pub(super) fn cname(self, name: &str, target: &str) -> DnsMessage {
        self.record(&encoded(name), 5, &encoded(target))
    }

    pub(super) fn ptr(self, name: &str, target: &str) -> DnsMessage {
        self.record(&encoded(name), 12, &encoded(target))
    }

    pub(super) fn build(self) -> Vec<u8> {
        let mut message = vec![0x12, 0x34];
        message.extend(self.flags.to_be_bytes());
        message.extend(self.counts.iter().flat_map(|count| count.to_be_bytes()));
        message.extend(self.body);
        message
    }
}

/// A name as labels without compression.
fn encoded(name: &str) -> Vec<u8> {
    let mut encoded = Vec::new();
    for label in name.split('.') {
        encoded.push(label.len() as u8);
        encoded.extend(label.bytes());
    }
    encoded.push(0);
    encoded
}

/// A message of the NetBIOS name service with a record of addresses.
pub(super) struct NbnsMessage {
    message: DnsMessage,
    name: Vec<u8>,
    data: Vec<u8>,
}

impl NbnsMessage {
    pub(super) fn answer(name: &str, suffix: u8) -> NbnsMessage {
        let message = DnsMessage::new(0x8500, 1);
        NbnsMessage { message, name: first_level(name, suffix), data: Vec::new() }
    }

    pub(super) fn registration(name: &str, suffix: u8) -> NbnsMessage {
        let message = DnsMessage::new(0x2910, 3);
        NbnsMessage { message, name: first_level(name, suffix), data: Vec::new() }
    }

    pub(super) fn query(name: &str, suffix: u8) -> Vec<u8> {
        let mut message = DnsMessage::new(0x0110, 0);
        message.counts[0] = 1;
        message.body = first_level(name, suffix);
        message.body.extend([0, 0x20, 0, 1]);
        message.build()
    }

    pub(super) fn node_status(entries: &[(&[u8; 16], u8)]) -> Vec<u8> {
        let mut data = vec![entries.len() as u8];
        for (name, flags) in entries {
            data.extend(*name);
            data.extend([*flags, 0]);
        }
        data.extend([0; 46]);
        DnsMessage::new(0x8400, 1).record(&first_level("*", 0), 0x21, &data).build()
    }

    pub(super) fn address(mut self, flags: u8, address: [u8; 4]) -> NbnsMessage {
        self.data.extend([flags, 0]);
        self.data.extend(address);
        self
    }

    pub(super) fn build(self) -> Vec<u8> {
        self.message.record(&self.name, 0x20, &self.data).build()
    }
}

/// A NetBIOS name in first-level encoding.
fn first_level(name: &str, suffix: u8) -> Vec<u8> {
    let mut encoded = vec![32];
    for byte in format!("{name:<15}").bytes().chain([suffix]) {
        encoded.extend([b'A' + (byte >> 4), b'A' + (byte & 15)]);
    }
    encoded.push(0);
    encoded
}

/// A message of DHCP.
pub(super) struct DhcpMessage(Vec<u8>);

impl DhcpMessage {
    /// A message of this type, in the transaction and of the client of this number.
    pub(super) fn new(message_type: u8, number: u8) -> DhcpMessage {
        let mut message = vec![0; 236];
        message[7] = number;
        message[33] = number;
        message.extend([99, 130, 83, 99, 53, 1, message_type]);
        DhcpMessage(message)
    }

    pub(super) fn ciaddr(mut self, address: [u8; 4]) -> DhcpMessage {
        self.0[12..16].copy_from_slice(&address);
        self
    }

    pub(super) fn yiaddr(mut self, address: [u8; 4]) -> DhcpMessage {
        self.0[16..20].copy_from_slice(&address);
        self
    }

    pub(super) fn option(mut self, code: u8, value: &[u8]) -> DhcpMessage {
        self.0.extend([code, value.len() as u8]);
        self.0.extend(value);
        self
    }

    pub(super) fn build(mut self) -> Vec<u8> {
        self.0.push(255);
        self.0
    }
}
