//! HTTP/1: tokens in the fields Authorization and WWW-Authenticate, and in those for proxies
//! (RFC 9110 11, RFC 4559, \[MS-NTHT\]).

use super::reader::{Conversation, Heard};
use super::stream::Step;
use super::{Protocol, Side, number_of};

/// A connection of HTTP.
#[derive(Debug, Default)]
pub(super) struct Http {
    /// What is read of the client's bytes next, and of the server's.
    client: Part,
    server: Part,
    /// A number for what the client asked for last.
    asked: u64,
    /// It asked for a head without a body.
    is_head_only: bool,
    /// It asked for a tunnel.
    is_tunnel: bool,
}

/// What comes next in a direction.
#[derive(Clone, Copy, Debug, Default)]
enum Part {
    /// The head of a message.
    #[default]
    Head,
    /// The length of a chunk.
    Chunk,
    /// Fields after the last chunk.
    Trailers,
}

/// Fields that carry a client's tokens.
const OF_CLIENTS: [&str; 2] = ["authorization", "proxy-authorization"];
/// Fields that carry a server's tokens.
const OF_SERVERS: [&str; 2] = ["www-authenticate", "proxy-authenticate"];
/// Schemes with tokens that are read.
const SCHEMES: [&str; 3] = ["ntlm", "negotiate", "kerberos"];

impl Http {
    /// Who says `bytes`, if that is HTTP.
    pub(super) fn side_of(bytes: &[u8]) -> Option<Side> {
        if bytes.starts_with(b"HTTP/1.") {
            return Some(Side::Server);
        }
        let start = bytes.get(..bytes.len().min(LONGEST_METHOD + 2))?;
        let len = start.iter().position(|byte| *byte == b' ')?;
        let (method, rest) = start.split_at_checked(len)?;
        let is_method = |byte: &u8| byte.is_ascii_uppercase() || matches!(byte, b'_' | b'-');
        // A path, an address, the server as a whole, or the host of a tunnel.
        let is_target =
            |byte: &u8| matches!(byte, b'/' | b'*' | b'[') || byte.is_ascii_alphanumeric();
        let is_request = method.len() >= 3
            && method.iter().all(is_method)
            && rest.get(1).is_some_and(is_target)
            && (method == b"CONNECT" || matches!(rest.get(1), Some(b'/' | b'*' | b'h' | b'H')));
        is_request.then_some(Side::Client)
    }

    fn part(&mut self, side: Side) -> &mut Part {
        match side {
            Side::Client => &mut self.client,
            Side::Server => &mut self.server,
        }
    }

    /// Takes a head with all its fields.
    fn head(&mut self, side: Side, head: &[u8], heard: &mut Heard<'_>) -> Step {
        let text = String::from_utf8_lossy(head.trim_ascii_start());
        let mut lines = text.lines();
        let first = lines.next().unwrap_or_default();
        let fields = || {
            lines
                .clone()
                .filter_map(|line| line.split_once(':'))
                .map(|(name, value)| (name.trim().to_ascii_lowercase(), value.trim()))
        };
        let value = |wanted: &str| {
            fields().find(|(name, _)| name == wanted).map(|(_, value)| value.to_owned())
        };
        let is_chunked = value("transfer-encoding")
            .is_some_and(|it| it.to_ascii_lowercase().ends_with("chunked"));
        let content_length = value("content-length").and_then(|it| it.parse::<u64>().ok());
        let len = head.len() as u64;
        let has_body = match side {
            Side::Client => {
                let mut words = first.split(' ');
                let (Some(method), Some(target)) = (words.next(), words.next()) else {
                    return Step::Lost;
                };
                self.is_head_only = method == "HEAD";
                self.is_tunnel = method == "CONNECT";
                self.asked = number_of((method, asked(target, &value("host").unwrap_or_default())));
                self.tokens(side, fields(), &OF_CLIENTS, heard);
                content_length.is_some() || is_chunked
            }
            Side::Server => {
                let status = first.split(' ').nth(1).and_then(|it| it.parse::<u32>().ok());
                let Some(status) = status else { return Step::Lost };
                self.tokens(side, fields(), &OF_SERVERS, heard);
                end(status, heard);
                if status == 101 || self.is_tunnel && matches!(status, 200..=299) {
                    heard.over();
                }
                let has_none = matches!(status, 100..=199 | 204 | 304) || self.is_head_only;
                if !has_none && content_length.is_none() && !is_chunked {
                    // The body ends where the connection does.
                    return Step::Lost;
                }
                !has_none
            }
        };
        if has_body && is_chunked {
            *self.part(side) = Part::Chunk;
            return Step::Took(len);
        }
        let body = content_length.filter(|_| has_body).unwrap_or_default();
        Step::Took(len.saturating_add(body))
    }

