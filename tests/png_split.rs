//! Any split into strips decodes to the same pixels.

#![allow(clippy::unwrap_used, reason = "a test")]

mod support;

use mapshot::codec::png::{Effort, FragmentEncoder, PngFrame, StripSeal, trailer};
use mapshot::raster::PixelFormat;
use proptest::prelude::*;
use support::{decode, encode, fixture};

/// Pixels with the traits of maps: flat runs, gradients, noise, repeated rows.
fn picture() -> impl Strategy<Value = (u32, u32, PixelFormat, Vec<u8>)> {
    (1u32..90, 1u32..60, prop::bool::ANY, 0u8..4, any::<u64>()).prop_map(
        |(width, height, alpha, kind, seed)| {
            let format = if alpha { PixelFormat::Rgba } else { PixelFormat::Rgb };
            let row = width as usize * format.bytes();
            let mut state = seed | 1;
            let mut noise = move || {
                state ^= state << 13;
                state ^= state >> 7;
                state ^= state << 17;
                (state >> 32) as u8
            };
            let samples = (0..row * height as usize)
                .map(|i| match kind {
                    0 => (i / row * 3 + i % row) as u8,
                    1 => noise(),
                    2 => [7, 7, 250][i % row / 40 % 3],
                    _ => (i % row) as u8 ^ (noise() & 3),
                })
                .collect();
            (width, height, format, samples)
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn every_split_has_the_same_pixels(
        (width, height, format, samples) in picture(),
        cuts in prop::collection::vec(any::<prop::sample::Index>(), 0..6),
    ) {
        let row = width as usize * format.bytes();
        let mut cuts: Vec<usize> = cuts.iter().map(|c| c.index(height as usize + 1)).collect();
        cuts.extend([0, height as usize]);
        cuts.sort_unstable();
        cuts.dedup();
        let strips: Vec<&[u8]> = cuts.windows(2).map(|w| &samples[w[0] * row..w[1] * row]).collect();
        for effort in [Effort::Fast, Effort::Small] {
            let got = decode(&encode(width, format, effort, &strips));
            prop_assert_eq!((got.width, got.height, got.channels), (width, height, format.bytes()));
            prop_assert_eq!(&got.samples, &samples);
        }
    }

    #[test]
    fn calls_leave_no_trace(
        (width, height, format, samples) in picture(),
        cuts in prop::collection::vec(any::<prop::sample::Index>(), 0..6),
    ) {
        let row = width as usize * format.bytes();
        let mut cuts: Vec<usize> = cuts.iter().map(|c| c.index(height as usize + 1)).collect();
        cuts.extend([0, height as usize]);
        cuts.sort_unstable();
        for effort in [Effort::Fast, Effort::Small] {
            let whole = fragment(width, format, effort, &samples, &[&samples]);
            // Empty calls are among them.
            let calls: Vec<&[u8]> = cuts.windows(2).map(|w| &samples[w[0] * row..w[1] * row]).collect();
            prop_assert!(whole == fragment(width, format, effort, &samples, &calls));
        }
    }

    #[test]
    fn a_strip_stands_alone((width, height, format, samples) in picture()) {
        let row = width as usize * format.bytes();
        for effort in [Effort::Fast, Effort::Small] {
            let (bytes, seal) = fragment(width, format, effort, &samples, &[&samples]);
            // Inflated without anything before it, and ended by an empty last block.
            let mut stream = idat_data(&bytes);
            prop_assert!(stream.ends_with(&[0, 0, 0xff, 0xff]));
            stream.extend([0x03, 0x00]);
            let filtered = miniz_oxide::inflate::decompress_to_vec(&stream).unwrap();
            prop_assert_eq!(filtered.len(), height as usize * (row + 1));
            prop_assert!(filtered[0] <= 1, "the first row's filter looks above");
            prop_assert_eq!((seal.adler32, seal.rows), (simd_adler32::adler32(&filtered.as_slice()), height));
        }
    }
}

/// A strip that is written in some calls, and its seal.
fn fragment(
    width: u32,
    format: PixelFormat,
    effort: Effort,
    sample: &[u8],
    calls: &[&[u8]],
) -> (Vec<u8>, StripSeal) {
    let mut encoder = FragmentEncoder::new(width, format, effort, sample).unwrap();
    let mut bytes = Vec::new();
    for rows in calls {
        encoder.write_rows(rows).unwrap();
        bytes.extend(encoder.take());
    }
    let (rest, seal) = encoder.finish();
    bytes.extend(rest);
    (bytes, seal)
}

/// What the IDAT chunks of a fragment hold.
fn idat_data(mut chunks: &[u8]) -> Vec<u8> {
    let mut data = Vec::new();
    while let Some((length, rest)) = chunks.split_first_chunk::<4>() {
        let length = u32::from_be_bytes(*length) as usize;
        assert_eq!(&rest[..4], b"IDAT");
        data.extend_from_slice(&rest[4..4 + length]);
        chunks = &rest[4 + length + 4..];
    }
    data
}

#[test]
fn a_large_photograph_survives_every_tile_row_alone() {
    let tile = mapshot::codec::decode_tile(&fixture("bluemarble/4/8/5.jpg"), 256).unwrap();
    // Eight tiles side by side make rows of more than a deflate window, and several IDAT chunks a strip.
    let samples: Vec<u8> = (0..1024u32).flat_map(|y| tile.row(y % 256).repeat(8)).collect();
    let strips: Vec<&[u8]> = samples.chunks(256 * 256 * 8 * 3).collect();
    for effort in [Effort::Fast, Effort::Small] {
        let got = decode(&encode(2048, PixelFormat::Rgb, effort, &strips));
        assert_eq!((got.width, got.height), (2048, 1024));
        assert!(got.samples == samples);
    }
}

#[test]
fn strips_that_do_not_add_up_are_refused() {
    use mapshot::codec::EncodeError;
    let frame = PngFrame {
        width_px: 4,
        height_px: 9,
        format: PixelFormat::Rgb,
        palette: Vec::new(),
        text: Vec::new(),
    };
    assert_eq!(trailer(&frame, &[]), Err(EncodeError::Rows { got: 0, expected: 9 }));
    let mut encoder = FragmentEncoder::new(4, PixelFormat::Rgb, Effort::Fast, &[]).unwrap();
    assert!(FragmentEncoder::new(32_768, PixelFormat::Rgba, Effort::Fast, &[]).is_ok());
    assert_eq!(
        FragmentEncoder::new(32_769, PixelFormat::Grey, Effort::Fast, &[]).err(),
        Some(EncodeError::ImageSize { width_px: 32_769, height_px: 1, limit_px: 32_768 })
    );
    assert_eq!(encoder.write_rows(&[0; 13]), Err(EncodeError::RowLength { got: 13, row_bytes: 12 }));
}
