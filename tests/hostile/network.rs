//! Packets that are made of headers.

use super::writer::{ACK, Ends, Pcap, SYN, TO_SERVER, frame, ipv4, many, smb2};
use super::{Expected, Hostile};

pub(crate) fn files() -> Vec<Hostile> {
    vec![
        Hostile {
            name: "IP fragments that are never completed",
            make: || {
                let mut pcap = Pcap::raw();
                for number in 0..230_000_u32 {
                    let id = number << 16 | 0x2000;
                    let ip = ipv4(6, id, 28, [10, 0, (number >> 16) as u8, 7], [10, 0, 0, 5]);
                    pcap.packet(&[&ip, &[0; 8]]);
                }
                pcap.file()
            },
            expected: Expected::Sessions(0),
        },
        Hostile {
            name: "IP fragments at the far end",
            make: || {
                let mut pcap = Pcap::raw();
                for number in 0..230_000_u32 {
                    let id = number << 16 | 0x2000 | 8_000;
                    let ip = ipv4(6, id, 28, [10, 0, (number >> 16) as u8, 7], [10, 0, 0, 5]);
                    pcap.packet(&[&ip, &[0; 8]]);
                }
                pcap.file()
            },
            expected: Expected::Sessions(0),
        },
        Hostile {
            name: "IP fragments that overlap",
            make: || {
                let mut pcap = Pcap::raw();
                for number in 0..50_000_u32 {
                    let place = number.wrapping_mul(2_654_435_761) % 8_000;
                    let ip = ipv4(6, 7 << 16 | 0x2000 | place, 148, [10, 0, 0, 7], [10, 0, 0, 5]);
                    pcap.packet(&[&ip, &[number as u8; 128]]);
                }
                pcap.file()
            },
            expected: Expected::Sessions(0),
        },
        Hostile {
            name: "IP fragments with holes between them",
            make: || {
                let mut pcap = Pcap::raw();
                for number in 0..230_000_u32 {
                    let (id, place) = (number / 4_096, 2 * (number % 4_096));
                    let ip = ipv4(6, id << 16 | 0x2000 | place, 28, [10, 0, 0, 7], [10, 0, 0, 5]);
                    pcap.packet(&[&ip, &[0; 8]]);
                }
                pcap.file()
            },
            expected: Expected::Sessions(0),
        },
        Hostile {
            name: "a stack of 16,000 VLANs",
            make: || {
                let mut pcap = Pcap::of(1);
                let tags = [0x81, 0, 0, 1].repeat(16_000);
                for _ in 0..150 {
                    pcap.packet(&[&[2; 12], &tags, &[8, 0]]);
                }
                pcap.file()
            },
            expected: Expected::Sessions(0),
        },
        Hostile {
            name: "a stack of 16,000 MPLS labels",
            make: || {
                let mut pcap = Pcap::of(1);
                for _ in 0..150 {
                    pcap.packet(&[&[2; 12], &[0x88, 0x47], &[0, 1, 0, 64].repeat(16_000)]);
                }
                pcap.file()
            },
            expected: Expected::Sessions(0),
        },
        Hostile {
            name: "GRE in GRE, 2,000 times",
            make: || {
                let mut pcap = Pcap::raw();
                let mut packet = Vec::new();
                for level in 0..2_000 {
                    packet.extend(ipv4(47, 0, 65_535 - 24 * level, [10, 0, 0, 7], [10, 0, 0, 5]));
                    packet.extend([0, 0, 8, 0]);
                }
                for _ in 0..200 {
                    pcap.packet(&[&packet]);
                }
                pcap.file()
            },
            expected: Expected::Problem("limit-tunnels", "in so many tunnels"),
        },
        Hostile {
            name: "IP in IP, 3,000 times",
            make: || {
                let mut pcap = Pcap::raw();
                let mut packet = Vec::new();
                for level in 0..3_000 {
                    packet.extend(ipv4(4, 0, 65_535 - 20 * level, [10, 0, 0, 7], [10, 0, 0, 5]));
                }
                for _ in 0..160 {
                    pcap.packet(&[&packet]);
                }
                pcap.file()
            },
            expected: Expected::Problem("limit-tunnels", "in so many tunnels"),
        },
        Hostile {
            name: "VXLAN in VXLAN, 1,000 times",
            make: || {
                let mut pcap = Pcap::of(1);
                let mut packet = Vec::new();
                for level in 0..1_000 {
                    let len = 60_000 - 50 * level;
                    packet.extend([&[2; 12][..], &[8, 0]].concat());
                    packet.extend(ipv4(17, 0, len, [10, 0, 0, 7], [10, 0, 0, 5]));
                    packet.extend([0xC0, 0, 0x12, 0xB5]);
                    packet.extend((len as u16 - 20).to_be_bytes());
                    packet.extend([0, 0, 8, 0, 0, 0, 0, 0, level as u8, 0]);
                }
                for _ in 0..200 {
                    pcap.packet(&[&packet]);
                }
                pcap.file()
            },
            expected: Expected::Problem("limit-tunnels", "in so many tunnels"),
        },
        Hostile {
            name: "IPv6 with 8,000 extension headers",
            make: || {
                let mut pcap = Pcap::raw();
                let mut packet = vec![0x60, 0, 0, 0, 0xFF, 0xFF, 0, 64];
                packet.extend([0xFD; 32]);
                packet.extend([0, 0, 1, 4, 0, 0, 0, 0].repeat(8_000));
                for _ in 0..150 {
                    pcap.packet(&[&packet]);
                }
                pcap.file()
            },
            expected: Expected::Sessions(0),
        },
        Hostile {
            name: "the same session in 40,000 VLANs",
            make: || {
                let mut pcap = Pcap::of(1);
                for number in 0..many(40_000) as u32 {
                    let [_, a, b, c] = number.to_be_bytes();
                    let message = frame(&smb2(13, 0, 1, 9, &[4, 0, 0, 0]));
                    let mut inner = Pcap::raw();
                    inner.segment(Ends::of(number), 1_000, ACK, &message);
                    let ip = &inner.file()[40..];
                    pcap.packet(&[&[2; 12], &[0x88, 0xA8, a, b + 1, 0x81, 0, b, c, 8, 0], ip]);
                }
                pcap.file()
            },
            expected: Expected::Sessions(many(40_000)),
        },
        Hostile {
            name: "DNS names that point at themselves",
            make: || {
                let mut pcap = Pcap::raw();
                let mut answer = vec![0, 7, 0x81, 0x80, 0, 1, 0xFF, 0xFF, 0, 0, 0, 0];
                answer.extend([0xC0, 12, 0, 1, 0, 1]);
                answer.extend([0xC0, 12, 0, 1, 0, 1, 0, 0, 0, 9, 0, 4, 10, 0, 0, 5].repeat(80));
                for _ in 0..7_000 {
                    pcap.datagram(53, &answer);
                }
                pcap.file()
            },
            expected: Expected::Sessions(0),
        },
        Hostile {
            name: "DNS names that point at each other",
            make: || {
                let mut pcap = Pcap::raw();
                let mut answer = vec![0, 7, 0x81, 0x80, 0, 1, 0, 200, 0, 0, 0, 0];
                // Each pointer leads to the one before it, the longest way that is allowed.
                answer.extend([1, b'a', 0, 0, 1, 0, 1]);
                for number in 0..500_u16 {
                    answer.extend([1, b'b']);
                    answer.extend(
                        (0xC000 | (if number == 0 { 12 } else { 15 + 4 * number })).to_be_bytes(),
                    );
                }
                let mut records = Vec::new();
                for _ in 0..70 {
                    records.extend([0xC0, 0xFF, 0, 1, 0, 1, 0, 0, 0, 9, 0, 4, 10, 0, 0, 5]);
                }
                answer.extend(records);
                for _ in 0..3_000 {
                    pcap.datagram(53, &answer);
                }
                pcap.file()
            },
            expected: Expected::Sessions(0),
        },
        Hostile {
            name: "120,000 host names",
            make: || {
                let mut pcap = Pcap::raw();
                // Names matter where there is SMB.
                pcap.stream(TO_SERVER, &frame(&smb2(13, 0, 1, 9, &[4, 0, 0, 0])));
                for number in 0..120_000_u32 {
                    let label = format!("{number:032x}");
                    let mut answer = vec![0, 7, 0x81, 0x80, 0, 1, 0, 1, 0, 0, 0, 0, 32];
                    answer.extend(label.bytes());
                    answer.extend([0, 0, 1, 0, 1, 0xC0, 12, 0, 1, 0, 1, 0, 0, 0, 9, 0, 4]);
                    answer.extend((0x0A00_0000 + number).to_be_bytes());
                    pcap.datagram(53, &answer);
                }
                pcap.file()
            },
            expected: Expected::Problem("limit-names", "names of hosts"),
        },
        Hostile {
            name: "DHCP with options that never end",
            make: || {
                let mut pcap = Pcap::raw();
                let mut message = vec![2, 1, 6, 0];
                message.extend([0; 232]);
                message.extend([0x63, 0x82, 0x53, 0x63, 53, 1, 5]);
                message.extend([12, 0].repeat(500));
                message.extend([12, 255, b'x', b'x']);
                for _ in 0..7_500 {
                    pcap.datagram(67, &message);
                }
                pcap.file()
            },
            expected: Expected::Sessions(0),
        },
        Hostile {
            name: "QUIC Initial packets that hold nothing",
            make: || {
                let mut pcap = Pcap::raw();
                for number in 0..8_000_u32 {
                    let mut packet = vec![0xC3, 0, 0, 0, 1, 8];
                    packet.extend(u64::from(number).to_be_bytes());
                    packet.extend([0, 0, 0x44, 0xA0]);
                    packet.extend([number as u8; 1_184]);
                    pcap.datagram(443, &packet);
                }
                pcap.file()
            },
            expected: Expected::Sessions(0),
        },
        Hostile {
            name: "a SYN scan of 300,000 ports",
            make: || {
                let mut pcap = Pcap::raw();
                for number in 0..300_000 {
                    pcap.segment(Ends::of(number), 1_000, SYN, &[]);
                }
                pcap.segment(TO_SERVER, 1_001, ACK, &[]);
                pcap.file()
            },
            expected: Expected::Problem("limit-flows", "too many were open"),
        },
    ]
}
