//! Quantised coefficients to samples: the inverse transform as libjpeg's accurate integer method (`jidctint.c`, after
//! Loeffler, Ligtenberg and Moschytz, 1989) has it, bit for bit.
//!
//! That method is linear up to the two places where it rounds, so its butterflies are multiplied out here: each output is
//! a sum of products of two inputs at a time. Sums are exact in 32 bits for all blocks that an encoder makes; what others
//! make of it is the same on every machine.

use crate::codec::jpeg::quantisation::ZIGZAG;
use crate::codec::lanes::Lanes;

/// Coefficients of a block, or what they are multiplied with, in the order that the transform takes them: eight rows of
/// lanes, each with pairs of vertical frequencies (0 and 2, 1 and 3, 4 and 6, 5 and 7) for four horizontal ones (0, 2, 1,
/// 3, in the last four rows 4, 6, 5, 7).
pub type Block = [[i16; 8]; 8];

/// Where in a [`Block`] the coefficients in zigzag order are.
pub const PLACES: [u8; 64] = {
    let mut places = [0; 64];
    let mut i = 0;
    while i < 64 {
        let (u, v) = (ZIGZAG[i] % 8, ZIGZAG[i] / 8);
        let row = u / 4 * 4 + v / 4 * 2 + v % 2;
        let lane = u % 2 * 4 + u / 2 % 2 * 2 + v / 2 % 2;
        places[i] = row * 8 + lane;
        i += 1;
    }
    places
};

/// The last coefficient in zigzag order of those with frequencies below 4 alone.
const LAST_OF_LOW: u32 = 9;

/// A quantisation table, from zigzag order.
pub fn steps(table: &[u8; 64]) -> Block {
    let mut steps = Block::default();
    for (step, place) in table.iter().zip(PLACES) {
        steps[usize::from(place / 8)][usize::from(place % 8)] = i16::from(*step);
    }
    steps
}

/// Bits behind the point of the factors, and of what comes out of the first pass.
const FACTOR_BITS: u32 = 13;
const FIRST_BITS: u32 = 2;

/// Factors of outputs 0 to 3, by pairs of inputs: those of 4 to 7 differ in the sign of the odd inputs' part. In the
/// order 0 and 2, 4 and 6 (even); 1 and 3, 5 and 7 (odd).
pub struct Factors {
    even: [[[i16; 8]; 4]; 2],
    odd: [[[i16; 8]; 4]; 2],
}

pub static FACTORS: Factors = {
    const fn f(a: i16, b: i16) -> [i16; 8] {
        [a, b, a, b, a, b, a, b]
    }
    Factors {
        even: [
            [f(8192, 10_703), f(8192, 4433), f(8192, -4433), f(8192, -10_703)],
            [f(8192, 4433), f(-8192, -10_704), f(-8192, 10_704), f(8192, -4433)],
        ],
        odd: [
            [f(11_363, 9633), f(9633, -2259), f(6437, -11_362), f(2260, -6436)],
            [f(6437, 2260), f(-11_362, -6436), f(2261, 9633), f(9633, -11_363)],
        ],
    }
};

/// Turns a block into samples, written to the eight rows of `stride` bytes that `out` begins with, and clears the block.
/// `last` is the last coefficient in zigzag order that may not be zero.
#[inline(always)]
pub fn block(factors: &Factors, block: &mut Block, steps: &Block, last: u32, out: &mut [u8], stride: usize) {
    let rows = out.chunks_mut(stride);
    match last {
        0 => {
            let samples = flat(block, steps);
            rows.for_each(|row| put(row, samples));
        }
        1..=LAST_OF_LOW => samples(low(factors, block, steps), rows),
        _ => samples(full(factors, block, steps), rows),
    }
}

/// All samples are the same.
#[inline(always)]
fn flat(block: &mut Block, steps: &Block) -> [u8; 8] {
    let value = i32::from(block[0][0].wrapping_mul(steps[0][0]));
    block[0][0] = 0;
    [((value + 4 >> 3) + 128).clamp(0, 255) as u8; 8]
}

/// No horizontal or vertical frequency above 3.
#[inline(always)]
fn low(factors: &Factors, block: &mut Block, steps: &Block) -> [[Lanes; 8]; 2] {
    let [even, odd] = [0, 1].map(|i| take(block, steps, i));
    let rows = pass::<{ 16 - (FACTOR_BITS - FIRST_BITS) }>(
        factors,
        1 << (FACTOR_BITS - FIRST_BITS - 1),
        [even, odd],
        None,
    );
    [0, 4].map(|i| {
        let (a, b) = (rows[i].high_halves(rows[i + 2]), rows[i + 1].high_halves(rows[i + 3]));
        let (a, b) = (a.low_i32s(b), a.high_i32s(b));
        second(factors, [a.low_i64s(b), a.high_i64s(b)], None)
    })
}

