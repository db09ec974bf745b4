//! Captures as JPEG, from the plan to the file: tiles carried over, windows that begin where blocks begin, tiles of
//! other kinds and broken ones among them.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test")]

#[path = "support/coefficients.rs"]
mod coefficients;
mod support;

use coefficients::{Coefficients, coefficients};
use futures_executor::block_on;
use mapshot::codec::jpeg::{Colour, FragmentEncoder, JpegFrame, Subsampling, header, trailer};
use mapshot::codec::{Encoding, Output, decode_tile};
use mapshot::fault::Explain;
use mapshot::geo::{Area, LonLat, Scale, TileCoord};
use mapshot::render::{Limits, Plan, PlanSpec, RenderError, plan_with_sample};
use mapshot::source::{FetchError, Layer, OnMissing, Shown, Source};
use support::{Tiles, fixture, layer, painted, png_of, render, strip};

const PHOTO: &str = r#"{"id":"photo","url":"http://h.test/{z}/{x}/{y}","attribution":"© the sky"}"#;

const GLASS: &str = r#"{"id":"glass","url":"http://h.test/{z}/{x}/{y}","transparent":true}"#;

fn seoul() -> LonLat {
    LonLat::new("center", 126.978, 37.5665).unwrap()
}

fn size(width_px: u32, height_px: u32) -> Area {
    Area::Size { centre: seoul(), width_px, height_px }
}

fn spec(area: Area, output: Output, layers: Vec<Layer>) -> PlanSpec {
    PlanSpec {
        output_grid: Default::default(),
        resampling: Default::default(),
        area,
        scale: Scale::Zoom(16),
        layers,
        output,
        on_missing: OnMissing::Mark,
        sample_tile: None,
    }
}

/// The Blue Marble over and over, so that every tile is known by its name.
fn marble(_: &Source, tile: TileCoord) -> Result<Vec<u8>, FetchError> {
    Ok(fixture(&format!("bluemarble/4/{}/{}.jpg", tile.x.rem_euclid(16), tile.y.rem_euclid(16))))
}

fn planned(area: Area) -> Plan {
    let spec = spec(area, Output::Jpeg, vec![layer(PHOTO)]);
    block_on(plan_with_sample(spec, &Limits::default(), &Tiles::new(marble))).unwrap()
}

/// Every block of the image is the block of its tile, but those of the tiles that `differs` names.
fn assert_carried(plan: &Plan, got: &Coefficients, differs: impl Fn(TileCoord) -> bool) {
    let (left, top) = (plan.window().left_px(), plan.window().top_px());
    for tile in plan.window().tiles(256).iter() {
        let name = TileCoord { z: 16, x: tile.column as i32, y: tile.row as i32 };
        if differs(name) {
            continue;
        }
        let want = coefficients(&marble(&layer(PHOTO).source, name).unwrap());
        for (plane, (image, tile_plane)) in got.planes.iter().zip(&want.planes).enumerate() {
            // Pixels of the image in one block of this plane.
            let block_px = if plane == 0 { 8 } else { 16 };
            let (from_x, from_y) = ((tile.column * 256 - left) / block_px, (tile.row * 256 - top) / block_px);
            for y in 0..256 / block_px {
                for x in 0..256 / block_px {
                    let (at_x, at_y) = (from_x + x, from_y + y);
                    let inside = |at: i64, side: u32| at >= 0 && at * block_px < i64::from(side);
                    if inside(at_x, plan.window().width_px()) && inside(at_y, plan.window().height_px()) {
                        assert_eq!(
                            image.block(at_x as usize, at_y as usize),
                            tile_plane.block(x as usize, y as usize),
                            "tile {name}, plane {plane}, block {x}, {y}"
                        );
                    }
                }
            }
        }
    }
}

#[test]
fn a_jpeg_of_jpeg_tiles_has_their_very_coefficients() {
    let areas = [size(1111, 777), size(16, 16), size(3000, 300), Area::radius(seoul(), 900.0).unwrap()];
    for area in areas {
        let plan = planned(area);
        assert!(matches!(plan.encoding(), Encoding::CarriedJpeg { .. }), "{:?}", plan.warnings());
        let tiles = Tiles::new(marble);
        let (file, missing) = render(&plan, &tiles).unwrap();
        assert!(missing.is_empty());
        assert_eq!(tiles.asked().len() as u64, plan.window().tiles(256).count(), "each tile is fetched once");
        let got = coefficients(&file);
        assert_eq!(
            (got.width, got.height),
            (plan.window().width_px() as usize, plan.window().height_px() as usize)
        );
        assert_carried(&plan, &got, |_| false);
        let comment = "© the sky".as_bytes();
        assert!(file.windows(comment.len()).any(|bytes| bytes == comment));
    }
}

