//! NTLM: responses and keys (\[MS-NLMP\] 3.3, 3.4).

use des::Des;
use des::cipher::{Array, BlockCipherEncrypt, StreamCipher};
use hmac::{Hmac, KeyInit, Mac};
use md4::Md4;
use md5::{Digest, Md5};
use rc4::Rc4;
use zeroize::Zeroizing;

use super::SecretKey;

/// The bytes that a password is in UTF-16, little-endian.
fn utf16(text: &str) -> Zeroizing<Vec<u8>> {
    Zeroizing::new(text.encode_utf16().flat_map(u16::to_le_bytes).collect())
}

/// NTOWFv1: the NT hash of a password (\[MS-NLMP\] 3.3.1).
pub fn ntowf_v1(password: &str) -> SecretKey {
    SecretKey::new(Md4::digest(utf16(password).as_slice()).as_slice())
}

/// LMOWFv1 (\[MS-NLMP\] 3.3.1); `None` for a password with characters that the OEM code page may
/// write in another way than ASCII does, or with more than 14.
pub fn lmowf_v1(password: &str) -> Option<SecretKey> {
    if !password.is_ascii() || password.len() > 14 {
        return None;
    }
    let mut padded = Zeroizing::new([0; 14]);
    for (to, from) in padded.iter_mut().zip(password.bytes()) {
        *to = from.to_ascii_uppercase();
    }
    let halves = padded.chunks_exact(7).flat_map(|half| des(half, *b"KGS!@#$%"));
    Some(SecretKey::new(halves.collect::<Vec<u8>>()))
}

/// NTOWFv2 (\[MS-NLMP\] 3.3.2): `domain` as the AUTHENTICATE message has it.
pub fn ntowf_v2(nt_hash: &SecretKey, user: &str, domain: &str) -> SecretKey {
    let name: String = user.chars().map(upper).chain(domain.chars()).collect();
    SecretKey::new(hmac_md5(nt_hash.as_bytes(), &[&utf16(&name)]))
}

/// The upper case of a character where that is one character, as Windows' table has it.
fn upper(character: char) -> char {
    let mut upper = character.to_uppercase();
    match (upper.next(), upper.next()) {
        (Some(only), None) => only,
        _ => character,
    }
}

/// NTProofStr of NTLMv2: the first 16 bytes of a right response, of which `temp` is the rest.
pub fn nt_proof_str(ntowf_v2: &SecretKey, server_challenge: [u8; 8], temp: &[u8]) -> [u8; 16] {
    hmac_md5(ntowf_v2.as_bytes(), &[&server_challenge, temp])
}

/// SessionBaseKey of NTLMv2, which is its KeyExchangeKey too.
pub fn session_base_key_v2(ntowf_v2: &SecretKey, nt_proof_str: &[u8; 16]) -> SecretKey {
    SecretKey::new(hmac_md5(ntowf_v2.as_bytes(), &[nt_proof_str]))
}

/// LMv2 response without the client's challenge that follows it.
pub fn lm_v2_proof(ntowf_v2: &SecretKey, server_challenge: [u8; 8], client: [u8; 8]) -> [u8; 16] {
    hmac_md5(ntowf_v2.as_bytes(), &[&server_challenge, &client])
}

/// SessionBaseKey of NTLMv1.
pub fn session_base_key_v1(nt_hash: &SecretKey) -> SecretKey {
    SecretKey::new(Md4::digest(nt_hash.as_bytes()).as_slice())
}

/// DESL: the response of NTLMv1 and of LM to a challenge (\[MS-NLMP\] 6).
pub fn desl(hash: &SecretKey, challenge: [u8; 8]) -> [u8; 24] {
    let key = hash.fit::<21>();
    // The hash has 16 bytes; the last five of the three DES keys are zeros.
    let mut keys = Zeroizing::new([0; 21]);
    for (to, from) in keys.iter_mut().zip(key.iter().take(16)) {
        *to = *from;
    }
    let mut response = [0; 24];
    let blocks = keys.chunks_exact(7).flat_map(|part| des(part, challenge));
    for (to, from) in response.iter_mut().zip(blocks) {
        *to = from;
    }
    response
}

/// The challenge that the response of NTLMv1 with extended session security answers.
pub fn ess_challenge(server_challenge: [u8; 8], client_challenge: [u8; 8]) -> [u8; 8] {
    let hash: [u8; 16] =
        Md5::new_with_prefix(server_challenge).chain_update(client_challenge).finalize().into();
    hash.first_chunk().copied().unwrap_or_default()
}

/// How the KeyExchangeKey of NTLMv1 is made (\[MS-NLMP\] 3.4.5.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyExchange {
    /// It is the SessionBaseKey.
    Plain,
    /// NTLMSSP_NEGOTIATE_LM_KEY.
    LmKey,
    /// NTLMSSP_REQUEST_NON_NT_SESSION_KEY.
    NonNtSessionKey,
}

