//! The grids and projections against values computed with PROJ (tests/fixtures/grid-vectors.json) and against
//! published examples (the anchors of tests/fixtures/tile-grids.json).

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stdout, reason = "a test")]

use std::collections::HashMap;

use mapshot::geo::{
    Area, AxisOrder, Circle, Crs, GRID_IDS, GeoError, LatticeTile, LonLat, PixelWindow, Point, RowDirection,
    TileCoord, TileGrid, ground_resolution,
};
use serde::Deserialize;
use serde::de::DeserializeOwned;

#[derive(Deserialize)]
struct Vectors {
    tolerance: Tolerance,
    points: Vec<GroundPoint>,
    tile_bounds: Vec<TileBounds>,
    radius: Vec<RadiusCase>,
    mapshot_compat: Vec<CompatCase>,
    wms_bbox: Vec<WmsBox>,
}

#[derive(Deserialize)]
struct Tolerance {
    metre: f64,
    degree: f64,
    pixel: f64,
    size_px: f64,
}

impl Tolerance {
    /// A millimetre, or what is printed of a degree.
    fn units(&self, crs: Crs) -> f64 {
        if crs == Crs::WGS84 { self.degree } else { self.metre }
    }
}

#[derive(Deserialize)]
struct GroundPoint {
    name: String,
    lon: f64,
    lat: f64,
    projected: HashMap<String, [f64; 2]>,
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
    on_edge: String,
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
    ne: [f64; 2],
    se: [f64; 2],
    sw: [f64; 2],
}

impl Corners {
    /// Each with its place in a box of CRS units.
    fn of(&self, [min_x, min_y, max_x, max_y]: [f64; 4]) -> [([f64; 2], Point); 4] {
        [
            (self.nw, Point { x: min_x, y: max_y }),
            (self.ne, Point { x: max_x, y: max_y }),
            (self.se, Point { x: max_x, y: min_y }),
            (self.sw, Point { x: min_x, y: min_y }),
        ]
    }
}

#[derive(Deserialize)]
struct RadiusCase {
    centre: String,
    lon: f64,
    lat: f64,
    radius_m: f64,
    crs: HashMap<String, RadiusCrs>,
    grids: Vec<RadiusGrid>,
}

#[derive(Deserialize)]
struct RadiusCrs {
    centre: [f64; 2],
    circle_bbox: [f64; 4],
    units_per_metre: EwNs,
}

#[derive(Deserialize)]
struct RadiusGrid {
    grid: String,
    level: u8,
    ground_m_per_px: EwNs,
    size_px: [f64; 2],
    size_px_ceil: [i64; 2],
    tiles: Tiles,
}

#[derive(Deserialize)]
struct EwNs {
    ew: f64,
    ns: f64,
}

#[derive(Deserialize)]
struct Tiles {
    cols: [i32; 2],
    rows: [i32; 2],
    count: u64,
}

#[derive(Deserialize)]
struct CompatCase {
    centre: String,
    lon: f64,
    lat: f64,
    grid: String,
    level: u8,
    px: u32,
    resolution: f64,
    bbox: [f64; 4],
    corners: Corners,
}

#[derive(Deserialize)]
struct WmsBox {
    lonlat_box: [f64; 4],
    crs: String,
    #[serde(rename = "wms_1.3.0_standard")]
    standard: WmsText,
    #[serde(rename = "wms_1.3.0_forced_xy")]
    forced_xy: WmsText,
}

#[derive(Deserialize)]
struct WmsText {
    bbox: String,
}

#[derive(Deserialize)]
struct Grids {
    grids: Vec<GridData>,
    anchors: Vec<Anchor>,
}

#[derive(Deserialize)]
struct GridData {
    id: String,
    crs: String,
    tile_size: u32,
    origin: [f64; 2],
    row_direction: RowDirection,
    levels: Vec<LevelData>,
}

#[derive(Deserialize)]
struct LevelData {
    level: u8,
    resolution: f64,
    matrix: Option<[i32; 2]>,
}

#[derive(Deserialize)]
struct Anchor {
    what: String,
    grid: String,
    level: u8,
    #[serde(default)]
    tile: Option<[i32; 2]>,
    pixel: Option<[f64; 2]>,
    expect_bbox: Option<[f64; 4]>,
    expect_inside: Option<[f64; 4]>,
    expect_near: Option<[f64; 2]>,
    within_m: Option<f64>,
    row_step_px: Option<i64>,
}

