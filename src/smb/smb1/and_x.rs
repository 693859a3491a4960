//! AndX: several commands in one message, \[MS-CIFS\] 2.2.3.4.

use super::{Block, Command, Header};
use crate::smb::error::{DecodeError, DecodeErrorKind, Structure};

/// The commands of a message with their parameters and data: the one that `header` names and those
/// that are chained to it.
pub const fn commands<'a>(message: &'a [u8], header: &Header) -> Commands<'a> {
    Commands { message, next: Next::Block { command: header.command, offset: Header::LEN } }
}

/// The commands of a message, in their order. After one that could not be read there are no more.
#[derive(Clone, Copy, Debug)]
pub struct Commands<'a> {
    message: &'a [u8],
    next: Next,
}

/// What comes next.
#[derive(Clone, Copy, Debug)]
enum Next {
    /// A command whose parameters stand `offset` bytes from the start of the message.
    Block { command: Command, offset: usize },
    /// A command that the chain does not lead to.
    Astray { from: usize, found: u16 },
    /// Nothing.
    End,
}

impl<'a> Iterator for Commands<'a> {
    type Item = Result<Block<'a>, DecodeError>;

    fn next(&mut self) -> Option<Self::Item> {
        match std::mem::replace(&mut self.next, Next::End) {
            Next::Block { command, offset } => {
                let block = Block::parse(command, self.message, offset);
                if let Ok(block) = &block {
                    self.next = after(block);
                }
                Some(block)
            }
            Next::Astray { from, found } => {
                let kind = DecodeErrorKind::AndXOffset { found };
                Some(Err(Structure::Smb1Block.error(from, kind)))
            }
            Next::End => None,
        }
    }
}

/// What comes after `block`. A chain leads forward only, so it ends.
fn after(block: &Block<'_>) -> Next {
    let and_x = block.words.first_chunk::<4>().filter(|_| has_and_x(block.command));
    // A response that failed has no words.
    let Some([and_x_command, _reserved, low, high]) = and_x.copied() else {
        return Next::End;
    };
    let command = Command(and_x_command);
    if command == Command::SMB_COM_NO_ANDX_COMMAND {
        return Next::End;
    }
    let found = u16::from_le_bytes([low, high]);
    let offset = usize::from(found);
    if offset < block.data_offset() {
        return Next::Astray { from: block.offset, found };
    }
    Next::Block { command, offset }
}

/// Whether the parameters of `command` start with the next one.
const fn has_and_x(command: Command) -> bool {
    matches!(
        command,
        Command::SMB_COM_LOCKING_ANDX
            | Command::SMB_COM_OPEN_ANDX
            | Command::SMB_COM_READ_ANDX
            | Command::SMB_COM_WRITE_ANDX
            | Command::SMB_COM_SESSION_SETUP_ANDX
            | Command::SMB_COM_LOGOFF_ANDX
            | Command::SMB_COM_TREE_CONNECT_ANDX
            | Command::SMB_COM_NT_CREATE_ANDX
    )
}
