//! Remote procedure calls, DCE 1.1 (C706) with the extensions of \[MS-RPCE\], over connections: in
//! named pipes of SMB and over TCP.
//!
//! Decoders are pure and decide nothing.

pub mod error;
pub mod header;
pub mod pdu;
pub mod syntax;
pub mod verifier;

pub use self::error::DecodeError;
pub use self::header::{ByteOrder, Header, PacketType, PfcFlags};
pub use self::pdu::{Body, Pdu};
pub use self::verifier::{AuthLevel, AuthType, AuthVerifier};

#[cfg(test)]
mod testing;
