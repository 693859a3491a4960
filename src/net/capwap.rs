//! CAPWAP data (RFC 5415 4): frames between an access point and its controller.

use super::encapsulation::Encapsulation;
use super::layer::{Around, Layer};
use super::part::Part;

/// The port of the data channel.
pub(super) const PORT: u16 = 5247;

/// Flags of the third byte: a frame in the form of its own link, and a fragment.
const NATIVE: u8 = 0x01;
const FRAGMENT: u8 = 0x80;

/// The binding to Wi-Fi.
const WIFI: u8 = 1;

/// Reads the header; `None` for a datagram that is encrypted, a fragment, or no CAPWAP.
pub(super) fn layer<'a>(part: Part<'a>, around: &mut Around) -> Option<Layer<'a>> {
    let (&[preamble, len_and_radio, radio_and_binding, flags], _) = part.split()?;
    let header_len = usize::from(len_and_radio >> 3) * 4;
    if preamble != 0 || header_len < 8 || flags & FRAGMENT != 0 {
        return None;
    }
    let rest = part.skip(header_len)?;
    let layer = match (radio_and_binding & NATIVE != 0, radio_and_binding >> 1 & 0x1F) {
        (false, _) => Layer::Ethernet(rest),
        (true, WIFI) => Layer::Wifi(rest),
        _ => return None,
    };
    around.enter(Encapsulation::Capwap, 0);
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
    fn both_kinds_of_frames_at_every_truncation() {
        let ethernet = [0, 2 << 3, 1 << 1, 0, 0, 0, 0, 0, b'x'];
        assert_eq!(read(&ethernet), Some(Layer::Ethernet(part(b"x"))));
        let wifi = [0, 3 << 3, 1 << 1 | 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, b'x'];
        assert_eq!(read(&wifi), Some(Layer::Wifi(part(b"x"))));
        for len in 0..12 {
            assert_eq!(read(&wifi[..len]), None);
        }
        for (place, value) in [(0, 1), (1, 1 << 3), (3, 0x80), (2, 2 << 1 | 1)] {
            let mut other = wifi;
            other[place] = value;
            assert_eq!(layer(part(&other), &mut Around::default()), None);
        }
    }
}
