//! Kerberos: keys from passwords, and decryption (RFC 3961, 3962, 4757, 8009).

use aes::cipher::{Array, BlockCipherEncrypt};
use aes::{Aes128, Aes256};
use cts::cipher::InnerIvInit;
use cts::{CbcCs3, Decrypt};
use des::cipher::StreamCipher;
use hmac::{Hmac, KeyInit, Mac};
use md5::Md5;
use rc4::Rc4;
use sha1::{Digest, Sha1};
use sha2::{Sha256, Sha384};
use zeroize::Zeroizing;

use super::{SecretKey, is_equal, ntlm};

/// An encryption type that is read here.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum EncryptionType {
    /// 17: aes128-cts-hmac-sha1-96 (RFC 3962).
    Aes128CtsHmacSha1,
    /// 18: aes256-cts-hmac-sha1-96 (RFC 3962).
    Aes256CtsHmacSha1,
    /// 19: aes128-cts-hmac-sha256-128 (RFC 8009).
    Aes128CtsHmacSha256,
    /// 20: aes256-cts-hmac-sha384-192 (RFC 8009).
    Aes256CtsHmacSha384,
    /// 23: rc4-hmac (RFC 4757).
    Rc4Hmac,
}

/// What is encrypted, which goes into the key (RFC 4120 7.5.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KeyUsage(pub u32);

impl KeyUsage {
    /// The encrypted part of a ticket, with the service's key.
    pub const TICKET: KeyUsage = KeyUsage(2);
    /// The encrypted part of an AS-REP, with the client's key.
    pub const AS_REP: KeyUsage = KeyUsage(3);
    /// The encrypted part of a TGS-REP, with the session key.
    pub const TGS_REP_SESSION_KEY: KeyUsage = KeyUsage(8);
    /// The encrypted part of a TGS-REP, with the authenticator's subkey.
    pub const TGS_REP_SUBKEY: KeyUsage = KeyUsage(9);
    /// The authenticator of a TGS-REQ's PA-TGS-REQ.
    pub const TGS_REQ_AUTHENTICATOR: KeyUsage = KeyUsage(7);
    /// The authenticator of an AP-REQ.
    pub const AP_REQ_AUTHENTICATOR: KeyUsage = KeyUsage(11);
    /// The encrypted part of an AP-REP.
    pub const AP_REP: KeyUsage = KeyUsage(12);
    /// The code over a message that the acceptor signs (RFC 4121 2).
    pub const ACCEPTOR_SIGN: KeyUsage = KeyUsage(23);
    /// The code over a message that the initiator signs (RFC 4121 2).
    pub const INITIATOR_SIGN: KeyUsage = KeyUsage(25);
    /// The code over a message of either side with RC4 (RFC 4757 7.2).
    pub const RC4_MIC: KeyUsage = KeyUsage(15);
    /// The KDC's answer under the armour of FAST (RFC 6113 5.4.3).
    pub const FAST_REP: KeyUsage = KeyUsage(52);
}

impl EncryptionType {
    /// The type with this number; `None` for one that is not read.
    pub const fn from_number(number: i32) -> Option<EncryptionType> {
        Some(match number {
            17 => EncryptionType::Aes128CtsHmacSha1,
            18 => EncryptionType::Aes256CtsHmacSha1,
            19 => EncryptionType::Aes128CtsHmacSha256,
            20 => EncryptionType::Aes256CtsHmacSha384,
            23 => EncryptionType::Rc4Hmac,
            _ => return None,
        })
    }

    /// Its number.
    pub const fn number(self) -> i32 {
        match self {
            EncryptionType::Aes128CtsHmacSha1 => 17,
            EncryptionType::Aes256CtsHmacSha1 => 18,
            EncryptionType::Aes128CtsHmacSha256 => 19,
            EncryptionType::Aes256CtsHmacSha384 => 20,
            EncryptionType::Rc4Hmac => 23,
        }
    }

