//! The SMB2 Packet Header, \[MS-SMB2\] 2.2.1.

use nom::IResult;
use nom::number::complete::{le_u16, le_u32, le_u64};

use crate::smb::error::{DecodeError, DecodeErrorKind, Structure};
use crate::smb::fields::{bytes, from_offset, read_fields};
use crate::smb::status::Status;
use crate::smb::wire::{wire_flags, wire_value};

/// An SMB2 Packet Header, SYNC or ASYNC (\[MS-SMB2\] 2.2.1.1, 2.2.1.2).
///
/// Integers are little-endian. The range before each field is its place in the header, in bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Header {
    /// `[6..8]` CreditCharge: how many credits the request takes; 0 in 2.0.2.
    pub credit_charge: u16,
    /// `[8..12]` Status in a response; in a request of 3.x ChannelSequence and two reserved bytes.
    pub status_or_channel_sequence: u32,
    /// `[12..14]` Command.
    pub command: Command,
    /// `[14..16]` CreditRequest or CreditResponse: credits asked for or granted.
    pub credits: u16,
    /// `[16..20]` Flags.
    pub flags: Flags,
    /// `[20..24]` NextCommand: where the next header of the compound starts, in bytes from the
    /// start of this one; 0 in the last.
    pub next_command: u32,
    /// `[24..32]` MessageId.
    pub message_id: MessageId,
    /// `[32..40]` AsyncId; without SMB2_FLAGS_ASYNC_COMMAND four reserved bytes and TreeId.
    pub tree_or_async_id: u64,
    /// `[40..48]` SessionId.
    pub session_id: SessionId,
    /// `[48..64]` Signature. All zero in most messages that are not signed, but only
    /// SMB2_FLAGS_SIGNED says whether it is a signature.
    pub signature: [u8; 16],
}

impl Header {
    /// Bytes in a header. StructureSize holds the same number.
    pub const LEN: usize = 64;

    /// ProtocolId, the first four bytes.
    pub const PROTOCOL_ID: [u8; 4] = *b"\xfeSMB";

    /// Reads the header that `message` starts with, and returns it with the bytes after it.
    pub fn parse(message: &[u8]) -> Result<(Header, &[u8]), DecodeError> {
        let structure = Structure::Smb2Header;
        let fields = read_fields(structure, message, 0, Header::LEN, header)?;
        let (protocol_id, structure_size, header) = fields;
        check(protocol_id, structure_size)?;
        Ok((header, from_offset(message, Header::LEN)))
    }

    /// Status, where the message is a response.
    pub fn status(&self) -> Option<Status> {
        self.is_response().then_some(Status(self.status_or_channel_sequence))
    }

    /// ChannelSequence, where the message is a request. It has a meaning in 3.x.
    pub fn channel_sequence(&self) -> Option<u16> {
        let [low, high, _, _] = self.status_or_channel_sequence.to_le_bytes();
        (!self.is_response()).then_some(u16::from_le_bytes([low, high]))
    }

    /// TreeId, where the message has one.
    pub fn tree_id(&self) -> Option<TreeId> {
        tree_id(self.flags, self.tree_or_async_id)
    }

    /// AsyncId, where the message has one.
    pub fn async_id(&self) -> Option<u64> {
        self.flags.contains(Flags::SMB2_FLAGS_ASYNC_COMMAND).then_some(self.tree_or_async_id)
    }

    /// Whether the server sent the message, by its SMB2_FLAGS_SERVER_TO_REDIR.
    pub const fn is_response(&self) -> bool {
        self.flags.contains(Flags::SMB2_FLAGS_SERVER_TO_REDIR)
    }

    /// Whether the message says that it is signed, by its SMB2_FLAGS_SIGNED.
    pub const fn is_signed(&self) -> bool {
        self.flags.contains(Flags::SMB2_FLAGS_SIGNED)
    }
}

/// A header of which the capture holds everything but the whole signature.
///
/// The fields are those of [`Header`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PartialHeader {
    /// `[6..8]` CreditCharge.
    pub credit_charge: u16,
    /// `[8..12]` Status in a response; in a request of 3.x ChannelSequence and two reserved bytes.
    pub status_or_channel_sequence: u32,
    /// `[12..14]` Command.
    pub command: Command,
    /// `[14..16]` CreditRequest or CreditResponse.
    pub credits: u16,
    /// `[16..20]` Flags.
    pub flags: Flags,
    /// `[20..24]` NextCommand.
    pub next_command: u32,
    /// `[24..32]` MessageId.
    pub message_id: MessageId,
    /// `[32..40]` AsyncId; without SMB2_FLAGS_ASYNC_COMMAND four reserved bytes and TreeId.
    pub tree_or_async_id: u64,
    /// `[40..48]` SessionId.
    pub session_id: SessionId,
}

