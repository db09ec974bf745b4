//! The weights of a kernel, as a table over the fraction of a place.

use crate::geo::MeshSpan;
use crate::raster::Resampling;

/// The weights of the pixels around a place along one axis, for every fraction of a place.
#[derive(Default)]
pub(super) struct Kernel {
    /// What it was made for: kernel and shrink.
    made_for: Option<(Resampling, u16)>,
    /// Half the number of pixels that it takes.
    reach_px: usize,
    /// Fractions that are told apart: 2 to the power of this.
    phase_bits: u32,
    /// Of each fraction in turn, with zeros at the end of each to make up four.
    weights: Vec<i16>,
}

impl Kernel {
    /// The sum of all weights.
    pub const ONE_BITS: u32 = 14;

    /// Makes the table for a kernel and a shrink in 64ths, unless it is there.
    pub fn make(&mut self, resampling: Resampling, shrink_64ths: u16) {
        if self.made_for == Some((resampling, shrink_64ths)) {
            return;
        }
        let shrink = u32::from(shrink_64ths.max(64));
        self.reach_px = (resampling.reach_px().max(1) * shrink).div_ceil(64) as usize;
        // The wider, the fewer are needed.
        self.phase_bits = 8 - (shrink / 64).ilog2().min(4);
        self.weights.clear();
        let mut raw = Vec::with_capacity(self.taps());
        for phase in 0..=1i64 << self.phase_bits {
            raw.clear();
            for tap in 0..self.taps() as i64 {
                // From the place to the pixel, in kernel units of 2^-20.
                let from_first = (tap + 1 - self.reach_px as i64) << MeshSpan::FRACTION_BITS;
                let fraction = phase << (MeshSpan::FRACTION_BITS - self.phase_bits);
                let distance = (from_first - fraction).unsigned_abs() * 64 / u64::from(shrink);
                raw.push(i64::from(weight(resampling, distance as u32)));
            }
            self.normalised(&raw);
        }
        self.made_for = Some((resampling, shrink_64ths));
    }

    /// Appends weights whose sum is exactly one.
    fn normalised(&mut self, raw: &[i64]) {
        let sum = raw.iter().sum::<i64>().max(1);
        let one = 1i64 << Self::ONE_BITS;
        // Each weight is the difference of two rounded sums, so that what is lost at one is found at the next.
        let (mut so_far, mut given) = (0, 0);
        for weight in raw {
            so_far += weight;
            let rounded = (so_far * one + sum / 2).div_euclid(sum);
            self.weights.push((rounded - given) as i16);
            given = rounded;
        }
        self.weights.resize(self.weights.len().next_multiple_of(4), 0);
    }

    /// How many pixels it takes, an even number.
    const fn taps(&self) -> usize {
        2 * self.reach_px
    }

    /// The weights for a place.
    #[inline]
    pub fn at(&self, place: i64) -> Weights<'_> {
        let half = 1i64 << (MeshSpan::FRACTION_BITS - self.phase_bits - 1);
        let fraction = place & ((1 << MeshSpan::FRACTION_BITS) - 1);
        let phase = ((fraction + half) >> (MeshSpan::FRACTION_BITS - self.phase_bits)) as usize;
        let stride = self.taps().next_multiple_of(4);
        let padded = self.weights.get(phase * stride..(phase + 1) * stride).unwrap_or_default();
        let first = (place >> MeshSpan::FRACTION_BITS) + 1 - self.reach_px as i64;
        Weights { first, taps: self.taps(), padded }
    }
}

/// The weights of some pixels in a row or column.
pub(super) struct Weights<'a> {
    first: i64,
    taps: usize,
    padded: &'a [i16],
}

impl<'a> Weights<'a> {
    /// One for each pixel.
    pub fn taps(&self) -> &'a [i16] {
        self.padded.get(..self.taps).unwrap_or_default()
    }

    /// The same and zeros, to a number that can be divided by four.
    pub const fn padded(&self) -> &'a [i16] {
        self.padded
    }

    /// The first pixel, where all are between 0 and `side_px`.
    pub fn first_within(&self, side_px: u32) -> Option<usize> {
        let first = usize::try_from(self.first).ok()?;
        (first + self.taps <= side_px as usize).then_some(first)
    }

    /// Those of the pixels that are between 0 and `side_px`, and the first of these.
    pub fn cut(&self, side_px: u32) -> (usize, &'a [i16]) {
        let skip = usize::try_from(-self.first).unwrap_or(0).min(self.taps);
        let first = usize::try_from(self.first).unwrap_or(0);
        let count = (side_px as usize).saturating_sub(first).min(self.taps - skip);
        (first, self.taps().get(skip..skip + count).unwrap_or_default())
    }
}

