//! From a request to a plan.

use crate::codec::jpeg::{Colour, JpegFrame};
use crate::codec::png::PngFrame;
use crate::codec::{CarryError, Encoding, Output, Subsampling};
use crate::geo::{Area, PixelWindow, Scale, TileGrid};
use crate::raster::{Palette, PixelFormat};
use crate::render::memory::Memory;
use crate::render::planned_layer::PlannedLayer;
use crate::render::{Limits, Plan, PlanError};
use crate::source::{Colours, Kind, Layer, OnMissing};

/// What a plan is made from.
#[derive(Debug, Clone, PartialEq)]
pub struct PlanSpec {
    /// What to show.
    pub area: Area,
    /// How much ground a pixel covers.
    pub scale: Scale,
    /// Bottom to top. The first is the base: its grid is that of the image.
    pub layers: Vec<Layer>,
    /// The file that is wanted.
    pub output: Output,
    /// What to do where a tile cannot be had.
    pub on_missing: OnMissing,
    /// A tile as the source sends it, where [`PlanSpec::wants_sample`].
    pub sample_tile: Option<Vec<u8>>,
}

/// A strip has about this many pixels: enough that its overhead does not count, few enough for its memory.
const STRIP_PIXELS: u64 = 1_500_000;

/// A strip of coefficients has less work and memory to a pixel.
const CARRIED_STRIP_PIXELS: u64 = 6_000_000;

impl Plan {
    /// Plans an image.
    ///
    /// # Errors
    /// [`PlanError`] naming the field, the value and the limit.
    pub fn new(spec: &PlanSpec, limits: &Limits) -> Result<Self, PlanError> {
        let base = spec.layers.first().ok_or(PlanError::NoLayer)?;
        let grid = base.source.grid();
        let level = spec.scale.level(grid, base.source.zooms(), &spec.area)?;
        let asked = spec.area.window(grid, level)?;
        check_size(&asked, limits)?;
        let layers = spec
            .layers
            .iter()
            .enumerate()
            .map(|(index, layer)| PlannedLayer::new(grid, level, base, index, layer))
            .collect::<Result<Vec<_>, _>>()?;
        let (window, encoding, mut warnings) = encoding(spec, grid, level, &asked, &layers)?;
        check_size(&window, limits)?;
        check_tiles(&layers, &window, limits)?;

        let pixels = match &encoding {
            Encoding::Png { frame, .. } => frame.format,
            Encoding::Jpeg { .. } | Encoding::CarriedJpeg { .. } => PixelFormat::Rgb,
        };
        let tile_px = layers.iter().map(|l| l.layer.source.grid().tile_size_px()).max().unwrap_or(256);
        let carried = matches!(encoding, Encoding::CarriedJpeg { .. });
        let strip_pixels = if carried { CARRIED_STRIP_PIXELS } else { STRIP_PIXELS };
        let tile_row_pixels = u64::from(window.width_px()) * u64::from(tile_px);
        let row_tiles = row_tiles(&layers, &window, tile_px);
        let most_rows = u64::from(limits.max_strip_tiles) / row_tiles.max(1);
        if most_rows == 0 {
            let limit = u64::from(limits.max_strip_tiles);
            return Err(too_many_requests(row_tiles, "tiles in one row of tiles", limit));
        }
        let rows = (strip_pixels / tile_row_pixels).clamp(1, most_rows);
        let strip_px = u32::try_from(rows).unwrap_or(1) * tile_px;
        let at_once = limits.strips_per_module;
        let memory = if carried {
            Memory::plan_carried(window.width_px(), strip_px, tile_px, at_once)
        } else {
            let drawn = layers.iter().any(|l| *l.layer.source.kind() == Kind::NaturalEarth);
            Memory::plan(window.width_px(), pixels, strip_px, tile_px, drawn, at_once)
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
            connections: limits.connections_per_strip,
            warnings: Vec::new(),
        };
        if plan.strips() > limits.max_strips {
            let (strips, limit) = (plan.strips().into(), limits.max_strips.into());
            return Err(too_many_requests(strips, "strips", limit));
        }
        warnings.append(&mut plan.work_warnings());
        plan.warnings = warnings;
        Ok(plan)
    }

