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
        /// `[16..]` The bytes that were left as they are, as many as Offset (`[12..16]`) says or
        /// were captured.
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
    const UNCHAINED_LEN: usize = 16;

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
    let payload = CompressionPayload { compression_algorithm, flags, original_payload_size, data };
    Ok((payload, offset.saturating_add(needed)))
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
