//! The errors of the catalogue: the entry and the field that are wrong.

use thiserror::Error;

use crate::fault::{Explain, Fault, FaultClass};
use crate::geo::GeoError;

/// Why the catalogue, or a name looked up in it, cannot be used.
#[derive(Debug, Clone, PartialEq, Error)]
#[non_exhaustive]
pub enum CatalogueError {
    /// The JSON itself is broken or of another shape.
    #[error("{origin} is not a catalogue: {reason}")]
    Json {
        /// Which catalogue: `sources.json` or `SOURCES`.
        origin: &'static str,
        /// The parser's words.
        reason: String,
    },
    /// A field of an entry is wrong.
    #[error("source \"{entry}\": {field} {reason}, but is \"{value}\"")]
    Field {
        /// The entry's id.
        entry: String,
        /// The field.
        field: &'static str,
        /// What was given.
        value: String,
        /// What it must be.
        reason: &'static str,
    },
    /// A field of an entry names something in the world that does not exist.
    #[error("source \"{entry}\": {reason}")]
    Grid {
        /// The entry's id.
        entry: String,
        /// What is wrong with its grid or levels.
        reason: GeoError,
    },
    /// Not the shape of an id.
    #[error("\"{id}\" is not a source id: 1 to 40 characters of a-z, 0-9 and -")]
    Id {
        /// What was given.
        id: String,
    },
    /// Two entries of one catalogue have the same id.
    #[error("source \"{entry}\" stands twice in {origin}")]
    Twice {
        /// The entry's id.
        entry: String,
        /// Which catalogue.
        origin: &'static str,
    },
    /// No enabled source has that id.
    #[error("there is no source \"{id}\"; GET /api/sources lists those that are")]
    Unknown {
        /// What was asked for.
        id: String,
    },
}

impl Explain for CatalogueError {
    fn fault(&self) -> Fault {
        match self {
            Self::Id { id } | Self::Unknown { id } => {
                Fault::new(FaultClass::Caller, "unknown_source").field("source").value(id)
            }
            Self::Json { origin, .. } => Fault::new(FaultClass::Internal, "bad_catalogue").field(*origin),
            Self::Field { entry, field, value, .. } => Fault::new(FaultClass::Internal, "bad_catalogue")
                .field(format!("{entry}.{field}"))
                .value(value),
            Self::Grid { entry, .. } | Self::Twice { entry, .. } => {
                Fault::new(FaultClass::Internal, "bad_catalogue").field(entry)
            }
        }
    }
}
