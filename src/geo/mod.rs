//! Where things are: coordinate reference systems, tile grids, areas and pixel windows.
//!
//! Pure geometry in f64. Coordinates are x = east, y = north everywhere; pixels count from the top left.

mod area;
mod crs;
mod ellipsoid;
mod error;
mod extent;
mod geodesic;
mod grid;
mod grid_spec;
mod lattice;
mod lattice_map;
mod lonlat;
mod math;
mod mesh;
mod named_grid;
mod projection;
mod scale;
mod tile;
mod transform;
mod transverse_mercator;
mod window;

pub use area::Area;
pub use crs::{AxisOrder, Crs, KNOWN_CRS, Point};
pub use error::GeoError;
pub use extent::Extent;
pub use geodesic::{Circle, GroundResolution, ground_resolution};
pub use grid::{Parent, RowDirection, TileGrid};
pub use grid_spec::{GridSpec, LevelSpec};
pub use lattice::Lattice;
pub use lattice_map::LatticeMap;
pub use lonlat::LonLat;
pub use mesh::{Mesh, MeshSpan, Piece, PlaceMap, Shrink};
pub use named_grid::GRID_IDS;
pub use scale::Scale;
pub use tile::{LatticeTile, TileCoord, TileRange};
pub use transform::GeoTransform;
pub use window::PixelWindow;
