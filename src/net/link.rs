//! The link layer: where the IP header starts.
//!
//! Everything but the Ethernet header is read here: VLAN tags may stand in any number, and
//! etherparse takes a Linux cooked header for a few kinds of interfaces only, and no BSD loopback.

use crate::capture::link_type::LinkType;

/// What follows a packet's link header.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Network<'a> {
    /// IPv4, from its header to the end of what was captured of the frame.
    Ipv4(&'a [u8]),
    /// IPv6, likewise.
    Ipv6(&'a [u8]),
    /// Another protocol.
    Other,
    /// The link type is not read.
    UnknownLinkType,
    /// The link header is cut.
    Undecodable,
}

/// Values of EtherType, which Linux cooked captures use too.
mod ether_type {
    pub(super) const IPV4: u16 = 0x0800;
    pub(super) const VLAN: u16 = 0x8100;
    pub(super) const IPV6: u16 = 0x86DD;
    pub(super) const PROVIDER_BRIDGE: u16 = 0x88A8;
    /// Stacked tags before they were standardized.
    pub(super) const QINQ_OLD: u16 = 0x9100;
    pub(super) const QINQ_OLDER: u16 = 0x9200;
    pub(super) const QINQ_OLDEST: u16 = 0x9300;
    /// Smaller numbers are lengths of IEEE 802.3 frames.
    pub(super) const MIN: u16 = 0x0600;
}

/// The LLC and SNAP headers of a frame whose protocol is an EtherType (RFC 1042).
const SNAP: [u8; 6] = [0xAA, 0xAA, 0x03, 0x00, 0x00, 0x00];

/// Finds the network layer of a packet.
#[inline]
pub(super) fn network(link_type: LinkType, data: &[u8]) -> Network<'_> {
    let found = match link_type {
        LinkType::ETHERNET => ethernet(data),
        LinkType::LINUX_SLL => linux_sll(data),
        LinkType::LINUX_SLL2 => linux_sll2(data),
        LinkType::NULL | LinkType::LOOP => loopback(data),
        LinkType::RAW | LinkType::RAW_BSD | LinkType::RAW_OPENBSD => raw(data),
        LinkType::IPV4 => Some(Network::Ipv4(data)),
        LinkType::IPV6 => Some(Network::Ipv6(data)),
        _ => Some(Network::UnknownLinkType),
    };
    found.unwrap_or(Network::Undecodable)
}

/// Ethernet: two addresses, then the EtherType.
#[inline]
fn ethernet(data: &[u8]) -> Option<Network<'_>> {
    let header = etherparse::Ethernet2HeaderSlice::from_slice(data).ok()?;
    let rest = data.get(header.slice().len()..)?;
    behind_ether_type(header.ether_type().0, rest)
}

/// What follows an EtherType, any number of VLAN tags between.
#[inline]
fn behind_ether_type(ether_type: u16, rest: &[u8]) -> Option<Network<'_>> {
    match ether_type {
        ether_type::IPV4 => Some(Network::Ipv4(rest)),
        ether_type::IPV6 => Some(Network::Ipv6(rest)),
        _ => behind_tags(ether_type, rest),
    }
}

/// What follows an EtherType that is not that of IP.
#[cold]
fn behind_tags(ether_type: u16, rest: &[u8]) -> Option<Network<'_>> {
    let mut ether_type = ether_type;
    let mut rest = rest;
    loop {
        let skipped = match ether_type {
            ether_type::IPV4 => return Some(Network::Ipv4(rest)),
            ether_type::IPV6 => return Some(Network::Ipv6(rest)),
            // A tag is the VLAN's number and priority, then the next EtherType.
            ether_type::VLAN
            | ether_type::PROVIDER_BRIDGE
            | ether_type::QINQ_OLD
            | ether_type::QINQ_OLDER
            | ether_type::QINQ_OLDEST => 2,
            ..ether_type::MIN if rest.starts_with(&SNAP) => SNAP.len(),
            _ => return Some(Network::Other),
        };
        let (next, after) = rest.get(skipped..)?.split_first_chunk()?;
        ether_type = u16::from_be_bytes(*next);
        rest = after;
    }
}

/// Linux cooked capture: the EtherType stands last of 16 bytes.
///
/// <https://www.tcpdump.org/linktypes/LINKTYPE_LINUX_SLL.html>
fn linux_sll(data: &[u8]) -> Option<Network<'_>> {
    let (&[_, _, _, _, _, _, _, _, _, _, _, _, _, _, p0, p1], rest) = data.split_first_chunk()?;
    behind_ether_type(u16::from_be_bytes([p0, p1]), rest)
}

/// Linux cooked capture, version 2: the EtherType stands first of 20 bytes.
///
/// <https://www.tcpdump.org/linktypes/LINKTYPE_LINUX_SLL2.html>
fn linux_sll2(data: &[u8]) -> Option<Network<'_>> {
    let (header, rest) = data.split_first_chunk::<20>()?;
    behind_ether_type(u16::from_be_bytes(*header.first_chunk()?), rest)
}

