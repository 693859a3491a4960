//! Keytab files as MIT Kerberos and others write them: the long-term keys of services.

use nom::IResult;
use nom::bytes::complete::take;
use nom::number::Endianness;
use nom::number::complete::{be_i32, be_u8, i16, i32, u16, u32};

use super::ServiceKey;
use crate::crypto::SecretKey;
use crate::crypto::kerberos::EncryptionType;

/// A file that could not be read as a keytab, and where.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum KeytabError {
    /// The file does not start as a keytab does.
    #[error("it is not a keytab, which starts with the bytes 05 02 or 05 01")]
    NotAKeytab,
    /// The file ends within an entry.
    #[error(
        "the keytab is cut: its entry at byte {offset} has {needed} bytes, {available} are there"
    )]
    Cut {
        /// Where the entry starts, in bytes from the start of the file.
        offset: usize,
        /// Bytes that the entry has.
        needed: usize,
        /// Bytes that follow.
        available: usize,
    },
    /// An entry's fields do not fit into it.
    #[error("the keytab's entry at byte {offset} is damaged")]
    Entry {
        /// Where the entry starts, in bytes from the start of the file.
        offset: usize,
    },
    /// A key has another length than its encryption type asks for.
    #[error(
        "the keytab's entry at byte {offset} has a key of {len} bytes for encryption type {etype}"
    )]
    KeyLength {
        /// Where the entry starts, in bytes from the start of the file.
        offset: usize,
        /// Bytes of the key.
        len: usize,
        /// The encryption type.
        etype: i32,
    },
}

/// What a keytab starts with, before its version.
const MAGIC: u8 = 5;

/// Bytes before the first entry.
const HEADER_LEN: usize = 2;

/// How the numbers and names of a file are written.
#[derive(Clone, Copy)]
struct Form {
    endianness: Endianness,
    /// Version 1 counts the realm among the components, and has no type of name.
    is_first_version: bool,
}

/// Reads the keys of a keytab, in their order.
pub fn parse(file: &[u8]) -> Result<Vec<ServiceKey>, KeytabError> {
    let entries = file.get(HEADER_LEN..).unwrap_or_default();
    let endianness = match file {
        [MAGIC, 2, ..] => {
            return keys(file, Form { endianness: Endianness::Big, is_first_version: false });
        }
        [MAGIC, 1, ..] if is_little_endian(entries) => Endianness::Little,
        [MAGIC, 1, ..] => Endianness::Big,
        _ => return Err(KeytabError::NotAKeytab),
    };
    keys(file, Form { endianness, is_first_version: true })
}

/// Whether the first entry of a file in its writer's own byte order is longer read the other way
/// round.
fn is_little_endian(entries: &[u8]) -> bool {
    let first: IResult<&[u8], i32> = be_i32(entries);
    first.is_ok_and(|(_, size)| size.unsigned_abs() >= size.swap_bytes().unsigned_abs())
}

/// Reads entries and holes; a size of 0 ends them.
fn keys(file: &[u8], form: Form) -> Result<Vec<ServiceKey>, KeytabError> {
    let mut keys = Vec::new();
    let mut offset = HEADER_LEN;
    while let Some(rest) = file.get(offset..).filter(|rest| !rest.is_empty()) {
        let (rest, size) = size(rest, form).map_err(|_| KeytabError::Entry { offset })?;
        if size == 0 {
            break;
        }
        let needed = usize::try_from(size.unsigned_abs()).unwrap_or(usize::MAX);
        let available = rest.len();
        let cut = KeytabError::Cut { offset, needed, available };
        let (entry, _) = rest.split_at_checked(needed).ok_or(cut)?;
        if size > 0 {
            let (_, key) = fields(entry, form).map_err(|_| KeytabError::Entry { offset })?;
            check_length(&key, offset)?;
            keys.push(key);
        }
        offset = offset.saturating_add(size_of_val(&size)).saturating_add(needed);
    }
    Ok(keys)
}

/// Accepts a key that is as long as its encryption type asks for.
fn check_length(key: &ServiceKey, offset: usize) -> Result<(), KeytabError> {
    let (len, etype) = (key.key.as_bytes().len(), key.etype);
    match EncryptionType::from_number(etype) {
        Some(known) if known.key_len() != len => Err(KeytabError::KeyLength { offset, len, etype }),
        _ => Ok(()),
    }
}

