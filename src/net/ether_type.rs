//! Values of EtherType, which Linux cooked captures and GRE use too.

pub(super) const IPV4: u16 = 0x0800;
pub(super) const VLAN: u16 = 0x8100;
pub(super) const IPV6: u16 = 0x86DD;
pub(super) const PROVIDER_BRIDGE: u16 = 0x88A8;
/// Stacked tags before they were standardized.
pub(super) const QINQ_OLD: u16 = 0x9100;
pub(super) const QINQ_OLDER: u16 = 0x9200;
pub(super) const QINQ_OLDEST: u16 = 0x9300;
/// MPLS, with a label that the receiver did not choose.
pub(super) const MPLS_UPSTREAM: u16 = 0x8848;
pub(super) const ARP: u16 = 0x0806;
pub(super) const PPPOE_SESSION: u16 = 0x8864;
/// Provider backbone bridges.
pub(super) const BACKBONE_BRIDGE: u16 = 0x88E7;
pub(super) const MACSEC: u16 = 0x88E5;
/// The tag between a Cisco switch and a port of a server's card, of four bytes.
pub(super) const VN_TAG: u16 = 0x8926;
/// The tag of Cisco TrustSec, of six bytes.
pub(super) const CISCO_META_DATA: u16 = 0x8909;
/// An Ethernet frame in a tunnel.
/// MPLS, to one receiver.
pub(super) const MPLS: u16 = 0x8847;
pub(super) const TRANSPARENT_ETHERNET: u16 = 0x6558;
/// Smaller numbers are lengths of IEEE 802.3 frames.
pub(super) const MIN: u16 = 0x0600;