#[test]
fn the_window_begins_where_blocks_begin_and_the_plan_says_so() {
    for (area, exact) in [
        (size(1000, 700), true),
        (Area::radius(seoul(), 700.0).unwrap(), false),
        (Area::bbox([126.97, 37.56, 126.99, 37.575]).unwrap(), false),
    ] {
        let png = spec(area, Output::Png(mapshot::codec::Effort::Fast), vec![layer(PHOTO)]);
        let asked = *Plan::new(&png, &Limits::default()).unwrap().window();
        let plan = planned(area);
        let window = plan.window();
        assert_eq!((window.left_px() % 16, window.top_px() % 16), (0, 0));
        let moved = (asked.left_px() - window.left_px(), asked.top_px() - window.top_px());
        if exact {
            assert_eq!((window.width_px(), window.height_px()), (asked.width_px(), asked.height_px()));
            assert!(moved.0.abs() <= 8 && moved.1.abs() <= 8, "{moved:?}");
        } else {
            assert!((0..16).contains(&moved.0) && (0..16).contains(&moved.1), "{moved:?}");
            assert_eq!((window.right_px(), window.bottom_px()), (asked.right_px(), asked.bottom_px()));
        }
        let says = plan.warnings().iter().any(|w| w.contains("begins where blocks of its tiles begin"));
        assert_eq!(says, moved != (0, 0), "{:?}", plan.warnings());
        // What the outside sees is the window that is rendered.
        let summary = plan.summary();
        assert_eq!((summary.width_px, summary.height_px), (window.width_px(), window.height_px()));
        assert!((summary.extent.width() / summary.resolution - f64::from(window.width_px())).abs() < 1e-6);
    }
}

#[test]
fn every_odd_tile_is_in_the_image_or_in_the_report_and_never_harms_its_neighbours() {
    let folder = format!("{}/tests/fixtures/odd", env!("CARGO_MANIFEST_DIR"));
    let names: Vec<String> =
        std::fs::read_dir(folder).unwrap().map(|e| e.unwrap().file_name().into_string().unwrap()).collect();
    let (mut carried, mut requantised, mut encoded, mut gone) = (0, 0, 0, 0);
    for name in names {
        let odd = fixture(&format!("odd/{name}"));
        let middle = TileCoord { z: 16, x: 55883, y: 25378 };
        let tiles = Tiles::new(|s: &Source, c| if c == middle { Ok(odd.clone()) } else { marble(s, c) });
        let plan = planned(size(900, 700));
        let all = plan.tiles() as u32;
        let reports: Vec<_> = (0..plan.strips()).map(|i| strip(&plan, i, &tiles).unwrap().1).collect();
        let count = |of: fn(&mapshot::render::StripReport) -> u32| reports.iter().map(of).sum::<u32>();
        let (file, missing) = render(&plan, &tiles).unwrap();
        let got = coefficients(&file);
        assert_carried(&plan, &got, |c| c == middle);
        match decode_tile(&odd, 256) {
            Ok(_) => {
                assert!(missing.is_empty(), "{name}: {missing:?}");
                match (count(|r| r.carried), count(|r| r.requantised)) {
                    (n, 0) if n == all => carried += 1,
                    (n, 1) if n == all - 1 => requantised += 1,
                    (n, 0) if n == all - 1 => encoded += 1,
                    other => panic!("{name}: {other:?} of {all}"),
                }
            }
            Err(error) => {
                gone += 1;
                assert_eq!(missing.len(), 1, "{name}");
                assert_eq!((missing[0].tile, missing[0].shown), (middle, Shown::Mark), "{name}");
                // The same words as for a PNG, unless the entropy-coded data itself is what is broken.
                let own = missing[0].reason.starts_with("the JPEG tile is damaged");
                assert!(own || missing[0].reason == error.to_string(), "{name}: {}", missing[0].reason);
                assert_eq!((count(|r| r.carried), count(|r| r.requantised)), (all - 1, 0), "{name}");
            }
        }
    }
    assert!(
        carried >= 1 && requantised >= 1 && encoded >= 8 && gone >= 10,
        "{carried} {requantised} {encoded} {gone}"
    );
}