impl PartialHeader {
    /// Bytes before the signature.
    pub const LEN: usize = 48;

    /// The header with these bytes for its signature.
    pub const fn with_signature(self, signature: [u8; 16]) -> Header {
        Header {
            credit_charge: self.credit_charge,
            status_or_channel_sequence: self.status_or_channel_sequence,
            command: self.command,
            credits: self.credits,
            flags: self.flags,
            next_command: self.next_command,
            message_id: self.message_id,
            tree_or_async_id: self.tree_or_async_id,
            session_id: self.session_id,
            signature,
        }
    }

    /// Reads the header that `message` starts with up to its signature.
    pub fn parse(message: &[u8]) -> Result<PartialHeader, DecodeError> {
        let structure = Structure::Smb2Header;
        let fields = read_fields(structure, message, 0, PartialHeader::LEN, partial_header)?;
        let (protocol_id, structure_size, header) = fields;
        check(protocol_id, structure_size)?;
        Ok(header)
    }

    /// TreeId, where the message has one.
    pub fn tree_id(&self) -> Option<TreeId> {
        tree_id(self.flags, self.tree_or_async_id)
    }

    /// Whether the server sent the message, by its SMB2_FLAGS_SERVER_TO_REDIR.
    pub const fn is_response(&self) -> bool {
        self.flags.contains(Flags::SMB2_FLAGS_SERVER_TO_REDIR)
    }
}

wire_value! {
    /// What is asked, \[MS-SMB2\] 2.2.1.2.
    Command(u16) {
        /// Which dialect and what policy, \[MS-SMB2\] 2.2.3 and 2.2.4.
        SMB2_NEGOTIATE = 0x0000 => "NEGOTIATE",
        /// Who the user is, \[MS-SMB2\] 2.2.5 and 2.2.6.
        SMB2_SESSION_SETUP = 0x0001 => "SESSION_SETUP",
        /// The session ends, \[MS-SMB2\] 2.2.7 and 2.2.8.
        SMB2_LOGOFF = 0x0002 => "LOGOFF",
        /// A share, \[MS-SMB2\] 2.2.9 and 2.2.10.
        SMB2_TREE_CONNECT = 0x0003 => "TREE_CONNECT",
        /// The share is left, \[MS-SMB2\] 2.2.11 and 2.2.12.
        SMB2_TREE_DISCONNECT = 0x0004 => "TREE_DISCONNECT",
        /// A file is opened, \[MS-SMB2\] 2.2.13 and 2.2.14.
        SMB2_CREATE = 0x0005 => "CREATE",
        /// A file is closed, \[MS-SMB2\] 2.2.15 and 2.2.16.
        SMB2_CLOSE = 0x0006 => "CLOSE",
        /// A file is written to disk, \[MS-SMB2\] 2.2.17 and 2.2.18.
        SMB2_FLUSH = 0x0007 => "FLUSH",
        /// \[MS-SMB2\] 2.2.19 and 2.2.20.
        SMB2_READ = 0x0008 => "READ",
        /// \[MS-SMB2\] 2.2.21 and 2.2.22.
        SMB2_WRITE = 0x0009 => "WRITE",
        /// \[MS-SMB2\] 2.2.26 and 2.2.27.
        SMB2_LOCK = 0x000a => "LOCK",
        /// A control code for the file system, \[MS-SMB2\] 2.2.31 and 2.2.32.
        SMB2_IOCTL = 0x000b => "IOCTL",
        /// A request is given up, \[MS-SMB2\] 2.2.30.
        SMB2_CANCEL = 0x000c => "CANCEL",
        /// Whether the server is there, \[MS-SMB2\] 2.2.28 and 2.2.29.
        SMB2_ECHO = 0x000d => "ECHO",
        /// \[MS-SMB2\] 2.2.33 and 2.2.34.
        SMB2_QUERY_DIRECTORY = 0x000e => "QUERY_DIRECTORY",
        /// \[MS-SMB2\] 2.2.35 and 2.2.36.
        SMB2_CHANGE_NOTIFY = 0x000f => "CHANGE_NOTIFY",
        /// \[MS-SMB2\] 2.2.37 and 2.2.38.
        SMB2_QUERY_INFO = 0x0010 => "QUERY_INFO",
        /// \[MS-SMB2\] 2.2.39 and 2.2.40.
        SMB2_SET_INFO = 0x0011 => "SET_INFO",
        /// An oplock or lease is broken, \[MS-SMB2\] 2.2.23 to 2.2.25.
        SMB2_OPLOCK_BREAK = 0x0012 => "OPLOCK_BREAK",
        /// \[MS-SMB2\] 2.2.44.
        SMB2_SERVER_TO_CLIENT_NOTIFICATION = 0x0013 => "SERVER_TO_CLIENT_NOTIFICATION",
    }
}

