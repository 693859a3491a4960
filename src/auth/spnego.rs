//! SPNEGO, the negotiation of a mechanism: RFC 4178, \[MS-SPNG\].
//!
//! [`Token::parse`] takes whatever stands in a security buffer: NegTokenInit, NegTokenInit2 or
//! NegTokenResp, with or without the GSS-API wrapper of RFC 2743 3.1, or a mechanism's own token
//! without SPNEGO around it.

use std::fmt;

use crate::auth::der::{Element, Reader, universal};
use crate::auth::error::{DecodeError, DecodeErrorKind, Structure};
use crate::auth::ntlmssp;

/// What a security buffer holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Token<'a> {
    /// What it was read as.
    pub form: Form<'a>,
    /// Why reading stopped before the end, if it did.
    pub problem: Option<DecodeError>,
    /// All bytes of the buffer.
    pub bytes: &'a [u8],
}

/// The forms that a security buffer takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form<'a> {
    /// No bytes.
    Empty,
    /// NegTokenInit, or NegTokenInit2 where a server speaks first.
    NegTokenInit(NegTokenInit<'a>),
    /// NegTokenResp.
    NegTokenResp(NegTokenResp<'a>),
    /// The GSS-API wrapper around the token of a mechanism other than SPNEGO.
    Gss(GssToken<'a>),
    /// An NTLMSSP message without SPNEGO.
    Ntlmssp(&'a [u8]),
    /// A Kerberos message without SPNEGO and without the GSS-API wrapper.
    Kerberos(&'a [u8]),
    /// Something else.
    Unknown,
}

/// NegTokenInit (RFC 4178 4.2.1), or NegTokenInit2 (\[MS-SPNG\] 2.2.1), which adds negHints.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct NegTokenInit<'a> {
    /// `[0]` mechTypes: the mechanisms offered, the preferred one first.
    pub mech_types: MechTypes<'a>,
    /// `[1]` reqFlags, as the contents of a BIT STRING.
    pub req_flags: Option<&'a [u8]>,
    /// `[2]` mechToken: the first token of the preferred mechanism.
    pub mech_token: Option<&'a [u8]>,
    /// `[3]` negHints. Its presence tells NegTokenInit2 from NegTokenInit.
    pub neg_hints: Option<NegHints<'a>>,
    /// mechListMIC, `[3]` in NegTokenInit and `[4]` in NegTokenInit2.
    pub mech_list_mic: Option<&'a [u8]>,
}

/// NegHints, \[MS-SPNG\] 2.2.1.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct NegHints<'a> {
    /// `[0]` hintName. Windows sends "not_defined_in_RFC4178@please_ignore".
    pub hint_name: Option<&'a [u8]>,
    /// `[1]` hintAddress.
    pub hint_address: Option<&'a [u8]>,
}

/// NegTokenResp, RFC 4178 4.2.2.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct NegTokenResp<'a> {
    /// `[0]` negState.
    pub neg_state: Option<NegState>,
    /// `[1]` supportedMech: the mechanism that the server chose.
    pub supported_mech: Option<Oid<'a>>,
    /// `[2]` responseToken: the next token of the mechanism.
    pub response_token: Option<&'a [u8]>,
    /// `[3]` mechListMIC.
    pub mech_list_mic: Option<&'a [u8]>,
}

/// The GSS-API wrapper of an initial token, RFC 2743 3.1.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct GssToken<'a> {
    /// The mechanism.
    pub mech: Oid<'a>,
    /// What follows the mechanism's identifier.
    pub inner: &'a [u8],
    /// The wrapper with all that is in it.
    pub bytes: &'a [u8],
}

/// negState: how far the negotiation is. A value that RFC 4178 does not name is kept as it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct NegState(pub i64);

impl NegState {
    /// accept-completed.
    pub const ACCEPT_COMPLETED: NegState = NegState(0);
    /// accept-incomplete.
    pub const ACCEPT_INCOMPLETE: NegState = NegState(1);
    /// reject.
    pub const REJECT: NegState = NegState(2);
    /// request-mic.
    pub const REQUEST_MIC: NegState = NegState(3);

