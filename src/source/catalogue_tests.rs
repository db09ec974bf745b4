use super::*;
use crate::geo::TileCoord;
use crate::source::Kind;

#[test]
fn the_built_in_catalogue_is_good() {
    let catalogue = Catalogue::with_changes(None).unwrap();
    let earth = catalogue.get("naturalearth").unwrap();
    assert_eq!(earth.kind(), &Kind::NaturalEarth);
    assert!(catalogue.enabled().all(|s| !s.attribution().is_empty()));
}

/// A key that every source has.
fn key(name: &str) -> Option<String> {
    Some(format!("<{name}>"))
}

fn address(catalogue: &Catalogue, id: &str, z: u8, x: i32, y: i32) -> String {
    let source = catalogue.sources.iter().find(|s| s.id().as_str() == id).unwrap();
    source.address(&TileCoord { z, x, y }.into(), &key).unwrap()
}

#[test]
fn open_sources_are_on_and_the_others_off_with_a_reason() {
    let catalogue = Catalogue::with_changes(None).unwrap();
    let on: Vec<_> = catalogue.enabled().map(|s| s.id().as_str()).collect();
    assert_eq!(
        on,
        [
            "naturalearth",
            "gibs-blue-marble",
            "gibs-blue-marble-4326",
            "gibs-true-colour",
            "usgs-imagery",
            "usgs-topo",
            "usgs-imagery-topo"
        ]
    );
    let public = serde_json::to_string(&catalogue.public()).unwrap();
    for source in &catalogue.sources {
        assert!(!source.title().is_empty() && !source.attribution().is_empty(), "{}", source.id());
        assert!(source.terms().is_some(), "{}", source.id());
        assert_eq!(source.off_because().is_some(), !source.is_enabled(), "{}", source.id());
        assert_eq!(public.contains(&format!("\"{}\"", source.id())), source.is_enabled(), "{}", source.id());
    }
    let korean = catalogue
        .sources
        .iter()
        .filter(|s| ["kakao", "naver", "vworl", "ngii-"].iter().any(|n| s.id().as_str().starts_with(n)));
    assert!(korean.clone().count() > 10);
    assert!(korean.clone().all(|s| s.location_hint() == Some("apac")));
}

/// Addresses that the providers' documentation and public clients use .
#[test]
fn presets_ask_as_their_providers_want_it() {
    let catalogue = Catalogue::with_changes(None).unwrap();
    let of = |id, z, x, y| address(&catalogue, id, z, x, y);
    assert_eq!(
        of("vworld-base", 11, 1746, 793),
        "https://api.vworld.kr/req/wmts/1.0.0/%3CVWORLD_KEY%3E/Base/11/793/1746.png"
    );
    assert_eq!(
        of("gibs-blue-marble-4326", 6, 36, 13),
        "https://gibs.earthdata.nasa.gov/wmts/epsg4326/best/BlueMarble_ShadedRelief_Bathymetry/default/500m/6/13/36.jpeg"
    );
    assert_eq!(
        of("kakao-road", 3, 899, 2006),
        "https://map.daumcdn.net/map_k3f_prod/bakery/image_map_png/PNGSD01/v23_izbfy/3/2006/899.png"
    );
    assert_eq!(
        of("naver", 15, 27950, 12697),
        "https://map.pstatic.net/nrb/styles/basic/1778232861/15/27950/12697.png?mt=bg.ol.ts.lko"
    );
    assert_eq!(
        of("ngii-map", 7, 9194, 15320),
        "https://map.ngii.go.kr/openapi/Gettile.do?apikey=%3CNGII_KEY%3E&SERVICE=WMTS&REQUEST=GetTile&VERSION=1.0.0\
         &LAYER=korean_map&STYLE=korean&FORMAT=image/png&TILEMATRIXSET=korean&TILEMATRIX=L07&TILEROW=15320&TILECOL=9194"
    );
    assert!(of("ngii-air", 17, 1, 2).contains("&TILEMATRIXSET=NGIS_AIR&TILEMATRIX=17&TILEROW=2&TILECOL=1"));
    let cadastre = catalogue.sources.iter().find(|s| s.id().as_str() == "vworld-cadastre").unwrap();
    let map = crate::source::MapBox {
        crs: crate::geo::Crs::from_epsg(5181).unwrap(),
        extent: [197_000.0, 451_000.0, 197_500.0, 451_500.0].into(),
        width_px: 1_000,
        height_px: 1_000,
    };
    assert_eq!(
        cadastre.address(&map.into(), &key).unwrap(),
        "https://api.vworld.kr/req/wms?domain=%3CVWORLD_DOMAIN%3E&key=%3CVWORLD_KEY%3E&SERVICE=WMS&VERSION=1.3.0\
         &REQUEST=GetMap&LAYERS=lp_pa_cbnd_bonbun,lp_pa_cbnd_bubun&STYLES=lp_pa_cbnd_bonbun_line,lp_pa_cbnd_bubun_line\
         &FORMAT=image/png&TRANSPARENT=TRUE&EXCEPTIONS=XML&CRS=EPSG:5181&BBOX=197000,451000,197500,451500\
         &WIDTH=1000&HEIGHT=1000"
    );
    assert_eq!(cadastre.key_names(), ["VWORLD_DOMAIN", "VWORLD_KEY"]);
    assert!(!format!("{catalogue:?}").contains("<VWORLD"));
}

