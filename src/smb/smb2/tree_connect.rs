//! SMB2 TREE_CONNECT, \[MS-SMB2\] 2.2.9 and 2.2.10.

use nom::IResult;
use nom::number::complete::{le_u8, le_u16, le_u32};

use super::Header;
use crate::smb::error::{DecodeError, Structure};
use crate::smb::fields::{Buffer, Text, read_fields};
use crate::smb::wire::{wire_flags, wire_value};

/// The client asks for a share, \[MS-SMB2\] 2.2.9.
///
/// The range before each field is its place in the message, in bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TreeConnectRequest<'a> {
    /// `[66..68]` Flags; reserved before 3.1.1.
    pub flags: TreeConnectFlags,
    /// The buffer of PathOffset (`[68..70]`) and PathLength (`[70..72]`).
    pub path_buffer: Buffer<'a>,
}

impl<'a> TreeConnectRequest<'a> {
    /// Bytes from the start of the message to the buffer.
    const FIELDS_END: usize = Header::LEN + 8;

    /// Bytes of the request extension before its path, \[MS-SMB2\] 2.2.9.1.
    const EXTENSION_LEN: usize = 16;

    /// Reads the request that follows the header of `message`.
    pub fn parse(message: &'a [u8]) -> Result<TreeConnectRequest<'a>, DecodeError> {
        let structure = Structure::Smb2TreeConnectRequest;
        let (structure_size, flags, path_offset, path_length) =
            read_fields(structure, message, Header::LEN, 8, request)?;
        structure.check_size(Header::LEN, 9, structure_size)?;
        let extension = TreeConnectFlags::SMB2_TREE_CONNECT_FLAG_EXTENSION_PRESENT;
        let mut offset = usize::from(path_offset);
        if flags.contains(extension) {
            // The extension stands before the path, and some count from its start or point at it.
            offset = offset.max(TreeConnectRequest::FIELDS_END + TreeConnectRequest::EXTENSION_LEN);
        }
        let fields = Header::LEN..TreeConnectRequest::FIELDS_END;
        let path_buffer = Buffer::new(structure, message, fields, offset, path_length.into());
        Ok(TreeConnectRequest { flags, path_buffer })
    }

    /// The share as `\\server\share`, as much of it as was captured.
    pub const fn path(&self) -> Text<'a> {
        Text::Utf16(self.path_buffer.captured())
    }
}

/// What share the client got, \[MS-SMB2\] 2.2.10.
///
/// The range before each field is its place in the message, in bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TreeConnectResponse {
    /// `[66]` ShareType.
    pub share_type: ShareType,
    /// `[68..72]` ShareFlags.
    pub share_flags: ShareFlags,
    /// `[72..76]` Capabilities, of the share.
    pub capabilities: ShareCapabilities,
    /// `[76..80]` MaximalAccess: an access mask.
    pub maximal_access: u32,
}

impl TreeConnectResponse {
    /// Reads the response that follows the header of `message`.
    pub fn parse(message: &[u8]) -> Result<TreeConnectResponse, DecodeError> {
        let structure = Structure::Smb2TreeConnectResponse;
        let (structure_size, response) =
            read_fields(structure, message, Header::LEN, 16, response)?;
        structure.check_size(Header::LEN, 16, structure_size)?;
        Ok(response)
    }
}

wire_flags! {
    /// How a share is connected to, \[MS-SMB2\] 2.2.9.
    TreeConnectFlags(u16) {
        /// The client was connected to this cluster share before.
        SMB2_TREE_CONNECT_FLAG_CLUSTER_RECONNECT = 0x0001 => "CLUSTER_RECONNECT",
        /// The client lets itself be sent to another node.
        SMB2_TREE_CONNECT_FLAG_REDIRECT_TO_OWNER = 0x0002 => "REDIRECT_TO_OWNER",
        /// A request extension stands before the path.
        SMB2_TREE_CONNECT_FLAG_EXTENSION_PRESENT = 0x0004 => "EXTENSION_PRESENT",
    }
}

