//! PPP (RFC 1661), its framings, and PPP over Ethernet (RFC 2516).

use super::encapsulation::Encapsulation;
use super::ether_type;
use super::layer::{Around, Layer};
use super::part::Part;

/// Values of the PPP protocol field.
mod protocol {
    pub(super) const IPV4: u16 = 0x0021;
    pub(super) const IPV6: u16 = 0x0057;
    pub(super) const MPLS: u16 = 0x0281;
    pub(super) const MPLS_UPSTREAM: u16 = 0x0283;
}

/// Address and control of HDLC-like framing (RFC 1662).
const ADDRESS_AND_CONTROL: [u8; 2] = [0xFF, 0x03];

/// Version 1 and type 1 of PPPoE.
const VERSION_AND_TYPE: u8 = 0x11;

/// The code of a frame of an established session.
const SESSION_DATA: u8 = 0;

/// Reads a PPP frame, in HDLC-like framing or without, with a protocol field of two bytes or of
/// one, whose lowest bit is set.
pub(super) fn layer(part: Part<'_>) -> Option<Layer<'_>> {
    let framed = part.captured.starts_with(&ADDRESS_AND_CONTROL);
    let part = if framed { part.skip(ADDRESS_AND_CONTROL.len())? } else { part };
    let (&[first], after) = part.split()?;
    let (number, rest) = if first & 1 == 1 {
        (u16::from(first), after)
    } else {
        let (number, rest) = part.split()?;
        (u16::from_be_bytes(*number), rest)
    };
    Some(match number {
        protocol::IPV4 => Layer::Ipv4(rest),
        protocol::IPV6 => Layer::Ipv6(rest),
        protocol::MPLS | protocol::MPLS_UPSTREAM => Layer::Protocol(ether_type::MPLS, rest),
        _ => Layer::OTHER,
    })
}

/// Reads PPP or Cisco's HDLC, whose frames begin with other addresses.
pub(super) fn hdlc(part: Part<'_>) -> Option<Layer<'_>> {
    match part.captured.first()? {
        // To one station, or to all.
        0x0F | 0x8F => cisco_hdlc(part),
        _ => layer(part),
    }
}

/// Reads Cisco's HDLC: address, control, and an EtherType.
pub(super) fn cisco_hdlc(part: Part<'_>) -> Option<Layer<'_>> {
    let (&[_, _, e0, e1], rest) = part.split()?;
    Some(match u16::from_be_bytes([e0, e1]) {
        // Numbers that are lengths elsewhere mean nothing here.
        ..ether_type::MIN => Layer::OTHER,
        number => Layer::Protocol(number, rest),
    })
}

/// Reads the header of a PPPoE session, up to the length that it says.
pub(super) fn over_ethernet<'a>(part: Part<'a>, around: &mut Around) -> Option<Layer<'a>> {
    let (&[version_and_type, code, s0, s1, l0, l1], rest) = part.split()?;
    if (version_and_type, code) != (VERSION_AND_TYPE, SESSION_DATA) {
        return Some(Layer::OTHER);
    }
    around.enter(Encapsulation::Pppoe, u64::from(u16::from_be_bytes([s0, s1])));
    Some(Layer::Ppp(rest.limit(usize::from(u16::from_be_bytes([l0, l1])))))
}

#[cfg(test)]
mod tests {
    use super::{Around, Encapsulation, Layer, Part, cisco_hdlc, hdlc, layer, over_ethernet};
    use crate::net::ether_type;
    use crate::net::path::Path;

    fn part(captured: &[u8]) -> Part<'_> {
        Part { captured, missing: 0 }
    }

    #[test]
    fn the_protocol_field_in_every_form_at_every_truncation() {
        let cases: [(&[u8], Layer<'_>); 8] = [
            (&[0x00, 0x21], Layer::Ipv4(part(b"x"))),
            (&[0x21], Layer::Ipv4(part(b"x"))),
            (&[0x00, 0x57], Layer::Ipv6(part(b"x"))),
            (&[0x57], Layer::Ipv6(part(b"x"))),
            (&[0x02, 0x81], Layer::Protocol(ether_type::MPLS, part(b"x"))),
            (&[0xC0, 0x21], Layer::OTHER),
            (&[0x00, 0xFD], Layer::OTHER),
            (&[0xFD], Layer::OTHER),
        ];
        for (field, expected) in cases {
            for framing in [&[][..], &[0xFF, 0x03]] {
                let bytes = [framing, field, b"x"].concat();
                assert_eq!(layer(part(&bytes)), Some(expected));
                assert_eq!(hdlc(part(&bytes)), Some(expected));
                for len in 0..bytes.len() - 1 {
                    // What is left of the framing alone is a protocol that is not known.
                    let cut = layer(part(&bytes[..len]));
                    assert!(matches!(cut, None | Some(Layer::OTHER)), "{bytes:?} {len}");
                }
            }
        }
    }

    #[test]
    fn a_session_has_its_length_and_its_number() {
        let bytes = [0x11, 0, 0, 7, 0, 3, 0, 0x21, 0x45, 0, 0];
        let mut around = Around::default();
        let expected = Layer::Ppp(part(&[0, 0x21, 0x45]));
        assert_eq!(over_ethernet(part(&bytes), &mut around), Some(expected));
        assert_eq!(around.path, Path::PLAIN.within(Encapsulation::Pppoe, 7));
        for len in 0..6 {
            assert_eq!(over_ethernet(part(&bytes[..len]), &mut around), None);
        }
        for place in [0, 1] {
            let mut other = bytes;
            other[place] ^= 0x20;
            let mut around = Around::default();
            assert_eq!(over_ethernet(part(&other), &mut around), Some(Layer::OTHER));
            assert_eq!(around, Around::default());
        }
    }

    #[test]
    fn cisco_hdlc_has_an_ether_type() {
        let bytes = [0x0F, 0, 0x08, 0, 7];
        let expected = Some(Layer::Protocol(ether_type::IPV4, part(&[7])));
        assert_eq!(cisco_hdlc(part(&bytes)), expected);
        assert_eq!(hdlc(part(&bytes)), expected);
        for len in 0..4 {
            assert_eq!(cisco_hdlc(part(&bytes[..len])), None);
        }
        assert_eq!(cisco_hdlc(part(&[0x0F, 0, 0, 5, 7])), Some(Layer::OTHER));
    }
}
