//! PNG tiles: every colour type and bit depth, interlaced or not.

use std::io::{Cursor, ErrorKind};

use png::{BitDepth, ColorType, Decoder, DecodingError, Limits, Transformations};

use crate::codec::DecodeError;
use crate::codec::decode::{WORK_BYTES, check_size};
use crate::raster::{PixelFormat, TileImage};

const FORMAT: &str = "PNG";

pub fn decode(bytes: &[u8], side_px: u32) -> Result<TileImage, DecodeError> {
    let limits = Limits { bytes: WORK_BYTES as usize };
    let mut decoder = Decoder::new_with_limits(Cursor::new(bytes), limits);
    let header = decoder.read_header_info().map_err(fault)?;
    check_size(header.width, header.height, side_px)?;
    // Palettes of eight bits, which map tiles have, are looked up here, twice as fast.
    let looked_up = header.color_type == ColorType::Indexed && header.bit_depth == BitDepth::Eight;
    decoder.set_transformations(if looked_up { Transformations::IDENTITY } else { Transformations::EXPAND });
    let mut reader = decoder.read_info().map_err(fault)?;
    let (colour, depth) = reader.output_color_type();
    let length = reader.output_buffer_size().ok_or_else(out_of_memory)?;
    let mut raw = buffer(length)?;
    raw.resize(length, 0);
    reader.next_frame(&mut raw).map_err(fault)?;
    let (format, samples) = match (colour, depth) {
        (ColorType::Indexed, BitDepth::Eight) => {
            look_up(&raw, reader.info().palette.as_deref(), reader.info().trns.as_deref())?
        }
        (_, BitDepth::Eight) => to_rgb(colour, raw)?,
        // The high byte stands first.
        (_, BitDepth::Sixteen) => to_rgb(colour, raw.as_chunks().0.iter().map(|[high, _]| *high).collect())?,
        _ => return Err(unsupported(colour, depth)),
    };
    TileImage::new(side_px, side_px, format, samples).map_err(damaged)
}

fn damaged(error: impl std::fmt::Display) -> DecodeError {
    DecodeError::Damaged { format: FORMAT, reason: error.to_string() }
}

const fn out_of_memory() -> DecodeError {
    DecodeError::OutOfMemory { bytes: WORK_BYTES as usize }
}

fn unsupported(colour: ColorType, depth: BitDepth) -> DecodeError {
    damaged(format!("pixels of type {colour:?} with {} bits are not supported", depth as u8))
}

fn fault(error: DecodingError) -> DecodeError {
    match error {
        DecodingError::IoError(e) if e.kind() == ErrorKind::UnexpectedEof => {
            DecodeError::Truncated { format: FORMAT }
        }
        DecodingError::LimitsExceeded => out_of_memory(),
        other => damaged(other),
    }
}

/// An empty buffer with room for so many bytes.
fn buffer(bytes: usize) -> Result<Vec<u8>, DecodeError> {
    let mut buffer = Vec::new();
    buffer.try_reserve_exact(bytes).map_err(|_| DecodeError::OutOfMemory { bytes })?;
    Ok(buffer)
}

/// Samples of eight bits as RGB or RGBA.
fn to_rgb(colour: ColorType, raw: Vec<u8>) -> Result<(PixelFormat, Vec<u8>), DecodeError> {
    Ok(match colour {
        ColorType::Rgb => (PixelFormat::Rgb, raw),
        ColorType::Rgba => (PixelFormat::Rgba, raw),
        ColorType::Grayscale => (PixelFormat::Rgb, raw.iter().flat_map(|grey| [*grey; 3]).collect()),
        ColorType::GrayscaleAlpha => {
            let pairs = raw.as_chunks().0.iter();
            (PixelFormat::Rgba, pairs.flat_map(|[grey, alpha]| [*grey, *grey, *grey, *alpha]).collect())
        }
        ColorType::Indexed => return Err(unsupported(colour, BitDepth::Eight)),
    })
}

