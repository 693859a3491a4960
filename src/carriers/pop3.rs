//! POP3: AUTH (RFC 5034 4, \[MS-POP3\]).

use super::Protocol;
use super::sasl::{Command, Dialect, Reply, is_read};

/// The words of POP3.
#[derive(Debug, Default)]
pub(super) struct Pop3;

impl Dialect for Pop3 {
    const PROTOCOL: Protocol = Protocol::Pop3;

    fn command<'l>(&mut self, line: &'l str) -> Command<'l> {
        let mut words = line.split_ascii_whitespace();
        let Some(command) = words.next() else { return Command::Other };
        if command.eq_ignore_ascii_case("AUTH") && words.next().is_some_and(is_read) {
            return Command::Authenticate(words.next());
        }
        let leaves = ["STLS", "RETR", "TOP"].iter().any(|it| command.eq_ignore_ascii_case(it));
        if leaves { Command::Leave } else { Command::Other }
    }

    fn reply<'l>(&mut self, line: &'l str) -> Reply<'l> {
        match line {
            line if line.starts_with("+OK") => Reply::Accepted(0),
            line if line.starts_with("-ERR") => Reply::Refused(0),
            line => line.strip_prefix('+').map_or(Reply::Other, Reply::Continue),
        }
    }
}
