//! Choosing the filter of a strip by trial.

use crate::codec::png::deflate::{Deflater, Matcher};
use crate::codec::png::filter::Filter;

/// Places of the sample that are tried, on a line from its upper left to its lower right.
const PLACES: usize = 4;
/// Rows that are tried at each place.
const PLACE_ROWS: usize = 4;
/// Pixels of such a row.
const PLACE_PIXELS: usize = 1024;

/// The filter with which some patches of `sample`, whole rows of pixels, become smallest. Each is compressed with the
/// matcher that belongs to it: whole pixels without a filter, bytes with one.
///
/// One filter for the whole strip: choosing anew for each 32 or 64 rows saved nothing on satellite and
/// aerial photographs.
pub fn choose(row_bytes: usize, bpp: usize, sample: &[u8]) -> Filter {
    let size = |filter: &Filter| patches_size(*filter, row_bytes, bpp, sample);
    Filter::ALL.into_iter().min_by_key(size).unwrap_or(Filter::None)
}

/// Bytes of the compressed patches.
fn patches_size(filter: Filter, row_bytes: usize, bpp: usize, sample: &[u8]) -> usize {
    let rows = sample.len() / row_bytes;
    let bytes = row_bytes.min(PLACE_PIXELS * bpp);
    let patch_row = |row: usize, left: usize| sample.get(row * row_bytes + left..)?.get(..bytes);
    let matcher = Matcher::fast(filter == Filter::None, bytes, bpp);
    let mut deflater = Deflater::new(matcher, bytes + 1);
    // Few rows are tried as they are.
    let (places, place_rows) = if rows <= PLACES * PLACE_ROWS { (1, rows) } else { (PLACES, PLACE_ROWS) };
    for place in 0..places {
        let along = |all: usize| all * (2 * place + 1) / (2 * places);
        let first = if places == 1 { 0 } else { along(rows - PLACE_ROWS) };
        let left = along((row_bytes - bytes) / bpp) * bpp;
        for at in first..first + place_rows {
            let Some(row) = patch_row(at, left) else { break };
            match at.checked_sub(1).and_then(|above| patch_row(above, left)) {
                Some(above) => deflater.write_row(|out| filter.apply(out, row, above, bpp)),
                None => deflater.write_row(|out| filter.without_above().apply(out, row, row, bpp)),
            };
        }
    }
    deflater.flush();
    deflater.ready().len()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn picture(sample: impl Fn(usize, usize) -> u8) -> Vec<u8> {
        (0..64).flat_map(|y| (0..300).map(move |x| (x, y))).map(|(x, y)| sample(x, y)).collect()
    }

    #[test]
    fn content_decides() {
        let noise = |x: usize, y: usize| {
            let mixed = ((x * 7919 + y * 104_729) as u32 ^ 0x5bd1_e995).wrapping_mul(2_654_435_761);
            (mixed ^ mixed >> 15).wrapping_mul(0x2c1b_3c6d) >> 30
        };
        let symbols = picture(|x, y| [9, 200, 41, 90][noise(x % 120, y) as usize]);
        assert_eq!(choose(300, 3, &symbols), Filter::None);
        let below = picture(|x, y| (noise(x, 0) * 60 + x as u32 + noise(x, y)) as u8);
        assert_eq!(choose(300, 3, &below), Filter::Up);
        let beside =
            picture(|x, y| (y * 41) as u8 ^ (x as u8 / 3).wrapping_mul(3).wrapping_add(noise(x, y) as u8));
        assert_eq!(choose(300, 3, &beside), Filter::Sub);
    }

    #[test]
    fn any_sample_will_do() {
        for (row_bytes, bytes) in [(3, 0), (3, 3), (300, 300), (4, 400), (12_288, 24_576)] {
            choose(row_bytes, 3.min(row_bytes), &vec![7; bytes]);
        }
    }
}
