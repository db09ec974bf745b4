//! What to do where a tile cannot be had.

use serde::{Deserialize, Serialize};

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
