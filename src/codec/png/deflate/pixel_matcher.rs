//! Matches for flat maps: whole pixels, from the left, from above, or from where the same pixels stood last.

use super::alphabet::{MAX_DISTANCE, MIN_LENGTH};
use super::lookup::{LatestPositions, Match, Window, equal_bytes, equal_start, first_bytes, word};
use super::matcher::Stretch;
use super::prices::Prices;
use super::sequences::Sequences;

/// Finds matches of whole pixels in rows that are not filtered.
#[derive(Debug)]
pub struct PixelMatcher {
    /// Where each short run of pixels stood last.
    runs: LatestPositions,
    /// Where each colour stood last.
    colours: LatestPositions,
    bpp: usize,
    /// Bytes from a pixel to the one below: a row and its filter type.
    stride: usize,
    /// Whether more is looked for: [`MANY`] runs instead of one.
    thorough: bool,
}

/// Bytes of a run of pixels that makes a match from far away, with its long distance, cheaper than literals.
const RUN_BYTES: usize = 6;
/// Bytes after which no better match is looked for.
const LONG: usize = 24;
/// The same, and the latest runs that are looked at, where there is time for more.
const VERY_LONG: usize = 258;
const MANY: usize = 8;
/// A difference in every byte.
const ALL: u64 = u64::MAX;

/// What of the row above is out of reach: [`ALL`] or zero.
#[derive(Clone, Copy)]
struct Above {
    /// The pixel above.
    lacks: u64,
    /// The one to the left of that.
    lacks_left: u64,
}

impl PixelMatcher {
    pub fn new(bpp: usize, row_bytes: usize, thorough: bool) -> Self {
        let (runs, colours) = (LatestPositions::new(), LatestPositions::new());
        Self { runs, colours, bpp, stride: row_bytes + 1, thorough }
    }

    /// Whether more is looked for than must be.
    pub const fn is_thorough(&self) -> bool {
        self.thorough
    }

    /// Covers a stretch to its end, or to where the block is full, and returns where that is.
    pub fn cover(&mut self, stretch: Stretch<'_>, prices: &Prices, out: &mut Sequences) -> usize {
        match (self.bpp, self.thorough) {
            (1, false) => self.cover_pixels::<1, 1>(stretch, prices, out),
            (1, true) => self.cover_pixels::<1, MANY>(stretch, prices, out),
            (3, false) => self.cover_pixels::<3, 1>(stretch, prices, out),
            (3, true) => self.cover_pixels::<3, MANY>(stretch, prices, out),
            (_, false) => self.cover_pixels::<4, 1>(stretch, prices, out),
            (_, true) => self.cover_pixels::<4, MANY>(stretch, prices, out),
        }
    }

    /// The match at `at`, which ends with its row: the longest of those from the left, from above (and, where there is more than one of
    /// `RUNS`, from both sides of that) and from the latest `RUNS` such runs; else one from the latest such colour, if that is
    /// cheaper than literals. Of length zero if there is none.
    #[inline(always)]
    fn find<const BPP: usize, const RUNS: usize>(
        &mut self,
        data: &Window,
        at: usize,
        row_end: usize,
        above: Above,
        position: usize,
        prices: &Prices,
    ) -> Match {
        let here = word(data, at);
        // At the beginning, a distance may lead to before it: the match is refused in the end.
        let differ = |distance: usize| here ^ word(data, at.wrapping_sub(distance));
        let runs: [usize; RUNS] = self.runs.replace(run_key::<BPP>(here), position);
        let from_runs = runs.map(differ);
        let (from_left, from_above) = (differ(BPP), differ(self.stride) | above.lacks);
        let near = [(from_above, self.stride), (from_runs[0], runs[0])];
        let (right, left) = (self.stride - BPP, self.stride + BPP);
        let beside = [(differ(right) | above.lacks, right), (differ(left) | above.lacks_left, left)];
        let far = || from_runs.into_iter().zip(runs).skip(1).chain(beside);
        let is_long = |(differ, _): (u64, usize)| differ == 0;
        let mut found = Match { length: 0, distance: BPP };
        if from_left == 0 || near.into_iter().any(is_long) || (RUNS > 1 && far().any(is_long)) {
            let length = |differ: u64, distance: usize| match differ {
                0 => equal_bytes(data, at, distance, 8, row_end),
                _ => equal_start(differ),
            };
            found.length = length(from_left, BPP);
            let mut look = |(differ, distance): (u64, usize), enough: usize| {
                if found.length < enough {
                    let length = length(differ, distance);
                    if length > found.length && length >= RUN_BYTES {
                        found = Match { length, distance };
                    }
                }
            };
            near.into_iter().for_each(|place| look(place, if RUNS > 1 { VERY_LONG } else { LONG }));
            if RUNS > 1 {
                far().for_each(|place| look(place, VERY_LONG));
            }
        } else {
            // Most are short and no two alike: without branches, and without places farther away, which cost more bits.
            found.length = equal_start(from_left);
            for (differ, distance) in near {
                let length = equal_start(differ);
                let better = length > found.length && length >= RUN_BYTES;
                found.length = if better { length } else { found.length };
                found.distance = if better { distance } else { found.distance };
            }
        }
        found.length = found.length.min(row_end - at) / BPP * BPP;
        if BPP == 1 {
            found.length = if found.length >= MIN_LENGTH { found.length } else { 0 };
            return found;
        }
        let [colour] = self.colours.replace(first_bytes(here, BPP), position);
        if found.length == 0
            && first_bytes(differ(colour), BPP) == 0
            && prices.of_match(BPP, colour) < prices.of_pixel::<BPP>(here)
        {
            return Match { length: BPP, distance: colour };
        }
        found
    }

    #[inline(never)]
    fn cover_pixels<const BPP: usize, const RUNS: usize>(
        &mut self,
        stretch: Stretch<'_>,
        prices: &Prices,
        out: &mut Sequences,
    ) -> usize {
        let Stretch { data, row, from, end, base } = stretch;
        let (mut at, mut covered) = (from, from);
        while at < end {
            let in_row = (at - row) % self.stride;
            let row_end = (at - in_row + self.stride).min(end);
            let lacks = |distance: usize| if distance <= (at - in_row).min(MAX_DISTANCE) { 0 } else { ALL };
            let above = Above { lacks: lacks(self.stride), lacks_left: lacks(self.stride + BPP) };
            if in_row == 0 {
                // The filter type.
                out.count_pixel::<1>(word(data, at));
                at += 1;
            }
            while at < row_end {
                let position = base.wrapping_add(at);
                let found = self.find::<BPP, RUNS>(data, at, row_end, above, position, prices);
                if found.length == 0 || found.distance > at {
                    out.count_pixel::<BPP>(word(data, at));
                    at += BPP;
                    continue;
                }
                out.push(at - covered, found.length, found.distance);
                at += found.length;
                covered = at;
                if out.is_full() {
                    return covered;
                }
                // The last pixel; the others are found through the earlier match as well.
                let here = word(data, at - BPP);
                let position = base.wrapping_add(at - BPP);
                self.runs.put::<RUNS>(run_key::<BPP>(here), position);
                if BPP > 1 {
                    self.colours.put::<1>(first_bytes(here, BPP), position);
                }
            }
        }
        end
    }
}

/// Two pixels, or more when they are small.
#[inline(always)]
const fn run_key<const BPP: usize>(here: u64) -> u64 {
    first_bytes(here, if BPP > 3 { 2 * BPP } else { RUN_BYTES })
}
