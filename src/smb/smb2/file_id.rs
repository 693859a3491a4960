//! SMB2_FILEID, \[MS-SMB2\] 2.2.14.1.

/// An open file or pipe, as its sixteen bytes on the wire.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct FileId(pub [u8; 16]);

impl FileId {
    /// In a related element of a compound: what the element before it opened
    /// (\[MS-SMB2\] 3.2.4.1.4).
    pub const PREVIOUS: FileId = FileId([0xff; 16]);
}