    /// The name in RFC 4178.
    pub fn name(self) -> Option<&'static str> {
        match self {
            NegState::ACCEPT_COMPLETED => Some("accept-completed"),
            NegState::ACCEPT_INCOMPLETE => Some("accept-incomplete"),
            NegState::REJECT => Some("reject"),
            NegState::REQUEST_MIC => Some("request-mic"),
            NegState(_) => None,
        }
    }
}

impl fmt::Display for NegState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.name() {
            Some(name) => f.write_str(name),
            None => write!(f, "{}", self.0),
        }
    }
}

/// MechTypeList: the mechanisms offered, the preferred one first.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct MechTypes<'a> {
    /// The whole SEQUENCE as sent, over which mechListMIC is computed (RFC 4178 5).
    pub der: &'a [u8],
    contents: &'a [u8],
}

impl<'a> MechTypes<'a> {
    /// The mechanisms in their order.
    pub fn iter(&self) -> impl Iterator<Item = Oid<'a>> + use<'a> {
        Reader::new(Structure::NegTokenInit, self.contents, 0)
            .filter(|element| element.is_universal(universal::OBJECT_IDENTIFIER))
            .map(|element| Oid(element.contents))
    }
}

/// An object identifier, as the contents of its element. Shown by its name, else in dots.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Oid<'a>(pub &'a [u8]);

impl Oid<'static> {
    /// SPNEGO itself, 1.3.6.1.5.5.2.
    pub const SPNEGO: Oid<'static> = Oid(&[0x2b, 6, 1, 5, 5, 2]);
    /// NTLMSSP, 1.3.6.1.4.1.311.2.2.10.
    pub const NTLMSSP: Oid<'static> = Oid(&[0x2b, 6, 1, 4, 1, 0x82, 0x37, 2, 2, 0x0a]);
    /// NegoEx, 1.3.6.1.4.1.311.2.2.30.
    pub const NEGOEX: Oid<'static> = Oid(&[0x2b, 6, 1, 4, 1, 0x82, 0x37, 2, 2, 0x1e]);
    /// Kerberos, 1.2.840.113554.1.2.2.
    pub const KERBEROS: Oid<'static> = Oid(&[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x12, 1, 2, 2]);
    /// Kerberos as Windows 2000 misspelt it, 1.2.840.48018.1.2.2.
    pub const MS_KERBEROS: Oid<'static> = Oid(&[0x2a, 0x86, 0x48, 0x82, 0xf7, 0x12, 1, 2, 2]);
    /// Kerberos user to user, 1.2.840.113554.1.2.2.3.
    pub const KERBEROS_USER_TO_USER: Oid<'static> =
        Oid(&[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x12, 1, 2, 2, 3]);
    /// Kerberos through the server (IAKERB), 1.3.6.1.5.2.5.
    pub const IAKERB: Oid<'static> = Oid(&[0x2b, 6, 1, 5, 2, 5]);
    /// Public keys, user to user (PKU2U), 1.3.6.1.5.2.7.
    pub const PKU2U: Oid<'static> = Oid(&[0x2b, 6, 1, 5, 2, 7]);
}

impl Oid<'_> {
    /// The name of a known mechanism.
    pub fn name(&self) -> Option<&'static str> {
        match *self {
            Oid::SPNEGO => Some("SPNEGO"),
            Oid::NTLMSSP => Some("NTLMSSP"),
            Oid::NEGOEX => Some("NegoEx"),
            Oid::KERBEROS => Some("Kerberos"),
            Oid::MS_KERBEROS => Some("MS Kerberos"),
            Oid::KERBEROS_USER_TO_USER => Some("Kerberos user-to-user"),
            Oid::IAKERB => Some("IAKERB"),
            Oid::PKU2U => Some("PKU2U"),
            Oid(_) => None,
        }
    }

    /// Whether tokens of the mechanism hold Kerberos messages.
    pub fn is_kerberos(&self) -> bool {
        matches!(*self, Oid::KERBEROS | Oid::MS_KERBEROS | Oid::KERBEROS_USER_TO_USER | Oid::IAKERB)
    }

    /// The numbers between dots; an identifier that is not well formed in hexadecimal.
    pub fn dotted(&self) -> String {
        self.arcs().unwrap_or_else(|| {
            self.0.iter().take(Oid::MAX_LEN).map(|byte| format!("{byte:02x}")).collect()
        })
    }

    /// Bytes of the longest identifier that is written in numbers. Known ones have up to ten.
    const MAX_LEN: usize = 64;

    fn arcs(&self) -> Option<String> {
        if self.0.len() > Oid::MAX_LEN || self.0.last()? & 0x80 != 0 {
            return None;
        }
        let mut text = String::new();
        let mut arc: u64 = 0;
        for &byte in self.0 {
            arc = arc.checked_mul(128)?.checked_add(u64::from(byte & 0x7f))?;
            if byte & 0x80 != 0 {
                continue;
            }
            // The first number holds the first two arcs, X.690 8.19.4.
            text += &match (text.is_empty(), arc) {
                (true, 0..40) => format!("0.{arc}"),
                (true, 40..80) => format!("1.{}", arc - 40),
                (true, _) => format!("2.{}", arc - 80),
                (false, _) => format!(".{arc}"),
            };
            arc = 0;
        }
        Some(text)
    }
}

