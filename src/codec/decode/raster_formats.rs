//! PNG, WebP and GIF tiles, through the decoders of the `image` crate.

use std::io::Cursor;

use image::codecs::{gif::GifDecoder, png::PngDecoder, webp::WebPDecoder};
use image::error::{ImageError, LimitErrorKind};
use image::{ColorType, ImageDecoder, Limits};

use crate::codec::DecodeError;
use crate::codec::decode::check_size;
use crate::raster::{PixelFormat, TileImage};

/// Memory that a decoder may take beyond the pixels.
const WORK_BYTES: u64 = 8 << 20;

fn limits() -> Limits {
    let mut limits = Limits::default();
    limits.max_alloc = Some(WORK_BYTES);
    limits
}

pub fn decode_png(bytes: &[u8], side_px: u32) -> Result<TileImage, DecodeError> {
    read(PngDecoder::with_limits(Cursor::new(bytes), limits()), "PNG", side_px)
}

pub fn decode_webp(bytes: &[u8], side_px: u32) -> Result<TileImage, DecodeError> {
    read(WebPDecoder::new(Cursor::new(bytes)), "WebP", side_px)
}

pub fn decode_gif(bytes: &[u8], side_px: u32) -> Result<TileImage, DecodeError> {
    read(GifDecoder::new(Cursor::new(bytes)), "GIF", side_px)
}

fn read(
    decoder: Result<impl ImageDecoder, ImageError>,
    format: &'static str,
    side_px: u32,
) -> Result<TileImage, DecodeError> {
    let fault = |e: ImageError| fault(format, &e);
    let mut decoder = decoder.map_err(fault)?;
    let (width, height) = decoder.dimensions();
    check_size(width, height, side_px)?;
    decoder.set_limits(limits()).map_err(fault)?;
    let colour = decoder.color_type();
    let length = width as usize * height as usize * usize::from(colour.bytes_per_pixel());
    let mut raw = Vec::new();
    raw.try_reserve_exact(length).map_err(|_| DecodeError::OutOfMemory { bytes: length })?;
    raw.resize(length, 0);
    decoder.read_image(&mut raw).map_err(fault)?;
    let (pixels, samples) = to_rgb(colour, raw).ok_or_else(|| DecodeError::Damaged {
        format,
        reason: format!("pixels of type {colour:?} are not supported"),
    })?;
    TileImage::new(width, height, pixels, samples)
        .map_err(|e| DecodeError::Damaged { format, reason: e.to_string() })
}

fn fault(format: &'static str, error: &ImageError) -> DecodeError {
    match error {
        ImageError::IoError(e) if e.kind() == std::io::ErrorKind::UnexpectedEof => {
            DecodeError::Truncated { format }
        }
        ImageError::Limits(e) if e.kind() == LimitErrorKind::InsufficientMemory => {
            DecodeError::OutOfMemory { bytes: WORK_BYTES as usize }
        }
        other => DecodeError::Damaged { format, reason: other.to_string() },
    }
}

/// Any pixel type as RGB or RGBA of 8 bits.
fn to_rgb(colour: ColorType, raw: Vec<u8>) -> Option<(PixelFormat, Vec<u8>)> {
    use PixelFormat::{Rgb, Rgba};
    Some(match colour {
        ColorType::Rgb8 => (Rgb, raw),
        ColorType::Rgba8 => (Rgba, raw),
        ColorType::L8 => (Rgb, raw.iter().flat_map(|g| [*g; 3]).collect()),
        ColorType::La8 => (Rgba, raw.as_chunks::<2>().0.iter().flat_map(|[g, a]| [*g, *g, *g, *a]).collect()),
        ColorType::L16 => to_rgb(ColorType::L8, high_bytes(&raw))?,
        ColorType::La16 => to_rgb(ColorType::La8, high_bytes(&raw))?,
        ColorType::Rgb16 => (Rgb, high_bytes(&raw)),
        ColorType::Rgba16 => (Rgba, high_bytes(&raw)),
        _ => return None,
    })
}

/// The high byte of 16-bit samples, which the decoders give in native byte order.
fn high_bytes(raw: &[u8]) -> Vec<u8> {
    raw.as_chunks::<2>().0.iter().map(|pair| (u16::from_ne_bytes(*pair) >> 8) as u8).collect()
}