/// Bytes of an entry after this number; of a hole, less than 0.
fn size(input: &[u8], form: Form) -> IResult<&[u8], i32> {
    i32(form.endianness)(input)
}

fn fields(input: &[u8], form: Form) -> IResult<&[u8], ServiceKey> {
    let (input, count) = u16(form.endianness)(input)?;
    let n_components = if form.is_first_version { count.saturating_sub(1) } else { count };
    let (input, realm) = text(input, form)?;
    let (mut input, mut components) = (input, Vec::new());
    for _ in 0..n_components {
        let component;
        (input, component) = text(input, form)?;
        components.push(component);
    }
    let (input, _name_type) = if form.is_first_version {
        (input, None)
    } else {
        let (input, name_type) = u32(form.endianness)(input)?;
        (input, Some(name_type))
    };
    let (input, _timestamp) = u32(form.endianness)(input)?;
    let (input, short_kvno) = be_u8(input)?;
    let (input, etype) = i16(form.endianness)(input)?;
    let (input, len) = u16(form.endianness)(input)?;
    let (input, key) = take(len)(input)?;
    let key = ServiceKey {
        principal: Some(components.join("/")),
        realm: Some(realm),
        etype: etype.into(),
        kvno: Some(long_kvno(input, form).unwrap_or_else(|| short_kvno.into())),
        key: SecretKey::new(key),
    };
    Ok((input, key))
}

/// The version of a key in 32 bits, which newer files have behind the key; 0 is none.
fn long_kvno(input: &[u8], form: Form) -> Option<u32> {
    let number: IResult<&[u8], u32> = u32(form.endianness)(input);
    number.ok().map(|(_, number)| number).filter(|number| *number != 0)
}

/// A text behind its length.
fn text(input: &[u8], form: Form) -> IResult<&[u8], String> {
    let (input, len) = u16(form.endianness)(input)?;
    let (input, text) = take(len)(input)?;
    Ok((input, String::from_utf8_lossy(text).into_owned()))
}

#[cfg(test)]
mod tests {
    use super::{KeytabError, parse};
    use crate::secrets::ServiceKey;

    /// Bytes of numbers in one of the two orders.
    #[derive(Clone, Copy)]
    struct Writer {
        is_big: bool,
        is_first_version: bool,
    }

    const SECOND: Writer = Writer { is_big: true, is_first_version: false };

    impl Writer {
        fn u16(self, number: usize) -> [u8; 2] {
            let number = number as u16;
            if self.is_big { number.to_be_bytes() } else { number.to_le_bytes() }
        }

        fn u32(self, number: u32) -> [u8; 4] {
            if self.is_big { number.to_be_bytes() } else { number.to_le_bytes() }
        }

        fn text(self, text: &str) -> Vec<u8> {
            [&self.u16(text.len())[..], text.as_bytes()].concat()
        }

        fn header(self) -> Vec<u8> {
            vec![5, if self.is_first_version { 1 } else { 2 }]
        }

        fn entry(self, components: &[&str], etype: usize, key: &[u8], rest: &[u8]) -> Vec<u8> {
            let mut entry = Vec::new();
            entry.extend(self.u16(components.len() + usize::from(self.is_first_version)));
            entry.extend(self.text("LAB.TEST"));
            components.iter().for_each(|component| entry.extend(self.text(component)));
            if !self.is_first_version {
                entry.extend(self.u32(1));
            }
            entry.extend(self.u32(1_700_000_000));
            entry.push(3);
            entry.extend(self.u16(etype));
            entry.extend(self.u16(key.len()));
            entry.extend(key);
            entry.extend(rest);
            [&self.u32(entry.len() as u32)[..], &entry].concat()
        }

        fn hole(self, len: usize) -> Vec<u8> {
            let size = 0_u32.wrapping_sub(len as u32);
            [&self.u32(size)[..], &vec![0xAA; len]].concat()
        }
    }

    fn error(file: &[u8]) -> Option<KeytabError> {
        parse(file).err()
    }

