//! NTSTATUS values, \[MS-ERREF\] 2.3.

use super::wire::wire_value;

wire_value! {
    /// What a response says about its request, \[MS-ERREF\] 2.3.1: those that a reader of SMB meets.
    Status(u32) {
        /// Done.
        STATUS_SUCCESS = 0x0000_0000 => "STATUS_SUCCESS",
        /// An interim response: the final one comes later.
        STATUS_PENDING = 0x0000_0103 => "STATUS_PENDING",
        /// A directory was changed so much that it has to be read again.
        STATUS_NOTIFY_ENUM_DIR = 0x0000_010c => "STATUS_NOTIFY_ENUM_DIR",
        /// More data than the answer could hold.
        STATUS_BUFFER_OVERFLOW = 0x8000_0005 => "STATUS_BUFFER_OVERFLOW",
        /// A directory has no further entries.
        STATUS_NO_MORE_FILES = 0x8000_0006 => "STATUS_NO_MORE_FILES",
        /// A symbolic link is in the path.
        STATUS_STOPPED_ON_SYMLINK = 0x8000_002d => "STATUS_STOPPED_ON_SYMLINK",
        /// The operation failed.
        STATUS_UNSUCCESSFUL = 0xc000_0001 => "STATUS_UNSUCCESSFUL",
        /// The function is not implemented.
        STATUS_NOT_IMPLEMENTED = 0xc000_0002 => "STATUS_NOT_IMPLEMENTED",
        /// The kind of information is not known.
        STATUS_INVALID_INFO_CLASS = 0xc000_0003 => "STATUS_INVALID_INFO_CLASS",
        /// A length is wrong.
        STATUS_INFO_LENGTH_MISMATCH = 0xc000_0004 => "STATUS_INFO_LENGTH_MISMATCH",
        /// No such open file.
        STATUS_INVALID_HANDLE = 0xc000_0008 => "STATUS_INVALID_HANDLE",
        /// A parameter of the request is wrong.
        STATUS_INVALID_PARAMETER = 0xc000_000d => "STATUS_INVALID_PARAMETER",
        /// No such device.
        STATUS_NO_SUCH_DEVICE = 0xc000_000e => "STATUS_NO_SUCH_DEVICE",
        /// No such file.
        STATUS_NO_SUCH_FILE = 0xc000_000f => "STATUS_NO_SUCH_FILE",
        /// The device does not know the request.
        STATUS_INVALID_DEVICE_REQUEST = 0xc000_0010 => "STATUS_INVALID_DEVICE_REQUEST",
        /// The file ends before the place that is read.
        STATUS_END_OF_FILE = 0xc000_0011 => "STATUS_END_OF_FILE",
        /// The authentication has a further leg.
        STATUS_MORE_PROCESSING_REQUIRED = 0xc000_0016 => "STATUS_MORE_PROCESSING_REQUIRED",
        /// The client may not do that, or its message was not signed as it must be.
        STATUS_ACCESS_DENIED = 0xc000_0022 => "STATUS_ACCESS_DENIED",
        /// The answer does not fit.
        STATUS_BUFFER_TOO_SMALL = 0xc000_0023 => "STATUS_BUFFER_TOO_SMALL",
        /// The object is of another type.
        STATUS_OBJECT_TYPE_MISMATCH = 0xc000_0024 => "STATUS_OBJECT_TYPE_MISMATCH",
        /// A name is not valid.
        STATUS_OBJECT_NAME_INVALID = 0xc000_0033 => "STATUS_OBJECT_NAME_INVALID",
        /// No object has the name.
        STATUS_OBJECT_NAME_NOT_FOUND = 0xc000_0034 => "STATUS_OBJECT_NAME_NOT_FOUND",
        /// The name is taken.
        STATUS_OBJECT_NAME_COLLISION = 0xc000_0035 => "STATUS_OBJECT_NAME_COLLISION",
        /// A directory of the path does not exist.
        STATUS_OBJECT_PATH_NOT_FOUND = 0xc000_003a => "STATUS_OBJECT_PATH_NOT_FOUND",
        /// Another open stands in the way.
        STATUS_SHARING_VIOLATION = 0xc000_0043 => "STATUS_SHARING_VIOLATION",
        /// Another lock stands in the way.
        STATUS_FILE_LOCK_CONFLICT = 0xc000_0054 => "STATUS_FILE_LOCK_CONFLICT",
        /// A lock was not granted.
        STATUS_LOCK_NOT_GRANTED = 0xc000_0055 => "STATUS_LOCK_NOT_GRANTED",
        /// The file is about to be deleted.
        STATUS_DELETE_PENDING = 0xc000_0056 => "STATUS_DELETE_PENDING",
        /// No such user.
        STATUS_NO_SUCH_USER = 0xc000_0064 => "STATUS_NO_SUCH_USER",
        /// The password is wrong.
        STATUS_WRONG_PASSWORD = 0xc000_006a => "STATUS_WRONG_PASSWORD",
        /// The authentication failed.
        STATUS_LOGON_FAILURE = 0xc000_006d => "STATUS_LOGON_FAILURE",
        /// The account may not be used that way.
        STATUS_ACCOUNT_RESTRICTION = 0xc000_006e => "STATUS_ACCOUNT_RESTRICTION",
        /// The account may not be used at that time.
        STATUS_INVALID_LOGON_HOURS = 0xc000_006f => "STATUS_INVALID_LOGON_HOURS",
        /// The account may not be used from that computer.
        STATUS_INVALID_WORKSTATION = 0xc000_0070 => "STATUS_INVALID_WORKSTATION",
        /// The password is too old.
        STATUS_PASSWORD_EXPIRED = 0xc000_0071 => "STATUS_PASSWORD_EXPIRED",
        /// The account is disabled.
        STATUS_ACCOUNT_DISABLED = 0xc000_0072 => "STATUS_ACCOUNT_DISABLED",
        /// A range of a file is not locked.
        STATUS_RANGE_NOT_LOCKED = 0xc000_007e => "STATUS_RANGE_NOT_LOCKED",
        /// The disk is full.
        STATUS_DISK_FULL = 0xc000_007f => "STATUS_DISK_FULL",
        /// The server lacks resources.
        STATUS_INSUFFICIENT_RESOURCES = 0xc000_009a => "STATUS_INSUFFICIENT_RESOURCES",
        /// The server knows no such DFS path.
        STATUS_PATH_NOT_COVERED = 0xc000_0257 => "STATUS_PATH_NOT_COVERED",
        /// The wait for a pipe's other end took too long.
        STATUS_IO_TIMEOUT = 0xc000_00b5 => "STATUS_IO_TIMEOUT",
        /// The object is a directory.
        STATUS_FILE_IS_A_DIRECTORY = 0xc000_00ba => "STATUS_FILE_IS_A_DIRECTORY",
        /// The request is not supported.
        STATUS_NOT_SUPPORTED = 0xc000_00bb => "STATUS_NOT_SUPPORTED",
        /// The share is gone.
        STATUS_NETWORK_NAME_DELETED = 0xc000_00c9 => "STATUS_NETWORK_NAME_DELETED",
        /// The share is of another type.
        STATUS_BAD_DEVICE_TYPE = 0xc000_00cb => "STATUS_BAD_DEVICE_TYPE",
        /// No such share.
        STATUS_BAD_NETWORK_NAME = 0xc000_00cc => "STATUS_BAD_NETWORK_NAME",
        /// The server takes no more sessions.
        STATUS_REQUEST_NOT_ACCEPTED = 0xc000_00d0 => "STATUS_REQUEST_NOT_ACCEPTED",
        /// The pipe has no reader.
        STATUS_PIPE_BROKEN = 0xc000_014b => "STATUS_PIPE_BROKEN",
        /// The pipe was closed.
        STATUS_PIPE_DISCONNECTED = 0xc000_00b0 => "STATUS_PIPE_DISCONNECTED",
        /// The pipe has no free instance.
        STATUS_PIPE_NOT_AVAILABLE = 0xc000_00ac => "STATUS_PIPE_NOT_AVAILABLE",
        /// The server failed.
        STATUS_INTERNAL_ERROR = 0xc000_00e5 => "STATUS_INTERNAL_ERROR",
        /// The object is not a directory.
        STATUS_NOT_A_DIRECTORY = 0xc000_0103 => "STATUS_NOT_A_DIRECTORY",
        /// The request was cancelled.
        STATUS_CANCELLED = 0xc000_0120 => "STATUS_CANCELLED",
        /// The file was deleted or cannot be deleted.
        STATUS_CANNOT_DELETE = 0xc000_0121 => "STATUS_CANNOT_DELETE",
        /// The file is closed.
        STATUS_FILE_CLOSED = 0xc000_0128 => "STATUS_FILE_CLOSED",
        /// The account lacks the right to log on that way.
        STATUS_LOGON_TYPE_NOT_GRANTED = 0xc000_015b => "STATUS_LOGON_TYPE_NOT_GRANTED",
        /// The trust between domains is broken.
        STATUS_TRUSTED_RELATIONSHIP_FAILURE = 0xc000_018d => "STATUS_TRUSTED_RELATIONSHIP_FAILURE",
        /// The account has expired.
        STATUS_ACCOUNT_EXPIRED = 0xc000_0193 => "STATUS_ACCOUNT_EXPIRED",
        /// No such session.
        STATUS_USER_SESSION_DELETED = 0xc000_0203 => "STATUS_USER_SESSION_DELETED",
        /// The connection was ended.
        STATUS_CONNECTION_DISCONNECTED = 0xc000_020c => "STATUS_CONNECTION_DISCONNECTED",
        /// The connection was reset.
        STATUS_CONNECTION_RESET = 0xc000_020d => "STATUS_CONNECTION_RESET",
        /// The name was not found.
        STATUS_NOT_FOUND = 0xc000_0225 => "STATUS_NOT_FOUND",
        /// The account is locked.
        STATUS_ACCOUNT_LOCKED_OUT = 0xc000_0234 => "STATUS_ACCOUNT_LOCKED_OUT",
        /// The password has to be changed first.
        STATUS_PASSWORD_MUST_CHANGE = 0xc000_0224 => "STATUS_PASSWORD_MUST_CHANGE",
        /// The session's ticket has run out.
        STATUS_NETWORK_SESSION_EXPIRED = 0xc000_035c => "STATUS_NETWORK_SESSION_EXPIRED",
        /// No domain controller answers.
        STATUS_NO_LOGON_SERVERS = 0xc000_005e => "STATUS_NO_LOGON_SERVERS",
        /// The clocks differ too much.
        STATUS_TIME_DIFFERENCE_AT_DC = 0xc000_0133 => "STATUS_TIME_DIFFERENCE_AT_DC",
        /// A user name or an SPN does not match.
        STATUS_WRONG_TARGET_NAME = 0xc000_0267 => "STATUS_WRONG_TARGET_NAME",
        /// The shares cannot be moved to the other node.
        STATUS_FILE_NOT_AVAILABLE = 0xc000_0467 => "STATUS_FILE_NOT_AVAILABLE",
        /// The share is being moved to another node.
        STATUS_SHARE_UNAVAILABLE = 0xc000_0480 => "STATUS_SHARE_UNAVAILABLE",
        /// The signature is wrong.
        STATUS_INVALID_SIGNATURE = 0xc000_a000 => "STATUS_INVALID_SIGNATURE",
        /// No hash algorithm that both sides have.
        STATUS_SMB_NO_PREAUTH_INTEGRITY_HASH_OVERLAP = 0xc05d_0000 =>
            "STATUS_SMB_NO_PREAUTH_INTEGRITY_HASH_OVERLAP",
        /// The server does not speak the dialect on this transport.
        STATUS_SMB_BAD_CLUSTER_DIALECT = 0xc05d_0001 => "STATUS_SMB_BAD_CLUSTER_DIALECT",
        /// Guests are not let in.
        STATUS_SMB_GUEST_LOGON_BLOCKED = 0xc05d_0002 => "STATUS_SMB_GUEST_LOGON_BLOCKED",
        /// SMB1: the command is not known.
        STATUS_SMB_BAD_COMMAND = 0x0016_0002 => "STATUS_SMB_BAD_COMMAND",
        /// SMB1: the TID is wrong.
        STATUS_SMB_BAD_TID = 0x0005_0002 => "STATUS_SMB_BAD_TID",
        /// SMB1: the UID is wrong.
        STATUS_SMB_BAD_UID = 0x005b_0002 => "STATUS_SMB_BAD_UID",
        /// SMB1: the message is wrong.
        STATUS_INVALID_SMB = 0x0001_0002 => "STATUS_INVALID_SMB",
    }
}

impl Status {
    /// How bad it is, the upper two bits: whether they say error.
    ///
    /// \[MS-ERREF\] 2.3. STATUS_MORE_PROCESSING_REQUIRED is an error by that rule.
    pub const fn is_error(self) -> bool {
        self.0 >> 30 == 3
    }
}

#[cfg(test)]
mod tests {
    use super::Status;

    #[test]
    fn a_status_without_a_name_is_kept() {
        assert_eq!(Status::STATUS_ACCESS_DENIED.name(), "STATUS_ACCESS_DENIED");
        assert_eq!(Status(0xc000_1234).name(), "0xc0001234");
    }

    #[test]
    fn the_upper_bits_say_error() {
        assert!(Status::STATUS_MORE_PROCESSING_REQUIRED.is_error());
        assert!(!Status::STATUS_PENDING.is_error());
        assert!(!Status::STATUS_BUFFER_OVERFLOW.is_error());
    }
}
