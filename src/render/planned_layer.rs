//! A layer of a plan.

use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize};

use crate::geo::{PixelWindow, TileGrid, TileRange};
use crate::render::PlanError;
use crate::source::Layer;

/// A layer and how its lattice lies on the base's.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct PlannedLayer {
    pub layer: Layer,
    /// The layer's own level.
    pub level: u8,
    /// What to add to a pixel's place on the base's lattice to get its place on the layer's.
    #[serde(deserialize_with = "shift_px")]
    shift_px: (i64, i64),
}

/// Lattices lie no further apart than a window can lie from an origin.
fn shift_px<'de, D: Deserializer<'de>>(stored: D) -> Result<(i64, i64), D::Error> {
    let (columns, rows) = Deserialize::deserialize(stored)?;
    PixelWindow::new(columns, rows, 1, 1).map_err(D::Error::custom)?;
    Ok((columns, rows))
}

impl PlannedLayer {
    pub fn new(
        grid: &TileGrid,
        level: u8,
        base: &Layer,
        index: usize,
        layer: &Layer,
    ) -> Result<Self, PlanError> {
        let source = &layer.source;
        let (own_level, dx, dy) = grid.shift_to(level, source.grid()).ok_or_else(|| {
            PlanError::LayerGrid { index, layer: source.id().clone(), base: base.source.id().clone() }
        })?;
        let (min, max) = source.zooms();
        if !(min..=max).contains(&own_level) {
            return Err(PlanError::LayerLevel {
                index,
                layer: source.id().clone(),
                level: own_level,
                min,
                max,
            });
        }
        Ok(Self { layer: layer.clone(), level: own_level, shift_px: (dx, dy) })
    }

    /// A window of the base's lattice on this layer's.
    pub fn window(&self, base: &PixelWindow) -> PixelWindow {
        base.shifted(self.shift_px.0, self.shift_px.1)
    }

    /// The layer's tiles under a window of the base's lattice.
    pub fn tiles(&self, base: &PixelWindow) -> TileRange {
        self.window(base).tiles(self.layer.source.grid().tile_size_px())
    }
}