    /// Bytes of its keys.
    pub const fn key_len(self) -> usize {
        match self {
            EncryptionType::Aes256CtsHmacSha1 | EncryptionType::Aes256CtsHmacSha384 => 32,
            _ => 16,
        }
    }

    /// Rounds of PBKDF2 where the KDC names none.
    pub const fn default_rounds(self) -> u32 {
        match self {
            EncryptionType::Aes128CtsHmacSha256 | EncryptionType::Aes256CtsHmacSha384 => 32_768,
            _ => 4_096,
        }
    }

    /// The long-term key of a password. `rounds` are those of PBKDF2, the type's own where `None`.
    pub fn string_to_key(self, password: &str, salt: &[u8], rounds: Option<u32>) -> SecretKey {
        let rounds = rounds.unwrap_or(self.default_rounds());
        let len = self.key_len();
        let text = password;
        let password = text.as_bytes();
        match self {
            EncryptionType::Rc4Hmac => ntlm::ntowf_v1(text),
            EncryptionType::Aes128CtsHmacSha1 | EncryptionType::Aes256CtsHmacSha1 => {
                let mut key = Zeroizing::new(vec![0; len]);
                pbkdf2::pbkdf2_hmac::<Sha1>(password, salt, rounds, &mut key);
                self.derive(&SecretKey::new(key.as_slice()), b"kerberos", len)
            }
            EncryptionType::Aes128CtsHmacSha256 => {
                let salt = [b"aes128-cts-hmac-sha256-128\0", salt].concat();
                let mut key = Zeroizing::new(vec![0; len]);
                pbkdf2::pbkdf2_hmac::<Sha256>(password, &salt, rounds, &mut key);
                self.derive(&SecretKey::new(key.as_slice()), b"kerberos", len)
            }
            EncryptionType::Aes256CtsHmacSha384 => {
                let salt = [b"aes256-cts-hmac-sha384-192\0", salt].concat();
                let mut key = Zeroizing::new(vec![0; len]);
                pbkdf2::pbkdf2_hmac::<Sha384>(password, &salt, rounds, &mut key);
                self.derive(&SecretKey::new(key.as_slice()), b"kerberos", len)
            }
        }
    }

    /// Decrypts `ciphertext` of `usage`. `None` where the checksum in it is not right, which is so for
    /// every other key.
    pub fn decrypt(
        self,
        key: &SecretKey,
        usage: KeyUsage,
        ciphertext: &[u8],
    ) -> Option<Zeroizing<Vec<u8>>> {
        match self {
            EncryptionType::Rc4Hmac => decrypt_rc4(key, usage, ciphertext),
            EncryptionType::Aes128CtsHmacSha1 | EncryptionType::Aes256CtsHmacSha1 => {
                self.decrypt_sha1(key, usage, ciphertext)
            }
            EncryptionType::Aes128CtsHmacSha256 | EncryptionType::Aes256CtsHmacSha384 => {
                self.decrypt_sha2(key, usage, ciphertext)
            }
        }
    }

    /// RFC 3961 5.3: the checksum is over the plain text with its confounder.
    fn decrypt_sha1(
        self,
        key: &SecretKey,
        usage: KeyUsage,
        ciphertext: &[u8],
    ) -> Option<Zeroizing<Vec<u8>>> {
        let (ciphertext, checksum) = split_end(ciphertext, 12)?;
        let plain =
            self.decrypt_cts(&self.usage_key(key, usage, 0xAA, self.key_len()), ciphertext)?;
        let integrity = self.usage_key(key, usage, 0x55, self.key_len());
        let mut mac = Hmac::<Sha1>::new_from_slice(integrity.as_bytes()).ok()?;
        mac.update(&plain);
        let code = mac.finalize().into_bytes();
        without_confounder(is_equal(code.get(..12)?, checksum), plain)
    }

