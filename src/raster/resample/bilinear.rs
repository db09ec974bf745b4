//! Between the four nearest pixels: the common case, and made for speed.

use bytemuck::must_cast;

use crate::geo::MeshSpan;
use crate::raster::Patch;
use crate::raster::lanes::Lanes;
use crate::raster::resample::{ends, is_inside, place_on};

const FRACTION_BITS: u32 = MeshSpan::FRACTION_BITS;

/// Bits of the weight of a pixel in each direction.
const WEIGHT_BITS: u32 = 14;
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
        let two = |at: usize| pixels.get(at..).and_then(|rest| rest.first_chunk::<2>());
        let (Some(above), Some(below)) = (two(at), two(at + width)) else { continue };
        *target = mixed([*above, *below], place);
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
        patch.pixels().get(index).copied().unwrap_or_default()
    };
    let next = 1 << FRACTION_BITS;
    let [x, y] = place;
    mixed([[at(x, y), at(x + next, y)], [at(x, y + next), at(x + next, y + next)]], place)
}

/// Two pixels above, two below, by the fractions of a place.
#[inline]
fn mixed(pixels: [[[u8; 4]; 2]; 2], [x, y]: [i64; 2]) -> [u8; 4] {
    const ALPHA: u64 = 0xff00_0000_ff00_0000;
    let fraction = |v: i64| ((v >> (FRACTION_BITS - WEIGHT_BITS)) as u32) & (ONE - 1);
    let [above, below] = pixels.map(|two| u64::from_le_bytes(must_cast(two)));
    if above & below & ALPHA == ALPHA {
        opaque([above, below], [fraction(x), fraction(y)])
    } else if (above | below) & ALPHA == 0 {
        [0; 4]
    } else {
        translucent(pixels, [fraction(x), fraction(y)])
    }
}

/// Above and below first, then left and right, between which the sums have 7 bits behind the point.
#[inline]
fn opaque(rows: [u64; 2], [x, y]: [u32; 2]) -> [u8; 4] {
    const BITS: u32 = 7;
    let both = |fraction: u32| Lanes::all_i32((fraction << 16 | (ONE - fraction)) as i32);
    let four = Lanes::of_bytes(must_cast(rows.map(u64::to_le_bytes)));
    let columns = four.low_bytes(four.high_i64s(four));
    let [left, right] = [columns.widen_low_bytes(), columns.widen_high_bytes()]
        .map(|column| column.dot(both(y)).shl_i32::<{ 16 - WEIGHT_BITS + BITS }>());
    let sums = left.high_halves(right);
    let pairs = sums.low_i16s(sums.high_i64s(sums));
    let sums = pairs.dot(both(x)).add_i32(Lanes::all_i32(1 << (WEIGHT_BITS + BITS - 1)));
    let sums = sums.high_halves(sums);
    let [first, ..] =
        must_cast::<_, [[u8; 4]; 4]>(sums.to_bytes::<{ WEIGHT_BITS + BITS - 16 }>(sums).bytes());
    first
}

fn translucent(pixels: [[[u8; 4]; 2]; 2], [x, y]: [u32; 2]) -> [u8; 4] {
    let weights = [(ONE - x) * (ONE - y), x * (ONE - y), (ONE - x) * y, x * y];
    let (mut alpha, mut sums) = (0, [0; 3]);
    for ([r, g, b, a], weight) in pixels.into_iter().flatten().zip(weights) {
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
