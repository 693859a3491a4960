//! SMB_COM_LOGOFF_ANDX, \[MS-CIFS\] 2.2.4.54.

use super::Block;
use crate::smb::error::{DecodeError, Structure};

/// The client's user leaves, \[MS-CIFS\] 2.2.4.54.1. It has no fields but those of AndX.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LogoffRequest;

impl LogoffRequest {
    /// Reads the request from its block.
    pub fn parse(block: &Block<'_>) -> Result<LogoffRequest, DecodeError> {
        match block.word_count {
            2 => Ok(LogoffRequest),
            _ => Err(block.word_count_error(Structure::Smb1LogoffRequest)),
        }
    }
}

/// The user has left, \[MS-CIFS\] 2.2.4.54.2. It has no fields but those of AndX.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LogoffResponse;

impl LogoffResponse {
    /// Reads the response from its block.
    pub fn parse(block: &Block<'_>) -> Result<LogoffResponse, DecodeError> {
        match block.word_count {
            2 => Ok(LogoffResponse),
            _ => Err(block.word_count_error(Structure::Smb1LogoffResponse)),
        }
    }
}
