//! Hexadecimal digits as people and programs write them.

use zeroize::Zeroizing;

use crate::crypto::SecretKey;

/// The key that `digits` are: pairs of them, alone or in groups that are parted by blanks, colons or
/// hyphens, with or without `0x` before a group.
pub(super) fn key(digits: &str) -> Option<SecretKey> {
    let is_separator = |it: char| it.is_whitespace() || matches!(it, ':' | '-');
    // As large as it gets, so that no part of the key stays behind when it grows.
    let mut key = Zeroizing::new(Vec::with_capacity(digits.len()));
    for group in digits.split(is_separator) {
        let (pairs, rest) = without_prefix(group).as_bytes().as_chunks::<2>();
        if !rest.is_empty() {
            return None;
        }
        for [high, low] in pairs {
            key.push(digit(*high)? << 4 | digit(*low)?);
        }
    }
    Some(SecretKey::new(std::mem::take(&mut *key)))
}

/// The number of 64 bits that `digits` are, with `0x` before them.
pub(super) fn number(digits: &str) -> Option<u64> {
    let bare = without_prefix(digits);
    let is_number = bare.len() < digits.len() && bare.bytes().all(|byte| digit(byte).is_some());
    if is_number { u64::from_str_radix(bare, 16).ok() } else { None }
}

fn without_prefix(digits: &str) -> &str {
    digits.strip_prefix("0x").or_else(|| digits.strip_prefix("0X")).unwrap_or(digits)
}

fn digit(letter: u8) -> Option<u8> {
    char::from(letter).to_digit(16).and_then(|digit| u8::try_from(digit).ok())
}

#[cfg(test)]
mod tests {
    fn key(digits: &str) -> Option<Vec<u8>> {
        super::key(digits).map(|key| key.as_bytes().to_vec())
    }

    #[test]
    fn a_key_is_read_however_it_is_written() {
        let expected = Some(vec![0x1a, 0x2b, 0x3c, 0xff]);
        for digits in [
            "1a2b3cff",
            "1A2B3CFF",
            "0x1a2b3cff",
            "1a 2b 3c ff",
            " 1a:2b:3c:FF\n",
            "1a-2b-3c-ff",
            "0x1a 0x2b 0x3c 0xff",
            "1a2b 3cff",
        ] {
            assert_eq!(key(digits), expected, "{digits}");
        }
        assert_eq!(key(""), Some(vec![]));
        for digits in ["1", "1a2", "1:2", "xy", "0x0x1a", "1a,2b", "1a+2", "ää"] {
            assert_eq!(key(digits), None, "{digits}");
        }
    }

    #[test]
    fn a_number_is_one_of_64_bits() {
        assert_eq!(super::number("0x0000000000000001"), Some(1));
        assert_eq!(super::number("0XFFFFFFFFFFFFFFFF"), Some(u64::MAX));
        for digits in ["", "0x", "1", "0x+1", "0x1ffffffffffffffff", "0x1 "] {
            assert_eq!(super::number(digits), None, "{digits}");
        }
    }
}
