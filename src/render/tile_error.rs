//! Why one tile is missing.

use crate::codec::{CarryError, DecodeError, EncodeError};
use crate::raster::RasterError;
use crate::source::FetchError;

/// Why one tile is missing: its bytes could not be had, or they are not the tile.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(super) enum TileError {
    #[error(transparent)]
    Fetch(#[from] FetchError),
    #[error(transparent)]
    Decode(#[from] DecodeError),
    #[error(transparent)]
    Carry(#[from] CarryError),
    #[error("it could not be encoded: {0}")]
    Encode(#[from] EncodeError),
    #[error(transparent)]
    Colours(RasterError),
    #[error("it could not be drawn: {0}")]
    Draw(#[from] RasterError),
}
