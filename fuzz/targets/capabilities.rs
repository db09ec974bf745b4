//! What a service says of itself.

use mapshot::geo::TileCoord;
use mapshot::source::{Catalogue, Source, SourceCheck};

/// Capabilities of a WMS or a WMTS. Whatever they say, requests go to the operator's host, and get no secret by their choice.
pub fn capabilities_complete(bytes: &[u8]) {
    for kind in ["wms", "wmts"] {
        for fields in [
            r#""layers":["a"],"capabilities":"https://maps.test/c.xml?key={key:OWN}""#,
            r#""transparent":true,"capabilities":"https://maps.test/c?request=GetCapabilities""#,
        ] {
            let json = format!(r#"[{{"id":"s","kind":"{kind}",{fields}}}]"#);
            let mut catalogue = Catalogue::parse("test", &json).unwrap();
            let key = |name: &str| {
                assert_eq!(name, "OWN", "a secret that the operator did not name for this service");
                Some("secret-OWN".to_owned())
            };
            match catalogue.complete("s", bytes, &key) {
                Ok(()) => described(catalogue.get("s").unwrap(), &key),
                Err(error) => {
                    let words = error.to_string();
                    assert!(!words.is_empty() && words.len() < 4_000, "{} bytes of words", words.len());
                }
            }
        }
    }
}

fn described(source: &Source, key: &dyn Fn(&str) -> Option<String>) {
    let (min, max) = source.zooms();
    for z in [0, min, max, 255] {
        for (x, y) in [(0, 0), (i32::MIN, i32::MAX)] {
            if let Ok(address) = source.address(&TileCoord { z, x, y }.into(), key) {
                asked(&address);
            }
        }
    }
    if let Some(request) = source.sample_request() {
        asked(&source.address(&request, key).unwrap());
    }
    assert!(source.piece_px() >= 32);
    let stored = serde_json::to_string(source).unwrap();
    assert!(!stored.contains("secret-OWN"));
    assert_eq!(serde_json::from_str::<Source>(&stored).unwrap().zooms(), source.zooms());
    SourceCheck::default().described(source);
}

fn asked(address: &str) {
    assert!(
        address.strip_prefix("https://maps.test").is_some_and(|rest| rest.starts_with(['/', '?'])),
        "{address}"
    );
    assert!(address.is_ascii() && !address.contains([' ', '{', '}']), "{address}");
}