#[test]
fn a_preset_is_switched_on_by_a_line() {
    let changes = r#"[{"id":"vworld-hybrid","enabled":true},
        {"id":"kakao-road","enabled":true,"params":{"version":"v99"}}]"#;
    let catalogue = Catalogue::with_changes(Some(changes)).unwrap();
    assert_eq!(address(&catalogue, "kakao-road", 1, 2, 3).rsplit_once("/v99/").unwrap().1, "1/3/2.png");
    let hybrid = catalogue.get("vworld-hybrid").unwrap();
    let layers = hybrid.layers(0.5, false);
    let ids: Vec<_> = layers.iter().map(|l| l.source.id().as_str()).collect();
    assert_eq!(ids, ["vworld-satellite", "vworld-labels"]);
    assert!(layers.iter().all(|l| l.opacity == 0.5) && layers[1].source.is_transparent());
    assert_eq!(hybrid.key_names(), ["VWORLD_KEY"]);
    assert_eq!(hybrid.zooms(), (6, 19));
    // Its parts are asked for, but not listed.
    assert!(catalogue.get("vworld-labels").is_err() && catalogue.get_part("vworld-labels").is_ok());
    assert!(catalogue.get_part("vworld-white").is_err());
    let public = serde_json::to_string(&catalogue.public()).unwrap();
    assert!(!public.contains("VWORLD_KEY") && !public.contains("off_because"), "{public}");
    let back = Catalogue::parse("public", &with_addresses(&catalogue)).unwrap();
    assert_eq!(back.get("vworld-hybrid").unwrap().layers(1.0, false).len(), 2);
    // What a page fetches itself has a plain address, and the same tiles.
    let blue = back.get("gibs-blue-marble").unwrap();
    let tile = TileCoord { z: 3, x: 4, y: 5 }.into();
    let listed = catalogue.public().into_iter().find(|e| e.id == "gibs-blue-marble").unwrap();
    assert_eq!(
        listed.url.unwrap(),
        "https://gibs.earthdata.nasa.gov/wmts/epsg3857/best/BlueMarble_ShadedRelief_Bathymetry/default/GoogleMapsCompatible_Level8/{z}/{y}/{x}.jpeg"
    );
    assert_eq!(blue.address(&tile, &key), catalogue.get("gibs-blue-marble").unwrap().address(&tile, &key));
}

/// The public catalogue as a page reads it: what it may not fetch itself comes through the edge.
fn with_addresses(catalogue: &Catalogue) -> String {
    let mut list = serde_json::to_value(catalogue.public()).unwrap();
    fn fill(source: &mut serde_json::Value) {
        for part in source.get_mut("parts").and_then(|p| p.as_array_mut()).into_iter().flatten() {
            fill(part);
        }
        if ["xyz", "wmts"].contains(&source["kind"].as_str().unwrap()) && source.get("url").is_none() {
            source["url"] = "http://edge.test/tiles/x/{z}/{x}/{y}.png".into();
        }
    }
    list.as_array_mut().unwrap().iter_mut().for_each(fill);
    list.to_string()
}

