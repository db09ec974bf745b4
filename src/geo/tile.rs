//! Names of tiles.

use serde::{Deserialize, Serialize};

/// A tile as its server names it: level, column, row in the grid's own row direction.
///
/// Negative columns and rows are well formed in grids without an edge.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct TileCoord {
    /// Level (zoom).
    pub z: u8,
    /// Column, counted eastward.
    pub x: i32,
    /// Row, counted in the grid's row direction.
    pub y: i32,
}

impl std::fmt::Display for TileCoord {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}/{}/{}", self.z, self.x, self.y)
    }
}

/// A tile by its place on the pixel lattice: columns eastward and rows *downward* from the grid's origin,
/// whatever direction the grid's own rows have. Pixel (`column * tile_size`, `row * tile_size`) is its top left.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct LatticeTile {
    /// Columns east of the origin.
    pub column: i64,
    /// Rows below the origin; negative above it.
    pub row: i64,
}

/// A block of tiles on the lattice, both ends included.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TileRange {
    /// The north-western tile.
    pub first: LatticeTile,
    /// The south-eastern tile.
    pub last: LatticeTile,
}

impl TileRange {
    /// Number of columns.
    #[must_use]
    pub const fn columns(&self) -> u64 {
        (self.last.column - self.first.column + 1).unsigned_abs()
    }

    /// Number of rows.
    #[must_use]
    pub const fn rows(&self) -> u64 {
        (self.last.row - self.first.row + 1).unsigned_abs()
    }

    /// Number of tiles.
    #[must_use]
    pub const fn count(&self) -> u64 {
        self.columns().saturating_mul(self.rows())
    }

    /// The tiles row by row from the north-west.
    pub fn iter(&self) -> impl Iterator<Item = LatticeTile> + use<> {
        let (first, last) = (self.first, self.last);
        (first.row..=last.row)
            .flat_map(move |row| (first.column..=last.column).map(move |column| LatticeTile { column, row }))
    }
}
