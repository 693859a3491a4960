//! IPv4 (RFC 791) and IPv6 with its extension headers (RFC 8200).
//!
//! The fixed headers are read by etherparse. Its readers of whole datagrams are not used: they
//! refuse those that the snap length cut, and keep no length of what is missing.

use std::net::IpAddr;

use etherparse::{Ipv4HeaderSlice, Ipv6HeaderSlice};

use super::part::Part;

/// Protocol numbers, which IPv6 calls next headers.
pub(super) mod protocol {
    pub(in crate::net) const TCP: u8 = 6;
    pub(in crate::net) const UDP: u8 = 17;
    pub(in crate::net) const IPV4: u8 = 4;
    pub(in crate::net) const IPV6: u8 = 41;
    pub(in crate::net) const GRE: u8 = 47;
    pub(in crate::net) const ETHER_IP: u8 = 97;
    pub(in crate::net) const L2TP: u8 = 115;
    pub(in crate::net) const MPLS: u8 = 137;
    pub(super) const HOP_BY_HOP: u8 = 0;
    pub(super) const ROUTING: u8 = 43;
    pub(super) const FRAGMENT: u8 = 44;
    pub(super) const AUTHENTICATION: u8 = 51;
    pub(super) const DESTINATION: u8 = 60;
    pub(super) const MOBILITY: u8 = 135;
    pub(super) const HIP: u8 = 139;
    pub(super) const SHIM6: u8 = 140;
}

/// Bytes of an IPv6 header.
const IPV6_HEADER_LEN: usize = 40;

/// An IP datagram or a fragment of one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Datagram<'a> {
    pub(super) source: IpAddr,
    pub(super) destination: IpAddr,
    /// What `payload` starts with. Of a later fragment, what the datagram's payload starts with.
    pub(super) protocol: u8,
    /// The bytes after the headers that were captured.
    pub(super) payload: &'a [u8],
    /// Bytes after the headers.
    pub(super) payload_len: u32,
    /// Identification; `None` in IPv6.
    pub(super) identification: Option<u16>,
    /// Which part of a datagram it is; `None` for a whole one.
    pub(super) fragment: Option<FragmentPlace>,
}

impl<'a> Datagram<'a> {
    /// The bytes after the headers.
    pub(super) fn part(&self) -> Part<'a> {
        let captured = self.payload;
        Part { captured, missing: (self.payload_len as usize).saturating_sub(captured.len()) }
    }
}

/// Which part of a datagram a fragment is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct FragmentPlace {
    /// Identification.
    pub(super) id: u32,
    /// Where its payload stands in the datagram's, in bytes.
    pub(super) offset: u32,
    /// Whether others follow.
    pub(super) more: bool,
}

/// Reads the IPv4 datagram that `bytes` start with; `not_captured` bytes follow them in the frame.
#[inline]
pub(super) fn parse_v4(bytes: &[u8], not_captured: usize) -> Option<Datagram<'_>> {
    let header = Ipv4HeaderSlice::from_slice(bytes).ok()?;
    let header_len = header.slice().len();
    let total_len = match usize::from(header.total_len()) {
        // The sending machine's network card was yet to split it and fill in the lengths.
        0 => bytes.len().saturating_add(not_captured),
        total_len => total_len,
    };
    let payload_len = total_len.checked_sub(header_len)?;
    let payload = bytes.get(header_len..total_len.min(bytes.len()))?;
    let place = FragmentPlace {
        id: u32::from(header.identification()),
        offset: u32::from(header.fragments_offset().value()) * 8,
        more: header.more_fragments(),
    };
    let datagram = Datagram {
        source: IpAddr::V4(header.source_addr()),
        destination: IpAddr::V4(header.destination_addr()),
        protocol: header.protocol().0,
        payload,
        payload_len: u32::try_from(payload_len).ok()?,
        identification: Some(header.identification()),
        fragment: (place.more || place.offset != 0).then_some(place),
    };
    match datagram.protocol {
        protocol::AUTHENTICATION => skip_extension_headers(datagram),
        _ => Some(datagram),
    }
}

/// Whether `part` looks like an IPv4 datagram, where nothing says that it is one.
pub(super) fn is_plausible_v4(part: Part<'_>) -> bool {
    let [0x45..=0x4F, _, l0, l1, ..] = part.captured else { return false };
    let total_len = usize::from(u16::from_be_bytes([*l0, *l1]));
    // Lengths that the network card was yet to fill in are zero.
    total_len == 0 || (total_len >= 20 && total_len <= part.len())
}

