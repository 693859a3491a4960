//! Messages to and from the KDC: RFC 4120 5.4 and 5.9, and FAST of RFC 6113 5.4.
//!
//! Read is what leads from a client's key to the session keys of its tickets.

use super::decrypted::{EncryptionKey, encryption_key};
use super::{
    ApReq, EncryptedData, EncryptionType, KrbError, PrincipalName, Ticket, ap_req, encrypted_data,
    krb_error, missing, next, principal_name, sequence, ticket,
};
use crate::auth::der::{Element, Reader, universal};
use crate::auth::error::{DecodeError, DecodeErrorKind, Structure};

/// A message to or from the KDC.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum KdcMessage<'a> {
    /// AS-REQ.
    AsReq(KdcReq<'a>),
    /// AS-REP.
    AsRep(KdcRep<'a>),
    /// TGS-REQ.
    TgsReq(KdcReq<'a>),
    /// TGS-REP.
    TgsRep(KdcRep<'a>),
    /// KRB-ERROR.
    Error(KrbError<'a>),
}

/// KDC-REQ, RFC 4120 5.4.1.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KdcReq<'a> {
    /// PA-TGS-REQ of `[3]` padata: the ticket that is shown to the KDC.
    pub ap_req: Option<ApReq<'a>>,
    /// `[1]` cname of `[4]` req-body: who asks for a first ticket.
    pub cname: Option<PrincipalName>,
    /// [`PaData::may_change_key`] of `[3]` padata, or not all of the request was captured.
    pub may_change_key: bool,
}

/// KDC-REP, RFC 4120 5.4.2.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KdcRep<'a> {
    /// `[2]` padata.
    pub padata: PaData<'a>,
    /// `[3]` crealm: the client's realm.
    pub crealm: String,
    /// `[4]` cname: the client.
    pub cname: PrincipalName,
    /// `[5]` ticket.
    pub ticket: Ticket<'a>,
    /// `[6]` enc-part.
    pub enc_part: EncryptedData<'a>,
}

/// What is read of padata, RFC 4120 5.2.7.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PaData<'a> {
    /// How keys are made of passwords, from PA-ETYPE-INFO2, PA-ETYPE-INFO and PA-PW-SALT, in this
    /// order.
    pub key_infos: Vec<KeyInfo>,
    /// enc-fast-rep of PA-FX-FAST, RFC 6113 5.4.3.
    pub fast_rep: Option<EncryptedData<'a>>,
    /// There is an entry of a type that may lead to an answer under another key than the client's
    /// own, as those of FAST, SPAKE and PKINIT do: any that is not known to lead to none.
    pub may_change_key: bool,
    /// PA-TGS-REQ.
    tgs_req: Option<&'a [u8]>,
}

/// How the KDC makes a key of a password: RFC 4120 5.2.7.3 to 5.2.7.5.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyInfo {
    /// The encryption type of the key; `None` where it is for any.
    pub etype: Option<EncryptionType>,
    /// The salt; `None` where it is the usual one.
    pub salt: Option<String>,
    /// Rounds of PBKDF2, from s2kparams; `None` where they are the usual ones.
    pub rounds: Option<u32>,
}

impl KeyInfo {
    /// How many of a message are kept. Real ones have up to five.
    pub const MAX: usize = 16;
}

/// Values of padata-type that are read, or known to leave an answer to the client's own key
/// (RFC 4120 7.5.2, RFC 6113 7.1, RFC 6806 11, RFC 8070 4, \[MS-KILE\] 2.2).
mod padata_type {
    pub(super) const PA_TGS_REQ: i64 = 1;
    pub(super) const PA_ENC_TIMESTAMP: i64 = 2;
    pub(super) const PA_PW_SALT: i64 = 3;
    pub(super) const PA_ETYPE_INFO: i64 = 11;
    pub(super) const PA_ETYPE_INFO2: i64 = 19;
    pub(super) const PA_PAC_REQUEST: i64 = 128;
    pub(super) const PA_FX_COOKIE: i64 = 133;
    pub(super) const PA_FX_FAST: i64 = 136;
    pub(super) const PA_REQ_ENC_PA_REP: i64 = 149;
    pub(super) const PA_AS_FRESHNESS: i64 = 150;
    pub(super) const PA_SUPPORTED_ENCTYPES: i64 = 165;
    pub(super) const PA_PAC_OPTIONS: i64 = 167;
}

