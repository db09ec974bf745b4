//! Blocks of quantised coefficients to and from bits (T.81, F.1.2, F.2.2).

use crate::codec::CarryError;
use crate::codec::jpeg::bit_buffer::BitBuffer;
use crate::codec::jpeg::bit_reader::Bits;
use crate::codec::jpeg::dct::QuantisedBlock;
use crate::codec::jpeg::frame::JpegFrame;
use crate::codec::jpeg::huffman::Code;
use crate::codec::jpeg::lookup::SymbolLookup;

/// A frame's codes: first luma, then chroma.
pub(super) struct BlockCodes {
    dc: [Box<[Code; 256]>; 2],
    pub ac: [Box<[Code; 256]>; 2],
}

impl BlockCodes {
    pub fn new(frame: &JpegFrame) -> Self {
        let [dc_luma, ac_luma, dc_chroma, ac_chroma] = frame.huffman();
        Self { dc: [dc_luma.codes(), dc_chroma.codes()], ac: [ac_luma.codes(), ac_chroma.codes()] }
    }

    /// Codes a difference of DC, at most 2047 in size.
    #[inline(always)]
    pub fn put_dc(&self, out: &mut BitBuffer, component: usize, difference: i32) {
        let (size, value) = magnitude(difference);
        let code = self.dc[component.min(1)][(size & 15) as usize];
        out.put(u64::from(code.bits) << size | u64::from(value), u32::from(code.length) + size);
    }

    /// Codes the AC coefficients of a block in zigzag order, at most 1023 in size.
    pub fn put_ac(&self, out: &mut BitBuffer, component: usize, block: &[i16; 64]) {
        ac_symbols(block, |symbol, value| self.put_symbol(out, component, symbol, value.into()));
    }

    /// The same of a block that comes from samples.
    #[inline(always)]
    pub fn put_quantised(&self, out: &mut BitBuffer, component: usize, block: &QuantisedBlock) {
        symbols(
            block.not_zero,
            |at| block.coefficient(at),
            |symbol, value| {
                self.put_symbol(out, component, symbol, value.into());
            },
        );
    }

    /// Codes one AC symbol with its value bits.
    #[inline(always)]
    pub fn put_symbol(&self, out: &mut BitBuffer, component: usize, symbol: u8, value: u64) {
        let code = self.ac[component.min(1)][usize::from(symbol)];
        let size = u32::from(symbol & 15);
        out.put(u64::from(code.bits) << size | value, u32::from(code.length) + size);
    }
}

/// Number of bits of a value's size, and the value's bits: of a negative one those of the value below (T.81, F.1.2.1).
#[inline(always)]
pub(super) const fn magnitude(value: i32) -> (u32, u32) {
    let sign = value >> 31;
    let size = 32 - value.unsigned_abs().leading_zeros();
    (size, (value + sign) as u32 & ((1 << size) - 1))
}

/// The value of so many bits (T.81, F.2.2.1, EXTEND).
#[inline(always)]
pub(super) const fn extend(bits: u64, size: u32) -> i32 {
    let bits = bits as i32;
    if size > 0 && bits >> (size - 1) == 0 { bits - (1 << size) + 1 } else { bits }
}

/// Calls with every symbol of a block's AC coefficients in zigzag order, and its value bits.
#[inline(always)]
pub(super) fn ac_symbols(block: &[i16; 64], symbol: impl FnMut(u8, u32)) {
    symbols(not_zero(block), |at| block[at as usize & 63], symbol);
}

/// The same by a bit for every coefficient that is not zero, and the coefficients.
#[inline(always)]
fn symbols(not_zero: u64, coefficient: impl Fn(u32) -> i16, mut symbol: impl FnMut(u8, u32)) {
    let mut left = not_zero & !1;
    let mut done = 0;
    while left != 0 {
        let at = left.trailing_zeros();
        left &= left - 1;
        let mut run = at - done - 1;
        while run > 15 {
            symbol(0xf0, 0);
            run -= 16;
        }
        let (size, value) = magnitude(coefficient(at).into());
        symbol((run << 4 | size) as u8, value);
        done = at;
    }
    if done < 63 {
        symbol(0, 0);
    }
}

/// A bit for every coefficient that is not zero.
#[inline(always)]
fn not_zero(block: &[i16; 64]) -> u64 {
    let flags: [u8; 64] = std::array::from_fn(|i| u8::from(block[i] != 0));
    let mut mask = 0;
    for (i, flags) in flags.as_chunks::<8>().0.iter().enumerate() {
        // Brings the low bits of eight bytes together in the highest byte.
        let bits = u64::from_le_bytes(*flags).wrapping_mul(0x0102_0408_1020_4080) >> 56;
        mask |= bits << (i * 8);
    }
    mask
}

/// Reads a difference of DC.
///
/// # Errors
/// [`CarryError::Damaged`].
#[inline(always)]
pub(super) fn read_dc(data: &[u8], bits: &mut Bits, table: &SymbolLookup) -> Result<i32, CarryError> {
    bits.refill(data);
    let (length, size) = table.symbol(bits.next);
    if length == 0 || size > 11 {
        return Err(CarryError::Damaged("there is no such DC symbol"));
    }
    let (length, size) = (u32::from(length), u32::from(size));
    let value = bits.peek(length, size);
    bits.consume(length + size);
    Ok(extend(value, size))
}

/// Reads one symbol of AC at coefficient `at`: the coefficient after it, the symbol, its value bits.
///
/// # Errors
/// [`CarryError::Damaged`].
#[inline(always)]
pub(super) fn read_ac_symbol(
    data: &[u8],
    bits: &mut Bits,
    table: &SymbolLookup,
    at: u32,
) -> Result<(u32, u8, u64), CarryError> {
    bits.refill(data);
    let (length, symbol) = table.symbol(bits.next);
    let (length, size) = (u32::from(length), u32::from(symbol & 15));
    let value = bits.peek(length, size);
    bits.consume(length + size);
    match symbol {
        _ if length == 0 => Err(CarryError::Damaged("there is no such AC symbol")),
        0 => Ok((64, symbol, 0)),
        0xf0 if at + 16 <= 64 => Ok((at + 16, symbol, 0)),
        _ if size == 0 || size > 10 => Err(CarryError::Damaged("there is no such AC symbol")),
        _ => {
            let next = at + u32::from(symbol >> 4) + 1;
            if next > 64 {
                return Err(CarryError::Damaged("a block has more than 64 coefficients"));
            }
            Ok((next, symbol, value))
        }
    }
}

/// Reads the AC coefficients of a block in zigzag order.
///
/// # Errors
/// [`CarryError::Damaged`].
pub(super) fn read_ac(
    data: &[u8],
    bits: &mut Bits,
    table: &SymbolLookup,
    block: &mut [i16; 64],
) -> Result<(), CarryError> {
    let mut at = 1;
    while at < 64 {
        let (next, symbol, value) = read_ac_symbol(data, bits, table, at)?;
        if symbol & 15 != 0 {
            block[(next - 1) as usize & 63] = extend(value, u32::from(symbol & 15)) as i16;
        }
        at = next;
    }
    Ok(())
}
