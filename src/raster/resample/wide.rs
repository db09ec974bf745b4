//! Kernels of any width: Lanczos, and whatever is shrunk.

use crate::geo::MeshSpan;
use crate::raster::resample::kernel::Kernel;
use crate::raster::resample::{ends, is_inside, place_on};
use crate::raster::{Patch, Resampling};

/// The kernels along the rows and the columns of a layer, kept from span to span.
#[derive(Default)]
pub(super) struct Wide {
    x: Kernel,
    y: Kernel,
}

/// The pixels that a kernel takes, with its weights in both directions.
struct Taps<'a> {
    patch: &'a Patch,
    /// First column and row, both on the patch.
    first: [usize; 2],
    x: &'a [i16],
    y: &'a [i16],
}

impl Wide {
    /// Fills the pixels of a span.
    pub fn run(&mut self, patch: &Patch, span: &MeshSpan, resampling: Resampling, target: &mut [[u8; 4]]) {
        self.x.make(resampling, span.shrink.x_64ths);
        self.y.make(resampling, span.shrink.y_64ths);
        let ([mut x, mut y], ends) = (place_on(patch, span), ends(patch));
        for target in target {
            if is_inside([x, y], ends) {
                let (left, x_weights) = on_patch(self.x.at(x), patch.window().width_px());
                let (top, y_weights) = on_patch(self.y.at(y), patch.window().height_px());
                let taps = Taps { patch, first: [left, top], x: x_weights, y: y_weights };
                let is_whole = x_weights.len() == self.x.taps() && y_weights.len() == self.y.taps();
                *target = taps.opaque(is_whole).unwrap_or_else(|| taps.translucent());
            }
            x += span.step[0];
            y += span.step[1];
        }
    }
}

/// The part of a kernel's weights whose pixels lie on a patch of that side, and the first of these.
fn on_patch((first, weights): (i64, &[i16]), side_px: u32) -> (usize, &[i16]) {
    let skip = usize::try_from(-first).unwrap_or(0).min(weights.len());
    let first = usize::try_from(first).unwrap_or(0);
    let count = (side_px as usize).saturating_sub(first).min(weights.len() - skip);
    (first, weights.get(skip..skip + count).unwrap_or_default())
}

impl Taps<'_> {
    /// The rows that it takes, with their weights.
    fn rows(&self) -> impl Iterator<Item = (&[[u8; 4]], i16)> {
        let width = self.patch.width_px();
        let start = self.first[1] * width + self.first[0];
        self.y.iter().enumerate().map(move |(row, weight)| {
            let from = start + row * width;
            (self.patch.pixels().get(from..from + self.x.len()).unwrap_or_default(), *weight)
        })
    }

    /// The pixel where all pixels are opaque or all transparent and none is beyond the edge; else `None`.
    fn opaque(&self, is_whole: bool) -> Option<[u8; 4]> {
        /// Bits that are dropped between the two directions, so that the sums stay within 32 bits.
        const DROPPED: u32 = 8;
        const LEFT: u32 = 2 * Kernel::ONE_BITS - DROPPED;
        if !is_whole {
            return None;
        }
        let (mut all, mut any) = (255, 0);
        let mut sums = [1i32 << (LEFT - 1); 4];
        for (pixels, weight) in self.rows() {
            let mut row = [1i32 << (DROPPED - 1); 4];
            for (pixel, weight) in pixels.iter().zip(self.x) {
                for (sum, sample) in row.iter_mut().zip(pixel) {
                    *sum += i32::from(*sample) * i32::from(*weight);
                }
                all &= pixel[3];
                any |= pixel[3];
            }
            for (sum, row) in sums.iter_mut().zip(row) {
                *sum += (row >> DROPPED) * i32::from(weight);
            }
        }
        if all == 255 {
            let [r, g, b, _] = sums.map(|sum| (sum >> LEFT).clamp(0, 255) as u8);
            return Some([r, g, b, 255]);
        }
        (any == 0).then_some([0; 4])
    }

    /// The pixel of any pixels: colours weigh by their alpha, and what is beyond the edge weighs nothing.
    fn translucent(&self) -> [u8; 4] {
        let (mut alpha, mut colours) = (0i64, [0i64; 3]);
        for (pixels, weight) in self.rows() {
            let mut row = [0i64; 4];
            for (pixel, weight) in pixels.iter().zip(self.x) {
                let [r, g, b, a] = pixel.map(i64::from);
                let weighted = a * i64::from(*weight);
                row[3] += weighted;
                for (sum, sample) in row.iter_mut().zip([r, g, b]) {
                    *sum += sample * weighted;
                }
            }
            alpha += row[3] * i64::from(weight);
            for (sum, row) in colours.iter_mut().zip(row) {
                *sum += row * i64::from(weight);
            }
        }
        let sum = |weights: &[i16]| weights.iter().map(|w| i64::from(*w)).sum::<i64>();
        let total = sum(self.x) * sum(self.y);
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
