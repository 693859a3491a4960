//! What secrets tell about authentications: which secret is right, and the keys that follow.
//!
//! A [`Keyring`] holds the secrets of a run with what is made of them once. It is asked about an
//! authentication and answers with keys and where they come from; it neither sees messages nor
//! remembers sessions.

pub mod gss;
pub mod kdc;
pub mod kerberos;
pub mod ntlm;
pub mod tickets;

pub use crate::secrets::SecretRef;

use std::cell::{Cell, RefCell};
use std::collections::HashMap;

use self::kerberos::TypedKey;
use self::tickets::Tickets;
use crate::auth::ntlmssp::response::ResponseKind;
use crate::crypto::kerberos::EncryptionType;
use crate::crypto::{SecretKey, ntlm as ntlm_keys};
use crate::secrets::Secrets;

/// The secrets of a run, with the hashes of their passwords.
#[derive(Clone, Default)]
pub struct Keyring {
    secrets: Secrets,
    /// NT hashes of the passwords, in the same order.
    password_hashes: Vec<SecretKey>,
    /// Kerberos keys of passwords, which take long to make, by everything that they are made of.
    password_keys: RefCell<HashMap<Recipe, TypedKey>>,
    /// Rounds of PBKDF2 that were made.
    rounds_made: Cell<u64>,
    /// Bytes of messages of the KDC that keys were held against.
    tried: Cell<u64>,
    /// Session keys that the KDC's answers told.
    pub tickets: Tickets,
}

/// What the Kerberos key of a password is made of.
#[derive(Clone, PartialEq, Eq, Hash)]
struct Recipe {
    password: SecretRef,
    etype: EncryptionType,
    salt: String,
    rounds: u32,
}

/// What a secret is held against.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lock {
    /// A client's response of NTLM.
    Response,
    /// A Kerberos ticket, under the service's key.
    Ticket,
    /// What the KDC answered to a client, under the client's key.
    KdcAnswer,
}

/// Where a session's key comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Origin {
    /// The secret.
    pub secret: SecretRef,
    /// How the key follows from it.
    pub way: Way,
}

/// How a key follows from a secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    /// It is the secret.
    Given,
    /// Through a response of NTLM.
    Ntlm(ResponseKind),
    /// Through a Kerberos ticket.
    Kerberos(KeySource),
}

/// Which of a Kerberos exchange's keys it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeySource {
    /// The subkey of AP-REP.
    ApRepSubkey,
    /// The subkey of the authenticator.
    AuthenticatorSubkey,
    /// The session key of the ticket.
    TicketSessionKey,
}

/// Keys of passwords that are made in a run: each takes a hundredth of a second.
const MOST_PASSWORD_KEYS: usize = 512;

/// Rounds that the KDC may name for a key.
const MOST_ROUNDS: u32 = 100_000;

/// Rounds that are made in a run, for all keys together: a few seconds.
const MOST_ROUNDS_OF_RUN: u64 = 8_000_000;

impl Keyring {
    /// A keyring with these secrets.
    pub fn new(secrets: Secrets) -> Keyring {
        let hash = |known: &crate::secrets::Password| ntlm_keys::ntowf_v1(&known.password);
        let password_hashes = secrets.passwords.iter().map(hash).collect();
        Keyring { secrets, password_hashes, ..Keyring::default() }
    }

    /// Whether there are no secrets.
    pub fn is_empty(&self) -> bool {
        self.secrets.is_empty()
    }

    /// The secrets.
    pub fn secrets(&self) -> &Secrets {
        &self.secrets
    }

    /// What a secret is and whose, without the secret.
    pub fn description(&self, secret: SecretRef) -> String {
        let secrets = &self.secrets;
        let found = match secret {
            SecretRef::Password(place) => secrets.passwords.get(place).map(|s| s.description()),
            SecretRef::NtHash(place) => secrets.nt_hashes.get(place).map(|s| s.description()),
            SecretRef::SessionKey(place) => {
                secrets.session_keys.get(place).map(|s| s.description("session key"))
            }
            SecretRef::SigningKey(place) => {
                secrets.signing_keys.get(place).map(|s| s.description("signing key"))
            }
            SecretRef::ServiceKey(place) => {
                secrets.service_keys.get(place).map(|s| s.description())
            }
            SecretRef::KerberosPassword(place) => {
                secrets.kerberos_passwords.get(place).map(|s| s.description())
            }
            SecretRef::TicketSessionKey(place) => {
                secrets.ticket_session_keys.get(place).map(|s| s.description())
            }
        };
        found.unwrap_or_default()
    }

    /// Every NT hash, given or made of a password.
    fn all_nt_hashes(&self) -> impl Iterator<Item = (SecretRef, &SecretKey)> {
        let of_passwords = self.password_hashes.iter().enumerate();
        let given = self.secrets.nt_hashes.iter().enumerate();
        of_passwords
            .map(|(place, hash)| (SecretRef::Password(place), hash))
            .chain(given.map(|(place, known)| (SecretRef::NtHash(place), &known.hash)))
    }

