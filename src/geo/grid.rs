//! Tile grids (OGC: TileMatrixSets): CRS, origin, resolutions, tile size, row direction.

use serde::{Deserialize, Serialize};

use crate::geo::named_grid::{self, GRID_IDS};
use crate::geo::{
    Crs, Extent, GeoError, GeoTransform, GridSpec, LatticeTile, LevelSpec, PixelWindow, Point, TileCoord,
};

/// Whether row 0 is the northernmost row or the southernmost.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum RowDirection {
    /// Row 0 lies below the origin; rows count southward (XYZ, WMTS).
    #[default]
    Down,
    /// Row 0 lies above the origin; rows count northward (TMS).
    Up,
}

/// A tile grid.
///
/// Inside, every grid is a lattice of pixels that counts eastward and downward from its origin, so that
/// windows, strips and tiles of all grids are cut alike; [`TileGrid::coord`] turns a place on the lattice
/// into the name that the server knows.
///
/// # Guarantees
/// At least one level; no two have the same number or resolution; every pixel of the CRS's domain is within
/// [`PixelWindow::MAX_PLACE_PX`] of the origin.
#[derive(Debug, Clone, PartialEq)]
pub struct TileGrid {
    id: String,
    crs: Crs,
    origin: Point,
    row_direction: RowDirection,
    tile_size_px: u32,
    /// From coarse to fine, whatever their numbers.
    levels: Vec<LevelSpec>,
    extent: Extent,
}

/// A tile of a coarser level, and which part of it another tile is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Parent {
    /// The coarser level.
    pub level: u8,
    /// Its tile.
    pub tile: LatticeTile,
    /// How many tiles of the finer level lie along a side of it, at least 2.
    pub times: u32,
    /// Which of them, counted from the left.
    pub column: u32,
    /// Which of them, counted from the top.
    pub row: u32,
}

impl TileGrid {
    /// The most levels of a grid.
    pub const MAX_LEVELS: usize = 64;

    /// A grid by its id, with tiles of `tile_size_px`, or as the grid has them. Larger tiles cover the same ground with more
    /// pixels (@2x), so the resolution of each level is finer in proportion.
    ///
    /// # Errors
    /// [`GeoError::UnknownGrid`], [`GeoError::TileSize`] for other than one, two, three or four times the grid's own, up to
    /// 1024 px.
    pub fn named(id: &str, tile_size_px: impl Into<Option<u32>>) -> Result<Self, GeoError> {
        let unknown = || GeoError::UnknownGrid { id: id.chars().take(64).collect(), known: GRID_IDS };
        let grid = named_grid::find(id).ok_or_else(unknown)?;
        let crs = Crs::from_epsg(grid.epsg).ok_or_else(unknown)?;
        let tile_size_px = tile_size_px.into().unwrap_or(grid.tile_size_px);
        if tile_size_px > 1024 || tile_size_px == 0 || !tile_size_px.is_multiple_of(grid.tile_size_px) {
            return Err(GeoError::TileSize { value: tile_size_px, own: grid.tile_size_px });
        }
        let mut resolution = grid.resolution * f64::from(grid.tile_size_px) / f64::from(tile_size_px);
        let mut levels = Vec::new();
        for z in grid.levels.0..=grid.levels.1 {
            levels.push(LevelSpec { z, resolution });
            resolution *= grid.step;
        }
        let [x, y] = grid.origin;
        Ok(Self::new(id.to_owned(), crs, Point { x, y }, grid.rows, tile_size_px, levels, crs.domain()))
    }

