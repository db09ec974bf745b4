//! The plan of an image: pure, and all that a renderer needs.

use serde::{Deserialize, Serialize};

use crate::codec::EncodeError;
use crate::codec::Format;
use crate::codec::png::{PngFrame, StripSeal, header, trailer};
use crate::geo::{Area, PixelWindow, Scale, TileGrid};
use crate::raster::PixelFormat;
use crate::render::planned_layer::PlannedLayer;
use crate::render::{Limits, PlanError};
use crate::source::{Layer, OnMissing, Source};

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

/// The plan of one image. It is stored with the capture, so that a renderer sees what was planned even when the
/// catalogue has changed meanwhile.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Plan {
    layers: Vec<PlannedLayer>,
    level: u8,
    window: PixelWindow,
    format: Format,
    pixels: PixelFormat,
    on_missing: OnMissing,
    tile_rows_per_strip: u32,
    strips_in_flight: u32,
    peak_bytes: u64,
}

/// A strip has about this many pixels: enough that its overhead does not count, few enough for its memory.
const STRIP_PIXELS: u64 = 1_500_000;

/// Memory of one strip in flight beside its pixels and tiles: compressor, fragment not yet stored, rows.
const ENCODER_BYTES: u64 = 10 << 20;

/// Memory of the module itself and of the embedded map.
const MODULE_BYTES: u64 = 12 << 20;

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
        for (value, unit) in
            [(window.width_px(), "pixels in width"), (window.height_px(), "pixels in height")]
        {
            let limit = u64::from(limits.max_side_px);
            within(
                "side_too_long",
                u64::from(value),
                unit,
                limit,
                "; choose a lower zoom or a smaller area",
            )?;
        }
        let hint = "; choose a lower zoom or a smaller area";
        within("too_many_pixels", window.pixels(), "pixels", limits.max_pixels, hint)?;

        let layers = spec
            .layers
            .iter()
            .enumerate()
            .map(|(index, layer)| PlannedLayer::new(grid, level, base, index, layer))
            .collect::<Result<Vec<_>, _>>()?;
        let tile_row_pixels = u64::from(window.width_px()) * u64::from(grid.tile_size_px());
        let mut plan = Self {
            pixels: if base.is_opaque() { PixelFormat::Rgb } else { PixelFormat::Rgba },
            tile_rows_per_strip: u32::try_from(STRIP_PIXELS / tile_row_pixels).unwrap_or(1).max(1),
            layers,
            level,
            window,
            format: spec.format,
            on_missing: spec.on_missing,
            strips_in_flight: limits.strips_in_flight.max(1),
            peak_bytes: 0,
        };
        for planned in &plan.layers {
            let allowed = limits.max_tiles.min(planned.layer.source.limits().max_tiles);
            within("too_many_tiles", plan.layer_tiles(planned), "tiles", allowed, hint)?;
        }
        within("too_many_tiles", plan.tiles(), "tiles", limits.max_tiles, hint)?;
        plan.peak_bytes = plan.estimate_peak_bytes();
        within(
            "too_much_memory",
            plan.peak_bytes,
            "bytes of memory",
            limits.max_peak_bytes,
            "; choose a narrower area",
        )?;
        Ok(plan)
    }

    /// The grid of the image: that of its base layer.
    #[must_use]
    pub fn grid(&self) -> Option<&TileGrid> {
        self.layers.first().map(|base| base.layer.source.grid())
    }

    /// The sources of all layers, bottom to top.
    pub fn sources(&self) -> impl Iterator<Item = &Source> {
        self.layers.iter().map(|planned| &planned.layer.source)
    }

    /// The pixels of the image on the base grid's lattice.
    #[must_use]
    pub const fn window(&self) -> &PixelWindow {
        &self.window
    }

    /// The level of the base grid.
    #[must_use]
    pub const fn level(&self) -> u8 {
        self.level
    }

    /// The format of the image.
    #[must_use]
    pub const fn format(&self) -> Format {
        self.format
    }

    /// What a pixel is made of.
    #[must_use]
    pub const fn pixels(&self) -> PixelFormat {
        self.pixels
    }

    /// What to do where a tile cannot be had.
    #[must_use]
    pub const fn on_missing(&self) -> OnMissing {
        self.on_missing
    }

    /// Most WebAssembly memory that rendering takes.
    #[must_use]
    pub const fn peak_bytes(&self) -> u64 {
        self.peak_bytes
    }

    pub(super) fn layers(&self) -> &[PlannedLayer] {
        &self.layers
    }

    /// Number of strips.
    #[must_use]
    pub fn strips(&self) -> u32 {
        let strip_px = self.strip_px();
        let first = self.window.top_px().div_euclid(strip_px);
        let last = (self.window.bottom_px() - 1).div_euclid(strip_px);
        u32::try_from(last - first + 1).unwrap_or(u32::MAX)
    }

    /// The pixels of one strip: whole tile rows of the base, cut to the image.
    #[must_use]
    pub fn strip_window(&self, index: u32) -> Option<PixelWindow> {
        let strip_px = self.strip_px();
        let first = self.window.top_px().div_euclid(strip_px);
        let top = (first + i64::from(index)) * strip_px;
        self.window.rows(top, top + strip_px)
    }

    /// Tiles of each strip, of all layers.
    #[must_use]
    pub fn strip_tiles(&self) -> Vec<u32> {
        (0..self.strips())
            .filter_map(|index| self.strip_window(index))
            .map(|strip| self.layers.iter().map(|l| l.tiles(&strip).count()).sum::<u64>())
            .map(|tiles| u32::try_from(tiles).unwrap_or(u32::MAX))
            .collect()
    }

    /// Tiles of all layers; one that two strips need counts twice, for it is fetched twice.
    #[must_use]
    pub fn tiles(&self) -> u64 {
        self.layers.iter().map(|planned| self.layer_tiles(planned)).sum()
    }

    /// The file's bytes before the first fragment.
    #[must_use]
    pub fn head(&self) -> Vec<u8> {
        match self.format {
            Format::Png => header(&self.png_frame()),
        }
    }

    /// The file's bytes after the last fragment. `seals` are those of all strips in order.
    ///
    /// # Errors
    /// [`EncodeError::Rows`] when a strip is missing.
    pub fn tail(&self, seals: &[StripSeal]) -> Result<Vec<u8>, EncodeError> {
        match self.format {
            Format::Png => trailer(&self.png_frame(), seals),
        }
    }

    fn png_frame(&self) -> PngFrame {
        let mut text = vec![("Software".to_owned(), "Mapshot".to_owned())];
        text.extend(self.attribution().into_iter().map(|line| ("Copyright".to_owned(), line)));
        PngFrame {
            width_px: self.window.width_px(),
            height_px: self.window.height_px(),
            format: self.pixels,
            text,
        }
    }

    fn strip_px(&self) -> i64 {
        let tile_px = self.grid().map_or(256, TileGrid::tile_size_px);
        i64::from(self.tile_rows_per_strip) * i64::from(tile_px)
    }

    fn layer_tiles(&self, planned: &PlannedLayer) -> u64 {
        (0..self.strips())
            .filter_map(|index| self.strip_window(index))
            .map(|strip| planned.tiles(&strip).count())
            .sum()
    }

    /// Requests to a layer's source that one strip may have under way, so that all strips in flight together keep to
    /// the source's limit.
    pub(super) fn connections(&self, planned: &PlannedLayer) -> usize {
        let all = planned.layer.source.limits().max_connections;
        (all / self.strips_in_flight).max(1) as usize
    }

    fn estimate_peak_bytes(&self) -> u64 {
        let rows =
            (0..self.strips().min(2)).filter_map(|i| self.strip_window(i)).map(|s| s.height_px()).max();
        let pixels =
            u64::from(rows.unwrap_or(0)) * u64::from(self.window.width_px()) * self.pixels.bytes() as u64;
        let tiles =
            self.layers.iter().map(|l| self.connections(l) as u64 * l.tile_bytes()).max().unwrap_or(0);
        let in_flight = u64::from(self.strips_in_flight.min(self.strips()));
        in_flight * (pixels + tiles + ENCODER_BYTES) + MODULE_BYTES
    }
}

fn within(
    code: &'static str,
    value: u64,
    unit: &'static str,
    limit: u64,
    hint: &'static str,
) -> Result<(), PlanError> {
    if value <= limit { Ok(()) } else { Err(PlanError::Limit { code, value, unit, limit, hint }) }
}
