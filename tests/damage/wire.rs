//! The TCP packets of a capture, taken apart so that a test can do to them what happens on the way,
//! and put together again.

use std::net::{IpAddr, SocketAddr};

use countersign::capture::sources::Sources;
use countersign::limits::Limits;
use countersign::net::{Decoded, Decoder};
use countersign::report::Report;
use serde_json::Value;

/// A TCP packet.
#[derive(Clone, Debug)]
pub(crate) struct Packet {
    /// Nanoseconds since the epoch.
    pub(crate) time: i64,
    pub(crate) source: SocketAddr,
    pub(crate) destination: SocketAddr,
    pub(crate) identification: u16,
    pub(crate) seq: u32,
    pub(crate) ack: u32,
    pub(crate) flags: u8,
    pub(crate) payload: Vec<u8>,
    /// Bytes of payload on the wire.
    pub(crate) len: usize,
    /// The VLAN that it is in.
    pub(crate) vlan: Option<u16>,
}

pub(crate) const FIN: u8 = 0x01;
pub(crate) const SYN: u8 = 0x02;
pub(crate) const RST: u8 = 0x04;
pub(crate) const ACK: u8 = 0x10;

impl Packet {
    pub(crate) fn is_from_server(&self) -> bool {
        self.source.port() < self.destination.port()
    }

    pub(crate) fn has(&self, flags: u8) -> bool {
        self.flags & flags != 0
    }

    /// The part of it with the bytes `from..to` of its payload, sent as a packet of its own.
    pub(crate) fn part(&self, from: usize, to: usize) -> Packet {
        let mut part = self.clone();
        part.seq = self.seq.wrapping_add(from as u32);
        part.payload =
            self.payload[from.min(self.payload.len())..to.min(self.payload.len())].into();
        part.len = to - from;
        if to < self.len {
            part.flags &= !FIN;
        }
        part.identification = self.identification.wrapping_add(from as u16).wrapping_mul(31) | 1;
        part
    }

    /// The same bytes, sent again by TCP.
    pub(crate) fn sent_again(&self) -> Packet {
        Packet { identification: self.identification.wrapping_add(7_777).max(1), ..self.clone() }
    }

    fn frame(&self) -> Vec<u8> {
        let mut frame = vec![2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2];
        if let Some(vlan) = self.vlan {
            frame.extend([0x81, 0]);
            frame.extend(vlan.to_be_bytes());
        }
        let len = (self.len + 20) as u16;
        match (self.source.ip(), self.destination.ip()) {
            (IpAddr::V4(source), IpAddr::V4(destination)) => {
                frame.extend([8, 0, 0x45, 0]);
                frame.extend((len + 20).to_be_bytes());
                frame.extend(self.identification.to_be_bytes());
                frame.extend([0x40, 0, 64, 6, 0, 0]);
                frame.extend(source.octets());
                frame.extend(destination.octets());
            }
            (IpAddr::V6(source), IpAddr::V6(destination)) => {
                frame.extend([0x86, 0xdd, 0x60, 0, 0, 0]);
                frame.extend(len.to_be_bytes());
                frame.extend([6, 64]);
                frame.extend(source.octets());
                frame.extend(destination.octets());
            }
            _ => panic!("both ends have addresses of one kind"),
        }
        frame.extend(self.source.port().to_be_bytes());
        frame.extend(self.destination.port().to_be_bytes());
        frame.extend(self.seq.to_be_bytes());
        frame.extend(self.ack.to_be_bytes());
        frame.extend([0x50, self.flags, 0xff, 0xff, 0, 0, 0, 0]);
        frame.extend(&self.payload);
        frame
    }
}

/// The TCP packets of a capture.
pub(crate) fn packets(capture: &[u8]) -> Vec<Packet> {
    let mut sources = Sources::new(Limits::DEFAULT);
    let mut decoder = Decoder::new(&Limits::DEFAULT);
    let source = sources.add("original".to_owned());
    let mut packets = Vec::new();
    let mut on_packet = |packet: &countersign::capture::Packet<'_>| {
        let Decoded::Tcp(segment) = decoder.decode(packet) else { return };
        packets.push(Packet {
            time: packet.timestamp.0,
            source: segment.source,
            destination: segment.destination,
            identification: segment.identification.unwrap_or_default(),
            seq: segment.seq,
            ack: segment.ack.unwrap_or_default(),
            flags: segment.flags.0,
            payload: segment.payload.to_vec(),
            len: segment.payload_len as usize,
            vlan: None,
        });
    };
    sources.push(source, capture, &mut on_packet);
    sources.end(source, &mut on_packet);
    packets
}

/// Packets as a pcap file with times in nanoseconds.
pub(crate) fn file(packets: &[Packet]) -> Vec<u8> {
    let mut file = 0xa1b2_3c4d_u32.to_le_bytes().to_vec();
    file.extend([2, 0, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 4, 0, 1, 0, 0, 0]);
    for packet in packets {
        let frame = packet.frame();
        let missing = packet.len - packet.payload.len();
        file.extend(((packet.time / 1_000_000_000) as u32).to_le_bytes());
        file.extend(((packet.time % 1_000_000_000) as u32).to_le_bytes());
        file.extend((frame.len() as u32).to_le_bytes());
        file.extend(((frame.len() + missing) as u32).to_le_bytes());
        file.extend(frame);
    }
    file
}

/// What a report says of its sessions, but for where in the capture it stands.
pub(crate) fn sessions(report: &Report) -> Vec<Value> {
    let mut sessions: Vec<Value> = report
        .sessions
        .iter()
        .map(|session| {
            let mut value = serde_json::to_value(session).unwrap();
            prune(&mut value);
            value
        })
        .collect();
    sessions.sort_by_key(|session| session.to_string());
    sessions
}

/// Takes out what names packets and times.
fn prune(value: &mut Value) {
    const PLACES: [&str; 11] = [
        "key",
        "first_packet",
        "last_packet",
        "first_time",
        "last_time",
        "packet",
        "packets",
        "captures",
        "evidence",
        "wireshark_filter",
        "wireshark_filters",
    ];
    match value {
        Value::Object(fields) => {
            fields.retain(|name, _| !PLACES.contains(&name.as_str()));
            fields.values_mut().for_each(prune);
        }
        Value::Array(values) => values.iter_mut().for_each(prune),
        _ => {}
    }
}
