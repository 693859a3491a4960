//! Fields that many structures share: GUID, FILETIME, text, lists, and buffers at an offset and
//! length.

use std::fmt;
use std::marker::PhantomData;

use nom::IResult;

use super::error::{DecodeError, DecodeErrorKind, Structure};

/// A GUID, \[MS-DTYP\] 2.3.4.2, as its sixteen bytes on the wire.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Guid(pub [u8; 16]);

/// The text form of \[MS-DTYP\] 2.3.4.3, without braces: the first three groups are integers in
/// little-endian order.
impl fmt::Display for Guid {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [a0, a1, a2, a3, b0, b1, c0, c1, rest @ ..] = self.0;
        let first = u32::from_le_bytes([a0, a1, a2, a3]);
        let second = u16::from_le_bytes([b0, b1]);
        let third = u16::from_le_bytes([c0, c1]);
        let [d0, d1, node @ ..] = rest;
        write!(formatter, "{first:08x}-{second:04x}-{third:04x}-{d0:02x}{d1:02x}-")?;
        node.iter().try_for_each(|byte| write!(formatter, "{byte:02x}"))
    }
}

/// A FILETIME, \[MS-DTYP\] 2.3.3: units of 100 nanoseconds since 1 January 1601, UTC. 0 is no time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FileTime(pub u64);

impl FileTime {
    /// From 1 January 1601 to 1 January 1970, in units of 100 nanoseconds.
    const UNIX_EPOCH: i128 = 116_444_736_000_000_000;

    /// Nanoseconds since the Unix epoch; `None` for 0 and for what 64 bits cannot hold.
    pub fn unix_nanoseconds(self) -> Option<i64> {
        if self.0 == 0 {
            return None;
        }
        i64::try_from((i128::from(self.0) - FileTime::UNIX_EPOCH) * 100).ok()
    }
}

/// Text as it stands in a message, without its terminating zero.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Text<'a> {
    /// UTF-16 in little-endian order.
    Utf16(&'a [u8]),
    /// One of the code pages that \[MS-CIFS\] calls OEM; the message does not say which.
    Oem(&'a [u8]),
}

impl<'a> Text<'a> {
    /// The bytes on the wire.
    pub const fn bytes(self) -> &'a [u8] {
        match self {
            Text::Utf16(bytes) | Text::Oem(bytes) => bytes,
        }
    }

    /// Whether there is no text.
    pub const fn is_empty(self) -> bool {
        self.bytes().is_empty()
    }
}

/// The text with U+FFFD for what is no character. OEM bytes beyond ASCII are read as UTF-8 where
/// they are that, and otherwise as Latin-1.
impl fmt::Display for Text<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Text::Utf16(bytes) => formatter.write_str(&utf16(bytes)),
            Text::Oem(bytes) => match std::str::from_utf8(bytes) {
                Ok(text) => formatter.write_str(text),
                Err(_) => {
                    let text: String = bytes.iter().copied().map(char::from).collect();
                    formatter.write_str(&text)
                }
            },
        }
    }
}

/// UTF-16 in little-endian order as a string, with U+FFFD for an unpaired surrogate and for half a
/// unit at the end.
pub fn utf16(bytes: &[u8]) -> String {
    let (units, rest) = bytes.as_chunks::<2>();
    let units = units.iter().map(|unit| u16::from_le_bytes(*unit));
    let mut text: String =
        char::decode_utf16(units).map(|unit| unit.unwrap_or(char::REPLACEMENT_CHARACTER)).collect();
    if !rest.is_empty() {
        text.push(char::REPLACEMENT_CHARACTER);
    }
    text
}

/// A list of 16-bit values.
#[derive(Clone, Copy)]
pub struct List<'a, T> {
    bytes: &'a [u8],
    count: u16,
    values: PhantomData<T>,
}

