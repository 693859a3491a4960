//! The keys of SMB 3, derived from a session's key (\[MS-SMB2\] 3.1.4.2).

use hmac::{Hmac, KeyInit, Mac};
use sha2::{Digest, Sha256, Sha512};

use super::SecretKey;

/// The pre-authentication integrity hash of 3.1.1 over the messages so far (\[MS-SMB2\] 3.2.5.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PreauthHash(pub [u8; 64]);

impl PreauthHash {
    /// The hash before the first message.
    pub const START: PreauthHash = PreauthHash([0; 64]);

    /// The hash once `message` is in it, from its SMB2 header to its end as captured.
    #[must_use]
    pub fn with(self, message: &[u8]) -> PreauthHash {
        PreauthHash(Sha512::new().chain_update(self.0).chain_update(message).finalize().into())
    }
}

/// What the keys of a session are derived with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Derivation<'a> {
    /// Dialects 3.0 and 3.0.2: constants.
    Smb30,
    /// Dialect 3.1.1: the hash of the messages that set up the session.
    Smb311(&'a PreauthHash),
}

/// What a key is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// Signing, in both directions.
    Signing,
    /// Encrypting what the client sends.
    ClientToServer,
    /// Encrypting what the server sends.
    ServerToClient,
    /// The key that applications over SMB get.
    Application,
}

impl Derivation<'_> {
    /// The key of `len` bytes for `purpose`, 32 at most.
    ///
    /// Signing and application keys have 16 bytes and come from the first 16 bytes of the session's
    /// key. The keys of AES-256 ciphers have 32 and come from all of it.
    pub fn key(self, key: &SecretKey, purpose: Purpose, len: usize) -> SecretKey {
        let (label, context) = self.label_and_context(purpose);
        derive(key, label, context, len)
    }

    /// The label, and the context: each with the zero byte that ends it.
    fn label_and_context(&self, purpose: Purpose) -> (&'static [u8], &[u8]) {
        match self {
            Derivation::Smb30 => match purpose {
                Purpose::Signing => (b"SMB2AESCMAC\0", b"SmbSign\0"),
                Purpose::ClientToServer => (b"SMB2AESCCM\0", b"ServerIn \0"),
                Purpose::ServerToClient => (b"SMB2AESCCM\0", b"ServerOut\0"),
                Purpose::Application => (b"SMB2APP\0", b"SmbRpc\0"),
            },
            Derivation::Smb311(hash) => {
                let label: &[u8] = match purpose {
                    Purpose::Signing => b"SMBSigningKey\0",
                    Purpose::ClientToServer => b"SMBC2SCipherKey\0",
                    Purpose::ServerToClient => b"SMBS2CCipherKey\0",
                    Purpose::Application => b"SMBAppKey\0",
                };
                (label, &hash.0)
            }
        }
    }
}

/// SP800-108 in counter mode with HMAC-SHA256 and a counter of 32 bits, for at most one block.
fn derive(key: &SecretKey, label: &[u8], context: &[u8], len: usize) -> SecretKey {
    let n_bits = (len as u32).saturating_mul(8);
    let Ok(prf) = Hmac::<Sha256>::new_from_slice(key.as_bytes()) else {
        // HMAC takes keys of any length.
        return SecretKey::new([]);
    };
    let block = prf
        .chain_update(1_u32.to_be_bytes())
        .chain_update(label)
        .chain_update([0])
        .chain_update(context)
        .chain_update(n_bits.to_be_bytes())
        .finalize()
        .into_bytes();
    SecretKey::new(block.get(..len).unwrap_or(&block))
}
