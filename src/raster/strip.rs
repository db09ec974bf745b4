//! The pixels of one strip while it is being made.

use crate::raster::{PixelFormat, RasterError};

/// The pixels of a full-width run of rows.
///
/// # Guarantees
/// The buffer holds exactly width x rows pixels of its format.
#[derive(Debug)]
pub struct StripPixels {
    width_px: u32,
    rows: u32,
    format: PixelFormat,
    samples: Vec<u8>,
}

impl StripPixels {
    /// White pixels without alpha, transparent ones with it.
    ///
    /// # Errors
    /// [`RasterError::OutOfMemory`] instead of an abort when the buffer cannot be had.
    pub fn new(width_px: u32, rows: u32, format: PixelFormat) -> Result<Self, RasterError> {
        Self::within(Vec::new(), width_px, rows, format)
    }

    /// The same in a buffer from an earlier strip, if it is large enough.
    ///
    /// # Errors
    /// As for [`StripPixels::new`].
    pub fn within(
        buffer: Vec<u8>,
        width_px: u32,
        rows: u32,
        format: PixelFormat,
    ) -> Result<Self, RasterError> {
        let mut strip = Self { width_px, rows: 0, format, samples: buffer };
        strip.begin(rows)?;
        Ok(strip)
    }

    /// The buffer, for another strip.
    #[must_use]
    pub fn into_buffer(self) -> Vec<u8> {
        self.samples
    }

    /// Begins anew with so many rows, in the same memory if it is enough.
    ///
    /// # Errors
    /// As for [`StripPixels::new`].
    pub fn begin(&mut self, rows: u32) -> Result<(), RasterError> {
        let bytes = self.row_bytes() * rows as usize;
        self.samples.clear();
        if self.samples.capacity() < bytes {
            // Freed before, not after, the larger one is taken.
            self.samples = Vec::new();
        }
        self.samples.try_reserve_exact(bytes).map_err(|_| RasterError::OutOfMemory { bytes })?;
        let ground = match self.format {
            PixelFormat::Rgb | PixelFormat::Grey => 255,
            PixelFormat::Rgba | PixelFormat::Index => 0,
        };
        self.samples.resize(bytes, ground);
        self.rows = rows;
        Ok(())
    }

    /// Width in pixels.
    #[must_use]
    pub const fn width_px(&self) -> u32 {
        self.width_px
    }

    /// Number of rows.
    #[must_use]
    pub const fn rows(&self) -> u32 {
        self.rows
    }

    /// What a pixel is made of.
    #[must_use]
    pub const fn format(&self) -> PixelFormat {
        self.format
    }

    /// Bytes of one row.
    #[must_use]
    pub const fn row_bytes(&self) -> usize {
        self.width_px as usize * self.format.bytes()
    }

    /// All samples, top row first.
    #[must_use]
    pub fn samples(&self) -> &[u8] {
        &self.samples
    }

    /// The samples of pixels `from_px..to_px` of a row; empty where there are none.
    pub(super) fn pixels_mut(&mut self, y: u32, from_px: u32, to_px: u32) -> &mut [u8] {
        let bytes = self.format.bytes();
        let row = y as usize * self.row_bytes();
        let (from, to) = (row + from_px as usize * bytes, row + to_px as usize * bytes);
        self.samples.get_mut(from..to).unwrap_or_default()
    }
}
