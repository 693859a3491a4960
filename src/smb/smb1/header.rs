//! The SMB header, \[MS-CIFS\] 2.2.3.1 and \[MS-SMB\] 2.2.3.1.

use nom::IResult;
use nom::number::complete::{le_u8, le_u16};

use crate::smb::error::{DecodeError, DecodeErrorKind, Structure};
use crate::smb::fields::{bytes, from_offset, read_fields};
use crate::smb::status::Status;
use crate::smb::wire::{wire_flags, wire_value};

/// An SMB header, \[MS-CIFS\] 2.2.3.1.
///
/// Integers are little-endian. The range before each field is its place in the header, in bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Header {
    /// `[4]` Command: the first of the message.
    pub command: Command,
    /// `[5..9]` Status, as its bytes: what they mean depends on Flags2.
    pub status: [u8; 4],
    /// `[9]` Flags.
    pub flags: Flags,
    /// `[10..12]` Flags2.
    pub flags2: Flags2,
    /// `[12..14]` PIDHigh.
    pub pid_high: u16,
    /// `[14..22]` SecurityFeatures: over TCP, the signature.
    pub security_signature: SecuritySignature,
    /// `[24..26]` TID: which share.
    pub tid: u16,
    /// `[26..28]` PIDLow.
    pub pid_low: u16,
    /// `[28..30]` UID: which user.
    pub uid: u16,
    /// `[30..32]` MID: what a response shares with its request, beside the PID.
    pub mid: u16,
}

impl Header {
    /// Bytes in a header.
    pub const LEN: usize = 32;

    /// Protocol, the first four bytes.
    pub const PROTOCOL_ID: [u8; 4] = *b"\xffSMB";

    /// Reads the header that `message` starts with, and returns it with the bytes after it.
    pub fn parse(message: &[u8]) -> Result<(Header, &[u8]), DecodeError> {
        let structure = Structure::Smb1Header;
        let (protocol_id, header) = read_fields(structure, message, 0, Header::LEN, header)?;
        if protocol_id != Header::PROTOCOL_ID {
            let kind = DecodeErrorKind::ProtocolId { found: protocol_id };
            return Err(structure.error(0, kind));
        }
        Ok((header, from_offset(message, Header::LEN)))
    }

    /// Status, where the message is a response.
    pub fn response_status(&self) -> Option<ResponseStatus> {
        if !self.is_response() {
            return None;
        }
        let [class, _, low, high] = self.status;
        Some(if self.flags2.contains(Flags2::SMB_FLAGS2_NT_STATUS) {
            ResponseStatus::Nt(Status(u32::from_le_bytes(self.status)))
        } else {
            ResponseStatus::Dos { class, code: u16::from_le_bytes([low, high]) }
        })
    }

    /// PIDHigh and PIDLow: which process of the client.
    pub fn pid(&self) -> u32 {
        u32::from(self.pid_high) << 16 | u32::from(self.pid_low)
    }

    /// Whether the server sent the message, by its SMB_FLAGS_REPLY.
    pub const fn is_response(&self) -> bool {
        self.flags.contains(Flags::SMB_FLAGS_REPLY)
    }

    /// Whether texts are in UTF-16, by SMB_FLAGS2_UNICODE.
    pub const fn is_unicode(&self) -> bool {
        self.flags2.contains(Flags2::SMB_FLAGS2_UNICODE)
    }
}

/// What a response says about its request, in one of two ways.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ResponseStatus {
    /// An NTSTATUS.
    Nt(Status),
    /// SMBSTATUS, \[MS-CIFS\] 2.2.2.4.
    Dos {
        /// ErrorClass; 0 is success.
        class: u8,
        /// ErrorCode, in its class.
        code: u16,
    },
}

impl ResponseStatus {
    /// Whether the request was done without reserve.
    pub const fn is_success(self) -> bool {
        match self {
            ResponseStatus::Nt(status) => status.0 == Status::STATUS_SUCCESS.0,
            ResponseStatus::Dos { class, code } => class == 0 && code == 0,
        }
    }

