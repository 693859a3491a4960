//! A table that only grows, in chunks that stay where they are.
//!
//! A `Vec` doubles, so up to half of it is empty, and while it moves there are two of it. With
//! hundreds of thousands of sessions that would be more than what they hold.

/// Entries of a chunk.
const CHUNK: usize = 64;

/// Entries in order of their coming, each found by its place.
#[derive(Debug)]
pub struct Table<T> {
    /// All are full but the last one.
    chunks: Vec<Vec<T>>,
    len: usize,
}

impl<T> Default for Table<T> {
    fn default() -> Table<T> {
        Table { chunks: Vec::new(), len: 0 }
    }
}

impl<T> Table<T> {
    /// How many entries there are.
    pub fn len(&self) -> usize {
        self.len
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// The entry at `place`, from 0.
    pub fn get(&self, place: usize) -> Option<&T> {
        self.chunks.get(place / CHUNK)?.get(place % CHUNK)
    }

    /// The entry at `place`, to change.
    pub(super) fn get_mut(&mut self, place: usize) -> Option<&mut T> {
        self.chunks.get_mut(place / CHUNK)?.get_mut(place % CHUNK)
    }

    /// Every entry, in order.
    pub fn iter(&self) -> impl Iterator<Item = &T> {
        self.chunks.iter().flatten()
    }

    /// Adds an entry and returns its place.
    pub(super) fn push(&mut self, entry: T) -> usize {
        let place = self.len;
        match self.chunks.last_mut().filter(|chunk| chunk.len() < CHUNK) {
            Some(chunk) => chunk.push(entry),
            None => {
                let mut chunk = Vec::new();
                // A run of a few sessions takes no more than they do.
                chunk.reserve_exact(if place == 0 { 1 } else { CHUNK });
                chunk.push(entry);
                self.chunks.push(chunk);
            }
        }
        self.len += 1;
        place
    }
}

#[cfg(test)]
mod tests {
    use super::{CHUNK, Table};

    #[test]
    fn entries_keep_their_places() {
        let mut table = Table::default();
        assert!(table.is_empty() && table.get(0).is_none());
        for number in 0..3 * CHUNK + 1 {
            assert_eq!(table.push(number), number);
        }
        *table.get_mut(CHUNK).unwrap() += 1000;
        assert_eq!(table.len(), 3 * CHUNK + 1);
        assert_eq!(table.get(CHUNK), Some(&(CHUNK + 1000)));
        assert_eq!(table.get(3 * CHUNK), Some(&(3 * CHUNK)));
        assert_eq!(table.get(3 * CHUNK + 1), None);
        assert_eq!(table.iter().count(), table.len());
        assert_eq!(table.iter().position(|number| *number >= 1000), Some(CHUNK));
    }
}
