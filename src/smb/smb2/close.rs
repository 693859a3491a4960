//! SMB2 CLOSE, \[MS-SMB2\] 2.2.15.

use nom::IResult;
use nom::number::complete::{le_u16, le_u32};

use super::{FileId, Header};
use crate::smb::error::{DecodeError, Structure};
use crate::smb::fields::{bytes, read_fields};

/// The client closes a file or pipe, \[MS-SMB2\] 2.2.15.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CloseRequest {
    /// `[72..88]` FileId.
    pub file_id: FileId,
}

impl CloseRequest {
    /// Reads the request that follows the header of `message`.
    pub fn parse(message: &[u8]) -> Result<CloseRequest, DecodeError> {
        let structure = Structure::Smb2CloseRequest;
        let (structure_size, file_id) = read_fields(structure, message, Header::LEN, 24, request)?;
        structure.check_size(Header::LEN, 24, structure_size)?;
        Ok(CloseRequest { file_id })
    }
}

fn request(input: &[u8]) -> IResult<&[u8], (u16, FileId)> {
    let (input, structure_size) = le_u16(input)?;
    let (input, _flags) = le_u16(input)?;
    let (input, _reserved) = le_u32(input)?;
    let (input, file_id) = bytes(input)?;
    Ok((input, (structure_size, FileId(file_id))))
}

#[cfg(test)]
mod tests {
    use super::CloseRequest;
    use crate::smb::testing::{check_truncations, smb2};

    #[test]
    fn a_request_names_a_file_id() {
        let message = smb2(6, false, &format!("1800 0000 00000000 {}", "ab".repeat(16)));
        assert_eq!(CloseRequest::parse(&message).unwrap().file_id.0, [0xab; 16]);
        check_truncations(&message, 88, |message| CloseRequest::parse(message).is_err());
    }
}