    /// Whether the authentication has a further leg.
    pub const fn is_more_processing_required(self) -> bool {
        match self {
            ResponseStatus::Nt(status) => status.0 == Status::STATUS_MORE_PROCESSING_REQUIRED.0,
            // ERRDOS, ERRmoredata.
            ResponseStatus::Dos { class, code } => class == 1 && code == 0x00ea,
        }
    }

    /// Whether the request was refused.
    pub const fn is_error(self) -> bool {
        match self {
            ResponseStatus::Nt(status) => status.is_error(),
            ResponseStatus::Dos { class, .. } => class != 0,
        }
    }
}

/// The name of an NTSTATUS; class and code of an SMBSTATUS in hexadecimal.
impl std::fmt::Display for ResponseStatus {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            ResponseStatus::Nt(status) => status.fmt(formatter),
            ResponseStatus::Dos { class, code } => {
                write!(formatter, "class 0x{class:02x} code 0x{code:04x}")
            }
        }
    }
}

/// The eight bytes in which a signature stands, \[MS-CIFS\] 2.2.3.1.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct SecuritySignature(pub [u8; 8]);

impl SecuritySignature {
    /// What a side that is going to sign writes before it has a key. It is no signature.
    pub const PLACEHOLDER: SecuritySignature = SecuritySignature(*b"BSRSPYL ");

    /// Nothing.
    pub const ZERO: SecuritySignature = SecuritySignature([0; 8]);

    /// Whether it is the placeholder of a side that has no key yet.
    pub fn is_placeholder(self) -> bool {
        self == SecuritySignature::PLACEHOLDER
    }

    /// Whether it can be a signature: neither zero nor the placeholder. Flags2 tells less, as sides
    /// that sign leave its bit clear.
    pub fn is_signature(self) -> bool {
        self != SecuritySignature::ZERO && !self.is_placeholder()
    }
}

