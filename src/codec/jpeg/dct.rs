//! Samples to quantised coefficients: the forward transform (T.81, A.3.3) after Arai, Agui and Nakajima (1988), whose
//! last multiplications are one with the quantisation.
//!
//! All is in `f32` without fused operations, so the result is the same natively and in wasm.

use crate::codec::jpeg::quantisation::{MOST, ROUND, ZIGZAG};

/// Eight values, for eight columns or rows at once.
pub(super) type Lanes = [f32; 8];

/// Transforms and quantises blocks with one quantisation table.
pub(super) struct Quantiser {
    /// What each coefficient is multiplied with, horizontal frequency by vertical frequency.
    scales: [f32; 64],
}

/// Where in [`Quantiser::scales`] the coefficients in zigzag order are.
const ORDER: [u8; 64] = {
    let mut order = [0; 64];
    let mut i = 0;
    while i < 64 {
        order[i] = ZIGZAG[i] % 8 * 8 + ZIGZAG[i] / 8;
        i += 1;
    }
    order
};

/// By how much the transform's output is too large, by frequency: cos(k pi / 16) times the root of 2.
const GAINS: [f64; 8] = [
    1.0,
    1.387_039_845_322_148,
    1.306_562_964_876_377,
    1.175_875_602_419_359,
    1.0,
    0.785_694_958_387_102,
    0.541_196_100_146_197,
    0.275_899_379_282_943,
];

impl Quantiser {
    /// For a table in zigzag order.
    pub fn new(table: &[u8; 64]) -> Self {
        let mut scales = [0.0; 64];
        for (place, step) in ORDER.iter().zip(table) {
            let (u, v) = (usize::from(place / 8), usize::from(place % 8));
            scales[usize::from(*place)] = (1.0 / (8.0 * GAINS[u] * GAINS[v] * f64::from(*step))) as f32;
        }
        Self { scales }
    }

    /// The coefficients, in zigzag order, of samples from -128 to 127, row by row.
    pub fn block(&self, samples: &[Lanes; 8], out: &mut [i16; 64]) {
        let columns = transpose(&transform(samples));
        let coefficients = transform(&columns);
        let mut quantised = [0i16; 64];
        for ((to, from), scale) in quantised.iter_mut().zip(coefficients.as_flattened()).zip(&self.scales) {
            let value = (from * scale + ROUND).to_bits() as i16;
            *to = value.clamp(-MOST, MOST);
        }
        for (to, place) in out.iter_mut().zip(ORDER) {
            *to = quantised[usize::from(place) & 63];
        }
    }
}

#[inline(always)]
fn transpose(block: &[Lanes; 8]) -> [Lanes; 8] {
    std::array::from_fn(|x| std::array::from_fn(|y| block[y][x]))
}

/// The one-dimensional transform of eight lanes at once, each frequency too large by its gain and a factor.
#[inline(always)]
fn transform(d: &[Lanes; 8]) -> [Lanes; 8] {
    let sum = |a: Lanes, b: Lanes| -> Lanes { std::array::from_fn(|i| a[i] + b[i]) };
    let difference = |a: Lanes, b: Lanes| -> Lanes { std::array::from_fn(|i| a[i] - b[i]) };
    let times = |a: Lanes, factor: f32| -> Lanes { a.map(|a| a * factor) };

    let (s07, d07) = (sum(d[0], d[7]), difference(d[0], d[7]));
    let (s16, d16) = (sum(d[1], d[6]), difference(d[1], d[6]));
    let (s25, d25) = (sum(d[2], d[5]), difference(d[2], d[5]));
    let (s34, d34) = (sum(d[3], d[4]), difference(d[3], d[4]));

    let (outer, outer_d) = (sum(s07, s34), difference(s07, s34));
    let (inner, inner_d) = (sum(s16, s25), difference(s16, s25));
    let turned = times(sum(inner_d, outer_d), std::f32::consts::FRAC_1_SQRT_2);

    let (a, b, c) = (sum(d34, d25), sum(d25, d16), sum(d16, d07));
    let common = times(difference(a, c), 0.382_683_43);
    let low = sum(times(a, 0.541_196_1), common);
    let high = sum(times(c, 1.306_563), common);
    let middle = times(b, std::f32::consts::FRAC_1_SQRT_2);
    let (plus, minus) = (sum(d07, middle), difference(d07, middle));

    [
        sum(outer, inner),
        sum(plus, high),
        sum(outer_d, turned),
        difference(minus, low),
        difference(outer, inner),
        sum(minus, low),
        difference(outer_d, turned),
        difference(plus, high),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The definition, T.81, A.3.3.
    fn definition(samples: &[Lanes; 8], u: usize, v: usize) -> f64 {
        let c = |k: usize| if k == 0 { std::f64::consts::FRAC_1_SQRT_2 } else { 1.0 };
        let cosine = |x: usize, k: usize| ((2 * x + 1) as f64 * k as f64 * std::f64::consts::PI / 16.0).cos();
        let sum: f64 =
            (0..64).map(|i| f64::from(samples[i / 8][i % 8]) * cosine(i % 8, u) * cosine(i / 8, v)).sum();
        sum * c(u) * c(v) / 4.0
    }

    #[test]
    fn it_is_the_defined_transform() {
        let mut state = 7u32;
        for step in [1, 3, 16] {
            let samples: [Lanes; 8] = std::array::from_fn(|_| {
                std::array::from_fn(|_| {
                    state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                    ((state >> 24) as f32) - 128.0
                })
            });
            let mut got = [0; 64];
            Quantiser::new(&[step; 64]).block(&samples, &mut got);
            for (value, place) in got.iter().zip(ZIGZAG.map(usize::from)) {
                let exact = definition(&samples, place % 8, place / 8) / f64::from(step);
                assert!((f64::from(*value) - exact).abs() < 0.501, "{value} is not {exact}");
            }
        }
    }

    #[test]
    fn extremes_stay_in_range() {
        let mut got = [0; 64];
        Quantiser::new(&[1; 64]).block(&[[-128.0; 8]; 8], &mut got);
        assert_eq!((got[0], got[1]), (-MOST, 0));
    }
}