/// The kernel at a distance of that many 2^-20, times 2^16.
fn weight(resampling: Resampling, distance: u32) -> i32 {
    const UNIT: u32 = 1 << MeshSpan::FRACTION_BITS;
    match resampling {
        Resampling::Nearest => i32::from(distance < UNIT / 2) << 16,
        Resampling::Bilinear => (UNIT.saturating_sub(distance) >> (MeshSpan::FRACTION_BITS - 16)) as i32,
        Resampling::Lanczos => {
            const STEP_BITS: u32 = MeshSpan::FRACTION_BITS - 6;
            let (step, rest) = ((distance >> STEP_BITS) as usize, (distance & ((1 << STEP_BITS) - 1)) as i64);
            let at = |step: usize| i64::from(LANCZOS.get(step).copied().unwrap_or_default());
            let between = ((at(step + 1) - at(step)) * rest) >> STEP_BITS;
            (at(step) + between) as i32
        }
    }
}

/// sinc(t) sinc(t / 3) at every 64th from 0 to 3, times 2^16. Duchon, "Lanczos Filtering in One and Two Dimensions" (1979).
const LANCZOS: [i32; 193] = {
    let mut table = [1 << 16; 193];
    let mut i = 1;
    while i < table.len() {
        let t = std::f64::consts::PI * i as f64 / 64.0;
        let value = sine(t) * sine(t / 3.0) * 3.0 / (t * t) * 65_536.0;
        table[i] = (if value < 0.0 { value - 0.5 } else { value + 0.5 }) as i32;
        i += 1;
    }
    table
};

/// The sine of 0 to 3 pi. Here, because that of a library differs in its last bit from one to the next.
const fn sine(t: f64) -> f64 {
    let turns = (t / std::f64::consts::PI) as u32;
    let rest = t - turns as f64 * std::f64::consts::PI;
    let x = if rest > std::f64::consts::FRAC_PI_2 { std::f64::consts::PI - rest } else { rest };
    let (mut term, mut sum, mut n) = (x, x, 1.0);
    while n < 20.0 {
        term *= -x * x / ((n + 1.0) * (n + 2.0));
        sum += term;
        n += 2.0;
    }
    if turns % 2 == 1 { -sum } else { sum }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn weights_are_those_of_the_formula_and_sum_up_to_one() {
        let sinc = |t: f64| {
            if t == 0.0 { 1.0 } else { (t * std::f64::consts::PI).sin() / (t * std::f64::consts::PI) }
        };
        for (resampling, reach) in [(Resampling::Bilinear, 1.0), (Resampling::Lanczos, 3.0)] {
            for shrink in [64, 65, 80, 128, 190, 1000, 4096] {
                let mut kernel = Kernel::default();
                kernel.make(resampling, shrink);
                let scale = f64::from(shrink) / 64.0;
                for place in [0i64, 1 << 19, 123_456, (5 << 20) + 777_777, -1, -(3 << 20) - 400_000] {
                    let at = kernel.at(place);
                    let (first, weights) = (at.first, at.taps());
                    assert_eq!(weights.iter().map(|w| i32::from(*w)).sum::<i32>(), 1 << Kernel::ONE_BITS);
                    let formula = |tap: usize| {
                        let t =
                            ((first + tap as i64) as f64 - place as f64 / f64::from(1 << 20)).abs() / scale;
                        match resampling {
                            Resampling::Lanczos if t < reach => sinc(t) * sinc(t / 3.0),
                            _ => (1.0 - t).max(0.0),
                        }
                    };
                    let sum: f64 = (0..weights.len()).map(formula).sum();
                    for (tap, got) in weights.iter().enumerate() {
                        let (got, want) = (f64::from(*got) / 16_384.0, formula(tap) / sum);
                        assert!(
                            (got - want).abs() < 0.004,
                            "{resampling:?} {shrink} {place} {tap}: {got} {want}"
                        );
                    }
                }
            }
        }
    }

    #[test]
    fn at_a_pixel_nothing_else_weighs() {
        let mut kernel = Kernel::default();
        kernel.make(Resampling::Lanczos, 64);
        let at = kernel.at(7 << 20);
        assert_eq!((at.first, at.padded()), (5, &[0, 0, 1 << 14, 0, 0, 0, 0, 0][..]));
        kernel.make(Resampling::Bilinear, 64);
        let at = kernel.at((7 << 20) - 1);
        assert_eq!((at.first, at.taps()), (6, &[0, 1 << 14][..]));
        assert_eq!((at.first_within(8), at.first_within(7)), (Some(6), None));
    }

    #[test]
    fn pixels_beyond_an_edge_are_cut_off() {
        let weights = |first| Weights { first, taps: 4, padded: &[1, 2, 3, 4] };
        assert_eq!(weights(-3).cut(9), (0, &[4][..]));
        assert_eq!(weights(-9).cut(9), (0, &[][..]));
        assert_eq!(weights(7).cut(9), (7, &[1, 2][..]));
        assert_eq!(weights(9).cut(9), (9, &[][..]));
        assert_eq!(weights(-1).cut(2), (0, &[2, 3][..]));
        assert_eq!(weights(-1).first_within(9), None);
        assert_eq!(weights(5).first_within(9), Some(5));
    }
}