wire_value! {
    /// What is asked, \[MS-CIFS\] 2.2.2.1.
    Command(u8) {
        /// Obsolete.
        SMB_COM_CREATE_DIRECTORY = 0x00 => "CREATE_DIRECTORY",
        /// Obsolete.
        SMB_COM_DELETE_DIRECTORY = 0x01 => "DELETE_DIRECTORY",
        /// \[MS-CIFS\] 2.2.4.3.
        SMB_COM_OPEN = 0x02 => "OPEN",
        /// \[MS-CIFS\] 2.2.4.4.
        SMB_COM_CREATE = 0x03 => "CREATE",
        /// \[MS-CIFS\] 2.2.4.5.
        SMB_COM_CLOSE = 0x04 => "CLOSE",
        /// \[MS-CIFS\] 2.2.4.6.
        SMB_COM_FLUSH = 0x05 => "FLUSH",
        /// \[MS-CIFS\] 2.2.4.7.
        SMB_COM_DELETE = 0x06 => "DELETE",
        /// \[MS-CIFS\] 2.2.4.8.
        SMB_COM_RENAME = 0x07 => "RENAME",
        /// \[MS-CIFS\] 2.2.4.9.
        SMB_COM_QUERY_INFORMATION = 0x08 => "QUERY_INFORMATION",
        /// \[MS-CIFS\] 2.2.4.10.
        SMB_COM_SET_INFORMATION = 0x09 => "SET_INFORMATION",
        /// \[MS-CIFS\] 2.2.4.11.
        SMB_COM_READ = 0x0a => "READ",
        /// \[MS-CIFS\] 2.2.4.12.
        SMB_COM_WRITE = 0x0b => "WRITE",
        /// \[MS-CIFS\] 2.2.4.17.
        SMB_COM_CHECK_DIRECTORY = 0x10 => "CHECK_DIRECTORY",
        /// \[MS-CIFS\] 2.2.4.18.
        SMB_COM_PROCESS_EXIT = 0x11 => "PROCESS_EXIT",
        /// \[MS-CIFS\] 2.2.4.22.
        SMB_COM_READ_RAW = 0x1a => "READ_RAW",
        /// \[MS-CIFS\] 2.2.4.25.
        SMB_COM_WRITE_RAW = 0x1d => "WRITE_RAW",
        /// \[MS-CIFS\] 2.2.4.30.
        SMB_COM_SET_INFORMATION2 = 0x22 => "SET_INFORMATION2",
        /// \[MS-CIFS\] 2.2.4.31.
        SMB_COM_QUERY_INFORMATION2 = 0x23 => "QUERY_INFORMATION2",
        /// \[MS-CIFS\] 2.2.4.32. A server sends it of its own accord to break an oplock.
        SMB_COM_LOCKING_ANDX = 0x24 => "LOCKING_ANDX",
        /// \[MS-CIFS\] 2.2.4.33.
        SMB_COM_TRANSACTION = 0x25 => "TRANSACTION",
        /// \[MS-CIFS\] 2.2.4.34.
        SMB_COM_TRANSACTION_SECONDARY = 0x26 => "TRANSACTION_SECONDARY",
        /// \[MS-CIFS\] 2.2.4.35.
        SMB_COM_IOCTL = 0x27 => "IOCTL",
        /// \[MS-CIFS\] 2.2.4.39.
        SMB_COM_ECHO = 0x2b => "ECHO",
        /// \[MS-CIFS\] 2.2.4.40.
        SMB_COM_WRITE_AND_CLOSE = 0x2c => "WRITE_AND_CLOSE",
        /// \[MS-CIFS\] 2.2.4.41.
        SMB_COM_OPEN_ANDX = 0x2d => "OPEN_ANDX",
        /// \[MS-CIFS\] 2.2.4.42.
        SMB_COM_READ_ANDX = 0x2e => "READ_ANDX",
        /// \[MS-CIFS\] 2.2.4.43.
        SMB_COM_WRITE_ANDX = 0x2f => "WRITE_ANDX",
        /// \[MS-CIFS\] 2.2.4.46.
        SMB_COM_TRANSACTION2 = 0x32 => "TRANSACTION2",
        /// \[MS-CIFS\] 2.2.4.47.
        SMB_COM_TRANSACTION2_SECONDARY = 0x33 => "TRANSACTION2_SECONDARY",
        /// \[MS-CIFS\] 2.2.4.48.
        SMB_COM_FIND_CLOSE2 = 0x34 => "FIND_CLOSE2",
        /// \[MS-CIFS\] 2.2.4.50.
        SMB_COM_TREE_CONNECT = 0x70 => "TREE_CONNECT",
        /// \[MS-CIFS\] 2.2.4.51.
        SMB_COM_TREE_DISCONNECT = 0x71 => "TREE_DISCONNECT",
        /// \[MS-CIFS\] 2.2.4.52.
        SMB_COM_NEGOTIATE = 0x72 => "NEGOTIATE",
        /// \[MS-CIFS\] 2.2.4.53.
        SMB_COM_SESSION_SETUP_ANDX = 0x73 => "SESSION_SETUP_ANDX",
        /// \[MS-CIFS\] 2.2.4.54.
        SMB_COM_LOGOFF_ANDX = 0x74 => "LOGOFF_ANDX",
        /// \[MS-CIFS\] 2.2.4.55.
        SMB_COM_TREE_CONNECT_ANDX = 0x75 => "TREE_CONNECT_ANDX",
        /// \[MS-CIFS\] 2.2.4.57.
        SMB_COM_QUERY_INFORMATION_DISK = 0x80 => "QUERY_INFORMATION_DISK",
        /// \[MS-CIFS\] 2.2.4.58.
        SMB_COM_SEARCH = 0x81 => "SEARCH",
        /// \[MS-CIFS\] 2.2.4.62.
        SMB_COM_NT_TRANSACT = 0xa0 => "NT_TRANSACT",
        /// \[MS-CIFS\] 2.2.4.63.
        SMB_COM_NT_TRANSACT_SECONDARY = 0xa1 => "NT_TRANSACT_SECONDARY",
        /// \[MS-CIFS\] 2.2.4.64.
        SMB_COM_NT_CREATE_ANDX = 0xa2 => "NT_CREATE_ANDX",
        /// \[MS-CIFS\] 2.2.4.65. It has no response.
        SMB_COM_NT_CANCEL = 0xa4 => "NT_CANCEL",
        /// \[MS-CIFS\] 2.2.4.66.
        SMB_COM_NT_RENAME = 0xa5 => "NT_RENAME",
        /// \[MS-CIFS\] 2.2.4.67.
        SMB_COM_OPEN_PRINT_FILE = 0xc0 => "OPEN_PRINT_FILE",
        /// \[MS-CIFS\] 2.2.4.68.
        SMB_COM_WRITE_PRINT_FILE = 0xc1 => "WRITE_PRINT_FILE",
        /// \[MS-CIFS\] 2.2.4.69.
        SMB_COM_CLOSE_PRINT_FILE = 0xc2 => "CLOSE_PRINT_FILE",
        /// No command is meant.
        SMB_COM_INVALID = 0xfe => "INVALID",
        /// In AndXCommand: no further command.
        SMB_COM_NO_ANDX_COMMAND = 0xff => "NO_ANDX_COMMAND",
    }
}

