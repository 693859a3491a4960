//! SMB2 SESSION_SETUP, \[MS-SMB2\] 2.2.5 and 2.2.6.

use nom::IResult;
use nom::number::complete::{le_u8, le_u16, le_u32, le_u64};

use super::{Capabilities, Header, SecurityMode, SessionId};
use crate::smb::error::{DecodeError, Structure};
use crate::smb::fields::{Buffer, read_fields};
use crate::smb::wire::wire_flags;

/// The client authenticates, \[MS-SMB2\] 2.2.5.
///
/// The range before each field is its place in the message, in bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SessionSetupRequest<'a> {
    /// `[66]` Flags.
    pub flags: SessionSetupFlags,
    /// `[67]` SecurityMode, of eight bits here.
    pub security_mode: SecurityMode,
    /// `[68..72]` Capabilities.
    pub capabilities: Capabilities,
    /// `[72..76]` Channel, reserved.
    pub channel: u32,
    /// `[80..88]` PreviousSessionId: a session of the client that was cut off, or 0.
    pub previous_session_id: SessionId,
    /// The buffer of SecurityBufferOffset (`[76..78]`) and SecurityBufferLength (`[78..80]`): a
    /// security token.
    pub security_buffer: Buffer<'a>,
}

impl<'a> SessionSetupRequest<'a> {
    /// Bytes from the start of the message to the buffer.
    const FIELDS_END: usize = Header::LEN + 24;

    /// Reads the request that follows the header of `message`.
    pub fn parse(message: &'a [u8]) -> Result<SessionSetupRequest<'a>, DecodeError> {
        let structure = Structure::Smb2SessionSetupRequest;
        let fields = read_fields(structure, message, Header::LEN, 24, request)?;
        structure.check_size(Header::LEN, 25, fields.structure_size)?;
        let security_buffer = Buffer::new(
            structure,
            message,
            Header::LEN..SessionSetupRequest::FIELDS_END,
            fields.security_buffer_offset.into(),
            fields.security_buffer_length.into(),
        );
        Ok(SessionSetupRequest {
            flags: fields.flags,
            security_mode: fields.security_mode,
            capabilities: fields.capabilities,
            channel: fields.channel,
            previous_session_id: fields.previous_session_id,
            security_buffer,
        })
    }
}

/// The server's side of the authentication, \[MS-SMB2\] 2.2.6.
///
/// The range before each field is its place in the message, in bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SessionSetupResponse<'a> {
    /// `[66..68]` SessionFlags. They have a meaning in the last response only.
    pub session_flags: SessionFlags,
    /// The buffer of SecurityBufferOffset (`[68..70]`) and SecurityBufferLength (`[70..72]`): a
    /// security token, or nothing.
    pub security_buffer: Buffer<'a>,
}

impl<'a> SessionSetupResponse<'a> {
    /// Bytes from the start of the message to the buffer.
    const FIELDS_END: usize = Header::LEN + 8;

    /// Reads the response that follows the header of `message`.
    ///
    /// A response whose Status is neither STATUS_SUCCESS nor STATUS_MORE_PROCESSING_REQUIRED is an
    /// [`ErrorResponse`](super::ErrorResponse), with the same StructureSize.
    pub fn parse(message: &'a [u8]) -> Result<SessionSetupResponse<'a>, DecodeError> {
        let structure = Structure::Smb2SessionSetupResponse;
        let (structure_size, session_flags, offset, length) =
            read_fields(structure, message, Header::LEN, 8, response)?;
        structure.check_size(Header::LEN, 9, structure_size)?;
        let security_buffer = Buffer::new(
            structure,
            message,
            Header::LEN..SessionSetupResponse::FIELDS_END,
            offset.into(),
            length.into(),
        );
        Ok(SessionSetupResponse { session_flags, security_buffer })
    }
}

wire_flags! {
    /// How a session is set up, \[MS-SMB2\] 2.2.5.
    SessionSetupFlags(u8) {
        /// An existing session gets this connection as a further channel.
        SMB2_SESSION_FLAG_BINDING = 0x01 => "BINDING",
    }
}

wire_flags! {
    /// What kind of session the user got, \[MS-SMB2\] 2.2.6.
    SessionFlags(u16) {
        /// The user is a guest.
        SMB2_SESSION_FLAG_IS_GUEST = 0x0001 => "IS_GUEST",
        /// The user is anonymous. Servers leave it out at will.
        SMB2_SESSION_FLAG_IS_NULL = 0x0002 => "IS_NULL",
        /// The server demands encryption. Its absence does not mean that nothing is encrypted.
        SMB2_SESSION_FLAG_ENCRYPT_DATA = 0x0004 => "ENCRYPT_DATA",
    }
}

/// The fixed fields of a request.
struct RequestFields {
    structure_size: u16,
    flags: SessionSetupFlags,
    security_mode: SecurityMode,
    capabilities: Capabilities,
    channel: u32,
    security_buffer_offset: u16,
    security_buffer_length: u16,
    previous_session_id: SessionId,
}

fn request(input: &[u8]) -> IResult<&[u8], RequestFields> {
    let (input, structure_size) = le_u16(input)?;
    let (input, flags) = le_u8(input)?;
    let (input, security_mode) = le_u8(input)?;
    let (input, capabilities) = le_u32(input)?;
    let (input, channel) = le_u32(input)?;
    let (input, security_buffer_offset) = le_u16(input)?;
    let (input, security_buffer_length) = le_u16(input)?;
    let (input, previous_session_id) = le_u64(input)?;
    let fields = RequestFields {
        structure_size,
        flags: SessionSetupFlags(flags),
        security_mode: SecurityMode(security_mode.into()),
        capabilities: Capabilities(capabilities),
        channel,
        security_buffer_offset,
        security_buffer_length,
        previous_session_id: SessionId(previous_session_id),
    };
    Ok((input, fields))
}

/// StructureSize, SessionFlags, SecurityBufferOffset and SecurityBufferLength.
fn response(input: &[u8]) -> IResult<&[u8], (u16, SessionFlags, u16, u16)> {
    let (input, structure_size) = le_u16(input)?;
    let (input, session_flags) = le_u16(input)?;
    let (input, offset) = le_u16(input)?;
    let (input, length) = le_u16(input)?;
    Ok((input, (structure_size, SessionFlags(session_flags), offset, length)))
}

#[cfg(test)]
mod tests {
    use super::{SessionFlags, SessionSetupFlags, SessionSetupRequest, SessionSetupResponse};
    use crate::smb::error::{DecodeErrorKind, Structure};
    use crate::smb::smb2::{Capabilities, SecurityMode, SessionId};
    use crate::smb::testing::{check_truncations, smb2};

