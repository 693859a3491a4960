//! The seeds of the fuzz targets, made from the samples and from conversations: what a fuzzer cannot
//! be expected to invent.
//!
//! `UPDATE_EXPECTED=1 cargo test --test fuzz_seeds` writes them anew into `fuzz/seeds/`.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]

#[path = "support/compressor.rs"]
mod compressor;
#[path = "support/conversation/mod.rs"]
mod conversation;
mod support;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::Write;
use std::path::PathBuf;

use countersign::auth::spnego::Token;
use countersign::capture::Packet;
use countersign::capture::sources::Sources;
use countersign::flow::{Direction, FlowTable, Interest, StreamEvent};
use countersign::limits::Limits;
use countersign::net::{Decoded, Decoder};
use countersign::smb::framing::{FrameEvent, Framer, MessageKind, Search};
use countersign::smb::smb2::CompressionAlgorithmId;
use countersign::smb::{smb1, smb2};

use compressor::{ALGORITHMS, Chance, chained, compress, contents, pattern, unchained};
use conversation::carriers::{Carrier, Speaker};
use conversation::smb2::{
    ENABLED, REQUIRED, binding, challenged, negotiate, negotiate_validated, negotiated,
    negotiated_with_algorithm, setup, tree_connect, tree_connected, validate_negotiate, welcomed,
};
use conversation::{CLIENT, Conversation, SERVER, SESSION, encrypted, ntlm};
use support::{root, samples};

/// Bytes that all seeds together may have.
const MOST: usize = 400_000;

/// The seeds of every target.
type Seeds = BTreeMap<&'static str, BTreeSet<Vec<u8>>>;

#[test]
fn seeds_are_there_and_small() {
    let seeds = make();
    if std::env::var_os("UPDATE_EXPECTED").is_some() {
        write(&seeds);
    }
    let mut total = 0;
    for (target, made) in &seeds {
        let there: Vec<usize> = fs::read_dir(folder(target))
            .unwrap_or_else(|error| panic!("{}: {error}", folder(target).display()))
            .map(|entry| entry.unwrap().metadata().unwrap().len() as usize)
            .collect();
        assert_eq!(there.len(), made.len(), "{target}: write the seeds anew");
        total += there.iter().sum::<usize>();
    }
    assert!(total <= MOST, "the seeds have {total} bytes");
}

fn folder(target: &str) -> PathBuf {
    root().join("fuzz/seeds").join(target)
}

fn write(seeds: &Seeds) {
    for (target, seeds) in seeds {
        let folder = folder(target);
        let _ = fs::remove_dir_all(&folder);
        fs::create_dir_all(&folder).unwrap();
        for (place, seed) in seeds.iter().enumerate() {
            fs::write(folder.join(format!("{place:03}")), seed).unwrap();
        }
    }
}

fn make() -> Seeds {
    let mut seeds = Seeds::new();
    for sample in samples() {
        from_capture(&fs::read(sample).unwrap(), &mut seeds);
    }
    for capture in conversations() {
        from_capture(&capture, &mut seeds);
        seeds.entry("whole_file").or_default().insert(capture);
    }
    containers(&mut seeds);
    streams(&mut seeds);
    dialogues(&mut seeds);
    compressed_messages(&mut seeds);
    secrets(&mut seeds);
    kdc(&mut seeds);
    rpc(&mut seeds);
    carriers(&mut seeds);
    seeds
}

