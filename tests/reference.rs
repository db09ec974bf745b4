//! The grids and projections against values computed with PROJ (tests/fixtures/grid-vectors.json).

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stdout, reason = "a test")]

use mapshot::geo::{Area, Crs, LonLat, Point, TileCoord, TileGrid, ground_resolution};
use serde::Deserialize;

#[derive(Deserialize)]
struct Vectors {
    tolerance: Tolerance,
    points: Vec<GroundPoint>,
    tile_bounds: Vec<TileBounds>,
    radius: Vec<RadiusCase>,
}

#[derive(Deserialize)]
struct Tolerance {
    metre: f64,
    degree: f64,
    pixel: f64,
    size_px: f64,
}

#[derive(Deserialize)]
struct GroundPoint {
    name: String,
    lon: f64,
    lat: f64,
    projected: std::collections::HashMap<String, [f64; 2]>,
    tiles: Vec<TileAt>,
}

#[derive(Deserialize)]
struct TileAt {
    grid: String,
    level: u8,
    frac: [f64; 2],
    tile: [i32; 2],
    pixel: [f64; 2],
    #[serde(default)]
    on_edge: Option<serde_json::Value>,
}

#[derive(Deserialize)]
struct TileBounds {
    grid: String,
    level: u8,
    tile: [i32; 2],
    bbox: [f64; 4],
    corners: Corners,
}

#[derive(Deserialize)]
struct Corners {
    nw: [f64; 2],
    se: [f64; 2],
}

#[derive(Deserialize)]
struct RadiusCase {
    centre: String,
    lon: f64,
    lat: f64,
    radius_m: f64,
    crs: std::collections::HashMap<String, RadiusCrs>,
    grids: Vec<RadiusGrid>,
}

#[derive(Deserialize)]
struct RadiusCrs {
    circle_bbox: [f64; 4],
}

#[derive(Deserialize)]
struct RadiusGrid {
    grid: String,
    level: u8,
    ground_m_per_px: GroundPx,
    size_px: [f64; 2],
    tiles: Tiles,
}

#[derive(Deserialize)]
struct GroundPx {
    ew: f64,
    ns: f64,
}

#[derive(Deserialize)]
struct Tiles {
    cols: [i32; 2],
    rows: [i32; 2],
    count: u64,
}

fn vectors() -> Vectors {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/grid-vectors.json");
    serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
}

fn near(what: &str, got: f64, want: f64, tolerance: f64) {
    assert!((got - want).abs() <= tolerance, "{what}: got {got}, want {want} within {tolerance}");
}

#[test]
fn points_project_both_ways() {
    let v = vectors();
    for p in &v.points {
        let Some([x, y]) = p.projected.get("EPSG:3857") else { continue };
        let at = Crs::WEB_MERCATOR.project("center", LonLat::new("center", p.lon, p.lat).unwrap()).unwrap();
        near(&p.name, at.x, *x, v.tolerance.metre);
        near(&p.name, at.y, *y, v.tolerance.metre);
        let (lon, lat) = Crs::WEB_MERCATOR.unproject(at);
        near(&p.name, lon, p.lon, v.tolerance.degree);
        near(&p.name, lat, p.lat, v.tolerance.degree);
    }
    assert!(v.points.len() > 20);
}

#[test]
fn points_fall_on_their_tiles_and_pixels() {
    let v = vectors();
    let mut checked = 0;
    for p in &v.points {
        let at = Crs::WEB_MERCATOR.project("center", LonLat::new("center", p.lon, p.lat).unwrap()).unwrap();
        for t in &p.tiles {
            let grid = TileGrid::named(&t.grid, 256).unwrap();
            let (x, y) = grid.lattice_px(t.level, at).unwrap();
            let frac_row = if t.grid == "webmercator-tms" { -y / 256.0 } else { y / 256.0 };
            let what = format!("{} {} {}", p.name, t.grid, t.level);
            near(&what, x, t.frac[0] * 256.0, v.tolerance.pixel);
            near(&what, frac_row * 256.0, t.frac[1] * 256.0, v.tolerance.pixel);
            if t.on_edge.is_some() {
                continue;
            }
            let tile = mapshot::geo::LatticeTile {
                column: (x / 256.0).floor() as i64,
                row: (y / 256.0).floor() as i64,
            };
            assert_eq!(
                grid.coord(t.level, tile),
                Some(TileCoord { z: t.level, x: t.tile[0], y: t.tile[1] }),
                "{what}"
            );
            near(&what, x - tile.column as f64 * 256.0, t.pixel[0], v.tolerance.pixel);
            near(&what, y - tile.row as f64 * 256.0, t.pixel[1], v.tolerance.pixel);
            checked += 1;
        }
    }
    assert!(checked > 200, "only {checked} tiles were checked");
}

