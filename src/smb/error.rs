//! Why a structure could not be decoded.

use std::fmt;

/// A structure that could not be decoded, and where.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{structure} at byte {offset}: {kind}")]
pub struct DecodeError {
    /// The structure being read.
    pub structure: Structure,
    /// Where `structure` starts, in bytes from the start of the SMB message.
    pub offset: usize,
    /// What was wrong with it.
    pub kind: DecodeErrorKind,
}

/// What was wrong with a structure.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum DecodeErrorKind {
    /// The bytes end before the structure does; both counts start where the structure does.
    #[error("{needed} bytes needed, {available} captured")]
    Truncated {
        /// Bytes that the structure takes.
        needed: usize,
        /// Bytes that the capture holds.
        available: usize,
    },
    /// The first four bytes are not those of the protocol.
    #[error("ProtocolId {found:02x?} is of another structure")]
    ProtocolId {
        /// The four bytes.
        found: [u8; 4],
    },
    /// StructureSize is not the number that the specification gives the structure.
    #[error("StructureSize {found} instead of {expected}")]
    StructureSize {
        /// What the specification says.
        expected: u16,
        /// What the message says.
        found: u16,
    },
    /// An SMB1 message has a number of parameter words that the structure does not have.
    #[error("WordCount {found} is of another form")]
    WordCount {
        /// What the message says, in words of two bytes.
        found: u8,
    },
    /// A buffer starts inside the fields that stand before every buffer.
    #[error("a buffer at byte {offset}, before the end of the fields at {start}")]
    BufferOffset {
        /// Where the buffer is said to be, in bytes from the start of the SMB message.
        offset: usize,
        /// The first byte where it could be, counted alike.
        start: usize,
    },
    /// A buffer ends behind the captured bytes.
    #[error("a buffer of {length} bytes at byte {offset}, {available} bytes captured")]
    BufferLength {
        /// Where the buffer is said to be, in bytes from the start of the SMB message.
        offset: usize,
        /// Its length in bytes.
        length: usize,
        /// Bytes of the message that the capture holds.
        available: usize,
    },
    /// The commands of an AndX chain do not stand one after the other.
    #[error("AndXOffset {found} does not lead on")]
    AndXOffset {
        /// Where the next command is said to be, in bytes from the start of the SMB message.
        found: u16,
    },
    /// A text has no end.
    #[error("a text without its end")]
    UnterminatedText,
    /// An SMB1 dialect is not marked as one.
    #[error("BufferFormat {found} instead of 2 before a dialect")]
    BufferFormat {
        /// The mark that is there.
        found: u8,
    },
}

/// A structure of the protocol, by its name in the specification.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
#[expect(missing_docs, reason = "each is the structure that its name gives")]
pub enum Structure {
    Smb1Header,
    Smb1NegotiateRequest,
    Smb1NegotiateResponse,
    Smb1SessionSetupRequest,
    Smb1SessionSetupResponse,
    Smb1LogoffRequest,
    Smb1LogoffResponse,
    Smb1TreeConnectRequest,
    Smb1TreeConnectResponse,
    Smb1OpenRequest,
    Smb1OpenResponse,
    Smb1WriteRequest,
    Smb1ReadResponse,
    Smb1Block,
    Smb2Header,
    Smb2ErrorResponse,
    Smb2NegotiateRequest,
    Smb2NegotiateResponse,
    Smb2NegotiateContext,
    Smb2SessionSetupRequest,
    Smb2SessionSetupResponse,
    Smb2LogoffRequest,
    Smb2LogoffResponse,
    Smb2TreeConnectRequest,
    Smb2TreeConnectResponse,
    Smb2CreateRequest,
    Smb2CreateResponse,
    Smb2CloseRequest,
    Smb2ReadRequest,
    Smb2ReadResponse,
    Smb2WriteRequest,
    Smb2IoctlRequest,
    Smb2IoctlResponse,
    ValidateNegotiateInfoRequest,
    ValidateNegotiateInfoResponse,
    Smb2TransformHeader,
    Smb2CompressionTransformHeader,
}

impl Structure {
    /// The error `kind` of this structure, which starts `offset` bytes into the SMB message.
    pub(crate) const fn error(self, offset: usize, kind: DecodeErrorKind) -> DecodeError {
        DecodeError { structure: self, offset, kind }
    }

