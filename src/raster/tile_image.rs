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

    /// The image without so many pixels at each side: a map that was asked for with a margin, so that labels are not cut at
    /// its edge. In the same memory.
    ///
    /// # Errors
    /// [`RasterError::Margin`] when nothing is left.
    pub fn without_margin(mut self, margin_px: u32) -> Result<Self, RasterError> {
        let (width_px, height_px) = (self.width_px, self.height_px);
        let side = |side: u32| side.checked_sub(margin_px.checked_mul(2)?).filter(|left| *left > 0);
        let (Some(width), Some(height)) = (side(width_px), side(height_px)) else {
            return Err(RasterError::Margin { width_px, height_px, margin_px });
        };
        let bytes = self.format.bytes();
        let (row_before, row) = (width_px as usize * bytes, width as usize * bytes);
        let first = margin_px as usize * (row_before + bytes);
        for y in 0..height as usize {
            let from = first + y * row_before;
            self.samples.copy_within(from..from + row, y * row);
        }
        self.samples.truncate(height as usize * row);
        Ok(Self { width_px: width, height_px: height, ..self })
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_margin_is_cut_off_at_every_side() {
        let samples: Vec<u8> = (0..7 * 6 * 3).collect();
        let image = TileImage::new(7, 6, PixelFormat::Rgb, samples).unwrap();
        assert_eq!(image.clone().without_margin(0).unwrap(), image);
        let inner = image.clone().without_margin(2).unwrap();
        assert_eq!((inner.width_px(), inner.height_px()), (3, 2));
        let pixel = |y: u8, x: u8| y * 21 + x * 3;
        assert_eq!(inner.row(0), (pixel(2, 2)..pixel(2, 5)).collect::<Vec<_>>());
        assert_eq!(inner.row(1), (pixel(3, 2)..pixel(3, 5)).collect::<Vec<_>>());
        for margin in [3, 4, u32::MAX / 2 + 1, u32::MAX] {
            assert!(matches!(image.clone().without_margin(margin), Err(RasterError::Margin { .. })));
        }
    }
}
