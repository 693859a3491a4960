//! SMB2_FILEID, \[MS-SMB2\] 2.2.14.1.

/// An open file or pipe, as its sixteen bytes on the wire.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct FileId(pub [u8; 16]);
