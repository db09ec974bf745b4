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

/// Takes fields out until none is left.
pub(super) struct FieldReader {
    fields: Fields,
    /// What the fields are within, with a point at its end.
    within: &'static str,
}

impl FieldReader {
    pub const fn new(fields: Fields, within: &'static str) -> Self {
        Self { fields, within }
    }

    /// An error about a field.
    pub fn misfit(&self, field: &str, reason: &str) -> Misfit {
        Misfit { field: format!("{}{field}", self.within), reason: reason.to_owned() }
    }

    /// Whatever stands there; null is as good as nothing.
    pub fn value(&mut self, field: &str) -> Option<Value> {
        self.fields.remove(field).filter(|value| !value.is_null())
    }

    pub fn text(&mut self, field: &str) -> Result<Option<String>, Misfit> {
        match self.value(field) {
            None => Ok(None),
            Some(Value::String(text)) => Ok(Some(text)),
            Some(_) => Err(self.misfit(field, "must be a text")),
        }
    }

    pub fn texts(&mut self, field: &str) -> Result<Option<Vec<String>>, Misfit> {
        let text = |value: Value| match value {
            Value::String(text) => Some(text),
            _ => None,
        };
        match self.list(field)? {
            None => Ok(None),
            Some(list) => match list.into_iter().map(text).collect() {
                Some(texts) => Ok(Some(texts)),
                None => Err(self.misfit(field, "must be a list of texts")),
            },
        }
    }

    pub fn texts_by_name(&mut self, field: &str) -> Result<BTreeMap<String, String>, Misfit> {
        let mut all = BTreeMap::new();
        for (name, value) in self.object(field)?.into_iter().flatten() {
            let Value::String(text) = value else {
                return Err(self.misfit(field, "must be texts by name"));
            };
            all.insert(name, text);
        }
        Ok(all)
    }

    pub fn flag(&mut self, field: &str) -> Result<Option<bool>, Misfit> {
        match self.value(field) {
            None => Ok(None),
            Some(Value::Bool(flag)) => Ok(Some(flag)),
            Some(_) => Err(self.misfit(field, "must be true or false")),
        }
    }

    pub fn number(&mut self, field: &str) -> Result<Option<f64>, Misfit> {
        match self.value(field) {
            None => Ok(None),
            Some(value) => match value.as_f64() {
                Some(number) => Ok(Some(number)),
                None => Err(self.misfit(field, "must be a number")),
            },
        }
    }

    pub fn numbers(&mut self, field: &str) -> Result<Option<Vec<f64>>, Misfit> {
        match self.list(field)? {
            None => Ok(None),
            Some(list) => match list.iter().map(Value::as_f64).collect() {
                Some(numbers) => Ok(Some(numbers)),
                None => Err(self.misfit(field, "must be a list of numbers")),
            },
        }
    }

    /// A whole number of 0 to `most`.
    pub fn whole(&mut self, field: &str, most: u64) -> Result<Option<u64>, Misfit> {
        match self.value(field) {
            None => Ok(None),
            Some(value) => match value.as_u64() {
                Some(number) if number <= most => Ok(Some(number)),
                _ => Err(self.misfit(field, &format!("must be a whole number of 0 to {most}"))),
            },
        }
    }

    pub fn u32(&mut self, field: &str) -> Result<Option<u32>, Misfit> {
        Ok(self.whole(field, u32::MAX.into())?.and_then(|number| u32::try_from(number).ok()))
    }

    pub fn u8(&mut self, field: &str) -> Result<Option<u8>, Misfit> {
        Ok(self.whole(field, u8::MAX.into())?.and_then(|number| u8::try_from(number).ok()))
    }

    pub fn list(&mut self, field: &str) -> Result<Option<Vec<Value>>, Misfit> {
        match self.value(field) {
            None => Ok(None),
            Some(Value::Array(list)) => Ok(Some(list)),
            Some(_) => Err(self.misfit(field, "must be a list")),
        }
    }

    pub fn object(&mut self, field: &str) -> Result<Option<Fields>, Misfit> {
        match self.value(field) {
            None => Ok(None),
            Some(Value::Object(object)) => Ok(Some(object)),
            Some(_) => Err(self.misfit(field, "must be an object")),
        }
    }

    /// There must be no other field.
    pub fn finish(self) -> Result<(), Misfit> {
        match self.fields.keys().next() {
            None => Ok(()),
            Some(unknown) => {
                let unknown: String = unknown.chars().take(80).collect();
                Err(self.misfit(&unknown, "is no field of an entry"))
            }
        }
    }
}
