//! SMB2 IOCTL, \[MS-SMB2\] 2.2.31 and 2.2.32.

use nom::IResult;
use nom::number::complete::{le_u16, le_u32};

use super::Header;
use crate::smb::error::{DecodeError, Structure};
use crate::smb::fields::{Buffer, bytes, read_fields};
use crate::smb::wire::{wire_flags, wire_value};

/// The client sends a control code, \[MS-SMB2\] 2.2.31.
///
/// The range before each field is its place in the message, in bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct IoctlRequest<'a> {
    /// `[68..72]` CtlCode.
    pub ctl_code: CtlCode,
    /// `[72..88]` FileId; all ones for a code that belongs to no file.
    pub file_id: [u8; 16],
    /// The buffer of InputOffset (`[88..92]`) and InputCount (`[92..96]`).
    pub input: Buffer<'a>,
    /// `[96..100]` MaxInputResponse, in bytes.
    pub max_input_response: u32,
    /// The buffer of OutputOffset (`[100..104]`) and OutputCount (`[104..108]`).
    pub output: Buffer<'a>,
    /// `[108..112]` MaxOutputResponse, in bytes.
    pub max_output_response: u32,
    /// `[112..116]` Flags.
    pub flags: IoctlFlags,
}

impl<'a> IoctlRequest<'a> {
    /// Bytes from the start of the message to the buffers.
    const FIELDS_END: usize = Header::LEN + 56;

    /// Reads the request that follows the header of `message`.
    pub fn parse(message: &'a [u8]) -> Result<IoctlRequest<'a>, DecodeError> {
        let structure = Structure::Smb2IoctlRequest;
        let fields = read_fields(structure, message, Header::LEN, 56, request)?;
        structure.check_size(Header::LEN, 57, fields.structure_size)?;
        let buffer = |place| buffer(structure, message, IoctlRequest::FIELDS_END, place);
        Ok(IoctlRequest {
            ctl_code: fields.ctl_code,
            file_id: fields.file_id,
            input: buffer(fields.input),
            max_input_response: fields.max_input_response,
            output: buffer(fields.output),
            max_output_response: fields.max_output_response,
            flags: fields.flags,
        })
    }
}

/// The answer to a control code, \[MS-SMB2\] 2.2.32.
///
/// The range before each field is its place in the message, in bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct IoctlResponse<'a> {
    /// `[68..72]` CtlCode.
    pub ctl_code: CtlCode,
    /// `[72..88]` FileId.
    pub file_id: [u8; 16],
    /// The buffer of InputOffset (`[88..92]`) and InputCount (`[92..96]`).
    pub input: Buffer<'a>,
    /// The buffer of OutputOffset (`[96..100]`) and OutputCount (`[100..104]`).
    pub output: Buffer<'a>,
    /// `[104..108]` Flags, reserved.
    pub flags: IoctlFlags,
}

impl<'a> IoctlResponse<'a> {
    /// Bytes from the start of the message to the buffers.
    const FIELDS_END: usize = Header::LEN + 48;

