use super::*;
use crate::geo::{Area, LonLat};
use proptest::prelude::*;

fn grid(id: &str, tile_size_px: u32) -> TileGrid {
    TileGrid::named(id, tile_size_px).unwrap()
}

fn spec(json: &str) -> GridSpec {
    serde_json::from_str(json).unwrap()
}

#[test]
fn lattices_of_xyz_and_tms_and_large_tiles_coincide() {
    let (xyz, tms, large) =
        (grid("webmercator-xyz", 256), grid("webmercator-tms", 256), grid("webmercator-xyz", 512));
    assert_eq!(xyz.shift_to(7, &xyz), Some((7, 0, 0)));
    assert_eq!(xyz.shift_to(7, &tms), Some((7, 0, -(256 << 7))));
    assert_eq!(tms.shift_to(7, &xyz), Some((7, 0, 256 << 7)));
    assert_eq!(xyz.shift_to(7, &large), Some((6, 0, 0)));
    assert_eq!(xyz.shift_to(0, &large), None);
    assert_eq!(xyz.shift_to(7, &grid("geodetic-wmts", 256)), None);
    assert_eq!(grid("ngii-5179", 256).shift_to(12, &grid("naver-5179", 256)), None);
}

#[test]
fn the_same_ground_has_the_same_tile_in_both_row_directions() {
    let (xyz, tms) = (grid("webmercator-xyz", 256), grid("webmercator-tms", 256));
    let coord = TileCoord { z: 5, x: 27, y: 12 };
    let other = TileCoord { z: 5, x: 27, y: 31 - 12 };
    let (a, b) = (xyz.tile_extent(coord).unwrap(), tms.tile_extent(other).unwrap());
    assert!((a.min_y - b.min_y).abs() < 1e-6 && (a.max_x - b.max_x).abs() < 1e-6);
    for (grid, coord) in [(&xyz, coord), (&tms, other)] {
        assert!(grid.contains(coord));
        assert!(!grid.contains(TileCoord { y: 32, ..coord }));
        assert!(!grid.contains(TileCoord { y: -1, ..coord }));
        assert!(!grid.contains(TileCoord { x: -1, ..coord }));
        assert!(!grid.contains(TileCoord { z: 25, ..coord }));
    }
}