impl fmt::Display for Oid<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.name() {
            Some(name) => f.write_str(name),
            None => f.write_str(&self.dotted()),
        }
    }
}

impl fmt::Debug for Oid<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Oid({self})")
    }
}

impl<'a> Token<'a> {
    /// Reads a security buffer. What cannot be read is [`Form::Unknown`], not an error.
    pub fn parse(bytes: &'a [u8]) -> Token<'a> {
        let (form, problem) = match bytes.first() {
            None => (Form::Empty, None),
            Some(_) if bytes.starts_with(&ntlmssp::SIGNATURE) => (Form::Ntlmssp(bytes), None),
            Some(0x60) => wrapped(bytes),
            Some(0xa0 | 0xa1) => negotiation(bytes, 0),
            Some(0x6e | 0x6f | 0x7e) => (Form::Kerberos(bytes), None),
            Some(_) => (Form::Unknown, None),
        };
        Token { form, problem, bytes }
    }

    /// Whether SPNEGO is spoken.
    pub fn is_spnego(&self) -> bool {
        matches!(self.form, Form::NegTokenInit(_) | Form::NegTokenResp(_))
    }

    /// The mechanisms offered; empty where none are.
    pub fn mech_types(&self) -> MechTypes<'a> {
        match self.form {
            Form::NegTokenInit(init) => init.mech_types,
            _ => MechTypes::default(),
        }
    }

    /// The mechanism that the server chose.
    pub fn supported_mech(&self) -> Option<Oid<'a>> {
        match self.form {
            Form::NegTokenResp(resp) => resp.supported_mech,
            _ => None,
        }
    }

    /// How far the negotiation is.
    pub fn neg_state(&self) -> Option<NegState> {
        match self.form {
            Form::NegTokenResp(resp) => resp.neg_state,
            _ => None,
        }
    }

    /// The code over the list of mechanisms.
    ///
    /// A copy of the mechanism's token in its place, as Windows 2000 sends, is none.
    pub fn mech_list_mic(&self) -> Option<&'a [u8]> {
        let mic = match self.form {
            Form::NegTokenInit(init) => init.mech_list_mic,
            Form::NegTokenResp(resp) => resp.mech_list_mic,
            _ => None,
        };
        mic.filter(|_| mic != self.mech_token())
    }

    /// The mechanism's token, with or without SPNEGO around it.
    pub fn mech_token(&self) -> Option<&'a [u8]> {
        match self.form {
            Form::NegTokenInit(init) => init.mech_token,
            Form::NegTokenResp(resp) => resp.response_token,
            Form::Gss(gss) => Some(gss.bytes),
            Form::Ntlmssp(bytes) | Form::Kerberos(bytes) => Some(bytes),
            Form::Empty | Form::Unknown => None,
        }
    }

    /// The NTLMSSP message, to be read by [`ntlmssp::Message::parse`].
    ///
    /// Where it is not the mechanism's token, as in a wrapping that cannot be read, it is looked
    /// for by its signature and type.
    pub fn ntlmssp(&self) -> Option<&'a [u8]> {
        match self.mech_token() {
            Some(token) if token.starts_with(&ntlmssp::SIGNATURE) => Some(token),
            _ if self.kerberos().is_some() => None,
            _ => (0..self.bytes.len())
                .filter_map(|start| self.bytes.get(start..))
                .find(|message| ntlmssp::MessageType::of(message).is_some()),
        }
    }

    /// The Kerberos token, to be read by [`crate::auth::kerberos::Message::parse`].
    pub fn kerberos(&self) -> Option<&'a [u8]> {
        let token = self.mech_token()?;
        match token.first()? {
            0x60 => match wrapped(token).0 {
                Form::Gss(gss) if gss.mech.is_kerberos() => Some(token),
                _ => None,
            },
            0x6e | 0x6f | 0x7e => Some(token),
            _ => None,
        }
    }

    /// The mechanism that speaks: by its token where there is one, else the one chosen, else the
    /// preferred one.
    pub fn mechanism(&self) -> Option<Oid<'a>> {
        if self.ntlmssp().is_some() {
            return Some(Oid::NTLMSSP);
        }
        if self.kerberos().is_some() {
            return Some(Oid::KERBEROS);
        }
        if self.mech_token().is_some_and(|token| token.starts_with(NEGOEX_SIGNATURE)) {
            return Some(Oid::NEGOEX);
        }
        match self.form {
            Form::Gss(gss) => Some(gss.mech),
            _ => self.supported_mech().or_else(|| self.mech_types().iter().next()),
        }
    }
}

