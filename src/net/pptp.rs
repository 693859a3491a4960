//! The enhanced GRE header of PPTP (RFC 2637 4.1).

use super::Decoded;
use super::encapsulation::Encapsulation;
use super::layer::{Around, Layer};
use super::part::Part;

/// The protocol type, which stands for PPP.
const PPP: u16 = 0x880B;

/// The flag of the first byte that says that there is a sequence number, and so a payload.
const SEQUENCE: u8 = 0x10;

/// The flag of the second byte that says that there is an acknowledgment number.
const ACKNOWLEDGMENT: u8 = 0x80;

/// Reads the header. The call's number is the receiver's own, so each direction has another.
pub(super) fn layer<'a>(part: Part<'a>, around: &mut Around) -> Option<Layer<'a>> {
    let (&[flags, version, p0, p1, l0, l1, c0, c1], rest) = part.split()?;
    if u16::from_be_bytes([p0, p1]) != PPP || flags & SEQUENCE == 0 {
        return Some(Layer::End(Decoded::OtherIp));
    }
    let numbers_len = if version & ACKNOWLEDGMENT == 0 { 4 } else { 8 };
    let payload = rest.skip(numbers_len)?.limit(usize::from(u16::from_be_bytes([l0, l1])));
    around.enter(Encapsulation::Pptp, u64::from(u16::from_be_bytes([c0, c1])));
    Some(Layer::Ppp(payload))
}

#[cfg(test)]
mod tests {
    use super::{Around, Decoded, Layer, Part, layer};

    fn part(captured: &[u8]) -> Part<'_> {
        Part { captured, missing: 0 }
    }

    #[test]
    fn with_and_without_an_acknowledgment_at_every_truncation() {
        for (version, numbers) in [(0x01, &[1; 4][..]), (0x81, &[1; 8])] {
            let header = [&[0x30, version, 0x88, 0x0B, 0, 3, 0, 9][..], numbers].concat();
            let bytes = [&header[..], b"ppp--"].concat();
            let mut around = Around::default();
            assert_eq!(layer(part(&bytes), &mut around), Some(Layer::Ppp(part(b"ppp"))));
            for len in 0..header.len() {
                assert_eq!(layer(part(&bytes[..len]), &mut around), None);
            }
        }
    }

    #[test]
    fn an_acknowledgment_alone_holds_nothing() {
        let bytes = [0x20, 0x81, 0x88, 0x0B, 0, 0, 0, 9, 1, 1, 1, 1];
        let other = Some(Layer::End(Decoded::OtherIp));
        assert_eq!(layer(part(&bytes), &mut Around::default()), other);
    }
}
