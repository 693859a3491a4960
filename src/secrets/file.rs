//! The secrets file: TOML, a table for each secret.

use std::fmt;
use std::net::SocketAddr;

use zeroize::Zeroizing;

use super::toml::{self, Fault, Pair, Value};
use super::{
    KerberosPassword, NtHash, Password, PinnedKey, Secrets, ServiceKey, Target, TicketSessionKey,
    hex,
};
use crate::crypto::SecretKey;
use crate::crypto::kerberos::EncryptionType;

/// What a secrets file holds.
#[derive(Default)]
pub struct SecretsFile {
    /// The secrets themselves.
    pub secrets: Secrets,
    /// The paths of keytabs as they are written, relative to the file.
    pub keytabs: Vec<String>,
}

/// A secrets file that could not be read, and where.
///
/// Nothing of what the file says is in it, for that may be a secret.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {kind}")]
pub struct SecretsFileError {
    /// The line, from 1 on.
    pub line: usize,
    /// What was wrong there.
    pub kind: SecretsFileErrorKind,
}

/// What was wrong with a secrets file.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SecretsFileErrorKind {
    /// It is larger than any that people write.
    #[error("the file has more than a megabyte")]
    TooLarge,
    /// It is not TOML.
    #[error("not TOML: {description}")]
    NotToml {
        /// What is wrong, in one of the parser's sentences.
        description: String,
    },
    /// An entry that is none of those that there are.
    #[error("an entry with another name than {}", Names(&ENTRY_NAMES))]
    UnknownEntry,
    /// An entry that is not in two brackets.
    #[error("an entry is written with two brackets, as [[{entry}]]")]
    NotInBrackets {
        /// Its name.
        entry: &'static str,
    },
    /// A key that an entry does not have.
    #[error("a key that [[{entry}]] does not have; it has {}", Names(keys))]
    UnknownKey {
        /// The name of the entry.
        entry: &'static str,
        /// The keys that it has.
        keys: &'static [&'static str],
    },
    /// A key that an entry has more than once.
    #[error("a second {key} in [[{entry}]]")]
    Twice {
        /// The name of the entry.
        entry: &'static str,
        /// The key.
        key: &'static str,
    },
    /// A key that an entry must have.
    #[error("[[{entry}]] without {key}")]
    Missing {
        /// The name of the entry.
        entry: &'static str,
        /// The key.
        key: &'static str,
    },
    /// A value of another kind, or one that says nothing.
    #[error("{key} is not {expected}")]
    Value {
        /// The key.
        key: &'static str,
        /// What it has to be.
        expected: &'static str,
    },
    /// A key or hash of another length.
    #[error("{key} has {found} bytes instead of {expected}")]
    Length {
        /// The key.
        key: &'static str,
        /// Bytes that it has to have.
        expected: usize,
        /// Bytes that it has.
        found: usize,
    },
}

/// An entry, and the keys that it may have.
struct Entry {
    name: &'static str,
    keys: &'static [&'static str],
}

const PASSWORD: Entry = Entry { name: "password", keys: &["user", "domain", "password"] };
const NT_HASH: Entry = Entry { name: "nt_hash", keys: &["user", "domain", "hash"] };
const KEYTAB: Entry = Entry { name: "keytab", keys: &["path"] };
const SESSION_KEY: Entry = Entry { name: "session_key", keys: PINNED };
const SIGNING_KEY: Entry = Entry { name: "signing_key", keys: PINNED };
const SERVICE_KEY: Entry =
    Entry { name: "service_key", keys: &["principal", "realm", "etype", "kvno", "key"] };
const KERBEROS_PASSWORD: Entry =
    Entry { name: "kerberos_password", keys: &["principal", "realm", "password", "salt"] };
const TICKET_SESSION_KEY: Entry = Entry { name: "ticket_session_key", keys: &["etype", "key"] };

/// Keys of an entry for one session.
const PINNED: &[&str] = &["session_id", "server", "session", "key"];

const ENTRIES: [Entry; 8] = [
    PASSWORD,
    NT_HASH,
    KEYTAB,
    SESSION_KEY,
    SIGNING_KEY,
    SERVICE_KEY,
    KERBEROS_PASSWORD,
    TICKET_SESSION_KEY,
];

/// The names of [`ENTRIES`].
const ENTRY_NAMES: [&str; 8] = [
    PASSWORD.name,
    NT_HASH.name,
    KEYTAB.name,
    SESSION_KEY.name,
    SIGNING_KEY.name,
    SERVICE_KEY.name,
    KERBEROS_PASSWORD.name,
    TICKET_SESSION_KEY.name,
];