/// What every message of NegoEx starts with.
const NEGOEX_SIGNATURE: &[u8] = b"NEGOEXTS";

type Read<'a> = (Form<'a>, Option<DecodeError>);

/// Reads the wrapper of an initial token and what is in it.
fn wrapped(bytes: &[u8]) -> Read<'_> {
    let mut outer = Reader::new(Structure::GssToken, bytes, 0);
    let Some(wrapper) = outer.next() else { return (Form::Unknown, outer.problem()) };
    let mut reader = Reader::contents(Structure::GssToken, &wrapper);
    let mech = reader.next();
    outer.note(reader.problem());
    let Some(mech) = mech.filter(|mech| mech.is_universal(universal::OBJECT_IDENTIFIER)) else {
        return (Form::Unknown, outer.problem());
    };
    let (inner, offset) = reader.rest();
    let mech = Oid(mech.contents);
    if mech != Oid::SPNEGO {
        let form = Form::Gss(GssToken { mech, inner, bytes: wrapper.bytes });
        return (form, outer.problem());
    }
    let (form, problem) = negotiation(inner, offset);
    (form, outer.problem().or(problem))
}

/// Reads a NegotiationToken, which starts `offset` bytes into the buffer.
fn negotiation(bytes: &[u8], offset: usize) -> Read<'_> {
    let mut reader = Reader::new(Structure::GssToken, bytes, offset);
    let Some(choice) = reader.next() else { return (Form::Unknown, reader.problem()) };
    let structure = match choice.field() {
        Some(0) => Structure::NegTokenInit,
        Some(1) => Structure::NegTokenResp,
        _ => {
            let kind = DecodeErrorKind::Identifier { expected: 0xa0, found: choice.identifier() };
            let problem = DecodeError { structure: Structure::GssToken, offset, kind };
            return (Form::Unknown, Some(problem));
        }
    };
    let mut inside = Reader::contents(structure, &choice);
    let sequence = inside.next();
    reader.note(inside.problem());
    let Some(sequence) = sequence else { return (Form::Unknown, reader.problem()) };
    if !sequence.is_universal(universal::SEQUENCE) {
        let kind = DecodeErrorKind::Identifier { expected: 0x30, found: sequence.identifier() };
        return (Form::Unknown, Some(DecodeError { structure, offset: choice.offset, kind }));
    }
    let mut fields = Reader::contents(structure, &sequence);
    let form = match structure {
        Structure::NegTokenInit => Form::NegTokenInit(neg_token_init(&mut fields)),
        _ => Form::NegTokenResp(neg_token_resp(&mut fields)),
    };
    (form, reader.problem().or(fields.problem()))
}

