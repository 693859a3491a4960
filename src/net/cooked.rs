//! Linux cooked captures, of both versions.
//!
//! etherparse takes them for a few kinds of interfaces only, so they are read here.

use super::layer::Layer;
use super::part::Part;
use super::{ether_type, ethernet, link, wifi};
use crate::capture::link_type::LinkType;

/// Kinds of interfaces (`ARPHRD_` in Linux) whose packets start with a header of their own.
mod interface {
    pub(super) const WIFI: u16 = 801;
    pub(super) const WIFI_PRISM: u16 = 802;
    pub(super) const WIFI_RADIOTAP: u16 = 803;
}

/// The number of frames that start with an LLC header (`ETH_P_802_2` in Linux).
const LLC: u16 = 4;

/// Version 1: the kind of interface in bytes 2 and 3, and the EtherType last of 16.
///
/// <https://www.tcpdump.org/linktypes/LINKTYPE_LINUX_SLL.html>
pub(super) fn version_1(part: Part<'_>) -> Option<Layer<'_>> {
    let (&[_, _, i0, i1, .., p0, p1], rest) = part.split::<16>()?;
    payload(u16::from_be_bytes([i0, i1]), u16::from_be_bytes([p0, p1]), rest)
}

/// Version 2: the EtherType first of 20 bytes, and the kind of interface in bytes 8 and 9.
///
/// <https://www.tcpdump.org/linktypes/LINKTYPE_LINUX_SLL2.html>
pub(super) fn version_2(part: Part<'_>) -> Option<Layer<'_>> {
    let (&[p0, p1, _, _, _, _, _, _, i0, i1, ..], rest) = part.split::<20>()?;
    payload(u16::from_be_bytes([i0, i1]), u16::from_be_bytes([p0, p1]), rest)
}

fn payload(interface: u16, protocol: u16, rest: Part<'_>) -> Option<Layer<'_>> {
    match (interface, protocol) {
        (interface::WIFI, _) => Some(Layer::Wifi(rest)),
        (interface::WIFI_PRISM, _) => link::layer(LinkType::IEEE802_11_PRISM, rest),
        (interface::WIFI_RADIOTAP, _) => {
            let (received, frame) = wifi::radiotap(rest)?;
            Some(Layer::ReceivedWifi(received, frame))
        }
        (_, LLC) => ethernet::llc(rest),
        // Other numbers that would be lengths in Ethernet are of Linux's own protocols.
        (_, ..ether_type::MIN) => Some(Layer::OTHER),
        (_, protocol) => Some(Layer::Protocol(protocol, rest)),
    }
}

#[cfg(test)]
mod tests {
    use super::{Layer, Part, ether_type, version_1, version_2};

    fn part(captured: &[u8]) -> Part<'_> {
        Part { captured, missing: 9 }
    }

    /// Headers of both versions for an interface and a protocol, with `payload` behind.
    fn both(interface: u16, protocol: u16, payload: &[u8]) -> [Vec<u8>; 2] {
        let (interface, protocol) = (interface.to_be_bytes(), protocol.to_be_bytes());
        [
            [&[0, 4], &interface[..], &[0; 10], &protocol, payload].concat(),
            [&protocol[..], &[0; 6], &interface, &[0; 10], payload].concat(),
        ]
    }

    #[test]
    fn both_versions_at_every_truncation() {
        let [one, two] = both(1, ether_type::IPV6, b"x");
        let expected = Some(Layer::Protocol(ether_type::IPV6, part(b"x")));
        assert_eq!((version_1(part(&one)), version_2(part(&two))), (expected, expected));
        for len in 0..20 {
            assert_eq!(version_1(part(&one[..len.min(15)])), None);
            assert_eq!(version_2(part(&two[..len])), None);
        }
    }

    #[test]
    fn protocols_and_interfaces_with_headers_of_their_own() {
        let radiotap = [0, 0, 8, 0, 0, 0, 0, 0, 7];
        let llc = [0xAA, 0xAA, 3, 0, 0, 0, 8, 0, 7];
        let read = |interface, protocol, payload: &[u8]| {
            let [one, two] = both(interface, protocol, payload);
            let kind = |layer: Option<Layer<'_>>| match layer {
                Some(Layer::Protocol(number, rest)) => (number, rest.captured.to_vec()),
                Some(Layer::Wifi(rest) | Layer::ReceivedWifi(_, rest)) => {
                    (0, rest.captured.to_vec())
                }
                Some(Layer::OTHER) => (1, Vec::new()),
                other => panic!("{other:?}"),
            };
            let found = kind(version_1(part(&one)));
            assert_eq!(kind(version_2(part(&two))), found);
            found
        };
        assert_eq!(read(1, 4, &llc), (ether_type::IPV4, vec![7]));
        assert_eq!(read(1, 1, &llc), (1, vec![]));
        assert_eq!(read(801, 4, &llc), (0, llc.to_vec()));
        assert_eq!(read(803, 4, &radiotap), (0, vec![7]));
        assert_eq!(read(802, 4, &[0, 0, 0, 0x44, 0, 0, 0, 9, 1, 7]), (0, vec![7]));
    }
}
