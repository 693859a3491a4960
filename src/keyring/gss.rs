//! The keys of a Kerberos exchange whose ticket is open, and what GSS-API makes of them
//! (RFC 4121 2, RFC 4757 7, \[MS-KILE\] 3.1.1.2).

use super::kerberos::TypedKey;
use super::{KeySource, Origin, SecretRef, Way};
use crate::auth::kerberos::decrypted::{Authenticator, EncApRepPart, EncryptionKey};
use crate::auth::kerberos::mic::{MicFlags, MicToken};
use crate::auth::kerberos::{ApRep, ApReq};
use crate::crypto::kerberos::KeyUsage;
use crate::crypto::ntlm::Signer;
use crate::crypto::{SecretKey, is_equal};

/// A key that a session's GSS mechanism may have given it.
#[derive(Clone)]
pub struct GssKey {
    /// The key, of any length.
    pub key: SecretKey,
    /// Where it comes from.
    pub origin: Origin,
}

/// The keys of an exchange.
pub struct TicketKeys {
    secret: SecretRef,
    session_key: TypedKey,
    /// The client's subkey.
    of_request: Subkey,
    /// The server's.
    of_reply: Subkey,
}

/// A side's own key.
enum Subkey {
    /// The message that would hold it was not read.
    Unknown,
    /// The side chose none.
    Absent,
    /// This one, with the number of its encryption type.
    Chosen(i64, SecretKey),
}

impl Subkey {
    fn of(key: Option<EncryptionKey<'_>>) -> Subkey {
        match key {
            Some(key) => Subkey::Chosen(key.keytype.0, SecretKey::new(key.keyvalue)),
            None => Subkey::Absent,
        }
    }

    fn key(&self) -> Option<SecretKey> {
        match self {
            Subkey::Chosen(_, key) => Some(key.clone()),
            Subkey::Unknown | Subkey::Absent => None,
        }
    }

    fn typed(&self) -> Option<TypedKey> {
        match self {
            Subkey::Chosen(keytype, key) => TypedKey::new(*keytype, key.as_bytes()),
            Subkey::Unknown | Subkey::Absent => None,
        }
    }
}

impl TicketKeys {
    /// The keys of an exchange whose ticket has this session key.
    pub(super) fn of(
        secret: SecretRef,
        session_key: TypedKey,
        request: &ApReq<'_>,
        reply: Option<&ApRep<'_>>,
    ) -> TicketKeys {
        let of_request = request.authenticator.as_ref().and_then(|data| {
            let plain = session_key.decrypt(data, KeyUsage::AP_REQ_AUTHENTICATOR)?;
            Some(Subkey::of(Authenticator::parse(&plain).ok()?.subkey))
        });
        let of_reply = reply.and_then(|reply| {
            let plain = session_key.decrypt(&reply.enc_part, KeyUsage::AP_REP)?;
            Some(Subkey::of(EncApRepPart::parse(&plain).ok()?.subkey))
        });
        TicketKeys {
            secret,
            session_key,
            of_request: of_request.unwrap_or(Subkey::Unknown),
            of_reply: of_reply.unwrap_or(Subkey::Unknown),
        }
    }

    /// The keys that the session may have, in the order in which they are tried: AP-REP's subkey,
    /// that of the authenticator, the session key itself (\[MS-KILE\] 3.1.1.2).
    pub fn of_session(&self) -> Vec<GssKey> {
        let keys = [
            (KeySource::ApRepSubkey, self.of_reply.key()),
            (KeySource::AuthenticatorSubkey, self.of_request.key()),
            (KeySource::TicketSessionKey, Some(self.session_key.key().clone())),
        ];
        let origin = |source| Origin { secret: self.secret, way: Way::Kerberos(source) };
        let known = keys.into_iter().filter_map(|(source, key)| Some((source, key?)));
        known.map(|(source, key)| GssKey { key, origin: origin(source) }).collect()
    }

    /// Whether the token `mic` of `signer` is right over `message`; `None` where it is of another
    /// kind, or the key that made it is not known.
    pub fn check_mic(&self, signer: Signer, mic: &[u8], message: &[u8]) -> Option<bool> {
        let usage = match signer {
            Signer::Client => KeyUsage::INITIATOR_SIGN,
            Signer::Server => KeyUsage::ACCEPTOR_SIGN,
        };
        match MicToken::parse(mic)? {
            MicToken::Cfx { flags, header, checksum } => {
                let own = self.key_of(flags)?.checksum(usage, &[message, header])?;
                Some(is_equal(&own, checksum))
            }
            // Which of its keys RC4 signs with is not told, so that no key's code is wrong.
            MicToken::Rc4 { header, checksum } => {
                let is_right = |key: TypedKey| {
                    let own = key.checksum(KeyUsage::RC4_MIC, &[header, message]);
                    own.and_then(|own| Some(is_equal(own.get(..8)?, checksum))) == Some(true)
                };
                let subkeys = [&self.of_reply, &self.of_request].into_iter();
                let mut keys = subkeys.filter_map(Subkey::typed).chain([self.session_key.clone()]);
                keys.any(|key| key.is_rc4() && is_right(key)).then_some(true)
            }
        }
    }

