//! Streams, and the messages in them.

use proptest::prelude::{
    Just, ProptestConfig, Strategy, any, prop, prop_assert, prop_assert_eq, prop_oneof, proptest,
};

use super::{Detection, FrameEvent, Framer, MessageKind, RawMessage, Search};
use crate::limits::Limits;
use crate::packet::{PacketId, SourceId};

const READ: u16 = 8;
const WRITE: u16 = 9;
const RESPONSE: u32 = 1;

/// A framer, and what it said.
struct Bench {
    framer: Framer,
    packet: u64,
    said: Vec<String>,
}

impl Bench {
    fn new(search: Search) -> Bench {
        Bench { framer: Framer::new(search, false), packet: 0, said: Vec::new() }
    }

    fn netbios() -> Bench {
        Bench { framer: Framer::new(Search::FromStart, true), ..Bench::new(Search::FromStart) }
    }

    fn data(&mut self, bytes: &[u8]) -> &mut Bench {
        self.packet += 1;
        let packet = PacketId { source: SourceId(0), number: self.packet };
        let said = &mut self.said;
        let say = &mut |event: FrameEvent<'_>| said.push(words(&event));
        self.framer.data(bytes, packet, &Limits::DEFAULT, say);
        self
    }

    fn gap(&mut self, len: u64) -> &mut Bench {
        let said = &mut self.said;
        self.framer.gap(len, &mut |event: FrameEvent<'_>| said.push(words(&event)));
        self
    }

    fn end(&mut self) -> &mut Bench {
        let said = &mut self.said;
        self.framer.end(&mut |event: FrameEvent<'_>| said.push(words(&event)));
        self
    }

    fn heard(&mut self) -> Vec<String> {
        std::mem::take(&mut self.said)
    }
}

/// Kind, place in the compound (`.` after the last), bytes there and bytes on the wire, those
/// missing, and the packets.
fn words(event: &FrameEvent<'_>) -> String {
    let message = match event {
        FrameEvent::Message(message) => message,
        FrameEvent::NetBiosSessionRequest { called, calling } => {
            return format!("{calling} calls {called}");
        }
        FrameEvent::Lost => return "lost".to_owned(),
        FrameEvent::Resumed => return "resumed".to_owned(),
    };
    let RawMessage { kind, bytes, len, missing, element, is_last, packet_begin, packet, .. } =
        *message;
    assert!(bytes.len() as u64 <= len);
    let kind = match kind {
        MessageKind::Smb1 => "smb1",
        MessageKind::Smb2 => "smb2",
        MessageKind::Transform => "transform",
        MessageKind::Compression => "compression",
    };
    let last = if is_last { "." } else { "" };
    let missing = if missing > 0 { format!("-{missing}") } else { String::new() };
    let packets = match (packet_begin.number, packet.number) {
        (begin, end) if begin == end => format!("@{begin}"),
        (begin, end) => format!("@{begin}-{end}"),
    };
    format!("{kind} {element}{last} {}/{len}{missing} {packets}", bytes.len())
}

fn smb2(command: u16, flags: u32, next: u32, len: usize) -> Vec<u8> {
    let mut message = vec![0; len.max(64)];
    message[..4].copy_from_slice(b"\xfeSMB");
    message[4] = 64;
    message[12..14].copy_from_slice(&command.to_le_bytes());
    message[16..20].copy_from_slice(&flags.to_le_bytes());
    message[20..24].copy_from_slice(&next.to_le_bytes());
    if len > 64 {
        message[64] = 4;
        message[65..].iter_mut().zip((0_u8..61).cycle()).for_each(|(byte, i)| *byte = i);
        message[65] = 0;
    }
    message
}

fn smb1(command: u8, flags: u8, len: usize) -> Vec<u8> {
    let mut message = vec![0; len.max(35)];
    message[..4].copy_from_slice(b"\xffSMB");
    message[4] = command;
    message[9] = flags;
    message
}

fn transform(len: usize) -> Vec<u8> {
    let mut message = vec![0x55; len + 52];
    message[..4].copy_from_slice(b"\xfdSMB");
    message[36..40].copy_from_slice(&(len as u32).to_le_bytes());
    message[40..44].copy_from_slice(&[0, 0, 1, 0]);
    message
}

fn frame(message: &[u8]) -> Vec<u8> {
    let mut frame = (message.len() as u32).to_be_bytes().to_vec();
    frame.extend(message);
    frame
}

fn echo() -> Vec<u8> {
    frame(&smb2(13, 0, 0, 68))
}

#[test]
fn messages_are_found_from_the_start() {
    let stream = [frame(&smb1(0x72, 0, 50)), echo(), frame(&transform(100)), echo()].concat();
    let mut bench = Bench::new(Search::FromStart);
    bench.data(&stream);
    let all = ["smb1 0. 50/50 @1", "smb2 0. 68/68 @1", "transform 0. 152/152 @1"];
    assert_eq!(bench.heard()[..3], all);
    assert_eq!(bench.framer.detection(), Detection::Smb);
}

#[test]
fn something_else_is_known_by_its_first_bytes() {
    for (bytes, needed) in [
        (b"GET / HTTP/1.1".as_slice(), 1),
        (b"\x16\x03\x01\x02\x00", 1),
        (b"\0\0\0\x44\xfeSMC", 8),
        (b"\0\0\0\x44GET", 5),
        (b"\0\0\0\x03\xfeSMB", 5),
        (b"\x85\0\0\x01", 4),
        (b"\x81\0\0\x01", 4),
        (b"\0\0\0\0\0\0", 4),
    ] {
        let mut bench = Bench::new(Search::FromStart);
        for (place, byte) in bytes.iter().enumerate() {
            let expected = if place < needed { Detection::Undecided } else { Detection::NotSmb };
            assert_eq!(bench.framer.detection(), expected, "{bytes:x?} {place}");
            bench.data(&[*byte]);
        }
        assert_eq!(bench.framer.detection(), Detection::NotSmb);
        bench.data(&echo()).gap(10).data(&echo()).end();
        assert_eq!(bench.heard(), [""; 0]);
    }
}

#[test]
fn a_compound_is_split_where_its_headers_say() {
    let compound = [smb2(5, 0, 120, 120), smb2(16, 4, 80, 80), smb2(6, 4, 0, 90)].concat();
    let mut bench = Bench::new(Search::FromStart);
    bench.data(&frame(&compound));
    assert_eq!(bench.heard(), ["smb2 0 120/120 @1", "smb2 1 80/80 @1", "smb2 2. 90/90 @1"]);
}

#[test]
fn a_next_command_that_leads_nowhere_ends_the_compound() {
    for next in [1, 63, 65, 72 + 1, 104, 112, u32::MAX] {
        let mut bench = Bench::new(Search::FromStart);
        bench.data(&frame(&smb2(5, 0, next, 104)));
        assert_eq!(bench.heard(), ["smb2 0. 104/104 @1"], "{next}");
    }
}

#[test]
fn of_file_data_only_the_start_is_kept() {
    let read = frame(&smb2(READ, RESPONSE, 0, 100_000));
    let write = frame(&smb2(WRITE, 0, 0, 100_000));
    let smb1_read = frame(&smb1(0x2e, 0x80, 5_000));
    let smb1_write = frame(&smb1(0x2f, 0, 5_000));
    let list = frame(&smb2(14, RESPONSE, 0, 200_000));
    let stream = [read, write, smb1_read, smb1_write, list].concat();
    let mut bench = Bench::new(Search::FromStart);
    bench.data(&stream);
    let whole = bench.heard();
    assert_eq!(
        whole,
        [
            "smb2 0. 256/100000 @1",
            "smb2 0. 256/100000 @1",
            "smb1 0. 256/5000 @1",
            "smb1 0. 256/5000 @1",
            "smb2 0. 163840/200000 @1"
        ]
    );
    let mut bench = Bench::new(Search::FromStart);
    for piece in stream.chunks(1_460) {
        bench.data(piece);
        assert!(bench.framer.held_bytes() <= 2 * Limits::DEFAULT.message_bytes);
    }
    let lens = |said: &[String]| -> Vec<String> {
        said.iter().map(|word| word.split('@').next().unwrap().to_owned()).collect()
    };
    assert_eq!(lens(&bench.heard()), lens(&whole));
}

#[test]
fn a_large_length_reserves_nothing() {
    let mut bench = Bench::new(Search::FromStart);
    bench.data(b"\0\xff\xff\xff\xfeSMB").data(&[0; 100]);
    assert!(bench.framer.held_bytes() < 1_000);
    bench.end();
    assert_eq!(bench.heard(), ["smb2 0. 104/16777215-16777111 @1-2"]);
}

#[test]
fn the_session_service_around_messages() {
    let names = [
        b"\x20CKFDENECFDEFFCFGEFFCCACACACACACA\0".as_slice(),
        b"\x20FHEPFCELFDFEEBFEEJEPEOCACACACAAA\0",
    ]
    .concat();
    let stream = [
        b"\x81\0\0\x44".as_slice(),
        &names,
        b"\x85\0\0\0",
        &frame(&smb1(0x72, 0, 40)),
        b"\x85\0\0\0\x82\0\0\0\x83\0\0\x01\x8f\x84\0\0\x06abcdef",
        &frame(&smb1(0x73, 0, 0x1_ffff)),
        b"\0\0\0\0",
        &echo(),
    ]
    .concat();
    let expected = [
        "WORKSTATION calls *SMBSERVER",
        "smb1 0. 40/40 @1",
        "smb1 0. 131071/131071 @1",
        "smb2 0. 68/68 @1",
    ];
    assert_eq!(Bench::netbios().data(&stream).heard(), expected);
    let mut bench = Bench::new(Search::Patient);
    assert_eq!(bench.data(&stream).heard(), expected);
}

#[test]
fn the_session_service_has_lengths_of_17_bits() {
    let mut bench = Bench::netbios();
    bench.data(b"\0\x02\0\0\xffSMB");
    assert_eq!(bench.framer.detection(), Detection::NotSmb);
}

#[test]
fn a_gap_inside_a_message_keeps_step() {
    let stream = [frame(&smb2(5, 0, 0, 200)), echo()].concat();
    let mut bench = Bench::new(Search::FromStart);
    bench.data(&stream[..100]).gap(50).data(&stream[150..]);
    assert_eq!(bench.heard(), ["smb2 0. 96/200-50 @1-2", "smb2 0. 68/68 @2"]);
    // Up to the end of the message.
    let mut bench = Bench::new(Search::FromStart);
    bench.data(&stream[..100]).gap(104).data(&stream[204..]);
    assert_eq!(bench.heard(), ["smb2 0. 96/200-104 @1", "smb2 0. 68/68 @2"]);
    // Two of them.
    let mut bench = Bench::new(Search::FromStart);
    bench.data(&stream[..100]).gap(10).data(&stream[110..150]).gap(20).data(&stream[170..]);
    assert_eq!(bench.heard(), ["smb2 0. 96/200-30 @1-3", "smb2 0. 68/68 @3"]);
    // In the header, before and after what says where the next one is.
    for cut in [8, 12, 30, 67] {
        let mut bench = Bench::new(Search::FromStart);
        bench.data(&stream[..cut]).gap(40).data(&stream[cut + 40..]);
        let first = format!("smb2 0. {}/200-40 @1-2", cut - 4);
        assert_eq!(bench.heard(), [first.as_str(), "smb2 0. 68/68 @2"]);
    }
}

#[test]
fn a_gap_over_the_end_of_a_message_loses_step() {
    let stream = [frame(&smb2(5, 0, 0, 200)), echo(), echo(), echo()].concat();
    let mut bench = Bench::new(Search::FromStart);
    bench.data(&stream[..100]).gap(110).data(&stream[210..]);
    assert_eq!(
        bench.heard(),
        ["smb2 0. 96/200-104 @1", "lost", "resumed", "smb2 0. 68/68 @2", "smb2 0. 68/68 @2"]
    );
}

#[test]
fn a_gap_in_a_head_keeps_step_where_the_length_is_there() {
    for cut in 1..8 {
        let mut bench = Bench::new(Search::FromStart);
        bench.data(&echo()).data(&echo()[..cut]).gap(30).data(&echo()[cut + 30..]).data(&echo());
        // One byte of a message tells of which protocol it is.
        let cut_message = format!("smb2 0. {}/68-30 @2-3", cut.max(4) - 4);
        let expected = match cut {
            5.. => vec!["smb2 0. 68/68 @1", &cut_message, "smb2 0. 68/68 @4"],
            _ => vec!["smb2 0. 68/68 @1", "lost", "resumed", "smb2 0. 68/68 @4"],
        };
        assert_eq!(bench.heard(), expected, "{cut}");
    }
}

#[test]
fn a_gap_over_the_start_of_an_element_keeps_the_frames_end() {
    let compound = [smb2(5, 0, 120, 120), smb2(16, 4, 80, 80), smb2(6, 4, 0, 90)].concat();
    let stream = [frame(&compound), echo()].concat();
    let mut bench = Bench::new(Search::FromStart);
    bench.data(&stream[..100]).gap(100).data(&stream[200..]);
    assert_eq!(bench.heard(), ["smb2 0 96/120-24 @1", "lost", "resumed", "smb2 0. 68/68 @2"]);
    // Just the first, just the second.
    let mut bench = Bench::new(Search::FromStart);
    bench.data(&stream[..100]).gap(24).data(&stream[124..]);
    let rest = ["smb2 1 80/80 @2", "smb2 2. 90/90 @2", "smb2 0. 68/68 @2"];
    assert_eq!(bench.heard()[1..], rest);
    let mut bench = Bench::new(Search::FromStart);
    bench.data(&stream[..124]).gap(80).data(&stream[204..]);
    assert_eq!(bench.heard(), ["smb2 0 120/120 @1", "lost", "resumed", "smb2 0. 68/68 @2"]);
}

#[test]
fn packets_cut_by_a_snap_length_keep_step() {
    let mut bench = Bench::new(Search::FromStart);
    for len in [200, 90, 3_000] {
        let message = frame(&smb2(5, 0, 0, len));
        bench.data(&message[..62]).gap(message.len() as u64 - 62);
    }
    assert_eq!(
        bench.heard(),
        ["smb2 0. 58/200-142 @1", "smb2 0. 58/90-32 @2", "smb2 0. 58/3000-2942 @3"]
    );
    // The same, met in the middle.
    let mut bench = Bench::new(Search::Anywhere);
    let message = frame(&smb2(5, 0, 0, 200));
    bench.data(&message[..62]).gap(142).data(&message[..62]).gap(142);
    assert_eq!(bench.heard(), ["smb2 0. 58/200-142 @1", "smb2 0. 58/200-142 @2"]);
}

#[test]
fn a_start_in_the_middle_finds_the_next_frame() {
    let tail = smb2(READ, RESPONSE, 0, 700);
    for search in [Search::Anywhere, Search::Patient] {
        let mut bench = Bench::new(search);
        bench.data(&tail[300..]).data(&echo()).data(&[echo(), echo()].concat());
        assert_eq!(bench.heard(), ["smb2 0. 68/68 @2", "smb2 0. 68/68 @3", "smb2 0. 68/68 @3"]);
        // Frames in pieces of every size, none of them where a packet starts.
        for size in 1..90 {
            let stream = [&tail[300..], &echo(), &frame(&transform(300)), &echo()].concat();
            let mut bench = Bench::new(search);
            for piece in stream.chunks(size) {
                bench.data(piece);
            }
            let kinds: Vec<String> =
                bench.heard().iter().map(|word| word[..word.find('/').unwrap()].into()).collect();
            assert!(kinds.ends_with(&["transform 0. 256".into(), "smb2 0. 68".into()]), "{size}");
        }
    }
}

#[test]
fn frames_inside_of_other_data_are_not_taken_for_smb() {
    // A capture that is downloaded: before each frame a record header and those of the layers.
    let record = [[0x11; 16].as_slice(), &[0x22; 54], &echo()].concat();
    let mut download = vec![b'x'; 1_000];
    for _ in 0..1_000 {
        download.extend(&record);
    }
    let mut bench = Bench::new(Search::Anywhere);
    for piece in download.chunks(1_460) {
        bench.data(piece);
    }
    assert_eq!(bench.heard(), [""; 0]);
    assert_eq!(bench.framer.detection(), Detection::NotSmb);
}

#[test]
fn a_search_ends_unless_it_is_patient() {
    let noise: Vec<u8> = b"no such thing as SMB here, \0\0\0\x50\xfeSMB".repeat(4_000);
    let mut bench = Bench::new(Search::Anywhere);
    bench.data(&noise).data(&echo());
    assert_eq!((bench.framer.detection(), bench.heard().len()), (Detection::NotSmb, 0));
    bench.framer.trust();
    assert_eq!(bench.data(&echo()).heard(), ["smb2 0. 68/68 @3"]);
    let mut bench = Bench::new(Search::Patient);
    bench.data(&noise).data(&echo());
    assert_eq!(bench.heard(), ["smb2 0. 68/68 @2"]);
}

#[test]
fn garbage_among_frames_is_passed_over() {
    let mut bench = Bench::new(Search::FromStart);
    bench.data(&echo()).data(b"\0\0\0\x50garbage").data(&echo());
    assert_eq!(bench.heard(), ["smb2 0. 68/68 @1", "lost", "resumed", "smb2 0. 68/68 @3"]);
}

#[test]
fn the_end_hands_on_what_is_there() {
    let mut bench = Bench::new(Search::FromStart);
    bench.data(&frame(&smb2(5, 0, 0, 200))[..100]).end();
    assert_eq!(bench.heard(), ["smb2 0. 96/200-104 @1"]);
    let mut bench = Bench::new(Search::FromStart);
    bench.data(&echo()[..7]).end();
    assert_eq!(bench.heard(), [""; 0]);
}

/// A frame, and the messages in it as `words` has them without packets.
fn any_frame() -> impl Strategy<Value = (Vec<u8>, Vec<String>)> {
    let one = |kind: &str, message: Vec<u8>, kept: usize| {
        let (kept, len) = (message.len().min(kept), message.len());
        (frame(&message), vec![format!("{kind} 0. {kept}/{len} ")])
    };
    let compound = prop::collection::vec((0_u16..20, any::<bool>(), 8_usize..60), 1..5);
    prop_oneof![
        (0_u16..20, 68_usize..900).prop_map(move |(command, len)| {
            let kept = if command == WRITE { 256 } else { usize::MAX };
            one("smb2", smb2(command, 0, 0, len), kept)
        }),
        (35_usize..600).prop_map(move |len| one("smb1", smb1(0x2e, 0x80, len), 256)),
        (0_usize..600).prop_map(move |len| one("transform", transform(len), 256)),
        compound.prop_map(|elements| {
            let (mut bytes, mut said) = (Vec::new(), Vec::new());
            let count = elements.len();
            for (place, (command, is_response, units)) in elements.into_iter().enumerate() {
                let (len, is_last) = (8 * units.max(9), place + 1 == count);
                let next = if is_last { 0 } else { len as u32 };
                bytes.extend(smb2(command, is_response.into(), next, len));
                let is_bulk = (command, is_response) == (READ, true)
                    || (command, is_response) == (WRITE, false);
                let kept = if is_bulk { len.min(256) } else { len };
                let dot = if is_last { "." } else { "" };
                said.push(format!("smb2 {place}{dot} {kept}/{len} "));
            }
            (frame(&bytes), said)
        }),
        Just((b"\x85\0\0\0".to_vec(), Vec::new())),
    ]
}

fn without_packets(said: Vec<String>) -> Vec<String> {
    said.into_iter().map(|word| word.split('@').next().unwrap().to_owned()).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_cutting_of_a_stream_gives_its_messages(
        frames in prop::collection::vec(any_frame(), 1..8),
        sizes in prop::collection::vec(1_usize..400, 1..12),
        patient in any::<bool>(),
    ) {
        let (stream, expected): (Vec<_>, Vec<_>) = frames.into_iter().unzip();
        let (stream, expected) = (stream.concat(), expected.concat());
        let search = if patient { Search::Patient } else { Search::FromStart };
        let mut bench = Bench::new(search);
        let mut rest = stream.as_slice();
        for size in sizes.iter().cycle() {
            let (piece, after) = rest.split_at((*size).min(rest.len()));
            bench.data(piece);
            rest = after;
            if rest.is_empty() {
                break;
            }
        }
        bench.end();
        prop_assert_eq!(without_packets(bench.heard()), expected);
    }

    /// The bytes of a message are those of the stream, wherever it was cut and whatever is missing.
    #[test]
    fn messages_are_bytes_of_the_stream(
        frames in prop::collection::vec(any_frame(), 1..8),
        sizes in prop::collection::vec((1_usize..300, 0_u8..8), 1..12),
    ) {
        let stream: Vec<u8> = frames.into_iter().flat_map(|(bytes, _)| bytes).collect();
        let mut framer = Framer::new(Search::Patient, false);
        let mut total = 0;
        let mut check = |event: FrameEvent<'_>| {
            if let FrameEvent::Message(message) = event {
                assert!(stream.windows(message.bytes.len()).any(|part| part == message.bytes));
                assert!(message.missing <= message.len - message.bytes.len() as u64);
                total += message.len as usize;
            }
        };
        let mut rest = stream.as_slice();
        for (size, kind) in sizes.iter().cycle() {
            let (piece, after) = rest.split_at((*size).min(rest.len()));
            if *kind == 0 {
                framer.gap(piece.len() as u64, &mut check);
            } else {
                framer.data(piece, PacketId::default(), &Limits::DEFAULT, &mut check);
            }
            rest = after;
            if rest.is_empty() {
                break;
            }
        }
        framer.end(&mut check);
        prop_assert!(total <= stream.len());
    }

    #[test]
    fn hostile_bytes_do_no_harm(
        pieces in prop::collection::vec(
            prop_oneof![
                prop::collection::vec(any::<u8>(), 1..40),
                any_frame().prop_map(|(bytes, _)| bytes),
                (any::<[u8; 3]>(), 0xfc_u8..=0xff).prop_map(|(len, kind)| {
                    [[0].as_slice(), &len, &[kind], b"SMB"].concat()
                }),
                Just(vec![0; 9]),
            ],
            0..30,
        ),
        gaps in prop::collection::vec(prop_oneof![Just(0), 0_u64..100, any::<u64>()], 1..10),
        search in prop_oneof![
            Just(Search::FromStart),
            Just(Search::Anywhere),
            Just(Search::Patient),
        ],
        netbios in any::<bool>(),
        flip in any::<(usize, u8)>(),
    ) {
        let mut framer = Framer::new(search, netbios);
        let limits = Limits { message_bytes: 300, ..Limits::DEFAULT };
        for (mut piece, gap) in pieces.into_iter().zip(gaps.iter().cycle()) {
            let place = flip.0 % piece.len();
            piece[place] ^= flip.1;
            framer.data(&piece, PacketId::default(), &limits, &mut |event: FrameEvent<'_>| {
                words(&event);
            });
            framer.gap(*gap, &mut |event: FrameEvent<'_>| {
                words(&event);
            });
            prop_assert!(framer.held_bytes() <= 4_096);
        }
        framer.end(&mut |event: FrameEvent<'_>| {
            words(&event);
        });
    }
}