#[inline(always)]
fn full(factors: &Factors, block: &mut Block, steps: &Block) -> [[Lanes; 8]; 2] {
    let halves = [0, 4].map(|from| {
        let [a, b, c, d] = [0, 1, 2, 3].map(|i| take(block, steps, from + i));
        pass::<{ 16 - (FACTOR_BITS - FIRST_BITS) }>(
            factors,
            1 << (FACTOR_BITS - FIRST_BITS - 1),
            [a, b],
            Some([c, d]),
        )
    });
    let rows: [Lanes; 8] = std::array::from_fn(|i| halves[0][i].high_halves(halves[1][i]));
    [0, 4].map(|i| {
        let (a, b) = (rows[i].low_i32s(rows[i + 1]), rows[i + 2].low_i32s(rows[i + 3]));
        let (c, d) = (rows[i].high_i32s(rows[i + 1]), rows[i + 2].high_i32s(rows[i + 3]));
        second(factors, [a.low_i64s(b), a.high_i64s(b)], Some([c.low_i64s(d), c.high_i64s(d)]))
    })
}

/// Takes a row of a block, dequantised.
#[inline(always)]
fn take(block: &mut Block, steps: &Block, row: usize) -> Lanes {
    let taken = std::mem::take(&mut block[row]);
    Lanes::of_i16s(taken).mul_i16(Lanes::of_i16s(steps[row]))
}

/// The second pass for four rows.
#[inline(always)]
fn second(factors: &Factors, low: [Lanes; 2], high: Option<[Lanes; 2]>) -> [Lanes; 8] {
    const BITS: u32 = FACTOR_BITS + FIRST_BITS + 3;
    // Samples are made unsigned at once.
    pass::<0>(factors, (128 << BITS) + (1 << (BITS - 1)), low, high)
}

/// One pass, four lanes at once, of the inputs 0 and 2, 1 and 3, then 4 and 6, 5 and 7 where they are not zero.
#[inline(always)]
fn pass<const BITS: u32>(
    factors: &Factors,
    bias: i32,
    low: [Lanes; 2],
    high: Option<[Lanes; 2]>,
) -> [Lanes; 8] {
    let bias = Lanes::all_i32(bias);
    let sum = |factors: &[[[i16; 8]; 4]; 2], side: usize, i: usize| {
        let product = |inputs: [Lanes; 2], part: usize| inputs[side].dot(Lanes::of_i16s(factors[part][i]));
        let sum = product(low, 0);
        high.map_or(sum, |high| sum.add_i32(product(high, 1)))
    };
    let even: [Lanes; 4] = std::array::from_fn(|i| sum(&factors.even, 0, i).add_i32(bias));
    let odd: [Lanes; 4] = std::array::from_fn(|i| sum(&factors.odd, 1, i));
    std::array::from_fn(|i| {
        let sum = if i < 4 { even[i].add_i32(odd[i]) } else { even[7 - i].sub_i32(odd[7 - i]) };
        sum.shl_i32::<BITS>()
    })
}

/// Writes rows of samples, which are there as columns in two halves of four.
#[inline(always)]
fn samples<'r>([top, bottom]: [[Lanes; 8]; 2], mut rows: impl Iterator<Item = &'r mut [u8]>) {
    let columns: [Lanes; 8] = std::array::from_fn(|x| top[x].high_halves(bottom[x]));
    let [a, b, c, d]: [Lanes; 4] =
        std::array::from_fn(|x| columns[x].to_bytes::<{ FACTOR_BITS + FIRST_BITS + 3 - 16 }>(columns[x + 4]));
    let (left, right) = ((a.low_bytes(b), c.low_bytes(d)), (a.high_bytes(b), c.high_bytes(d)));
    let upper = (left.0.low_i16s(left.1), right.0.low_i16s(right.1));
    let lower = (left.0.high_i16s(left.1), right.0.high_i16s(right.1));
    let pairs = [
        upper.0.low_i32s(upper.1),
        upper.0.high_i32s(upper.1),
        lower.0.low_i32s(lower.1),
        lower.0.high_i32s(lower.1),
    ];
    for pair in pairs {
        let pair: [[u8; 8]; 2] = bytemuck::must_cast(pair.bytes());
        for samples in pair {
            rows.next().into_iter().for_each(|row| put(row, samples));
        }
    }
}

#[inline(always)]
fn put(row: &mut [u8], samples: [u8; 8]) {
    if let Some(row) = row.first_chunk_mut() {
        *row = samples;
    }
}
