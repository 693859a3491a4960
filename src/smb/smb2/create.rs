//! SMB2 CREATE, \[MS-SMB2\] 2.2.13 and 2.2.14, as far as names and pipes need it.

use nom::IResult;
use nom::bytes::complete::take;
use nom::number::complete::le_u16;

use super::{FileId, Header};
use crate::smb::error::{DecodeError, Structure};
use crate::smb::fields::{Buffer, Text, bytes, read_fields};

/// The client opens a file or pipe, \[MS-SMB2\] 2.2.13.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CreateRequest<'a> {
    /// The buffer of NameOffset (`[108..110]`) and NameLength (`[110..112]`).
    pub name_buffer: Buffer<'a>,
}

impl<'a> CreateRequest<'a> {
    /// Bytes from the start of the message to the buffers.
    const FIELDS_END: usize = Header::LEN + 56;

    /// Reads the request that follows the header of `message`.
    pub fn parse(message: &'a [u8]) -> Result<CreateRequest<'a>, DecodeError> {
        let structure = Structure::Smb2CreateRequest;
        let (structure_size, offset, length) =
            read_fields(structure, message, Header::LEN, 56, request)?;
        structure.check_size(Header::LEN, 57, structure_size)?;
        let fields = Header::LEN..CreateRequest::FIELDS_END;
        let name_buffer = Buffer::new(structure, message, fields, offset.into(), length.into());
        Ok(CreateRequest { name_buffer })
    }

    /// The name, in its share, as much of it as was captured.
    pub const fn name(&self) -> Text<'a> {
        Text::Utf16(self.name_buffer.captured())
    }
}

/// What was opened, \[MS-SMB2\] 2.2.14.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CreateResponse {
    /// `[128..144]` FileId.
    pub file_id: FileId,
}

impl CreateResponse {
    /// Reads the response that follows the header of `message`.
    pub fn parse(message: &[u8]) -> Result<CreateResponse, DecodeError> {
        let structure = Structure::Smb2CreateResponse;
        let (structure_size, file_id) = read_fields(structure, message, Header::LEN, 80, response)?;
        structure.check_size(Header::LEN, 89, structure_size)?;
        Ok(CreateResponse { file_id })
    }
}

/// StructureSize, NameOffset and NameLength.
fn request(input: &[u8]) -> IResult<&[u8], (u16, u16, u16)> {
    let (input, structure_size) = le_u16(input)?;
    // From SecurityFlags to CreateOptions: how it is opened.
    let (input, _how) = take(42_usize)(input)?;
    let (input, name_offset) = le_u16(input)?;
    let (input, name_length) = le_u16(input)?;
    Ok((input, (structure_size, name_offset, name_length)))
}

fn response(input: &[u8]) -> IResult<&[u8], (u16, FileId)> {
    let (input, structure_size) = le_u16(input)?;
    // From OplockLevel to Reserved2: what the file is like.
    let (input, _attributes) = take(62_usize)(input)?;
    let (input, file_id) = bytes(input)?;
    Ok((input, (structure_size, FileId(file_id))))
}

#[cfg(test)]
mod tests {
    use super::{CreateRequest, CreateResponse};
    use crate::smb::testing::{check_truncations, smb2};

    #[test]
    fn a_request_names_a_pipe() {
        let body = format!(
            "3900 {} 7800 0c00 00000000 00000000 6c00730061007200700063 00",
            "00".repeat(42)
        );
        let message = smb2(5, false, &body);
        let request = CreateRequest::parse(&message).unwrap();
        assert_eq!(request.name().to_string(), "lsarpc");
        check_truncations(&message, 120, |message| CreateRequest::parse(message).is_err());
    }

    #[test]
    fn a_response_names_a_file_id() {
        let message = smb2(5, true, &format!("5900 {} {}", "00".repeat(62), "ab".repeat(16)));
        assert_eq!(CreateResponse::parse(&message).unwrap().file_id.0, [0xab; 16]);
        check_truncations(&message, 144, |message| CreateResponse::parse(message).is_err());
    }
}