#[test]
fn what_cannot_be_carried_is_encoded_and_the_plan_says_why() {
    let paint = |_: &Source, c| Ok(png_of(&painted(c, 256)));
    let png = block_on(plan_with_sample(
        spec(size(700, 500), Output::Jpeg, vec![layer(PHOTO)]),
        &Limits::default(),
        &Tiles::new(paint),
    ))
    .unwrap();
    assert!(matches!(png.encoding(), Encoding::Jpeg { .. }));
    assert!(
        png.warnings().iter().any(|w| w.contains("not a JPEG") && w.contains("quality 85")),
        "{:?}",
        png.warnings()
    );
    let nothing = Tiles::new(|_: &Source, _| Err(FetchError::Network));
    let silent = block_on(plan_with_sample(
        spec(size(700, 500), Output::Jpeg, vec![layer(PHOTO)]),
        &Limits::default(),
        &nothing,
    ))
    .unwrap();
    assert!(matches!(silent.encoding(), Encoding::Jpeg { .. }));
    assert!(silent.warnings().iter().any(|w| w.contains("none could be fetched")), "{:?}", silent.warnings());
    assert!(nothing.asked().len() <= 3, "a look is not insisted on");

    // Two layers or a source that is not opaque: pixels are wanted, and nobody looks at a tile. Another subsampling than
    // the tiles': pixels, too.
    let never = || Tiles::new(|_: &Source, _| panic!("no look was needed"));
    let looking = || Tiles::new(marble as fn(&Source, TileCoord) -> Result<Vec<u8>, FetchError>);
    let encoded = Output::JpegOfQuality { quality: 60, subsampling: Some(Subsampling::S444) };
    let limits = Limits::default();
    let of = |output, layers| spec(size(700, 500), output, layers);
    let plans = [
        (
            16,
            block_on(plan_with_sample(of(Output::Jpeg, vec![layer(PHOTO), layer(PHOTO)]), &limits, &never())),
        ),
        (16, block_on(plan_with_sample(of(Output::Jpeg, vec![layer(GLASS)]), &limits, &never()))),
        (8, block_on(plan_with_sample(of(encoded, vec![layer(PHOTO)]), &limits, &looking()))),
    ];
    for (mcu, plan) in plans {
        let plan = plan.unwrap();
        assert!(matches!(plan.encoding(), Encoding::Jpeg { .. }));
        assert_eq!(plan.warnings().iter().filter(|w| w.contains("carried")).count(), 0);
        assert_eq!(plan.window().top_px() % mcu, 0);
        let (file, missing) = render(&plan, &Tiles::new(marble)).unwrap();
        assert!(missing.is_empty());
        assert_pixels_near(&plan, &file);
    }
}

#[test]
fn a_quality_quantises_the_coefficients_of_the_tiles_anew() {
    let request = |quality| {
        let output = Output::JpegOfQuality { quality, subsampling: None };
        spec(size(700, 500), output, vec![layer(PHOTO)])
    };
    let mut sizes = Vec::new();
    for quality in [100, 85, 40] {
        let plan =
            block_on(plan_with_sample(request(quality), &Limits::default(), &Tiles::new(marble))).unwrap();
        let Encoding::CarriedJpeg { frame, quality: Some(got) } = plan.encoding() else {
            panic!("{:?}", plan.encoding())
        };
        assert_eq!((*got, plan.summary().jpeg.unwrap().quality), (quality, Some(quality)));
        let expected =
            JpegFrame::for_quality(700, 500, quality, Colour::YCbCr(Subsampling::S420), None).unwrap();
        let (file, missing) = render(&plan, &Tiles::new(marble)).unwrap();
        assert!(missing.is_empty());
        let header = header(&expected);
        let tables = |file: &[u8]| {
            let at = |marker| file.windows(2).position(|bytes| bytes == [0xff, marker]).unwrap();
            file[at(0xdb)..at(0xc0)].to_vec()
        };
        assert_eq!(tables(&file), tables(&header), "quality {quality}");
        assert_eq!(frame.colour(), expected.colour());
        // Each coefficient is the tile's, rounded to a step of the new tables.
        let (image, want) = (coefficients(&file), plan.window());
        for tile in want.tiles(256).iter() {
            let name = TileCoord { z: 16, x: tile.column as i32, y: tile.row as i32 };
            let source = coefficients(&marble(&layer(PHOTO).source, name).unwrap());
            let (x, y) = ((tile.column * 256 - want.left_px()) / 8, (tile.row * 256 - want.top_px()) / 8);
            if x < 0 || y < 0 {
                continue;
            }
            let (ours, theirs) =
                (image.planes[0].block(x as usize, y as usize), source.planes[0].block(0, 0));
            let (new, old) = (&image.planes[0].steps, &source.planes[0].steps);
            for at in 0..64 {
                let exact = f64::from(theirs[at]) * f64::from(old[at]) / f64::from(new[at]);
                assert!((f64::from(ours[at]) - exact).abs() <= 0.5 || exact.abs() > 1023.0, "{name}, {at}");
            }
        }
        if quality > 50 {
            assert_pixels_near(&plan, &file);
        }
        sizes.push(file.len());
    }
    assert!(sizes.is_sorted_by(|a, b| a > b), "{sizes:?}");
}

