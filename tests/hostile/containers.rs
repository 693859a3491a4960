//! Capture files that lie about themselves.

use super::writer::{Pcap, block, enhanced, interface, section};
use super::{Expected, Hostile};

pub(crate) fn files() -> Vec<Hostile> {
    let cannot_be = || Expected::Problem("length-invalid", "");
    let cannot_be_long = || Expected::Problem("record-too-long", "");
    vec![
        Hostile {
            name: "pcapng with 100,000 interfaces",
            make: || {
                let interfaces = interface(&[]).repeat(100_000);
                [section(), interfaces, enhanced(99_999, b"x", &[])].concat()
            },
            expected: Expected::Problem("too-many-interfaces", "65536"),
        },
        Hostile {
            name: "pcapng with 10 MB of comments on a packet",
            make: || {
                let comment = [&[1, 0, 0xF8, 0xFF][..], &[b'x'; 0xFFF8]].concat();
                [section(), interface(&[]), enhanced(0, b"x", &comment.repeat(160))].concat()
            },
            expected: Expected::Sessions(0),
        },
        Hostile {
            name: "pcapng with 2,500,000 empty options",
            make: || {
                let options = [1, 0, 0, 0].repeat(2_500_000);
                [section(), interface(&options), enhanced(0, b"x", &options[..4])].concat()
            },
            expected: Expected::Problem("text-not-read", "left out"),
        },
        Hostile {
            name: "pcapng with a block of length 0",
            make: || {
                let start = [section(), interface(&[])].concat();
                [start, 6_u32.to_le_bytes().to_vec(), vec![0; 1 << 20]].concat()
            },
            expected: cannot_be(),
        },
        Hostile {
            name: "pcapng with a block of 4 GiB",
            make: || {
                let start = [section(), interface(&[])].concat();
                let head = [6_u32, 0xFFFF_FFFC].map(u32::to_le_bytes).concat();
                [start, head, vec![0; 1 << 20]].concat()
            },
            expected: Expected::Problem("", ""),
        },
        Hostile {
            name: "pcapng with 300,000 sections",
            make: || [section().repeat(300_000), interface(&[])].concat(),
            expected: Expected::Sessions(0),
        },
        Hostile {
            name: "pcapng with 800,000 blocks of unknown kinds",
            make: || {
                let blocks = (0..800_000_u32).flat_map(|kind| block(0x8000_0000 | kind, &[]));
                [section(), blocks.collect()].concat()
            },
            expected: Expected::Sessions(0),
        },
        Hostile {
            name: "pcapng with 1,000,000 names",
            make: || {
                let name = [&[1, 0, 8, 0, 10, 0, 0, 5][..], b"fs1\0"].concat();
                let names = block(4, &name.repeat(1_000));
                [section(), interface(&[]), names.repeat(1_000)].concat()
            },
            expected: Expected::Problem("limit-about-file", "names of addresses are left out"),
        },
        Hostile {
            name: "pcapng with packets of unknown interfaces",
            make: || [section(), enhanced(u32::MAX, b"", &[]).repeat(300_000)].concat(),
            expected: Expected::Problem("interface-unknown", ""),
        },
        Hostile {
            name: "pcap of empty records",
            make: || {
                let mut pcap = Pcap::raw();
                while pcap.len() < 10_000_000 {
                    pcap.packet(&[]);
                }
                pcap.file()
            },
            expected: Expected::Sessions(0),
        },
        Hostile {
            name: "pcap with a record of 4 GiB",
            make: || {
                let mut pcap = Pcap::raw();
                pcap.packet(&[b"x"]);
                [pcap.file(), vec![0xFF; 16], vec![0; 10_000_000]].concat()
            },
            expected: Expected::Problem("", ""),
        },
        Hostile {
            name: "pcap with damage after every third record",
            make: || {
                let row = [4_u32, 4, 4, 4, 4].map(u32::to_le_bytes).concat().repeat(3);
                let rows = [row, vec![0xFF; 16]].concat().repeat(10_000_000 / 76);
                [Pcap::raw().file(), rows].concat()
            },
            expected: cannot_be_long(),
        },
        Hostile {
            name: "pcap with records that start everywhere, and break off",
            make: || {
                let records = 8_u32.to_le_bytes().repeat(19_000);
                let rows = [vec![0xFF; 16], records].concat().repeat(10_000_000 / 76_016);
                [Pcap::raw().file(), rows].concat()
            },
            expected: cannot_be_long(),
        },
        Hostile {
            name: "pcapng with damage after every third block",
            make: || {
                let row = [enhanced(0, b"x", &[]).repeat(3), vec![0xFF; 16]].concat();
                [section(), interface(&[]), row.repeat(80_000)].concat()
            },
            expected: cannot_be(),
        },
        Hostile {
            name: "pcapng with blocks that start everywhere, and never end",
            make: || {
                let heads = [6_u32, 0xF_FFFC].map(u32::to_le_bytes).concat();
                [section(), interface(&[]), vec![0xFF; 16], heads.repeat(1_250_000)].concat()
            },
            expected: cannot_be(),
        },
        Hostile { name: "zeros", make: || vec![0; 10_000_000], expected: Expected::Refused("") },
        Hostile {
            name: "text without an end",
            make: || b"no capture, only words ".repeat(430_000),
            expected: Expected::Refused("text"),
        },
    ]
}
