//! SMB2 TRANSFORM_HEADER, \[MS-SMB2\] 2.2.41: what stands before an encrypted message.

use nom::IResult;
use nom::number::complete::{le_u16, le_u32, le_u64};

use super::SessionId;
use crate::smb::error::{DecodeError, DecodeErrorKind, Structure};
use crate::smb::fields::{bytes, from_offset, read_fields};
use crate::smb::wire::wire_flags;

/// An SMB2 TRANSFORM_HEADER, \[MS-SMB2\] 2.2.41.
///
/// The range before each field is its place in the message, in bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TransformHeader {
    /// `[4..20]` Signature: the cipher's authentication tag.
    pub signature: [u8; 16],
    /// `[20..36]` Nonce, of which CCM takes the first 11 bytes and GCM the first 12.
    pub nonce: [u8; 16],
    /// `[36..40]` OriginalMessageSize: bytes of what is encrypted.
    pub original_message_size: u32,
    /// `[42..44]` Flags in 3.1.1; EncryptionAlgorithm in 3.0 and 3.0.2, with the same value.
    pub flags: TransformFlags,
    /// `[44..52]` SessionId.
    pub session_id: SessionId,
}

impl TransformHeader {
    /// Bytes in a header.
    pub const LEN: usize = 52;

    /// ProtocolId, the first four bytes.
    pub const PROTOCOL_ID: [u8; 4] = *b"\xfdSMB";

    /// Where the bytes start that the authentication tag covers beside the message: they go from
    /// the nonce to the end of the header.
    pub const ASSOCIATED_DATA_START: usize = 20;

    /// Reads the header that `message` starts with, and returns it with the encrypted bytes after
    /// it.
    pub fn parse(message: &[u8]) -> Result<(TransformHeader, &[u8]), DecodeError> {
        let structure = Structure::Smb2TransformHeader;
        let (protocol_id, header) =
            read_fields(structure, message, 0, TransformHeader::LEN, header)?;
        if protocol_id != TransformHeader::PROTOCOL_ID {
            let kind = DecodeErrorKind::ProtocolId { found: protocol_id };
            return Err(structure.error(0, kind));
        }
        Ok((header, from_offset(message, TransformHeader::LEN)))
    }
}

wire_flags! {
    /// What was done to the message, \[MS-SMB2\] 2.2.41.
    TransformFlags(u16) {
        /// It was encrypted.
        SMB2_TRANSFORM_HEADER_FLAGS_ENCRYPTED = 0x0001 => "ENCRYPTED",
    }
}

/// ProtocolId and the rest of the header.
fn header(input: &[u8]) -> IResult<&[u8], ([u8; 4], TransformHeader)> {
    let (input, protocol_id) = bytes(input)?;
    let (input, signature) = bytes(input)?;
    let (input, nonce) = bytes(input)?;
    let (input, original_message_size) = le_u32(input)?;
    let (input, _reserved) = le_u16(input)?;
    let (input, flags) = le_u16(input)?;
    let (input, session_id) = le_u64(input)?;
    let header = TransformHeader {
        signature,
        nonce,
        original_message_size,
        flags: TransformFlags(flags),
        session_id: SessionId(session_id),
    };
    Ok((input, (protocol_id, header)))
}

#[cfg(test)]
mod tests {
    use super::{TransformFlags, TransformHeader};
    use crate::smb::error::{DecodeErrorKind, Structure};
    use crate::smb::smb2::SessionId;
    use crate::smb::testing::{check_truncations, hex};

    /// A header with two encrypted bytes.
    const MESSAGE: &str = "fd534d42 00112233445566778899aabbccddeeff
        0102030405060708090a0b0c00000000 02000000 0000 0100 625c752100000000 aabb";

    #[test]
    fn every_field_has_its_place() {
        let message = hex(MESSAGE);
        let (header, encrypted) = TransformHeader::parse(&message).unwrap();
        assert_eq!(header.signature[15], 0xff);
        assert_eq!(header.nonce[..12], [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]);
        assert_eq!(header.original_message_size, 2);
        assert_eq!(header.flags, TransformFlags::SMB2_TRANSFORM_HEADER_FLAGS_ENCRYPTED);
        assert_eq!(header.session_id, SessionId(0x2175_5c62));
        assert_eq!(encrypted, [0xaa, 0xbb]);
        check_truncations(&message, 52, |message| TransformHeader::parse(message).is_err());
    }

    #[test]
    fn another_protocol_is_refused() {
        let mut message = hex(MESSAGE);
        message[0] = 0xfe;
        let kind = DecodeErrorKind::ProtocolId { found: *b"\xfeSMB" };
        let error = Structure::Smb2TransformHeader.error(0, kind);
        assert_eq!(TransformHeader::parse(&message), Err(error));
    }
}
