//! JPEG tiles become the pixels that libjpeg-turbo makes of them, bit for bit, or are refused.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stdout, reason = "a test")]

use mapshot::codec::jpeg::{Baseline, JpegFrame, McuCrop, TileCoder};
use mapshot::codec::{CarryError, DecodeError, decode_tile};
use proptest::prelude::*;
use sha2::{Digest, Sha256};

fn fixture(name: &str) -> Vec<u8> {
    let path = format!("{}/tests/fixtures/{name}", env!("CARGO_MANIFEST_DIR"));
    std::fs::read(&path).unwrap_or_else(|e| panic!("{path}: {e}"))
}

fn pixels(jpeg: &[u8]) -> Result<(u32, u32, Vec<u8>), CarryError> {
    let jpeg = Baseline::read(jpeg)?;
    let (width_px, height_px) = (jpeg.width_px(), jpeg.height_px());
    let mut rgb = vec![0; (width_px * height_px * 3) as usize];
    jpeg.decode(&mut rgb)?;
    Ok((width_px, height_px, rgb))
}

fn digest(pixels: &[u8]) -> String {
    Sha256::digest(pixels).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The files of tests/fixtures/jpeg: digest of the pixels, width, height, name.
fn listed() -> Vec<(String, u32, u32, String)> {
    let list = String::from_utf8(fixture("jpeg/pixels.sha256")).unwrap();
    let lines = list.lines().map(|line| {
        let [digest, width, height, name] = line.split(' ').collect::<Vec<_>>().try_into().unwrap();
        (digest.to_owned(), width.parse().unwrap(), height.parse().unwrap(), format!("jpeg/{name}.jpg"))
    });
    lines.collect()
}

#[test]
fn pixels_are_those_of_libjpeg_turbo() {
    let listed = listed();
    assert_eq!(listed.len(), 70);
    for (expected, width, height, name) in listed {
        let (got_width, got_height, rgb) = pixels(&fixture(&name)).unwrap_or_else(|e| panic!("{name}: {e}"));
        assert_eq!((got_width, got_height), (width, height), "{name}");
        assert_eq!(digest(&rgb), expected, "{name} has other pixels");
    }
}

#[test]
fn tiles_have_the_pixels_of_libjpeg_turbo() {
    // `djpeg -rgb -ppm`, without the 15 bytes of its header.
    let cases = [
        ("bluemarble/4/8/5.jpg", TILE_PIXELS[0]),
        ("bluemarble/4/3/0.jpg", TILE_PIXELS[1]),
        ("odd/444.jpg", TILE_PIXELS[2]),
        ("odd/422.jpg", TILE_PIXELS[3]),
        ("odd/gray.jpg", TILE_PIXELS[4]),
        ("odd/q60.jpg", TILE_PIXELS[5]),
        ("odd/restart.jpg", TILE_PIXELS[6]),
        ("odd/optimized-huffman.jpg", TILE_PIXELS[7]),
    ];
    for (name, expected) in cases {
        assert_eq!(digest(decode_tile(&fixture(name), 256).unwrap().samples()), expected, "{name}");
    }
}

#[test]
fn extended_sequential_coding_of_8_bits_is_the_same() {
    let mut jpeg = fixture("jpeg/photo-420-q85.jpg");
    let expected = pixels(&jpeg).unwrap();
    let frame = jpeg.windows(2).position(|marker| marker == [0xff, 0xc0]).unwrap();
    jpeg[frame + 1] = 0xc1;
    assert_eq!(pixels(&jpeg).unwrap(), expected);
}

#[test]
fn other_kinds_are_told_apart() {
    let refused = |name: &str| pixels(&fixture(name)).unwrap_err();
    assert!(matches!(refused("odd/progressive.jpg"), CarryError::NotBaseline(_)));
    assert!(matches!(refused("odd/cmyk.jpg"), CarryError::Colour));
    assert_eq!(refused("odd/rgb.png"), CarryError::NotJpeg);
    assert!(matches!(refused("odd/truncated.jpg"), CarryError::Damaged(_)));
    // A buffer that is too small is filled as far as it goes.
    let jpeg = fixture("jpeg/photo-444-q85.jpg");
    let (width, _, whole) = pixels(&jpeg).unwrap();
    let mut few = vec![0; width as usize * 3 * 7 + 5];
    Baseline::read(&jpeg).unwrap().decode(&mut few).unwrap();
    let rows = width as usize * 3 * 7;
    assert_eq!(few[..rows], whole[..rows]);
}

/// Tiles to be damaged.
const TILES: [&str; 5] =
    ["bluemarble/4/8/5.jpg", "odd/restart.jpg", "odd/optimized-huffman.jpg", "odd/444.jpg", "odd/gray.jpg"];

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    /// What is damaged when it is carried is damaged when it is decoded, and the other way round.
    #[test]
    fn a_tile_is_refused_as_pixels_where_it_is_when_carried(
        tile in prop::sample::select(&TILES[..]),
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..4),
        cut in prop::option::of(any::<prop::sample::Index>()),
    ) {
        let good = fixture(tile);
        let frame = JpegFrame::from_tile(256, 256, &good, 256, None).unwrap();
        let mut bad = good.clone();
        for (at, value) in changes {
            // Behind the markers, so that it stays the same kind of JPEG.
            let at = 650 + at.index(good.len() - 650);
            bad[at] = value;
        }
        if let Some(cut) = cut {
            bad.truncate(cut.index(good.len()));
        }
        let carried = TileCoder::new(&frame).carry(&bad, 256, &McuCrop::whole(&frame, 256));
        let decoded = decode_tile(&bad, 256);
        match carried {
            Ok(_) => prop_assert!(decoded.is_ok(), "{:?}", decoded.err()),
            Err(CarryError::Damaged(reason)) => match decoded {
                Err(DecodeError::Damaged { format: "JPEG", reason: same }) => prop_assert_eq!(same, reason),
                // Its segments do not lead to an end.
                other => prop_assert_eq!(other.err(), Some(DecodeError::Truncated { format: "JPEG" })),
            },
            // Another kind of JPEG now, or none at all.
            Err(_) => {}
        }
    }
}

const TILE_PIXELS: [&str; 8] = [
    "aae8f9111b523b41d040acdd9c8243d01bea8b9261a61e070b0db183458f94a1",
    "a764254f34bc83dab20b8f5050e5290f422efdc9fd4bf825c4c49b93d251b2e5",
    "6f48023c9d23f1cd721d5e611b49c6f072578799e7783d9b19540628ef2adaaf",
    "852b66e8f2b8a0964a8b7acef19a7c59dd238954480330fc017f2b3ba2f1b1cc",
    "e53407113ecf6685bb8c80d294f9fe26d17cc125aa78a4d4d9380d3af8203117",
    "ca3a86a66da0054dcd798b105a65149ba7849ecc86c4afc2d795cabea0c4db2a",
    "f32c4d17ceb48177a27a1021834a393d7c1f5bf996f901f10f42ca4d111de345",
    "f32c4d17ceb48177a27a1021834a393d7c1f5bf996f901f10f42ca4d111de345",
];