    /// RFC 8009 5: the checksum is over the cipher state, zeros, and the cipher text.
    fn decrypt_sha2(
        self,
        key: &SecretKey,
        usage: KeyUsage,
        ciphertext: &[u8],
    ) -> Option<Zeroizing<Vec<u8>>> {
        let is_128 = self == EncryptionType::Aes128CtsHmacSha256;
        let checksum_len = if is_128 { 16 } else { 24 };
        let (ciphertext, checksum) = split_end(ciphertext, checksum_len)?;
        let integrity = self.usage_key(key, usage, 0x55, checksum_len);
        let key_bytes = integrity.as_bytes();
        let is_right = if is_128 {
            let mut mac = Hmac::<Sha256>::new_from_slice(key_bytes).ok()?;
            mac.update(&[0; 16]);
            mac.update(ciphertext);
            is_equal(mac.finalize().into_bytes().get(..checksum_len)?, checksum)
        } else {
            let mut mac = Hmac::<Sha384>::new_from_slice(key_bytes).ok()?;
            mac.update(&[0; 16]);
            mac.update(ciphertext);
            is_equal(mac.finalize().into_bytes().get(..checksum_len)?, checksum)
        };
        let plain =
            self.decrypt_cts(&self.usage_key(key, usage, 0xAA, self.key_len()), ciphertext)?;
        without_confounder(is_right, plain)
    }

    /// The checksum of `usage` over `parts`, one behind the other: the one that goes with keys of the
    /// type (RFC 3962 7, RFC 8009 5), and of RC4 that of RFC 4757 4.
    pub fn checksum(self, key: &SecretKey, usage: KeyUsage, parts: &[&[u8]]) -> Option<Vec<u8>> {
        let usage_key = |len| self.usage_key(key, usage, 0x99, len);
        let (code, len) = match self {
            EncryptionType::Rc4Hmac => {
                let sign_key = Zeroizing::new(hmac_md5(key.as_bytes(), b"signaturekey\0")?);
                let start = Md5::new_with_prefix(usage.0.to_le_bytes());
                let hash = parts.iter().fold(start, |hash, part| hash.chain_update(part));
                (hmac_md5(sign_key.as_slice(), &hash.finalize())?.to_vec(), 16)
            }
            EncryptionType::Aes128CtsHmacSha1 | EncryptionType::Aes256CtsHmacSha1 => {
                (code_over::<Hmac<Sha1>>(&usage_key(self.key_len()), parts)?, 12)
            }
            EncryptionType::Aes128CtsHmacSha256 => {
                (code_over::<Hmac<Sha256>>(&usage_key(16), parts)?, 16)
            }
            EncryptionType::Aes256CtsHmacSha384 => {
                (code_over::<Hmac<Sha384>>(&usage_key(24), parts)?, 24)
            }
        };
        code.get(..len).map(<[u8]>::to_vec)
    }

    /// The pseudo-random function of RFC 3961 3: 16 bytes of RFC 3962, 32 or 48 of RFC 8009, 20 of
    /// RC4, whose function is HMAC-SHA1.
    pub fn prf(self, key: &SecretKey, input: &[u8]) -> SecretKey {
        match self {
            EncryptionType::Rc4Hmac => {
                let mac = Hmac::<Sha1>::new_from_slice(key.as_bytes()).ok();
                let code = mac.map(|mac| mac.chain_update(input).finalize().into_bytes());
                SecretKey::new(code.unwrap_or_default().as_slice())
            }
            EncryptionType::Aes128CtsHmacSha256 => self.kdf_hmac_sha2(key, b"prf", input, 32),
            EncryptionType::Aes256CtsHmacSha384 => self.kdf_hmac_sha2(key, b"prf", input, 48),
            EncryptionType::Aes128CtsHmacSha1 => {
                let key = self.derive(key, b"prf", self.key_len());
                let mut block = hashed_block(input);
                Aes128::new(&Array(*key.fit::<16>())).encrypt_block(&mut block);
                SecretKey::new(block.as_slice())
            }
            EncryptionType::Aes256CtsHmacSha1 => {
                let key = self.derive(key, b"prf", self.key_len());
                let mut block = hashed_block(input);
                Aes256::new(&Array(*key.fit::<32>())).encrypt_block(&mut block);
                SecretKey::new(block.as_slice())
            }
        }
    }

