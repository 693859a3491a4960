//! Kerberos tokens and messages, as far as they can be read without a key: RFC 4120, RFC 4121.
//!
//! What a capture cuts is read up to the cut: realm and service stand at the start of a ticket.

pub mod decrypted;
pub mod kdc;
pub mod mic;

use std::fmt;

use crate::auth::der::{Element, Reader, universal};
use crate::auth::error::{DecodeError, DecodeErrorKind, Structure};

/// A message of the Kerberos mechanism.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Message<'a> {
    /// The client shows its ticket.
    ApReq(ApReq<'a>),
    /// The server proves that it could read the ticket.
    ApRep(ApRep<'a>),
    /// The server refuses.
    KrbError(KrbError<'a>),
    /// A token of another kind.
    Other(TokenId),
}

/// TOK_ID, RFC 4121 4.1: what a token holds. A value without a name is kept as it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct TokenId(pub [u8; 2]);

impl TokenId {
    /// KRB_AP_REQ.
    pub const AP_REQ: TokenId = TokenId([0x01, 0x00]);
    /// KRB_AP_REP.
    pub const AP_REP: TokenId = TokenId([0x02, 0x00]);
    /// KRB_ERROR.
    pub const KRB_ERROR: TokenId = TokenId([0x03, 0x00]);
    /// GSS_GetMIC.
    pub const MIC: TokenId = TokenId([0x04, 0x04]);
    /// GSS_GetMIC with RC4 (RFC 4757 7.2).
    pub const MIC_RC4: TokenId = TokenId([0x01, 0x01]);
}

/// AP-REQ, RFC 4120 5.5.1.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ApReq<'a> {
    /// `[2]` ap-options.
    pub ap_options: ApOptions,
    /// `[3]` ticket.
    pub ticket: Ticket<'a>,
    /// `[4]` authenticator; `None` where it was not captured.
    pub authenticator: Option<EncryptedData<'a>>,
    /// Why reading stopped before the end, if it did.
    pub problem: Option<DecodeError>,
}

/// ap-options, RFC 4120 5.5.1. Bit 0 is the highest one. Bits without a name are kept.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct ApOptions(pub u32);

impl ApOptions {
    /// The ticket is encrypted in the session key of the server's own ticket.
    pub const USE_SESSION_KEY: ApOptions = ApOptions(0x4000_0000);
    /// The client wants an AP-REP.
    pub const MUTUAL_REQUIRED: ApOptions = ApOptions(0x2000_0000);

    /// Whether every bit of `other` is set.
    pub fn contains(self, other: ApOptions) -> bool {
        self.0 & other.0 == other.0
    }
}

/// Ticket, RFC 4120 5.3.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ticket<'a> {
    /// `[1]` realm.
    pub realm: String,
    /// `[2]` sname: the service that the ticket is for.
    pub sname: PrincipalName,
    /// `[3]` enc-part; `None` where it was not captured.
    pub enc_part: Option<EncryptedData<'a>>,
}

/// PrincipalName, RFC 4120 5.2.2, shown as "cifs/fs1.lab.test".
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct PrincipalName {
    /// `[0]` name-type.
    pub name_type: i64,
    /// `[1]` name-string.
    pub name_string: Vec<String>,
}

impl PrincipalName {
    /// Parts that are kept. Real names have up to three.
    pub const MAX_PARTS: usize = 16;
}

impl fmt::Display for PrincipalName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name_string.join("/"))
    }
}

/// EncryptedData, RFC 4120 5.2.9.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EncryptedData<'a> {
    /// `[0]` etype.
    pub etype: EncryptionType,
    /// `[1]` kvno: the version of the key.
    pub kvno: Option<i64>,
    /// `[2]` cipher, as far as it was captured.
    pub cipher: &'a [u8],
    /// All of it was captured.
    pub is_whole: bool,
}

/// AP-REP, RFC 4120 5.5.2.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ApRep<'a> {
    /// `[2]` enc-part.
    pub enc_part: EncryptedData<'a>,
    /// Why reading stopped before the end, if it did.
    pub problem: Option<DecodeError>,
}

