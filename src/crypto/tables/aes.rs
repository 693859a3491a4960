//! AES-128 by tables (FIPS 197), for codes in which each block waits for the one before.

use aes::cipher::common::{BlockSizeUser, KeyInit, KeySizeUser};
use aes::cipher::consts::{U1, U16};
use aes::cipher::inout::InOut;
use aes::cipher::{
    Block, BlockCipherEncBackend, BlockCipherEncClosure, BlockCipherEncrypt, Key, ParBlocksSizeUser,
};
use zeroize::Zeroize;

/// The four columns of the state, each with its first row in the lowest byte.
type Columns = [u32; 4];

/// Rounds of AES-128.
const ROUNDS: usize = 10;

/// AES-128, to encrypt.
#[derive(Clone)]
pub struct Aes128 {
    /// What is added before the first round and after each.
    round_keys: [Columns; ROUNDS + 1],
}

impl Drop for Aes128 {
    fn drop(&mut self) {
        self.round_keys.zeroize();
    }
}

/// SubBytes (FIPS 197 5.1.1): the inverse of a byte in GF(2^8), then an affine map.
static SUBSTITUTES: [u8; 256] = substitutes();

/// SubBytes and MixColumns of the byte in each row of a column (FIPS 197 5.1.1 and 5.1.3).
static MIXED: [[u32; 256]; 4] = mixed();

/// Twice a byte in GF(2^8).
const fn doubled(byte: u8) -> u8 {
    (byte << 1) ^ if byte & 0x80 == 0 { 0 } else { 0x1b }
}

#[allow(clippy::indexing_slicing, reason = "computed while compiling, where it would not compile")]
const fn substitutes() -> [u8; 256] {
    let mut table = [0x63; 256];
    // Powers of 3 are all bytes but 0, and those of its inverse are their inverses.
    let (mut power, mut inverse) = (1_u8, 1_u8);
    loop {
        power ^= doubled(power);
        inverse ^= inverse << 1;
        inverse ^= inverse << 2;
        inverse ^= inverse << 4;
        if inverse & 0x80 != 0 {
            inverse ^= 0x09;
        }
        let turned = inverse.rotate_left(1) ^ inverse.rotate_left(2);
        let further = inverse.rotate_left(3) ^ inverse.rotate_left(4);
        table[power as usize] = inverse ^ turned ^ further ^ 0x63;
        if power == 1 {
            return table;
        }
    }
}

#[allow(clippy::indexing_slicing, reason = "computed while compiling, where it would not compile")]
const fn mixed() -> [[u32; 256]; 4] {
    let substitutes = substitutes();
    let mut tables = [[0; 256]; 4];
    let mut byte = 0;
    while byte < 256 {
        let once = substitutes[byte];
        let twice = doubled(once);
        let column = u32::from_le_bytes([twice, once, once, once ^ twice]);
        tables[0][byte] = column;
        tables[1][byte] = column.rotate_left(8);
        tables[2][byte] = column.rotate_left(16);
        tables[3][byte] = column.rotate_left(24);
        byte += 1;
    }
    tables
}

/// What a table says of a byte.
#[allow(clippy::indexing_slicing, reason = "a table has a place for every byte")]
#[inline(always)]
fn at<Value: Copy>(table: &[Value; 256], byte: u8) -> Value {
    table[usize::from(byte)]
}

/// A column after ShiftRows (FIPS 197 5.1.2): a byte of each of four columns.
#[inline(always)]
fn bytes(a: u32, b: u32, c: u32, d: u32) -> [u8; 4] {
    let ([a, ..], [_, b, ..]) = (a.to_le_bytes(), b.to_le_bytes());
    let ([_, _, c, _], [.., d]) = (c.to_le_bytes(), d.to_le_bytes());
    [a, b, c, d]
}

/// A column after a round without its key.
#[inline(always)]
fn mixed_column(a: u32, b: u32, c: u32, d: u32) -> u32 {
    let [first, second, third, fourth] = &MIXED;
    let [a, b, c, d] = bytes(a, b, c, d);
    at(first, a) ^ at(second, b) ^ at(third, c) ^ at(fourth, d)
}