impl<'a> KdcMessage<'a> {
    /// Reads a message.
    pub fn parse(bytes: &'a [u8]) -> Result<KdcMessage<'a>, DecodeError> {
        let mut reader = Reader::new(Structure::KdcMessage, bytes, 0);
        let element = next(Structure::KdcMessage, &mut reader)?;
        if element.is_application(10) {
            kdc_req(&element).map(KdcMessage::AsReq)
        } else if element.is_application(11) {
            kdc_rep(&element).map(KdcMessage::AsRep)
        } else if element.is_application(12) {
            kdc_req(&element).map(KdcMessage::TgsReq)
        } else if element.is_application(13) {
            kdc_rep(&element).map(KdcMessage::TgsRep)
        } else if element.is_application(30) {
            krb_error(&element, reader.problem()).map(KdcMessage::Error)
        } else {
            let kind = DecodeErrorKind::Identifier { expected: 0x6a, found: element.identifier() };
            Err(DecodeError { structure: Structure::KdcMessage, offset: 0, kind })
        }
    }

    /// Whether a message may start with this identifier octet.
    pub fn is_start(identifier: u8) -> bool {
        matches!(identifier, 0x6a..=0x6d | 0x7e)
    }
}

impl<'a> PaData<'a> {
    /// Reads METHOD-DATA, which the KDC sends in e-data of the error that asks for preauthentication.
    pub fn parse(bytes: &'a [u8]) -> Option<PaData<'a>> {
        let element = Reader::new(Structure::PaData, bytes, 0).next()?;
        element.is_universal(universal::SEQUENCE).then(|| padata(&element))
    }
}

fn kdc_req<'a>(element: &Element<'a>) -> Result<KdcReq<'a>, DecodeError> {
    let mut fields = sequence(Structure::KdcMessage, element)?;
    let (mut padata_read, mut cname) = (PaData::default(), None);
    while let Some(field) = fields.next() {
        let Some(value) = fields.inner(&field) else { continue };
        match field.field() {
            Some(3) => padata_read = padata(&value),
            Some(4) => for_each_field(&value, |field, inner| {
                if field == 1 {
                    cname = principal_name(inner).ok();
                }
            }),
            _ => {}
        }
    }
    Ok(KdcReq {
        ap_req: padata_read.tgs_req.and_then(pa_tgs_req),
        cname,
        may_change_key: padata_read.may_change_key || fields.problem().is_some(),
    })
}

fn pa_tgs_req(bytes: &[u8]) -> Option<ApReq<'_>> {
    let element = Reader::new(Structure::ApReq, bytes, 0).next()?;
    element.is_application(14).then(|| ap_req(&element, None).ok()).flatten()
}

fn kdc_rep<'a>(element: &Element<'a>) -> Result<KdcRep<'a>, DecodeError> {
    let structure = Structure::KdcMessage;
    let mut fields = sequence(structure, element)?;
    let mut padata_read = PaData::default();
    let (mut crealm, mut cname, mut found, mut enc_part) = (None, None, None, None);
    while let Some(field) = fields.next() {
        let Some(value) = fields.inner(&field) else { continue };
        match field.field() {
            Some(2) => padata_read = padata(&value),
            Some(3) => crealm = Some(value.text()),
            Some(4) => cname = Some(principal_name(&value)?),
            Some(5) => found = Some(ticket(&value)?),
            Some(6) => enc_part = Some(encrypted_data(&value)?),
            _ => {}
        }
    }
    let problem = fields.problem();
    Ok(KdcRep {
        padata: padata_read,
        crealm: crealm.ok_or_else(|| missing(structure, element, 3, problem))?,
        cname: cname.ok_or_else(|| missing(structure, element, 4, problem))?,
        ticket: found.ok_or_else(|| missing(structure, element, 5, problem))?,
        enc_part: enc_part.ok_or_else(|| missing(structure, element, 6, problem))?,
    })
}

