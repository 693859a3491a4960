//! Where the blocks go on after bytes that are none.

use super::byte_order as section_order;
use super::{BLOCK_LEN_MIN, Mode, Reader, SECTION_LEN_MIN, block_type};
use crate::capture::CaptureFacts;
use crate::capture::chain::{Links, Look, Stretch};
use crate::capture::container::{ByteOrder, Item};
use crate::capture::damage::Damage;

/// The longest block that is taken for one while the blocks are searched for: a packet of any
/// network with room for comments.
const LONGEST: usize = 1 << 20;

/// Bytes of an Enhanced Packet Block without a packet.
const ENHANCED_PACKET_LEN_MIN: usize = 32;

/// Blocks of a file of `byte_order`.
#[derive(Clone, Copy, Debug)]
struct Blocks {
    byte_order: ByteOrder,
}

/// What of a block tells whether it follows another.
#[derive(Clone, Copy, Debug)]
struct Mark {
    byte_order: ByteOrder,
    block_type: u32,
}

impl Blocks {
    /// Looks for a block of `byte_order`, closed by its own length.
    fn look_in(&self, byte_order: ByteOrder, bytes: &[u8]) -> Look<Mark> {
        let Some(&[t0, t1, t2, t3, l0, l1, l2, l3, m0, m1, m2, m3]) = bytes.first_chunk() else {
            return Look::More(BLOCK_LEN_MIN as usize);
        };
        let block_type = byte_order.u32([t0, t1, t2, t3]);
        let is_section = block_type == block_type::SECTION_HEADER;
        if is_section && section_order(&[m0, m1, m2, m3]) != Some(byte_order) {
            return Look::No;
        }
        let least = if is_section { SECTION_LEN_MIN } else { BLOCK_LEN_MIN } as usize;
        let len = byte_order.u32([l0, l1, l2, l3]) as usize;
        if !len.is_multiple_of(4) || !(least..=LONGEST).contains(&len) {
            return Look::No;
        }
        match bytes.get(..len) {
            None => Look::More(len),
            Some(block) if block.ends_with(&[l0, l1, l2, l3]) => {
                Look::Item(len, Mark { byte_order, block_type })
            }
            Some(_) => Look::No,
        }
    }

    /// Whether `bytes` start with the type of a block that can be the first after damage.
    fn may_begin(&self, bytes: &[u8]) -> bool {
        bytes.first_chunk().is_none_or(|start| is_known(self.byte_order.u32(*start)))
    }
}

impl Links for Blocks {
    type Mark = Mark;

    fn look(&self, bytes: &[u8]) -> Look<Mark> {
        let other = match self.byte_order {
            ByteOrder::Little => ByteOrder::Big,
            ByteOrder::Big => ByteOrder::Little,
        };
        match self.look_in(self.byte_order, bytes) {
            Look::No => self.look_in(other, bytes),
            look => look,
        }
    }

    fn begins(&self, mark: Mark) -> bool {
        let is_section = mark.block_type == block_type::SECTION_HEADER;
        is_section || mark.byte_order == self.byte_order && is_known(mark.block_type)
    }

    fn follows(&self, before: Mark, mark: Mark) -> bool {
        mark.block_type == block_type::SECTION_HEADER || mark.byte_order == before.byte_order
    }

    /// A block that a packet cuts has a length, but is not closed by it; the packet's padding and
    /// its block's own closing length may come after it.
    fn overhang(&self, bytes: &[u8]) -> usize {
        let &[_, _, _, _, l0, l1, l2, l3] = bytes.first_chunk().unwrap_or(&[0; 8]);
        let len = self.byte_order.u32([l0, l1, l2, l3]) as usize;
        let least = BLOCK_LEN_MIN as usize;
        if (least..=LONGEST).contains(&len) { len.saturating_add(8) } else { least }
    }

    /// A block closes with its length, so none follows without a break where a packet ends.
    fn is_current(&self, _mark: Mark) -> bool {
        true
    }
}

/// Whether blocks of this type are known.
fn is_known(block_type: u32) -> bool {
    matches!(
        block_type,
        block_type::SECTION_HEADER | block_type::INTERFACE_DESCRIPTION
            ..=block_type::ENHANCED_PACKET
                | block_type::SYSTEMD_JOURNAL_EXPORT
                | block_type::DECRYPTION_SECRETS
                | block_type::CUSTOM
                | block_type::CUSTOM_NO_COPY
    )
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
        let blocks = self.blocks();
        let stretch = Stretch { links: blocks, bytes, is_at_end: self.is_at_end };
        for at in 0..bytes.len() {
            if !bytes.get(at..).is_some_and(|rest| blocks.may_begin(rest)) {
                continue;
            }
            match stretch.go_on(at) {
                Ok(None) => {}
                Err(needed) if at == 0 => return Item::More(needed),
                Err(_) => return Item::Skip(at as u64),
                Ok(Some(at)) => {
                    let found = offset.saturating_add(at as u64);
                    self.mode = Mode::Blocks;
                    if let Some(damage) = self.damage.take() {
                        damage.report_skipped(found, "block", facts);
                    }
                    return Item::Skip(at as u64);
                }
            }
        }
        Item::Skip(bytes.len() as u64)
    }

    fn blocks(&self) -> Blocks {
        Blocks { byte_order: self.byte_order }
    }

    /// Whether `bytes`, which are no whole block, start with one that is cut: what is there of its
    /// fields is what those of a block can be.
    pub(in crate::capture) fn is_cut_block(&self, bytes: &[u8]) -> bool {
        let blocks = self.blocks();
        let Look::More(len) = blocks.look_in(self.byte_order, bytes) else { return false };
        let Some((head, fields)) = bytes.split_first_chunk::<8>() else { return true };
        let &[t0, t1, t2, t3, ..] = head;
        match self.byte_order.u32([t0, t1, t2, t3]) {
            block_type::ENHANCED_PACKET => {
                let Some(&[i0, i1, i2, i3, _, _, _, _, _, _, _, _, c0, c1, c2, c3, o0, o1, o2, o3]) =
                    fields.first_chunk()
                else {
                    return true;
                };
                let order = self.byte_order;
                let captured_len = order.u32([c0, c1, c2, c3]);
                let room = len.saturating_sub(ENHANCED_PACKET_LEN_MIN);
                order.u32([i0, i1, i2, i3]) < self.described
                    && captured_len as usize <= room
                    && captured_len <= order.u32([o0, o1, o2, o3])
            }
            block_type => is_known(block_type),
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
