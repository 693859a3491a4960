//! Ethernet frames in everything that may carry them, written by hand.

/// What a [`Wrapper`] takes.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Carries {
    /// An Ethernet frame of any kind.
    Frame,
    /// The IP packet of a frame.
    Ip,
    /// The IPv4 packet of a frame.
    Ipv4,
}

/// One way to carry a frame.
pub(crate) struct Wrapper {
    /// What it is, for a person.
    pub(crate) name: &'static str,
    /// What the report calls it; empty where it says nothing.
    pub(crate) counted_as: &'static str,
    /// The link type of what it makes.
    pub(crate) link_type: u32,
    pub(crate) carries: Carries,
    /// Bytes that it puts behind the frame.
    pub(crate) trailer: usize,
    /// Makes a packet of a frame, in the tunnel that the number says.
    pub(crate) wrap: fn(frame: &[u8], key: u8) -> Vec<u8>,
}

impl Wrapper {
    /// Whether it can carry `frame`.
    pub(crate) fn takes(&self, frame: &[u8]) -> bool {
        matches!(
            (self.carries, ether_type(frame)),
            (Carries::Frame, _) | (Carries::Ip, [8, 0] | [0x86, 0xDD]) | (Carries::Ipv4, [8, 0])
        )
    }
}

const fn ethernet(
    name: &'static str,
    counted_as: &'static str,
    carries: Carries,
    wrap: fn(&[u8], u8) -> Vec<u8>,
) -> Wrapper {
    Wrapper { name, counted_as, link_type: 1, carries, trailer: 0, wrap }
}

const fn link(
    name: &'static str,
    link_type: u32,
    carries: Carries,
    wrap: fn(&[u8], u8) -> Vec<u8>,
) -> Wrapper {
    Wrapper { name, counted_as: "", link_type, carries, trailer: 0, wrap }
}

