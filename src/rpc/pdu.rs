//! Protocol data units: a fragment of a call or its answer, a bind or its answer. C706 12.6.4 and
//! \[MS-RPCE\] 2.2.2.

use std::ops::Range;

use nom::IResult;
use nom::number::complete::{le_u8, u16, u32};

use super::error::{DecodeError, DecodeErrorKind, Structure};
use super::header::{ByteOrder, Header, PacketType, PfcFlags};
use super::syntax::{PresentationContexts, PresentationResults, uuid};
use super::verifier::{AuthLevel, AuthType, AuthVerifier};
use crate::smb::fields::Guid;

/// A protocol data unit, or as much of it as was captured.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pdu<'a> {
    /// The common header.
    pub header: Header,
    /// It from its header on, no longer than frag_length.
    bytes: &'a [u8],
}

/// What a protocol data unit says; the range before each field is its place in it, in bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Body<'a> {
    /// bind or alter_context.
    Bind(Bind<'a>),
    /// bind_ack or alter_context_resp.
    BindAck(BindAck<'a>),
    /// A call.
    Request(Request<'a>),
    /// The answer to a call.
    Response(Response<'a>),
    /// A call failed.
    Fault(Fault),
    /// Anything else, of which the header and the verifier tell all that is read.
    Other,
}

/// The client names interfaces, C706 12.6.4.3.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bind<'a> {
    /// `[16..18]` max_xmit_frag: the longest that the client sends, in bytes.
    pub max_xmit_frag: u16,
    /// `[18..20]` max_recv_frag: the longest that the client takes, in bytes.
    pub max_recv_frag: u16,
    /// `[20..24]` assoc_group_id.
    pub assoc_group_id: u32,
    /// `[24..25]` n_context_elem: how many interfaces there are.
    pub n_contexts: u8,
    /// `[28..]` p_cont_elem.
    pub contexts: PresentationContexts<'a>,
}

/// The server says which interfaces it has, C706 12.6.4.4.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BindAck<'a> {
    /// `[16..18]` max_xmit_frag: the longest that the server sends, in bytes.
    pub max_xmit_frag: u16,
    /// `[18..20]` max_recv_frag: the longest that the server takes, in bytes.
    pub max_recv_frag: u16,
    /// `[20..24]` assoc_group_id.
    pub assoc_group_id: u32,
    /// `[24..]` sec_addr: the port or pipe, without its length and terminating zero.
    pub secondary_address: &'a [u8],
    /// p_result_list, one result for each interface of the bind.
    pub results: PresentationResults<'a>,
}

/// A call, C706 12.6.4.9.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Request<'a> {
    /// `[16..20]` alloc_hint: bytes of the arguments, this fragment and those that follow; or 0.
    pub alloc_hint: u32,
    /// `[20..22]` p_cont_id: the interface.
    pub context_id: u16,
    /// `[22..24]` opnum: the function of the interface.
    pub opnum: u16,
    /// `[24..40]` object, where PFC_OBJECT_UUID is set.
    pub object: Option<Guid>,
    /// The arguments, or ciphertext of them, as far as this fragment has them and they were
    /// captured.
    pub stub: &'a [u8],
}

/// The answer to a call, C706 12.6.4.10.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Response<'a> {
    /// `[16..20]` alloc_hint, as in a request.
    pub alloc_hint: u32,
    /// `[20..22]` p_cont_id.
    pub context_id: u16,
    /// What it gives back, as in a request.
    pub stub: &'a [u8],
}

/// A call that failed, C706 12.6.4.7.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fault {
    /// `[20..22]` p_cont_id.
    pub context_id: u16,
    /// `[24..28]` status.
    pub status: u32,
}

