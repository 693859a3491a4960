//! Keys in memory.

use zeroize::Zeroizing;

/// A key, wiped from memory when it is dropped.
///
/// It is neither shown nor written: there is no `Debug`, `Display` or `Serialize` for it.
#[derive(Clone, PartialEq, Eq)]
pub struct SecretKey(Zeroizing<Vec<u8>>);

impl SecretKey {
    /// The key that `bytes` are.
    pub fn new(bytes: impl Into<Vec<u8>>) -> SecretKey {
        SecretKey(Zeroizing::new(bytes.into()))
    }

    /// Its bytes.
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// Its first `LEN` bytes, filled up with zeros where it has fewer.
    pub fn fit<const LEN: usize>(&self) -> Zeroizing<[u8; LEN]> {
        let mut fitted = Zeroizing::new([0; LEN]);
        for (to, from) in fitted.iter_mut().zip(self.0.iter()) {
            *to = *from;
        }
        fitted
    }

    /// The key that SMB makes keys of: its first 16 bytes, filled up with zeros
    /// (\[MS-SMB2\] 3.2.5.3.1, 3.3.5.5.3).
    pub fn session_key(&self) -> SecretKey {
        SecretKey::new(self.fit::<16>().as_slice())
    }
}

#[cfg(test)]
mod tests {
    use super::SecretKey;

    #[test]
    fn a_session_key_has_sixteen_bytes() {
        assert_eq!(SecretKey::new([7; 32]).session_key().as_bytes(), [7; 16]);
        let short = SecretKey::new([7; 8]).session_key();
        assert_eq!(short.as_bytes(), [7, 7, 7, 7, 7, 7, 7, 7, 0, 0, 0, 0, 0, 0, 0, 0]);
    }
}
