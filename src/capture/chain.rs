//! Records or blocks that follow one another: what a search after damage goes by.
//!
//! A packet may carry the bytes of another capture file, whose records look like those of the file
//! itself. They end with the packet. So what is found is taken where it goes on beyond what any
//! packet holds, or to the end of the file, or where nothing else goes on beyond its end.

/// What bytes start with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Look<M> {
    /// Nothing that could be an item.
    No,
    /// What can be an item of so many bytes, which need not all be there.
    Item(usize, M),
    /// At least so many bytes are needed to tell.
    More(usize),
}

/// A format whose items, its records or blocks, are looked for.
pub(super) trait Links {
    /// What of an item tells whether it follows another.
    type Mark: Copy;

    /// What `bytes` start with.
    fn look(&self, bytes: &[u8]) -> Look<Self::Mark>;

    /// Whether an item can be the first after damage.
    fn begins(&self, mark: Self::Mark) -> bool;

    /// Whether an item can follow another.
    fn follows(&self, before: Self::Mark, mark: Self::Mark) -> bool;

    /// The most bytes that an item of which only the start is there may have of `bytes`: what
    /// follows a packet starts among them, where the items in it end with the packet.
    fn overhang(&self, bytes: &[u8]) -> usize;

    /// Whether an item is no older than those before the damage.
    fn is_current(&self, mark: Self::Mark) -> bool;
}

/// More bytes than an IP packet has: items that fit one another for longer are not inside of one.
const BEYOND_PACKETS: usize = 80 << 10;

/// Items in a row that have to fit before they are taken for such.
const ROW: usize = 3;

/// Rows that are weighed against one another at most.
const RIVALS: usize = 8;

/// Bytes that are asked for beyond those that are needed, so that they are not asked for item by
/// item.
const STEP: usize = 8 << 10;

/// Items in a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Row {
    /// Items of which all is there.
    n_whole: usize,
    /// Where it breaks off; `None` where it goes on to the end of the file, or beyond any packet.
    end: Option<usize>,
    /// The file ends inside of its last item.
    is_cut: bool,
    /// Where its first item is that is no older than those before the damage.
    current: Option<usize>,
}

/// Bytes in which items are looked for.
#[derive(Debug)]
pub(super) struct Stretch<'a, L> {
    /// The format.
    pub(super) links: L,
    /// The bytes.
    pub(super) bytes: &'a [u8],
    /// No bytes come after those that are there.
    pub(super) is_at_end: bool,
}