wire_flags! {
    /// How the message is to be taken, \[MS-SMB2\] 2.2.1.2.
    Flags(u32) {
        /// The message is a response.
        SMB2_FLAGS_SERVER_TO_REDIR = 0x0000_0001 => "SERVER_TO_REDIR",
        /// The header has an AsyncId.
        SMB2_FLAGS_ASYNC_COMMAND = 0x0000_0002 => "ASYNC_COMMAND",
        /// The request goes on with what the one before it in the compound did.
        SMB2_FLAGS_RELATED_OPERATIONS = 0x0000_0004 => "RELATED_OPERATIONS",
        /// The message is signed.
        SMB2_FLAGS_SIGNED = 0x0000_0008 => "SIGNED",
        /// The path is in the distributed file system.
        SMB2_FLAGS_DFS_OPERATIONS = 0x1000_0000 => "DFS_OPERATIONS",
        /// The request was sent before.
        SMB2_FLAGS_REPLAY_OPERATION = 0x2000_0000 => "REPLAY_OPERATION",
    }
}

impl Flags {
    /// SMB2_FLAGS_PRIORITY_MASK: the priority of a request in 3.1.1, 0 to 7, in bits 4 to 6.
    pub const SMB2_FLAGS_PRIORITY_MASK: Flags = Flags(0x0000_0070);

    /// The priority of a request in 3.1.1, 0 to 7.
    pub const fn priority(self) -> u8 {
        ((self.0 & Flags::SMB2_FLAGS_PRIORITY_MASK.0) >> 4) as u8
    }
}

/// MessageId: what a response shares with its request, on one connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct MessageId(pub u64);

impl MessageId {
    /// The server sent the message of its own accord, \[MS-SMB2\] 3.3.4.1.1.
    pub const UNSOLICITED: MessageId = MessageId(u64::MAX);
}

/// SessionId: which session of the server.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SessionId(pub u64);

impl SessionId {
    /// No session, or none yet.
    pub const NONE: SessionId = SessionId(0);
    /// In a related request of a compound: the session of the one before, \[MS-SMB2\] 3.2.4.1.4.
    pub const PREVIOUS: SessionId = SessionId(u64::MAX);
}

/// As Wireshark writes it: `0x` and sixteen digits.
impl std::fmt::Display for SessionId {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "0x{:016x}", self.0)
    }
}

/// TreeId: which share of a session.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TreeId(pub u32);

impl TreeId {
    /// In a related request of a compound: the tree of the one before, \[MS-SMB2\] 3.2.4.1.4.
    pub const PREVIOUS: TreeId = TreeId(u32::MAX);
}

/// ProtocolId, StructureSize and the fields before the signature.
fn partial_header(input: &[u8]) -> IResult<&[u8], ([u8; 4], u16, PartialHeader)> {
    let (input, protocol_id) = bytes(input)?;
    let (input, structure_size) = le_u16(input)?;
    let (input, credit_charge) = le_u16(input)?;
    let (input, status_or_channel_sequence) = le_u32(input)?;
    let (input, command) = le_u16(input)?;
    let (input, credits) = le_u16(input)?;
    let (input, flags) = le_u32(input)?;
    let (input, next_command) = le_u32(input)?;
    let (input, message_id) = le_u64(input)?;
    let (input, tree_or_async_id) = le_u64(input)?;
    let (input, session_id) = le_u64(input)?;
    let header = PartialHeader {
        credit_charge,
        status_or_channel_sequence,
        command: Command(command),
        credits,
        flags: Flags(flags),
        next_command,
        message_id: MessageId(message_id),
        tree_or_async_id,
        session_id: SessionId(session_id),
    };
    Ok((input, (protocol_id, structure_size, header)))
}

/// ProtocolId, StructureSize and the whole header.
fn header(input: &[u8]) -> IResult<&[u8], ([u8; 4], u16, Header)> {
    let (input, (protocol_id, structure_size, partial)) = partial_header(input)?;
    let (input, signature) = bytes(input)?;
    Ok((input, (protocol_id, structure_size, partial.with_signature(signature))))
}

fn check(protocol_id: [u8; 4], structure_size: u16) -> Result<(), DecodeError> {
    if protocol_id != Header::PROTOCOL_ID {
        let kind = DecodeErrorKind::ProtocolId { found: protocol_id };
        return Err(Structure::Smb2Header.error(0, kind));
    }
    Structure::Smb2Header.check_size(0, 64, structure_size)
}

