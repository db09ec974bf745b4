//! Planning and rendering: what is asked for, how much it takes, what happens to missing tiles.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test")]

mod support;

use futures_executor::block_on;
use mapshot::codec::{Effort, Output, decode_tile};
use mapshot::fault::Explain;
use mapshot::geo::{Area, LonLat, Scale, TileCoord};
use mapshot::raster::{PixelFormat, TileImage};
use mapshot::render::{
    BUDGET_BYTES, Limits, Plan, PlanError, PlanSpec, RenderError, SinkError, TileFetch, render_strip,
};
use mapshot::source::{FetchError, Layer, OnMissing, Shown, Source};
use support::{MemorySink, Tiles, decode, fixture, layer, painted, png_of, render, strip};

const XYZ: &str = r#"{"id":"painted","url":"http://h.test/{z}/{x}/{y}"}"#;

fn seoul() -> LonLat {
    LonLat::new("center", 126.978, 37.5665).unwrap()
}

fn spec(area: Area, zoom: u8, layers: Vec<Layer>) -> PlanSpec {
    PlanSpec {
        output_grid: Default::default(),
        resampling: Default::default(),
        area,
        scale: Scale::Zoom(zoom),
        layers,
        output: Output::Png(Effort::Fast),
        sample_tile: None,
        on_missing: OnMissing::Mark,
    }
}

fn plan_of(width_px: u32, height_px: u32) -> Plan {
    let area = Area::Size { centre: seoul(), width_px, height_px };
    Plan::new(&spec(area, 16, vec![layer(XYZ)]), &Limits::default()).unwrap()
}

fn paint(_: &Source, coord: TileCoord) -> Result<Vec<u8>, FetchError> {
    Ok(png_of(&painted(coord, 256)))
}

#[test]
fn strips_are_whole_tile_rows_and_cover_the_window_once() {
    for (width, height) in [(1, 1), (300, 5000), (5120, 5120), (5000, 3333), (20_000, 600), (700, 256)] {
        let plan = plan_of(width, height);
        let mut next = plan.window().top_px();
        for index in 0..plan.strips() {
            let strip = plan.strip_window(index).unwrap();
            assert_eq!(strip.top_px(), next, "{width} x {height}, strip {index}");
            assert_eq!((strip.left_px(), strip.width_px()), (plan.window().left_px(), width));
            if index > 0 {
                assert_eq!(strip.top_px().rem_euclid(256), 0);
            }
            next = strip.bottom_px();
        }
        assert_eq!(next, plan.window().bottom_px());
        assert!(plan.strip_window(plan.strips()).is_none());
        assert_eq!(plan.strip_tiles().iter().map(|t| u64::from(*t)).sum::<u64>(), plan.tiles());
        assert_eq!(plan.tiles(), plan.window().tiles(256).count());
    }
}

#[test]
fn the_plan_says_what_the_image_will_be() {
    let area = Area::radius(seoul(), 1000.0).unwrap();
    let plan = Plan::new(&spec(area, 17, vec![layer(XYZ)]), &Limits::default()).unwrap();
    let summary = plan.summary();
    assert_eq!((summary.crs.code().as_str(), summary.zoom), ("EPSG:3857", Some(17)));
    assert!((summary.resolution - 1.194_328_566_955_879).abs() < 1e-12);
    assert!((summary.extent.width() / summary.resolution - f64::from(summary.width_px)).abs() < 1e-6);
    assert!((summary.extent.height() / summary.resolution - f64::from(summary.height_px)).abs() < 1e-6);
    // 2 km of ground at 0.947 m a pixel.
    assert!((2100..2130).contains(&summary.width_px), "{}", summary.width_px);
    assert!((summary.ground_resolution.east_m - 0.9479).abs() < 1e-3);
    let json = serde_json::to_value(&summary).unwrap();
    for field in
        ["width_px", "height_px", "crs", "resolution", "zoom", "extent", "tiles", "strips", "peak_bytes"]
    {
        assert!(json.get(field).is_some(), "{field}");
    }
    assert_eq!(json["extent"].as_array().unwrap().len(), 4);
    let again: Plan = serde_json::from_str(&serde_json::to_string(&plan).unwrap()).unwrap();
    assert_eq!(again, plan);
}