    /// What the caller should know of the work.
    fn work_warnings(&self) -> Vec<String> {
        let mut warnings = Vec::new();
        let distinct: u64 = self.layers.iter().map(|l| l.tiles(&self.window).count()).sum();
        let twice = self.tiles().saturating_sub(distinct);
        if twice > 0 {
            warnings.push(format!("{twice} tiles lie on the edge of two strips and are fetched twice"));
        }
        let slices = self.strip_px.div_ceil(self.memory.slice_px.max(1));
        if slices > 1 {
            warnings.push(format!(
                "the image is so wide that each strip is worked in {slices} slices; tiles are decoded again for each, \
                 and fetched again where those of one strip have more than {} MiB",
                super::shelf::SHELF_BYTES >> 20
            ));
        }
        warnings
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

/// Tiles of all layers that one row of the largest tiles needs.
fn row_tiles(layers: &[PlannedLayer], window: &PixelWindow, tile_px: u32) -> u64 {
    let of = |planned: &PlannedLayer| {
        let tiles = planned.tiles(window);
        let rows = u64::from(tile_px / planned.layer.source.grid().tile_size_px().max(1)).max(1);
        u64::try_from(tiles.last.column - tiles.first.column + 1).unwrap_or(u64::MAX).saturating_mul(rows)
    };
    layers.iter().map(of).fold(0, u64::saturating_add)
}

/// The platform allows fewer requests than the image needs.
const fn too_many_requests(value: u64, unit: &'static str, limit: u64) -> PlanError {
    PlanError::Limit { code: "too_many_subrequests", value, unit, limit, hint: HINT }
}

fn within(code: &'static str, value: u64, unit: &'static str, limit: u64) -> Result<(), PlanError> {
    if value <= limit { Ok(()) } else { Err(PlanError::Limit { code, value, unit, limit, hint: HINT }) }
}

/// How the image becomes a file, the window that suits it, and what the caller should know of that.
fn encoding(
    spec: &PlanSpec,
    grid: &TileGrid,
    level: u8,
    asked: &PixelWindow,
    layers: &[PlannedLayer],
) -> Result<(PixelWindow, Encoding, Vec<String>), PlanError> {
    let mut warnings = Vec::new();
    let comment = || Some(attribution(layers).join("\n")).filter(|text| !text.is_empty());
    let (quality, subsampling) = match spec.output {
        Output::Png(effort) => {
            let frame = png_frame(asked, layers);
            return Ok((*asked, Encoding::Png { frame, effort }, warnings));
        }
        Output::Jpeg => (None, None),
        Output::JpegOfQuality { quality, subsampling } => (Some(quality), subsampling),
    };
    match carried_frame(spec, grid, level, asked, quality, comment()) {
        Ok((window, frame)) if suits(&frame, subsampling) => {
            warn_of_shift(asked, &window, &mut warnings);
            return Ok((window, Encoding::CarriedJpeg { frame, quality }, warnings));
        }
        // Who asks for a quality does not expect the tiles as they are.
        Err(Some(reason)) if quality.is_none() => warnings.push(format!(
            "the tiles cannot be carried over as they are ({reason}): the image is encoded with quality {}",
            Output::QUALITY
        )),
        Ok(_) | Err(_) => {}
    }
    let (quality, subsampling) =
        (quality.unwrap_or(Output::QUALITY), subsampling.unwrap_or(Subsampling::S420));
    let grey = matches!(layers, [only] if *only.layer.source.colours() == Colours::Grey);
    let colour = if grey { Colour::Grey } else { Colour::YCbCr(subsampling) };
    let frame = |window: &PixelWindow| {
        let (width_px, height_px) = (window.width_px(), window.height_px());
        JpegFrame::for_quality(width_px, height_px, quality, colour, comment())
    };
    // Rows alone: strips end at tile rows, which must be ends of MCU rows, too.
    let window = aligned(&spec.area, grid, level, asked, (1, frame(asked)?.mcu_px().1))?;
    warn_of_shift(asked, &window, &mut warnings);
    Ok((window, Encoding::Jpeg { frame: frame(&window)?, quality }, warnings))
}

/// Whether the tiles' colours are as coarse as they are wanted.
fn suits(frame: &JpegFrame, wanted: Option<Subsampling>) -> bool {
    wanted.is_none_or(|wanted| frame.colour() == Colour::YCbCr(wanted))
}

/// The frame of a file into which tiles are carried over, with their quantisation or that of a quality; `None` as the
/// error when that is not wanted.
fn carried_frame(
    spec: &PlanSpec,
    grid: &TileGrid,
    level: u8,
    asked: &PixelWindow,
    quality: Option<u8>,
    comment: Option<String>,
) -> Result<(PixelWindow, JpegFrame), Option<String>> {
    if !spec.wants_sample() {
        return Err(None);
    }
    let tile =
        spec.sample_tile.as_deref().ok_or_else(|| Some("none could be fetched for a look".to_owned()))?;
    let words = |error: CarryError| Some(error.to_string());
    let of = |window: &PixelWindow| {
        let (width_px, height_px) = (window.width_px(), window.height_px());
        let (side_px, comment) = (grid.tile_size_px(), comment.clone());
        match quality {
            None => JpegFrame::from_tile(width_px, height_px, tile, side_px, comment),
            Some(quality) => JpegFrame::requantising(width_px, height_px, tile, side_px, quality, comment),
        }
        .map_err(words)
    };
    let mcu_px = of(asked)?.mcu_px();
    let window = aligned(&spec.area, grid, level, asked, mcu_px).map_err(|e| Some(e.to_string()))?;
    Ok((window, of(&window)?))
}

/// The window moved so that it begins at a multiple of an MCU: outward, or, where its size was asked for, to the
/// nearest.
fn aligned(
    area: &Area,
    grid: &TileGrid,
    level: u8,
    asked: &PixelWindow,
    (mcu_width, mcu_height): (u32, u32),
) -> Result<PixelWindow, PlanError> {
    let (_, _, right, bottom) = grid.bounds_px(level)?;
    let exact = matches!(area, Area::Size { .. });
    let align = |first: i64, side: u32, mcu: u32, end: i64| {
        let (mcu, outward) = (i64::from(mcu), first.rem_euclid(i64::from(mcu)));
        if !exact {
            return (first - outward, i64::from(side) + outward);
        }
        let inward = first - outward + mcu;
        let nearest = outward * 2 > mcu && inward + i64::from(side) <= end;
        (if nearest { inward } else { first - outward }, i64::from(side))
    };
    let (left, width) = align(asked.left_px(), asked.width_px(), mcu_width, right);
    let (top, height) = align(asked.top_px(), asked.height_px(), mcu_height, bottom);
    let side = |side: i64| u32::try_from(side).unwrap_or(u32::MAX);
    Ok(PixelWindow::new(left, top, side(width), side(height))?)
}

fn warn_of_shift(asked: &PixelWindow, window: &PixelWindow, warnings: &mut Vec<String>) {
    let (left, top) = (asked.left_px() - window.left_px(), asked.top_px() - window.top_px());
    if (left, top) != (0, 0) {
        warnings.push(format!(
            "a JPEG begins where blocks of its tiles begin: {left} px further left and {top} px further up than asked"
        ));
    }
}

/// The header of a PNG, with no more bytes a pixel than its sources need.
fn png_frame(window: &PixelWindow, layers: &[PlannedLayer]) -> PngFrame {
    let base = layers.first().map(|base| &base.layer).filter(|base| base.is_opaque());
    let (format, palette) = match (base.map(|base| base.source.colours()), layers) {
        (None, _) => (PixelFormat::Rgba, Vec::new()),
        (Some(Colours::Grey), [_]) => (PixelFormat::Grey, Vec::new()),
        (Some(Colours::Palette(colours)), [_]) => {
            (PixelFormat::Index, Palette::new(colours).colours().to_vec())
        }
        (Some(_), _) => (PixelFormat::Rgb, Vec::new()),
    };
    let mut text = vec![("Software".to_owned(), "Mapshot".to_owned())];
    text.extend(attribution(layers).into_iter().map(|line| ("Copyright".to_owned(), line)));
    PngFrame { width_px: window.width_px(), height_px: window.height_px(), format, palette, text }
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