fn read<T: DeserializeOwned>(name: &str) -> T {
    let path = format!("{}/tests/fixtures/{name}", env!("CARGO_MANIFEST_DIR"));
    serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
}

fn vectors() -> Vectors {
    read("grid-vectors.json")
}

fn near(what: &str, got: f64, want: f64, tolerance: f64) {
    assert!((got - want).abs() <= tolerance, "{what}: got {got}, want {want} within {tolerance}");
}

fn near_box(what: &str, got: [f64; 4], want: [f64; 4], tolerance: f64) {
    got.iter().zip(want).for_each(|(got, want)| near(what, *got, want, tolerance));
}

fn named(id: &str) -> TileGrid {
    TileGrid::named(id, None).unwrap()
}

fn at(lon: f64, lat: f64) -> LonLat {
    LonLat::new("center", lon, lat).unwrap()
}

#[test]
fn the_named_grids_are_the_published_ones() {
    let data: Grids = read("tile-grids.json");
    assert_eq!(data.grids.len(), GRID_IDS.split(", ").count());
    for want in &data.grids {
        let grid = named(&want.id);
        assert_eq!(grid.crs(), Crs::parse(&want.crs).unwrap(), "{}", want.id);
        assert_eq!(grid.tile_size_px(), want.tile_size, "{}", want.id);
        assert_eq!(grid.row_direction(), want.row_direction, "{}", want.id);
        assert_eq!([grid.origin().x, grid.origin().y], want.origin, "{}", want.id);
        assert_eq!(grid.coarse_to_fine().count(), want.levels.len(), "{}", want.id);
        for level in &want.levels {
            let resolution = grid.resolution(level.level).unwrap();
            near(&want.id, resolution / level.resolution, 1.0, 1e-14);
            let Some([columns, rows]) = level.matrix else { continue };
            let tile = |x, y| TileCoord { z: level.level, x, y };
            assert!(grid.contains(tile(0, 0)) && grid.contains(tile(columns - 1, rows - 1)), "{}", want.id);
            for beyond in [tile(columns, 0), tile(0, rows), tile(-1, 0), tile(0, -1)] {
                assert!(!grid.contains(beyond), "{} {beyond}", want.id);
            }
        }
    }
}

#[test]
fn published_tiles_lie_where_they_are_published() {
    let data: Grids = read("tile-grids.json");
    for anchor in &data.anchors {
        let (grid, z) = (named(&anchor.grid), anchor.level);
        let extent = anchor.tile.map(|[x, y]| grid.tile_extent(TileCoord { z, x, y }).unwrap());
        if let (Some(want), Some(extent)) = (anchor.expect_bbox, extent) {
            near_box(&anchor.what, extent.into(), want, 1e-9);
        }
        if let (Some([west, south, east, north]), Some(e)) = (anchor.expect_inside, extent) {
            for (x, y) in [(e.min_x, e.min_y), (e.max_x, e.max_y)] {
                let (lon, lat) = grid.crs().unproject(Point { x, y });
                assert!(lon > west && lon < east && lat > south && lat < north, "{}", anchor.what);
            }
        }
        if let (Some([lon, lat]), Some([x, y]), Some(e)) = (anchor.expect_near, anchor.pixel, extent) {
            let resolution = grid.resolution(z).unwrap();
            let want = grid.crs().project("center", at(lon, lat)).unwrap();
            let (dx, dy) = (e.min_x + x * resolution - want.x, e.max_y - y * resolution - want.y);
            assert!(dx.hypot(dy) < anchor.within_m.unwrap(), "{}: {dx} {dy}", anchor.what);
        }
        if let Some(step) = anchor.row_step_px {
            let top = |y| grid.lattice_tile(TileCoord { z, x: 54, y }).row * 256;
            assert_eq!(top(123) - top(122), step, "{}", anchor.what);
        }
    }
    assert!(data.anchors.len() >= 9);
}