/// The captures of some conversations.
fn conversations() -> Vec<Vec<u8>> {
    let begin = |dialogue: &mut Conversation| {
        dialogue.connect(CLIENT, SERVER);
        dialogue.client(negotiate(ENABLED, &[0x0210, 0x0311]));
    };
    let log_on = |dialogue: &mut Conversation| {
        dialogue.session(0).client(setup(&ntlm::negotiate()));
        dialogue.session(SESSION).server(challenged());
        dialogue.client(setup(&ntlm::authenticate("alice"))).server(welcomed().signed());
    };
    let mut signed = Conversation::over_ethernet();
    begin(&mut signed);
    signed.server(negotiated_with_algorithm(REQUIRED, 2));
    log_on(&mut signed);
    signed.client(tree_connect(r"\\fs1\data").signed()).server(tree_connected().signed());
    signed.client(validate_negotiate().signed()).server(negotiate_validated().signed());

    let mut bound = Conversation::new();
    begin(&mut bound);
    bound.server(negotiated(ENABLED, 0x0210));
    log_on(&mut bound);
    bound.client(encrypted()).server(encrypted());
    bound.connect("[fd00::7]:50000", "[fd00::5]:445");
    bound.client(negotiate(ENABLED, &[0x0311])).server(negotiated(ENABLED, 0x0311));
    bound.session(SESSION).client(binding(&ntlm::negotiate())).server(challenged());

    let mut cut = Conversation::new();
    begin(&mut cut);
    cut.cut(40).server(negotiated(ENABLED, 0x0210));
    log_on(&mut cut);
    cut.swap().lose().client(tree_connect(r"\\fs1\data")).server(tree_connected());
    cut.repeat(5);
    vec![signed.capture(), bound.capture(), cut.capture()]
}

/// Takes packets, streams, messages and tokens out of a capture.
fn from_capture(file: &[u8], seeds: &mut Seeds) {
    let mut sources = Sources::new(Limits::DEFAULT);
    let source = sources.add(String::new());
    let mut decoder = Decoder::new(&Limits::DEFAULT);
    let mut flows = FlowTable::new(&Limits::DEFAULT);
    let mut streams: [Vec<u8>; 2] = Default::default();
    let mut dialogue = Vec::new();
    let mut packets = Vec::new();
    let mut with_kdc = Vec::new();
    sources.push(source, file, &mut |packet| {
        if packet.id.number % 8 == 1 && packet.data.len() < 400 {
            packets.extend(as_input(packet));
        }
        let segment = match decoder.decode(packet) {
            Decoded::Tcp(segment) => segment,
            Decoded::Udp(datagram)
                if [datagram.source, datagram.destination].iter().any(|end| end.port() == 88) =>
            {
                return with_kdc.extend(said_to_kdc(0, datagram.payload));
            }
            _ => return,
        };
        flows.segment(&segment, &mut |id, _, event| {
            if let (0, StreamEvent::Data { direction, bytes, .. }) = (id.0, event) {
                let side = u8::from(direction == Direction::ToClient);
                streams[usize::from(side)].extend(bytes);
                if dialogue.len() < 3_000 && bytes.len() < 1_500 {
                    dialogue.push(side << 7 | 4);
                    dialogue.extend((bytes.len() as u16).to_le_bytes());
                    dialogue.extend(bytes);
                }
            }
            Interest::Continue
        });
    });
    packets.truncate(2_000);
    let mut add = |target, seed| seeds.entry(target).or_default().insert(seed);
    add("packet", packets);
    if !with_kdc.is_empty() {
        add("kdc", with_kdc);
    }
    add("dialogue", dialogue);
    for stream in &streams {
        let start = &stream[..stream.len().min(1_500)];
        add("frame", [&[0, 0], start].concat());
        add("frame", [&[3, 40], &start[start.len() / 3..]].concat());
    }
    for stream in &streams {
        messages(stream, seeds);
    }
}

/// A message as the target `kdc` takes it.
fn said_to_kdc(conversation: u8, message: &[u8]) -> Vec<u8> {
    [&[conversation][..], &(message.len() as u16).to_le_bytes(), message].concat()
}

