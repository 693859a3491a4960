//! The host that an argument of a call names: in a UNC path, or by itself.

use super::header::ByteOrder;

/// Characters of an argument that are kept.
const MOST_CHARACTERS: usize = 512;

/// The longest name of a host (RFC 1035, 2.3.4), in bytes.
const MOST_OF_HOST: usize = 255;

/// An argument that names a host.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Argument {
    /// The argument, or its start.
    pub text: Box<str>,
    /// The host in it, without a port that WebDAV would use.
    pub host: Box<str>,
}

impl Argument {
    /// The first path in the arguments of a call that names a host.
    pub(super) fn path_in(stub: &[u8], order: ByteOrder) -> Option<Argument> {
        // NDR puts texts of two-byte characters at even places, C706 14.2.2.
        let mut rest = stub;
        while let [first, second, ..] = rest {
            if is_separator(unit([*first, *second], order)) {
                let text = text(rest, order);
                if let Some(host) = host_of_path(&text) {
                    return Some(Argument { host: host.into(), text: text.into() });
                }
            }
            rest = rest.get(2..).unwrap_or_default();
        }
        None
    }

    /// The host that the first argument is, a conformant and varying string, C706 14.3.4.2.
    pub(super) fn first_in(stub: &[u8], order: ByteOrder) -> Option<Argument> {
        const COUNTS: usize = 12;
        let text = text(stub.get(COUNTS..)?, order);
        let host = text.trim_start_matches(['\\', '/']).split(['\\', '/']).next()?;
        let host = host_without_port(host)?.into();
        Some(Argument { host, text: text.into() })
    }
}

/// The host of a UNC path, `\\host\…`, also behind `\\?\UNC\` and `\??\UNC\`; `None` where it is no
/// such path.
fn host_of_path(path: &str) -> Option<&str> {
    let is_unc = |part: Option<&str>| part.is_some_and(|part| part.eq_ignore_ascii_case("UNC"));
    let mut parts = path.split(['\\', '/']);
    let host = match (parts.next()?, parts.next()?, parts.next()?) {
        ("", "", "?" | ".") if is_unc(parts.next()) => parts.next()?,
        ("", "??", unc) if is_unc(Some(unc)) => parts.next()?,
        ("", "", host) if host != "?" && host != "." => host,
        _ => return None,
    };
    host_without_port(host)
}

/// A host without `@port` and `@SSL`; `None` for what is no name of a host.
fn host_without_port(host: &str) -> Option<&str> {
    let host = host.split('@').next()?;
    let is_sign =
        |sign: char| sign.is_alphanumeric() || matches!(sign, '.' | '-' | '_' | ':' | '%');
    let is_host = !host.is_empty() && host.len() <= MOST_OF_HOST && host.chars().all(is_sign);
    is_host.then_some(host)
}

/// The characters up to a zero or the end, as far as they are kept.
fn text(bytes: &[u8], order: ByteOrder) -> String {
    let (pairs, _) = bytes.as_chunks::<2>();
    let units = pairs.iter().map(|pair| unit(*pair, order)).take_while(|unit| *unit != 0);
    char::decode_utf16(units)
        .map(|found| found.unwrap_or(char::REPLACEMENT_CHARACTER))
        .take(MOST_CHARACTERS)
        .collect()
}

fn unit(pair: [u8; 2], order: ByteOrder) -> u16 {
    match order {
        ByteOrder::Little => u16::from_le_bytes(pair),
        ByteOrder::Big => u16::from_be_bytes(pair),
    }
}

fn is_separator(unit: u16) -> bool {
    unit == u16::from(b'\\') || unit == u16::from(b'/')
}

#[cfg(test)]
mod tests {
    use super::{Argument, host_of_path};
    use crate::rpc::ByteOrder;

    #[test]
    fn the_host_of_a_path_is_found() {
        for path in [
            r"\\evil.lab.test\share\file",
            r"\\evil.lab.test",
            r"\\evil.lab.test@80\share",
            r"\\evil.lab.test@SSL@443\share",
            r"\\?\UNC\evil.lab.test\share",
            r"\\.\unc\evil.lab.test\share",
            r"\??\UNC\evil.lab.test\share",
            "//evil.lab.test/share",
        ] {
            assert_eq!(host_of_path(path), Some("evil.lab.test"), "{path}");
        }
        assert_eq!(host_of_path(r"\\fd00::5\share"), Some("fd00::5"));
    }

    #[test]
    fn what_names_no_host_is_told_apart() {
        for path in [
            r"C:\file",
            r"\??\C:\file",
            r"\\?\C:\file",
            r"\file",
            r"\\",
            r"\\\share",
            "\\\\a host\\share",
            r"\\@80\share",
            "",
        ] {
            assert_eq!(host_of_path(path), None, "{path}");
        }
        assert_eq!(host_of_path(&format!(r"\\{}\a", "a".repeat(256))), None);
    }

    #[test]
    fn a_path_is_found_among_other_arguments_in_either_order() {
        let path = r"\\evil\share";
        for order in [ByteOrder::Little, ByteOrder::Big] {
            let units = path.encode_utf16().chain([0, u16::from(b'x')]);
            let text: Vec<u8> = units
                .flat_map(|unit| match order {
                    ByteOrder::Little => unit.to_le_bytes(),
                    ByteOrder::Big => unit.to_be_bytes(),
                })
                .collect();
            let stub = [&[0x5c; 6][..], &[9; 14], &text].concat();
            let found = Argument::path_in(&stub, order).unwrap();
            assert_eq!((&*found.host, &*found.text), ("evil", path));
            let cut = Argument::path_in(&stub[..stub.len() - 16], order).unwrap();
            assert_eq!(&*cut.text, r"\\evil");
            assert_eq!(Argument::path_in(&stub[..20], order), None);
            let first = [&[7; 12][..], &text].concat();
            assert_eq!(Argument::first_in(&first, order).unwrap().host, found.host);
            assert_eq!(Argument::first_in(&first[..12], order), None);
        }
    }
}
