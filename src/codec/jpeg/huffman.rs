//! Huffman tables: their form in the file, codes for coding, tables made to measure.

use crate::codec::EncodeError;

/// A Huffman table as a file has it (T.81, B.2.4.2): how many codes of 1 to 16 bits there are, and the symbols by
/// rising length of their codes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct HuffmanSpec<'t> {
    pub counts: &'t [u8; 16],
    pub symbols: &'t [u8],
}

impl<'t> HuffmanSpec<'t> {
    /// Every symbol with its code and the code's length, shortest first (T.81, annex C).
    pub fn codes(self) -> impl Iterator<Item = (u8, u16, u8)> + 't {
        let lengths = (1u8..).zip(self.counts).flat_map(|(length, count)| (0..*count).map(move |_| length));
        let (mut code, mut last_length) = (0u32, 0);
        lengths.zip(self.symbols).map(move |(length, symbol)| {
            code <<= length - last_length;
            last_length = length;
            let this = code as u16;
            code += 1;
            (*symbol, this, length)
        })
    }

    /// Whether the symbols are as many as the counts say and all codes fit their lengths.
    pub fn is_sound(self) -> bool {
        let mut room = 1u32;
        for count in self.counts {
            room *= 2;
            let Some(left) = room.checked_sub(u32::from(*count)) else { return false };
            room = left;
        }
        self.counts.iter().map(|c| usize::from(*c)).sum::<usize>() == self.symbols.len()
    }
}

/// Which of a component's two tables.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Class {
    Dc,
    Ac,
}

impl Class {
    /// Whether baseline JPEG of 8 bits a sample can have the symbol (T.81, F.1.2.1.2 and F.1.2.2.1).
    pub const fn has(self, symbol: u8) -> bool {
        match self {
            Self::Dc => symbol <= 11,
            Self::Ac => matches!(symbol, 0x00 | 0xf0) || matches!(symbol & 15, 1..=10),
        }
    }
}

/// A Huffman table of our own file.
///
/// # Guarantees
/// It has a code of 1 to 16 bits for every symbol that baseline JPEG can have, and no other; no code is all ones.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct HuffmanTable {
    counts: [u8; 16],
    symbols: Vec<u8>,
}

impl HuffmanTable {
    /// Checks a table.
    ///
    /// # Errors
    /// [`EncodeError::Frame`] when it lacks what a table of ours guarantees.
    pub fn new(class: Class, counts: [u8; 16], symbols: Vec<u8>) -> Result<Self, EncodeError> {
        let spec = HuffmanSpec { counts: &counts, symbols: &symbols };
        let mut sorted = symbols.clone();
        sorted.sort_unstable();
        let full = sorted.iter().copied().eq((0..=255).filter(|s| class.has(*s)));
        let all_ones = spec.codes().any(|(_, code, length)| u32::from(code) + 1 == 1 << length);
        if full && spec.is_sound() && !all_ones {
            Ok(Self { counts, symbols })
        } else {
            Err(EncodeError::Frame("a Huffman table is not sound or not complete"))
        }
    }

    /// The table for these frequencies of symbols, as short as 16 bits allow (T.81, K.2).
    pub fn for_frequencies(class: Class, frequencies: &[u32; 256]) -> Result<Self, EncodeError> {
        // The place behind the last symbol stands for the code of all ones, which nothing gets.
        const RESERVED: usize = 256;
        let mut weights = [0u64; RESERVED + 1];
        for (symbol, weight) in (0..=255u8).zip(&mut weights) {
            if class.has(symbol) {
                *weight = u64::from(frequencies[usize::from(symbol)].max(1));
            }
        }
        weights[RESERVED] = 1;
        let lengths = code_lengths(&weights);
        let mut counts = [0usize; RESERVED + 1];
        for length in lengths.iter().filter(|l| **l > 0) {
            counts[usize::from(*length)] += 1;
        }
        shorten(&mut counts);
        // The reserved code is the last of the longest.
        if let Some(longest) = counts.iter_mut().rev().find(|c| **c > 0) {
            *longest -= 1;
        }
        let mut symbols: Vec<u8> = (0..=255).filter(|s| class.has(*s)).collect();
        symbols.sort_by_key(|s| (lengths[usize::from(*s)], std::cmp::Reverse(weights[usize::from(*s)])));
        let counts = std::array::from_fn(|i| counts[i + 1] as u8);
        Self::new(class, counts, symbols)
    }

