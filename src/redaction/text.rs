//! Names and addresses in text.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use super::pseudonyms::{Kind, Pseudonyms};

/// Parts of names that are the same everywhere, and say nothing of where they are from.
const WELL_KNOWN: [&str; 14] = [
    "admin$",
    "anonymous",
    "c$",
    "cifs",
    "guest",
    "host",
    "http",
    "ipc$",
    "krbtgt",
    "ldap",
    "localhost",
    "rpcss",
    "smb",
    "termsrv",
];

/// Words of this program's sentences that are also found as names. In a sentence they stay, for
/// replacing them would tell what the name is.
const PLAIN_WORDS: [&str; 26] = [
    "address",
    "and",
    "answer",
    "capture",
    "client",
    "connection",
    "data",
    "domain",
    "for",
    "from",
    "host",
    "is",
    "message",
    "name",
    "not",
    "network",
    "packet",
    "required",
    "server",
    "service",
    "session",
    "signed",
    "signing",
    "the",
    "user",
    "workstation",
];

/// The shortest name that is replaced wherever it stands in a sentence.
const SHORTEST: usize = 3;

/// A name with each of its parts replaced, so that `fs1` and `fs1.lab.test` can be seen to belong
/// together. The first part is of `first`, the others of `rest`.
pub(super) fn name(pseudonyms: &Pseudonyms, first: Kind, rest: Kind, name: &str) -> String {
    let mut kind = first;
    let mut text = String::with_capacity(name.len());
    for piece in pieces(name) {
        match piece {
            Piece::Word(word) if is_well_known(word) => text.push_str(word),
            Piece::Word(word) => {
                text.push_str(&pseudonyms.of_name(kind, word));
                kind = rest;
            }
            // A sign of another script may be all of a name.
            Piece::Sign(sign) if sign.is_ascii() => text.push(sign),
            Piece::Sign(_) => text.push('?'),
        }
    }
    text
}

/// A sentence, a value or a filter with the names and addresses in it replaced: every address, every
/// part of a name that is known, and what stands beside a backslash or an @, as accounts and paths do.
pub(super) fn sentence(pseudonyms: &Pseudonyms, text: &str) -> String {
    let mut redacted = String::with_capacity(text.len());
    let mut rest = text;
    let mut before = ' ';
    while let Some(first) = rest.chars().next() {
        let starts = !before.is_alphanumeric();
        let (replaced, len) = match address(rest).filter(|_| starts) {
            Some((address, len)) => (pseudonyms.of_address(address), len),
            None => match word(rest) {
                "" => (first.to_string(), first.len_utf8()),
                word => {
                    let after = rest.get(word.len()..).and_then(|rest| rest.chars().next());
                    (in_sentence(pseudonyms, before, word, after), word.len())
                }
            },
        };
        redacted.push_str(&replaced);
        before = rest.get(..len).and_then(|taken| taken.chars().next_back()).unwrap_or(' ');
        rest = rest.get(len..).unwrap_or_default();
    }
    redacted
}

/// A word of a sentence between two signs.
fn in_sentence(pseudonyms: &Pseudonyms, before: char, word: &str, after: Option<char>) -> String {
    if is_guid(word) {
        return pseudonyms.of_guid(word);
    }
    let has_beside = |signs: &[char]| {
        signs.contains(&before) || after.is_some_and(|after| signs.contains(&after))
    };
    if is_well_known(word) {
        return word.to_owned();
    }
    if has_beside(&['\\', '@']) {
        return pseudonyms.of_name(Kind::Name, word);
    }
    let is_quoted = has_beside(&['"', '\'', '“', '”', '$']);
    let is_plain = PLAIN_WORDS.contains(&word.to_lowercase().as_str());
    let is_short = word.len() < SHORTEST || word.bytes().all(|byte| byte.is_ascii_digit());
    match pseudonyms.known(word) {
        Some(pseudonym) if is_quoted || !(is_plain || is_short) => pseudonym,
        _ => word.to_owned(),
    }
}

/// The address that `text` starts with, and its length.
fn address(text: &str) -> Option<(IpAddr, usize)> {
    let first = text.bytes().next()?;
    if !first.is_ascii_hexdigit() && first != b':' {
        return None;
    }
    let v4 = run(text, |letter| letter.is_ascii_digit() || letter == '.').trim_end_matches('.');
    if let Ok(address) = v4.parse::<Ipv4Addr>() {
        let followed = text.get(v4.len()..).and_then(|rest| rest.chars().next());
        if !followed.is_some_and(|letter| letter.is_alphanumeric() || letter == '_') {
            return Some((address.into(), v4.len()));
        }
    }
    let v6 = run(text, |letter| letter.is_ascii_hexdigit() || matches!(letter, ':' | '.'));
    let bare = v6.trim_end_matches('.');
    let shorter = [bare, bare.strip_suffix(':').unwrap_or(bare)];
    let is_told = |it: &&str| it.bytes().any(|byte| byte.is_ascii_hexdigit());
    shorter.into_iter().filter(is_told).find_map(|it| {
        let address: Ipv6Addr = it.parse().ok()?;
        Some((address.into(), it.len()))
    })
}