fn neg_token_init<'a>(fields: &mut Reader<'a>) -> NegTokenInit<'a> {
    let mut init = NegTokenInit::default();
    while let Some(field) = fields.next() {
        let Some(value) = fields.inner(&field) else { continue };
        match field.field() {
            Some(0) => init.mech_types = MechTypes { der: value.bytes, contents: value.contents },
            Some(1) => init.req_flags = Some(value.contents),
            Some(2) => init.mech_token = Some(value.contents),
            Some(3) if value.is_universal(universal::SEQUENCE) => {
                init.neg_hints = Some(neg_hints(&value, fields));
            }
            Some(3 | 4) => init.mech_list_mic = Some(value.contents),
            _ => {}
        }
    }
    init
}

fn neg_hints<'a>(sequence: &Element<'a>, parent: &mut Reader<'a>) -> NegHints<'a> {
    let mut hints = NegHints::default();
    let mut fields = Reader::contents(Structure::NegTokenInit, sequence);
    while let Some(field) = fields.next() {
        let Some(value) = fields.inner(&field) else { continue };
        match field.field() {
            Some(0) => hints.hint_name = Some(value.contents),
            Some(1) => hints.hint_address = Some(value.contents),
            _ => {}
        }
    }
    parent.note(fields.problem());
    hints
}

