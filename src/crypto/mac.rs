//! Signatures: HMAC-SHA256, AES-128-CMAC and AES-128-GMAC of \[MS-SMB2\] 3.1.4.1, and the MD5 of
//! SMB1 (\[MS-CIFS\] 3.1.4.1).
//!
//! A code is computed while the bytes of a message stream by, so no message has to be held whole.

#[cfg(not(target_arch = "wasm32"))]
use aes::Aes128;
use aes::cipher::{Array, BlockCipherEncrypt};
use cmac::Cmac;
#[cfg(not(target_arch = "wasm32"))]
use ghash::{GHash as Ghash, universal_hash::UniversalHash};
use hmac::{Hmac, KeyInit, Mac};
use md5::{Digest, Md5};
use sha2::Sha256;

use super::SecretKey;
#[cfg(target_arch = "wasm32")]
use super::tables::{Aes128, Ghash};

/// Bytes of a block of AES.
const BLOCK_LEN: usize = 16;

/// A key that signs, with what is made of it once.
#[derive(Clone)]
pub enum SigningKey {
    /// HMAC-SHA256, cut to 16 bytes.
    HmacSha256(Box<Hmac<Sha256>>),
    /// AES-128-CMAC.
    AesCmac(Box<Cmac<Aes128>>),
    /// AES-128-GMAC.
    AesGmac(Box<GmacKey>),
    /// The MD5 of SMB1, with the MAC key of any length.
    Smb1(SecretKey),
}

impl SigningKey {
    /// `key` for HMAC-SHA256.
    pub fn hmac_sha256(key: &SecretKey) -> Option<SigningKey> {
        Hmac::new_from_slice(key.as_bytes()).ok().map(Box::new).map(SigningKey::HmacSha256)
    }

    /// `key` for AES-128-CMAC.
    pub fn aes_cmac(key: &SecretKey) -> SigningKey {
        SigningKey::AesCmac(Box::new(Cmac::new(&Array(*key.fit::<16>()))))
    }

    /// `key` for AES-128-GMAC.
    pub fn aes_gmac(key: &SecretKey) -> SigningKey {
        SigningKey::AesGmac(Box::new(GmacKey::new(key)))
    }

    /// Begins a code. `nonce` is that of GMAC, which the others do not have.
    pub fn begin(&self, nonce: &[u8; 12]) -> Code {
        match self {
            SigningKey::HmacSha256(keyed) => Code::HmacSha256(keyed.as_ref().clone()),
            SigningKey::AesCmac(keyed) => Code::AesCmac(keyed.as_ref().clone()),
            SigningKey::AesGmac(key) => Code::AesGmac(key.begin(nonce)),
            SigningKey::Smb1(key) => Code::Smb1(Md5::new_with_prefix(key.as_bytes())),
        }
    }
}

/// A code under way.
#[derive(Clone)]
#[allow(clippy::large_enum_variant, reason = "one lives at a time, and none is to be allocated")]
pub enum Code {
    /// HMAC-SHA256.
    HmacSha256(Hmac<Sha256>),
    /// AES-128-CMAC.
    AesCmac(Cmac<Aes128>),
    /// AES-128-GMAC.
    AesGmac(Gmac),
    /// The MD5 of SMB1.
    Smb1(Md5),
}

impl Code {
    /// Takes the next bytes of the message.
    pub fn update(&mut self, bytes: &[u8]) {
        match self {
            Code::HmacSha256(mac) => mac.update(bytes),
            Code::AesCmac(mac) => mac.update(bytes),
            Code::AesGmac(mac) => mac.update(bytes),
            Code::Smb1(hash) => hash.update(bytes),
        }
    }

    /// The code; of that of SMB1, the first eight bytes count.
    pub fn finish(self) -> [u8; 16] {
        match self {
            Code::HmacSha256(mac) => {
                let whole: [u8; 32] = mac.finalize().into_bytes().into();
                whole.first_chunk().copied().unwrap_or_default()
            }
            Code::AesCmac(mac) => mac.finalize().into_bytes().into(),
            Code::AesGmac(mac) => mac.finish(),
            Code::Smb1(hash) => hash.finalize().into(),
        }
    }
}

/// A key of AES-128-GMAC.
#[derive(Clone)]
pub struct GmacKey {
    cipher: Aes128,
    hash: Ghash,
}

impl GmacKey {
    fn new(key: &SecretKey) -> GmacKey {
        let cipher = Aes128::new(&Array(*key.fit::<16>()));
        let mut subkey = Array([0; BLOCK_LEN]);
        cipher.encrypt_block(&mut subkey);
        GmacKey { cipher, hash: Ghash::new(&subkey) }
    }

    /// The code of AES-GCM over additional data alone (NIST SP 800-38D 7.1).
    fn begin(&self, nonce: &[u8; 12]) -> Gmac {
        let mut mask = Array([0; BLOCK_LEN]);
        for (to, from) in mask.iter_mut().zip(nonce.iter().chain(&[0, 0, 0, 1])) {
            *to = *from;
        }
        self.cipher.encrypt_block(&mut mask);
        Gmac {
            hash: self.hash.clone(),
            mask: mask.0,
            rest: [0; BLOCK_LEN],
            rest_len: 0,
            n_bytes: 0,
        }
    }
}

/// A code of AES-128-GMAC under way.
#[derive(Clone)]
pub struct Gmac {
    hash: Ghash,
    /// What the hash is hidden with.
    mask: [u8; BLOCK_LEN],
    /// Bytes that do not fill a block yet.
    rest: [u8; BLOCK_LEN],
    rest_len: usize,
    n_bytes: u64,
}

impl Gmac {
    fn update(&mut self, bytes: &[u8]) {
        self.n_bytes = self.n_bytes.wrapping_add(bytes.len() as u64);
        let mut bytes = bytes;
        if self.rest_len > 0 {
            let wanted = BLOCK_LEN.saturating_sub(self.rest_len).min(bytes.len());
            let (taken, left) = bytes.split_at(wanted);
            self.keep(taken);
            bytes = left;
            if self.rest_len < BLOCK_LEN {
                return;
            }
            self.hash.update(&[Array(self.rest)]);
            self.rest_len = 0;
        }
        let (blocks, left) = Array::slice_as_chunks(bytes);
        self.hash.update(blocks);
        self.keep(left);
    }

    /// Adds to the bytes that do not fill a block.
    fn keep(&mut self, bytes: &[u8]) {
        for (to, from) in self.rest.iter_mut().skip(self.rest_len).zip(bytes) {
            *to = *from;
        }
        self.rest_len = self.rest_len.saturating_add(bytes.len());
    }

    fn finish(mut self) -> [u8; BLOCK_LEN] {
        let rest = self.rest.get(..self.rest_len).unwrap_or(&[]);
        self.hash.update_padded(rest);
        let mut lengths = [0; BLOCK_LEN];
        for (to, from) in lengths.iter_mut().zip(self.n_bytes.wrapping_mul(8).to_be_bytes()) {
            *to = from;
        }
        self.hash.update(&[Array(lengths)]);
        let mut code: [u8; BLOCK_LEN] = self.hash.finalize().into();
        for (byte, mask) in code.iter_mut().zip(self.mask) {
            *byte ^= mask;
        }
        code
    }
}
