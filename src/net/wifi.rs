//! Wi-Fi frames (IEEE 802.11) and the headers that capturing machines put before them.

use super::encapsulation::Encapsulation;
use super::layer::{Around, Layer};
use super::part::Part;
use super::{Decoded, ethernet};

/// What of the first byte tells a frame that holds data: version 0, type 2, and of the subtype the
/// bit that would say that there is none.
const KIND: u8 = 0x4F;
const DATA: u8 = 0x08;

/// The subtype bit of frames with a QoS field.
const QOS: u8 = 0x80;

/// Flags of the second byte.
mod flag {
    pub(super) const TO_AND_FROM_DS: u8 = 0x03;
    pub(super) const PROTECTED: u8 = 0x40;
    pub(super) const ORDER: u8 = 0x80;
}

/// Bytes of a header with three addresses, of a fourth one, and of the fields that may follow.
const HEADER_LEN: usize = 24;
const ADDRESS_LEN: usize = 6;
const QOS_LEN: usize = 2;
const HT_CONTROL_LEN: usize = 4;

/// The bit of the QoS field that says that several packets follow.
const AGGREGATE: u8 = 0x80;

/// What a frame's capturing machine says of it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Received {
    /// The frame's checksum was captured at its end.
    pub(super) has_checksum: bool,
    /// The checksum is wrong, so nothing in the frame can be trusted.
    pub(super) is_damaged: bool,
    /// The header is followed by as many bytes as make its length a multiple of four.
    pub(super) is_padded: bool,
}

/// Bytes of a frame's checksum.
const CHECKSUM_LEN: usize = 4;

/// Reads a frame of which the capturing machine says what is in `received`. Of a frame with several
/// packets `subframe` says which is wanted.
pub(super) fn frame<'a>(
    part: Part<'a>,
    received: Received,
    subframe: usize,
    around: &mut Around,
) -> Option<Layer<'a>> {
    if received.is_damaged {
        return None;
    }
    let part = if received.has_checksum { part.without_last(CHECKSUM_LEN) } else { part };
    let (&[kind, flags], _) = part.split()?;
    if kind & KIND != DATA {
        return Some(Layer::OTHER);
    }
    around.pass(Encapsulation::Wifi);
    if flags & flag::PROTECTED != 0 {
        return Some(Layer::End(Decoded::Encrypted));
    }
    let mut header_len = HEADER_LEN;
    if flags & flag::TO_AND_FROM_DS == flag::TO_AND_FROM_DS {
        header_len += ADDRESS_LEN;
    }
    let mut is_aggregate = false;
    if kind & QOS != 0 {
        is_aggregate = part.captured.get(header_len)? & AGGREGATE != 0;
        header_len += QOS_LEN;
        if flags & flag::ORDER != 0 {
            header_len += HT_CONTROL_LEN;
        }
    }
    if received.is_padded {
        header_len = header_len.next_multiple_of(4);
    }
    // A fragment's number, in the last bits of the sequence control. The first fragment is read as
    // one that was cut, for the IP header in it tells the length.
    if part.captured.get(22)? & 0x0F != 0 {
        return None;
    }
    let body = part.skip(header_len)?;
    if is_aggregate { aggregate(body, subframe, around) } else { ethernet::llc(body) }
}

/// Reads one of the packets of an A-MSDU: two addresses, a length, the packet, and padding to four
/// bytes.
fn aggregate<'a>(part: Part<'a>, subframe: usize, around: &mut Around) -> Option<Layer<'a>> {
    let mut rest = part;
    for _ in 0..subframe {
        rest = after_subframe(rest)?;
    }
    // Of a frame that IP carries only the first is read: to walk the packet again would put
    // fragments of that IP together twice.
    around.has_further =
        !around.is_in_ip && after_subframe(rest).is_some_and(|next| next.captured.len() > 14);
    let (&[_, _, _, _, _, _, _, _, _, _, _, _, l0, l1], packet) = rest.split()?;
    ethernet::llc(packet.limit(usize::from(u16::from_be_bytes([l0, l1]))))
}