/// KeyExchangeKey of NTLMv1 without extended session security. `None` where the LM hash is needed and
/// not known.
pub fn key_exchange_key_v1(
    how: KeyExchange,
    session_base_key: &SecretKey,
    lm_hash: Option<&SecretKey>,
    lm_response: &[u8],
) -> Option<SecretKey> {
    match how {
        KeyExchange::Plain => Some(session_base_key.clone()),
        KeyExchange::NonNtSessionKey => {
            let mut key = lm_hash?.fit::<16>();
            key.iter_mut().skip(8).for_each(|byte| *byte = 0);
            Some(SecretKey::new(key.as_slice()))
        }
        KeyExchange::LmKey => {
            let response = *lm_response.first_chunk::<8>()?;
            let hash = lm_hash?.fit::<8>();
            let mut second = Zeroizing::new([0xBD; 7]);
            *second.first_mut()? = *hash.last()?;
            let halves = [des(hash.get(..7)?, response), des(second.as_slice(), response)];
            Some(SecretKey::new(halves.concat()))
        }
    }
}

/// KeyExchangeKey of NTLMv1 with extended session security.
pub fn key_exchange_key_ess(
    session_base_key: &SecretKey,
    server_challenge: [u8; 8],
    client_challenge: [u8; 8],
) -> SecretKey {
    SecretKey::new(hmac_md5(session_base_key.as_bytes(), &[&server_challenge, &client_challenge]))
}

/// ExportedSessionKey where NTLMSSP_NEGOTIATE_KEY_EXCH is set: EncryptedRandomSessionKey, decrypted.
pub fn exported_session_key(key_exchange_key: &SecretKey, encrypted: &[u8; 16]) -> SecretKey {
    SecretKey::new(rc4(key_exchange_key.as_bytes(), encrypted))
}

/// The MIC over the three messages of an authentication, `authenticate` with its MIC field zeroed.
pub fn mic(exported_session_key: &SecretKey, messages: [&[u8]; 3]) -> [u8; 16] {
    hmac_md5(exported_session_key.as_bytes(), &messages)
}

/// Who makes a code of NTLM's own signing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Signer {
    /// The client.
    Client,
    /// The server.
    Server,
}

/// The mechListMIC of SPNEGO, the first message that NTLM signs in each direction, with extended
/// session security (\[MS-NLMP\] 3.4.4.2, RFC 4178 5).
///
/// `seal_key_len` is 16, 7 or 5 by the strength that was negotiated; `is_key_exchanged` says that
/// NTLMSSP_NEGOTIATE_KEY_EXCH is set.
pub fn mech_list_mic(
    exported_session_key: &SecretKey,
    signer: Signer,
    mech_types: &[u8],
    seal_key_len: usize,
    is_key_exchanged: bool,
) -> [u8; 16] {
    let (sign, seal): (&[u8], &[u8]) = match signer {
        Signer::Client => (
            b"session key to client-to-server signing key magic constant\0",
            b"session key to client-to-server sealing key magic constant\0",
        ),
        Signer::Server => (
            b"session key to server-to-client signing key magic constant\0",
            b"session key to server-to-client sealing key magic constant\0",
        ),
    };
    let key = exported_session_key.as_bytes();
    let sign_key: [u8; 16] = Md5::new_with_prefix(key).chain_update(sign).finalize().into();
    let strength = key.get(..seal_key_len).unwrap_or(key);
    let seal_key: [u8; 16] = Md5::new_with_prefix(strength).chain_update(seal).finalize().into();
    let code = hmac_md5(&sign_key, &[&[0; 4], mech_types]);
    let mut checksum: [u8; 8] = code.first_chunk().copied().unwrap_or_default();
    if is_key_exchanged {
        let sealed = rc4(&seal_key, &checksum);
        for (to, from) in checksum.iter_mut().zip(sealed) {
            *to = from;
        }
    }
    let mut mic = [0; 16];
    let version = [1, 0, 0, 0];
    for (to, from) in mic.iter_mut().zip(version.iter().chain(&checksum)) {
        *to = *from;
    }
    mic
}

fn hmac_md5(key: &[u8], parts: &[&[u8]]) -> [u8; 16] {
    // HMAC takes keys of any length.
    let Ok(mut mac) = Hmac::<Md5>::new_from_slice(key) else { return [0; 16] };
    parts.iter().for_each(|part| mac.update(part));
    mac.finalize().into_bytes().into()
}

fn rc4(key: &[u8], bytes: &[u8]) -> Vec<u8> {
    let mut bytes = bytes.to_vec();
    if let Ok(mut cipher) = Rc4::new_from_slice(key) {
        cipher.apply_keystream(&mut bytes);
    }
    bytes
}

/// DES with a key of seven bytes, each bit of which counts.
fn des(key: &[u8], block: [u8; 8]) -> [u8; 8] {
    let bits = key.iter().take(7).fold(0_u64, |bits, byte| bits << 8 | u64::from(*byte));
    let mut spread = Zeroizing::new([0; 8]);
    for (place, byte) in spread.iter_mut().enumerate() {
        *byte = ((bits >> (49 - 7 * place)) as u8 & 0x7F) << 1;
    }
    let mut block = Array(block);
    Des::new(&Array(*spread)).encrypt_block(&mut block);
    block.0
}
