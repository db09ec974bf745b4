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
    /// An entry is not of the shape of one.
    #[error("source \"{entry}\": {field} {reason}")]
    Shape {
        /// The entry's id, or its place in the list where it has none.
        entry: String,
        /// The field, as a path.
        field: String,
        /// What it must be.
        reason: String,
    },
    /// A part of a stack is wrong.
    #[error("source \"{entry}\": parts: {reason}")]
    Part {
        /// The stack's id.
        entry: String,
        /// What is wrong with the part.
        reason: Box<CatalogueError>,
    },
    /// A source's own description does not say what its entry leaves to it.
    #[error("source \"{entry}\": its capabilities {reason}")]
    Capabilities {
        /// The entry's id.
        entry: String,
        /// What is wrong with them, as the end of a sentence.
        reason: String,
    },
    /// A source that says itself how it wants to be asked has not been heard yet.
    #[error("source \"{id}\" has not described itself yet: its capabilities could not be read")]
    Undescribed {
        /// The source's id.
        id: String,
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
            Self::Capabilities { entry, .. } => {
                Fault::new(FaultClass::Source, "bad_capabilities").field("source").value(entry)
            }
            Self::Undescribed { id } => {
                Fault::new(FaultClass::Busy, "no_capabilities").field("source").value(id).retry_after(10_000)
            }
            Self::Part { entry, reason } => {
                let fault = reason.fault();
                let field = fault.field.clone().unwrap_or_default();
                Fault { field: Some(format!("{entry}.parts.{field}")), ..fault }
            }
            Self::Shape { entry, field, .. } => {
                Fault::new(FaultClass::Internal, "bad_catalogue").field(format!("{entry}.{field}"))
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