wire_value! {
    /// What a share gives access to, \[MS-SMB2\] 2.2.10.
    ShareType(u8) {
        /// Files.
        SMB2_SHARE_TYPE_DISK = 0x01 => "DISK",
        /// Named pipes.
        SMB2_SHARE_TYPE_PIPE = 0x02 => "PIPE",
        /// A printer.
        SMB2_SHARE_TYPE_PRINT = 0x03 => "PRINT",
    }
}

wire_flags! {
    /// How a share is to be used, \[MS-SMB2\] 2.2.10.
    ShareFlags(u32) {
        /// In the distributed file system.
        SMB2_SHAREFLAG_DFS = 0x0000_0001 => "DFS",
        /// A root of the distributed file system.
        SMB2_SHAREFLAG_DFS_ROOT = 0x0000_0002 => "DFS_ROOT",
        /// Files are not to be kept for use offline.
        SMB2_SHAREFLAG_NO_CACHING = 0x0000_0030 => "NO_CACHING",
        /// Files may be kept for use offline.
        SMB2_SHAREFLAG_AUTO_CACHING = 0x0000_0010 => "AUTO_CACHING",
        /// Files may be kept and used without asking the server.
        SMB2_SHAREFLAG_VDO_CACHING = 0x0000_0020 => "VDO_CACHING",
        /// Exclusive opens that deny reading are refused.
        SMB2_SHAREFLAG_RESTRICT_EXCLUSIVE_OPENS = 0x0000_0100 => "RESTRICT_EXCLUSIVE_OPENS",
        /// Open files can be deleted.
        SMB2_SHAREFLAG_FORCE_SHARED_DELETE = 0x0000_0200 => "FORCE_SHARED_DELETE",
        /// Listings of directories may be kept.
        SMB2_SHAREFLAG_ALLOW_NAMESPACE_CACHING = 0x0000_0400 => "ALLOW_NAMESPACE_CACHING",
        /// Users see only what they can open.
        SMB2_SHAREFLAG_ACCESS_BASED_DIRECTORY_ENUM = 0x0000_0800 => "ACCESS_BASED_DIRECTORY_ENUM",
        /// No exclusive caching rights.
        SMB2_SHAREFLAG_FORCE_LEVELII_OPLOCK = 0x0000_1000 => "FORCE_LEVELII_OPLOCK",
        /// Hashes of contents, first version.
        SMB2_SHAREFLAG_ENABLE_HASH_V1 = 0x0000_2000 => "ENABLE_HASH_V1",
        /// Hashes of contents, second version.
        SMB2_SHAREFLAG_ENABLE_HASH_V2 = 0x0000_4000 => "ENABLE_HASH_V2",
        /// The server demands encryption.
        SMB2_SHAREFLAG_ENCRYPT_DATA = 0x0000_8000 => "ENCRYPT_DATA",
        /// The identity of another user can be used.
        SMB2_SHAREFLAG_IDENTITY_REMOTING = 0x0004_0000 => "IDENTITY_REMOTING",
        /// The server wants compression.
        SMB2_SHAREFLAG_COMPRESS_DATA = 0x0010_0000 => "COMPRESS_DATA",
        /// The share wants a transport of its own.
        SMB2_SHAREFLAG_ISOLATED_TRANSPORT = 0x0020_0000 => "ISOLATED_TRANSPORT",
    }
}

wire_flags! {
    /// What a share can do, \[MS-SMB2\] 2.2.10.
    ShareCapabilities(u32) {
        /// In the distributed file system.
        SMB2_SHARE_CAP_DFS = 0x0000_0008 => "DFS",
        /// It outlives a node of the cluster.
        SMB2_SHARE_CAP_CONTINUOUS_AVAILABILITY = 0x0000_0010 => "CONTINUOUS_AVAILABILITY",
        /// On all nodes of the cluster at once.
        SMB2_SHARE_CAP_SCALEOUT = 0x0000_0020 => "SCALEOUT",
        /// In a cluster.
        SMB2_SHARE_CAP_CLUSTER = 0x0000_0040 => "CLUSTER",
        /// Another node may be the better one.
        SMB2_SHARE_CAP_ASYMMETRIC = 0x0000_0080 => "ASYMMETRIC",
        /// Clients are sent to the share's owner.
        SMB2_SHARE_CAP_REDIRECT_TO_OWNER = 0x0000_0100 => "REDIRECT_TO_OWNER",
    }
}

