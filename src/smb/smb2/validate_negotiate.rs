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