    /// Accepts the StructureSize `found` if it is the one that the specification gives.
    pub(crate) const fn check_size(
        self,
        offset: usize,
        expected: u16,
        found: u16,
    ) -> Result<(), DecodeError> {
        if found == expected {
            Ok(())
        } else {
            Err(self.error(offset, DecodeErrorKind::StructureSize { expected, found }))
        }
    }

    const fn name(self) -> &'static str {
        match self {
            Structure::Smb1Header => "SMB_Header",
            Structure::Smb1NegotiateRequest => "SMB_COM_NEGOTIATE request",
            Structure::Smb1NegotiateResponse => "SMB_COM_NEGOTIATE response",
            Structure::Smb1SessionSetupRequest => "SMB_COM_SESSION_SETUP_ANDX request",
            Structure::Smb1SessionSetupResponse => "SMB_COM_SESSION_SETUP_ANDX response",
            Structure::Smb1LogoffRequest => "SMB_COM_LOGOFF_ANDX request",
            Structure::Smb1LogoffResponse => "SMB_COM_LOGOFF_ANDX response",
            Structure::Smb1TreeConnectRequest => "SMB_COM_TREE_CONNECT_ANDX request",
            Structure::Smb1TreeConnectResponse => "SMB_COM_TREE_CONNECT_ANDX response",
            Structure::Smb1OpenRequest => "SMB_COM_NT_CREATE_ANDX request",
            Structure::Smb1OpenResponse => "SMB_COM_NT_CREATE_ANDX response",
            Structure::Smb1WriteRequest => "SMB_COM_WRITE_ANDX request",
            Structure::Smb1ReadResponse => "SMB_COM_READ_ANDX response",
            Structure::Smb1Block => "SMB parameters and data",
            Structure::Smb2Header => "SMB2 header",
            Structure::Smb2ErrorResponse => "SMB2 ERROR response",
            Structure::Smb2NegotiateRequest => "SMB2 NEGOTIATE request",
            Structure::Smb2NegotiateResponse => "SMB2 NEGOTIATE response",
            Structure::Smb2NegotiateContext => "SMB2 NEGOTIATE_CONTEXT",
            Structure::Smb2SessionSetupRequest => "SMB2 SESSION_SETUP request",
            Structure::Smb2SessionSetupResponse => "SMB2 SESSION_SETUP response",
            Structure::Smb2LogoffRequest => "SMB2 LOGOFF request",
            Structure::Smb2LogoffResponse => "SMB2 LOGOFF response",
            Structure::Smb2TreeConnectRequest => "SMB2 TREE_CONNECT request",
            Structure::Smb2TreeConnectResponse => "SMB2 TREE_CONNECT response",
            Structure::Smb2CreateRequest => "SMB2 CREATE request",
            Structure::Smb2CreateResponse => "SMB2 CREATE response",
            Structure::Smb2CloseRequest => "SMB2 CLOSE request",
            Structure::Smb2ReadRequest => "SMB2 READ request",
            Structure::Smb2ReadResponse => "SMB2 READ response",
            Structure::Smb2WriteRequest => "SMB2 WRITE request",
            Structure::Smb2IoctlRequest => "SMB2 IOCTL request",
            Structure::Smb2IoctlResponse => "SMB2 IOCTL response",
            Structure::ValidateNegotiateInfoRequest => "VALIDATE_NEGOTIATE_INFO request",
            Structure::ValidateNegotiateInfoResponse => "VALIDATE_NEGOTIATE_INFO response",
            Structure::Smb2TransformHeader => "SMB2 TRANSFORM_HEADER",
            Structure::Smb2CompressionTransformHeader => "SMB2 COMPRESSION_TRANSFORM_HEADER",
        }
    }
}

impl fmt::Display for Structure {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::{DecodeErrorKind, Structure};

    #[test]
    fn an_error_is_a_sentence() {
        let kind = DecodeErrorKind::Truncated { needed: 64, available: 10 };
        assert_eq!(
            Structure::Smb2Header.error(0, kind).to_string(),
            "SMB2 header at byte 0: 64 bytes needed, 10 captured"
        );
    }
}