wire_flags! {
    /// How the message is to be taken, \[MS-CIFS\] 2.2.3.1.
    Flags(u8) {
        /// The server knows LOCK_AND_READ.
        SMB_FLAGS_LOCK_AND_READ_OK = 0x01 => "LOCK_AND_READ_OK",
        /// Obsolete.
        SMB_FLAGS_BUF_AVAIL = 0x02 => "BUF_AVAIL",
        /// Paths do not care for case.
        SMB_FLAGS_CASE_INSENSITIVE = 0x08 => "CASE_INSENSITIVE",
        /// Obsolete.
        SMB_FLAGS_CANONICALIZED_PATHS = 0x10 => "CANONICALIZED_PATHS",
        /// Obsolete.
        SMB_FLAGS_OPLOCK = 0x20 => "OPLOCK",
        /// Obsolete.
        SMB_FLAGS_OPBATCH = 0x40 => "OPBATCH",
        /// The message is a response.
        SMB_FLAGS_REPLY = 0x80 => "REPLY",
    }
}

wire_flags! {
    /// How the message is to be taken, \[MS-CIFS\] 2.2.3.1 and \[MS-SMB\] 2.2.3.1.
    Flags2(u16) {
        /// Names may be long.
        SMB_FLAGS2_LONG_NAMES = 0x0001 => "LONG_NAMES",
        /// The client knows extended attributes.
        SMB_FLAGS2_EAS = 0x0002 => "EAS",
        /// The message is signed, or the client wants that; sides that sign leave it clear at will.
        SMB_FLAGS2_SMB_SECURITY_SIGNATURE = 0x0004 => "SMB_SECURITY_SIGNATURE",
        /// The message asks for compression.
        SMB_FLAGS2_COMPRESSED = 0x0008 => "COMPRESSED",
        /// The client requires signing.
        SMB_FLAGS2_SMB_SECURITY_SIGNATURE_REQUIRED = 0x0010 => "SMB_SECURITY_SIGNATURE_REQUIRED",
        /// A name in the message is long.
        SMB_FLAGS2_IS_LONG_NAME = 0x0040 => "IS_LONG_NAME",
        /// A path leads through a reparse point.
        SMB_FLAGS2_REPARSE_PATH = 0x0400 => "REPARSE_PATH",
        /// Authentication is by security tokens.
        SMB_FLAGS2_EXTENDED_SECURITY = 0x0800 => "EXTENDED_SECURITY",
        /// Paths are in the distributed file system.
        SMB_FLAGS2_DFS = 0x1000 => "DFS",
        /// A read is allowed where execution is.
        SMB_FLAGS2_PAGING_IO = 0x2000 => "PAGING_IO",
        /// Status is an NTSTATUS.
        SMB_FLAGS2_NT_STATUS = 0x4000 => "NT_STATUS",
        /// Texts are in UTF-16.
        SMB_FLAGS2_UNICODE = 0x8000 => "UNICODE",
    }
}

