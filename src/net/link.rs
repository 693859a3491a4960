//! The link layer: what a packet starts with, by its link type.
//!
//! etherparse takes a Linux cooked header for a few kinds of interfaces only, and no BSD loopback,
//! so these are read here.

use super::Decoded;
use super::layer::Layer;
use super::part::Part;
use crate::capture::link_type::LinkType;

/// Finds what a packet starts with, or what follows its link header; `None` where that is cut.
pub(super) fn layer(link_type: LinkType, part: Part<'_>) -> Option<Layer<'_>> {
    match link_type {
        LinkType::ETHERNET => Some(Layer::Ethernet(part)),
        LinkType::LINUX_SLL => linux_sll(part),
        LinkType::LINUX_SLL2 => linux_sll2(part),
        LinkType::NULL | LinkType::LOOP => loopback(part),
        LinkType::RAW | LinkType::RAW_BSD | LinkType::RAW_OPENBSD => Layer::ip(part),
        LinkType::IPV4 => Some(Layer::Ipv4(part)),
        LinkType::IPV6 => Some(Layer::Ipv6(part)),
        _ => Some(Layer::End(Decoded::UnknownLinkType)),
    }
}

/// Linux cooked capture: the EtherType stands last of 16 bytes.
///
/// <https://www.tcpdump.org/linktypes/LINKTYPE_LINUX_SLL.html>
fn linux_sll(part: Part<'_>) -> Option<Layer<'_>> {
    let (&[_, _, _, _, _, _, _, _, _, _, _, _, _, _, p0, p1], rest) = part.split()?;
    Some(Layer::Protocol(u16::from_be_bytes([p0, p1]), rest))
}

/// Linux cooked capture, version 2: the EtherType stands first of 20 bytes.
///
/// <https://www.tcpdump.org/linktypes/LINKTYPE_LINUX_SLL2.html>
fn linux_sll2(part: Part<'_>) -> Option<Layer<'_>> {
    let (header, rest) = part.split::<20>()?;
    Some(Layer::Protocol(u16::from_be_bytes(*header.first_chunk()?), rest))
}

/// BSD loopback: the address family in four bytes.
///
/// Its byte order is fixed for LOOP, and that of the capturing machine for NULL. The numbers are
/// small, so the order shows in the number itself.
fn loopback(part: Part<'_>) -> Option<Layer<'_>> {
    let (family, rest) = part.split()?;
    let family = u32::from_be_bytes(*family);
    let family = if family > 0xFFFF { family.swap_bytes() } else { family };
    Some(match family {
        2 => Layer::Ipv4(rest),
        // Linux, Windows, BSD, FreeBSD and macOS each have their own number for IPv6.
        10 | 23 | 24 | 28 | 30 => Layer::Ipv6(rest),
        _ => Layer::OTHER,
    })
}

#[cfg(test)]
mod tests {
    use super::{Decoded, Layer, Part, layer};
    use crate::capture::link_type::LinkType;
    use crate::net::ether_type;

    /// What packets of `link_type` with these bytes start with.
    fn read(link_type: LinkType, captured: &[u8]) -> Option<Layer<'_>> {
        layer(link_type, Part { captured, missing: 9 })
    }

    fn part(captured: &[u8]) -> Part<'_> {
        Part { captured, missing: 9 }
    }

    #[test]
    fn link_types_that_are_not_read_say_so() {
        let unknown = Some(Layer::End(Decoded::UnknownLinkType));
        assert_eq!(read(LinkType(147), &[1, 2, 3]), unknown);
        assert_eq!(read(LinkType(u32::MAX), &[]), unknown);
    }

    #[test]
    fn cooked_captures_of_both_versions() {
        let sll = [&[0; 14][..], &[0x08, 0, 0x45, 9]].concat();
        let expected = Layer::Protocol(ether_type::IPV4, part(&[0x45, 9]));
        assert_eq!(read(LinkType::LINUX_SLL, &sll), Some(expected));
        let sll2 = [&[0x86, 0xDD][..], &[0; 18], &[0x60, 9]].concat();
        let expected = Layer::Protocol(ether_type::IPV6, part(&[0x60, 9]));
        assert_eq!(read(LinkType::LINUX_SLL2, &sll2), Some(expected));
        for len in 0..16 {
            assert_eq!(read(LinkType::LINUX_SLL, &sll[..len]), None);
            assert_eq!(read(LinkType::LINUX_SLL2, &sll2[..len]), None);
        }
    }

    #[test]
    fn loopback_in_either_byte_order() {
        for link_type in [LinkType::NULL, LinkType::LOOP] {
            for family in [[2, 0, 0, 0], [0, 0, 0, 2]] {
                let packet = [&family[..], &[0x45]].concat();
                assert_eq!(read(link_type, &packet), Some(Layer::Ipv4(part(&[0x45]))));
            }
            for family in [10, 23, 24, 28, 30] {
                let expected = Some(Layer::Ipv6(part(&[6])));
                assert_eq!(read(link_type, &[family, 0, 0, 0, 6]), expected);
                assert_eq!(read(link_type, &[0, 0, 0, family, 6]), expected);
            }
            assert_eq!(read(link_type, &[7, 0, 0, 0, 6]), Some(Layer::OTHER));
            assert_eq!(read(link_type, &[2, 0, 0]), None);
        }
    }

    #[test]
    fn raw_ip_under_all_its_numbers() {
        for number in [12, 14, 101] {
            let read = |captured| read(LinkType(number), captured);
            assert_eq!(read(&[0x45, 1]), Some(Layer::Ipv4(part(&[0x45, 1]))));
            assert_eq!(read(&[0x60, 1]), Some(Layer::Ipv6(part(&[0x60, 1]))));
            assert_eq!(read(&[0x00, 1]), Some(Layer::OTHER));
            assert_eq!(read(&[]), None);
        }
        assert_eq!(read(LinkType::IPV4, &[0x45]), Some(Layer::Ipv4(part(&[0x45]))));
        assert_eq!(read(LinkType::IPV6, &[0x60]), Some(Layer::Ipv6(part(&[0x60]))));
    }
}
