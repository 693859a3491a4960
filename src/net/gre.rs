//! GRE (RFC 2784, with the fields of RFC 1701 and RFC 2890) and what travels in it.

use super::encapsulation::Encapsulation;
use super::layer::{Around, Layer};
use super::part::Part;
use super::{Decoded, erspan, ether_type, pptp};

/// Protocol types that are no EtherTypes.
mod protocol_type {
    pub(super) const ERSPAN_I_OR_II: u16 = 0x88BE;
    pub(super) const ERSPAN_III: u16 = 0x22EB;
    pub(super) const WCCP: u16 = 0x883E;
}

/// Flags of the first byte.
const CHECKSUM: u8 = 0x80;
const ROUTING: u8 = 0x40;
const KEY: u8 = 0x20;
const SEQUENCE: u8 = 0x10;

/// The bits of the second byte that hold the version.
const VERSION: u8 = 0x07;

/// Reads a GRE header.
pub(super) fn layer<'a>(part: Part<'a>, around: &mut Around) -> Option<Layer<'a>> {
    let (&[flags, version, p0, p1], mut rest) = part.split()?;
    match version & VERSION {
        0 => {}
        1 => return pptp::layer(part, around),
        _ => return Some(Layer::End(Decoded::OtherIp)),
    }
    if flags & (CHECKSUM | ROUTING) != 0 {
        rest = rest.skip(4)?;
    }
    let mut key = None;
    if flags & KEY != 0 {
        let (bytes, after) = rest.split()?;
        key = Some(u32::from_be_bytes(*bytes));
        rest = after;
    }
    let has_sequence = flags & SEQUENCE != 0;
    if has_sequence {
        rest = rest.skip(4)?;
    }
    if flags & ROUTING != 0 {
        rest = skip_routing(rest)?;
    }
    let path_key = key.map_or(0, |key| u64::from(key) | 1 << 32);
    match u16::from_be_bytes([p0, p1]) {
        protocol_type::ERSPAN_I_OR_II if has_sequence => erspan::type_ii(rest, around),
        protocol_type::ERSPAN_I_OR_II => {
            around.enter(Encapsulation::ErspanI, path_key);
            Some(Layer::Ethernet(rest))
        }
        protocol_type::ERSPAN_III => erspan::type_iii(rest, around),
        protocol_type::WCCP => {
            around.enter(Encapsulation::Wccp, path_key);
            redirected(rest)
        }
        ether_type::TRANSPARENT_ETHERNET if key.is_some() => {
            // The whole key is taken, though NVGRE keeps eight bits of it for a number that is the
            // same for every packet of a flow: a plain GRE tunnel uses all bits to tell tunnels.
            around.enter(Encapsulation::Nvgre, path_key);
            Some(Layer::Ethernet(rest))
        }
        protocol => {
            around.enter(Encapsulation::Gre, path_key);
            Some(Layer::bridged(protocol, rest))
        }
    }
}

