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

#[cfg(test)]
mod tests {
    use super::{LogoffRequest, LogoffResponse};
    use crate::smb::smb1::{Block, Command};
    use crate::smb::testing::smb1;

    #[test]
    fn a_logoff_has_the_words_of_and_x() {
        let message = smb1(0x74, "02 ff000000 0000");
        let block = Block::parse(Command::SMB_COM_LOGOFF_ANDX, &message, 32).unwrap();
        assert_eq!(LogoffRequest::parse(&block), Ok(LogoffRequest));
        assert_eq!(LogoffResponse::parse(&block), Ok(LogoffResponse));
        let message = smb1(0x74, "00 0000");
        let block = Block::parse(Command::SMB_COM_LOGOFF_ANDX, &message, 32).unwrap();
        assert!(LogoffRequest::parse(&block).is_err());
        assert!(LogoffResponse::parse(&block).is_err());
    }
}
