//! A source's grid as an entry has it: by name, or in full.

use std::fmt;

use serde::de::value::MapAccessDeserializer;
use serde::de::{MapAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

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

impl<'de> Deserialize<'de> for GridEntry {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        // Not `untagged`, which reads through a copy of everything and says nothing of what is wrong.
        struct NameOrSpec;
        impl<'de> Visitor<'de> for NameOrSpec {
            type Value = GridEntry;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("the name of a tile grid, or a grid in full")
            }

            fn visit_str<E>(self, name: &str) -> Result<GridEntry, E> {
                Ok(GridEntry::Name(name.to_owned()))
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<GridEntry, A::Error> {
                GridSpec::deserialize(MapAccessDeserializer::new(map))
                    .map(|spec| GridEntry::Spec(Box::new(spec)))
            }
        }
        deserializer.deserialize_any(NameOrSpec)
    }
}
