//! Conversations: TCP segments with right numbers, lengths and headers around what an input says, so
//! that it is SMB that is fuzzed and not the way to it.
//!
//! An input is a run of acts, each a byte that says what happens, a length, and as many bytes.

use countersign::limits::Limits;
use countersign::report::Session;
use countersign::smb::framing::{Detection, FrameEvent, Framer, Search};

use super::choices::{Choices, numbers_of};
use super::whole_file::{look_at, read};

const SYN: u8 = 2;
const FIN: u8 = 1;
const ACK: u8 = 16;

/// What happens, by the low four bits of an act.
const FRAME: u8 = 0;
const SMB2: u8 = 1;
const SMB1: u8 = 2;
const TRANSFORM: u8 = 3;
const BYTES: u8 = 4;
const LOST: u8 = 5;
const CUT: u8 = 6;
const SWAPPED: u8 = 7;
const REPEATED: u8 = 8;
const ENDED: u8 = 9;
const COMPOUND: u8 = 10;

/// A conversation being written as a capture.
#[derive(Default)]
struct Capture {
    packets: Vec<Vec<u8>>,
    /// The next sequence numbers of both sides of each connection; none before it is opened.
    connections: [Option<[u32; 2]>; 4],
    /// What both sides of each connection said, and where that of the open ones stands.
    streams: Vec<[Vec<u8>; 2]>,
    current: [usize; 4],
    /// Bytes of payload that a segment has at most.
    most: usize,
    /// Whether packets are lost, cut or out of order.
    is_damaged: bool,
}

/// Captures the conversation of `input`, and reads it as it is, in smaller segments, and with every
/// packet twice.
pub fn check(input: &[u8]) {
    let capture = Capture::of(input, 60_000);
    let file = capture.file();
    let tight =
        Limits { outstanding_requests: 2, kept_bytes: 2_000, sessions: 2, ..Limits::DEFAULT };
    let mut sizes = numbers_of(input);
    let limits = if sizes().is_multiple_of(4) { tight } else { Limits::DEFAULT };
    let whole = read(&[&file], limits, || usize::MAX).unwrap();
    let report = whole.report();
    look_at(&whole, &report, file.len());
    if sizes().is_multiple_of(4) {
        let pieces = read(&[&file], limits, || 1 + sizes() as usize % 900).unwrap();
        assert_eq!(pieces.report(), report, "the report depends on how the bytes are cut");
    }
    if !capture.is_damaged && capture.is_in_step() {
        let in_segments = Capture::of(input, 1 + sizes() as usize % 700).file();
        let (claims, in_segments) = (claims_of(&file), claims_of(&in_segments));
        assert_eq!(in_segments, claims, "sessions depend on the size of segments");
    }
}

/// What a report says of a session that packets have no part in.
#[derive(Debug, PartialEq)]
struct Claim {
    id: Option<String>,
    said: String,
}

fn claims_of(file: &[u8]) -> Vec<Claim> {
    let results = read(&[file], Limits::DEFAULT, || usize::MAX).unwrap();
    let claim = |session: Session| Claim {
        said: format!(
            "{:?} {:?} {:?} {:?} {:?} {:?} {:?}",
            session.status,
            session.outcome,
            session.messages,
            session.policy,
            session.dialect,
            session.auth.user,
            session.trees,
        ),
        id: session.session_id,
    };
    let mut claims: Vec<Claim> = results.sessions().map(claim).collect();
    claims.sort_by(|one, other| (&one.id, &one.said).cmp(&(&other.id, &other.said)));
    claims
}

impl Capture {
    /// The conversation of `input` in segments of at most `most` bytes.
    fn of(input: &[u8], most: usize) -> Capture {
        let mut capture = Capture { most, ..Capture::default() };
        let mut choices = Choices::new(input);
        for _ in 0..1_000 {
            if choices.is_empty() {
                break;
            }
            capture.act(&mut choices);
        }
        capture
    }