    /// PRF+ of RFC 6113 5.1: `len` bytes.
    fn prf_plus(self, key: &SecretKey, pepper: &[u8], len: usize) -> Zeroizing<Vec<u8>> {
        let blocks = (1..=u8::MAX).map(|count| self.prf(key, &[&[count], pepper].concat()));
        let mut bytes = Zeroizing::new(Vec::with_capacity(len + 48));
        for block in blocks {
            bytes.extend_from_slice(block.as_bytes());
            if bytes.len() >= len {
                break;
            }
        }
        bytes.truncate(len);
        bytes
    }

    /// KRB-FX-CF2 of RFC 6113 5.1: a key of this type, made of `key` and of `other`, each with its
    /// pepper.
    pub fn fx_cf2(
        self,
        (key, pepper): (&SecretKey, &[u8]),
        (other_type, other, other_pepper): (EncryptionType, &SecretKey, &[u8]),
    ) -> SecretKey {
        let mut combined = self.prf_plus(key, pepper, self.key_len());
        let others = other_type.prf_plus(other, other_pepper, self.key_len());
        for (byte, other) in combined.iter_mut().zip(others.iter()) {
            *byte ^= other;
        }
        SecretKey::new(combined.as_slice())
    }

    /// The key for a usage: of encryption with 0xAA, of the checksum with 0x55 (RFC 3961 5.3).
    fn usage_key(self, key: &SecretKey, usage: KeyUsage, kind: u8, len: usize) -> SecretKey {
        let [a, b, c, d] = usage.0.to_be_bytes();
        self.derive(key, &[a, b, c, d, kind], len)
    }

    /// DK of RFC 3961 5.1, or KDF-HMAC-SHA2 of RFC 8009 3.
    fn derive(self, key: &SecretKey, constant: &[u8], len: usize) -> SecretKey {
        match self {
            EncryptionType::Rc4Hmac => key.clone(),
            EncryptionType::Aes128CtsHmacSha256 | EncryptionType::Aes256CtsHmacSha384 => {
                self.kdf_hmac_sha2(key, constant, &[], len)
            }
            EncryptionType::Aes128CtsHmacSha1 => {
                let cipher = Aes128::new(&Array(*key.fit::<16>()));
                derive_aes(constant, len, |block| cipher.encrypt_block(block))
            }
            EncryptionType::Aes256CtsHmacSha1 => {
                let cipher = Aes256::new(&Array(*key.fit::<32>()));
                derive_aes(constant, len, |block| cipher.encrypt_block(block))
            }
        }
    }

    /// KDF-HMAC-SHA2 of RFC 8009 3, which is of one block for every length that is needed.
    fn kdf_hmac_sha2(self, key: &SecretKey, label: &[u8], context: &[u8], len: usize) -> SecretKey {
        let key = key.as_bytes();
        let code = if self == EncryptionType::Aes128CtsHmacSha256 {
            let mac = Hmac::<Sha256>::new_from_slice(key).ok();
            mac.map(|mac| feed_kdf(mac, label, context, len).finalize().into_bytes().to_vec())
        } else {
            let mac = Hmac::<Sha384>::new_from_slice(key).ok();
            mac.map(|mac| feed_kdf(mac, label, context, len).finalize().into_bytes().to_vec())
        };
        let mut code = Zeroizing::new(code.unwrap_or_default());
        code.truncate(len);
        SecretKey::new(code.as_slice())
    }

