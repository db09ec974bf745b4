//! Samples to quantised coefficients: the forward transform as libjpeg's accurate integer method (`jfdctint.c`, after
//! Loeffler, Ligtenberg and Moschytz, 1989) has it, but columns first, and quantisation.
//!
//! That method is linear up to the two places where it rounds, so its butterflies are multiplied out here, as in
//! `decode/inverse_dct.rs`.

use std::hint::black_box;

use crate::codec::jpeg::quantisation::{MOST, ZIGZAG};
use crate::raster::lanes::Lanes;

/// Samples are given times 16: then what the first pass makes is in the upper halves of its sums.
pub(super) const SAMPLE_BITS: u32 = 4;

/// Coefficients, eight vertical frequencies for each horizontal one.
type Block = [[i16; 8]; 8];

/// Where in a [`Block`] the coefficients in zigzag order are.
const PLACES: [u8; 64] = {
    let mut places = [0; 64];
    let mut i = 0;
    while i < 64 {
        places[i] = ZIGZAG[i] % 8 * 8 + ZIGZAG[i] / 8;
        i += 1;
    }
    places
};

/// Where in zigzag order the coefficients of a [`Block`] are.
const ORDER: [u8; 64] = {
    let mut order = [0; 64];
    let mut i = 0;
    while i < 64 {
        order[PLACES[i] as usize] = i as u8;
        i += 1;
    }
    order
};

/// A quantised block.
#[derive(Default)]
pub(super) struct QuantisedBlock {
    coefficients: Block,
    /// A bit for every coefficient in zigzag order that is not zero.
    pub not_zero: u64,
}

impl QuantisedBlock {
    /// A coefficient by its place in zigzag order.
    #[inline(always)]
    pub fn coefficient(&self, at: u32) -> i16 {
        self.coefficients.as_flattened()[usize::from(PLACES[at as usize & 63]) & 63]
    }

    /// The mean of the samples, 8 times too large.
    #[inline(always)]
    pub fn dc(&self) -> i16 {
        self.coefficients[0][0]
    }
}

/// Transforms and quantises blocks with one quantisation table.
pub(super) struct Quantiser {
    /// What each coefficient is multiplied with, with 15 bits behind the point.
    scales: Block,
    factors: &'static Factors,
}

/// Factors, with 14 bits behind the point, of pairs of lanes: sums and differences of opposite samples.
struct Factors {
    /// Frequencies 2 and 6 of the differences among sums.
    even: [[i16; 8]; 2],
    /// Frequencies 1, 3, 5 and 7 of the outer two and the inner two differences.
    odd: [[[i16; 8]; 2]; 4],
    half: [i16; 8],
}

static FACTORS: Factors = {
    /// From 13 bits behind the point, those of libjpeg.
    const fn f(a: i16, b: i16) -> [i16; 8] {
        let (a, b) = (a * 2, b * 2);
        [a, b, a, b, a, b, a, b]
    }
    Factors {
        even: [f(10_703, 4433), f(4433, -10_704)],
        odd: [
            [f(11_363, 9633), f(6437, 2260)],
            [f(9633, -2259), f(-11_362, -6436)],
            [f(6437, -11_362), f(2261, 9633)],
            [f(2260, -6436), f(9633, -11_363)],
        ],
        half: [i16::MIN, 0, i16::MIN, 0, i16::MIN, 0, i16::MIN, 0],
    }
};

impl Quantiser {
    /// For a table in zigzag order.
    pub fn new(table: &[u8; 64]) -> Self {
        let mut scales = Block::default();
        for (step, place) in table.iter().zip(PLACES) {
            // What comes out of the transform is 8 times too large.
            let divisor = i32::from((*step).max(1)) * 8;
            scales[usize::from(place / 8)][usize::from(place % 8)] =
                (((1 << 15) + divisor / 2) / divisor) as i16;
        }
        // Loaded from memory, constants take one instruction; V8 makes those it sees of three.
        Self { scales, factors: black_box(&FACTORS) }
    }

    /// The coefficients of samples from -128 to 127, times 16, row by row.
    // Inlined, it would be there for each of the samplings twice.
    #[inline(never)]
    pub fn block(&self, samples: &[Lanes; 8], out: &mut QuantisedBlock) {
        let columns = transpose(self.pass(*samples, 0));
        let coefficients = self.pass(columns, 2);
        let [least, most] = [-MOST, MOST].map(Lanes::all_i16);
        let mut not_zero = 0;
        for (i, (out, scales)) in out.coefficients.iter_mut().zip(&self.scales).enumerate() {
            let quantised = coefficients[i].mul_q15(Lanes::of_i16s(*scales)).clamp_i16(least, most);
            *out = quantised.i16s();
            not_zero |= u64::from(quantised.not_zero_i16()) << (i * 8);
        }
        out.not_zero = 0;
        while not_zero != 0 {
            let place = not_zero.trailing_zeros() as usize;
            not_zero &= not_zero - 1;
            out.not_zero |= 1 << ORDER[place & 63];
        }
    }

