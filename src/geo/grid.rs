//! Tile grids (OGC: TileMatrixSets): CRS, origin, resolutions, tile size, row direction.

use crate::geo::{Crs, Extent, GeoError, GeoTransform, LatticeTile, PixelWindow, Point, TileCoord};

/// The ids that [`TileGrid::named`] knows, for messages.
pub const GRID_IDS: &str = "webmercator-xyz, webmercator-tms";

/// Half the side of the Web Mercator square: pi times the radius of EPSG:3857, in metres.
const MERCATOR_HALF_M: f64 = 20_037_508.342_789_244;

/// Web Mercator units per pixel at level 0 with 256 px tiles (OGC WebMercatorQuad).
const MERCATOR_LEVEL_0_M: f64 = 156_543.033_928_040_97;

/// Whether row 0 is the northernmost row or the southernmost.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RowDirection {
    /// Row 0 lies below the origin; rows count southward (XYZ, WMTS).
    Down,
    /// Row 0 lies above the origin; rows count northward (TMS).
    Up,
}

/// A tile grid.
///
/// Inside, every grid is a lattice of pixels that counts eastward and downward from its origin, so that
/// windows, strips and tiles of all grids are cut alike; [`TileGrid::coord`] turns a place on the lattice
/// into the name that the server knows.
#[derive(Debug, Clone, PartialEq)]
pub struct TileGrid {
    id: &'static str,
    crs: Crs,
    origin: Point,
    row_direction: RowDirection,
    tile_size_px: u32,
    level_0_resolution: f64,
    levels: (u8, u8),
    extent: Extent,
}

impl TileGrid {
    /// A grid by its id, with tiles of `tile_size_px` (256 or 512). Larger tiles cover the same ground with more
    /// pixels, so the resolution of each level is finer in proportion.
    ///
    /// Definitions: OGC 17-083r4 annex D (WebMercatorQuad); TMS rows as in the OSGeo Tile Map Service.
    ///
    /// # Errors
    /// [`GeoError::UnknownGrid`], [`GeoError::TileSize`].
    pub fn named(id: &str, tile_size_px: u32) -> Result<Self, GeoError> {
        if !matches!(tile_size_px, 256 | 512) {
            return Err(GeoError::TileSize { value: tile_size_px });
        }
        let (id, row_direction, origin_y) = match id {
            "webmercator-xyz" => ("webmercator-xyz", RowDirection::Down, MERCATOR_HALF_M),
            "webmercator-tms" => ("webmercator-tms", RowDirection::Up, -MERCATOR_HALF_M),
            _ => return Err(GeoError::UnknownGrid { id: id.to_owned(), known: GRID_IDS }),
        };
        Ok(Self {
            id,
            crs: Crs::WEB_MERCATOR,
            origin: Point { x: -MERCATOR_HALF_M, y: origin_y },
            row_direction,
            tile_size_px,
            level_0_resolution: MERCATOR_LEVEL_0_M * 256.0 / f64::from(tile_size_px),
            levels: (0, 24),
            extent: Extent {
                min_x: -MERCATOR_HALF_M,
                min_y: -MERCATOR_HALF_M,
                max_x: MERCATOR_HALF_M,
                max_y: MERCATOR_HALF_M,
            },
        })
    }

