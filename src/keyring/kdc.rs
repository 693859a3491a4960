//! The KDC: keys of clients, and what a ticket that is shown to it tells.

use zeroize::Zeroizing;

use super::kerberos::{TypedKey, same_name, session_key_of_ticket};
use super::ntlm::is_account;
use super::{Keyring, SecretRef, usual_salt};
use crate::auth::kerberos::decrypted::Authenticator;
use crate::auth::kerberos::kdc::{KdcRep, KeyInfo};
use crate::auth::kerberos::{ApReq, EncryptedData, EncryptionType};
use crate::crypto::kerberos::KeyUsage;

/// The keys of a ticket that a client showed to the KDC.
#[derive(Clone)]
pub struct Shown {
    /// What they come from.
    pub secret: SecretRef,
    /// The ticket's session key.
    pub session_key: TypedKey,
    /// The authenticator's subkey.
    pub subkey: Option<TypedKey>,
}

impl Keyring {
    /// What an AS-REP holds, decrypted with the first key of its client that is right. `infos` say
    /// how the KDC makes keys of passwords.
    pub fn open_as_rep(
        &self,
        reply: &KdcRep<'_>,
        infos: &[KeyInfo],
    ) -> Option<(SecretRef, Zeroizing<Vec<u8>>)> {
        let open = |key: &TypedKey| {
            self.try_on(&reply.enc_part)?;
            key.decrypt(&reply.enc_part, KeyUsage::AS_REP)
        };
        let etype = reply.enc_part.etype;
        for secret in self.clients_secrets(reply) {
            let plain = match self.own_key(secret, etype) {
                Some(key) => open(&key),
                None => self.keys_of_password(secret, reply, infos).find_map(|key| open(&key)),
            };
            if let Some(plain) = plain {
                return Some((secret, plain));
            }
        }
        None
    }

    /// The secrets that may be the client's of an AS-REP, those that name it first.
    fn clients_secrets(&self, reply: &KdcRep<'_>) -> Vec<SecretRef> {
        let (cname, crealm) = (reply.cname.to_string(), reply.crealm.as_str());
        let mut found = Vec::new();
        for (place, known) in self.secrets.kerberos_passwords.iter().enumerate() {
            if same_name(&known.principal, &cname) && same_name(&known.realm, crealm) {
                found.push((true, SecretRef::KerberosPassword(place)));
            }
        }
        for (place, known) in self.secrets.service_keys.iter().enumerate() {
            let is_client = known.principal.as_deref().is_none_or(|name| same_name(name, &cname))
                && known.realm.as_deref().is_none_or(|realm| same_name(realm, crealm));
            if is_client {
                found.push((known.principal.is_some(), SecretRef::ServiceKey(place)));
            }
        }
        for (secret, _) in self.all_nt_hashes() {
            match self.owner(secret) {
                (None, _) => found.push((false, secret)),
                (Some(owner), domain) if is_account(owner, domain, &cname, crealm) => {
                    found.push((true, secret));
                }
                (Some(_), _) => {}
            }
        }
        found.sort_by_key(|(is_named, _)| !is_named);
        found.into_iter().map(|(_, secret)| secret).collect()
    }

    /// The key that a secret is by itself; `None` of one that is a password, or for another type.
    fn own_key(&self, secret: SecretRef, etype: EncryptionType) -> Option<TypedKey> {
        let is_rc4 = etype == EncryptionType::RC4_HMAC;
        match secret {
            SecretRef::ServiceKey(place) => {
                let known = self.secrets.service_keys.get(place)?;
                TypedKey::new(known.etype.into(), known.key.as_bytes())
            }
            SecretRef::NtHash(place) if is_rc4 => {
                let known = self.secrets.nt_hashes.get(place)?;
                Some(TypedKey::of_nt_hash(known.hash.clone()))
            }
            _ => None,
        }
    }

    /// The keys that a password may have as the client's of `reply`, made one after the other: with
    /// the salts that were told, and with the usual one where none was.
    fn keys_of_password<'a>(
        &'a self,
        secret: SecretRef,
        reply: &'a KdcRep<'_>,
        infos: &'a [KeyInfo],
    ) -> impl Iterator<Item = TypedKey> + 'a {
        let etype = reply.enc_part.etype;
        let own_salt = match secret {
            SecretRef::KerberosPassword(place) => {
                self.secrets.kerberos_passwords.get(place).and_then(|known| known.salt.as_deref())
            }
            _ => None,
        };
        let is_of_type = move |info: &&KeyInfo| info.etype.is_none_or(|known| known == etype);
        let mut recipes: Vec<(String, Option<u32>)> = Vec::new();
        for info in infos.iter().filter(is_of_type) {
            let salt = own_salt.or(info.salt.as_deref()).map(str::to_owned);
            let salt = salt.unwrap_or_else(|| client_salt(reply));
            recipes.push((salt, info.rounds));
        }
        if recipes.is_empty() {
            recipes.push((own_salt.map_or_else(|| client_salt(reply), str::to_owned), None));
        }
        recipes.dedup();
        recipes.truncate(MOST_RECIPES);
        recipes
            .into_iter()
            .filter_map(move |(salt, rounds)| self.password_key(secret, etype.0, &salt, rounds))
    }

    /// Counts that a key is held against `data`; `None` where the run has done so too often.
    fn try_on(&self, data: &EncryptedData<'_>) -> Option<()> {
        let tried = self.tried.get().saturating_add(data.cipher.len() as u64);
        self.tried.set(tried);
        (tried <= MOST_TRIED).then_some(())
    }

    /// The keys of the ticket in `request`, which was sent to the KDC.
    pub fn shown(&self, request: &ApReq<'_>) -> Option<Shown> {
        let authenticator = request.authenticator.as_ref()?;
        let of_kdc = request.ticket.enc_part.as_ref().and_then(|enc_part| {
            let keys = self.service_keys(&request.ticket, enc_part);
            keys.into_iter()
                .find_map(|(secret, _, key)| Some((secret, session_key_of_ticket(&key, enc_part)?)))
        });
        let told = self.ticket_session_keys(request);
        of_kdc.into_iter().chain(told).find_map(|(secret, session_key)| {
            self.try_on(authenticator)?;
            let plain = session_key.decrypt(authenticator, KeyUsage::TGS_REQ_AUTHENTICATOR)?;
            let subkey = Authenticator::parse(&plain).ok().and_then(|read| read.subkey);
            let subkey = subkey.and_then(|key| TypedKey::of(&key));
            Some(Shown { secret, session_key, subkey })
        })
    }
}

/// Bytes of messages of the KDC that keys are held against in a run: some seconds.
const MOST_TRIED: u64 = 1 << 31;

/// Ways to make a key of a password that are tried for one message.
const MOST_RECIPES: usize = 4;

/// The salt that a client's key has where the KDC tells none.
fn client_salt(reply: &KdcRep<'_>) -> String {
    usual_salt(&reply.cname.to_string(), &reply.crealm)
}