fn after_subframe(part: Part<'_>) -> Option<Part<'_>> {
    let (&[_, _, _, _, _, _, _, _, _, _, _, _, l0, l1], _) = part.split()?;
    part.skip((14 + usize::from(u16::from_be_bytes([l0, l1]))).next_multiple_of(4))
}

/// Reads a radiotap header: its length, which fields are there, and of those the flags.
///
/// <https://www.radiotap.org/>
pub(super) fn radiotap(part: Part<'_>) -> Option<(Received, Part<'_>)> {
    const MORE_FIELDS: u32 = 1 << 31;
    const TSFT: u32 = 1 << 0;
    const FLAGS: u32 = 1 << 1;
    let (&[0, _, l0, l1], _) = part.split()? else { return None };
    let header_len = usize::from(u16::from_le_bytes([l0, l1]));
    let header = part.captured.get(..header_len)?;
    let mut words = header.get(4..)?.as_chunks().0.iter().map(|word| u32::from_le_bytes(*word));
    let fields = words.next()?;
    let mut place = 8;
    if fields & MORE_FIELDS != 0 {
        // The last word of the list is the first without the flag.
        place += 4 * (words.position(|word| word & MORE_FIELDS == 0)? + 1);
    }
    if fields & TSFT != 0 {
        place = place.next_multiple_of(8) + 8;
    }
    let flags = if fields & FLAGS == 0 { 0 } else { *header.get(place)? };
    let received = Received {
        has_checksum: flags & 0x10 != 0,
        is_padded: flags & 0x20 != 0,
        is_damaged: flags & 0x40 != 0,
    };
    Some((received, part.skip(header_len)?))
}

/// Moves past a Prism header, or the AVS header that some drivers write in its place. Prism has its
/// length in the capturing machine's byte order, AVS the most significant byte first.
pub(super) fn prism_or_avs(part: Part<'_>) -> Option<Part<'_>> {
    /// Bytes that no such header is longer than.
    const LEN_MAX: u32 = 0xFFFF;
    let (&[m0, m1, m2, _, l0, l1, l2, l3], _) = part.split()?;
    let little_endian = u32::from_le_bytes([l0, l1, l2, l3]);
    let is_avs = [m0, m1, m2] == [0x80, 0x21, 0x10];
    let len = if is_avs || little_endian > LEN_MAX {
        u32::from_be_bytes([l0, l1, l2, l3])
    } else {
        little_endian
    };
    part.skip(usize::try_from(len).ok()?)
}

#[cfg(test)]
mod tests {
    use super::{Around, Decoded, Layer, Part, Received, frame, prism_or_avs, radiotap};
    use crate::net::ether_type;

    const LLC: [u8; 8] = [0xAA, 0xAA, 3, 0, 0, 0, 8, 0];

    fn part(captured: &[u8]) -> Part<'_> {
        Part { captured, missing: 0 }
    }

    fn read<'a>(bytes: &'a [u8], received: Received) -> Option<Layer<'a>> {
        frame(part(bytes), received, 0, &mut Around::default())
    }

    /// A header of `len` bytes with these first two.
    fn header(kind: u8, flags: u8, len: usize) -> Vec<u8> {
        let mut header = vec![0; len];
        header[0] = kind;
        header[1] = flags;
        header
    }

    #[test]
    fn every_length_of_the_header_at_every_truncation() {
        let none = Received::default();
        let padded = Received { is_padded: true, ..none };
        let cases = [
            (0x08, 0x01, 24, none),
            (0x08, 0x03, 30, none),
            (0x08, 0x03, 32, padded),
            (0x88, 0x02, 26, none),
            (0x88, 0x02, 28, padded),
            (0x88, 0x82, 30, none),
            (0x88, 0x83, 36, none),
        ];
        for (kind, flags, len, received) in cases {
            let bytes = [&header(kind, flags, len)[..], &LLC, b"x"].concat();
            let expected = Layer::Protocol(ether_type::IPV4, part(b"x"));
            assert_eq!(read(&bytes, received), Some(expected), "{kind} {flags}");
            for len in 0..bytes.len() - 1 {
                let cut = read(&bytes[..len], received);
                assert!(matches!(cut, None | Some(Layer::OTHER)), "{kind} {flags} {len}");
            }
        }
    }

    #[test]
    fn what_holds_no_data_or_hides_it_is_told() {
        let read = |bytes: &[u8]| match read(bytes, Received::default()) {
            Some(Layer::End(decoded)) => Some(decoded == Decoded::Encrypted),
            None => None,
            other => panic!("{other:?}"),
        };
        assert_eq!(read(&header(0x80, 0, 40)), Some(false), "a beacon");
        assert_eq!(read(&header(0x48, 0, 40)), Some(false), "without data");
        assert_eq!(read(&header(0xC8, 0, 40)), Some(false), "without data, with QoS");
        assert_eq!(read(&header(0x88, 0x41, 40)), Some(true));
        let mut fragment = [&header(0x08, 0, 24)[..], &LLC].concat();
        fragment[22] = 0x31;
        assert_eq!(read(&fragment), None);
    }

    #[test]
    fn the_checksum_is_no_part_of_the_packet_and_a_wrong_one_spoils_it() {
        let bytes = [&header(0x08, 0, 24)[..], &LLC, b"xFCS."].concat();
        let received = Received { has_checksum: true, ..Received::default() };
        let expected = Layer::Protocol(ether_type::IPV4, part(b"x"));
        assert_eq!(read(&bytes, received), Some(expected));
        let damaged = Received { is_damaged: true, ..received };
        assert_eq!(read(&bytes, damaged), None);
    }

    #[test]
    fn the_packets_of_an_aggregate_come_one_by_one() {
        let subframe =
            |text: &[u8]| [&[7; 12][..], &[0, 8 + text.len() as u8], &LLC, text].concat();
        let mut bytes = header(0x88, 0, 26);
        bytes[24] = 0x80;
        let first = subframe(b"abc");
        bytes.extend(&first);
        bytes.resize(26 + first.len().next_multiple_of(4), 0);
        bytes.extend(subframe(b"d"));
        let read = |bytes, subframe| {
            let mut around = Around::default();
            let layer = frame(part(bytes), Received::default(), subframe, &mut around);
            (layer, around.has_further)
        };
        let expected = |text| Some(Layer::Protocol(ether_type::IPV4, part(text)));
        assert_eq!(read(&bytes, 0), (expected(b"abc"), true));
        assert_eq!(read(&bytes, 1), (expected(b"d"), false));
        assert_eq!(read(&bytes, 2).0, None);
        for len in 0..bytes.len() {
            read(&bytes[..len], 0);
            read(&bytes[..len], 1);
        }
    }

    #[test]
    fn radiotap_flags_are_found_behind_any_list_of_fields() {
        let flags = |header: &[u8]| radiotap(part(header)).map(|(received, _)| received);
        let plain = [0, 0, 9, 0, 2, 0, 0, 0, 0x10];
        let checksum = Received { has_checksum: true, ..Received::default() };
        assert_eq!(flags(&plain), Some(checksum));
        let long =
            [&[0, 0, 25, 0, 3, 0, 0, 0x80, 0, 0, 0, 0x80, 0, 0, 0, 0][..], &[9; 8], &[0x60, b'x']]
                .concat();
        let (received, rest) = radiotap(part(&long)).unwrap();
        let expected = Received { has_checksum: false, is_damaged: true, is_padded: true };
        assert_eq!((received, rest), (expected, part(b"x")));
        for len in 0..long.len() - 1 {
            assert_eq!(flags(&long[..len]), None);
        }
        let none = [0, 0, 8, 0, 0, 0, 0, 0];
        assert_eq!(flags(&none), Some(Received::default()));
        assert_eq!(flags(&[0, 0, 8, 0, 2, 0, 0, 0]), None, "no room for the flags");
        assert_eq!(flags(&[1, 0, 8, 0, 0, 0, 0, 0]), None, "another version");
    }

    #[test]
    fn prism_and_avs_headers_have_their_length() {
        let prism = [&[0x44, 0, 0, 0, 144, 0, 0, 0][..], &[0; 136], b"x"].concat();
        assert_eq!(prism_or_avs(part(&prism)), Some(part(b"x")));
        let swapped = [&[0, 0, 0, 0x44, 0, 0, 0, 144][..], &[0; 136], b"x"].concat();
        assert_eq!(prism_or_avs(part(&swapped)), Some(part(b"x")));
        let avs = [&[0x80, 0x21, 0x10, 1, 0, 0, 0, 64][..], &[0; 56], b"x"].concat();
        assert_eq!(prism_or_avs(part(&avs)), Some(part(b"x")));
        for len in 0..64 {
            assert_eq!(prism_or_avs(part(&avs[..len])), None);
        }
    }
}
