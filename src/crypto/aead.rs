//! Decryption with authentication: AES-CCM and AES-GCM (\[MS-SMB2\] 3.1.4.3).

use aes::{Aes128, Aes256};
use aes_gcm::AesGcm;
use aes_gcm::aead::array::Array;
use aes_gcm::aead::consts::{U11, U12, U16};
use aes_gcm::aead::inout::InOutBuf;
use aes_gcm::aead::{AeadInOut, KeyInit};
use ccm::Ccm;

use super::SecretKey;

/// A cipher of SMB 3.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Cipher {
    /// AES-128-CCM, with 11 bytes of nonce.
    Aes128Ccm,
    /// AES-128-GCM, with 12 bytes of nonce.
    Aes128Gcm,
    /// AES-256-CCM, with 11 bytes of nonce.
    Aes256Ccm,
    /// AES-256-GCM, with 12 bytes of nonce.
    Aes256Gcm,
}

impl Cipher {
    /// Bytes of its key.
    pub const fn key_len(self) -> usize {
        match self {
            Cipher::Aes128Ccm | Cipher::Aes128Gcm => 16,
            Cipher::Aes256Ccm | Cipher::Aes256Gcm => 32,
        }
    }

    /// Decrypts `message` in place. Returns false, and leaves nothing of the plain text in it, where
    /// `tag` does not authenticate it together with `associated_data`.
    ///
    /// `nonce` is the whole field; CCM takes the first 11 bytes of it and GCM the first 12.
    #[must_use]
    pub fn decrypt(
        self,
        key: &SecretKey,
        nonce: &[u8; 16],
        associated_data: &[u8],
        message: &mut [u8],
        tag: &[u8; 16],
    ) -> bool {
        let (tag, data) = (&Array(*tag), associated_data);
        let (ccm, gcm) = (first::<11>(nonce), first::<12>(nonce));
        let message = InOutBuf::from(message);
        match self {
            Cipher::Aes128Ccm => Ccm::<Aes128, U16, U11>::new(&Array(*key.fit::<16>()))
                .decrypt_inout_detached(&Array(ccm), data, message, tag),
            Cipher::Aes256Ccm => Ccm::<Aes256, U16, U11>::new(&Array(*key.fit::<32>()))
                .decrypt_inout_detached(&Array(ccm), data, message, tag),
            Cipher::Aes128Gcm => AesGcm::<Aes128, U12>::new(&Array(*key.fit::<16>()))
                .decrypt_inout_detached(&Array(gcm), data, message, tag),
            Cipher::Aes256Gcm => AesGcm::<Aes256, U12>::new(&Array(*key.fit::<32>()))
                .decrypt_inout_detached(&Array(gcm), data, message, tag),
        }
        .is_ok()
    }
}

/// The first `LEN` bytes of a nonce.
fn first<const LEN: usize>(nonce: &[u8; 16]) -> [u8; LEN] {
    nonce.first_chunk().copied().unwrap_or([0; LEN])
}