/// Reads the IPv6 datagram that `bytes` start with, up to the first header that is no extension;
/// `not_captured` bytes follow them in the frame.
#[inline]
pub(super) fn parse_v6(bytes: &[u8], not_captured: usize) -> Option<Datagram<'_>> {
    let header = Ipv6HeaderSlice::from_slice(bytes).ok()?;
    let rest = bytes.get(IPV6_HEADER_LEN..)?;
    let payload_len = match usize::from(header.payload_length()) {
        // Without its option it is a packet that the network card was yet to split.
        0 => match jumbo_payload_len(header.next_header().0, rest) {
            Some(payload_len) => payload_len,
            None => rest.len().saturating_add(not_captured),
        },
        payload_len => payload_len,
    };
    let datagram = Datagram {
        source: IpAddr::V6(header.source_addr()),
        destination: IpAddr::V6(header.destination_addr()),
        protocol: header.next_header().0,
        payload: rest.get(..payload_len.min(rest.len()))?,
        payload_len: u32::try_from(payload_len).ok()?,
        identification: None,
        fragment: None,
    };
    skip_extension_headers(datagram)
}

/// The payload's length of a jumbogram (RFC 2675 2), whose option is the first of the Hop-by-Hop
/// header.
fn jumbo_payload_len(next_header: u8, rest: &[u8]) -> Option<usize> {
    const OPTION: u8 = 0xC2;
    match (next_header, rest) {
        (protocol::HOP_BY_HOP, &[_, _, OPTION, 4, l0, l1, l2, l3, ..]) => {
            usize::try_from(u32::from_be_bytes([l0, l1, l2, l3])).ok()
        }
        _ => None,
    }
}

/// Whether `protocol` is an IPv6 extension header that a fragmented datagram may start with.
pub(super) fn is_extension_header(protocol: u8) -> bool {
    matches!(
        protocol,
        protocol::HOP_BY_HOP
            | protocol::ROUTING
            | protocol::AUTHENTICATION
            | protocol::DESTINATION
            | protocol::MOBILITY
            | protocol::HIP
            | protocol::SHIM6
    )
}

