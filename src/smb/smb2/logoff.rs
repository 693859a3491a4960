//! SMB2 LOGOFF, \[MS-SMB2\] 2.2.7 and 2.2.8.

use nom::IResult;
use nom::number::complete::le_u16;

use super::Header;
use crate::smb::error::{DecodeError, Structure};
use crate::smb::fields::read_fields;

/// The client ends its session, \[MS-SMB2\] 2.2.7. It has no fields beside StructureSize.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LogoffRequest;

impl LogoffRequest {
    /// Reads the request that follows the header of `message`.
    pub fn parse(message: &[u8]) -> Result<LogoffRequest, DecodeError> {
        let structure = Structure::Smb2LogoffRequest;
        let structure_size = read_fields(structure, message, Header::LEN, 4, logoff)?;
        structure.check_size(Header::LEN, 4, structure_size)?;
        Ok(LogoffRequest)
    }
}

/// The session has ended, \[MS-SMB2\] 2.2.8. It has no fields beside StructureSize.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LogoffResponse;

impl LogoffResponse {
    /// Reads the response that follows the header of `message`.
    pub fn parse(message: &[u8]) -> Result<LogoffResponse, DecodeError> {
        let structure = Structure::Smb2LogoffResponse;
        let structure_size = read_fields(structure, message, Header::LEN, 4, logoff)?;
        structure.check_size(Header::LEN, 4, structure_size)?;
        Ok(LogoffResponse)
    }
}

/// StructureSize.
fn logoff(input: &[u8]) -> IResult<&[u8], u16> {
    let (input, structure_size) = le_u16(input)?;
    let (input, _reserved) = le_u16(input)?;
    Ok((input, structure_size))
}