#[test]
fn points_project_both_ways() {
    let v = vectors();
    let mut checked = 0;
    for p in &v.points {
        for (code, [x, y]) in &p.projected {
            let (crs, what) = (Crs::parse(code).unwrap(), format!("{} {code}", p.name));
            let point = crs.project("center", at(p.lon, p.lat)).unwrap();
            near(&what, point.x, *x, v.tolerance.metre);
            near(&what, point.y, *y, v.tolerance.metre);
            for point in [point, Point { x: *x, y: *y }] {
                let (lon, lat) = crs.unproject(point);
                near(&what, lon, p.lon, v.tolerance.degree);
                near(&what, lat, p.lat, v.tolerance.degree);
            }
            let mut all = [(p.lon, p.lat); 2];
            crs.project_all(&mut all);
            for (x, y) in all {
                near(&what, x, point.x, 1e-6);
                near(&what, y, point.y, 1e-6);
            }
            checked += 1;
        }
    }
    assert!(checked > 200, "only {checked} points were checked");
}

#[test]
fn points_fall_on_their_tiles_and_pixels() {
    let v = vectors();
    let mut checked = 0;
    for p in &v.points {
        for t in &p.tiles {
            let grid = named(&t.grid);
            let side = f64::from(grid.tile_size_px());
            let point = grid.crs().project("center", at(p.lon, p.lat)).unwrap();
            let (x, y) = grid.lattice_px(t.level, point).unwrap();
            let up = grid.row_direction() == RowDirection::Up;
            let what = format!("{} {} {}", p.name, t.grid, t.level);
            near(&what, x, t.frac[0] * side, v.tolerance.pixel);
            near(&what, if up { -y } else { y }, t.frac[1] * side, v.tolerance.pixel);
            let tile = LatticeTile { column: (x / side).floor() as i64, row: (y / side).floor() as i64 };
            let coord = grid.coord(t.level, tile).unwrap();
            if !t.on_edge.contains('x') {
                assert_eq!(coord.x, t.tile[0], "{what}");
                near(&what, x - tile.column as f64 * side, t.pixel[0], v.tolerance.pixel);
                checked += 1;
            }
            if !t.on_edge.contains('y') {
                assert_eq!(coord.y, t.tile[1], "{what}");
                near(&what, y - tile.row as f64 * side, t.pixel[1], v.tolerance.pixel);
                checked += 1;
            }
        }
    }
    assert!(checked > 2000, "only {checked} places were checked");
}

#[test]
fn tiles_cover_their_boxes() {
    let v = vectors();
    for t in &v.tile_bounds {
        let grid = named(&t.grid);
        let coord = TileCoord { z: t.level, x: t.tile[0], y: t.tile[1] };
        let what = format!("{} {coord}", t.grid);
        near_box(&what, grid.tile_extent(coord).unwrap().into(), t.bbox, v.tolerance.units(grid.crs()));
        for (corner, point) in t.corners.of(grid.tile_extent(coord).unwrap().into()) {
            let (lon, lat) = grid.crs().unproject(point);
            near(&what, lon, corner[0], v.tolerance.degree);
            // A matrix that overruns the world has latitudes that are none.
            if corner[1].abs() <= 90.0 {
                near(&what, lat, corner[1], v.tolerance.degree);
            }
        }
        assert!(grid.contains(coord));
        assert_eq!(grid.coord(t.level, grid.lattice_tile(coord)), Some(coord));
    }
    assert!(v.tile_bounds.len() >= 16);
}

