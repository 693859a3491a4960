//! Kerberos: from a ticket to the keys that its session may have (RFC 4120, \[MS-KILE\] 3.1.1.2).

use super::gss::TicketKeys;
use super::{Keyring, Lock, SecretRef, usual_salt};
use crate::auth::kerberos::decrypted::{EncTicketPart, EncryptionKey as PlainKey};
use crate::auth::kerberos::{self, ApRep, ApReq, EncryptedData, Ticket};
use crate::crypto::SecretKey;
use crate::crypto::kerberos::{EncryptionType, KeyUsage};

/// What the secrets tell about a ticket.
pub enum TicketTrial {
    /// None is for it.
    NoSecret,
    /// One is for its service or its client by name, and does not open this.
    Wrong(SecretRef, Lock),
    /// Its session key is known, and with it the exchange's keys.
    Right(TicketKeys),
}

/// A key with its encryption type.
#[derive(Clone, PartialEq, Eq)]
pub struct TypedKey {
    etype: EncryptionType,
    key: SecretKey,
}

impl TypedKey {
    /// `key` for the encryption type with this number; `None` for a type that is not read.
    pub fn new(etype: i64, key: &[u8]) -> Option<TypedKey> {
        let etype = i32::try_from(etype).ok().and_then(EncryptionType::from_number)?;
        (key.len() == etype.key_len()).then(|| TypedKey { etype, key: SecretKey::new(key) })
    }

    /// The key of RC4 that an NT hash is.
    pub(super) fn of_nt_hash(key: SecretKey) -> TypedKey {
        TypedKey { etype: EncryptionType::Rc4Hmac, key }
    }

    /// The key that a message told.
    pub fn of(plain: &PlainKey<'_>) -> Option<TypedKey> {
        TypedKey::new(plain.keytype.0, plain.keyvalue)
    }

    /// Whether `data` is encrypted with a key of this type.
    pub fn is_for(&self, data: &EncryptedData<'_>) -> bool {
        data.etype.0 == i64::from(self.etype.number())
    }

    /// What `data` holds; `None` for another type and where the key is not right.
    pub fn decrypt(
        &self,
        data: &EncryptedData<'_>,
        usage: KeyUsage,
    ) -> Option<zeroize::Zeroizing<Vec<u8>>> {
        self.is_for(data).then(|| self.etype.decrypt(&self.key, usage, data.cipher)).flatten()
    }

    /// The key itself.
    pub(super) fn key(&self) -> &SecretKey {
        &self.key
    }

    /// Whether it is a key of RC4.
    pub(super) fn is_rc4(&self) -> bool {
        self.etype == EncryptionType::Rc4Hmac
    }

    /// The checksum over `parts`, one behind the other.
    pub(super) fn checksum(&self, usage: KeyUsage, parts: &[&[u8]]) -> Option<Vec<u8>> {
        self.etype.checksum(&self.key, usage, parts)
    }

    /// KRB-FX-CF2 of this key and `other`, each with its pepper (RFC 6113 5.1).
    #[must_use]
    pub fn combined(&self, pepper: &str, other: &TypedKey, other_pepper: &str) -> TypedKey {
        let others = (other.etype, &other.key, other_pepper.as_bytes());
        let key = self.etype.fx_cf2((&self.key, pepper.as_bytes()), others);
        TypedKey { etype: self.etype, key }
    }
}

impl Keyring {
    /// Finds the session key of the ticket in `request` and from it the keys of the exchange.
    pub fn ticket(&self, request: &ApReq<'_>, reply: Option<&ApRep<'_>>) -> TicketTrial {
        let mut wrong = None;
        if let Some(enc_part) = &request.ticket.enc_part {
            for (secret, is_named, key) in self.service_keys(&request.ticket, enc_part) {
                match session_key_of_ticket(&key, enc_part) {
                    Some(session_key) => {
                        let keys = TicketKeys::of(secret, session_key, request, reply);
                        return TicketTrial::Right(keys);
                    }
                    None if is_named && enc_part.is_whole => {
                        wrong = wrong.or(Some((secret, Lock::Ticket)));
                    }
                    None => {}
                }
            }
        }
        for (secret, session_key) in self.ticket_session_keys(request) {
            if opens(&session_key, request, reply) {
                return TicketTrial::Right(TicketKeys::of(secret, session_key, request, reply));
            }
        }
        let cipher = request.ticket.enc_part.map_or(&[][..], |part| part.cipher);
        let of_client = || Some((self.tickets.wrong_secret(cipher)?, Lock::KdcAnswer));
        match wrong.or_else(of_client) {
            None => TicketTrial::NoSecret,
            Some((secret, lock)) => TicketTrial::Wrong(secret, lock),
        }
    }

