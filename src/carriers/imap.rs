//! IMAP: AUTHENTICATE (RFC 9051 6.2.2, \[MS-OXIMAP\]).

use super::Protocol;
use super::sasl::{Command, Dialect, Reply, is_read};

/// The words of IMAP.
#[derive(Debug, Default)]
pub(super) struct Imap {
    /// The tag of the command that authenticates.
    tag: String,
}

/// Bytes of a tag that are compared; clients number their commands.
const LONGEST_TAG: usize = 64;

impl Dialect for Imap {
    const PROTOCOL: Protocol = Protocol::Imap;

    fn command<'l>(&mut self, line: &'l str) -> Command<'l> {
        let mut words = line.split_ascii_whitespace();
        let (Some(tag), Some(command)) = (words.next(), words.next()) else {
            return Command::Other;
        };
        if command.eq_ignore_ascii_case("AUTHENTICATE") && words.next().is_some_and(is_read) {
            tag.get(..tag.len().min(LONGEST_TAG)).unwrap_or_default().clone_into(&mut self.tag);
            return Command::Authenticate(words.next());
        }
        let leaves = command.eq_ignore_ascii_case("STARTTLS");
        if leaves { Command::Leave } else { Command::Other }
    }

    fn reply<'l>(&mut self, line: &'l str) -> Reply<'l> {
        if let Some(token) = line.strip_prefix('+') {
            return Reply::Continue(token);
        }
        let mut words = line.split_ascii_whitespace();
        let is_own =
            words.next().is_some_and(|tag| !self.tag.is_empty() && tag.starts_with(&self.tag));
        match words.next().filter(|_| is_own) {
            Some(word) if word.eq_ignore_ascii_case("OK") => Reply::Accepted(0),
            Some(word) if ["NO", "BAD"].iter().any(|it| word.eq_ignore_ascii_case(it)) => {
                Reply::Refused(0)
            }
            _ => Reply::Other,
        }
    }
}