/// How a client gets its first ticket, and one that is asked for with a key of which it is known how
/// it is made.
fn kdc(seeds: &mut Seeds) {
    let element = |identifier: u8, parts: &[&[u8]]| {
        let contents = parts.concat();
        let len = (contents.len() as u16).to_be_bytes();
        [&[identifier, 0x82][..], &len, &contents].concat()
    };
    let number = |field: u8, value: u8| element(0xA0 | field, &[&[2, 1, value]]);
    let text = |field: u8, text: &[u8]| element(0xA0 | field, &[&element(0x1B, &[text])]);
    let octets = |field: u8, bytes: &[u8]| element(0xA0 | field, &[&element(4, &[bytes])]);
    let name = |field: u8, text: &[u8]| {
        let parts = element(0xA1, &[&element(0x30, &[&element(0x1B, &[text])])]);
        element(0xA0 | field, &[&element(0x30, &[&number(0, 1), &parts])])
    };
    let sealed = |field: u8, etype: u8| {
        let parts = element(0x30, &[&number(0, etype), &octets(2, &[9; 60])]);
        element(0xA0 | field, &[&parts])
    };
    let padata = |field: u8, padata_type: u8, value: &[u8]| {
        let entry = element(0x30, &[&number(1, padata_type), &octets(2, value)]);
        element(0xA0 | field, &[&element(0x30, &[&entry])])
    };
    let realm = text(1, b"LAB.TEST");
    let ticket = [number(0, 5), realm, name(2, b"krbtgt"), sealed(3, 18)].concat();
    let ticket = element(0xA5, &[&element(0x61, &[&element(0x30, &[&ticket])])]);
    let body = element(0xA4, &[&element(0x30, &[&name(1, b"alice"), &text(2, b"LAB.TEST")])]);
    let asked = [number(1, 5), number(2, 10), padata(3, 2, &[0]), body].concat();
    let asked = element(0x6A, &[&element(0x30, &[&asked])]);
    let info = [number(0, 18), text(1, b"LAB.TESTalice"), octets(2, &[0, 0, 0, 1])].concat();
    let infos = element(0x30, &[&element(0x30, &[&info])]);
    let client = [text(3, b"LAB.TEST"), name(4, b"alice")].concat();
    let answered = |etype: u8| {
        let fields = [padata(2, 19, &infos), client.clone(), ticket.clone(), sealed(6, etype)];
        element(0x6B, &[&element(0x30, &[&number(0, 5), &fields.concat()])])
    };
    let entry = element(0x30, &[&number(1, 19), &octets(2, &infos)]);
    let refused = [number(0, 5), number(6, 25), octets(12, &element(0x30, &[&entry]))].concat();
    let refused = element(0x7E, &[&element(0x30, &[&refused])]);
    let exchange = |answer: &[u8]| [said_to_kdc(0, &asked), said_to_kdc(0, answer)].concat();
    seeds.entry("kdc").or_default().extend([
        exchange(&answered(23)),
        exchange(&answered(18)),
        exchange(&refused),
    ]);
}

/// A packet as the target `packet` takes it.
fn as_input(packet: &Packet<'_>) -> Vec<u8> {
    let link_type = match packet.link_type.0 {
        101 => 10,
        276 => 21,
        other => other as u8,
    };
    let len = (packet.data.len() as u16).to_le_bytes();
    [&[link_type, 0], &len[..], packet.data].concat()
}

fn messages(stream: &[u8], seeds: &mut Seeds) {
    let mut framer = Framer::new(Search::Patient, false);
    framer.data(stream, Default::default(), &Limits::DEFAULT, &mut |event: FrameEvent<'_>| {
        let FrameEvent::Message(message) = event else { return };
        let bytes = message.bytes;
        let is_new = |known: &BTreeSet<Vec<u8>>, key: fn(&[u8]) -> Option<[u8; 3]>| {
            !known.iter().any(|other| key(other) == key(bytes) && other.len() <= bytes.len())
        };
        match message.kind {
            MessageKind::Smb1 => {
                let known = seeds.entry("smb1").or_default();
                if is_new(known, |it| Some([it[0], *it.get(4)?, it.get(9)? & 0x80])) {
                    known.insert(bytes.to_vec());
                }
            }
            _ => {
                let known = seeds.entry("smb2").or_default();
                if is_new(known, smb2_kind) {
                    known.insert(bytes.to_vec());
                }
            }
        }
        if let Some(blob) = blob_of(message.kind, bytes) {
            let token = Token::parse(&blob);
            if let Some(ntlmssp) = token.ntlmssp() {
                seeds.entry("ntlmssp").or_default().insert(ntlmssp.to_vec());
            }
            seeds.entry("spnego").or_default().insert(blob);
        }
    });
}

