//! TaZmen Sniffer Protocol: frames that a sensor or a router captured, in UDP.

use super::encapsulation::Encapsulation;
use super::layer::{Around, Layer};
use super::part::Part;

/// The port that is used for it.
pub(super) const PORT: u16 = 37008;

/// The one version, and the types of what holds a frame: received, and to be sent.
const VERSION: u8 = 1;
const TYPE_MAX: u8 = 1;

/// Kinds of frames.
mod frame {
    pub(super) const ETHERNET: u16 = 0x01;
    pub(super) const WIFI: u16 = 0x12;
}

/// Tags without a length.
mod tag {
    pub(super) const PADDING: u8 = 0;
    pub(super) const END: u8 = 1;
}

/// Reads the header and passes over its tags; `None` for a datagram that is no TZSP, or that was
/// cut before the frame.
pub(super) fn layer<'a>(part: Part<'a>, around: &mut Around) -> Option<Layer<'a>> {
    let (&[VERSION, 0..=TYPE_MAX, f0, f1], mut rest) = part.split()? else { return None };
    loop {
        let (&[tag], after) = rest.split()?;
        rest = match tag {
            tag::PADDING => after,
            tag::END => {
                rest = after;
                break;
            }
            _ => {
                let (&[len], value) = after.split()?;
                value.skip(usize::from(len))?
            }
        };
    }
    let layer = match u16::from_be_bytes([f0, f1]) {
        frame::ETHERNET => Layer::Ethernet(rest),
        frame::WIFI => Layer::Wifi(rest),
        _ => return None,
    };
    around.enter(Encapsulation::Tzsp, 0);
    Some(layer)
}

#[cfg(test)]
mod tests {
    use super::{Around, Layer, Part, layer};

    fn part(captured: &[u8]) -> Part<'_> {
        Part { captured, missing: 0 }
    }

    fn read(bytes: &[u8]) -> Option<Layer<'_>> {
        layer(part(bytes), &mut Around::default())
    }

    #[test]
    fn tags_are_passed_over_at_every_truncation() {
        let bytes = [1, 0, 0, 1, 10, 1, 0xAA, 0, 0, 41, 3, 1, 1, 1, 1, b'x'];
        assert_eq!(read(&bytes), Some(Layer::Ethernet(part(b"x"))));
        for len in 0..bytes.len() - 1 {
            assert_eq!(read(&bytes[..len]), None);
        }
        let wifi = [1, 1, 0, 0x12, 1, b'x'];
        assert_eq!(read(&wifi), Some(Layer::Wifi(part(b"x"))));
        for other in [[2, 0, 0, 1, 1, 7], [1, 2, 0, 1, 1, 7], [1, 0, 0, 9, 1, 7]] {
            assert_eq!(layer(part(&other), &mut Around::default()), None);
        }
    }
}
