//! Options of pcapng blocks, 3.5 of the format.

use crate::capture::container::ByteOrder;

/// `opt_comment`: a comment on what the block is about, in every block.
pub(super) const COMMENT: u16 = 1;

/// The options of a block, one after another, up to their end or the first that does not fit.
#[derive(Debug)]
pub(super) struct Options<'a> {
    order: ByteOrder,
    rest: &'a [u8],
}

impl<'a> Options<'a> {
    /// The options that `bytes` hold: what a block has after its fields.
    pub(super) fn of(order: ByteOrder, bytes: &'a [u8]) -> Options<'a> {
        Options { order, rest: bytes }
    }
}

impl<'a> Iterator for Options<'a> {
    /// An option's code and its value without padding.
    type Item = (u16, &'a [u8]);

    fn next(&mut self) -> Option<(u16, &'a [u8])> {
        const END: u16 = 0;
        // Some writers leave the end of the options out, and the block's own end serves as well.
        let (&[c0, c1, l0, l1], values) = self.rest.split_first_chunk::<4>()?;
        let code = self.order.u16([c0, c1]);
        let len = usize::from(self.order.u16([l0, l1]));
        self.rest = &[];
        if code == END {
            return None;
        }
        let value = values.get(..len)?;
        self.rest = values.get(len.next_multiple_of(4)..).unwrap_or(&[]);
        Some((code, value))
    }
}

/// Names or a text in `bytes`, at most `most` bytes of it: what is no UTF-8 is replaced, and zeros
/// at the end are left out, for some writers end texts with one. `None` for an empty one.
pub(super) fn text(bytes: &[u8], most: usize) -> Option<String> {
    let end = bytes.iter().rposition(|byte| *byte != 0).map_or(0, |last| last.saturating_add(1));
    let whole = bytes.get(..end).unwrap_or(bytes);
    let kept = whole.get(..most).unwrap_or(whole);
    let mut text = match std::str::from_utf8(kept) {
        Ok(text) => text.to_owned(),
        // A letter that the bound cuts is no damage.
        Err(error) if kept.len() < whole.len() && error.error_len().is_none() => {
            String::from_utf8_lossy(kept.get(..error.valid_up_to()).unwrap_or(kept)).into_owned()
        }
        Err(_) => String::from_utf8_lossy(kept).into_owned(),
    };
    if kept.len() < whole.len() {
        text.push('…');
    }
    (!text.is_empty()).then_some(text)
}

#[cfg(test)]
mod tests {
    use super::{Options, text};
    use crate::capture::container::ByteOrder;

    #[test]
    fn options_end_where_they_say_or_where_the_block_does() {
        let bytes =
            [1, 0, 3, 0, b'a', b'b', b'c', 0, 9, 0, 1, 0, 6, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0];
        let expected = [(1, &b"abc"[..]), (9, &[6])];
        let list = |bytes| Options::of(ByteOrder::Little, bytes).collect::<Vec<_>>();
        assert_eq!(list(&bytes), expected);
        assert_eq!(list(&bytes[..16]), expected, "without their end");
        assert_eq!(list(&bytes[..13]), expected, "without the last padding");
        assert_eq!(list(&bytes[..12]), expected[..1], "without the last value");
        assert_eq!(list(&[1, 0, 0xFF, 0xFF, 1, 2, 3]), []);
        assert_eq!(list(&[1, 0, 0]), []);
    }

    #[test]
    fn texts_are_kept_up_to_their_bound() {
        assert_eq!(text(b"eth0\0\0", 64).as_deref(), Some("eth0"));
        assert_eq!(text(b"\0", 64), None);
        assert_eq!(text("Büro".as_bytes(), 2).as_deref(), Some("B…"));
        assert_eq!(text(b"a\xFFb", 64).as_deref(), Some("a\u{fffd}b"));
    }
}