impl<'a> Pdu<'a> {
    /// Reads the protocol data unit that `bytes` start with; of one that is cut what is there.
    pub fn parse(bytes: &'a [u8]) -> Result<Pdu<'a>, DecodeError> {
        let header = Header::parse(bytes)?;
        let bytes = bytes.get(..usize::from(header.frag_length)).unwrap_or(bytes);
        Ok(Pdu { header, bytes })
    }

    /// Whether all of it was captured.
    pub fn is_whole(&self) -> bool {
        self.bytes.len() == usize::from(self.header.frag_length)
    }

    /// Its bytes, as far as they were captured.
    pub fn bytes(&self) -> &'a [u8] {
        self.bytes
    }

    /// What it says.
    pub fn body(&self) -> Result<Body<'a>, DecodeError> {
        let order = self.header.byte_order;
        match self.header.packet_type {
            PacketType::BIND | PacketType::ALTER_CONTEXT => {
                let (contexts, bind) = self.fields(Structure::Bind, 28, |it| bind(it, order))?;
                let contexts = PresentationContexts::new(contexts, bind.n_contexts, order);
                Ok(Body::Bind(Bind { contexts, ..bind }))
            }
            PacketType::BIND_ACK | PacketType::ALTER_CONTEXT_RESP => self.bind_ack(),
            PacketType::REQUEST => {
                let has_object = self.header.flags.contains(PfcFlags::PFC_OBJECT_UUID);
                let end = if has_object { 40 } else { 24 };
                let parser = |it| request(it, has_object, order);
                let (_, request) = self.fields(Structure::Request, end, parser)?;
                Ok(Body::Request(Request { stub: self.stub(end), ..request }))
            }
            PacketType::RESPONSE => {
                let (_, response) =
                    self.fields(Structure::Response, 24, |it| response(it, order))?;
                Ok(Body::Response(Response { stub: self.stub(24), ..response }))
            }
            PacketType::FAULT => {
                let (_, fault) = self.fields(Structure::Fault, 28, |it| fault(it, order))?;
                Ok(Body::Fault(fault))
            }
            _ => Ok(Body::Other),
        }
    }

    /// The verifier; `None` where there is none.
    pub fn verifier(&self) -> Result<Option<AuthVerifier<'a>>, DecodeError> {
        if self.header.auth_length == 0 {
            return Ok(None);
        }
        let start = self.verifier_start();
        let end = start + AuthVerifier::FIELDS;
        let truncated = DecodeErrorKind::Truncated { needed: end, available: self.bytes.len() };
        let truncated = Structure::AuthVerifier.error(truncated);
        let fields = self.bytes.get(start..).ok_or(truncated)?;
        let (token, verifier) = verifier(fields, self.header.byte_order).map_err(|_| truncated)?;
        Ok(Some(AuthVerifier { token, ..verifier }))
    }

    fn bind_ack(&self) -> Result<Body<'a>, DecodeError> {
        let order = self.header.byte_order;
        let (rest, (ack, len)) = self.fields(Structure::BindAck, 26, |it| bind_ack(it, order))?;
        // The results stand at the next multiple of four.
        let end = (26 + len).next_multiple_of(4);
        let address = rest.get(..len).unwrap_or(rest);
        let secondary_address = address.strip_suffix(b"\0").unwrap_or(address);
        let results = self.within(end..self.verifier_start());
        let (count, results) = match results.split_first_chunk::<4>() {
            Some(([count, ..], results)) => (*count, results),
            None => (0, &[][..]),
        };
        let results = PresentationResults::new(results, count, order);
        Ok(Body::BindAck(BindAck { secondary_address, results, ..ack }))
    }

    /// Where the verifier starts, or where the protocol data unit ends.
    fn verifier_start(&self) -> usize {
        usize::from(self.header.frag_length) - self.header.verifier_len() as usize
    }

    /// The arguments from `start` on, without padding and verifier. Where the verifier was not
    /// captured the padding is not known, and may be among them.
    fn stub(&self, start: usize) -> &'a [u8] {
        let padding = self.verifier().ok().flatten().map_or(0, |it| it.auth_pad_length);
        self.within(start..self.verifier_start().saturating_sub(padding.into()))
    }

    /// What was captured of a range.
    fn within(&self, range: Range<usize>) -> &'a [u8] {
        let end = range.end.min(self.bytes.len());
        self.bytes.get(range.start.min(end)..end).unwrap_or_default()
    }

    /// Reads the fixed fields between the header and `end` with `parser`, which takes no more than
    /// them. Returns them with what follows them up to the verifier.
    fn fields<T>(
        &self,
        structure: Structure,
        end: usize,
        parser: impl FnOnce(&'a [u8]) -> IResult<&'a [u8], T>,
    ) -> Result<(&'a [u8], T), DecodeError> {
        let available = self.bytes.len();
        let truncated = structure.error(DecodeErrorKind::Truncated { needed: end, available });
        let fields = self.bytes.get(Header::LEN..end).ok_or(truncated)?;
        let (_, value) = parser(fields).map_err(|_| truncated)?;
        Ok((self.within(end..self.verifier_start()), value))
    }
}