#[test]
fn slices_of_a_strip_are_fragments_of_the_scan() {
    // Large enough for strips of two slices, and cut inside tiles on all sides.
    let output = Output::JpegOfQuality { quality: 90, subsampling: Some(Subsampling::S444) };
    let plan = Plan::new(&spec(size(4_200, 4_200), output, vec![layer(GLASS)]), &Limits::default()).unwrap();
    assert!(matches!(plan.encoding(), Encoding::Jpeg { .. }));
    assert_eq!(plan.strips(), 9);
    assert!(plan.warnings().iter().all(|warning| !warning.contains("slices")), "no tile is cut");
    assert_pixels_near(&plan, &render(&plan, &Tiles::new(marble)).unwrap().0);
}

/// The image's pixels are near those of its tiles.
fn assert_pixels_near(plan: &Plan, file: &[u8]) {
    let mut decoder = zune_jpeg::JpegDecoder::new(std::io::Cursor::new(file));
    let got = decoder.decode().unwrap();
    let (width, height) = decoder.dimensions().unwrap();
    assert_eq!((width as u32, height as u32), (plan.window().width_px(), plan.window().height_px()));
    let mut sum = 0u64;
    for tile in plan.window().tiles(256).iter() {
        let name = TileCoord { z: 16, x: tile.column as i32, y: tile.row as i32 };
        let image = decode_tile(&marble(&layer(PHOTO).source, name).unwrap(), 256).unwrap();
        for y in 0..256 {
            for x in 0..256 {
                let at_x = tile.column * 256 + x - plan.window().left_px();
                let at_y = tile.row * 256 + y - plan.window().top_px();
                if (0..width as i64).contains(&at_x) && (0..height as i64).contains(&at_y) {
                    let at = (at_y as usize * width + at_x as usize) * 3;
                    let want = &image.row(y as u32)[x as usize * 3..x as usize * 3 + 3];
                    sum +=
                        got[at..at + 3].iter().zip(want).map(|(a, b)| u64::from(a.abs_diff(*b))).sum::<u64>();
                }
            }
        }
    }
    let mean = sum as f64 / got.len() as f64;
    assert!(mean < 3.0, "mean difference {mean}");
}

#[test]
fn a_missing_tile_can_fail_a_carried_capture_too() {
    let asked = PlanSpec {
        output_grid: Default::default(),
        resampling: Default::default(),
        on_missing: OnMissing::Fail,
        ..spec(size(600, 600), Output::Jpeg, vec![layer(PHOTO)])
    };
    let plan = block_on(plan_with_sample(asked, &Limits::default(), &Tiles::new(marble))).unwrap();
    let bad = TileCoord { z: 16, x: 55883, y: 25379 };
    let tiles =
        Tiles::new(|s: &Source, c| if c == bad { Err(FetchError::Status(404)) } else { marble(s, c) });
    let ended = (0..plan.strips()).map(|i| strip(&plan, i, &tiles)).find_map(Result::err);
    let Some(RenderError::Missing(missing)) = ended else { panic!("it did not fail") };
    assert_eq!((missing.tile, missing.shown), (bad, Shown::Nothing));
}

/// Noise at the best quality: some thirty bits a pixel.
fn noise() -> Vec<u8> {
    let colour = Colour::YCbCr(Subsampling::S444);
    let frame = JpegFrame::for_quality(256, 256, 100, colour, None).unwrap();
    let mut state = 1u32;
    let pixels: Vec<u8> = std::iter::repeat_with(|| {
        state ^= state << 13;
        state ^= state >> 17;
        state ^= state << 5;
        state as u8
    })
    .take(256 * 256 * 3)
    .collect();
    let mut encoder = FragmentEncoder::new(&frame, 0, 3).unwrap();
    encoder.write_rows(&pixels).unwrap();
    [header(&frame), encoder.finish().unwrap(), trailer()].concat()
}

#[test]
fn a_row_of_absurd_tiles_is_refused_before_it_takes_the_memory() {
    let noise = noise();
    let plan = block_on(plan_with_sample(
        spec(size(8_000, 600), Output::Jpeg, vec![layer(PHOTO)]),
        &Limits::default(),
        &Tiles::new(|_: &Source, _| Ok(noise.clone())),
    ))
    .unwrap();
    assert!(matches!(plan.encoding(), Encoding::CarriedJpeg { .. }));
    let ended = strip(&plan, 1, &Tiles::new(|_: &Source, _| Ok(noise.clone()))).err();
    let Some(error @ RenderError::RowTooLarge { .. }) = ended else { panic!("{ended:?}") };
    assert_eq!(error.fault().code, "tiles_too_large");
    assert!(error.is_final());
}
