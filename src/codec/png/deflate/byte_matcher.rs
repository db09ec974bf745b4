//! Matches for filtered photographs: bytes, greedily, the latest position with the same six bytes.

use super::alphabet::MAX_DISTANCE;
use super::lookup::{LatestPositions, match_length, word};
use super::sequences::Sequences;

/// Finds matches of at least six bytes. Shorter ones cost more than their literals in differences of photographs.
#[derive(Debug)]
pub struct ByteMatcher {
    latest: LatestPositions,
}

/// Misses in a row after which one byte more is skipped at each further one.
const PATIENCE_SHIFT: u32 = 6;

impl ByteMatcher {
    pub fn new() -> Self {
        Self { latest: LatestPositions::new() }
    }

    /// Covers `data` from `from` to its end, or to where the block is full. `base` is the position of `data` in the
    /// stream. Returns the end of what is covered.
    pub fn cover(&mut self, data: &[u8], from: usize, base: usize, out: &mut Sequences) -> usize {
        let end = data.len();
        let (mut at, mut covered) = (from, from);
        let mut misses = 0usize;
        while at + 8 <= end {
            let here = word(data, at) << 16;
            let distance = self.latest.replace(here, base.wrapping_add(at));
            let near = distance.wrapping_sub(1) < at.min(MAX_DISTANCE);
            if !near || word(data, at.wrapping_sub(distance)) << 16 != here {
                at += 1 + (misses >> PATIENCE_SHIFT);
                misses += 1;
                continue;
            }
            misses = 0;
            let mut length = 6 + match_length(data, at + 6, distance, end);
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
            self.latest.put(word(data, at - 2) << 16, base.wrapping_add(at - 2));
        }
        out.count(data.get(covered..end).unwrap_or_default());
        end
    }
}