    /// Reads the response that follows the header of `message`.
    pub fn parse(message: &'a [u8]) -> Result<IoctlResponse<'a>, DecodeError> {
        let structure = Structure::Smb2IoctlResponse;
        let fields = read_fields(structure, message, Header::LEN, 48, response)?;
        structure.check_size(Header::LEN, 49, fields.structure_size)?;
        let buffer = |place| buffer(structure, message, IoctlResponse::FIELDS_END, place);
        Ok(IoctlResponse {
            ctl_code: fields.ctl_code,
            file_id: fields.file_id,
            input: buffer(fields.input),
            output: buffer(fields.output),
            flags: fields.flags,
        })
    }
}

wire_value! {
    /// A control code of the file system, \[MS-SMB2\] 2.2.31 and \[MS-FSCC\] 2.3.
    CtlCode(u32) {
        /// Where a DFS path leads.
        FSCTL_DFS_GET_REFERRALS = 0x0006_0194 => "FSCTL_DFS_GET_REFERRALS",
        /// Where a DFS path leads, with the site.
        FSCTL_DFS_GET_REFERRALS_EX = 0x0006_01b0 => "FSCTL_DFS_GET_REFERRALS_EX",
        /// A reparse point is set.
        FSCTL_SET_REPARSE_POINT = 0x0009_00a4 => "FSCTL_SET_REPARSE_POINT",
        /// Ranges of a file are given up.
        FSCTL_FILE_LEVEL_TRIM = 0x0009_8208 => "FSCTL_FILE_LEVEL_TRIM",
        /// A pipe is looked into.
        FSCTL_PIPE_PEEK = 0x0011_400c => "FSCTL_PIPE_PEEK",
        /// Until a pipe is free.
        FSCTL_PIPE_WAIT = 0x0011_0018 => "FSCTL_PIPE_WAIT",
        /// A write to a pipe and the read of its answer.
        FSCTL_PIPE_TRANSCEIVE = 0x0011_c017 => "FSCTL_PIPE_TRANSCEIVE",
        /// A key by which parts of a file are copied.
        FSCTL_SRV_REQUEST_RESUME_KEY = 0x0014_0078 => "FSCTL_SRV_REQUEST_RESUME_KEY",
        /// The earlier versions of a volume.
        FSCTL_SRV_ENUMERATE_SNAPSHOTS = 0x0014_4064 => "FSCTL_SRV_ENUMERATE_SNAPSHOTS",
        /// Parts of a file are copied.
        FSCTL_SRV_COPYCHUNK = 0x0014_40f2 => "FSCTL_SRV_COPYCHUNK",
        /// Parts of a file are copied to one that is open for writing.
        FSCTL_SRV_COPYCHUNK_WRITE = 0x0014_80f2 => "FSCTL_SRV_COPYCHUNK_WRITE",
        /// The hashes of a file.
        FSCTL_SRV_READ_HASH = 0x0014_41bb => "FSCTL_SRV_READ_HASH",
        /// A handle that outlives the connection.
        FSCTL_LMR_REQUEST_RESILIENCY = 0x0014_01d4 => "FSCTL_LMR_REQUEST_RESILIENCY",
        /// The server's addresses.
        FSCTL_QUERY_NETWORK_INTERFACE_INFO = 0x0014_01fc => "FSCTL_QUERY_NETWORK_INTERFACE_INFO",
        /// Whether NEGOTIATE was altered on the way.
        FSCTL_VALIDATE_NEGOTIATE_INFO = 0x0014_0204 => "FSCTL_VALIDATE_NEGOTIATE_INFO",
    }
}

wire_flags! {
    /// What kind of control code it is, \[MS-SMB2\] 2.2.31.
    IoctlFlags(u32) {
        /// One of the file system.
        SMB2_0_IOCTL_IS_FSCTL = 0x0000_0001 => "IS_FSCTL",
    }
}

/// The fixed fields of a request.
struct RequestFields {
    structure_size: u16,
    ctl_code: CtlCode,
    file_id: [u8; 16],
    input: (u32, u32),
    max_input_response: u32,
    output: (u32, u32),
    max_output_response: u32,
    flags: IoctlFlags,
}

fn request(input: &[u8]) -> IResult<&[u8], RequestFields> {
    let (input, structure_size) = le_u16(input)?;
    let (input, _reserved) = le_u16(input)?;
    let (input, ctl_code) = le_u32(input)?;
    let (input, file_id) = bytes(input)?;
    let (input, input_offset) = le_u32(input)?;
    let (input, input_count) = le_u32(input)?;
    let (input, max_input_response) = le_u32(input)?;
    let (input, output_offset) = le_u32(input)?;
    let (input, output_count) = le_u32(input)?;
    let (input, max_output_response) = le_u32(input)?;
    let (input, flags) = le_u32(input)?;
    let (input, _reserved2) = le_u32(input)?;
    let fields = RequestFields {
        structure_size,
        ctl_code: CtlCode(ctl_code),
        file_id,
        input: (input_offset, input_count),
        max_input_response,
        output: (output_offset, output_count),
        max_output_response,
        flags: IoctlFlags(flags),
    };
    Ok((input, fields))
}

/// The fixed fields of a response.
struct ResponseFields {
    structure_size: u16,
    ctl_code: CtlCode,
    file_id: [u8; 16],
    input: (u32, u32),
    output: (u32, u32),
    flags: IoctlFlags,
}

fn response(input: &[u8]) -> IResult<&[u8], ResponseFields> {
    let (input, structure_size) = le_u16(input)?;
    let (input, _reserved) = le_u16(input)?;
    let (input, ctl_code) = le_u32(input)?;
    let (input, file_id) = bytes(input)?;
    let (input, input_offset) = le_u32(input)?;
    let (input, input_count) = le_u32(input)?;
    let (input, output_offset) = le_u32(input)?;
    let (input, output_count) = le_u32(input)?;
    let (input, flags) = le_u32(input)?;
    let (input, _reserved2) = le_u32(input)?;
    let fields = ResponseFields {
        structure_size,
        ctl_code: CtlCode(ctl_code),
        file_id,
        input: (input_offset, input_count),
        output: (output_offset, output_count),
        flags: IoctlFlags(flags),
    };
    Ok((input, fields))
}

/// The buffer at the offset and of the count `place` in `message`.
fn buffer(
    structure: Structure,
    message: &[u8],
    fields_end: usize,
    place: (u32, u32),
) -> Buffer<'_> {
    let (offset, count) = place;
    let offset = usize::try_from(offset).unwrap_or(usize::MAX);
    let count = usize::try_from(count).unwrap_or(usize::MAX);
    Buffer::new(structure, message, Header::LEN..fields_end, offset, count)
}

