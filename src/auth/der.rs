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
    /// Identifier, length and contents.
    pub(super) bytes: &'a [u8],
    /// Its contents, as far as they are there.
    pub(super) contents: &'a [u8],
    /// Where the contents start, in bytes from the start of the token.
    pub(super) offset: usize,
}

impl<'a> Element<'a> {
    /// Whether the element is the context-specific one with the number `tag`.
    pub(super) fn is_context(&self, tag: u32) -> bool {
        self.class == Class::ContextSpecific && self.tag == tag
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