/// Bytes of a secrets file that is read.
const MOST: usize = 1 << 20;

/// Bytes of an NT hash.
const NT_HASH_BYTES: usize = 16;

/// Reads a secrets file.
pub fn parse(text: &str) -> Result<SecretsFile, SecretsFileError> {
    if text.len() > MOST {
        return Err(error_at(text, 0, SecretsFileErrorKind::TooLarge));
    }
    let mut file = SecretsFile::default();
    for table in toml::tables(text).map_err(|fault| not_toml(text, fault))? {
        let fail = |start, kind| Err(error_at(text, start, kind));
        // What stands before all entries belongs to none.
        let mut names = table.pairs.iter().map(|pair| (&pair.key, pair.start));
        let named = if table.is_file { names.next() } else { Some((&table.name, table.start)) };
        let Some((name, start)) = named else { continue };
        let Some(entry) = ENTRIES.into_iter().find(|entry| name.is(entry.name)) else {
            return fail(start, SecretsFileErrorKind::UnknownEntry);
        };
        if !table.is_in_list {
            return fail(start, SecretsFileErrorKind::NotInBrackets { entry: entry.name });
        }
        let fields = Fields { text, entry: &entry, start, pairs: table.pairs };
        fields.check_keys()?;
        file.add(fields)?;
    }
    Ok(file)
}

impl SecretsFile {
    /// Takes an entry.
    fn add(&mut self, fields: Fields<'_>) -> Result<(), SecretsFileError> {
        let secrets = &mut self.secrets;
        match fields.entry.name {
            "password" => secrets.passwords.push(Password {
                user: fields.text("user")?,
                domain: fields.text("domain")?,
                password: fields.secret("password")?,
            }),
            "nt_hash" => secrets.nt_hashes.push(NtHash {
                user: fields.text("user")?,
                domain: fields.text("domain")?,
                hash: fields.key("hash", Some(NT_HASH_BYTES))?,
            }),
            "keytab" => self.keytabs.push(fields.needed_text("path")?),
            "session_key" => secrets.session_keys.push(fields.pinned_key()?),
            "signing_key" => secrets.signing_keys.push(fields.pinned_key()?),
            "service_key" => {
                let (etype, len) = fields.etype()?;
                secrets.service_keys.push(ServiceKey {
                    principal: fields.text("principal")?,
                    realm: fields.text("realm")?,
                    etype,
                    kvno: fields.number("kvno", "a number of 32 bits")?,
                    key: fields.key("key", len)?,
                });
            }
            "kerberos_password" => secrets.kerberos_passwords.push(KerberosPassword {
                principal: fields.needed_text("principal")?,
                realm: fields.needed_text("realm")?,
                password: fields.secret("password")?,
                salt: fields.text("salt")?,
            }),
            _ => {
                let (etype, len) = fields.etype()?;
                let key = fields.key("key", len)?;
                secrets.ticket_session_keys.push(TicketSessionKey { etype, key });
            }
        }
        Ok(())
    }
}

/// The keys and values of an entry.
struct Fields<'a> {
    /// The file.
    text: &'a str,
    entry: &'a Entry,
    /// Where the entry starts in it.
    start: usize,
    pairs: Vec<Pair<'a>>,
}