/// BSD loopback: the address family in four bytes.
///
/// Its byte order is fixed for LOOP, and that of the capturing machine for NULL. The numbers are
/// small, so the order shows in the number itself.
fn loopback(data: &[u8]) -> Option<Network<'_>> {
    let (family, rest) = data.split_first_chunk()?;
    let family = u32::from_be_bytes(*family);
    let family = if family > 0xFFFF { family.swap_bytes() } else { family };
    Some(match family {
        2 => Network::Ipv4(rest),
        // Linux, Windows, BSD, FreeBSD and macOS each have their own number for IPv6.
        10 | 23 | 24 | 28 | 30 => Network::Ipv6(rest),
        _ => Network::Other,
    })
}

/// Raw IP: the first four bits tell the version.
fn raw(data: &[u8]) -> Option<Network<'_>> {
    Some(match data.first()? >> 4 {
        4 => Network::Ipv4(data),
        6 => Network::Ipv6(data),
        _ => Network::Other,
    })
}

#[cfg(test)]
mod tests {
    use super::{Network, network};
    use crate::capture::link_type::LinkType;

    const ADDRESSES: [u8; 12] = [0x55; 12];

    fn ethernet(rest: &[u8]) -> Vec<u8> {
        [&ADDRESSES, rest].concat()
    }

    #[test]
    fn ethernet_with_any_stack_of_tags() {
        let stacks: [&[u8]; 6] = [
            &[],
            &[0x81, 0, 0, 7],
            &[0x88, 0xA8, 0, 7, 0x81, 0, 0, 8],
            &[0x91, 0, 0, 7, 0x92, 0, 0, 8, 0x93, 0, 0, 9, 0x81, 0, 0, 10],
            &[0x00, 0x40, 0xAA, 0xAA, 0x03, 0, 0, 0],
            &[0x81, 0, 0, 7, 0x00, 0x40, 0xAA, 0xAA, 0x03, 0, 0, 0],
        ];
        for stack in stacks {
            let frame = ethernet(&[stack, &[0x08, 0, 0x45, 1, 2]].concat());
            assert_eq!(network(LinkType::ETHERNET, &frame), Network::Ipv4(&[0x45, 1, 2]));
            let frame = ethernet(&[stack, &[0x86, 0xDD, 0x60, 1, 2]].concat());
            assert_eq!(network(LinkType::ETHERNET, &frame), Network::Ipv6(&[0x60, 1, 2]));
            let whole = frame.len() - 3;
            for len in 0..whole {
                let cut = network(LinkType::ETHERNET, &frame[..len]);
                assert!(matches!(cut, Network::Undecodable | Network::Other), "{stack:?} {len}");
            }
        }
    }

    #[test]
    fn other_protocols_are_not_ip() {
        assert_eq!(network(LinkType::ETHERNET, &ethernet(&[8, 6, 0, 1])), Network::Other);
        assert_eq!(network(LinkType::ETHERNET, &ethernet(&[0, 3, 0x42, 0x42, 3])), Network::Other);
        assert_eq!(network(LinkType(147), &[1, 2, 3]), Network::UnknownLinkType);
    }

    #[test]
    fn cooked_captures_of_both_versions() {
        let sll = [&[0; 14][..], &[0x08, 0, 0x45, 9]].concat();
        assert_eq!(network(LinkType::LINUX_SLL, &sll), Network::Ipv4(&[0x45, 9]));
        let tagged = [&[0; 14][..], &[0x81, 0, 0, 7, 0x86, 0xDD, 0x60, 9]].concat();
        assert_eq!(network(LinkType::LINUX_SLL, &tagged), Network::Ipv6(&[0x60, 9]));
        let sll2 = [&[0x86, 0xDD][..], &[0; 18], &[0x60, 9]].concat();
        assert_eq!(network(LinkType::LINUX_SLL2, &sll2), Network::Ipv6(&[0x60, 9]));
        for len in 0..16 {
            assert_eq!(network(LinkType::LINUX_SLL, &sll[..len]), Network::Undecodable);
            assert_eq!(network(LinkType::LINUX_SLL2, &sll2[..len]), Network::Undecodable);
        }
    }

    #[test]
    fn loopback_in_either_byte_order() {
        for link_type in [LinkType::NULL, LinkType::LOOP] {
            for family in [[2, 0, 0, 0], [0, 0, 0, 2]] {
                let packet = [&family[..], &[0x45]].concat();
                assert_eq!(network(link_type, &packet), Network::Ipv4(&[0x45]));
            }
            for family in [10, 23, 24, 28, 30] {
                assert_eq!(network(link_type, &[family, 0, 0, 0, 6]), Network::Ipv6(&[6]));
                assert_eq!(network(link_type, &[0, 0, 0, family, 6]), Network::Ipv6(&[6]));
            }
            assert_eq!(network(link_type, &[7, 0, 0, 0, 6]), Network::Other);
            assert_eq!(network(link_type, &[2, 0, 0]), Network::Undecodable);
        }
    }

    #[test]
    fn raw_ip_under_all_its_numbers() {
        for number in [12, 14, 101] {
            assert_eq!(network(LinkType(number), &[0x45, 1]), Network::Ipv4(&[0x45, 1]));
            assert_eq!(network(LinkType(number), &[0x60, 1]), Network::Ipv6(&[0x60, 1]));
            assert_eq!(network(LinkType(number), &[0x00, 1]), Network::Other);
            assert_eq!(network(LinkType(number), &[]), Network::Undecodable);
        }
        assert_eq!(network(LinkType::IPV4, &[0x45]), Network::Ipv4(&[0x45]));
        assert_eq!(network(LinkType::IPV6, &[0x60]), Network::Ipv6(&[0x60]));
    }
}
