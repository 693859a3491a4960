//! SMB2 NEGOTIATE, \[MS-SMB2\] 2.2.3 and 2.2.4.

use nom::IResult;
use nom::number::complete::{le_u16, le_u32, le_u64};

use super::{Capabilities, Dialect, Header, NegotiateContexts, SecurityMode};
use crate::smb::error::{DecodeError, Structure};
use crate::smb::fields::{Buffer, FileTime, Guid, List, from_offset, guid, read_fields};

/// What the client offers, \[MS-SMB2\] 2.2.3.
///
/// The range before each field is its place in the message, in bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NegotiateRequest<'a> {
    /// `[68..70]` SecurityMode.
    pub security_mode: SecurityMode,
    /// `[72..76]` Capabilities; 0 from a client that speaks no 3.x.
    pub capabilities: Capabilities,
    /// `[76..92]` ClientGuid; 0 from a client that speaks 2.0.2 only.
    pub client_guid: Guid,
    /// `[92..100]` ClientStartTime, always 0; `None` where 3.1.1 is offered.
    pub client_start_time: Option<FileTime>,
    /// `[100..]` Dialects, as many as DialectCount (`[66..68]`) says.
    pub dialects: List<'a, Dialect>,
    /// The contexts of NegotiateContextOffset (`[92..96]`) and NegotiateContextCount (`[96..98]`);
    /// none where 3.1.1 is not offered.
    pub negotiate_contexts: NegotiateContexts<'a>,
}

impl<'a> NegotiateRequest<'a> {
    /// Bytes from the start of the message to the dialects.
    const FIELDS_END: usize = Header::LEN + 36;

    /// Reads the request that follows the header of `message`.
    pub fn parse(message: &'a [u8]) -> Result<NegotiateRequest<'a>, DecodeError> {
        let structure = Structure::Smb2NegotiateRequest;
        let fields = read_fields(structure, message, Header::LEN, 36, request)?;
        structure.check_size(Header::LEN, 36, fields.structure_size)?;
        let dialects: List<'a, Dialect> =
            List::new(from_offset(message, NegotiateRequest::FIELDS_END), fields.dialect_count);
        let offers_311 = dialects.iter().any(|dialect| dialect == Dialect::SMB_3_1_1);
        let [o0, o1, o2, o3, c0, c1, _, _] = fields.contexts_or_start_time.to_le_bytes();
        let negotiate_contexts = if offers_311 {
            let offset = u32::from_le_bytes([o0, o1, o2, o3]);
            NegotiateContexts::new(message, offset, u16::from_le_bytes([c0, c1]))
        } else {
            NegotiateContexts::none()
        };
        Ok(NegotiateRequest {
            security_mode: fields.security_mode,
            capabilities: fields.capabilities,
            client_guid: fields.client_guid,
            client_start_time: (!offers_311).then_some(FileTime(fields.contexts_or_start_time)),
            dialects,
            negotiate_contexts,
        })
    }
}

/// What the server chose, \[MS-SMB2\] 2.2.4.
///
/// The range before each field is its place in the message, in bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NegotiateResponse<'a> {
    /// `[66..68]` SecurityMode.
    pub security_mode: SecurityMode,
    /// `[68..70]` DialectRevision.
    pub dialect_revision: Dialect,
    /// `[72..88]` ServerGuid.
    pub server_guid: Guid,
    /// `[88..92]` Capabilities.
    pub capabilities: Capabilities,
    /// `[92..96]` MaxTransactSize, in bytes.
    pub max_transact_size: u32,
    /// `[96..100]` MaxReadSize, in bytes.
    pub max_read_size: u32,
    /// `[100..104]` MaxWriteSize, in bytes.
    pub max_write_size: u32,
    /// `[104..112]` SystemTime, of the server.
    pub system_time: FileTime,
    /// `[112..120]` ServerStartTime.
    pub server_start_time: FileTime,
    /// The buffer of SecurityBufferOffset (`[120..122]`) and SecurityBufferLength (`[122..124]`):
    /// a security token, or nothing.
    pub security_buffer: Buffer<'a>,
    /// The contexts of NegotiateContextOffset (`[124..128]`) and NegotiateContextCount
    /// (`[70..72]`); none where the dialect is not 3.1.1.
    pub negotiate_contexts: NegotiateContexts<'a>,
}