/// KRB-ERROR, RFC 4120 5.9.1.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KrbError<'a> {
    /// `[6]` error-code.
    pub error_code: ErrorCode,
    /// `[4]` stime: the server's time, as "20260101120000Z".
    pub stime: Option<String>,
    /// `[7]` crealm.
    pub crealm: Option<String>,
    /// `[8]` cname: the client.
    pub cname: Option<PrincipalName>,
    /// `[9]` realm of the service.
    pub realm: Option<String>,
    /// `[10]` sname: the service.
    pub sname: Option<PrincipalName>,
    /// `[11]` e-text.
    pub e_text: Option<String>,
    /// `[12]` e-data.
    pub e_data: Option<&'a [u8]>,
    /// Why reading stopped before the end, if it did.
    pub problem: Option<DecodeError>,
}

/// etype: an encryption type of the IANA registry. A value without a name is kept as it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct EncryptionType(pub i64);

impl EncryptionType {
    /// des-cbc-crc.
    pub const DES_CBC_CRC: EncryptionType = EncryptionType(1);
    /// des-cbc-md4.
    pub const DES_CBC_MD4: EncryptionType = EncryptionType(2);
    /// des-cbc-md5.
    pub const DES_CBC_MD5: EncryptionType = EncryptionType(3);
    /// des3-cbc-sha1-kd.
    pub const DES3_CBC_SHA1_KD: EncryptionType = EncryptionType(16);
    /// aes128-cts-hmac-sha1-96.
    pub const AES128_CTS_HMAC_SHA1_96: EncryptionType = EncryptionType(17);
    /// aes256-cts-hmac-sha1-96.
    pub const AES256_CTS_HMAC_SHA1_96: EncryptionType = EncryptionType(18);
    /// aes128-cts-hmac-sha256-128.
    pub const AES128_CTS_HMAC_SHA256_128: EncryptionType = EncryptionType(19);
    /// aes256-cts-hmac-sha384-192.
    pub const AES256_CTS_HMAC_SHA384_192: EncryptionType = EncryptionType(20);
    /// rc4-hmac.
    pub const RC4_HMAC: EncryptionType = EncryptionType(23);
    /// rc4-hmac-exp.
    pub const RC4_HMAC_EXP: EncryptionType = EncryptionType(24);
    /// camellia128-cts-cmac.
    pub const CAMELLIA128_CTS_CMAC: EncryptionType = EncryptionType(25);
    /// camellia256-cts-cmac.
    pub const CAMELLIA256_CTS_CMAC: EncryptionType = EncryptionType(26);

    /// The registry's name.
    pub fn name(self) -> Option<&'static str> {
        match self {
            EncryptionType::DES_CBC_CRC => Some("des-cbc-crc"),
            EncryptionType::DES_CBC_MD4 => Some("des-cbc-md4"),
            EncryptionType::DES_CBC_MD5 => Some("des-cbc-md5"),
            EncryptionType::DES3_CBC_SHA1_KD => Some("des3-cbc-sha1-kd"),
            EncryptionType::AES128_CTS_HMAC_SHA1_96 => Some("aes128-cts-hmac-sha1-96"),
            EncryptionType::AES256_CTS_HMAC_SHA1_96 => Some("aes256-cts-hmac-sha1-96"),
            EncryptionType::AES128_CTS_HMAC_SHA256_128 => Some("aes128-cts-hmac-sha256-128"),
            EncryptionType::AES256_CTS_HMAC_SHA384_192 => Some("aes256-cts-hmac-sha384-192"),
            EncryptionType::RC4_HMAC => Some("rc4-hmac"),
            EncryptionType::RC4_HMAC_EXP => Some("rc4-hmac-exp"),
            EncryptionType::CAMELLIA128_CTS_CMAC => Some("camellia128-cts-cmac"),
            EncryptionType::CAMELLIA256_CTS_CMAC => Some("camellia256-cts-cmac"),
            EncryptionType(_) => None,
        }
    }
}

