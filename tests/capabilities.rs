//! Sources that describe themselves: entries completed by capabilities as servers write them, and what of these is not believed.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test")]

use mapshot::geo::{Crs, TileCoord};
use mapshot::source::{
    Catalogue, CatalogueError, FetchError, Kind, MapBox, Source, SourceCheck, TileRequest, Verdict,
};

fn fixture(name: &str) -> Vec<u8> {
    std::fs::read(format!("{}/tests/fixtures/capabilities/{name}", env!("CARGO_MANIFEST_DIR"))).unwrap()
}

fn key(name: &str) -> Option<String> {
    match name {
        "VWORLD_KEY" => Some("AAAA-1111".to_owned()),
        "VWORLD_DOMAIN" => Some("maps.test".to_owned()),
        _ => None,
    }
}

fn catalogue(fields: &str) -> Catalogue {
    Catalogue::parse("test", &format!(r#"[{{"id":"s","attribution":"x",{fields}}}]"#))
        .unwrap_or_else(|e| panic!("{e}"))
}

fn completed(fields: &str, file: &str) -> Result<Source, String> {
    let mut catalogue = catalogue(fields);
    assert!(matches!(catalogue.get("s"), Err(CatalogueError::Undescribed { .. })), "{fields}");
    assert_eq!(catalogue.undescribed().count(), 1);
    assert!(catalogue.public().is_empty());
    catalogue.complete("s", &fixture(file), &key).map_err(|e| e.to_string())?;
    assert_eq!(catalogue.undescribed().count(), 0);
    let source = catalogue.get("s").unwrap().clone();
    // As a plan keeps it.
    let stored = serde_json::to_string(&source).unwrap();
    assert_eq!(serde_json::from_str::<Source>(&stored).unwrap(), source);
    Ok(source)
}

fn tile(source: &Source, z: u8, x: i32, y: i32) -> String {
    source.address(&TileCoord { z, x, y }.into(), &key).unwrap()
}

fn map(source: &Source, crs: Crs) -> String {
    let map = MapBox { crs, extent: [1.0, 2.0, 101.0, 102.0].into(), width_px: 200, height_px: 200 };
    source.address(&map.into(), &key).unwrap()
}

#[test]
fn a_mapserver_that_calls_itself_localhost_is_asked_where_the_operator_says() {
    let own = r#""kind":"wms","capabilities":"https://maps.test/cgi-bin/mapserv?map=/maps/town.map&SERVICE=WMS&REQUEST=GetCapabilities&VERSION=1.1.1""#;
    let source = completed(&format!(r#"{own},"layers":["plots","roads"]"#), "mapserver-1.1.1.xml").unwrap();
    assert_eq!(
        map(&source, Crs::WEB_MERCATOR),
        "https://maps.test/cgi-bin/mapserv?map=/maps/town.map&SERVICE=WMS&VERSION=1.1.1&REQUEST=GetMap\
         &LAYERS=plots,roads&STYLES=&FORMAT=image/png&TRANSPARENT=FALSE\
         &EXCEPTIONS=application/vnd.ogc.se_xml&SRS=EPSG:3857&BBOX=1,2,101,102&WIDTH=200&HEIGHT=200"
    );
    assert_eq!(source.title(), "Town maps & plans");
    let offered: Vec<_> = source.wms().unwrap().crs_names().collect();
    // 5179 is drawn in one of the two alone; 2154 is not known here.
    assert_eq!(offered, ["EPSG:3857", "EPSG:4326", "EPSG:5181"]);
    let missing = completed(&format!(r#"{own},"layers":["rivers"]"#), "mapserver-1.1.1.xml").unwrap_err();
    assert_eq!(
        missing,
        "source \"s\": its capabilities have no layer \"rivers\"; they have roads, plots, town"
    );
    let none = completed(own, "mapserver-1.1.1.xml").unwrap_err();
    assert!(none.contains("do not say which layers are wanted"), "{none}");
    let file = r#""kind":"wms","capabilities":"https://maps.test/town.xml","layers":["roads"]"#;
    let elsewhere = completed(file, "mapserver-1.1.1.xml").unwrap_err();
    assert!(elsewhere.contains("another host (http://localhost/"), "{elsewhere}");
}

#[test]
fn a_geoserver_says_its_limits() {
    let file = r#""kind":"wms","capabilities":"http://maps.test/plan.xml","layers":["plan:land_use"],"transparent":true"#;
    let source = completed(file, "geoserver-1.3.0.xml").unwrap();
    let address = map(&source, Crs::parse("EPSG:5186").unwrap());
    assert!(address.starts_with("http://maps.test/geoserver/ows?SERVICE=WMS&VERSION=1.3.0&"), "{address}");
    assert!(address.contains("&FORMAT=image/png&TRANSPARENT=TRUE&"), "{address}");
    assert!(address.contains("&CRS=EPSG:5186&BBOX=2,1,102,101&"), "{address}");
    // 800 px less two buffers of 32.
    assert_eq!(source.piece_px(), 512);
    let offered: Vec<_> = source.wms().unwrap().crs_names().collect();
    assert_eq!(offered, ["EPSG:5186", "EPSG:3857", "EPSG:4326", "CRS:84"]);
    let own = r#""kind":"wms","capabilities":"http://maps.test/plan.xml","layers":["plan:land_use"],"max_height":2000,"crs":["EPSG:3857"]"#;
    assert_eq!(completed(own, "geoserver-1.3.0.xml").unwrap().piece_px(), 768);
}

#[test]
fn a_key_that_a_server_repeats_stays_a_name() {
    let fields = r#""kind":"wms","axis":"xy","capabilities":"https://api.vworld.kr/caps.xml?key={key:VWORLD_KEY}&domain={key:VWORLD_DOMAIN}","layers":["lp_pa_cbnd_bubun"]"#;
    let source = completed(fields, "vworld-1.3.0.xml").unwrap();
    let stored = serde_json::to_string(&source).unwrap();
    assert!(!stored.contains("AAAA-1111") && !format!("{source:?}").contains("AAAA-1111"), "{stored}");
    let address = map(&source, Crs::WEB_MERCATOR);
    assert!(
        address.starts_with("https://api.vworld.kr/req/wms?key=AAAA-1111&domain=maps.test&SERVICE=WMS"),
        "{address}"
    );
    assert!(address.contains("&CRS=EPSG:900913&BBOX=1,2,101,102&"), "{address}");
    assert_eq!(source.key_names(), ["VWORLD_DOMAIN", "VWORLD_KEY"]);
    assert_eq!(
        source.capabilities_address(&key).unwrap(),
        "https://api.vworld.kr/caps.xml?key=AAAA-1111&domain=maps.test"
    );
}

#[test]
fn a_mapproxy_has_names_with_zeros_and_a_grid_of_its_own() {
    let fields = r#""kind":"wmts","capabilities":"http://maps.test:8080/wmts/1.0.0/WMTSCapabilities.xml","layers":["aerial"]"#;
    let source = completed(fields, "mapproxy-wmts.xml").unwrap();
    assert_eq!((source.grid().id(), source.zooms()), ("webmercator-xyz", (0, 2)));
    assert_eq!(tile(&source, 1, 3, 2), "http://maps.test:8080/wmts/aerial/webmercator/01/3/2.png");
    let korea = completed(&format!(r#"{fields},"matrix_set":"korea5179""#), "mapproxy-wmts.xml").unwrap();
    assert_eq!(korea.grid().crs().epsg(), 5179);
    // -200000 is x, whatever order the CRS has: the other way round there is no Korea in it.
    let first = korea.grid().tile_extent(TileCoord { z: 1, x: 0, y: 0 }).unwrap();
    assert!((first.min_x + 200_000.0).abs() < 1e-6 && (first.max_y - 4_000_000.0).abs() < 1e-6, "{first:?}");
    assert!((korea.grid().resolution(1).unwrap() - 1044.48).abs() < 1e-9);
    assert_eq!(tile(&korea, 2, 9, 8), "http://maps.test:8080/wmts/aerial/korea5179/02/9/8.png");
    let wrong = completed(&format!(r#"{fields},"matrix_set":"moon""#), "mapproxy-wmts.xml").unwrap_err();
    assert!(
        wrong.contains("no matrix set \"moon\" for this layer; they have korea5179, webmercator"),
        "{wrong}"
    );
}

#[test]
fn a_geowebcache_writes_corners_in_both_orders() {
    let fields = r#""kind":"wmts","capabilities":"https://maps.test/geoserver/gwc/service/wmts?REQUEST=GetCapabilities","layers":["town:plots"]"#;
    let mercator = completed(fields, "geowebcache-wmts.xml").unwrap();
    assert_eq!((mercator.grid().id(), mercator.zooms()), ("webmercator-xyz", (0, 24)));
    assert_eq!(
        tile(&mercator, 3, 6, 2),
        "https://maps.test/geoserver/gwc/service/wmts?SERVICE=WMTS&REQUEST=GetTile&VERSION=1.0.0&LAYER=town:plots\
         &STYLE=&FORMAT=image/png&TILEMATRIXSET=EPSG:900913&TILEMATRIX=EPSG:900913:3&TILEROW=2&TILECOL=6"
    );
    let degrees =
        completed(&format!(r#"{fields},"matrix_set":"EPSG:4326","min_zoom":1"#), "geowebcache-wmts.xml")
            .unwrap();
    // The layer has tiles in three of the matrices.
    assert_eq!((degrees.grid().id(), degrees.zooms()), ("geodetic-wmts", (1, 2)));
    assert!(tile(&degrees, 2, 6, 1).ends_with("&TILEMATRIX=EPSG:4326:2&TILEROW=1&TILECOL=6"));
    assert_eq!(degrees.address(&TileCoord { z: 3, x: 0, y: 0 }.into(), &key), Err(FetchError::NoAddress));
}

#[test]
fn a_gibs_has_degrees_with_the_longitude_first_and_a_time() {
    let fields =
        r#""kind":"wmts","capabilities":"https://maps.test/wmts/epsg4326/best/1.0.0/WMTSCapabilities.xml""#;
    let source = completed(fields, "gibs-wmts.xml").unwrap();
    assert_eq!((source.grid().id(), source.zooms()), ("geodetic-gibs-512", (0, 8)));
    assert_eq!(
        tile(&source, 6, 36, 13),
        "https://maps.test/wmts/epsg4326/best/TrueColour/default/2024-05-01/250m/6/13/36.jpg"
    );
    // The anchor of GIBS' documentation: 250m/6/13/36 is -18, 27 to -13.5, 31.5.
    let extent = source.grid().tile_extent(TileCoord { z: 6, x: 36, y: 13 }).unwrap();
    assert_eq!(<[f64; 4]>::from(extent), [-18.0, 27.0, -13.5, 31.5]);
    let day = completed(&format!(r#"{fields},"params":{{"time":"2020-01-01"}}"#), "gibs-wmts.xml").unwrap();
    assert!(tile(&day, 0, 0, 0).contains("/2020-01-01/250m/0/0/0.jpg"));
}

#[test]
fn a_part_of_a_stack_is_completed_in_its_place() {
    let mut catalogue = catalogue(
        r#""kind":"stack","parts":[
            {"id":"below","url":"https://maps.test/{z}/{x}/{y}"},
            {"id":"above","kind":"wmts","transparent":true,"layers":["aerial"],
             "capabilities":"http://maps.test:8080/wmts/1.0.0/WMTSCapabilities.xml"}]"#,
    );
    assert!(catalogue.get("s").is_err());
    let wanted: Vec<_> = catalogue.undescribed().map(|s| s.id().to_string()).collect();
    assert_eq!(wanted, ["above"]);
    catalogue.complete("above", &fixture("mapproxy-wmts.xml"), &key).unwrap();
    let layers = catalogue.get("s").unwrap().layers(1.0, false);
    assert!(matches!(layers[1].source.kind(), Kind::Wmts(_)));
}

#[test]
fn what_is_hostile_or_something_else_is_told() {
    let wms = r#""kind":"wms","capabilities":"https://maps.test/wms?request=GetCapabilities","layers":["a"]"#;
    let wmts = r#""kind":"wmts","capabilities":"https://maps.test/wmts.xml","layers":["a"]"#;
    let report = "<ServiceExceptionReport><ServiceException code='INVALID_KEY'>no</ServiceException></ServiceExceptionReport>";
    let of = |grid: &str, more: &str| {
        format!(
            "<Capabilities><Contents><Layer><Identifier>a</Identifier><Style><Identifier>{{key:OTHER}}</Identifier></Style>\
             <TileMatrixSetLink><TileMatrixSet>m</TileMatrixSet></TileMatrixSetLink>{more}</Layer>\
             <TileMatrixSet><Identifier>m</Identifier><SupportedCRS>EPSG:3857</SupportedCRS>{grid}</TileMatrixSet></Contents></Capabilities>"
        )
    };
    let matrix = |scale: &str, corner: &str, side: &str| {
        format!(
            "<TileMatrix><Identifier>0</Identifier><ScaleDenominator>{scale}</ScaleDenominator><TopLeftCorner>{corner}</TopLeftCorner>\
             <TileWidth>{side}</TileWidth><TileHeight>{side}</TileHeight><MatrixWidth>1</MatrixWidth><MatrixHeight>1</MatrixHeight></TileMatrix>"
        )
    };
    let good = matrix("559082264", "-20037508 20037508", "256");
    let own =
        "<ResourceURL resourceType='tile' template='https://maps.test/{TileMatrix}/{TileRow}/{TileCol}'/>";
    let cases = [
        (wms, String::new(), "cannot be read"),
        (wms, "<html><title>Sign in</title></html>".to_owned(), "are something else (html)"),
        (wms, report.to_owned(), "INVALID_KEY: no"),
        (wmts, report.to_owned(), "INVALID_KEY: no"),
        (wms, "<WMS_Capabilities version='1.3.0'><Capability><Layer><Name>a".to_owned(), "cannot be read"),
        (wmts, of(&matrix("NaN", "0 0", "256"), own), "scale"),
        (wmts, of(&matrix("-5", "0 0", "256"), own), "scale"),
        (wmts, of(&matrix("559082264", "zero 0", "256"), own), "is no grid"),
        (wmts, of(&matrix("559082264", "0 0", "100"), own), "is no grid"),
        (wmts, of("", own), "without matrices"),
        (wmts, of(&good, own), "braces"),
        (wmts, of(&good, &own.replace("maps.test", "10.0.0.1")), "another host (https://10.0.0.1/"),
        (wmts, of(&good, &own.replace("{TileCol}", "{key:OTHER}/{TileCol}")), "another host"),
        (wmts, of(&good, ""), "another host ()"),
    ];
    for (fields, xml, words) in cases {
        let mut catalogue = catalogue(fields);
        let error = catalogue.complete("s", xml.as_bytes(), &key).unwrap_err().to_string();
        assert!(error.contains(words) && error.len() < 1_000, "{words}: {error}");
        assert!(catalogue.get("s").is_err());
    }
}

#[test]
fn a_check_says_what_would_work() {
    let fields = r#""kind":"wms","axis":"xy","region":"kr","enabled":false,"off_because":"wants a key","capabilities":"https://api.vworld.kr/caps.xml?key={key:VWORLD_KEY}","params":{"x":"{key:NOT_SET}"},"layers":["lp_pa_cbnd_bubun"]"#;
    let json = format!(r#"[{{"id":"s",{fields}}}]"#);
    let source: Source = serde_json::from_str(&json[1..json.len() - 1]).unwrap();
    let mut check = SourceCheck::default();
    check.entry(&source, &key);
    assert!(
        check.findings.iter().any(|f| f.verdict == Verdict::Bad && f.text == "the secret NOT_SET is not set")
            || !source.key_names().contains(&"NOT_SET")
    );
    let complete = check.capabilities(&source, Ok(&fixture("vworld-1.3.0.xml")), &key).unwrap();
    let request = complete.sample_request().unwrap();
    let TileRequest::Map(map) = request else { panic!("not a map") };
    assert_eq!((map.width_px, map.crs), (256, Crs::WEB_MERCATOR));
    assert!(map.extent.min_x < 14_135_127.0 && map.extent.max_x > 14_135_127.0, "{map:?}");
    let png = &b"\x89PNG\r\n\x1a\n...."[..];
    check.tile(&complete, &request, Ok((200, &png)), &key);
    let words: Vec<_> = check.findings.iter().map(|f| f.text.as_str()).collect();
    assert!(words.contains(&"the secret VWORLD_KEY is set"), "{words:?}");
    assert!(words.contains(&"the source is off: wants a key"), "{words:?}");
    assert!(
        words.contains(&"maps of 1024 px with buffers of 32 px, in EPSG:4326, EPSG:900913, EPSG:5181"),
        "{words:?}"
    );
    assert!(words.contains(&"a map of 256 x 256 px in EPSG:3857 is a picture of 12 bytes"), "{words:?}");
    let mut refused = SourceCheck::default();
    let report = &b"<R><ServiceException code='INVALID_KEY'>AAAA-1111 is unknown</ServiceException></R>"[..];
    refused.tile(&complete, &request, Ok((200, &report)), &key);
    assert!(!refused.works());
    assert!(
        refused.findings[0].text.ends_with("INVALID_KEY: *** is unknown; captures will fail at once"),
        "{refused:?}"
    );
    let mut unheard = SourceCheck::default();
    assert!(unheard.capabilities(&source, Err(&FetchError::Status(503)), &key).is_none() && !unheard.works());
}
