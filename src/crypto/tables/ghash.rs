//! GHASH by a table (NIST SP 800-38D 6.4).
//!
//! A product with the key is the sum of its products with the block's bytes where they stand, so
//! sixteen tables of 256 products take the place of all computing. They are made for messages that
//! are long enough to make up for that.

use aes::cipher::Array;
use ghash::universal_hash::UniversalHash;
use ghash::{Block, GHash};
use zeroize::Zeroize;

/// Bytes after which tables are made.
const WORTH_TABLES: usize = 8 << 10;

/// The reduction polynomial, with the bits of a block in their order.
const POLYNOMIAL: u128 = 0xe1 << 120;

/// A GHASH under way.
#[derive(Clone)]
pub struct Ghash {
    key: Block,
    /// The hash of the first bytes.
    start: GHash,
    n_bytes: usize,
    /// The hash of all bytes, once there are tables.
    long: Option<(Products, u128)>,
}

/// The products of a key: for each place of a block's sixteen, those of every byte there.
#[derive(Clone)]
struct Products(Box<[[u128; 256]; 16]>);

impl Drop for Products {
    fn drop(&mut self) {
        self.0.zeroize();
    }
}

impl Products {
    fn of(key: &Block) -> Products {
        let mut products = Box::new([[0; 256]; 16]);
        let mut of_bit = u128::from_be_bytes(key.0);
        for table in products.iter_mut() {
            fill(table, &mut of_bit);
        }
        Products(products)
    }

    #[allow(clippy::indexing_slicing, reason = "a table has a place for every byte")]
    #[inline(always)]
    fn with(&self, block: u128) -> u128 {
        let places = self.0.iter().zip(block.to_be_bytes());
        places.fold(0, |sum, (table, byte)| sum ^ table[usize::from(byte)])
    }
}

/// Fills the table of one place. `of_bit` is the product with its highest bit, and afterwards that
/// with the bit after its lowest.
#[allow(clippy::indexing_slicing, reason = "neither a byte nor a part of it passes the table")]
fn fill(table: &mut [u128; 256], of_bit: &mut u128) {
    for bit in (0..8).rev() {
        table[1 << bit] = *of_bit;
        let carry = if *of_bit & 1 == 0 { 0 } else { POLYNOMIAL };
        *of_bit = *of_bit >> 1 ^ carry;
    }
    for byte in 1..256_usize {
        let rest = byte & (byte - 1);
        table[byte] = table[rest] ^ table[byte ^ rest];
    }
}

impl Ghash {
    /// Begins a hash with its key, which is a block of zeros encrypted.
    pub fn new(key: &Block) -> Ghash {
        Ghash { key: *key, start: GHash::new(key), n_bytes: 0, long: None }
    }

    /// Takes the next blocks.
    pub fn update(&mut self, blocks: &[Block]) {
        let until_tables = WORTH_TABLES.saturating_sub(self.n_bytes) / 16;
        let (start, long) = blocks.split_at(until_tables.min(blocks.len()));
        self.start.update(start);
        self.n_bytes = self.n_bytes.saturating_add(start.len().saturating_mul(16));
        if long.is_empty() {
            return;
        }
        let (products, hash) = self.long.get_or_insert_with(|| {
            let hash = u128::from_be_bytes(self.start.clone().finalize().into());
            (Products::of(&self.key), hash)
        });
        *hash = long
            .iter()
            .fold(*hash, |hash, block| products.with(hash ^ u128::from_be_bytes(block.0)));
    }

    /// Takes the last bytes, filled up to a block with zeros.
    pub fn update_padded(&mut self, rest: &[u8]) {
        if rest.is_empty() {
            return;
        }
        let mut block = [0; 16];
        block.iter_mut().zip(rest).for_each(|(to, from)| *to = *from);
        self.update(&[Array(block)]);
    }

    /// The hash.
    pub fn finalize(self) -> Block {
        match self.long {
            Some((_, hash)) => Array(hash.to_be_bytes()),
            None => self.start.finalize(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tables_hash_as_the_library_does() {
        let bytes: Vec<u8> = (0..40_000_u32).map(|n| ((n * n) >> 7) as u8).collect();
        for len in [0, 1, 16, 17, 8191, 8192, 8193, 8208, 8300, 39_999] {
            for key in [[0; 16], [1; 16], [0x80; 16], [0xe1; 16], [0xff; 16]] {
                let (blocks, rest) = Array::slice_as_chunks(&bytes[..len]);
                let mut library = GHash::new(&Array(key));
                let mut own = Ghash::new(&Array(key));
                library.update_padded(&bytes[..len]);
                for piece in blocks.chunks(100) {
                    own.update(piece);
                }
                own.update_padded(rest);
                assert_eq!(own.finalize(), library.finalize(), "{len} {key:?}");
            }
        }
    }
}