fn neg_token_resp<'a>(fields: &mut Reader<'a>) -> NegTokenResp<'a> {
    let mut resp = NegTokenResp::default();
    while let Some(field) = fields.next() {
        let Some(value) = fields.inner(&field) else { continue };
        match field.field() {
            Some(0) => resp.neg_state = value.integer().map(NegState),
            Some(1) => resp.supported_mech = Some(Oid(value.contents)),
            Some(2) => resp.response_token = Some(value.contents),
            Some(3) => resp.mech_list_mic = Some(value.contents),
            _ => {}
        }
    }
    resp
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::auth::der::test::{element, nested};

    /// The start of a NEGOTIATE_MESSAGE.
    const NTLMSSP: &[u8] = b"NTLMSSP\0\x01\0\0\0\x97\x82\x08\xe2";

    fn oid(oid: Oid<'_>) -> Vec<u8> {
        element(0x06, oid.0)
    }

    fn gss(mech: Oid<'_>, inner: &[u8]) -> Vec<u8> {
        nested(0x60, &[oid(mech), inner.to_vec()])
    }

    fn init(fields: &[Vec<u8>]) -> Vec<u8> {
        gss(Oid::SPNEGO, &nested(0xa0, &[nested(0x30, fields)]))
    }

    fn resp(fields: &[Vec<u8>]) -> Vec<u8> {
        nested(0xa1, &[nested(0x30, fields)])
    }

    fn octets(field: u8, bytes: &[u8]) -> Vec<u8> {
        nested(0xa0 | field, &[element(0x04, bytes)])
    }

    fn mech_types(mechs: &[Oid<'_>]) -> Vec<u8> {
        let mechs: Vec<_> = mechs.iter().map(|&mech| oid(mech)).collect();
        nested(0xa0, &[nested(0x30, &mechs)])
    }

    fn client_init() -> Vec<u8> {
        init(&[mech_types(&[Oid::NTLMSSP, Oid::KERBEROS]), octets(2, NTLMSSP), octets(3, b"mic")])
    }

    fn server_hints() -> Vec<u8> {
        let name = element(0x1b, b"not_defined_in_RFC4178@please_ignore");
        let hints = nested(0xa3, &[nested(0x30, &[nested(0xa0, &[name])])]);
        let mechs = [Oid::NEGOEX, Oid::MS_KERBEROS, Oid::KERBEROS, Oid::NTLMSSP];
        init(&[mech_types(&mechs), hints])
    }

    fn server_resp() -> Vec<u8> {
        let state = nested(0xa0, &[element(0x0a, &[1])]);
        let mech = nested(0xa1, &[oid(Oid::NTLMSSP)]);
        resp(&[state, mech, octets(2, NTLMSSP), octets(3, &[1, 0, 0, 0])])
    }

    #[test]
    fn neg_token_init_of_a_client() {
        let bytes = client_init();
        let token = Token::parse(&bytes);
        assert_eq!(token.problem, None);
        let names: Vec<_> = token.mech_types().iter().map(|mech| mech.to_string()).collect();
        assert_eq!(names, ["NTLMSSP", "Kerberos"]);
        assert_eq!(token.mech_token(), Some(NTLMSSP));
        assert_eq!(token.ntlmssp(), Some(NTLMSSP));
        assert_eq!(token.mech_list_mic(), Some(&b"mic"[..]));
        assert_eq!(token.mechanism(), Some(Oid::NTLMSSP));
        let Form::NegTokenInit(init) = token.form else { panic!("{token:?}") };
        assert_eq!(init.neg_hints, None);
        assert_eq!(init.mech_types.der[..2], [0x30, 0x17]);
    }

    #[test]
    fn neg_token_init_2_of_a_server() {
        let bytes = server_hints();
        let token = Token::parse(&bytes);
        assert_eq!(token.problem, None);
        let Form::NegTokenInit(init) = token.form else { panic!("{token:?}") };
        let hint_name = init.neg_hints.and_then(|hints| hints.hint_name);
        assert_eq!(hint_name, Some(&b"not_defined_in_RFC4178@please_ignore"[..]));
        assert_eq!(token.mech_list_mic(), None);
        assert_eq!(token.mech_types().iter().count(), 4);
        assert_eq!(token.ntlmssp(), None);
        assert_eq!(token.mechanism(), Some(Oid::NEGOEX));
    }

    #[test]
    fn neg_token_resp_of_a_server() {
        let bytes = server_resp();
        let token = Token::parse(&bytes);
        assert_eq!(token.problem, None);
        assert_eq!(token.neg_state(), Some(NegState::ACCEPT_INCOMPLETE));
        assert_eq!(token.supported_mech(), Some(Oid::NTLMSSP));
        assert_eq!(token.ntlmssp(), Some(NTLMSSP));
        assert_eq!(token.mech_list_mic(), Some(&[1, 0, 0, 0][..]));
    }

    #[test]
    fn a_token_in_the_place_of_the_mic_is_no_mic() {
        let bytes = resp(&[octets(2, NTLMSSP), octets(3, NTLMSSP)]);
        assert_eq!(Token::parse(&bytes).mech_list_mic(), None);
    }

    #[test]
    fn unknown_states_and_mechanisms_are_kept() {
        let state = nested(0xa0, &[element(0x0a, &[9])]);
        let mech = nested(0xa1, &[element(0x06, &[0x88, 0x37, 3])]);
        let future = nested(0xbe, &[element(0x05, &[])]);
        let bytes = resp(&[state, mech, future]);
        let token = Token::parse(&bytes);
        assert_eq!(token.problem, None);
        assert_eq!(token.neg_state().map(|state| state.to_string()).as_deref(), Some("9"));
        assert_eq!(token.supported_mech().map(|m| m.to_string()).as_deref(), Some("2.999.3"));
    }

    #[test]
    fn object_identifiers_in_dots() {
        assert_eq!(Oid::NTLMSSP.dotted(), "1.3.6.1.4.1.311.2.2.10");
        assert_eq!(Oid::NEGOEX.dotted(), "1.3.6.1.4.1.311.2.2.30");
        assert_eq!(Oid::KERBEROS.dotted(), "1.2.840.113554.1.2.2");
        assert_eq!(Oid::MS_KERBEROS.dotted(), "1.2.840.48018.1.2.2");
        assert_eq!(Oid::KERBEROS_USER_TO_USER.dotted(), "1.2.840.113554.1.2.2.3");
        assert_eq!(Oid::SPNEGO.dotted(), "1.3.6.1.5.5.2");
        assert_eq!(Oid::IAKERB.dotted(), "1.3.6.1.5.2.5");
        assert_eq!(Oid::PKU2U.dotted(), "1.3.6.1.5.2.7");
        assert_eq!(Oid(&[0x27]).dotted(), "0.39");
        assert_eq!(Oid(&[0x2b, 0x86]).dotted(), "2b86");
        assert_eq!(Oid(&[0xff; 12]).dotted(), "ff".repeat(12));
        assert_eq!(Oid(&[1; 100]).dotted(), "01".repeat(64));
    }

    #[test]
    fn mechanisms_without_spnego() {
        assert_eq!(Token::parse(NTLMSSP).form, Form::Ntlmssp(NTLMSSP));
        assert_eq!(Token::parse(NTLMSSP).ntlmssp(), Some(NTLMSSP));
        let bytes = gss(Oid::KERBEROS, &[1, 0, 0x6e, 0]);
        let token = Token::parse(&bytes);
        assert!(!token.is_spnego());
        assert_eq!(token.kerberos(), Some(&bytes[..]));
        assert_eq!(token.mechanism(), Some(Oid::KERBEROS));
        assert_eq!(Token::parse(&[0x6e, 0]).mechanism(), Some(Oid::KERBEROS));
        assert_eq!(Token::parse(&[]).form, Form::Empty);
        assert_eq!(Token::parse(&[0xff, 1]).form, Form::Unknown);
    }

    #[test]
    fn kerberos_inside_spnego() {
        for mech in [Oid::KERBEROS, Oid::MS_KERBEROS, Oid::IAKERB] {
            let inner = gss(mech, &[1, 0, 0x6e, 0]);
            let bytes = init(&[mech_types(&[mech]), octets(2, &inner)]);
            let token = Token::parse(&bytes);
            assert_eq!(token.kerberos(), Some(&inner[..]));
            assert_eq!(token.ntlmssp(), None);
            assert_eq!(token.mechanism(), Some(Oid::KERBEROS));
        }
    }

    #[test]
    fn negoex_is_told_by_its_signature() {
        let bytes = init(&[mech_types(&[Oid::NTLMSSP]), octets(2, b"NEGOEXTS\0\0\0\0")]);
        assert_eq!(Token::parse(&bytes).mechanism(), Some(Oid::NEGOEX));
    }

    #[test]
    fn ntlmssp_is_found_in_a_wrapping_that_cannot_be_read() {
        let bytes = [&[0x60, 3, 0xff, 0xff], NTLMSSP].concat();
        let token = Token::parse(&bytes);
        assert_eq!(token.form, Form::Unknown);
        assert!(token.problem.is_some());
        assert_eq!(token.ntlmssp(), Some(NTLMSSP));
        // The signature alone is not enough.
        let bytes = [&[0x60, 3, 0xff, 0xff], &b"NTLMSSP\0\x07\0\0\0"[..]].concat();
        assert_eq!(Token::parse(&bytes).ntlmssp(), None);
    }

    #[test]
    fn something_else_in_place_of_a_token() {
        let bytes = nested(0xa0, &[element(0x04, &[])]);
        let problem = Token::parse(&bytes).problem.map(|problem| problem.kind);
        assert_eq!(problem, Some(DecodeErrorKind::Identifier { expected: 0x30, found: 0x04 }));
        let bytes = gss(Oid::SPNEGO, &element(0xa2, &[]));
        let problem = Token::parse(&bytes).problem.map(|problem| problem.kind);
        assert_eq!(problem, Some(DecodeErrorKind::Identifier { expected: 0xa0, found: 0xa2 }));
    }

    /// Asks everything of a token.
    fn ask(bytes: &[u8]) -> Option<DecodeError> {
        let token = Token::parse(bytes);
        token.mech_types().iter().for_each(|mech| {
            mech.to_string();
        });
        let _ = (token.mech_list_mic(), token.neg_state(), token.mechanism().map(|m| m.dotted()));
        token.problem
    }

    #[test]
    fn every_truncation_says_so() {
        for whole in [client_init(), server_hints(), server_resp()] {
            assert_eq!(ask(&whole), None);
            for len in 1..whole.len() {
                let cut = &whole[..len];
                let problem = ask(cut);
                assert!(problem.is_some(), "{len} of {} bytes", whole.len());
            }
        }
    }

    #[test]
    fn a_cut_token_gives_what_is_there() {
        let bytes = client_init();
        let token = Token::parse(&bytes[..bytes.len() - 8]);
        assert_eq!(token.mech_types().iter().count(), 2);
        assert_eq!(token.ntlmssp(), Some(&NTLMSSP[..NTLMSSP.len() - 1]));
    }

    proptest! {
        #[test]
        fn any_bytes(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
            ask(&bytes);
        }

        #[test]
        fn any_change(place in 0_usize..200, value in any::<u8>()) {
            for mut bytes in [client_init(), server_hints(), server_resp()] {
                let place = place % bytes.len();
                bytes[place] = value;
                ask(&bytes);
            }
        }
    }
}
