//! What can go wrong on the edge: the errors of the pure modules, and those of the runtime.

use thiserror::Error;
use wasm_bindgen::JsValue;

use crate::codec::EncodeError;
use crate::fault::{Explain, Fault, FaultClass};
use crate::job::{JobError, RequestError};
use crate::raster::RasterError;
use crate::render::PlanError;
use crate::source::{CatalogueError, FetchError};

/// Why a request cannot be answered as asked.
#[derive(Debug, Error)]
pub enum EdgeError {
    /// The request itself.
    #[error(transparent)]
    Request(#[from] RequestError),
    /// The image it asks for.
    #[error(transparent)]
    Plan(#[from] PlanError),
    /// The queue.
    #[error(transparent)]
    Job(#[from] JobError),
    /// A source that a path names, or the catalogue as a whole.
    #[error(transparent)]
    Catalogue(#[from] CatalogueError),
    /// A tile that a path names.
    #[error("the tile cannot be had: {0}")]
    Tile(#[from] FetchError),
    /// A tile could not be drawn.
    #[error(transparent)]
    Raster(#[from] RasterError),
    /// A tile could not be encoded.
    #[error(transparent)]
    Encode(#[from] EncodeError),
    /// No such path.
    #[error("there is nothing at {path}")]
    NoSuchPath {
        /// What was asked for.
        path: String,
    },
    /// The path exists, but not for this method.
    #[error("{path} does not take {method}; it takes {allowed}")]
    Method {
        /// What was asked for.
        path: String,
        /// How.
        method: String,
        /// What it takes.
        allowed: &'static str,
    },
    /// The body is larger than a request can be.
    #[error("the body is larger than {limit} bytes")]
    BodyTooLarge {
        /// The most that is read.
        limit: usize,
    },
    /// A header is not what it must be.
    #[error("the header {name} {reason}")]
    Header {
        /// Its name.
        name: &'static str,
        /// What it must be.
        reason: &'static str,
    },
    /// An object of ours did not answer in time.
    #[error("the {what} did not answer within {limit_ms} ms")]
    Silent {
        /// Which.
        what: &'static str,
        /// How long was waited.
        limit_ms: u64,
    },
    /// A chunk that should be in the store is not.
    #[error("a stored chunk cannot be found")]
    ChunkLost,
    /// A capture has as many sockets as it may have.
    #[error("this capture has {limit} sockets already")]
    TooManySockets {
        /// The most allowed.
        limit: usize,
    },
    /// Only the operator may do that.
    #[error(
        "this is for the operator alone: the header Authorization must be \"Bearer\" and the secret OPERATOR_KEY"
    )]
    NotOperator,
    /// A client asks for more tiles than it may.
    #[error("too many tiles are asked for at once")]
    TooManyTiles {
        /// How long to wait.
        retry_after_ms: u64,
    },
    /// The client went away.
    #[error("the transfer broke")]
    TransferBroke,
    /// The runtime, in its own words, which are logged and never sent.
    #[error("runtime: {0}")]
    Runtime(String),
}

impl From<worker::Error> for EdgeError {
    fn from(error: worker::Error) -> Self {
        Self::Runtime(error.to_string())
    }
}

impl From<JsValue> for EdgeError {
    fn from(error: JsValue) -> Self {
        worker::Error::from(error).into()
    }
}

impl From<serde_json::Error> for EdgeError {
    fn from(error: serde_json::Error) -> Self {
        Self::Runtime(error.to_string())
    }
}

impl Explain for EdgeError {
    fn fault(&self) -> Fault {
        let new = Fault::new;
        match self {
            Self::Request(e) => e.fault(),
            Self::Plan(e) => e.fault(),
            Self::Job(e) => e.fault(),
            Self::Catalogue(e) => e.fault(),
            Self::Tile(e) => {
                let found = if e.status() == Some(404) { FaultClass::NotFound } else { FaultClass::Source };
                new(found, "tile_missing")
            }
            Self::Raster(e) => e.fault(),
            Self::Encode(e) => e.fault(),
            Self::NoSuchPath { path } => new(FaultClass::NotFound, "no_such_path").value(path),
            Self::Method { method, allowed, .. } => {
                new(FaultClass::Method, "method_not_allowed").value(method).limit(allowed)
            }
            Self::BodyTooLarge { limit } => {
                new(FaultClass::TooLarge, "body_too_large").field("body").limit(format!("{limit} bytes"))
            }
            Self::Header { name, .. } => new(FaultClass::Caller, "bad_header").field(*name),
            Self::TooManySockets { limit } => new(FaultClass::TooMuch, "too_many_sockets")
                .limit(format!("{limit} sockets"))
                .retry_after(5_000),
            Self::NotOperator => new(FaultClass::Forbidden, "not_operator"),
            Self::TooManyTiles { retry_after_ms } => {
                new(FaultClass::TooMuch, "too_many_tiles_at_once").retry_after(*retry_after_ms)
            }
            Self::Silent { .. } => new(FaultClass::Busy, "busy").retry_after(2_000),
            Self::ChunkLost => new(FaultClass::Busy, "chunk_not_found").retry_after(5_000),
            Self::TransferBroke | Self::Runtime(_) => new(FaultClass::Internal, "internal"),
        }
    }
}
