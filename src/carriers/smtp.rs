//! SMTP: AUTH (RFC 4954 4, \[MS-XLOGIN\], \[MS-SMTPNTLM\]).

use super::Protocol;
use super::sasl::{Command, Dialect, Reply, is_read};

/// The words of SMTP.
#[derive(Debug, Default)]
pub(super) struct Smtp;

impl Dialect for Smtp {
    const PROTOCOL: Protocol = Protocol::Smtp;

    fn command<'l>(&mut self, line: &'l str) -> Command<'l> {
        let mut words = line.split_ascii_whitespace();
        let is =
            |word: Option<&str>, known: &str| word.is_some_and(|it| it.eq_ignore_ascii_case(known));
        match words.next() {
            word if is(word, "AUTH") && words.next().is_some_and(is_read) => {
                Command::Authenticate(words.next())
            }
            word if is(word, "STARTTLS") || is(word, "DATA") || is(word, "BDAT") => Command::Leave,
            _ => Command::Other,
        }
    }

    fn reply<'l>(&mut self, line: &'l str) -> Reply<'l> {
        let (code, rest) = line.split_at_checked(3).unwrap_or((line, ""));
        let is_last = !rest.starts_with('-');
        match code.parse::<u32>() {
            Ok(334) => Reply::Continue(rest),
            Ok(code @ 200..=299) if is_last => Reply::Accepted(code),
            Ok(code @ 400..=599) if is_last => Reply::Refused(code),
            _ => Reply::Other,
        }
    }
}