fn bind(input: &[u8], order: ByteOrder) -> IResult<&[u8], Bind<'static>> {
    let (input, max_xmit_frag) = u16(order.endianness())(input)?;
    let (input, max_recv_frag) = u16(order.endianness())(input)?;
    let (input, assoc_group_id) = u32(order.endianness())(input)?;
    let (input, n_contexts) = le_u8(input)?;
    let (input, _reserved) = le_u8(input)?;
    let (input, _reserved2) = u16(order.endianness())(input)?;
    let contexts = PresentationContexts::new(&[], 0, order);
    Ok((input, Bind { max_xmit_frag, max_recv_frag, assoc_group_id, n_contexts, contexts }))
}

/// The fields of a bind_ack, and the length of its secondary address in bytes.
fn bind_ack(input: &[u8], order: ByteOrder) -> IResult<&[u8], (BindAck<'static>, usize)> {
    let (input, max_xmit_frag) = u16(order.endianness())(input)?;
    let (input, max_recv_frag) = u16(order.endianness())(input)?;
    let (input, assoc_group_id) = u32(order.endianness())(input)?;
    let (input, len) = u16(order.endianness())(input)?;
    let results = PresentationResults::new(&[], 0, order);
    let ack =
        BindAck { max_xmit_frag, max_recv_frag, assoc_group_id, secondary_address: &[], results };
    Ok((input, (ack, len.into())))
}

fn request(input: &[u8], has_object: bool, order: ByteOrder) -> IResult<&[u8], Request<'static>> {
    let (input, alloc_hint) = u32(order.endianness())(input)?;
    let (input, context_id) = u16(order.endianness())(input)?;
    let (input, opnum) = u16(order.endianness())(input)?;
    let (input, object) = if has_object {
        let (input, object) = uuid(input, order)?;
        (input, Some(object))
    } else {
        (input, None)
    };
    Ok((input, Request { alloc_hint, context_id, opnum, object, stub: &[] }))
}

fn response(input: &[u8], order: ByteOrder) -> IResult<&[u8], Response<'static>> {
    let (input, alloc_hint) = u32(order.endianness())(input)?;
    let (input, context_id) = u16(order.endianness())(input)?;
    let (input, _cancel_count) = le_u8(input)?;
    let (input, _reserved) = le_u8(input)?;
    Ok((input, Response { alloc_hint, context_id, stub: &[] }))
}

fn fault(input: &[u8], order: ByteOrder) -> IResult<&[u8], Fault> {
    let (input, _alloc_hint) = u32(order.endianness())(input)?;
    let (input, context_id) = u16(order.endianness())(input)?;
    let (input, _cancel_count) = le_u8(input)?;
    let (input, _reserved) = le_u8(input)?;
    let (input, status) = u32(order.endianness())(input)?;
    Ok((input, Fault { context_id, status }))
}

