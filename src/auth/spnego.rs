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

    /// Whether it stands for Kerberos in one of its spellings.
    pub fn is_kerberos(&self) -> bool {
        matches!(*self, Oid::KERBEROS | Oid::MS_KERBEROS | Oid::KERBEROS_USER_TO_USER)
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
    let mut reader = Reader::new(Structure::NegTokenInit, bytes, offset);
    let Some(choice) = reader.next() else { return (Form::Unknown, reader.problem()) };
    let is_init = choice.is_context(0);
    let structure = if is_init { Structure::NegTokenInit } else { Structure::NegTokenResp };
    let Some(sequence) = reader.inner(&choice) else { return (Form::Unknown, reader.problem()) };
    if !sequence.is_universal(universal::SEQUENCE) {
        let found = sequence.bytes.first().copied().unwrap_or_default();
        let kind = DecodeErrorKind::Identifier { expected: 0x30, found };
        let problem = DecodeError { structure, offset: choice.offset, kind };
        return (Form::Unknown, reader.problem().or(Some(problem)));
    }
    let mut fields = Reader::contents(structure, &sequence);
    let form = if is_init {
        Form::NegTokenInit(neg_token_init(&mut fields))
    } else {
        Form::NegTokenResp(neg_token_resp(&mut fields))
    };
    (form, reader.problem().or(fields.problem()))
}

fn neg_token_init<'a>(fields: &mut Reader<'a>) -> NegTokenInit<'a> {
    let mut init = NegTokenInit::default();
    while let Some(field) = fields.next() {
        let Some(value) = fields.inner(&field) else { continue };
        match field.tag {
            0 => init.mech_types = MechTypes { der: value.bytes, contents: value.contents },
            1 => init.req_flags = Some(value.contents),
            2 => init.mech_token = Some(value.contents),
            3 if value.is_universal(universal::SEQUENCE) => {
                init.neg_hints = Some(neg_hints(&value, fields));
            }
            3 | 4 => init.mech_list_mic = Some(value.contents),
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
        match field.tag {
            0 => hints.hint_name = Some(value.contents),
            1 => hints.hint_address = Some(value.contents),
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
        match field.tag {
            0 => resp.neg_state = value.integer().map(NegState),
            1 => resp.supported_mech = Some(Oid(value.contents)),
            2 => resp.response_token = Some(value.contents),
            3 => resp.mech_list_mic = Some(value.contents),
            _ => {}
        }
    }
    resp
}
