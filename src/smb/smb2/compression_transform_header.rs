//! SMB2 COMPRESSION_TRANSFORM_HEADER, \[MS-SMB2\] 2.2.42: what stands before a compressed message.

use nom::IResult;
use nom::number::complete::{le_u16, le_u32};

use super::CompressionAlgorithmId;
use crate::smb::error::{DecodeError, DecodeErrorKind, Structure};
use crate::smb::fields::{bytes, from_offset, read_fields};

/// An SMB2 COMPRESSION_TRANSFORM_HEADER in one of its two forms.
///
/// The range before each field is its place in the message, in bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CompressionTransformHeader<'a> {
    /// \[MS-SMB2\] 2.2.42.1.
    Unchained {
        /// `[4..8]` OriginalCompressedSegmentSize: bytes of the compressed part before it was
        /// compressed.
        original_compressed_segment_size: u32,
        /// `[8..10]` CompressionAlgorithm.
        compression_algorithm: CompressionAlgorithmId,
        /// `[10..12]` Flags: not 1.
        flags: u16,
        /// `[12..16]` Offset: bytes between the header and the compressed part.
        offset: u32,
        /// `[16..]` The bytes that were left as they are, as many as Offset says or were captured.
        uncompressed: &'a [u8],
        /// The compressed bytes: all that follow.
        compressed: &'a [u8],
    },
    /// \[MS-SMB2\] 2.2.42.2.
    Chained {
        /// `[4..8]` OriginalCompressedSegmentSize: bytes of the whole message before it was
        /// compressed.
        original_compressed_segment_size: u32,
        /// `[8..]` The payloads.
        payloads: CompressionPayloads<'a>,
    },
}

impl<'a> CompressionTransformHeader<'a> {
    /// ProtocolId, the first four bytes.
    pub const PROTOCOL_ID: [u8; 4] = *b"\xfcSMB";

    /// Bytes of the unchained form before the message.
    pub(crate) const UNCHAINED_LEN: usize = 16;

    /// Bytes of the chained form before its first payload.
    const CHAINED_LEN: usize = 8;

    /// Reads the header that `message` starts with. Flags decides which form it is.
    pub fn parse(message: &'a [u8]) -> Result<CompressionTransformHeader<'a>, DecodeError> {
        let structure = Structure::Smb2CompressionTransformHeader;
        let len = CompressionTransformHeader::UNCHAINED_LEN;
        let fields = read_fields(structure, message, 0, len, header)?;
        if fields.protocol_id != CompressionTransformHeader::PROTOCOL_ID {
            let kind = DecodeErrorKind::ProtocolId { found: fields.protocol_id };
            return Err(structure.error(0, kind));
        }
        let original_compressed_segment_size = fields.original_compressed_segment_size;
        if fields.flags == CompressionPayload::FLAG_CHAINED {
            let payloads =
                CompressionPayloads { message, offset: CompressionTransformHeader::CHAINED_LEN };
            return Ok(CompressionTransformHeader::Chained {
                original_compressed_segment_size,
                payloads,
            });
        }
        let rest = from_offset(message, len);
        let offset = usize::try_from(fields.offset).unwrap_or(usize::MAX);
        let (uncompressed, compressed) = rest.split_at_checked(offset).unwrap_or((rest, &[]));
        Ok(CompressionTransformHeader::Unchained {
            original_compressed_segment_size,
            compression_algorithm: fields.compression_algorithm,
            flags: fields.flags,
            offset: fields.offset,
            uncompressed,
            compressed,
        })
    }
}

/// The payloads of a chained header, in their order. After one that could not be read there are no
/// more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CompressionPayloads<'a> {
    message: &'a [u8],
    /// Of the next payload, from the start of the message.
    offset: usize,
}

/// A part of a message that is compressed in its own way, \[MS-SMB2\] 2.2.42.2.1.
///
/// The range before each field is its place in the payload, in bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CompressionPayload<'a> {
    /// `[0..2]` CompressionAlgorithm.
    pub compression_algorithm: CompressionAlgorithmId,
    /// `[2..4]` Flags: 1 in the first payload. Later ones may hold anything.
    pub flags: u16,
    /// `[8..12]` OriginalPayloadSize: bytes of the payload before it was compressed; only
    /// algorithms of the LZ family have it.
    pub original_payload_size: Option<u32>,
    /// The payload's bytes, as many as Length (`[4..8]`) says.
    pub data: &'a [u8],
    /// Where `data` starts, in bytes from the start of the message.
    pub data_offset: usize,
}

impl CompressionPayload<'_> {
    /// SMB2_COMPRESSION_FLAG_CHAINED.
    pub const FLAG_CHAINED: u16 = 0x0001;

    /// Bytes before OriginalPayloadSize or the data.
    const HEADER_LEN: usize = 8;
}

impl<'a> Iterator for CompressionPayloads<'a> {
    type Item = Result<CompressionPayload<'a>, DecodeError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.offset >= self.message.len() {
            return None;
        }
        match payload(self.message, self.offset) {
            Ok((payload, end)) => {
                self.offset = end;
                Some(Ok(payload))
            }
            Err(error) => {
                self.offset = usize::MAX;
                Some(Err(error))
            }
        }
    }
}

