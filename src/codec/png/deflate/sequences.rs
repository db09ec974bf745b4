//! What a block is made of: runs of literals, each followed by a match, and how often each symbol occurs.

use super::alphabet::{
    DISTANCES, END, LITERAL_LENGTHS, MAX_LENGTH, MIN_LENGTH, distance_symbol, length_symbol,
};

/// Some literals, taken from the data itself, then a match.
#[derive(Debug, Clone, Copy)]
pub struct Sequence {
    /// Literals before the match.
    pub literals: u32,
    /// Length of the match, 3 to 258.
    pub length: u16,
    /// Its distance, 1 to 32,768.
    pub distance: u16,
}

/// The content of a block that is being put together.
#[derive(Debug)]
pub struct Sequences {
    list: Vec<Sequence>,
    literal_lengths: [u32; LITERAL_LENGTHS],
    distances: [u32; DISTANCES],
    /// Counts of literals, in four tables so that equal neighbours do not wait for each other.
    literals: Box<[[u32; 256]; 4]>,
}

/// Sequences after which a block ends: bounds memory, and a block of that many symbols is worth a code of its own.
const FULL: usize = 12 * 1024;

/// Sequences that may follow before that is looked at again.
const SPARE: usize = 3 * 1024;

impl Sequences {
    /// An empty block.
    pub fn new() -> Self {
        Self {
            list: Vec::with_capacity(FULL + SPARE),
            literal_lengths: [0; LITERAL_LENGTHS],
            distances: [0; DISTANCES],
            literals: Box::new([[0; 256]; 4]),
        }
    }

    /// True when the block should end.
    #[inline]
    pub const fn is_full(&self) -> bool {
        self.list.len() >= FULL
    }

    /// Appends literals, which are counted apart, and a match of any length from 3, cut into pieces that have symbols.
    #[inline(always)]
    pub fn push(&mut self, literals: usize, length: usize, distance: usize) {
        if length <= MAX_LENGTH {
            self.push_one(literals as u32, length as u16, distance as u16);
        } else {
            self.push_long(literals as u32, length, distance as u16);
        }
    }

    fn push_long(&mut self, mut literals: u32, length: usize, distance: u16) {
        let mut rest = length;
        while rest > MAX_LENGTH {
            // What is left over must not be too short for a match.
            let piece = if rest < MAX_LENGTH + MIN_LENGTH { rest - MIN_LENGTH } else { MAX_LENGTH };
            self.push_one(literals, piece as u16, distance);
            literals = 0;
            rest -= piece;
        }
        self.push_one(literals, rest as u16, distance);
    }

    #[inline(always)]
    fn push_one(&mut self, literals: u32, length: u16, distance: u16) {
        self.literal_lengths[usize::from(length_symbol(length).symbol) % LITERAL_LENGTHS] += 1;
        self.distances[usize::from(distance_symbol(distance).symbol) % DISTANCES] += 1;
        self.list.push(Sequence { literals, length, distance });
    }

    /// Counts literals.
    #[inline]
    pub fn count(&mut self, literals: &[u8]) {
        let (fours, rest) = literals.as_chunks::<4>();
        for four in fours {
            for (table, byte) in self.literals.iter_mut().zip(four) {
                table[usize::from(*byte)] += 1;
            }
        }
        for byte in rest {
            self.literals[0][usize::from(*byte)] += 1;
        }
    }

    /// Counts the literals of a pixel, the lowest `BPP` bytes of `pixel`.
    #[inline(always)]
    pub fn count_pixel<const BPP: usize>(&mut self, pixel: u64) {
        for (channel, table) in self.literals.iter_mut().take(BPP).enumerate() {
            table[(pixel >> (8 * channel)) as usize & 255] += 1;
        }
    }

    /// The sequences and the counts of all symbols, the end of the block among them.
    pub fn counted(&self) -> (&[Sequence], [u32; LITERAL_LENGTHS], [u32; DISTANCES]) {
        let mut counts = self.literal_lengths;
        for table in self.literals.iter() {
            for (sum, count) in counts.iter_mut().zip(table) {
                *sum += count;
            }
        }
        counts[END] = 1;
        (&self.list, counts, self.distances)
    }

    /// Empties the block.
    pub fn clear(&mut self) {
        self.list.clear();
        self.literal_lengths.fill(0);
        self.distances.fill(0);
        self.literals.as_flattened_mut().fill(0);
    }
}
