//! Texts that stand one after the other in the data of a command, \[MS-CIFS\] 2.2.1.1.

use crate::smb::fields::{Text, from_offset};

/// Where the next text starts.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Strings<'a> {
    message: &'a [u8],
    /// In bytes from the start of the message, from which alignment counts.
    offset: usize,
    is_unicode: bool,
}

impl<'a> Strings<'a> {
    /// The texts at `offset` of `message`, which ends where the data does.
    pub(crate) const fn new(message: &'a [u8], offset: usize, is_unicode: bool) -> Strings<'a> {
        Strings { message, offset, is_unicode }
    }

    /// The next text in UTF-16 or OEM, whichever the message has; UTF-16 is aligned to two bytes.
    ///
    /// A text ends with a zero or with the data, where senders leave the zero out or cut it in half.
    pub(crate) fn aligned(&mut self) -> Text<'a> {
        if self.is_unicode {
            self.offset = self.offset.next_multiple_of(2);
        }
        self.unaligned()
    }

    /// The same, where the specification does not align.
    pub(crate) fn unaligned(&mut self) -> Text<'a> {
        if self.is_unicode { self.utf16() } else { self.oem() }
    }

    /// The next text, in OEM whatever the message has.
    pub(crate) fn oem(&mut self) -> Text<'a> {
        let rest = self.rest();
        let len = rest.iter().position(|byte| *byte == 0).unwrap_or(rest.len());
        self.offset = self.offset.saturating_add(len + 1);
        Text::Oem(rest.get(..len).unwrap_or_default())
    }

    fn utf16(&mut self) -> Text<'a> {
        let rest = self.rest();
        let (units, half) = rest.as_chunks::<2>();
        let n_units = units.iter().position(|unit| *unit == [0, 0]);
        // Half a zero at the end is a terminator that was cut.
        let len = match (n_units, half) {
            (Some(n_units), _) => n_units * 2,
            (None, [0]) => units.len() * 2,
            (None, _) => rest.len(),
        };
        self.offset = self.offset.saturating_add(len + 2);
        Text::Utf16(rest.get(..len).unwrap_or_default())
    }

    fn rest(&self) -> &'a [u8] {
        from_offset(self.message, self.offset)
    }
}

#[cfg(test)]
mod tests {
    use super::Strings;

    #[test]
    fn utf16_is_aligned_to_the_message() {
        let message = b"?.A\0\0\0B\0\0\0";
        let mut strings = Strings::new(message, 1, true);
        assert_eq!(strings.aligned().to_string(), "A");
        assert_eq!(strings.aligned().to_string(), "B");
        assert!(strings.aligned().is_empty());
        assert!(strings.aligned().is_empty());
    }

    #[test]
    fn a_text_may_end_with_the_data() {
        let mut strings = Strings::new(b"A\0B", 0, false);
        assert_eq!(strings.aligned().to_string(), "A");
        assert_eq!(strings.aligned().to_string(), "B");
        assert!(strings.aligned().is_empty());
        assert_eq!(Strings::new(b"A\0B\0\0", 0, true).aligned().to_string(), "AB");
        assert_eq!(Strings::new(b"A\0B", 0, true).aligned().to_string(), "A\u{fffd}");
        assert_eq!(Strings::new(b"A", usize::MAX, false).oem().to_string(), "");
    }
}
