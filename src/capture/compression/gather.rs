//! Bytes that belong together, wherever the input was cut.

/// Puts together what the end of an input cuts. What lies whole in the input is not copied.
#[derive(Debug, Default)]
pub(super) struct Gather {
    bytes: Vec<u8>,
    /// Whether `bytes` were complete and handed out.
    is_taken: bool,
}

impl Gather {
    /// Takes `len` bytes off the front of `input`, those gathered before included; `None` while
    /// there are fewer. Ask for the same length until it is there.
    pub(super) fn take<'g, 'i: 'g>(
        &'g mut self,
        input: &mut &'i [u8],
        len: usize,
    ) -> Option<&'g [u8]> {
        if self.is_taken {
            self.is_taken = false;
            self.bytes.clear();
        }
        if self.bytes.is_empty()
            && let Some((whole, rest)) = input.split_at_checked(len)
        {
            *input = rest;
            return Some(whole);
        }
        let missing = len.saturating_sub(self.bytes.len()).min(input.len());
        let (taken, rest) = input.split_at_checked(missing)?;
        self.bytes.extend_from_slice(taken);
        *input = rest;
        if self.bytes.len() < len {
            return None;
        }
        self.is_taken = true;
        Some(&self.bytes)
    }

    /// As [`Gather::take`], with the length known beforehand.
    pub(super) fn take_array<const N: usize>(&mut self, input: &mut &[u8]) -> Option<[u8; N]> {
        self.take(input, N)?.first_chunk().copied()
    }

    /// The bytes gathered of what is not complete.
    pub(super) fn partial(&self) -> &[u8] {
        if self.is_taken { &[] } else { &self.bytes }
    }
}

/// Takes bytes off the front of `input`, `len` at most, and says how many.
pub(super) fn skip(input: &mut &[u8], len: u64) -> u64 {
    let skipped = usize::try_from(len).unwrap_or(usize::MAX).min(input.len());
    *input = input.get(skipped..).unwrap_or(&[]);
    skipped as u64
}

#[cfg(test)]
mod tests {
    use super::{Gather, skip};

    #[test]
    fn what_is_cut_is_put_together() {
        let mut gather = Gather::default();
        let mut input: &[u8] = b"abcdef";
        assert_eq!(gather.take(&mut input, 4), Some(&b"abcd"[..]));
        assert_eq!(gather.take(&mut input, 4), None);
        assert_eq!(gather.partial(), b"ef");
        let mut input: &[u8] = b"g";
        assert_eq!(gather.take(&mut input, 4), None);
        let mut input: &[u8] = b"hijk";
        assert_eq!(gather.take(&mut input, 4), Some(&b"efgh"[..]));
        assert_eq!(gather.partial(), b"");
        assert_eq!(gather.take_array(&mut input), Some(*b"ijk"));
        assert_eq!(gather.take(&mut input, 0), Some(&b""[..]));
    }

    #[test]
    fn no_more_is_skipped_than_there_is() {
        let mut input: &[u8] = b"abc";
        assert_eq!(skip(&mut input, 2), 2);
        assert_eq!(skip(&mut input, u64::MAX), 1);
        assert!(input.is_empty());
    }
}
