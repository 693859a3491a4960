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

#[cfg(test)]
mod tests {
    use super::{LogoffRequest, LogoffResponse};
    use crate::smb::testing::{check_truncations, smb2};

    #[test]
    fn a_logoff_has_only_its_size() {
        let message = smb2(2, false, "0400 0000");
        check_truncations(&message, 68, |message| LogoffRequest::parse(message).is_err());
        check_truncations(&message, 68, |message| LogoffResponse::parse(message).is_err());
        let message = smb2(2, false, "0900 0000");
        assert!(LogoffRequest::parse(&message).is_err());
        assert!(LogoffResponse::parse(&message).is_err());
    }
}
