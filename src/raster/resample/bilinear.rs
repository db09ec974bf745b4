//! Between the four nearest pixels: the common case, and made for speed.

use crate::geo::MeshSpan;
use crate::raster::Patch;
use crate::raster::resample::{ends, is_inside, place_on};

const FRACTION_BITS: u32 = MeshSpan::FRACTION_BITS;

/// The weight of a pixel in each direction is a number of these bits, so that four products of two weights and a sample
/// sum up within 32 bits.
const WEIGHT_BITS: u32 = 12;
const ONE: u32 = 1 << WEIGHT_BITS;

/// Fills the pixels of a span.
pub(super) fn run(patch: &Patch, span: &MeshSpan, target: &mut [[u8; 4]]) {
    let ([mut x, mut y], ends) = (place_on(patch, span), ends(patch));
    let (width, pixels) = (patch.width_px(), patch.pixels());
    for target in target {
        let place = [x, y];
        x += span.step[0];
        y += span.step[1];
        // One comparison for both ends: what is negative is huge.
        let has_all_four =
            (place[0] as u64) < (ends[0].max(0) as u64) && (place[1] as u64) < (ends[1].max(0) as u64);
        if !has_all_four {
            *target = at_edge(patch, place, ends);
            continue;
        }
        let at = (place[1] >> FRACTION_BITS) as usize * width + (place[0] >> FRACTION_BITS) as usize;
        let (Some([a, b]), Some([c, d])) = (pixels.get(at..at + 2), pixels.get(at + width..at + width + 2))
        else {
            continue;
        };
        *target = mixed([*a, *b, *c, *d].map(u32::from_le_bytes), place);
    }
}

/// The pixel at a place that has not all four neighbours: those beyond the edge weigh nothing, which is as if the
/// place were on the edge.
fn at_edge(patch: &Patch, place: [i64; 2], ends: [i64; 2]) -> [u8; 4] {
    if !is_inside(place, ends) {
        return [0; 4];
    }
    let place = [place[0].clamp(0, ends[0]), place[1].clamp(0, ends[1])];
    let at = |x: i64, y: i64| {
        let index = (y.min(ends[1]) >> FRACTION_BITS) as usize * patch.width_px()
            + (x.min(ends[0]) >> FRACTION_BITS) as usize;
        u32::from_le_bytes(patch.pixels().get(index).copied().unwrap_or_default())
    };
    let next = 1 << FRACTION_BITS;
    let [x, y] = place;
    mixed([at(x, y), at(x + next, y), at(x, y + next), at(x + next, y + next)], place)
}

/// Four pixels, left and right above, left and right below, by the fractions of a place.
#[inline]
fn mixed(pixels: [u32; 4], place: [i64; 2]) -> [u8; 4] {
    let [x, y] = place.map(|v| ((v >> (FRACTION_BITS - WEIGHT_BITS)) as u32) & (ONE - 1));
    let (right, below, both) = (x << WEIGHT_BITS, y << WEIGHT_BITS, x * y);
    let weights = [ONE * ONE + both - right - below, right - both, below - both, both];
    let [a, b, c, d] = pixels;
    if (a & b & c & d) >> 24 == 255 {
        opaque(pixels, weights)
    } else if (a | b | c | d) >> 24 == 0 {
        [0; 4]
    } else {
        translucent(pixels, weights)
    }
}

/// Two samples in a word, of 32 bits each: the first and the third.
const PAIR: u64 = 0x0000_00ff_0000_00ff;

#[inline]
fn opaque(pixels: [u32; 4], weights: [u32; 4]) -> [u8; 4] {
    const ROUNDING: u64 = 0x0080_0000_0080_0000;
    let (mut first, mut second) = (ROUNDING, ROUNDING);
    for (pixel, weight) in pixels.into_iter().zip(weights) {
        let (pixel, weight) = (u64::from(pixel), u64::from(weight));
        first += ((pixel | pixel << 16) & PAIR) * weight;
        second += ((pixel >> 8 | pixel << 8) & PAIR) * weight;
    }
    let whole = |sum: u64| (sum >> (2 * WEIGHT_BITS)) & PAIR;
    let packed = |pair: u64| (pair | pair >> 16) as u32 & 0x00ff_00ff;
    (packed(whole(first)) | packed(whole(second)) << 8).to_le_bytes()
}

fn translucent(pixels: [u32; 4], weights: [u32; 4]) -> [u8; 4] {
    let (mut alpha, mut sums) = (0, [0; 3]);
    for (pixel, weight) in pixels.into_iter().zip(weights) {
        let [r, g, b, a] = pixel.to_le_bytes();
        let weight = u64::from(weight) * u64::from(a);
        alpha += weight;
        for (sum, sample) in sums.iter_mut().zip([r, g, b]) {
            *sum += u64::from(sample) * weight;
        }
    }
    if alpha == 0 {
        return [0; 4];
    }
    let [r, g, b] = sums.map(|sum| ((sum + alpha / 2) / alpha) as u8);
    [r, g, b, ((alpha + (1 << (2 * WEIGHT_BITS - 1))) >> (2 * WEIGHT_BITS)) as u8]
}
