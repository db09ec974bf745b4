//! The exact pixels of an image on a level's lattice.

use serde::{Deserialize, Serialize};

use crate::geo::{GeoError, LatticeTile, TileRange};

/// A rectangle of whole pixels on the lattice of one level: column 0, row 0 starts at the grid's origin,
/// columns grow eastward, rows downward. It need not begin at a tile edge.
///
/// # Guarantees
/// At least one pixel in each direction, at most [`PixelWindow::MAX_SIDE_PX`]; it begins within
/// [`PixelWindow::MAX_PLACE_PX`] of the origin. Deserialising checks it too.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "StoredWindow")]
pub struct PixelWindow {
    left_px: i64,
    top_px: i64,
    width_px: u32,
    height_px: u32,
}

/// A window as it is stored.
#[derive(Deserialize)]
struct StoredWindow {
    left_px: i64,
    top_px: i64,
    width_px: u32,
    height_px: u32,
}

impl TryFrom<StoredWindow> for PixelWindow {
    type Error = GeoError;

    fn try_from(stored: StoredWindow) -> Result<Self, GeoError> {
        Self::new(stored.left_px, stored.top_px, stored.width_px, stored.height_px)
    }
}

/// A place this near (in pixels) to a pixel edge lies on it: wider than the rounding of f64 at the deepest level,
/// far narrower than anything visible.
const EDGE_SLACK_PX: f64 = 1e-6;

impl PixelWindow {
    /// The most pixels in one direction that a window holds; plans allow far less.
    pub const MAX_SIDE_PX: u32 = 1 << 24;

    /// The furthest from the origin that a window begins: beyond every level of every grid, and nothing can overflow.
    pub const MAX_PLACE_PX: i64 = 1 << 40;

    /// A window of the given size.
    ///
    /// # Errors
    /// [`GeoError::WindowSize`] when a side is zero or above [`PixelWindow::MAX_SIDE_PX`], [`GeoError::OutOfRange`] when it
    /// begins beyond [`PixelWindow::MAX_PLACE_PX`].
    pub fn new(left_px: i64, top_px: i64, width_px: u32, height_px: u32) -> Result<Self, GeoError> {
        for side in [width_px, height_px] {
            if side == 0 || side > Self::MAX_SIDE_PX {
                return Err(GeoError::WindowSize { pixels: f64::from(side), limit: Self::MAX_SIDE_PX });
            }
        }
        let most = Self::MAX_PLACE_PX;
        for (field, place) in [("left_px", left_px), ("top_px", top_px)] {
            if !(-most..=most).contains(&place) {
                let (min, max) = (-most as f64, most as f64);
                return Err(GeoError::OutOfRange { field, value: place as f64, min, max });
            }
        }
        Ok(Self { left_px, top_px, width_px, height_px })
    }

    /// The smallest window that holds a box given in fractional lattice pixels.
    ///
    /// # Errors
    /// [`GeoError::WindowSize`] when it would be too large.
    pub fn covering(left: f64, top: f64, right: f64, bottom: f64) -> Result<Self, GeoError> {
        let first = |v: f64| (v + EDGE_SLACK_PX).floor();
        let last = |v: f64| (v - EDGE_SLACK_PX).ceil();
        let side = |from: f64, to: f64| {
            let pixels = (to - from).max(1.0);
            if pixels <= f64::from(Self::MAX_SIDE_PX) {
                Ok(pixels as u32)
            } else {
                Err(GeoError::WindowSize { pixels, limit: Self::MAX_SIDE_PX })
            }
        };
        let (left_px, top_px) = (first(left), first(top));
        Self::new(left_px as i64, top_px as i64, side(left_px, last(right))?, side(top_px, last(bottom))?)
    }

    /// First pixel column on the lattice.
    #[must_use]
    pub const fn left_px(&self) -> i64 {
        self.left_px
    }

    /// First pixel row on the lattice.
    #[must_use]
    pub const fn top_px(&self) -> i64 {
        self.top_px
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

    /// First pixel column right of the window.
    #[must_use]
    pub const fn right_px(&self) -> i64 {
        self.left_px + self.width_px as i64
    }

    /// First pixel row below the window.
    #[must_use]
    pub const fn bottom_px(&self) -> i64 {
        self.top_px + self.height_px as i64
    }

    /// Number of pixels.
    #[must_use]
    pub const fn pixels(&self) -> u64 {
        self.width_px as u64 * self.height_px as u64
    }

    /// The tiles of `tile_size_px` that the window touches.
    #[must_use]
    pub fn tiles(&self, tile_size_px: u32) -> TileRange {
        let size = i64::from(tile_size_px);
        TileRange {
            first: LatticeTile { column: self.left_px.div_euclid(size), row: self.top_px.div_euclid(size) },
            last: LatticeTile {
                column: (self.right_px() - 1).div_euclid(size),
                row: (self.bottom_px() - 1).div_euclid(size),
            },
        }
    }

    /// The same window on a lattice whose origin is elsewhere.
    #[must_use]
    pub const fn shifted(&self, columns_px: i64, rows_px: i64) -> Self {
        Self { left_px: self.left_px + columns_px, top_px: self.top_px + rows_px, ..*self }
    }

    /// The rows of this window between two lattice rows, or `None` when they do not meet.
    #[must_use]
    pub fn rows(&self, from_px: i64, to_px: i64) -> Option<Self> {
        let top_px = self.top_px.max(from_px);
        let height = self.bottom_px().min(to_px) - top_px;
        (height > 0).then_some(Self { top_px, height_px: u32::try_from(height).ok()?, ..*self })
    }

    /// The columns of this window between two lattice columns, or `None` when they do not meet.
    #[must_use]
    pub fn columns(&self, from_px: i64, to_px: i64) -> Option<Self> {
        let left_px = self.left_px.max(from_px);
        let width = self.right_px().min(to_px) - left_px;
        (width > 0).then_some(Self { left_px, width_px: u32::try_from(width).ok()?, ..*self })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stored_window_keeps_its_guarantees() {
        let stored = |left: i64, top: i64, width: i64, height: i64| {
            let json =
                format!(r#"{{"left_px":{left},"top_px":{top},"width_px":{width},"height_px":{height}}}"#);
            serde_json::from_str::<PixelWindow>(&json)
        };
        let most = PixelWindow::MAX_PLACE_PX;
        let window = stored(-most, most, 1, 1 << 24).unwrap();
        assert_eq!(window.bottom_px(), most + (1 << 24));
        for bad in
            [(0, 0, 0, 1), (0, 0, 1, 0), (0, 0, 1, (1 << 24) + 1), (most + 1, 0, 1, 1), (0, i64::MIN, 1, 1)]
        {
            assert!(stored(bad.0, bad.1, bad.2, bad.3).is_err(), "{bad:?}");
        }
    }
}
