//! The KDC: keys of clients, and what a ticket that is shown to it tells.
//!
//! A secret that names a client and does not open what the KDC answered to it is wrong only where
//! nothing else explains that: see [`Keyring::open_as_rep`].

use zeroize::Zeroizing;

use super::kerberos::{TypedKey, may_be_version, same_name, session_key_of_ticket};
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

/// What the secrets tell about an AS-REP.
pub enum AsRepTrial {
    /// None is for its client, or may be judged by it.
    NoSecret,
    /// One is for its client by name and does not decrypt it.
    Wrong(SecretRef),
    /// One decrypts it, and this is in it.
    Right(SecretRef, Zeroizing<Vec<u8>>),
}

/// How the KDC makes keys of a client's password.
#[derive(Clone, Copy)]
pub struct Told<'a> {
    /// What it said.
    pub infos: &'a [KeyInfo],
    /// It said so of this client, and not of another one at the same address.
    pub is_of_client: bool,
}

/// How a secret fared with an AS-REP.
enum Held {
    /// It decrypts it.
    Opens(Zeroizing<Vec<u8>>),
    /// It does not, and no other key can be made of it.
    Fails,
    /// It does not, as far as could be tried.
    Unknown,
}

impl Keyring {
    /// What an AS-REP holds, decrypted with the first key of its client that is right. Where none
    /// is, a secret that names the client is wrong if the reply was captured whole and the KDC told
    /// how keys are made of passwords; RC4 has but one way.
    pub fn open_as_rep(&self, reply: &KdcRep<'_>, told: Told<'_>) -> AsRepTrial {
        let mut wrong = None;
        for (is_named, secret) in self.clients_secrets(reply) {
            let held = match self.own_key(secret, reply.enc_part.etype) {
                Some(key) => self.hold(reply, &key),
                None => self.hold_password(secret, reply, told),
            };
            match held {
                Held::Opens(plain) => return AsRepTrial::Right(secret, plain),
                Held::Fails if is_named => wrong = wrong.or(Some(secret)),
                Held::Fails | Held::Unknown => {}
            }
        }
        wrong.map_or(AsRepTrial::NoSecret, AsRepTrial::Wrong)
    }

    /// Holds a key against an AS-REP.
    fn hold(&self, reply: &KdcRep<'_>, key: &TypedKey) -> Held {
        let enc_part = &reply.enc_part;
        if !key.is_for(enc_part) || self.try_on(enc_part).is_none() {
            return Held::Unknown;
        }
        match key.decrypt(enc_part, KeyUsage::AS_REP) {
            Some(plain) => Held::Opens(plain),
            None if enc_part.is_whole => Held::Fails,
            None => Held::Unknown,
        }
    }

    /// Holds the keys that a password may have against an AS-REP, one after the other.
    fn hold_password(&self, secret: SecretRef, reply: &KdcRep<'_>, told: Told<'_>) -> Held {
        let etype = reply.enc_part.etype;
        let Recipes { of_client, are_all } = self.recipes(secret, reply, told);
        let mut are_all_tried = are_all;
        for (salt, rounds) in of_client {
            let key = self.password_key(secret, etype.0, &salt, rounds);
            match key.map_or(Held::Unknown, |key| self.hold(reply, &key)) {
                Held::Fails => {}
                Held::Unknown => are_all_tried = false,
                opens @ Held::Opens(_) => return opens,
            }
        }
        if are_all_tried { Held::Fails } else { Held::Unknown }
    }

    /// Whether `secret` names the client of `reply`.
    pub fn is_clients(&self, secret: SecretRef, reply: &KdcRep<'_>) -> bool {
        self.clients_secrets(reply).contains(&(true, secret))
    }

    /// The secrets that may be the client's of an AS-REP, those that name it first, each with whether
    /// it does.
    fn clients_secrets(&self, reply: &KdcRep<'_>) -> Vec<(bool, SecretRef)> {
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
                let is_named =
                    known.principal.is_some() && may_be_version(known.kvno, reply.enc_part.kvno);
                found.push((is_named, SecretRef::ServiceKey(place)));
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
        found
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

    /// The ways to make a key of a password as the client's of `reply`: with the salts that were
    /// told, and with the usual one where none was.
    fn recipes(&self, secret: SecretRef, reply: &KdcRep<'_>, told: Told<'_>) -> Recipes {
        let etype = reply.enc_part.etype;
        let own_salt = match secret {
            SecretRef::KerberosPassword(place) => {
                self.secrets.kerberos_passwords.get(place).and_then(|known| known.salt.as_deref())
            }
            _ => None,
        };
        let is_of_type = |info: &&KeyInfo| info.etype.is_none_or(|known| known == etype);
        let infos: Vec<&KeyInfo> = told.infos.iter().filter(is_of_type).collect();
        let mut of_client: Vec<(String, Option<u32>)> = Vec::new();
        for info in &infos {
            let salts = [own_salt, info.salt.as_deref()].into_iter().flatten();
            of_client.extend(salts.map(|salt| (salt.to_owned(), info.rounds)));
            if own_salt.or(info.salt.as_deref()).is_none() {
                of_client.push((client_salt(reply), info.rounds));
            }
        }
        if of_client.is_empty() {
            of_client.push((own_salt.map_or_else(|| client_salt(reply), str::to_owned), None));
        }
        of_client.dedup();
        let is_salt_told = told.is_of_client && infos.iter().any(|info| info.salt.is_some());
        let is_certain = is_salt_told || etype == EncryptionType::RC4_HMAC;
        let are_all = is_certain && of_client.len() <= MOST_RECIPES;
        of_client.truncate(MOST_RECIPES);
        Recipes { of_client, are_all }
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

/// Ways to make a key of a password.
struct Recipes {
    /// Salts and rounds.
    of_client: Vec<(String, Option<u32>)>,
    /// If the password is right, its key is among them.
    are_all: bool,
}

/// Bytes of messages of the KDC that keys are held against in a run: some seconds.
const MOST_TRIED: u64 = 1 << 31;

/// Ways to make a key of a password that are tried for one message.
const MOST_RECIPES: usize = 4;

/// The salt that a client's key has where the KDC tells none.
fn client_salt(reply: &KdcRep<'_>) -> String {
    usual_salt(&reply.cname.to_string(), &reply.crealm)
}
