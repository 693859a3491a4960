//! Records of a pcap file.
//!
//! The format and its variants: <https://www.ietf.org/archive/id/draft-ietf-opsawg-pcap-04.html>,
//! and for those that are older than any description, libpcap's `sf-pcap.c`.
//!
//! The file header is read by pcap-parser. Records are read here: pcap-parser cannot tell a damaged
//! length from an incomplete record, takes the modified variant in one byte order only, and does
//! not know the old versions in which the two lengths of a record stand the other way round.

mod search;

use super::CaptureFacts;
use super::container::{ByteOrder, Item, Record, longest_packet};
use super::damage::Damage;
use super::details::InterfaceFacts;
use super::link_type::LinkType;
use super::problem::ProblemCode;
use crate::limits::Limits;
use crate::time::Timestamp;

/// Bytes of the file header.
pub(super) const HEADER_LEN: usize = 24;

/// Bytes before the data of a record.
const RECORD_HEADER_LEN: usize = 16;

/// The lengths that the headers of records may have under the ordinary magic number, the ordinary
/// one first: Nokia's firewalls add four bytes, and one patched version of libpcap writes the
/// headers of the modified variant without its magic number.
const RECORD_HEADER_LENS: [usize; 3] = [RECORD_HEADER_LEN, 20, MODIFIED_RECORD_HEADER_LEN];

/// Bytes before the data of a record in the modified variant: interface, protocol and packet type
/// follow the ordinary fields.
const MODIFIED_RECORD_HEADER_LEN: usize = 24;

/// The lengths that the headers of records may have under the modified variant's magic number: its
/// first version has four bytes more.
const MODIFIED_RECORD_HEADER_LENS: [usize; 2] = [MODIFIED_RECORD_HEADER_LEN, 28];

/// What a file starts with, its number read least significant byte first.
mod magic {
    pub(super) const MICROSECONDS: u32 = 0xA1B2_C3D4;
    pub(super) const MICROSECONDS_BIG_ENDIAN: u32 = MICROSECONDS.swap_bytes();
    pub(super) const NANOSECONDS: u32 = 0xA1B2_3C4D;
    pub(super) const NANOSECONDS_BIG_ENDIAN: u32 = NANOSECONDS.swap_bytes();
    pub(super) const MODIFIED: u32 = 0xA1B2_CD34;
    pub(super) const MODIFIED_BIG_ENDIAN: u32 = MODIFIED.swap_bytes();
}

/// In which order the two lengths of a record stand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum LengthOrder {
    /// First the bytes captured, then those on the wire.
    CapturedFirst,
    /// The other way round.
    OriginalFirst,
    /// Writers differed: the smaller is that of the bytes captured.
    Unsure,
}

/// Reads the records of a file.
#[derive(Debug)]
pub(super) struct Reader {
    byte_order: ByteOrder,
    /// Nanoseconds of a unit of a record's second time field.
    nanoseconds: i64,
    record_header_len: usize,
    /// The lengths that the headers of records may have; none once one was found to fit.
    record_header_lens: &'static [usize],
    length_order: LengthOrder,
    link_type: LinkType,
    /// The place of the file's one interface among those that are listed.
    interface: u32,
    longest_packet: usize,
    /// What could not be read, while what follows is searched for.
    damage: Option<Damage>,
    /// No bytes come after those that are there.
    is_at_end: bool,
    /// A record of nothing but zeros was reported.
    has_zeros: bool,
}

/// The fields that every record has.
#[derive(Clone, Copy, Debug)]
struct Fields {
    seconds: u32,
    /// In units of the file's resolution.
    fraction: u32,
    captured_len: u32,
    original_len: u32,
}

