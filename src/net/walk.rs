//! From a packet's first header to the last that is read: links, tunnels and IP in any order.

use std::mem;

use super::encapsulation::Encapsulation;
use super::fragments::{Fragments, Reassembled, Reassembly};
use super::ip::{self, Datagram, protocol};
use super::layer::{Around, Layer};
use super::part::Part;
use super::wifi::{self, Received};
use super::{
    Decoded, capwap, ether_type, ethernet, geneve, gre, gtp, l2tp, mpls, ppp, tcp_segment, tzsp,
    udp, udp_datagram, vxlan,
};
use crate::capture::Packet;

/// Reads on from `first` to what `packet` holds in the end, and says what stood around that.
///
/// A datagram that was put together from fragments is kept in one of `buffers`, since what is
/// returned borrows from it; there is one for each datagram of a packet that may be so, in each
/// other. Of a frame that holds several packets `subframe` says which is wanted.
pub(super) fn to_the_end<'a>(
    first: Layer<'a>,
    packet: &Packet<'_>,
    fragments: &mut Fragments,
    buffers: &'a mut [Reassembled],
    depth_limit: usize,
    subframe: usize,
) -> (Decoded<'a>, Around) {
    let mut around = Around::default();
    let mut buffers = buffers;
    let mut layer = first;
    // Each layer has fewer bytes than the one before, but for datagrams that were put together,
    // which are no more than `buffers`.
    let decoded = loop {
        if around.depth > depth_limit {
            break Decoded::TooDeep;
        }
        let next = match layer {
            Layer::End(decoded) => break decoded,
            Layer::Ethernet(part) => ethernet::frame(part),
            Layer::Protocol(ether_type, part) => ethernet::protocol(ether_type, part, &mut around),
            Layer::Ppp(part) => ppp::layer(part),
            Layer::Wifi(part) => wifi::frame(part, Received::default(), subframe, &mut around),
            Layer::ReceivedWifi(received, part) => {
                wifi::frame(part, received, subframe, &mut around)
            }
            Layer::Ipv4(part) => ip::parse_v4(part.captured, part.missing).map(Layer::Datagram),
            Layer::Ipv6(part) => ip::parse_v6(part.captured, part.missing).map(Layer::Datagram),
            Layer::Datagram(fragment) if fragment.fragment.is_some() => {
                if !is_read_when_whole(fragment.protocol) {
                    break Decoded::OtherIp;
                }
                match fragments.add(&fragment, around.path, packet.timestamp) {
                    Reassembly::Waiting => break Decoded::Fragment,
                    Reassembly::Refused => None,
                    Reassembly::Whole(whole) => keep(whole, &mut buffers),
                }
            }
            Layer::Datagram(datagram) => inside(&datagram, packet, &mut around),
        };
        match next {
            Some(next) => layer = next,
            None => break Decoded::Undecodable,
        }
    };
    let decoded = match decoded {
        // What is not IP, but in a tunnel of IP, makes the packet an IP packet all the same.
        Decoded::NotIp if around.is_in_ip => Decoded::OtherIp,
        other => other,
    };
    (decoded, around)
}

/// Puts a datagram into the next of `buffers`, which holds it while what is inside is read.
fn keep<'a>(whole: Reassembled, buffers: &mut &'a mut [Reassembled]) -> Option<Layer<'a>> {
    let (buffer, others) = mem::take(buffers).split_first_mut()?;
    *buffers = others;
    *buffer = whole;
    let buffer: &'a Reassembled = buffer;
    let datagram = ip::skip_extension_headers(buffer.datagram())?;
    datagram.fragment.is_none().then_some(Layer::Datagram(datagram))
}

/// Whether datagrams whose payload starts with `protocol` are looked into.
fn is_read_when_whole(protocol: u8) -> bool {
    matches!(
        protocol,
        protocol::TCP
            | protocol::UDP
            | protocol::IPV4
            | protocol::IPV6
            | protocol::GRE
            | protocol::ETHER_IP
            | protocol::L2TP
            | protocol::MPLS
    ) || ip::is_extension_header(protocol)
}

/// Reads the payload of a whole datagram.
fn inside<'a>(
    datagram: &Datagram<'a>,
    packet: &Packet<'_>,
    around: &mut Around,
) -> Option<Layer<'a>> {
    around.is_in_ip = true;
    let is_in_v4 = datagram.source.is_ipv4();
    let part = datagram.part();
    match datagram.protocol {
        protocol::TCP => {
            tcp_segment(datagram, around.path, packet).map(Decoded::Tcp).map(Layer::End)
        }
        protocol::UDP => in_udp(datagram, packet, around),
        protocol::IPV4 => {
            let kind = if is_in_v4 { Encapsulation::IpInIp } else { Encapsulation::FourInSix };
            around.enter(kind, 0);
            Some(Layer::Ipv4(part))
        }
        protocol::IPV6 => {
            let kind = if is_in_v4 { Encapsulation::SixInFour } else { Encapsulation::SixInSix };
            around.enter(kind, 0);
            Some(Layer::Ipv6(part))
        }
        protocol::GRE => gre::layer(part, around),
        protocol::ETHER_IP => ether_ip(part, around),
        protocol::L2TP => Some(l2tp::in_ip(part, around)),
        protocol::MPLS => Some(Layer::Protocol(ether_type::MPLS, part)),
        _ => Some(Layer::End(Decoded::OtherIp)),
    }
}

/// Reads the two bytes of EtherIP (RFC 3378), of which the first four bits are its version.
fn ether_ip<'a>(part: Part<'a>, around: &mut Around) -> Option<Layer<'a>> {
    let (&[version, _], rest) = part.split()?;
    if version >> 4 != 3 {
        return Some(Layer::End(Decoded::OtherIp));
    }
    around.enter(Encapsulation::EtherIp, 0);
    Some(Layer::Ethernet(rest))
}

/// The assigned port of MPLS in UDP (RFC 7510).
const PORT_MPLS: u16 = 6635;

/// Reads a UDP datagram: a tunnel that its destination port or its contents tell, or one whose
/// contents are handed on.
fn in_udp<'a>(
    datagram: &Datagram<'a>,
    packet: &Packet<'_>,
    around: &mut Around,
) -> Option<Layer<'a>> {
    let header = udp::parse(datagram.payload, datagram.payload_len)?;
    let missing = (header.payload_len as usize).saturating_sub(header.payload.len());
    let part = Part { captured: header.payload, missing };
    let before = *around;
    let tunnelled = match header.destination_port {
        port if vxlan::PORTS.contains(&port) => vxlan::layer(part, around),
        vxlan::PORT_GPE => vxlan::generic(part, around),
        geneve::PORT => geneve::layer(part, around),
        gtp::PORT => gtp::layer(part, around),
        l2tp::PORT => l2tp::in_udp(part, around),
        tzsp::PORT => tzsp::layer(part, around),
        capwap::PORT => capwap::layer(part, around),
        PORT_MPLS => mpls::layer(part, around),
        _ if vxlan::is_certain(part) => vxlan::layer(part, around),
        _ => None,
    };
    // What only looked like a tunnel, or was cut in its header, is a datagram like any other.
    Some(tunnelled.unwrap_or_else(|| {
        *around = before;
        Layer::End(Decoded::Udp(udp_datagram(datagram, &header, around.path, packet)))
    }))
}
