//! Layers on other lattices than the image's: resampled, whatever the strips; what is missing is told.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test")]

mod support;

use std::cell::RefCell;
use std::rc::Rc;

use mapshot::codec::Output;
use mapshot::codec::png::Effort;
use mapshot::geo::{Area, Crs, Lattice, LonLat, Point, Scale, TileCoord, TileGrid};
use mapshot::raster::natural_earth::NaturalEarth;
use mapshot::raster::{PixelFormat, Resampling, TileImage};
use mapshot::render::{BUDGET_BYTES, Limits, OutputGrid, Plan, PlanSpec, TileFetch};
use mapshot::source::{FetchError, Layer, OnMissing, Source, TileRequest};
use support::{Picture, decode, layer, png_of, render};

const XYZ: &str = r#"{"id":"xyz","url":"http://h.test/{z}/{x}/{y}"}"#;
const KAKAO: &str = r#"{"id":"kakao","url":"http://h.test/k/{z}/{x}/{y}","grid":"kakao-5181"}"#;
const WMS: &str =
    r#"{"id":"wms","kind":"wms","url":"http://h.test/wms","layers":["a"],"crs":["EPSG:5181","EPSG:3857"]}"#;

/// What is on the ground at a place: smooth, so that resampling changes little, and different everywhere.
fn ground(lon: f64, lat: f64) -> [u8; 3] {
    let wave = |v: f64| (127.5 + 120.0 * v.sin()).round() as u8;
    [wave(lon * 900.0), wave(lat * 1_100.0), wave((lon + lat) * 400.0)]
}

/// Paints the ground for whatever a source is asked for. Tiles in `holes` cannot be had.
struct Ground {
    holes: Vec<TileCoord>,
    asked: RefCell<Vec<(String, TileRequest)>>,
}

impl Ground {
    fn new(holes: Vec<TileCoord>) -> Self {
        Self { holes, asked: RefCell::default() }
    }
}

fn painted(lattice: &Lattice, left_px: f64, top_px: f64, side_px: u32) -> Vec<u8> {
    let (_, corner) = lattice.place();
    let mut samples = Vec::new();
    for y in 0..side_px {
        for x in 0..side_px {
            let at = corner.corner(left_px + f64::from(x) + 0.5, top_px + f64::from(y) + 0.5);
            let (lon, lat) = lattice.crs().unproject(at);
            samples.extend(ground(lon, lat));
        }
    }
    png_of(&TileImage::new(side_px, side_px, PixelFormat::Rgb, samples).unwrap())
}

impl TileFetch for Ground {
    type Body = Rc<[u8]>;

    async fn fetch(&self, source: &Source, request: &TileRequest) -> Result<Option<Rc<[u8]>>, FetchError> {
        self.asked.borrow_mut().push((source.id().to_string(), *request));
        let png = match *request {
            TileRequest::Tile(tile) if self.holes.contains(&tile) => return Err(FetchError::Status(404)),
            TileRequest::Tile(tile) => {
                let grid = source.grid();
                let (lattice, at) = (Lattice::of_grid(grid, tile.z).unwrap(), grid.lattice_tile(tile));
                let side = grid.tile_size_px();
                painted(&lattice, at.column as f64 * f64::from(side), at.row as f64 * f64::from(side), side)
            }
            TileRequest::Map(map) => {
                let origin = Point { x: map.extent.min_x, y: map.extent.max_y };
                let resolution = map.extent.width() / f64::from(map.width_px);
                let lattice = Lattice::new(map.crs, origin, resolution).unwrap();
                painted(&lattice, 0.0, 0.0, map.width_px)
            }
        };
        Ok(Some(Rc::from(png)))
    }

    async fn natural_earth(&self, _: Crs) -> Result<Rc<NaturalEarth>, FetchError> {
        Err(FetchError::EmbeddedData)
    }
}