impl<L: Links> Stretch<'_, L> {
    /// Where items go on, if they do `at` or shortly after; or how many bytes are needed to tell.
    pub(super) fn go_on(&self, at: usize) -> Result<Option<usize>, usize> {
        let Some(mut row) = self.row(at)? else { return Ok(None) };
        let mut found = at;
        for _ in 0..RIVALS {
            let Some(end) = row.end else { break };
            let Some((place, rival)) = self.rival(found, end)? else { break };
            found = place;
            row = rival;
        }
        // A capture that is inside of a packet is older than the packet, and where it ends with it
        // the file's own items follow.
        Ok(Some(row.current.unwrap_or(found)))
    }

    /// The row that starts `at`, where it is one.
    fn row(&self, at: usize) -> Result<Option<Row>, usize> {
        match self.look(at)? {
            Some((_, mark)) if self.links.begins(mark) => {}
            _ => return Ok(None),
        }
        let row = self.follow(at)?;
        let is_last = row.is_cut || row.end.is_none();
        Ok((row.n_whole >= ROW || is_last && row.n_whole > 0).then_some(row))
    }

    /// The length and the mark of the item `at`. The last of a file may be cut.
    fn look(&self, at: usize) -> Result<Option<(usize, L::Mark)>, usize> {
        match self.links.look(self.bytes.get(at..).unwrap_or(&[])) {
            Look::Item(len, mark) => Ok(Some((len.max(1), mark))),
            Look::More(needed) if !self.is_at_end => {
                Err(at.saturating_add(needed).saturating_add(STEP))
            }
            Look::No | Look::More(_) => Ok(None),
        }
    }

    /// Follows the items from the one `at` on.
    fn follow(&self, at: usize) -> Result<Row, usize> {
        let mut row = Row { n_whole: 0, end: None, is_cut: false, current: None };
        let mut place = at;
        let mut before = None;
        while !self.is_end(place) {
            if row.n_whole >= ROW && place.saturating_sub(at) > BEYOND_PACKETS {
                return Ok(row);
            }
            let next = self.look(place)?;
            let follows = |mark| before.is_none_or(|it| self.links.follows(it, mark));
            let Some((len, mark)) = next.filter(|(_, mark)| follows(*mark)) else {
                // Too little is there of what the file ends with to tell.
                row.is_cut = next.is_none() && self.is_cut(place);
                row.end = Some(place);
                return Ok(row);
            };
            let next = place.saturating_add(len);
            if next > self.bytes.len() {
                if !self.is_at_end {
                    return Err(next.saturating_add(STEP));
                }
                row.is_cut = true;
                row.end = Some(place);
                return Ok(row);
            }
            if row.current.is_none() && self.links.is_current(mark) {
                row.current = Some(place);
            }
            row.n_whole = row.n_whole.saturating_add(1);
            before = Some(mark);
            place = next;
        }
        Ok(row)
    }

    /// Whether the file ends `at`.
    fn is_end(&self, at: usize) -> bool {
        self.is_at_end && at == self.bytes.len()
    }

    /// Whether the file ends before it can be told what stands `at`.
    fn is_cut(&self, at: usize) -> bool {
        let rest = self.bytes.get(at..).unwrap_or(&[]);
        self.is_at_end && matches!(self.links.look(rest), Look::More(_))
    }

    /// The first row after `start` that goes on beyond `end`, where another one breaks off or is cut.
    fn rival(&self, start: usize, end: usize) -> Result<Option<(usize, Row)>, usize> {
        // The places from which items reach beyond, the last first: every one is looked at once.
        let mut reaching: Vec<usize> = Vec::new();
        let last = end.saturating_add(self.links.overhang(self.bytes.get(end..).unwrap_or(&[])));
        for at in (start.saturating_add(1)..last).rev() {
            let Some((len, mark)) = self.look(at)? else { continue };
            let next = at.saturating_add(len);
            let reaches = self.is_end(next)
                || (next > end || reaching.binary_search_by(|it| next.cmp(it)).is_ok())
                    && self.look(next)?.is_some_and(|(_, it)| self.links.follows(mark, it));
            if reaches {
                reaching.push(at);
            }
        }
        for place in reaching.into_iter().rev().take(RIVALS) {
            if let Some(row) = self.row(place)? {
                return Ok(Some((place, row)));
            }
        }
        Ok(None)
    }
}

#[cfg(test)]
mod tests {
    use super::super::container::ByteOrder;
    use super::super::handmade::{
        Run, interface, packet, pcap_header, read, read_in_pieces, record, section,
    };
    use crate::limits::Limits;

    const LE: ByteOrder = ByteOrder::Little;