fn run(text: &str, holds: impl Fn(char) -> bool) -> &str {
    let end = text.find(|letter| !holds(letter)).unwrap_or(text.len());
    text.get(..end).unwrap_or_default()
}

/// The word that `text` starts with: a part of a name, or of a sentence.
fn word(text: &str) -> &str {
    run(text, |letter| letter.is_alphanumeric() || matches!(letter, '-' | '_'))
}

/// A name in pieces.
enum Piece<'a> {
    Word(&'a str),
    Sign(char),
}

fn pieces(text: &str) -> impl Iterator<Item = Piece<'_>> {
    let mut rest = text;
    std::iter::from_fn(move || {
        let first = rest.chars().next()?;
        let (piece, len) = match word(rest) {
            "" => (Piece::Sign(first), first.len_utf8()),
            word => (Piece::Word(word), word.len()),
        };
        rest = rest.get(len..).unwrap_or_default();
        Some(piece)
    })
}

/// Whether a word is the same everywhere; what is written with a `$` behind it is its own word here.
fn is_well_known(word: &str) -> bool {
    let word = word.to_lowercase();
    WELL_KNOWN.iter().any(|known| known.trim_end_matches('$') == word)
}

fn is_guid(word: &str) -> bool {
    let lens = [8, 4, 4, 4, 12];
    let parts = || word.split('-');
    parts().count() == lens.len()
        && parts().zip(lens).all(|(part, len)| {
            part.len() == len && part.bytes().all(|byte| byte.is_ascii_hexdigit())
        })
}

#[cfg(test)]
mod tests {
    use super::{Kind, Pseudonyms, name, sentence};
    use crate::redaction::Key;

    fn pseudonyms() -> Pseudonyms {
        Pseudonyms::new(Key::new([7; 32]))
    }

    #[test]
    fn parts_of_a_name_are_the_same_in_every_form() {
        let it = pseudonyms();
        let fs1 = it.of_name(Kind::Host, "fs1");
        let lab = it.of_name(Kind::Domain, "lab");
        assert_eq!(name(&it, Kind::Host, Kind::Domain, "FS1$"), format!("{fs1}$"));
        let full = name(&it, Kind::Host, Kind::Domain, "cifs/fs1.LAB");
        assert_eq!(full, format!("cifs/{fs1}.{lab}"));
        assert_eq!(name(&it, Kind::Share, Kind::Share, r"\\FS1\IPC$"), format!(r"\\{fs1}\IPC$"));
        assert_eq!(name(&it, Kind::User, Kind::User, "\u{1f600}"), "?");
    }

    #[test]
    fn addresses_and_known_names_in_sentences_are_replaced() {
        let it = pseudonyms();
        let alice = it.of_name(Kind::User, "alice");
        let server = it.of_address("10.0.0.5".parse().unwrap());
        let six = it.of_address("fd00::7".parse().unwrap());
        let text = r"Alice (alice's) reached 10.0.0.5:445, 10.0.0.5. and [fd00::7]:445 by LAB\bob.";
        let (lab, bob) = (it.of_name(Kind::Name, "lab"), it.of_name(Kind::Name, "bob"));
        assert_eq!(
            sentence(&it, text),
            format!(
                r"{alice} ({alice}'s) reached {server}:445, {server}. and [{six}]:445 by {lab}\{bob}."
            )
        );
    }

    #[test]
    fn what_is_no_name_stays() {
        let it = pseudonyms();
        for word in ["server", "3", "10", "a"] {
            it.of_name(Kind::Host, word);
        }
        let text =
            "The server chose 3.1.1 at 12:34:56 with 10 messages, a 0x0003 :: [MS-SMB2] 3.3.5.";
        assert_eq!(sentence(&it, text), text);
        assert_ne!(sentence(&it, "It says \"server\"."), "It says \"server\".");
    }

    #[test]
    fn no_text_breaks_it() {
        let it = pseudonyms();
        for text in ["", "\\", "::", "::1", "1:", "é\\", "10.0.0.300", "a@", "東京\\x", "1.2.3.4x"]
        {
            let _ = (sentence(&it, text), name(&it, Kind::Host, Kind::Domain, text));
        }
        assert!(!sentence(&it, "a ::ffff:10.0.0.5 b").contains("10.0.0.5"));
    }
}