#[test]
fn tiles_cover_their_boxes() {
    let v = vectors();
    for t in &v.tile_bounds {
        let grid = TileGrid::named(&t.grid, 256).unwrap();
        let coord = TileCoord { z: t.level, x: t.tile[0], y: t.tile[1] };
        let e = grid.tile_extent(coord).unwrap();
        for (got, want) in
            [(e.min_x, t.bbox[0]), (e.min_y, t.bbox[1]), (e.max_x, t.bbox[2]), (e.max_y, t.bbox[3])]
        {
            near(&format!("{} {coord}", t.grid), got, want, v.tolerance.metre);
        }
        for (corner, x, y) in [(t.corners.nw, e.min_x, e.max_y), (t.corners.se, e.max_x, e.min_y)] {
            let (lon, lat) = grid.crs().unproject(Point { x, y });
            near("corner longitude", lon, corner[0], v.tolerance.degree);
            near("corner latitude", lat, corner[1], v.tolerance.degree);
        }
        assert!(grid.contains(coord));
        assert_eq!(grid.coord(t.level, grid.lattice_tile(coord)), Some(coord));
    }
    assert!(v.tile_bounds.len() >= 3);
}

#[test]
fn a_radius_is_the_smallest_box_of_true_ground_distance() {
    let v = vectors();
    for case in &v.radius {
        let centre = LonLat::new("center", case.lon, case.lat).unwrap();
        let want = case.crs["EPSG:3857"].circle_bbox;
        let circle = mapshot::geo::Circle::new(centre, case.radius_m).unwrap();
        let e = circle.extent(Crs::WEB_MERCATOR).unwrap();
        for (got, want) in [(e.min_x, want[0]), (e.min_y, want[1]), (e.max_x, want[2]), (e.max_y, want[3])] {
            near(&format!("{} {} m", case.centre, case.radius_m), got, want, v.tolerance.metre);
        }
        for g in &case.grids {
            let grid = TileGrid::named(&g.grid, 256).unwrap();
            let resolution = grid.resolution(g.level).unwrap();
            near("width", e.width() / resolution, g.size_px[0], v.tolerance.size_px);
            near("height", e.height() / resolution, g.size_px[1], v.tolerance.size_px);
            let at = Crs::WEB_MERCATOR.project("center", centre).unwrap();
            let ground = ground_resolution(Crs::WEB_MERCATOR, at, resolution);
            near("east-west metres per pixel", ground.east_m / g.ground_m_per_px.ew, 1.0, 1e-6);
            near("north-south metres per pixel", ground.north_m / g.ground_m_per_px.ns, 1.0, 1e-6);

            let window = Area::radius(centre, case.radius_m).unwrap().window(&grid, g.level).unwrap();
            let shown =
                grid.transform(g.level, &window).unwrap().extent(window.width_px(), window.height_px());
            let slack = resolution * 1e-5;
            assert!(shown.min_x <= e.min_x + slack && shown.max_x >= e.max_x - slack);
            assert!(shown.min_y <= e.min_y + slack && shown.max_y >= e.max_y - slack);
            assert!(
                shown.width() < e.width() + 2.0 * resolution
                    && shown.height() < e.height() + 2.0 * resolution
            );
            let tiles = window.tiles(256);
            assert_eq!(tiles.count(), g.tiles.count, "{} {} z{}", case.centre, case.radius_m, g.level);
            let first = grid.coord(g.level, tiles.first).unwrap();
            let last = grid.coord(g.level, tiles.last).unwrap();
            assert_eq!([first.x, last.x], g.tiles.cols);
            assert_eq!([first.y.min(last.y), first.y.max(last.y)], g.tiles.rows);
        }
    }
    assert!(v.radius.len() >= 15);
}
