//! Choosing the filter of a fragment, and how matches are found in it, by trial.

use crate::codec::png::deflate::{Content, Deflater, Matcher};
use crate::codec::png::effort::Effort;
use crate::codec::png::filter::Filter;

/// Patches of the sample, on a line from its upper left to its lower right.
const PATCHES: usize = 3;
/// Rows of a patch.
const PATCH_ROWS: usize = 8;
/// Pixels of such a row.
const PATCH_PIXELS: usize = 512;
/// The same where there is time.
const SMALL_PATCH_PIXELS: usize = 1024;

/// The filter with which some patches of `sample`, whole rows of pixels, become smallest, and what rows hold that went
/// through it.
///
/// One filter for the whole fragment, of a million pixels or so: choosing anew for each 32 or 64 rows saved nothing on satellite and
/// aerial photographs.
pub fn choose(effort: Effort, row_bytes: usize, bpp: usize, sample: &[u8]) -> (Filter, Content) {
    match effort {
        Effort::Fast => choose_fast(&Sample::new(sample, row_bytes, bpp, PATCH_PIXELS)),
        Effort::Small => choose_small(&Sample::new(sample, row_bytes, bpp, SMALL_PATCH_PIXELS)),
    }
}

/// Whether another filter is better than Up, by the sizes of the patches. They have little to refer to, which is to the
/// disadvantage of Up.
const fn is_better_than_up(another: usize, up: usize) -> bool {
    another + another / 64 < up
}

fn choose_small(sample: &Sample<'_>) -> (Filter, Content) {
    let size = |filter: Filter| sample.compressed(filter, Matcher::small());
    let up = size(Filter::Up);
    let others =
        [Filter::None, Filter::Paeth, Filter::Average, Filter::Sub].map(|filter| (size(filter), filter));
    let best =
        others.into_iter().min_by_key(|(size, _)| *size).filter(|(size, _)| is_better_than_up(*size, up));
    // The matcher does not ask for the content.
    (best.map_or(Filter::Up, |(_, filter)| filter), Content::Differences)
}

/// Patches of a map with little on it come out at a sixteenth of their bytes, and the map itself smaller yet.
const SPARSE_PART: usize = 16;

/// What rows of a flat map hold.
const fn flat_content(compressed: usize, bytes: usize) -> Content {
    if compressed * SPARSE_PART < bytes { Content::Sparse } else { Content::Flat }
}

fn choose_fast(sample: &Sample<'_>) -> (Filter, Content) {
    // Up leaves more repetitions than its entropy tells, so it is always tried; of the others the most promising.
    let others = [Filter::Paeth, Filter::Average, Filter::Sub].map(|filter| (sample.entropy(filter), filter));
    let (promised, other) = others.into_iter().min_by_key(|(bits, _)| *bits).unwrap_or((0, Filter::Sub));
    let size = |filter: Filter, content: Content| {
        sample.compressed(filter, Matcher::fast(content, sample.patch_bytes, sample.bpp))
    };
    let flat = size(Filter::None, Content::Flat);
    // No filter halves what its entropy promises.
    if flat as u64 * 16 < promised {
        return (Filter::None, flat_content(flat, sample.bytes()));
    }
    let (up, another) = (size(Filter::Up, Content::Differences), size(other, Content::Differences));
    let (filtered, filter) = if is_better_than_up(another, up) { (another, other) } else { (up, Filter::Up) };
    if flat < filtered {
        return (Filter::None, flat_content(flat, sample.bytes()));
    }
    // Looking for single pixels takes longer: where it saves a hundredth.
    let grain = size(filter, Content::Grain);
    if grain + grain / 100 < filtered {
        return (filter, Content::Grain);
    }
    (filter, Content::Differences)
}

/// The patches of a fragment.
struct Sample<'a> {
    samples: &'a [u8],
    row_bytes: usize,
    bpp: usize,
    /// Bytes of a row of a patch.
    patch_bytes: usize,
    patches: usize,
    patch_rows: usize,
}

impl<'a> Sample<'a> {
    fn new(samples: &'a [u8], row_bytes: usize, bpp: usize, patch_px: usize) -> Self {
        let rows = samples.len() / row_bytes;
        // Few rows are tried as they are.
        let few = rows <= PATCHES * PATCH_ROWS;
        let (patches, patch_rows) = if few { (1, rows) } else { (PATCHES, PATCH_ROWS) };
        Self { samples, row_bytes, bpp, patch_bytes: row_bytes.min(patch_px * bpp), patches, patch_rows }
    }

