//! L2TP: version 2 with PPP (RFC 2661), and version 3 with Ethernet (RFC 3931, RFC 4719).

use super::encapsulation::Encapsulation;
use super::layer::{Around, Layer};
use super::part::Part;
use super::{Decoded, ethernet};

/// The assigned port.
pub(super) const PORT: u16 = 1701;

/// Flags of the first byte: a control message, a length, sequence numbers, and an offset.
const CONTROL: u8 = 0x80;
const LENGTH: u8 = 0x40;
const SEQUENCE: u8 = 0x08;
const OFFSET: u8 = 0x02;

/// Bytes that may stand between the header of version 3 and the frame: a cookie of four or eight
/// bytes and a sublayer of four, each or none. Only the ends of the tunnel know.
const GAPS: [usize; 4] = [0, 4, 8, 12];

/// Reads the header in a datagram; `None` for a datagram that carries no frame.
pub(super) fn in_udp<'a>(part: Part<'a>, around: &mut Around) -> Option<Layer<'a>> {
    let (&[flags, version], rest) = part.split()?;
    match version & 0x0F {
        _ if flags & CONTROL != 0 => None,
        2 => version_2(flags, rest, around),
        3 => session(rest.skip(2)?, around),
        _ => None,
    }
}

/// Reads the header of version 3 without UDP, which has the session's number first.
pub(super) fn in_ip<'a>(part: Part<'a>, around: &mut Around) -> Layer<'a> {
    session(part, around).unwrap_or(Layer::End(Decoded::OtherIp))
}

fn version_2<'a>(flags: u8, part: Part<'a>, around: &mut Around) -> Option<Layer<'a>> {
    let mut rest = if flags & LENGTH == 0 { part } else { part.skip(2)? };
    let (ids, after) = rest.split()?;
    rest = if flags & SEQUENCE == 0 { after } else { after.skip(4)? };
    if flags & OFFSET != 0 {
        let (len, after) = rest.split()?;
        rest = after.skip(usize::from(u16::from_be_bytes(*len)))?;
    }
    around.enter(Encapsulation::L2tp, u64::from(u32::from_be_bytes(*ids)));
    Some(Layer::Ppp(rest))
}

/// Reads on from the session's number of version 3; 0 is that of control messages.
fn session<'a>(part: Part<'a>, around: &mut Around) -> Option<Layer<'a>> {
    let (id, rest) = part.split()?;
    let id = u32::from_be_bytes(*id);
    if id == 0 {
        return None;
    }
    let mut places = GAPS.into_iter().filter_map(|gap| rest.skip(gap));
    let frame = places.find(|frame| ethernet::is_plausible(*frame))?;
    around.enter(Encapsulation::L2tp, u64::from(id) | 1 << 32);
    Some(Layer::Ethernet(frame))
}

#[cfg(test)]
mod tests {
    use super::{Around, Decoded, Layer, Part, in_ip, in_udp};

    fn part(captured: &[u8]) -> Part<'_> {
        Part { captured, missing: 0 }
    }

    #[test]
    fn version_2_with_every_field_at_every_truncation() {
        for (flags, fields) in [
            (0x00, vec![0, 1, 0, 2]),
            (0x40, vec![0, 9, 0, 1, 0, 2]),
            (0x4A, vec![0, 9, 0, 1, 0, 2, 0, 0, 0, 0, 0, 2, 7, 7]),
        ] {
            let bytes = [&[flags, 2][..], &fields, b"x"].concat();
            let mut around = Around::default();
            assert_eq!(in_udp(part(&bytes), &mut around), Some(Layer::Ppp(part(b"x"))));
            for len in 0..bytes.len() - 1 {
                assert_eq!(in_udp(part(&bytes[..len]), &mut around), None);
            }
        }
        let control = [0xC8, 2, 0, 12, 0, 1, 0, 2, 0, 0, 0, 0];
        assert_eq!(in_udp(part(&control), &mut Around::default()), None);
    }

    #[test]
    fn version_3_with_any_cookie_and_sublayer() {
        let frame = [&[0x55; 12][..], &[8, 0, 0x45, 0]].concat();
        for gap in [0, 4, 8, 12] {
            let bytes = [&[0, 0, 0, 9][..], &vec![0xA5; gap], &frame].concat();
            let found = in_ip(part(&bytes), &mut Around::default());
            assert_eq!(found, Layer::Ethernet(part(&frame)), "{gap}");
            let udp = [&[0, 3, 0, 0][..], &bytes].concat();
            let found = in_udp(part(&udp), &mut Around::default());
            assert_eq!(found, Some(Layer::Ethernet(part(&frame))), "{gap}");
            for len in 0..bytes.len() - 2 {
                let cut = in_ip(part(&bytes[..len]), &mut Around::default());
                assert_eq!(cut, Layer::End(Decoded::OtherIp));
            }
        }
        let control = [&[0; 4][..], &frame].concat();
        let found = in_ip(part(&control), &mut Around::default());
        assert_eq!(found, Layer::End(Decoded::OtherIp));
    }
}