/// The colours of indices: RGBA where the palette has transparency, else RGB.
fn look_up(
    indices: &[u8],
    palette: Option<&[u8]>,
    alphas: Option<&[u8]>,
) -> Result<(PixelFormat, Vec<u8>), DecodeError> {
    let palette = palette.ok_or_else(|| damaged("the palette is missing"))?;
    let colours = colours(palette, alphas.unwrap_or_default());
    if alphas.is_some() {
        let mut samples = buffer(indices.len() * 4)?;
        for index in indices {
            samples.extend_from_slice(&colours[usize::from(*index)].to_le_bytes());
        }
        return Ok((PixelFormat::Rgba, samples));
    }
    let colours = colours.map(|colour| colour & 0xff_ffff);
    let mut samples = buffer(indices.len() * 3)?;
    // By way of a few pixels that stay near, so that the whole is not filled with zeros first.
    let mut some = [0; SOME_PIXELS * 3];
    for indices in indices.chunks(SOME_PIXELS) {
        let some = some.get_mut(..indices.len() * 3).unwrap_or_default();
        look_up_rgb(indices, &colours, some);
        samples.extend_from_slice(some);
    }
    Ok((PixelFormat::Rgb, samples))
}

/// Pixels that are looked up at a time.
const SOME_PIXELS: usize = 256;

/// Red, green and blue of some indices, from colours without alpha.
fn look_up_rgb(indices: &[u8], colours: &[u32; 256], to: &mut [u8]) {
    let colour = |index: u8| u64::from(colours[usize::from(index)]);
    let (eights, rest) = indices.as_chunks();
    let mut places = to.as_chunks_mut::<8>().0.iter_mut();
    // Eight pixels in three words: writing many bytes at once is what makes this fast.
    for &[a, b, c, d, e, f, g, h] in eights {
        let (c, f) = (colour(c), colour(f));
        let words = [
            colour(a) | colour(b) << 24 | c << 48,
            c >> 16 | colour(d) << 8 | colour(e) << 32 | f << 56,
            f >> 8 | colour(g) << 16 | colour(h) << 40,
        ];
        for (word, place) in words.into_iter().zip(places.by_ref()) {
            *place = word.to_le_bytes();
        }
    }
    let places = to.get_mut(eights.len() * 24..).unwrap_or_default().as_chunks_mut().0;
    for (place, index) in places.iter_mut().zip(rest) {
        let [r, g, b, ..] = colour(*index).to_le_bytes();
        *place = [r, g, b];
    }
}

