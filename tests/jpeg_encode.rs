//! Pixels become a JPEG that any split into strips leaves the same, byte by byte.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stdout, reason = "a test")]

#[path = "support/coefficients.rs"]
mod coefficients;

use coefficients::coefficients;
use mapshot::codec::jpeg::{Colour, FragmentEncoder, JpegFrame, Subsampling, header, trailer};
use mapshot::codec::{EncodeError, decode_tile};
use mapshot::raster::TileImage;
use proptest::prelude::*;

const COLOURS: [Colour; 5] = [
    Colour::Grey,
    Colour::YCbCr(Subsampling::S420),
    Colour::YCbCr(Subsampling::S422),
    Colour::YCbCr(Subsampling::S440),
    Colour::YCbCr(Subsampling::S444),
];

fn photograph() -> TileImage {
    let path = format!("{}/tests/fixtures/odd/rgb.png", env!("CARGO_MANIFEST_DIR"));
    decode_tile(&std::fs::read(path).unwrap(), 256).unwrap()
}

/// A file out of strips that begin at these MCU rows, their rows written so many at a time.
fn encode(frame: &JpegFrame, pixels: &[u8], pixel_bytes: usize, starts: &[u32], at_once: usize) -> Vec<u8> {
    let row = frame.width_px() as usize * pixel_bytes;
    let mcu_row = row * frame.mcu_px().1 as usize;
    let mut file = header(frame);
    for (i, start) in starts.iter().enumerate() {
        let mut encoder = FragmentEncoder::new(frame, *start, pixel_bytes).unwrap();
        let end = starts.get(i + 1).map_or(pixels.len(), |end| *end as usize * mcu_row);
        for rows in pixels[*start as usize * mcu_row..end].chunks(row * at_once) {
            encoder.write_rows(rows).unwrap();
            file.extend(encoder.take());
        }
        file.extend(encoder.finish().unwrap());
    }
    file.extend(trailer());
    file
}

/// Decoded by zune-jpeg, strictly, as RGB.
fn decode(file: &[u8], width: u32, height: u32) -> Vec<u8> {
    use zune_jpeg::zune_core::{colorspace::ColorSpace, options::DecoderOptions};
    let options = DecoderOptions::default().set_strict_mode(true).jpeg_set_out_colorspace(ColorSpace::RGB);
    let mut decoder = zune_jpeg::JpegDecoder::new_with_options(std::io::Cursor::new(file), options);
    let samples = decoder.decode().unwrap();
    assert_eq!(decoder.dimensions(), Some((width as usize, height as usize)));
    samples
}

/// Peak signal-to-noise ratio in dB.
fn psnr(a: &[u8], b: &[u8]) -> f64 {
    assert_eq!(a.len(), b.len());
    let sum: f64 = a.iter().zip(b).map(|(a, b)| f64::from(a.abs_diff(*b)).powi(2)).sum();
    10.0 * (255.0 * 255.0 / (sum / a.len() as f64)).log10()
}

/// The same of the luma.
fn luma_psnr(a: &[u8], b: &[u8]) -> f64 {
    let luma =
        |p: &[u8; 3]| ((299 * u32::from(p[0]) + 587 * u32::from(p[1]) + 114 * u32::from(p[2])) / 1000) as u8;
    let [a, b] = [a, b].map(|s| s.as_chunks::<3>().0.iter().map(luma).collect::<Vec<_>>());
    psnr(&a, &b)
}

#[test]
fn a_photograph_is_as_good_and_as_small_as_of_libjpeg() {
    let photograph = photograph();
    // `cjpeg -quality` (libjpeg-turbo) makes 12,899, 15,276 and 6,975 bytes of it, which come out with 51.44, 47.99
    // and 35.81 dB: the photograph was JPEG of quality 85 before.
    for (quality, subsampling, least_db, most_bytes) in [
        (85, Subsampling::S420, 51.1, 13_000),
        (85, Subsampling::S444, 47.9, 15_400),
        (60, Subsampling::S420, 35.7, 7_050),
    ] {
        let frame = JpegFrame::for_quality(256, 256, quality, Colour::YCbCr(subsampling), None).unwrap();
        let file = encode(&frame, photograph.samples(), 3, &[0], 256);
        let db = psnr(decode_tile(&file, 256).unwrap().samples(), photograph.samples());
        println!("{quality} {subsampling:?}: {db:.2} dB, {} bytes", file.len());
        assert!(db >= least_db && file.len() <= most_bytes, "{db:.2} dB, {} bytes", file.len());
    }
}

#[test]
fn a_higher_quality_is_larger_and_nearer() {
    let photograph = photograph();
    for colour in [Colour::Grey, Colour::YCbCr(Subsampling::S420)] {
        let files = (1..=100).map(|quality| {
            let frame = JpegFrame::for_quality(256, 256, quality, colour, None).unwrap();
            encode(&frame, photograph.samples(), 3, &[0], 256)
        });
        let files: Vec<_> = files.collect();
        // The lowest qualities have nearly all steps at 255.
        for (i, pair) in files.windows(2).enumerate() {
            let (less, more) = (pair[0].len(), pair[1].len());
            assert!(more * 200 >= less * 199, "{colour:?}, quality {}: {less} bytes, then {more}", i + 1);
        }
        let near = |file: &Vec<u8>| luma_psnr(&decode(file, 256, 256), photograph.samples());
        let near: Vec<f64> = files.iter().step_by(9).map(near).collect();
        assert!(near.is_sorted_by(|a, b| a < b), "{colour:?}: {near:?}");
    }
}

