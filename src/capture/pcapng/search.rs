//! Where the blocks go on after bytes that are none.

use super::{BLOCK_LEN_MIN, Mode, Reader, SECTION_LEN_MIN, block_type, byte_order};
use crate::capture::CaptureFacts;
use crate::capture::container::Item;
use crate::capture::damage::Damage;

/// The longest block that is taken for one while the blocks are searched for: a packet of any
/// network with room for comments.
const LONGEST: u32 = 1 << 20;

/// Whether bytes start with a block.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fit {
    No,
    Yes,
    /// At least so many bytes are needed to tell.
    More(usize),
}

impl Reader {
    /// Searches for the next block from the byte after the damage on.
    #[cold]
    pub(in crate::capture) fn start_search<'a>(&mut self, damage: Damage) -> Item<'a> {
        self.mode = Mode::Searching;
        self.damage = Some(damage);
        // The block that starts here is the one that cannot be read.
        Item::Skip(1)
    }

    /// Searches for the next block in `bytes`, which start `offset` bytes into the file.
    #[cold]
    pub(super) fn search<'a>(
        &mut self,
        bytes: &'a [u8],
        offset: u64,
        facts: &mut CaptureFacts,
    ) -> Item<'a> {
        let mut at = 0;
        while let Some(rest) = bytes.get(at..).filter(|rest| !rest.is_empty()) {
            match self.fits(rest) {
                Fit::No => at = at.saturating_add(1),
                Fit::More(needed) if at == 0 => return Item::More(needed),
                Fit::More(_) => break,
                Fit::Yes => {
                    let found = offset.saturating_add(at as u64);
                    self.mode = Mode::Blocks;
                    if let Some(damage) = self.damage.take() {
                        damage.report_skipped(found, "block", facts);
                    }
                    break;
                }
            }
        }
        Item::Skip(at as u64)
    }

    /// Whether `bytes` start with a block of a kind that is known, closed by its own length.
    fn fits(&self, bytes: &[u8]) -> Fit {
        let short = |needed| if self.is_at_end { Fit::No } else { Fit::More(needed) };
        let Some(&[t0, t1, t2, t3, l0, l1, l2, l3, m0, m1, m2, m3]) = bytes.first_chunk() else {
            return short(12);
        };
        let (order, least) = match byte_order(&[m0, m1, m2, m3]) {
            Some(order) if self.byte_order.u32([t0, t1, t2, t3]) == block_type::SECTION_HEADER => {
                (order, SECTION_LEN_MIN)
            }
            _ => (self.byte_order, BLOCK_LEN_MIN),
        };
        let block_type = order.u32([t0, t1, t2, t3]);
        let len = order.u32([l0, l1, l2, l3]);
        let is_known = match block_type {
            block_type::SECTION_HEADER => least == SECTION_LEN_MIN,
            block_type::INTERFACE_DESCRIPTION..=block_type::ENHANCED_PACKET
            | block_type::SYSTEMD_JOURNAL_EXPORT
            | block_type::DECRYPTION_SECRETS
            | block_type::CUSTOM
            | block_type::CUSTOM_NO_COPY => true,
            _ => false,
        };
        if !is_known || !len.is_multiple_of(4) || !(least..=LONGEST).contains(&len) {
            return Fit::No;
        }
        match bytes.get(..len as usize) {
            None => short(len as usize),
            Some(block) if block.ends_with(&[l0, l1, l2, l3]) => Fit::Yes,
            Some(_) => Fit::No,
        }
    }

    /// Whether the next block is being searched for.
    pub(in crate::capture) fn is_searching(&self) -> bool {
        matches!(self.mode, Mode::Searching)
    }

    /// Ends the search, and says whether one was under way: whether it was in vain.
    pub(in crate::capture) fn stop_search(&mut self) -> bool {
        let is_in_vain = self.is_searching();
        if is_in_vain {
            self.mode = Mode::Blocks;
            self.damage = None;
        }
        is_in_vain
    }

    /// Says what the search gave where the file ends, `end` bytes after its start.
    pub(in crate::capture) fn finish(&mut self, end: u64, facts: &mut CaptureFacts) {
        if let Some(damage) = self.damage.take() {
            damage.report_end(end, facts);
            self.mode = Mode::Blocks;
        }
    }
}
