//! Ethernet, and what its EtherType tells: VLAN tags, LLC, IP and other carriers.

use etherparse::Ethernet2HeaderSlice;

use super::layer::{Around, Layer};
use super::part::Part;
use super::{bridge, ether_type, mpls, ppp};

/// The SNAP header's first five bytes where the next two are an EtherType (RFC 1042), with the LLC
/// header before it.
const SNAP: [u8; 6] = [0xAA, 0xAA, 0x03, 0x00, 0x00, 0x00];

/// The same of a bridge's tunnel (IEEE 802.1H).
const SNAP_BRIDGE_TUNNEL: [u8; 6] = [0xAA, 0xAA, 0x03, 0x00, 0x00, 0xF8];

/// The LLC header before IP without SNAP.
const LLC_IP: [u8; 3] = [0x06, 0x06, 0x03];

/// Reads a frame's two addresses and its EtherType.
pub(super) fn frame(part: Part<'_>) -> Option<Layer<'_>> {
    let header = Ethernet2HeaderSlice::from_slice(part.captured).ok()?;
    Some(Layer::Protocol(header.ether_type().0, part.skip(header.slice().len())?))
}

/// Whether `part` looks like a frame, where nothing says that it is one: its EtherType is one that
/// is common in tunnels, and where that is IP, so is what follows.
pub(super) fn is_plausible(part: Part<'_>) -> bool {
    let Some((&[.., e0, e1], payload)) = part.split::<14>() else { return false };
    let first = payload.captured.first();
    match u16::from_be_bytes([e0, e1]) {
        ether_type::IPV4 => matches!(first, Some(0x45..=0x4F)),
        ether_type::IPV6 => matches!(first, Some(0x60..=0x6F)),
        ether_type::ARP => matches!(payload.captured, [0, _, 8, 0, ..]),
        ether_type::VLAN
        | ether_type::PROVIDER_BRIDGE
        | ether_type::QINQ_OLD
        | ether_type::QINQ_OLDER
        | ether_type::QINQ_OLDEST
        | ether_type::MPLS
        | ether_type::MPLS_UPSTREAM
        | ether_type::PPPOE_SESSION
        | ether_type::BACKBONE_BRIDGE
        | ether_type::MACSEC
        | ether_type::VN_TAG
        | ether_type::CISCO_META_DATA => true,
        length @ ..ether_type::MIN => {
            usize::from(length) <= payload.len() && matches!(payload.captured, [0xAA, 0xAA, 3, ..])
        }
        _ => false,
    }
}

/// Reads what follows an EtherType.
pub(super) fn protocol<'a>(
    ether_type: u16,
    part: Part<'a>,
    around: &mut Around,
) -> Option<Layer<'a>> {
    match ether_type {
        ether_type::IPV4 => Some(Layer::Ipv4(part)),
        ether_type::IPV6 => Some(Layer::Ipv6(part)),
        ether_type::VLAN
        | ether_type::PROVIDER_BRIDGE
        | ether_type::QINQ_OLD
        | ether_type::QINQ_OLDER
        | ether_type::QINQ_OLDEST => tag(part, around),
        ether_type::MPLS | ether_type::MPLS_UPSTREAM => mpls::layer(part, around),
        ether_type::PPPOE_SESSION => ppp::over_ethernet(part, around),
        ether_type::BACKBONE_BRIDGE => bridge::backbone(part, around),
        ether_type::MACSEC => bridge::macsec(part, around),
        ether_type::VN_TAG => bridge::skip_tag::<4>(part),
        ether_type::CISCO_META_DATA => bridge::skip_tag::<6>(part),
        ..ether_type::MIN => llc(part.limit(usize::from(ether_type))),
        _ => Some(Layer::OTHER),
    }
}

/// Reads a VLAN tag: priority and id, then the next EtherType.
fn tag<'a>(part: Part<'a>, around: &mut Around) -> Option<Layer<'a>> {
    let (&[t0, t1, e0, e1], rest) = part.split()?;
    around.tag(u16::from_be_bytes([t0, t1]) & 0x0FFF);
    Some(Layer::Protocol(u16::from_be_bytes([e0, e1]), rest))
}

