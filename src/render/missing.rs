//! Tiles that could not be had.

use serde::{Deserialize, Serialize};

use crate::codec::DecodeError;
use crate::geo::TileCoord;
use crate::source::{FetchError, SourceId};

/// What an image shows where a tile is missing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Shown {
    /// A hatched tile with its coordinates.
    Mark,
    /// A lower level, enlarged.
    Parent,
    /// Nothing: the capture failed.
    Nothing,
}

/// A tile that could not be had after its retries.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MissingTile {
    /// The source that was asked.
    pub source: SourceId,
    /// The tile, as the source names it.
    #[serde(flatten)]
    pub tile: TileCoord,
    /// Why, in words.
    pub reason: String,
    /// What stands in its place.
    pub shown: Shown,
}

/// Why one tile is missing.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(super) enum TileError {
    #[error(transparent)]
    Fetch(#[from] FetchError),
    #[error(transparent)]
    Decode(#[from] DecodeError),
    #[error("it could not be drawn: {0}")]
    Draw(#[from] crate::raster::RasterError),
}