    /// A format in which a capture is written.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    enum Writer {
        Pcap,
        Pcapng,
    }

    impl Writer {
        const ALL: [Writer; 2] = [Writer::Pcap, Writer::Pcapng];

        /// A capture of packets that start `second` seconds into it, one each second, and where
        /// each of its records or blocks starts.
        fn write(self, second: u32, packets: &[Vec<u8>]) -> (Vec<u8>, Vec<usize>) {
            let mut file = match self {
                Writer::Pcap => pcap_header(LE, 0xA1B2_C3D4, (2, 4), 1),
                Writer::Pcapng => [section(LE, (1, 0)), interface(LE, 1, 0, &[])].concat(),
            };
            let mut places = Vec::new();
            for (second, data) in (second..).zip(packets) {
                places.push(file.len());
                let len = data.len() as u32;
                file.extend(match self {
                    Writer::Pcap => record(LE, (second, 0), (len, len), 0, data),
                    Writer::Pcapng => packet(LE, 0, u64::from(second) * 1_000_000, data),
                });
            }
            (file, places)
        }

        /// Makes the length of the record or block at `place` one that none has.
        fn spoil(self, file: &mut [u8], place: usize) {
            let at = place + if self == Writer::Pcap { 8 } else { 4 };
            file[at..at + 4].fill(0xFF);
        }
    }

    /// Seconds at which the captures begin that others carry.
    const SECONDS: [u32; 3] = [10_000, 49_990, 60_000];

    /// A capture whose packets carry another, of packets of `len` bytes, in stretches of
    /// `segment` bytes between packets of their own.
    fn nested(
        inner: Writer,
        outer: Writer,
        second: u32,
        len: usize,
        segment: usize,
    ) -> (Vec<u8>, Vec<usize>) {
        let (inner, _) = inner.write(second, &vec![vec![0xAB; len]; 6_000 / (len + 16)]);
        // Only where its times are older is it told where it ends with a packet.
        let cut = if second == SECONDS[0] { 0 } else { 5 };
        let mut packets = Vec::new();
        for stretch in inner[..inner.len() - cut].chunks(segment) {
            packets.push([&[0x5A; 54], stretch].concat());
            packets.push(vec![0x5A; 54]);
        }
        outer.write(50_000, &packets)
    }

    /// Combinations of formats, times and lengths. In the last of the lengths records of the capture
    /// inside end with the packets that carry them: then nothing but their times tells.
    fn each(check: impl Fn(Writer, Vec<u8>, Vec<usize>)) {
        for outer in Writer::ALL {
            for inner in Writer::ALL {
                let lens = [(60, 1_460), (300, 4_000), (54, 1_400)];
                for (second, (len, segment)) in SECONDS.into_iter().zip(lens) {
                    let (file, places) = nested(inner, outer, second, len, segment);
                    check(outer, file, places);
                }
                let (file, places) = nested(inner, outer, SECONDS[0], 54, 24 + 70 * 20);
                check(outer, file, places);
            }
        }
    }

    /// The places of the records or blocks of the packets that were read.
    fn places(writer: Writer, run: &Run) -> Vec<usize> {
        let header = if writer == Writer::Pcap { 16 } else { 28 };
        run.packets.iter().map(|packet| packet.offset as usize - header).collect()
    }

    #[test]
    fn a_cut_file_has_no_packets_of_the_capture_that_its_last_packet_carries() {
        each(|writer, file, starts| {
            assert_eq!(places(writer, &read(&file)), starts);
            for len in (starts[0]..file.len()).step_by(389) {
                let run = read(&file[..len]);
                let found = places(writer, &run);
                assert_eq!(found, starts[..found.len()], "{writer:?} {len}");
                let next = starts.get(found.len()).copied().unwrap_or(file.len());
                let is_whole = next == len;
                assert!(
                    next + 28 > len || starts.get(found.len() + 1).is_none_or(|end| *end > len)
                );
                assert_eq!(
                    run.problems(),
                    if is_whole { vec![] } else { vec!["file-cut"] },
                    "{len}"
                );
            }
        });
    }

    #[test]
    fn damage_loses_a_packet_and_gains_none_of_the_capture_that_it_carries() {
        each(|writer, file, starts| {
            for place in 1..starts.len() - 1 {
                let mut damaged = file.clone();
                writer.spoil(&mut damaged, starts[place]);
                let mut rest = starts.clone();
                rest.remove(place);
                let run = read(&damaged);
                let in_pieces = read_in_pieces(&[&damaged], Limits::DEFAULT, || 333);
                assert_eq!(in_pieces, run);
                assert_eq!(places(writer, &run), rest, "{writer:?} {place}");
            }
        });
    }

    #[test]
    fn damage_in_many_places_gains_no_packet() {
        each(|writer, file, starts| {
            for step in [5, 7, 8] {
                let mut damaged = file.clone();
                let spoiled: Vec<usize> = starts.iter().skip(1).step_by(step).copied().collect();
                spoiled.iter().for_each(|place| writer.spoil(&mut damaged, *place));
                let found = places(writer, &read(&damaged));
                let phantoms: Vec<_> =
                    found.iter().filter(|place| !starts.contains(place)).collect();
                assert_eq!(phantoms, [&0; 0], "{writer:?} {step} {starts:?} {found:?}");
                // The rows between are long enough, but for what follows the last damage.
                assert!(
                    found.len() + spoiled.len() + step >= starts.len(),
                    "{writer:?} {step} {starts:?} {found:?}"
                );
            }
        });
    }
}
