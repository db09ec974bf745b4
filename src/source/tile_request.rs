//! What a source is asked for: a tile of its grid, or a map of a box.

use crate::geo::{Crs, Extent, TileCoord};

/// What a source is asked for.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum TileRequest {
    /// A tile of its own grid: `xyz` and `wmts`.
    Tile(TileCoord),
    /// A map of a box: `wms`.
    Map(MapBox),
}

/// A box and the picture that shows it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct MapBox {
    /// The CRS of the picture.
    pub crs: Crs,
    /// What it shows, from outer edge to outer edge of its pixels, CRS units.
    pub extent: Extent,
    /// Width in pixels.
    pub width_px: u32,
    /// Height in pixels.
    pub height_px: u32,
}

impl From<TileCoord> for TileRequest {
    fn from(tile: TileCoord) -> Self {
        Self::Tile(tile)
    }
}

impl From<MapBox> for TileRequest {
    fn from(map: MapBox) -> Self {
        Self::Map(map)
    }
}
