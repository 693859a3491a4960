//! The way that a packet came: the VLANs and tunnels around it.

use super::encapsulation::Encapsulation;

/// The VLANs and tunnels around a packet, as a number to compare.
///
/// Two packets that came in the same ones have equal numbers, and two that came in others have
/// different ones but for a chance that does not matter. What a tunnel adds is its kind and the
/// number that tells it from others: a VLAN's id, a VNI, a GRE key, a session's id.
///
/// Left out is what changes within one direction of one connection. Those are the addresses of a
/// tunnel's ends, which a balancer may change, and MPLS labels, which are swapped at every hop and
/// whenever a route changes. Left out as well are a tag's priority, and VLAN 0, which is no VLAN.
/// The two directions of a connection may have different paths all the same: a GTP tunnel, a PPTP
/// call and some VLANs have a number for each.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Path(pub u64);

impl Path {
    /// No VLAN and no tunnel.
    pub const PLAIN: Path = Path(0);

    /// The path of what is carried by `encapsulation`, which `key` tells from others of its kind,
    /// of a packet that came by this path. It is never [`Path::PLAIN`].
    #[must_use]
    pub fn within(self, encapsulation: Encapsulation, key: u64) -> Path {
        // The mixing steps of SplitMix64: each bit of the input moves half of the result's bits.
        let kind = (encapsulation as u64).wrapping_add(1) << 56;
        let mut mixed = self.0.rotate_left(23) ^ kind ^ key;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^= mixed >> 31;
        Path(mixed.max(1))
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::{Encapsulation, Path};

    #[test]
    fn kinds_keys_and_their_order_tell_paths_apart() {
        let mut seen = HashSet::from([Path::PLAIN]);
        for encapsulation in Encapsulation::ALL {
            for bit in 0..32 {
                seen.insert(Path::PLAIN.within(encapsulation, 1 << bit));
            }
            seen.insert(Path::PLAIN.within(encapsulation, 0));
        }
        assert_eq!(seen.len(), 1 + Encapsulation::ALL.len() * 33);
        let vlans = |ids: [u64; 2]| {
            ids.iter().fold(Path::PLAIN, |path, id| path.within(Encapsulation::Vlan, *id))
        };
        assert_ne!(vlans([1, 2]), vlans([2, 1]));
        assert_eq!(vlans([1, 2]), vlans([1, 2]));
    }

    #[test]
    fn all_pairs_of_vlans_are_apart() {
        let mut seen = HashSet::new();
        for outer in 1..300 {
            for inner in 1..300 {
                let path = Path::PLAIN.within(Encapsulation::Vlan, outer);
                seen.insert(path.within(Encapsulation::Vlan, inner));
            }
        }
        assert_eq!(seen.len(), 299 * 299);
    }
}
