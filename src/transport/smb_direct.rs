//! SMB Direct (\[MS-SMBD\]) on iWARP (RFC 5040, 5041 and 5044), RoCE and InfiniBand (the InfiniBand
//! Architecture Specification, volume 1).
//!
//! It is recognised by what only SMB Direct has: its NEGOTIATE messages, a data transfer that holds
//! an SMB message, or a connection that is asked for on its port.

use std::net::{IpAddr, Ipv6Addr, SocketAddr};

use super::{End, PORTS_SMB_DIRECT};
use crate::capture::link_type::LinkType;

/// Who sent a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Sender {
    Client,
    Server,
}

/// What the first bytes of an iWARP connection have in common in both directions (RFC 5044, 7.1).
pub(super) const MPA_START: &[u8] = b"MPA ID Re";

/// Whether the server of an iWARP connection answers in this segment.
pub(super) fn is_mpa_reply(segment: &[u8]) -> bool {
    segment.starts_with(b"MPA ID Rep Frame")
}

/// Who sent the message of SMB Direct in a segment of an iWARP connection; `None` where none is seen.
pub(super) fn sender_in_fpdu(segment: &[u8]) -> Option<Sender> {
    /// Length, DDP and RDMAP control, an STag, and the number, place and offset of the message
    /// (RFC 5041, 4.2; RFC 5040, 4.1).
    const UNTAGGED_HEADER: usize = 20;
    /// A marker that stands before the first of them where both sides want markers.
    const MARKER: usize = 4;
    [UNTAGGED_HEADER, MARKER + UNTAGGED_HEADER]
        .into_iter()
        .find_map(|skipped| sender(segment.get(skipped..)?))
}

/// Who sent the message of SMB Direct in a packet of the InfiniBand transport, which starts with the
/// Base Transport Header (9.2).
pub(super) fn sender_in_transport(packet: &[u8]) -> Option<Sender> {
    const BASE_HEADER: usize = 12;
    let (&[opcode, version, ..], payload) = packet.split_first_chunk::<BASE_HEADER>()?;
    if version & 0x0F != 0 {
        return None;
    }
    match opcode {
        // Reliable connection: SEND First and SEND Only.
        0x00 | 0x04 => sender(payload),
        // SEND Only with Immediate, and with Invalidate: four bytes of either.
        0x05 | 0x17 => sender(payload.get(4..)?),
        // Unreliable datagram: SEND Only, which management messages are.
        0x64 => is_connection_request(payload.get(8..)?).then_some(Sender::Client),
        _ => None,
    }
}

/// Whether a management datagram asks for a connection to the port of SMB Direct: ConnectRequest
/// (12.6.5) with the service number of an IP port (Annex A11).
fn is_connection_request(datagram: &[u8]) -> bool {
    const COMMUNICATION_MANAGEMENT: [u8; 4] = [1, 7, 2, 3];
    const CONNECT_REQUEST: [u8; 2] = [0x00, 0x10];
    const SERVICE_OF_TCP: [u8; 6] = [0, 0, 0, 0, 1, 6];
    let at = |from: usize, len: usize| datagram.get(from..)?.get(..len);
    let port = at(38, 2).and_then(|port| port.first_chunk()).map(|port| u16::from_be_bytes(*port));
    at(0, 4) == Some(&COMMUNICATION_MANAGEMENT[..])
        && at(16, 2) == Some(&CONNECT_REQUEST[..])
        && at(32, 6) == Some(&SERVICE_OF_TCP[..])
        && port.is_some_and(|port| PORTS_SMB_DIRECT.contains(&port))
}

/// Who sent the message of SMB Direct that `bytes` start with.
fn sender(bytes: &[u8]) -> Option<Sender> {
    if is_negotiate_request(bytes) {
        Some(Sender::Client)
    } else if is_negotiate_response(bytes) {
        Some(Sender::Server)
    } else {
        sender_of_data(bytes)
    }
}

/// The only version of SMB Direct.
const VERSION: u16 = 0x0100;

/// The least of PreferredSendSize and MaxReceiveSize (\[MS-SMBD\] 2.2.1 and 2.2.2).
const LEAST_SIZE: u32 = 128;

/// The least MaxFragmentedSize.
const LEAST_FRAGMENTED_SIZE: u32 = 131_072;