impl Fields<'_> {
    /// Accepts the entry if it has only keys that it may have, and each once.
    fn check_keys(&self) -> Result<(), SecretsFileError> {
        let Entry { name: entry, keys } = *self.entry;
        let mut known: Vec<&str> = Vec::new();
        for pair in &self.pairs {
            let Some(key) = keys.iter().find(|key| pair.key.is(key)) else {
                let kind = SecretsFileErrorKind::UnknownKey { entry, keys };
                return Err(error_at(self.text, pair.start, kind));
            };
            if known.contains(key) {
                let kind = SecretsFileErrorKind::Twice { entry, key };
                return Err(error_at(self.text, pair.start, kind));
            }
            known.push(key);
        }
        Ok(())
    }

    /// What the entry is to have and has not.
    fn missing(&self, key: &'static str) -> SecretsFileError {
        let kind = SecretsFileErrorKind::Missing { entry: self.entry.name, key };
        error_at(self.text, self.start, kind)
    }

    fn pair(&self, key: &str) -> Option<&Pair<'_>> {
        self.pairs.iter().find(|pair| pair.key.is(key))
    }

    /// The value of `key` as `read` takes it; an error, which says what was `expected`, where it does
    /// not take it.
    fn value<T>(
        &self,
        key: &'static str,
        expected: &'static str,
        read: impl FnOnce(Value) -> Option<T>,
    ) -> Result<Option<T>, SecretsFileError> {
        let Some(pair) = self.pair(key) else { return Ok(None) };
        let kind = SecretsFileErrorKind::Value { key, expected };
        read(pair.value()).ok_or_else(|| error_at(self.text, pair.start, kind)).map(Some)
    }

    /// A text that is no secret; one that is empty is none.
    fn text(&self, key: &'static str) -> Result<Option<String>, SecretsFileError> {
        let text = self.value(key, TEXT, text)?;
        Ok(text.map(|text| text.as_str().to_owned()).filter(|text| !text.is_empty()))
    }

    fn needed_text(&self, key: &'static str) -> Result<String, SecretsFileError> {
        self.text(key)?.ok_or_else(|| self.missing(key))
    }

    /// A text that is a secret.
    fn secret(&self, key: &'static str) -> Result<Zeroizing<String>, SecretsFileError> {
        self.value(key, TEXT, text)?.ok_or_else(|| self.missing(key))
    }

    /// A key of `len` bytes; of one or more where it may have any length.
    fn key(&self, key: &'static str, len: Option<usize>) -> Result<SecretKey, SecretsFileError> {
        let secret =
            self.value(key, "hexadecimal digits in pairs, in quotation marks", |value| {
                hex::key(&text(value)?).filter(|key| !key.as_bytes().is_empty())
            })?;
        let secret = secret.ok_or_else(|| self.missing(key))?;
        let found = secret.as_bytes().len();
        match len {
            Some(expected) if expected != found => {
                let kind = SecretsFileErrorKind::Length { key, expected, found };
                let start = self.pair(key).map_or(self.start, |pair| pair.start);
                Err(error_at(self.text, start, kind))
            }
            _ => Ok(secret),
        }
    }

    /// A whole number.
    fn number<T: TryFrom<i64>>(
        &self,
        key: &'static str,
        expected: &'static str,
    ) -> Result<Option<T>, SecretsFileError> {
        self.value(key, expected, |value| match value {
            Value::Number(number) => T::try_from(number).ok(),
            _ => None,
        })
    }

    /// The encryption type, and the bytes of its keys where it is known.
    fn etype(&self) -> Result<(i32, Option<usize>), SecretsFileError> {
        let etype = self.number("etype", "the number of an encryption type, as 18")?;
        let etype = etype.ok_or_else(|| self.missing("etype"))?;
        Ok((etype, EncryptionType::from_number(etype).map(EncryptionType::key_len)))
    }

    /// A key and the session that it is for.
    fn pinned_key(&self) -> Result<PinnedKey, SecretsFileError> {
        let session_id = self.value(
            "session_id",
            "0x and hexadecimal digits of 64 bits, in quotation marks",
            |value| text(value).and_then(|digits| hex::number(&digits)),
        )?;
        let server: Option<SocketAddr> = self.value(
            "server",
            "an address and a port, as 10.0.0.5:445 or [fd00::5]:445",
            |value| text(value)?.parse().ok(),
        )?;
        let target = Target { session_id, server, session: self.text("session")? };
        Ok(PinnedKey { target, key: self.key("key", None)? })
    }
}

/// What a value is to be that is a text.
const TEXT: &str =
    r#"a text in quotation marks; a backslash is written twice in "...", once in '...'"#;

fn text(value: Value) -> Option<Zeroizing<String>> {
    match value {
        Value::Text(text) => Some(text),
        _ => None,
    }
}

/// The error `kind` at the byte `start` of the file.
fn error_at(text: &str, start: usize, kind: SecretsFileErrorKind) -> SecretsFileError {
    let before = text.bytes().take(start).filter(|byte| *byte == b'\n').count();
    SecretsFileError { line: before.saturating_add(1), kind }
}

/// The error of a file that is not TOML.
fn not_toml(text: &str, fault: Fault) -> SecretsFileError {
    let kind = SecretsFileErrorKind::NotToml { description: fault.description };
    error_at(text, fault.start, kind)
}

/// Names in a sentence.
struct Names<'a>(&'a [&'a str]);

impl fmt::Display for Names<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (place, name) in self.0.iter().enumerate() {
            let separator = if place == 0 { "" } else { ", " };
            write!(formatter, "{separator}{name}")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
