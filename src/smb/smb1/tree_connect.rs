//! SMB_COM_TREE_CONNECT_ANDX, \[MS-CIFS\] 2.2.4.55 and \[MS-SMB\] 2.2.4.7.

use nom::IResult;
use nom::number::complete::{le_u16, le_u32};

use super::Block;
use crate::smb::error::{DecodeError, Structure};
use crate::smb::fields::{Buffer, Text};
use crate::smb::wire::wire_flags;

/// The client asks for a share, \[MS-CIFS\] 2.2.4.55.1.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TreeConnectRequest<'a> {
    /// Flags.
    pub flags: TreeConnectFlags,
    /// Password, of a server whose shares authenticate.
    pub password: Buffer<'a>,
    /// Path: the share as `\\server\share`.
    pub path: Text<'a>,
    /// Service: what the client takes the share for.
    pub service: Text<'a>,
}

impl<'a> TreeConnectRequest<'a> {
    /// Reads the request from its block; `is_unicode` as the header says.
    pub fn parse(
        block: &Block<'a>,
        is_unicode: bool,
    ) -> Result<TreeConnectRequest<'a>, DecodeError> {
        let structure = Structure::Smb1TreeConnectRequest;
        let word_count = block.word_count_error(structure);
        if block.word_count != 4 {
            return Err(word_count);
        }
        let (_, (flags, password_length)) = request(block.words).map_err(|_| word_count)?;
        let password_length = usize::from(password_length);
        let mut strings = block.strings(password_length, is_unicode);
        Ok(TreeConnectRequest {
            flags,
            password: block.buffer(structure, 0, password_length),
            path: strings.aligned(),
            service: strings.oem(),
        })
    }
}

/// What share the client got, \[MS-CIFS\] 2.2.4.55.2 and \[MS-SMB\] 2.2.4.7.2.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TreeConnectResponse<'a> {
    /// OptionalSupport; `None` from servers that leave it out.
    pub optional_support: Option<OptionalSupport>,
    /// MaximalShareAccessRights: an access mask, where the client asked for it.
    pub maximal_share_access_rights: Option<u32>,
    /// Service: what the share is, such as `A:` for files and `IPC` for pipes.
    pub service: Text<'a>,
    /// NativeFileSystem.
    pub native_file_system: Text<'a>,
}

impl<'a> TreeConnectResponse<'a> {
    /// Reads the response from its block; `is_unicode` as the header says.
    pub fn parse(
        block: &Block<'a>,
        is_unicode: bool,
    ) -> Result<TreeConnectResponse<'a>, DecodeError> {
        let word_count = block.word_count_error(Structure::Smb1TreeConnectResponse);
        let (optional_support, maximal_share_access_rights) = match block.word_count {
            2 => (None, None),
            3 => {
                let (_, support) = response(block.words).map_err(|_| word_count)?;
                (Some(support), None)
            }
            7 => {
                let (_, (support, rights)) =
                    extended_response(block.words).map_err(|_| word_count)?;
                (Some(support), Some(rights))
            }
            _ => return Err(word_count),
        };
        let mut strings = block.strings(0, is_unicode);
        Ok(TreeConnectResponse {
            optional_support,
            maximal_share_access_rights,
            service: strings.oem(),
            native_file_system: strings.aligned(),
        })
    }
}

wire_flags! {
    /// How a share is connected to, \[MS-CIFS\] 2.2.4.55.1 and \[MS-SMB\] 2.2.4.7.1.
    TreeConnectFlags(u16) {
        /// The share that TID of the header names is left.
        TREE_CONNECT_ANDX_DISCONNECT_TID = 0x0001 => "DISCONNECT_TID",
        /// The session key for applications is a derived one.
        TREE_CONNECT_ANDX_EXTENDED_SIGNATURES = 0x0004 => "EXTENDED_SIGNATURES",
        /// The client wants the long response.
        TREE_CONNECT_ANDX_EXTENDED_RESPONSE = 0x0008 => "EXTENDED_RESPONSE",
    }
}

wire_flags! {
    /// What a share can do, \[MS-CIFS\] 2.2.4.55.2 and \[MS-SMB\] 2.2.4.7.2.
    OptionalSupport(u16) {
        /// Searches by attributes.
        SMB_SUPPORT_SEARCH_BITS = 0x0001 => "SEARCH_BITS",
        /// It is in the distributed file system.
        SMB_SHARE_IS_IN_DFS = 0x0002 => "SHARE_IS_IN_DFS",
        /// Files are not to be kept for use offline.
        SMB_CSC_NO_CACHING = 0x000c => "CSC_NO_CACHING",
        /// Files may be kept for use offline.
        SMB_CSC_CACHE_AUTO_REINT = 0x0004 => "CSC_CACHE_AUTO_REINT",
        /// Files may be kept and used without asking the server.
        SMB_CSC_CACHE_VDO = 0x0008 => "CSC_CACHE_VDO",
        /// The long name is the only one.
        SMB_UNIQUE_FILE_NAME = 0x0010 => "UNIQUE_FILE_NAME",
        /// The session key for applications is a derived one.
        SMB_EXTENDED_SIGNATURES = 0x0020 => "EXTENDED_SIGNATURES",
    }
}