/// Everything that is itself an Ethernet frame, so that it can be carried in its turn.
pub(crate) const IN_ETHERNET: &[Wrapper] = &[
    ethernet("VLAN", "VLAN", Carries::Frame, |frame, key| tagged(frame, &[[0x81, 0, 0, key]])),
    ethernet("802.1ad", "QinQ", Carries::Frame, |frame, key| {
        tagged(frame, &[[0x88, 0xA8, 0xE0, key], [0x81, 0, 0x20, 9]])
    }),
    ethernet("three old tags", "QinQ", Carries::Frame, |frame, key| {
        tagged(frame, &[[0x91, 0, 0, 8], [0x92, 0, 0, key], [0x93, 0, 0, 9]])
    }),
    ethernet("VLAN 0", "", Carries::Frame, |frame, _| tagged(frame, &[[0x81, 0, 0xE0, 0]])),
    ethernet("VN-Tag", "", Carries::Frame, |frame, _| {
        [&frame[..12], &[0x89, 0x26, 0, 1, 0, 2], &frame[12..]].concat()
    }),
    ethernet("Cisco TrustSec", "", Carries::Frame, |frame, _| {
        [&frame[..12], &[0x89, 0x09, 1, 1, 0, 1, 0, 9], &frame[12..]].concat()
    }),
    ethernet("802.1ah", "802.1ah", Carries::Frame, |frame, key| {
        frame_of([0x88, 0xE7], &[&[0, 0, 1, key], frame])
    }),
    Wrapper {
        trailer: 16,
        ..ethernet("MACsec", "MACsec", Carries::Frame, |frame, _| {
            let tag = [0x88, 0xE5, 0x20, 0, 0, 0, 0, 1, 1, 2, 3, 4, 5, 6, 0, 1];
            [&frame[..12], &tag, &frame[12..], &[0xCC; 16]].concat()
        })
    },
    ethernet("MPLS", "MPLS", Carries::Ip, |frame, key| {
        frame_of([0x88, 0x47], &[&[0, 1, key << 4 | 1, 64], &frame[14..]])
    }),
    ethernet("three labels", "MPLS", Carries::Ip, |frame, key| {
        let labels = [0, 1, key << 4, 64, 0, 2, 0, 64, 0, 3, 1, 64];
        frame_of([0x88, 0x48], &[&labels, &frame[14..]])
    }),
    ethernet("pseudowire", "MPLS", Carries::Frame, |frame, _| {
        frame_of([0x88, 0x47], &[&[0, 1, 1, 64], frame])
    }),
    ethernet("pseudowire with a control word", "MPLS", Carries::Frame, |frame, _| {
        frame_of([0x88, 0x47], &[&[0, 1, 1, 64, 0, 0, 0, 7], frame])
    }),
    ethernet("PPPoE", "PPPoE", Carries::Ip, |frame, key| pppoe(&ppp(frame), key)),
    ethernet("PPPoE, short protocol", "PPPoE", Carries::Ip, |frame, key| {
        pppoe(&ppp(frame)[1..], key)
    }),
    ethernet("IP in IPv4", "IP-in-IP", Carries::Ipv4, |frame, _| in_v4(4, &[&frame[14..]])),
    ethernet("IP in IPv6", "4in6", Carries::Ipv4, |frame, _| in_v6(4, &[&frame[14..]])),
    ethernet("EtherIP", "EtherIP", Carries::Frame, |frame, _| in_v4(97, &[&[0x30, 0], frame])),
    ethernet("GRE", "GRE", Carries::Ip, |frame, _| {
        in_v4(47, &[&[0, 0], &ether_type(frame), &frame[14..]])
    }),
    ethernet("GRE with all fields", "GRE", Carries::Ip, |frame, key| {
        let fields = [0, 0, 0, 0, 0, 0, 0, key, 0, 0, 0, 1, 8, 0, 0, 2, 7, 7, 0, 0, 0, 0];
        in_v4(47, &[&[0xF0, 0], &ether_type(frame), &fields, &frame[14..]])
    }),
    ethernet("GRE in IPv6", "GRE", Carries::Ip, |frame, key| {
        in_v6(47, &[&[0x20, 0], &ether_type(frame), &[0, 0, 0, key], &frame[14..]])
    }),
    ethernet("GRE of Ethernet", "GRE", Carries::Frame, |frame, _| {
        in_v4(47, &[&[0, 0, 0x65, 0x58], frame])
    }),
    ethernet("NVGRE", "NVGRE", Carries::Frame, |frame, key| {
        in_v4(47, &[&[0x20, 0, 0x65, 0x58, 0, 0, key, 0], frame])
    }),
    ethernet("PPTP", "PPTP", Carries::Ip, |frame, key| {
        let [l0, l1] = ((frame.len() - 14 + 4) as u16).to_be_bytes();
        let header = [0x30, 0x81, 0x88, 0x0B, l0, l1, 0, key, 0, 0, 0, 1, 0, 0, 0, 2, 0xFF, 3];
        in_v4(47, &[&header, &ppp(frame)])
    }),
    ethernet("WCCP", "WCCP", Carries::Ip, |frame, _| {
        in_v4(47, &[&[0, 0, 0x88, 0x3E, 0x40, 1, 2, 3], &frame[14..]])
    }),
    ethernet("WCCP without its header", "WCCP", Carries::Ipv4, |frame, _| {
        in_v4(47, &[&[0, 0, 0x88, 0x3E], &frame[14..]])
    }),
    ethernet("ERSPAN I", "ERSPAN I", Carries::Frame, |frame, _| {
        in_v4(47, &[&[0, 0, 0x88, 0xBE], frame])
    }),
    ethernet("ERSPAN II", "ERSPAN II", Carries::Frame, |frame, key| {
        let header = [0x10, 0, 0x88, 0xBE, 0, 0, 0, 1, 0x10, 7, 0, key, 0, 0, 0, 0];
        in_v4(47, &[&header, frame])
    }),
    ethernet("ERSPAN III", "ERSPAN III", Carries::Frame, |frame, key| {
        let header = [0x10, 0, 0x22, 0xEB, 0, 0, 0, 1, 0x20, 7, 0, key, 1, 2, 3, 4, 0, 0, 0, 0];
        in_v4(47, &[&header, frame])
    }),
    ethernet("ERSPAN III of a platform", "ERSPAN III", Carries::Frame, |frame, key| {
        let header = [0x10, 0, 0x22, 0xEB, 0, 0, 0, 1, 0x20, 7, 0, key, 1, 2, 3, 4, 0, 0, 0, 1];
        in_v4(47, &[&header, &[0xAA; 8], frame])
    }),
    ethernet("L2TP version 3", "L2TP", Carries::Frame, |frame, key| {
        in_v4(115, &[&[0, 0, 0, key], &[0xC0; 8], frame])
    }),
    ethernet("L2TP version 2", "L2TP", Carries::Ip, |frame, key| {
        in_udp(1701, &[&[0, 2, 0, 1, 0, key, 0xFF, 3], &ppp(frame)])
    }),
    ethernet("VXLAN", "VXLAN", Carries::Frame, |frame, key| {
        in_udp(4789, &[&[8, 0, 0, 0, 0, 0, key, 0], frame])
    }),
    ethernet("VXLAN of Linux", "VXLAN", Carries::Frame, |frame, key| {
        in_udp(8472, &[&[8, 0, 0, 0, 0, 0, key, 0], frame])
    }),
    ethernet("VXLAN with a policy group", "VXLAN", Carries::Frame, |frame, key| {
        in_udp(4789, &[&[0x88, 0, 0, 9, 0, 0, key, 0], frame])
    }),
    ethernet("VXLAN-GPE", "VXLAN-GPE", Carries::Ipv4, |frame, key| {
        in_udp(4790, &[&[0x0C, 0, 0, 1, 0, 0, key, 0], &frame[14..]])
    }),
    ethernet("Geneve", "Geneve", Carries::Frame, |frame, key| {
        let header = [2, 0, 0x65, 0x58, 0, 0, key, 0, 1, 2, 3, 1, 7, 7, 7, 7];
        in_udp(6081, &[&header, frame])
    }),
    ethernet("Geneve of IP", "Geneve", Carries::Ip, |frame, key| {
        in_udp(6081, &[&[0, 0], &ether_type(frame), &[0, 0, key, 0], &frame[14..]])
    }),
    ethernet("GTP-U", "GTP-U", Carries::Ip, |frame, key| {
        let [l0, l1] = ((frame.len() - 14 + 8) as u16).to_be_bytes();
        let header = [0x34, 0xFF, l0, l1, 0, 0, 0, key, 0, 0, 0, 0x85, 1, 0, 9, 0];
        in_udp(2152, &[&header, &frame[14..]])
    }),
    ethernet("TZSP", "TZSP", Carries::Frame, |frame, _| {
        in_udp(37008, &[&[1, 0, 0, 1, 10, 1, 0xAA, 0, 1], frame])
    }),
    ethernet("CAPWAP", "CAPWAP", Carries::Frame, |frame, _| {
        in_udp(5247, &[&[0, 2 << 3, 2, 0, 0, 0, 0, 0], frame])
    }),
    ethernet("MPLS in UDP", "MPLS", Carries::Ip, |frame, _| {
        in_udp(6635, &[&[0, 1, 1, 64], &frame[14..]])
    }),
];

