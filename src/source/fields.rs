//! The fields of an entry, taken one by one.
//!
//! By hand, not derived: an entry has fifty fields, which derived code reads in twenty kilobytes and again in as many for each
//! kind of input, and what is wrong with one is to be said by its name.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

/// Fields before anything is known of them.
pub(super) type Fields = Map<String, Value>;

/// A field that is not as it must be.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{field} {reason}")]
pub struct Misfit {
    /// The field, as a path.
    pub field: String,
    /// What it must be.
    pub reason: String,
}

/// Takes fields out until none is left. The first that is not as it must be is told at the end, which is a good deal less code
/// than to turn back at each.
pub(super) struct FieldReader {
    fields: Fields,
    /// What the fields are within, with a point at its end.
    within: &'static str,
    misfit: Option<Misfit>,
}

impl FieldReader {
    pub const fn new(fields: Fields, within: &'static str) -> Self {
        Self { fields, within, misfit: None }
    }

    /// Notes what is wrong with a field.
    pub fn wrong(&mut self, field: &str, reason: &str) {
        if self.misfit.is_none() {
            self.misfit =
                Some(Misfit { field: format!("{}{field}", self.within), reason: reason.to_owned() });
        }
    }

    /// Whatever stands there; null is as good as nothing.
    pub fn value(&mut self, field: &str) -> Option<Value> {
        self.fields.remove(field).filter(|value| !value.is_null())
    }

    pub fn text(&mut self, field: &str) -> Option<String> {
        match self.value(field)? {
            Value::String(text) => Some(text),
            _ => {
                self.wrong(field, "must be a text");
                None
            }
        }
    }

    pub fn texts(&mut self, field: &str) -> Option<Vec<String>> {
        let mut texts = Vec::new();
        for value in self.list(field)? {
            match value {
                Value::String(text) => texts.push(text),
                _ => self.wrong(field, "must be a list of texts"),
            }
        }
        Some(texts)
    }

    pub fn texts_by_name(&mut self, field: &str) -> BTreeMap<String, String> {
        let mut all = BTreeMap::new();
        for (name, value) in self.object(field).into_iter().flatten() {
            match value {
                Value::String(text) => drop(all.insert(name, text)),
                _ => self.wrong(field, "must be texts by name"),
            }
        }
        all
    }

    pub fn flag(&mut self, field: &str) -> Option<bool> {
        let value = self.value(field)?;
        if value.as_bool().is_none() {
            self.wrong(field, "must be true or false");
        }
        value.as_bool()
    }

    pub fn number(&mut self, field: &str) -> Option<f64> {
        let value = self.value(field)?;
        if value.as_f64().is_none() {
            self.wrong(field, "must be a number");
        }
        value.as_f64()
    }

    pub fn numbers(&mut self, field: &str) -> Option<Vec<f64>> {
        let mut numbers = Vec::new();
        for value in self.list(field)? {
            match value.as_f64() {
                Some(number) => numbers.push(number),
                None => self.wrong(field, "must be a list of numbers"),
            }
        }
        Some(numbers)
    }

    /// A whole number of 0 to `most`.
    pub fn whole(&mut self, field: &str, most: u64) -> Option<u64> {
        let number = self.value(field)?.as_u64().filter(|number| *number <= most);
        if number.is_none() {
            self.wrong(field, &format!("must be a whole number of 0 to {most}"));
        }
        number
    }

    pub fn u32(&mut self, field: &str) -> Option<u32> {
        self.whole(field, u32::MAX.into()).and_then(|number| u32::try_from(number).ok())
    }

    pub fn u8(&mut self, field: &str) -> Option<u8> {
        self.whole(field, u8::MAX.into()).and_then(|number| u8::try_from(number).ok())
    }

    pub fn list(&mut self, field: &str) -> Option<Vec<Value>> {
        match self.value(field)? {
            Value::Array(list) => Some(list),
            _ => {
                self.wrong(field, "must be a list");
                None
            }
        }
    }

    pub fn object(&mut self, field: &str) -> Option<Fields> {
        match self.value(field)? {
            Value::Object(object) => Some(object),
            _ => {
                self.wrong(field, "must be an object");
                None
            }
        }
    }

    /// What was wrong, if anything was; there must be no other field.
    pub fn finish(mut self) -> Result<(), Misfit> {
        if let Some(unknown) = self.fields.keys().next() {
            let unknown: String = unknown.chars().take(80).collect();
            self.wrong(&unknown, "is no field of an entry");
        }
        self.misfit.map_or(Ok(()), Err)
    }
}
