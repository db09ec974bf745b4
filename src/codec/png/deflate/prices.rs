//! What symbols cost, as far as it is known before a block is written: what they cost in the block before.

use super::alphabet::{DISTANCES, LITERAL_LENGTHS, distance_extra_bits, distance_symbol, length_symbol};

/// Bits of literals, lengths and distances, extra bits included.
#[derive(Debug, Clone)]
pub struct Prices {
    literals: [u8; 256],
    /// By length minus three.
    lengths: [u8; 256],
    distances: [u8; DISTANCES],
}

/// Price of a symbol that did not occur.
const RARE_BITS: u8 = 13;

impl Prices {
    /// The prices of a block with these code lengths.
    pub fn new(literal_lengths: &[u8; LITERAL_LENGTHS], distances: &[u8; DISTANCES]) -> Self {
        let price = |length: u8| if length == 0 { RARE_BITS } else { length };
        Self {
            literals: std::array::from_fn(|byte| price(literal_lengths[byte])),
            lengths: std::array::from_fn(|at| {
                let symbol = length_symbol(at as u16 + 3);
                price(literal_lengths[usize::from(symbol.symbol) % LITERAL_LENGTHS]) + symbol.extra_bits
            }),
            distances: std::array::from_fn(|symbol| price(distances[symbol]) + distance_extra_bits(symbol)),
        }
    }

    /// Bits of a match of a length from 3, taken as 258 when it is longer.
    #[inline]
    pub fn of_match(&self, length: usize, distance: usize) -> u32 {
        let symbol = usize::from(distance_symbol(distance as u16).symbol) % DISTANCES;
        u32::from(self.lengths[(length - 3).min(255)]) + u32::from(self.distances[symbol])
    }

    /// Bits of a literal.
    #[inline]
    pub fn of_literal(&self, byte: u8) -> u32 {
        u32::from(self.literals[usize::from(byte)])
    }

    /// Bits of literals.
    #[inline]
    pub fn of_literals(&self, literals: &[u8]) -> u32 {
        literals.iter().map(|byte| self.of_literal(*byte)).sum()
    }
}

impl Default for Prices {
    /// Before the first block: literals take about seven bits, matches a little more than their extra bits.
    fn default() -> Self {
        Self {
            literals: [7; 256],
            lengths: std::array::from_fn(|at| 5 + length_symbol(at as u16 + 3).extra_bits),
            distances: std::array::from_fn(|symbol| 4 + distance_extra_bits(symbol)),
        }
    }
}
