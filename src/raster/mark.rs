//! The picture that stands where a tile is missing.

use crate::geo::TileCoord;
use crate::raster::{PixelFormat, RasterError, TileImage, glyphs};

const GROUND: [u8; 3] = [236, 236, 236];
const HATCH: [u8; 3] = [205, 140, 140];
const FRAME: [u8; 3] = [170, 60, 60];
const TEXT: [u8; 3] = [110, 20, 20];

/// All colours of a mark.
pub(super) const MARK_COLOURS: [[u8; 3]; 4] = [GROUND, HATCH, FRAME, TEXT];

/// Distance between two hatch lines, and their width, in pixels.
const HATCH_STEP_PX: u32 = 16;
const HATCH_WIDTH_PX: u32 = 2;
/// Each glyph pixel is a square of this side.
const TEXT_SCALE: u32 = 2;

/// A hatched tile with a frame and its coordinates `z/x/y`: nobody can take it for map.
///
/// # Errors
/// [`RasterError::Length`] never in practice.
pub fn marked_tile(coord: TileCoord, side_px: u32) -> Result<TileImage, RasterError> {
    let label = coord.to_string();
    let advance = (glyphs::WIDTH_PX + 1) * TEXT_SCALE;
    let text_width = advance * label.len() as u32;
    let text_height = glyphs::HEIGHT_PX * TEXT_SCALE;
    let text_left = (side_px.saturating_sub(text_width)) / 2;
    let text_top = (side_px.saturating_sub(text_height)) / 2;
    let plate = 6;

    let colour = |x: u32, y: u32| -> [u8; 3] {
        if x < 2 || y < 2 || x + 2 >= side_px || y + 2 >= side_px {
            return FRAME;
        }
        let on_plate = x + plate >= text_left
            && x < text_left + text_width + plate
            && y + plate >= text_top
            && y < text_top + text_height + plate;
        if !on_plate {
            return if (x + y) % HATCH_STEP_PX < HATCH_WIDTH_PX { HATCH } else { GROUND };
        }
        let in_text = x >= text_left && y >= text_top && y < text_top + text_height;
        let (column, line) = (x.saturating_sub(text_left), y.saturating_sub(text_top) / TEXT_SCALE);
        let glyph = label.chars().nth((column / advance) as usize).map(glyphs::rows).unwrap_or_default();
        let bit = (column % advance) / TEXT_SCALE;
        let row = glyph.get(line as usize).copied().unwrap_or_default();
        if in_text && bit < glyphs::WIDTH_PX && row & (0x10 >> bit) != 0 { TEXT } else { GROUND }
    };
    let samples = (0..side_px).flat_map(|y| (0..side_px).flat_map(move |x| colour(x, y))).collect();
    TileImage::new(side_px, side_px, PixelFormat::Rgb, samples)
}
