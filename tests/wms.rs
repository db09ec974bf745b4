//! Addresses of maps: axis orders against PROJ's boxes, and what every address has and never has.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test")]

use mapshot::geo::{Crs, Extent};
use mapshot::source::{Catalogue, FetchError, MapBox, Source};
use proptest::prelude::*;
use serde_json::Value;

fn source(fields: &str) -> Source {
    let json = format!(
        r#"[{{"id":"w","kind":"wms","url":"http://h.test/wms?map=x","grid":"webmercator-xyz",{fields}}}]"#
    );
    Catalogue::parse("test", &json).unwrap_or_else(|e| panic!("{e}")).get("w").unwrap().clone()
}

fn no_keys(_: &str) -> Option<String> {
    None
}

fn parameter(address: &str, name: &str) -> Option<String> {
    let query = address.split_once('?').unwrap().1;
    query.split('&').find_map(|pair| pair.strip_prefix(&format!("{name}="))).map(str::to_owned)
}

#[test]
fn boxes_are_written_as_the_vectors_have_them() {
    let path = format!("{}/tests/fixtures/grid-vectors.json", env!("CARGO_MANIFEST_DIR"));
    let vectors: Value = serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
    let cases = vectors["wms_bbox"].as_array().unwrap();
    assert!(cases.len() >= 14);
    for case in cases {
        let name = case["crs"].as_str().unwrap();
        let crs = Crs::parse(name).unwrap();
        // The box itself comes from the vectors: this is about its order and its spelling.
        let numbers = |key: &str| -> Option<[f64; 4]> {
            let text = case[key].get("bbox")?.as_str()?;
            let numbers: Vec<f64> = text.split(',').map(|n| n.parse().unwrap()).collect();
            Some([numbers[0], numbers[1], numbers[2], numbers[3]])
        };
        let xy = numbers("wms_1.3.0_forced_xy").unwrap();
        let extent: Extent = xy.into();
        let map = MapBox { crs, extent, width_px: 800, height_px: 800 };
        for (version, axis, key) in [
            ("1.1.1", "standard", "wms_1.1.1"),
            ("1.3.0", "standard", "wms_1.3.0_standard"),
            ("1.3.0", "xy", "wms_1.3.0_forced_xy"),
        ] {
            let Some(expected) = case[key].get("bbox").and_then(Value::as_str) else { continue };
            let source =
                source(&format!(r#""layers":["a"],"version":"{version}","axis":"{axis}","crs":["{name}"]"#));
            let address = source.address(&map.into(), &no_keys).unwrap();
            let param = case[key]["param"].as_str().unwrap();
            assert_eq!(parameter(&address, "BBOX").unwrap(), expected, "{name} {key}");
            assert_eq!(parameter(&address, param).unwrap(), name, "{name} {key}");
            // What passes it on reads the same box.
            let query = address.split_once('?').unwrap().1.split('&').filter_map(|pair| pair.split_once('='));
            assert_eq!(source.wms().unwrap().map_of(query).unwrap(), map, "{name} {key}");
        }
    }
}

#[test]
fn the_other_order_can_be_forced_on_any_version() {
    let map = MapBox {
        crs: Crs::WEB_MERCATOR,
        extent: [1.0, 2.0, 101.0, 102.0].into(),
        width_px: 100,
        height_px: 100,
    };
    for version in ["1.1.1", "1.3.0"] {
        let source = source(&format!(r#""layers":["a"],"version":"{version}","axis":"yx""#));
        let address = source.address(&map.into(), &no_keys).unwrap();
        assert_eq!(parameter(&address, "BBOX").unwrap(), "2,1,102,101");
    }
}

#[test]
fn the_whole_address_is_as_the_specifications_have_it() {
    let map = MapBox {
        crs: Crs::WEB_MERCATOR,
        extent: [0.0, 0.0, 256.0, 256.0].into(),
        width_px: 256,
        height_px: 256,
    };
    let old = source(
        r#""layers":["topp:states","지적"],"styles":["pop ulation",""],"version":"1.1.1","transparent":true,"params":{"TIME":"2024-01-01/P1D"}"#,
    );
    assert_eq!(
        old.address(&map.into(), &no_keys).unwrap(),
        "http://h.test/wms?map=x&TIME=2024-01-01%2FP1D&SERVICE=WMS&VERSION=1.1.1&REQUEST=GetMap\
         &LAYERS=topp:states,%EC%A7%80%EC%A0%81&STYLES=pop%20ulation,&FORMAT=image/png&TRANSPARENT=TRUE\
         &EXCEPTIONS=application%2Fvnd.ogc.se_xml&SRS=EPSG:3857&BBOX=0,0,256,256&WIDTH=256&HEIGHT=256"
            .replace("application%2F", "application/")
    );
    let new = source(r#""layers":["a"],"format":"image/jpeg","crs":["EPSG:900913"]"#);
    assert_eq!(
        new.address(&map.into(), &no_keys).unwrap(),
        "http://h.test/wms?map=x&SERVICE=WMS&VERSION=1.3.0&REQUEST=GetMap&LAYERS=a&STYLES=&FORMAT=image/jpeg\
         &TRANSPARENT=FALSE&EXCEPTIONS=XML&CRS=EPSG:900913&BBOX=0,0,256,256&WIDTH=256&HEIGHT=256"
    );
}

#[test]
fn maps_that_the_source_does_not_offer_have_no_address() {
    let source = source(r#""layers":["a"],"crs":["EPSG:3857","EPSG:5181"],"max_width":512,"max_height":300"#);
    let good =
        MapBox { crs: Crs::WEB_MERCATOR, extent: [0.0, 0.0, 9.0, 9.0].into(), width_px: 512, height_px: 300 };
    assert!(source.address(&good.into(), &no_keys).is_ok());
    assert_eq!(source.piece_px(), 224);
    assert_eq!(source.wms().unwrap().best_crs(Crs::WGS84), Crs::WEB_MERCATOR);
    for bad in [
        MapBox { crs: Crs::WGS84, ..good },
        MapBox { width_px: 513, ..good },
        MapBox { height_px: 301, ..good },
        MapBox { width_px: 0, ..good },
        MapBox { extent: [0.0, 0.0, 0.0, 9.0].into(), ..good },
        MapBox { extent: [0.0, 0.0, f64::NAN, 9.0].into(), ..good },
        MapBox { extent: [0.0, 0.0, f64::INFINITY, 9.0].into(), ..good },
        MapBox { extent: [9.0, 0.0, 0.0, 9.0].into(), ..good },
    ] {
        assert_eq!(source.address(&bad.into(), &no_keys), Err(FetchError::NoAddress), "{bad:?}");
    }
    let tile = mapshot::geo::TileCoord { z: 0, x: 0, y: 0 };
    assert_eq!(source.address(&tile.into(), &no_keys), Err(FetchError::NoAddress));
}

proptest! {
    /// Numbers say the box to a thousandth of a pixel, whatever the scale.
    #[test]
    fn boxes_are_exact_to_a_thousandth_of_a_pixel(
        x in -2.0e7f64..2.0e7,
        y in -2.0e7f64..2.0e7,
        level in -12i32..4,
        px in 1u32..1088,
    ) {
        let resolution = 156_543.033_928_040_97 * 2f64.powi(level) / 16.0;
        let side = resolution * f64::from(px);
        let extent = Extent { min_x: x, min_y: y, max_x: x + side, max_y: y + side };
        let map = MapBox { crs: Crs::WEB_MERCATOR, extent, width_px: px, height_px: px };
        let address = source(r#""layers":["a"]"#).address(&map.into(), &no_keys).unwrap();
        let bbox = parameter(&address, "BBOX").unwrap();
        prop_assert!(!bbox.contains('e') && !bbox.contains("-0,"));
        let numbers: Vec<f64> = bbox.split(',').map(|n| n.parse().unwrap()).collect();
        for (written, exact) in numbers.into_iter().zip(<[f64; 4]>::from(extent)) {
            prop_assert!((written - exact).abs() < resolution * 1e-3, "{written} for {exact}");
        }
    }
}