#[test]
fn a_parent_is_the_coarser_tile_that_holds_a_tile_whole() {
    for (id, coord, level) in [
        ("webmercator-xyz", TileCoord { z: 5, x: 27, y: 12 }, 4),
        ("webmercator-tms", TileCoord { z: 5, x: 27, y: 19 }, 4),
        ("kakao-5181", TileCoord { z: 3, x: 899, y: 2005 }, 4),
        ("kakao-5181", TileCoord { z: 10, x: -1, y: -1 }, 11),
        ("geodetic-gibs-512", TileCoord { z: 2, x: 4, y: 2 }, 1),
    ] {
        let grid = TileGrid::named(id, None).unwrap();
        let tile = grid.lattice_tile(coord);
        let parent = grid.parent(coord.z, tile).unwrap();
        assert_eq!((parent.level, parent.times), (level, 2), "{id}");
        let whole = grid.tile_extent(grid.coord(level, parent.tile).unwrap()).unwrap();
        let part = grid.tile_extent(coord).unwrap();
        let near = grid.resolution(coord.z).unwrap() * 1e-6;
        assert!((whole.min_x + f64::from(parent.column) * part.width() - part.min_x).abs() < near);
        assert!((whole.max_y - f64::from(parent.row) * part.height() - part.max_y).abs() < near);
        assert!(parent.column < 2 && parent.row < 2);
    }
    // Two and a half times is no whole number of tiles; five times is.
    let grid = TileGrid::from_spec(
        "odd",
        &spec(r#"{"crs":"EPSG:3857","origin":[0,0],"resolutions":[10,5,2,50],"first_level":7}"#),
    )
    .unwrap();
    let tile = LatticeTile { column: -1, row: 7 };
    let parent = |level| grid.parent(level, tile).map(|p| (p.level, p.times, p.column, p.row));
    assert_eq!(parent(9), Some((7, 5, 4, 2)));
    assert_eq!(parent(8), Some((7, 2, 1, 1)));
    assert_eq!(parent(7), Some((10, 5, 4, 2)));
    assert_eq!(parent(10), None);
    assert_eq!(parent(11), None);
}

#[test]
fn matrices_may_overrun_the_world_and_kakao_has_no_edge() {
    let gibs = TileGrid::named("geodetic-gibs-512", None).unwrap();
    for (z, columns, rows) in [(0, 2, 1), (1, 3, 2), (2, 5, 3), (3, 10, 5), (4, 20, 10), (12, 5120, 2560)] {
        assert!(gibs.contains(TileCoord { z, x: columns - 1, y: rows - 1 }), "{z}");
        assert!(!gibs.contains(TileCoord { z, x: columns, y: 0 }), "{z}");
        assert!(!gibs.contains(TileCoord { z, x: 0, y: rows }), "{z}");
    }
    let kakao = TileGrid::named("kakao-5181", None).unwrap();
    assert_eq!(kakao.levels(), (1, 14));
    assert!(kakao.contains(TileCoord { z: 10, x: -2, y: -1 }));
    assert!(!kakao.contains(TileCoord { z: 10, x: -2000, y: -1 }));
    let size = |id, px: Option<u32>| TileGrid::named(id, px).map(|grid| grid.tile_size_px());
    assert_eq!(size("geodetic-gibs-512", Some(1024)), Ok(1024));
    assert_eq!(size("webmercator-xyz", Some(768)), Ok(768));
    for (id, px) in
        [("geodetic-gibs-512", 256), ("webmercator-xyz", 0), ("webmercator-xyz", 1280), ("kakao-5181", 300)]
    {
        assert!(matches!(size(id, Some(px)), Err(GeoError::TileSize { .. })), "{id} {px}");
    }
    assert!(matches!(size("no-such", None), Err(GeoError::UnknownGrid { .. })));
}

#[test]
fn the_level_to_resample_from_is_the_coarsest_that_is_fine_enough() {
    let kakao = TileGrid::named("kakao-5181", None).unwrap();
    assert_eq!(kakao.level_near(1.0, (1, 14)), Some(3));
    assert_eq!(kakao.level_near(0.999, (1, 14)), Some(2));
    assert_eq!(kakao.level_near(0.1, (1, 14)), Some(1));
    assert_eq!(kakao.level_near(0.1, (4, 14)), Some(4));
    assert_eq!(kakao.level_near(1e9, (1, 14)), Some(14));
    assert_eq!(kakao.level_near(1.0, (15, 20)), None);
    assert_eq!(kakao.level_near(f64::NAN, (1, 14)), Some(1));
}

#[test]
fn a_grid_given_in_full_is_the_named_one() {
    for id in GRID_IDS.split(", ") {
        let named = TileGrid::named(id, None).unwrap();
        assert_eq!(TileGrid::from_spec(id, &named.spec()).unwrap(), named, "{id}");
        // Through JSON a number may come back a bit further, and pixels still coincide.
        let json = serde_json::to_string(&named.spec()).unwrap();
        let read = TileGrid::from_spec(id, &spec(&json)).unwrap();
        for (z, _) in named.coarse_to_fine() {
            assert_eq!(named.shift_to(z, &read), Some((z, 0, 0)), "{id} {z}");
        }
    }
    let kakao = TileGrid::from_spec(
        "kakao-5181",
        &spec(
            r#"{"crs":"EPSG:5181","origin":[-30000,-60000],"rows":"up","first_level":1,
            "resolutions":[0.25,0.5,1,2,4,8,16,32,64,128,256,512,1024,2048]}"#,
        ),
    );
    assert_eq!(kakao, TileGrid::named("kakao-5181", None));
}

