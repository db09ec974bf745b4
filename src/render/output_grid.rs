//! The pixels that an image has.

use crate::geo::{
    Area, Crs, GeoError, GridSpec, Lattice, LevelSpec, PixelWindow, RowDirection, Scale, TileGrid,
};
use crate::render::PlanError;
use crate::source::Source;

/// Whose pixels an image has.
#[derive(Debug, Clone, PartialEq, Default)]
pub enum OutputGrid {
    /// Those of the base layer's grid.
    #[default]
    OfBase,
    /// Those of a level of another grid.
    Grid(TileGrid),
    /// Those of a CRS, counted from its origin, of just the size that is asked for.
    Crs(Crs),
}

/// The pixels of an image.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct OutputPixels {
    pub lattice: Lattice,
    /// The level of the base's or the other grid.
    pub level: Option<u8>,
    /// Whether they are those of the base's grid.
    pub are_base: bool,
    pub window: PixelWindow,
    /// Where the map ends: left, top, right, bottom.
    pub bounds_px: (i64, i64, i64, i64),
}

impl OutputGrid {
    /// That of a grid or a CRS, where one was asked for.
    #[must_use]
    pub fn asked(grid: Option<TileGrid>, crs: Option<Crs>) -> Self {
        match (grid, crs) {
            (Some(grid), _) => Self::Grid(grid),
            (None, Some(crs)) => Self::Crs(crs),
            (None, None) => Self::OfBase,
        }
    }

    /// The pixels that show an area at a scale.
    pub(super) fn pixels(&self, base: &Source, scale: Scale, area: &Area) -> Result<OutputPixels, PlanError> {
        match self {
            Self::OfBase => {
                let level = scale.level(base.grid(), base.zooms(), area)?;
                of_level(base.grid(), level, area, true)
            }
            Self::Grid(grid) => of_level(grid, scale.level(grid, grid.levels(), area)?, area, false),
            Self::Crs(crs) => {
                let grid = grid_of(*crs, scale.resolution_in(*crs, area)?)?;
                Ok(OutputPixels { level: None, ..of_level(&grid, 0, area, false)? })
            }
        }
    }
}

fn of_level(grid: &TileGrid, level: u8, area: &Area, are_base: bool) -> Result<OutputPixels, PlanError> {
    let lattice = Lattice::of_grid(grid, level)?;
    let (window, bounds_px) = (area.window(grid, level)?, grid.bounds_px(level)?);
    Ok(OutputPixels { lattice, level: Some(level), are_base, window, bounds_px })
}

/// A grid of one level, from the origin of the CRS on.
fn grid_of(crs: Crs, resolution: f64) -> Result<TileGrid, GeoError> {
    const TILE_PX: u32 = 256;
    let spec = GridSpec {
        crs,
        origin: [0.0, 0.0],
        rows: RowDirection::Down,
        tile_size: TILE_PX,
        levels: vec![LevelSpec { z: 0, resolution }],
        resolutions: Vec::new(),
        first_level: None,
        extent: None,
    };
    TileGrid::from_spec(&crs.code(), &spec)
}
