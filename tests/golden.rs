//! Golden images: exact pixels, kept in tests/golden/<case>.png.
//!
//! On a difference the picture that came out is written to tests/out/<case>.png. `GOLDEN_FIX=1 cargo test --test golden`
//! accepts what comes out; look at it before you commit it.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test")]

mod support;

use futures_executor::block_on;
use mapshot::codec::{Effort, Output};
use mapshot::geo::{Area, Crs, GeoTransform, LonLat, Scale, TileCoord};
use mapshot::raster::natural_earth;
use mapshot::render::{Limits, Plan, PlanSpec, TileFetch};
use mapshot::source::{FetchError, Layer, OnMissing, Source};
use support::{Tiles, decode, fixture, layer, painted, png_of, render};

fn at(lon: f64, lat: f64) -> LonLat {
    LonLat::new("center", lon, lat).unwrap()
}

fn plan(area: Area, zoom: u8, layers: Vec<Layer>, on_missing: OnMissing) -> Plan {
    let spec = PlanSpec {
        output_grid: Default::default(),
        resampling: Default::default(),
        area,
        scale: Scale::Zoom(zoom),
        layers,
        output: Output::Png(Effort::Fast),
        sample_tile: None,
        on_missing,
    };
    Plan::new(&spec, &Limits::default()).unwrap()
}

fn check(case: &str, plan: &Plan, tiles: &impl TileFetch) {
    let (file, _) = render(plan, tiles).unwrap();
    let got = decode(&file);
    assert_eq!((got.width, got.height), (plan.window().width_px(), plan.window().height_px()));
    check_png(case, &file);
}

fn check_png(case: &str, file: &[u8]) {
    let got = decode(file);
    let folder = format!("{}/tests", env!("CARGO_MANIFEST_DIR"));
    let golden = format!("{folder}/golden/{case}.png");
    if std::env::var_os("GOLDEN_FIX").is_some() {
        std::fs::write(&golden, file).unwrap();
    }
    let want = std::fs::read(&golden).map(|file| decode(&file));
    let same = want.is_ok_and(|w| (w.width, w.height, w.samples) == (got.width, got.height, got.samples));
    if !same {
        std::fs::create_dir_all(format!("{folder}/out")).unwrap();
        std::fs::write(format!("{folder}/out/{case}.png"), file).unwrap();
        panic!("{case} differs from tests/golden/{case}.png: see tests/out/{case}.png");
    }
}

const XYZ: &str = r#"{"id":"painted","url":"http://h.test/{z}/{x}/{y}"}"#;
const TMS: &str = r#"{"id":"painted","url":"http://h.test/{z}/{x}/{y}","grid":"webmercator-tms"}"#;

fn paint(_: &Source, coord: TileCoord) -> Result<Vec<u8>, FetchError> {
    Ok(png_of(&painted(coord, 256)))
}

#[test]
fn tiles_lie_where_their_names_say() {
    let area = Area::Size { centre: at(126.978, 37.5665), width_px: 700, height_px: 600 };
    check("painted-xyz", &plan(area, 16, vec![layer(XYZ)], OnMissing::Fail), &Tiles::new(paint));
}

#[test]
fn rows_from_the_south_lie_right() {
    let area = Area::Size { centre: at(126.978, 37.5665), width_px: 700, height_px: 600 };
    check("painted-tms", &plan(area, 16, vec![layer(TMS)], OnMissing::Fail), &Tiles::new(paint));
}

#[test]
fn missing_tiles_are_marked() {
    let tiles = Tiles::new(|source, coord| match (coord.x + coord.y) % 3 {
        0 => Err(FetchError::Status(404)),
        _ => paint(source, coord),
    });
    let area = Area::Size { centre: at(126.978, 37.5665), width_px: 700, height_px: 600 };
    check("missing-marked", &plan(area, 16, vec![layer(XYZ)], OnMissing::Mark), &tiles);
}

fn blue_marble(_: &Source, coord: TileCoord) -> Result<Vec<u8>, FetchError> {
    Ok(fixture(&format!("bluemarble/{}/{}/{}.jpg", coord.z, coord.x, coord.y)))
}

