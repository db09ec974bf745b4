//! Which squares a layer is fetched in, for an image on a given lattice.

use crate::geo::{Crs, Lattice, LatticeMap, PixelWindow, Point};
use crate::render::PlanError;
use crate::render::planned_layer::{Place, PlannedLayer, Squares};
use crate::source::{Kind, Layer, Source, Wms};

/// A level is fine enough whose pixels are at most so much larger than the image's.
const COARSER: f64 = 1.2;

/// Side of a square of a map that is drawn here.
const DRAWN_PX: u32 = 256;

/// Where the image lies, for its layers.
pub(super) struct Ground<'a> {
    pub lattice: &'a Lattice,
    /// The base's level, where the image has its pixels.
    pub base_level: Option<u8>,
    pub window: &'a PixelWindow,
}

impl Ground<'_> {
    /// The layer at `index`, counted from the base.
    pub fn layer(&self, index: usize, layer: &Layer) -> Result<PlannedLayer, PlanError> {
        let source = &layer.source;
        match source.kind() {
            Kind::NaturalEarth => Ok(self.drawn(layer)),
            Kind::Wms(wms) => self.maps(index, layer, wms),
            // A stack was taken apart, and what is not described has no grid: planning never sees them.
            Kind::Xyz(_) | Kind::Wmts(_) | Kind::Stack(_) | Kind::Undescribed(_) => {
                let own = self.base_level.filter(|_| index == 0);
                let level = own.or_else(|| self.same_pixels(source));
                self.tiles(layer, level.map_or_else(|| self.nearest(index, source), Ok)?)
            }
        }
    }

    fn tiles(&self, layer: &Layer, level: u8) -> Result<PlannedLayer, PlanError> {
        let lattice = Lattice::of_grid(layer.source.grid(), level)?;
        Ok(self.placed(layer, lattice, Squares::Tiles { level }))
    }

    fn placed(&self, layer: &Layer, lattice: Lattice, squares: Squares) -> PlannedLayer {
        let shift = self.lattice.shift_to(&lattice);
        let place = shift.map_or(Place::Resampled, |(columns, rows)| Place::Shifted(columns, rows));
        PlannedLayer { layer: layer.clone(), lattice, squares, place }
    }

    /// The level of a source whose pixels are the image's.
    fn same_pixels(&self, source: &Source) -> Option<u8> {
        let (first, last) = source.zooms();
        let same = |level: &u8| {
            Lattice::of_grid(source.grid(), *level).is_ok_and(|own| self.lattice.shift_to(&own).is_some())
        };
        (first..=last).find(same)
    }

    /// The level from whose pixels the image's are best made.
    fn nearest(&self, index: usize, source: &Source) -> Result<u8, PlanError> {
        let elsewhere = || PlanError::LayerElsewhere {
            index,
            layer: source.id().clone(),
            layer_crs: source.grid().crs(),
            image_crs: self.lattice.crs(),
        };
        let wanted = self.resolution_in(source.grid().crs()).ok_or_else(elsewhere)?;
        source.grid().level_near(wanted * COARSER, source.zooms()).ok_or_else(elsewhere)
    }

    /// A map that is drawn here: in whatever CRS, at whatever resolution.
    fn drawn(&self, layer: &Layer) -> PlannedLayer {
        if let Some(level) = self.same_pixels(&layer.source)
            && let Ok(tiles) = self.tiles(layer, level)
        {
            return tiles;
        }
        self.placed(layer, *self.lattice, Squares::Maps { side_px: DRAWN_PX, margin_px: 0 })
    }

    /// Maps of a WMS: in the image's CRS, pixel for pixel, if the source has it; else in another, to be resampled.
    fn maps(&self, index: usize, layer: &Layer, wms: &Wms) -> Result<PlannedLayer, PlanError> {
        let crs = wms.best_crs(self.lattice.crs());
        let squares = Squares::Maps { side_px: wms.piece_px(), margin_px: wms.buffer_px() };
        if crs == self.lattice.crs() {
            return Ok(self.placed(layer, *self.lattice, squares));
        }
        let resolution = self.resolution_in(crs).ok_or_else(|| PlanError::LayerElsewhere {
            index,
            layer: layer.source.id().clone(),
            layer_crs: crs,
            image_crs: self.lattice.crs(),
        })?;
        let resolution = step_below(resolution);
        let lattice = Lattice::new(crs, Point { x: 0.0, y: 0.0 }, resolution)?;
        Ok(self.placed(layer, lattice, squares))
    }

    /// Units of another CRS that a pixel in the middle of the image covers; `None` where that CRS does not reach.
    pub fn resolution_in(&self, crs: Crs) -> Option<f64> {
        let unit = Lattice::new(crs, Point { x: 0.0, y: 0.0 }, 1.0).ok()?;
        let map = LatticeMap::new(self.lattice.place(), unit.place());
        let x = self.window.left_px() as f64 + f64::from(self.window.width_px()) / 2.0;
        let y = self.window.top_px() as f64 + f64::from(self.window.height_px()) / 2.0;
        // A few pixels apart, so that nothing is lost in large coordinates.
        const APART_PX: f64 = 8.0;
        let mut places = [(x, y), (x + APART_PX, y), (x, y + APART_PX)];
        map.map_all(&mut places);
        let [here, right, down] = places;
        let length = |there: (f64, f64)| (there.0 - here.0).hypot(there.1 - here.1) / APART_PX;
        // The finer direction decides, so that nothing is lost.
        let finer = length(right).min(length(down));
        (finer.is_finite() && finer > 0.0).then_some(finer)
    }
}

/// The next resolution below, of four steps to each doubling: so that neighbouring images ask for the same maps.
fn step_below(resolution: f64) -> f64 {
    const STEPS: f64 = 4.0;
    // The logarithm of what is a step already may lie a little below it.
    ((resolution.log2() * STEPS + 1e-6).floor() / STEPS).exp2()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn resolutions_of_maps_go_in_steps() {
        for (wanted, step) in
            [(1.0, 1.0), (0.99, 0.840_896_415), (1.19, 1.189_207_115), (2.0, 2.0), (0.3, 0.297_301_778)]
        {
            let got = step_below(wanted);
            assert!((got - step).abs() < 1e-6, "{wanted}: {got}");
            assert!((step_below(got) - got).abs() < 1e-12);
        }
    }
}
