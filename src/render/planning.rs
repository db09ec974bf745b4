//! From a request to a plan.

use crate::codec::{Encoding, Output};
use crate::geo::{Area, Lattice, PixelWindow, Scale};
use crate::raster::{PixelFormat, Resampling};
use crate::render::file_planning::encoding;
use crate::render::layer_planning::Ground;
use crate::render::memory::{Memory, Work};
use crate::render::output_grid::OutputPixels;
use crate::render::planned_layer::PlannedLayer;
use crate::render::{Limits, OutputGrid, Plan, PlanError};
use crate::source::{Kind, Layer, OnMissing};

/// What a plan is made from.
#[derive(Debug, Clone, PartialEq)]
pub struct PlanSpec {
    /// What to show.
    pub area: Area,
    /// How much ground a pixel covers.
    pub scale: Scale,
    /// Whose pixels the image has.
    pub output_grid: OutputGrid,
    /// Bottom to top. The first is the base.
    pub layers: Vec<Layer>,
    /// How layers with other pixels are brought to those of the image.
    pub resampling: Resampling,
    /// The file that is wanted.
    pub output: Output,
    /// What to do where a tile cannot be had.
    pub on_missing: OnMissing,
    /// A tile as the source sends it, for an image that may be made of its tiles' coefficients (see
    /// [`crate::render::plan_with_sample`]).
    pub sample_tile: Option<Vec<u8>>,
}

/// A strip has a part of the image's pixels, so that there are some for each renderer, and about so many: enough that handing
/// it out, storing and reporting it count for little, and no more than can well be done again.
const STRIPS_OF_IMAGE: u64 = 8;
const STRIP_PIXELS: (u64, u64) = (SLICE_PIXELS, TALL_STRIP_PIXELS);

/// It is worked in slices of about so many: few enough for its memory, and for one PNG filter to suit them.
const SLICE_PIXELS: u64 = 1_500_000;

/// A strip of coefficients has less work and memory to a pixel; and one with resampled layers needs the tiles at its edges,
/// which its neighbours need, too.
const TALL_STRIP_PIXELS: u64 = 6_000_000;

/// Strips are made of so many rows, at least.
const LEAST_ROWS_PX: u32 = 256;

/// A strip is not to take longer than this, as far as it is up to a source that says how often it may be asked.
const LONG_STRIP_S: f64 = 20.0;

impl Plan {
    /// Plans an image.
    ///
    /// # Errors
    /// [`PlanError`] naming the field, the value and the limit.
    pub fn new(spec: &PlanSpec, limits: &Limits) -> Result<Self, PlanError> {
        let base = spec.layers.first().ok_or(PlanError::NoLayer)?;
        let mut pixels = spec.output_grid.pixels(&base.source, spec.scale, &spec.area)?;
        check_size(&pixels.window, limits)?;
        let layers = layers(spec, &pixels)?;
        let (window, encoding, mut warnings) = encoding(spec, &pixels, &layers)?;
        check_size(&window, limits)?;
        pixels.window = window;
        let counter = Counter { spec, pixels: &pixels, layers: &layers, limits };
        counter.check_all()?;

        let format = match &encoding {
            Encoding::Png { frame, .. } => frame.format,
            Encoding::Jpeg { .. } | Encoding::CarriedJpeg { .. } => PixelFormat::Rgb,
        };
        let carried = matches!(encoding, Encoding::CarriedJpeg { .. });
        let (strip_pixels, slice_pixels) = if carried || !layers.iter().all(PlannedLayer::is_shifted) {
            (TALL_STRIP_PIXELS, TALL_STRIP_PIXELS)
        } else {
            ((window.pixels() / STRIPS_OF_IMAGE).clamp(STRIP_PIXELS.0, STRIP_PIXELS.1), SLICE_PIXELS)
        };
        let (strip_px, strip_tiles) = counter.strips(strip_pixels)?;
        let slice_px = counter.slice_px(strip_px, slice_pixels);
        let at_once = limits.strips_per_module;
        let memory = if carried {
            let tile_px = layers.first().map_or(LEAST_ROWS_PX, PlannedLayer::side_px);
            Memory::plan_carried(window.width_px(), strip_px, tile_px, at_once)
        } else {
            Memory::plan(window.width_px(), format, slice_px, &work(&layers), at_once)
        };
        let mut plan = Self {
            layers,
            lattice: pixels.lattice,
            level: pixels.level,
            window,
            encoding,
            pixels: format,
            on_missing: spec.on_missing,
            resampling: spec.resampling,
            strip_px,
            strip_tiles,
            memory,
            sharers: limits.strips_in_flight.max(1),
            connections: limits.connections_per_strip,
            warnings: Vec::new(),
        };
        if plan.strips() > limits.max_strips {
            let (strips, limit) = (plan.strips().into(), limits.max_strips.into());
            return Err(too_many_requests(strips, "strips", limit));
        }
        warnings.extend(
            plan.layers.iter().filter_map(|layer| coarse_warning(layer, &plan.lattice, &plan.window)),
        );
        warnings.append(&mut plan.work_warnings());
        plan.warnings = warnings;
        Ok(plan)
    }