/// What tells one SMB2 message from another: the command and the direction.
fn smb2_kind(message: &[u8]) -> Option<[u8; 3]> {
    match message {
        [0xFE, ..] => Some([0xFE, *message.get(12)?, message.get(16)? & 1]),
        [kind, ..] => Some([*kind, 0, 0]),
        [] => None,
    }
}

/// The security blob of a message.
fn blob_of(kind: MessageKind, message: &[u8]) -> Option<Vec<u8>> {
    let blob = match kind {
        MessageKind::Smb2 => {
            let (header, _) = smb2::Header::parse(message).ok()?;
            match (header.command.0, header.is_response()) {
                (0, true) => smb2::NegotiateResponse::parse(message).ok()?.security_buffer,
                (1, false) => smb2::SessionSetupRequest::parse(message).ok()?.security_buffer,
                (1, true) => smb2::SessionSetupResponse::parse(message).ok()?.security_buffer,
                _ => return None,
            }
        }
        MessageKind::Smb1 => {
            let (header, _) = smb1::Header::parse(message).ok()?;
            let block = smb1::commands(message, &header).next()?.ok()?;
            smb1::SessionSetupResponse::parse(&block, header.is_unicode()).ok()?.security_blob?
        }
        _ => return None,
    };
    let blob = blob.captured();
    (!blob.is_empty() && blob.len() < 2_000).then(|| blob.to_vec())
}

/// Small files with every kind of record and block, in both byte orders.
fn containers(seeds: &mut Seeds) {
    let mut made = Vec::new();
    for is_big in [false, true] {
        let u16 = |it: u16| if is_big { it.to_be_bytes() } else { it.to_le_bytes() };
        let u32 = |it: u32| if is_big { it.to_be_bytes() } else { it.to_le_bytes() };
        for (magic, link_type, extra) in
            [(0xA1B2_C3D4, 1, 0), (0xA1B2_3C4D, 101, 0), (0xA1B2_CD34, 113, 8)]
        {
            let mut file = [&u32(magic)[..], &u16(2), &u16(4), &[0; 8], &u32(65_535)].concat();
            file.extend(u32(link_type));
            for number in 0..3_u32 {
                file.extend([u32(7 - number), u32(5), u32(4), u32(4 + number)].concat());
                file.extend(vec![0; extra]);
                file.extend(b"data");
            }
            made.push(file);
        }
        let block = |kind: u32, contents: &[u8]| {
            let mut contents = contents.to_vec();
            contents.resize(contents.len().next_multiple_of(4), 0);
            let len = u32(12 + contents.len() as u32);
            [&u32(kind)[..], &len, &contents, &len].concat()
        };
        let option = |code: u16, value: &[u8]| {
            let mut value = value.to_vec();
            let len = u16(value.len() as u16);
            value.resize(value.len().next_multiple_of(4), 0);
            [&u16(code)[..], &len, &value].concat()
        };
        let section = [&u32(0x1A2B_3C4D)[..], &u16(1), &u16(0), &[0xFF; 8]].concat();
        let interface = |options: &[u8]| [&u16(1)[..], &[0, 0], &u32(96), options].concat();
        let options =
            [option(2, b"eth0"), option(9, &[9]), option(14, &[0; 8]), option(0, b"")].concat();
        let enhanced = [0, 0, 9, 4, 4].map(u32).concat();
        let names = [&u16(1)[..], &u16(8), &[10, 0, 0, 5], b"fs1\0", &u16(0), &u16(0)].concat();
        made.push(
            [
                block(0x0A0D_0D0A, &section),
                block(1, &interface(&options)),
                block(1, &interface(&[])),
                block(
                    6,
                    &[&enhanced[..], b"data", &option(1, b"a comment"), &option(0, b"")].concat(),
                ),
                block(3, &[&u32(4)[..], b"data"].concat()),
                block(2, &[&[0, 0, 0, 0][..], &[0, 9, 4, 4].map(u32).concat(), b"data"].concat()),
                block(4, &names),
                block(5, &[0, 0, 9].map(u32).concat()),
                block(10, &[&u32(0x544C_534B)[..], &u32(4), b"KEYS"].concat()),
                block(0xBAD, &[&u32(99)[..], b"data"].concat()),
            ]
            .concat(),
        );
    }
    let in_each: Vec<Vec<u8>> = made.iter().step_by(3).flat_map(|file| compressed(file)).collect();
    seeds
        .entry("whole_file")
        .or_default()
        .extend(conversations().iter().flat_map(|it| compressed(it)));
    seeds.entry("container").or_default().extend(made.into_iter().chain(in_each));
}

