//! How the map looks: a quiet atlas page. Water is one family of blues, land a warm paper, lines are thin.

use tiny_skia::{Color, Paint};

/// A colour with its alpha, and for lines a width in pixels.
pub struct Pen {
    rgba: [u8; 4],
    /// Width at the finest levels, pixels.
    pub width_px: f32,
}

/// The sea.
pub const SEA: [u8; 3] = [0xc6, 0xdd, 0xea];
/// Land.
pub const LAND: [u8; 3] = [0xf6, 0xf1, 0xe4];
/// Lakes: the sea's blue, a little lighter so that a shore reads as a lake's.
pub const LAKE: [u8; 3] = [0xce, 0xe2, 0xed];

/// Coasts.
pub const COAST: Pen = Pen { rgba: [0x6f, 0x9c, 0xb8, 0xff], width_px: 1.1 };
/// Lake shores.
pub const SHORE: Pen = Pen { rgba: [0x86, 0xae, 0xc6, 0xff], width_px: 0.9 };
/// Rivers.
pub const RIVER: Pen = Pen { rgba: [0x9c, 0xc3, 0xd9, 0xff], width_px: 1.1 };
/// The pale band under a border, which lifts it off the land.
pub const BORDER_CASING: Pen = Pen { rgba: [0xc9, 0xa9, 0xb4, 0x50], width_px: 4.0 };
/// Borders of countries.
pub const BORDER: Pen = Pen { rgba: [0x9a, 0x6f, 0x84, 0xff], width_px: 1.0 };
/// Meridians and parallels.
pub const GRATICULE: Pen = Pen { rgba: [0x4d, 0x74, 0x8c, 0x38], width_px: 0.9 };

impl Pen {
    /// The paint of this pen.
    pub fn paint(&self) -> Paint<'static> {
        let [r, g, b, a] = self.rgba;
        let mut paint = Paint::default();
        paint.set_color_rgba8(r, g, b, a);
        paint.anti_alias = true;
        paint
    }
}

/// A filling paint.
pub fn fill([r, g, b]: [u8; 3]) -> Paint<'static> {
    let mut paint = Paint::default();
    paint.set_color_rgba8(r, g, b, 255);
    paint.anti_alias = true;
    paint
}

/// The colour under everything.
pub fn ground() -> Color {
    Color::from_rgba8(SEA[0], SEA[1], SEA[2], 255)
}

/// Lines get thinner where a pixel covers much ground, so that small-scale maps are not all line:
/// full width below 1 km per pixel, half at 40 km.
pub fn line_scale(resolution_m: f64) -> f32 {
    let octaves = (resolution_m / 1_000.0).max(1.0).log2();
    (1.0 - octaves as f32 * 0.094).max(0.5)
}