    /// A request with a token of eight bytes.
    const REQUEST: &str = "1900 01 03 01000000 00000000 5800 0800 1122334455667788
        4e544c4d53535000";

    /// A response with a token of eight bytes.
    const RESPONSE: &str = "0900 0100 4800 0800 a11b3019a0030a01";

    #[test]
    fn a_request_says_who_requires_what() {
        let message = smb2(1, false, REQUEST);
        let request = SessionSetupRequest::parse(&message).unwrap();
        assert_eq!(request.flags, SessionSetupFlags::SMB2_SESSION_FLAG_BINDING);
        assert_eq!(request.security_mode, SecurityMode(3));
        assert!(request.security_mode.is_signing_required());
        assert_eq!(request.capabilities, Capabilities::SMB2_GLOBAL_CAP_DFS);
        assert_eq!(request.channel, 0);
        assert_eq!(request.previous_session_id, SessionId(0x8877_6655_4433_2211));
        assert_eq!(request.security_buffer.whole(), Ok(&b"NTLMSSP\0"[..]));
    }

    #[test]
    fn a_request_that_is_cut_gives_the_token_before() {
        let message = smb2(1, false, REQUEST);
        check_truncations(&message, 88, |message| SessionSetupRequest::parse(message).is_err());
        for len in 88..message.len() {
            let request = SessionSetupRequest::parse(&message[..len]).unwrap();
            assert_eq!(request.security_buffer.captured(), &b"NTLMSSP\0"[..len - 88]);
            let kind = DecodeErrorKind::BufferLength { offset: 88, length: 8, available: len };
            let error = Structure::Smb2SessionSetupRequest.error(64, kind);
            assert_eq!(request.security_buffer.whole(), Err(error));
        }
    }

    #[test]
    fn a_token_inside_the_fields_is_refused() {
        let mut message = smb2(1, false, REQUEST);
        message[76] = 0x40;
        let request = SessionSetupRequest::parse(&message).unwrap();
        let kind = DecodeErrorKind::BufferOffset { offset: 64, start: 88 };
        let error = Structure::Smb2SessionSetupRequest.error(64, kind);
        assert_eq!(request.security_buffer.whole(), Err(error));
    }

    #[test]
    fn a_response_says_what_session_it_is() {
        let message = smb2(1, true, RESPONSE);
        let response = SessionSetupResponse::parse(&message).unwrap();
        assert_eq!(response.session_flags, SessionFlags::SMB2_SESSION_FLAG_IS_GUEST);
        assert_eq!(response.security_buffer.whole().unwrap().len(), 8);
        check_truncations(&message, 72, |message| SessionSetupResponse::parse(message).is_err());
    }

    #[test]
    fn unknown_flags_are_kept() {
        let mut message = smb2(1, true, RESPONSE);
        message[66..68].copy_from_slice(&[0x06, 0x01]);
        let response = SessionSetupResponse::parse(&message).unwrap();
        assert_eq!(response.session_flags.names(), ["IS_NULL", "ENCRYPT_DATA", "0x0100"]);
    }
}