/// Reads an LLC header (IEEE 802.2), and the SNAP header that may follow it.
pub(super) fn llc(part: Part<'_>) -> Option<Layer<'_>> {
    let bytes = part.captured;
    if bytes.starts_with(&SNAP) || bytes.starts_with(&SNAP_BRIDGE_TUNNEL) {
        let (ether_type, rest) = part.skip(SNAP.len())?.split()?;
        return Some(Layer::Protocol(u16::from_be_bytes(*ether_type), rest));
    }
    if bytes.starts_with(&LLC_IP) {
        return Layer::ip(part.skip(LLC_IP.len())?);
    }
    Some(Layer::OTHER)
}

#[cfg(test)]
mod tests {
    use super::{Around, Layer, Part, frame, llc, protocol};
    use crate::net::ether_type;

    /// What the frame with these bytes leads to, past its tags and LLC header.
    fn read<'a>(captured: &'a [u8], around: &mut Around) -> Option<Layer<'a>> {
        let mut layer = frame(Part { captured, missing: 0 })?;
        while let Layer::Protocol(ether_type, part) = layer {
            layer = protocol(ether_type, part, around)?;
        }
        Some(layer)
    }

    fn ethernet(rest: &[u8]) -> Vec<u8> {
        [&[0x55; 12], rest].concat()
    }

    #[test]
    fn any_stack_of_tags_and_llc_at_every_truncation() {
        let stacks: [&[u8]; 7] = [
            &[],
            &[0x81, 0, 0, 7],
            &[0x88, 0xA8, 0, 7, 0x81, 0, 0, 8],
            &[0x91, 0, 0, 7, 0x92, 0, 0, 8, 0x93, 0, 0, 9, 0x81, 0, 0, 10],
            &[0x00, 0x40, 0xAA, 0xAA, 0x03, 0, 0, 0],
            &[0x00, 0x40, 0xAA, 0xAA, 0x03, 0, 0, 0xF8],
            &[0x81, 0, 0, 7, 0x00, 0x40, 0xAA, 0xAA, 0x03, 0, 0, 0],
        ];
        for stack in stacks {
            for (ether_type, first) in [([8, 0], 0x45), ([0x86, 0xDD], 0x60)] {
                let bytes = ethernet(&[stack, &ether_type, &[first, 1, 2]].concat());
                let part = Part { captured: &bytes[bytes.len() - 3..], missing: 0 };
                let expected = if first == 0x45 { Layer::Ipv4(part) } else { Layer::Ipv6(part) };
                assert_eq!(read(&bytes, &mut Around::default()), Some(expected));
                for len in 0..bytes.len() - 3 {
                    let cut = read(&bytes[..len], &mut Around::default());
                    assert!(matches!(cut, None | Some(Layer::OTHER)), "{stack:?} {len}");
                }
            }
        }
    }

    #[test]
    fn ids_of_tags_are_the_path_and_priorities_are_not() {
        let path = |tag: [u8; 2]| {
            let mut around = Around::default();
            read(&ethernet(&[0x81, 0, tag[0], tag[1], 8, 0]), &mut around);
            around.path
        };
        assert_eq!(path([0xE0, 7]), path([0, 7]));
        assert_ne!(path([0, 7]), path([1, 7]));
        assert_eq!(path([0xE0, 0]), Around::default().path);
    }

    #[test]
    fn the_length_of_an_llc_frame_leaves_padding_out() {
        let bytes = ethernet(&[0, 5, 0x06, 0x06, 0x03, 0x45, 9, 0, 0, 0]);
        let expected = Layer::Ipv4(Part { captured: &[0x45, 9], missing: 0 });
        assert_eq!(read(&bytes, &mut Around::default()), Some(expected));
    }

    #[test]
    fn other_protocols_are_not_ip() {
        let mut around = Around::default();
        assert_eq!(read(&ethernet(&[8, 6, 0, 1]), &mut around), Some(Layer::OTHER));
        assert_eq!(read(&ethernet(&[0, 3, 0x42, 0x42, 3]), &mut around), Some(Layer::OTHER));
        assert_eq!(llc(Part::default()), Some(Layer::OTHER));
        let part = Part::default();
        assert_eq!(protocol(ether_type::MIN, part, &mut around), Some(Layer::OTHER));
    }
}
