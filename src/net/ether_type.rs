//! Values of EtherType, which Linux cooked captures and GRE use too.

pub(super) const IPV4: u16 = 0x0800;
pub(super) const VLAN: u16 = 0x8100;
pub(super) const IPV6: u16 = 0x86DD;
pub(super) const PROVIDER_BRIDGE: u16 = 0x88A8;
/// Stacked tags before they were standardized.
pub(super) const QINQ_OLD: u16 = 0x9100;
pub(super) const QINQ_OLDER: u16 = 0x9200;
pub(super) const QINQ_OLDEST: u16 = 0x9300;
/// An Ethernet frame in a tunnel.
/// MPLS, to one receiver.
pub(super) const MPLS: u16 = 0x8847;
pub(super) const TRANSPARENT_ETHERNET: u16 = 0x6558;
/// Smaller numbers are lengths of IEEE 802.3 frames.
pub(super) const MIN: u16 = 0x0600;
