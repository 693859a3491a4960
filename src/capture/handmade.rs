//! Capture files made byte by byte, and a reader of them, for tests.

use super::container::ByteOrder;
use super::link_type::LinkType;
use super::sources::Sources;
use super::unrecognized::NotACapture;
use super::{CaptureFacts, Packet};
use crate::limits::Limits;
use crate::packet::{PacketId, SourceId};
use crate::time::Timestamp;

/// A packet with its own copy of its bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Seen {
    pub(super) id: PacketId,
    pub(super) offset: u64,
    pub(super) timestamp: Timestamp,
    pub(super) link_type: LinkType,
    pub(super) original_len: u32,
    pub(super) data: Vec<u8>,
}

/// All that came out of a run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Run {
    pub(super) packets: Vec<Seen>,
    pub(super) facts: Vec<CaptureFacts>,
    pub(super) not_captures: Vec<Option<NotACapture>>,
}

impl Run {
    /// The kebab names of the problems of the first file.
    pub(super) fn problems(&self) -> Vec<&'static str> {
        self.facts[0].problems.iter().map(|problem| problem.code.name()).collect()
    }

    /// The packets' numbers.
    pub(super) fn numbers(&self) -> Vec<u64> {
        self.packets.iter().map(|packet| packet.id.number).collect()
    }
}

/// Reads `files` as [`Sources::wants`] asks for them, in pieces of the lengths that `lens` gives.
pub(super) fn read_in_pieces(files: &[&[u8]], limits: Limits, lens: impl FnMut() -> usize) -> Run {
    read_compressed(files, files, limits, lens)
}

/// As [`read_in_pieces`], with what is compressed in each file.
pub(super) fn read_compressed(
    files: &[&[u8]],
    contents: &[&[u8]],
    limits: Limits,
    mut lens: impl FnMut() -> usize,
) -> Run {
    let mut sources = Sources::new(limits);
    let mut rests = files.to_vec();
    for place in 0..files.len() {
        assert_eq!(sources.add(format!("{place}.pcap")), SourceId(place));
    }
    let mut packets = Vec::new();
    let mut on_packet = |packet: &Packet<'_>| {
        let whole = contents[packet.id.source.0];
        let start = packet.offset as usize;
        assert_eq!(&whole[start..start + packet.data.len()], packet.data);
        packets.push(Seen {
            id: packet.id,
            offset: packet.offset,
            timestamp: packet.timestamp,
            link_type: packet.link_type,
            original_len: packet.original_len,
            data: packet.data.to_vec(),
        });
    };
    while let Some(source) = sources.wants() {
        let rest = &mut rests[source.0];
        if rest.is_empty() {
            sources.end(source, &mut on_packet);
        } else {
            let (piece, after) = rest.split_at(lens().clamp(1, rest.len()));
            *rest = after;
            sources.push(source, piece, &mut on_packet);
        }
    }
    let ids = (0..files.len()).map(SourceId);
    Run {
        packets,
        facts: ids.clone().map(|id| sources.facts(id).unwrap().clone()).collect(),
        not_captures: ids.map(|id| sources.not_a_capture(id).copied()).collect(),
    }
}

/// Reads one file in one piece.
pub(super) fn read(file: &[u8]) -> Run {
    read_in_pieces(&[file], Limits::DEFAULT, || usize::MAX)
}

/// Reads one file whole and in pieces of a few lengths, and makes sure that all say the same.
pub(super) fn read_every_way(file: &[u8]) -> Run {
    let whole = read(file);
    for len in [1, 2, 7, 16, 61] {
        assert_eq!(read_in_pieces(&[file], Limits::DEFAULT, || len), whole, "pieces of {len}");
    }
    whole
}

/// A number in a file.
pub(super) fn u16(order: ByteOrder, number: u16) -> [u8; 2] {
    match order {
        ByteOrder::Little => number.to_le_bytes(),
        ByteOrder::Big => number.to_be_bytes(),
    }
}

/// A number in a file.
pub(super) fn u32(order: ByteOrder, number: u32) -> [u8; 4] {
    match order {
        ByteOrder::Little => number.to_le_bytes(),
        ByteOrder::Big => number.to_be_bytes(),
    }
}

/// The header of a pcap file.
pub(super) fn pcap_header(
    order: ByteOrder,
    magic: u32,
    version: (u16, u16),
    link_type: u32,
) -> Vec<u8> {
    [
        &u32(order, magic)[..],
        &u16(order, version.0),
        &u16(order, version.1),
        &[0; 8],
        &u32(order, 65_535),
        &u32(order, link_type),
    ]
    .concat()
}

/// A record of a pcap file; `extra` bytes stand between its header and its data.
pub(super) fn record(
    order: ByteOrder,
    time: (u32, u32),
    lens: (u32, u32),
    extra: usize,
    data: &[u8],
) -> Vec<u8> {
    let fields = [time.0, time.1, lens.0, lens.1].map(|field| u32(order, field)).concat();
    [&fields, &vec![0xEE; extra], data].concat()
}

/// An ordinary pcap file with an Ethernet packet at each of `times`, in microseconds.
pub(super) fn pcap(times: &[u32]) -> Vec<u8> {
    let order = ByteOrder::Little;
    let mut file = pcap_header(order, 0xA1B2_C3D4, (2, 4), 1);
    for (place, time) in times.iter().enumerate() {
        let data = vec![place as u8; place % 5];
        let len = data.len() as u32;
        file.extend(record(order, (time / 1_000_000, time % 1_000_000), (len, len), 0, &data));
    }
    file
}

/// A block of a pcapng file.
pub(super) fn block(order: ByteOrder, block_type: u32, contents: &[u8]) -> Vec<u8> {
    let padding = contents.len().next_multiple_of(4) - contents.len();
    let len = u32(order, (12 + contents.len() + padding) as u32);
    [&u32(order, block_type)[..], &len, contents, &vec![0; padding], &len].concat()
}

/// A section header.
pub(super) fn section(order: ByteOrder, version: (u16, u16)) -> Vec<u8> {
    let version = [u16(order, version.0), u16(order, version.1)].concat();
    block(order, 0x0A0D_0D0A, &[&u32(order, 0x1A2B_3C4D)[..], &version, &[0xFF; 8]].concat())
}

/// An interface; `options` are as they stand in the file.
pub(super) fn interface(
    order: ByteOrder,
    link_type: u16,
    snap_len: u32,
    options: &[u8],
) -> Vec<u8> {
    let fields = [&u16(order, link_type)[..], &[0, 0], &u32(order, snap_len), options].concat();
    block(order, 1, &fields)
}

/// An Enhanced Packet Block.
pub(super) fn packet(order: ByteOrder, interface: u32, time: u64, data: &[u8]) -> Vec<u8> {
    let len = data.len() as u32;
    let fields = [interface, (time >> 32) as u32, time as u32, len, len];
    block(order, 6, &[&fields.map(|field| u32(order, field)).concat(), data].concat())
}