/// A file in every compression that is read.
fn compressed(file: &[u8]) -> [Vec<u8>; 5] {
    let level = flate2::Compression::best();
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), level);
    gzip.write_all(file).unwrap();
    let mut deflate = flate2::write::DeflateEncoder::new(Vec::new(), level);
    deflate.write_all(file).unwrap();
    let deflated = deflate.finish().unwrap();
    let [len, deflated_len] = [file, &deflated].map(|it| (it.len() as u32).to_le_bytes());
    let mut zip = b"PK\x03\x04\x14\0\0\0\x08\0\0\0\0\0\0\0\0\0".to_vec();
    zip.extend([&deflated_len[..], &len, &[6, 0, 0, 0], b"a.pcap", &deflated].concat());
    let mut xz =
        lzma_rust2::XzWriter::new(Vec::new(), lzma_rust2::XzOptions::with_preset(0)).unwrap();
    xz.write_all(file).unwrap();
    let mut lz4 = lz4_flex::frame::FrameEncoder::new(Vec::new());
    lz4.write_all(file).unwrap();
    // One block that is not compressed (RFC 8878, 3.1.1.2).
    let block = ((file.len() as u32) << 3 | 1).to_le_bytes();
    let zstd = [&[0x28, 0xB5, 0x2F, 0xFD, 0, 0x58][..], &block[..3], file].concat();
    [gzip.finish().unwrap(), zip, xz.finish().unwrap(), lz4.finish().unwrap(), zstd]
}

/// Messages in every compression, and one of payloads of every kind.
fn compressed_messages(seeds: &mut Seeds) {
    let seeds = seeds.entry("compression").or_default();
    let mut chance = Chance::new(1);
    let start = (CompressionAlgorithmId::NONE, None, b"\xfeSMB".to_vec());
    let mut payloads = vec![start, (CompressionAlgorithmId::PATTERN_V1, None, pattern(7, 60))];
    for algorithm in ALGORITHMS {
        let contents = contents(600, &mut chance);
        let data = compress(algorithm, &contents, &mut chance);
        seeds.insert(unchained(algorithm, b"start", contents.len(), &data));
        payloads.push((algorithm, Some(contents.len()), data));
    }
    seeds.insert(chained(4 + 60 + 4 * 600, &payloads));
    let repeated = compress(CompressionAlgorithmId::LZ77, &[0; 70_000], &mut chance);
    seeds.insert(unchained(CompressionAlgorithmId::LZ77, &[], 70_000, &repeated));
}