impl<'a, T: From<u16>> List<'a, T> {
    /// `count` values that stand at the start of `bytes`, or as many as were captured.
    pub(crate) fn new(bytes: &'a [u8], count: u16) -> List<'a, T> {
        let len = usize::from(count) * 2;
        let bytes = bytes.get(..len).unwrap_or(bytes);
        List { bytes, count, values: PhantomData }
    }

    /// The captured values in their order.
    pub fn iter(&self) -> impl Iterator<Item = T> + 'a {
        let (values, _) = self.bytes.as_chunks::<2>();
        values.iter().map(|value| T::from(u16::from_le_bytes(*value)))
    }

    /// The number of values that the message says it has.
    pub const fn count(&self) -> u16 {
        self.count
    }

    /// Whether all of them were captured.
    pub fn is_whole(&self) -> bool {
        self.bytes.len() == usize::from(self.count) * 2
    }
}

impl<T: From<u16> + fmt::Debug> fmt::Debug for List<'_, T> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_list().entries(self.iter()).finish()
    }
}

impl<T> PartialEq for List<'_, T> {
    fn eq(&self, other: &Self) -> bool {
        self.bytes == other.bytes && self.count == other.count
    }
}

impl<T> Eq for List<'_, T> {}

/// A buffer that a message holds at an offset and length of its own choice.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Buffer<'a> {
    structure: Structure,
    /// Where the structure starts, in bytes from the start of the message.
    start: usize,
    offset: usize,
    length: usize,
    problem: Option<DecodeErrorKind>,
    captured: &'a [u8],
}

impl<'a> Buffer<'a> {
    /// The buffer of `length` bytes at `offset` from the start of `message`.
    ///
    /// `fields` is the range of the structure's fixed fields; no buffer starts before their end.
    pub(crate) fn new(
        structure: Structure,
        message: &'a [u8],
        fields: std::ops::Range<usize>,
        offset: usize,
        length: usize,
    ) -> Buffer<'a> {
        let available = message.len();
        let (captured, problem): (&[u8], _) = if length == 0 {
            (&[], None)
        } else if offset < fields.end {
            (&[], Some(DecodeErrorKind::BufferOffset { offset, start: fields.end }))
        } else {
            let from_offset = message.get(offset..).unwrap_or_default();
            match from_offset.get(..length) {
                Some(whole) => (whole, None),
                None => {
                    let kind = DecodeErrorKind::BufferLength { offset, length, available };
                    (from_offset, Some(kind))
                }
            }
        };
        Buffer { structure, start: fields.start, offset, length, problem, captured }
    }

    /// The buffer's bytes, if they lie in the message and were all captured.
    pub fn whole(&self) -> Result<&'a [u8], DecodeError> {
        match self.problem {
            Some(kind) => Err(self.structure.error(self.start, kind)),
            None => Ok(self.captured),
        }
    }

    /// As many of the buffer's bytes, from its first on, as were captured.
    pub const fn captured(&self) -> &'a [u8] {
        self.captured
    }

    /// Where the message says the buffer is, in bytes from the message's start.
    pub const fn offset(&self) -> usize {
        self.offset
    }

    /// The length that the message gives the buffer, in bytes.
    pub const fn length(&self) -> usize {
        self.length
    }
}

/// Reads the `len` bytes at `offset` of `message` as `structure`'s fixed fields with `parser`, which
/// takes no more than them.
pub(crate) fn read_fields<'a, T>(
    structure: Structure,
    message: &'a [u8],
    offset: usize,
    len: usize,
    parser: impl FnOnce(&'a [u8]) -> IResult<&'a [u8], T>,
) -> Result<T, DecodeError> {
    let from_offset = message.get(offset..).unwrap_or_default();
    let available = from_offset.len();
    let truncated = structure.error(offset, DecodeErrorKind::Truncated { needed: len, available });
    let fields = from_offset.get(..len).ok_or(truncated)?;
    let (_, value) = parser(fields).map_err(|_| truncated)?;
    Ok(value)
}

/// The rest of `message` from `offset` on; nothing where it ends before.
pub(crate) fn from_offset(message: &[u8], offset: usize) -> &[u8] {
    message.get(offset..).unwrap_or_default()
}