/// Protocol and the rest of the header.
fn header(input: &[u8]) -> IResult<&[u8], ([u8; 4], Header)> {
    let (input, protocol_id) = bytes(input)?;
    let (input, command) = le_u8(input)?;
    let (input, status) = bytes(input)?;
    let (input, flags) = le_u8(input)?;
    let (input, flags2) = le_u16(input)?;
    let (input, pid_high) = le_u16(input)?;
    let (input, security_signature) = bytes(input)?;
    let (input, _reserved) = le_u16(input)?;
    let (input, tid) = le_u16(input)?;
    let (input, pid_low) = le_u16(input)?;
    let (input, uid) = le_u16(input)?;
    let (input, mid) = le_u16(input)?;
    let header = Header {
        command: Command(command),
        status,
        flags: Flags(flags),
        flags2: Flags2(flags2),
        pid_high,
        security_signature: SecuritySignature(security_signature),
        tid,
        pid_low,
        uid,
        mid,
    };
    Ok((input, (protocol_id, header)))
}

#[cfg(test)]
mod tests {
    use super::{Command, Flags, Flags2, Header, ResponseStatus, SecuritySignature};
    use crate::smb::error::{DecodeErrorKind, Structure};
    use crate::smb::status::Status;
    use crate::smb::testing::{check_truncations, hex};

    /// The second leg of a setup, from a Samba 4.17 server, and its WordCount.
    fn session_setup_response() -> Vec<u8> {
        hex("ff534d42 73 160000c0 88 03c8 0000 4253525350594c20 0000 0000 a57d 288f 0100 04")
    }

    #[test]
    fn every_field_has_its_place() {
        let message = session_setup_response();
        let (header, body) = Header::parse(&message).unwrap();
        let expected = Header {
            command: Command::SMB_COM_SESSION_SETUP_ANDX,
            status: [0x16, 0, 0, 0xc0],
            flags: Flags(0x88),
            flags2: Flags2(0xc803),
            pid_high: 0,
            security_signature: SecuritySignature::PLACEHOLDER,
            tid: 0,
            pid_low: 0x7da5,
            uid: 0x8f28,
            mid: 1,
        };
        assert_eq!(header, expected);
        assert_eq!(body, [4]);
        assert!(header.is_response());
        assert!(header.is_unicode());
        assert_eq!(header.pid(), 0x7da5);
        let status = ResponseStatus::Nt(Status::STATUS_MORE_PROCESSING_REQUIRED);
        assert_eq!(header.response_status(), Some(status));
        assert!(status.is_more_processing_required());
        check_truncations(&message, 32, |message| Header::parse(message).is_err());
    }

    #[test]
    fn a_status_without_nt_status_is_of_dos() {
        let mut message = session_setup_response();
        message[5..9].copy_from_slice(&[0x02, 0, 0x05, 0]);
        message[11] = 0x88;
        let (header, _) = Header::parse(&message).unwrap();
        let status = header.response_status().unwrap();
        assert_eq!(status, ResponseStatus::Dos { class: 2, code: 5 });
        assert!(status.is_error());
        assert!(!status.is_success());
        assert_eq!(status.to_string(), "class 0x02 code 0x0005");
        message[9] = 0x08;
        let (header, _) = Header::parse(&message).unwrap();
        assert_eq!(header.response_status(), None);
    }

    #[test]
    fn a_placeholder_is_no_signature() {
        assert!(SecuritySignature(*b"BSRSPYL ").is_placeholder());
        assert!(!SecuritySignature(*b"BSRSPYL ").is_signature());
        assert!(!SecuritySignature([0; 8]).is_signature());
        assert!(SecuritySignature([0, 0, 0, 0, 0, 0, 0, 1]).is_signature());
    }

    #[test]
    fn another_protocol_is_refused_and_another_command_kept() {
        let mut message = session_setup_response();
        message[4] = 0xd7;
        let (header, _) = Header::parse(&message).unwrap();
        assert_eq!(header.command.name(), "0xd7");
        message[0] = 0xfe;
        let kind = DecodeErrorKind::ProtocolId { found: *b"\xfeSMB" };
        assert_eq!(Header::parse(&message), Err(Structure::Smb1Header.error(0, kind)));
    }
}