    fn keys(file: &[u8]) -> Vec<ServiceKey> {
        match parse(file) {
            Ok(keys) => keys,
            Err(error) => panic!("{error}"),
        }
    }

    fn check_names(keys: &[ServiceKey], expected: &[(&str, i32, u32)]) {
        assert_eq!(keys.len(), expected.len());
        for (key, (principal, etype, kvno)) in keys.iter().zip(expected) {
            assert_eq!(key.principal.as_deref(), Some(*principal));
            assert_eq!(key.realm.as_deref(), Some("LAB.TEST"));
            assert_eq!((key.etype, key.kvno), (*etype, Some(*kvno)));
        }
    }

    #[test]
    fn entries_and_holes_are_told_apart() {
        let file = [
            SECOND.header(),
            SECOND.entry(&["cifs", "fs1.lab.test"], 18, &[7; 32], &[]),
            SECOND.hole(9),
            SECOND.entry(&["FS1$"], 23, &[8; 16], &SECOND.u32(300)),
            SECOND.entry(&["FS1$"], 17, &[9; 16], &SECOND.u32(0)),
            SECOND.entry(&[], 1, &[1; 8], b"of another program"),
            SECOND.u32(0).to_vec(),
            b"what follows the end".to_vec(),
        ]
        .concat();
        let keys = keys(&file);
        let kvno = u32::from_be_bytes(*b"of a");
        let expected =
            [("cifs/fs1.lab.test", 18, 3), ("FS1$", 23, 300), ("FS1$", 17, 3), ("", 1, kvno)];
        check_names(&keys, &expected);
        assert_eq!(keys[0].key.as_bytes(), [7; 32]);
        assert_eq!(keys[0].description(), "key of cifs/fs1.lab.test@LAB.TEST, version 3");
    }

    #[test]
    fn the_first_version_is_in_the_order_of_its_writer() {
        for is_big in [false, true] {
            let writer = Writer { is_big, is_first_version: true };
            let file = [
                writer.header(),
                writer.hole(300),
                writer.entry(&["cifs", "fs1.lab.test"], 18, &[7; 32], &[]),
                writer.entry(&["FS1$"], 23, &[8; 16], &writer.u32(300)),
            ]
            .concat();
            check_names(&keys(&file), &[("cifs/fs1.lab.test", 18, 3), ("FS1$", 23, 300)]);
        }
    }

    #[test]
    fn a_cut_or_damaged_file_says_where() {
        let entry = SECOND.entry(&["FS1$"], 23, &[8; 16], &[]);
        let file = [SECOND.header(), entry.clone(), entry.clone()].concat();
        let second = 2 + entry.len();
        for len in 0..file.len() {
            let cut = &file[..len];
            match len {
                0..2 => assert_eq!(error(cut), Some(KeytabError::NotAKeytab)),
                _ if len == 2 || len == second => assert_eq!(error(cut), None),
                _ => {
                    let at = if len < second { 2 } else { second };
                    let error = error(cut).unwrap().to_string();
                    assert!(error.contains(&format!("at byte {at}")), "{error}");
                }
            }
        }
        let mut damaged = file.clone();
        damaged[6] = 0xFF;
        assert_eq!(error(&damaged), Some(KeytabError::Entry { offset: 2 }));
        let short = [SECOND.header(), SECOND.entry(&["FS1$"], 18, &[8; 16], &[])].concat();
        let expected = KeytabError::KeyLength { offset: 2, len: 16, etype: 18 };
        assert_eq!(error(&short), Some(expected));
        assert_eq!(error(b"\x05\x03"), Some(KeytabError::NotAKeytab));
        let huge = [&SECOND.header()[..], &i32::MIN.to_be_bytes()].concat();
        let expected = KeytabError::Cut { offset: 2, needed: 1 << 31, available: 0 };
        assert_eq!(error(&huge), Some(expected));
    }

    /// A keytab of Samba, as the samples have it.
    #[test]
    fn the_keytab_of_the_samples_is_read() {
        let keys = keys(include_bytes!("../../samples/fs1.keytab"));
        let descriptions: Vec<String> = keys.iter().map(ServiceKey::description).collect();
        println!("{descriptions:?}");
        assert_eq!(keys.len(), 1);
        assert_eq!(keys[0].etype, 18);
    }
}
