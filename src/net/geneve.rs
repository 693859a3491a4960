//! Geneve (RFC 8926).

use super::encapsulation::Encapsulation;
use super::layer::{Around, Layer};
use super::part::Part;

/// The assigned port.
pub(super) const PORT: u16 = 6081;

/// Reads the header and passes over its options; `None` for a datagram that is no Geneve, or whose
/// options were cut.
pub(super) fn layer<'a>(part: Part<'a>, around: &mut Around) -> Option<Layer<'a>> {
    let (&[version_and_len, _, p0, p1, v0, v1, v2, reserved], rest) = part.split()?;
    if version_and_len >> 6 != 0 || reserved != 0 {
        return None;
    }
    let rest = rest.skip(usize::from(version_and_len & 0x3F) * 4)?;
    around.enter(Encapsulation::Geneve, u64::from(u32::from_be_bytes([0, v0, v1, v2])));
    Some(Layer::bridged(u16::from_be_bytes([p0, p1]), rest))
}

#[cfg(test)]
mod tests {
    use super::{Around, Layer, Part, layer};
    use crate::net::ether_type;

    fn part(captured: &[u8]) -> Part<'_> {
        Part { captured, missing: 0 }
    }

    #[test]
    fn with_and_without_options_at_every_truncation() {
        for words in [0, 1, 63] {
            let header =
                [&[words, 0, 0x65, 0x58, 0, 0, 9, 0][..], &vec![1; usize::from(words) * 4]];
            let bytes = [&header.concat()[..], b"x"].concat();
            let mut around = Around::default();
            assert_eq!(layer(part(&bytes), &mut around), Some(Layer::Ethernet(part(b"x"))));
            for len in 0..bytes.len() - 1 {
                let mut around = Around::default();
                assert_eq!(layer(part(&bytes[..len]), &mut around), None);
                assert_eq!(around, Around::default());
            }
        }
        let v4 = [0, 0, 8, 0, 0, 0, 9, 0, 0x45];
        let expected = Layer::Protocol(ether_type::IPV4, part(&v4[8..]));
        assert_eq!(layer(part(&v4), &mut Around::default()), Some(expected));
        for (place, value) in [(0, 0x40), (7, 1)] {
            let mut other = v4;
            other[place] = value;
            assert_eq!(layer(part(&other), &mut Around::default()), None);
        }
    }
}