/// A column after the last round without its key, which mixes none.
#[inline(always)]
fn last_column(a: u32, b: u32, c: u32, d: u32) -> u32 {
    let [a, b, c, d] = bytes(a, b, c, d);
    let [a, b, c, d] =
        [at(&SUBSTITUTES, a), at(&SUBSTITUTES, b), at(&SUBSTITUTES, c), at(&SUBSTITUTES, d)];
    u32::from_le_bytes([a, b, c, d])
}

/// Every column of a state by `column`, which takes a column and the three after it.
#[inline(always)]
fn each([a, b, c, d]: Columns, column: impl Fn(u32, u32, u32, u32) -> u32) -> Columns {
    [column(a, b, c, d), column(b, c, d, a), column(c, d, a, b), column(d, a, b, c)]
}

#[inline(always)]
fn added([a, b, c, d]: Columns, [e, f, g, h]: &Columns) -> Columns {
    [a ^ e, b ^ f, c ^ g, d ^ h]
}

#[inline(always)]
fn columns(block: &[u8; 16]) -> Columns {
    let mut columns = [0; 4];
    for (column, bytes) in columns.iter_mut().zip(block.as_chunks::<4>().0) {
        *column = u32::from_le_bytes(*bytes);
    }
    columns
}

impl Aes128 {
    /// The key with what each round adds (FIPS 197 5.2).
    fn expanded(key: &[u8; 16]) -> Aes128 {
        let mut round_keys = [columns(key); ROUNDS + 1];
        let mut before = columns(key);
        let mut constant = 1;
        for round_key in round_keys.iter_mut().skip(1) {
            let [a, b, c, d] = before;
            let a = a ^ last_column(d >> 8, d >> 8, d >> 8, d << 24) ^ u32::from(constant);
            before = [a, a ^ b, a ^ b ^ c, a ^ b ^ c ^ d];
            *round_key = before;
            constant = doubled(constant);
        }
        Aes128 { round_keys }
    }

    #[inline(always)]
    fn encrypted(&self, block: Columns) -> Columns {
        let [first, inner @ .., last] = &self.round_keys;
        let begun = added(block, first);
        let mixed =
            inner.iter().fold(begun, |columns, key| added(each(columns, mixed_column), key));
        added(each(mixed, last_column), last)
    }
}

impl KeySizeUser for Aes128 {
    type KeySize = U16;
}

impl BlockSizeUser for Aes128 {
    type BlockSize = U16;
}

impl ParBlocksSizeUser for Aes128 {
    type ParBlocksSize = U1;
}

impl KeyInit for Aes128 {
    fn new(key: &Key<Aes128>) -> Aes128 {
        Aes128::expanded(&key.0)
    }
}

impl BlockCipherEncrypt for Aes128 {
    #[inline(always)]
    fn encrypt_with_backend(&self, closure: impl BlockCipherEncClosure<BlockSize = U16>) {
        closure.call(self);
    }
}

impl BlockCipherEncBackend for Aes128 {
    #[inline(always)]
    fn encrypt_block(&self, mut block: InOut<'_, '_, Block<Aes128>>) {
        let encrypted = self.encrypted(columns(&block.get_in().0));
        for (to, column) in block.get_out().0.as_chunks_mut::<4>().0.iter_mut().zip(encrypted) {
            *to = column.to_le_bytes();
        }
    }
}

#[cfg(test)]
mod tests {
    use aes::cipher::{Array, BlockCipherEncrypt, KeyInit};

    use super::Aes128;

    #[test]
    fn tables_encrypt_as_the_library_does() {
        let mut block = Array([0; 16]);
        for seed in 0..=255_u8 {
            let mut key = [seed; 16];
            key.iter_mut().zip(block.iter()).for_each(|(to, from)| *to ^= from);
            let mut expected = block;
            aes::Aes128::new(&Array(key)).encrypt_block(&mut expected);
            Aes128::new(&Array(key)).encrypt_block(&mut block);
            assert_eq!(block, expected);
        }
    }
}
