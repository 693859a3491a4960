//! What a run was told, as far as its report depends on it.

use serde::{Deserialize, Serialize};

/// What a run was told. No secret stands here, nor where one came from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct RunOptions {
    /// The messages of every session are listed.
    pub messages: bool,
    /// Each capture has a report of its own, whatever others were given with it.
    pub separate: bool,
    /// Names, accounts and addresses are replaced.
    pub redacted: bool,
    /// How many secrets were given.
    pub secrets: SecretCounts,
}

/// How many secrets of each kind were given.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct SecretCounts {
    /// Passwords of users.
    pub passwords: usize,
    /// NT hashes of users.
    pub nt_hashes: usize,
    /// Session keys of SMB.
    pub session_keys: usize,
    /// Keys that sign.
    pub signing_keys: usize,
    /// Keys of Kerberos services.
    pub service_keys: usize,
    /// Passwords of Kerberos principals.
    pub kerberos_passwords: usize,
    /// Session keys of Kerberos tickets.
    pub ticket_session_keys: usize,
}
