//! SMB2 READ, \[MS-SMB2\] 2.2.19 and 2.2.20.

use nom::IResult;
use nom::number::complete::{le_u8, le_u16, le_u32, le_u64};

use super::{FileId, Header};
use crate::smb::error::{DecodeError, Structure};
use crate::smb::fields::{Buffer, bytes, read_fields};

/// The client reads from a file or pipe, \[MS-SMB2\] 2.2.19.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ReadRequest {
    /// `[80..96]` FileId.
    pub file_id: FileId,
}

impl ReadRequest {
    /// Reads the request that follows the header of `message`.
    pub fn parse(message: &[u8]) -> Result<ReadRequest, DecodeError> {
        let structure = Structure::Smb2ReadRequest;
        let (structure_size, file_id) = read_fields(structure, message, Header::LEN, 48, request)?;
        structure.check_size(Header::LEN, 49, structure_size)?;
        Ok(ReadRequest { file_id })
    }
}

/// What was read, \[MS-SMB2\] 2.2.20.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ReadResponse<'a> {
    /// The buffer of DataOffset (`[66]`) and DataLength (`[68..72]`).
    pub data: Buffer<'a>,
}

impl<'a> ReadResponse<'a> {
    /// Reads the response that follows the header of `message`.
    pub fn parse(message: &'a [u8]) -> Result<ReadResponse<'a>, DecodeError> {
        let structure = Structure::Smb2ReadResponse;
        let (structure_size, offset, length) =
            read_fields(structure, message, Header::LEN, 16, response)?;
        structure.check_size(Header::LEN, 17, structure_size)?;
        let length = usize::try_from(length).unwrap_or(usize::MAX);
        let fields = Header::LEN..Header::LEN + 16;
        Ok(ReadResponse { data: Buffer::new(structure, message, fields, offset.into(), length) })
    }
}

fn request(input: &[u8]) -> IResult<&[u8], (u16, FileId)> {
    let (input, structure_size) = le_u16(input)?;
    let (input, _padding) = le_u8(input)?;
    let (input, _flags) = le_u8(input)?;
    let (input, _length) = le_u32(input)?;
    let (input, _offset) = le_u64(input)?;
    let (input, file_id) = bytes(input)?;
    Ok((input, (structure_size, FileId(file_id))))
}

/// StructureSize, DataOffset and DataLength.
fn response(input: &[u8]) -> IResult<&[u8], (u16, u8, u32)> {
    let (input, structure_size) = le_u16(input)?;
    let (input, data_offset) = le_u8(input)?;
    let (input, _reserved) = le_u8(input)?;
    let (input, data_length) = le_u32(input)?;
    Ok((input, (structure_size, data_offset, data_length)))
}

#[cfg(test)]
mod tests {
    use super::{ReadRequest, ReadResponse};
    use crate::smb::testing::{check_truncations, smb2};

    #[test]
    fn a_request_names_a_file_id() {
        let (id, rest) = ("ab".repeat(16), "00".repeat(16));
        let body = format!("3100 50 00 00040000 0000000000000000 {id} {rest}");
        let message = smb2(8, false, &body);
        assert_eq!(ReadRequest::parse(&message).unwrap().file_id.0, [0xab; 16]);
        check_truncations(&message, 112, |message| ReadRequest::parse(message).is_err());
    }

    #[test]
    fn a_response_has_data() {
        let message = smb2(8, true, "1100 50 00 04000000 00000000 00000000 61626364");
        let response = ReadResponse::parse(&message).unwrap();
        assert_eq!(response.data.whole(), Ok(&b"abcd"[..]));
        check_truncations(&message, 80, |message| ReadResponse::parse(message).is_err());
    }
}