impl Reader {
    /// Whether a file that begins with `start` is a pcap file; the first four bytes tell.
    pub(super) fn recognizes(start: &[u8]) -> bool {
        start.first_chunk().is_some_and(|bytes| {
            matches!(
                u32::from_le_bytes(*bytes),
                magic::MICROSECONDS
                    | magic::MICROSECONDS_BIG_ENDIAN
                    | magic::NANOSECONDS
                    | magic::NANOSECONDS_BIG_ENDIAN
                    | magic::MODIFIED
                    | magic::MODIFIED_BIG_ENDIAN
            )
        })
    }

    /// The reader for a file with `header`; `None` where it is no pcap file's.
    pub(super) fn new(
        header: &[u8; HEADER_LEN],
        limits: &Limits,
        facts: &mut CaptureFacts,
    ) -> Option<Reader> {
        let magic = u32::from_le_bytes(*header.first_chunk()?);
        let mut known = *header;
        if magic == magic::MODIFIED_BIG_ENDIAN {
            // All that follows is as in the ordinary variant, which pcap-parser takes.
            *known.first_chunk_mut()? = magic::MICROSECONDS.to_be_bytes();
        }
        let (_, fields) = pcap_parser::parse_pcap_header(&known).ok()?;
        let is_modified = matches!(magic, magic::MODIFIED | magic::MODIFIED_BIG_ENDIAN);
        // The upper bits tell the length of the frame check sequence.
        let network = fields.network.0.cast_unsigned() & 0x03FF_FFFF;
        let version = (fields.version_major, fields.version_minor);
        let aix = aix_link_type(version, network);
        let link_type = aix.unwrap_or(LinkType(network));
        let snap_len = fields.snaplen;
        let listed = InterfaceFacts { link_type, snap_len, ..InterfaceFacts::default() };
        let is_fine = fields.is_nanosecond_precision() || aix.is_some();
        let record_header_lens: &[usize] = match is_modified {
            true => &MODIFIED_RECORD_HEADER_LENS,
            false if fields.is_nanosecond_precision() => &[],
            false => &RECORD_HEADER_LENS,
        };
        Some(Reader {
            byte_order: if fields.is_bigendian() { ByteOrder::Big } else { ByteOrder::Little },
            nanoseconds: if is_fine { 1 } else { 1_000 },
            record_header_len: record_header_lens.first().copied().unwrap_or(RECORD_HEADER_LEN),
            record_header_lens,
            length_order: match version {
                (2, 0..=2) | (543, _) => LengthOrder::OriginalFirst,
                (2, 3) => LengthOrder::Unsure,
                _ => LengthOrder::CapturedFirst,
            },
            link_type,
            interface: facts.details.add_interface(listed),
            longest_packet: longest_packet(link_type, limits.record_bytes),
            damage: None,
            is_at_end: false,
            has_zeros: false,
        })
    }

    /// Says that no bytes come after those that are there.
    pub(super) fn expect_no_more(&mut self) {
        self.is_at_end = true;
    }

