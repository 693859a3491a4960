//! Compressors that choose at random what they could choose, and messages around what they make.

use countersign::smb::smb2::CompressionAlgorithmId;

/// Numbers that decide; the same seed decides the same.
pub(crate) struct Chance(u64);

impl Chance {
    pub(crate) fn new(seed: u64) -> Chance {
        Chance(seed)
    }

    /// A number below `end`.
    pub(crate) fn below(&mut self, end: usize) -> usize {
        self.0 =
            self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % end.max(1)
    }
}

/// Contents with runs, repetitions and noise.
pub(crate) fn contents(size: usize, chance: &mut Chance) -> Vec<u8> {
    let mut contents = Vec::new();
    while contents.len() < size {
        let len = [1, 5, 40, 300, 3_000][chance.below(5)];
        let len = 1 + chance.below(len);
        match chance.below(3) {
            0 => contents.extend(std::iter::repeat_n(chance.below(256) as u8, len)),
            1 => (0..len.min(60)).for_each(|_| contents.push(chance.below(256) as u8)),
            _ => {
                let from = chance.below(contents.len());
                (from..(from + len).min(contents.len())).for_each(|at| contents.push(contents[at]));
            }
        }
    }
    contents.truncate(size);
    contents
}

/// What an algorithm makes of contents: bytes as they are, and repetitions.
#[derive(Clone, Copy)]
enum Token {
    Literal(u8),
    Repeat { distance: usize, length: usize },
}

impl Token {
    fn len(self) -> usize {
        match self {
            Token::Literal(_) => 1,
            Token::Repeat { length, .. } => length,
        }
    }
}

/// A token for what stands at `at` of `contents`: a repetition as often as one is found within
/// `furthest` and `longest`.
fn token(
    contents: &[u8],
    at: usize,
    furthest: usize,
    longest: usize,
    chance: &mut Chance,
) -> Token {
    for _ in 0..4 {
        let reach = [4, 40, 400, furthest][chance.below(4)];
        let distance = 1 + chance.below(reach);
        if distance > furthest.min(at) {
            continue;
        }
        let (before, after) = (contents[at - distance..].iter(), contents[at..].iter());
        let most = before.zip(after).take_while(|(a, b)| a == b).count().min(longest);
        if most >= 3 {
            let length = if chance.below(3) == 0 { 3 + chance.below(most - 2) } else { most };
            return Token::Repeat { distance, length };
        }
    }
    Token::Literal(contents[at])
}

/// `contents` compressed with `algorithm`, one that is known.
pub(crate) fn compress(
    algorithm: CompressionAlgorithmId,
    contents: &[u8],
    chance: &mut Chance,
) -> Vec<u8> {
    match algorithm {
        CompressionAlgorithmId::NONE => contents.to_vec(),
        CompressionAlgorithmId::LZNT1 => lznt1(contents, chance),
        CompressionAlgorithmId::LZ77 => lz77(contents, chance),
        CompressionAlgorithmId::LZ77_HUFFMAN => lz77_huffman(contents, chance),
        CompressionAlgorithmId::LZ4 => lz4_flex::block::compress(contents),
        _ => panic!("{algorithm} does not compress"),
    }
}

fn lznt1(contents: &[u8], chance: &mut Chance) -> Vec<u8> {
    let mut out = Vec::new();
    for chunk in contents.chunks(4096) {
        let (mut data, mut flags, mut bit) = (Vec::new(), 0, 8);
        let mut at = 0;
        while at < chunk.len() {
            if bit == 8 {
                (flags, bit) = (data.len(), 0);
                data.push(0);
            }
            let mut distance_bits = 4;
            while 1 << distance_bits < at {
                distance_bits += 1;
            }
            let longest = (1 << (16 - distance_bits)) + 2;
            let token = token(chunk, at, 1 << distance_bits, longest, chance);
            match token {
                Token::Literal(byte) => data.push(byte),
                Token::Repeat { distance, length } => {
                    let word = (distance - 1) << (16 - distance_bits) | (length - 3);
                    data.extend((word as u16).to_le_bytes());
                    data[flags] |= 1 << bit;
                }
            }
            bit += 1;
            at += token.len();
        }
        let is_smaller = data.len() < chunk.len();
        let (kind, data) = if is_smaller { (0xB000, &data[..]) } else { (0x3000, chunk) };
        out.extend((kind | (data.len() - 1) as u16).to_le_bytes());
        out.extend(data);
    }
    if chance.below(2) == 0 {
        out.extend([0, 0]);
    }
    out
}