impl fmt::Display for EncryptionType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.name() {
            Some(name) => f.write_str(name),
            None => write!(f, "etype {}", self.0),
        }
    }
}

/// error-code, RFC 4120 7.5.9. A value without a name is kept as it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ErrorCode(pub i64);

impl ErrorCode {
    /// The client's and the server's clock differ too much.
    pub const KRB_AP_ERR_SKEW: ErrorCode = ErrorCode(37);
    /// The ticket does not decrypt: the server has another key.
    pub const KRB_AP_ERR_MODIFIED: ErrorCode = ErrorCode(41);

    /// The name in RFC 4120.
    ///
    /// Those are named that a service answers an AP-REQ with, and a few of a domain controller's
    /// that services pass on.
    pub fn name(self) -> Option<&'static str> {
        match self.0 {
            6 => Some("KDC_ERR_C_PRINCIPAL_UNKNOWN"),
            7 => Some("KDC_ERR_S_PRINCIPAL_UNKNOWN"),
            12 => Some("KDC_ERR_POLICY"),
            14 => Some("KDC_ERR_ETYPE_NOSUPP"),
            18 => Some("KDC_ERR_CLIENT_REVOKED"),
            23 => Some("KDC_ERR_KEY_EXPIRED"),
            24 => Some("KDC_ERR_PREAUTH_FAILED"),
            25 => Some("KDC_ERR_PREAUTH_REQUIRED"),
            31 => Some("KRB_AP_ERR_BAD_INTEGRITY"),
            32 => Some("KRB_AP_ERR_TKT_EXPIRED"),
            33 => Some("KRB_AP_ERR_TKT_NYV"),
            34 => Some("KRB_AP_ERR_REPEAT"),
            35 => Some("KRB_AP_ERR_NOT_US"),
            36 => Some("KRB_AP_ERR_BADMATCH"),
            37 => Some("KRB_AP_ERR_SKEW"),
            38 => Some("KRB_AP_ERR_BADADDR"),
            39 => Some("KRB_AP_ERR_BADVERSION"),
            40 => Some("KRB_AP_ERR_MSG_TYPE"),
            41 => Some("KRB_AP_ERR_MODIFIED"),
            42 => Some("KRB_AP_ERR_BADORDER"),
            44 => Some("KRB_AP_ERR_BADKEYVER"),
            45 => Some("KRB_AP_ERR_NOKEY"),
            46 => Some("KRB_AP_ERR_MUT_FAIL"),
            47 => Some("KRB_AP_ERR_BADDIRECTION"),
            48 => Some("KRB_AP_ERR_METHOD"),
            49 => Some("KRB_AP_ERR_BADSEQ"),
            50 => Some("KRB_AP_ERR_INAPP_CKSUM"),
            51 => Some("KRB_AP_PATH_NOT_ACCEPTED"),
            52 => Some("KRB_ERR_RESPONSE_TOO_BIG"),
            60 => Some("KRB_ERR_GENERIC"),
            61 => Some("KRB_ERR_FIELD_TOOLONG"),
            67 => Some("KRB_AP_ERR_NO_TGT"),
            68 => Some("KDC_ERR_WRONG_REALM"),
            69 => Some("KRB_AP_ERR_USER_TO_USER_REQUIRED"),
            _ => None,
        }
    }
}

impl fmt::Display for ErrorCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.name() {
            Some(name) => f.write_str(name),
            None => write!(f, "Kerberos error {}", self.0),
        }
    }
}

