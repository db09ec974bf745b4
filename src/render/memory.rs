//! How much memory rendering takes. WebAssembly memory never shrinks, so it is planned, not found out.

use serde::{Deserialize, Serialize};

use crate::codec::decode::MOST_OF_ANY_FORMAT_PX;
use crate::raster::PixelFormat;
use crate::render::decoded::DECODED_BYTES;

/// The memory of one image's strips.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Memory {
    /// Rows of a slice: a strip is worked slice by slice.
    pub(super) slice_px: u32,
    /// What the coded tiles of one tile row may take, where coefficients are carried over.
    pub(super) row_bytes: u64,
    /// What one strip takes while it is rendered.
    pub strip_bytes: u64,
    /// What it takes of [`STRIPS_BYTES`], which a module shares between strips of any images: more than it takes itself where
    /// decoding its squares takes more than is set aside for that.
    pub reserved_bytes: u64,
    /// The most WebAssembly memory of a module that renders this image, with all that it holds beside the strips.
    pub peak_bytes: u64,
}

/// The most WebAssembly memory of a module that renders, whatever it renders.
pub const BUDGET_BYTES: u64 = 48 << 20;

/// Of it, what all strips that a module renders at once may take together.
pub const STRIPS_BYTES: u64 = 28 << 20;

/// The code's own data, its stack, and what is small.
const MODULE_BYTES: u64 = 5 << 20;

/// The embedded map, unpacked.
const EMBEDDED_MAP_BYTES: u64 = 6 << 20;

/// One strip beside its pixels: the compressor, its output, marks and parents of missing tiles.
const ENCODER_BYTES: u64 = 2 << 20;

/// A layer that is resampled: some of its pixels, what is made of them, and decoded tiles that are needed again.
const RESAMPLING_BYTES: u64 = 6 << 20;

/// What rendering takes beside the pixels of the image.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Work {
    /// The largest side of a picture that is fetched.
    pub largest_px: u32,
    /// Whether the embedded map is drawn.
    pub draws_embedded_map: bool,
    /// The same of layers that are resampled, if there are any.
    pub largest_resampled_px: Option<u32>,
}

/// Coded tiles of one row have at most so many bits a pixel: twice what JPEG of quality 95 has, and no more than
/// memory allows for an image of the greatest width.
const CODED_BITS_PER_PIXEL: u64 = 12;

impl Memory {
    /// The memory for strips that are worked in slices of `slice_px` rows, or of fewer if those do not fit.
    ///
    /// `at_once` is how many strips a module may be given at once.
    pub(super) fn plan(width_px: u32, pixels: PixelFormat, slice_px: u32, work: &Work, at_once: u32) -> Self {
        let row_bytes = u64::from(width_px) * pixels.bytes() as u64;
        let map_bytes = if work.draws_embedded_map { EMBEDDED_MAP_BYTES } else { 0 };
        let beside_bytes = decoding_bytes(work.largest_px) + map_bytes;
        let most_bytes = STRIPS_BYTES.min(BUDGET_BYTES - MODULE_BYTES - beside_bytes);
        let own_bytes = ENCODER_BYTES + work.largest_resampled_px.map_or(0, resampling_bytes);
        let mut slice_px = slice_px;
        while slice_px > 16 && u64::from(slice_px) * row_bytes + own_bytes > most_bytes {
            slice_px /= 2;
        }
        let strip_bytes = u64::from(slice_px) * row_bytes + own_bytes;
        Self::of(slice_px, 0, strip_bytes, beside_bytes, most_bytes, at_once)
    }

    /// The memory for strips whose tiles' coefficients are carried over: a row of coded tiles.
    pub(super) fn plan_carried(width_px: u32, strip_px: u32, tile_px: u32, at_once: u32) -> Self {
        let columns = u64::from(width_px.div_ceil(tile_px)) + 1;
        let row_bytes = columns * u64::from(tile_px) * u64::from(tile_px) * CODED_BITS_PER_PIXEL / 8;
        let row_bytes = row_bytes.min(STRIPS_BYTES - ENCODER_BYTES);
        Self::of(
            strip_px,
            row_bytes,
            row_bytes + ENCODER_BYTES,
            decoding_bytes(tile_px),
            STRIPS_BYTES,
            at_once,
        )
    }

    fn of(
        slice_px: u32,
        row_bytes: u64,
        strip_bytes: u64,
        beside_bytes: u64,
        most_bytes: u64,
        at_once: u32,
    ) -> Self {
        let together = (most_bytes / strip_bytes).clamp(1, u64::from(at_once.max(1)));
        let peak_bytes = MODULE_BYTES + beside_bytes + together * strip_bytes;
        let reserved_bytes =
            strip_bytes + beside_bytes.saturating_sub(BUDGET_BYTES - MODULE_BYTES - STRIPS_BYTES);
        Self { slice_px, row_bytes, strip_bytes, reserved_bytes, peak_bytes }
    }
}

/// Decoding one tile: its bytes, its pixels, the decoder's work. One tile is decoded at a time in a module.
const fn decoding_bytes(tile_px: u32) -> u64 {
    // PNG and JPEG alone take less to a pixel than the others.
    let bytes_per_pixel = if tile_px > MOST_OF_ANY_FORMAT_PX { 16 } else { 24 };
    // The most that fuzzing found: a hostile WebP of 256 px takes 4 MB.
    (3 << 20) + tile_px as u64 * tile_px as u64 * bytes_per_pixel
}

/// What a strip takes for layers that are resampled: of the decoded squares, the largest is kept whatever its size.
fn resampling_bytes(largest_px: u32) -> u64 {
    const BYTES_PER_PIXEL: u64 = 4;
    let square = u64::from(largest_px) * u64::from(largest_px) * BYTES_PER_PIXEL;
    RESAMPLING_BYTES + square.saturating_sub(DECODED_BYTES as u64)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn work(largest_px: u32, draws_embedded_map: bool, largest_resampled_px: Option<u32>) -> Work {
        Work { largest_px, draws_embedded_map, largest_resampled_px }
    }

    #[test]
    fn every_image_fits_the_budget() {
        for width_px in [1, 5_120, 20_480, 30_000, 32_768] {
            for (tile_px, pixels) in
                [(256, PixelFormat::Rgb), (512, PixelFormat::Rgba), (1_088, PixelFormat::Rgba)]
            {
                for at_once in [1, 2, 64] {
                    for resampled in [None, Some(256), Some(tile_px)] {
                        let strip_px = if tile_px == 1_088 { 1_024 } else { tile_px };
                        let work = work(tile_px, true, resampled);
                        let memory = Memory::plan(width_px, pixels, strip_px, &work, at_once);
                        assert!(
                            memory.peak_bytes <= BUDGET_BYTES,
                            "{width_px} {tile_px} {at_once}: {memory:?}"
                        );
                        assert!(memory.reserved_bytes <= STRIPS_BYTES);
                        assert_eq!(strip_px % memory.slice_px, 0);
                        assert_eq!(memory.slice_px % 16, 0, "whole MCU rows");
                    }
                }
            }
        }
    }

    #[test]
    fn tiles_of_256_px_never_need_slices_in_rgb() {
        let plan =
            |tile_px: u32| Memory::plan(32_768, PixelFormat::Rgb, tile_px, &work(tile_px, false, None), 2);
        assert_eq!(plan(256).slice_px, 256);
        assert_eq!(plan(512).slice_px, 256);
    }
}
