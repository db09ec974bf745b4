//! From a request to a plan.

use crate::codec::png::PngFrame;
use crate::codec::{Encoding, Format};
use crate::geo::{Area, PixelWindow, Scale};
use crate::raster::PixelFormat;
use crate::render::memory::Memory;
use crate::render::planned_layer::PlannedLayer;
use crate::render::{Limits, Plan, PlanError};
use crate::source::{Kind, Layer, OnMissing};

/// What a plan is made from.
#[derive(Debug, Clone, PartialEq)]
pub struct PlanSpec {
    /// What to show.
    pub area: Area,
    /// How much ground a pixel covers.
    pub scale: Scale,
    /// Bottom to top. The first is the base: its grid is that of the image.
    pub layers: Vec<Layer>,
    /// The format of the image.
    pub format: Format,
    /// What to do where a tile cannot be had.
    pub on_missing: OnMissing,
}

/// A strip has about this many pixels: enough that its overhead does not count, few enough for its memory.
const STRIP_PIXELS: u64 = 1_500_000;

impl Plan {
    /// Plans an image.
    ///
    /// # Errors
    /// [`PlanError`] naming the field, the value and the limit.
    pub fn new(spec: &PlanSpec, limits: &Limits) -> Result<Self, PlanError> {
        let base = spec.layers.first().ok_or(PlanError::NoLayer)?;
        let grid = base.source.grid();
        let level = spec.scale.level(grid, base.source.zooms(), &spec.area)?;
        let window = spec.area.window(grid, level)?;
        check_size(&window, limits)?;
        let layers = spec
            .layers
            .iter()
            .enumerate()
            .map(|(index, layer)| PlannedLayer::new(grid, level, base, index, layer))
            .collect::<Result<Vec<_>, _>>()?;
        check_tiles(&layers, &window, limits)?;

        let pixels = if base.is_opaque() { PixelFormat::Rgb } else { PixelFormat::Rgba };
        let tile_px = layers.iter().map(|l| l.layer.source.grid().tile_size_px()).max().unwrap_or(256);
        let tile_row_pixels = u64::from(window.width_px()) * u64::from(tile_px);
        let tile_rows = u32::try_from(STRIP_PIXELS / tile_row_pixels).unwrap_or(1).max(1);
        let strip_px = tile_rows * tile_px;
        let drawn = layers.iter().any(|l| *l.layer.source.kind() == Kind::NaturalEarth);
        let memory =
            Memory::plan(window.width_px(), pixels, strip_px, tile_px, drawn, limits.strips_per_module);
        let encoding = match spec.format {
            Format::Png => Encoding::Png { frame: png_frame(&window, pixels, &layers) },
        };
        let mut plan = Self {
            layers,
            level,
            window,
            encoding,
            pixels,
            on_missing: spec.on_missing,
            strip_px,
            memory,
            sharers: limits.strips_in_flight.max(1),
            warnings: Vec::new(),
        };
        plan.warn();
        Ok(plan)
    }

    /// Notes what the caller should know.
    fn warn(&mut self) {
        let distinct: u64 = self.layers.iter().map(|l| l.tiles(&self.window).count()).sum();
        let twice = self.tiles().saturating_sub(distinct);
        if twice > 0 {
            self.warnings.push(format!("{twice} tiles lie on the edge of two strips and are fetched twice"));
        }
        let slices = self.strip_px.div_ceil(self.memory.slice_px.max(1));
        if slices > 1 {
            self.warnings.push(format!(
                "the image is so wide that each strip is worked in {slices} slices; tiles are decoded again for each, \
                 and fetched again where those of one strip have more than {} MiB",
                super::shelf::SHELF_BYTES >> 20
            ));
        }
    }
}

const HINT: &str = "; choose a lower zoom or a smaller area";

fn check_size(window: &PixelWindow, limits: &Limits) -> Result<(), PlanError> {
    for (value, unit) in [(window.width_px(), "pixels in width"), (window.height_px(), "pixels in height")] {
        within("side_too_long", value.into(), unit, limits.max_side_px.into())?;
    }
    within("too_many_pixels", window.pixels(), "pixels", limits.max_pixels)
}

fn check_tiles(layers: &[PlannedLayer], window: &PixelWindow, limits: &Limits) -> Result<(), PlanError> {
    let mut all = 0;
    for planned in layers {
        let tiles = planned.tiles(window).count();
        let allowed = limits.max_tiles.min(planned.layer.source.limits().max_tiles);
        within("too_many_tiles", tiles, "tiles", allowed)?;
        all += tiles;
    }
    within("too_many_tiles", all, "tiles", limits.max_tiles)
}

fn within(code: &'static str, value: u64, unit: &'static str, limit: u64) -> Result<(), PlanError> {
    if value <= limit { Ok(()) } else { Err(PlanError::Limit { code, value, unit, limit, hint: HINT }) }
}

fn png_frame(window: &PixelWindow, pixels: PixelFormat, layers: &[PlannedLayer]) -> PngFrame {
    let mut text = vec![("Software".to_owned(), "Mapshot".to_owned())];
    text.extend(attribution(layers).into_iter().map(|line| ("Copyright".to_owned(), line)));
    PngFrame { width_px: window.width_px(), height_px: window.height_px(), format: pixels, text }
}

/// The attribution lines of all layers, each once.
pub(super) fn attribution(layers: &[PlannedLayer]) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for planned in layers {
        let line = planned.layer.source.attribution();
        if !line.is_empty() && !lines.iter().any(|l| l == line) {
            lines.push(line.to_owned());
        }
    }
    lines
}