#[cfg(test)]
mod tests {
    use super::{CtlCode, IoctlFlags, IoctlRequest, IoctlResponse};
    use crate::smb::testing::{check_truncations, smb2};

    #[test]
    fn a_request_has_two_buffers() {
        // A referral for \\a, as a Samba 4.17 client asks for it.
        let message = smb2(
            0x0b,
            false,
            "3900 0000 94010600 ffffffffffffffffffffffffffffffff 78000000 0a000000 00000000
             78000000 00000000 ffff0000 01000000 00000000 0300 5c005c0061000000",
        );
        let request = IoctlRequest::parse(&message).unwrap();
        assert_eq!(request.ctl_code, CtlCode::FSCTL_DFS_GET_REFERRALS);
        assert_eq!(request.file_id, [0xff; 16]);
        assert_eq!(request.input.whole(), Ok(&b"\x03\0\\\0\\\0a\0\0\0"[..]));
        assert_eq!(request.output.whole(), Ok(&[][..]));
        assert_eq!(request.max_input_response, 0);
        assert_eq!(request.max_output_response, 0xffff);
        assert_eq!(request.flags, IoctlFlags::SMB2_0_IOCTL_IS_FSCTL);
        check_truncations(&message, 120, |message| IoctlRequest::parse(message).is_err());
    }

    #[test]
    fn a_response_has_two_buffers() {
        let message = smb2(
            0x0b,
            true,
            "3100 0000 34120000 00000000000000000000000000000000 70000000 00000000
             70000000 02000000 00000000 00000000 aabb",
        );
        let response = IoctlResponse::parse(&message).unwrap();
        assert_eq!(response.ctl_code.name(), "0x00001234");
        assert_eq!(response.input.whole(), Ok(&[][..]));
        assert_eq!(response.output.whole(), Ok(&[0xaa, 0xbb][..]));
        check_truncations(&message, 112, |message| IoctlResponse::parse(message).is_err());
    }

    #[test]
    fn a_buffer_beyond_the_message_is_refused() {
        let message = smb2(
            0x0b,
            true,
            "3100 0000 04021400 00000000000000000000000000000000 ffffffff ffffffff
             40000000 02000000 00000000 00000000",
        );
        let response = IoctlResponse::parse(&message).unwrap();
        assert!(response.input.whole().is_err());
        assert!(response.output.whole().is_err());
    }
}