/// Flags and PasswordLength.
fn request(input: &[u8]) -> IResult<&[u8], (TreeConnectFlags, u16)> {
    let (input, _and_x_command_and_reserved) = le_u16(input)?;
    let (input, _and_x_offset) = le_u16(input)?;
    let (input, flags) = le_u16(input)?;
    let (input, password_length) = le_u16(input)?;
    Ok((input, (TreeConnectFlags(flags), password_length)))
}

/// OptionalSupport.
fn response(input: &[u8]) -> IResult<&[u8], OptionalSupport> {
    let (input, _and_x_command_and_reserved) = le_u16(input)?;
    let (input, _and_x_offset) = le_u16(input)?;
    let (input, optional_support) = le_u16(input)?;
    Ok((input, OptionalSupport(optional_support)))
}

/// OptionalSupport and MaximalShareAccessRights.
fn extended_response(input: &[u8]) -> IResult<&[u8], (OptionalSupport, u32)> {
    let (input, optional_support) = response(input)?;
    let (input, maximal_share_access_rights) = le_u32(input)?;
    let (input, _guest_maximal_share_access_rights) = le_u32(input)?;
    Ok((input, (optional_support, maximal_share_access_rights)))
}

#[cfg(test)]
mod tests {
    use super::{OptionalSupport, TreeConnectFlags, TreeConnectRequest, TreeConnectResponse};
    use crate::smb::smb1::{Block, Command};
    use crate::smb::testing::smb1;

    fn block(message: &[u8]) -> Block<'_> {
        Block::parse(Command::SMB_COM_TREE_CONNECT_ANDX, message, 32).unwrap()
    }

    /// Samba 4.17.
    const REQUEST: &str = "04 ff000000 0c00 0100 2900 00
        5c005c003100390032002e0030002e0032002e00310030005c004900500043002400 0000 49504300";

    #[test]
    fn a_request_names_the_share() {
        let message = smb1(0x75, REQUEST);
        let request = TreeConnectRequest::parse(&block(&message), true).unwrap();
        assert_eq!(request.flags, TreeConnectFlags(0x000c));
        assert_eq!(request.flags.names(), ["EXTENDED_SIGNATURES", "EXTENDED_RESPONSE"]);
        assert_eq!(request.password.whole(), Ok(&[0][..]));
        assert_eq!(request.path.to_string(), r"\\192.0.2.10\IPC$");
        assert_eq!(request.service.to_string(), "IPC");
        for len in 41..message.len() {
            let cut = TreeConnectRequest::parse(&block(&message[..len]), true).unwrap();
            assert!(request.path.bytes().starts_with(cut.path.bytes()));
        }
    }

    #[test]
    fn a_response_says_what_share_it_is() {
        // Samba 4.17.
        let long =
            smb1(0x75, "07 ff000000 0d00 ff011f00 00000000 0d00 413a00 4e005400460053000000");
        let response = TreeConnectResponse::parse(&block(&long), true).unwrap();
        assert_eq!(response.optional_support, Some(OptionalSupport(0x000d)));
        assert_eq!(OptionalSupport(0x0d).names(), ["SEARCH_BITS", "CSC_NO_CACHING"]);
        assert_eq!(response.maximal_share_access_rights, Some(0x001f_01ff));
        assert_eq!(response.service.to_string(), "A:");
        assert_eq!(response.native_file_system.to_string(), "NTFS");

        let short = smb1(0x75, "02 ff000000 0400 49504300");
        let response = TreeConnectResponse::parse(&block(&short), false).unwrap();
        assert_eq!(response.optional_support, None);
        assert_eq!(response.service.to_string(), "IPC");
        assert!(response.native_file_system.is_empty());

        let middle = smb1(0x75, "03 ff000000 0080 0000");
        let response = TreeConnectResponse::parse(&block(&middle), false).unwrap();
        assert_eq!(response.optional_support.unwrap().names(), ["0x8000"]);
    }

    #[test]
    fn another_number_of_words_is_refused() {
        let message = smb1(0x75, "00 0000");
        assert!(TreeConnectRequest::parse(&block(&message), true).is_err());
        assert!(TreeConnectResponse::parse(&block(&message), true).is_err());
    }
}
