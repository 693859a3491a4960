//! Ethernet frames of a capture: read, cut, broken into fragments, and written.

use std::fs;
use std::path::Path;

use countersign::capture::Packet;
use countersign::capture::link_type::LinkType;
use countersign::capture::sources::Sources;
use countersign::limits::Limits;

use super::wrappers::frame_of;

/// A frame of a capture, with zeros for what was not captured of it.
#[derive(Clone)]
pub(crate) struct Frame {
    /// Since 1970.
    pub(crate) nanoseconds: i64,
    pub(crate) bytes: Vec<u8>,
    /// Bytes at the end that were not captured.
    pub(crate) missing: usize,
}

impl Frame {
    /// A packet with these bytes at the same time, cut by as many.
    pub(crate) fn with(&self, bytes: Vec<u8>) -> Frame {
        let missing = self.missing.min(bytes.len());
        Frame { nanoseconds: self.nanoseconds, bytes, missing }
    }

    /// The frame, of which `kept` bytes at most were captured.
    pub(crate) fn cut_to(&self, kept: usize) -> Frame {
        Frame { missing: self.missing.max(self.bytes.len().saturating_sub(kept)), ..self.clone() }
    }

    pub(crate) fn is_tcp_over_ipv4(&self) -> bool {
        self.bytes[12..15] == [8, 0, 0x45] && self.bytes[23] == 6
    }
}

/// The packets of a capture as Ethernet frames. Each IPv4 packet gets an identification of its own,
/// so that its fragments belong together.
pub(crate) fn frames_of(path: &Path) -> Vec<Frame> {
    let mut sources = Sources::new(Limits::DEFAULT);
    let source = sources.add("sample".to_owned());
    let mut frames = Vec::new();
    let mut on_packet = |packet: &Packet<'_>| {
        let mut bytes = packet.data.to_vec();
        let missing = packet.original_len as usize - bytes.len();
        bytes.resize(packet.original_len as usize, 0);
        let mut bytes = match packet.link_type {
            LinkType::ETHERNET => bytes,
            LinkType::LINUX_SLL2 => frame_of([bytes[0], bytes[1]], &[&bytes[20..]]),
            other => panic!("{other:?}"),
        };
        if bytes[12..15] == [8, 0, 0x45] {
            // What is behind the packet is no part of it, and would be one in a tunnel.
            let len = usize::from(u16::from_be_bytes([bytes[16], bytes[17]]));
            bytes.truncate(14 + len);
            let id = frames.len() as u16 + 1;
            bytes[18..20].copy_from_slice(&id.to_be_bytes());
        }
        frames.push(Frame { nanoseconds: packet.timestamp.0, bytes, missing });
    };
    sources.push(source, &fs::read(path).unwrap(), &mut on_packet);
    sources.end(source, &mut on_packet);
    frames
}

/// Bytes behind the packet of a frame, which are no part of it.
const TRAILER: [u8; 5] = [0xEE; 5];

/// The packets as a capture with times in nanoseconds. Whole frames of Ethernet have a trailer.
pub(crate) fn file(link_type: u32, packets: &[Frame]) -> Vec<u8> {
    let mut file = Vec::new();
    file.extend(0xA1B2_3C4D_u32.to_le_bytes());
    file.extend([2, 0, 4, 0]);
    file.extend([0; 8]);
    file.extend(262_144_u32.to_le_bytes());
    file.extend(link_type.to_le_bytes());
    for packet in packets {
        let mut bytes = packet.bytes.clone();
        if link_type == 1 {
            bytes.extend(TRAILER);
        }
        let len_on_wire = bytes.len() as u32;
        if packet.missing > 0 {
            bytes.truncate(packet.bytes.len() - packet.missing);
        }
        file.extend(((packet.nanoseconds / 1_000_000_000) as u32).to_le_bytes());
        file.extend(((packet.nanoseconds % 1_000_000_000) as u32).to_le_bytes());
        file.extend((bytes.len() as u32).to_le_bytes());
        file.extend(len_on_wire.to_le_bytes());
        file.extend(bytes);
    }
    file
}

/// The IPv4 or IPv6 packet of a frame in fragments of `len` bytes, the last first; the frame itself
/// where it has no such packet, or a short one.
pub(crate) fn fragments(frame: &Frame, len: usize) -> Vec<Frame> {
    let bytes = &frame.bytes;
    let header_len = match bytes[12..15] {
        [8, 0, 0x45] => 34,
        [0x86, 0xDD, 0x60..=0x6F] => 54,
        _ => return vec![frame.clone()],
    };
    let (header, payload) = bytes.split_at(header_len);
    if payload.len() <= len || frame.missing > 0 || (header_len == 34 && bytes[20] & 0x3F != 0) {
        return vec![frame.clone()];
    }
    let count = payload.chunks(len).count();
    let id = (frame.nanoseconds / 1_000) as u32;
    let part = |(place, part): (usize, &[u8])| {
        let offset = (place * len) as u16;
        let is_last = place + 1 == count;
        let mut header = header.to_vec();
        if header_len == 34 {
            let [l0, l1] = (part.len() as u16 + 20).to_be_bytes();
            let [o0, o1] = (offset / 8 + if is_last { 0 } else { 0x2000 }).to_be_bytes();
            let [i0, i1] = if header[18..20] == [0, 0] {
                (id as u16).to_be_bytes()
            } else {
                [header[18], header[19]]
            };
            header[16..22].copy_from_slice(&[l0, l1, i0, i1, o0, o1]);
        } else {
            let [l0, l1] = (part.len() as u16 + 8).to_be_bytes();
            let [o0, o1] = (offset | u16::from(!is_last)).to_be_bytes();
            let next = std::mem::replace(&mut header[20], 44);
            header[18..20].copy_from_slice(&[l0, l1]);
            header.extend([next, 0, o0, o1]);
            header.extend(id.to_be_bytes());
        }
        frame.with([&header, part].concat())
    };
    let mut fragments: Vec<Frame> = payload.chunks(len).enumerate().map(part).collect();
    fragments.reverse();
    fragments
}

/// Each frame with as many before it that hold nothing as make its number that of the last of its
/// `parts`.
pub(crate) fn filled(frames: &[Frame], parts: &[Vec<Frame>]) -> Vec<Frame> {
    let mut filled = Vec::new();
    for (frame, parts) in frames.iter().zip(parts) {
        let filler = Frame { missing: 0, ..frame.with(frame_of([8, 6], &[])) };
        filled.extend(vec![filler; parts.len() - 1]);
        filled.push(frame.clone());
    }
    filled
}

/// Gives every connection of `frames` the same two ends; the server is the one with port 445.
pub(crate) fn same_ends(frames: &mut [Frame]) {
    for frame in frames {
        let bytes = &mut frame.bytes;
        let is_to_server = bytes[36..38] == [1, 0xBD];
        let ends: [&[u8]; 2] = [&[10, 9, 9, 1], &[10, 9, 9, 2]];
        let ports: [&[u8]; 2] = [&[0xC0, 1], &[1, 0xBD]];
        let order = if is_to_server { [0, 1] } else { [1, 0] };
        bytes[26..30].copy_from_slice(ends[order[0]]);
        bytes[30..34].copy_from_slice(ends[order[1]]);
        bytes[34..36].copy_from_slice(ports[order[0]]);
        bytes[36..38].copy_from_slice(ports[order[1]]);
    }
}