    /// Says what `bytes`, which start `offset` bytes into the file, begin with.
    #[inline]
    pub(super) fn next<'a>(
        &mut self,
        bytes: &'a [u8],
        offset: u64,
        facts: &mut CaptureFacts,
    ) -> Item<'a> {
        if self.is_searching() {
            return self.search(bytes, offset, facts);
        }
        if !self.record_header_lens.is_empty()
            && let Err(needed) = self.settle(bytes)
        {
            return Item::More(needed);
        }
        let Some(header) = bytes.first_chunk() else {
            return Item::More(self.record_header_len);
        };
        let fields = self.fields(header);
        let captured_len = fields.captured_len as usize;
        if captured_len > self.longest_packet {
            return self.refuse(captured_len, offset, facts);
        }
        let len = self.record_header_len.saturating_add(captured_len);
        let Some(data) = bytes.get(self.record_header_len..len) else {
            return Item::More(len);
        };
        if data.is_empty() && *header == [0; RECORD_HEADER_LEN] {
            return self.zeros(offset, facts);
        }
        Item::Packet(Record {
            len,
            data_at: self.record_header_len,
            timestamp: Some(self.time(&fields)),
            link_type: self.link_type,
            interface: self.interface,
            original_len: fields.original_len,
            data,
        })
    }

    /// The fields of a record.
    #[inline]
    fn fields(&self, header: &[u8; RECORD_HEADER_LEN]) -> Fields {
        let &[s0, s1, s2, s3, f0, f1, f2, f3, c0, c1, c2, c3, o0, o1, o2, o3] = header;
        let order = self.byte_order;
        let first_len = order.u32([c0, c1, c2, c3]);
        let second_len = order.u32([o0, o1, o2, o3]);
        let (captured_len, original_len) = match self.length_order {
            LengthOrder::CapturedFirst => (first_len, second_len),
            LengthOrder::OriginalFirst => (second_len, first_len),
            LengthOrder::Unsure => (first_len.min(second_len), first_len.max(second_len)),
        };
        Fields {
            seconds: order.u32([s0, s1, s2, s3]),
            fraction: order.u32([f0, f1, f2, f3]),
            captured_len,
            original_len,
        }
    }

    /// The time of a record.
    #[inline]
    fn time(&self, fields: &Fields) -> Timestamp {
        let nanoseconds = i64::from(fields.fraction).saturating_mul(self.nanoseconds);
        Timestamp::from_parts(i64::from(fields.seconds), nanoseconds)
    }

    /// Reports a record whose length is damaged, and searches for the next.
    #[cold]
    fn refuse<'a>(&mut self, captured_len: usize, offset: u64, facts: &CaptureFacts) -> Item<'a> {
        let what = format!(
            "Packet {} claims to hold {captured_len} bytes, more than the {} that a packet of this \
             kind can have.",
            facts.next_number(),
            self.longest_packet
        );
        let packet = facts.next_number();
        self.start_search(Damage { at: offset, packet, code: ProblemCode::RecordTooLong, what })
    }

    /// Passes over a record of nothing but zeros: of a file of which a part was set aside and never
    /// written. It counts, as in Wireshark, but shows no packet and no time.
    #[cold]
    fn zeros<'a>(&mut self, offset: u64, facts: &mut CaptureFacts) -> Item<'a> {
        if !std::mem::replace(&mut self.has_zeros, true) {
            let number = facts.next_number();
            facts.report(ProblemCode::Zeros, offset, || {
                format!(
                    "Record {number} has nothing but zeros for a header, as where a part of a file \
                     was set aside and never written. Such records are left out; they keep their \
                     numbers. Copy the capture again."
                )
            });
        }
        facts.other_records = facts.other_records.saturating_add(1);
        Item::Skip(self.record_header_len as u64)
    }
}

/// The link type of a file that AIX wrote: it tells the version, and the interface by its ifType
/// number (RFC 1573) instead of a LINKTYPE. Its times are in nanoseconds.
fn aix_link_type(version: (u16, u16), network: u32) -> Option<LinkType> {
    Some(match (version, network) {
        ((2, 2), 6) => LinkType::ETHERNET,
        ((2, 2), 9) => LinkType::IEEE802_5,
        ((2, 2), 15) => LinkType::FDDI,
        ((2, 2), 24) => LinkType::NULL,
        _ => return None,
    })
}

/// Whether two times are no more than a day apart, as those of neighbouring packets are.
fn is_in_day(one: Timestamp, other: Timestamp) -> bool {
    const DAY: i64 = 86_400 * Timestamp::NANOSECONDS_PER_SECOND;
    one.since(other) <= DAY && other.since(one) <= DAY
}

#[cfg(test)]
mod tests {
    use super::super::container::ByteOrder;
    use super::super::handmade::{pcap, pcap_header, read, read_every_way, record};
    use super::super::{Format, LinkType};
    use crate::time::Timestamp;

