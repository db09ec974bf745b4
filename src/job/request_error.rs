//! What is wrong with a request: the field, the value, the limit.

use thiserror::Error;

use crate::fault::{Explain, Fault, FaultClass};
use crate::geo::GeoError;
use crate::source::CatalogueError;

/// Why a request cannot be taken.
#[derive(Debug, Clone, PartialEq, Error)]
#[non_exhaustive]
pub enum RequestError {
    /// Not JSON at all.
    #[error("the body is not JSON: {reason}")]
    Json {
        /// The parser's words.
        reason: String,
    },
    /// A field has another type than it should.
    #[error("{field} has the wrong type: {reason}")]
    WrongType {
        /// Path of the field.
        field: String,
        /// What was given, shortened.
        value: String,
        /// The parser's words.
        reason: String,
    },
    /// A field that is not part of a request.
    #[error("there is no field {field} in a request")]
    UnknownField {
        /// Path of the field.
        field: String,
    },
    /// A field that must be there is not.
    #[error("{field} is missing: {reason}")]
    MissingField {
        /// Path of the field.
        field: String,
        /// What is needed.
        reason: &'static str,
    },
    /// Two fields that exclude each other.
    #[error("{field} cannot be given together with {other}")]
    Conflict {
        /// Path of the field.
        field: &'static str,
        /// Path of the other.
        other: &'static str,
    },
    /// A number outside its range.
    #[error("{field} is {value}, but must be between {min} and {max}")]
    OutOfRange {
        /// Path of the field.
        field: String,
        /// What was given.
        value: f64,
        /// Smallest allowed.
        min: f64,
        /// Largest allowed.
        max: f64,
    },
    /// Too many layers.
    #[error("{count} layers are too many: {max} are allowed")]
    TooManyLayers {
        /// How many were given.
        count: usize,
        /// How many are allowed.
        max: usize,
    },
    /// A layer names no source.
    #[error("{source}")]
    Source {
        /// Its place in `layers`.
        index: usize,
        /// What the catalogue says.
        source: CatalogueError,
    },
    /// The area itself.
    #[error(transparent)]
    Area(#[from] GeoError),
}

impl Explain for RequestError {
    fn fault(&self) -> Fault {
        let caller = |code| Fault::new(FaultClass::Caller, code);
        match self {
            Self::Json { .. } => caller("not_json"),
            Self::WrongType { field, value, .. } => caller("wrong_type").field(field).value(value),
            Self::UnknownField { field } => caller("unknown_field").field(field),
            Self::MissingField { field, .. } => caller("missing_field").field(field),
            Self::Conflict { field, .. } => caller("conflicting_fields").field(*field),
            Self::OutOfRange { field, value, min, max } => {
                caller("out_of_range").field(field).value(value).limit(format!("{min} to {max}"))
            }
            Self::TooManyLayers { count, max } => {
                caller("too_many_layers").field("layers").value(count).limit(max)
            }
            Self::Source { index, source } => source.fault().within(&format!("layers[{index}]")),
            Self::Area(error) => error.fault_of_request(),
        }
    }
}