/// Links other than Ethernet.
pub(crate) const LINKS: &[Wrapper] = &[
    link("raw IP", 101, Carries::Ip, |frame, _| frame[14..].to_vec()),
    link("loopback", 0, Carries::Ipv4, |frame, _| [&[2, 0, 0, 0], &frame[14..]].concat()),
    link("cooked", 113, Carries::Ip, |frame, _| {
        [&[0, 0, 0, 1, 0, 6], &[7; 8][..], &ether_type(frame), &frame[14..]].concat()
    }),
    link("cooked with a VLAN", 113, Carries::Ip, |frame, key| {
        let tag = [0x81, 0, 0, key];
        [&[0, 0, 0, 1, 0, 6], &[7; 8][..], &tag, &ether_type(frame), &frame[14..]].concat()
    }),
    link("cooked, version 2, with a VLAN", 276, Carries::Ip, |frame, key| {
        let header = [0x81, 0, 0, 0, 0, 0, 0, 1, 0, 1, 0, 6, 7, 7, 7, 7, 7, 7, 0, 0];
        [&header[..], &[0, key], &ether_type(frame), &frame[14..]].concat()
    }),
    link("PPP", 9, Carries::Ip, |frame, _| [&[0xFF, 3][..], &ppp(frame)].concat()),
    link("PPP, all short", 50, Carries::Ip, |frame, _| ppp(frame)[1..].to_vec()),
    link("PPP with a direction", 204, Carries::Ip, |frame, _| [&[1][..], &ppp(frame)].concat()),
    link("PPPoE alone", 51, Carries::Ip, |frame, key| pppoe(&ppp(frame), key)[14..].to_vec()),
    link("Cisco HDLC", 104, Carries::Ip, |frame, _| {
        [&[0x0F, 0], &ether_type(frame)[..], &frame[14..]].concat()
    }),
    link("Wi-Fi", 105, Carries::Ip, |frame, _| wifi([0x08, 0x01], &[], frame)),
    link("Wi-Fi with QoS and four addresses", 105, Carries::Ip, |frame, _| {
        wifi([0x88, 0x03], &[7, 7, 7, 7, 7, 7, 0, 0], frame)
    }),
    Wrapper {
        trailer: 4,
        ..link("Wi-Fi after radiotap, with a checksum", 127, Carries::Ip, |frame, _| {
            let radiotap = [0, 0, 9, 0, 2, 0, 0, 0, 0x10];
            [&radiotap[..], &wifi([0x08, 0x02], &[], frame), b"FCS."].concat()
        })
    },
    link("Wi-Fi after Prism", 119, Carries::Ip, |frame, _| {
        let prism = [&[0x44, 0, 0, 0, 144, 0, 0, 0][..], &[0; 136]].concat();
        [prism, wifi([0x08, 0x02], &[], frame)].concat()
    }),
    link("Wi-Fi after AVS", 163, Carries::Ip, |frame, _| {
        let avs = [&[0x80, 0x21, 0x10, 1, 0, 0, 0, 64][..], &[0; 56]].concat();
        [avs, wifi([0x08, 0x02], &[], frame)].concat()
    }),
    link("a Wi-Fi aggregate of one", 105, Carries::Ip, |frame, _| {
        let [l0, l1] = ((frame.len() - 14 + 8) as u16).to_be_bytes();
        let mut packet = wifi([0x88, 0x02], &[0x80, 0], frame);
        packet.splice(26..26, [[9; 12].as_slice(), &[l0, l1]].concat());
        packet
    }),
    link("Wi-Fi after PPI", 192, Carries::Ip, |frame, _| {
        let ppi = [0, 0, 8, 0, 105, 0, 0, 0];
        [&ppi[..], &wifi([0x08, 0x02], &[], frame)].concat()
    }),
    link("macOS", 258, Carries::Frame, |frame, _| {
        [&[108, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0][..], &[0; 96], frame].concat()
    }),
    link("NFLOG", 239, Carries::Ip, |frame, _| {
        let [l0, l1] = ((frame.len() - 14 + 4) as u16).to_le_bytes();
        let header = [2, 0, 0, 0, 6, 0, 10, 0, b'i', 0, 0, 0, l0, l1, 9, 0];
        [&header, &frame[14..]].concat()
    }),
    link("PFLOG", 117, Carries::Ip, |frame, _| [&[61], &[0; 63][..], &frame[14..]].concat()),
    link("Token Ring", 6, Carries::Ip, |frame, _| {
        [&[0x10, 0x40], &[7; 12][..], &SNAP, &frame[12..]].concat()
    }),
    link("FDDI", 10, Carries::Ip, |frame, _| [&[0x50], &[7; 12][..], &SNAP, &frame[12..]].concat()),
];

