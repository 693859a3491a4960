//! What may stand around an IP packet, by name, and how many packets had it.

/// Something that carries packets in packets or frames.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Encapsulation {
    /// One VLAN tag (IEEE 802.1Q).
    Vlan,
    /// Several VLAN tags (IEEE 802.1ad, and what came before it).
    QinQ,
    /// Provider backbone bridges, MAC in MAC (IEEE 802.1ah).
    Pbb,
    /// IEEE 802.1AE.
    MacSec,
    /// RFC 3032, with or without a pseudowire.
    Mpls,
    /// RFC 2516.
    Pppoe,
    /// Wi-Fi.
    Wifi,
    /// IPv4 in IPv4 (RFC 2003).
    IpInIp,
    /// IPv6 in IPv4 (RFC 4213).
    SixInFour,
    /// IPv4 in IPv6 (RFC 2473).
    FourInSix,
    /// IPv6 in IPv6 (RFC 2473).
    SixInSix,
    /// RFC 3378.
    EtherIp,
    /// RFC 2784 and RFC 2890.
    Gre,
    /// GRE of Ethernet with a key (RFC 7637).
    Nvgre,
    /// GRE of PPP (RFC 2637).
    Pptp,
    /// What a router redirected to a cache by the Web Cache Communication Protocol, in GRE.
    Wccp,
    /// A mirrored frame in GRE.
    ErspanI,
    /// A mirrored frame in GRE, with the mirror's session.
    ErspanII,
    /// The same, with a time.
    ErspanIII,
    /// Versions 2 (RFC 2661) and 3 (RFC 3931).
    L2tp,
    /// RFC 7348.
    Vxlan,
    /// VXLAN of more than Ethernet.
    VxlanGpe,
    /// RFC 8926.
    Geneve,
    /// 3GPP TS 29.281.
    GtpU,
    /// TaZmen Sniffer Protocol, which sends what a sensor captured.
    Tzsp,
    /// RFC 5415: Wi-Fi frames on the way to their controller.
    Capwap,
}

impl Encapsulation {
    /// All of them, in the order of their numbers.
    pub const ALL: [Encapsulation; 26] = [
        Encapsulation::Vlan,
        Encapsulation::QinQ,
        Encapsulation::Pbb,
        Encapsulation::MacSec,
        Encapsulation::Mpls,
        Encapsulation::Pppoe,
        Encapsulation::Wifi,
        Encapsulation::IpInIp,
        Encapsulation::SixInFour,
        Encapsulation::FourInSix,
        Encapsulation::SixInSix,
        Encapsulation::EtherIp,
        Encapsulation::Gre,
        Encapsulation::Nvgre,
        Encapsulation::Pptp,
        Encapsulation::Wccp,
        Encapsulation::ErspanI,
        Encapsulation::ErspanII,
        Encapsulation::ErspanIII,
        Encapsulation::L2tp,
        Encapsulation::Vxlan,
        Encapsulation::VxlanGpe,
        Encapsulation::Geneve,
        Encapsulation::GtpU,
        Encapsulation::Tzsp,
        Encapsulation::Capwap,
    ];

    /// The name that its users know it by.
    pub const fn name(self) -> &'static str {
        match self {
            Encapsulation::Vlan => "VLAN",
            Encapsulation::QinQ => "QinQ",
            Encapsulation::Pbb => "802.1ah",
            Encapsulation::MacSec => "MACsec",
            Encapsulation::Mpls => "MPLS",
            Encapsulation::Pppoe => "PPPoE",
            Encapsulation::Wifi => "802.11",
            Encapsulation::IpInIp => "IP-in-IP",
            Encapsulation::SixInFour => "6in4",
            Encapsulation::FourInSix => "4in6",
            Encapsulation::SixInSix => "6in6",
            Encapsulation::EtherIp => "EtherIP",
            Encapsulation::Gre => "GRE",
            Encapsulation::Nvgre => "NVGRE",
            Encapsulation::Pptp => "PPTP",
            Encapsulation::Wccp => "WCCP",
            Encapsulation::ErspanI => "ERSPAN I",
            Encapsulation::ErspanII => "ERSPAN II",
            Encapsulation::ErspanIII => "ERSPAN III",
            Encapsulation::L2tp => "L2TP",
            Encapsulation::Vxlan => "VXLAN",
            Encapsulation::VxlanGpe => "VXLAN-GPE",
            Encapsulation::Geneve => "Geneve",
            Encapsulation::GtpU => "GTP-U",
            Encapsulation::Tzsp => "TZSP",
            Encapsulation::Capwap => "CAPWAP",
        }
    }
}

/// Some encapsulations, as those of one packet.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct EncapsulationSet(u32);

impl EncapsulationSet {
    pub(super) fn insert(&mut self, encapsulation: Encapsulation) {
        self.0 |= 1 << encapsulation as u32;
    }

    pub(super) fn remove(&mut self, encapsulation: Encapsulation) {
        self.0 &= !(1 << encapsulation as u32);
    }

    pub(super) fn contains(self, encapsulation: Encapsulation) -> bool {
        self.0 >> encapsulation as u32 & 1 == 1
    }

    pub(super) fn is_empty(self) -> bool {
        self.0 == 0
    }
}

/// How many packets had which encapsulation.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct EncapsulationCounts([u64; Encapsulation::ALL.len()]);

impl EncapsulationCounts {
    /// Counts a packet that had those of `set`.
    pub(super) fn add(&mut self, set: EncapsulationSet) {
        for (count, encapsulation) in self.0.iter_mut().zip(Encapsulation::ALL) {
            *count += u64::from(set.contains(encapsulation));
        }
    }

    /// Those that a packet had, with the number of packets.
    pub(super) fn iter(&self) -> impl Iterator<Item = (Encapsulation, u64)> + '_ {
        Encapsulation::ALL.into_iter().zip(self.0).filter(|(_, packets)| *packets > 0)
    }
}

#[cfg(test)]
mod tests {
    use super::{Encapsulation, EncapsulationCounts, EncapsulationSet};

    #[test]
    fn the_list_is_in_the_order_of_the_numbers() {
        for (place, encapsulation) in Encapsulation::ALL.into_iter().enumerate() {
            assert_eq!(encapsulation as usize, place, "{}", encapsulation.name());
        }
    }

    #[test]
    fn a_packet_counts_once_for_each_that_it_has() {
        let mut set = EncapsulationSet::default();
        assert!(set.is_empty());
        for encapsulation in [Encapsulation::Gre, Encapsulation::Vlan, Encapsulation::Gre] {
            set.insert(encapsulation);
        }
        let mut counts = EncapsulationCounts::default();
        counts.add(set);
        set.remove(Encapsulation::Vlan);
        counts.add(set);
        let counts: Vec<_> = counts.iter().collect();
        assert_eq!(counts, [(Encapsulation::Vlan, 1), (Encapsulation::Gre, 2)]);
    }
}
