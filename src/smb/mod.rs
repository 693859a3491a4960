//! SMB as it is on the wire: bytes to structures, without state.
//!
//! Decoders are pure and decide nothing. Each takes one message from its protocol identifier on,
//! reads what its structure's lengths and offsets say, and keeps values that the specification does
//! not name. A message that the capture cut gives as much as was captured.

pub mod framing;

pub mod error;
pub mod fields;
pub mod status;
pub(crate) mod wire;

pub mod smb1;
pub mod smb2;

pub mod compression;

#[cfg(test)]
pub(crate) mod testing;