#[test]
fn extreme_pixels_survive_the_best_quality() {
    // Black and white blocks, lines and dots: the largest coefficients and differences there are.
    let colours: [fn(usize, usize) -> bool; 4] = [
        |x, y| (x / 8 + y / 8) % 2 == 0,
        |x, _| x % 2 == 0,
        |x, y| (x + y) % 2 == 0,
        |x, y| x % 8 < 4 && y % 8 < 4,
    ];
    for white in colours {
        let pixels: Vec<u8> =
            (0..64 * 64).flat_map(|i| [if white(i % 64, i / 64) { 255 } else { 0 }; 3]).collect();
        for colour in COLOURS {
            let frame = JpegFrame::for_quality(64, 64, 100, colour, None).unwrap();
            let file = encode(&frame, &pixels, 3, &[0], 64);
            assert!(psnr(&decode(&file, 64, 64), &pixels) > 45.0, "{colour:?}");
        }
    }
}

#[test]
fn any_size_is_padded_with_its_last_pixels() {
    for (width, height) in [(1, 1), (17, 33), (8, 8), (15, 16), (16, 17), (250, 3), (31, 140)] {
        for colour in COLOURS {
            let frame = JpegFrame::for_quality(width, height, 95, colour, None).unwrap();
            let pixels: Vec<u8> =
                (0..width * height).flat_map(|i| [(i % width / 2) as u8 + (i / width) as u8; 3]).collect();
            let file = encode(&frame, &pixels, 3, &[0], 7);
            let db = psnr(&decode(&file, width, height), &pixels);
            assert!(db > 40.0, "{width} x {height}, {colour:?}: {db:.1} dB");
            let rows = height.div_ceil(frame.mcu_px().1);
            let expected: Vec<u8> = (0..rows - 1).map(|row| (row % 8) as u8).collect();
            assert_eq!(coefficients(&file).restarts, expected);
        }
    }
}

#[test]
fn grey_pixels_are_grey_in_any_frame() {
    let pixels: Vec<u8> = (0..40 * 40).map(|i| (i % 40 * 6) as u8).collect();
    let rgb: Vec<u8> = pixels.iter().flat_map(|g| [*g; 3]).collect();
    for colour in COLOURS {
        let frame = JpegFrame::for_quality(40, 40, 90, colour, None).unwrap();
        let file = encode(&frame, &pixels, 1, &[0], 40);
        assert_eq!(file, encode(&frame, &rgb, 3, &[0], 40), "{colour:?}");
    }
}

#[test]
fn wrong_requests_are_refused() {
    let new = |width, height, quality| JpegFrame::for_quality(width, height, quality, Colour::Grey, None);
    for quality in [0, 101] {
        assert_eq!(new(9, 9, quality).unwrap_err(), EncodeError::Quality(quality));
    }
    for (width_px, height_px) in [(65_536, 9), (9, 65_536), (0, 9), (9, 0)] {
        let error = EncodeError::ImageSize { width_px, height_px, limit_px: 65_535 };
        assert_eq!(new(width_px, height_px, 85).unwrap_err(), error);
    }
    let long = JpegFrame::for_quality(9, 9, 85, Colour::Grey, Some("x".repeat(65_534)));
    assert!(matches!(long, Err(EncodeError::Frame(_))));
    let frame = new(9, 9, 85).unwrap();
    assert!(matches!(FragmentEncoder::new(&frame, 0, 4), Err(EncodeError::PixelBytes(4))));
    let mut encoder = FragmentEncoder::new(&frame, 0, 3).unwrap();
    assert_eq!(encoder.write_rows(&[0; 28]), Err(EncodeError::RowLength { got: 28, row_bytes: 27 }));
    assert_eq!(encoder.write_rows(&[0; 270]), Err(EncodeError::Rows { got: 10, expected: 9 }));
    encoder.write_rows(&[0; 27]).unwrap();
    assert_eq!(encoder.finish(), Err(EncodeError::Rows { got: 1, expected: 9 }));
    for row in [2, u32::MAX] {
        assert!(matches!(FragmentEncoder::new(&frame, row, 3), Err(EncodeError::Rows { .. })));
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]

    #[test]
    fn every_split_has_the_same_bytes(
        width in 1u32..90, height in 1u32..300,
        colour in prop::sample::select(&COLOURS[..]),
        pixel_bytes in prop::sample::select(&[1usize, 3][..]),
        cuts in prop::collection::vec(any::<prop::sample::Index>(), 0..6),
        at_once in 1usize..40,
        quality in 1u8..=100,
    ) {
        let photograph = photograph();
        let pixels: Vec<u8> = (0..height)
            .flat_map(|y| photograph.row(y % 256)[..width as usize * pixel_bytes].to_vec())
            .collect();
        let frame = JpegFrame::for_quality(width, height, quality, colour, None).unwrap();
        let rows = height.div_ceil(frame.mcu_px().1);
        let mut starts: Vec<u32> = cuts.iter().map(|c| c.index(rows as usize) as u32).collect();
        starts.push(0);
        starts.sort_unstable();
        starts.dedup();
        let split = encode(&frame, &pixels, pixel_bytes, &starts, at_once);
        let whole = encode(&frame, &pixels, pixel_bytes, &[0], height as usize);
        prop_assert!(split == whole);
        decode(&split, width, height);
    }
}
