//! The catalogue of sources: built in, then changed by the operator.

use serde_json::Value;

use crate::source::entry::Entry;
use crate::source::fields::{Fields, Misfit};
use crate::source::{CatalogueError, Kind, Source};

/// All sources by id, in the order in which they are written.
#[derive(Debug, Clone, PartialEq)]
pub struct Catalogue {
    sources: Vec<Source>,
}

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
        for fields in entries {
            sources.push(Source::try_from(entry(fields)?)?);
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

    /// The source of that id, enabled or not, described or not: for the operator, and for what an entry alone says.
    #[must_use]
    pub fn listed(&self, id: &str) -> Option<&Source> {
        self.sources.iter().find(|source| source.id().as_str() == id)
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

    /// The sources, and parts of stacks, that are enabled and whose own description is still to be read: see
    /// [`Source::capabilities_address`] and [`Catalogue::complete`].
    pub fn undescribed(&self) -> impl Iterator<Item = &Source> {
        let all = self.enabled().flat_map(|source| match source.kind() {
            Kind::Stack(parts) => parts.as_slice(),
            _ => std::slice::from_ref(source),
        });
        all.filter(|source| !source.is_described())
    }

    /// Completes the source of that id, and the parts of stacks that are it, by its service's capabilities: at most
    /// [`MAX_CAPABILITIES_BYTES`](crate::source::MAX_CAPABILITIES_BYTES) of them.
    ///
    /// # Errors
    /// As [`Source::completed`]; the catalogue stays as it was.
    pub fn complete(
        &mut self,
        id: &str,
        capabilities: &[u8],
        key: &dyn Fn(&str) -> Option<String>,
    ) -> Result<(), CatalogueError> {
        let is_it = |source: &Source| source.id().as_str() == id && !source.is_described();
        for source in &mut self.sources {
            if is_it(source) {
                *source = source.completed(capabilities, key)?;
            } else if let Kind::Stack(parts) = source.kind()
                && parts.iter().any(is_it)
            {
                let complete = |part: &Source| match is_it(part) {
                    true => part.completed(capabilities, key),
                    false => Ok(part.clone()),
                };
                let parts = parts.iter().map(complete).collect::<Result<Vec<_>, _>>()?;
                let entry =
                    Entry { parts: parts.into_iter().map(Entry::from).collect(), ..source.clone().into() };
                *source = Source::try_from(entry)?;
            }
        }
        Ok(())
    }

    /// Whether there is or may have been a lane of that name: any entry, enabled or not.
    #[must_use]
    pub fn names(&self, id: &str) -> bool {
        self.sources.iter().any(|s| s.id().as_str() == id)
    }

    /// All sources, enabled or not.
    pub fn all(&self) -> impl Iterator<Item = &Source> {
        self.sources.iter()
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
        let Some(id @ Value::String(_)) = entry.get("id") else {
            return Err(CatalogueError::Shape {
                entry: format!("number {} of {origin}", index + 1),
                field: "id".to_owned(),
                reason: "it must be given, as a text".to_owned(),
            });
        };
        if entries.iter().take(index).any(|before| before.get("id") == Some(id)) {
            return Err(CatalogueError::Twice { entry: name(entry), origin });
        }
    }
    Ok(entries)
}

/// What an entry is called in an error.
fn name(fields: &Fields) -> String {
    let id = fields.get("id").and_then(Value::as_str).unwrap_or_default();
    id.chars().take(80).collect()
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
fn entry(fields: Fields) -> Result<Entry, CatalogueError> {
    let named = name(&fields);
    Entry::read(fields).map_err(|Misfit { field, reason }| CatalogueError::Shape {
        entry: named,
        field,
        reason,
    })
}

#[cfg(test)]
#[path = "catalogue_tests.rs"]
mod tests;