#[test]
fn a_stored_plan_that_is_damaged_is_refused() {
    let stored = serde_json::to_value(plan_of(700, 500)).unwrap();
    assert!(serde_json::from_value::<Plan>(stored.clone()).is_ok());
    for (pointer, bad) in [
        ("/strip_px", 0.into()),
        ("/strip_px", 100.into()),
        ("/window/width_px", 0.into()),
        ("/window/top_px", i64::MAX.into()),
        ("/layers/0/place/shifted/1", i64::MIN.into()),
        ("/lattice/corner/resolution", 0.into()),
        ("/lattice/crs", "EPSG:1".into()),
    ] {
        let mut damaged: serde_json::Value = stored.clone();
        *damaged.pointer_mut(pointer).unwrap() = bad;
        assert!(serde_json::from_value::<Plan>(damaged).is_err(), "{pointer}");
    }
}

#[test]
fn limits_are_refused_before_any_work_with_the_number() {
    let size =
        |w, h| Area::Size { centre: LonLat::new("center", 10.0, 10.0).unwrap(), width_px: w, height_px: h };
    let limits = Limits::default();
    let code = |area, zoom, entry: &str, limits: &Limits| {
        let error = Plan::new(&spec(area, zoom, vec![layer(entry)]), limits).unwrap_err();
        let fault = error.fault();
        (fault.code, fault.value.unwrap(), fault.limit.unwrap())
    };
    let text = |code: &'static str, value: &str, limit: &str| (code, value.to_owned(), limit.to_owned());
    assert_eq!(
        code(size(40_000, 10), 18, XYZ, &limits),
        text("side_too_long", "40000", "32768 pixels in width")
    );
    assert_eq!(
        code(size(32_768, 32_769), 18, XYZ, &Limits { max_side_px: 40_000, ..limits }),
        text("too_many_pixels", "1073774592", "1073741824 pixels")
    );
    assert_eq!(code(size(25_600, 25_600), 18, XYZ, &limits).0, "too_many_tiles");
    let small = r#"{"id":"small","url":"http://h.test/{z}/{x}/{y}","max_tiles":9}"#;
    assert_eq!(code(size(1024, 1024), 18, small, &limits).2, "9 tiles");
    let deep = Plan::new(&spec(size(10, 10), 20, vec![layer(XYZ)]), &limits).unwrap_err().fault();
    assert_eq!(
        (deep.code, deep.field.as_deref(), deep.limit.as_deref()),
        ("no_such_level", Some("zoom"), Some("0 to 19"))
    );
    assert_eq!(Plan::new(&spec(size(10, 10), 2, Vec::new()), &limits), Err(PlanError::NoLayer));
    let shallow = layer(r#"{"id":"shallow","url":"http://h.test/{z}/{x}/{y}","max_zoom":3}"#);
    let coarse = Plan::new(&spec(size(10, 10), 9, vec![layer(XYZ), shallow]), &limits).unwrap();
    assert!(
        coarse.warnings().iter().any(|w| w.contains("\"shallow\"") && w.contains("64 times")),
        "{coarse:?}"
    );
    let korean = layer(r#"{"id":"korean","url":"http://h.test/{z}/{x}/{y}","grid":"kakao-5181"}"#);
    let america =
        Area::Size { centre: LonLat::new("center", -100.0, 40.0).unwrap(), width_px: 9, height_px: 9 };
    let elsewhere = Plan::new(&spec(america, 9, vec![layer(XYZ), korean]), &limits).unwrap_err().fault();
    assert_eq!((elsewhere.code, elsewhere.field.as_deref()), ("layer_elsewhere", Some("layers[1].source")));
}

#[test]
fn every_pixel_is_the_pixel_of_its_tile() {
    // Not aligned to anything, so that every edge is cut somewhere inside a tile; the second has strips of two slices.
    for (width, height) in [(1111, 777), (4_200, 4_200)] {
        let plan = plan_of(width, height);
        let (file, missing) = render(&plan, &Tiles::new(paint)).unwrap();
        assert!(missing.is_empty());
        let got = decode(&file);
        assert_eq!((got.width, got.height, got.channels), (width, height, 3));
        assert_pixels_of_tiles(&plan, |x, y, wanted| assert_eq!(got.pixel(x, y), wanted, "{x}, {y}"));
    }
}

/// Calls `check` with a pixel of each 16 x 16, which is enough to see any misplaced tile, and quick.
fn assert_pixels_of_tiles(plan: &Plan, check: impl Fn(u32, u32, &[u8])) {
    let window = plan.window();
    for tile in window.tiles(256).iter() {
        let painted = painted(TileCoord { z: 16, x: tile.column as i32, y: tile.row as i32 }, 256);
        for (tile_x, tile_y) in (9..256).step_by(16).flat_map(|y| (5..256).step_by(16).map(move |x| (x, y))) {
            let x = tile.column * 256 + tile_x - window.left_px();
            let y = tile.row * 256 + tile_y - window.top_px();
            if let (Ok(x), Ok(y)) = (u32::try_from(x), u32::try_from(y))
                && x < window.width_px()
                && y < window.height_px()
            {
                let at = tile_x as usize * 3;
                check(x, y, &painted.row(tile_y as u32)[at..at + 3]);
            }
        }
    }
}

#[test]
fn each_tile_is_fetched_once_and_no_more_at_a_time_than_allowed() {
    let plan = plan_of(3000, 3000);
    let tiles = Tiles::new(paint);
    render(&plan, &tiles).unwrap();
    let mut asked = tiles.asked();
    let count = asked.len();
    asked.sort();
    asked.dedup();
    assert_eq!((asked.len(), count as u64), (count, plan.tiles()));
    assert_eq!(tiles.most_under_way(), 6);
}

#[test]
fn fail_names_the_first_missing_tile() {
    let area = Area::Size { centre: seoul(), width_px: 600, height_px: 600 };
    let spec = PlanSpec {
        output_grid: Default::default(),
        resampling: Default::default(),
        on_missing: OnMissing::Fail,
        ..spec(area, 16, vec![layer(XYZ)])
    };
    let plan = Plan::new(&spec, &Limits::default()).unwrap();
    let bad = TileCoord { z: 16, x: 55883, y: 25379 };
    let tiles =
        Tiles::new(|s: &Source, c| if c == bad { Ok(b"<html>no</html>".to_vec()) } else { paint(s, c) });
    let Err(RenderError::Missing(missing)) = strip(&plan, 0, &tiles) else { panic!("it did not fail") };
    assert_eq!((missing.tile, missing.shown), (bad, Shown::Nothing));
    assert_eq!(missing.reason, "the answer is an HTML page, not an image");
}

#[test]
fn a_place_without_a_map_is_not_missing() {
    let none = TileCoord { z: 16, x: 55883, y: 25378 };
    let tiles =
        Tiles::new(|s: &Source, c| if c == none { Err(FetchError::Status(204)) } else { paint(s, c) });
    for output in [Output::Png(Effort::Fast), Output::Jpeg] {
        let area = Area::Size { centre: seoul(), width_px: 600, height_px: 600 };
        let spec = PlanSpec { on_missing: OnMissing::Fail, output, ..spec(area, 16, vec![layer(XYZ)]) };
        let plan = Plan::new(&spec, &Limits::default()).unwrap();
        let (file, missing) = render(&plan, &tiles).unwrap();
        assert!(missing.is_empty());
        if matches!(output, Output::Png(_)) {
            let x = u32::try_from(i64::from(none.x) * 256 - plan.window().left_px()).unwrap();
            let y = u32::try_from(i64::from(none.y) * 256 - plan.window().top_px()).unwrap();
            assert_eq!(decode(&file).pixel(x + 9, y + 9), [255, 255, 255]);
        }
    }
}

#[test]
fn a_source_that_refuses_fails_the_capture_at_once_whatever_is_to_be_done_about_missing_tiles() {
    let refused = || FetchError::Refused { text: "INVALID_KEY: not registered".to_owned() };
    for on_missing in [OnMissing::Fail, OnMissing::Mark, OnMissing::Parent] {
        let area = Area::Size { centre: seoul(), width_px: 2_000, height_px: 500 };
        let spec = PlanSpec { on_missing, ..spec(area, 16, vec![layer(XYZ)]) };
        let plan = Plan::new(&spec, &Limits::default()).unwrap();
        let tiles = Tiles::new(|_: &Source, _| Err(refused()));
        let Err(RenderError::Refused { reason, .. }) = strip(&plan, 0, &tiles) else { panic!("no failure") };
        assert_eq!(reason, "the source refuses the request: INVALID_KEY: not registered");
        assert!(tiles.asked().len() <= 6, "{} requests", tiles.asked().len());
    }
}

#[test]
fn every_odd_tile_is_either_in_the_image_or_in_the_report() {
    let folder = format!("{}/tests/fixtures/odd", env!("CARGO_MANIFEST_DIR"));
    let names: Vec<String> =
        std::fs::read_dir(folder).unwrap().map(|e| e.unwrap().file_name().into_string().unwrap()).collect();
    for name in names {
        let odd = fixture(&format!("odd/{name}"));
        let middle = TileCoord { z: 16, x: 55883, y: 25378 };
        let tiles = Tiles::new(|s: &Source, c| if c == middle { Ok(odd.clone()) } else { paint(s, c) });
        let plan = plan_of(900, 700);
        let (file, missing) = render(&plan, &tiles).unwrap();
        let got = decode(&file);
        let x = u32::try_from(i64::from(middle.x) * 256 - plan.window().left_px()).unwrap();
        let y = u32::try_from(i64::from(middle.y) * 256 - plan.window().top_px()).unwrap();
        match decode_tile(&odd, 256) {
            Ok(image) => {
                assert!(missing.is_empty(), "{name}");
                if image.format() == PixelFormat::Rgb {
                    assert_eq!(got.pixel(x + 40, y + 10), &image.row(10)[120..123], "{name}");
                }
            }
            Err(error) => {
                assert_eq!(missing.len(), 1, "{name}");
                assert_eq!((missing[0].tile, missing[0].shown), (middle, Shown::Mark), "{name}");
                assert_eq!(missing[0].reason, error.to_string(), "{name}");
                // The frame of the mark.
                assert_eq!(got.pixel(x, y), [170, 60, 60], "{name}");
            }
        }
        // The neighbours are untouched.
        let left = painted(TileCoord { x: middle.x - 1, ..middle }, 256);
        assert_eq!(got.pixel(x - 6, y + 10), &left.row(10)[250 * 3..251 * 3], "{name}");
    }
}

#[test]
fn a_missing_parent_falls_back_to_the_mark() {
    let area = Area::Size { centre: seoul(), width_px: 300, height_px: 300 };
    let spec = PlanSpec {
        output_grid: Default::default(),
        resampling: Default::default(),
        on_missing: OnMissing::Parent,
        ..spec(area, 16, vec![layer(XYZ)])
    };
    let plan = Plan::new(&spec, &Limits::default()).unwrap();
    let none = Tiles::new(|_: &Source, _| Err(FetchError::Status(404)));
    let (_, missing) = render(&plan, &none).unwrap();
    assert_eq!(missing.len() as u64, plan.tiles());
    assert!(missing.iter().all(|m| m.shown == Shown::Mark));
    assert!(missing.iter().all(|m| m.reason == "the source answered with status 404"));
    // Three lower levels were asked, and no further.
    let levels: Vec<u8> = none.asked().iter().map(|(_, c)| c.z).collect();
    assert_eq!((levels.iter().min(), levels.iter().max()), (Some(&13), Some(&16)));
    let grandparent = Tiles::new(
        |s: &Source, c: TileCoord| {
            if c.z == 14 { paint(s, c) } else { Err(FetchError::Status(404)) }
        },
    );
    let (_, missing) = render(&plan, &grandparent).unwrap();
    assert!(!missing.is_empty() && missing.iter().all(|m| m.shown == Shown::Parent));
}

#[test]
fn a_sink_that_stops_ends_the_strip_within_one_tile() {
    let plan = plan_of(3000, 700);
    let tiles = Tiles::new(paint);
    let mut sink = MemorySink { stop_after_tiles: Some(3), ..MemorySink::default() };
    let ended = block_on(render_strip(&plan, 0, &tiles, &mut sink));
    assert_eq!(ended, Err(RenderError::Sink(SinkError::Stopped)));
    assert_eq!(sink.tiles, 3);
    assert!(sink.bytes.is_empty());
}

#[test]
fn a_transparent_base_keeps_its_transparency() {
    let clear = layer(r#"{"id":"clear","url":"http://h.test/{z}/{x}/{y}","transparent":true}"#);
    let area = Area::Size { centre: seoul(), width_px: 256, height_px: 256 };
    let plan = Plan::new(&spec(area, 16, vec![clear]), &Limits::default()).unwrap();
    let (file, _) = render(&plan, &Tiles::new(|_: &Source, _| Ok(fixture("odd/rgba.png")))).unwrap();
    let got = decode(&file);
    assert_eq!(got.channels, 4);
    let alphas: std::collections::BTreeSet<u8> =
        got.samples.as_chunks::<4>().0.iter().map(|p| p[3]).collect();
    assert!(alphas.len() > 2);
}

#[test]
fn natural_earth_tiles_fit_without_a_seam_at_any_cut() {
    let earth = || layer(r#"{"id":"naturalearth","kind":"naturalearth"}"#);
    let none = Tiles::new(|_: &Source, _| Err(FetchError::Network));
    let whole = Area::Size { centre: seoul(), width_px: 800, height_px: 600 };
    let part = Area::Size { centre: seoul(), width_px: 500, height_px: 400 };
    let (whole_plan, part_plan) = (
        Plan::new(&spec(whole, 6, vec![earth()]), &Limits::default()).unwrap(),
        Plan::new(&spec(part, 6, vec![earth()]), &Limits::default()).unwrap(),
    );
    let (whole, part) =
        (decode(&render(&whole_plan, &none).unwrap().0), decode(&render(&part_plan, &none).unwrap().0));
    let (dx, dy) = (
        (part_plan.window().left_px() - whole_plan.window().left_px()) as u32,
        (part_plan.window().top_px() - whole_plan.window().top_px()) as u32,
    );
    for y in 0..400 {
        for x in 0..500 {
            assert_eq!(part.pixel(x, y), whole.pixel(x + dx, y + dy));
        }
    }
    assert!(block_on(none.natural_earth(mapshot::geo::Crs::WEB_MERCATOR)).is_ok());
}

#[test]
fn a_gigapixel_can_be_planned() {
    let centre = LonLat::new("center", 10.0, 10.0).unwrap();
    let spec = PlanSpec {
        output_grid: Default::default(),
        resampling: Default::default(),
        area: Area::Size { centre, width_px: 32_768, height_px: 32_768 },
        scale: Scale::Zoom(17),
        layers: vec![layer(r#"{"id":"t","url":"http://h.test/{z}/{x}/{y}","tile_size":512}"#)],
        output: Output::Png(Effort::Fast),
        sample_tile: None,
        on_missing: OnMissing::Fail,
    };
    let plan = Plan::new(&spec, &Limits::default()).unwrap();
    assert_eq!(plan.window().pixels(), 1 << 30);
    assert!(plan.memory().peak_bytes <= BUDGET_BYTES);
    assert!(plan.warnings()[0].contains("2 slices"), "{:?}", plan.warnings());
}

/// A file's header: colour type and palette, as the `png` crate reads them, and its samples as they are.
fn header_of(file: &[u8]) -> (png::ColorType, Vec<u8>, Vec<u8>) {
    let mut decoder = png::Decoder::new(std::io::Cursor::new(file));
    decoder.set_transformations(png::Transformations::IDENTITY);
    let mut reader = decoder.read_info().unwrap();
    let palette = reader.info().palette.as_ref().map(|p| p.to_vec()).unwrap_or_default();
    let mut samples = vec![0; reader.output_buffer_size().unwrap()];
    let colour = reader.next_frame(&mut samples).unwrap().color_type;
    (colour, palette, samples)
}

#[test]
fn a_declared_palette_or_grey_takes_one_byte_a_pixel() {
    let colours = [[240, 240, 235], [170, 211, 223], [60, 60, 60]];
    let flat = |_: &Source, c: TileCoord| {
        let samples = (0..65_536).flat_map(|i| colours[(i / 300 + c.x as usize) % 3]).collect();
        Ok(png_of(&TileImage::new(256, 256, PixelFormat::Rgb, samples).unwrap()))
    };
    let entry =
        |more: &str| layer(&format!(r#"{{"id":"few","url":"http://h.test/{{z}}/{{x}}/{{y}}"{more}}}"#));
    let palette = r##","palette":["#f0f0eb","#aad3df","#3c3c3c"]"##;
    let area = || Area::Size { centre: seoul(), width_px: 700, height_px: 500 };
    let whole = Plan::new(&spec(area(), 16, vec![entry("")]), &Limits::default()).unwrap();
    let few = Plan::new(&spec(area(), 16, vec![entry(palette)]), &Limits::default()).unwrap();
    assert_eq!((whole.pixels(), few.pixels()), (PixelFormat::Rgb, PixelFormat::Index));
    let wanted = decode(&render(&whole, &Tiles::new(flat)).unwrap().0);
    let (file, missing) = render(&few, &Tiles::new(flat)).unwrap();
    assert!(missing.is_empty());
    let (colour, table, samples) = header_of(&file);
    assert_eq!(colour, png::ColorType::Indexed);
    let shown: Vec<u8> = samples.iter().flat_map(|i| table[usize::from(*i) * 3..][..3].to_vec()).collect();
    assert!(shown == wanted.samples, "the palette shows other pixels");

    // A tile of other colours is not made to fit: it is missing, and its mark has its own colours.
    let bad = TileCoord { z: 16, x: 55883, y: 25379 };
    let mixed = |s: &Source, c| if c == bad { paint(s, c) } else { flat(s, c) };
    let (file, missing) = render(&few, &Tiles::new(mixed)).unwrap();
    assert_eq!(missing.len(), 1);
    assert!(missing[0].reason.contains("which its source does not declare"), "{}", missing[0].reason);
    let (_, table, samples) = header_of(&file);
    let x = (i64::from(bad.x) * 256 - few.window().left_px()) as usize;
    let y = (i64::from(bad.y) * 256 - few.window().top_px()) as usize;
    let frame = usize::from(samples[y * 700 + x]) * 3;
    assert_eq!(table[frame..frame + 3], [170, 60, 60]);

    // Grey tiles of two kinds, one byte a pixel; with another layer above there may be colours.
    let grey = |s: &Source, c: TileCoord| match c.x % 3 {
        0 => Ok(fixture("odd/gray.png")),
        1 => Ok(fixture("odd/gray.jpg")),
        _ => paint(s, c),
    };
    let plan = Plan::new(&spec(area(), 16, vec![entry(r#","grey":true"#)]), &Limits::default()).unwrap();
    let (file, missing) = render(&plan, &Tiles::new(grey)).unwrap();
    assert_eq!(header_of(&file).0, png::ColorType::Grayscale);
    assert!(!missing.is_empty() && missing.iter().all(|m| m.tile.x % 3 == 2));
    let two = vec![entry(palette), layer(XYZ)];
    assert_eq!(Plan::new(&spec(area(), 16, two), &Limits::default()).unwrap().pixels(), PixelFormat::Rgb);
}
