//! Interfaces and their encodings by identifier and version, and the lists of them in a bind and its
//! answer: C706 12.6.3.1, p_syntax_id_t and around.

use nom::IResult;
use nom::number::complete::{le_u8, u16, u32};

use super::header::ByteOrder;
use crate::smb::fields::{Guid, bytes};

/// An interface, or how its arguments are encoded.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct SyntaxId {
    /// if_uuid.
    pub uuid: Guid,
    /// if_version: the major version in the lower 16 bits, the minor one in the upper.
    pub version: u32,
}

impl SyntaxId {
    const LEN: usize = 20;
}

/// An interface that a client wants to call, and the number that calls will name it by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PresentationContext<'a> {
    /// p_cont_id.
    pub context_id: u16,
    /// abstract_syntax: the interface.
    pub abstract_syntax: SyntaxId,
    /// n_transfer_syn: the encodings that the client offers.
    pub n_transfer_syntaxes: u8,
    /// The encodings, as far as they were captured.
    transfer_syntaxes: &'a [u8],
    byte_order: ByteOrder,
}

impl PresentationContext<'_> {
    /// The encodings that were captured, in their order.
    pub fn transfer_syntaxes(&self) -> impl Iterator<Item = SyntaxId> {
        let mut rest = self.transfer_syntaxes;
        std::iter::from_fn(move || next(&mut rest, |input| syntax(input, self.byte_order)))
    }
}

/// The interfaces of a bind, in their order, as far as they were captured.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PresentationContexts<'a> {
    rest: &'a [u8],
    left: u8,
    byte_order: ByteOrder,
}

impl<'a> PresentationContexts<'a> {
    pub(super) fn new(rest: &'a [u8], count: u8, byte_order: ByteOrder) -> Self {
        PresentationContexts { rest, left: count, byte_order }
    }
}

impl<'a> Iterator for PresentationContexts<'a> {
    type Item = PresentationContext<'a>;

    fn next(&mut self) -> Option<PresentationContext<'a>> {
        self.left = self.left.checked_sub(1)?;
        next(&mut self.rest, |input| context(input, self.byte_order))
    }
}

/// What the server says of each interface of a bind, in their order, as far as it was captured.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PresentationResults<'a> {
    rest: &'a [u8],
    left: u8,
    byte_order: ByteOrder,
}

impl<'a> PresentationResults<'a> {
    pub(super) fn new(rest: &'a [u8], count: u8, byte_order: ByteOrder) -> Self {
        PresentationResults { rest, left: count, byte_order }
    }
}

impl Iterator for PresentationResults<'_> {
    type Item = PresentationResult;

    fn next(&mut self) -> Option<PresentationResult> {
        self.left = self.left.checked_sub(1)?;
        next(&mut self.rest, |input| result(input, self.byte_order))
    }
}

/// What the server says of an interface.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PresentationResult {
    /// result: 0 where the interface can be called.
    pub result: u16,
    /// reason, where it cannot.
    pub reason: u16,
    /// transfer_syntax: the encoding that the server chose.
    pub transfer_syntax: SyntaxId,
}

impl PresentationResult {
    /// Whether the interface can be called.
    pub fn is_accepted(&self) -> bool {
        self.result == 0
    }
}

/// Reads the next of a list, which ends where that was not captured.
fn next<'a, T>(
    rest: &mut &'a [u8],
    parser: impl FnOnce(&'a [u8]) -> IResult<&'a [u8], T>,
) -> Option<T> {
    let (after, value) = parser(rest).ok()?;
    *rest = after;
    Some(value)
}

fn context(input: &[u8], byte_order: ByteOrder) -> IResult<&[u8], PresentationContext<'_>> {
    let (input, context_id) = u16(byte_order.endianness())(input)?;
    let (input, n_transfer_syntaxes) = le_u8(input)?;
    let (input, _reserved) = le_u8(input)?;
    let (input, abstract_syntax) = syntax(input, byte_order)?;
    let len = usize::from(n_transfer_syntaxes) * SyntaxId::LEN;
    let (transfer_syntaxes, rest) = input.split_at(len.min(input.len()));
    let context = PresentationContext {
        context_id,
        abstract_syntax,
        n_transfer_syntaxes,
        transfer_syntaxes,
        byte_order,
    };
    Ok((rest, context))
}

fn result(input: &[u8], byte_order: ByteOrder) -> IResult<&[u8], PresentationResult> {
    let (input, result) = u16(byte_order.endianness())(input)?;
    let (input, reason) = u16(byte_order.endianness())(input)?;
    let (input, transfer_syntax) = syntax(input, byte_order)?;
    Ok((input, PresentationResult { result, reason, transfer_syntax }))
}

fn syntax(input: &[u8], byte_order: ByteOrder) -> IResult<&[u8], SyntaxId> {
    let (input, uuid) = uuid(input, byte_order)?;
    let (input, version) = u32(byte_order.endianness())(input)?;
    Ok((input, SyntaxId { uuid, version }))
}

/// A UUID, of which the first three groups are integers in the sender's order.
pub(super) fn uuid(input: &[u8], byte_order: ByteOrder) -> IResult<&[u8], Guid> {
    let (input, mut field) = bytes::<16>(input)?;
    if byte_order == ByteOrder::Big {
        let (groups, _) = field.split_at_mut(8);
        let (first, others) = groups.split_at_mut(4);
        first.reverse();
        others.chunks_mut(2).for_each(<[u8]>::reverse);
    }
    Ok((input, Guid(field)))
}
