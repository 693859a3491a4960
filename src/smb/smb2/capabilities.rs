//! Capabilities.

use crate::smb::wire::wire_flags;

wire_flags! {
    /// What a side can do, \[MS-SMB2\] 2.2.3, 2.2.4 and 2.2.5.
    Capabilities(u32) {
        /// Distributed file system.
        SMB2_GLOBAL_CAP_DFS = 0x0000_0001 => "DFS",
        /// Leases.
        SMB2_GLOBAL_CAP_LEASING = 0x0000_0002 => "LEASING",
        /// Reads and writes above 64 KiB.
        SMB2_GLOBAL_CAP_LARGE_MTU = 0x0000_0004 => "LARGE_MTU",
        /// Several connections for a session.
        SMB2_GLOBAL_CAP_MULTI_CHANNEL = 0x0000_0008 => "MULTI_CHANNEL",
        /// Handles that outlive the server's restart.
        SMB2_GLOBAL_CAP_PERSISTENT_HANDLES = 0x0000_0010 => "PERSISTENT_HANDLES",
        /// Leases on directories.
        SMB2_GLOBAL_CAP_DIRECTORY_LEASING = 0x0000_0020 => "DIRECTORY_LEASING",
        /// Encryption with AES-128-CCM in 3.0 and 3.0.2; in 3.1.1 the context decides.
        SMB2_GLOBAL_CAP_ENCRYPTION = 0x0000_0040 => "ENCRYPTION",
        /// One-way notifications of the server.
        SMB2_GLOBAL_CAP_NOTIFICATIONS = 0x0000_0080 => "NOTIFICATIONS",
    }
}
