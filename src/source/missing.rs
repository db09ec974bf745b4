//! Tiles that cannot be had: what to do then, and how they are reported.

use serde::{Deserialize, Serialize};

use crate::geo::TileCoord;
use crate::source::SourceId;

/// What to do where a tile cannot be had after its retries. Every such tile is reported, whatever is chosen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum OnMissing {
    /// The whole capture fails, naming the tile and the reason.
    #[default]
    Fail,
    /// A hatched tile with its coordinates stands in its place.
    Mark,
    /// The part of the next lower level is enlarged into its place; marked where that cannot be had either.
    Parent,
}

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
#[serde(from = "Written", into = "Written")]
pub struct MissingTile {
    /// The source that was asked.
    pub source: SourceId,
    /// The tile, as the source names it.
    pub tile: TileCoord,
    /// Why, in words.
    pub reason: String,
    /// What stands in its place.
    pub shown: Shown,
}

/// How a missing tile is written: without nesting. Spelled out, because `flatten` reads through a copy of everything.
#[derive(Serialize, Deserialize)]
struct Written {
    source: SourceId,
    z: u8,
    x: i32,
    y: i32,
    reason: String,
    shown: Shown,
}

impl From<Written> for MissingTile {
    fn from(written: Written) -> Self {
        let Written { source, z, x, y, reason, shown } = written;
        Self { source, tile: TileCoord { z, x, y }, reason, shown }
    }
}

impl From<MissingTile> for Written {
    fn from(missing: MissingTile) -> Self {
        let MissingTile { source, tile: TileCoord { z, x, y }, reason, shown } = missing;
        Self { source, z, x, y, reason, shown }
    }
}