/// SMB_DIRECT Negotiate Request, \[MS-SMBD\] 2.2.1.
fn is_negotiate_request(bytes: &[u8]) -> bool {
    let (u16_at, u32_at) = (|at| u16_at(bytes, at), |at| u32_at(bytes, at));
    let is_version = |at| u16_at(at) == Some(VERSION);
    is_version(0)
        && is_version(2)
        && u16_at(4) == Some(0)
        && u16_at(6).is_some_and(|credits| credits > 0)
        && u32_at(8).is_some_and(|size| size >= LEAST_SIZE)
        && u32_at(12).is_some_and(|size| size >= LEAST_SIZE)
        && u32_at(16).is_some_and(|size| size >= LEAST_FRAGMENTED_SIZE)
}

/// SMB_DIRECT Negotiate Response, \[MS-SMBD\] 2.2.2, of a server that accepts.
fn is_negotiate_response(bytes: &[u8]) -> bool {
    let u32_at = |at| u32_at(bytes, at);
    [0, 2, 4].into_iter().all(|at| u16_at(bytes, at) == Some(VERSION))
        && u32_at(12) == Some(0)
        && u32_at(20).is_some_and(|size| size >= LEAST_SIZE)
        && u32_at(24).is_some_and(|size| size >= LEAST_SIZE)
        && u32_at(28).is_some_and(|size| size >= LEAST_FRAGMENTED_SIZE)
}

/// SMB_DIRECT Data Transfer, \[MS-SMBD\] 2.2.3, with the start of an SMB2 message in it.
fn sender_of_data(bytes: &[u8]) -> Option<Sender> {
    const DATA_OFFSET: u32 = 24;
    /// The flag of a response in the header of SMB2, \[MS-SMB2\] 2.2.1.
    const FLAGS_SERVER_TO_REDIR: u32 = 1;
    let is_transfer = u16_at(bytes, 4)? <= 1
        && u16_at(bytes, 6)? == 0
        && u32_at(bytes, 12)? == DATA_OFFSET
        && u32_at(bytes, 16)? > 4;
    let message = bytes.get(DATA_OFFSET as usize..)?;
    if !is_transfer || !message.starts_with(b"\xFESMB") {
        return None;
    }
    let is_response = u32_at(message, 16)? & FLAGS_SERVER_TO_REDIR != 0;
    Some(if is_response { Sender::Server } else { Sender::Client })
}

fn u16_at(bytes: &[u8], at: usize) -> Option<u16> {
    Some(u16::from_le_bytes(*bytes.get(at..)?.first_chunk()?))
}

fn u32_at(bytes: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_le_bytes(*bytes.get(at..)?.first_chunk()?))
}

/// A packet of the InfiniBand transport that stands in no UDP datagram.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Frame<'a> {
    pub(super) source: End,
    pub(super) destination: End,
    /// From the Base Transport Header on.
    pub(super) transport: &'a [u8],
}

/// The EtherType of RoCE v1 (Annex A16).
const ETHER_TYPE_ROCE: u16 = 0x8915;

/// The EtherTypes of VLAN tags.
const ETHER_TYPES_VLAN: [u16; 2] = [0x8100, 0x88A8];

/// VLAN tags that may stand one in another.
const TAGS: usize = 4;

/// LINKTYPE_ERF and LINKTYPE_INFINIBAND.
const ERF: LinkType = LinkType(197);
const INFINIBAND: LinkType = LinkType(247);

