//! What a packet's first bytes are: the LINKTYPE values of capture files.
//!
//! <https://www.tcpdump.org/linktypes.html>

use std::borrow::Cow;

/// The kind of header that a packet starts with.
///
/// The values are those of capture files, which differ from the `DLT_` numbers of some systems.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LinkType(pub u32);

impl LinkType {
    /// BSD loopback: the address family in four bytes of the capturing machine's byte order.
    pub const NULL: LinkType = LinkType(0);
    /// Ethernet.
    pub const ETHERNET: LinkType = LinkType(1);
    /// Token Ring.
    pub const IEEE802_5: LinkType = LinkType(6);
    /// PPP.
    pub const PPP: LinkType = LinkType(9);
    /// FDDI.
    pub const FDDI: LinkType = LinkType(10);
    /// Raw IP under the number that some BSD systems wrote.
    pub const RAW_BSD: LinkType = LinkType(12);
    /// Raw IP under the number that OpenBSD wrote.
    pub const RAW_OPENBSD: LinkType = LinkType(14);
    /// PPP in HDLC-like framing.
    pub const PPP_HDLC: LinkType = LinkType(50);
    /// PPP over Ethernet.
    pub const PPP_ETHER: LinkType = LinkType(51);
    /// ATM with an LLC header (RFC 1483).
    pub const ATM_RFC1483: LinkType = LinkType(100);
    /// IPv4 or IPv6 with nothing before it.
    pub const RAW: LinkType = LinkType(101);
    /// Cisco HDLC.
    pub const C_HDLC: LinkType = LinkType(104);
    /// Wi-Fi frames.
    pub const IEEE802_11: LinkType = LinkType(105);
    /// OpenBSD loopback: the address family in four bytes, most significant first.
    pub const LOOP: LinkType = LinkType(108);
    /// Linux cooked capture.
    pub const LINUX_SLL: LinkType = LinkType(113);
    /// What OpenBSD's packet filter logged.
    pub const PFLOG: LinkType = LinkType(117);
    /// Wi-Fi frames after a Prism header.
    pub const IEEE802_11_PRISM: LinkType = LinkType(119);
    /// Wi-Fi frames after a radiotap header.
    pub const IEEE802_11_RADIOTAP: LinkType = LinkType(127);
    /// The first of the numbers that anyone may use for anything.
    pub const USER0: LinkType = LinkType(147);
    /// The last of the numbers that anyone may use for anything.
    pub const USER15: LinkType = LinkType(162);
    /// Wi-Fi frames after an AVS header.
    pub const IEEE802_11_AVS: LinkType = LinkType(163);
    /// Packets after a header that tells the link type of each.
    pub const PPI: LinkType = LinkType(192);
    /// PPP after a byte that tells the direction.
    pub const PPP_WITH_DIR: LinkType = LinkType(204);
    /// Cisco HDLC after a byte that tells the direction.
    pub const C_HDLC_WITH_DIR: LinkType = LinkType(205);
    /// MPLS with nothing before it.
    pub const MPLS: LinkType = LinkType(219);
    /// What Solaris hands to its IP observers.
    pub const IPNET: LinkType = LinkType(226);
    /// Bluetooth HCI with the direction before it.
    pub const BLUETOOTH_HCI_H4_WITH_PHDR: LinkType = LinkType(201);
    /// Linux USB.
    pub const USB_LINUX: LinkType = LinkType(189);
    /// Linux USB with the longer header.
    pub const USB_LINUX_MMAPPED: LinkType = LinkType(220);
    /// IPv4 with nothing before it.
    pub const IPV4: LinkType = LinkType(228);
    /// IPv6 with nothing before it.
    pub const IPV6: LinkType = LinkType(229);
    /// D-Bus messages.
    pub const DBUS: LinkType = LinkType(231);
    /// Linux netfilter log.
    pub const NFLOG: LinkType = LinkType(239);
    /// Ethernet after the header of a netANALYZER device.
    pub const NETANALYZER: LinkType = LinkType(240);
    /// Packets after macOS's header, which tells the link type of each.
    pub const PKTAP: LinkType = LinkType(258);
    /// Linux netlink.
    pub const NETLINK: LinkType = LinkType(253);
    /// USB as USBPcap records it.
    pub const USBPCAP: LinkType = LinkType(249);
    /// Messages that Wireshark exported without their lower layers.
    pub const WIRESHARK_UPPER_PDU: LinkType = LinkType(252);
    /// Linux cooked capture, version 2.
    pub const LINUX_SLL2: LinkType = LinkType(276);
    /// Elektrobit high speed capture and replay.
    pub const EBHSCR: LinkType = LinkType(279);

    /// The LINKTYPE name without its prefix; "LINKTYPE 999" for one without a name here.
    pub fn name(self) -> Cow<'static, str> {
        match self {
            LinkType::RAW_BSD | LinkType::RAW_OPENBSD => LinkType::RAW.name(),
            user @ LinkType(147..=162) => Cow::Owned(format!("USER{}", user.0 - LinkType::USER0.0)),
            LinkType(number) => match super::link_type_names::name(number) {
                Some(name) => Cow::Borrowed(name),
                None => Cow::Owned(format!("LINKTYPE {number}")),
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::LinkType;

    #[test]
    fn names_are_those_of_the_list_and_unknown_numbers_are_kept() {
        assert_eq!(LinkType::ETHERNET.name(), "ETHERNET");
        assert_eq!(LinkType(276).name(), "LINUX_SLL2");
        assert_eq!(LinkType(12).name(), "RAW");
        assert_eq!(LinkType(147).name(), "USER0");
        assert_eq!(LinkType(162).name(), "USER15");
        assert_eq!(LinkType(163).name(), "IEEE802_11_AVS");
        assert_eq!(LinkType(208).name(), "LINKTYPE 208");
        assert_eq!(LinkType(u32::MAX).name(), "LINKTYPE 4294967295");
    }
}