fn tree_id(flags: Flags, tree_or_async_id: u64) -> Option<TreeId> {
    if flags.contains(Flags::SMB2_FLAGS_ASYNC_COMMAND) {
        return None;
    }
    let [_, _, _, _, tree_id @ ..] = tree_or_async_id.to_le_bytes();
    Some(TreeId(u32::from_le_bytes(tree_id)))
}

#[cfg(test)]
mod tests {
    use super::{Command, Flags, Header, MessageId, PartialHeader, SessionId, TreeId};
    use crate::smb::error::{DecodeErrorKind, Structure};
    use crate::smb::status::Status;
    use crate::smb::testing::{check_truncations, hex};

    /// The signed TREE_CONNECT response of a Samba 4.17 server.
    fn tree_connect_response() -> Vec<u8> {
        hex("fe534d42 4000 0100 00000000 0300 0100 19000000 00000000 0300000000000000
             00000000 dd3ac426 625c752100000000 0f124f023c1065fd92100017b4f63296
             1000 02 00")
    }

    #[test]
    fn every_field_has_its_place() {
        let message = tree_connect_response();
        let (header, body) = Header::parse(&message).unwrap();
        let expected = Header {
            credit_charge: 1,
            status_or_channel_sequence: 0,
            command: Command::SMB2_TREE_CONNECT,
            credits: 1,
            flags: Flags(0x19),
            next_command: 0,
            message_id: MessageId(3),
            tree_or_async_id: 0x26c4_3add_0000_0000,
            session_id: SessionId(0x2175_5c62),
            signature: *b"\x0f\x12\x4f\x02\x3c\x10\x65\xfd\x92\x10\x00\x17\xb4\xf6\x32\x96",
        };
        assert_eq!(header, expected);
        assert_eq!(body, [0x10, 0, 2, 0]);
        assert_eq!(header.status(), Some(Status::STATUS_SUCCESS));
        assert_eq!(header.channel_sequence(), None);
        assert_eq!(header.tree_id(), Some(TreeId(0x26c4_3add)));
        assert_eq!(header.async_id(), None);
        assert_eq!(header.flags.priority(), 1);
        assert!(header.is_response());
        assert!(header.is_signed());
        assert_eq!(header.session_id.to_string(), "0x0000000021755c62");
    }

    #[test]
    fn an_async_header_has_no_tree() {
        let mut message = tree_connect_response();
        message[16] = 0x02;
        message[8..12].copy_from_slice(&[0x07, 0, 0xff, 0xff]);
        let (header, _) = Header::parse(&message).unwrap();
        assert_eq!(header.tree_id(), None);
        assert_eq!(header.async_id(), Some(0x26c4_3add_0000_0000));
        assert_eq!(header.status(), None);
        assert_eq!(header.channel_sequence(), Some(7));
    }

    #[test]
    fn a_header_without_its_whole_signature_is_read_in_part() {
        let message = tree_connect_response();
        check_truncations(&message, 64, |message| Header::parse(message).is_err());
        check_truncations(&message, 48, |message| PartialHeader::parse(message).is_err());
        let header = PartialHeader::parse(&message[..48]).unwrap();
        assert_eq!(header.command, Command::SMB2_TREE_CONNECT);
        assert_eq!(header.session_id, SessionId(0x2175_5c62));
        assert_eq!(header.tree_id(), Some(TreeId(0x26c4_3add)));
        assert!(header.is_response());
        let kind = DecodeErrorKind::Truncated { needed: 64, available: 48 };
        let error = Structure::Smb2Header.error(0, kind);
        assert_eq!(Header::parse(&message[..48]), Err(error));
    }

    #[test]
    fn another_protocol_is_refused() {
        let mut message = tree_connect_response();
        message[0] = 0xff;
        let kind = DecodeErrorKind::ProtocolId { found: *b"\xffSMB" };
        assert_eq!(Header::parse(&message), Err(Structure::Smb2Header.error(0, kind)));
        assert!(PartialHeader::parse(&message).is_err());
        let mut message = tree_connect_response();
        message[4] = 65;
        let kind = DecodeErrorKind::StructureSize { expected: 64, found: 65 };
        assert_eq!(Header::parse(&message), Err(Structure::Smb2Header.error(0, kind)));
    }

    #[test]
    fn an_unknown_command_is_kept() {
        let mut message = tree_connect_response();
        message[12..14].copy_from_slice(&[0x34, 0x12]);
        message[24..32].fill(0xff);
        let (header, _) = Header::parse(&message).unwrap();
        assert_eq!(header.command, Command(0x1234));
        assert_eq!(header.command.name(), "0x1234");
        assert_eq!(header.message_id, MessageId::UNSOLICITED);
    }
}