impl<'a> Message<'a> {
    /// Reads a token, with or without the GSS-API wrapper.
    pub fn parse(token: &'a [u8]) -> Result<Message<'a>, DecodeError> {
        let mut reader = Reader::new(Structure::KerberosToken, token, 0);
        let outer = next(Structure::KerberosToken, &mut reader)?;
        if !outer.is_application(0) {
            return message(&outer, reader.problem(), 0);
        }
        let mut inner = Reader::contents(Structure::KerberosToken, &outer);
        let _this_mech = next(Structure::KerberosToken, &mut inner)?;
        let (rest, offset) = inner.rest();
        let Some((&id, body)) = rest.split_first_chunk() else {
            let kind = DecodeErrorKind::Truncated { needed: 2, available: rest.len() };
            return Err(DecodeError { structure: Structure::KerberosToken, offset, kind });
        };
        match TokenId(id) {
            TokenId::AP_REQ | TokenId::AP_REP | TokenId::KRB_ERROR => {
                let mut body = Reader::new(Structure::KerberosToken, body, offset + id.len());
                let element = next(Structure::KerberosToken, &mut body)?;
                message(&element, reader.problem().or(body.problem()), element.offset)
            }
            other => Ok(Message::Other(other)),
        }
    }
}

/// Reads the message that `element` is; `problem` is what its surroundings lack.
fn message<'a>(
    element: &Element<'a>,
    problem: Option<DecodeError>,
    offset: usize,
) -> Result<Message<'a>, DecodeError> {
    if element.is_application(14) {
        ap_req(element, problem).map(Message::ApReq)
    } else if element.is_application(15) {
        ap_rep(element, problem).map(Message::ApRep)
    } else if element.is_application(30) {
        krb_error(element, problem).map(Message::KrbError)
    } else {
        let kind = DecodeErrorKind::Identifier { expected: 0x6e, found: element.identifier() };
        Err(DecodeError { structure: Structure::KerberosToken, offset, kind })
    }
}

fn ap_req<'a>(
    element: &Element<'a>,
    problem: Option<DecodeError>,
) -> Result<ApReq<'a>, DecodeError> {
    let structure = Structure::ApReq;
    let mut fields = sequence(structure, element)?;
    let mut options = ApOptions::default();
    let mut found = None;
    let mut authenticator = None;
    while let Some(field) = fields.next() {
        let Some(value) = fields.inner(&field) else { continue };
        match field.field() {
            Some(2) => options = ap_options(&value),
            Some(3) => found = Some(ticket(&value)?),
            Some(4) => authenticator = encrypted_data(&value).ok(),
            _ => {}
        }
    }
    let problem = problem.or(fields.problem());
    let ticket = found.ok_or_else(|| missing(structure, element, 3, problem))?;
    Ok(ApReq { ap_options: options, ticket, authenticator, problem })
}

fn ap_rep<'a>(
    element: &Element<'a>,
    problem: Option<DecodeError>,
) -> Result<ApRep<'a>, DecodeError> {
    let structure = Structure::ApRep;
    let mut fields = sequence(structure, element)?;
    let mut enc_part = None;
    while let Some(field) = fields.next() {
        let Some(value) = fields.inner(&field) else { continue };
        if field.field() == Some(2) {
            enc_part = Some(encrypted_data(&value)?);
        }
    }
    let problem = problem.or(fields.problem());
    let enc_part = enc_part.ok_or_else(|| missing(structure, element, 2, problem))?;
    Ok(ApRep { enc_part, problem })
}

fn krb_error<'a>(
    element: &Element<'a>,
    problem: Option<DecodeError>,
) -> Result<KrbError<'a>, DecodeError> {
    let structure = Structure::KrbError;
    let mut fields = sequence(structure, element)?;
    let mut error_code = None;
    let mut error = KrbError {
        error_code: ErrorCode(0),
        stime: None,
        crealm: None,
        cname: None,
        realm: None,
        sname: None,
        e_text: None,
        e_data: None,
        problem: None,
    };
    while let Some(field) = fields.next() {
        let Some(value) = fields.inner(&field) else { continue };
        match field.field() {
            Some(4) => error.stime = Some(value.text()),
            Some(6) => error_code = value.integer().map(ErrorCode),
            Some(7) => error.crealm = Some(value.text()),
            Some(8) => error.cname = principal_name(&value).ok(),
            Some(9) => error.realm = Some(value.text()),
            Some(10) => error.sname = principal_name(&value).ok(),
            Some(11) => error.e_text = Some(value.text()),
            Some(12) => error.e_data = Some(value.contents),
            _ => {}
        }
    }
    error.problem = problem.or(fields.problem());
    error.error_code = error_code.ok_or_else(|| missing(structure, element, 6, error.problem))?;
    Ok(error)
}

