//! Segments in every order but the right one.

use super::writer::{ACK, Ends, Pcap, SYN, TO_SERVER, frame, many, smb2};
use super::{Expected, Hostile};

pub(crate) fn files() -> Vec<Hostile> {
    vec![
        Hostile {
            name: "one byte a segment, backwards",
            make: || {
                let mut pcap = Pcap::raw();
                pcap.segment(TO_SERVER, 999, SYN, &[]);
                for number in (1..180_000_u32).rev() {
                    pcap.segment(TO_SERVER, 1_000 + number, ACK, &[0xFE]);
                }
                pcap.segment(TO_SERVER, 1_000, ACK, &[0]);
                pcap.file()
            },
            expected: Expected::Problem("limit-reassembly", "holes"),
        },
        Hostile {
            name: "heads of HTTP without an end, one byte a segment",
            make: || {
                let mut pcap = Pcap::raw();
                pcap.segment(TO_SERVER, 999, SYN, &[]);
                let start = b"GET / HTTP/1.1\r\nAuthorization: NTLM ";
                for (number, byte) in start.iter().chain([b'\n'; 180_000].iter()).enumerate() {
                    let byte = if number % 2 == 0 { byte } else { &b'A' };
                    let byte = start.get(number).unwrap_or(byte);
                    pcap.segment(TO_SERVER, 1_000 + number as u32, ACK, &[*byte]);
                }
                pcap.file()
            },
            expected: Expected::Sessions(0),
        },
        Hostile {
            name: "one byte a segment, every other one",
            make: || {
                let mut pcap = Pcap::raw();
                pcap.segment(TO_SERVER, 999, SYN, &[]);
                for number in 0..180_000_u32 {
                    pcap.segment(TO_SERVER, 1_001 + 2 * number, ACK, &[0xFE]);
                }
                pcap.file()
            },
            expected: Expected::Sessions(0),
        },
        Hostile {
            name: "one byte a segment, in any order",
            make: || {
                let mut pcap = Pcap::raw();
                pcap.segment(TO_SERVER, 999, SYN, &[]);
                for number in 1..180_000_u32 {
                    let place = number.wrapping_mul(2_654_435_761) % 4_000_000;
                    pcap.segment(TO_SERVER, 1_001 + place, ACK, &[0xFE]);
                }
                pcap.file()
            },
            expected: Expected::Problem("limit-reassembly", "holes"),
        },
        Hostile {
            name: "holes of 64 MiB",
            make: || {
                let mut pcap = Pcap::raw();
                pcap.segment(TO_SERVER, 999, SYN, &[]);
                for number in 0..170_000_u32 {
                    pcap.segment(TO_SERVER, number.wrapping_mul(0x03FF_FFF0), ACK, b"hole");
                }
                pcap.file()
            },
            expected: Expected::Sessions(0),
        },
        Hostile {
            name: "every segment a new connection",
            make: || {
                let mut pcap = Pcap::raw();
                let message = frame(&smb2(13, 0, 1, 9, &[4, 0, 0, 0]));
                for number in 0..40_000_u32 {
                    pcap.segment(TO_SERVER, number.wrapping_mul(77_777), SYN, &[]);
                    pcap.segment(TO_SERVER, number.wrapping_mul(77_777) + 1, ACK, &message);
                }
                pcap.file()
            },
            expected: Expected::Problem("limit-sessions", "not in the report"),
        },
        Hostile {
            name: "held bytes in 2,000 connections",
            make: || {
                let mut pcap = Pcap::raw();
                let bytes = [0xFE; 1_400];
                for number in 0..7_000_u32 {
                    let ends = Ends::of(number % 2_000);
                    pcap.segment(ends, 1_000 + 2_000 * (1 + number / 2_000), ACK, &bytes);
                }
                pcap.file()
            },
            expected: Expected::Sessions(0),
        },
        Hostile {
            name: "the same bytes again and again",
            make: || {
                let mut pcap = Pcap::raw();
                let message = frame(&smb2(13, 0, 1, 9, &[4, 0, 0, 0]));
                pcap.stream(TO_SERVER, &message);
                for number in 0..80_000_u32 {
                    let mut other = message.clone();
                    other[60] = number as u8;
                    pcap.segment(TO_SERVER, 1_000 + number % 72, ACK, &other);
                }
                pcap.file()
            },
            expected: Expected::Sessions(1),
        },
        Hostile {
            name: "connections with one SMB message each",
            make: || {
                let mut pcap = Pcap::raw();
                for number in 0..many(80_000) as u32 {
                    let message = frame(&smb2(13, 0, 1, 9 + u64::from(number), &[4, 0, 0, 0]));
                    pcap.segment(Ends::of(number), 1_000, ACK, &message);
                }
                pcap.file()
            },
            expected: Expected::Sessions(many(80_000)),
        },
    ]
}
