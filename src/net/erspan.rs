//! ERSPAN: frames that a switch mirrors, in GRE.
//!
//! Its header tells the mirror's session, and the VLAN of a frame whose tag was taken off.

use super::encapsulation::Encapsulation;
use super::layer::{Around, Layer};
use super::part::Part;

/// Bits of the second word that hold the session.
const SESSION: u16 = 0x03FF;

/// Reads the header of type II.
pub(super) fn type_ii<'a>(part: Part<'a>, around: &mut Around) -> Option<Layer<'a>> {
    let (&[v0, v1, s0, s1, _, _, _, _], rest) = part.split()?;
    enter(around, Encapsulation::ErspanII, [v0, v1], [s0, s1]);
    Some(Layer::Ethernet(rest))
}

/// Reads the header of type III, and the platform's own that may follow it.
pub(super) fn type_iii<'a>(part: Part<'a>, around: &mut Around) -> Option<Layer<'a>> {
    let (&[v0, v1, s0, s1, _, _, _, _, _, _, frame_type, flags], rest) = part.split()?;
    enter(around, Encapsulation::ErspanIII, [v0, v1], [s0, s1]);
    let rest = if flags & 1 == 1 { rest.skip(8)? } else { rest };
    // A flag comes first, then five bits of frame type: 0 is Ethernet, 2 is IP.
    match frame_type >> 2 & 0x1F {
        0 => Some(Layer::Ethernet(rest)),
        2 => Layer::ip(rest),
        _ => Some(Layer::OTHER),
    }
}

/// What follows was mirrored, in the VLAN that the first word's last bits tell.
fn enter(around: &mut Around, encapsulation: Encapsulation, vlan: [u8; 2], session: [u8; 2]) {
    around.enter(encapsulation, u64::from(u16::from_be_bytes(session) & SESSION));
    let vlan = u16::from_be_bytes(vlan) & 0x0FFF;
    if vlan != 0 {
        around.path = around.path.within(Encapsulation::Vlan, u64::from(vlan));
    }
}

#[cfg(test)]
mod tests {
    use super::{Around, Layer, Part, type_ii, type_iii};

    const TYPE_III: [u8; 12] = [0x20, 5, 0x04, 9, 1, 2, 3, 4, 0, 0, 0, 0];

    fn part(captured: &[u8]) -> Part<'_> {
        Part { captured, missing: 0 }
    }

    #[test]
    fn type_iii_with_and_without_the_platforms_header() {
        let mut around = Around::default();
        let plain = [&TYPE_III[..], &[7]].concat();
        assert_eq!(type_iii(part(&plain), &mut around), Some(Layer::Ethernet(part(&[7]))));
        let mut long = [&TYPE_III[..], &[0; 8], &[7]].concat();
        long[11] = 1;
        assert_eq!(type_iii(part(&long), &mut around), Some(Layer::Ethernet(part(&[7]))));
        for len in 0..long.len() - 1 {
            assert_eq!(type_iii(part(&long[..len]), &mut around), None, "{len}");
        }
        let mut ip = [&TYPE_III[..], &[0x45]].concat();
        ip[10] = 2 << 2;
        assert_eq!(type_iii(part(&ip), &mut around), Some(Layer::Ipv4(part(&[0x45]))));
        ip[10] = 3 << 2;
        assert_eq!(type_iii(part(&ip), &mut around), Some(Layer::OTHER));
    }

    #[test]
    fn session_and_vlan_are_the_path_and_the_rest_is_not() {
        let path = |header: [u8; 8]| {
            let mut around = Around::default();
            type_ii(part(&header), &mut around).unwrap();
            around.path
        };
        let first = path([0x10, 5, 0x04, 9, 0, 0, 0, 1]);
        assert_eq!(path([0x10, 5, 0xFC, 9, 0, 0, 0, 2]), first);
        assert_ne!(path([0x10, 6, 0x04, 9, 0, 0, 0, 1]), first);
        assert_ne!(path([0x10, 5, 0x04, 8, 0, 0, 0, 1]), first);
    }
}