    /// The grid's id.
    #[must_use]
    pub const fn id(&self) -> &'static str {
        self.id
    }

    /// The CRS of the grid.
    #[must_use]
    pub const fn crs(&self) -> Crs {
        self.crs
    }

    /// Side of a tile in pixels.
    #[must_use]
    pub const fn tile_size_px(&self) -> u32 {
        self.tile_size_px
    }

    /// First and last level.
    #[must_use]
    pub const fn levels(&self) -> (u8, u8) {
        self.levels
    }

    /// What the grid covers, CRS units.
    #[must_use]
    pub const fn extent(&self) -> Extent {
        self.extent
    }

    /// CRS units per pixel at a level.
    ///
    /// # Errors
    /// [`GeoError::Level`] when the grid has no such level.
    pub fn resolution(&self, level: u8) -> Result<f64, GeoError> {
        let (min, max) = self.levels;
        if level < min || level > max {
            return Err(GeoError::Level { level, grid: self.id, min, max });
        }
        Ok(self.level_0_resolution / f64::from(1u32 << level))
    }

    /// The place of a point on a level's lattice, in fractional pixels east and south of the origin.
    ///
    /// # Errors
    /// [`GeoError::Level`].
    pub fn lattice_px(&self, level: u8, at: Point) -> Result<(f64, f64), GeoError> {
        let resolution = self.resolution(level)?;
        Ok(((at.x - self.origin.x) / resolution, (self.origin.y - at.y) / resolution))
    }

    /// Where the pixels of a window lie on the ground.
    ///
    /// # Errors
    /// [`GeoError::Level`].
    pub fn transform(&self, level: u8, window: &PixelWindow) -> Result<GeoTransform, GeoError> {
        let resolution = self.resolution(level)?;
        Ok(GeoTransform {
            origin_x: self.origin.x + window.left_px() as f64 * resolution,
            origin_y: self.origin.y - window.top_px() as f64 * resolution,
            resolution,
        })
    }

    /// The name of a lattice tile, or `None` where it is beyond what a name can hold.
    #[must_use]
    pub fn coord(&self, level: u8, tile: LatticeTile) -> Option<TileCoord> {
        let row = match self.row_direction {
            RowDirection::Down => tile.row,
            RowDirection::Up => -1 - tile.row,
        };
        Some(TileCoord { z: level, x: i32::try_from(tile.column).ok()?, y: i32::try_from(row).ok()? })
    }

    /// The place of a named tile on the lattice. The inverse of [`TileGrid::coord`].
    #[must_use]
    pub fn lattice_tile(&self, coord: TileCoord) -> LatticeTile {
        let row = i64::from(coord.y);
        LatticeTile {
            column: i64::from(coord.x),
            row: match self.row_direction {
                RowDirection::Down => row,
                RowDirection::Up => -1 - row,
            },
        }
    }

    /// The window that one tile fills.
    ///
    /// # Errors
    /// Never for the tile sizes a grid can have; the signature is that of [`PixelWindow::new`].
    pub fn tile_window(&self, tile: LatticeTile) -> Result<PixelWindow, GeoError> {
        let size = i64::from(self.tile_size_px);
        PixelWindow::new(tile.column * size, tile.row * size, self.tile_size_px, self.tile_size_px)
    }

    /// The box that a tile covers, CRS units.
    ///
    /// # Errors
    /// [`GeoError::Level`].
    pub fn tile_extent(&self, coord: TileCoord) -> Result<Extent, GeoError> {
        let window = self.tile_window(self.lattice_tile(coord))?;
        Ok(self.transform(coord.z, &window)?.extent(self.tile_size_px, self.tile_size_px))
    }

    /// The whole map as a window: its first and last pixel row and column on the lattice (left, top, right, bottom).
    ///
    /// # Errors
    /// [`GeoError::Level`].
    pub fn bounds_px(&self, level: u8) -> Result<(i64, i64, i64, i64), GeoError> {
        let (left, top) = self.lattice_px(level, Point { x: self.extent.min_x, y: self.extent.max_y })?;
        let (right, bottom) = self.lattice_px(level, Point { x: self.extent.max_x, y: self.extent.min_y })?;
        Ok((left.round() as i64, top.round() as i64, right.round() as i64, bottom.round() as i64))
    }

    /// Whether the named tile lies on the map.
    #[must_use]
    pub fn contains(&self, coord: TileCoord) -> bool {
        let Ok((left, top, right, bottom)) = self.bounds_px(coord.z) else { return false };
        let size = i64::from(self.tile_size_px);
        let tile = self.lattice_tile(coord);
        let (x, y) = (tile.column * size, tile.row * size);
        x >= left && x < right && y >= top && y < bottom
    }

    /// How this grid's lattice at `level` lies on another's: the other's level of the same resolution, and what to add
    /// to a pixel's (column, row) on this lattice to get its place on the other. `None` where the pixels of the two
    /// do not coincide.
    #[must_use]
    pub fn shift_to(&self, level: u8, other: &Self) -> Option<(u8, i64, i64)> {
        /// Pixels coincide when they are nearer than this.
        const NEAR_PX: f64 = 1e-6;
        if self.crs != other.crs {
            return None;
        }
        let resolution = self.resolution(level).ok()?;
        let (first, last) = other.levels;
        let same =
            |candidate: &u8| other.resolution(*candidate).is_ok_and(|r| (r / resolution - 1.0).abs() < 1e-12);
        let other_level = (first..=last).find(same)?;
        let (x, y) = other.lattice_px(other_level, self.origin).ok()?;
        let whole = |v: f64| ((v - v.round()).abs() < NEAR_PX).then_some(v.round() as i64);
        Some((other_level, whole(x)?, whole(y)?))
    }

    /// The tile of the next lower level that holds this one.
    ///
    /// `None` at the first level. Holds for grids whose resolution halves from level to level.
    #[must_use]
    pub fn parent(&self, level: u8, tile: LatticeTile) -> Option<(u8, LatticeTile)> {
        (level > self.levels.0).then(|| {
            (level - 1, LatticeTile { column: tile.column.div_euclid(2), row: tile.row.div_euclid(2) })
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn grid(id: &str, tile_size_px: u32) -> TileGrid {
        TileGrid::named(id, tile_size_px).unwrap()
    }

    #[test]
    fn lattices_of_xyz_and_tms_and_large_tiles_coincide() {
        let (xyz, tms, large) =
            (grid("webmercator-xyz", 256), grid("webmercator-tms", 256), grid("webmercator-xyz", 512));
        assert_eq!(xyz.shift_to(7, &xyz), Some((7, 0, 0)));
        assert_eq!(xyz.shift_to(7, &tms), Some((7, 0, -(256 << 7))));
        assert_eq!(tms.shift_to(7, &xyz), Some((7, 0, 256 << 7)));
        assert_eq!(xyz.shift_to(7, &large), Some((6, 0, 0)));
        assert_eq!(xyz.shift_to(0, &large), None);
    }

    #[test]
    fn the_same_ground_has_the_same_tile_in_both_row_directions() {
        let (xyz, tms) = (grid("webmercator-xyz", 256), grid("webmercator-tms", 256));
        let coord = TileCoord { z: 5, x: 27, y: 12 };
        let other = TileCoord { z: 5, x: 27, y: 31 - 12 };
        let (a, b) = (xyz.tile_extent(coord).unwrap(), tms.tile_extent(other).unwrap());
        assert!((a.min_y - b.min_y).abs() < 1e-6 && (a.max_x - b.max_x).abs() < 1e-6);
        for (grid, coord) in [(&xyz, coord), (&tms, other)] {
            assert!(grid.contains(coord));
            assert!(!grid.contains(TileCoord { y: 32, ..coord }));
            assert!(!grid.contains(TileCoord { x: -1, ..coord }));
            assert!(!grid.contains(TileCoord { z: 25, ..coord }));
            let (level, parent) = grid.parent(5, grid.lattice_tile(coord)).unwrap();
            let parent = grid.tile_extent(grid.coord(level, parent).unwrap()).unwrap();
            let child = grid.tile_extent(coord).unwrap();
            assert!(parent.min_x <= child.min_x + 1.0 && parent.max_y >= child.max_y - 1.0);
            assert!(parent.max_x >= child.max_x - 1.0 && parent.min_y <= child.min_y + 1.0);
        }
    }
}
