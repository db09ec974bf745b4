//! Decoding the tiles that sources send. Every byte is hostile.
//!
//! The format is told by the first bytes, never by a header or a name; the declared size is compared with the tile
//! size before any memory is taken, so an image that declares 60,000 x 60,000 px costs nothing.

mod jpeg;
mod png;
mod raster_formats;
mod sniff;

use crate::codec::DecodeError;
use crate::raster::TileImage;

pub use sniff::{ImageKind, sniff};

/// Memory that a decoder may take beyond the pixels.
const WORK_BYTES: u64 = 8 << 20;

/// The largest side of a square picture in any format. Larger ones, which a WMS may send, must be PNG or JPEG, whose
/// decoders take less memory to a pixel.
pub const MOST_OF_ANY_FORMAT_PX: u32 = 576;

/// Decodes a tile of exactly `side_px` x `side_px` pixels.
///
/// Grey becomes RGB, palettes and transparency become RGB or RGBA, 16 bits a sample become 8 (the high byte), CMYK
/// becomes RGB. Animations show their first frame.
///
/// # Errors
/// [`DecodeError`] saying what the bytes are instead.
// Not to become a part of its caller, which is compiled for size.
#[inline(never)]
pub fn decode_tile(bytes: &[u8], side_px: u32) -> Result<TileImage, DecodeError> {
    match sniff(bytes)? {
        ImageKind::Jpeg => jpeg::decode(bytes, side_px),
        ImageKind::Png => png::decode(bytes, side_px),
        other if side_px > MOST_OF_ANY_FORMAT_PX => {
            Err(DecodeError::LargeFormat { format: other.name(), limit_px: MOST_OF_ANY_FORMAT_PX })
        }
        ImageKind::WebP => raster_formats::decode_webp(bytes, side_px),
        ImageKind::Gif => raster_formats::decode_gif(bytes, side_px),
    }
}

/// Refuses an image whose declared size is not that of a tile.
const fn check_size(width_px: u32, height_px: u32, expected_px: u32) -> Result<(), DecodeError> {
    if width_px == expected_px && height_px == expected_px {
        Ok(())
    } else {
        Err(DecodeError::Size { width_px, height_px, expected_px })
    }
}
