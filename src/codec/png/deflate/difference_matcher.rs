//! Matches for filtered photographs: whole pixels, from where the same ones stood last.
//!
//! A pixel's three differences are much alike, so few of all possible pixels occur, and those come again. Looking at
//! pixels instead of bytes finds more with a third of the lookups.

use super::alphabet::MIN_LENGTH;
use super::lookup::{LatestPositions, equal_bytes, first_bytes, word};
use super::matcher::Stretch;
use super::prices::Prices;
use super::sequences::Sequences;

/// Finds matches of whole pixels in filtered rows.
#[derive(Debug)]
pub struct DifferenceMatcher {
    /// Where each pair of pixels stood last.
    pairs: LatestPositions,
    /// Where each pixel stood last, if single ones are looked for.
    singles: Option<LatestPositions>,
    bpp: usize,
    /// Bytes of a row and its filter type.
    stride: usize,
}

/// Pixels in a row without a match after which one more is skipped at each further one.
const PATIENCE: usize = 32;
/// Most pixels that are skipped at once.
const MOST_SKIPPED: usize = 4;

impl DifferenceMatcher {
    pub fn new(bpp: usize, row_bytes: usize, single_pixels: bool) -> Self {
        let singles = single_pixels.then(LatestPositions::new);
        Self { pairs: LatestPositions::new(), singles, bpp, stride: row_bytes + 1 }
    }

    /// Covers a stretch to its end, or to where the block is full, and returns where that is.
    pub fn cover(&mut self, stretch: Stretch<'_>, prices: &Prices, out: &mut Sequences) -> usize {
        match (self.bpp, self.singles.is_some()) {
            (1, _) => self.cover_pixels::<1, false>(stretch, prices, out),
            (3, false) => self.cover_pixels::<3, false>(stretch, prices, out),
            (3, true) => self.cover_pixels::<3, true>(stretch, prices, out),
            (_, false) => self.cover_pixels::<4, false>(stretch, prices, out),
            (_, true) => self.cover_pixels::<4, true>(stretch, prices, out),
        }
    }

    #[inline(never)]
    fn cover_pixels<const BPP: usize, const SINGLES: bool>(
        &mut self,
        stretch: Stretch<'_>,
        prices: &Prices,
        out: &mut Sequences,
    ) -> usize {
        let Stretch { data, row, from, end, base } = stretch;
        let pair = pair_bytes::<BPP>();
        let (mut at, mut covered) = (from, from);
        let mut misses = 0;
        while at < end {
            let in_row = (at - row) % self.stride;
            let row_end = (at - in_row + self.stride).min(end);
            if in_row == 0 {
                // The filter type.
                out.count_pixel::<1>(word(data, at));
                at += 1;
            }
            while at < row_end {
                let position = base.wrapping_add(at);
                let here = word(data, at);
                let [mut distance] = self.pairs.replace(first_bytes(here, pair), position);
                let mut length = 0;
                if distance <= at && first_bytes(here ^ word(data, at - distance), pair) == 0 {
                    length = pixels_bytes::<BPP>(equal_bytes(data, at, distance, pair, row_end));
                    // At the end of a row, small pixels may be too few.
                    if length < MIN_LENGTH || !prices.suggest_match(length, distance) {
                        length = 0;
                    }
                }
                if SINGLES && let Some(singles) = &mut self.singles {
                    let [near] = singles.replace(first_bytes(here, BPP), position);
                    if length == 0
                        && near <= at
                        && first_bytes(here ^ word(data, at - near), BPP) == 0
                        && prices.of_match(BPP, near) <= prices.of_pixel::<BPP>(here)
                    {
                        (length, distance) = (BPP, near);
                    }
                }
                if length == 0 {
                    out.count_pixel::<BPP>(here);
                    at += BPP;
                    misses += 1;
                    if misses >= PATIENCE {
                        let skipped = (misses / PATIENCE).min(MOST_SKIPPED);
                        let to = (at + skipped * BPP).min(row_end);
                        while at < to {
                            out.count_pixel::<BPP>(word(data, at));
                            at += BPP;
                        }
                    }
                    continue;
                }
                misses = 0;
                out.push(at - covered, length, distance);
                at += length;
                covered = at;
                if out.is_full() {
                    return covered;
                }
                // The last two pixels; the others are found through the earlier match as well.
                for inside in [at.saturating_sub(2 * BPP), at - BPP] {
                    let here = word(data, inside);
                    let position = base.wrapping_add(inside);
                    self.pairs.put::<1>(first_bytes(here, pair), position);
                    if SINGLES && let Some(singles) = &mut self.singles {
                        singles.put::<1>(first_bytes(here, BPP), position);
                    }
                }
            }
        }
        end
    }
}

/// Bytes of a pair of pixels, or of more when they are small.
const fn pair_bytes<const BPP: usize>() -> usize {
    if BPP == 4 { 8 } else { 6 }
}

/// The bytes of whole pixels.
const fn pixels_bytes<const BPP: usize>(bytes: usize) -> usize {
    bytes / BPP * BPP
}