/// Moves past the source routes of RFC 1701: each has its address family, and its length in the
/// fourth byte; the last is all zero.
fn skip_routing(part: Part<'_>) -> Option<Part<'_>> {
    let mut rest = part;
    loop {
        let (&[f0, f1, _, len], after) = rest.split()?;
        rest = after.skip(usize::from(len))?;
        if (f0, f1, len) == (0, 0, 0) {
            return Some(rest);
        }
    }
}

/// What a router redirected: the second version of WCCP puts a header of four bytes before it, of
/// whose first byte only the two highest bits are ever set.
fn redirected(part: Part<'_>) -> Option<Layer<'_>> {
    match part.captured.first()? {
        0x45..=0x4F => Some(Layer::Ipv4(part)),
        _ => Layer::ip(part.skip(4)?),
    }
}

#[cfg(test)]
mod tests {
    use super::{Around, Encapsulation, Layer, Part, layer};
    use crate::net::path::Path;
    use crate::net::{Decoded, ether_type};

    fn part(captured: &[u8]) -> Part<'_> {
        Part { captured, missing: 0 }
    }

    fn read(bytes: &[u8]) -> (Option<Layer<'_>>, Path) {
        let mut around = Around::default();
        let layer = layer(part(bytes), &mut around);
        (layer, around.path)
    }

    /// Headers with each set of flags, up to the payload.
    fn headers() -> Vec<(Vec<u8>, Option<u32>)> {
        let mut headers = Vec::new();
        for flags in (0..16).map(|bits| bits << 4) {
            let mut header = vec![flags, 0, 8, 0];
            if flags & 0xC0 != 0 {
                header.extend([1, 2, 3, 4]);
            }
            if flags & 0x20 != 0 {
                header.extend([0, 0, 1, 5]);
            }
            if flags & 0x10 != 0 {
                header.extend([9; 4]);
            }
            if flags & 0x40 != 0 {
                header.extend([8, 0, 0, 4, 10, 0, 0, 1, 0, 0, 0, 0]);
            }
            headers.push((header, (flags & 0x20 != 0).then_some(0x105)));
        }
        headers
    }

    #[test]
    fn every_set_of_fields_at_every_truncation() {
        for (header, key) in headers() {
            let bytes = [&header[..], b"rest"].concat();
            let (found, path) = read(&bytes);
            assert_eq!(found, Some(Layer::Protocol(ether_type::IPV4, part(b"rest"))));
            let key = key.map_or(0, |key| u64::from(key) | 1 << 32);
            assert_eq!(path, Path::PLAIN.within(Encapsulation::Gre, key));
            for len in 0..header.len() {
                assert_eq!(read(&bytes[..len]).0, None, "{header:?} {len}");
            }
        }
    }

    #[test]
    fn a_redirected_packet_may_have_a_header_before_it() {
        let mut v6 = vec![0, 0, 0x88, 0x3E, 0x40, 1, 2, 3, 0x60];
        assert_eq!(read(&v6).0, Some(Layer::Ipv6(part(&[0x60]))));
        v6.truncate(6);
        assert_eq!(read(&v6).0, None);
        let (found, path) = read(&[0, 0, 0x88, 0x3E, 0x45, 1, 2]);
        assert_eq!(found, Some(Layer::Ipv4(part(&[0x45, 1, 2]))));
        assert_eq!(path, Path::PLAIN.within(Encapsulation::Wccp, 0));
    }

    #[test]
    fn ethernet_with_a_key_is_nvgre_and_without_is_not() {
        let (found, path) = read(&[0x20, 0, 0x65, 0x58, 0, 0, 1, 0, 7]);
        assert_eq!(found, Some(Layer::Ethernet(part(&[7]))));
        assert_eq!(path, Path::PLAIN.within(Encapsulation::Nvgre, 0x1_0000_0100));
        let (found, path) = read(&[0, 0, 0x65, 0x58, 7]);
        assert_eq!(found, Some(Layer::Ethernet(part(&[7]))));
        assert_eq!(path, Path::PLAIN.within(Encapsulation::Gre, 0));
    }

    #[test]
    fn of_erspan_the_sequence_number_tells_the_type() {
        let one = [0, 0, 0x88, 0xBE, 7];
        assert_eq!(read(&one).0, Some(Layer::Ethernet(part(&[7]))));
        let two = [0x10, 0, 0x88, 0xBE, 0, 0, 0, 1, 0x10, 5, 0, 9, 0, 0, 0, 0, 7];
        assert_eq!(read(&two).0, Some(Layer::Ethernet(part(&[7]))));
        for len in 0..two.len() - 1 {
            assert_eq!(read(&two[..len]).0, None, "{len}");
        }
    }

    #[test]
    fn versions_that_are_not_known_are_other_ip() {
        assert_eq!(read(&[0, 2, 8, 0, 0x45]).0, Some(Layer::End(Decoded::OtherIp)));
    }
}
