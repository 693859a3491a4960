//! Security blobs that lead in circles or deep down.

use super::smb::of_messages;
use super::writer::{many, setup};
use super::{Expected, Hostile};

pub(crate) fn files() -> Vec<Hostile> {
    vec![
        Hostile {
            name: "SPNEGO in SPNEGO, 10,000 times",
            make: || tokens(60, &nested(&[0x60, 0x82], 10_000)),
            expected: Expected::Sessions(many(60)),
        },
        Hostile {
            name: "NegTokenResp in NegTokenResp, 10,000 times",
            make: || tokens(60, &nested(&[0xA1, 0x82], 10_000)),
            expected: Expected::Sessions(many(60)),
        },
        Hostile {
            name: "lengths of 2^63 in SPNEGO",
            make: || {
                let lengths = [0x60, 0x88, 0x7F, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF];
                tokens(60, &lengths.repeat(4_000))
            },
            expected: Expected::Sessions(many(60)),
        },
        Hostile {
            name: "mechanisms without end",
            make: || {
                let oid = [6, 1, 0x55];
                let mut list = vec![0x30, 0x82];
                list.extend((3 * 13_000_u16).to_be_bytes());
                list.extend(oid.repeat(13_000));
                let token = wrap(
                    &[0x60, 0x82],
                    &[
                        &[6, 6, 0x2B, 6, 1, 5, 5, 2][..],
                        &wrap(&[0xA0, 0x82], &wrap(&[0x30, 0x82], &wrap(&[0xA0, 0x82], &list))),
                    ]
                    .concat(),
                );
                tokens(100, &token)
            },
            expected: Expected::Sessions(many(100)),
        },
        Hostile {
            name: "NTLMSSP in every byte",
            make: || tokens(120, &b"NTLMSSP\0\x09\0\0\0".repeat(5_000)),
            expected: Expected::Sessions(many(120)),
        },
        Hostile {
            name: "NTLM fields that all hold the whole message",
            make: || {
                let mut token = b"NTLMSSP\0\x03\0\0\0".to_vec();
                for _ in 0..6 {
                    token.extend([0xF0, 0xEF, 0xF0, 0xEF, 0, 0, 0, 0]);
                }
                token.extend([0x05, 0x82, 0x88, 0xE2]);
                token.resize(61_424, 0xD8);
                tokens(120, &token)
            },
            expected: Expected::Problem("limit-names", "names of hosts"),
        },
        Hostile {
            name: "AV pairs without end",
            make: || {
                let mut token = b"NTLMSSP\0\x02\0\0\0".to_vec();
                token.extend([0, 0, 0, 0, 56, 0, 0, 0, 0x05, 0x82, 0x89, 0xE2]);
                token.extend([9; 16]);
                token.extend([0x60, 0xEA, 0x60, 0xEA, 56, 0, 0, 0]);
                token.resize(56, 0);
                token.extend([1, 0, 0, 0].repeat(15_000));
                tokens(120, &token)
            },
            expected: Expected::Sessions(many(120)),
        },
        Hostile {
            name: "a Kerberos name of 10,000 parts",
            make: || {
                let strings = wrap(&[0x30, 0x82], &[0x1B, 2, b'a', b'b'].repeat(10_000));
                let name = [&[0xA0, 3, 2, 1, 2][..], &wrap(&[0xA1, 0x82], &strings)].concat();
                let name = wrap(&[0xA2, 0x82], &wrap(&[0x30, 0x82], &name));
                let realm = [0xA1, 4, 0x1B, 2, b'R', b'R'];
                let ticket = [&[0xA0, 3, 2, 1, 5][..], &realm, &name].concat();
                let ticket = wrap(&[0x61, 0x82], &wrap(&[0x30, 0x82], &ticket));
                let request = [
                    &[0xA0, 3, 2, 1, 5, 0xA1, 3, 2, 1, 14, 0xA2, 7, 3, 5, 0, 0, 0, 0, 0][..],
                    &wrap(&[0xA3, 0x82], &ticket),
                ];
                let request = wrap(&[0x6E, 0x82], &wrap(&[0x30, 0x82], &request.concat()));
                tokens(150, &request)
            },
            expected: Expected::Sessions(many(150)),
        },
    ]
}

/// A capture of sessions that each begin with this token.
fn tokens(count: usize, token: &[u8]) -> Vec<u8> {
    of_messages((1..=many(count) as u64).map(|id| setup(id, id, token)))
}

/// An element with a length of two bytes.
fn wrap(head: &[u8], contents: &[u8]) -> Vec<u8> {
    let len = u16::try_from(contents.len()).unwrap().to_be_bytes();
    [head, &len, contents].concat()
}

/// Elements inside of each other.
fn nested(head: &[u8], depth: u16) -> Vec<u8> {
    (0..depth).flat_map(|level| [head, &(4 * (depth - level - 1)).to_be_bytes()].concat()).collect()
}
