//! What a responder knows that the capture does not hold: passwords and keys.
//!
//! Secrets are held for one run, are wiped from memory when they are dropped, and are neither shown
//! nor written: nothing here has `Debug`, `Display` or `Serialize`. What may be shown of a secret is
//! its description, which says what it is and whose.

pub mod file;
mod hex;
pub mod keytab;
mod toml;

use std::net::SocketAddr;

use zeroize::Zeroizing;

use crate::crypto::SecretKey;

/// The secrets of a run.
#[derive(Clone, Default)]
pub struct Secrets {
    /// Passwords of users.
    pub passwords: Vec<Password>,
    /// NT hashes of users.
    pub nt_hashes: Vec<NtHash>,
    /// Keys of sessions, before keys are derived from them.
    pub session_keys: Vec<PinnedKey>,
    /// Keys that sign.
    pub signing_keys: Vec<PinnedKey>,
    /// Long-term keys of Kerberos services.
    pub service_keys: Vec<ServiceKey>,
    /// Passwords of Kerberos principals.
    pub kerberos_passwords: Vec<KerberosPassword>,
    /// Session keys of Kerberos tickets.
    pub ticket_session_keys: Vec<TicketSessionKey>,
}

/// One of the secrets, by its place among those of its kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum SecretRef {
    /// A password.
    Password(usize),
    /// An NT hash.
    NtHash(usize),
    /// A session's key.
    SessionKey(usize),
    /// A key that signs.
    SigningKey(usize),
    /// A service's long-term key.
    ServiceKey(usize),
    /// A Kerberos principal's password.
    KerberosPassword(usize),
    /// A ticket's session key.
    TicketSessionKey(usize),
}

/// A user's password.
#[derive(Clone)]
pub struct Password {
    /// The account; it is tried on every session where `None`.
    pub user: Option<String>,
    /// The account's domain.
    pub domain: Option<String>,
    /// The password.
    pub password: Zeroizing<String>,
}

/// A user's NT hash (NTOWFv1, \[MS-NLMP\] 3.3.1).
#[derive(Clone)]
pub struct NtHash {
    /// The account; it is tried on every session where `None`.
    pub user: Option<String>,
    /// The account's domain.
    pub domain: Option<String>,
    /// The hash, of 16 bytes.
    pub hash: SecretKey,
}

/// A key of one session.
#[derive(Clone)]
pub struct PinnedKey {
    /// The session.
    pub target: Target,
    /// The key.
    pub key: SecretKey,
}

/// Which sessions a key is for: those that everything which is given fits.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Target {
    /// SessionId.
    pub session_id: Option<u64>,
    /// The server's end.
    pub server: Option<SocketAddr>,
    /// The key of the session in the report.
    pub session: Option<String>,
}

/// A long-term key of a Kerberos service.
#[derive(Clone)]
pub struct ServiceKey {
    /// The service, as "cifs/fs1.lab.test"; it is tried on every ticket where `None`.
    pub principal: Option<String>,
    /// Its realm.
    pub realm: Option<String>,
    /// The encryption type, RFC 3961.
    pub etype: i32,
    /// The version of the key.
    pub kvno: Option<u32>,
    /// The key.
    pub key: SecretKey,
}

/// The password of a Kerberos principal.
#[derive(Clone)]
pub struct KerberosPassword {
    /// The principal, without its realm.
    pub principal: String,
    /// Its realm.
    pub realm: String,
    /// The password.
    pub password: Zeroizing<String>,
    /// The salt, where it is not the usual one.
    pub salt: Option<String>,
}

/// The session key of a Kerberos ticket.
#[derive(Clone)]
pub struct TicketSessionKey {
    /// The encryption type, RFC 3961.
    pub etype: i32,
    /// The key.
    pub key: SecretKey,
}

impl Secrets {
    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.passwords.is_empty()
            && self.nt_hashes.is_empty()
            && self.session_keys.is_empty()
            && self.signing_keys.is_empty()
            && self.service_keys.is_empty()
            && self.kerberos_passwords.is_empty()
            && self.ticket_session_keys.is_empty()
    }

    /// Adds `others`.
    pub fn extend(&mut self, others: Secrets) {
        self.passwords.extend(others.passwords);
        self.nt_hashes.extend(others.nt_hashes);
        self.session_keys.extend(others.session_keys);
        self.signing_keys.extend(others.signing_keys);
        self.service_keys.extend(others.service_keys);
        self.kerberos_passwords.extend(others.kerberos_passwords);
        self.ticket_session_keys.extend(others.ticket_session_keys);
    }

    /// Each of them, with what it is and whose.
    pub fn described(&self) -> impl Iterator<Item = (SecretRef, String)> {
        let users = self.passwords.iter().map(Password::description);
        let hashes = self.nt_hashes.iter().map(NtHash::description);
        let sessions = self.session_keys.iter().map(|key| key.description("session key"));
        let signing = self.signing_keys.iter().map(|key| key.description("signing key"));
        let services = self.service_keys.iter().map(ServiceKey::description);
        let principals = self.kerberos_passwords.iter().map(KerberosPassword::description);
        let tickets = self.ticket_session_keys.iter().map(TicketSessionKey::description);
        let of_users = numbered(SecretRef::Password, users)
            .chain(numbered(SecretRef::NtHash, hashes))
            .chain(numbered(SecretRef::SessionKey, sessions))
            .chain(numbered(SecretRef::SigningKey, signing));
        of_users
            .chain(numbered(SecretRef::ServiceKey, services))
            .chain(numbered(SecretRef::KerberosPassword, principals))
            .chain(numbered(SecretRef::TicketSessionKey, tickets))
    }
}

