//! The symbols of lengths and distances (RFC 1951, section 3.2.5).

/// Symbols of literals and lengths: 256 literals, the end of a block, 29 lengths; rounded up for masking.
pub const LITERAL_LENGTHS: usize = 288;
/// Those that may occur.
pub const LITERAL_LENGTHS_USED: usize = 286;
/// Symbols of distances, rounded up for masking; 30 may occur.
pub const DISTANCES: usize = 32;
/// The end of a block.
pub const END: usize = 256;
/// Longest match.
pub const MAX_LENGTH: usize = 258;
/// Shortest match.
pub const MIN_LENGTH: usize = 3;
/// Farthest match.
pub const MAX_DISTANCE: usize = 32_768;

/// A length or distance as it is written: symbol, then extra bits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Symbol {
    /// Within its alphabet.
    pub symbol: u16,
    /// Number of extra bits.
    pub extra_bits: u8,
    /// Their value.
    pub extra: u16,
}

/// Symbols by length minus three.
static LENGTH_SYMBOLS: [Symbol; 256] = {
    let mut table = [Symbol { symbol: 285, extra_bits: 0, extra: 0 }; 256];
    let mut at = 0;
    while at < 255 {
        // Four symbols for each number of extra bits, but eight without any.
        let (group, extra_bits) = if at < 8 { (at, 0) } else { steps(at, 2) };
        table[at] =
            Symbol { symbol: 257 + group as u16, extra_bits, extra: (at & ((1 << extra_bits) - 1)) as u16 };
        at += 1;
    }
    table
};

/// The symbol of a number when each number of extra bits has 2^`per_bit` symbols, and that number of bits.
const fn steps(number: usize, per_bit: u32) -> (usize, u8) {
    let extra_bits = number.ilog2() - per_bit;
    (((extra_bits as usize) << per_bit) + (number >> extra_bits), extra_bits as u8)
}

/// Extra bits of a length's symbol.
pub const fn length_extra_bits(symbol: usize) -> u8 {
    if symbol < 265 || symbol > 284 { 0 } else { ((symbol - 261) / 4) as u8 }
}

/// Extra bits of a distance's symbol.
pub const fn distance_extra_bits(symbol: usize) -> u8 {
    (symbol / 2).saturating_sub(1) as u8
}

/// The symbol of a length of 3 to 258.
#[inline]
pub fn length_symbol(length: u16) -> Symbol {
    LENGTH_SYMBOLS[usize::from(length.wrapping_sub(3) & 255)]
}

/// The symbol of a distance of 1 to 32,768.
#[inline(always)]
pub const fn distance_symbol(distance: u16) -> Symbol {
    let number = distance.wrapping_sub(1) as u32;
    // As `steps`, but without a branch for the first four.
    let extra_bits = (number | 2).ilog2() - 1;
    let symbol = 2 * extra_bits + (number >> extra_bits);
    Symbol {
        symbol: symbol as u16,
        extra_bits: extra_bits as u8,
        extra: (number & ((1 << extra_bits) - 1)) as u16,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parts(s: Symbol) -> (u16, u8, u16) {
        (s.symbol, s.extra_bits, s.extra)
    }

    #[test]
    fn lengths_are_those_of_the_table() {
        for (length, symbol, extra_bits, extra) in [
            (3, 257, 0, 0),
            (10, 264, 0, 0),
            (11, 265, 1, 0),
            (12, 265, 1, 1),
            (13, 266, 1, 0),
            (18, 268, 1, 1),
            (19, 269, 2, 0),
            (34, 272, 2, 3),
            (35, 273, 3, 0),
            (66, 276, 3, 7),
            (67, 277, 4, 0),
            (130, 280, 4, 15),
            (131, 281, 5, 0),
            (257, 284, 5, 30),
            (258, 285, 0, 0),
        ] {
            assert_eq!(parts(length_symbol(length)), (symbol, extra_bits, extra), "length {length}");
        }
    }

    #[test]
    fn distances_are_those_of_the_table() {
        for (distance, symbol, extra_bits, extra) in [
            (1, 0, 0, 0),
            (4, 3, 0, 0),
            (5, 4, 1, 0),
            (6, 4, 1, 1),
            (7, 5, 1, 0),
            (9, 6, 2, 0),
            (24, 8, 3, 7),
            (1025, 20, 9, 0),
            (16_385, 28, 13, 0),
            (24_576, 28, 13, 8191),
            (24_577, 29, 13, 0),
            (32_768, 29, 13, 8191),
        ] {
            assert_eq!(parts(distance_symbol(distance)), (symbol, extra_bits, extra), "distance {distance}");
        }
    }
}
