//! Kernels of any width: Lanczos, and whatever is shrunk.

use bytemuck::must_cast;

use crate::geo::MeshSpan;
use crate::raster::lanes::Lanes;
use crate::raster::resample::kernel::{Kernel, Weights};
use crate::raster::resample::{ends, is_inside, place_on};
use crate::raster::{Patch, Resampling};

/// The kernels along the rows and the columns of a layer, kept from span to span.
#[derive(Default)]
pub(super) struct Wide {
    x: Kernel,
    y: Kernel,
}

/// What a pixel is made of: pixels of a patch, with weights in both directions.
struct Taps<'a> {
    patch: &'a Patch,
    x: Weights<'a>,
    y: Weights<'a>,
}

impl Wide {
    /// Fills the pixels of a span.
    pub fn run(&mut self, patch: &Patch, span: &MeshSpan, resampling: Resampling, target: &mut [[u8; 4]]) {
        self.x.make(resampling, span.shrink.x_64ths);
        self.y.make(resampling, span.shrink.y_64ths);
        let ([mut x, mut y], ends) = (place_on(patch, span), ends(patch));
        for target in target {
            if is_inside([x, y], ends) {
                let taps = Taps { patch, x: self.x.at(x), y: self.y.at(y) };
                *target = taps.uniform().unwrap_or_else(|| taps.translucent());
            }
            x += span.step[0];
            y += span.step[1];
        }
    }
}

impl Taps<'_> {
    /// The pixel where all that weighs is opaque, or all transparent, and nothing is beyond the edge of the patch; else
    /// `None`.
    fn uniform(&self) -> Option<[u8; 4]> {
        /// Bits behind the point between the two directions.
        const BITS: u32 = 6;
        const OPAQUE: i32 = 255 << Kernel::ONE_BITS;
        let window = self.patch.window();
        let (left, top) = (self.x.first_within(window.width_px())?, self.y.first_within(window.height_px())?);
        let width = self.patch.width_px();
        let (mut is_opaque, mut is_clear) = (true, true);
        let mut sums = Lanes::all_i32(1 << (BITS + Kernel::ONE_BITS - 1));
        for (two, weights) in self.y.taps().as_chunks::<2>().0.iter().enumerate() {
            let at = (top + 2 * two) * width + left;
            let rows = [self.row(at)?, self.row(at + width)?];
            for row in rows {
                let [.., alpha] = must_cast::<_, [i32; 4]>(row.bytes());
                is_opaque &= alpha == OPAQUE;
                is_clear &= alpha == 0;
            }
            if !is_opaque && !is_clear {
                return None;
            }
            let [first, second] = rows.map(|row| row.shl_i32::<{ 16 - Kernel::ONE_BITS + BITS }>());
            let both = first.high_halves(second);
            sums = sums.add_i32(both.low_i16s(both.high_i64s(both)).dot(pair(weights[0], weights[1])));
        }
        if is_clear {
            return Some([0; 4]);
        }
        let sums = sums.high_halves(sums);
        let bytes = sums.to_bytes::<{ BITS + Kernel::ONE_BITS - 16 }>(sums).bytes();
        let [[r, g, b, _], ..] = must_cast::<_, [[u8; 4]; 4]>(bytes);
        Some([r, g, b, 255])
    }

    /// The sums of a row by channel, from that pixel on. What is read beyond the kernel, to make up four, has no weight.
    #[inline]
    fn row(&self, at: usize) -> Option<Lanes> {
        let weights = self.x.padded().as_chunks::<4>().0;
        let pixels = self.patch.padded_pixels().get(at..at + 4 * weights.len())?.as_chunks::<4>().0;
        let mut sum = Lanes::all_i32(0);
        for (pixels, [a, b, c, d]) in pixels.iter().zip(weights) {
            let four = Lanes::of_bytes(must_cast(*pixels));
            // By channel, of the first and the third, then of the second and the fourth.
            let turns = four.low_bytes(four.high_i64s(four));
            sum = sum.add_i32(turns.widen_low_bytes().dot(pair(*a, *c)));
            sum = sum.add_i32(turns.widen_high_bytes().dot(pair(*b, *d)));
        }
        Some(sum)
    }

    /// The pixel of any pixels: colours weigh by their alpha, and what is beyond the edge weighs nothing.
    fn translucent(&self) -> [u8; 4] {
        let window = self.patch.window();
        let (left, x) = self.x.cut(window.width_px());
        let (top, y) = self.y.cut(window.height_px());
        let start = top * self.patch.width_px() + left;
        let (mut alpha, mut colours) = (0i64, [0i64; 3]);
        for (row, y_weight) in y.iter().enumerate() {
            let from = start + row * self.patch.width_px();
            let pixels = self.patch.pixels().get(from..from + x.len()).unwrap_or_default();
            let (mut row_alpha, mut row_colours) = (0i32, [0i64; 3]);
            for ([r, g, b, a], weight) in pixels.iter().zip(x) {
                let weighted = i32::from(*a) * i32::from(*weight);
                row_alpha += weighted;
                for (sum, sample) in row_colours.iter_mut().zip([r, g, b]) {
                    *sum += i64::from(*sample) * i64::from(weighted);
                }
            }
            alpha += i64::from(row_alpha) * i64::from(*y_weight);
            for (sum, row) in colours.iter_mut().zip(row_colours) {
                *sum += row * i64::from(*y_weight);
            }
        }
        let sum = |weights: &[i16]| weights.iter().map(|w| i64::from(*w)).sum::<i64>();
        let total = sum(x) * sum(y);
        if alpha <= 0 || total <= 0 {
            return [0; 4];
        }
        let rounded = |sum: i64, of: i64| (sum + of / 2).div_euclid(of).clamp(0, 255) as u8;
        let [r, g, b] = colours.map(|colour| rounded(colour, alpha));
        match rounded(alpha, total) {
            0 => [0; 4],
            a => [r, g, b, a],
        }
    }
}

/// Two weights, in all lanes.
#[inline]
fn pair(first: i16, second: i16) -> Lanes {
    Lanes::all_i32(i32::from(second) << 16 | i32::from(first as u16))
}