    /// What the caller should know of the work.
    fn work_warnings(&self) -> Vec<String> {
        let mut warnings = Vec::new();
        let all = |layer: &PlannedLayer| layer.count(&self.lattice, &self.window, self.resampling);
        let distinct: u64 = self.layers.iter().map(all).sum();
        let twice = self.tiles().saturating_sub(distinct);
        if twice > 0 {
            warnings.push(format!("{twice} tiles lie on the edge of two strips and are fetched twice"));
        }
        let slices = self.strip_px.div_ceil(self.memory.slice_px.max(1));
        if slices > 1 && self.slices_cut_tiles() {
            warnings.push(format!(
                "the image is so wide that each strip is worked in {slices} slices; tiles are decoded again for each, \
                 and fetched again where those of one strip have more than {} MiB",
                super::shelf::SHELF_BYTES >> 20
            ));
        }
        warnings
    }
}

/// The layers as they are fetched.
fn layers(spec: &PlanSpec, pixels: &OutputPixels) -> Result<Vec<PlannedLayer>, PlanError> {
    let base_level = pixels.level.filter(|_| pixels.are_base);
    let ground = Ground { lattice: &pixels.lattice, base_level, window: &pixels.window };
    spec.layers.iter().enumerate().map(|(index, layer)| ground.layer(index, layer)).collect()
}

/// A layer that has no level as fine as the image.
fn coarse_warning(layer: &PlannedLayer, image: &Lattice, window: &PixelWindow) -> Option<String> {
    const BLURRED: f64 = 2.0;
    let ground = Ground { lattice: image, base_level: None, window };
    let times = layer.lattice.resolution() / ground.resolution_in(layer.lattice.crs())?;
    (!layer.is_shifted() && times >= BLURRED).then(|| {
        format!(
            "\"{}\" has nothing as fine as this image: it is enlarged {times:.0} times",
            layer.layer.source.id()
        )
    })
}

/// What rendering the layers takes beside the pixels of the image.
fn work(layers: &[PlannedLayer]) -> Work {
    Work {
        largest_px: layers.iter().map(PlannedLayer::asked_px).max().unwrap_or(LEAST_ROWS_PX),
        draws_embedded_map: layers.iter().any(|l| *l.layer.source.kind() == Kind::NaturalEarth),
        largest_resampled_px: layers.iter().filter(|l| !l.is_shifted()).map(PlannedLayer::asked_px).max(),
    }
}

/// Counts the squares that are fetched.
struct Counter<'a> {
    spec: &'a PlanSpec,
    pixels: &'a OutputPixels,
    layers: &'a [PlannedLayer],
    limits: &'a Limits,
}

