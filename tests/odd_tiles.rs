//! Every unusual or broken tile a server may send is decoded right, or refused with its reason.
//!
//! All of tests/fixtures/odd is one picture in many forms, so "right" means: near to that picture.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stdout, reason = "a test")]

use mapshot::codec::{DecodeError, decode_tile};
use mapshot::raster::{PixelFormat, TileImage};

fn odd(name: &str) -> Vec<u8> {
    std::fs::read(format!("{}/tests/fixtures/odd/{name}", env!("CARGO_MANIFEST_DIR"))).unwrap()
}

fn rgb(tile: &TileImage) -> Vec<[u8; 3]> {
    match tile.format() {
        PixelFormat::Rgb => tile.samples().as_chunks::<3>().0.to_vec(),
        PixelFormat::Rgba => {
            tile.samples().as_chunks::<4>().0.iter().map(|[r, g, b, _]| [*r, *g, *b]).collect()
        }
        other => panic!("tiles are decoded to RGB or RGBA, not {other:?}"),
    }
}

fn luma([r, g, b]: [u8; 3]) -> f64 {
    0.299 * f64::from(r) + 0.587 * f64::from(g) + 0.114 * f64::from(b)
}

/// Mean absolute difference of two pictures, in levels; of their luma where `grey`.
fn difference(a: &[[u8; 3]], b: &[[u8; 3]], grey: bool) -> f64 {
    assert_eq!(a.len(), b.len());
    let sum: f64 = a
        .iter()
        .zip(b)
        .map(|(a, b)| {
            if grey {
                (luma(*a) - luma(*b)).abs()
            } else {
                a.iter().zip(b).map(|(a, b)| f64::from(a.abs_diff(*b))).sum::<f64>() / 3.0
            }
        })
        .sum();
    sum / a.len() as f64
}

#[test]
fn whole_tiles_are_decoded_right() {
    let picture = rgb(&decode_tile(&odd("rgb.png"), 256).unwrap());
    // name, most mean difference in levels, compare luma only
    let cases = [
        ("rgb.png", 0.0, false),
        ("rgba.png", 0.0, false),
        ("lossless.webp", 0.0, false),
        // Lossless too, but under its transparent pixels the colours are gone.
        ("alpha.webp", 0.3, false),
        ("palette.png", 6.0, false),
        ("palette-trns.png", 6.0, false),
        ("tile.gif", 6.0, false),
        ("gray.png", 0.6, true),
        ("gray-alpha.png", 0.6, true),
        ("gray16.png", 0.6, true),
        ("444.jpg", 3.0, false),
        ("422.jpg", 4.0, false),
        ("progressive.jpg", 4.0, false),
        ("optimized-huffman.jpg", 4.0, false),
        ("restart.jpg", 4.0, false),
        ("q60.jpg", 6.0, false),
        ("cmyk.jpg", 6.0, false),
        ("gray.jpg", 3.0, true),
        ("lossy.webp", 7.0, false),
    ];
    for (name, most, grey) in cases {
        let tile = decode_tile(&odd(name), 256).unwrap_or_else(|e| panic!("{name}: {e}"));
        let got = difference(&rgb(&tile), &picture, grey);
        println!("{name}: {:?}, mean difference {got:.2}", tile.format());
        assert!(got <= most, "{name} differs by {got} levels on average, {most} are allowed");
    }
    // One bit a pixel: only the two colours are sure.
    let bilevel = decode_tile(&odd("bilevel.png"), 256).unwrap();
    assert!(rgb(&bilevel).iter().all(|p| *p == [0; 3] || *p == [255; 3]));
    let retina = decode_tile(&odd("retina-512.jpg"), 512).unwrap();
    assert_eq!((retina.width_px(), retina.height_px()), (512, 512));
}

#[test]
fn transparency_is_kept() {
    for name in ["rgba.png", "palette-trns.png", "alpha.webp"] {
        let tile = decode_tile(&odd(name), 256).unwrap();
        assert_eq!(tile.format(), PixelFormat::Rgba, "{name}");
        let alphas = tile.samples().as_chunks::<4>().0.iter().map(|p| p[3]);
        assert!(alphas.clone().any(|a| a < 255), "{name} is opaque");
        assert!(alphas.clone().any(|a| a > 0), "{name} is empty");
    }
}

#[test]
fn broken_tiles_are_refused_with_their_reason() {
    let reason = |name: &str| decode_tile(&odd(name), 256).expect_err(name);
    assert_eq!(reason("empty.jpg"), DecodeError::Empty);
    assert_eq!(reason("html-200.png"), DecodeError::NotAnImage("an HTML page"));
    assert_eq!(reason("wms-exception.xml"), DecodeError::NotAnImage("a service exception (XML)"));
    assert_eq!(reason("truncated.jpg"), DecodeError::Truncated { format: "JPEG" });
    assert_eq!(reason("header-only.jpg"), DecodeError::Truncated { format: "JPEG" });
    assert_eq!(reason("truncated.png"), DecodeError::Truncated { format: "PNG" });
    assert!(matches!(reason("bitrot.jpg"), DecodeError::Damaged { format: "JPEG", .. }));
    assert!(matches!(reason("bad-crc.png"), DecodeError::Damaged { format: "PNG", .. }));
    let sizes = [
        ("250px.jpg", 250, 250),
        ("half-height.png", 256, 128),
        ("one-pixel.png", 1, 1),
        ("retina-512.jpg", 512, 512),
        ("bomb.png", 60_000, 60_000),
    ];
    for (name, width_px, height_px) in sizes {
        assert_eq!(reason(name), DecodeError::Size { width_px, height_px, expected_px: 256 }, "{name}");
    }
}

#[test]
fn every_file_has_its_expectation() {
    let folder = format!("{}/tests/fixtures/odd", env!("CARGO_MANIFEST_DIR"));
    let this = include_str!("odd_tiles.rs");
    let mut files = 0;
    for entry in std::fs::read_dir(folder).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        assert!(this.contains(&format!("\"{name}\"")), "{name} is not tested");
        files += 1;
    }
    assert!(files >= 33);
}

#[test]
fn a_tile_cut_off_anywhere_is_never_taken_for_whole() {
    let formats = [
        "444.jpg",
        "422.jpg",
        "gray.jpg",
        "progressive.jpg",
        "restart.jpg",
        "cmyk.jpg",
        "rgb.png",
        "lossless.webp",
    ];
    for name in formats {
        let whole = odd(name);
        let last = whole.len() - 1;
        // Every cut near the end, where decoders are lenient, and one in 211 before.
        for cut in (0..last).filter(|cut| cut % 211 == 0 || last - cut < 40) {
            // A PNG without its IEND, or with half of it, has all of its pixels.
            if name.ends_with(".png") && whole.len() - cut <= 16 {
                continue;
            }
            assert!(
                decode_tile(&whole[..cut], 256).is_err(),
                "{name} cut at {cut} of {} was accepted",
                whole.len()
            );
        }
    }
}
