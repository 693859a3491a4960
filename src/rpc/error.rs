//! Why a protocol data unit could not be decoded.

use std::fmt;

/// A structure that could not be decoded.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{structure}: {kind}")]
pub struct DecodeError {
    /// The structure being read.
    pub structure: Structure,
    /// What was wrong with it.
    pub kind: DecodeErrorKind,
}

/// What was wrong with a structure.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum DecodeErrorKind {
    /// The bytes end before the structure does; both counts start with the protocol data unit.
    #[error("{needed} bytes needed, {available} captured")]
    Truncated {
        /// Bytes up to the structure's end.
        needed: usize,
        /// Bytes that the capture holds.
        available: usize,
    },
    /// rpc_vers and rpc_vers_minor are not those of connection-oriented RPC.
    #[error("version {major}.{minor}, 5.0 or 5.1 expected")]
    Version {
        /// rpc_vers.
        major: u8,
        /// rpc_vers_minor.
        minor: u8,
    },
    /// packed_drep names no known order of bytes.
    #[error("unknown data representation {found:#04x}")]
    DataRepresentation {
        /// Its first byte.
        found: u8,
    },
    /// frag_length is less than what the header says lies within.
    #[error("frag_length {found}, at least {least} expected")]
    FragmentLength {
        /// What the header says.
        found: u16,
        /// Bytes of the header and of the verifier.
        least: u32,
    },
}

/// The structures of this layer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
#[expect(missing_docs, reason = "each is the structure that its name gives")]
pub enum Structure {
    Header,
    Bind,
    BindAck,
    Request,
    Response,
    Fault,
    AuthVerifier,
}

impl Structure {
    pub(super) const fn error(self, kind: DecodeErrorKind) -> DecodeError {
        DecodeError { structure: self, kind }
    }
}

impl fmt::Display for Structure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Structure::Header => "RPC header",
            Structure::Bind => "RPC bind",
            Structure::BindAck => "RPC bind_ack",
            Structure::Request => "RPC request",
            Structure::Response => "RPC response",
            Structure::Fault => "RPC fault",
            Structure::AuthVerifier => "RPC auth_verifier",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::{DecodeErrorKind, Structure};

    #[test]
    fn an_error_is_a_sentence() {
        let error = Structure::Bind.error(DecodeErrorKind::Truncated { needed: 28, available: 20 });
        assert_eq!(error.to_string(), "RPC bind: 28 bytes needed, 20 captured");
    }
}
