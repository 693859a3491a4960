//! Records that fit one another: where they go on after bytes that are none, and in which variant
//! a file is whose magic number several share.

use super::{RECORD_HEADER_LEN, Reader, is_in_day};
use crate::capture::chain::{Links, Look, Stretch};
use crate::capture::container::Item;
use crate::capture::damage::Damage;
use crate::capture::{CaptureFacts, JumpsBack};
use crate::time::Timestamp;

/// Records in a row that have to fit before a variant is taken for that of the file.
const ROW: usize = 3;

/// Whether bytes start with records.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fit {
    No,
    Yes,
    /// At least so many bytes are needed to tell.
    More(usize),
}

/// Records of a file, near the time that was reached before the damage.
#[derive(Debug)]
struct Records<'a> {
    reader: &'a Reader,
    near: Option<Timestamp>,
}

impl Links for Records<'_> {
    type Mark = Timestamp;

    fn look(&self, bytes: &[u8]) -> Look<Timestamp> {
        let len = self.reader.record_header_len;
        let Some(header) = bytes.first_chunk().filter(|_| bytes.len() >= len) else {
            return Look::More(len);
        };
        match self.reader.plausible(header) {
            Some((time, captured_len)) => Look::Item(len.saturating_add(captured_len), time),
            None => Look::No,
        }
    }

    fn begins(&self, time: Timestamp) -> bool {
        self.near.is_none_or(|near| is_in_day(near, time))
    }

    fn follows(&self, before: Timestamp, time: Timestamp) -> bool {
        is_in_day(before, time)
    }

    fn overhang(&self, _bytes: &[u8]) -> usize {
        self.reader.record_header_len
    }

    fn is_current(&self, time: Timestamp) -> bool {
        self.near.is_none_or(|near| near.since(time) <= JumpsBack::USUAL)
    }
}

impl Reader {
    /// Searches for the next record from the byte after the damage on.
    #[cold]
    pub(in crate::capture) fn start_search<'a>(&mut self, damage: Damage) -> Item<'a> {
        self.damage = Some(damage);
        // The record that starts here is the one that cannot be read.
        Item::Skip(1)
    }

    /// Searches for the next record in `bytes`, which start `offset` bytes into the file.
    #[cold]
    pub(super) fn search<'a>(
        &mut self,
        bytes: &'a [u8],
        offset: u64,
        facts: &mut CaptureFacts,
    ) -> Item<'a> {
        let near = facts.last_time.is_some().then_some(facts.current_time);
        let is_at_end = self.is_at_end;
        let stretch = Stretch { links: Records { reader: self, near }, bytes, is_at_end };
        for at in 0..bytes.len() {
            match stretch.go_on(at) {
                Ok(None) => {}
                Err(needed) if at == 0 => return Item::More(needed),
                Err(_) => return Item::Skip(at as u64),
                Ok(Some(at)) => {
                    let found = offset.saturating_add(at as u64);
                    if let Some(damage) = self.damage.take() {
                        damage.report_skipped(found, "packet", facts);
                    }
                    return Item::Skip(at as u64);
                }
            }
        }
        Item::Skip(bytes.len() as u64)
    }

    /// Whether `bytes`, which are no whole record, start with the header of one that is cut.
    pub(in crate::capture) fn is_cut_record(&self, bytes: &[u8], facts: &CaptureFacts) -> bool {
        let near = facts.last_time.is_some().then_some(facts.current_time);
        let links = Records { reader: self, near };
        matches!(links.look(bytes), Look::Item(_, time) if links.begins(time))
    }

    /// Finds the length of the record headers, which the magic number leaves open, by the first
    /// records: Nokia's firewalls and some patched versions of libpcap write longer ones than
    /// their file headers say. Returns how many bytes are needed where these are too few.
    #[cold]
    pub(super) fn settle(&mut self, bytes: &[u8]) -> Result<(), usize> {
        // Only what speaks against the ordinary length, which is the first, calls for a look at others.
        let mut lens = self.record_header_lens.iter();
        let found = lens.find_map(|len| match self.fits(*len, bytes) {
            Fit::No => None,
            Fit::Yes => Some(Ok(*len)),
            Fit::More(needed) => Some(Err(needed)),
        });
        self.record_header_len = found.transpose()?.unwrap_or(self.record_header_len);
        self.record_header_lens = &[];
        Ok(())
    }

    /// Whether `bytes` start with records that have headers of `header_len` bytes: [`ROW`] in a row
    /// or as many as there are before the file ends, two of them whole.
    fn fits(&self, header_len: usize, bytes: &[u8]) -> Fit {
        let mut before = None;
        let mut at = 0_usize;
        for place in 0..ROW {
            let rest = bytes.get(at..).unwrap_or(&[]);
            if self.is_at_end && place > 1 && rest.len() < header_len {
                return Fit::Yes;
            }
            let Some(header) = rest.first_chunk().filter(|_| rest.len() >= header_len) else {
                let needed = at.saturating_add(header_len);
                return if self.is_at_end { Fit::No } else { Fit::More(needed) };
            };
            let Some((time, len)) = self.plausible(header) else { return Fit::No };
            if before.is_some_and(|before| !is_in_day(before, time)) {
                return Fit::No;
            }
            before = Some(time);
            at = at.saturating_add(header_len).saturating_add(len);
            if self.is_at_end && at > bytes.len() {
                // The last record may be cut, but nothing speaks for one alone.
                return if place > 0 { Fit::Yes } else { Fit::No };
            }
        }
        Fit::Yes
    }

    /// The time of a record and the bytes of its packet, where its fields can be those of one.
    fn plausible(&self, header: &[u8; RECORD_HEADER_LEN]) -> Option<(Timestamp, usize)> {
        let record = self.fields(header);
        let captured_len = record.captured_len as usize;
        let is_plausible = i64::from(record.fraction) < 1_000_000_000 / self.nanoseconds
            && (1..=self.longest_packet).contains(&captured_len)
            && record.captured_len <= record.original_len
            && record.original_len as usize <= self.longest_packet;
        is_plausible.then(|| (self.time(&record), captured_len))
    }

    /// Whether the next record is being searched for.
    pub(in crate::capture) fn is_searching(&self) -> bool {
        self.damage.is_some()
    }

    /// Ends the search, and says whether one was under way: whether it was in vain.
    pub(in crate::capture) fn stop_search(&mut self) -> bool {
        self.damage.take().is_some()
    }

    /// Says what the search gave where the file ends, `end` bytes after its start.
    pub(in crate::capture) fn finish(&mut self, end: u64, facts: &mut CaptureFacts) {
        if let Some(damage) = self.damage.take() {
            damage.report_end(end, facts);
        }
    }
}