fn ticket<'a>(element: &Element<'a>) -> Result<Ticket<'a>, DecodeError> {
    let structure = Structure::Ticket;
    let mut fields = sequence(structure, element)?;
    let mut realm = None;
    let mut sname = None;
    let mut enc_part = None;
    while let Some(field) = fields.next() {
        let Some(value) = fields.inner(&field) else { continue };
        match field.field() {
            Some(1) => realm = Some(value.text()),
            Some(2) => sname = Some(principal_name(&value)?),
            Some(3) => enc_part = encrypted_data(&value).ok(),
            _ => {}
        }
    }
    let problem = fields.problem();
    Ok(Ticket {
        realm: realm.ok_or_else(|| missing(structure, element, 1, problem))?,
        sname: sname.ok_or_else(|| missing(structure, element, 2, problem))?,
        enc_part,
    })
}

fn encrypted_data<'a>(element: &Element<'a>) -> Result<EncryptedData<'a>, DecodeError> {
    let structure = Structure::EncryptedData;
    let mut fields = Reader::contents(structure, element);
    let mut etype = None;
    let mut kvno = None;
    let mut cipher = None;
    while let Some(field) = fields.next() {
        let Some(value) = fields.inner(&field) else { continue };
        match field.field() {
            Some(0) => etype = value.integer().map(EncryptionType),
            Some(1) => kvno = value.integer(),
            Some(2) => cipher = Some(value.contents),
            _ => {}
        }
    }
    let etype = etype.ok_or_else(|| missing(structure, element, 0, fields.problem()))?;
    let is_whole = cipher.is_some() && fields.problem().is_none();
    Ok(EncryptedData { etype, kvno, cipher: cipher.unwrap_or_default(), is_whole })
}

fn principal_name(element: &Element<'_>) -> Result<PrincipalName, DecodeError> {
    let structure = Structure::PrincipalName;
    let mut fields = Reader::contents(structure, element);
    let mut name = PrincipalName::default();
    while let Some(field) = fields.next() {
        let Some(value) = fields.inner(&field) else { continue };
        match field.field() {
            Some(0) => name.name_type = value.integer().unwrap_or_default(),
            Some(1) => {
                let mut parts = Reader::contents(structure, &value);
                let kept = parts.by_ref().take(PrincipalName::MAX_PARTS);
                name.name_string = kept.map(|part| part.text()).collect();
                fields.note(parts.problem());
            }
            _ => {}
        }
    }
    // A name that is cut would be another name.
    match fields.problem() {
        Some(problem) => Err(problem),
        None => Ok(name),
    }
}

/// KerberosFlags, RFC 4120 5.2.8: a BIT STRING of at least 32 bits.
fn ap_options(element: &Element<'_>) -> ApOptions {
    let bits = element.contents.get(1..).and_then(|bits| bits.first_chunk());
    ApOptions(bits.map_or(0, |bits| u32::from_be_bytes(*bits)))
}

/// The fields of the SEQUENCE in `element`.
fn sequence<'a>(structure: Structure, element: &Element<'a>) -> Result<Reader<'a>, DecodeError> {
    let mut reader = Reader::contents(structure, element);
    let sequence = next(structure, &mut reader)?;
    if !sequence.is_universal(universal::SEQUENCE) {
        let kind = DecodeErrorKind::Identifier { expected: 0x30, found: sequence.identifier() };
        return Err(DecodeError { structure, offset: element.offset, kind });
    }
    let mut fields = Reader::contents(structure, &sequence);
    fields.note(reader.problem());
    Ok(fields)
}

/// The next element, which has to be there.
fn next<'a>(structure: Structure, reader: &mut Reader<'a>) -> Result<Element<'a>, DecodeError> {
    let (_, offset) = reader.rest();
    let kind = DecodeErrorKind::Truncated { needed: 1, available: 0 };
    let element = reader.next();
    element.ok_or_else(|| reader.problem().unwrap_or(DecodeError { structure, offset, kind }))
}

