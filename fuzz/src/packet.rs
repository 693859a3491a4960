//! Packets: link and IP headers down to TCP and UDP.
//!
//! An input is a run of packets, each as a link type, how many bytes were not captured, and its
//! length before its bytes.

use std::net::SocketAddr;

use countersign::capture::Packet;
use countersign::capture::link_type::LinkType;
use countersign::limits::Limits;
use countersign::net::path::Path;
use countersign::net::{Decoded, Decoder};
use countersign::packet::{PacketId, SourceId};
use countersign::time::Timestamp;

use super::choices::Choices;

/// Link types by the first byte of a packet, so that all that are read come up often.
const LINK_TYPES: [u32; 24] = [
    1, 1, 1, 1, 0, 9, 12, 14, 50, 51, 101, 101, 105, 108, 113, 113, 119, 127, 228, 229, 239, 276,
    276, 104,
];

/// What a packet holds, but for the bytes.
#[derive(Debug, PartialEq)]
struct Header {
    is_tcp: bool,
    path: Path,
    source: SocketAddr,
    destination: SocketAddr,
    seq: u32,
    payload_len: u32,
}

/// Decodes the packets of `input` one after the other, and every one of them cut short.
pub fn check(input: &[u8]) {
    for limits in [
        Limits::DEFAULT,
        Limits { fragmented_datagrams: 2, fragment_bytes: 256, ..Limits::DEFAULT },
    ] {
        let mut choices = Choices::new(input);
        let mut decoder = Decoder::new(&limits);
        let mut number = 0;
        while !choices.is_empty() {
            number += 1;
            let kind = choices.u8();
            let link_type = match LINK_TYPES.get(usize::from(kind)) {
                Some(known) => LinkType(*known),
                None => LinkType(u32::from(kind)),
            };
            let not_captured = choices.u8();
            let len = usize::from(choices.u16() % 2_048);
            let data = choices.bytes(len);
            let original_len = data.len() as u32 + u32::from(not_captured);
            let packet = Packet {
                id: PacketId { source: SourceId(0), number },
                offset: 0,
                timestamp: Timestamp(number as i64 * 1_000_000),
                link_type,
                original_len,
                data,
            };
            let decoded = decoder.decode(&packet);
            let is_fragment = matches!(decoded, Decoded::Fragment);
            if let Some((header, payload)) = header_of(&decoded) {
                assert!(payload.len() <= header.payload_len as usize, "more than there was");
                assert!(header.payload_len <= original_len.max(1 << 16) + (1 << 16));
                let whole = (header, payload.to_vec());
                cut_short(&packet, &whole);
            } else if !is_fragment {
                cut_short_without(&packet);
            }
        }
    }
}

/// A packet of which less was captured says the same, as far as it is there.
fn cut_short(packet: &Packet<'_>, whole: &(Header, Vec<u8>)) {
    let mut decoder = Decoder::new(&Limits::DEFAULT);
    // A fragment that completes a datagram is alone here.
    let again = decoder.decode(packet);
    match header_of(&again) {
        Some(again) => assert_eq!((&again.0, again.1), (&whole.0, whole.1.as_slice())),
        None => return,
    }
    for len in (0..packet.data.len()).rev().take(64).chain([20, 14, 1, 0]) {
        let Some(data) = packet.data.get(..len) else { continue };
        let mut decoder = Decoder::new(&Limits::DEFAULT);
        let decoded = decoder.decode(&Packet { data, ..*packet });
        let Some((header, payload)) = header_of(&decoded) else { continue };
        // Of what is cut inside of a tunnel only the tunnel may be left.
        if header.is_tcp == whole.0.is_tcp && header.path == whole.0.path {
            assert_eq!(header, whole.0, "cut to {len}");
            assert!(whole.1.starts_with(payload), "cut to {len}");
        }
    }
}

/// What cannot be read whole is read cut, without a panic.
fn cut_short_without(packet: &Packet<'_>) {
    let mut decoder = Decoder::new(&Limits::DEFAULT);
    for len in (0..packet.data.len()).step_by(3) {
        let _ = decoder.decode(&Packet { data: &packet.data[..len], ..*packet });
    }
}

fn header_of<'a>(decoded: &Decoded<'a>) -> Option<(Header, &'a [u8])> {
    match decoded {
        Decoded::Tcp(segment) => Some((
            Header {
                is_tcp: true,
                path: segment.path,
                source: segment.source,
                destination: segment.destination,
                seq: segment.seq,
                payload_len: segment.payload_len,
            },
            segment.payload,
        )),
        Decoded::Udp(datagram) => Some((
            Header {
                is_tcp: false,
                path: datagram.path,
                source: datagram.source,
                destination: datagram.destination,
                seq: 0,
                payload_len: datagram.payload_len,
            },
            datagram.payload,
        )),
        _ => None,
    }
}