/// Descriptions of secrets of one kind, each with the secret.
fn numbered(
    kind: fn(usize) -> SecretRef,
    descriptions: impl Iterator<Item = String>,
) -> impl Iterator<Item = (SecretRef, String)> {
    descriptions.enumerate().map(move |(place, description)| (kind(place), description))
}

impl SecretRef {
    /// The same secret among others, where its own stand behind all of `before`.
    #[must_use]
    pub fn behind<'a>(self, before: impl Iterator<Item = &'a Secrets>) -> SecretRef {
        let sum = |len: fn(&Secrets) -> usize| before.map(len).sum::<usize>();
        match self {
            SecretRef::Password(place) => SecretRef::Password(place + sum(|s| s.passwords.len())),
            SecretRef::NtHash(place) => SecretRef::NtHash(place + sum(|s| s.nt_hashes.len())),
            SecretRef::SessionKey(place) => {
                SecretRef::SessionKey(place + sum(|s| s.session_keys.len()))
            }
            SecretRef::SigningKey(place) => {
                SecretRef::SigningKey(place + sum(|s| s.signing_keys.len()))
            }
            SecretRef::ServiceKey(place) => {
                SecretRef::ServiceKey(place + sum(|s| s.service_keys.len()))
            }
            SecretRef::KerberosPassword(place) => {
                SecretRef::KerberosPassword(place + sum(|s| s.kerberos_passwords.len()))
            }
            SecretRef::TicketSessionKey(place) => {
                SecretRef::TicketSessionKey(place + sum(|s| s.ticket_session_keys.len()))
            }
        }
    }
}

impl Password {
    /// What it is and whose.
    pub fn description(&self) -> String {
        format!("password{}", of_account(self.user.as_deref(), self.domain.as_deref()))
    }
}

impl NtHash {
    /// What it is and whose.
    pub fn description(&self) -> String {
        format!("NT hash{}", of_account(self.user.as_deref(), self.domain.as_deref()))
    }
}

impl PinnedKey {
    /// What it is, as `kind` names it, and whose.
    pub fn description(&self, kind: &str) -> String {
        format!("{kind} {}", self.target.description())
    }
}

impl ServiceKey {
    /// What it is and whose.
    pub fn description(&self) -> String {
        let mut text = match (&self.principal, &self.realm) {
            (Some(principal), Some(realm)) => format!("key of {principal}@{realm}"),
            (Some(principal), None) => format!("key of {principal}"),
            (None, _) => "key of a service".to_owned(),
        };
        if let Some(kvno) = self.kvno {
            text.push_str(&format!(", version {kvno}"));
        }
        text
    }
}

impl KerberosPassword {
    /// What it is and whose.
    pub fn description(&self) -> String {
        format!("password of {}@{}", self.principal, self.realm)
    }
}

impl TicketSessionKey {
    /// What it is.
    pub fn description(&self) -> String {
        format!("session key of a ticket, encryption type {}", self.etype)
    }
}

impl Target {
    /// Which session a key of it is said to be for.
    pub fn description(&self) -> String {
        match (&self.session, self.session_id, self.server) {
            (Some(session), _, _) => format!("of session {session}"),
            (None, Some(id), Some(server)) => format!("of session {id:#018x} at {server}"),
            (None, Some(id), None) => format!("of session {id:#018x}"),
            (None, None, Some(server)) => format!("of a session at {server}"),
            (None, None, None) => "of any session".to_owned(),
        }
    }
}

/// Whose a secret is, as words after what it is.
fn of_account(user: Option<&str>, domain: Option<&str>) -> String {
    match (user, domain) {
        (Some(user), Some(domain)) => format!(" of {domain}\\{user}"),
        (Some(user), None) => format!(" of {user}"),
        (None, _) => String::new(),
    }
}