const SNAP: [u8; 6] = [0xAA, 0xAA, 3, 0, 0, 0];

/// The EtherType of `frame`.
pub(crate) fn ether_type(frame: &[u8]) -> [u8; 2] {
    [frame[12], frame[13]]
}

/// A frame of this EtherType.
pub(crate) fn frame_of(ether_type: [u8; 2], parts: &[&[u8]]) -> Vec<u8> {
    [&[2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2], &ether_type[..], &parts.concat()].concat()
}

/// A frame with an IPv4 packet of this protocol.
pub(crate) fn in_v4(protocol: u8, parts: &[&[u8]]) -> Vec<u8> {
    let payload = parts.concat();
    let [l0, l1] = (payload.len() as u16 + 20).to_be_bytes();
    let header = [0x45, 0, l0, l1, 0, 0, 0, 0, 64, protocol, 0, 0, 192, 0, 2, 1, 192, 0, 2, 2];
    frame_of([8, 0], &[&header, &payload])
}

fn in_v6(next: u8, parts: &[&[u8]]) -> Vec<u8> {
    let payload = parts.concat();
    let [l0, l1] = (payload.len() as u16).to_be_bytes();
    let header = [0x60, 0, 0, 0, l0, l1, next, 64];
    frame_of([0x86, 0xDD], &[&header, &[0xFD; 16], &[0xFE; 16], &payload])
}

fn in_udp(port: u16, parts: &[&[u8]]) -> Vec<u8> {
    let payload = parts.concat();
    let [p0, p1] = port.to_be_bytes();
    let [l0, l1] = (payload.len() as u16 + 8).to_be_bytes();
    in_v4(17, &[&[0xC0, 0, p0, p1, l0, l1, 0, 0], &payload])
}

fn tagged(frame: &[u8], tags: &[[u8; 4]]) -> Vec<u8> {
    [&frame[..12], &tags.concat(), &frame[12..]].concat()
}

/// The PPP protocol field, and the packet.
fn ppp(frame: &[u8]) -> Vec<u8> {
    let protocol = if ether_type(frame) == [8, 0] { 0x21 } else { 0x57 };
    [&[0, protocol], &frame[14..]].concat()
}

fn pppoe(ppp: &[u8], key: u8) -> Vec<u8> {
    let [l0, l1] = (ppp.len() as u16).to_be_bytes();
    frame_of([0x88, 0x64], &[&[0x11, 0, 0, key, l0, l1], ppp])
}

fn wifi(control: [u8; 2], more: &[u8], frame: &[u8]) -> Vec<u8> {
    [&control, &[0; 22][..], more, &SNAP, &frame[12..]].concat()
}
