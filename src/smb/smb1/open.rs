//! SMB_COM_NT_CREATE_ANDX and SMB_COM_OPEN_ANDX, \[MS-CIFS\] 2.2.4.64 and 2.2.4.41, as far as names
//! and pipes need them.

use super::{Block, Command};
use crate::smb::error::{DecodeError, Structure};
use crate::smb::fields::Text;
use crate::smb::wire::read_u16;

/// The client opens a file or pipe.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OpenRequest<'a> {
    /// FileName, in its share.
    pub name: Text<'a>,
}

impl<'a> OpenRequest<'a> {
    /// Reads the request from its block; `is_unicode` as the header says.
    pub fn parse(block: &Block<'a>, is_unicode: bool) -> Result<OpenRequest<'a>, DecodeError> {
        match (block.command, block.word_count) {
            (Command::SMB_COM_NT_CREATE_ANDX, 24) | (Command::SMB_COM_OPEN_ANDX, 15) => {
                Ok(OpenRequest { name: block.strings(0, is_unicode).aligned() })
            }
            _ => Err(block.word_count_error(Structure::Smb1OpenRequest)),
        }
    }
}

/// What was opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OpenResponse {
    /// FID.
    pub fid: u16,
}

impl OpenResponse {
    /// Reads the response from its block.
    pub fn parse(block: &Block<'_>) -> Result<OpenResponse, DecodeError> {
        // Behind AndX; of NT_CREATE_ANDX behind OplockLevel too.
        let place = match block.command {
            Command::SMB_COM_NT_CREATE_ANDX if block.word_count >= 34 => Some(5),
            Command::SMB_COM_OPEN_ANDX if block.word_count >= 15 => Some(4),
            _ => None,
        };
        let fid = place.and_then(|place| read_u16(block.words, place));
        let fid = fid.ok_or(block.word_count_error(Structure::Smb1OpenResponse))?;
        Ok(OpenResponse { fid })
    }
}

#[cfg(test)]
mod tests {
    use super::{OpenRequest, OpenResponse};
    use crate::smb::smb1::{Block, Command};
    use crate::smb::testing::smb1;

    #[test]
    fn a_pipe_is_opened_in_either_way() {
        for (code, words, at) in [(0xa2, 24, 5), (0x2d, 15, 4)] {
            let parameters = "00".repeat(2 * words);
            let body =
                format!("{words:02x} {parameters} 0e00 00 5c00 7300 7000 6f00 6f00 6c00 0000");
            let message = smb1(code, &body);
            let block = Block::parse(Command(code), &message, 32).unwrap();
            assert_eq!(OpenRequest::parse(&block, true).unwrap().name.to_string(), r"\spool");
            let words = if code == 0xa2 { 34 } else { 15 };
            let mut message = smb1(code, &format!("{words:02x} {} 0000", "00".repeat(2 * words)));
            message[33 + at..35 + at].copy_from_slice(&[0x34, 0x12]);
            let block = Block::parse(Command(code), &message, 32).unwrap();
            assert_eq!(OpenResponse::parse(&block).unwrap().fid, 0x1234);
        }
    }

    #[test]
    fn another_number_of_words_is_refused() {
        let message = smb1(0xa2, "02 00000000 0000");
        let block = Block::parse(Command::SMB_COM_NT_CREATE_ANDX, &message, 32).unwrap();
        assert!(OpenRequest::parse(&block, true).is_err());
        assert!(OpenResponse::parse(&block).is_err());
    }
}