#[test]
fn missing_tiles_are_filled_from_below() {
    let tiles = Tiles::new(|source: &Source, coord: TileCoord| match coord {
        // One tile has its parent, one only its grandparent.
        TileCoord { z: 4, x: 13, y: 5 }
        | TileCoord { z: 4, x: 14, y: 6 }
        | TileCoord { z: 3, x: 7, y: 3 } => Err(FetchError::Status(404)),
        coord if coord.z < 3 && coord.x == coord.y => Err(FetchError::Status(500)),
        coord => blue_marble(source, coord),
    });
    let base = layer(r#"{"id":"marble","url":"http://h.test/{z}/{x}/{y}","max_zoom":4}"#);
    let area = Area::bbox([115.0, 20.0, 150.0, 50.0]).unwrap();
    check("missing-parent", &plan(area, 4, vec![base], OnMissing::Parent), &tiles);
}

#[test]
fn an_overlay_covers_its_base() {
    let base = layer(r#"{"id":"marble","url":"http://h.test/{z}/{x}/{y}","max_zoom":4}"#);
    let mut over = layer(r#"{"id":"painted","url":"http://h.test/{z}/{x}/{y}","grid":"webmercator-tms"}"#);
    over.opacity = 0.4;
    let tiles = Tiles::new(|source: &Source, coord| {
        if source.id().as_str() == "marble" { blue_marble(source, coord) } else { paint(source, coord) }
    });
    let area = Area::Size { centre: at(127.0, 37.0), width_px: 640, height_px: 480 };
    check("overlay", &plan(area, 4, vec![base, over], OnMissing::Fail), &tiles);
}

#[test]
fn natural_earth_looks_as_it_did() {
    let earth = || layer(r#"{"id":"naturalearth","kind":"naturalearth"}"#);
    let none = Tiles::new(|_, _| Err(FetchError::Network));
    let world = Area::bbox([-180.0, -85.0, 180.0, 85.0]).unwrap();
    check("naturalearth-world", &plan(world, 1, vec![earth()], OnMissing::Fail), &none);
    let east_asia = Area::Size { centre: at(128.0, 36.5), width_px: 900, height_px: 700 };
    check("naturalearth-east-asia", &plan(east_asia, 5, vec![earth()], OnMissing::Fail), &none);
    let lakes = Area::Size { centre: at(-84.0, 45.0), width_px: 700, height_px: 500 };
    check("naturalearth-great-lakes", &plan(lakes, 6, vec![earth()], OnMissing::Fail), &none);
}

#[test]
fn natural_earth_is_drawn_in_every_grid() {
    let none = Tiles::new(|_, _| Err(FetchError::Network));
    let earth =
        |grid: &str| vec![layer(&format!(r#"{{"id":"earth","kind":"naturalearth","grid":"{grid}"}}"#))];
    let korea = Area::Size { centre: at(128.0, 36.5), width_px: 800, height_px: 700 };
    check("naturalearth-kakao", &plan(korea, 13, earth("kakao-5181"), OnMissing::Fail), &none);
    let world = Area::bbox([-180.0, -90.0, 180.0, 90.0]).unwrap();
    check("naturalearth-geodetic", &plan(world, 0, earth("geodetic-gibs-512"), OnMissing::Fail), &none);
}

/// UTM zone 60 reaches across longitude 180, where the data is cut: Fiji has no line there.
#[test]
fn natural_earth_goes_on_across_the_antimeridian() {
    let none = Tiles::new(|_, _| Err(FetchError::Network));
    let utm = Crs::from_epsg(32760).unwrap();
    let earth = block_on(none.natural_earth(utm)).unwrap();
    let middle = utm.project("center", at(180.0, -16.8)).unwrap();
    let place = GeoTransform { origin_x: middle.x - 256e3, origin_y: middle.y + 256e3, resolution: 1000.0 };
    let tile = natural_earth::draw(&earth, &place, 512).unwrap();
    check_png("naturalearth-fiji", &png_of(&tile));
}
