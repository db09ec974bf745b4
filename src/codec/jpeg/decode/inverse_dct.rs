//! Quantised coefficients to samples: the inverse transform as libjpeg's accurate integer method (`jidctint.c`, after
//! Loeffler, Ligtenberg and Moschytz, 1989) has it, bit for bit.
//!
//! That method is linear up to the two places where it rounds, so its butterflies are multiplied out here: each output is
//! a sum of products of two inputs at a time. Sums are exact in 32 bits for all blocks that an encoder makes; what others
//! make of it is the same on every machine.

use crate::codec::jpeg::quantisation::ZIGZAG;
use crate::raster::lanes::Lanes;

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

/// Factors of outputs 0 to 3, by pairs of inputs: those of 7 to 4 differ in the sign of the odd inputs' part.
pub struct Factors {
    /// Of inputs 0 and 2, and of 4 and 6.
    even: [[[i16; 8]; 4]; 2],
    /// Of inputs 1 and 3, and of 5 and 7.
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
    [(((value + 4) >> 3) + 128).clamp(0, 255) as u8; 8]
}

/// No horizontal or vertical frequency above 3.
#[inline(always)]
fn low(factors: &Factors, block: &mut Block, steps: &Block) -> [[Lanes; 8]; 2] {
    let [even, odd] = [0, 1].map(|i| take(block, steps, i));
    let rows = first(factors, [even, odd], None);
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
        first(factors, [a, b], Some([c, d]))
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

/// The first pass for four columns. What it makes is in the upper halves.
#[inline(always)]
fn first(factors: &Factors, low: [Lanes; 2], high: Option<[Lanes; 2]>) -> [Lanes; 8] {
    const BITS: u32 = FACTOR_BITS - FIRST_BITS;
    pass::<{ 16 - BITS }>(factors, 1 << (BITS - 1), low, high)
}

/// Bits behind the point of what the second pass makes: the definition divides by 8.
const SECOND_BITS: u32 = FACTOR_BITS + FIRST_BITS + 3;

/// The second pass for four rows. Samples are made unsigned at once.
#[inline(always)]
fn second(factors: &Factors, low: [Lanes; 2], high: Option<[Lanes; 2]>) -> [Lanes; 8] {
    pass::<0>(factors, (128 << SECOND_BITS) + (1 << (SECOND_BITS - 1)), low, high)
}

/// One pass, four lanes at once, of the inputs 0 and 2, 1 and 3, then 4 and 6, 5 and 7 where they are not zero. Sums are
/// multiplied with a power of two.
#[inline(always)]
fn pass<const SHIFT: u32>(
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
        sum.shl_i32::<SHIFT>()
    })
}

