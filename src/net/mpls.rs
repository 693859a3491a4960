//! MPLS label stacks (RFC 3032) and the pseudowires under them (RFC 4385, RFC 4448).

use super::encapsulation::Encapsulation;
use super::layer::{Around, Layer};
use super::part::Part;
use super::{ethernet, ip};

/// The bit of a label's third byte that says that it is the last.
const BOTTOM_OF_STACK: u8 = 0x01;

/// Reads a stack of labels. Nothing in it says what follows, so that is told from its first bytes.
///
/// Labels are no part of the path: every hop swaps them, and a route that changes does so in the
/// midst of a connection.
pub(super) fn layer<'a>(part: Part<'a>, around: &mut Around) -> Option<Layer<'a>> {
    around.pass(Encapsulation::Mpls);
    let mut rest = part;
    loop {
        let (&[_, _, third, _], after) = rest.split()?;
        rest = after;
        if third & BOTTOM_OF_STACK != 0 {
            return Some(below(rest));
        }
    }
}

/// What is below the last label: IP by its first four bits, or else Ethernet, with a control word
/// before it or without. The first bits alone do not tell, because they may be those of an address.
fn below(part: Part<'_>) -> Layer<'_> {
    match part.captured.first().map(|first| first >> 4) {
        Some(4) if ip::is_plausible_v4(part) => return Layer::Ipv4(part),
        Some(6) if !ethernet::is_plausible(part) => return Layer::Ipv6(part),
        _ => {}
    }
    match part.skip(4) {
        Some(frame) if part.captured.first() == Some(&0) && ethernet::is_plausible(frame) => {
            Layer::Ethernet(frame)
        }
        _ if ethernet::is_plausible(part) => Layer::Ethernet(part),
        _ => Layer::OTHER,
    }
}

#[cfg(test)]
mod tests {
    use super::{Around, Layer, Part, layer};
    use crate::net::path::Path;

    const V4: [u8; 20] = [0x45, 0, 0, 20, 0, 0, 0, 0, 9, 6, 0, 0, 10, 0, 0, 1, 10, 0, 0, 2];

    fn part(captured: &[u8]) -> Part<'_> {
        Part { captured, missing: 0 }
    }

    fn read(captured: &[u8]) -> Option<Layer<'_>> {
        layer(part(captured), &mut Around::default())
    }

    #[test]
    fn stacks_of_any_depth_at_every_truncation() {
        for depth in [0, 1, 2, 40] {
            let labels = [[0, 1, 0, 64].repeat(depth), vec![0xFF, 0xFF, 0xF1, 64]].concat();
            let bytes = [&labels[..], &V4].concat();
            assert_eq!(read(&bytes), Some(Layer::Ipv4(part(&V4))));
            for len in 0..labels.len() {
                assert_eq!(read(&bytes[..len]), None);
            }
            let six = [&labels[..], &[0x60, 1, 2]].concat();
            assert_eq!(read(&six), Some(Layer::Ipv6(part(&[0x60, 1, 2]))));
        }
    }

    #[test]
    fn a_pseudowire_may_have_a_control_word_and_its_addresses_may_look_like_ip() {
        for first in [0x00, 0x02, 0x45, 0x60, 0x68] {
            let frame = [&[first; 12][..], &[8, 0], &V4].concat();
            for control in [&[][..], &[0, 0, 0, 7]] {
                let bytes = [&[0, 0, 0x11, 64], control, &frame].concat();
                assert_eq!(read(&bytes), Some(Layer::Ethernet(part(&frame))), "{first}");
            }
        }
        let channel = [&[0, 0, 0x11, 64, 0x10, 0, 0, 7][..], &[0; 30]].concat();
        assert_eq!(read(&channel), Some(Layer::OTHER));
        assert_eq!(read(&[0, 0, 0x11, 64]), Some(Layer::OTHER));
    }

    #[test]
    fn labels_are_no_part_of_the_path() {
        let mut around = Around::default();
        layer(part(&[0, 0, 0x11, 64, 0x60]), &mut around);
        assert_eq!(around.path, Path::PLAIN);
    }
}