fn lz77(contents: &[u8], chance: &mut Chance) -> Vec<u8> {
    let (mut out, mut flags, mut bit) = (Vec::<u8>::new(), 0, 0_u32);
    let mut nibble = None;
    let mut at = 0;
    while at < contents.len() {
        if bit == 0 {
            (flags, bit) = (out.len(), 32);
            out.extend([0; 4]);
        }
        bit -= 1;
        let token = token(contents, at, 8192, usize::MAX, chance);
        match token {
            Token::Literal(byte) => out.push(byte),
            Token::Repeat { distance, length } => {
                out[flags + bit as usize / 8] |= 1 << (bit % 8);
                let length = length - 3;
                out.extend(((distance - 1) << 3 | length.min(7)).to_le_bytes()[..2].iter());
                if length >= 7 {
                    let in_nibble = (length - 7).min(15) as u8;
                    match nibble.take() {
                        Some(place) => {
                            let place: usize = place;
                            out[place] |= in_nibble << 4;
                        }
                        None => {
                            nibble = Some(out.len());
                            out.push(in_nibble);
                        }
                    }
                }
                if length >= 22 {
                    long_length(length, 22, chance, &mut out);
                }
            }
        }
        at += token.len();
    }
    // Flags without a token say that one follows.
    for bit in 0..bit {
        out[flags + bit as usize / 8] |= 1 << (bit % 8);
    }
    out
}

/// A length of `least` and more, in the shortest form that it has, or at times a longer one.
fn long_length(length: usize, least: usize, chance: &mut Chance, out: &mut Vec<u8>) {
    let form = chance.below(8);
    if length - least < 255 && form > 1 {
        out.push((length - least) as u8);
    } else if length < 1 << 16 && form > 0 {
        out.push(255);
        out.extend((length as u16).to_le_bytes());
    } else {
        out.extend([255, 0, 0]);
        out.extend((length as u32).to_le_bytes());
    }
}

/// The last symbol of all.
const END: usize = 256;

fn lz77_huffman(contents: &[u8], chance: &mut Chance) -> Vec<u8> {
    let mut out = Vec::new();
    let mut at = 0;
    while at < contents.len() {
        let end = at + (64 << 10);
        let mut tokens = Vec::new();
        while at < contents.len().min(end) {
            tokens.push(token(contents, at, 65_535, usize::MAX, chance));
            at += tokens[tokens.len() - 1].len();
        }
        let is_last = at == contents.len();
        out.extend(huffman_block(&tokens, is_last, chance));
    }
    out
}

fn huffman_block(tokens: &[Token], is_last: bool, chance: &mut Chance) -> Vec<u8> {
    let mut used: Vec<usize> = tokens.iter().map(|token| symbol(*token)).collect();
    if is_last {
        used.push(END);
    }
    used.sort_unstable();
    used.dedup();
    let lengths = code_lengths(&used, chance);
    let codes = codes(&lengths);
    let table = lengths.chunks(2).map(|pair| pair[0] | pair[1] << 4);
    let mut bits = BitWriter::new(table.collect());
    for token in tokens {
        let symbol = symbol(*token);
        bits.put(codes[symbol], lengths[symbol].into());
        let Token::Repeat { distance, length } = *token else { continue };
        if length >= 3 + 15 {
            long_length(length - 3, 15, chance, &mut bits.bytes);
        }
        bits.put(distance as u32 & !(1 << distance.ilog2()), distance.ilog2());
    }
    if is_last {
        bits.put(codes[END], lengths[END].into());
    }
    bits.finish()
}

fn symbol(token: Token) -> usize {
    match token {
        Token::Literal(byte) => byte.into(),
        Token::Repeat { distance, length } => {
            256 + ((distance.ilog2() as usize) << 4 | (length - 3).min(15))
        }
    }
}