    /// The account and domain that a secret is said to be of.
    fn owner(&self, secret: SecretRef) -> (Option<&str>, Option<&str>) {
        let owner = match secret {
            SecretRef::Password(place) => {
                self.secrets.passwords.get(place).map(|s| (&s.user, &s.domain))
            }
            SecretRef::NtHash(place) => {
                self.secrets.nt_hashes.get(place).map(|s| (&s.user, &s.domain))
            }
            _ => None,
        };
        owner.map_or((None, None), |(user, domain)| (user.as_deref(), domain.as_deref()))
    }

    /// LMOWFv1 of a password.
    fn lm_hash(&self, secret: SecretRef) -> Option<SecretKey> {
        let SecretRef::Password(place) = secret else { return None };
        ntlm_keys::lmowf_v1(&self.secrets.passwords.get(place)?.password)
    }

    /// The password that a secret is.
    fn password(&self, secret: SecretRef) -> Option<&str> {
        match secret {
            SecretRef::Password(place) => {
                self.secrets.passwords.get(place).map(|known| known.password.as_str())
            }
            SecretRef::KerberosPassword(place) => {
                self.secrets.kerberos_passwords.get(place).map(|known| known.password.as_str())
            }
            _ => None,
        }
    }

    /// The Kerberos key of a password for an encryption type; `None` where the run has made as many
    /// as it may. `rounds` are those that the KDC named.
    fn password_key(
        &self,
        password: SecretRef,
        etype: i64,
        salt: &str,
        rounds: Option<u32>,
    ) -> Option<TypedKey> {
        let text = self.password(password)?;
        let etype = i32::try_from(etype).ok().and_then(EncryptionType::from_number)?;
        if etype == EncryptionType::Rc4Hmac {
            return Some(TypedKey::of_nt_hash(ntlm_keys::ntowf_v1(text)));
        }
        let rounds = rounds.unwrap_or(etype.default_rounds());
        let recipe = Recipe { password, etype, salt: salt.to_owned(), rounds };
        let mut made = self.password_keys.borrow_mut();
        if let Some(key) = made.get(&recipe) {
            return Some(key.clone());
        }
        let rounds_made = self.rounds_made.get().saturating_add(rounds.into());
        let is_affordable = made.len() < MOST_PASSWORD_KEYS && rounds_made <= MOST_ROUNDS_OF_RUN;
        if !is_affordable || !(1..=MOST_ROUNDS).contains(&rounds) {
            return None;
        }
        self.rounds_made.set(rounds_made);
        let secret = etype.string_to_key(text, salt.as_bytes(), Some(rounds));
        let key = TypedKey::new(etype.number().into(), secret.as_bytes())?;
        made.insert(recipe, key.clone());
        Some(key)
    }
}

/// The salt of a principal's key (\[MS-KILE\] 3.1.1.2, RFC 4120 4): the realm and the name's parts.
fn usual_salt(principal: &str, realm: &str) -> String {
    match principal.strip_suffix('$') {
        Some(computer) => {
            let (computer, domain) = (computer.to_lowercase(), realm.to_lowercase());
            format!("{realm}host{computer}.{domain}")
        }
        None => format!("{realm}{}", principal.replace('/', "")),
    }
}

#[cfg(test)]
mod tests {
    use zeroize::Zeroizing;

    use super::*;
    use crate::secrets::Password;

    fn keyring() -> Keyring {
        let password =
            Password { user: None, domain: None, password: Zeroizing::new("password".to_owned()) };
        Keyring::new(Secrets { passwords: vec![password], ..Secrets::default() })
    }

    #[test]
    fn keys_are_made_of_as_many_rounds_as_a_run_affords() {
        let keyring = keyring();
        let key = |rounds| keyring.password_key(SecretRef::Password(0), 17, "salt", Some(rounds));
        assert!(key(1).is_some() && key(2).is_some());
        assert_eq!(keyring.rounds_made.get(), 3);
        // No rounds are 2^32 of them (RFC 3962 4).
        assert!(key(0).is_none() && key(u32::MAX).is_none() && key(MOST_ROUNDS + 1).is_none());
        assert_eq!(keyring.rounds_made.get(), 3);
        keyring.rounds_made.set(MOST_ROUNDS_OF_RUN - 2);
        assert!(key(3).is_none());
        // What is made already costs nothing.
        assert!(key(2).is_some());
        let rc4 = keyring.password_key(SecretRef::Password(0), 23, "", None);
        assert!(rc4 == Some(TypedKey::of_nt_hash(ntlm_keys::ntowf_v1("password"))));
    }

    #[test]
    fn a_ticket_has_few_keys_and_each_once() {
        let mut tickets = Tickets::default();
        let key = |value: u8| TypedKey::of_nt_hash(SecretKey::new([value; 16]));
        for value in [1, 1, 2, 1, 3, 4, 5, 6] {
            tickets.add(&[7; 100], SecretRef::Password(0), key(value));
        }
        tickets.add(&[8; 100], SecretRef::Password(0), key(9));
        let known = tickets.of(&[7; 100]);
        assert!(known.iter().map(|(_, known)| known).eq([1, 2, 3, 4].map(key).iter()));
        assert_eq!(tickets.of(&[8; 100]).len(), 1);
        assert_eq!(tickets.of(&[]).len(), 0);
    }
}
