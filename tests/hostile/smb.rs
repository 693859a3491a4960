//! SMB messages by the hundred thousand, and messages that lead in circles.

use super::writer::{Pcap, TO_SERVER, frame, many, setup, smb2, tree_connect, utf16};
use super::{Expected, Hostile};

pub(crate) fn files() -> Vec<Hostile> {
    vec![
        Hostile {
            name: "100,000 sessions on a connection",
            make: || {
                let ids = 1..=many(100_000) as u64;
                of_messages(ids.map(|id| smb2(13, 0, id, id, &[4, 0, 0, 0])))
            },
            expected: Expected::Sessions(many(100_000)),
        },
        Hostile {
            name: "140,000 tiny messages of SMB2",
            make: || of_messages((1..=140_000).map(|id| smb2(13, 0, id, 9, &[4, 0, 0, 0]))),
            expected: Expected::Sessions(1),
        },
        Hostile {
            name: "250,000 tiny messages of SMB1",
            make: || of_messages((0..250_000).map(|number| smb1(0x2B, number, &[0, 0, 0]))),
            expected: Expected::Sessions(1),
        },
        Hostile {
            name: "60,000 users of SMB1",
            make: || {
                of_messages((0..60_000).map(|number| {
                    let mut message = smb1(0x73, number, &[3, 255, 0, 0, 0, 0, 0, 0, 0]);
                    message[9] = 0x98;
                    message[28..30].copy_from_slice(&(number as u16).to_le_bytes());
                    message
                }))
            },
            expected: Expected::Problem("limit-setup-messages", "not shown"),
        },
        Hostile {
            name: "a compound of 100,000 messages",
            make: || {
                let mut compound = Vec::new();
                for number in 0..100_000 {
                    let mut message = smb2(13, 0, number, 9, &[4, 0, 0, 0, 0, 0, 0, 0]);
                    message[20] = 72;
                    compound.extend(message);
                }
                of_messages([compound])
            },
            expected: Expected::Sessions(1),
        },
        Hostile {
            name: "compounds that step by eight bytes",
            make: || {
                let mut message = smb2(13, 0, 1, 9, &[0; 16_000]);
                message[20] = 8;
                of_messages(std::iter::repeat_n(message, 600))
            },
            expected: Expected::Sessions(1),
        },
        Hostile {
            name: "messages of 24 bytes that expand to 16 MB each",
            make: || {
                // Pattern_V1, \[MS-SMB2\] 2.2.42.2.2: a byte, and how often it is there.
                let size = (16_u32 << 20).to_le_bytes();
                let mut message = [b"\xfcSMB".as_slice(), &size].concat();
                message.extend([4, 0, 1, 0, 8, 0, 0, 0, 0xFE, 0, 0, 0]);
                message.extend(size);
                let start = smb2(13, 0, 1, 9, &[4, 0, 0, 0]);
                of_messages(
                    std::iter::once(start).chain(std::iter::repeat_n(message, many(50_000))),
                )
            },
            expected: Expected::Problem("limit-compressed-messages", "not expanded"),
        },
        Hostile {
            name: "frames of length 0",
            make: || {
                let mut stream = frame(&smb2(13, 0, 1, 9, &[4, 0, 0, 0]));
                stream.resize(10_000_000, 0);
                stream.extend(frame(&smb2(13, 0, 2, 9, &[4, 0, 0, 0])));
                of_stream(&stream)
            },
            expected: Expected::Sessions(1),
        },
        Hostile {
            name: "what looks like a frame at every byte",
            make: || of_stream(&b"\0\0\0\x44\xfeSMB\x40\0".repeat(1_000_000)),
            expected: Expected::Sessions(1),
        },
        Hostile {
            name: "a frame of 16 MB that never ends, in many connections",
            make: || {
                let mut pcap = Pcap::raw();
                let mut start = vec![0, 0xFF, 0xFF, 0xFF];
                start.extend(smb2(5, 0, 1, 9, &[57; 1_200]));
                for number in 0..7_000 {
                    pcap.stream(super::writer::Ends::of(number), &start);
                }
                pcap.file()
            },
            expected: Expected::Problem("limit-sessions", "not in the report"),
        },
        Hostile {
            name: "NEGOTIATE with 65,535 contexts that lead nowhere",
            make: || {
                of_messages((0..150).map(|number| {
                    let mut body = vec![36, 0, 1, 0, 1, 0, 0, 0, 0, 0, 0, 0];
                    body.extend([0xC1; 16]);
                    body.extend([104, 0, 0, 0, 0xFF, 0xFF, 0, 0, 0x11, 0x03, 0, 0]);
                    body.extend([8, 0, 0, 0, 0, 0, 0, 0].repeat(8_000));
                    smb2(0, 0, number, 0, &body)
                }))
            },
            expected: Expected::Sessions(0),
        },
        Hostile {
            name: "AndX chains that lead in circles",
            make: || {
                of_messages(
                    (0..150_000).map(|number| smb1(0x73, number, &[3, 0x73, 0, 32, 0, 0, 0, 0, 0])),
                )
            },
            expected: Expected::Problem("limit-setup-messages", "not shown"),
        },
        Hostile {
            name: "AndX chains of 8,000 commands",
            make: || {
                of_messages((0..150).map(|number| {
                    let mut body = Vec::new();
                    for link in 0..8_000_u16 {
                        body.extend([2, 0x74, 0]);
                        body.extend((32 + 7 * (link + 1)).to_le_bytes());
                        body.extend([0, 0]);
                    }
                    smb1(0x74, number, &body)
                }))
            },
            expected: Expected::Sessions(1),
        },
        Hostile {
            name: "100,000 shares with odd names",
            make: || {
                of_messages((0..70_000).map(|id| {
                    let name = format!("\\\\fs1\\\u{1B}[2J\u{202E}{id}\r\n");
                    tree_connect(id, 9, &utf16(&name))
                }))
            },
            expected: Expected::Sessions(1),
        },
        Hostile {
            name: "shares with names of 64 KB that are no UTF-16",
            make: || {
                of_messages((0..150).flat_map(|id| {
                    let request = tree_connect(id, 9, &[0x00, 0xD8].repeat(32_000));
                    [request, smb2(3, 1, id, 9, &[16, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0])]
                }))
            },
            expected: Expected::Sessions(1),
        },
        Hostile {
            name: "60,000 setups that nobody answers",
            make: || of_messages((0..60_000).map(|id| setup(id, 0, &[0x60; 40]))),
            expected: Expected::Sessions(0),
        },
        Hostile {
            name: "9,000 setups of one session",
            make: || of_messages((0..9_000).map(|id| setup(id, 9, &[0x60; 1_000]))),
            expected: Expected::Problem("limit-setup-messages", "not shown"),
        },
    ]
}

/// A capture of a client that says one message after the other.
pub(crate) fn of_messages(messages: impl IntoIterator<Item = Vec<u8>>) -> Vec<u8> {
    of_stream(&messages.into_iter().flat_map(|message| frame(&message)).collect::<Vec<u8>>())
}

fn of_stream(stream: &[u8]) -> Vec<u8> {
    let mut pcap = Pcap::raw();
    pcap.stream(TO_SERVER, stream);
    pcap.file()
}

fn smb1(command: u8, number: u32, body: &[u8]) -> Vec<u8> {
    let mut message = b"\xffSMB".to_vec();
    message.extend([command, 0, 0, 0, 0, 0x18, 0, 0, 0, 0]);
    message.extend([0; 10]);
    message.extend([0, 0, 1, 0, 0, 8]);
    message.extend((number as u16).to_le_bytes());
    message.extend(body);
    message
}
