//! Frames: a stream to SMB messages.
//!
//! An input says in its first two bytes how hard SMB is looked for and how much of a message is
//! kept; the rest is the stream.

use countersign::limits::Limits;
use countersign::packet::{PacketId, SourceId};
use countersign::smb::framing::{FrameEvent, Framer, MessageKind, Search};

use super::choices::{Choices, numbers_of};

/// An event without what depends on the packets.
#[derive(Debug, PartialEq)]
enum Said {
    Message {
        kind: MessageKind,
        bytes: Vec<u8>,
        len: u64,
        missing: u64,
        element: u32,
        is_last: bool,
    },
    Request,
    Lost,
    Resumed,
}

/// Takes the stream of `input` whole, in pieces, and with holes.
pub fn check(input: &[u8]) {
    let mut choices = Choices::new(input);
    let mode = choices.u8();
    let search = match mode & 3 {
        0 | 1 => Search::FromStart,
        2 => Search::Anywhere,
        _ => Search::Patient,
    };
    let is_netbios = mode & 4 != 0;
    let message_bytes = match choices.u8() {
        0 => Limits::DEFAULT.message_bytes,
        few => 4 * usize::from(few),
    };
    let limits = Limits { message_bytes, detection_bytes: 2_000, ..Limits::DEFAULT };
    let stream = choices.rest();

    let run = |mut len: Box<dyn FnMut() -> usize>, mut is_hole: Box<dyn FnMut() -> bool>| {
        let mut framer = Framer::new(search, is_netbios);
        let mut said = Vec::new();
        let mut rest = stream;
        let mut number = 0;
        while !rest.is_empty() {
            number += 1;
            let (piece, after) = rest.split_at(len().clamp(1, rest.len()));
            rest = after;
            let packet = PacketId { source: SourceId(0), number };
            if is_hole() {
                framer.gap(piece.len() as u64, &mut |event: FrameEvent<'_>| {
                    said.push(of(&event, number))
                });
            } else {
                framer.data(piece, packet, &limits, &mut |event: FrameEvent<'_>| {
                    said.push(of(&event, number))
                });
            }
            // A frame's head and as much of a message as is kept, in a vector that grows twofold.
            assert!(framer.held_bytes() <= 2 * limits.message_bytes + 4_096);
        }
        framer.end(&mut |event: FrameEvent<'_>| said.push(of(&event, number)));
        said
    };

    let whole = run(Box::new(|| usize::MAX), Box::new(|| false));
    check_said(&whole, stream, &limits);
    for most in [1, 9, 300] {
        let mut sizes = numbers_of(stream);
        let pieces = run(Box::new(move || 1 + sizes() as usize % most), Box::new(|| false));
        check_said(&pieces, stream, &limits);
        if search == Search::FromStart {
            // Where the place is lost, the start of a packet helps to find it again.
            assert_eq!(in_step(&pieces), in_step(&whole), "the messages depend on the pieces");
        }
        let (mut sizes, mut holes) = (numbers_of(stream), numbers_of(&stream[stream.len() / 2..]));
        let with_holes =
            run(Box::new(move || 1 + sizes() as usize % most), Box::new(move || holes() % 7 == 0));
        check_said(&with_holes, stream, &limits);
    }
    if mode & 8 != 0 {
        let mut framer = Framer::new(search, is_netbios);
        framer.data(stream, PacketId::default(), &limits, &mut |_: FrameEvent<'_>| {});
        framer.trust();
        framer.data(stream, PacketId::default(), &limits, &mut |_: FrameEvent<'_>| {});
        framer.gap(u64::MAX, &mut |_: FrameEvent<'_>| {});
        framer.end(&mut |_: FrameEvent<'_>| {});
    }
}

fn in_step(said: &[Said]) -> &[Said] {
    let end = said.iter().position(|said| *said == Said::Lost).unwrap_or(said.len());
    &said[..end]
}

/// The messages are bytes of the stream, one after the other.
fn check_said(said: &[Said], stream: &[u8], limits: &Limits) {
    let mut from = 0;
    let mut kept = 0;
    for said in said {
        let Said::Message { bytes, len, missing, .. } = said else { continue };
        assert!(bytes.len() as u64 + missing <= *len, "{said:?}");
        assert!(bytes.len() <= limits.message_bytes.max(256), "{} bytes are kept", bytes.len());
        kept += bytes.len();
        if bytes.len() >= 4 {
            let place = find(&stream[from..], bytes);
            assert!(place.is_some(), "a message of bytes from elsewhere, or from before");
            from += place.unwrap_or(0);
        }
    }
    assert!(kept <= stream.len());
}

fn find(bytes: &[u8], part: &[u8]) -> Option<usize> {
    bytes.windows(part.len()).position(|window| window == part)
}

fn of(event: &FrameEvent<'_>, number: u64) -> Said {
    match event {
        FrameEvent::Message(message) => {
            assert!(message.packet_begin.number <= message.packet.number);
            assert!(message.packet.number <= number);
            Said::Message {
                kind: message.kind,
                bytes: message.bytes.to_vec(),
                len: message.len,
                missing: message.missing,
                element: message.element,
                is_last: message.is_last,
            }
        }
        FrameEvent::NetBiosSessionRequest { called, calling } => {
            assert!(called.to_string().len() <= 32 && calling.to_string().len() <= 32);
            Said::Request
        }
        FrameEvent::Lost => Said::Lost,
        FrameEvent::Resumed => Said::Resumed,
    }
}