/// SEQUENCE OF PA-DATA; what cannot be read is left out.
fn padata<'a>(element: &Element<'a>) -> PaData<'a> {
    let mut read = PaData::default();
    let (mut old_infos, mut plain_salt) = (Vec::new(), None);
    for entry in Reader::contents(Structure::PaData, element) {
        let (mut padata_type, mut value) = (None, &[][..]);
        for_each_field(&entry, |field, inner| match field {
            1 => padata_type = inner.integer(),
            2 => value = inner.contents,
            _ => {}
        });
        match padata_type {
            Some(padata_type::PA_TGS_REQ) => read.tgs_req = Some(value),
            Some(padata_type::PA_PW_SALT) => {
                plain_salt = Some(String::from_utf8_lossy(value).into_owned());
            }
            Some(padata_type::PA_ETYPE_INFO) => old_infos = key_infos(value),
            Some(padata_type::PA_ETYPE_INFO2) => read.key_infos = key_infos(value),
            Some(padata_type::PA_FX_FAST) => {
                read.fast_rep = fast_rep(value);
                read.may_change_key = true;
            }
            Some(
                padata_type::PA_ENC_TIMESTAMP
                | padata_type::PA_PAC_REQUEST
                | padata_type::PA_FX_COOKIE
                | padata_type::PA_REQ_ENC_PA_REP
                | padata_type::PA_AS_FRESHNESS
                | padata_type::PA_SUPPORTED_ENCTYPES
                | padata_type::PA_PAC_OPTIONS,
            ) => {}
            _ => read.may_change_key = true,
        }
    }
    read.key_infos.append(&mut old_infos);
    read.key_infos.extend(plain_salt.map(|salt| KeyInfo {
        etype: None,
        salt: Some(salt),
        rounds: None,
    }));
    read
}

/// ETYPE-INFO2, and ETYPE-INFO, which lacks its last field.
fn key_infos(bytes: &[u8]) -> Vec<KeyInfo> {
    let structure = Structure::PaData;
    let Some(list) = Reader::new(structure, bytes, 0).next() else { return Vec::new() };
    let entries = Reader::contents(structure, &list).take(KeyInfo::MAX);
    let infos = entries.map(|entry| {
        let mut info = KeyInfo { etype: None, salt: None, rounds: None };
        for_each_field(&entry, |field, inner| match field {
            0 => info.etype = inner.integer().map(EncryptionType),
            1 => info.salt = Some(inner.text()),
            // Four bytes of every type that is read (RFC 3962 4, RFC 8009 4).
            2 => info.rounds = inner.contents.try_into().ok().map(u32::from_be_bytes),
            _ => {}
        });
        info
    });
    infos.collect()
}

/// PA-FX-FAST-REPLY: a choice around KrbFastArmoredRep.
fn fast_rep(bytes: &[u8]) -> Option<EncryptedData<'_>> {
    let structure = Structure::PaData;
    let armored = Reader::new(structure, bytes, 0).next()?;
    let mut fields = sequence(structure, &armored).ok()?;
    let field = fields.next()?;
    let value = fields.inner(&field)?;
    (armored.field() == Some(0) && field.field() == Some(0))
        .then(|| encrypted_data(&value).ok())
        .flatten()
}

