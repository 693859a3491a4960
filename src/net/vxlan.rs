//! VXLAN (RFC 7348) and its generic protocol extension.

use super::encapsulation::Encapsulation;
use super::ether_type;
use super::layer::{Around, Layer};
use super::part::Part;

/// The ports of VXLAN: the assigned one, and the one that Linux used before.
pub(super) const PORTS: [u16; 2] = [4789, 8472];

/// The port of the generic protocol extension.
pub(super) const PORT_GPE: u16 = 4790;

/// The flag that says that the VNI holds.
const VNI_HOLDS: u8 = 0x08;

/// The flag of the generic protocol extension that says that there is a next protocol.
const NEXT_PROTOCOL: u8 = 0x04;

/// Reads the header in a datagram to one of [`PORTS`]; `None` for a datagram that is no VXLAN.
pub(super) fn layer<'a>(part: Part<'a>, around: &mut Around) -> Option<Layer<'a>> {
    let (&[flags, _, _, _, v0, v1, v2, _], rest) = part.split()?;
    if flags & VNI_HOLDS == 0 {
        return None;
    }
    around.enter(Encapsulation::Vxlan, vni([v0, v1, v2]));
    Some(Layer::Ethernet(rest))
}

/// Reads the header in a datagram to [`PORT_GPE`]; `None` for a datagram that is no VXLAN.
pub(super) fn generic<'a>(part: Part<'a>, around: &mut Around) -> Option<Layer<'a>> {
    let (&[flags, _, _, next, v0, v1, v2, _], rest) = part.split()?;
    if flags & VNI_HOLDS == 0 {
        return None;
    }
    around.enter(Encapsulation::VxlanGpe, vni([v0, v1, v2]));
    Some(match (flags & NEXT_PROTOCOL != 0, next) {
        (false, _) | (true, 3) => Layer::Ethernet(rest),
        (true, 1) => Layer::Ipv4(rest),
        (true, 2) => Layer::Ipv6(rest),
        (true, 5) => Layer::Protocol(ether_type::MPLS, rest),
        _ => Layer::OTHER,
    })
}

/// Whether a datagram to any port is VXLAN beyond doubt: every reserved bit is zero, and an
/// Ethernet frame with a whole IP header follows, whose length is that of the datagram.
pub(super) fn is_certain(part: Part<'_>) -> bool {
    let Some((&[VNI_HOLDS, 0, 0, 0, _, _, _, 0], frame)) = part.split() else { return false };
    let Some((&[.., e0, e1], packet)) = frame.split::<14>() else { return false };
    let ip_len = match (u16::from_be_bytes([e0, e1]), packet.captured) {
        (ether_type::IPV4, [0x45..=0x4F, _, l0, l1, ..]) => {
            usize::from(u16::from_be_bytes([*l0, *l1]))
        }
        (ether_type::IPV6, [0x60..=0x6F, _, _, _, l0, l1, ..]) => {
            usize::from(u16::from_be_bytes([*l0, *l1])).saturating_add(40)
        }
        _ => return false,
    };
    // Short frames are padded to 46 bytes.
    ip_len == packet.len() || (ip_len >= 20 && ip_len < packet.len() && packet.len() <= 46)
}

fn vni([v0, v1, v2]: [u8; 3]) -> u64 {
    u64::from(u32::from_be_bytes([0, v0, v1, v2]))
}

#[cfg(test)]
mod tests {
    use super::{Around, Layer, Part, generic, is_certain, layer};
    use crate::net::ether_type;

    const HEADER: [u8; 8] = [8, 0, 0, 0, 0, 1, 2, 0];

    fn part(captured: &[u8]) -> Part<'_> {
        Part { captured, missing: 0 }
    }

    #[test]
    fn every_truncation_and_what_is_no_vxlan() {
        let bytes = [&HEADER[..], &[7]].concat();
        let mut around = Around::default();
        assert_eq!(layer(part(&bytes), &mut around), Some(Layer::Ethernet(part(&[7]))));
        for len in 0..8 {
            assert_eq!(layer(part(&bytes[..len]), &mut around), None);
            assert_eq!(generic(part(&bytes[..len]), &mut around), None);
        }
        let mut other = bytes;
        other[0] = 0x84;
        let mut around = Around::default();
        assert_eq!(layer(part(&other), &mut around), None);
        assert_eq!(around, Around::default());
    }

    #[test]
    fn the_extension_says_what_follows() {
        let header = |flags, next| [flags, 0, 0, next, 0, 1, 2, 0];
        assert_eq!(
            generic(part(&header(0x08, 1)), &mut Around::default()),
            Some(Layer::Ethernet(part(&[])))
        );
        assert_eq!(
            generic(part(&header(0x0C, 1)), &mut Around::default()),
            Some(Layer::Ipv4(part(&[])))
        );
        assert_eq!(
            generic(part(&header(0x0C, 2)), &mut Around::default()),
            Some(Layer::Ipv6(part(&[])))
        );
        assert_eq!(
            generic(part(&header(0x0C, 3)), &mut Around::default()),
            Some(Layer::Ethernet(part(&[])))
        );
        assert_eq!(
            generic(part(&header(0x0C, 5)), &mut Around::default()),
            Some(Layer::Protocol(ether_type::MPLS, part(&[])))
        );
        assert_eq!(generic(part(&header(0x0C, 4)), &mut Around::default()), Some(Layer::OTHER));
        assert_eq!(generic(part(&header(0x04, 1)), &mut Around::default()), None);
    }

    #[test]
    fn by_its_contents_alone_it_is_known_when_all_of_them_agree() {
        let v4 = [&[0x45, 0, 0, 28][..], &[0; 24]].concat();
        let frame = |ether_type: [u8; 2], packet: &[u8]| {
            [&HEADER[..], &[0x55; 12], &ether_type, packet].concat()
        };
        let good = frame([8, 0], &v4);
        assert!(is_certain(part(&good)));
        assert!(is_certain(Part { captured: &good[..30], missing: good.len() - 30 }));
        assert!(!is_certain(Part { captured: &good[..30], missing: good.len() - 31 }));
        assert!(!is_certain(Part { captured: &good, missing: 40 }));
        assert!(is_certain(Part { captured: &good, missing: 3 }));
        for place in [0, 1, 2, 3, 7, 20, 22, 24] {
            let mut bad = good.clone();
            bad[place] ^= 0x80;
            assert!(!is_certain(part(&bad)), "{place}");
        }
        let v6 = [&[0x60, 0, 0, 0, 0, 8][..], &[0; 42]].concat();
        assert!(is_certain(part(&frame([0x86, 0xDD], &v6))));
        for len in 0..28 {
            assert!(!is_certain(part(&good[..len])));
        }
    }
}
