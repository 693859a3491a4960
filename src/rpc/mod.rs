//! Remote procedure calls, DCE 1.1 (C706) with the extensions of \[MS-RPCE\], over connections: in
//! named pipes of SMB and over TCP.
//!
//! Decoders are pure and decide nothing. [`Association`] follows what a client binds and calls, and
//! tells of the calls by which a server can be made to authenticate to somebody.

mod argument;
mod association;
pub mod error;
mod functions;
pub mod header;
pub mod pdu;
pub mod stream;
pub mod syntax;
pub mod verifier;

pub use self::argument::Argument;
pub use self::association::{Association, Call, CallSink, Outcome};
pub use self::error::DecodeError;
pub use self::functions::{Interface, Service};
pub use self::header::{ByteOrder, Header, PacketType, PfcFlags};
pub use self::pdu::{Body, Pdu};
pub use self::verifier::{AuthLevel, AuthType, AuthVerifier};

#[cfg(test)]
mod testing;