#[test]
fn a_wrong_grid_is_refused_by_its_field() {
    let with = |change: &str| {
        let base =
            r#"{"crs":"EPSG:5179","origin":[0,4e6],"tile_size":256,"levels":[{"z":1,"resolution":10}]}"#;
        let mut json: serde_json::Value = serde_json::from_str(base).unwrap();
        let change: serde_json::Value = serde_json::from_str(change).unwrap();
        for (key, value) in change.as_object().unwrap() {
            json[key] = value.clone();
        }
        let spec: GridSpec = serde_json::from_value(json).map_err(|_| "json")?;
        match TileGrid::from_spec("grid", &spec) {
            Ok(_) => Ok(()),
            Err(GeoError::BadGrid { field, .. }) => Err(field),
            Err(other) => panic!("{other}"),
        }
    };
    assert_eq!(with("{}"), Ok(()));
    for (change, field) in [
        (r#"{"tile_size":0}"#, "tile_size"),
        (r#"{"tile_size":300}"#, "tile_size"),
        (r#"{"tile_size":2048}"#, "tile_size"),
        (r#"{"levels":[]}"#, "levels"),
        (r#"{"resolutions":[1]}"#, "levels"),
        (r#"{"first_level":3}"#, "first_level"),
        (r#"{"levels":[],"resolutions":[2,1],"first_level":255}"#, "first_level"),
        (r#"{"levels":[{"z":1,"resolution":0}]}"#, "resolution"),
        (r#"{"levels":[{"z":1,"resolution":-1}]}"#, "resolution"),
        (r#"{"levels":[{"z":1,"resolution":1e-9}]}"#, "resolution"),
        (r#"{"levels":[{"z":1,"resolution":1e9}]}"#, "resolution"),
        (r#"{"levels":[{"z":1,"resolution":2},{"z":1,"resolution":1}]}"#, "z"),
        (r#"{"levels":[{"z":1,"resolution":2},{"z":2,"resolution":2}]}"#, "resolution"),
        (r#"{"origin":[1e300,0]}"#, "resolution"),
        (r#"{"extent":[0,0,0,1]}"#, "extent"),
        (r#"{"extent":[0,1,1,0]}"#, "extent"),
        (r#"{"crs":"EPSG:4"}"#, "json"),
        (r#"{"rows":"left"}"#, "json"),
        (r#"{"colour":1}"#, "json"),
    ] {
        assert_eq!(with(change), Err(field), "{change}");
    }
    let mut many = spec(r#"{"crs":"EPSG:3857","origin":[0,0],"resolutions":[1]}"#);
    many.resolutions = (1..=65).map(f64::from).collect();
    assert!(matches!(TileGrid::from_spec("many", &many), Err(GeoError::BadGrid { field: "levels", .. })));
    for bad in [f64::NAN, f64::INFINITY] {
        let good = spec(r#"{"crs":"EPSG:3857","origin":[0,0],"resolutions":[1]}"#);
        let worse = [
            GridSpec { origin: [bad, 0.0], ..good.clone() },
            GridSpec { resolutions: vec![bad], ..good.clone() },
            GridSpec { extent: Some(Extent::from([0.0, 0.0, bad, 1.0])), ..good },
        ];
        for spec in worse {
            assert!(matches!(TileGrid::from_spec("bad", &spec), Err(GeoError::BadGrid { .. })));
        }
    }
}

fn any_number() -> impl Strategy<Value = f64> {
    prop_oneof![
        Just(0.0),
        Just(f64::MAX),
        Just(f64::MIN_POSITIVE),
        -4e7..4e7f64,
        1e-6..1e6f64,
        -1e15..1e15f64
    ]
}

proptest! {
    /// Whatever a catalogue says and a client asks, there is an answer.
    #[test]
    fn hostile_grids_neither_panic_nor_overflow(
        epsg in prop_oneof![Just(3857u16), Just(4326), Just(5181), Just(32601), Just(5174)],
        origin in [any_number(), any_number()],
        up in any::<bool>(),
        tile_size in prop_oneof![Just(256u32), Just(1024)],
        resolutions in prop::collection::vec(any_number(), 1..5),
        first_level in prop_oneof![Just(0u8), Just(250)],
        bounds in prop::option::of([any_number(), any_number(), any_number(), any_number()]),
        (lon, lat, radius) in (-180.0..=180.0f64, -90.0..=90.0f64, 1.0..5e6f64),
        x in any::<i32>(), y in any::<i32>(),
    ) {
        let spec = GridSpec {
            crs: Crs::from_epsg(epsg).unwrap(),
            origin,
            rows: if up { RowDirection::Up } else { RowDirection::Down },
            tile_size,
            levels: Vec::new(),
            resolutions,
            first_level: Some(first_level),
            extent: bounds.map(Extent::from),
        };
        let Ok(grid) = TileGrid::from_spec("grid", &spec) else { return Ok(()) };
        let centre = LonLat::new("center", lon, lat).unwrap();
        let areas = [
            Area::radius(centre, radius).unwrap(),
            Area::size(centre, 1 + radius as u32, 1 << 24).unwrap(),
            Area::bbox([-180.0, -90.0, lon.max(-179.0), lat.max(-89.0)]).unwrap(),
        ];
        for (z, resolution) in grid.coarse_to_fine() {
            for area in &areas {
                if let Ok(window) = area.window(&grid, z) {
                    let tiles = window.tiles(tile_size);
                    let _ = grid.parent(z, tiles.first);
                    if let Some(coord) = grid.coord(z, tiles.first) {
                        prop_assert_eq!(grid.lattice_tile(coord), tiles.first);
                    }
                }
            }
            let coord = TileCoord { z, x, y };
            let _ = (grid.contains(coord), grid.tile_extent(coord), grid.shift_to(z, &grid), grid.bounds_px(z));
            prop_assert!(grid.level_near(resolution, grid.levels()).is_some());
        }
    }

    /// A place, its tile and the tile's box agree in every grid.
    #[test]
    fn places_lie_in_their_tiles(index in 0usize..9, lon in 124.0..132.0f64, lat in 33.0..39.0f64) {
        let id = GRID_IDS.split(", ").nth(index).unwrap();
        let grid = TileGrid::named(id, None).unwrap();
        let at = grid.crs().project("center", LonLat::new("center", lon, lat).unwrap()).unwrap();
        for (z, resolution) in grid.coarse_to_fine() {
            let (x, y) = grid.lattice_px(z, at).unwrap();
            let side = f64::from(grid.tile_size_px());
            let tile = LatticeTile { column: (x / side).floor() as i64, row: (y / side).floor() as i64 };
            let coord = grid.coord(z, tile).unwrap();
            let extent = grid.tile_extent(coord).unwrap();
            prop_assert!(grid.contains(coord));
            prop_assert!(extent.grown(resolution * 1e-3).touches(&Extent::from([at.x, at.y, at.x, at.y])));
        }
    }
}
