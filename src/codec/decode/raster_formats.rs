//! WebP and GIF tiles, through the decoders of the `image` crate.

use std::io::Cursor;

use image::codecs::{gif::GifDecoder, webp::WebPDecoder};
use image::error::{ImageError, LimitErrorKind};
use image::{ColorType, ImageDecoder, Limits};

use crate::codec::DecodeError;
use crate::codec::decode::{WORK_BYTES, check_size};
use crate::raster::{PixelFormat, TileImage};

fn limits() -> Limits {
    let mut limits = Limits::default();
    limits.max_alloc = Some(WORK_BYTES);
    limits
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
    let pixels = match colour {
        ColorType::Rgb8 => PixelFormat::Rgb,
        ColorType::Rgba8 => PixelFormat::Rgba,
        _ => {
            let reason = format!("pixels of type {colour:?} are not supported");
            return Err(DecodeError::Damaged { format, reason });
        }
    };
    TileImage::new(width, height, pixels, raw)
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