    fn act(&mut self, choices: &mut Choices<'_>) {
        let act = choices.u8();
        let (side, place) = (usize::from(act >> 7), usize::from(act >> 5 & 3));
        let is_unopened = act & 16 != 0;
        let len = choices.u16();
        let bytes = choices.bytes(usize::from(len));
        if self.connections[place].is_none() {
            self.open(place, is_unopened);
        }
        match act & 15 {
            FRAME => self.frame(place, side, bytes),
            SMB2 => self.frame(place, side, &smb2(side, bytes)),
            SMB1 => self.frame(place, side, &smb1(side, bytes)),
            TRANSFORM => self.frame(place, side, &transform(bytes)),
            COMPOUND => {
                let (first, second) = bytes.split_at(bytes.len() / 2);
                let (mut first, second) = (smb2(side, first), smb2(side, second));
                first.resize(first.len().next_multiple_of(8), 0);
                let next = (first.len() as u32).to_le_bytes();
                first[20..24].copy_from_slice(&next);
                self.frame(place, side, &[first, second].concat());
            }
            BYTES => self.send(place, side, bytes),
            LOST => {
                self.is_damaged = true;
                if let Some(numbers) = &mut self.connections[place] {
                    numbers[side] = numbers[side].wrapping_add(len.into());
                }
            }
            CUT => {
                self.is_damaged = true;
                if let Some(last) = self.packets.last_mut() {
                    let kept = last.len().saturating_sub(usize::from(len % 200));
                    last.truncate(kept.max(16));
                    let kept = last.len() as u32 - 16;
                    last[8..12].copy_from_slice(&kept.to_le_bytes());
                }
            }
            SWAPPED => {
                self.is_damaged = true;
                if let [.., one, other] = self.packets.as_mut_slice() {
                    std::mem::swap(one, other);
                }
            }
            REPEATED => {
                self.is_damaged = true;
                let again = self.packets.iter().rev().nth(usize::from(len % 8)).cloned();
                self.packets.extend(again);
            }
            ENDED => {
                self.write(place, side, FIN | ACK, &[]);
                self.write(place, 1 - side, FIN | ACK, &[]);
                self.connections[place] = None;
            }
            _ => {}
        }
    }

    fn open(&mut self, place: usize, is_unopened: bool) {
        let numbers = [1_000_000 * (1 + place as u32), 4_294_960_000];
        self.current[place] = self.streams.len();
        self.streams.push(Default::default());
        self.connections[place] = Some(numbers);
        if is_unopened {
            self.is_damaged = true;
            return;
        }
        self.write(place, 0, SYN, &[]);
        self.connections[place] = Some([numbers[0].wrapping_add(1), numbers[1]]);
        self.write(place, 1, SYN | ACK, &[]);
        self.connections[place] = Some(numbers.map(|number| number.wrapping_add(1)));
    }

    fn frame(&mut self, place: usize, side: usize, message: &[u8]) {
        let len = (message.len() as u32).to_be_bytes();
        self.send(place, side, &[&len, message].concat());
    }

    fn send(&mut self, place: usize, side: usize, bytes: &[u8]) {
        self.streams[self.current[place]][side].extend(bytes);
        for piece in bytes.chunks(self.most) {
            self.write(place, side, ACK, piece);
            if let Some(numbers) = &mut self.connections[place] {
                numbers[side] = numbers[side].wrapping_add(piece.len() as u32);
            }
        }
    }

    /// Whether both sides of every connection say one frame after the other: where a message starts
    /// is looked for at the starts of segments too, once it is not known.
    fn is_in_step(&self) -> bool {
        self.streams.iter().flatten().filter(|stream| !stream.is_empty()).all(|stream| {
            let mut is_lost = false;
            let mut framer = Framer::new(Search::FromStart, false);
            let mut note = |event: FrameEvent<'_>| is_lost |= matches!(event, FrameEvent::Lost);
            framer.data(stream, Default::default(), &Limits::DEFAULT, &mut note);
            framer.end(&mut note);
            !is_lost && framer.detection() == Detection::Smb
        })
    }