    fn tokens<'t>(
        &self,
        side: Side,
        fields: impl Iterator<Item = (String, &'t str)>,
        names: &[&str],
        heard: &mut Heard<'_>,
    ) {
        for (_, value) in fields.filter(|(name, _)| names.contains(&name.as_str())) {
            // A server may offer several schemes in one field.
            for offered in value.split(',') {
                let Some((scheme, token)) = offered.trim().split_once(' ') else { continue };
                let is_read = SCHEMES.iter().any(|known| scheme.eq_ignore_ascii_case(known));
                if let Some(token) = super::sasl::decode(token).filter(|_| is_read) {
                    heard.token(side, &token, self.asked);
                }
            }
        }
    }
}

/// The longest method that is known, VERSION-CONTROL, and some.
const LONGEST_METHOD: usize = 24;

/// What is asked for, and of which host: the same before and behind a proxy.
fn asked(target: &str, host: &str) -> (String, String) {
    let absolute = target.split_once("://").map(|(_, rest)| match rest.find('/') {
        Some(place) => rest.split_at(place),
        None => (rest, "/"),
    });
    let (host, path) = absolute.unwrap_or((host, target));
    (host.to_ascii_lowercase(), path.to_owned())
}

/// How an authentication ends, as the status of a response says. A fault of the server says nothing.
fn end(status: u32, heard: &mut Heard<'_>) {
    match status {
        401 | 407 if heard.is_answered() => heard.refused(status),
        200..=399 | 403..=406 | 408..=499 => heard.accepted(status),
        _ => {}
    }
}

impl Conversation for Http {
    fn protocol(&self) -> Protocol {
        Protocol::Http
    }

    fn starts(&self, side: Side, bytes: &[u8]) -> bool {
        Http::side_of(bytes) == Some(side)
    }

    fn step(&mut self, side: Side, bytes: &[u8], seen: usize, heard: &mut Heard<'_>) -> Step {
        let part = *self.part(side);
        let end = match part {
            Part::Head => head_end(bytes, seen),
            Part::Chunk | Part::Trailers => line_end(bytes, seen),
        };
        let start = bytes.strip_prefix(b"\r\n").unwrap_or(bytes);
        let is_foreign = start.len() > LONGEST_METHOD + 1 && Http::side_of(start) != Some(side);
        if matches!(part, Part::Head) && is_foreign {
            return Step::Lost;
        }
        let Some(end) = end else { return Step::Wait(None) };
        let taken = bytes.get(..end).unwrap_or_default();
        let line = taken.trim_ascii();
        match part {
            // Empty lines may stand before a request (RFC 9112 2.2).
            Part::Head if line.is_empty() => Step::Took(end as u64),
            Part::Head => self.head(side, taken, heard),
            Part::Chunk => {
                let digits = line.split(|byte| *byte == b';').next().unwrap_or_default();
                let len = std::str::from_utf8(digits.trim_ascii())
                    .ok()
                    .and_then(|digits| u64::from_str_radix(digits, 16).ok());
                match len {
                    Some(0) => *self.part(side) = Part::Trailers,
                    Some(len) => {
                        return Step::Took(len.saturating_add(2).saturating_add(end as u64));
                    }
                    None => {
                        *self.part(side) = Part::Head;
                        return Step::Lost;
                    }
                }
                Step::Took(end as u64)
            }
            Part::Trailers => {
                if line.is_empty() {
                    *self.part(side) = Part::Head;
                }
                Step::Took(end as u64)
            }
        }
    }
}

/// Where the line ends that `bytes` start with, of which `seen` have no end.
fn line_end(bytes: &[u8], seen: usize) -> Option<usize> {
    let rest = bytes.get(seen..)?;
    Some(seen + rest.iter().position(|byte| *byte == b'\n')? + 1)
}

/// Where the head ends that `bytes` start with: after an empty line.
fn head_end(bytes: &[u8], seen: usize) -> Option<usize> {
    let mut from = seen.saturating_sub(3);
    loop {
        let end = line_end(bytes, from)?;
        let rest = bytes.get(end..)?;
        if let Some(len) = [&b"\r\n"[..], b"\n"].iter().find(|it| rest.starts_with(it)) {
            return Some(end + len.len());
        }
        from = end;
    }
}