/// StructureSize, Flags, PathOffset and PathLength.
fn request(input: &[u8]) -> IResult<&[u8], (u16, TreeConnectFlags, u16, u16)> {
    let (input, structure_size) = le_u16(input)?;
    let (input, flags) = le_u16(input)?;
    let (input, path_offset) = le_u16(input)?;
    let (input, path_length) = le_u16(input)?;
    Ok((input, (structure_size, TreeConnectFlags(flags), path_offset, path_length)))
}

/// StructureSize and the response.
fn response(input: &[u8]) -> IResult<&[u8], (u16, TreeConnectResponse)> {
    let (input, structure_size) = le_u16(input)?;
    let (input, share_type) = le_u8(input)?;
    let (input, _reserved) = le_u8(input)?;
    let (input, share_flags) = le_u32(input)?;
    let (input, capabilities) = le_u32(input)?;
    let (input, maximal_access) = le_u32(input)?;
    let response = TreeConnectResponse {
        share_type: ShareType(share_type),
        share_flags: ShareFlags(share_flags),
        capabilities: ShareCapabilities(capabilities),
        maximal_access,
    };
    Ok((input, (structure_size, response)))
}

#[cfg(test)]
mod tests {
    use super::{
        ShareCapabilities, ShareFlags, ShareType, TreeConnectRequest, TreeConnectResponse,
    };
    use crate::smb::testing::{check_truncations, smb2};

    /// A Samba 4.17 client.
    const REQUEST: &str = "0900 0000 4800 2200
        5c005c003100390032002e0030002e0032002e00310030005c004900500043002400";

    #[test]
    fn a_request_names_the_share() {
        let message = smb2(3, false, REQUEST);
        let request = TreeConnectRequest::parse(&message);
        assert_eq!(request.unwrap().path().to_string(), r"\\192.0.2.10\IPC$");
        check_truncations(&message, 72, |message| TreeConnectRequest::parse(message).is_err());
        let cut = TreeConnectRequest::parse(&message[..80]).unwrap();
        assert_eq!(cut.path().to_string(), r"\\19");
        assert!(cut.path_buffer.whole().is_err());
    }

    #[test]
    fn a_path_stands_behind_the_extension() {
        let extension = "5c000000 0000 00000000000000000000";
        for offset in ["5800", "4800", "1000"] {
            let body = format!("0900 0400 {offset} 0600 {extension} 5c005c006100");
            let message = smb2(3, false, &body);
            let request = TreeConnectRequest::parse(&message).unwrap();
            assert_eq!(request.path().to_string(), r"\\a", "{offset}");
            assert_eq!(request.flags.names(), ["EXTENSION_PRESENT"]);
        }
    }

    #[test]
    fn a_response_says_what_share_it_is() {
        let message = smb2(3, true, "1000 02 00 30800000 08000000 ff011f00");
        let response = TreeConnectResponse::parse(&message).unwrap();
        assert_eq!(response.share_type, ShareType::SMB2_SHARE_TYPE_PIPE);
        assert!(response.share_flags.contains(ShareFlags::SMB2_SHAREFLAG_ENCRYPT_DATA));
        assert_eq!(response.share_flags.names(), ["NO_CACHING", "ENCRYPT_DATA"]);
        assert_eq!(response.capabilities, ShareCapabilities::SMB2_SHARE_CAP_DFS);
        assert_eq!(response.maximal_access, 0x001f_01ff);
        check_truncations(&message, 80, |message| TreeConnectResponse::parse(message).is_err());
    }

    #[test]
    fn unknown_values_are_kept() {
        let message = smb2(3, true, "1000 07 00 00000080 01000000 00000000");
        let response = TreeConnectResponse::parse(&message).unwrap();
        assert_eq!(response.share_type.name(), "0x07");
        assert_eq!(response.share_flags.names(), ["0x80000000"]);
        assert_eq!(response.capabilities.names(), ["0x00000001"]);
    }
}
