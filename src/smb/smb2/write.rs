//! SMB2 WRITE, \[MS-SMB2\] 2.2.21.

use nom::IResult;
use nom::number::complete::{le_u16, le_u32, le_u64};

use super::{FileId, Header};
use crate::smb::error::{DecodeError, Structure};
use crate::smb::fields::{Buffer, bytes, read_fields};

/// The client writes to a file or pipe, \[MS-SMB2\] 2.2.21.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WriteRequest<'a> {
    /// `[80..96]` FileId.
    pub file_id: FileId,
    /// The buffer of DataOffset (`[66..68]`) and Length (`[68..72]`).
    pub data: Buffer<'a>,
}

impl<'a> WriteRequest<'a> {
    /// Reads the request that follows the header of `message`.
    pub fn parse(message: &'a [u8]) -> Result<WriteRequest<'a>, DecodeError> {
        let structure = Structure::Smb2WriteRequest;
        let (structure_size, offset, length, file_id) =
            read_fields(structure, message, Header::LEN, 48, request)?;
        structure.check_size(Header::LEN, 49, structure_size)?;
        let length = usize::try_from(length).unwrap_or(usize::MAX);
        let fields = Header::LEN..Header::LEN + 48;
        let data = Buffer::new(structure, message, fields, offset.into(), length);
        Ok(WriteRequest { file_id, data })
    }
}

/// StructureSize, DataOffset, Length and FileId.
fn request(input: &[u8]) -> IResult<&[u8], (u16, u16, u32, FileId)> {
    let (input, structure_size) = le_u16(input)?;
    let (input, data_offset) = le_u16(input)?;
    let (input, length) = le_u32(input)?;
    let (input, _offset) = le_u64(input)?;
    let (input, file_id) = bytes(input)?;
    Ok((input, (structure_size, data_offset, length, FileId(file_id))))
}

#[cfg(test)]
mod tests {
    use super::WriteRequest;
    use crate::smb::testing::{check_truncations, smb2};

    #[test]
    fn a_request_has_data_for_a_file() {
        let (id, rest) = ("ab".repeat(16), "00".repeat(16));
        let body = format!("3100 7000 04000000 0000000000000000 {id} {rest} 61626364");
        let message = smb2(9, false, &body);
        let request = WriteRequest::parse(&message).unwrap();
        assert_eq!((request.file_id.0, request.data.whole()), ([0xab; 16], Ok(&b"abcd"[..])));
        check_truncations(&message, 112, |message| WriteRequest::parse(message).is_err());
    }
}
