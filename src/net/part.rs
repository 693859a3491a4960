//! Bytes of a packet with what is known of those that were not captured.

/// A packet from one of its headers on, to the end of what that header's layer says.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Part<'a> {
    /// The bytes that were captured.
    pub(super) captured: &'a [u8],
    /// Bytes that followed them on the wire and were not captured.
    pub(super) missing: usize,
}

impl<'a> Part<'a> {
    /// Bytes on the wire.
    pub(super) fn len(self) -> usize {
        self.captured.len().saturating_add(self.missing)
    }

    /// The next bytes, and what follows them; `None` where they were not all captured.
    pub(super) fn split<const N: usize>(self) -> Option<(&'a [u8; N], Part<'a>)> {
        let (first, captured) = self.captured.split_first_chunk()?;
        Some((first, Part { captured, ..self }))
    }

    /// What follows the next `len` bytes; `None` where those were not all captured.
    pub(super) fn skip(self, len: usize) -> Option<Part<'a>> {
        Some(Part { captured: self.captured.get(len..)?, ..self })
    }

    /// The part without what follows its first `len` bytes.
    #[must_use]
    pub(super) fn limit(self, len: usize) -> Part<'a> {
        let captured = self.captured.get(..len).unwrap_or(self.captured);
        Part { captured, missing: self.missing.min(len.saturating_sub(captured.len())) }
    }

    /// The part without its last `len` bytes on the wire.
    #[must_use]
    pub(super) fn without_last(self, len: usize) -> Part<'a> {
        self.limit(self.len().saturating_sub(len))
    }
}

#[cfg(test)]
mod tests {
    use super::Part;

    #[test]
    fn what_was_not_captured_is_carried_along() {
        let part = Part { captured: &[1, 2, 3, 4], missing: 6 };
        assert_eq!(part.len(), 10);
        assert_eq!(part.split(), Some((&[1, 2], Part { captured: &[3, 4], missing: 6 })));
        assert_eq!(part.skip(4), Some(Part { captured: &[], missing: 6 }));
        assert_eq!(part.skip(5), None);
        assert_eq!(part.split::<5>(), None);
    }

    #[test]
    fn a_length_takes_what_is_missing_first() {
        let part = Part { captured: &[1, 2, 3, 4], missing: 6 };
        assert_eq!(part.limit(7), Part { captured: &[1, 2, 3, 4], missing: 3 });
        assert_eq!(part.limit(3), Part { captured: &[1, 2, 3], missing: 0 });
        assert_eq!(part.limit(11), part);
        assert_eq!(part.without_last(8), Part { captured: &[1, 2], missing: 0 });
        assert_eq!(part.without_last(11).len(), 0);
    }
}