#[test]
fn a_radius_is_the_smallest_box_of_true_ground_distance() {
    let v = vectors();
    for case in &v.radius {
        let centre = at(case.lon, case.lat);
        let circle = Circle::new(centre, case.radius_m).unwrap();
        for (code, want) in &case.crs {
            let (crs, what) =
                (Crs::parse(code).unwrap(), format!("{} {} m {code}", case.centre, case.radius_m));
            let tolerance = v.tolerance.units(crs);
            let point = crs.project("center", centre).unwrap();
            near(&what, point.x, want.centre[0], tolerance);
            near(&what, point.y, want.centre[1], tolerance);
            near_box(&what, circle.extent(crs).unwrap().into(), want.circle_bbox, tolerance);
            let unit = ground_resolution(crs, point, 1.0);
            near(&what, 1.0 / unit.east_m / want.units_per_metre.ew, 1.0, 1e-7);
            near(&what, 1.0 / unit.north_m / want.units_per_metre.ns, 1.0, 1e-7);
        }
        for g in &case.grids {
            let (grid, what) = (named(&g.grid), format!("{} {} m {}", case.centre, case.radius_m, g.grid));
            let (crs, resolution) = (grid.crs(), grid.resolution(g.level).unwrap());
            let e = circle.extent(crs).unwrap();
            near(&what, e.width() / resolution, g.size_px[0], v.tolerance.size_px);
            near(&what, e.height() / resolution, g.size_px[1], v.tolerance.size_px);
            let ground = ground_resolution(crs, crs.project("center", centre).unwrap(), resolution);
            near(&what, ground.east_m / g.ground_m_per_px.ew, 1.0, 1e-7);
            near(&what, ground.north_m / g.ground_m_per_px.ns, 1.0, 1e-7);

            let window = Area::radius(centre, case.radius_m).unwrap().window(&grid, g.level).unwrap();
            // A box that lies across pixels touches one more.
            for (got, want) in [window.width_px(), window.height_px()].into_iter().zip(g.size_px_ceil) {
                assert!((want..=want + 1).contains(&i64::from(got)), "{what}: {got} px");
            }
            let shown =
                grid.transform(g.level, &window).unwrap().extent(window.width_px(), window.height_px());
            let slack = resolution * 1e-5;
            assert!(shown.min_x <= e.min_x + slack && shown.max_x >= e.max_x - slack);
            assert!(shown.min_y <= e.min_y + slack && shown.max_y >= e.max_y - slack);
            let tiles = window.tiles(grid.tile_size_px());
            assert_eq!(tiles.count(), g.tiles.count, "{what} z{}", g.level);
            let first = grid.coord(g.level, tiles.first).unwrap();
            let last = grid.coord(g.level, tiles.last).unwrap();
            assert_eq!([first.x, last.x], g.tiles.cols);
            assert_eq!([first.y.min(last.y), first.y.max(last.y)], g.tiles.rows);
        }
    }
    assert!(v.radius.len() >= 20);
}

#[test]
fn the_squares_of_the_old_service_are_reproduced() {
    let v = vectors();
    for case in &v.mapshot_compat {
        let (grid, what) = (named(&case.grid), format!("{} {} {}", case.centre, case.grid, case.level));
        near(&what, grid.resolution(case.level).unwrap() / case.resolution, 1.0, 1e-14);
        for (corner, point) in case.corners.of(case.bbox) {
            let (lon, lat) = grid.crs().unproject(point);
            near(&what, lon, corner[0], v.tolerance.degree);
            near(&what, lat, corner[1], v.tolerance.degree);
        }
        // Ours lies on the lattice: up to half a pixel beside it, and exactly as large.
        let area = Area::size(at(case.lon, case.lat), case.px, case.px).unwrap();
        let window = area.window(&grid, case.level).unwrap();
        assert_eq!((window.width_px(), window.height_px()), (case.px, case.px));
        let shown = grid.transform(case.level, &window).unwrap().extent(case.px, case.px);
        near_box(&what, shown.into(), case.bbox, case.resolution * 0.5 + v.tolerance.metre);
    }
    assert!(v.mapshot_compat.len() >= 28);
}

#[test]
fn boxes_are_written_in_the_registered_axis_order() {
    for case in vectors().wms_bbox {
        let numbers = |text: &str| text.split(',').map(|v| v.parse().unwrap()).collect::<Vec<f64>>();
        let (xy, standard) = (numbers(&case.forced_xy.bbox), numbers(&case.standard.bbox));
        let crs = Crs::parse(&case.crs).unwrap();
        let flipped = vec![xy[1], xy[0], xy[3], xy[2]];
        let north_first = crs.axis_order() == AxisOrder::NorthEast && !case.crs.starts_with("CRS:");
        assert_eq!(standard, if north_first { flipped } else { xy.clone() }, "{}", case.crs);
        // These boxes are of the corners alone; ours holds the curves between them, too.
        let [west, south, east, north] = case.lonlat_box;
        let mut corners = [(west, south), (east, north), (west, north), (east, south)];
        crs.project_all(&mut corners);
        let low = corners.iter().fold((f64::MAX, f64::MAX), |low, p| (low.0.min(p.0), low.1.min(p.1)));
        near(&case.crs, low.0, xy[0], 1e-3);
        near(&case.crs, low.1, xy[1], 1e-3);
    }
}

