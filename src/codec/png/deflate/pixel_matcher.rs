//! Matches for flat maps: whole pixels, from the left, from above, or from where the same pixels stood last.

use super::alphabet::MAX_DISTANCE;
use super::lookup::{LatestPositions, match_length, word};
use super::sequences::Sequences;

/// Finds matches of whole pixels in rows that are not filtered.
#[derive(Debug)]
pub struct PixelMatcher {
    latest: LatestPositions,
    bpp: usize,
    /// Bytes from a pixel to the one below: a row and its filter type.
    stride: usize,
}

/// Bytes that make a match from far away, with its long distance, cheaper than literals.
const FAR_LENGTH: usize = 6;
/// Bytes after which no better match is looked for.
const LONG: usize = 24;

impl PixelMatcher {
    pub fn new(bpp: usize, row_bytes: usize) -> Self {
        Self { latest: LatestPositions::new(), bpp, stride: row_bytes + 1 }
    }

    /// Covers `data` from `from`, which is in a row that begins at `row`, to its end, or to where the block is full. `base`
    /// is the position of `data` in the stream. Returns the end of what is covered.
    pub fn cover(
        &mut self,
        data: &[u8],
        block: usize,
        from: usize,
        base: usize,
        out: &mut Sequences,
    ) -> usize {
        match self.bpp {
            1 => self.cover_pixels::<1>(data, block, from, base, out),
            3 => self.cover_pixels::<3>(data, block, from, base, out),
            _ => self.cover_pixels::<4>(data, block, from, base, out),
        }
    }

    fn cover_pixels<const BPP: usize>(
        &mut self,
        data: &[u8],
        block: usize,
        from: usize,
        base: usize,
        out: &mut Sequences,
    ) -> usize {
        let key_shift = if BPP == 3 { 16 } else { 0 };
        let (mut at, mut covered) = (from, from);
        while at < data.len() {
            let in_row = (at - block) % self.stride;
            let row_end = (at - in_row + self.stride).min(data.len());
            if in_row == 0 {
                // The filter type.
                at += 1;
            }
            while at < row_end {
                let reach = at.min(MAX_DISTANCE);
                let mut length = 0;
                let mut distance = 0;
                if BPP <= reach {
                    length = whole::<BPP>(match_length(data, at, BPP, row_end));
                    distance = BPP;
                }
                if length < LONG && self.stride <= reach {
                    let above = whole::<BPP>(match_length(data, at, self.stride, row_end));
                    if above > length + BPP && above >= FAR_LENGTH {
                        (length, distance) = (above, self.stride);
                    }
                }
                if length < LONG {
                    let other = self.latest.replace(word(data, at) << key_shift, base.wrapping_add(at));
                    if other.wrapping_sub(1) < reach {
                        let far = whole::<BPP>(match_length(data, at, other, row_end));
                        if far > length + BPP && far >= FAR_LENGTH {
                            (length, distance) = (far, other);
                        }
                    }
                }
                if length < 3 {
                    at += BPP;
                    continue;
                }
                out.push(data.get(covered..at).unwrap_or_default(), length, distance);
                at += length;
                covered = at;
                if out.is_full() {
                    return covered;
                }
            }
        }
        out.count(data.get(covered..).unwrap_or_default());
        data.len()
    }
}

/// The part of a length that is whole pixels.
#[inline]
const fn whole<const BPP: usize>(length: usize) -> usize {
    length / BPP * BPP
}