impl Counter<'_> {
    fn count(&self, layer: &PlannedLayer, window: &PixelWindow) -> u64 {
        layer.count(&self.pixels.lattice, window, self.spec.resampling)
    }

    /// Whether the whole image has no more than is allowed of each layer and in all. Row by row, for a layer that is
    /// resampled takes time to count, and may have far too many.
    fn check_all(&self) -> Result<(), PlanError> {
        let most = self.limits.max_tiles;
        let mut all = 0;
        for layer in self.layers {
            let allowed = most.min(layer.layer.source.limits().max_tiles);
            let mut tiles = 0;
            for window in self.counted(layer) {
                tiles += self.count(layer, &window);
                within("too_many_tiles", tiles, "tiles", allowed)?;
            }
            all += tiles;
        }
        within("too_many_tiles", all, "tiles", most)
    }

    /// The parts of the image in which a layer is counted.
    fn counted(&self, layer: &PlannedLayer) -> impl Iterator<Item = PixelWindow> {
        const ROWS: i64 = 4_096;
        let (window, step) = (self.pixels.window, if layer.is_shifted() { i64::MAX / 4 } else { ROWS });
        let (first, last) = (window.top_px().div_euclid(step), (window.bottom_px() - 1).div_euclid(step));
        (first..=last)
            .filter_map(move |part| window.rows(part.saturating_mul(step), (part + 1).saturating_mul(step)))
    }

    /// The height of strips of about so many pixels, and the squares of each.
    fn strips(&self, strip_pixels: u64) -> Result<(u32, Vec<u32>), PlanError> {
        let step_px = self.step_px();
        let step_pixels = u64::from(self.pixels.window.width_px()) * u64::from(step_px);
        let mut rows = u32::try_from((strip_pixels / step_pixels).max(1)).unwrap_or(u32::MAX);
        // No more than the image has, wherever it begins.
        rows = rows.min(self.pixels.window.height_px().div_ceil(step_px) + 1);
        loop {
            let strip_px = rows * step_px;
            let tiles = self.strip_tiles(strip_px);
            let most = tiles.iter().copied().max().unwrap_or(0);
            if most <= self.limits.max_strip_tiles && (rows == 1 || !self.takes_long(strip_px)) {
                return Ok((strip_px, tiles));
            }
            if rows == 1 {
                let limit = u64::from(self.limits.max_strip_tiles);
                return Err(too_many_requests(most.into(), "tiles in one row of tiles", limit));
            }
            // As many as fit if all rows have as many, and one less where they do not.
            let fitting = u64::from(rows) * u64::from(self.limits.max_strip_tiles) / u64::from(most.max(1));
            rows = u32::try_from(fitting).unwrap_or(rows).clamp(1, rows - 1);
        }
    }

    /// The rows of slices of about so many pixels, of which a strip is made: whole rows of squares.
    fn slice_px(&self, strip_px: u32, slice_pixels: u64) -> u32 {
        let step_px = self.step_px();
        let step_pixels = u64::from(self.pixels.window.width_px()) * u64::from(step_px);
        let rows = strip_px / step_px;
        let fits =
            |slice: &u32| rows.is_multiple_of(*slice) && u64::from(*slice) * step_pixels <= slice_pixels;
        (1..=rows).rev().find(fits).unwrap_or(1) * step_px
    }

    /// Rows that strips are multiples of: the largest squares of layers whose pixels are the image's, if those fit together.
    fn step_px(&self) -> u32 {
        let sides = self.layers.iter().filter(|layer| layer.is_shifted()).map(PlannedLayer::side_px);
        sides.filter(|side| side.is_multiple_of(LEAST_ROWS_PX)).max().unwrap_or(LEAST_ROWS_PX)
    }

    fn strip_tiles(&self, strip_px: u32) -> Vec<u32> {
        let (window, step) = (self.pixels.window, i64::from(strip_px));
        let (first, last) = (window.top_px().div_euclid(step), (window.bottom_px() - 1).div_euclid(step));
        let strips = (first..=last).filter_map(|index| window.rows(index * step, (index + 1) * step));
        let of = |strip: PixelWindow| self.layers.iter().map(|layer| self.count(layer, &strip)).sum::<u64>();
        strips.map(|strip| u32::try_from(of(strip)).unwrap_or(u32::MAX)).collect()
    }

    /// Whether a source that says how often it may be asked needs long for such a strip.
    fn takes_long(&self, strip_px: u32) -> bool {
        let top = self.pixels.window.top_px();
        let Some(strip) = self.pixels.window.rows(top, top + i64::from(strip_px)) else { return false };
        self.layers.iter().any(|layer| {
            let rate = layer.layer.source.limits().max_per_second;
            rate.is_some_and(|rate| self.count(layer, &strip) as f64 > rate * LONG_STRIP_S)
        })
    }
}

const HINT: &str = "; choose a lower zoom or a smaller area";

fn check_size(window: &PixelWindow, limits: &Limits) -> Result<(), PlanError> {
    for (value, unit) in [(window.width_px(), "pixels in width"), (window.height_px(), "pixels in height")] {
        within("side_too_long", value.into(), unit, limits.max_side_px.into())?;
    }
    within("too_many_pixels", window.pixels(), "pixels", limits.max_pixels)
}

/// The platform allows fewer requests than the image needs.
const fn too_many_requests(value: u64, unit: &'static str, limit: u64) -> PlanError {
    PlanError::Limit { code: "too_many_subrequests", value, unit, limit, hint: HINT }
}

fn within(code: &'static str, value: u64, unit: &'static str, limit: u64) -> Result<(), PlanError> {
    if value <= limit { Ok(()) } else { Err(PlanError::Limit { code, value, unit, limit, hint: HINT }) }
}