    #[test]
    fn every_variant_is_read() {
        for order in [ByteOrder::Little, ByteOrder::Big] {
            for (magic, extra, nanoseconds) in
                [(0xA1B2_C3D4, 0, 7_000), (0xA1B2_3C4D, 0, 7), (0xA1B2_CD34, 8, 7_000)]
            {
                let mut file = pcap_header(order, magic, (2, 4), 113);
                file.extend(record(order, (9, 7), (3, 60), extra, b"abc"));
                file.extend(record(order, (u32::MAX, 0), (0, 0), extra, b""));
                let run = read_every_way(&file);
                let first = &run.packets[0];
                assert_eq!(first.timestamp, Timestamp(9_000_000_000 + nanoseconds));
                assert_eq!(first.link_type, LinkType::LINUX_SLL);
                assert_eq!((first.original_len, first.data.as_slice()), (60, &b"abc"[..]));
                assert_eq!(
                    run.packets[1].timestamp,
                    Timestamp(i64::from(u32::MAX) * 1_000_000_000)
                );
                let facts = &run.facts[0];
                assert_eq!(facts.format, Some(Format::Pcap));
                assert_eq!((facts.packets, facts.truncated_packets), (2, 1));
                assert_eq!(facts.link_types, [LinkType::LINUX_SLL]);
                assert_eq!(facts.first_time, Some(first.timestamp));
                assert_eq!(facts.last_time, Some(run.packets[1].timestamp));
                assert_eq!(facts.size_bytes, file.len() as u64);
                assert_eq!(run.problems(), [""; 0]);
            }
        }
    }

    #[test]
    fn lengths_of_old_versions_stand_the_other_way_round() {
        let order = ByteOrder::Little;
        for version in [(2, 2), (2, 3), (543, 0)] {
            let mut file = pcap_header(order, 0xA1B2_C3D4, version, 1);
            file.extend(record(order, (1, 0), (90, 3), 0, b"abc"));
            let run = read(&file);
            assert_eq!((run.packets[0].original_len, run.packets[0].data.len()), (90, 3));
        }
    }

    #[test]
    fn the_frame_check_sequence_bits_are_no_link_type() {
        let file = pcap_header(ByteOrder::Big, 0xA1B2_C3D4, (2, 4), 0x2400_0001);
        let file = [file, record(ByteOrder::Big, (1, 0), (1, 1), 0, b"a")].concat();
        assert_eq!(read(&file).packets[0].link_type, LinkType::ETHERNET);
    }

    #[test]
    fn every_truncation_keeps_the_packets_before_it() {
        let file = pcap(&[1, 2, 3, 4]);
        let ends: Vec<usize> = [24, 40, 57, 75, 94].to_vec();
        assert_eq!(ends.last(), Some(&file.len()));
        for len in 4..file.len() {
            let run = read_every_way(&file[..len]);
            let whole = ends.iter().filter(|end| **end <= len).count().saturating_sub(1);
            assert_eq!(run.packets.len(), whole, "{len}");
            assert_eq!(run.facts[0].format, Some(Format::Pcap));
            match ends.contains(&len) {
                true => assert_eq!(run.problems(), [""; 0]),
                false => assert_eq!(run.problems(), ["file-cut"]),
            }
        }
        assert_eq!(read(&file[..24]).facts[0].packets, 0);
        assert_eq!(read(&file[..24]).not_captures, [None]);
    }

    #[test]
    fn a_length_that_no_packet_has_ends_the_reading() {
        let mut file = pcap(&[1, 2]);
        file.extend(record(ByteOrder::Little, (3, 0), (262_145, 262_145), 0, &[0; 500]));
        let run = read_every_way(&file);
        assert_eq!(run.numbers(), [1, 2]);
        let problem = &run.facts[0].problems[0];
        assert_eq!((problem.offset, problem.packet), (Some(57), Some(3)));
        assert!(problem.to_string().starts_with("Packet 3 claims to hold 262145 bytes"));
        assert_eq!(run.facts[0].size_bytes, file.len() as u64);
    }
}