fn spec(
    layers: Vec<Layer>,
    output_grid: OutputGrid,
    scale: Scale,
    (width_px, height_px): (u32, u32),
) -> PlanSpec {
    let centre = LonLat::new("center", 129.0756, 35.1796).unwrap();
    PlanSpec {
        area: Area::Size { centre, width_px, height_px },
        scale,
        output_grid,
        layers,
        resampling: Resampling::Bilinear,
        output: Output::Png(Effort::Fast),
        on_missing: OnMissing::Mark,
        sample_tile: None,
    }
}

fn image(plan: &Plan, tiles: &Ground) -> (Picture, usize) {
    let (file, missing) = render(plan, tiles).unwrap();
    (decode(&file), missing.len())
}

/// How far an image is from the ground at most, and in the mean, in levels.
fn difference(plan: &Plan, got: &Picture) -> (u8, f64) {
    let place = plan.lattice().transform(plan.window());
    let (mut most, mut sum) = (0, 0u64);
    for y in 0..got.height {
        for x in 0..got.width {
            let (lon, lat) =
                plan.lattice().crs().unproject(place.corner(f64::from(x) + 0.5, f64::from(y) + 0.5));
            for (got, want) in got.pixel(x, y).iter().zip(ground(lon, lat)) {
                most = most.max(got.abs_diff(want));
                sum += u64::from(got.abs_diff(want));
            }
        }
    }
    (most, sum as f64 / f64::from(got.width * got.height * 3))
}

#[test]
fn whatever_the_layer_and_the_output_the_ground_is_where_it_is() {
    let grid = |id: &str| OutputGrid::Grid(TileGrid::named(id, None).unwrap());
    let crs = |epsg| OutputGrid::Crs(Crs::from_epsg(epsg).unwrap());
    let metres = Scale::ResolutionM(1.3);
    for (entry, output_grid, scale) in [
        (XYZ, OutputGrid::OfBase, Scale::Zoom(16)),
        (XYZ, grid("kakao-5181"), Scale::Zoom(3)),
        (XYZ, crs(5187), metres),
        (XYZ, crs(4326), metres),
        (KAKAO, OutputGrid::OfBase, Scale::Zoom(3)),
        (KAKAO, grid("webmercator-xyz"), Scale::Zoom(16)),
        (KAKAO, crs(32652), metres),
        (WMS, crs(5181), metres),
        (WMS, grid("webmercator-xyz"), Scale::Zoom(16)),
        (WMS, crs(5179), metres),
    ] {
        let plan =
            Plan::new(&spec(vec![layer(entry)], output_grid.clone(), scale, (700, 600)), &Limits::default())
                .unwrap();
        let (got, missing) = image(&plan, &Ground::new(Vec::new()));
        let (most, mean) = difference(&plan, &got);
        assert_eq!((got.width, got.height, missing), (700, 600, 0));
        assert!(most <= 4 && mean < 1.0, "{entry} {output_grid:?}: {most} at most, {mean} in the mean");
    }
}

#[test]
fn a_map_is_asked_for_in_squares_with_a_margin_on_a_lattice_of_its_own() {
    let crs = OutputGrid::Crs(Crs::from_epsg(5181).unwrap());
    let plan =
        Plan::new(&spec(vec![layer(WMS)], crs, Scale::ResolutionM(1.0), (1500, 300)), &Limits::default())
            .unwrap();
    let tiles = Ground::new(Vec::new());
    image(&plan, &tiles);
    for (_, request) in tiles.asked.borrow().iter() {
        let TileRequest::Map(map) = request else { panic!("{request:?}") };
        assert_eq!((map.crs.epsg(), map.width_px, map.height_px), (5181, 1088, 1088));
        let squares = (map.extent.min_x + 32.0) / 1024.0;
        assert!((squares - squares.round()).abs() < 1e-9, "{:?}", map.extent);
    }
}