/// Hands on the fields of the SEQUENCE that `element` is.
fn for_each_field<'a>(element: &Element<'a>, mut take: impl FnMut(u32, &Element<'a>)) {
    let mut fields = Reader::contents(Structure::PaData, element);
    while let Some(field) = fields.next() {
        let Some(value) = fields.inner(&field) else { continue };
        if let Some(number) = field.field() {
            take(number, &value);
        }
    }
}

/// KrbFastResponse, RFC 6113 5.4.3, once it is decrypted.
pub struct FastResponse<'a> {
    /// `[1]` strengthen-key.
    pub strengthen_key: Option<EncryptionKey<'a>>,
}

impl<'a> FastResponse<'a> {
    /// Reads a decrypted response.
    pub fn parse(plain: &'a [u8]) -> Option<FastResponse<'a>> {
        let element = Reader::new(Structure::PaData, plain, 0).next()?;
        let mut strengthen_key = None;
        for_each_field(&element, |field, inner| {
            if field == 1 {
                strengthen_key = encryption_key(inner);
            }
        });
        element.is_universal(universal::SEQUENCE).then_some(FastResponse { strengthen_key })
    }
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

    fn octets(field: u8, value: &[u8]) -> Vec<u8> {
        nested(0xa0 | field, &[element(0x04, value)])
    }

    fn name(field: u8, value: &str) -> Vec<u8> {
        let parts = nested(0xa1, &[nested(0x30, &[element(0x1b, value.as_bytes())])]);
        nested(0xa0 | field, &[nested(0x30, &[integer(0, 1), parts])])
    }

    fn encrypted(field: u8, etype: u8) -> Vec<u8> {
        nested(0xa0 | field, &[nested(0x30, &[integer(0, etype), octets(2, &[0xcc; 20])])])
    }

    fn ticket_in(field: u8) -> Vec<u8> {
        let parts = [integer(0, 5), text(1, "LAB.TEST"), name(2, "krbtgt"), encrypted(3, 18)];
        nested(0xa0 | field, &[element(0x61, &nested(0x30, &parts))])
    }

    fn pa_data(padata_type: u8, value: &[u8]) -> Vec<u8> {
        let number = nested(0xa1, &[element(0x02, &[0, padata_type])]);
        nested(0x30, &[number, octets(2, value)])
    }

    fn etype_info2() -> Vec<u8> {
        let full = [integer(0, 18), text(1, "LAB.TESTkalice"), octets(2, &[0, 0, 0x10, 0])];
        nested(0x30, &[nested(0x30, &full), nested(0x30, &[integer(0, 23)])])
    }

    fn reply() -> Vec<u8> {
        let fast = nested(0xa0, &[nested(0x30, &[encrypted(0, 17)])]);
        let list = [pa_data(3, b"salt"), pa_data(136, &fast), pa_data(19, &etype_info2())];
        let padata = nested(0xa2, &[nested(0x30, &list)]);
        let fields =
            [integer(0, 5), integer(1, 11), padata, text(3, "LAB.TEST"), name(4, "kalice")];
        let fields = [fields.concat(), ticket_in(5), encrypted(6, 18)];
        element(0x6b, &nested(0x30, &fields))
    }

    fn first_request(padata_type: u8) -> Vec<u8> {
        let padata = nested(0xa3, &[nested(0x30, &[pa_data(2, &[1]), pa_data(padata_type, &[])])]);
        let body = nested(0xa4, &[nested(0x30, &[name(1, "kalice"), text(2, "LAB.TEST")])]);
        element(0x6a, &nested(0x30, &[integer(1, 5), integer(2, 10), padata, body]))
    }

    fn request() -> Vec<u8> {
        let fields = [integer(0, 5), integer(1, 14), ticket_in(3), encrypted(4, 17)];
        let ap_req = element(0x6e, &nested(0x30, &fields));
        let padata = nested(0xa3, &[nested(0x30, &[pa_data(1, &ap_req)])]);
        element(0x6c, &nested(0x30, &[integer(1, 5), integer(2, 12), padata]))
    }

    #[test]
    fn an_answer_tells_how_its_key_is_made() {
        let bytes = reply();
        let Ok(KdcMessage::AsRep(reply)) = KdcMessage::parse(&bytes) else { panic!() };
        assert_eq!((reply.crealm.as_str(), reply.cname.to_string()), ("LAB.TEST", "kalice".into()));
        assert_eq!(reply.ticket.sname.to_string(), "krbtgt");
        assert_eq!(reply.enc_part.etype, EncryptionType::AES256_CTS_HMAC_SHA1_96);
        let fast_rep = reply.padata.fast_rep.unwrap();
        assert_eq!(fast_rep.etype, EncryptionType::AES128_CTS_HMAC_SHA1_96);
        let info = |etype: Option<i64>, salt: Option<&str>, rounds| KeyInfo {
            etype: etype.map(EncryptionType),
            salt: salt.map(str::to_owned),
            rounds,
        };
        let expected = [
            info(Some(18), Some("LAB.TESTkalice"), Some(4_096)),
            info(Some(23), None, None),
            info(None, Some("salt"), None),
        ];
        assert_eq!(reply.padata.key_infos, expected);
    }

    #[test]
    fn a_request_shows_its_ticket() {
        let bytes = request();
        let Ok(KdcMessage::TgsReq(request)) = KdcMessage::parse(&bytes) else { panic!() };
        assert_eq!(request.ap_req.unwrap().ticket.sname.to_string(), "krbtgt");
    }

    #[test]
    fn a_first_request_says_who_asks_and_what_may_change_the_key_of_the_answer() {
        let parsed = |bytes: &[u8]| match KdcMessage::parse(bytes) {
            Ok(KdcMessage::AsReq(request)) => request.may_change_key,
            other => panic!("{other:?}"),
        };
        let bytes = first_request(128);
        let Ok(KdcMessage::AsReq(request)) = KdcMessage::parse(&bytes) else { panic!() };
        assert_eq!(request.cname.unwrap().to_string(), "kalice");
        assert!(!request.may_change_key);
        // PA-FX-FAST, PA-SPAKE, PA-PK-AS-REQ, and one that nobody knows.
        for padata_type in [136, 151, 16, 200] {
            assert!(parsed(&first_request(padata_type)), "{padata_type}");
        }
        assert!(parsed(&bytes[..bytes.len() - 1]));
    }

    #[test]
    fn a_cipher_text_is_whole_or_it_is_not() {
        let bytes = reply();
        let Ok(KdcMessage::AsRep(whole)) = KdcMessage::parse(&bytes) else { panic!() };
        assert!(whole.enc_part.is_whole && whole.ticket.enc_part.unwrap().is_whole);
        for len in bytes.len() - 20..bytes.len() {
            let Ok(KdcMessage::AsRep(cut)) = KdcMessage::parse(&bytes[..len]) else { panic!() };
            assert!(!cut.enc_part.is_whole, "{len}");
        }
    }

    #[test]
    fn method_data_is_read_and_other_data_is_not() {
        let bytes = nested(0x30, &[pa_data(19, &etype_info2())]);
        assert_eq!(PaData::parse(&bytes).unwrap().key_infos.len(), 2);
        assert_eq!(PaData::parse(&[4, 1, 0]), None);
    }

    #[test]
    fn infos_are_kept_up_to_a_bound() {
        let entry = nested(0x30, &[integer(0, 18)]);
        let list = element(0x30, &entry.repeat(1_000));
        assert_eq!(key_infos(&list).len(), KeyInfo::MAX);
    }

    proptest! {
        #[test]
        fn any_change_and_any_cut(place in 0_usize..600, value in any::<u8>()) {
            for mut bytes in [reply(), request()] {
                let place = place % bytes.len();
                bytes[place] = value;
                let _ = KdcMessage::parse(&bytes);
                let _ = KdcMessage::parse(&bytes[..place]);
                let _ = FastResponse::parse(&bytes);
            }
        }
    }
}
