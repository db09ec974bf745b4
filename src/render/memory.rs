//! How much memory rendering takes. WebAssembly memory never shrinks, so it is planned, not found out.

use serde::{Deserialize, Serialize};

use crate::raster::PixelFormat;

/// The memory of one image's strips.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Memory {
    /// Rows of a slice: a strip that is too large is worked slice by slice.
    pub(super) slice_px: u32,
    /// What the coded tiles of one tile row may take, where coefficients are carried over.
    pub(super) row_bytes: u64,
    /// What one strip takes while it is rendered.
    pub strip_bytes: u64,
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

/// Coded tiles of one row have at most so many bits a pixel: twice what JPEG of quality 95 has, and no more than
/// memory allows for an image of the greatest width.
const CODED_BITS_PER_PIXEL: u64 = 12;

impl Memory {
    /// The memory for strips of `strip_px` rows.
    ///
    /// `largest_tile_px` is the largest tile side of all layers, `at_once` how many strips a module may be given at once.
    pub(super) fn plan(
        width_px: u32,
        pixels: PixelFormat,
        strip_px: u32,
        largest_tile_px: u32,
        draws_embedded_map: bool,
        at_once: u32,
    ) -> Self {
        let row_bytes = u64::from(width_px) * pixels.bytes() as u64;
        let mut slice_px = strip_px;
        while slice_px > 1 && u64::from(slice_px) * row_bytes + ENCODER_BYTES > STRIPS_BYTES {
            slice_px /= 2;
        }
        let strip_bytes = u64::from(slice_px) * row_bytes + ENCODER_BYTES;
        let map_bytes = if draws_embedded_map { EMBEDDED_MAP_BYTES } else { 0 };
        Self::of(slice_px, 0, strip_bytes, decoding_bytes(largest_tile_px) + map_bytes, at_once)
    }

    /// The memory for strips whose tiles' coefficients are carried over: a row of coded tiles.
    pub(super) fn plan_carried(width_px: u32, strip_px: u32, tile_px: u32, at_once: u32) -> Self {
        let columns = u64::from(width_px.div_ceil(tile_px)) + 1;
        let row_bytes = columns * u64::from(tile_px) * u64::from(tile_px) * CODED_BITS_PER_PIXEL / 8;
        let row_bytes = row_bytes.min(STRIPS_BYTES - ENCODER_BYTES);
        Self::of(strip_px, row_bytes, row_bytes + ENCODER_BYTES, decoding_bytes(tile_px), at_once)
    }

    fn of(slice_px: u32, row_bytes: u64, strip_bytes: u64, beside_bytes: u64, at_once: u32) -> Self {
        let together = (STRIPS_BYTES / strip_bytes).clamp(1, u64::from(at_once.max(1)));
        let peak_bytes = MODULE_BYTES + beside_bytes + together * strip_bytes;
        Self { slice_px, row_bytes, strip_bytes, peak_bytes }
    }
}

/// Decoding one tile: its bytes, its pixels, the decoder's work. One tile is decoded at a time in a module.
const fn decoding_bytes(tile_px: u32) -> u64 {
    const BYTES_PER_PIXEL: u64 = 24;
    // The most that fuzzing found: a hostile WebP of 256 px takes 4 MB.
    (3 << 20) + tile_px as u64 * tile_px as u64 * BYTES_PER_PIXEL
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_image_fits_the_budget() {
        for width_px in [1, 5_120, 20_480, 30_000, 32_768] {
            for (tile_px, pixels) in [(256, PixelFormat::Rgb), (512, PixelFormat::Rgba)] {
                for at_once in [1, 2, 64] {
                    let memory = Memory::plan(width_px, pixels, tile_px, tile_px, true, at_once);
                    assert!(memory.peak_bytes <= BUDGET_BYTES, "{width_px} {tile_px} {at_once}: {memory:?}");
                    assert!(memory.strip_bytes <= STRIPS_BYTES);
                    assert_eq!(tile_px % memory.slice_px, 0);
                    assert_eq!(memory.slice_px % 16, 0, "whole MCU rows");
                }
            }
        }
    }

    #[test]
    fn tiles_of_256_px_never_need_slices_in_rgb() {
        assert_eq!(Memory::plan(32_768, PixelFormat::Rgb, 256, 256, false, 2).slice_px, 256);
        assert_eq!(Memory::plan(32_768, PixelFormat::Rgb, 512, 512, false, 2).slice_px, 256);
    }
}
