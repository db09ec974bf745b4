//! What is compressed comes out of an independent inflater as it went in.

use miniz_oxide::inflate::decompress_to_vec;
use proptest::prelude::*;

use super::super::bits::LEAD;
use super::super::matcher::Content;
use super::*;

/// Rows with their filter type, compressed; as a whole deflate stream.
fn deflated(matcher: Matcher, rows: &[Vec<u8>]) -> Vec<u8> {
    let mut deflater = Deflater::new(matcher, rows.first().map_or(0, Vec::len));
    for row in rows {
        assert_eq!(deflater.write_row(|to| to.copy_from_slice(row)), row);
    }
    deflater.flush();
    let mut stream = deflater.take_ready().split_off(LEAD);
    assert!(stream.ends_with(&[0, 0, 0xff, 0xff]), "a strip ends in a sync flush");
    stream.extend([0x03, 0x00]);
    stream
}

/// All matchers that rows of such pixels may meet.
fn matchers(row_bytes: usize, bpp: usize) -> [Matcher; 5] {
    let fast = |content: Content| Matcher::fast(content, row_bytes, bpp);
    [
        fast(Content::Flat),
        fast(Content::Sparse),
        fast(Content::Differences),
        fast(Content::Grain),
        Matcher::small(),
    ]
}

/// Compresses with each matcher, checks what comes out, and returns the sizes.
fn round_trip(rows: &[Vec<u8>], bpp: usize) -> [usize; 5] {
    let row_bytes = rows.first().map_or(1, Vec::len) - 1;
    matchers(row_bytes, bpp).map(|matcher| {
        let stream = deflated(matcher, rows);
        assert!(decompress_to_vec(&stream).unwrap() == rows.concat(), "{rows:?}");
        stream.len()
    })
}

fn noise(seed: u64) -> impl FnMut() -> u8 {
    let mut state = seed | 1;
    move || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state >> 32) as u8
    }
}

/// Rows of one kind: flat colours, few colours, gradients, noise, a repeated tile, noise that comes back, black, single
/// pixels that come back.
fn rows(kind: u8, width: usize, height: usize, bpp: usize, seed: u64) -> Vec<Vec<u8>> {
    let mut noise = noise(seed);
    let tile: Vec<u8> = (0..4096).map(|_| noise()).collect();
    (0..height)
        .map(|y| {
            let mut row = vec![seed as u8 % 5];
            for x in 0..width {
                let pixel = usize::from(noise() % 64) * 8;
                for channel in 0..bpp {
                    row.push(match kind {
                        0 => [7, 240, 31][x / 70 % 3],
                        1 => tile[usize::from(noise() % 5) * 4 + channel],
                        2 => (x + y * 2) as u8,
                        3 => noise(),
                        4 => tile[(x % 37 * 19 + y % 11 * 5 + channel) % tile.len()],
                        5 => tile[(y * width * bpp + x * bpp + channel) % tile.len()],
                        6 => u8::from(x == 40 && y > 2),
                        _ => tile[pixel + channel],
                    });
                }
            }
            row
        })
        .collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn any_rows_come_back(
        kind in 0u8..8,
        bpp in prop::sample::select(vec![1usize, 3, 4]),
        width in prop_oneof![1usize..8, 1usize..600],
        height in 0usize..120,
        seed: u64,
    ) {
        round_trip(&rows(kind, width, height, bpp, seed), bpp);
    }
}

#[test]
fn blocks_begin_and_end_anywhere() {
    // Rows as wide as blocks, and many rows in one; noise that comes back makes blocks that are full early.
    for (kind, width, height) in
        [(0, 32_768, 5), (1, 32_768, 5), (3, 20_000, 4), (5, 9_000, 40), (4, 50, 9_000), (1, 1, 60_000)]
    {
        for bpp in [1, 3, 4] {
            round_trip(&rows(kind, width, height, bpp, 5), bpp);
        }
    }
}

