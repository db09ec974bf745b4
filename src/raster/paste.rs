//! Putting a tile into a strip.

use crate::raster::blend::{multiply_rgb, multiply_rgba};
use crate::raster::{Blend, PixelFormat, StripPixels, TileImage};

/// Puts a tile into a strip with its top left pixel at (`left_px`, `top_px`) of the strip, which may lie outside;
/// what sticks out is cut off. `opacity` is 0 to 1.
///
/// Opaque pixels are copied bit for bit; others cover what is below ("source over" of W3C Compositing Level 1,
/// section 9.1.4, on straight alpha, rounded to nearest), or multiply it.
pub fn paste(
    strip: &mut StripPixels,
    tile: &TileImage,
    left_px: i64,
    top_px: i64,
    opacity: f32,
    blend: Blend,
) {
    let Some((x_from, x_to, tile_x)) = overlap(left_px, tile.width_px(), strip.width_px()) else { return };
    let Some((y_from, y_to, tile_y)) = overlap(top_px, tile.height_px(), strip.rows()) else { return };
    let opacity = (opacity.clamp(0.0, 1.0) * 255.0).round() as u32;
    if opacity == 0 {
        return;
    }
    let (from_format, to_format) = (tile.format(), strip.format());
    let from_byte = tile_x as usize * from_format.bytes();
    for (rows, y) in (y_from..y_to).enumerate() {
        let source = tile.row(tile_y + rows as u32).get(from_byte..).unwrap_or_default();
        let target = strip.pixels_mut(y, x_from, x_to);
        if blend == Blend::Multiply {
            multiply_row(target, to_format, source, from_format, opacity);
            continue;
        }
        match (from_format, to_format, opacity) {
            (from, to, 255) if from == to && from != PixelFormat::Rgba => {
                target.copy_from_slice(source.get(..target.len()).unwrap_or_default());
            }
            (PixelFormat::Rgb, PixelFormat::Rgb, _) => {
                for (t, s) in target.iter_mut().zip(source) {
                    *t = mix(u32::from(*s), u32::from(*t), opacity);
                }
            }
            (PixelFormat::Rgba, PixelFormat::Rgb, _) => {
                for (t, s) in target.as_chunks_mut::<3>().0.iter_mut().zip(source.as_chunks::<4>().0) {
                    over_rgb(t, *s, opacity);
                }
            }
            (PixelFormat::Rgb, PixelFormat::Rgba, _) => {
                for (t, [r, g, b]) in target.as_chunks_mut::<4>().0.iter_mut().zip(source.as_chunks::<3>().0)
                {
                    over_rgba(t, [*r, *g, *b, 255], opacity);
                }
            }
            (PixelFormat::Rgba, PixelFormat::Rgba, _) => {
                for (t, s) in target.as_chunks_mut::<4>().0.iter_mut().zip(source.as_chunks::<4>().0) {
                    over_rgba(t, *s, opacity);
                }
            }
            // Few colours cannot be mixed; a plan has them only where nothing is.
            (PixelFormat::Grey | PixelFormat::Index, ..) | (_, PixelFormat::Grey | PixelFormat::Index, _) => {
            }
        }
    }
}

/// Where `side` pixels from `start` meet `0..limit`: (first, end, first pixel of the tile that is used).
fn overlap(start: i64, side: u32, limit: u32) -> Option<(u32, u32, u32)> {
    let from = start.max(0);
    let to = start.saturating_add(i64::from(side)).min(i64::from(limit));
    if from >= to {
        return None;
    }
    Some((u32::try_from(from).ok()?, u32::try_from(to).ok()?, u32::try_from(from - start).ok()?))
}

/// `s` over `t` with a weight of 0 to 255, rounded to nearest.
const fn mix(s: u32, t: u32, weight: u32) -> u8 {
    ((s * weight + t * (255 - weight) + 127) / 255) as u8
}

/// Multiplies a row onto another. Few colours cannot be mixed, as above.
fn multiply_row(target: &mut [u8], to: PixelFormat, source: &[u8], from: PixelFormat, opacity: u32) {
    let is_few = |format| matches!(format, PixelFormat::Grey | PixelFormat::Index);
    if is_few(from) || is_few(to) {
        return;
    }
    for (t, s) in target.chunks_exact_mut(to.bytes()).zip(source.chunks_exact(from.bytes())) {
        let above = s.get(3).map_or(opacity, |alpha| (u32::from(*alpha) * opacity + 127) / 255);
        let Some(s) = s.first_chunk() else { continue };
        if let Ok(t) = <&mut [u8; 4]>::try_from(&mut *t) {
            multiply_rgba(t, *s, above);
        } else if let Some(t) = t.first_chunk_mut() {
            multiply_rgb(t, *s, above);
        }
    }
}

const fn over_rgb(t: &mut [u8; 3], s: [u8; 4], opacity: u32) {
    if s[3] as u32 & opacity == 255 {
        *t = [s[0], s[1], s[2]];
        return;
    }
    if s[3] == 0 {
        return;
    }
    let alpha = (s[3] as u32 * opacity + 127) / 255;
    t[0] = mix(s[0] as u32, t[0] as u32, alpha);
    t[1] = mix(s[1] as u32, t[1] as u32, alpha);
    t[2] = mix(s[2] as u32, t[2] as u32, alpha);
}

