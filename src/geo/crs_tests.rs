use super::*;
use proptest::prelude::*;

fn every() -> impl Iterator<Item = Crs> {
    (0..=u16::MAX).filter_map(Crs::from_epsg)
}

#[test]
fn names_of_all_kinds_are_read() {
    for (name, epsg) in [
        ("EPSG:5181", 5181),
        (" epsg:5181 ", 5181),
        ("EPSG:900913", 3857),
        ("EPSG:3785", 3857),
        ("EPSG:102100", 3857),
        ("EPSG:102113", 3857),
        ("CRS:84", 4326),
        ("OGC:CRS84", 4326),
        ("urn:ogc:def:crs:OGC:1.3:CRS84", 4326),
        ("http://www.opengis.net/def/crs/OGC/1.3/CRS84", 4326),
        ("urn:ogc:def:crs:EPSG::5179", 5179),
        ("urn:ogc:def:crs:EPSG:6.18.3:3857", 3857),
        ("http://www.opengis.net/def/crs/EPSG/0/32652", 32652),
    ] {
        assert_eq!(Crs::parse(name).map(Crs::epsg), Ok(epsg), "{name}");
    }
    for name in [
        "",
        ":",
        "EPSG:",
        "EPSG:0",
        "EPSG:32661",
        "EPSG:+5181",
        "5181",
        "IAU:5181",
        "XCRS84",
        "EPSG:5181x",
        "é:5181",
    ] {
        assert!(matches!(Crs::parse(name), Err(GeoError::UnknownCrs { .. })), "{name}");
    }
    let Err(GeoError::UnknownCrs { value, .. }) = Crs::parse(&"é".repeat(1000)) else {
        panic!("it is known")
    };
    assert_eq!(value.chars().count(), 64);
}

#[test]
fn json_is_the_name() {
    for crs in every() {
        let json = serde_json::to_string(&crs).unwrap();
        assert_eq!(json, format!("\"EPSG:{}\"", crs.epsg()));
        assert_eq!(serde_json::from_str::<Crs>(&json).unwrap(), crs);
    }
    assert!(serde_json::from_str::<Crs>("\"EPSG:1\"").is_err());
    assert_eq!(every().count(), 2 + 3 + 2 + 16 + 120);
}

#[test]
fn korean_and_geographic_axes_are_north_first() {
    for (epsg, order) in [
        (3857, AxisOrder::EastNorth),
        (32652, AxisOrder::EastNorth),
        (32760, AxisOrder::EastNorth),
        (4326, AxisOrder::NorthEast),
        (5179, AxisOrder::NorthEast),
        (5181, AxisOrder::NorthEast),
        (5174, AxisOrder::NorthEast),
        (2097, AxisOrder::NorthEast),
    ] {
        assert_eq!(Crs::from_epsg(epsg).unwrap().axis_order(), order, "{epsg}");
    }
}

#[test]
fn places_that_cannot_be_shown_are_refused_or_nan() {
    let at = |lon, lat| LonLat::new("center", lon, lat).unwrap();
    let tm = Crs::from_epsg(5181).unwrap();
    assert!(matches!(tm.project("center", at(0.0, 0.0)), Err(GeoError::OutsideCrs { .. })));
    assert!(matches!(tm.project("center", at(-53.0, 80.0)), Err(GeoError::OutsideCrs { .. })));
    assert!(tm.project("center", at(127.0, 90.0)).is_ok());
    assert!(matches!(Crs::WEB_MERCATOR.project("center", at(0.0, 85.06)), Err(GeoError::Latitude { .. })));
    for crs in every() {
        let mut all =
            [(f64::NAN, 0.0), (0.0, f64::NAN), (0.0, 91.0), (f64::INFINITY, 0.0), (0.0, f64::NEG_INFINITY)];
        crs.project_all(&mut all);
        assert!(all.iter().all(|(x, y)| !(x.is_finite() && y.is_finite())), "{crs} {all:?}");
        let mut all = [(f64::NAN, 0.0), (0.0, f64::NAN), (f64::INFINITY, 0.0)];
        crs.unproject_all(&mut all);
        assert!(all.iter().all(|(x, y)| !(x.is_finite() && y.is_finite())), "{crs} {all:?}");
    }
    let (lon, lat) = tm.unproject(Point { x: 1e8, y: 0.0 });
    assert!(lon.is_nan() && lat.is_nan());
}

/// Against PROJ 9.5.1 through pyproj 3.7.2 (`Transformer.from_crs("EPSG:4326", ..., always_xy=True)`; for EPSG:5181
/// and 5187 `Proj` of their definition): what the shared vectors do not cover.
#[test]
fn far_places_are_where_proj_puts_them() {
    FAR.iter().for_each(|(epsg, lon, lat, x, y)| {
        let crs = Crs::from_epsg(*epsg).unwrap();
        let at = crs.project("center", LonLat::new("center", *lon, *lat).unwrap()).unwrap();
        assert!((at.x - x).abs() < 2e-6 && (at.y - y).abs() < 2e-6, "{crs} {lon} {lat}: {at:?}, not {x} {y}");
        let (back_lon, back_lat) = crs.unproject(at);
        // A datum step drops the height, in PROJ too: 3 mm in Korea.
        let near = if matches!(epsg, 2096..=2098 | 5167..=5178) { 1e-7 } else { 1e-10 };
        assert!(
            (back_lon - lon).abs() < near && (back_lat - lat).abs() < near,
            "{crs}: {back_lon} {back_lat}"
        );
    });
}

include!("crs_vectors.rs");

proptest! {
    #[test]
    fn every_crs_comes_back(index in 0usize..143, across in -1.0f64..1.0, lat in -84.0f64..84.0) {
        let crs = every().nth(index).unwrap();
        let domain = crs.domain();
        let middle = crs.unproject(Point { x: (domain.min_x + domain.max_x) / 2.0, y: (domain.min_y + domain.max_y) / 2.0 });
        let reach = if crs.is_cylindrical() { 180.0 } else { 39.99 };
        let lon = middle.0 + across * reach;
        let lon = if lon > 180.0 { lon - 360.0 } else if lon < -180.0 { lon + 360.0 } else { lon };
        let at = crs.project("center", LonLat::new("center", lon, lat).unwrap()).unwrap();
        prop_assert!(at.x >= domain.min_x && at.x <= domain.max_x && at.y >= domain.min_y && at.y <= domain.max_y);
        let (back_lon, back_lat) = crs.unproject(at);
        // A datum step drops the height, and far from Korea there is much of it.
        let near = if matches!(crs.epsg(), 2096..=2098 | 5167..=5178) { 1e-4 } else { 1e-11 };
        let turn = (back_lon - lon + 540.0).rem_euclid(360.0) - 180.0;
        prop_assert!(turn.abs() < near / lat.to_radians().cos() && (back_lat - lat).abs() < near, "{} {} {}: {} {}", crs, lon, lat, back_lon, back_lat);
    }
}