    /// The long-term keys that may be the service's, each with whether its owner says so.
    pub(super) fn service_keys(
        &self,
        ticket: &Ticket<'_>,
        enc_part: &EncryptedData<'_>,
    ) -> Vec<(SecretRef, bool, TypedKey)> {
        let sname = ticket.sname.to_string();
        let mut found = Vec::new();
        for (place, known) in self.secrets.service_keys.iter().enumerate() {
            let is_of_type = i64::from(known.etype) == enc_part.etype.0;
            let Some(key) = TypedKey::new(known.etype.into(), known.key.as_bytes()) else {
                continue;
            };
            let is_named = known.principal.as_deref().is_some_and(|name| same_name(name, &sname))
                && known.realm.as_deref().is_none_or(|realm| same_name(realm, &ticket.realm));
            if is_of_type {
                let is_named = is_named && may_be_version(known.kvno, enc_part.kvno);
                found.push((SecretRef::ServiceKey(place), is_named, key));
            }
        }
        for (place, known) in self.secrets.kerberos_passwords.iter().enumerate() {
            let is_named =
                same_name(&known.principal, &sname) && same_name(&known.realm, &ticket.realm);
            let salt = known.salt.clone();
            let salt = salt.unwrap_or_else(|| usual_salt(&known.principal, &known.realm));
            let secret = SecretRef::KerberosPassword(place);
            let key = self.password_key(secret, enc_part.etype.0, &salt, None);
            found.extend(key.map(|key| (secret, is_named, key)));
        }
        // With RC4 the key of a service is its account's NT hash.
        if enc_part.etype == kerberos::EncryptionType::RC4_HMAC {
            for (secret, hash) in self.all_nt_hashes() {
                found.push((secret, false, TypedKey::of_nt_hash(hash.clone())));
            }
        }
        // A key whose owner is named comes first.
        found.sort_by_key(|(_, is_named, _)| !is_named);
        found
    }

    /// Session keys of tickets that may be that of `request`'s: those that were given, and those
    /// that the KDC's answers in the capture told.
    pub(super) fn ticket_session_keys(&self, request: &ApReq<'_>) -> Vec<(SecretRef, TypedKey)> {
        let given =
            self.secrets.ticket_session_keys.iter().enumerate().filter_map(|(place, known)| {
                let key = TypedKey::new(known.etype.into(), known.key.as_bytes())?;
                Some((SecretRef::TicketSessionKey(place), key))
            });
        let cipher = request.ticket.enc_part.map_or(&[][..], |part| part.cipher);
        self.tickets.of(cipher).into_iter().chain(given).collect()
    }
}

/// Whether `key` is the session key of the ticket in `request`.
fn opens(key: &TypedKey, request: &ApReq<'_>, reply: Option<&ApRep<'_>>) -> bool {
    let authenticator = request.authenticator.as_ref();
    authenticator.is_some_and(|data| key.decrypt(data, KeyUsage::AP_REQ_AUTHENTICATOR).is_some())
        || reply.is_some_and(|reply| key.decrypt(&reply.enc_part, KeyUsage::AP_REP).is_some())
}

/// The session key in a ticket that `key` decrypts.
pub(super) fn session_key_of_ticket(
    key: &TypedKey,
    enc_part: &EncryptedData<'_>,
) -> Option<TypedKey> {
    let plain = key.decrypt(enc_part, KeyUsage::TICKET)?;
    TypedKey::of(&EncTicketPart::parse(&plain).ok()?.key)
}

/// Whether a key of the version `own` may be that of the version `its`. The version of a keytab has 8
/// bits in its oldest form.
pub(super) fn may_be_version(own: Option<u32>, its: Option<i64>) -> bool {
    own.zip(its)
        .is_none_or(|(own, its)| i64::from(own) == its || i64::from(own & 0xff) == its & 0xff)
}

/// Whether two names are the same: Windows does not tell upper case from lower.
pub fn same_name(one: &str, other: &str) -> bool {
    one.to_lowercase() == other.to_lowercase()
}