#[test]
fn a_grid_may_be_given_in_full() {
    let changes = r#"[{"id":"own","url":"http://h.test/{z}/{x}/{y}","max_zoom":2,"grid":
        {"crs":"EPSG:5186","origin":[0,800000],"resolutions":[1024,256,64],"extent":[0,0,600000,800000]}}]"#;
    let catalogue = Catalogue::with_changes(Some(changes)).unwrap();
    let own = catalogue.get("own").unwrap();
    assert_eq!(
        (own.grid().crs().epsg(), own.grid().resolution(2).unwrap(), own.zooms()),
        (5186, 64.0, (0, 2))
    );
    let back = Catalogue::parse("public", &serde_json::to_string(&catalogue.public()).unwrap()).unwrap();
    assert_eq!(back.get("own").unwrap().grid(), own.grid());
}

#[test]
fn words_of_a_source_do_not_have_its_key() {
    let changes = r#"[{"id":"a","url":"http://h.test/{z}/{x}/{y}?k={key:K}"}]"#;
    let catalogue = Catalogue::with_changes(Some(changes)).unwrap();
    let source = catalogue.get("a").unwrap();
    let key = |name: &str| (name == "K").then(|| "s3cr/et".to_owned());
    let page = &b"<E><code>INVALID_KEY</code>s3cr/et in ?k=s3cr%2Fet</E>"[..];
    let error = source.judge(200, &page, &key).unwrap_err();
    assert_eq!(error.to_string(), "the source refuses the request: INVALID_KEY: *** in ?k=***");
    assert!(source.judge(403, &&b""[..], &key).unwrap_err().is_refused());
}

#[test]
fn limits_and_headers_are_those_of_the_entry() {
    let changes = r#"[{"id":"a","url":"http://h.test/{z}/{x}/{y}","user_agent":"Ours/1 (ops@h.test)","referer":"https://h.test/",
        "timeout_ms":900,"capture_timeout_ms":60000,"retries":0,"cache":true,"region":"jp","empty":{"statuses":[404]}}]"#;
    let catalogue = Catalogue::with_changes(Some(changes)).unwrap();
    let a = catalogue.get("a").unwrap();
    let headers = a.filled_headers(&|_| None).unwrap();
    assert_eq!(
        headers,
        [("User-Agent", "Ours/1 (ops@h.test)".to_owned()), ("Referer", "https://h.test/".to_owned())]
    );
    assert_eq!(
        (a.limits().timeout_ms, a.limits().capture_timeout_ms, a.retry_policy().attempts),
        (900, Some(60_000), 1)
    );
    assert!(a.is_cached() && a.location_hint() == Some("apac") && !a.is_browser() && a.is_proxied());
    assert_eq!(a.judge(404, &&b""[..], &|_| None), Ok(crate::source::Answer::Empty));
    let public = serde_json::to_string(&a.public()).unwrap();
    assert!(!public.contains("ops@") && !public.contains("h.test"), "{public}");
}

#[test]
fn changes_add_and_replace_by_id() {
    let changes = r#"[{"id":"naturalearth","kind":"naturalearth","enabled":false},
                      {"id":"mine","url":"http://127.0.0.1:9/{z}/{x}/{y}.png"}]"#;
    let catalogue = Catalogue::with_changes(Some(changes)).unwrap();
    assert_eq!(catalogue.get("naturalearth"), Err(CatalogueError::Unknown { id: "naturalearth".to_owned() }));
    assert!(catalogue.names("naturalearth"));
    let mine = catalogue.get("mine").unwrap();
    assert_eq!((mine.zooms(), mine.grid().tile_size_px()), ((0, 19), 256));
    assert!(mine.is_browser() && !mine.is_proxied());
}