/// Lengths of codes for the `used` ones of the 512 symbols: some of them short ones, the others
/// alike.
fn code_lengths(used: &[usize], chance: &mut Chance) -> [u8; 512] {
    let mut lengths = [0; 512];
    let mut used = used.to_vec();
    for place in (1..used.len()).rev() {
        used.swap(place, chance.below(place + 1));
    }
    let n_short = chance.below(used.len().min(7));
    let (short, long) = used.split_at(n_short);
    for (length, symbol) in (1..).zip(short) {
        lengths[*symbol] = length;
    }
    let depth = long.len().next_power_of_two().ilog2() as u8;
    let n_shorter = (1 << depth) - long.len();
    for (place, symbol) in long.iter().enumerate() {
        let length = if place < n_shorter { depth - 1 } else { depth };
        lengths[*symbol] = (n_short as u8 + length).max(1);
    }
    lengths
}

/// The codes that have these lengths.
fn codes(lengths: &[u8; 512]) -> [u32; 512] {
    let mut codes = [0; 512];
    let mut code = 0;
    for length in 1..=15 {
        for (symbol, _) in lengths.iter().enumerate().filter(|(_, found)| **found == length) {
            codes[symbol] = code;
            code += 1;
        }
        code <<= 1;
    }
    codes
}

/// Bits in words of 16, for which room is made as early as they are read.
struct BitWriter {
    bytes: Vec<u8>,
    /// Where the next two words belong.
    places: [usize; 2],
    word: u32,
    free: u32,
}

impl BitWriter {
    fn new(table: Vec<u8>) -> BitWriter {
        let places = [table.len(), table.len() + 2];
        BitWriter { bytes: [&table[..], &[0; 4]].concat(), places, word: 0, free: 16 }
    }

    fn put(&mut self, bits: u32, count: u32) {
        for place in (0..count).rev() {
            if self.free == 0 {
                self.write();
                self.places = [self.places[1], self.bytes.len()];
                self.bytes.extend([0, 0]);
                (self.word, self.free) = (0, 16);
            }
            self.free -= 1;
            self.word |= (bits >> place & 1) << self.free;
        }
    }

    fn write(&mut self) {
        let place = self.places[0];
        self.bytes[place..place + 2].copy_from_slice(&(self.word as u16).to_le_bytes());
    }

    fn finish(mut self) -> Vec<u8> {
        self.write();
        self.bytes
    }
}

/// A message of which `start` is left as it is.
pub(crate) fn unchained(
    algorithm: CompressionAlgorithmId,
    start: &[u8],
    size: usize,
    data: &[u8],
) -> Vec<u8> {
    let [size, offset] = [size, start.len()].map(|number| (number as u32).to_le_bytes());
    [b"\xfcSMB", &size[..], &algorithm.0.to_le_bytes(), &[0, 0], &offset, start, data].concat()
}

/// A message of payloads: algorithm, size where it belongs there, and data.
pub(crate) fn chained(
    size: usize,
    payloads: &[(CompressionAlgorithmId, Option<usize>, Vec<u8>)],
) -> Vec<u8> {
    let mut message = [b"\xfcSMB", &(size as u32).to_le_bytes()[..]].concat();
    for (place, (algorithm, size, data)) in payloads.iter().enumerate() {
        let size: Vec<u8> = size.iter().flat_map(|size| (*size as u32).to_le_bytes()).collect();
        let flags: u16 = if place == 0 { 1 } else { 0xb975 };
        message.extend(algorithm.0.to_le_bytes());
        message.extend(flags.to_le_bytes());
        message.extend(((size.len() + data.len()) as u32).to_le_bytes());
        message.extend(size);
        message.extend(data);
    }
    message
}

/// What a payload of one byte, many times, holds.
pub(crate) fn pattern(byte: u8, count: usize) -> Vec<u8> {
    [&[byte, 0, 0, 0], &(count as u32).to_le_bytes()[..]].concat()
}

/// Algorithms that compress.
pub(crate) const ALGORITHMS: [CompressionAlgorithmId; 4] = [
    CompressionAlgorithmId::LZNT1,
    CompressionAlgorithmId::LZ77,
    CompressionAlgorithmId::LZ77_HUFFMAN,
    CompressionAlgorithmId::LZ4,
];
