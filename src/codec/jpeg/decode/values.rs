//! Blocks of coefficients out of a scan's bits, several symbols and their values with few looks.

use crate::codec::CarryError;
use crate::codec::jpeg::bit_reader::Bits;
use crate::codec::jpeg::block::{extend, read_ac_symbol};
use crate::codec::jpeg::decode::inverse_dct::{Block, PLACES};
use crate::codec::jpeg::huffman::HuffmanSpec;
use crate::codec::jpeg::lookup::SymbolLookup;

/// Bits that [`ValueLookup`] looks at.
const VALUE_BITS: u32 = 10;

/// Looks without taking up bits in between: after taking up there are 56.
const LOOKS: u32 = 56 / VALUE_BITS;

/// What the next bits of a block's AC coefficients are.
#[derive(Clone, Copy, Default)]
struct Value {
    /// The coefficient that is not zero.
    value: i16,
    /// It and the zeros before, and [`Value::END`] when the block ends behind it; [`Value::NONE`] when there is none: the
    /// block ends here, or, with no bits, the symbol must be read alone.
    advance: u8,
    /// Bits that it takes.
    bits: u8,
}

impl Value {
    const END: u8 = 128;
    const NONE: u8 = 63;
}

/// Decodes AC symbols with their values.
pub struct ValueLookup {
    symbols: SymbolLookup,
    values: Box<[Value; 1 << VALUE_BITS]>,
}

impl ValueLookup {
    pub fn new(spec: HuffmanSpec<'_>) -> Self {
        let symbols = SymbolLookup::new(spec);
        let mut values = Box::new([Value::default(); 1 << VALUE_BITS]);
        for (index, value) in values.iter_mut().enumerate() {
            *value = look((index as u64) << (64 - VALUE_BITS), &symbols);
        }
        Self { symbols, values }
    }
}

fn look(next: u64, symbols: &SymbolLookup) -> Value {
    let (length, symbol) = symbols.symbol(next);
    let (length, size) = (u32::from(length), u32::from(symbol & 15));
    let mut bits = length + size;
    if length == 0 || !(1..=10).contains(&size) || bits > VALUE_BITS {
        let bits = if symbol == 0 && length <= VALUE_BITS { length as u8 } else { 0 };
        return Value { value: 0, advance: Value::NONE, bits };
    }
    let value = extend(next << length >> (64 - size), size) as i16;
    let mut advance = (symbol >> 4) + 1;
    let (length, symbol) = symbols.symbol(next << bits);
    if length > 0 && symbol == 0 && bits + u32::from(length) <= VALUE_BITS {
        bits += u32::from(length);
        advance |= Value::END;
    }
    Value { value, advance, bits: bits as u8 }
}

/// Reads the AC coefficients of a block; the last one in zigzag order that may not be zero.
///
/// # Errors
/// [`CarryError::Damaged`].
#[inline(always)]
pub fn read(
    data: &[u8],
    bits: &mut Bits,
    lookup: &ValueLookup,
    block: &mut Block,
) -> Result<u32, CarryError> {
    let block = block.as_flattened_mut();
    let mut last = 0;
    'taking: loop {
        bits.refill(data);
        for _ in 0..LOOKS {
            let found = lookup.values[(bits.next >> (64 - VALUE_BITS)) as usize];
            let next = last + u32::from(found.advance & (Value::END - 1));
            // Behind the last coefficient of all there is no end of the block.
            if next >= 63 {
                if found.advance == Value::NONE && found.bits > 0 {
                    bits.consume(found.bits.into());
                    return Ok(last);
                }
                let (next, symbol, raw) = read_ac_symbol(data, bits, &lookup.symbols, last + 1)?;
                let size = u32::from(symbol & 15);
                if symbol == 0 {
                    return Ok(last);
                }
                last = next - 1;
                if size > 0 {
                    block[usize::from(PLACES[last as usize & 63] & 63)] = extend(raw, size) as i16;
                }
                if last == 63 {
                    return Ok(last);
                }
                continue 'taking;
            }
            bits.consume(found.bits.into());
            last = next;
            block[usize::from(PLACES[last as usize] & 63)] = found.value;
            if found.advance >= Value::END {
                return Ok(last);
            }
        }
    }
}
