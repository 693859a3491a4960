//! Data that goes to or comes from an open file or pipe: SMB_COM_WRITE_ANDX, SMB_COM_READ_ANDX and
//! SMB_COM_TRANSACTION on a named pipe, \[MS-CIFS\] 2.2.4.43, 2.2.4.42 and 2.2.4.33.

use super::{Block, Command};
use crate::smb::error::{DecodeError, Structure};
use crate::smb::fields::Buffer;
use crate::smb::wire::read_u16;

/// TRANS_TRANSACT_NMPIPE, \[MS-CIFS\] 2.2.2.2: a write to a pipe and the read of its answer.
const TRANS_TRANSACT_NMPIPE: u16 = 0x0026;

/// What a request writes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Written<'a> {
    /// FID.
    pub fid: u16,
    /// The data.
    pub data: Buffer<'a>,
}

impl<'a> Written<'a> {
    /// Reads a WRITE_ANDX or TRANS_TRANSACT_NMPIPE request from its block.
    pub fn parse(block: &Block<'a>) -> Result<Written<'a>, DecodeError> {
        let structure = Structure::Smb1WriteRequest;
        let words = block.words;
        let places = match (block.command, block.word_count) {
            (Command::SMB_COM_WRITE_ANDX, 12 | 14) => Some((4, 20, 22)),
            (Command::SMB_COM_TRANSACTION, 16)
                if read_u16(words, 28) == Some(TRANS_TRANSACT_NMPIPE) =>
            {
                Some((30, 22, 24))
            }
            _ => None,
        };
        let fields = places.and_then(|(fid, length, offset)| {
            Some((read_u16(words, fid)?, read_u16(words, length)?, read_u16(words, offset)?))
        });
        let (fid, length, offset) = fields.ok_or(block.word_count_error(structure))?;
        Ok(Written { fid, data: block.buffer_at(structure, offset, length) })
    }
}

/// The FID that a READ_ANDX request reads from.
pub fn read_from(block: &Block<'_>) -> Option<u16> {
    let is_read = block.command == Command::SMB_COM_READ_ANDX && block.word_count >= 10;
    read_u16(block.words, 4).filter(|_| is_read)
}

/// What a READ_ANDX or TRANSACTION response gives.
pub fn given<'a>(block: &Block<'a>) -> Result<Buffer<'a>, DecodeError> {
    let structure = Structure::Smb1ReadResponse;
    let places = match (block.command, block.word_count) {
        (Command::SMB_COM_READ_ANDX, 12) => Some((10, 12)),
        (Command::SMB_COM_TRANSACTION, 10..) => Some((12, 14)),
        _ => None,
    };
    let fields = places.and_then(|(length, offset)| {
        Some((read_u16(block.words, length)?, read_u16(block.words, offset)?))
    });
    let (length, offset) = fields.ok_or(block.word_count_error(structure))?;
    Ok(block.buffer_at(structure, offset, length))
}

#[cfg(test)]
mod tests {
    use super::{Written, given, read_from};
    use crate::smb::smb1::{Block, Command};
    use crate::smb::testing::smb1;

    /// A message of `command` with `count` words, of which those at these places are set, and four
    /// bytes of data.
    fn message(command: u8, count: u8, words: &[(usize, u16)]) -> Vec<u8> {
        let mut message = smb1(
            command,
            &format!("{count:02x} {} 0400 61626364", "00".repeat(2 * usize::from(count))),
        );
        for (place, value) in words {
            message[33 + place..35 + place].copy_from_slice(&value.to_le_bytes());
        }
        message
    }

    fn data_at(count: u8) -> u16 {
        35 + 2 * u16::from(count)
    }

    #[test]
    fn data_is_written_in_either_way() {
        let write = message(0x2f, 14, &[(4, 7), (20, 4), (22, data_at(14))]);
        let block = Block::parse(Command(0x2f), &write, 32).unwrap();
        let written = Written::parse(&block).unwrap();
        assert_eq!((written.fid, written.data.whole()), (7, Ok(&b"abcd"[..])));
        let words = [(22, 4), (24, data_at(16)), (28, 0x26), (30, 7)];
        let transaction = message(0x25, 16, &words);
        let block = Block::parse(Command(0x25), &transaction, 32).unwrap();
        assert_eq!(Written::parse(&block).unwrap(), written_at(&transaction, 16));
        let other = message(0x25, 16, &[(28, 0x54)]);
        let block = Block::parse(Command(0x25), &other, 32).unwrap();
        assert!(Written::parse(&block).is_err());
    }

    fn written_at(message: &[u8], count: u8) -> Written<'_> {
        let block = Block::parse(Command(0x25), message, 32).unwrap();
        let structure = crate::smb::error::Structure::Smb1WriteRequest;
        Written { fid: 7, data: block.buffer_at(structure, data_at(count), 4) }
    }

    #[test]
    fn data_is_read_in_either_way() {
        for (command, count, length, offset) in [(0x2e, 12, 10, 12), (0x25, 10, 12, 14)] {
            let response = message(command, count, &[(length, 4), (offset, data_at(count))]);
            let block = Block::parse(Command(command), &response, 32).unwrap();
            assert_eq!(given(&block).unwrap().whole(), Ok(&b"abcd"[..]));
        }
        let request = message(0x2e, 10, &[(4, 7)]);
        let block = Block::parse(Command(0x2e), &request, 32).unwrap();
        assert_eq!(read_from(&block), Some(7));
        assert!(given(&block).is_err());
    }
}
