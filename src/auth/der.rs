//! Elements of BER and DER, read one after the other.
//!
//! The header of an element is decoded by asn1-rs. What this adds is patience: an element that the
//! capture cuts gives the bytes that are there, and the reason why reading stopped stands beside
//! what was read. Nothing descends by itself, so depth costs nothing.

use asn1_rs::{Any, Class, FromBer, Header, Length};

use crate::auth::error::{DecodeError, DecodeErrorKind, Structure};

/// One element.
#[derive(Clone, Copy, Debug)]
pub(super) struct Element<'a> {
    /// The class of its tag.
    pub(super) class: Class,
    /// The number of its tag.
    pub(super) tag: u32,
    /// Identifier, length and contents, as far as they are there.
    pub(super) bytes: &'a [u8],
    /// Its contents, as far as they are there.
    pub(super) contents: &'a [u8],
    /// Where the contents start, in bytes from the start of the token.
    pub(super) offset: usize,
}

impl<'a> Element<'a> {
    /// The number of a context-specific tag, which names a field.
    pub(super) fn field(&self) -> Option<u32> {
        (self.class == Class::ContextSpecific).then_some(self.tag)
    }

    /// The identifier octet.
    pub(super) fn identifier(&self) -> u8 {
        self.bytes.first().copied().unwrap_or_default()
    }

    /// Whether the element is the application's own one with the number `tag`.
    pub(super) fn is_application(&self, tag: u32) -> bool {
        self.class == Class::Application && self.tag == tag
    }

    /// Whether the element is of the universal type with the number `tag`.
    pub(super) fn is_universal(&self, tag: u32) -> bool {
        self.class == Class::Universal && self.tag == tag
    }

    /// The contents as an integer; `None` where it is empty or wider than 64 bits.
    pub(super) fn integer(&self) -> Option<i64> {
        let (&first, _) = self.contents.split_first()?;
        if self.contents.len() > 8 {
            return None;
        }
        let sign = if first & 0x80 == 0 { 0 } else { -1 };
        Some(self.contents.iter().fold(sign, |value, &byte| value << 8 | i64::from(byte)))
    }

    /// The contents as text. RFC 4120 5.2.1 asks for ASCII, Windows writes UTF-8.
    pub(super) fn text(&self) -> String {
        String::from_utf8_lossy(self.contents).into_owned()
    }
}

/// Universal tag numbers, X.680 8.6.
pub(super) mod universal {
    pub(in crate::auth) const OBJECT_IDENTIFIER: u32 = 6;
    pub(in crate::auth) const SEQUENCE: u32 = 16;
}

/// Reads the elements of some bytes in order; ends at their end or at the first problem.
#[derive(Clone, Debug)]
pub(super) struct Reader<'a> {
    structure: Structure,
    rest: &'a [u8],
    offset: usize,
    problem: Option<DecodeError>,
}