    /// Writes a packet with IPv4 and TCP headers, in a record of a pcap file.
    fn write(&mut self, place: usize, side: usize, flags: u8, payload: &[u8]) {
        let numbers = self.connections[place].unwrap_or_default();
        // The last connection is to another server, on a port that says nothing.
        let server_port: u16 = if place == 3 { 4_450 } else { 445 };
        let client = ([10, 0, 0, 7], 49_152 + place as u16);
        let server = ([10, 0, 0, if place == 3 { 6 } else { 5 }], server_port);
        let (source, destination) = if side == 0 { (client, server) } else { (server, client) };
        let number = self.packets.len() as u32;
        let len = 40 + payload.len();
        let mut packet = Vec::with_capacity(16 + len);
        packet.extend((1_790_000_000 + number / 1_000).to_le_bytes());
        packet.extend((number % 1_000 * 1_000).to_le_bytes());
        packet.extend((len as u32).to_le_bytes().repeat(2));
        packet.extend([0x45, 0]);
        packet.extend((len as u16).to_be_bytes());
        packet.extend((number as u16).to_be_bytes());
        packet.extend([0x40, 0, 64, 6, 0, 0]);
        packet.extend(source.0);
        packet.extend(destination.0);
        packet.extend(source.1.to_be_bytes());
        packet.extend(destination.1.to_be_bytes());
        packet.extend(numbers[side].to_be_bytes());
        packet.extend(numbers[1 - side].to_be_bytes());
        packet.extend([0x50, flags, 0xFF, 0xFF, 0, 0, 0, 0]);
        packet.extend(payload);
        self.packets.push(packet);
    }

    /// The capture as a pcap file.
    fn file(&self) -> Vec<u8> {
        let mut file = 0xA1B2_C3D4_u32.to_le_bytes().to_vec();
        file.extend([2, 0, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 4, 0, 101, 0, 0, 0]);
        file.extend(self.packets.iter().flatten());
        file
    }
}

/// An SMB2 message of what `bytes` say: a command, a MessageId, a SessionId, a status, whether it is
/// signed, and its body.
fn smb2(side: usize, bytes: &[u8]) -> Vec<u8> {
    const STATUS: [u32; 8] = [
        0,
        0xC000_0016,
        0x0000_0103,
        0xC000_006D,
        0xC000_0022,
        0x8000_0005,
        0xC000_0203,
        0xC000_000D,
    ];
    let mut choices = Choices::new(bytes);
    let (command, marks, message_id, session) =
        (choices.u8(), choices.u8(), choices.u8(), choices.u8());
    let status = if side == 1 { STATUS[usize::from(marks >> 5)] } else { 0 };
    let flags = u32::from(marks & 0x0E) | side as u32;
    let mut message = b"\xfeSMB\x40\x00\x01\x00".to_vec();
    message.extend(status.to_le_bytes());
    message.extend([command % 20, 0, 1, 0]);
    message.extend(flags.to_le_bytes());
    message.extend([0; 4]);
    message.extend(u64::from(message_id).to_le_bytes());
    message.extend([0; 8]);
    message.extend(match session {
        255 => [255; 8],
        number => u64::from(number).to_le_bytes(),
    });
    message.extend([if marks & 0x18 == 8 { 0xA5 } else { 0 }; 16]);
    message.extend(choices.rest());
    message
}

/// An SMB1 message of what `bytes` say: a command, whether it is signed, who speaks, and its body.
fn smb1(side: usize, bytes: &[u8]) -> Vec<u8> {
    let mut choices = Choices::new(bytes);
    let (command, marks, mid, uid) = (choices.u8(), choices.u8(), choices.u8(), choices.u8());
    let mut message = b"\xffSMB".to_vec();
    message.push(match command {
        0 => 0x72,
        1 => 0x73,
        2 => 0x74,
        3 => 0x75,
        other => other,
    });
    message.extend([0, 0, 0, if marks & 2 != 0 { 0xC0 } else { 0 }]);
    message.push((side as u8) << 7 | 0x18);
    message.extend([if marks & 1 != 0 { 4 } else { 0 }, if marks & 4 != 0 { 0xC8 } else { 0x48 }]);
    message.extend([0, 0]);
    message.extend([if marks & 1 != 0 { 0x5A } else { 0 }; 8]);
    message.extend([0, 0, 1, 0, 0xFE, 0xFF, uid, 0, mid, 0]);
    message.extend(choices.rest());
    message
}

/// An encrypted message of the session that the first byte says.
fn transform(bytes: &[u8]) -> Vec<u8> {
    let session = bytes.first().copied().unwrap_or_default();
    let mut message = b"\xfdSMB".to_vec();
    message.extend([0x77; 32]);
    message.extend((bytes.len() as u32).to_le_bytes());
    message.extend([0, 0, 1, 0]);
    message.extend(u64::from(session).to_le_bytes());
    message.extend(bytes);
    message
}
