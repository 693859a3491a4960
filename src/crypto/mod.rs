//! Keys and codes over bytes that are given.
//!
//! Nothing here knows a message or a packet. The primitives are those of RustCrypto; what is made of
//! them is what \[MS-NLMP\], \[MS-SMB2\] and RFC 3961 ask for.

pub mod aead;
pub mod kdf;
pub mod kerberos;
pub mod mac;
pub mod ntlm;
pub mod secret;
#[cfg(any(test, target_arch = "wasm32"))]
pub mod tables;

pub use self::secret::SecretKey;

/// Whether two codes are equal, in a time that does not tell where they differ.
pub fn is_equal(one: &[u8], other: &[u8]) -> bool {
    use subtle::ConstantTimeEq;
    one.ct_eq(other).into()
}