/// A keytab, and secrets files with every entry and form of text.
fn secrets(seeds: &mut Seeds) {
    let seeds = seeds.entry("secrets").or_default();
    seeds.insert(fs::read(root().join("samples/fs1.keytab")).unwrap());
    let passwords = r#"
[[password]]
user = "alice" # a comment
domain = 'LAB'
password = "a\tb\u00e4"
[[nt_hash]]
hash = "8846f7eaee8fb117ad06bdd830b7586c"
[[kerberos_password]]
principal = "alice"
realm = "LAB.TEST"
password = """a
b"""
salt = "c"
"#;
    let keys = r#"
[[keytab]]
path = "a.keytab"
[[session_key]]
session_id = "0x0000000000000001"
server = "10.0.0.5:445"
key = "01:02 03"
[[signing_key]]
session = "1"
key = "0x0102"
[[service_key]]
principal = "cifs/fs1"
realm = "LAB.TEST"
etype = 0x17
kvno = 1_0
key = "8846f7eaee8fb117ad06bdd830b7586c"
[[ticket_session_key]]
etype = 3
key = "0102030405060708"
"#;
    let other = "password = [{ a.b = [1, 2.5, true, 1979-05-27] }]\n[table]\n\"k e y\" = 0b1\n";
    seeds.extend([passwords, keys, other].map(|text| text.as_bytes().to_vec()));
}

/// The body of a bind of MS-EFSR as context 0.
fn bind_of_efsr(is_big: bool) -> Vec<u8> {
    let mut uuid = conversation::rpc::EFSR;
    if is_big {
        uuid[..4].reverse();
        uuid[4..6].reverse();
        uuid[6..8].reverse();
    }
    [&[0; 8][..], &[1, 0, 0, 0, 0, 0, 0, 0], &uuid, &[0; 4]].concat()
}

/// A path that names a host.
fn path(is_big: bool) -> Vec<u8> {
    let units = r"\\evil@80\share".encode_utf16();
    units.flat_map(|it| if is_big { it.to_be_bytes() } else { it.to_le_bytes() }).collect()
}

/// An association in both orders of bytes: a bind with a verifier, its answer, a call in fragments,
/// and a failure.
fn rpc(seeds: &mut Seeds) {
    for is_big in [false, true] {
        let u16 = |it: u16| if is_big { it.to_be_bytes() } else { it.to_le_bytes() };
        let u32 = |it: u32| if is_big { it.to_be_bytes() } else { it.to_le_bytes() };
        let unit = |kind: u8, flags: u8, body: &[u8], token: &[u8]| {
            let verifier = match token {
                [] => Vec::new(),
                token => [&[0x0A, 6, 0, 0][..], &u32(1), token].concat(),
            };
            let len = (16 + body.len() + verifier.len()) as u16;
            let order = if is_big { 0 } else { 0x10 };
            let header = [&[5, 0, kind, flags, order, 0, 0, 0][..], &u16(len)].concat();
            [&header[..], &u16(token.len() as u16), &u32(1), body, &verifier].concat()
        };
        let sizes = [u16(4280), u16(4280)].concat();
        let syntax = [&[7; 16][..], &u32(1)].concat();
        let context = [&u16(0)[..], &[2, 0], &syntax, &syntax, &syntax].concat();
        let bind = [&sizes[..], &u32(0), &[2, 0, 0, 0], &context, &context].concat();
        let result = [&u32(0)[..], &syntax].concat();
        let address = [&u16(4)[..], b"135\0", &[0, 0, 2, 0, 0, 0]].concat();
        let ack = [&sizes[..], &u32(9), &address, &result, &result].concat();
        let call = [&u32(8)[..], &u16(0), &u16(4), b"argument"].concat();
        let on_object = [&u32(8)[..], &u16(0), &u16(4), &[3; 16], b"argument"].concat();
        let told = [
            unit(11, 3, &bind_of_efsr(is_big), &[]),
            unit(0, 1, &[&u32(0)[..], &u16(0), &u16(4), &[0; 12]].concat(), &[]),
            unit(0, 2, &[&u32(0)[..], &u16(0), &u16(4), &path(is_big)].concat(), &[]),
            unit(2, 3, &[0; 12], &[]),
        ];
        let row = [
            unit(11, 3, &bind, b"NTLMSSP\0"),
            unit(12, 3, &ack, &[]),
            unit(0, 1, &call, &[]),
            unit(0, 2, &call, &[9; 16]),
            unit(3, 3, &[0; 16], &[]),
        ];
        let target = seeds.entry("rpc").or_default();
        target.insert(unit(0, 0x83, &on_object, &[]));
        target.insert(unit(2, 3, &call, &[9; 16]));
        target.insert(row.concat());
        target.insert(told.concat());
    }
}

