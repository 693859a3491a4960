//! The way that a packet came: the VLANs and tunnels around it.

/// The VLANs and tunnels around a packet, as a number to compare.
///
/// Two packets that came in the same ones have equal numbers, and two that came in others have
/// different ones but for a chance that does not matter. The addresses of a tunnel's ends are no
/// part of it, since they change places with the direction.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Path(pub u64);

impl Path {
    /// No VLAN and no tunnel.
    pub const PLAIN: Path = Path(0);
}
