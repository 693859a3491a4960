use super::{DecompressionError, DecompressionErrorKind, decompress};
use crate::smb::smb2::CompressionAlgorithmId;
use crate::smb::testing::hex;

const MOST: usize = 1 << 20;

fn decompressed(message: &[u8]) -> Result<Vec<u8>, DecompressionError> {
    let mut uncompressed = b"of another message".to_vec();
    decompress(message, MOST, &mut uncompressed).map(|()| uncompressed)
}

/// An unchained message of `size` bytes whose `data`, in hexadecimal digits, `algorithm` compressed.
fn unchained(algorithm: CompressionAlgorithmId, size: u32, data: &str) -> Vec<u8> {
    let header = [&size.to_le_bytes()[..], &algorithm.0.to_le_bytes(), &[0; 6]].concat();
    [b"\xfcSMB", &header[..], &hex(data)].concat()
}

/// The lengths of Huffman codes, of which those that are 0 are left out.
fn lengths(codes: &[(usize, u8)]) -> String {
    let mut table = [0_u8; 256];
    for (symbol, length) in codes {
        table[symbol / 2] |= length << (4 * (symbol % 2));
    }
    table.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn alphabet() -> Vec<u8> {
    (b'a'..=b'z').collect()
}

/// \[MS-XCA\] 3.1.
#[test]
fn lz77_gives_the_published_examples() {
    let letters: String = alphabet().iter().map(|letter| format!("{letter:02x}")).collect();
    let message = unchained(CompressionAlgorithmId::LZ77, 26, &format!("3f000000{letters}"));
    assert_eq!(decompressed(&message), Ok(alphabet()));
    let message = unchained(CompressionAlgorithmId::LZ77, 300, "ffffff1f 61626317000fff2601");
    assert_eq!(decompressed(&message), Ok(b"abc".repeat(100)));
}

/// \[MS-XCA\] 3.2.
#[test]
fn lz77_huffman_gives_the_published_examples() {
    let algorithm = CompressionAlgorithmId::LZ77_HUFFMAN;
    let codes: Vec<(usize, u8)> = (usize::from(b'a')..=usize::from(b'z'))
        .map(|symbol| (symbol, if symbol <= usize::from(b'v') { 5 } else { 4 }))
        .chain([(256, 4)])
        .collect();
    let data = "d8523ed794115be9195ff9d67cdf8d0400000000";
    let message = unchained(algorithm, 26, &(lengths(&codes) + data));
    assert_eq!(decompressed(&message), Ok(alphabet()));
    let codes = [(97, 3), (98, 3), (99, 2), (256, 2), (287, 2)];
    let message = unchained(algorithm, 300, &(lengths(&codes) + "a8dc0000ff2601"));
    assert_eq!(decompressed(&message), Ok(b"abc".repeat(100)));
}

/// \[MS-XCA\] 3.3.
#[test]
fn lznt1_gives_the_published_example() {
    let plain = "F# F# G A A G F# E D D E F# F# E E F# F# G A A G F# E D D E F# E D D E E F# D E \
                 F# G F# D E F# G F# E D E A F# F# G A A G F# E D D E F# E D D\0";
    let data = "38b0884623200020472041001 0a24701a0452044000845015079 00c04520052413880\
                5b4024a44ef0358028c09160148450 0be009e000401189000";
    let size = plain.len().try_into().unwrap();
    let message = unchained(CompressionAlgorithmId::LZNT1, size, data);
    assert_eq!(decompressed(&message), Ok(plain.as_bytes().to_vec()));
}

/// A WRITE request of Windows, as the tests of smb-rs have it: two parts as they were, the second
/// one with Flags that mean nothing, and a pattern of zeros.
const WRITE_REQUEST: &str = "fc534d42 70010000 00000100 68000000
    fe534d4240000100000000001000010030000000000000009100000000000000fffe0000010000007d00002800300000
    000000000000000000000000000000002900010f2a02000068000000080100000000000003000000ee0500000c000000
    8d0000000c000000
    000075b9 1a000000 0000000015244d7045615f44323632414336323434353132393 5
    04000000 08000000 00000000ee000000";

#[test]
fn a_chain_is_put_together() {
    let message = hex(WRITE_REQUEST);
    let uncompressed = decompressed(&message).unwrap();
    assert_eq!(uncompressed.len(), 368);
    assert_eq!(uncompressed[..104], message[16..120]);
    assert_eq!(uncompressed[104..130], message[128..154]);
    assert_eq!(uncompressed[130..], [0; 238]);
}

#[test]
fn the_start_of_a_cut_chain_comes_out() {
    let message = hex(WRITE_REQUEST);
    let whole = decompressed(&message).unwrap();
    for len in 0..message.len() {
        let mut uncompressed = Vec::new();
        let error = decompress(&message[..len], MOST, &mut uncompressed).unwrap_err();
        assert!(whole.starts_with(&uncompressed));
        assert_eq!(uncompressed.len() >= 104, len >= 120, "the first {len} bytes, {error}");
    }
}

#[test]
fn sizes_must_add_up() {
    let mut message = hex(WRITE_REQUEST);
    message[4] += 1;
    let error = DecompressionError::Size { expected: 369, found: 368 };
    assert_eq!(decompressed(&message), Err(error));
    message[4] -= 2;
    let kind = DecompressionErrorKind::TooLong { size: 238, left: 237 };
    let error = DecompressionError::at(CompressionAlgorithmId::PATTERN_V1, 162, kind);
    assert_eq!(decompressed(&message), Err(error));
    message[4..8].copy_from_slice(&u32::MAX.to_le_bytes());
    let error = DecompressionError::Bound { size: u32::MAX as usize, most: MOST };
    assert_eq!(decompressed(&message), Err(error));
}

#[test]
fn an_offset_behind_the_message_is_said() {
    let mut message = unchained(CompressionAlgorithmId::LZ77, 0, "6161");
    message[12] = 3;
    let kind = DecompressionErrorKind::Offset { offset: 3 };
    let error = DecompressionError::at(CompressionAlgorithmId::LZ77, 18, kind);
    assert_eq!(decompressed(&message), Err(error));
    message[12] = 2;
    assert_eq!(decompressed(&message), Ok(b"aa".to_vec()));
}

/// What is wrong with `data`, in hexadecimal digits, of `algorithm`.
fn fault(algorithm: CompressionAlgorithmId, size: u32, data: &str) -> DecompressionErrorKind {
    match decompressed(&unchained(algorithm, size, data)) {
        Err(DecompressionError::Data { kind, offset: 16, .. }) => kind,
        other => panic!("{other:?}"),
    }
}

#[test]
fn what_is_wrong_is_said() {
    use CompressionAlgorithmId as Algorithm;
    use DecompressionErrorKind as Kind;

    assert_eq!(fault(CompressionAlgorithmId(6), 1, "00"), Kind::Algorithm);
    let ends = Kind::Truncated { size: 3, found: 2 };
    assert_eq!(fault(Algorithm::NONE, 3, "0000"), ends);
    assert_eq!(fault(Algorithm::NONE, 1, "0000"), Kind::TooLong { size: 2, left: 1 });
    assert_eq!(fault(Algorithm::LZNT1, 3, "0130 6161 0000"), ends);
    assert_eq!(fault(Algorithm::LZNT1, 3, "0130 6161 0150"), Kind::ChunkHeader { header: 0x5001 });
    assert_eq!(
        fault(Algorithm::LZNT1, 9, "03b0 02 61 0020"),
        Kind::Distance { distance: 3, found: 1 }
    );
    assert_eq!(
        fault(Algorithm::LZNT1, 9000, "03b0 02 61 ff0f"),
        Kind::TooLong { size: 4098, left: 4095 }
    );
    assert_eq!(fault(Algorithm::LZ77, 3, "ffffff3f 6161"), ends);
    assert_eq!(
        fault(Algorithm::LZ77, 9, "ffffff7f 61 0800"),
        Kind::Distance { distance: 2, found: 1 }
    );
    assert_eq!(fault(Algorithm::LZ77, 3, "ffffff7f 61 0000"), Kind::TooLong { size: 3, left: 2 });
    assert_eq!(
        fault(Algorithm::LZ77, 99, "ffffff7f 61 0700 0f ff 1500"),
        Kind::Length { length: 21 }
    );
    assert_eq!(fault(Algorithm::LZ4, 3, "20 6161"), Kind::Lz4);
    assert_eq!(fault(Algorithm::LZ4, u32::from(u16::MAX), "20 6161"), Kind::Lz4);
    assert_eq!(fault(Algorithm::PATTERN_V1, 3, "61000000 02000000"), ends);
    assert_eq!(fault(Algorithm::PATTERN_V1, 3, "61000000 0200"), Kind::Pattern { len: 6 });
}

#[test]
fn huffman_codes_must_be_codes() {
    use DecompressionErrorKind as Kind;
    let fault = |size, codes: &[(usize, u8)], data: &str| {
        fault(CompressionAlgorithmId::LZ77_HUFFMAN, size, &(lengths(codes) + data))
    };
    let both = [(97, 1), (98, 1)];
    assert_eq!(fault(33, &both, "0f000000"), Kind::Truncated { size: 33, found: 32 });
    assert_eq!(fault(1, &[(97, 1), (98, 1), (99, 1)], "00000000"), Kind::HuffmanCodes);
    assert_eq!(fault(1, &[(97, 1), (98, 2)], "00c00000"), Kind::HuffmanCodes);
    assert_eq!(fault(1, &[], "00000000"), Kind::HuffmanCodes);
}
