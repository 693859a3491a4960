//! The kinds of secrets that can be typed, and the entry of a secrets file that they become.
//!
//! What is typed goes to the worker as such an entry, so that there is one reader of secrets and one
//! set of errors.

use zeroize::Zeroizing;

use crate::report::{Endpoint, Session};

/// A kind of secret.
pub(super) struct Kind {
    /// What it is called.
    pub(super) name: &'static str,
    /// What it is and where it is found, in a sentence.
    pub(super) help: &'static str,
    /// The entry in a secrets file.
    entry: &'static str,
    /// What is typed.
    pub(super) fields: &'static [Field],
}

/// A field of a kind.
pub(super) struct Field {
    /// The key in the entry.
    pub(super) key: &'static str,
    /// What it is called.
    pub(super) label: &'static str,
    /// What is written after the name.
    pub(super) hint: &'static str,
    /// How it is typed.
    pub(super) input: Input,
}

/// How a field is typed.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Input {
    /// Text that may be left out.
    Text,
    /// Text that has to be there.
    Needed,
    /// A number that may be left out.
    Number,
    /// One of the encryption types of Kerberos.
    EncryptionType,
    /// The secret itself.
    Secret,
}

/// The encryption types of Kerberos that are known, by number.
pub(super) const ENCRYPTION_TYPES: [(&str, &str); 5] = [
    ("18", "18: AES-256, SHA-1"),
    ("17", "17: AES-128, SHA-1"),
    ("20", "20: AES-256, SHA-384"),
    ("19", "19: AES-128, SHA-256"),
    ("23", "23: RC4"),
];

const OPTIONAL: &str = "optional";
const HEX: &str = "hexadecimal";

const fn field(key: &'static str, label: &'static str, hint: &'static str, input: Input) -> Field {
    Field { key, label, hint, input }
}

const USER: Field =
    field("user", "User", "optional: without one every session is tried", Input::Text);
const DOMAIN: Field = field("domain", "Domain", OPTIONAL, Input::Text);
const ETYPE: Field = field("etype", "Encryption type", "", Input::EncryptionType);
const KEY: Field = field("key", "Key", HEX, Input::Secret);
const SESSION_ID: Field = field("session_id", "SessionId", "as in the report, 0x…", Input::Text);
const SERVER: Field = field("server", "Server", "address and port, optional", Input::Text);
const SESSION: Field =
    field("session", "Session of the report", "for SMB1, which has no SessionId", Input::Text);

/// The kinds, the commonest first.
pub(super) const KINDS: [Kind; 7] = [
    Kind {
        name: "Password",
        help: "A user's password, for sessions that authenticate with NTLM.",
        entry: "password",
        fields: &[USER, DOMAIN, field("password", "Password", "", Input::Secret)],
    },
    Kind {
        name: "NT hash",
        help: "The MD4 hash of a user's password, which serves as the password does.",
        entry: "nt_hash",
        fields: &[USER, DOMAIN, field("hash", "NT hash", "32 hexadecimal digits", Input::Secret)],
    },
    Kind {
        name: "Session key",
        help: "The key of one session before keys are derived from it, as a server or client logs it.",
        entry: "session_key",
        fields: &[SESSION_ID, SERVER, SESSION, KEY],
    },
    Kind {
        name: "Signing key",
        help: "The key that signs one session's messages.",
        entry: "signing_key",
        fields: &[SESSION_ID, SERVER, SESSION, KEY],
    },
    Kind {
        name: "Kerberos password",
        help: "The password of a user or a service, for sessions that authenticate with Kerberos.",
        entry: "kerberos_password",
        fields: &[
            field("principal", "Principal", "without its realm", Input::Needed),
            field("realm", "Realm", "in upper case, as it is used", Input::Needed),
            field("password", "Password", "", Input::Secret),
            field("salt", "Salt", "optional: the usual one without it", Input::Text),
        ],
    },
    Kind {
        name: "Kerberos service key",
        help: "The long-term key of a service, as in its keytab.",
        entry: "service_key",
        fields: &[
            field("principal", "Service", "optional, as cifs/fs1.lab.test", Input::Text),
            field("realm", "Realm", OPTIONAL, Input::Text),
            ETYPE,
            field("kvno", "Version of the key", OPTIONAL, Input::Number),
            KEY,
        ],
    },
    Kind {
        name: "Kerberos ticket session key",
        help: "The session key of one ticket, as klist or a credential cache has it.",
        entry: "ticket_session_key",
        fields: &[ETYPE, KEY],
    },
];

/// The most fields that a kind has.
pub(super) const MOST_FIELDS: usize = 5;

impl Kind {
    /// The entry of a secrets file in which the fields have these values. One that is empty is left
    /// out.
    pub(super) fn entry<'a>(
        &self,
        values: impl Iterator<Item = &'a str> + Clone,
    ) -> Zeroizing<String> {
        // Space for all of it at once: a text that grows leaves copies behind.
        let most: usize = values.clone().map(|value| value.len() * MOST_ESCAPED + 32).sum();
        let mut entry = Zeroizing::new(String::with_capacity(most + 64));
        entry.push_str("[[");
        entry.push_str(self.entry);
        entry.push_str("]]\n");
        for (field, value) in self.fields.iter().zip(values) {
            if value.is_empty() && field.input != Input::Secret {
                continue;
            }
            entry.push_str(field.key);
            entry.push_str(" = ");
            match field.input {
                Input::Number | Input::EncryptionType => {
                    push_quoted_unless_number(&mut entry, value)
                }
                Input::Secret if field.key == "password" => push_quoted(&mut entry, value),
                Input::Text | Input::Needed | Input::Secret => {
                    push_quoted(&mut entry, value.trim())
                }
            }
            entry.push('\n');
        }
        entry
    }
}

