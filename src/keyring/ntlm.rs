//! NTLM: whether a secret made a response, and the key that the session has from it
//! (\[MS-NLMP\] 3.3, 3.4).

use super::kerberos::same_name;
use super::{Keyring, Origin, SecretRef, Way};
use crate::auth::ntlmssp::authenticate::AuthenticateMessage;
use crate::auth::ntlmssp::flags::NegotiateFlags;
use crate::auth::ntlmssp::response::ResponseKind;
use crate::crypto::ntlm::{self, KeyExchange};
use crate::crypto::{SecretKey, is_equal};

/// A client's answer to a server's challenge, as far as a secret can be held against it.
#[derive(Clone, Copy)]
pub struct Response<'a> {
    /// The account.
    pub user: &'a str,
    /// The account's domain, as it was sent.
    pub domain: &'a str,
    /// ServerChallenge.
    pub server_challenge: [u8; 8],
    /// LmChallengeResponse.
    pub lm: &'a [u8],
    /// NtChallengeResponse.
    pub nt: &'a [u8],
    /// What kind of response it is.
    pub kind: ResponseKind,
}

/// What the secrets tell about a response.
pub enum NtlmTrial {
    /// None is for this account.
    NoSecret,
    /// One is for this account and did not make the response.
    Wrong(SecretRef),
    /// One made it.
    Right {
        /// Where the keys come from.
        origin: Origin,
        /// SessionBaseKey.
        session_base_key: SecretKey,
        /// LMOWFv1, where it is known.
        lm_hash: Option<SecretKey>,
    },
}

impl Keyring {
    /// Holds every secret that may be the account's against `response`.
    pub fn ntlm(&self, response: &Response<'_>) -> NtlmTrial {
        let mut wrong = None;
        for (secret, is_named, nt_hash) in self.nt_hashes_for(response.user, response.domain) {
            let lm_hash = self.lm_hash(secret);
            if let Some(session_base_key) = prove(response, nt_hash, lm_hash.as_ref()) {
                let origin = Origin { secret, way: Way::Ntlm(response.kind) };
                return NtlmTrial::Right { origin, session_base_key, lm_hash };
            }
            if is_named && can_be_wrong(response, lm_hash.is_some()) {
                wrong = wrong.or(Some(secret));
            }
        }
        wrong.map_or(NtlmTrial::NoSecret, NtlmTrial::Wrong)
    }

    /// The NT hashes that may be the account's, each with whether its owner is named.
    fn nt_hashes_for(&self, user: &str, domain: &str) -> Vec<(SecretRef, bool, &SecretKey)> {
        self.all_nt_hashes()
            .filter_map(|(secret, hash)| {
                let (owner, of_domain) = self.owner(secret);
                match owner {
                    None => Some((secret, false, hash)),
                    Some(owner) => {
                        is_account(owner, of_domain, user, domain).then_some((secret, true, hash))
                    }
                }
            })
            .collect()
    }
}

/// Whether a response tells for certain that a secret did not make it: one of LM alone needs the
/// password in a character set that may not be known.
fn can_be_wrong(response: &Response<'_>, has_lm_hash: bool) -> bool {
    response.kind != ResponseKind::Lm || has_lm_hash
}

/// Whether a secret of `owner` in `of_domain` is that of the account `user` in `domain`.
pub(super) fn is_account(owner: &str, of_domain: Option<&str>, user: &str, domain: &str) -> bool {
    // Names may be written as user@domain or domain\user in the user's field.
    let (user, domain) = match (user.split_once('@'), user.split_once('\\')) {
        (Some((user, realm)), _) if domain.is_empty() => (user, realm),
        (_, Some((domain, user))) => (user, domain),
        _ => (user, domain),
    };
    let is_domain = of_domain.is_none_or(|of_domain| {
        domain.is_empty() || same_name(of_domain, domain) || is_label_of(of_domain, domain)
    });
    same_name(owner, user) && is_domain
}