impl<'a> Reader<'a> {
    /// Reads `bytes`, which are part of `structure` and start `offset` bytes into the token.
    pub(super) fn new(structure: Structure, bytes: &'a [u8], offset: usize) -> Reader<'a> {
        Reader { structure, rest: bytes, offset, problem: None }
    }

    /// Reads the contents of `element`.
    pub(super) fn contents(structure: Structure, element: &Element<'a>) -> Reader<'a> {
        Reader::new(structure, element.contents, element.offset)
    }

    /// The bytes that follow the element read last, and where they start.
    pub(super) fn rest(&self) -> (&'a [u8], usize) {
        (self.rest, self.offset)
    }

    /// Why reading stopped before the end, if it did.
    pub(super) fn problem(&self) -> Option<DecodeError> {
        self.problem
    }

    /// The single element inside an explicit tag.
    pub(super) fn inner(&mut self, tagged: &Element<'a>) -> Option<Element<'a>> {
        let mut reader = Reader::contents(self.structure, tagged);
        let element = reader.next();
        self.note(reader.problem());
        element
    }

    /// Keeps `problem` unless an earlier one is known.
    pub(super) fn note(&mut self, problem: Option<DecodeError>) {
        self.problem = self.problem.or(problem);
    }

    /// Ends reading because of `kind`, found at the current place.
    fn stop(&mut self, kind: DecodeErrorKind) {
        let problem = DecodeError { structure: self.structure, offset: self.offset, kind };
        self.note(Some(problem));
        self.rest = &[];
    }

    /// The header that the remaining bytes start with, and the bytes after it.
    fn header(&mut self) -> Option<(Header<'a>, &'a [u8])> {
        let available = self.rest.len();
        match Header::from_ber(self.rest) {
            Ok((body, header)) => Some((header, body)),
            Err(asn1_rs::Err::Incomplete(_)) => {
                self.stop(DecodeErrorKind::Truncated { needed: available + 1, available });
                None
            }
            Err(_) => {
                self.stop(DecodeErrorKind::NotAnElement);
                None
            }
        }
    }

    /// The contents of an element whose header stands before `body`, and the bytes after it.
    fn extent(&mut self, header: &Header<'a>, body: &'a [u8]) -> (&'a [u8], &'a [u8]) {
        let available = self.rest.len();
        match header.length() {
            Length::Definite(len) => match body.split_at_checked(len) {
                Some(parts) => return parts,
                None => {
                    let needed = (available - body.len()).saturating_add(len);
                    self.stop(DecodeErrorKind::Truncated { needed, available });
                }
            },
            Length::Indefinite => match Any::from_ber(self.rest) {
                Ok((rest, any)) => return (any.data, rest),
                Err(_) => self.stop(DecodeErrorKind::NotAnElement),
            },
        }
        (body, &[])
    }
}

impl<'a> Iterator for Reader<'a> {
    type Item = Element<'a>;

    fn next(&mut self) -> Option<Element<'a>> {
        if self.rest.is_empty() {
            return None;
        }
        let bytes = self.rest;
        let start = self.offset;
        let (header, body) = self.header()?;
        let header_len = bytes.len() - body.len();
        let (contents, rest) = self.extent(&header, body);
        let len = bytes.len() - rest.len();
        self.rest = rest;
        self.offset = start + len;
        Some(Element {
            class: header.class(),
            tag: header.tag().0,
            bytes: bytes.get(..len).unwrap_or(bytes),
            contents,
            offset: start + header_len,
        })
    }
}

/// Writes elements, for tests.
#[cfg(test)]
pub(crate) mod test {
    /// An element with one identifier octet around `contents`.
    pub(crate) fn element(identifier: u8, contents: &[u8]) -> Vec<u8> {
        let len = u16::try_from(contents.len()).unwrap().to_be_bytes();
        let len = match contents.len() {
            0..128 => vec![len[1]],
            128..256 => vec![0x81, len[1]],
            _ => vec![0x82, len[0], len[1]],
        };
        [&[identifier], &len[..], contents].concat()
    }

    /// An element around other elements.
    pub(crate) fn nested(identifier: u8, elements: &[Vec<u8>]) -> Vec<u8> {
        element(identifier, &elements.concat())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(bytes: &[u8]) -> (Vec<Element<'_>>, Option<DecodeError>) {
        let mut reader = Reader::new(Structure::GssToken, bytes, 0);
        let elements = reader.by_ref().collect();
        (elements, reader.problem())
    }

    fn problem(offset: usize, kind: DecodeErrorKind) -> Option<DecodeError> {
        Some(DecodeError { structure: Structure::GssToken, offset, kind })
    }

    #[test]
    fn elements_follow_each_other() {
        let (elements, problem) = read(&[0x0a, 1, 2, 0xa1, 0x81, 2, 5, 0]);
        assert_eq!(problem, None);
        assert!(elements[0].is_universal(10));
        assert_eq!(elements[0].integer(), Some(2));
        assert_eq!(elements[1].field(), Some(1));
        assert_eq!((elements[1].contents, elements[1].offset), (&[5, 0][..], 6));
        assert_eq!(elements[1].bytes, [0xa1, 0x81, 2, 5, 0]);
    }

    #[test]
    fn an_element_that_is_cut_gives_what_is_there() {
        let (elements, found) = read(&[0x05, 0, 0x04, 5, 1, 2]);
        assert_eq!(elements[1].contents, [1, 2]);
        let kind = DecodeErrorKind::Truncated { needed: 7, available: 4 };
        assert_eq!(found, problem(2, kind));
        let (elements, found) = read(&[0x04, 0x82, 1]);
        assert!(elements.is_empty());
        let kind = DecodeErrorKind::Truncated { needed: 4, available: 3 };
        assert_eq!(found, problem(0, kind));
    }

    #[test]
    fn indefinite_lengths_end_where_they_say() {
        let (elements, problem) = read(&[0x30, 0x80, 4, 1, 7, 0, 0, 0x05, 0]);
        assert_eq!(problem, None);
        assert_eq!(elements[0].contents, [4, 1, 7]);
        assert!(elements[1].is_universal(5));
    }

    #[test]
    fn depth_costs_nothing() {
        let deep = [0x30, 0x80].repeat(100_000);
        let (elements, found) = read(&deep);
        assert_eq!(elements.len(), 1);
        assert_eq!(found, problem(0, DecodeErrorKind::NotAnElement));
    }

    #[test]
    fn integers_have_a_sign_and_64_bits() {
        let integer = |bytes: &[u8]| {
            let element = test::element(2, bytes);
            read(&element).0[0].integer()
        };
        assert_eq!(integer(&[0xff]), Some(-1));
        assert_eq!(integer(&[0, 0xff]), Some(255));
        assert_eq!(integer(&[0x80, 0, 0, 0, 0, 0, 0, 0]), Some(i64::MIN));
        assert_eq!(integer(&[1; 9]), None);
        assert_eq!(integer(&[]), None);
    }
}
