//! Tables that turn the next bits of a tile into symbols, or at once into the bits of the output.

use crate::codec::jpeg::huffman::{Class, Code, HuffmanSpec};

/// Bits that [`SymbolLookup`] looks at first.
const SYMBOL_BITS: u32 = 10;

/// Decodes symbols: short codes with one look, long ones by comparing.
pub(super) struct SymbolLookup {
    /// Length and symbol by the next bits; length 0 where the code is longer or there is none.
    short: Box<[(u8, u8); 1 << SYMBOL_BITS]>,
    /// Codes of more than [`SYMBOL_BITS`] bits by rising value, left-aligned in 16 bits: one past it, length, symbol.
    long: Vec<(u32, u8, u8)>,
}

impl SymbolLookup {
    pub fn new(spec: HuffmanSpec<'_>) -> Self {
        let mut short = Box::new([(0, 0); 1 << SYMBOL_BITS]);
        let mut long = Vec::new();
        for (symbol, code, length) in spec.codes() {
            let bits = u32::from(length);
            if bits <= SYMBOL_BITS {
                let first = usize::from(code) << (SYMBOL_BITS - bits);
                let places = short.iter_mut().skip(first).take(1 << (SYMBOL_BITS - bits));
                places.for_each(|place| *place = (length, symbol));
            } else {
                long.push(((u32::from(code) + 1) << (16 - bits), length, symbol));
            }
        }
        Self { short, long }
    }

    /// Length and symbol of the code that the left-aligned bits begin with; length 0 when there is none.
    #[inline(always)]
    pub fn symbol(&self, bits: u64) -> (u8, u8) {
        let found = self.short[(bits >> (64 - SYMBOL_BITS)) as usize];
        if found.0 == 0 { self.long_symbol(bits) } else { found }
    }

    #[cold]
    fn long_symbol(&self, bits: u64) -> (u8, u8) {
        let value = (bits >> 48) as u32;
        let at = self.long.partition_point(|(past, ..)| *past <= value);
        self.long.get(at).map_or((0, 0), |(_, length, symbol)| (*length, *symbol))
    }
}

/// Bits that [`RecodeLookup`] looks at.
pub(super) const RECODE_BITS: u32 = 11;

/// Output bits that an entry may have.
const OUT_BITS: u32 = 32;

/// What to do about the next bits of a block's AC coefficients: one or more whole symbols with their value bits, and
/// perhaps one more whose value bits come after what was looked at.
#[derive(Clone, Copy, Default)]
pub(super) struct Recode {
    /// The symbols coded anew, with the value bits that were seen.
    pub out: u32,
    /// Number of bits of `out`.
    pub out_bits: u8,
    /// Bits that were read.
    pub in_bits: u8,
    /// Value bits that follow in the input and are copied behind `out`.
    pub value_bits: u8,
    /// Coefficients that are done with, at most 64 with the end of the block counted as one, then plus
    /// [`Recode::END`]; [`Recode::LONG`] when the symbol must be decoded alone.
    pub advance: u8,
}

impl Recode {
    pub const END: u8 = 128;
    pub const LONG: u8 = 127;
}

/// Turns AC symbols of one table into those of another.
pub(super) struct RecodeLookup {
    entries: Box<[Recode; 1 << RECODE_BITS]>,
}

impl RecodeLookup {
    pub fn new(from: &SymbolLookup, to: &[Code; 256]) -> Self {
        let mut entries = Box::new([Recode::default(); 1 << RECODE_BITS]);
        for (index, entry) in entries.iter_mut().enumerate() {
            *entry = recode((index as u64) << (64 - RECODE_BITS), from, to);
        }
        Self { entries }
    }

    #[inline(always)]
    pub fn entry(&self, bits: u64) -> Recode {
        self.entries[(bits >> (64 - RECODE_BITS)) as usize]
    }
}

/// The entry for these bits, left-aligned.
fn recode(mut bits: u64, from: &SymbolLookup, to: &[Code; 256]) -> Recode {
    let (mut out, mut out_bits, mut in_bits, mut advance) = (0u64, 0u32, 0u32, 0u32);
    let mut value_bits = 0;
    while advance < 64 {
        let (length, symbol) = from.symbol(bits);
        let (length, size) = (u32::from(length), u32::from(symbol & 15));
        let steps = u32::from(symbol >> 4) + 1;
        let code = to[usize::from(symbol)];
        let code_bits = u32::from(code.length);
        let fits = length > 0 && in_bits + length <= RECODE_BITS && out_bits + code_bits + size <= OUT_BITS;
        if !fits || !Class::Ac.has(symbol) || advance + steps > 64 {
            break;
        }
        out = out << code_bits | u64::from(code.bits);
        out_bits += code_bits;
        in_bits += length;
        bits <<= length;
        advance += steps;
        if in_bits + size > RECODE_BITS {
            value_bits = size;
            break;
        }
        if size > 0 {
            out = out << size | bits >> (64 - size);
            out_bits += size;
            in_bits += size;
            bits <<= size;
        }
        if symbol == 0 {
            advance |= u32::from(Recode::END);
            break;
        }
    }
    if in_bits == 0 {
        return Recode { advance: Recode::LONG, ..Recode::default() };
    }
    Recode {
        out: out as u32,
        out_bits: out_bits as u8,
        in_bits: in_bits as u8,
        value_bits: value_bits as u8,
        advance: advance as u8,
    }
}
