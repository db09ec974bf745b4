//! The catalogue of sources: built in, then changed by the operator.

use serde_json::{Map, Value};

use crate::source::entry::Entry;
use crate::source::{CatalogueError, Kind, Source};

/// All sources by id, in the order in which they are written.
#[derive(Debug, Clone, PartialEq)]
pub struct Catalogue {
    sources: Vec<Source>,
}

/// The fields of an entry, before anything is known of them.
type Fields = Map<String, Value>;

/// The catalogue that comes with the program.
const BUILT_IN: &str = include_str!("../../sources.json");

impl Catalogue {
    /// The built-in catalogue, with what `changes` (JSON of the same shape) says: an entry of a known id without `kind` and
    /// `url` changes the fields that it gives, any other entry replaces that of its id, or is added.
    ///
    /// # Errors
    /// [`CatalogueError`] naming the entry and the field that are wrong.
    pub fn with_changes(changes: Option<&str>) -> Result<Self, CatalogueError> {
        let mut entries = list("sources.json", BUILT_IN)?;
        if let Some(changes) = changes.filter(|text| !text.trim().is_empty()) {
            for changed in list("SOURCES", changes)? {
                let id = changed.get("id").cloned();
                match entries.iter_mut().find(|entry| entry.get("id") == id.as_ref()) {
                    Some(present) => *present = overlaid(present, changed),
                    None => entries.push(changed),
                }
            }
        }
        Self::of(entries)
    }

    /// A catalogue from JSON alone. `origin` names it in errors.
    ///
    /// # Errors
    /// [`CatalogueError`] naming the entry and the field that are wrong.
    pub fn parse(origin: &'static str, json: &str) -> Result<Self, CatalogueError> {
        Self::of(list(origin, json)?)
    }

    fn of(mut entries: Vec<Fields>) -> Result<Self, CatalogueError> {
        fill_parts(&mut entries);
        let mut sources: Vec<Source> = Vec::with_capacity(entries.len());
        for (index, fields) in entries.into_iter().enumerate() {
            sources.push(Source::try_from(entry(index, fields)?)?);
        }
        Ok(Self { sources })
    }

    /// The enabled source of that id.
    ///
    /// # Errors
    /// [`CatalogueError::Unknown`]; a disabled source is as unknown as one that never was.
    pub fn get(&self, id: &str) -> Result<&Source, CatalogueError> {
        let found = self.sources.iter().find(|s| s.id().as_str() == id && s.is_enabled());
        match found {
            Some(source) if source.is_described() => Ok(source),
            Some(source) => Err(CatalogueError::Undescribed { id: source.id().to_string() }),
            None => Err(CatalogueError::Unknown { id: id.chars().take(80).collect() }),
        }
    }

    /// The enabled source of that id, or the part of an enabled stack: whatever an image may be made of.
    ///
    /// # Errors
    /// As [`Catalogue::get`].
    pub fn get_part(&self, id: &str) -> Result<&Source, CatalogueError> {
        let parts = self.enabled().flat_map(|source| match source.kind() {
            Kind::Stack(parts) => parts.as_slice(),
            _ => &[],
        });
        self.get(id).or_else(|error| parts.into_iter().find(|part| part.id().as_str() == id).ok_or(error))
    }

    /// The enabled sources whose own description is still to be read: see [`Source::capabilities_address`].
    pub fn undescribed(&self) -> impl Iterator<Item = &Source> {
        self.enabled().filter(|source| matches!(source.kind(), Kind::Undescribed(_)))
    }

    /// The enabled source of that id, or the part of an enabled one that has it, which tiles are asked of.
    #[must_use]
    pub fn tiles_of(&self, id: &str) -> Option<&Source> {
        self.enabled().flat_map(Source::with_parts).find(|source| source.id().as_str() == id)
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
        self.enabled().filter(|source| source.is_described()).map(Source::public).collect()
    }
}

/// The entries of a catalogue. No two have the same id.
fn list(origin: &'static str, json: &str) -> Result<Vec<Fields>, CatalogueError> {
    let entries: Vec<Fields> =
        serde_json::from_str(json).map_err(|e| CatalogueError::Json { origin, reason: e.to_string() })?;
    for (index, entry) in entries.iter().enumerate() {
        let id = entry.get("id");
        if id.is_some() && entries.iter().take(index).any(|before| before.get("id") == id) {
            return Err(CatalogueError::Twice { entry: name(index, entry), origin });
        }
    }
    Ok(entries)
}

/// What an entry is called in an error.
fn name(index: usize, fields: &Fields) -> String {
    match fields.get("id") {
        Some(Value::String(id)) => id.chars().take(80).collect(),
        _ => format!("number {}", index + 1),
    }
}

/// A present entry with another one's fields, or the other one alone where it stands for itself.
fn overlaid(present: &Fields, other: Fields) -> Fields {
    if stands_alone(&other) {
        return other;
    }
    let mut all = present.clone();
    all.extend(other);
    all
}

/// Whether an entry is one, and not a change of another.
fn stands_alone(fields: &Fields) -> bool {
    ["kind", "url", "capabilities", "parts"].iter().any(|field| fields.contains_key(*field))
}

/// Parts of stacks that name an entry of the catalogue, enabled or not, become that entry.
fn fill_parts(entries: &mut [Fields]) {
    for index in 0..entries.len() {
        let Some(Value::Array(mut parts)) = entries[index].remove("parts") else { continue };
        for part in &mut parts {
            let Value::Object(fields) = part else { continue };
            let present = entries.iter().find(|entry| entry.get("id") == fields.get("id"));
            if let Some(present) = present.filter(|_| !stands_alone(fields)) {
                *part = Value::Object(overlaid(present, fields.clone()));
            }
        }
        entries[index].insert("parts".to_owned(), Value::Array(parts));
    }
}

/// The fields as an entry, or which of them is not as it must be.
fn entry(index: usize, fields: Fields) -> Result<Entry, CatalogueError> {
    let named = name(index, &fields);
    serde_path_to_error::deserialize(Value::Object(fields)).map_err(|error| CatalogueError::Shape {
        entry: named,
        field: error.path().to_string(),
        reason: error.inner().to_string().chars().take(300).collect(),
    })
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