    /// The table as the file has it.
    pub fn spec(&self) -> HuffmanSpec<'_> {
        HuffmanSpec { counts: &self.counts, symbols: &self.symbols }
    }

    /// The codes by symbol.
    pub fn codes(&self) -> Box<[Code; 256]> {
        let mut codes = Box::new([Code { bits: 0, length: 0 }; 256]);
        for (symbol, bits, length) in self.spec().codes() {
            codes[usize::from(symbol)] = Code { bits, length };
        }
        codes
    }
}

/// A symbol's code: the low `length` bits.
#[derive(Debug, Clone, Copy)]
pub(super) struct Code {
    pub bits: u16,
    pub length: u8,
}

/// Huffman's algorithm: the depth of each symbol with a weight above zero.
fn code_lengths(weights: &[u64; 257]) -> [u8; 257] {
    let mut weights = *weights;
    let mut lengths = [0u8; 257];
    // Symbols that hang at the same node are chained.
    let mut next = [usize::MAX; 257];
    loop {
        let (mut least, mut second) = (usize::MAX, usize::MAX);
        for (i, weight) in weights.iter().enumerate().filter(|(_, w)| **w > 0) {
            if least == usize::MAX || *weight <= weights[least] {
                second = least;
                least = i;
            } else if second == usize::MAX || *weight <= weights[second] {
                second = i;
            }
        }
        if second == usize::MAX {
            return lengths;
        }
        weights[least] += weights[second];
        weights[second] = 0;
        let mut at = least;
        loop {
            lengths[at] += 1;
            if next[at] == usize::MAX {
                break;
            }
            at = next[at];
        }
        next[at] = second;
        at = second;
        while at != usize::MAX {
            lengths[at] += 1;
            at = next[at];
        }
    }
}

/// Moves codes of more than 16 bits up: two of the longest become one a bit shorter, and one of a shorter length makes
/// room for the other (T.81, K.2, figure K.3).
fn shorten(counts: &mut [usize; 257]) {
    for length in (17..counts.len()).rev() {
        while counts[length] > 0 {
            let Some(shorter) = (1..length - 1).rev().find(|l| counts[*l] > 0) else { break };
            counts[length] -= 2;
            counts[length - 1] += 1;
            counts[shorter + 1] += 2;
            counts[shorter] -= 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::codec::jpeg::lookup::SymbolLookup;
    use proptest::prelude::*;

    #[test]
    fn codes_are_those_of_the_standard() {
        // T.81, table K.3.
        let counts = [0, 1, 5, 1, 1, 1, 1, 1, 1, 0, 0, 0, 0, 0, 0, 0];
        let table = HuffmanTable::new(Class::Dc, counts, (0..12).collect()).unwrap();
        let codes: Vec<_> = table.spec().codes().collect();
        assert_eq!(codes[0], (0, 0b00, 2));
        assert_eq!(codes[1], (1, 0b010, 3));
        assert_eq!(codes[5], (5, 0b110, 3));
        assert_eq!(codes[11], (11, 0b1_1111_1110, 9));
    }

    proptest! {
        #[test]
        fn tables_to_measure_are_complete_and_short(
            weights in prop::collection::vec((any::<u8>(), 0u32..31), 0..300),
        ) {
            let mut frequencies = [0u32; 256];
            for (symbol, power) in weights {
                frequencies[usize::from(symbol)] += 1 << power >> 9;
            }
            for class in [Class::Dc, Class::Ac] {
                // Checks soundness, completeness and 16 bits.
                let table = HuffmanTable::for_frequencies(class, &frequencies).unwrap();
                let lookup = SymbolLookup::new(table.spec());
                for (symbol, code, length) in table.spec().codes() {
                    prop_assert_eq!(lookup.symbol(u64::from(code) << (64 - length)), (length, symbol));
                    for (other, _, other_length) in table.spec().codes() {
                        let (a, b) = (frequencies[usize::from(symbol)], frequencies[usize::from(other)]);
                        prop_assert!(a.max(1) <= b.max(1) || length <= other_length);
                    }
                }
                prop_assert_eq!(lookup.symbol(u64::MAX), (0, 0));
            }
        }
    }

    #[test]
    fn the_shortest_table_there_is_is_found() {
        // Weights of powers of two have codes of as many bits; what does not occur has at least one occurrence.
        let mut frequencies = [0u32; 256];
        for (i, frequency) in frequencies.iter_mut().enumerate().take(12) {
            *frequency = 1 << (16 - i);
        }
        let table = HuffmanTable::for_frequencies(Class::Dc, &frequencies).unwrap();
        let lengths: Vec<u8> = table.spec().codes().map(|(_, _, length)| length).collect();
        assert_eq!(lengths, (1..=12).collect::<Vec<u8>>());
    }
}
