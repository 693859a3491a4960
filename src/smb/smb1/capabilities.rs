//! Capabilities.

use crate::smb::wire::wire_flags;

wire_flags! {
    /// What a side can do, \[MS-CIFS\] 2.2.4.52.2, 2.2.4.53.1 and \[MS-SMB\] 2.2.4.5.2.1.
    Capabilities(u32) {
        /// Reads and writes without a header.
        CAP_RAW_MODE = 0x0000_0001 => "RAW_MODE",
        /// Reads and writes in several parts.
        CAP_MPX_MODE = 0x0000_0002 => "MPX_MODE",
        /// UTF-16.
        CAP_UNICODE = 0x0000_0004 => "UNICODE",
        /// Files above 4 GiB.
        CAP_LARGE_FILES = 0x0000_0008 => "LARGE_FILES",
        /// The commands of NT LM 0.12.
        CAP_NT_SMBS = 0x0000_0010 => "NT_SMBS",
        /// Remote procedure calls.
        CAP_RPC_REMOTE_APIS = 0x0000_0020 => "RPC_REMOTE_APIS",
        /// NTSTATUS.
        CAP_STATUS32 = 0x0000_0040 => "STATUS32",
        /// Oplocks of level II.
        CAP_LEVEL_II_OPLOCKS = 0x0000_0080 => "LEVEL_II_OPLOCKS",
        /// LOCK_AND_READ.
        CAP_LOCK_AND_READ = 0x0000_0100 => "LOCK_AND_READ",
        /// The find of NT.
        CAP_NT_FIND = 0x0000_0200 => "NT_FIND",
        /// The distributed file system.
        CAP_DFS = 0x0000_1000 => "DFS",
        /// Information levels of NT.
        CAP_INFOLEVEL_PASSTHRU = 0x0000_2000 => "INFOLEVEL_PASSTHRU",
        /// Large reads.
        CAP_LARGE_READX = 0x0000_4000 => "LARGE_READX",
        /// Large writes.
        CAP_LARGE_WRITEX = 0x0000_8000 => "LARGE_WRITEX",
        /// Control codes of the file system.
        CAP_LWIO = 0x0001_0000 => "LWIO",
        /// The extensions for UNIX.
        CAP_UNIX = 0x0080_0000 => "UNIX",
        /// Compression of messages.
        CAP_COMPRESSED_DATA = 0x0200_0000 => "COMPRESSED_DATA",
        /// Reauthentication when a ticket runs out.
        CAP_DYNAMIC_REAUTH = 0x2000_0000 => "DYNAMIC_REAUTH",
        /// Handles that outlive the connection.
        CAP_PERSISTENT_HANDLES = 0x4000_0000 => "PERSISTENT_HANDLES",
        /// Authentication is by security tokens.
        CAP_EXTENDED_SECURITY = 0x8000_0000 => "EXTENDED_SECURITY",
    }
}