impl<'a> Frame<'a> {
    /// Reads a packet of these link types: Ethernet, InfiniBand, and InfiniBand in ERF.
    pub(super) fn of(link_type: LinkType, data: &'a [u8]) -> Option<Frame<'a>> {
        match link_type {
            LinkType::ETHERNET => Frame::on_ethernet(data),
            INFINIBAND => Frame::on_infiniband(data),
            ERF => Frame::in_erf(data),
            _ => None,
        }
    }

    fn on_ethernet(data: &'a [u8]) -> Option<Frame<'a>> {
        const ADDRESSES: usize = 12;
        let mut rest = data.get(ADDRESSES..)?;
        for _ in 0..=TAGS {
            let (ether_type, after) = rest.split_first_chunk()?;
            let ether_type = u16::from_be_bytes(*ether_type);
            if ether_type == ETHER_TYPE_ROCE {
                return Frame::with_global_header(after);
            }
            if !ETHER_TYPES_VLAN.contains(&ether_type) {
                return None;
            }
            rest = after.get(2..)?;
        }
        None
    }

    /// The Local Route Header (7.7) says what follows it.
    fn on_infiniband(data: &'a [u8]) -> Option<Frame<'a>> {
        const ONLY_TRANSPORT: u8 = 2;
        const GLOBAL_HEADER: u8 = 3;
        let (&[_, next, d0, d1, _, _, s0, s1], rest) = data.split_first_chunk()?;
        match next & 3 {
            GLOBAL_HEADER => Frame::with_global_header(rest),
            ONLY_TRANSPORT => Some(Frame {
                source: End::Lid(u16::from_be_bytes([s0, s1])),
                destination: End::Lid(u16::from_be_bytes([d0, d1])),
                transport: rest,
            }),
            _ => None,
        }
    }

    /// The header of Endace's Extensible Record Format, of which the type is InfiniBand.
    fn in_erf(data: &'a [u8]) -> Option<Frame<'a>> {
        const HEADER: usize = 16;
        const TYPE_INFINIBAND: u8 = 21;
        /// There is an extension header, or another one.
        const MORE: u8 = 0x80;
        let (header, mut rest) = data.split_first_chunk::<HEADER>()?;
        let mut record_type = *header.get(8)?;
        if record_type & !MORE != TYPE_INFINIBAND {
            return None;
        }
        while record_type & MORE != 0 {
            let (extension, after) = rest.split_first_chunk::<8>()?;
            record_type = *extension.first()?;
            rest = after;
        }
        Frame::on_infiniband(rest)
    }

    /// The Global Route Header (8.3), which is that of IPv6.
    fn with_global_header(data: &'a [u8]) -> Option<Frame<'a>> {
        const HEADER: usize = 40;
        const NEXT_IS_TRANSPORT: u8 = 0x1B;
        let (header, transport) = data.split_first_chunk::<HEADER>()?;
        if header.first()? >> 4 != 6 || *header.get(6)? != NEXT_IS_TRANSPORT {
            return None;
        }
        let end = |at: usize| {
            let gid: [u8; 16] = *header.get(at..)?.first_chunk()?;
            let address = IpAddr::V6(Ipv6Addr::from(gid)).to_canonical();
            Some(End::Socket(SocketAddr::new(address, 0)))
        };
        Some(Frame { source: end(8)?, destination: end(24)?, transport })
    }
}

#[cfg(test)]
pub(super) mod test {
    /// The request that Windows sends.
    pub(crate) const NEGOTIATE_REQUEST: [u8; 20] =
        [0, 1, 0, 1, 0, 0, 0xFF, 0, 0x54, 5, 0, 0, 0, 0x20, 0, 0, 0, 0, 0x10, 0];

    /// The response to it.
    pub(crate) const NEGOTIATE_RESPONSE: [u8; 32] = [
        0, 1, 0, 1, 0, 1, 0, 0, 0xFF, 0, 0xFF, 0, 0, 0, 0, 0, 0, 0, 0x10, 0, 0x54, 5, 0, 0, 0,
        0x20, 0, 0, 0, 0, 0x10, 0,
    ];

    /// A packet of the InfiniBand transport.
    pub(crate) fn transport(opcode: u8, payload: &[u8]) -> Vec<u8> {
        [&[opcode, 0x40, 0xFF, 0xFF, 0, 0, 0, 0x12, 0, 0, 0, 1][..], payload, &[0; 4]].concat()
    }

    /// A data transfer with the start of an SMB2 message.
    pub(crate) fn data_transfer(is_response: bool) -> Vec<u8> {
        let mut message = b"\xFESMB".to_vec();
        message.resize(64, 0);
        message[16] = u8::from(is_response);
        let mut transfer = vec![10, 0, 10, 0, 0, 0, 0, 0, 0, 0, 0, 0, 24, 0, 0, 0, 64, 0, 0, 0];
        transfer.extend([0; 4]);
        [transfer, message].concat()
    }

    /// A request for a connection to a port, as a management datagram with its datagram header.
    pub(crate) fn connection_request(port: u16) -> Vec<u8> {
        let mut datagram = vec![0; 8 + 256];
        datagram[8..12].copy_from_slice(&[1, 7, 2, 3]);
        datagram[8 + 17] = 0x10;
        datagram[8 + 36..8 + 38].copy_from_slice(&[1, 6]);
        datagram[8 + 38..8 + 40].copy_from_slice(&port.to_be_bytes());
        transport(0x64, &datagram)
    }
}

#[cfg(test)]
mod tests {
    use super::test::*;
    use super::*;

    #[test]
    fn messages_of_smb_direct_say_who_sent_them() {
        let sent = |opcode, payload: &[u8]| sender_in_transport(&transport(opcode, payload));
        assert_eq!(sent(0x04, &NEGOTIATE_REQUEST), Some(Sender::Client));
        assert_eq!(sent(0x04, &NEGOTIATE_RESPONSE), Some(Sender::Server));
        assert_eq!(sent(0x00, &data_transfer(false)), Some(Sender::Client));
        assert_eq!(sent(0x17, &[&[0; 4], &data_transfer(true)[..]].concat()), Some(Sender::Server));
        assert_eq!(sent(0x06, &NEGOTIATE_REQUEST), None, "an RDMA WRITE");
        assert_eq!(sender_in_transport(&connection_request(445)), Some(Sender::Client));
        assert_eq!(sender_in_transport(&connection_request(2049)), None);
    }

    #[test]
    fn every_field_and_every_byte_is_needed() {
        for len in 0..NEGOTIATE_REQUEST.len() {
            assert_eq!(sender(&NEGOTIATE_REQUEST[..len]), None, "{len}");
        }
        for len in 0..NEGOTIATE_RESPONSE.len() {
            assert_eq!(sender(&NEGOTIATE_RESPONSE[..len]), None, "{len}");
        }
        for place in [0, 2, 4, 18] {
            let mut changed = NEGOTIATE_REQUEST;
            changed[place] ^= 0x10;
            assert_eq!(sender(&changed), None, "{place}");
        }
        let transfer = data_transfer(false);
        for len in 0..44 {
            assert_eq!(sender(&transfer[..len]), None, "{len}");
        }
    }

    #[test]
    fn a_message_stands_behind_the_headers_of_iwarp() {
        for skipped in [20, 24] {
            let segment = [&vec![0; skipped][..], &NEGOTIATE_REQUEST].concat();
            assert_eq!(sender_in_fpdu(&segment), Some(Sender::Client));
        }
        assert_eq!(sender_in_fpdu(&NEGOTIATE_REQUEST), None);
    }

    #[test]
    fn frames_without_ip_have_the_ends_that_their_headers_say() {
        let end = |text: &str| End::Socket(SocketAddr::new(text.parse().unwrap(), 0));
        let mut global = vec![0x60, 0, 0, 0, 0, 36, 0x1B, 64];
        global.extend("::ffff:10.0.0.7".parse::<Ipv6Addr>().unwrap().octets());
        global.extend("fe80::5".parse::<Ipv6Addr>().unwrap().octets());
        global.extend([1, 2, 3]);
        let expected =
            Frame { source: end("10.0.0.7"), destination: end("fe80::5"), transport: &[1, 2, 3] };
        let tagged = [&[0; 12][..], &[0x81, 0, 0, 7, 0x89, 0x15], &global].concat();
        assert_eq!(Frame::of(LinkType::ETHERNET, &tagged), Some(expected));
        let local = [0, 3, 0, 5, 0, 9, 0, 7];
        let infiniband = [&local[..], &global].concat();
        assert_eq!(Frame::of(INFINIBAND, &infiniband), Some(expected));
        let mut erf = vec![0; 16 + 8];
        erf[8] = 21 | 0x80;
        assert_eq!(Frame::of(ERF, &[erf, infiniband].concat()), Some(expected));
        let bare = [0, 2, 0, 5, 0, 9, 0, 7, 1];
        let found = Frame::of(INFINIBAND, &bare).unwrap();
        assert_eq!((found.source, found.destination), (End::Lid(7), End::Lid(5)));
        for len in 0..58 {
            assert_eq!(Frame::of(LinkType::ETHERNET, &tagged[..len]), None, "{len}");
        }
    }
}
