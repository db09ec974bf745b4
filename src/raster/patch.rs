//! The pixels of a layer, on its own lattice, that a piece of the output is resampled from.

use crate::geo::PixelWindow;
use crate::raster::{PixelFormat, RasterError, TileImage};

/// RGBA pixels of a window on a layer's lattice, straight alpha, transparent until tiles are pasted.
///
/// What lies outside the window is not there: it weighs nothing where pixels are mixed.
///
/// # Guarantees
/// At most [`Patch::MOST_PX`] pixels; the buffer holds those of the window.
#[derive(Debug)]
pub struct Patch {
    window: PixelWindow,
    pixels: Vec<[u8; 4]>,
}

impl Patch {
    /// The most pixels of a patch: 16 MiB.
    pub const MOST_PX: u64 = 1 << 22;

    const PADDING_PX: usize = 3;

    /// A transparent patch.
    ///
    /// # Errors
    /// [`RasterError::OutOfMemory`] for more than [`Patch::MOST_PX`] pixels, or when the buffer cannot be had.
    pub fn new(window: &PixelWindow) -> Result<Self, RasterError> {
        Self::within(Vec::new(), window)
    }

    /// The same in a buffer from an earlier patch, if it is large enough.
    ///
    /// # Errors
    /// As for [`Patch::new`].
    pub fn within(mut buffer: Vec<[u8; 4]>, window: &PixelWindow) -> Result<Self, RasterError> {
        let too_many = || RasterError::OutOfMemory {
            bytes: usize::try_from(window.pixels()).unwrap_or(usize::MAX).saturating_mul(4),
        };
        if window.pixels() > Self::MOST_PX {
            return Err(too_many());
        }
        let pixels = usize::try_from(window.pixels()).map_err(|_| too_many())? + Self::PADDING_PX;
        buffer.clear();
        if buffer.capacity() < pixels {
            // Freed before, not after, the larger one is taken.
            buffer = Vec::new();
        }
        buffer.try_reserve_exact(pixels).map_err(|_| too_many())?;
        buffer.resize(pixels, [0; 4]);
        Ok(Self { window: *window, pixels: buffer })
    }

    /// The buffer, for another patch.
    #[must_use]
    pub fn into_buffer(self) -> Vec<[u8; 4]> {
        self.pixels
    }

    /// The window on the layer's lattice.
    #[must_use]
    pub const fn window(&self) -> &PixelWindow {
        &self.window
    }

    /// Width in pixels.
    #[must_use]
    pub const fn width_px(&self) -> usize {
        self.window.width_px() as usize
    }

    /// All pixels, top row first.
    #[must_use]
    pub fn pixels(&self) -> &[[u8; 4]] {
        self.pixels.get(..self.pixels.len() - Self::PADDING_PX).unwrap_or_default()
    }

    /// The same and some more, of no meaning, so that four can be read from any pixel on.
    pub(super) fn padded_pixels(&self) -> &[[u8; 4]] {
        &self.pixels
    }

    /// Puts a tile with its top left pixel at a place on the layer's lattice; what sticks out is cut off. It takes the
    /// place of what was there. Places in a palette are no colours: such tiles are left out.
    pub fn put(&mut self, tile: &TileImage, left_px: i64, top_px: i64) {
        let (width, height) = (i64::from(tile.width_px()), i64::from(tile.height_px()));
        let (from, to) =
            (left_px.max(self.window.left_px()), left_px.saturating_add(width).min(self.window.right_px()));
        let bottom = top_px.saturating_add(height).min(self.window.bottom_px());
        if from >= to {
            return;
        }
        let bytes = tile.format().bytes();
        let (skip, count) = ((from - left_px) as usize, (to - from) as usize);
        let across = (from - self.window.left_px()) as usize;
        for y in top_px.max(self.window.top_px())..bottom {
            let row = (y - self.window.top_px()) as usize * self.width_px() + across;
            let target = self.pixels.get_mut(row..row + count).unwrap_or_default();
            let source = tile.row((y - top_px) as u32).get(skip * bytes..).unwrap_or_default();
            match tile.format() {
                PixelFormat::Rgb => {
                    for (t, [r, g, b]) in target.iter_mut().zip(source.as_chunks::<3>().0) {
                        *t = [*r, *g, *b, 255];
                    }
                }
                PixelFormat::Rgba => {
                    for (t, s) in target.iter_mut().zip(source.as_chunks::<4>().0) {
                        *t = *s;
                    }
                }
                PixelFormat::Grey => {
                    for (t, s) in target.iter_mut().zip(source) {
                        *t = [*s, *s, *s, 255];
                    }
                }
                PixelFormat::Index => {}
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tiles_are_cut_to_the_window() {
        let window = PixelWindow::new(-3, 10, 5, 4).unwrap();
        let most = PixelWindow::MAX_PLACE_PX;
        for (left, top) in
            [(-4, 9), (1, 13), (-2, 11), (-5, 10), (2, 10), (0, 14), (0, 8), (i64::MAX, 0), (most, i64::MIN)]
        {
            let samples: Vec<u8> = (0..12).collect();
            let tile = TileImage::new(2, 2, PixelFormat::Rgb, samples).unwrap();
            let mut patch = Patch::new(&window).unwrap();
            patch.put(&tile, left, top);
            for (i, got) in patch.pixels().iter().enumerate() {
                let (x, y) = (i as i64 % 5 - 3, i as i64 / 5 + 10);
                let (u, v) = (x.wrapping_sub(left), y.wrapping_sub(top));
                let inside = (0..2).contains(&u) && (0..2).contains(&v);
                let first = if inside { (v * 6 + u * 3) as u8 } else { 0 };
                let want = if inside { [first, first + 1, first + 2, 255] } else { [0; 4] };
                assert_eq!(*got, want, "tile at {left}, {top}, pixel {x}, {y}");
            }
        }
    }

    #[test]
    fn a_patch_is_bounded_and_begins_empty() {
        let huge = PixelWindow::new(0, 0, 1 << 24, 1 << 24).unwrap();
        assert!(matches!(Patch::new(&huge), Err(RasterError::OutOfMemory { .. })));
        let window = PixelWindow::new(0, 0, 2, 2).unwrap();
        let patch = Patch::within(vec![[9; 4]; 100], &window).unwrap();
        assert_eq!(patch.pixels(), [[0; 4]; 4]);
        assert_eq!(patch.into_buffer().capacity(), 100);
    }
}