#[test]
fn a_resampled_image_does_not_depend_on_its_strips() {
    let layers = || vec![layer(XYZ), Layer { opacity: 0.6, ..layer(KAKAO) }];
    let crs = OutputGrid::Crs(Crs::from_epsg(5179).unwrap());
    let spec = PlanSpec {
        resampling: Resampling::Lanczos,
        ..spec(layers(), crs, Scale::ResolutionM(2.0), (900, 1100))
    };
    let whole = Plan::new(&spec, &Limits::default()).unwrap();
    let most = whole.strip_tiles().iter().copied().max().unwrap();
    let cut = Plan::new(&spec, &Limits { max_strip_tiles: most / 2, ..Limits::default() }).unwrap();
    assert!(cut.strips() > whole.strips(), "{} and {} strips", cut.strips(), whole.strips());
    let tiles = Ground::new(Vec::new());
    assert_eq!(image(&whole, &tiles).0.samples, image(&cut, &tiles).0.samples);
}

#[test]
fn each_tile_is_asked_for_once_a_strip_and_counted() {
    let plan = Plan::new(
        &spec(
            vec![layer(KAKAO)],
            OutputGrid::Crs(Crs::from_epsg(5186).unwrap()),
            Scale::ResolutionM(1.0),
            (2500, 2000),
        ),
        &Limits::default(),
    )
    .unwrap();
    let tiles = Ground::new(Vec::new());
    for index in 0..plan.strips() {
        tiles.asked.borrow_mut().clear();
        let (sink, report) = support::strip(&plan, index, &tiles).unwrap();
        let asked = tiles.asked.borrow();
        let mut distinct: Vec<String> = asked.iter().map(|(_, request)| format!("{request:?}")).collect();
        distinct.sort();
        distinct.dedup();
        let planned = plan.strip_tiles()[index as usize];
        assert_eq!((distinct.len(), asked.len()), (planned as usize, planned as usize), "strip {index}");
        assert_eq!((sink.tiles, report.tiles), (planned, planned), "strip {index}");
    }
}

#[test]
fn a_missing_tile_of_a_resampled_layer_is_marked_and_told() {
    let grid = TileGrid::named("kakao-5181", None).unwrap();
    let centre = LonLat::new("center", 129.0756, 35.1796).unwrap();
    let (x, y) = grid.lattice_px(3, grid.crs().project("center", centre).unwrap()).unwrap();
    let middle =
        mapshot::geo::LatticeTile { column: (x / 256.0).floor() as i64, row: (y / 256.0).floor() as i64 };
    let hole = grid.coord(3, middle).unwrap();
    let output = OutputGrid::Grid(TileGrid::named("webmercator-xyz", None).unwrap());
    for on_missing in [OnMissing::Mark, OnMissing::Parent] {
        let spec =
            PlanSpec { on_missing, ..spec(vec![layer(KAKAO)], output.clone(), Scale::Zoom(17), (600, 600)) };
        let plan = Plan::new(&spec, &Limits::default()).unwrap();
        let (file, missing) = render(&plan, &Ground::new(vec![hole])).unwrap();
        let (most, _) = difference(&plan, &decode(&file));
        assert!(missing.iter().all(|m| m.tile == hole) && !missing.is_empty(), "{missing:?}");
        // A mark is nothing like the ground; a parent is, but for its coarseness.
        assert_eq!(most > 60, on_missing == OnMissing::Mark, "{on_missing:?}: {most}");
    }
}

#[test]
fn the_widest_images_of_resampled_layers_fit_the_budget() {
    let crs = OutputGrid::Crs(Crs::from_epsg(5179).unwrap());
    let large = r#"{"id":"wms2","kind":"wms","url":"http://h.test/wms","layers":["a"],"crs":["EPSG:4326"]}"#;
    let limits = Limits { max_tiles: 100_000, ..Limits::default() };
    for entry in [XYZ, KAKAO, large] {
        let layers = vec![layer(entry), layer(XYZ)];
        let plan =
            Plan::new(&spec(layers, crs.clone(), Scale::ResolutionM(2.0), (32_768, 500)), &limits).unwrap();
        assert!(plan.memory().peak_bytes <= BUDGET_BYTES, "{entry}: {:?}", plan.memory());
    }
}
