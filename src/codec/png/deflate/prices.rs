//! What symbols cost, as far as it is known before a block is written: what they cost in the block before.

use super::alphabet::{DISTANCES, LITERAL_LENGTHS, distance_extra_bits, distance_symbol, length_symbol};

/// Bits of literals, lengths and distances, extra bits included.
#[derive(Debug, Clone)]
pub struct Prices {
    literals: [u8; 256],
    /// By length minus three.
    lengths: [u8; 256],
    distances: [u8; DISTANCES],
    /// What literals cost in the mean, in 16ths of a bit.
    literal: u32,
}

/// Price of a symbol that did not occur.
const RARE_BITS: u8 = 13;

/// Price of a literal before the first block.
const LITERAL_BITS: u32 = 7;

impl Prices {
    /// The prices of a block with these code lengths, and these counts of its symbols.
    pub fn new(
        literal_lengths: &[u8; LITERAL_LENGTHS],
        distances: &[u8; DISTANCES],
        counts: &[u32; LITERAL_LENGTHS],
    ) -> Self {
        let literals = || counts.iter().zip(literal_lengths).take(256);
        let bits: u32 = literals().map(|(count, length)| count * u32::from(*length)).sum();
        let many: u32 = literals().map(|(count, _)| *count).sum();
        let price = |length: u8| if length == 0 { RARE_BITS } else { length };
        Self {
            literals: std::array::from_fn(|byte| price(literal_lengths[byte])),
            lengths: std::array::from_fn(|at| {
                let symbol = length_symbol(at as u16 + 3);
                price(literal_lengths[usize::from(symbol.symbol) % LITERAL_LENGTHS]) + symbol.extra_bits
            }),
            distances: std::array::from_fn(|symbol| price(distances[symbol]) + distance_extra_bits(symbol)),
            literal: (bits * 16).checked_div(many).unwrap_or(LITERAL_BITS * 16),
        }
    }

    /// Bits of a match of a length from 3, taken as 258 when it is longer.
    #[inline(always)]
    pub fn of_match(&self, length: usize, distance: usize) -> u32 {
        let symbol = usize::from(distance_symbol(distance as u16).symbol) % DISTANCES;
        u32::from(self.lengths[(length - 3).min(255)]) + u32::from(self.distances[symbol])
    }

    /// True when a match is likely to be cheaper than as many literals.
    #[inline(always)]
    pub fn suggest_match(&self, length: usize, distance: usize) -> bool {
        self.of_match(length, distance) * 16 <= length as u32 * self.literal
    }

    /// Bits of a literal.
    #[inline]
    pub fn of_literal(&self, byte: u8) -> u32 {
        u32::from(self.literals[usize::from(byte)])
    }

    /// Bits of the literals of a pixel, the lowest `BPP` bytes of `pixel`.
    #[inline(always)]
    pub fn of_pixel<const BPP: usize>(&self, pixel: u64) -> u32 {
        (0..BPP).map(|channel| self.of_literal((pixel >> (8 * channel)) as u8)).sum()
    }
}

impl Default for Prices {
    /// Before the first block: matches take a little more than their extra bits.
    fn default() -> Self {
        Self {
            literals: [LITERAL_BITS as u8; 256],
            lengths: std::array::from_fn(|at| 5 + length_symbol(at as u16 + 3).extra_bits),
            distances: std::array::from_fn(|symbol| 4 + distance_extra_bits(symbol)),
            literal: LITERAL_BITS * 16,
        }
    }
}
