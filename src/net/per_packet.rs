//! Headers that tell each packet's own link type: PPI, and that of macOS.

use super::Decoded;
use super::layer::Layer;
use super::link;
use super::part::Part;
use super::wifi::Received;
use crate::capture::link_type::LinkType;

/// The PPI field that a Wi-Fi frame was received with, and where its flags are.
const WIFI_COMMON: u16 = 2;
const WIFI_FLAGS: usize = 8;

/// Reads a Per-Packet Information header: its length, the link type, and fields.
pub(super) fn ppi(part: Part<'_>) -> Option<Layer<'_>> {
    let (&[_, _, l0, l1, t0, t1, t2, t3], _) = part.split()?;
    let header_len = usize::from(u16::from_le_bytes([l0, l1]));
    let header = part.captured.get(..header_len)?;
    let rest = part.skip(header_len)?;
    match LinkType(u32::from_le_bytes([t0, t1, t2, t3])) {
        LinkType::IEEE802_11 => Some(Layer::ReceivedWifi(received(header.get(8..)?), rest)),
        link_type => inner(link_type, rest),
    }
}

/// What the fields of a PPI header say of a Wi-Fi frame.
fn received(fields: &[u8]) -> Received {
    let mut fields = fields;
    while let Some((&[k0, k1, l0, l1], rest)) = fields.split_first_chunk() {
        let len = usize::from(u16::from_le_bytes([l0, l1]));
        if u16::from_le_bytes([k0, k1]) == WIFI_COMMON {
            let flags = rest.get(WIFI_FLAGS).copied().unwrap_or(0);
            return Received {
                has_checksum: flags & 0x01 != 0,
                is_damaged: flags & 0x04 != 0,
                is_padded: false,
            };
        }
        fields = rest.get(len..).unwrap_or(&[]);
    }
    Received::default()
}

/// Reads the header of macOS: its length, what kind of record it is, and the link type.
pub(super) fn pktap(part: Part<'_>) -> Option<Layer<'_>> {
    const PACKET: u32 = 1;
    let (&[l0, l1, l2, l3, k0, k1, k2, k3, t0, t1, t2, t3], _) = part.split()?;
    let rest = part.skip(usize::try_from(u32::from_le_bytes([l0, l1, l2, l3])).ok()?)?;
    match u32::from_le_bytes([k0, k1, k2, k3]) {
        PACKET => inner(LinkType(u32::from_le_bytes([t0, t1, t2, t3])), rest),
        _ => Some(Layer::OTHER),
    }
}

/// What a packet starts with whose own header says `link_type`, which no such header is.
fn inner(link_type: LinkType, part: Part<'_>) -> Option<Layer<'_>> {
    match link_type {
        LinkType::PPI | LinkType::PKTAP => Some(Layer::End(Decoded::UnknownLinkType)),
        other => link::layer(other, part),
    }
}

#[cfg(test)]
mod tests {
    use super::{Decoded, Layer, Part, Received, pktap, ppi};

    fn part(captured: &[u8]) -> Part<'_> {
        Part { captured, missing: 0 }
    }

    #[test]
    fn ppi_of_ethernet_and_of_wifi_at_every_truncation() {
        let ethernet = [0, 0, 8, 0, 1, 0, 0, 0, b'x'];
        assert_eq!(ppi(part(&ethernet)), Some(Layer::Ethernet(part(b"x"))));
        for len in 0..8 {
            assert_eq!(ppi(part(&ethernet[..len])), None);
        }
        let wifi = [
            &[0, 0, 40, 0, 105, 0, 0, 0, 9, 9, 4, 0, 1, 2, 3, 4, 2, 0, 20, 0][..],
            &[0; 8],
            &[5; 12],
            b"x",
        ]
        .concat();
        let received = Received { has_checksum: true, is_damaged: true, is_padded: false };
        assert_eq!(ppi(part(&wifi)), Some(Layer::ReceivedWifi(received, part(b"x"))));
        for len in 0..40 {
            assert_eq!(ppi(part(&wifi[..len])), None);
        }
        let itself = [0, 0, 8, 0, 192, 0, 0, 0, 0];
        assert_eq!(ppi(part(&itself)), Some(Layer::End(Decoded::UnknownLinkType)));
    }

    #[test]
    fn the_header_of_macos_at_every_truncation() {
        let bytes = [&[16, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0][..], &[0; 4], b"x"].concat();
        assert_eq!(pktap(part(&bytes)), Some(Layer::Ethernet(part(b"x"))));
        for len in 0..16 {
            assert_eq!(pktap(part(&bytes[..len])), None);
        }
    }
}