fn over_rgba(t: &mut [u8; 4], s: [u8; 4], opacity: u32) {
    if u32::from(s[3]) & opacity == 255 {
        *t = s;
        return;
    }
    let above = (u32::from(s[3]) * opacity + 127) / 255;
    let below = u32::from(t[3]);
    if above == 255 || below == 0 {
        *t = [s[0], s[1], s[2], above as u8];
        return;
    }
    // Both weights in 255ths of 255, so that nothing is lost before the one division.
    let (weight_s, weight_t) = (above * 255, below * (255 - above));
    let total = weight_s + weight_t;
    for (t, s) in t.iter_mut().zip(s).take(3) {
        *t = ((u32::from(s) * weight_s + u32::from(*t) * weight_t + total / 2) / total) as u8;
    }
    t[3] = ((total + 127) / 255) as u8;
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tile(format: PixelFormat, pixel: &[u8]) -> TileImage {
        TileImage::new(2, 2, format, pixel.repeat(4)).unwrap()
    }

    fn pixel(strip: &StripPixels, x: u32, y: u32) -> Vec<u8> {
        let bytes = strip.format().bytes();
        let at = y as usize * strip.row_bytes() + x as usize * bytes;
        strip.samples()[at..at + bytes].to_vec()
    }

    #[test]
    fn tiles_are_cut_at_every_edge() {
        let red = tile(PixelFormat::Rgb, &[255, 0, 0]);
        for (left, top) in [(-1, -1), (3, -1), (-1, 2), (3, 2), (1, 1), (-2, 0), (4, 0), (0, 3), (0, -2)] {
            let mut strip = StripPixels::new(4, 3, PixelFormat::Rgb).unwrap();
            paste(&mut strip, &red, left, top, 1.0, Blend::Over);
            for y in 0..3i64 {
                for x in 0..4i64 {
                    let inside = (left..left + 2).contains(&x) && (top..top + 2).contains(&y);
                    let want: &[u8] = if inside { &[255, 0, 0] } else { &[255, 255, 255] };
                    assert_eq!(
                        pixel(&strip, x as u32, y as u32),
                        want,
                        "tile at {left},{top}, pixel {x},{y}"
                    );
                }
            }
        }
    }

    #[test]
    fn alpha_and_opacity_cover_what_is_below() {
        let mut strip = StripPixels::new(2, 2, PixelFormat::Rgb).unwrap();
        paste(&mut strip, &tile(PixelFormat::Rgba, &[0, 0, 0, 128]), 0, 0, 1.0, Blend::Over);
        assert_eq!(pixel(&strip, 0, 0), [127, 127, 127]);
        paste(&mut strip, &tile(PixelFormat::Rgb, &[255, 0, 1]), 0, 0, 0.5, Blend::Over);
        assert_eq!(pixel(&strip, 1, 1), [191, 63, 64]);
        paste(&mut strip, &tile(PixelFormat::Rgba, &[9, 9, 9, 0]), 0, 0, 1.0, Blend::Over);
        assert_eq!(pixel(&strip, 1, 1), [191, 63, 64]);
    }

    #[test]
    fn a_transparent_strip_keeps_straight_colours() {
        let mut strip = StripPixels::new(2, 2, PixelFormat::Rgba).unwrap();
        paste(&mut strip, &tile(PixelFormat::Rgba, &[10, 20, 30, 40]), 0, 0, 1.0, Blend::Over);
        assert_eq!(pixel(&strip, 0, 0), [10, 20, 30, 40]);
        paste(&mut strip, &tile(PixelFormat::Rgb, &[200, 100, 0]), 0, 0, 0.5, Blend::Over);
        // alpha 128 over 40: 128 + 40 * 127/255 = 147.9; colour weighted 128 : 19.9
        assert_eq!(pixel(&strip, 0, 0), [174, 89, 4, 148]);
        paste(&mut strip, &tile(PixelFormat::Rgb, &[7, 8, 9]), 0, 0, 1.0, Blend::Over);
        assert_eq!(pixel(&strip, 0, 0), [7, 8, 9, 255]);
    }

    #[test]
    fn layers_are_multiplied_in_every_format() {
        for (format, white) in [(PixelFormat::Rgb, &[255, 255, 255][..]), (PixelFormat::Rgba, &[])] {
            let mut strip = StripPixels::new(2, 2, format).unwrap();
            paste(&mut strip, &tile(PixelFormat::Rgb, &[200, 100, 0]), 0, 0, 1.0, Blend::Over);
            paste(&mut strip, &tile(PixelFormat::Rgba, &[100, 100, 100, 255]), 1, 0, 1.0, Blend::Multiply);
            paste(&mut strip, &tile(PixelFormat::Rgb, &[100, 100, 100]), 0, 1, 0.5, Blend::Multiply);
            assert_eq!(pixel(&strip, 0, 0)[..3], [200, 100, 0]);
            assert_eq!(pixel(&strip, 1, 0)[..3], [78, 39, 0]);
            // 200 (1 - 128/255) + 200 * 100/255 * 128/255
            assert_eq!(pixel(&strip, 0, 1)[..3], [139, 69, 0]);
            let mut strip = StripPixels::new(2, 2, format).unwrap();
            paste(&mut strip, &tile(PixelFormat::Rgba, &[9, 9, 9, 0]), 0, 0, 1.0, Blend::Multiply);
            assert_eq!(pixel(&strip, 0, 0)[..white.len()], *white);
            paste(&mut strip, &tile(PixelFormat::Rgba, &[10, 20, 30, 40]), 0, 0, 1.0, Blend::Multiply);
            let want: &[u8] = if white.is_empty() { &[10, 20, 30, 40] } else { &[217, 218, 220] };
            assert_eq!(pixel(&strip, 0, 0), want);
            paste(&mut strip, &tile(PixelFormat::Grey, &[0]), 0, 0, 1.0, Blend::Multiply);
            assert_eq!(pixel(&strip, 0, 0), want);
        }
    }
}