    /// AES in CBC mode with ciphertext stealing and an initial vector of zeros (RFC 3962 5).
    fn decrypt_cts(self, key: &SecretKey, ciphertext: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
        let mut plain = Zeroizing::new(ciphertext.to_vec());
        let iv = Array([0; 16]);
        if self.key_len() == 16 {
            let cipher = Aes128::new(&Array(*key.fit::<16>()));
            CbcCs3::inner_iv_init(&cipher, &iv).decrypt(&mut plain).ok()?;
        } else {
            let cipher = Aes256::new(&Array(*key.fit::<32>()));
            CbcCs3::inner_iv_init(&cipher, &iv).decrypt(&mut plain).ok()?;
        }
        Some(plain)
    }
}

/// The hash of RFC 3961's pseudo-random function, cut to whole blocks of AES, which is one.
fn hashed_block(input: &[u8]) -> Array<u8, des::cipher::consts::U16> {
    let mut block = Array([0; 16]);
    for (to, from) in block.iter_mut().zip(Sha1::digest(input)) {
        *to = from;
    }
    block
}

/// Feeds KDF-HMAC-SHA2: counter, label, a zero, the context and the length in bits (RFC 8009 3).
fn feed_kdf<M: Mac>(mac: M, label: &[u8], context: &[u8], len: usize) -> M {
    let n_bits = (len as u32).saturating_mul(8);
    mac.chain_update(1_u32.to_be_bytes())
        .chain_update(label)
        .chain_update([0])
        .chain_update(context)
        .chain_update(n_bits.to_be_bytes())
}

/// DR of RFC 3961 5.1 with AES: the constant, spread to a block, encrypted again and again.
fn derive_aes(
    constant: &[u8],
    len: usize,
    mut encrypt: impl FnMut(&mut Array<u8, des::cipher::consts::U16>),
) -> SecretKey {
    let mut block = Array(n_fold_16(constant));
    let mut key = Zeroizing::new(Vec::with_capacity(len));
    while key.len() < len {
        encrypt(&mut block);
        key.extend_from_slice(&block);
    }
    key.truncate(len);
    SecretKey::new(key.as_slice())
}

/// n-fold of RFC 3961 5.1 to 16 bytes: copies of `input`, each turned right by 13 bits more, added in
/// ones' complement.
fn n_fold_16(input: &[u8]) -> [u8; 16] {
    let n_bits = input.len().saturating_mul(8);
    if n_bits == 0 {
        return [0; 16];
    }
    let bit = |copy: usize, place: usize| {
        // Turned right by 13 bits for every copy before.
        let turned = copy.wrapping_mul(13) % n_bits;
        let from = (place + n_bits - turned) % n_bits;
        input.get(from / 8).map_or(0, |byte| byte >> (7 - from % 8) & 1)
    };
    let byte_of_stream = |at: usize| {
        (0..8).fold(0_u8, |byte, i| {
            let place = at * 8 + i;
            byte << 1 | bit(place / n_bits, place % n_bits)
        })
    };
    let n_blocks = lcm(input.len(), 16) / 16;
    let sum = (0..n_blocks).fold(0_u128, |sum, block| {
        let mut bytes = [0; 16];
        for (i, byte) in bytes.iter_mut().enumerate() {
            *byte = byte_of_stream(block * 16 + i);
        }
        let (sum, has_carried) = sum.overflowing_add(u128::from_be_bytes(bytes));
        // The carry out of the highest bit comes in at the lowest.
        sum.wrapping_add(u128::from(has_carried))
    });
    sum.to_be_bytes()
}

/// The least common multiple of two numbers that are not 0.
fn lcm(one: usize, other: usize) -> usize {
    let (mut a, mut b) = (one, other);
    while b != 0 {
        (a, b) = (b, a % b);
    }
    one / a.max(1) * other
}