/// A field of `N` bytes that are no integer.
pub(crate) fn bytes<const N: usize>(input: &[u8]) -> IResult<&[u8], [u8; N]> {
    match input.split_first_chunk::<N>() {
        Some((field, rest)) => Ok((rest, *field)),
        None => Err(nom::Err::Error(nom::error::Error::new(input, nom::error::ErrorKind::Eof))),
    }
}

/// A field that holds a GUID.
pub(crate) fn guid(input: &[u8]) -> IResult<&[u8], Guid> {
    let (input, field) = bytes(input)?;
    Ok((input, Guid(field)))
}

#[cfg(test)]
mod tests {
    use super::{Buffer, FileTime, Guid, List, Text, utf16};
    use crate::smb::error::{DecodeErrorKind, Structure};

    #[test]
    fn a_guid_is_written_as_windows_writes_it() {
        let bytes = [
            0x33, 0x22, 0x11, 0x00, 0x55, 0x44, 0x77, 0x66, 0x88, 0x99, 0xaa, 0xbb, 0xcc, 0xdd,
            0xee, 0xff,
        ];
        assert_eq!(Guid(bytes).to_string(), "00112233-4455-6677-8899-aabbccddeeff");
    }

    #[test]
    fn a_file_time_counts_from_1601() {
        assert_eq!(FileTime(0).unix_nanoseconds(), None);
        assert_eq!(FileTime(116_444_736_000_000_001).unix_nanoseconds(), Some(100));
        assert_eq!(FileTime(116_444_735_999_999_999).unix_nanoseconds(), Some(-100));
        assert_eq!(FileTime(u64::MAX).unix_nanoseconds(), None);
    }

    #[test]
    fn what_is_no_character_is_marked() {
        assert_eq!(utf16(b"A\0\xe4\0"), "Aä");
        assert_eq!(utf16(b"\x00\xd8A\0"), "\u{fffd}A");
        assert_eq!(utf16(b"A\0B"), "A\u{fffd}");
        assert_eq!(Text::Oem(b"caf\xe9").to_string(), "café");
        assert_eq!(Text::Oem("café".as_bytes()).to_string(), "café");
    }

    #[test]
    fn a_list_that_is_cut_gives_what_is_there() {
        let list: List<'_, u16> = List::new(&[1, 0, 2, 0, 3], 3);
        assert_eq!(list.iter().collect::<Vec<_>>(), [1, 2]);
        assert_eq!(list.count(), 3);
        assert!(!list.is_whole());
        let list: List<'_, u16> = List::new(&[1, 0, 2, 0, 3], 2);
        assert!(list.is_whole());
    }

    fn buffer(offset: usize, length: usize) -> Buffer<'static> {
        Buffer::new(Structure::Smb2Header, b"0123456789", 2..4, offset, length)
    }

    #[test]
    fn a_buffer_is_where_its_fields_say() {
        assert_eq!(buffer(4, 6).whole(), Ok(&b"456789"[..]));
        assert_eq!(buffer(5, 2).whole(), Ok(&b"56"[..]));
        assert_eq!(buffer(0, 0).whole(), Ok(&b""[..]));
        assert_eq!(buffer(usize::MAX, 0).whole(), Ok(&b""[..]));
    }

    #[test]
    fn a_buffer_outside_of_the_message_is_said() {
        let cut = buffer(8, 4);
        assert_eq!(cut.captured(), b"89");
        let kind = DecodeErrorKind::BufferLength { offset: 8, length: 4, available: 10 };
        assert_eq!(cut.whole(), Err(Structure::Smb2Header.error(2, kind)));
        assert_eq!(buffer(usize::MAX, usize::MAX).captured(), b"");
        assert!(buffer(usize::MAX, usize::MAX).whole().is_err());
        let kind = DecodeErrorKind::BufferOffset { offset: 3, start: 4 };
        assert_eq!(buffer(3, 1).whole(), Err(Structure::Smb2Header.error(2, kind)));
    }
}
