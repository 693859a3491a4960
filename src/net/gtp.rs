//! GTP-U, the user plane of mobile networks (3GPP TS 29.281 5).

use super::encapsulation::Encapsulation;
use super::layer::{Around, Layer};
use super::part::Part;

/// The assigned port.
pub(super) const PORT: u16 = 2152;

/// Version 1, and the bit that tells it from GTP'.
const VERSION: u8 = 0x30;

/// The message type of a user's packet.
const G_PDU: u8 = 255;

/// The flag of an extension header, and any flag that makes the header longer by four bytes.
const EXTENSION: u8 = 0x04;
const LONGER: u8 = 0x07;

/// Reads the header and passes over its extensions; `None` for a datagram that carries no user's
/// packet, or whose extensions were cut. The tunnel's number is the receiver's own, so each
/// direction has another.
pub(super) fn layer<'a>(part: Part<'a>, around: &mut Around) -> Option<Layer<'a>> {
    let (&[flags, G_PDU, l0, l1, t0, t1, t2, t3], rest) = part.split()? else { return None };
    if flags & 0xF0 != VERSION {
        return None;
    }
    let mut rest = rest.limit(usize::from(u16::from_be_bytes([l0, l1])));
    if flags & LONGER != 0 {
        let (&[_, _, _, first], after) = rest.split()?;
        rest = after;
        let mut next = if flags & EXTENSION == 0 { 0 } else { first };
        while next != 0 {
            // Its length counts words of four bytes, with this byte and that of the next type.
            let len = usize::from(*rest.captured.first()?).checked_mul(4)?;
            next = *rest.captured.get(len.checked_sub(1)?)?;
            rest = rest.skip(len)?;
        }
    }
    let is_ip = matches!(rest.captured.first()? >> 4, 4 | 6);
    if !is_ip {
        return None;
    }
    around.enter(Encapsulation::GtpU, u64::from(u32::from_be_bytes([t0, t1, t2, t3])));
    Layer::ip(rest)
}

#[cfg(test)]
mod tests {
    use super::{Around, Layer, Part, layer};

    fn part(captured: &[u8]) -> Part<'_> {
        Part { captured, missing: 0 }
    }

    #[test]
    fn every_form_of_the_header_at_every_truncation() {
        let tails: [(u8, &[u8]); 4] = [
            (0x30, &[]),
            (0x32, &[0, 9, 0, 0x85]),
            (0x34, &[0, 0, 0, 0x85, 1, 0, 0, 0]),
            (0x37, &[0, 9, 0, 0x85, 2, 1, 1, 1, 1, 1, 1, 0xC0, 1, 0, 0, 0]),
        ];
        for (flags, tail) in tails {
            let len = tail.len() as u8 + 2;
            let bytes = [&[flags, 255, 0, len, 0, 0, 0, 9], tail, &[0x45, 1, 0, 0]].concat();
            let expected = Layer::Ipv4(part(&[0x45, 1]));
            assert_eq!(layer(part(&bytes), &mut Around::default()), Some(expected));
            for len in 0..bytes.len() - 3 {
                let mut around = Around::default();
                assert_eq!(layer(part(&bytes[..len]), &mut around), None, "{len}");
                assert_eq!(around, Around::default());
            }
        }
    }

    #[test]
    fn what_carries_no_packet_of_a_user_is_no_tunnel() {
        let good = [0x30, 255, 0, 1, 0, 0, 0, 9, 0x45];
        for (place, value) in [(0, 0x50), (0, 0x20), (1, 1), (8, 0x50)] {
            let mut other = good;
            other[place] = value;
            let part = Part { captured: &other, missing: 0 };
            assert_eq!(layer(part, &mut Around::default()), None);
        }
        let endless = [0x34, 255, 0, 9, 0, 0, 0, 9, 0, 0, 0, 0x85, 0, 0, 0, 0, 0x45];
        let part = Part { captured: &endless, missing: 0 };
        assert_eq!(layer(part, &mut Around::default()), None);
    }
}
