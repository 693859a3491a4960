//! What stands in the encrypted parts of Kerberos messages, read once they are decrypted: the keys
//! and who they are for.
//!
//! Nothing here can be shown, for all of it holds keys.

use super::{EncryptionType, PrincipalName, missing, principal_name, sequence};
use crate::auth::der::{Element, Reader};
use crate::auth::error::{DecodeError, Structure};

/// EncryptionKey, RFC 4120 5.2.9.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct EncryptionKey<'a> {
    /// `[0]` keytype.
    pub keytype: EncryptionType,
    /// `[1]` keyvalue.
    pub keyvalue: &'a [u8],
}

/// EncTicketPart, RFC 4120 5.3.
pub struct EncTicketPart<'a> {
    /// `[1]` key: the session key.
    pub key: EncryptionKey<'a>,
    /// `[2]` crealm: the client's realm.
    pub crealm: Option<String>,
    /// `[3]` cname: the client.
    pub cname: Option<PrincipalName>,
}

/// Authenticator, RFC 4120 5.5.1.
pub struct Authenticator<'a> {
    /// `[6]` subkey.
    pub subkey: Option<EncryptionKey<'a>>,
}

/// EncAPRepPart, RFC 4120 5.5.2.
pub struct EncApRepPart<'a> {
    /// `[2]` subkey.
    pub subkey: Option<EncryptionKey<'a>>,
}

/// EncKDCRepPart, RFC 4120 5.4.2.
pub struct EncKdcRepPart<'a> {
    /// `[0]` key: the session key of the ticket that comes with it.
    pub key: EncryptionKey<'a>,
}

impl<'a> EncTicketPart<'a> {
    /// Reads a decrypted ticket.
    pub fn parse(plain: &'a [u8]) -> Result<EncTicketPart<'a>, DecodeError> {
        let structure = Structure::EncTicketPart;
        let element = outer(structure, plain)?;
        let mut fields = sequence(structure, &element)?;
        let (mut key, mut crealm, mut cname) = (None, None, None);
        while let Some(field) = fields.next() {
            let Some(value) = fields.inner(&field) else { continue };
            match field.field() {
                Some(1) => key = encryption_key(&value),
                Some(2) => crealm = Some(value.text()),
                Some(3) => cname = principal_name(&value).ok(),
                _ => {}
            }
        }
        let key = key.ok_or_else(|| missing(structure, &element, 1, fields.problem()))?;
        Ok(EncTicketPart { key, crealm, cname })
    }
}

impl<'a> Authenticator<'a> {
    /// Reads a decrypted authenticator.
    pub fn parse(plain: &'a [u8]) -> Result<Authenticator<'a>, DecodeError> {
        Ok(Authenticator { subkey: key_of(Structure::Authenticator, plain, 6)? })
    }
}

impl<'a> EncApRepPart<'a> {
    /// Reads the decrypted part of an AP-REP.
    pub fn parse(plain: &'a [u8]) -> Result<EncApRepPart<'a>, DecodeError> {
        Ok(EncApRepPart { subkey: key_of(Structure::EncApRepPart, plain, 2)? })
    }
}

impl<'a> EncKdcRepPart<'a> {
    /// Reads the decrypted part of an AS-REP or a TGS-REP.
    pub fn parse(plain: &'a [u8]) -> Result<EncKdcRepPart<'a>, DecodeError> {
        let structure = Structure::EncKdcRepPart;
        let key = key_of(structure, plain, 0)?;
        let key =
            key.map_or_else(|| Err(missing(structure, &outer(structure, plain)?, 0, None)), Ok)?;
        Ok(EncKdcRepPart { key })
    }
}

/// The element that `plain` starts with; what follows it is padding.
fn outer(structure: Structure, plain: &[u8]) -> Result<Element<'_>, DecodeError> {
    super::next(structure, &mut Reader::new(structure, plain, 0))
}

/// The key in the field `[field]` of the structure that `plain` is.
fn key_of(
    structure: Structure,
    plain: &[u8],
    field: u32,
) -> Result<Option<EncryptionKey<'_>>, DecodeError> {
    let mut fields = sequence(structure, &outer(structure, plain)?)?;
    while let Some(found) = fields.next() {
        let Some(value) = fields.inner(&found) else { continue };
        if found.field() == Some(field) {
            return Ok(encryption_key(&value));
        }
    }
    Ok(None)
}

pub(super) fn encryption_key<'a>(element: &Element<'a>) -> Option<EncryptionKey<'a>> {
    let mut fields = Reader::contents(Structure::EncryptionKey, element);
    let (mut keytype, mut keyvalue) = (None, None);
    while let Some(field) = fields.next() {
        let Some(value) = fields.inner(&field) else { continue };
        match field.field() {
            Some(0) => keytype = value.integer().map(EncryptionType),
            Some(1) => keyvalue = Some(value.contents),
            _ => {}
        }
    }
    Some(EncryptionKey { keytype: keytype?, keyvalue: keyvalue? })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::auth::der::test::{element, nested};

    fn key(field: u8) -> Vec<u8> {
        let keytype = nested(0xa0, &[element(0x02, &[18])]);
        let keyvalue = nested(0xa1, &[element(0x04, &[7; 32])]);
        nested(0xa0 | field, &[nested(0x30, &[keytype, keyvalue])])
    }

    #[test]
    fn keys_are_found_where_each_structure_has_them() {
        let realm = nested(0xa2, &[element(0x1b, b"LAB.TEST")]);
        let ticket = nested(0x63, &[nested(0x30, &[key(1), realm])]);
        let part = EncTicketPart::parse(&ticket).unwrap();
        assert_eq!(part.crealm.as_deref(), Some("LAB.TEST"));
        assert_eq!(part.key.keytype, EncryptionType::AES256_CTS_HMAC_SHA1_96);
        assert_eq!(part.key.keyvalue, [7; 32]);
        let with = nested(0x62, &[nested(0x30, &[key(6)])]);
        assert!(Authenticator::parse(&with).unwrap().subkey.is_some());
        let reply = nested(0x7b, &[nested(0x30, &[key(2)])]);
        assert!(EncApRepPart::parse(&reply).unwrap().subkey.is_some());
        let kdc = nested(0x79, &[nested(0x30, &[key(0)])]);
        assert!(EncKdcRepPart::parse(&kdc).is_ok());
        let without = nested(0x7b, &[nested(0x30, &[nested(0xa0, &[element(0x18, b"2026")])])]);
        assert!(EncApRepPart::parse(&without).unwrap().subkey.is_none());
        assert!(EncKdcRepPart::parse(&reply).is_err());
    }

    #[test]
    fn a_structure_that_is_cut_is_refused_or_lacks_its_key() {
        let ticket = nested(0x63, &[nested(0x30, &[key(1)])]);
        for len in 0..ticket.len() {
            let start = ticket.get(..len).unwrap();
            if let Ok(part) = EncTicketPart::parse(start) {
                assert!(part.key.keyvalue.len() < 32);
            }
        }
    }
}