/// Red, green, blue and alpha of each index, red lowest. What the palette does not have is black; transparency for more
/// colours than it has counts for none, as others read it.
fn colours(palette: &[u8], alphas: &[u8]) -> [u32; 256] {
    let mut colours = [u32::from_le_bytes([0, 0, 0, 255]); 256];
    let palette = palette.as_chunks().0;
    let alphas = if alphas.len() <= palette.len() { alphas } else { &[] };
    for (at, (colour, [r, g, b])) in colours.iter_mut().zip(palette).enumerate() {
        *colour = u32::from_le_bytes([*r, *g, *b, alphas.get(at).copied().unwrap_or(255)]);
    }
    colours
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A PNG of 256 x 256 px with samples that are all different, as far as there are so many.
    fn png(colour: ColorType, depth: BitDepth, palette: Option<&[u8]>, trns: Option<&[u8]>) -> Vec<u8> {
        let mut file = Vec::new();
        let mut encoder = png::Encoder::new(&mut file, 256, 256);
        encoder.set_color(colour);
        encoder.set_depth(depth);
        if let Some(palette) = palette {
            encoder.set_palette(palette.to_vec());
        }
        if let Some(trns) = trns {
            encoder.set_trns(trns.to_vec());
        }
        let bytes = 256 * 256 * colour.samples() * depth as usize / 8;
        let samples: Vec<u8> = (0..bytes).map(sample).collect();
        encoder.write_header().unwrap().write_image_data(&samples).unwrap();
        file
    }

    fn sample(at: usize) -> u8 {
        (at ^ at >> 8) as u8
    }

    #[test]
    fn indices_become_their_colours() {
        let palette: Vec<u8> = (0..200).flat_map(|i| [i, 255 - i, i / 2]).collect();
        let rgb = |index: u8| if index < 200 { [index, 255 - index, index / 2] } else { [0; 3] };
        let tile = decode(&png(ColorType::Indexed, BitDepth::Eight, Some(&palette), None), 256).unwrap();
        assert_eq!(tile.format(), PixelFormat::Rgb);
        let want: Vec<u8> = (0..256 * 256).flat_map(|at| rgb(sample(at))).collect();
        assert!(tile.samples() == want);

        let alphas: Vec<u8> = (0..100).map(|i| i * 2).collect();
        let tile =
            decode(&png(ColorType::Indexed, BitDepth::Eight, Some(&palette), Some(&alphas)), 256).unwrap();
        assert_eq!(tile.format(), PixelFormat::Rgba);
        let rgba = |index: u8| {
            let [r, g, b] = rgb(index);
            [r, g, b, if index < 100 { index * 2 } else { 255 }]
        };
        let want: Vec<u8> = (0..256 * 256).flat_map(|at| rgba(sample(at))).collect();
        assert!(tile.samples() == want);
    }

    #[test]
    fn transparency_for_too_many_colours_is_none() {
        assert_eq!(colours(&[1, 2, 3, 4, 5, 6], &[9, 8, 7])[..3], [0xff03_0201, 0xff06_0504, 0xff00_0000]);
        assert_eq!(colours(&[1, 2, 3, 4, 5, 6], &[9])[..3], [0x0903_0201, 0xff06_0504, 0xff00_0000]);
    }

    #[test]
    fn odd_numbers_of_pixels_are_looked_up() {
        let palette = [1, 2, 3, 4, 5, 6, 7, 8, 9];
        let indices = [0, 1, 2, 0, 1, 2, 2, 1, 2, 0, 1];
        for pixels in 0..=600 {
            let indices = || indices.iter().cycle().take(pixels).copied();
            let want: Vec<u8> = indices().flat_map(|i| [1, 2, 3].map(|c| i * 3 + c)).collect();
            let (_, samples) = look_up(&indices().collect::<Vec<_>>(), Some(&palette), None).unwrap();
            assert_eq!(samples, want);
        }
        assert!(look_up(&[1; 11], None, None).is_err(), "without a palette");
    }

    #[test]
    fn small_indices_are_expanded() {
        let palette = [10, 20, 30, 40, 50, 60, 70, 80, 90, 100, 110, 120];
        let tile = decode(&png(ColorType::Indexed, BitDepth::Two, Some(&palette), None), 256).unwrap();
        let index = |at: usize| usize::from(sample(at / 4) >> (6 - at % 4 * 2) & 3);
        let want: Vec<u8> =
            (0..256 * 256).flat_map(|at| [0, 1, 2].map(|c| palette[index(at) * 3 + c])).collect();
        assert!(tile.samples() == want);
    }

    #[test]
    fn sixteen_bits_keep_the_high_byte() {
        let tile = decode(&png(ColorType::Rgb, BitDepth::Sixteen, None, None), 256).unwrap();
        let want: Vec<u8> = (0..256 * 256 * 3).map(|at| sample(at * 2)).collect();
        assert!(tile.samples() == want);
        let tile = decode(&png(ColorType::GrayscaleAlpha, BitDepth::Sixteen, None, None), 256).unwrap();
        assert_eq!(tile.format(), PixelFormat::Rgba);
        let grey_alpha = |at: usize| (sample(at * 4), sample(at * 4 + 2));
        let want: Vec<u8> = (0..256 * 256)
            .flat_map(|at| {
                let (grey, alpha) = grey_alpha(at);
                [grey, grey, grey, alpha]
            })
            .collect();
        assert!(tile.samples() == want);
    }

    #[test]
    fn greys_become_rgb() {
        let tile = decode(&png(ColorType::Grayscale, BitDepth::Eight, None, None), 256).unwrap();
        let want: Vec<u8> = (0..256 * 256).flat_map(|at| [sample(at); 3]).collect();
        assert!(tile.samples() == want);
    }
}