    /// A grid given in full, to be known as `id`.
    ///
    /// # Errors
    /// [`GeoError::BadGrid`] naming the field.
    pub fn from_spec(id: &str, spec: &GridSpec) -> Result<Self, GeoError> {
        let bad = |field: &'static str, value: f64, reason: &'static str| {
            Err(GeoError::BadGrid { field, value, reason })
        };
        if !matches!(spec.tile_size, 256 | 512 | 768 | 1024) {
            return bad("tile_size", spec.tile_size.into(), "must be 256, 512, 768 or 1024");
        }
        let count = spec.levels.len() + spec.resolutions.len();
        if spec.levels.is_empty() == spec.resolutions.is_empty() || count > Self::MAX_LEVELS {
            let reason = "must have 1 to 64 levels, either in levels or in resolutions";
            return bad("levels", count as f64, reason);
        }
        if spec.first_level.is_some() && spec.resolutions.is_empty() {
            return bad("first_level", spec.first_level.unwrap_or(0).into(), "is for resolutions alone");
        }
        let domain = spec.crs.domain();
        let [x, y] = spec.origin;
        for v in [x, y] {
            if !v.is_finite() {
                return bad("origin", v, "must be two numbers");
            }
        }
        let extent = spec.extent.unwrap_or(domain);
        for (low, high) in [(extent.min_x, extent.max_x), (extent.min_y, extent.max_y)] {
            // Not `low >= high`: NaN must not pass.
            if !(low < high && low.is_finite() && high.is_finite()) {
                return bad("extent", low, "must be min_x, min_y, max_x, max_y in CRS units");
            }
        }
        let first = spec.first_level.unwrap_or(0);
        let mut levels = spec.levels.clone();
        for (z, resolution) in (first..=u8::MAX).zip(&spec.resolutions) {
            levels.push(LevelSpec { z, resolution: *resolution });
        }
        if levels.len() != count {
            return bad("first_level", first.into(), "is so high that numbers would go beyond 255");
        }
        // The longest way from the origin to a place that may be asked for.
        let reach = [x - domain.min_x, domain.max_x - x, y - domain.min_y, domain.max_y - y]
            .into_iter()
            .fold(0.0, |most: f64, v| most.max(v.abs()));
        let finest = reach / (PixelWindow::MAX_PLACE_PX as f64 / 2.0);
        for (index, level) in levels.iter().enumerate() {
            let resolution = level.resolution;
            if !(resolution > finest && resolution <= domain.width()) {
                return bad("resolution", resolution, "must be above 0, and neither too fine nor too coarse");
            }
            for other in levels.iter().take(index) {
                if other.z == level.z {
                    return bad("z", level.z.into(), "stands twice");
                }
                if other.resolution == resolution {
                    return bad("resolution", resolution, "stands twice");
                }
            }
        }
        let origin = Point { x, y };
        Ok(Self::new(id.to_owned(), spec.crs, origin, spec.rows, spec.tile_size, levels, extent))
    }

    fn new(
        id: String,
        crs: Crs,
        origin: Point,
        row_direction: RowDirection,
        tile_size_px: u32,
        mut levels: Vec<LevelSpec>,
        extent: Extent,
    ) -> Self {
        levels.sort_by(|a, b| b.resolution.total_cmp(&a.resolution));
        Self { id, crs, origin, row_direction, tile_size_px, levels, extent }
    }

    /// The grid in full.
    #[must_use]
    pub fn spec(&self) -> GridSpec {
        GridSpec {
            crs: self.crs,
            origin: [self.origin.x, self.origin.y],
            rows: self.row_direction,
            tile_size: self.tile_size_px,
            levels: self.levels.clone(),
            resolutions: Vec::new(),
            first_level: None,
            extent: Some(self.extent),
        }
    }

    /// The grid's id.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.id
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

    /// Whether rows go down from the origin or up.
    #[must_use]
    pub const fn row_direction(&self) -> RowDirection {
        self.row_direction
    }

    /// The corner that tiles are counted from, CRS units.
    #[must_use]
    pub const fn origin(&self) -> Point {
        self.origin
    }

    /// The lowest and the highest level number. Which of them is coarse is the grid's choice; numbers between may be absent.
    #[must_use]
    pub fn levels(&self) -> (u8, u8) {
        self.levels.iter().fold((u8::MAX, 0), |(low, high), level| (low.min(level.z), high.max(level.z)))
    }

    /// Numbers and resolutions of all levels, from coarse to fine.
    pub fn coarse_to_fine(&self) -> impl DoubleEndedIterator<Item = (u8, f64)> + Clone {
        self.levels.iter().map(|level| (level.z, level.resolution))
    }