/// An authentication over each protocol that carries some.
fn carriers(seeds: &mut Seeds) {
    for carrier in Carrier::ALL {
        let mut talk = Conversation::new();
        let speaker = Speaker { carrier, word: "certsrv" };
        talk.connect(CLIENT, &format!("10.0.0.5:{}", carrier.port()));
        speaker.greet(&mut talk);
        speaker.ask(&mut talk, &ntlm::negotiate());
        speaker.challenge(&mut talk, &ntlm::challenge());
        speaker.ask(&mut talk, &ntlm::authenticate("alice"));
        speaker.end(&mut talk, true);
        let mut packets = Vec::new();
        let mut sources = Sources::new(Limits::DEFAULT);
        let source = sources.add(String::new());
        let mut decoder = Decoder::new(&Limits::DEFAULT);
        sources.push(source, &talk.capture(), &mut |packet| {
            if let Decoded::Tcp(segment) = decoder.decode(packet)
                && !segment.payload.is_empty()
            {
                packets.push(u8::from(segment.source.port() == carrier.port()) << 7);
                packets.extend((segment.payload.len() as u16).to_le_bytes());
                packets.extend(segment.payload);
            }
        });
        seeds.entry("carriers").or_default().insert(packets);
    }
}

/// Segments in order, in disorder, with both ends.
fn streams(seeds: &mut Seeds) {
    let segment = |kind: u8, len: u8, place: u16| {
        let place = place.to_le_bytes();
        [kind, len, place[0], place[1], 0, 0]
    };
    let orders: [&[u16]; 4] =
        [&[1, 101, 201, 301], &[201, 1, 301, 101], &[1, 51, 101, 1], &[301, 1]];
    let seeds = seeds.entry("stream").or_default();
    for order in orders {
        for opening in [&[][..], &[segment(4, 0, 0), segment(6, 0, 0)]] {
            let data = order.iter().flat_map(|place| segment(12, 100, *place));
            let answers = order.iter().flat_map(|place| segment(14, 100, *place));
            let end = [segment(8, 0, 401), segment(10, 0, 401)];
            let seed = opening.iter().flatten().copied().chain(data).chain(answers);
            seeds.insert(seed.chain(end.into_iter().flatten()).collect());
        }
    }
}

/// What the builder of dialogues writes by itself.
fn dialogues(seeds: &mut Seeds) {
    let act =
        |act: u8, bytes: &[u8]| [&[act][..], &(bytes.len() as u16).to_le_bytes(), bytes].concat();
    let smb1 = [
        act(2, &[&[0, 0, 1, 0, 0, 12, 0][..], b"\x02NT LM 0.12\0"].concat()),
        act(0x82, &[0, 0, 1, 0, 0, 0, 0]),
        act(2, &[1, 0, 2, 0, 0, 0, 0]),
        act(0x82, &[1, 0, 2, 7, 3, 255, 0, 0, 0, 0, 0, 0, 0]),
        act(2, &[0x32, 1, 3, 7, 0, 0, 0]),
        act(0x82, &[0x32, 1, 3, 7, 0, 0, 0]),
    ];
    let damage = [
        act(0x10, b"\xfeSMB"),
        act(5, &[0; 40]),
        act(1, &[5, 8, 9, 4, 57, 0]),
        act(6, &[0; 20]),
        act(0x81, &[5, 8, 9, 4, 89, 0]),
        act(7, &[]),
        act(8, &[1, 2]),
        act(3, &[4; 60]),
        act(9, &[]),
        act(10, &[[5, 8, 3, 4, 57, 0], [6, 8, 4, 255, 24, 0]].concat()),
    ];
    seeds.entry("dialogue").or_default().extend([smb1.concat(), damage.concat()]);
}
