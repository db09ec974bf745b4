//! Matches for flat maps: whole pixels, from the left, from above, or from where the same pixels stood last.

use std::ops::Range;

use super::alphabet::{MAX_DISTANCE, MIN_LENGTH};
use super::lookup::{LatestPositions, Match, match_length, word};
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
}

/// Bytes of a run of pixels that makes a match from far away, with its long distance, cheaper than literals.
const RUN_BYTES: usize = 6;
/// Bytes after which no better match is looked for.
const LONG: usize = 24;
/// Bytes at the end of a match whose pixels are entered as well.
const ENTERED: usize = 12;

impl PixelMatcher {
    pub fn new(bpp: usize, row_bytes: usize) -> Self {
        Self { runs: LatestPositions::new(), colours: LatestPositions::new(), bpp, stride: row_bytes + 1 }
    }

    /// Covers `data` from `from` to its end, or to where the block is full, and returns where that is. A row begins at
    /// `rows`, which is not after `from`; `base` is the position of `data` in the stream.
    pub fn cover(
        &mut self,
        data: &[u8],
        rows: usize,
        from: usize,
        base: usize,
        prices: &Prices,
        out: &mut Sequences,
    ) -> usize {
        match self.bpp {
            1 => self.cover_pixels::<1>(data, rows, from, base, prices, out),
            3 => self.cover_pixels::<3>(data, rows, from, base, prices, out),
            _ => self.cover_pixels::<4>(data, rows, from, base, prices, out),
        }
    }

    /// The match at `at`, which ends with its row: the longest of those from the left, from above and from the latest
    /// such run; else one from the latest such colour, if that is cheaper than literals.
    #[inline(always)]
    fn find<const BPP: usize>(
        &mut self,
        data: &[u8],
        at: usize,
        row_end: usize,
        base: usize,
        prices: &Prices,
    ) -> Option<Match> {
        let position = base.wrapping_add(at);
        let reach = at.min(MAX_DISTANCE);
        let length = |distance: usize| {
            if distance.wrapping_sub(1) >= reach {
                return 0;
            }
            match_length(data, at, distance, row_end)
        };
        let mut found = Match { length: length(BPP), distance: BPP };
        let look_far = |found: &mut Match, distance: usize| {
            let length = length(distance);
            if length > found.length && length >= RUN_BYTES {
                *found = Match { length, distance };
            }
        };
        if found.length < LONG {
            look_far(&mut found, self.stride);
        }
        if found.length < LONG {
            look_far(&mut found, self.runs.replace(run_key::<BPP>(data, at), position));
        }
        found.length = found.length / BPP * BPP;
        if BPP == 1 {
            return (found.length >= MIN_LENGTH).then_some(found);
        }
        if found.length > 0 {
            self.colours.put(colour_key::<BPP>(data, at), position);
            return Some(found);
        }
        let distance = self.colours.replace(colour_key::<BPP>(data, at), position);
        let length = length(distance) / BPP * BPP;
        let literals = data.get(at..at + length).filter(|literals| !literals.is_empty())?;
        (prices.of_match(length, distance) < prices.of_literals(literals))
            .then_some(Match { length, distance })
    }

    fn cover_pixels<const BPP: usize>(
        &mut self,
        data: &[u8],
        rows: usize,
        from: usize,
        base: usize,
        prices: &Prices,
        out: &mut Sequences,
    ) -> usize {
        let (mut at, mut covered) = (from, from);
        while at < data.len() {
            let in_row = (at - rows) % self.stride;
            let row_end = (at - in_row + self.stride).min(data.len());
            if in_row == 0 {
                // The filter type.
                at += 1;
            }
            while at < row_end {
                let Some(found) = self.find::<BPP>(data, at, row_end, base, prices) else {
                    at += BPP;
                    continue;
                };
                out.push(data.get(covered..at).unwrap_or_default(), found.length, found.distance);
                at += found.length;
                covered = at;
                if out.is_full() {
                    return covered;
                }
                self.enter::<BPP>(data, at - found.length.min(ENTERED) / BPP * BPP + BPP..at, base);
            }
        }
        out.count(data.get(covered..).unwrap_or_default());
        data.len()
    }

    /// Enters the pixels of a range.
    #[inline(always)]
    fn enter<const BPP: usize>(&mut self, data: &[u8], range: Range<usize>, base: usize) {
        for at in range.step_by(BPP) {
            self.runs.put(run_key::<BPP>(data, at), base.wrapping_add(at));
            if BPP > 1 {
                self.colours.put(colour_key::<BPP>(data, at), base.wrapping_add(at));
            }
        }
    }
}

/// Two pixels, or more when they are small.
#[inline]
fn run_key<const BPP: usize>(data: &[u8], at: usize) -> u64 {
    word(data, at) << (64 - 8 * if BPP > 3 { 2 * BPP } else { RUN_BYTES })
}

#[inline]
fn colour_key<const BPP: usize>(data: &[u8], at: usize) -> u64 {
    word(data, at) << (64 - 8 * BPP)
}
