//! Security blobs: the bytes that authenticate, read as tokens.
//!
//! [`spnego`] takes the blob of an SMB message apart and says which mechanism speaks;
//! [`ntlmssp`] and [`kerberos`] read what the mechanism says.
//! Nothing here remembers, decides, or knows what carried the blob.
//! What a capture holds of a token is read even where its end is missing.

mod der;
#[cfg(test)]
pub(crate) use self::der::test as elements;
pub mod error;
pub mod kerberos;
pub mod ntlmssp;
pub mod spnego;
