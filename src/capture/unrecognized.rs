//! Files that are no captures: what they look like, and what to do with them.

/// Why a file is not read as a capture; its `Display` is the sentence for a person.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum NotACapture {
    /// There is not a byte in it.
    #[error("The file is empty: capture again, and stop the capture before copying the file.")]
    Empty,
    /// Nothing here knows it.
    #[error("This is not a capture: it starts like no pcap or pcapng file.")]
    Unknown,
}
