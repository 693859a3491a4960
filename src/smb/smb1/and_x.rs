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

#[cfg(test)]
mod tests {
    use super::commands;
    use crate::smb::error::{DecodeErrorKind, Structure};
    use crate::smb::smb1::{Command, Header, TreeConnectRequest};
    use crate::smb::testing::smb1;

    /// SESSION_SETUP_ANDX with three words of response, then TREE_CONNECT_ANDX.
    const CHAIN: &str = "03 75 00 2900 0000 0000 04 ff 00 0000 0800 0100 0800 00 5c5c61005c62 4100";

    #[test]
    fn a_chain_gives_every_command() {
        let message = smb1(0x73, CHAIN);
        let (header, _) = Header::parse(&message).unwrap();
        let blocks: Vec<_> = commands(&message, &header).map(Result::unwrap).collect();
        let [setup, tree] = blocks.as_slice() else { panic!("{blocks:?}") };
        assert_eq!(setup.command, Command::SMB_COM_SESSION_SETUP_ANDX);
        assert_eq!(setup.offset, 32);
        assert_eq!(tree.command, Command::SMB_COM_TREE_CONNECT_ANDX);
        assert_eq!(tree.offset, 41);
        let tree = TreeConnectRequest::parse(tree, false).unwrap();
        assert_eq!(tree.path.to_string(), r"\\a");
    }

    #[test]
    fn a_command_without_and_x_has_no_next() {
        let message = smb1(0x2b, "02 73002900 0000");
        let (header, _) = Header::parse(&message).unwrap();
        assert_eq!(commands(&message, &header).count(), 1);
        // A response that failed.
        let message = smb1(0x73, "00 0000");
        let (header, _) = Header::parse(&message).unwrap();
        assert_eq!(commands(&message, &header).count(), 1);
    }

    #[test]
    fn a_chain_that_does_not_lead_on_ends() {
        for found in [0, 32, 33, 40] {
            let message = smb1(0x73, &format!("03 7300{found:02x}00 0000 0000 00"));
            let (header, _) = Header::parse(&message).unwrap();
            let blocks: Vec<_> = commands(&message, &header).collect();
            let [Ok(_), Err(error)] = blocks.as_slice() else { panic!("{blocks:?}") };
            let kind = DecodeErrorKind::AndXOffset { found };
            assert_eq!(*error, Structure::Smb1Block.error(32, kind));
        }
        let message = smb1(0x73, "03 7300ffff 0000 0000");
        let (header, _) = Header::parse(&message).unwrap();
        let blocks: Vec<_> = commands(&message, &header).collect();
        assert!(matches!(blocks.as_slice(), [Ok(_), Err(_)]));
    }

    #[test]
    fn a_chain_that_is_cut_gives_what_is_there() {
        let message = smb1(0x73, CHAIN);
        let (header, _) = Header::parse(&message).unwrap();
        for len in 32..message.len() {
            let n_whole = commands(&message[..len], &header).filter(Result::is_ok).count();
            let expected = usize::from(len >= 39) + usize::from(len >= 50);
            assert_eq!(n_whole, expected, "the first {len} bytes");
        }
    }
}