    /// Calls `each` with every row of the patches and the row above, if there is one.
    fn rows(&self, mut each: impl FnMut(&'a [u8], Option<&'a [u8]>)) {
        let rows = self.samples.len() / self.row_bytes;
        let part = |row: usize, left: usize| {
            self.samples.get(row * self.row_bytes + left..)?.get(..self.patch_bytes)
        };
        for patch in 0..self.patches {
            let along = |all: usize| all * (2 * patch + 1) / (2 * self.patches);
            let first = along(rows - self.patch_rows);
            let left = along((self.row_bytes - self.patch_bytes) / self.bpp) * self.bpp;
            for at in first..first + self.patch_rows {
                let Some(row) = part(at, left) else { return };
                each(row, at.checked_sub(1).and_then(|above| part(above, left)));
            }
        }
    }

    /// Bytes of the patches.
    const fn bytes(&self) -> usize {
        self.patches * self.patch_rows * self.patch_bytes
    }

    /// Bytes of the patches, compressed.
    fn compressed(&self, filter: Filter, matcher: Matcher) -> usize {
        let mut deflater = Deflater::new(matcher, self.patch_bytes + 1);
        self.rows(|row, above| {
            deflater.write_row(|to| filter.apply_after(to, row, above, self.bpp));
        });
        deflater.flush();
        deflater.ready_bytes()
    }

    /// Bits of the filtered patches if each byte took what its frequency tells.
    fn entropy(&self, filter: Filter) -> u64 {
        let mut counts = [[0u32; 256]; 4];
        let mut filtered = vec![0; self.patch_bytes + 1];
        self.rows(|row, above| {
            filter.apply_after(&mut filtered, row, above, self.bpp);
            for four in filtered.as_chunks::<4>().0 {
                for (counts, byte) in counts.iter_mut().zip(four) {
                    counts[usize::from(*byte)] += 1;
                }
            }
        });
        let sums: [u32; 256] = std::array::from_fn(|byte| counts.iter().map(|table| table[byte]).sum());
        let all = log2(sums.iter().sum());
        sums.iter().map(|count| u64::from(*count) * u64::from(all - log2(*count))).sum::<u64>() / 256
    }
}

/// The binary logarithm in 256ths, of one for zero; a parabola between powers of two.
fn log2(number: u32) -> u32 {
    let number = number.max(1);
    let whole = number.ilog2();
    let part = (u64::from(number) << 8 >> whole) as u32 & 255;
    (whole << 8) + part + ((part * (256 - part) * 88) >> 16)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn picture(sample: impl Fn(usize, usize) -> u8) -> Vec<u8> {
        (0..64).flat_map(|y| (0..300).map(move |x| (x, y))).map(|(x, y)| sample(x, y)).collect()
    }

    fn fast(row_bytes: usize, bpp: usize, sample: &[u8]) -> (Filter, Content) {
        choose(Effort::Fast, row_bytes, bpp, sample)
    }

    #[test]
    fn logarithms_are_near() {
        for number in 1..70_000u32 {
            let error = f64::from(log2(number)) / 256.0 - f64::from(number).log2();
            assert!(error.abs() < 0.02, "{number}: {error}");
        }
        assert_eq!((log2(0), log2(1), log2(1 << 31)), (0, 0, 31 << 8));
    }

    #[test]
    fn content_decides() {
        let noise = |x: usize, y: usize| {
            let mixed = ((x * 7919 + y * 104_729) as u32 ^ 0x5bd1_e995).wrapping_mul(2_654_435_761);
            (mixed ^ mixed >> 15).wrapping_mul(0x2c1b_3c6d) >> 30
        };
        let symbols = picture(|x, y| [9, 200, 41, 90][noise(x % 120, y) as usize]);
        assert_eq!(fast(300, 3, &symbols), (Filter::None, Content::Flat));
        let lines = picture(|x, y| if (x + y) % 150 < 2 { 60 } else { 240 });
        assert_eq!(fast(300, 3, &lines), (Filter::None, Content::Sparse));
        let below = picture(|x, y| (noise(x, 0) * 60 + x as u32 + noise(x, y)) as u8);
        assert_eq!(fast(300, 3, &below), (Filter::Up, Content::Differences));
        let beside =
            picture(|x, y| (y * 41) as u8 ^ (x as u8 / 3).wrapping_mul(3).wrapping_add(noise(x, y) as u8));
        assert_eq!(fast(300, 3, &beside), (Filter::Sub, Content::Differences));
    }

    #[test]
    fn any_sample_will_do() {
        for (row_bytes, bytes) in [(3, 0), (3, 3), (300, 300), (6, 600), (12_288, 24_576), (12_288, 0)] {
            for bpp in [1, 3] {
                for effort in [Effort::Fast, Effort::Small] {
                    choose(effort, row_bytes, bpp, &vec![7; bytes]);
                }
            }
        }
    }
}