/// Writes rows of samples, which are there as columns in two halves of four.
#[inline(always)]
fn samples<'r>([top, bottom]: [[Lanes; 8]; 2], mut rows: impl Iterator<Item = &'r mut [u8]>) {
    let columns: [Lanes; 8] = std::array::from_fn(|x| top[x].high_halves(bottom[x]));
    let [a, b, c, d]: [Lanes; 4] =
        std::array::from_fn(|x| columns[x].to_bytes::<{ SECOND_BITS - 16 }>(columns[x + 4]));
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

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// One pass of `jidctint.c` over eight values, with all of its butterflies, rounded to `bits` less.
    fn butterflies(v: [i64; 8], bits: u32) -> [i64; 8] {
        let z1 = (v[2] + v[6]) * 4433;
        let (tmp2, tmp3) = (z1 - v[6] * 15_137, z1 + v[2] * 6270);
        let (tmp0, tmp1) = ((v[0] + v[4]) << 13, (v[0] - v[4]) << 13);
        let even = [tmp0 + tmp3, tmp1 + tmp2, tmp1 - tmp2, tmp0 - tmp3];
        let z5 = (v[7] + v[3] + v[5] + v[1]) * 9633;
        let (z1, z2) = ((v[7] + v[1]) * -7373, (v[5] + v[3]) * -20_995);
        let (z3, z4) = ((v[7] + v[3]) * -16_069 + z5, (v[5] + v[1]) * -3196 + z5);
        let odd = [
            v[1] * 12_299 + z1 + z4,
            v[3] * 25_172 + z2 + z3,
            v[5] * 16_819 + z2 + z4,
            v[7] * 2446 + z1 + z3,
        ];
        let round = |value: i64| (value + (1 << (bits - 1))) >> bits;
        std::array::from_fn(|i| if i < 4 { round(even[i] + odd[i]) } else { round(even[7 - i] - odd[7 - i]) })
    }

    /// The samples of coefficients by vertical, then horizontal frequency, as libjpeg has them.
    fn libjpeg(coefficients: &[[i64; 8]; 8]) -> [[u8; 8]; 8] {
        let columns: [[i64; 8]; 8] =
            std::array::from_fn(|u| butterflies(std::array::from_fn(|v| coefficients[v][u]), 11));
        std::array::from_fn(|y| {
            let row = butterflies(std::array::from_fn(|u| columns[u][y]), 18);
            row.map(|sample| (sample + 128).clamp(0, 255) as u8)
        })
    }

    /// The definition, T.81, A.3.3, without limits.
    fn definition(coefficients: &[[i64; 8]; 8], x: usize, y: usize) -> f64 {
        let c = |k: usize| if k == 0 { std::f64::consts::FRAC_1_SQRT_2 } else { 1.0 };
        let cosine = |x: usize, k: usize| ((2 * x + 1) as f64 * k as f64 * std::f64::consts::PI / 16.0).cos();
        let sum: f64 = (0..64)
            .map(|i| {
                let (u, v) = (i % 8, i / 8);
                c(u) * c(v) * coefficients[v][u] as f64 * cosine(x, u) * cosine(y, v)
            })
            .sum();
        sum / 4.0 + 128.0
    }

    fn ours(quantised: &[i16; 64], table: &[u8; 64], last: u32) -> [[u8; 8]; 8] {
        let mut values = Block::default();
        for (value, place) in quantised.iter().zip(PLACES) {
            values[usize::from(place / 8)][usize::from(place % 8)] = *value;
        }
        const STRIDE: usize = 11;
        let mut out = [77; STRIDE * 7 + 8];
        block(&FACTORS, &mut values, &steps(table), last, &mut out, STRIDE);
        assert_eq!(values, Block::default(), "the block is cleared");
        for row in out.chunks(STRIDE) {
            assert!(row.iter().skip(8).all(|byte| *byte == 77), "bytes beside the block are left alone");
        }
        std::array::from_fn(|y| *out[y * STRIDE..].first_chunk().unwrap())
    }

    /// Dequantised coefficients of an encoder are at most 1024, and half a step.
    fn quantised() -> impl Strategy<Value = ([i16; 64], [u8; 64], u32)> {
        let table = prop_oneof![prop::array::uniform(1u8..=255), prop::array::uniform(1u8..=4)];
        let filled = prop_oneof![Just(1u32), 2u32..=12, 13u32..=64];
        let values = prop::array::uniform(prop_oneof![-1024i16..=1151, -30i16..=30, Just(0i16)]);
        (table, filled, values).prop_map(|(table, filled, values): ([u8; 64], u32, [i16; 64])| {
            let quantised =
                std::array::from_fn(
                    |i| {
                        if i < filled as usize { values[i] / i16::from(table[i]) } else { 0 }
                    },
                );
            (quantised, table, filled - 1)
        })
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(2_000))]

        #[test]
        fn samples_are_those_of_libjpeg((quantised, table, last) in quantised()) {
            let mut coefficients = [[0; 8]; 8];
            for (i, place) in ZIGZAG.iter().enumerate() {
                let value = i64::from(quantised[i]) * i64::from(table[i]);
                coefficients[usize::from(place / 8)][usize::from(place % 8)] = value;
            }
            let samples = ours(&quantised, &table, last);
            prop_assert_eq!(samples, libjpeg(&coefficients));
            // However many coefficients are said to be there, zeros are zeros.
            prop_assert_eq!(samples, ours(&quantised, &table, 63));
            for (y, row) in samples.iter().enumerate() {
                for (x, sample) in row.iter().enumerate() {
                    let exact = definition(&coefficients, x, y).clamp(0.0, 255.0);
                    prop_assert!((f64::from(*sample) - exact).abs() < 1.0, "{sample} is not {exact}");
                }
            }
        }
    }
}