#[test]
fn errors_name_the_entry_and_the_field() {
    let cases = [
        (r#"{"id":"a"}"#, "not a catalogue"),
        (r#"[{"id":"a","colour":1}]"#, "colour"),
        (r#"[{"id":"A b","url":"http://h/{z}/{x}/{y}"}]"#, "is not a source id"),
        (r#"[{"id":"a","url":"file:///etc/{z}/{x}/{y}"}]"#, "\"a\": url must begin with http"),
        (r#"[{"id":"a","kind":"ftp"}]"#, "\"a\": kind must be"),
        (r#"[{"id":"a","url":"http://h/{z}/{x}/{y}","grid":"flat"}]"#, "no tile grid \"flat\""),
        (r#"[{"id":"a","url":"http://h/{z}/{x}/{y}","max_zoom":40}]"#, "level 40"),
        (r#"[{"id":"a","url":"http://h/{z}/{x}/{y}","tile_size":300}]"#, "300"),
        (r#"[{"id":"a","url":"http://h/{z}/{x}/{y}","min_zoom":9,"max_zoom":3}]"#, "min_zoom"),
        (r#"[{"id":"a","url":"http://h/{z}/{x}/{y}","max_connections":0}]"#, "max_connections"),
        (r#"[{"id":"a","url":"http://h/{z}/{x}/{y}","max_per_second":-1}]"#, "max_per_second"),
        (r#"[{"id":"a","url":"http://h/{z}/{x}/{y}","headers":{"a b":"c"}}]"#, "headers"),
        (
            r#"[{"id":"a","url":"http://h/{z}/{x}/{y}","max_zoom":"9"}]"#,
            "\"a\": max_zoom must be a whole number of 0 to 255",
        ),
        (r#"[{"url":7}]"#, "\"number 1 of SOURCES\": id"),
        (r#"[{"id":"a","url":"http://h/{z}/{x}/{y}","grid":{"crs":"EPSG:1"}}]"#, "\"a\": grid"),
        (r#"[{"id":"a","url":"http://h/{z}/{x}/{-y}","grid":"kakao-5181","max_zoom":9}]"#, "{-y}"),
        (r#"[{"id":"a","url":"http://h/{z}/{x}/{y}","user_agent":"a\nb"}]"#, "user_agent"),
        (r#"[{"id":"a","url":"http://h/{z}/{x}/{y}","region":"Korea"}]"#, "region"),
        (
            r#"[{"id":"a","url":"http://h/{z}/{x}/{y}","empty":{"statuses":[200]}}]"#,
            "empty must have statuses",
        ),
        (r#"[{"id":"a","url":"http://h/{z}/{x}/{y}","empty":{"status":[404]}}]"#, "empty.status"),
        (r#"[{"id":"a","url":"http://h/{z}/{x}/{y}","timeout_ms":1}]"#, "timeout_ms"),
        (r#"[{"id":"a","url":"http://h/{z}/{x}/{y}","terms_url":"javascript:1"}]"#, "terms_url"),
        (r#"[{"id":"a","url":"http://h/{z}/{x}/{y}","capabilities":"x"}]"#, "capabilities must begin"),
        (r#"[{"id":"a","url":"http://h/{z}/{x}/{y}","parts":[{"id":"osm"}]}]"#, "parts must be absent"),
        (r#"[{"id":"a","kind":"wms","url":"http://h/wms"}]"#, "layers"),
        (r#"[{"id":"a","kind":"wms","url":"http://h/wms","layers":["a,b"]}]"#, "layers"),
        (r#"[{"id":"a","kind":"wms","url":"http://h/wms","layers":["a"],"crs":["EPSG:1"]}]"#, "crs must be"),
        (r#"[{"id":"a","kind":"wms","url":"http://h/wms","layers":["a"],"styles":["x","y"]}]"#, "styles"),
        (
            r#"[{"id":"a","kind":"wms","url":"http://h/wms","layers":["a","b"],"layer_limit":1}]"#,
            "layer_limit",
        ),
        (
            r#"[{"id":"a","kind":"wms","url":"http://h/wms","layers":["a"],"max_width":64}]"#,
            "max_width must leave",
        ),
        (r#"[{"id":"a","kind":"wms","url":"http://h/wms","layers":["a"],"version":"1.0.0"}]"#, "version"),
        (r#"[{"id":"a","kind":"wms","url":"http://h/wms","layers":["a"],"axis":"neu"}]"#, "axis"),
        (r#"[{"id":"a","kind":"wms","url":"http://h/wms","layers":["a"],"params":{"BBOX":"1"}}]"#, "params"),
        (r#"[{"id":"a","kind":"wmts","url":"http://h/wmts","layers":["a"]}]"#, "matrix_set"),
        (r#"[{"id":"a","kind":"wmts","url":"http://h/{z}/{x}/{y}"}]"#, "layers must be one layer"),
        (
            r#"[{"id":"a","kind":"wmts","url":"http://h/{id}/{x}/{y}","layers":["a"],"matrix_ids":["x"]}]"#,
            "matrix_ids",
        ),
        (r#"[{"id":"a","kind":"stack","parts":[]}]"#, "parts must be 1 to 8"),
        (r#"[{"id":"a","kind":"stack","parts":[{"id":"nobody"}]}]"#, "\"a\": parts: source \"nobody\": url"),
        (r#"[{"id":"a","kind":"stack","parts":[{"id":"vworld-hybrid"}]}]"#, "stacks"),
        (r#"[{"id":"a","kind":"stack","parts":[{"id":"osm"},{"id":"osm"}]}]"#, "ids of their own"),
        (r#"[{"id":"a","kind":"stack","url":"http://h/","parts":[{"id":"osm"}]}]"#, "url must be absent"),
        (
            r#"[{"id":"a","url":"http://h/{z}/{x}/{y}"},{"id":"a","url":"http://h/{z}/{x}/{y}"}]"#,
            "stands twice",
        ),
    ];
    for (json, words) in cases {
        let message = Catalogue::with_changes(Some(json)).unwrap_err().to_string();
        assert!(message.contains(words), "{json}: {message}");
    }
}

#[test]
fn the_public_view_hides_secrets_and_reads_back() {
    let changes = r#"[{"id":"keyed","url":"https://h.test/{key:K}/{z}/{x}/{y}","browser":true},
        {"id":"headed","url":"https://h.test/{z}/{x}/{y}","headers":{"Authorization":"Bearer {key:T}"}},
        {"id":"tms","url":"https://{s}.h.test/{z}/{x}/{y}","subdomains":["a"],"grid":"webmercator-tms"}]"#;
    let catalogue = Catalogue::with_changes(Some(changes)).unwrap();
    let public = serde_json::to_string(&catalogue.public()).unwrap();
    assert!(!public.contains("Bearer") && !public.contains("{key:"), "{public}");
    let list: serde_json::Value = serde_json::from_str(&public).unwrap();
    let by_id = |id: &str| list.as_array().unwrap().iter().find(|s| s["id"] == id).unwrap().clone();
    assert!(by_id("keyed").get("url").is_none());
    assert_eq!(by_id("keyed")["browser"], false);
    assert_eq!(by_id("headed")["browser"], false);
    assert_eq!(by_id("tms")["url"], "https://{s}.h.test/{z}/{x}/{y}");
    assert_eq!(by_id("naturalearth")["presets_m"][0], 100_000.0);
    let back = Catalogue::parse("public", &serde_json::to_string(&[by_id("tms")]).unwrap()).unwrap();
    let tms = back.get("tms").unwrap();
    let Kind::Xyz(template) = tms.kind() else { panic!("not xyz") };
    let coord = tms.grid().coord(3, crate::geo::LatticeTile { column: 4, row: -1 }).unwrap();
    assert_eq!(coord, TileCoord { z: 3, x: 4, y: 0 });
    assert_eq!(template.address(coord, &|_| None).unwrap(), "https://a.h.test/3/4/0");
}

#[test]
fn a_source_survives_storage() {
    let catalogue = Catalogue::with_changes(None).unwrap();
    for source in catalogue.enabled() {
        let json = serde_json::to_string(source).unwrap();
        assert_eq!(&serde_json::from_str::<Source>(&json).unwrap(), source);
    }
}
