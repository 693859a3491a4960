//! TCP segments as the packets of a pcap file.

use std::net::{IpAddr, SocketAddr};

/// The first segment of a connection.
pub(super) const SYN: u8 = 0x02;
/// The answer to it.
pub(super) const SYN_ACK: u8 = 0x12;
/// A segment with data.
pub(super) const PUSH_ACK: u8 = 0x18;

/// Whether packets stand in Ethernet frames.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Ethernet {
    Yes,
    No,
}

/// A TCP segment.
pub(super) struct Segment {
    pub(super) source: SocketAddr,
    pub(super) destination: SocketAddr,
    pub(super) sequence: u32,
    pub(super) acknowledgment: u32,
    pub(super) flags: u8,
    pub(super) payload: Vec<u8>,
}

#[derive(Clone)]
struct Packet {
    sender: SocketAddr,
    bytes: Vec<u8>,
    len_on_wire: usize,
    /// Seconds that passed by waiting before it.
    waited: u32,
}

/// The packets of a capture, a millisecond apart.
pub(super) struct Packets {
    ethernet: Ethernet,
    packets: Vec<Packet>,
    /// Seconds that passed by waiting.
    waited: u32,
}

impl Packets {
    pub(super) fn new(ethernet: Ethernet) -> Packets {
        Packets { ethernet, packets: Vec::new(), waited: 0 }
    }

    /// What follows comes so many seconds later.
    pub(super) fn wait(&mut self, seconds: u32) {
        self.waited += seconds;
    }

    /// Writes a segment, of whose payload `keep` bytes are captured.
    pub(super) fn write(&mut self, segment: &Segment, keep: Option<usize>) {
        const TCP: u8 = 6;
        let mut packet = self.link_header(segment.source);
        let len = 20 + segment.payload.len();
        packet.extend(ip_header(segment.source, segment.destination, TCP, len));
        packet.extend(tcp_header(segment));
        let len_of_headers = packet.len();
        packet.extend(&segment.payload);
        let len = packet.len();
        if let Some(keep) = keep {
            packet.truncate(len_of_headers + keep);
        }
        let (sender, waited) = (segment.source, self.waited);
        self.packets.push(Packet { sender, bytes: packet, len_on_wire: len, waited });
    }

    /// Writes a UDP datagram.
    pub(super) fn write_udp(
        &mut self,
        source: SocketAddr,
        destination: SocketAddr,
        payload: &[u8],
    ) {
        const UDP: u8 = 17;
        let mut datagram = Vec::new();
        datagram.extend(source.port().to_be_bytes());
        datagram.extend(destination.port().to_be_bytes());
        datagram.extend(u16::try_from(8 + payload.len()).unwrap().to_be_bytes());
        datagram.extend([0, 0]);
        datagram.extend(payload);
        let mut bytes = self.link_header(source);
        bytes.extend(ip_header(source, destination, UDP, datagram.len()));
        bytes.extend(datagram);
        let (sender, len_on_wire, waited) = (source, bytes.len(), self.waited);
        self.packets.push(Packet { sender, len_on_wire, bytes, waited });
    }

    /// The Ethernet header, where there is one.
    fn link_header(&self, source: SocketAddr) -> Vec<u8> {
        let mut header = Vec::new();
        if self.ethernet == Ethernet::Yes {
            header.extend([2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2]);
            header.extend(if source.is_ipv4() { [0x08, 0x00] } else { [0x86, 0xdd] });
        }
        header
    }

    /// The packet with this number comes before the one before it.
    pub(super) fn swap(&mut self, number: u64) {
        let place = number as usize - 1;
        self.packets.swap(place - 1, place);
    }

    /// The packet with this number comes twice.
    pub(super) fn repeat(&mut self, number: u64) {
        let place = number as usize - 1;
        self.packets.insert(place, self.packets[place].clone());
    }

    /// What comes after the packet with this number was not captured.
    pub(super) fn stop_after(&mut self, number: u64) {
        self.packets.truncate(number as usize);
    }

    pub(super) fn count(&self) -> u64 {
        self.packets.len() as u64
    }

    /// The packets that the chosen ends sent, as a pcap file with times in microseconds.
    pub(super) fn file(&self, is_captured: impl Fn(SocketAddr) -> bool) -> Vec<u8> {
        let link_type: u32 = if self.ethernet == Ethernet::Yes { 1 } else { 101 };
        let mut file = Vec::new();
        file.extend(0xa1b2_c3d4_u32.to_le_bytes());
        file.extend([2, 0, 4, 0]);
        file.extend([0; 8]);
        file.extend(262_144_u32.to_le_bytes());
        file.extend(link_type.to_le_bytes());
        for (place, packet) in self.packets.iter().enumerate() {
            if !is_captured(packet.sender) {
                continue;
            }
            let milliseconds = place as u32;
            let seconds = 1_790_000_000 + packet.waited + milliseconds / 1000;
            file.extend(seconds.to_le_bytes());
            file.extend((milliseconds % 1000 * 1000).to_le_bytes());
            file.extend((packet.bytes.len() as u32).to_le_bytes());
            file.extend((packet.len_on_wire as u32).to_le_bytes());
            file.extend(&packet.bytes);
        }
        file
    }
}

/// The header of a packet with `len` bytes of `protocol`.
fn ip_header(source: SocketAddr, destination: SocketAddr, protocol: u8, len: usize) -> Vec<u8> {
    let len = u16::try_from(len).unwrap();
    match (source.ip(), destination.ip()) {
        (IpAddr::V4(source), IpAddr::V4(destination)) => {
            let mut header = vec![0x45, 0];
            header.extend((20 + len).to_be_bytes());
            header.extend([0, 0, 0x40, 0, 64, protocol, 0, 0]);
            header.extend(source.octets());
            header.extend(destination.octets());
            header
        }
        (IpAddr::V6(source), IpAddr::V6(destination)) => {
            let mut header = vec![0x60, 0, 0, 0];
            header.extend(len.to_be_bytes());
            header.extend([protocol, 64]);
            header.extend(source.octets());
            header.extend(destination.octets());
            header
        }
        _ => panic!("both ends have addresses of one kind"),
    }
}

fn tcp_header(segment: &Segment) -> Vec<u8> {
    let mut header = Vec::new();
    header.extend(segment.source.port().to_be_bytes());
    header.extend(segment.destination.port().to_be_bytes());
    header.extend(segment.sequence.to_be_bytes());
    header.extend(segment.acknowledgment.to_be_bytes());
    header.extend([0x50, segment.flags, 0xff, 0xff, 0, 0, 0, 0]);
    header
}