    /// Eight transforms at once, one for each lane. Frequencies 0 and 4 are rounded with a bias, of quarters.
    #[inline(always)]
    fn pass(&self, d: [Lanes; 8], bias: i16) -> [Lanes; 8] {
        let sums: [Lanes; 4] = std::array::from_fn(|i| d[i].add_i16(d[7 - i]));
        let differences: [Lanes; 4] = std::array::from_fn(|i| d[i].sub_i16(d[7 - i]));
        let (outer, inner) = (sums[0].add_i16(sums[3]), sums[1].add_i16(sums[2]));
        let (outer_d, inner_d) = (sums[0].sub_i16(sums[3]), sums[1].sub_i16(sums[2]));
        let half = Lanes::of_i16s(self.factors.half);
        let bias = Lanes::all_i16(bias);
        let dc = outer.add_i16(bias).add_i16(inner).shr_i16::<2>();
        let middle = outer.add_i16(bias).sub_i16(inner).shr_i16::<2>();
        let pairs = |a: Lanes, b: Lanes| [a.low_i16s(b), a.high_i16s(b)];
        let even = pairs(outer_d, inner_d);
        let [two, six] = self.factors.even.map(|factors| {
            let [low, high] = even.map(|pair| pair.dot(Lanes::of_i16s(factors)).add_i32(half));
            low.high_halves(high)
        });
        let [first, last] = [pairs(differences[0], differences[1]), pairs(differences[2], differences[3])];
        let [one, three, five, seven] = self.factors.odd.map(|factors| {
            let [a, b] = factors.map(Lanes::of_i16s);
            let [low, high] = [0, 1].map(|i| first[i].dot(a).add_i32(last[i].dot(b)).add_i32(half));
            low.high_halves(high)
        });
        [dc, one, two, three, middle, five, six, seven]
    }
}

#[inline(always)]
fn transpose(rows: [Lanes; 8]) -> [Lanes; 8] {
    let [a, b] = [0, 4].map(|i| {
        let (a, b) = (rows[i], rows[i + 1]);
        let (c, d) = (rows[i + 2], rows[i + 3]);
        let (ab, cd) = ([a.low_i16s(b), a.high_i16s(b)], [c.low_i16s(d), c.high_i16s(d)]);
        [ab[0].low_i32s(cd[0]), ab[0].high_i32s(cd[0]), ab[1].low_i32s(cd[1]), ab[1].high_i32s(cd[1])]
    });
    std::array::from_fn(
        |i| {
            if i % 2 == 0 { a[i / 2].low_i64s(b[i / 2]) } else { a[i / 2].high_i64s(b[i / 2]) }
        },
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn quantised(step: u8, samples: &[[i16; 8]; 8]) -> [i16; 64] {
        let mut got = QuantisedBlock::default();
        let rows = samples.map(|row| Lanes::of_i16s(row).shl_i16::<SAMPLE_BITS>());
        Quantiser::new(&[step; 64]).block(&rows, &mut got);
        let coefficients: [i16; 64] = std::array::from_fn(|i| got.coefficient(i as u32));
        for (i, coefficient) in coefficients.iter().enumerate() {
            assert_eq!(got.not_zero >> i & 1 == 1, *coefficient != 0);
        }
        assert_eq!(got.dc(), coefficients[0]);
        coefficients
    }

    /// The definition, T.81, A.3.3.
    fn definition(samples: &[[i16; 8]; 8], u: usize, v: usize) -> f64 {
        let c = |k: usize| if k == 0 { std::f64::consts::FRAC_1_SQRT_2 } else { 1.0 };
        let cosine = |x: usize, k: usize| ((2 * x + 1) as f64 * k as f64 * std::f64::consts::PI / 16.0).cos();
        let sum: f64 =
            (0..64).map(|i| f64::from(samples[i / 8][i % 8]) * cosine(i % 8, u) * cosine(i / 8, v)).sum();
        sum * c(u) * c(v) / 4.0
    }

    #[test]
    fn it_is_the_defined_transform() {
        let mut state = 7u32;
        for (step, contrast) in (1..=255).flat_map(|step| [(step, 1), (step, 9), (step, 60)]) {
            let samples: [[i16; 8]; 8] = std::array::from_fn(|_| {
                std::array::from_fn(|_| {
                    state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                    ((state >> 24) as i16 - 128) / contrast
                })
            });
            for (value, place) in quantised(step, &samples).iter().zip(ZIGZAG.map(usize::from)) {
                let exact = definition(&samples, place % 8, place / 8);
                // Half a step; what the transform rounds; what the scale lacks, whose 15 bits are least for large steps.
                let scale = f64::from((1u32 << 12).div_euclid(step.into())).max(1.0);
                let most = 0.5 + 0.25 / f64::from(step) + exact.abs() / f64::from(step) * 0.5 / scale;
                let quotient = exact / f64::from(step);
                assert!(
                    (f64::from(*value) - quotient).abs() <= most,
                    "{value} is not {quotient}, step {step}"
                );
            }
        }
    }

    #[test]
    fn extremes_stay_in_range() {
        let black = quantised(1, &[[-128; 8]; 8]);
        assert_eq!((black[0], black[1]), (-MOST, 0));
        let white = quantised(1, &[[127; 8]; 8]);
        assert_eq!((white[0], white[1]), (1016, 0));
        // Each coefficient at its largest: samples are white or black as its cosines are positive or negative.
        for (at, place) in ZIGZAG.map(usize::from).into_iter().enumerate() {
            let sign = |x: usize, k: usize| ((2 * x + 1) * k + 8) % 32 < 16;
            let samples: [[i16; 8]; 8] = std::array::from_fn(|y| {
                std::array::from_fn(|x| if sign(x, place % 8) == sign(y, place / 8) { 127 } else { -128 })
            });
            let got = quantised(1, &samples);
            assert!(got[at].unsigned_abs() > 700, "{} at {at} is not large", got[at]);
            for (value, place) in got.iter().zip(ZIGZAG.map(usize::from)) {
                let exact = definition(&samples, place % 8, place / 8).clamp(-1023.0, 1023.0);
                assert!((f64::from(*value) - exact).abs() < 0.75, "{value} is not {exact}");
            }
        }
    }
}
