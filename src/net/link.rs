//! The link layer: what a packet starts with, by its link type.
//!
//! The headers are those of <https://www.tcpdump.org/linktypes.html>.

use super::layer::Layer;
use super::part::Part;
use super::wifi::{self, Received};
use super::{Decoded, cooked, ether_type, ethernet, nflog, per_packet, ppp};
use crate::capture::link_type::LinkType;

/// Finds what a packet starts with, or what follows its link header; `None` where that is cut.
pub(super) fn layer(link_type: LinkType, part: Part<'_>) -> Option<Layer<'_>> {
    match link_type {
        LinkType::ETHERNET => Some(Layer::Ethernet(part)),
        LinkType::LINUX_SLL => cooked::version_1(part),
        LinkType::LINUX_SLL2 => cooked::version_2(part),
        LinkType::NULL | LinkType::LOOP => loopback(part),
        LinkType::RAW | LinkType::RAW_BSD | LinkType::RAW_OPENBSD => Layer::ip(part),
        LinkType::IPV4 => Some(Layer::Ipv4(part)),
        LinkType::IPV6 => Some(Layer::Ipv6(part)),
        LinkType::PPP => Some(Layer::Ppp(part)),
        LinkType::PPP_HDLC => ppp::hdlc(part),
        LinkType::PPP_WITH_DIR => Some(Layer::Ppp(part.skip(1)?)),
        // As a packet in Ethernet would be, which the link type leaves out.
        LinkType::PPP_ETHER => Some(Layer::Protocol(ether_type::PPPOE_SESSION, part)),
        LinkType::C_HDLC => ppp::cisco_hdlc(part),
        LinkType::C_HDLC_WITH_DIR => ppp::cisco_hdlc(part.skip(1)?),
        LinkType::MPLS => Some(Layer::Protocol(ether_type::MPLS, part)),
        LinkType::IEEE802_11 => Some(Layer::Wifi(part)),
        LinkType::IEEE802_11_PRISM | LinkType::IEEE802_11_AVS => {
            Some(Layer::Wifi(wifi::prism_or_avs(part)?))
        }
        LinkType::IEEE802_11_RADIOTAP => radiotap(part),
        LinkType::PPI => per_packet::ppi(part),
        LinkType::PKTAP => per_packet::pktap(part),
        LinkType::NFLOG => nflog::layer(part),
        LinkType::PFLOG => pflog(part),
        LinkType::IPNET => Layer::ip(part.skip(IPNET_LEN)?),
        LinkType::ATM_RFC1483 => ethernet::llc(part),
        LinkType::IEEE802_5 => token_ring(part),
        LinkType::FDDI => fddi(part),
        LinkType::NETANALYZER => Some(Layer::Ethernet(part.skip(4)?)),
        _ => Some(Layer::End(Decoded::UnknownLinkType)),
    }
}

/// Bytes of the header that Solaris puts before packets.
const IPNET_LEN: usize = 24;

/// Bytes of two addresses.
const ADDRESSES_LEN: usize = 12;

fn radiotap(part: Part<'_>) -> Option<Layer<'_>> {
    let (received, frame): (Received, _) = wifi::radiotap(part)?;
    Some(Layer::ReceivedWifi(received, frame))
}

/// What OpenBSD's packet filter logged: the header's length comes first, without its padding to
/// four bytes.
fn pflog(part: Part<'_>) -> Option<Layer<'_>> {
    let len = usize::from(*part.captured.first()?).next_multiple_of(4);
    Layer::ip(part.skip(len)?)
}

/// Token Ring: two bytes of control, two addresses, the route that the first bit of the sender's
/// address announces, and LLC.
fn token_ring(part: Part<'_>) -> Option<Layer<'_>> {
    const LLC_FRAME: u8 = 0x40;
    let (&[_, control], rest) = part.split()?;
    if control & 0xC0 != LLC_FRAME {
        return Some(Layer::OTHER);
    }
    let has_route = rest.captured.get(6)? & 0x80 != 0;
    let rest = rest.skip(ADDRESSES_LEN)?;
    let route_len = if has_route { usize::from(rest.captured.first()? & 0x1F) } else { 0 };
    ethernet::llc(rest.skip(route_len)?)
}

/// FDDI: one byte of control, two addresses, and LLC.
fn fddi(part: Part<'_>) -> Option<Layer<'_>> {
    const LLC_FRAME: u8 = 0x50;
    let (&[control], rest) = part.split()?;
    if control & 0xF0 != LLC_FRAME {
        return Some(Layer::OTHER);
    }
    ethernet::llc(rest.skip(ADDRESSES_LEN)?)
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
    use super::{Decoded, Layer, Part, Received, ether_type, ethernet, layer, ppp, wifi};
    use crate::capture::link_type::LinkType;
    use crate::net::layer::Around;

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

    /// Link headers before an LLC header or IP, with the byte at which what follows starts.
    fn cases() -> Vec<(LinkType, Vec<u8>)> {
        const LLC: [u8; 8] = [0xAA, 0xAA, 3, 0, 0, 0, 8, 0];
        let concat = |parts: &[&[u8]]| parts.concat();
        let route = [&[0x10, 0x40][..], &[0; 6], &[0x80; 6], &[6, 0, 1, 2, 3, 4]].concat();
        vec![
            (LinkType::LINUX_SLL, concat(&[&[0; 14], &[8, 0]])),
            (LinkType::LINUX_SLL2, concat(&[&[8, 0], &[0; 18]])),
            (LinkType::PPP, vec![0xFF, 3, 0, 0x21]),
            (LinkType::PPP_HDLC, vec![0xFF, 3, 0, 0x21]),
            (LinkType::PPP_HDLC, vec![0x0F, 0, 8, 0]),
            (LinkType::PPP_WITH_DIR, vec![1, 0xFF, 3, 0, 0x21]),
            (LinkType::PPP_ETHER, vec![0x11, 0, 0, 7, 0, 4, 0, 0x21]),
            (LinkType::C_HDLC, vec![0x0F, 0, 8, 0]),
            (LinkType::C_HDLC_WITH_DIR, vec![0, 0x0F, 0, 8, 0]),
            (LinkType::MPLS, vec![0, 0, 0x11, 64]),
            (LinkType::IEEE802_11, concat(&[&[8, 0], &[0; 22], &LLC])),
            (
                LinkType::IEEE802_11_PRISM,
                concat(&[&[0x44, 0, 0, 0, 9, 0, 0, 0, 0], &[8], &[0; 23], &LLC]),
            ),
            (
                LinkType::IEEE802_11_AVS,
                concat(&[&[0x80, 0x21, 0x10, 1, 0, 0, 0, 8], &[8], &[0; 23], &LLC]),
            ),
            (
                LinkType::IEEE802_11_RADIOTAP,
                concat(&[&[0, 0, 8, 0, 0, 0, 0, 0], &[8], &[0; 23], &LLC]),
            ),
            (LinkType::PPI, vec![0, 0, 8, 0, 101, 0, 0, 0]),
            (LinkType::PKTAP, vec![12, 0, 0, 0, 1, 0, 0, 0, 101, 0, 0, 0]),
            (LinkType::NFLOG, vec![2, 0, 0, 0, 6, 0, 9, 0]),
            (LinkType::PFLOG, concat(&[&[61], &[0; 63]])),
            (LinkType::IPNET, vec![1; 24]),
            (LinkType::ATM_RFC1483, LLC.to_vec()),
            (LinkType::IEEE802_5, concat(&[&[0x10, 0x40], &[0; 12], &LLC])),
            (LinkType::IEEE802_5, concat(&[&route, &LLC])),
            (LinkType::FDDI, concat(&[&[0x57], &[0; 12], &LLC])),
            (LinkType::NETANALYZER, concat(&[&[0; 16], &[8, 0]])),
        ]
    }

    #[test]
    fn every_link_header_leads_to_ip_at_every_truncation() {
        for (link_type, header) in cases() {
            let bytes = [&header[..], &[0x45, 9]].concat();
            let name = link_type.name();
            let found = to_ip(read(link_type, &bytes));
            assert_eq!(found, Some(&bytes[header.len()..]), "{name}");
            for len in 0..header.len() {
                assert_eq!(to_ip(read(link_type, &bytes[..len])), None, "{name} {len}");
            }
        }
    }

    /// The IPv4 datagram that a layer leads to.
    fn to_ip(layer: Option<Layer<'_>>) -> Option<&[u8]> {
        let mut around = Around::default();
        let mut layer = layer?;
        loop {
            layer = match layer {
                Layer::Ipv4(part) => return Some(part.captured),
                Layer::Ethernet(part) => ethernet::frame(part)?,
                Layer::Protocol(ether_type, part) => {
                    // What is behind MPLS has to look like IP, which two bytes do not.
                    if ether_type == ether_type::MPLS {
                        return (part.captured.len() > 4).then(|| &part.captured[4..]);
                    }
                    ethernet::protocol(ether_type, part, &mut around)?
                }
                Layer::Ppp(part) => ppp::layer(part)?,
                Layer::Wifi(part) => wifi::frame(part, Received::default(), 0, &mut around)?,
                Layer::ReceivedWifi(received, part) => wifi::frame(part, received, 0, &mut around)?,
                Layer::Ipv6(_) | Layer::Datagram(_) | Layer::End(_) => return None,
            }
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
