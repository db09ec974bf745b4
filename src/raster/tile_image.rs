//! The pixels of one tile.

use crate::raster::{PixelFormat, RasterError};

/// The pixels of one tile.
///
/// # Guarantees
/// The buffer holds exactly width x height pixels of its format.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TileImage {
    width_px: u32,
    height_px: u32,
    format: PixelFormat,
    samples: Vec<u8>,
}

impl TileImage {
    /// Wraps a buffer, top row first.
    ///
    /// # Errors
    /// [`RasterError::Length`] when the buffer has another size.
    pub fn new(
        width_px: u32,
        height_px: u32,
        format: PixelFormat,
        samples: Vec<u8>,
    ) -> Result<Self, RasterError> {
        let expected = width_px as usize * height_px as usize * format.bytes();
        if samples.len() != expected {
            return Err(RasterError::Length { width_px, height_px, expected, got: samples.len() });
        }
        Ok(Self { width_px, height_px, format, samples })
    }

    /// Width in pixels.
    #[must_use]
    pub const fn width_px(&self) -> u32 {
        self.width_px
    }

    /// Height in pixels.
    #[must_use]
    pub const fn height_px(&self) -> u32 {
        self.height_px
    }

    /// What a pixel is made of.
    #[must_use]
    pub const fn format(&self) -> PixelFormat {
        self.format
    }

    /// All samples, top row first.
    #[must_use]
    pub fn samples(&self) -> &[u8] {
        &self.samples
    }

    /// The samples of one row; empty below the image.
    #[must_use]
    pub fn row(&self, y: u32) -> &[u8] {
        let bytes = self.width_px as usize * self.format.bytes();
        let from = y as usize * bytes;
        self.samples.get(from..from + bytes).unwrap_or_default()
    }
}
