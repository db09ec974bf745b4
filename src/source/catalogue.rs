//! The catalogue of sources: built in, then changed by the operator.

use crate::source::entry::Entry;
use crate::source::{CatalogueError, Source};

/// All sources by id, in the order in which they are written.
#[derive(Debug, Clone, PartialEq)]
pub struct Catalogue {
    sources: Vec<Source>,
}

/// The catalogue that comes with the program.
const BUILT_IN: &str = include_str!("../../sources.json");

impl Catalogue {
    /// The built-in catalogue, with entries added or replaced by id from `changes` (JSON of the same shape).
    ///
    /// # Errors
    /// [`CatalogueError`] naming the entry and the field that are wrong.
    pub fn with_changes(changes: Option<&str>) -> Result<Self, CatalogueError> {
        let mut catalogue = Self::parse("sources.json", BUILT_IN)?;
        if let Some(changes) = changes.filter(|text| !text.trim().is_empty()) {
            for changed in Self::parse("SOURCES", changes)?.sources {
                match catalogue.sources.iter_mut().find(|s| s.id() == changed.id()) {
                    Some(present) => *present = changed,
                    None => catalogue.sources.push(changed),
                }
            }
        }
        Ok(catalogue)
    }

    /// A catalogue from JSON alone. `origin` names it in errors.
    ///
    /// # Errors
    /// [`CatalogueError`] naming the entry and the field that are wrong.
    pub fn parse(origin: &'static str, json: &str) -> Result<Self, CatalogueError> {
        let entries: Vec<Entry> =
            serde_json::from_str(json).map_err(|e| CatalogueError::Json { origin, reason: e.to_string() })?;
        let mut sources: Vec<Source> = Vec::with_capacity(entries.len());
        for entry in entries {
            let source = Source::try_from(entry)?;
            if sources.iter().any(|s| s.id() == source.id()) {
                return Err(CatalogueError::Twice { entry: source.id().to_string(), origin });
            }
            sources.push(source);
        }
        Ok(Self { sources })
    }

    /// The enabled source of that id.
    ///
    /// # Errors
    /// [`CatalogueError::Unknown`]; a disabled source is as unknown as one that never was.
    pub fn get(&self, id: &str) -> Result<&Source, CatalogueError> {
        self.sources
            .iter()
            .find(|s| s.id().as_str() == id && s.is_enabled())
            .ok_or_else(|| CatalogueError::Unknown { id: id.chars().take(80).collect() })
    }

    /// Whether there is or may have been a lane of that name: any entry, enabled or not.
    #[must_use]
    pub fn names(&self, id: &str) -> bool {
        self.sources.iter().any(|s| s.id().as_str() == id)
    }

    /// The enabled sources.
    pub fn enabled(&self) -> impl Iterator<Item = &Source> {
        self.sources.iter().filter(|s| s.is_enabled())
    }

    /// The enabled entries without secrets, of the shape that [`Catalogue::parse`] reads.
    #[must_use]
    pub fn public(&self) -> Vec<Entry> {
        self.enabled().map(Source::public).collect()
    }
}

#[cfg(test)]
mod tests {
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

    #[test]
    fn changes_add_and_replace_by_id() {
        let changes = r#"[{"id":"naturalearth","kind":"naturalearth","enabled":false},
                          {"id":"mine","url":"http://127.0.0.1:9/{z}/{x}/{y}.png"}]"#;
        let catalogue = Catalogue::with_changes(Some(changes)).unwrap();
        assert_eq!(
            catalogue.get("naturalearth"),
            Err(CatalogueError::Unknown { id: "naturalearth".to_owned() })
        );
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
}
