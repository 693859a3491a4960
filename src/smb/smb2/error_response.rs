//! SMB2 ERROR Response, \[MS-SMB2\] 2.2.2.

use nom::IResult;
use nom::number::complete::{le_u8, le_u16, le_u32};

use super::Header;
use crate::smb::error::{DecodeError, Structure};
use crate::smb::fields::{Buffer, read_fields};

/// What stands in place of a command's own response when the command failed, \[MS-SMB2\] 2.2.2.
///
/// The range before each field is its place in the message, in bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ErrorResponse<'a> {
    /// `[66]` ErrorContextCount: number of error contexts in 3.1.1; 0 before.
    pub error_context_count: u8,
    /// `[72..]` ErrorData, of ByteCount (`[68..72]`) bytes.
    pub error_data: Buffer<'a>,
}

impl<'a> ErrorResponse<'a> {
    /// Bytes from the start of the message to the error data.
    const FIELDS_END: usize = Header::LEN + 8;

    /// Reads the response that follows the header of `message`.
    pub fn parse(message: &'a [u8]) -> Result<ErrorResponse<'a>, DecodeError> {
        let structure = Structure::Smb2ErrorResponse;
        let (structure_size, error_context_count, byte_count) =
            read_fields(structure, message, Header::LEN, 8, response)?;
        structure.check_size(Header::LEN, 9, structure_size)?;
        let error_data = Buffer::new(
            structure,
            message,
            Header::LEN..ErrorResponse::FIELDS_END,
            ErrorResponse::FIELDS_END,
            usize::try_from(byte_count).unwrap_or(usize::MAX),
        );
        Ok(ErrorResponse { error_context_count, error_data })
    }
}

/// StructureSize, ErrorContextCount and ByteCount.
fn response(input: &[u8]) -> IResult<&[u8], (u16, u8, u32)> {
    let (input, structure_size) = le_u16(input)?;
    let (input, error_context_count) = le_u8(input)?;
    let (input, _reserved) = le_u8(input)?;
    let (input, byte_count) = le_u32(input)?;
    Ok((input, (structure_size, error_context_count, byte_count)))
}

#[cfg(test)]
mod tests {
    use super::ErrorResponse;
    use crate::smb::testing::{check_truncations, smb2};

    #[test]
    fn the_error_data_is_what_byte_count_says() {
        // What Samba 4.17 sends: no data, and a byte for the empty array.
        let message = smb2(0x0b, true, "0900 00 00 00000000 00");
        let response = ErrorResponse::parse(&message).unwrap();
        assert_eq!(response.error_context_count, 0);
        assert_eq!(response.error_data.whole(), Ok(&[][..]));
        let message = smb2(0x05, true, "0900 01 00 04000000 11223344");
        let response = ErrorResponse::parse(&message).unwrap();
        assert_eq!(response.error_context_count, 1);
        assert_eq!(response.error_data.whole(), Ok(&[0x11, 0x22, 0x33, 0x44][..]));
        check_truncations(&message, 72, |message| ErrorResponse::parse(message).is_err());
        let message = smb2(0x05, true, "0900 01 00 ffffffff 11223344");
        let response = ErrorResponse::parse(&message).unwrap();
        assert_eq!(response.error_data.captured(), [0x11, 0x22, 0x33, 0x44]);
        assert!(response.error_data.whole().is_err());
    }
}