impl<'a> NegotiateResponse<'a> {
    /// Bytes from the start of the message to the first buffer.
    const FIELDS_END: usize = Header::LEN + 64;

    /// Reads the response that follows the header of `message`.
    pub fn parse(message: &'a [u8]) -> Result<NegotiateResponse<'a>, DecodeError> {
        let structure = Structure::Smb2NegotiateResponse;
        let fields = read_fields(structure, message, Header::LEN, 64, response)?;
        structure.check_size(Header::LEN, 65, fields.structure_size)?;
        let security_buffer = Buffer::new(
            structure,
            message,
            Header::LEN..NegotiateResponse::FIELDS_END,
            fields.security_buffer_offset.into(),
            fields.security_buffer_length.into(),
        );
        let negotiate_contexts = if fields.dialect_revision == Dialect::SMB_3_1_1 {
            let offset = fields.negotiate_context_offset;
            NegotiateContexts::new(message, offset, fields.negotiate_context_count)
        } else {
            NegotiateContexts::none()
        };
        Ok(NegotiateResponse {
            security_mode: fields.security_mode,
            dialect_revision: fields.dialect_revision,
            server_guid: fields.server_guid,
            capabilities: fields.capabilities,
            max_transact_size: fields.max_transact_size,
            max_read_size: fields.max_read_size,
            max_write_size: fields.max_write_size,
            system_time: fields.system_time,
            server_start_time: fields.server_start_time,
            security_buffer,
            negotiate_contexts,
        })
    }
}

/// The fixed fields of a request.
struct RequestFields {
    structure_size: u16,
    dialect_count: u16,
    security_mode: SecurityMode,
    capabilities: Capabilities,
    client_guid: Guid,
    contexts_or_start_time: u64,
}

fn request(input: &[u8]) -> IResult<&[u8], RequestFields> {
    let (input, structure_size) = le_u16(input)?;
    let (input, dialect_count) = le_u16(input)?;
    let (input, security_mode) = le_u16(input)?;
    let (input, _reserved) = le_u16(input)?;
    let (input, capabilities) = le_u32(input)?;
    let (input, client_guid) = guid(input)?;
    let (input, contexts_or_start_time) = le_u64(input)?;
    let fields = RequestFields {
        structure_size,
        dialect_count,
        security_mode: SecurityMode(security_mode),
        capabilities: Capabilities(capabilities),
        client_guid,
        contexts_or_start_time,
    };
    Ok((input, fields))
}

/// The fixed fields of a response.
struct ResponseFields {
    structure_size: u16,
    security_mode: SecurityMode,
    dialect_revision: Dialect,
    negotiate_context_count: u16,
    server_guid: Guid,
    capabilities: Capabilities,
    max_transact_size: u32,
    max_read_size: u32,
    max_write_size: u32,
    system_time: FileTime,
    server_start_time: FileTime,
    security_buffer_offset: u16,
    security_buffer_length: u16,
    negotiate_context_offset: u32,
}

fn response(input: &[u8]) -> IResult<&[u8], ResponseFields> {
    let (input, structure_size) = le_u16(input)?;
    let (input, security_mode) = le_u16(input)?;
    let (input, dialect_revision) = le_u16(input)?;
    let (input, negotiate_context_count) = le_u16(input)?;
    let (input, server_guid) = guid(input)?;
    let (input, capabilities) = le_u32(input)?;
    let (input, max_transact_size) = le_u32(input)?;
    let (input, max_read_size) = le_u32(input)?;
    let (input, max_write_size) = le_u32(input)?;
    let (input, system_time) = le_u64(input)?;
    let (input, server_start_time) = le_u64(input)?;
    let (input, security_buffer_offset) = le_u16(input)?;
    let (input, security_buffer_length) = le_u16(input)?;
    let (input, negotiate_context_offset) = le_u32(input)?;
    let fields = ResponseFields {
        structure_size,
        security_mode: SecurityMode(security_mode),
        dialect_revision: Dialect(dialect_revision),
        negotiate_context_count,
        server_guid,
        capabilities: Capabilities(capabilities),
        max_transact_size,
        max_read_size,
        max_write_size,
        system_time: FileTime(system_time),
        server_start_time: FileTime(server_start_time),
        security_buffer_offset,
        security_buffer_length,
        negotiate_context_offset,
    };
    Ok((input, fields))
}

#[cfg(test)]
mod tests {
    use super::{NegotiateRequest, NegotiateResponse};
    use crate::smb::error::{DecodeErrorKind, Structure};
    use crate::smb::fields::FileTime;
    use crate::smb::smb2::{Capabilities, Dialect, SecurityMode};
    use crate::smb::testing::{check_truncations, smb2};

