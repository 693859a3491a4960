//! SMB as it is on the wire: bytes to structures, without state.

pub mod framing;