    /// The level best suited to be resampled to `resolution` CRS units per pixel, of those numbered from `first` to `last`:
    /// the coarsest that is at least as fine, or else the finest. `None` when there is none.
    #[must_use]
    pub fn level_near(&self, resolution: f64, (first, last): (u8, u8)) -> Option<u8> {
        /// Resolutions that differ by rounding alone are the same.
        const SLACK: f64 = 1.0 + 1e-9;
        let mut levels = self.coarse_to_fine().filter(|(z, _)| (first..=last).contains(z));
        let finest = levels.clone().next_back()?;
        Some(levels.find(|(_, own)| *own <= resolution * SLACK).unwrap_or(finest).0)
    }

    /// Where there are tiles, CRS units.
    #[must_use]
    pub const fn extent(&self) -> Extent {
        self.extent
    }

    /// CRS units per pixel at a level.
    ///
    /// # Errors
    /// [`GeoError::Level`] when the grid has no such level.
    pub fn resolution(&self, level: u8) -> Result<f64, GeoError> {
        let found = self.coarse_to_fine().find(|(z, _)| *z == level);
        found.map(|(_, resolution)| resolution).ok_or_else(|| self.no_level(level, self.levels()))
    }

    /// The error for a level that is not there, or not among those from `min` to `max`.
    pub(super) fn no_level(&self, level: u8, (min, max): (u8, u8)) -> GeoError {
        GeoError::Level { level, grid: self.id.clone(), min, max }
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

    /// Where coordinates of the CRS mean something, as pixels of a level's lattice: first and last column and row (left, top,
    /// right, bottom; the last two are beyond).
    ///
    /// # Errors
    /// [`GeoError::Level`].
    pub fn bounds_px(&self, level: u8) -> Result<(i64, i64, i64, i64), GeoError> {
        self.box_px(level, &self.crs.domain())
    }

    /// A box in whole pixels, outward.
    fn box_px(&self, level: u8, of: &Extent) -> Result<(i64, i64, i64, i64), GeoError> {
        /// So near to a pixel edge a place lies on it.
        const NEAR_PX: f64 = 1e-6;
        let (left, top) = self.lattice_px(level, Point { x: of.min_x, y: of.max_y })?;
        let (right, bottom) = self.lattice_px(level, Point { x: of.max_x, y: of.min_y })?;
        let first = |v: f64| (v + NEAR_PX).floor() as i64;
        let last = |v: f64| (v - NEAR_PX).ceil() as i64;
        Ok((first(left), first(top), last(right), last(bottom)))
    }

    /// Whether the named tile shows any of the grid's extent.
    #[must_use]
    pub fn contains(&self, coord: TileCoord) -> bool {
        let Ok((left, top, right, bottom)) = self.box_px(coord.z, &self.extent) else { return false };
        let size = i64::from(self.tile_size_px);
        let tile = self.lattice_tile(coord);
        let (x, y) = (tile.column * size, tile.row * size);
        x + size > left && x < right && y + size > top && y < bottom
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
        let (other_level, _) =
            other.coarse_to_fine().find(|(_, own)| (own / resolution - 1.0).abs() < 1e-12)?;
        let (x, y) = other.lattice_px(other_level, self.origin).ok()?;
        let whole = |v: f64| ((v - v.round()).abs() < NEAR_PX).then_some(v.round() as i64);
        Some((other_level, whole(x)?, whole(y)?))
    }

    /// The tile of the next coarser level that holds this one whole: the nearest whose resolution is a whole multiple of this
    /// level's. `None` where there is none.
    #[must_use]
    pub fn parent(&self, level: u8, tile: LatticeTile) -> Option<Parent> {
        /// A larger part of a tile is too few pixels to show anything.
        const MOST_TIMES: f64 = 16.0;
        let resolution = self.resolution(level).ok()?;
        let (level, times) = self.coarse_to_fine().rev().find_map(|(z, coarser)| {
            let times = (coarser / resolution).round();
            let whole = (coarser / resolution - times).abs() < 1e-9;
            (whole && times > 1.0 && times <= MOST_TIMES).then_some((z, times as u32))
        })?;
        let by = i64::from(times);
        Some(Parent {
            level,
            tile: LatticeTile { column: tile.column.div_euclid(by), row: tile.row.div_euclid(by) },
            times,
            column: tile.column.rem_euclid(by) as u32,
            row: tile.row.rem_euclid(by) as u32,
        })
    }
}

#[cfg(test)]
#[path = "grid_tests.rs"]
mod tests;