    /// A Samba 4.17 client that offers 2.0.2 and 3.0.
    const REQUEST: &str = "2400 0200 0100 0000 7f000000 df0a1e0113214e4182dd1de5088a3a76
        0000000000000000 0202 0003";

    /// A Samba 4.17 server; the security token is cut to four bytes.
    const RESPONSE: &str = "4100 0100 0003 0000 736d6273727600000000000000000000 0f000000
        00008000 00008000 00008000 3258378b687add01 0000000000000000 8000 0400 00000000 60480606";

    #[test]
    fn a_request_says_what_is_offered() {
        let message = smb2(0, false, REQUEST);
        let request = NegotiateRequest::parse(&message).unwrap();
        assert_eq!(request.security_mode, SecurityMode::SMB2_NEGOTIATE_SIGNING_ENABLED);
        assert_eq!(request.capabilities, Capabilities(0x7f));
        assert_eq!(request.client_guid.to_string(), "011e0adf-2113-414e-82dd-1de5088a3a76");
        assert_eq!(request.client_start_time, Some(FileTime(0)));
        let dialects: Vec<Dialect> = request.dialects.iter().collect();
        assert_eq!(dialects, [Dialect::SMB_2_0_2, Dialect::SMB_3_0]);
        assert_eq!(request.negotiate_contexts.iter().count(), 0);
    }

    #[test]
    fn a_request_that_is_cut_gives_the_dialects_before() {
        let message = smb2(0, false, REQUEST);
        check_truncations(&message, 100, |message| NegotiateRequest::parse(message).is_err());
        let request = NegotiateRequest::parse(&message[..103]).unwrap();
        assert_eq!(request.dialects.iter().collect::<Vec<_>>(), [Dialect::SMB_2_0_2]);
        assert!(!request.dialects.is_whole());
    }

    #[test]
    fn a_response_says_what_is_chosen() {
        let message = smb2(0, true, RESPONSE);
        let response = NegotiateResponse::parse(&message).unwrap();
        assert_eq!(response.security_mode, SecurityMode(1));
        assert_eq!(response.dialect_revision, Dialect::SMB_3_0);
        assert_eq!(response.server_guid.0[..6], *b"smbsrv");
        assert_eq!(response.capabilities, Capabilities(0x0f));
        assert_eq!(response.max_transact_size, 0x0080_0000);
        assert_eq!(response.max_read_size, 0x0080_0000);
        assert_eq!(response.max_write_size, 0x0080_0000);
        assert_eq!(response.system_time, FileTime(0x01dd_7a68_8b37_5832));
        assert_eq!(response.server_start_time, FileTime(0));
        assert_eq!(response.security_buffer.whole(), Ok(&[0x60, 0x48, 6, 6][..]));
        assert_eq!(response.negotiate_contexts.count(), 0);
    }

    #[test]
    fn a_response_that_is_cut_gives_the_token_before() {
        let message = smb2(0, true, RESPONSE);
        check_truncations(&message, 128, |message| NegotiateResponse::parse(message).is_err());
        let response = NegotiateResponse::parse(&message[..130]).unwrap();
        assert_eq!(response.security_buffer.captured(), [0x60, 0x48]);
        assert!(response.security_buffer.whole().is_err());
    }

    #[test]
    fn another_structure_is_refused() {
        let mut message = smb2(0, true, RESPONSE);
        message[64] = 36;
        let kind = DecodeErrorKind::StructureSize { expected: 65, found: 36 };
        let error = Structure::Smb2NegotiateResponse.error(64, kind);
        assert_eq!(NegotiateResponse::parse(&message), Err(error));
    }

    #[test]
    fn an_unknown_dialect_is_kept() {
        let mut message = smb2(0, true, RESPONSE);
        message[68..70].copy_from_slice(&[0x12, 0x03]);
        let response = NegotiateResponse::parse(&message).unwrap();
        assert_eq!(response.dialect_revision, Dialect(0x0312));
        assert_eq!(response.dialect_revision.to_string(), "0x0312");
    }
}
