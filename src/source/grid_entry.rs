//! A source's grid as an entry has it: by name, or in full.

use serde::{Serialize, Serializer};

use crate::geo::GridSpec;

/// A source's grid as an entry has it.
#[derive(Debug, Clone, PartialEq)]
pub enum GridEntry {
    /// One that is known by name.
    Name(String),
    /// One given in full.
    Spec(Box<GridSpec>),
}

impl Serialize for GridEntry {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Name(name) => serializer.serialize_str(name),
            Self::Spec(spec) => spec.serialize(serializer),
        }
    }
}