/// The payload at `offset` of `message`, and where it ends.
fn payload(message: &[u8], offset: usize) -> Result<(CompressionPayload<'_>, usize), DecodeError> {
    let structure = Structure::Smb2CompressionTransformHeader;
    let header_len = CompressionPayload::HEADER_LEN;
    let (compression_algorithm, flags, length) =
        read_fields(structure, message, offset, header_len, payload_header)?;
    let available = message.len().saturating_sub(offset);
    let needed = header_len.saturating_add(usize::try_from(length).unwrap_or(usize::MAX));
    let truncated = structure.error(offset, DecodeErrorKind::Truncated { needed, available });
    let whole = from_offset(message, offset).get(..needed).ok_or(truncated)?;
    let data = from_offset(whole, header_len);
    let (original_payload_size, data) = if has_original_size(compression_algorithm) {
        let (size, data) = data.split_first_chunk::<4>().ok_or(truncated)?;
        (Some(u32::from_le_bytes(*size)), data)
    } else {
        (None, data)
    };
    let end = offset.saturating_add(needed);
    let payload = CompressionPayload {
        compression_algorithm,
        flags,
        original_payload_size,
        data,
        data_offset: end.saturating_sub(data.len()),
    };
    Ok((payload, end))
}

/// Whether a payload says how long it was before it was compressed.
fn has_original_size(algorithm: CompressionAlgorithmId) -> bool {
    matches!(
        algorithm,
        CompressionAlgorithmId::LZNT1
            | CompressionAlgorithmId::LZ77
            | CompressionAlgorithmId::LZ77_HUFFMAN
            | CompressionAlgorithmId::LZ4
    )
}

/// The fields of the unchained form, of which the chained form shares the first four.
struct Fields {
    protocol_id: [u8; 4],
    original_compressed_segment_size: u32,
    compression_algorithm: CompressionAlgorithmId,
    flags: u16,
    offset: u32,
}

fn header(input: &[u8]) -> IResult<&[u8], Fields> {
    let (input, protocol_id) = bytes(input)?;
    let (input, original_compressed_segment_size) = le_u32(input)?;
    let (input, compression_algorithm) = le_u16(input)?;
    let (input, flags) = le_u16(input)?;
    let (input, offset) = le_u32(input)?;
    let fields = Fields {
        protocol_id,
        original_compressed_segment_size,
        compression_algorithm: CompressionAlgorithmId(compression_algorithm),
        flags,
        offset,
    };
    Ok((input, fields))
}

/// CompressionAlgorithm, Flags and Length.
fn payload_header(input: &[u8]) -> IResult<&[u8], (CompressionAlgorithmId, u16, u32)> {
    let (input, compression_algorithm) = le_u16(input)?;
    let (input, flags) = le_u16(input)?;
    let (input, length) = le_u32(input)?;
    Ok((input, (CompressionAlgorithmId(compression_algorithm), flags, length)))
}

#[cfg(test)]
mod tests {
    use super::{CompressionPayload, CompressionTransformHeader};
    use crate::smb::smb2::CompressionAlgorithmId;
    use crate::smb::testing::{check_truncations, hex};

    #[test]
    fn the_unchained_form_has_a_part_left_as_it_is() {
        let message = hex("fc534d42 00100000 0200 0000 02000000 aabb ccddee");
        let expected = CompressionTransformHeader::Unchained {
            original_compressed_segment_size: 0x1000,
            compression_algorithm: CompressionAlgorithmId::LZ77,
            flags: 0,
            offset: 2,
            uncompressed: &[0xaa, 0xbb],
            compressed: &[0xcc, 0xdd, 0xee],
        };
        assert_eq!(CompressionTransformHeader::parse(&message), Ok(expected));
        check_truncations(&message, 16, |message| {
            CompressionTransformHeader::parse(message).is_err()
        });
    }

    #[test]
    fn an_offset_beyond_the_message_leaves_nothing_compressed() {
        let message = hex("fc534d42 00100000 0200 0000 ffffffff aabb");
        let header = CompressionTransformHeader::parse(&message).unwrap();
        let CompressionTransformHeader::Unchained { uncompressed, compressed, .. } = header else {
            panic!("{header:?}")
        };
        assert_eq!(uncompressed, [0xaa, 0xbb]);
        assert!(compressed.is_empty());
    }

    /// Two payloads: a pattern, and LZ77 whose Flags hold anything.
    const CHAINED: &str = "fc534d42 00100000 0400 0100 08000000 6100000000100000
        0200 75b9 06000000 10000000 aabb";

    fn payloads(message: &[u8]) -> Vec<Option<CompressionPayload<'_>>> {
        match CompressionTransformHeader::parse(message) {
            Ok(CompressionTransformHeader::Chained { payloads, .. }) => {
                payloads.map(Result::ok).collect()
            }
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn the_chained_form_has_payloads() {
        let message = hex(CHAINED);
        let payloads = payloads(&message);
        let [Some(pattern), Some(lz77)] = payloads.as_slice() else { panic!("{payloads:?}") };
        assert_eq!(pattern.compression_algorithm, CompressionAlgorithmId::PATTERN_V1);
        assert_eq!(pattern.original_payload_size, None);
        assert_eq!(pattern.data, hex("6100000000100000"));
        assert_eq!(lz77.compression_algorithm, CompressionAlgorithmId::LZ77);
        assert_eq!(lz77.flags, 0xb975);
        assert_eq!(lz77.original_payload_size, Some(16));
        assert_eq!(lz77.data, [0xaa, 0xbb]);
        assert_eq!((pattern.data_offset, lz77.data_offset), (16, 36));
    }

    #[test]
    fn payloads_end_with_the_first_that_is_cut() {
        let message = hex(CHAINED);
        for len in 16..message.len() {
            let payloads = payloads(&message[..len]);
            let n_whole = payloads.iter().flatten().count();
            assert_eq!(n_whole, usize::from(len >= 24), "the first {len} bytes");
            assert!(payloads.len() <= n_whole + 1);
        }
        // LZ4 with a Length that leaves no room for OriginalPayloadSize.
        assert_eq!(payloads(&hex("fc534d42 00100000 0500 0100 02000000 aabb")), [None]);
    }
}