/// Characters that one character becomes at most.
const MOST_ESCAPED: usize = 10;

/// A number as it is; what is none as a text, so that the reader says what it should be.
fn push_quoted_unless_number(entry: &mut String, value: &str) {
    let value = value.trim();
    if !value.is_empty() && value.bytes().all(|byte| byte.is_ascii_digit()) {
        entry.push_str(
            value.trim_start_matches('0').get(..).filter(|it| !it.is_empty()).unwrap_or("0"),
        );
    } else {
        push_quoted(entry, value);
    }
}

/// A basic string of TOML.
fn push_quoted(entry: &mut String, value: &str) {
    entry.push('"');
    for letter in value.chars() {
        match letter {
            '"' | '\\' => {
                entry.push('\\');
                entry.push(letter);
            }
            letter if letter.is_control() => {
                entry.push_str("\\U");
                for place in (0..8).rev() {
                    let digit = (u32::from(letter) >> (place * 4)) & 0xF;
                    entry.push(char::from_digit(digit, 16).unwrap_or('0'));
                }
            }
            letter => entry.push(letter),
        }
    }
    entry.push('"');
}

/// The session that a secret is for, as far as it fills fields.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Subject {
    /// What the dialog calls it.
    pub title: String,
    user: String,
    domain: String,
    realm: String,
    service: String,
    session_id: String,
    server: String,
    /// The key in the report, of a session without a SessionId.
    session: String,
    is_kerberos: bool,
}

impl Subject {
    /// What a session fills in.
    pub fn of(session: &Session) -> Subject {
        let auth = &session.auth;
        let text = |value: &Option<String>| value.clone().unwrap_or_default();
        Subject {
            title: format!("session of {}", ends(&session.client, &session.server)),
            user: text(&auth.user),
            domain: text(&auth.domain),
            realm: text(&auth.realm),
            service: text(&auth.service),
            session_id: text(&session.session_id),
            server: socket(&session.server),
            session: if session.session_id.is_none() { session.key.clone() } else { String::new() },
            is_kerberos: auth.realm.is_some() || auth.service.is_some(),
        }
    }

    /// The place among [`KINDS`] of the kind that is most likely for it.
    pub(super) fn kind(&self) -> usize {
        let likely = if self.is_kerberos { "service_key" } else { "password" };
        KINDS.iter().position(|kind| kind.entry == likely).unwrap_or(0)
    }

    /// What a field starts with.
    pub(super) fn value(&self, kind: &Kind, field: &Field) -> String {
        let value = match (kind.entry, field.key) {
            (_, "user") | ("kerberos_password", "principal") => &self.user,
            (_, "domain") => &self.domain,
            ("service_key", "principal") => &self.service,
            (_, "realm") => &self.realm,
            (_, "session_id") => &self.session_id,
            (_, "server") => &self.server,
            (_, "session") => &self.session,
            _ => return String::new(),
        };
        value.clone()
    }
}

fn ends(client: &Endpoint, server: &Endpoint) -> String {
    let name = |end: &Endpoint| end.name.clone().unwrap_or_else(|| end.address.clone());
    format!("{} with {}", name(client), name(server))
}

fn socket(end: &Endpoint) -> String {
    super::format::endpoint(&end.address, end.port)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(kind: &str, values: &[&str]) -> String {
        let kind = KINDS.iter().find(|it| it.name == kind).unwrap();
        kind.entry(values.iter().copied()).to_string()
    }

    #[test]
    fn what_is_typed_becomes_an_entry_of_a_secrets_file() {
        assert_eq!(
            entry("Password", &["alice", "", "a \"b\" \\ \u{7} ö "]),
            "[[password]]\nuser = \"alice\"\npassword = \"a \\\"b\\\" \\\\ \\U00000007 ö \"\n"
        );
        assert_eq!(
            entry("Kerberos service key", &["", " LAB.TEST", "18", "07", " 00ff "]),
            "[[service_key]]\nrealm = \"LAB.TEST\"\netype = 18\nkvno = 7\nkey = \"00ff\"\n"
        );
    }

    #[test]
    fn an_entry_never_grows_beyond_the_space_it_has() {
        let password = "\u{1}".repeat(500);
        let kind = &KINDS[0];
        let entry = kind.entry(["alice", "LAB", password.as_str()].into_iter());
        assert!(entry.capacity() < 10 * 508 + 3 * 32 + 64 + 64, "{}", entry.capacity());
    }

    #[test]
    fn no_kind_has_more_fields_than_there_is_space_for() {
        for kind in &KINDS {
            assert!(kind.fields.len() <= MOST_FIELDS, "{}", kind.name);
            let secrets = kind.fields.iter().filter(|it| it.input == Input::Secret);
            assert_eq!(secrets.count(), 1, "{}", kind.name);
        }
    }

    #[test]
    fn every_entry_is_one_that_the_reader_takes() {
        use crate::secrets::file;
        let values = |field: &Field| match field.input {
            Input::EncryptionType => "18",
            Input::Number => "2",
            _ if field.key == "session_id" => "0x0000000000000001",
            _ if field.key == "server" => "10.0.0.5:445",
            _ if field.key == "hash" => "000102030405060708090a0b0c0d0e0f",
            Input::Secret => "000102030405060708090a0b0c0d0e0f000102030405060708090a0b0c0d0e0f",
            Input::Text | Input::Needed => "text",
        };
        for kind in &KINDS {
            let entry = kind.entry(kind.fields.iter().map(values));
            let parsed =
                file::parse(&entry).unwrap_or_else(|error| panic!("{}: {error}", kind.name));
            assert_eq!(parsed.secrets.described().count(), 1, "{}", kind.name);
        }
    }
}