#[test]
fn noise_hardly_grows() {
    for (width, height) in [(1, 1), (30, 1), (1000, 300)] {
        let rows = rows(3, width, height, 3, 9);
        let bytes: usize = rows.iter().map(Vec::len).sum();
        // Beside the flush and the end that each stream has.
        let most = bytes + 5 + bytes.div_ceil(1000) + 7;
        for size in round_trip(&rows, 3) {
            assert!(size <= most, "{bytes} bytes became {size}");
        }
    }
}

#[test]
fn emptiness_costs_almost_nothing() {
    for bpp in [1, 3, 4] {
        let rows = vec![vec![0; 4000 * bpp + 1]; 256];
        for size in round_trip(&rows, bpp) {
            // At best, deflate takes two bits for 258 bytes.
            assert!(size < 256 * 4000 * bpp / 258, "{size}");
        }
    }
}

#[test]
fn matches_reach_as_far_as_the_window() {
    for (distance, found) in [(32_768, true), (32_769, false)] {
        let mut noise = noise(3);
        let mut row: Vec<u8> = (0..distance).map(|_| noise()).collect();
        row.extend_from_within(..1000);
        let stream = deflated(Matcher::fast(Content::Differences, row.len() - 1, 1), &[row.clone()]);
        assert_eq!(decompress_to_vec(&stream).unwrap(), row);
        assert_eq!(stream.len() < distance + 500, found, "distance {distance}");
        let stream = deflated(Matcher::small(), &[row.clone()]);
        assert_eq!(decompress_to_vec(&stream).unwrap(), row);
        assert_eq!(stream.len() < distance + 500, found, "distance {distance}");
    }
}

/// What stands before the stream is nothing to refer to, though the window has zeros there.
#[test]
fn black_beginnings_refer_to_nothing() {
    for (width, bpp) in [(1, 1), (1, 3), (2, 4), (300, 1), (300, 3), (300, 4), (12_000, 3)] {
        let rows = vec![vec![0; width * bpp + 1]; 5];
        round_trip(&rows, bpp);
    }
}

#[test]
fn rows_as_long_as_can_be_come_back() {
    let mut noise = noise(8);
    // 32,768 px of RGBA: each row is a block, and none reaches the one above.
    let row: Vec<u8> = (0..=32_768 * 4).map(|at| if at % 7 < 4 { noise() } else { 5 }).collect();
    assert!(row.len() <= MAX_ROW_BYTES);
    round_trip(&[row.clone(), row.clone(), row], 4);
    // The longest that has a place, after less than a block of short ones.
    let short = vec![vec![9; MAX_ROW_BYTES]; 3];
    round_trip(&short, 1);
}

#[test]
fn single_pixels_are_found_where_they_are_asked_for() {
    let rows = rows(7, 700, 100, 3, 12);
    let [_, _, differences, grain, _] = round_trip(&rows, 3);
    assert!(grain * 100 < differences * 92, "{grain} and {differences} bytes");
}

#[test]
fn edges_aslant_are_found_where_there_is_time() {
    // Lines that no earlier one is just like: a little wider or narrower, a pixel to the left or the right of that above.
    let colour = |x: usize, y: usize| match (x * x / 900 + x + 2 * y) % 61 {
        0..2 => [170, 110, 60],
        at if at < 30 + x / 40 % 7 => [230, 240, 215],
        _ => [190, 220, 160],
    };
    let row = |y: usize| std::iter::once(0).chain((0..1_200).flat_map(|x| colour(x, y))).collect();
    let rows: Vec<Vec<u8>> = (0..200).map(row).collect();
    let [flat, sparse, ..] = round_trip(&rows, 3);
    assert!(sparse * 100 < flat * 90, "{flat} and {sparse} bytes");
}

#[test]
fn all_lengths_can_be_written() {
    for length in 3..1100 {
        let mut sequences = Sequences::new();
        let data: Vec<u8> = vec![b'a'; length + 1];
        sequences.count(b"a");
        sequences.push(1, length, 1);
        let mut out = BitWriter::default();
        block::write(&mut out, &sequences, &data);
        block::store(&mut out, &[]);
        let stream = [out.take().get(LEAD..).unwrap(), &[0x03, 0x00]].concat();
        assert_eq!(decompress_to_vec(&stream).unwrap(), data, "length {length}");
    }
}