    /// The key that made a token with these flags (RFC 4121 2).
    fn key_of(&self, flags: MicFlags) -> Option<TypedKey> {
        if flags.contains(MicFlags::ACCEPTOR_SUBKEY) {
            return self.of_reply.typed();
        }
        match self.of_request {
            Subkey::Unknown => None,
            Subkey::Absent => Some(self.session_key.clone()),
            Subkey::Chosen(..) => self.of_request.typed(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TYPES: &[u8] = &[0x30, 4, 6, 2, 0x2a, 3];

    fn keys(of_request: Subkey, of_reply: Subkey) -> TicketKeys {
        let session_key = TypedKey::new(18, &[1; 32]).unwrap();
        TicketKeys { secret: SecretRef::ServiceKey(0), session_key, of_request, of_reply }
    }

    fn chosen(etype: i64, value: u8) -> Subkey {
        let len = if etype == 18 || etype == 20 { 32 } else { 16 };
        Subkey::Chosen(etype, SecretKey::new(vec![value; len]))
    }

    /// A token as RFC 4121 4.2.4 makes it.
    fn token(etype: i64, value: u8, usage: u32, flags: u8) -> Vec<u8> {
        let key = chosen(etype, value).typed().unwrap();
        let header = [&[4, 4, flags][..], &[0xff; 5], &[0; 8]].concat();
        let checksum = key.checksum(KeyUsage(usage), &[&[TYPES, &header].concat()]).unwrap();
        [header, checksum].concat()
    }

    #[test]
    fn a_code_is_held_against_the_key_that_its_flags_name() {
        for etype in [17, 18, 19, 20] {
            let both = keys(chosen(etype, 2), chosen(etype, 3));
            let check = |signer, mic: &[u8]| both.check_mic(signer, mic, TYPES);
            assert_eq!(check(Signer::Client, &token(etype, 2, 25, 0)), Some(true), "{etype}");
            assert_eq!(check(Signer::Client, &token(etype, 3, 25, 4)), Some(true));
            assert_eq!(check(Signer::Server, &token(etype, 3, 23, 5)), Some(true));
            assert_eq!(check(Signer::Server, &token(etype, 2, 23, 5)), Some(false));
            assert_eq!(check(Signer::Server, &token(etype, 3, 25, 5)), Some(false));
            let mut altered = token(etype, 3, 23, 5);
            *altered.last_mut().unwrap() ^= 1;
            assert_eq!(check(Signer::Server, &altered), Some(false));
            assert_eq!(both.check_mic(Signer::Server, &token(etype, 3, 23, 5), b"x"), Some(false));
        }
        let none = keys(Subkey::Absent, Subkey::Unknown);
        let of_ticket = token(18, 1, 25, 0);
        assert_eq!(none.check_mic(Signer::Client, &of_ticket, TYPES), Some(true));
    }

    #[test]
    fn a_code_whose_key_is_not_known_is_not_checked() {
        let unknown = keys(Subkey::Unknown, Subkey::Unknown);
        for flags in [0, 4] {
            let mic = token(18, 1, 25, flags);
            assert_eq!(unknown.check_mic(Signer::Client, &mic, TYPES), None);
        }
        // An acceptor without a subkey, and one of a type that is not read.
        for of_reply in [Subkey::Absent, Subkey::Chosen(3, SecretKey::new([7; 8]))] {
            let keys = keys(Subkey::Absent, of_reply);
            assert_eq!(keys.check_mic(Signer::Server, &token(18, 1, 23, 5), TYPES), None);
        }
        assert_eq!(unknown.check_mic(Signer::Client, &[4, 4, 0], TYPES), None);
    }

    #[test]
    fn a_code_of_rc4_is_right_by_one_of_the_keys_or_not_checked() {
        let keys = keys(chosen(23, 2), chosen(23, 3));
        let token = |value: u8| {
            let header = [1, 1, 0x11, 0, 0xff, 0xff, 0xff, 0xff];
            let key = chosen(23, value).typed().unwrap();
            let code = key.checksum(KeyUsage(15), &[&header, TYPES]).unwrap();
            let oid = [6, 9, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x12, 1, 2, 2];
            [&[0x60, 35][..], &oid, &header, &[9; 8], &code[..8]].concat()
        };
        assert_eq!(keys.check_mic(Signer::Client, &token(2), TYPES), Some(true));
        assert_eq!(keys.check_mic(Signer::Server, &token(3), TYPES), Some(true));
        assert_eq!(keys.check_mic(Signer::Server, &token(4), TYPES), None);
    }
}
