//! A tile grid as a catalogue writes it: given in full.

use serde::{Deserialize, Serialize};

use crate::geo::{Crs, Extent, RowDirection};

/// A tile grid given in full, as data. [`TileGrid::from_spec`](crate::geo::TileGrid::from_spec) checks it.
///
/// The levels stand in `levels`, or in `resolutions` with consecutive numbers from `first_level`; they may come in any order.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GridSpec {
    /// The CRS of the coordinates below.
    pub crs: Crs,
    /// The corner that tiles are counted from, x (east) and y (north): the north-western where rows go down, the
    /// south-western where they go up.
    pub origin: [f64; 2],
    /// Whether rows count downward from the origin or upward.
    #[serde(default)]
    pub rows: RowDirection,
    /// Side of a tile in pixels: 256, 512, 768 or 1024.
    #[serde(default = "usual_tile_size")]
    pub tile_size: u32,
    /// Levels by their numbers.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub levels: Vec<LevelSpec>,
    /// CRS units per pixel of consecutive levels.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub resolutions: Vec<f64>,
    /// The number of the first of `resolutions`; 0 if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub first_level: Option<u8>,
    /// Where there are tiles, CRS units; where the CRS means something if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub extent: Option<Extent>,
}

/// One level of a grid.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LevelSpec {
    /// The number by which the server knows the level.
    pub z: u8,
    /// CRS units per pixel.
    pub resolution: f64,
}

const fn usual_tile_size() -> u32 {
    256
}
