//! What bridges put between a frame's addresses and its payload, VLAN tags aside.

use etherparse::MacsecHeaderSlice;

use super::Decoded;
use super::encapsulation::Encapsulation;
use super::layer::{Around, Layer};
use super::part::Part;

/// Reads the tag of a provider's backbone bridge (IEEE 802.1ah): priorities, then the 24 bits that
/// tell the customer's service, then the customer's frame.
pub(super) fn backbone<'a>(part: Part<'a>, around: &mut Around) -> Option<Layer<'a>> {
    let (&[_, s0, s1, s2], rest) = part.split()?;
    around.enter(Encapsulation::Pbb, u64::from(u32::from_be_bytes([0, s0, s1, s2])));
    Some(Layer::Ethernet(rest))
}

/// Reads the tag of IEEE 802.1AE. It is no part of the path: it tells the sender, and so one
/// direction from the other.
///
/// What follows an encrypted frame is its check value, which the IP header's length leaves out.
pub(super) fn macsec<'a>(part: Part<'a>, around: &mut Around) -> Option<Layer<'a>> {
    let header = MacsecHeaderSlice::from_slice(part.captured).ok()?;
    around.pass(Encapsulation::MacSec);
    Some(match header.next_ether_type() {
        Some(ether_type) => Layer::Protocol(ether_type.0, part.skip(header.slice().len())?),
        None => Layer::End(Decoded::Encrypted),
    })
}

/// Moves past a tag of `LEN` bytes that says nothing of what it carries, to the EtherType behind it.
pub(super) fn skip_tag<const LEN: usize>(part: Part<'_>) -> Option<Layer<'_>> {
    let (ether_type, rest) = part.skip(LEN)?.split()?;
    Some(Layer::Protocol(u16::from_be_bytes(*ether_type), rest))
}

#[cfg(test)]
mod tests {
    use super::{Around, Decoded, Encapsulation, Layer, Part, backbone, macsec, skip_tag};
    use crate::net::ether_type;
    use crate::net::path::Path;

    fn part(captured: &[u8]) -> Part<'_> {
        Part { captured, missing: 0 }
    }

    #[test]
    fn a_backbone_tag_has_its_service() {
        let bytes = [0xE0, 1, 2, 3, b'x'];
        let mut around = Around::default();
        assert_eq!(backbone(part(&bytes), &mut around), Some(Layer::Ethernet(part(b"x"))));
        assert_eq!(around.path, Path::PLAIN.within(Encapsulation::Pbb, 0x01_0203));
        for len in 0..4 {
            assert_eq!(backbone(part(&bytes[..len]), &mut around), None);
        }
    }

    #[test]
    fn macsec_without_encryption_at_every_truncation() {
        for (tci, sci_len) in [(0x00, 0), (0x20, 8)] {
            let bytes = [&[tci, 0, 0, 0, 0, 1][..], &vec![7; sci_len], &[8, 0, b'x']].concat();
            let expected = Layer::Protocol(ether_type::IPV4, part(b"x"));
            assert_eq!(macsec(part(&bytes), &mut Around::default()), Some(expected));
            for len in 0..bytes.len() - 1 {
                assert_eq!(macsec(part(&bytes[..len]), &mut Around::default()), None);
            }
        }
        let encrypted = [0x0C, 0, 0, 0, 0, 1, 0xAA, 0xBB];
        let expected = Some(Layer::End(Decoded::Encrypted));
        assert_eq!(macsec(part(&encrypted), &mut Around::default()), expected);
    }

    #[test]
    fn other_tags_are_passed_over() {
        let bytes = [1, 2, 3, 4, 8, 0, b'x'];
        let expected = Layer::Protocol(ether_type::IPV4, part(b"x"));
        assert_eq!(skip_tag::<4>(part(&bytes)), Some(expected));
        for len in 0..6 {
            assert_eq!(skip_tag::<4>(part(&bytes[..len])), None);
        }
    }
}
