//! How an image becomes a file: its encoding, and the window that suits it.

use crate::codec::jpeg::{Colour, JpegFrame};
use crate::codec::png::PngFrame;
use crate::codec::{CarryError, Encoding, Output, Subsampling};
use crate::geo::{Area, PixelWindow};
use crate::raster::{Palette, PixelFormat};
use crate::render::output_grid::OutputPixels;
use crate::render::planned_layer::PlannedLayer;
use crate::render::probe::carriable;
use crate::render::{PlanError, PlanSpec};
use crate::source::Colours;

/// How the image becomes a file, the window that suits it, and what the caller should know of that.
pub(super) fn encoding(
    spec: &PlanSpec,
    pixels: &OutputPixels,
    layers: &[PlannedLayer],
) -> Result<(PixelWindow, Encoding, Vec<String>), PlanError> {
    let asked = &pixels.window;
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
    match carried_frame(spec, pixels, layers, quality, comment()) {
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
    let grey = matches!(layers, [only] if only.is_shifted() && *only.layer.source.colours() == Colours::Grey);
    let colour = if grey { Colour::Grey } else { Colour::YCbCr(subsampling) };
    let frame = |window: &PixelWindow| {
        let (width_px, height_px) = (window.width_px(), window.height_px());
        JpegFrame::for_quality(width_px, height_px, quality, colour, comment())
    };
    // Rows alone: strips end at tile rows, which must be ends of MCU rows, too.
    let window = aligned(&spec.area, pixels, (1, frame(asked)?.mcu_px().1))?;
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
    pixels: &OutputPixels,
    layers: &[PlannedLayer],
    quality: Option<u8>,
    comment: Option<String>,
) -> Result<(PixelWindow, JpegFrame), Option<String>> {
    let Some(layer) = carriable(spec, layers) else { return Err(None) };
    let tile =
        spec.sample_tile.as_deref().ok_or_else(|| Some("none could be fetched for a look".to_owned()))?;
    let words = |error: CarryError| Some(error.to_string());
    let of = |window: &PixelWindow| {
        let (width_px, height_px) = (window.width_px(), window.height_px());
        let (side_px, comment) = (layer.side_px(), comment.clone());
        match quality {
            None => JpegFrame::from_tile(width_px, height_px, tile, side_px, comment),
            Some(quality) => JpegFrame::requantising(width_px, height_px, tile, side_px, quality, comment),
        }
        .map_err(words)
    };
    let mcu_px = of(&pixels.window)?.mcu_px();
    let window = aligned(&spec.area, pixels, mcu_px).map_err(|e| Some(e.to_string()))?;
    Ok((window, of(&window)?))
}

/// The window moved so that it begins at a multiple of an MCU: outward, or, where its size was asked for, to the
/// nearest.
fn aligned(
    area: &Area,
    pixels: &OutputPixels,
    (mcu_width, mcu_height): (u32, u32),
) -> Result<PixelWindow, PlanError> {
    let (asked, (_, _, right, bottom)) = (&pixels.window, pixels.bounds_px);
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
    let base = layers.first().filter(|base| base.layer.is_opaque());
    // Mixing makes other colours.
    let kept = |base: &PlannedLayer| {
        if base.is_shifted() { base.layer.source.colours().clone() } else { Colours::Any }
    };
    let (format, palette) = match (base.map(kept), layers) {
        (None, _) => (PixelFormat::Rgba, Vec::new()),
        (Some(Colours::Grey), [_]) => (PixelFormat::Grey, Vec::new()),
        (Some(Colours::Palette(colours)), [_]) => {
            (PixelFormat::Index, Palette::new(&colours).colours().to_vec())
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
