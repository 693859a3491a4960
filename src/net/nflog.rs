//! Packets that Linux's packet filter logged.
//!
//! <https://www.tcpdump.org/linktypes/LINKTYPE_NFLOG.html>

use super::layer::Layer;
use super::part::Part;

/// The type of the packet, from the IP header on, among the values.
const PAYLOAD: u16 = 9;

/// Bits of a value's type that say how it is encoded.
const TYPE_FLAGS: u16 = 0xC000;

/// Reads the values that stand behind a header of four bytes: each has its length, its type and
/// padding to four bytes, in the byte order of the machine that captured.
pub(super) fn layer(part: Part<'_>) -> Option<Layer<'_>> {
    let mut rest = part.skip(4)?;
    loop {
        let Some((&[l0, l1, t0, t1], value)) = rest.split() else {
            // The last value was not cut, and none is the packet.
            return rest.captured.is_empty().then_some(Layer::OTHER);
        };
        let (len, kind) = match u16::from_le_bytes([t0, t1]) & !TYPE_FLAGS {
            // Types are small, so another byte order shows in them.
            kind @ ..0x100 => (u16::from_le_bytes([l0, l1]), kind),
            _ => (u16::from_be_bytes([l0, l1]), u16::from_be_bytes([t0, t1]) & !TYPE_FLAGS),
        };
        let len = usize::from(len);
        if kind == PAYLOAD {
            return Layer::ip(value.limit(len.checked_sub(4)?));
        }
        rest = rest.skip(len.next_multiple_of(4).max(4))?;
    }
}

#[cfg(test)]
mod tests {
    use super::{Layer, Part, layer};

    fn part(captured: &[u8]) -> Part<'_> {
        Part { captured, missing: 0 }
    }

    #[test]
    fn the_packet_is_found_among_the_values_in_either_byte_order() {
        let little = [2, 0, 0, 0, 6, 0, 10, 0, b'i', 0, 0, 0, 7, 0, 9, 0, 0x45, 1, 2, 0];
        let big = [2, 0, 0, 0, 0, 6, 0, 10, b'i', 0, 0, 0, 0, 7, 0, 9, 0x45, 1, 2, 0];
        for bytes in [little, big] {
            assert_eq!(layer(part(&bytes)), Some(Layer::Ipv4(part(&[0x45, 1, 2]))));
            for len in 0..=16 {
                let cut = layer(part(&bytes[..len]));
                assert!(matches!(cut, None | Some(Layer::OTHER)), "{len}");
            }
        }
        let without = [2, 0, 0, 0, 6, 0, 10, 0, b'i', 0, 0, 0];
        assert_eq!(layer(part(&without)), Some(Layer::OTHER));
        let endless = [2, 0, 0, 0, 0, 0, 10, 0, 0, 0, 10, 0];
        assert_eq!(layer(part(&endless)), Some(Layer::OTHER));
    }
}