/// Whether one of two domains is the first label of the other, as NetBIOS names mostly are.
fn is_label_of(one: &str, other: &str) -> bool {
    let label = |name: &str| name.split('.').next().unwrap_or_default().to_owned();
    one.contains('.') != other.contains('.') && same_name(&label(one), &label(other))
}

/// SessionBaseKey, if `nt_hash` or `lm_hash` made the response.
fn prove(
    response: &Response<'_>,
    nt_hash: &SecretKey,
    lm_hash: Option<&SecretKey>,
) -> Option<SecretKey> {
    let Response { server_challenge, lm, nt, .. } = *response;
    match response.kind {
        ResponseKind::NtlmV2 => {
            let (proof, temp) = nt.split_first_chunk::<16>()?;
            [response.domain, ""].into_iter().find_map(|domain| {
                let owf = ntlm::ntowf_v2(nt_hash, response.user, domain);
                let own = ntlm::nt_proof_str(&owf, server_challenge, temp);
                is_equal(&own, proof).then(|| ntlm::session_base_key_v2(&owf, proof))
            })
        }
        ResponseKind::NtlmV1 => is_equal(&ntlm::desl(nt_hash, server_challenge), nt)
            .then(|| ntlm::session_base_key_v1(nt_hash)),
        ResponseKind::NtlmV1Ess => {
            let challenge = ntlm::ess_challenge(server_challenge, *lm.first_chunk()?);
            is_equal(&ntlm::desl(nt_hash, challenge), nt)
                .then(|| ntlm::session_base_key_v1(nt_hash))
        }
        ResponseKind::Lm => {
            let hash = lm_hash?;
            is_equal(&ntlm::desl(hash, server_challenge), lm).then(|| lm_session_base_key(hash))
        }
    }
}

/// SessionBaseKey where only the LM response was given: LMOWF's first half (\[MS-NLMP\] 3.3.1).
fn lm_session_base_key(lm_hash: &SecretKey) -> SecretKey {
    let mut key = lm_hash.fit::<16>();
    key.iter_mut().skip(8).for_each(|byte| *byte = 0);
    SecretKey::new(key.as_slice())
}

/// ExportedSessionKey of an authentication whose SessionBaseKey is known (\[MS-NLMP\] 3.4.5):
/// what KeyExchangeKey is made of it depends on the flags of `message`.
pub fn exported_session_key(
    message: &AuthenticateMessage<'_>,
    server_challenge: [u8; 8],
    session_base_key: &SecretKey,
    lm_hash: Option<&SecretKey>,
) -> Option<SecretKey> {
    let flags = message.negotiate_flags.unwrap_or_default();
    let lm = message.lm_challenge_response.bytes.unwrap_or_default();
    let key_exchange_key = match message.response_kind()? {
        ResponseKind::NtlmV2 => session_base_key.clone(),
        ResponseKind::NtlmV1Ess => {
            ntlm::key_exchange_key_ess(session_base_key, server_challenge, *lm.first_chunk()?)
        }
        ResponseKind::NtlmV1 | ResponseKind::Lm => {
            let how = if flags.contains(NegotiateFlags::NTLMSSP_NEGOTIATE_LM_KEY) {
                KeyExchange::LmKey
            } else if flags.contains(NegotiateFlags::NTLMSSP_REQUEST_NON_NT_SESSION_KEY) {
                KeyExchange::NonNtSessionKey
            } else {
                KeyExchange::Plain
            };
            ntlm::key_exchange_key_v1(how, session_base_key, lm_hash, lm)?
        }
    };
    let encrypted = message.encrypted_random_session_key.bytes.unwrap_or_default();
    match encrypted.first_chunk::<16>() {
        Some(encrypted) if flags.contains(NegotiateFlags::NTLMSSP_NEGOTIATE_KEY_EXCH) => {
            Some(ntlm::exported_session_key(&key_exchange_key, encrypted))
        }
        _ => Some(key_exchange_key),
    }
}