/// rc4-hmac (RFC 4757 3): the checksum comes first and is over the plain text with its confounder.
fn decrypt_rc4(key: &SecretKey, usage: KeyUsage, ciphertext: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
    let (checksum, ciphertext) = ciphertext.split_first_chunk::<16>()?;
    // RFC 4757 3 numbers AS-REP in another way than RFC 4120. It does so with TGS-REP as well, which
    // its errata take back.
    let usage = if usage == KeyUsage::AS_REP { 8 } else { usage.0 };
    let usage_key = Zeroizing::new(hmac_md5(key.as_bytes(), &usage.to_le_bytes())?);
    let cipher_key = Zeroizing::new(hmac_md5(usage_key.as_slice(), checksum)?);
    let mut plain = Zeroizing::new(ciphertext.to_vec());
    Rc4::new_from_slice(cipher_key.as_slice()).ok()?.apply_keystream(&mut plain);
    let is_right = is_equal(&hmac_md5(usage_key.as_slice(), &plain)?, checksum);
    (is_right && plain.len() >= 8).then(|| Zeroizing::new(plain.split_off(8)))
}

/// The code of `key` over `parts`, one behind the other.
fn code_over<M: Mac + KeyInit>(key: &SecretKey, parts: &[&[u8]]) -> Option<Vec<u8>> {
    let mut mac = <M as KeyInit>::new_from_slice(key.as_bytes()).ok()?;
    parts.iter().for_each(|part| mac.update(part));
    Some(mac.finalize().into_bytes().to_vec())
}

fn hmac_md5(key: &[u8], message: &[u8]) -> Option<[u8; 16]> {
    let mut mac = Hmac::<Md5>::new_from_slice(key).ok()?;
    mac.update(message);
    Some(mac.finalize().into_bytes().into())
}

/// `bytes` in two: the last `len` of them apart.
fn split_end(bytes: &[u8], len: usize) -> Option<(&[u8], &[u8])> {
    bytes.split_at_checked(bytes.len().checked_sub(len)?)
}

/// The plain text after its confounder of one block, where it is authentic.
fn without_confounder(is_right: bool, mut plain: Zeroizing<Vec<u8>>) -> Option<Zeroizing<Vec<u8>>> {
    (is_right && plain.len() >= 16).then(|| Zeroizing::new(plain.split_off(16)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn unhex(text: &str) -> Vec<u8> {
        (0..text.len())
            .step_by(2)
            .map(|at| u8::from_str_radix(&text[at..at + 2], 16).unwrap())
            .collect()
    }

    /// Those of MIT Kerberos and of RFC 8009 appendix A.
    #[test]
    fn checksums_are_those_that_were_published() {
        let counted: Vec<u8> = (0..=0x14).collect();
        let published: [(i32, u32, &str, &[u8], &str); 5] = [
            (
                17,
                3,
                "9062430C8CDA3388922E6D6A509F5B7A",
                b"eight nine ten eleven twelve thirteen",
                "01A4B088D45628F6946614E3",
            ),
            (
                18,
                4,
                "B1AE4CD8462AFF1677053CC9279AAC30B796FB81CE21474DD3DDBCFEA4EC76D7",
                b"fourteen",
                "E08739E3279E2903EC8E3836",
            ),
            (
                19,
                2,
                "3705D96080C17728A0E800EAB6E0D23C",
                &counted,
                "D78367186643D67B411CBA9139FC1DEE",
            ),
            (
                20,
                2,
                "6D404D37FAF79F9DF0D33568D320669800EB4836472EA8A026D16B7182460C52",
                &counted,
                "45EE791567EEFCA37F4AC1E0222DE80D43C3BFA06699672A",
            ),
            (
                23,
                6,
                "F7D3A155AF5E238A0B7A871A96BA2AB2",
                b"seventeen eighteen nineteen twenty",
                "EB38CC97E2230F59DA4117DC5859D7EC",
            ),
        ];
        for (etype, usage, key, message, code) in published {
            let etype = EncryptionType::from_number(etype).unwrap();
            let key = SecretKey::new(unhex(key));
            for cut in [0, 3, message.len()] {
                let (start, rest) = message.split_at(cut);
                let own = etype.checksum(&key, KeyUsage(usage), &[start, rest]).unwrap();
                assert_eq!(own, unhex(code), "{etype:?}");
            }
        }
    }
}