/// The south edge of a box on a Korean grid bends: its middle lies lower than both its corners.
#[test]
fn a_box_of_degrees_is_shown_whole_in_every_grid() {
    let [west, south, east, north] = [126.2, 34.0, 130.9, 38.5];
    let area = Area::bbox([west, south, east, north]).unwrap();
    for (id, level) in [("kakao-5181", 8), ("naver-5179", 7), ("ngii-5179", 11), ("geodetic-gibs-512", 9)] {
        let grid = named(id);
        let window: PixelWindow = area.window(&grid, level).unwrap();
        let shown = grid.transform(level, &window).unwrap().extent(window.width_px(), window.height_px());
        let resolution = grid.resolution(level).unwrap();
        let (mut low, mut high) = ((f64::MAX, f64::MAX), (f64::MIN, f64::MIN));
        for step in 0..=4000 {
            let t = f64::from(step) / 4000.0;
            let (lon, lat) = (west + (east - west) * t, south + (north - south) * t);
            for (lon, lat) in [(lon, south), (lon, north), (west, lat), (east, lat)] {
                let p = grid.crs().project("center", at(lon, lat)).unwrap();
                low = (low.0.min(p.x), low.1.min(p.y));
                high = (high.0.max(p.x), high.1.max(p.y));
            }
        }
        let beyond = [low.0 - shown.min_x, low.1 - shown.min_y, shown.max_x - high.0, shown.max_y - high.1];
        for beyond in beyond {
            assert!(
                (-1e-3 * resolution..resolution * 1.001).contains(&beyond),
                "{id}: {}",
                beyond / resolution
            );
        }
    }
}

#[test]
fn every_latitude_can_be_asked_for() {
    let geodetic = named("geodetic-wmts");
    let mercator = named("webmercator-xyz");
    for step in -89..=89i32 {
        let centre = at(20.0, f64::from(step));
        for area in [
            Area::radius(centre, 10_000.0).unwrap(),
            Area::size(centre, 100, 100).unwrap(),
            Area::bbox([20.0, f64::from(step) - 0.5, 21.0, f64::from(step) + 0.5]).unwrap(),
        ] {
            assert!(area.window(&geodetic, 8).is_ok(), "{area:?}");
            let shown = area.window(&mercator, 8);
            if step.abs() <= 84 {
                assert!(shown.is_ok(), "{area:?}");
            } else if step.abs() > 85 {
                assert!(matches!(shown, Err(GeoError::Latitude { .. })), "{area:?} {shown:?}");
            }
        }
    }
    let pole = Area::bbox([-180.0, -90.0, 180.0, 90.0]).unwrap().window(&geodetic, 0).unwrap();
    assert_eq!((pole.width_px(), pole.height_px()), (512, 256));
    let pole = Area::size(at(0.0, 90.0), 10, 10).unwrap().window(&geodetic, 3);
    assert!(matches!(pole, Err(GeoError::Latitude { value, .. }) if value > 90.0));
    assert!(matches!(
        Area::radius(at(0.0, 89.99), 5000.0).unwrap().window(&geodetic, 8),
        Err(GeoError::Latitude { .. })
    ));
}

#[test]
fn zones_go_on_across_the_antimeridian() {
    let json = r#"{"crs":"EPSG:32660","origin":[0,0],"rows":"up","resolutions":[10],"first_level":3}"#;
    let utm = TileGrid::from_spec("utm-60n", &serde_json::from_str(json).unwrap()).unwrap();
    for centre in [at(179.99, 10.0), at(-179.99, 10.0), at(177.0, 89.9)] {
        let window = Area::radius(centre, 5000.0).unwrap().window(&utm, 3).unwrap();
        assert!((990..1010).contains(&window.width_px()), "{centre:?} {}", window.width_px());
        assert!((990..1010).contains(&window.height_px()), "{centre:?} {}", window.height_px());
    }
    for far in [
        Area::radius(at(0.0, 10.0), 5000.0),
        Area::radius(at(0.0, 89.99), 5000.0),
        Area::size(at(-30.0, 10.0), 5, 5),
    ] {
        assert!(matches!(far.unwrap().window(&utm, 3), Err(GeoError::OutsideCrs { .. })));
    }
    let edge = Area::size(at(177.0, 10.0), 1 << 24, 5).unwrap().window(&utm, 3);
    assert!(matches!(edge, Err(GeoError::OutsideCrs { field: "size_px", .. })));
}
