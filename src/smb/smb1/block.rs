//! What follows the header for each command: parameter words and data bytes, \[MS-CIFS\] 2.2.3.2 and
//! 2.2.3.3.

use super::Command;
use super::strings::Strings;
use crate::smb::error::{DecodeError, DecodeErrorKind, Structure};
use crate::smb::fields::{Buffer, from_offset};

/// The parameters and the data of a command.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Block<'a> {
    /// The command that they belong to.
    pub command: Command,
    /// Where WordCount stands, in bytes from the start of the message.
    pub offset: usize,
    /// WordCount: parameters, in words of two bytes.
    pub word_count: u8,
    /// Words: the parameters.
    pub words: &'a [u8],
    /// ByteCount: bytes of data; `None` where the message is cut before it.
    pub byte_count: Option<u16>,
    /// The message from its start to the end of the data, or as much of it as was captured.
    message: &'a [u8],
}

impl<'a> Block<'a> {
    /// Reads the block at `offset` of `message`. Of its data as much is kept as was captured.
    pub(crate) fn parse(
        command: Command,
        message: &'a [u8],
        offset: usize,
    ) -> Result<Block<'a>, DecodeError> {
        let from_block = from_offset(message, offset);
        let available = from_block.len();
        let truncated = |needed| {
            let kind = DecodeErrorKind::Truncated { needed, available };
            Structure::Smb1Block.error(offset, kind)
        };
        let (word_count, rest) = from_block.split_first().ok_or(truncated(1))?;
        let words_len = usize::from(*word_count) * 2;
        let (words, rest) = rest.split_at_checked(words_len).ok_or(truncated(1 + words_len))?;
        let byte_count = rest.first_chunk::<2>().map(|count| u16::from_le_bytes(*count));
        let end = Block::data_offset_of(offset, words_len)
            .saturating_add(byte_count.unwrap_or_default().into());
        let message = message.get(..end).unwrap_or(message);
        Ok(Block { command, offset, word_count: *word_count, words, byte_count, message })
    }

    /// Bytes: the data, or as much of it as was captured.
    pub fn bytes(&self) -> &'a [u8] {
        from_offset(self.message, self.data_offset())
    }

    /// Where the data starts, in bytes from the start of the message.
    pub const fn data_offset(&self) -> usize {
        Block::data_offset_of(self.offset, self.words.len())
    }

    /// The data that starts `place` bytes into the data and is `length` bytes long.
    pub(crate) fn buffer(&self, structure: Structure, place: usize, length: usize) -> Buffer<'a> {
        let start = self.data_offset();
        let offset = start.saturating_add(place);
        Buffer::new(structure, self.message, self.offset..start, offset, length)
    }

    /// The data that starts `offset` bytes into the message and is `length` bytes long.
    pub(crate) fn buffer_at(&self, structure: Structure, offset: u16, length: u16) -> Buffer<'a> {
        let start = self.data_offset();
        Buffer::new(structure, self.message, self.offset..start, offset.into(), length.into())
    }

    /// The texts that start `place` bytes into the data.
    pub(crate) fn strings(&self, place: usize, is_unicode: bool) -> Strings<'a> {
        Strings::new(self.message, self.data_offset().saturating_add(place), is_unicode)
    }

    /// The error of `structure` when it has no form with so many words.
    pub(crate) const fn word_count_error(&self, structure: Structure) -> DecodeError {
        structure.error(self.offset, DecodeErrorKind::WordCount { found: self.word_count })
    }

    /// Where the data of a block at `offset` starts, behind ByteCount.
    const fn data_offset_of(offset: usize, words_len: usize) -> usize {
        offset.saturating_add(1 + words_len + 2)
    }
}

#[cfg(test)]
mod tests {
    use super::Block;
    use crate::smb::smb1::Command;
    use crate::smb::testing::{check_truncations, smb1};

    #[test]
    fn data_ends_with_byte_count() {
        let message = smb1(0x2b, "01 0100 0300 aabbcc dd");
        let block = Block::parse(Command::SMB_COM_ECHO, &message, 32).unwrap();
        assert_eq!(block.word_count, 1);
        assert_eq!(block.words, [1, 0]);
        assert_eq!(block.byte_count, Some(3));
        assert_eq!(block.bytes(), [0xaa, 0xbb, 0xcc]);
        assert_eq!(block.data_offset(), 37);
    }

    #[test]
    fn a_block_that_is_cut_keeps_its_words() {
        let message = smb1(0x2b, "01 0100 0300 aabbcc");
        check_truncations(&message, 35, |message| {
            Block::parse(Command::SMB_COM_ECHO, message, 32).is_err()
        });
        let block = Block::parse(Command::SMB_COM_ECHO, &message[..36], 32).unwrap();
        assert_eq!(block.byte_count, None);
        assert!(block.bytes().is_empty());
        let block = Block::parse(Command::SMB_COM_ECHO, &message[..38], 32).unwrap();
        assert_eq!(block.bytes(), [0xaa]);
        assert!(Block::parse(Command::SMB_COM_ECHO, &message, usize::MAX).is_err());
    }
}
