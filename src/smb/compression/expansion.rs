//! What comes out of an algorithm: bytes, and repetitions of earlier ones.

use super::DecompressionErrorKind;

/// The part of a message that is being decompressed.
pub(super) struct Expansion<'a> {
    bytes: &'a mut Vec<u8>,
    /// Where the part starts in `bytes`.
    start: usize,
    /// Where it ends when it is whole.
    end: usize,
}

impl<'a> Expansion<'a> {
    /// A part of `size` bytes behind what is in `bytes`.
    pub(super) fn new(bytes: &'a mut Vec<u8>, size: usize) -> Expansion<'a> {
        let start = bytes.len();
        Expansion { bytes, start, end: start.saturating_add(size) }
    }

    /// Bytes that are still to come.
    pub(super) fn left(&self) -> usize {
        self.end.saturating_sub(self.bytes.len())
    }

    /// Bytes that came.
    pub(super) fn len(&self) -> usize {
        self.bytes.len().saturating_sub(self.start)
    }

    /// Accepts `size` further bytes if that many are to come.
    fn check(&self, size: usize) -> Result<(), DecompressionErrorKind> {
        let left = self.left();
        if size <= left { Ok(()) } else { Err(DecompressionErrorKind::TooLong { size, left }) }
    }

    /// Adds a byte.
    pub(super) fn byte(&mut self, byte: u8) -> Result<(), DecompressionErrorKind> {
        self.check(1)?;
        self.bytes.push(byte);
        Ok(())
    }

    /// Adds bytes.
    pub(super) fn bytes(&mut self, bytes: &[u8]) -> Result<(), DecompressionErrorKind> {
        self.check(bytes.len())?;
        self.bytes.extend_from_slice(bytes);
        Ok(())
    }

    /// Adds one byte `count` times.
    pub(super) fn fill(&mut self, byte: u8, count: usize) -> Result<(), DecompressionErrorKind> {
        self.check(count)?;
        self.bytes.resize(self.bytes.len().saturating_add(count), byte);
        Ok(())
    }

    /// Adds the `length` bytes that start `distance` bytes back, among which may be some that it
    /// adds itself.
    pub(super) fn repeat(
        &mut self,
        distance: usize,
        length: usize,
    ) -> Result<(), DecompressionErrorKind> {
        self.repeat_within(self.len(), distance, length)
    }

    /// The same, of the last `found` bytes that came.
    pub(super) fn repeat_within(
        &mut self,
        found: usize,
        distance: usize,
        length: usize,
    ) -> Result<(), DecompressionErrorKind> {
        if distance == 0 || distance > found {
            return Err(DecompressionErrorKind::Distance { distance, found });
        }
        self.check(length)?;
        let from = self.bytes.len().saturating_sub(distance);
        let mut left = length;
        // Each turn doubles what there is from `from` on.
        while left > 0 {
            let until = self.bytes.len().min(from.saturating_add(left));
            self.bytes.extend_from_within(from..until);
            left = left.saturating_sub(until.saturating_sub(from));
        }
        Ok(())
    }

    /// The bytes that are still to come, for `fill` to write all of them; where it fails none came.
    pub(super) fn rest(
        &mut self,
        fill: impl FnOnce(&mut [u8]) -> Result<(), DecompressionErrorKind>,
    ) -> Result<(), DecompressionErrorKind> {
        let at = self.bytes.len();
        self.bytes.resize(self.end.max(at), 0);
        let done = fill(self.bytes.get_mut(at..).unwrap_or_default());
        if done.is_err() {
            self.bytes.truncate(at);
        }
        done
    }
}

#[cfg(test)]
mod tests {
    use super::Expansion;
    use crate::smb::compression::DecompressionErrorKind;

    #[test]
    fn a_repetition_may_go_on_into_itself() {
        let mut bytes = b"before".to_vec();
        let mut out = Expansion::new(&mut bytes, 12);
        out.bytes(b"abc").unwrap();
        out.repeat(2, 7).unwrap();
        out.repeat(10, 2).unwrap();
        assert_eq!(out.left(), 0);
        assert_eq!(bytes, b"beforeabcbcbcbcbab");
    }

    #[test]
    fn nothing_comes_from_before_the_part_or_goes_beyond_it() {
        let mut bytes = b"before".to_vec();
        let mut out = Expansion::new(&mut bytes, 4);
        out.bytes(b"ab").unwrap();
        let error = DecompressionErrorKind::Distance { distance: 3, found: 2 };
        assert_eq!(out.repeat(3, 1), Err(error));
        assert!(out.repeat(0, 1).is_err());
        let error = DecompressionErrorKind::TooLong { size: 3, left: 2 };
        assert_eq!(out.repeat(1, 3), Err(error));
        assert_eq!(out.fill(0, 3), Err(error));
        assert_eq!(out.bytes(b"cde"), Err(error));
        out.fill(b'c', 2).unwrap();
        assert!(out.byte(b'd').is_err());
        assert_eq!(bytes, b"beforeabcc");
    }
}
