//! From pixels to the ground.

use serde::{Deserialize, Serialize};

use crate::geo::{Extent, Point};

/// A north-up affine from pixel *corners* to CRS units.
///
/// A world file is written for the pixel centre: half a pixel further east and south.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct GeoTransform {
    /// West edge of the image, CRS units.
    pub origin_x: f64,
    /// North edge of the image, CRS units.
    pub origin_y: f64,
    /// CRS units per pixel, the same in both directions.
    pub resolution: f64,
}

impl GeoTransform {
    /// The place of a pixel corner; (0, 0) is the top left corner of the image.
    #[must_use]
    pub fn corner(&self, x_px: f64, y_px: f64) -> Point {
        Point { x: self.origin_x + x_px * self.resolution, y: self.origin_y - y_px * self.resolution }
    }

    /// The extent of an image of that size.
    #[must_use]
    pub fn extent(&self, width_px: u32, height_px: u32) -> Extent {
        let far = self.corner(f64::from(width_px), f64::from(height_px));
        Extent { min_x: self.origin_x, min_y: far.y, max_x: far.x, max_y: self.origin_y }
    }
}