fn verifier(input: &[u8], order: ByteOrder) -> IResult<&[u8], AuthVerifier<'static>> {
    let (input, auth_type) = le_u8(input)?;
    let (input, auth_level) = le_u8(input)?;
    let (input, auth_pad_length) = le_u8(input)?;
    let (input, _auth_reserved) = le_u8(input)?;
    let (input, auth_context_id) = u32(order.endianness())(input)?;
    let verifier = AuthVerifier {
        auth_type: AuthType(auth_type),
        auth_level: AuthLevel(auth_level),
        auth_pad_length,
        auth_context_id,
        token: &[],
    };
    Ok((input, verifier))
}

#[cfg(test)]
mod tests {
    use super::{Body, Pdu};
    use crate::rpc::error::{DecodeErrorKind, Structure};
    use crate::rpc::testing::{BIG_BIND, BIND, BIND_ACK, REQUEST, RESPONSE, with_verifier};
    use crate::rpc::{AuthLevel, AuthType, PacketType};
    use crate::smb::testing::{check_truncations, hex};

    const NDR: &str = "8a885d04-1ceb-11c9-9fe8-08002b104860";
    const EFSR: &str = "c681d488-d850-11d0-8c52-00c04fd90f7e";

    fn body(bytes: &[u8]) -> Body<'_> {
        Pdu::parse(bytes).unwrap().body().unwrap()
    }

    #[test]
    fn a_bind_names_interfaces_in_either_order() {
        for digits in [BIND, BIG_BIND] {
            let bytes = hex(digits);
            let Body::Bind(bind) = body(&bytes) else { panic!("not a bind") };
            assert_eq!((bind.max_xmit_frag, bind.max_recv_frag), (4280, 4280));
            assert_eq!((bind.assoc_group_id, bind.n_contexts), (0, 1));
            let contexts: Vec<_> = bind.contexts.collect();
            let [context] = contexts.as_slice() else { panic!("{contexts:?}") };
            assert_eq!(context.context_id, 7);
            assert_eq!(context.abstract_syntax.uuid.to_string(), EFSR);
            assert_eq!(context.abstract_syntax.version, 1);
            assert_eq!(context.n_transfer_syntaxes, 1);
            let syntaxes: Vec<_> = context.transfer_syntaxes().collect();
            assert_eq!(syntaxes.len(), 1);
            assert_eq!((syntaxes[0].uuid.to_string(), syntaxes[0].version), (NDR.to_owned(), 2));
            check_truncations(&bytes, 28, |bytes| {
                Pdu::parse(bytes).and_then(|pdu| pdu.body().map(drop)).is_err()
            });
        }
    }

    #[test]
    fn a_list_that_is_cut_gives_what_is_there() {
        let bytes = hex(BIND);
        let Body::Bind(bind) = body(&bytes[..bytes.len() - 1]) else { panic!("not a bind") };
        assert_eq!(bind.contexts.map(|it| it.transfer_syntaxes().count()).sum::<usize>(), 0);
        let Body::Bind(bind) = body(&bytes[..51]) else { panic!("not a bind") };
        assert_eq!(bind.contexts.count(), 0);
        let mut many = bytes;
        many[24] = 255;
        let Body::Bind(bind) = body(&many) else { panic!("not a bind") };
        assert_eq!((bind.n_contexts, bind.contexts.count()), (255, 1));
    }

    #[test]
    fn a_bind_ack_says_which_interfaces_there_are() {
        let bytes = hex(BIND_ACK);
        let Body::BindAck(ack) = body(&bytes) else { panic!("not a bind_ack") };
        assert_eq!(ack.secondary_address, b"\\PIPE\\lsass");
        let results: Vec<_> = ack.results.collect();
        assert_eq!(results.len(), 2);
        assert!(results[0].is_accepted() && !results[1].is_accepted());
        assert_eq!(results[0].transfer_syntax.uuid.to_string(), NDR);
        assert_eq!((results[1].result, results[1].reason), (2, 1));
    }

    #[test]
    fn a_request_names_its_function_and_its_object() {
        let bytes = hex(REQUEST);
        let Body::Request(request) = body(&bytes) else { panic!("not a request") };
        assert_eq!((request.context_id, request.opnum, request.alloc_hint), (7, 4, 6));
        assert_eq!((request.object, request.stub), (None, &b"abcdef"[..]));
        let mut with_object = bytes[..24].to_vec();
        with_object[3] |= 0x80;
        with_object[8] = 46;
        with_object.extend([0x11; 16]);
        with_object.extend(b"abcdef");
        let Body::Request(request) = body(&with_object) else { panic!("not a request") };
        assert_eq!(request.object.map(|it| it.0), Some([0x11; 16]));
        assert_eq!(request.stub, b"abcdef");
        let error = Pdu::parse(&with_object[..39]).unwrap().body().unwrap_err();
        assert_eq!(error.structure, Structure::Request);
        assert_eq!(error.kind, DecodeErrorKind::Truncated { needed: 40, available: 39 });
    }

    #[test]
    fn answers_and_failures_name_their_interface() {
        let bytes = hex(RESPONSE);
        let Body::Response(response) = body(&bytes) else { panic!("not a response") };
        assert_eq!((response.context_id, response.stub), (7, &hex("35000000")[..]));
        let fault =
            hex("0500 0303 10000000 2000 0000 02000000 00000000 0700 00 00 05000000 00000000");
        let Body::Fault(fault) = body(&fault) else { panic!("not a fault") };
        assert_eq!((fault.context_id, fault.status), (7, 5));
    }

    #[test]
    fn a_verifier_stands_at_the_end_and_is_no_argument() {
        let bytes = with_verifier(&hex(REQUEST), 2, b"NTLMSSP\0token");
        let pdu = Pdu::parse(&bytes).unwrap();
        assert!(pdu.is_whole());
        let verifier = pdu.verifier().unwrap().unwrap();
        assert_eq!(verifier.auth_type, AuthType::RPC_C_AUTHN_WINNT);
        assert_eq!(verifier.auth_level, AuthLevel::RPC_C_AUTHN_LEVEL_PKT_PRIVACY);
        assert_eq!((verifier.auth_pad_length, verifier.auth_context_id), (2, 9));
        assert_eq!(verifier.token, b"NTLMSSP\0token");
        let Ok(Body::Request(request)) = pdu.body() else { panic!("not a request") };
        assert_eq!(request.stub, b"abcdef");
        // A verifier that is cut gives as much of its token as there is, and fails before that.
        let cut = Pdu::parse(&bytes[..bytes.len() - 3]).unwrap();
        assert!(!cut.is_whole());
        assert_eq!(cut.verifier().unwrap().unwrap().token, b"NTLMSSP\0to");
        assert!(Pdu::parse(&bytes[..bytes.len() - 14]).unwrap().verifier().is_err());
        assert_eq!(Pdu::parse(&hex(REQUEST)).unwrap().verifier(), Ok(None));
    }

    #[test]
    fn the_next_unit_is_not_read_into_this_one() {
        let bytes = [hex(REQUEST), hex(RESPONSE)].concat();
        let pdu = Pdu::parse(&bytes).unwrap();
        assert_eq!(pdu.bytes(), hex(REQUEST));
        let Ok(Body::Request(request)) = pdu.body() else { panic!("not a request") };
        assert_eq!(request.stub, b"abcdef");
    }

    #[test]
    fn what_is_not_known_is_kept() {
        let mut bytes = hex(REQUEST);
        bytes[2] = 99;
        let pdu = Pdu::parse(&bytes).unwrap();
        assert_eq!(pdu.body(), Ok(Body::Other));
        assert_eq!(pdu.header.packet_type, PacketType(99));
        assert_eq!(pdu.header.packet_type.name(), "0x63");
    }
}