/// The error of a message without the field `[field]`: the one that kept it from being read.
fn missing(
    structure: Structure,
    element: &Element<'_>,
    field: u32,
    problem: Option<DecodeError>,
) -> DecodeError {
    let kind = DecodeErrorKind::MissingField { field };
    problem.unwrap_or(DecodeError { structure, offset: element.offset, kind })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::auth::der::test::{element, nested};

    fn integer(field: u8, value: u8) -> Vec<u8> {
        nested(0xa0 | field, &[element(0x02, &[value])])
    }

    fn text(field: u8, value: &str) -> Vec<u8> {
        nested(0xa0 | field, &[element(0x1b, value.as_bytes())])
    }

    fn name(field: u8, parts: &[&str]) -> Vec<u8> {
        let parts: Vec<_> = parts.iter().map(|part| element(0x1b, part.as_bytes())).collect();
        let parts = nested(0xa1, &[nested(0x30, &parts)]);
        nested(0xa0 | field, &[nested(0x30, &[integer(0, 2), parts])])
    }

    fn encrypted(field: u8, etype: u8, kvno: Option<u8>) -> Vec<u8> {
        let kvno = kvno.map_or_else(Vec::new, |kvno| integer(1, kvno));
        let cipher = nested(0xa2, &[element(0x04, &[0xcc; 20])]);
        nested(0xa0 | field, &[nested(0x30, &[integer(0, etype), kvno, cipher])])
    }

    fn bare_ap_req() -> Vec<u8> {
        let realm = text(1, "LAB.TEST");
        let sname = name(2, &["cifs", "fs1.lab.test"]);
        let ticket = nested(0x30, &[integer(0, 5), realm, sname, encrypted(3, 18, Some(4))]);
        let ticket = nested(0xa3, &[element(0x61, &ticket)]);
        let options = nested(0xa2, &[element(0x03, &[0, 0x20, 0, 0, 0])]);
        let fields = [integer(0, 5), integer(1, 14), options, ticket, encrypted(4, 17, None)];
        element(0x6e, &nested(0x30, &fields))
    }

    fn bare_ap_rep() -> Vec<u8> {
        let fields = [integer(0, 5), integer(1, 15), encrypted(2, 20, None)];
        element(0x6f, &nested(0x30, &fields))
    }

    fn bare_krb_error() -> Vec<u8> {
        let stime = nested(0xa4, &[element(0x18, b"20260101120000Z")]);
        let e_data = nested(0xac, &[element(0x04, &[1, 2])]);
        let fields = [
            integer(0, 5),
            integer(1, 30),
            stime,
            integer(5, 0),
            integer(6, 37),
            text(9, "LAB.TEST"),
            name(10, &["cifs", "büro"]),
            text(11, "clock"),
            e_data,
        ];
        element(0x7e, &nested(0x30, &fields))
    }

    fn gss(id: [u8; 2], message: Vec<u8>) -> Vec<u8> {
        let mech = element(0x06, &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x12, 1, 2, 2]);
        nested(0x60, &[mech, id.to_vec(), message])
    }

    fn tokens() -> [Vec<u8>; 3] {
        [gss([1, 0], bare_ap_req()), gss([2, 0], bare_ap_rep()), gss([3, 0], bare_krb_error())]
    }

    #[test]
    fn ap_req_with_and_without_wrapper() {
        for token in [bare_ap_req(), gss([1, 0], bare_ap_req())] {
            let Ok(Message::ApReq(message)) = Message::parse(&token) else { panic!() };
            assert_eq!(message.problem, None);
            assert!(message.ap_options.contains(ApOptions::MUTUAL_REQUIRED));
            assert!(!message.ap_options.contains(ApOptions::USE_SESSION_KEY));
            assert_eq!(message.ticket.realm, "LAB.TEST");
            assert_eq!(message.ticket.sname.to_string(), "cifs/fs1.lab.test");
            assert_eq!(message.ticket.sname.name_type, 2);
            let enc_part = message.ticket.enc_part.unwrap();
            assert_eq!(enc_part.etype.to_string(), "aes256-cts-hmac-sha1-96");
            assert_eq!((enc_part.kvno, enc_part.cipher.len()), (Some(4), 20));
            let authenticator = message.authenticator.unwrap();
            assert_eq!(authenticator.etype, EncryptionType::AES128_CTS_HMAC_SHA1_96);
            assert_eq!(authenticator.kvno, None);
        }
    }

    #[test]
    fn ap_rep() {
        let token = gss([2, 0], bare_ap_rep());
        let Ok(Message::ApRep(message)) = Message::parse(&token) else { panic!() };
        assert_eq!(message.enc_part.etype, EncryptionType::AES256_CTS_HMAC_SHA384_192);
        assert_eq!(message.problem, None);
    }

    #[test]
    fn krb_error() {
        let token = gss([3, 0], bare_krb_error());
        let Ok(Message::KrbError(message)) = Message::parse(&token) else { panic!() };
        assert_eq!(message.error_code, ErrorCode::KRB_AP_ERR_SKEW);
        assert_eq!(message.error_code.to_string(), "KRB_AP_ERR_SKEW");
        assert_eq!(message.stime.as_deref(), Some("20260101120000Z"));
        assert_eq!(message.realm.as_deref(), Some("LAB.TEST"));
        assert_eq!(message.sname.map(|name| name.to_string()).as_deref(), Some("cifs/büro"));
        assert_eq!(message.e_text.as_deref(), Some("clock"));
        assert_eq!(message.e_data, Some(&[1, 2][..]));
        assert_eq!((message.crealm, message.cname), (None, None));
    }

    #[test]
    fn unknown_values_are_kept() {
        let token = gss([5, 1], vec![1, 2, 3]);
        assert_eq!(Message::parse(&token), Ok(Message::Other(TokenId([5, 1]))));
        assert_eq!(EncryptionType(-128).to_string(), "etype -128");
        assert_eq!(ErrorCode(99).to_string(), "Kerberos error 99");
    }

    #[test]
    fn a_message_without_its_ticket_is_refused() {
        let token = element(0x6e, &nested(0x30, &[integer(0, 5)]));
        let error = Message::parse(&token).unwrap_err();
        assert_eq!(error.structure, Structure::ApReq);
        assert_eq!(error.kind, DecodeErrorKind::MissingField { field: 3 });
    }

    #[test]
    fn a_cut_ticket_names_its_service() {
        let token = gss([1, 0], bare_ap_req());
        let place = token.windows(8).position(|part| part == b"lab.test").unwrap();
        let Ok(Message::ApReq(message)) = Message::parse(&token[..place + 8]) else { panic!() };
        assert_eq!(message.ticket.sname.to_string(), "cifs/fs1.lab.test");
        assert_eq!((message.ticket.enc_part, message.authenticator), (None, None));
        assert!(message.problem.is_some());
        assert!(Message::parse(&token[..place + 7]).is_err());
    }

    /// The problem of a message that could be read.
    fn problem(message: &Message<'_>) -> Option<DecodeError> {
        match message {
            Message::ApReq(message) => message.problem,
            Message::ApRep(message) => message.problem,
            Message::KrbError(message) => message.problem,
            Message::Other(_) => None,
        }
    }

    #[test]
    fn every_truncation_says_so() {
        for whole in tokens() {
            assert_eq!(problem(&Message::parse(&whole).unwrap()), None);
            for len in 0..whole.len() {
                let message = Message::parse(&whole[..len]);
                assert!(message.is_err() || message.is_ok_and(|m| problem(&m).is_some()), "{len}");
            }
        }
    }

    proptest! {
        #[test]
        fn any_bytes(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            let _ = Message::parse(&bytes);
        }

        #[test]
        fn any_change(place in 0_usize..400, value in any::<u8>()) {
            for mut token in tokens() {
                let place = place % token.len();
                token[place] = value;
                let _ = Message::parse(&token);
            }
        }
    }
}
