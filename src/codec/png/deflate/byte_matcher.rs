//! Matches for filtered photographs: bytes, the latest position with the same six bytes, taken as they come: looking for a
//! longer one at the next byte saves 1 to 4 % of the bytes for a fifth more time, which `Effort::Small` is there for.

use super::alphabet::MAX_DISTANCE;
use super::lookup::{LatestPositions, Match, match_length, word};
use super::sequences::Sequences;

/// Finds matches of at least six bytes. Shorter ones cost more than their literals in differences of photographs.
#[derive(Debug)]
pub struct ByteMatcher {
    latest: LatestPositions,
}

/// Shortest match.
const LEAST: usize = 6;

/// Misses in a row after which one byte more is skipped at each further one.
const PATIENCE_SHIFT: u32 = 6;

/// Positions that are entered at the end of a match; those before are found through an earlier one as well.
const ENTERED: usize = 4;

impl ByteMatcher {
    pub fn new() -> Self {
        Self { latest: LatestPositions::new() }
    }

    /// The match at `at` with the latest position that has the same key, which `at` replaces.
    #[inline]
    fn find(&mut self, data: &[u8], at: usize, base: usize) -> Option<Match> {
        let key = key(data, at);
        let distance = self.latest.replace(key, base.wrapping_add(at));
        let within = distance.wrapping_sub(1) < at.min(MAX_DISTANCE);
        if !within || self::key(data, at.wrapping_sub(distance)) != key {
            return None;
        }
        Some(Match { length: LEAST + match_length(data, at + LEAST, distance, data.len()), distance })
    }

    /// Covers `data` from `from` to its end, or to where the block is full. `base` is the position of `data` in the
    /// stream. Returns the end of what is covered.
    pub fn cover(&mut self, data: &[u8], from: usize, base: usize, out: &mut Sequences) -> usize {
        let end = data.len();
        let (mut at, mut covered) = (from, from);
        let mut misses = 0usize;
        while at + 8 <= end {
            let Some(Match { mut length, distance }) = self.find(data, at, base) else {
                at += 1 + (misses >> PATIENCE_SHIFT);
                misses += 1;
                continue;
            };
            misses = 0;
            // A skipped beginning.
            while at > covered && at > distance && data.get(at - 1) == data.get(at - 1 - distance) {
                at -= 1;
                length += 1;
            }
            out.push(data.get(covered..at).unwrap_or_default(), length, distance);
            at += length;
            covered = at;
            if out.is_full() {
                return covered;
            }
            for inside in at - length.min(ENTERED) + 1..at {
                self.latest.put(key(data, inside), base.wrapping_add(inside));
            }
        }
        out.count(data.get(covered..end).unwrap_or_default());
        end
    }
}

#[inline]
fn key(data: &[u8], at: usize) -> u64 {
    word(data, at) << (64 - 8 * LEAST)
}
