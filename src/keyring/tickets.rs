//! Tickets that the KDC gave out in the capture: their session keys, or the secret that should have
//! told them and did not.

use std::collections::VecDeque;

use super::SecretRef;
use super::kerberos::TypedKey;

/// Session keys that a user's password and the KDC's answers gave, by the ticket they came with.
#[derive(Clone, Default)]
pub struct Tickets {
    known: VecDeque<(Box<[u8]>, SecretRef, TypedKey)>,
    /// Tickets whose keys stay unknown because a secret is wrong.
    shut: VecDeque<(Box<[u8]>, SecretRef)>,
}

/// Bytes of a ticket's cipher text that it is known again by: confounder and more, which no other
/// ticket shares.
const FINGERPRINT: usize = 32;

impl Tickets {
    /// Tickets that are remembered; the oldest is forgotten for a new one.
    const MOST: usize = 4_096;

    /// Keys that one ticket may have: what the KDC encrypted does not say which ticket it is for.
    const MOST_OF_ONE: usize = 4;

    /// Remembers the session key of the ticket with this cipher text.
    pub fn add(&mut self, cipher: &[u8], secret: SecretRef, key: TypedKey) {
        let known = self.of(cipher);
        if known.len() >= Tickets::MOST_OF_ONE || known.iter().any(|(_, other)| *other == key) {
            return;
        }
        if self.known.len() >= Tickets::MOST {
            self.known.pop_front();
        }
        self.known.push_back((fingerprint(cipher).into(), secret, key));
    }

    /// Remembers that `secret` is said to be that of the client of the ticket with this cipher text,
    /// and does not open what the KDC answered to it.
    pub fn add_shut(&mut self, cipher: &[u8], secret: SecretRef) {
        if cipher.is_empty() || self.wrong_secret(cipher).is_some() {
            return;
        }
        if self.shut.len() >= Tickets::MOST {
            self.shut.pop_front();
        }
        self.shut.push_back((fingerprint(cipher).into(), secret));
    }

    /// The secret that is wrong for the client of the ticket with this cipher text.
    pub fn wrong_secret(&self, cipher: &[u8]) -> Option<SecretRef> {
        let wanted = fingerprint(cipher);
        self.shut.iter().find(|(known, _)| **known == *wanted).map(|(_, secret)| *secret)
    }

    /// The session keys of the ticket with this cipher text.
    pub fn of(&self, cipher: &[u8]) -> Vec<(SecretRef, TypedKey)> {
        let wanted = fingerprint(cipher);
        let same =
            self.known.iter().filter(|(known, _, _)| !wanted.is_empty() && **known == *wanted);
        same.map(|(_, secret, key)| (*secret, key.clone())).collect()
    }
}

fn fingerprint(cipher: &[u8]) -> &[u8] {
    cipher.get(..FINGERPRINT).unwrap_or(cipher)
}
