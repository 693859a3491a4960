//! VALIDATE_NEGOTIATE_INFO, \[MS-SMB2\] 2.2.31.4 and 2.2.32.6: both sides say again, in a signed
//! message, what they said in NEGOTIATE.

use nom::IResult;
use nom::number::complete::{le_u16, le_u32};

use super::{Capabilities, Dialect, SecurityMode};
use crate::smb::error::{DecodeError, DecodeErrorKind, Structure};
use crate::smb::fields::{Buffer, Guid, List, from_offset, guid, read_fields};

/// What the client offered, \[MS-SMB2\] 2.2.31.4.
///
/// The range before each field is its place in the buffer, in bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ValidateNegotiateInfoRequest<'a> {
    /// `[0..4]` Capabilities.
    pub capabilities: Capabilities,
    /// `[4..20]` Guid: the client's.
    pub client_guid: Guid,
    /// `[20..22]` SecurityMode.
    pub security_mode: SecurityMode,
    /// `[24..]` Dialects, as many as DialectCount (`[22..24]`) says.
    pub dialects: List<'a, Dialect>,
}

impl<'a> ValidateNegotiateInfoRequest<'a> {
    /// Reads the request from the input buffer of an IOCTL request.
    pub fn parse(input: &Buffer<'a>) -> Result<ValidateNegotiateInfoRequest<'a>, DecodeError> {
        let structure = Structure::ValidateNegotiateInfoRequest;
        let (capabilities, client_guid, security_mode, dialect_count) =
            read_fields(structure, input.captured(), 0, 24, fields)
                .map_err(|error| at(input, error))?;
        let dialects = List::new(from_offset(input.captured(), 24), dialect_count);
        Ok(ValidateNegotiateInfoRequest { capabilities, client_guid, security_mode, dialects })
    }
}

/// What the server chose, \[MS-SMB2\] 2.2.32.6.
///
/// The range before each field is its place in the buffer, in bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ValidateNegotiateInfoResponse {
    /// `[0..4]` Capabilities.
    pub capabilities: Capabilities,
    /// `[4..20]` Guid: the server's.
    pub server_guid: Guid,
    /// `[20..22]` SecurityMode.
    pub security_mode: SecurityMode,
    /// `[22..24]` Dialect.
    pub dialect: Dialect,
}

impl ValidateNegotiateInfoResponse {
    /// Reads the response from the output buffer of an IOCTL response.
    pub fn parse(output: &Buffer<'_>) -> Result<ValidateNegotiateInfoResponse, DecodeError> {
        let structure = Structure::ValidateNegotiateInfoResponse;
        let (capabilities, server_guid, security_mode, dialect) =
            read_fields(structure, output.captured(), 0, 24, fields)
                .map_err(|error| at(output, error))?;
        let dialect = Dialect(dialect);
        Ok(ValidateNegotiateInfoResponse { capabilities, server_guid, security_mode, dialect })
    }
}

/// The error with its place in the message that `buffer` is of.
fn at(buffer: &Buffer<'_>, error: DecodeError) -> DecodeError {
    // Where the buffer itself is not there, that is what is wrong.
    match buffer.whole() {
        Err(outside) if matches!(outside.kind, DecodeErrorKind::BufferOffset { .. }) => outside,
        _ => DecodeError { offset: buffer.offset(), ..error },
    }
}

/// Capabilities, Guid, SecurityMode, and DialectCount or Dialect.
fn fields(input: &[u8]) -> IResult<&[u8], (Capabilities, Guid, SecurityMode, u16)> {
    let (input, capabilities) = le_u32(input)?;
    let (input, guid) = guid(input)?;
    let (input, security_mode) = le_u16(input)?;
    let (input, dialect) = le_u16(input)?;
    Ok((input, (Capabilities(capabilities), guid, SecurityMode(security_mode), dialect)))
}

#[cfg(test)]
mod tests {
    use super::{ValidateNegotiateInfoRequest, ValidateNegotiateInfoResponse};
    use crate::smb::error::{DecodeErrorKind, Structure};
    use crate::smb::smb2::{Capabilities, Dialect, IoctlRequest, IoctlResponse, SecurityMode};
    use crate::smb::testing::smb2;

    /// A Samba 4.17 client.
    const REQUEST: &str = "3900 0000 04021400 ffffffffffffffffffffffffffffffff 78000000 1a000000
        00000000 78000000 00000000 18000000 01000000 00000000
        7f000000 9062ae386b11b2449fba12775462f55b 0100 0100 0003";

    /// A Samba 4.17 server.
    const RESPONSE: &str = "3100 0000 04021400 ffffffffffffffffffffffffffffffff 70000000 00000000
        70000000 18000000 00000000 00000000
        4f000000 736d6273727600000000000000000000 0100 0003";

    #[test]
    fn a_request_repeats_the_offer() {
        let message = smb2(0x0b, false, REQUEST);
        let ioctl = IoctlRequest::parse(&message).unwrap();
        let request = ValidateNegotiateInfoRequest::parse(&ioctl.input).unwrap();
        assert_eq!(request.capabilities, Capabilities(0x7f));
        assert_eq!(request.client_guid.to_string(), "38ae6290-116b-44b2-9fba-12775462f55b");
        assert_eq!(request.security_mode, SecurityMode(1));
        assert_eq!(request.dialects.iter().collect::<Vec<_>>(), [Dialect::SMB_3_0]);
        assert!(request.dialects.is_whole());
    }

    #[test]
    fn a_response_repeats_the_choice() {
        let message = smb2(0x0b, true, RESPONSE);
        let ioctl = IoctlResponse::parse(&message).unwrap();
        let response = ValidateNegotiateInfoResponse::parse(&ioctl.output).unwrap();
        assert_eq!(response.capabilities, Capabilities(0x4f));
        assert_eq!(response.server_guid.0[..6], *b"smbsrv");
        assert_eq!(response.security_mode, SecurityMode(1));
        assert_eq!(response.dialect, Dialect::SMB_3_0);
    }

    #[test]
    fn what_is_cut_is_refused_where_it_is_in_the_message() {
        let message = smb2(0x0b, false, REQUEST);
        for len in 120..message.len() {
            let ioctl = IoctlRequest::parse(&message[..len]).unwrap();
            let request = ValidateNegotiateInfoRequest::parse(&ioctl.input);
            if len < 144 {
                let kind = DecodeErrorKind::Truncated { needed: 24, available: len - 120 };
                let error = Structure::ValidateNegotiateInfoRequest.error(120, kind);
                assert_eq!(request, Err(error));
            } else {
                assert!(!request.unwrap().dialects.is_whole());
            }
        }
        let mut message = smb2(0x0b, true, RESPONSE);
        message[96] = 0x40;
        let ioctl = IoctlResponse::parse(&message).unwrap();
        let kind = DecodeErrorKind::BufferOffset { offset: 64, start: 112 };
        let error = Structure::Smb2IoctlResponse.error(64, kind);
        assert_eq!(ValidateNegotiateInfoResponse::parse(&ioctl.output), Err(error));
    }
}