/// Moves past the extension headers that `datagram` starts with, up to a fragment's payload.
///
/// Of these, IPv4 knows the Authentication Header alone.
#[inline]
pub(super) fn skip_extension_headers(datagram: Datagram<'_>) -> Option<Datagram<'_>> {
    let mut datagram = datagram;
    while datagram.fragment.is_none() {
        let header_len = match datagram.protocol {
            protocol::FRAGMENT => {
                datagram.fragment = fragment_place(datagram.payload)?;
                8
            }
            // Its length counts words of four bytes, less two (RFC 4302 2.2).
            protocol::AUTHENTICATION => (length_field(datagram.payload)? + 2) * 4,
            number if is_extension_header(number) => (length_field(datagram.payload)? + 1) * 8,
            _ => break,
        };
        datagram.protocol = *datagram.payload.first()?;
        datagram.payload = datagram.payload.get(header_len..)?;
        datagram.payload_len = datagram.payload_len.checked_sub(header_len as u32)?;
    }
    Some(datagram)
}

/// The length field of an extension header.
fn length_field(header: &[u8]) -> Option<usize> {
    header.get(1).map(|len| usize::from(*len))
}

/// Reads a Fragment header (RFC 8200 4.5). Its result is `Some(None)` where it stands before a
/// datagram that is whole (RFC 6946).
fn fragment_place(header: &[u8]) -> Option<Option<FragmentPlace>> {
    let &[_, _, o0, o1, i0, i1, i2, i3] = header.first_chunk()?;
    // Thirteen bits of offset in units of eight bytes, two reserved, one for more fragments.
    let offset_and_flag = u16::from_be_bytes([o0, o1]);
    let place = FragmentPlace {
        id: u32::from_be_bytes([i0, i1, i2, i3]),
        offset: u32::from(offset_and_flag & 0xFFF8),
        more: offset_and_flag & 1 == 1,
    };
    Some((place.more || place.offset != 0).then_some(place))
}

#[cfg(test)]
mod tests {
    use super::{Datagram, FragmentPlace, parse_v4, parse_v6};

    fn v4(total_len: u16, protocol: u8, fragment: u16, payload: &[u8]) -> Vec<u8> {
        let [l0, l1] = total_len.to_be_bytes();
        let [f0, f1] = fragment.to_be_bytes();
        let header =
            [0x45, 0, l0, l1, 0xAB, 0xCD, f0, f1, 64, protocol, 0, 0, 10, 0, 0, 1, 10, 0, 0, 2];
        [&header, payload].concat()
    }

    fn v6(payload_len: u16, next: u8, payload: &[u8]) -> Vec<u8> {
        let [l0, l1] = payload_len.to_be_bytes();
        let mut packet = vec![0x60, 0, 0, 0, l0, l1, next, 64];
        packet.extend_from_slice(&[1; 16]);
        packet.extend_from_slice(&[2; 16]);
        packet.extend_from_slice(payload);
        packet
    }

    fn summary(datagram: Option<Datagram<'_>>) -> Option<(u8, &[u8], u32)> {
        datagram.map(|datagram| (datagram.protocol, datagram.payload, datagram.payload_len))
    }

    #[test]
    fn padding_after_the_datagram_is_left_out() {
        let packet = v4(23, 6, 0, b"abc\0\0\0\0");
        assert_eq!(summary(parse_v4(&packet, 0)), Some((6, &b"abc"[..], 3)));
        let packet = v6(3, 6, b"abc\0\0\0\0");
        assert_eq!(summary(parse_v6(&packet, 0)), Some((6, &b"abc"[..], 3)));
    }

    #[test]
    fn a_cut_datagram_keeps_its_length_at_every_truncation() {
        let packet = v4(1020, 6, 0, b"abcdef");
        let packet6 = v6(1000, 6, b"abcdef");
        for len in 0..packet.len() {
            let expected = len.checked_sub(20).map(|len| (6, &b"abcdef"[..len], 1000));
            assert_eq!(summary(parse_v4(&packet[..len], 0)), expected);
        }
        for len in 0..packet6.len() {
            let expected = len.checked_sub(40).map(|len| (6, &b"abcdef"[..len], 1000));
            assert_eq!(summary(parse_v6(&packet6[..len], 0)), expected);
        }
    }

    #[test]
    fn a_length_of_zero_is_the_rest_of_the_frame() {
        assert_eq!(summary(parse_v4(&v4(0, 6, 0, b"abc"), 7)), Some((6, &b"abc"[..], 10)));
        assert_eq!(summary(parse_v6(&v6(0, 6, b"abc"), 7)), Some((6, &b"abc"[..], 10)));
    }

    #[test]
    fn a_jumbogram_has_its_length_in_its_option() {
        let packet = v6(0, 0, &[6, 0, 0xC2, 4, 0, 1, 0, 8, b'a', b'b', b'c']);
        assert_eq!(summary(parse_v6(&packet, 7)), Some((6, &b"abc"[..], 0x10000)));
        let short = v6(0, 0, &[6, 0, 0xC2, 4, 0, 0, 0, 10, b'a', b'b', b'c']);
        assert_eq!(summary(parse_v6(&short, 0)), Some((6, &b"ab"[..], 2)));
        for len in 0..48 {
            assert_eq!(summary(parse_v6(&packet[..len], 7)), None);
        }
    }

    #[test]
    fn headers_that_contradict_themselves_are_refused() {
        assert_eq!(parse_v4(&v4(19, 6, 0, b"abc"), 0), None);
        let mut packet = v4(23, 6, 0, b"abc");
        packet[0] = 0x44;
        assert_eq!(parse_v4(&packet, 0), None);
        packet[0] = 0x65;
        assert_eq!(parse_v4(&packet, 0), None);
        assert_eq!(parse_v6(&v4(23, 6, 0, &[0; 40]), 0), None);
    }

    #[test]
    fn options_of_ipv4_are_passed_over() {
        let mut packet = v4(27, 6, 0, &[1, 1, 1, 1, b'a', b'b', b'c']);
        packet[0] = 0x46;
        assert_eq!(summary(parse_v4(&packet, 0)), Some((6, &b"abc"[..], 3)));
    }

    #[test]
    fn every_extension_header_is_passed_over() {
        let extensions = [
            &[43, 0, 0, 0, 0, 0, 0, 0][..],                     // Hop-by-hop.
            &[60, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0], // Routing.
            &[51, 0, 0, 0, 0, 0, 0, 0],                         // Destination.
            &[44, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0], // Authentication.
            &[135, 0, 0, 0, 0, 0, 0, 9],                        // A fragment that is all.
            &[6, 0, 0, 0, 0, 0, 0, 0],                          // Mobility.
            b"abc",
        ]
        .concat();
        let packet = v6(extensions.len() as u16, 0, &extensions);
        assert_eq!(summary(parse_v6(&packet, 0)), Some((6, &b"abc"[..], 3)));
        for len in 0..packet.len() - 3 {
            assert_eq!(parse_v6(&packet[..len], 0), None);
        }
        let too_short = v6(20, 0, &extensions);
        assert_eq!(parse_v6(&too_short, 0), None);
    }

    #[test]
    fn fragments_say_their_place() {
        let packet = v4(28, 6, 0x2000 | 5, &[9; 8]);
        let place = FragmentPlace { id: 0xABCD, offset: 40, more: true };
        assert_eq!(parse_v4(&packet, 0).unwrap().fragment, Some(place));
        let packet = v4(28, 6, 0x4000, &[9; 8]);
        assert_eq!(parse_v4(&packet, 0).unwrap().fragment, None);

        let packet = v6(16, 44, &[6, 0, 0, 41, 0, 0, 0xAB, 0xCD, 1, 2, 3, 4, 5, 6, 7, 8]);
        let datagram = parse_v6(&packet, 0).unwrap();
        assert_eq!(datagram.fragment, Some(place));
        assert_eq!((datagram.protocol, datagram.payload_len), (6, 8));
    }
}
