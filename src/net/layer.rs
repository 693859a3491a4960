//! What comes next in a packet, and what stood around it.

use super::encapsulation::{Encapsulation, EncapsulationSet};
use super::ip::Datagram;
use super::part::Part;
use super::path::Path;
use super::wifi::Received;
use super::{Decoded, ether_type};

/// What comes next in a packet.
///
/// Each header's reader returns the layer behind it, or `None` where the header is cut or
/// contradicts itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Layer<'a> {
    /// An Ethernet frame, without its checksum.
    Ethernet(Part<'a>),
    /// A protocol that its EtherType tells.
    Protocol(u16, Part<'a>),
    /// IPv4.
    Ipv4(Part<'a>),
    /// IPv6.
    Ipv6(Part<'a>),
    /// PPP, with or without HDLC-like framing.
    Ppp(Part<'a>),
    /// A Wi-Fi frame of which nothing more is known.
    Wifi(Part<'a>),
    /// A Wi-Fi frame with what its capturing machine says of it.
    ReceivedWifi(Received, Part<'a>),
    /// What an IP header stood before.
    Datagram(Datagram<'a>),
    /// Nothing further.
    End(Decoded<'a>),
}

impl<'a> Layer<'a> {
    /// Another protocol than IP.
    pub(super) const OTHER: Layer<'static> = Layer::End(Decoded::NotIp);

    /// IP of the version that the first four bits tell.
    pub(super) fn ip(part: Part<'a>) -> Option<Layer<'a>> {
        Some(match part.captured.first()? >> 4 {
            4 => Layer::Ipv4(part),
            6 => Layer::Ipv6(part),
            _ => Layer::OTHER,
        })
    }

    /// What an EtherType tells, where it stands before Ethernet as it does in tunnels.
    pub(super) fn bridged(ether_type: u16, part: Part<'a>) -> Layer<'a> {
        match ether_type {
            ether_type::TRANSPARENT_ETHERNET => Layer::Ethernet(part),
            other => Layer::Protocol(other, part),
        }
    }
}

/// What stood around the layer that comes next.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Around {
    /// The VLANs and tunnels as a number.
    pub(super) path: Path,
    /// Their kinds.
    pub(super) seen: EncapsulationSet,
    /// How many of them carry packets or frames in what they are themselves.
    pub(super) depth: usize,
    /// Whether an IP header was among them.
    pub(super) is_in_ip: bool,
    /// Whether the frame holds further packets behind the one that is read.
    pub(super) has_further: bool,
    /// VLAN tags of the frame that was begun last.
    tags: usize,
    /// Whether the first of those tags was the packet's first.
    is_first_tagged: bool,
}

impl Around {
    /// What follows is carried by `encapsulation`, which `key` tells from others of its kind.
    pub(super) fn enter(&mut self, encapsulation: Encapsulation, key: u64) {
        self.path = self.path.within(encapsulation, key);
        self.pass(encapsulation);
    }

    /// What follows is carried by `encapsulation`, which says nothing of the path.
    pub(super) fn pass(&mut self, encapsulation: Encapsulation) {
        self.seen.insert(encapsulation);
        self.depth = self.depth.saturating_add(1);
        self.tags = 0;
    }

    /// What follows is in the VLAN `id`.
    pub(super) fn tag(&mut self, id: u16) {
        if id == 0 {
            return;
        }
        self.path = self.path.within(Encapsulation::Vlan, u64::from(id));
        if self.tags == 0 {
            self.is_first_tagged = !self.seen.contains(Encapsulation::Vlan);
            self.seen.insert(Encapsulation::Vlan);
        } else {
            self.seen.insert(Encapsulation::QinQ);
            if self.is_first_tagged {
                self.seen.remove(Encapsulation::Vlan);
            }
        }
        self.tags += 1;
    }
}

#[cfg(test)]
mod tests {
    use super::{Around, Encapsulation};
    use crate::net::path::Path;

    fn kinds(around: &Around) -> Vec<&'static str> {
        let all = Encapsulation::ALL.into_iter();
        all.filter(|it| around.seen.contains(*it)).map(Encapsulation::name).collect()
    }

    #[test]
    fn a_stack_of_tags_is_told_from_tags_of_two_frames() {
        let mut around = Around::default();
        around.tag(7);
        assert_eq!(kinds(&around), ["VLAN"]);
        around.enter(Encapsulation::Vxlan, 9);
        around.tag(7);
        assert_eq!(kinds(&around), ["VLAN", "VXLAN"]);
        around.tag(8);
        assert_eq!(kinds(&around), ["VLAN", "QinQ", "VXLAN"]);
        let mut stack = Around::default();
        stack.tag(7);
        stack.tag(8);
        stack.tag(9);
        assert_eq!((kinds(&stack), stack.depth), (vec!["QinQ"], 0));
    }

    #[test]
    fn vlan_0_is_no_vlan() {
        let mut around = Around::default();
        around.tag(0);
        assert_eq!((around.path, kinds(&around).len()), (Path::PLAIN, 0));
        around.tag(5);
        around.tag(0);
        assert_eq!(kinds(&around), ["VLAN"]);
    }
}
