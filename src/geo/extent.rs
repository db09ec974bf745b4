//! A box in CRS units.

use serde::{Deserialize, Serialize};

/// A box in CRS units. In JSON `[min_x, min_y, max_x, max_y]`.
///
/// # Guarantees
/// None: a plain value; the windows and areas that make extents keep min below max.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(from = "[f64; 4]", into = "[f64; 4]")]
pub struct Extent {
    /// West edge, CRS units.
    pub min_x: f64,
    /// South edge, CRS units.
    pub min_y: f64,
    /// East edge, CRS units.
    pub max_x: f64,
    /// North edge, CRS units.
    pub max_y: f64,
}

impl Extent {
    /// Width in CRS units.
    #[must_use]
    pub fn width(&self) -> f64 {
        self.max_x - self.min_x
    }

    /// Height in CRS units.
    #[must_use]
    pub fn height(&self) -> f64 {
        self.max_y - self.min_y
    }

    /// The same box with `margin` CRS units more on every side.
    #[must_use]
    pub fn grown(&self, margin: f64) -> Self {
        Self {
            min_x: self.min_x - margin,
            min_y: self.min_y - margin,
            max_x: self.max_x + margin,
            max_y: self.max_y + margin,
        }
    }

    /// Whether the two boxes share at least a point.
    #[must_use]
    pub fn touches(&self, other: &Self) -> bool {
        self.min_x <= other.max_x
            && other.min_x <= self.max_x
            && self.min_y <= other.max_y
            && other.min_y <= self.max_y
    }
}

impl From<[f64; 4]> for Extent {
    fn from([min_x, min_y, max_x, max_y]: [f64; 4]) -> Self {
        Self { min_x, min_y, max_x, max_y }
    }
}

impl From<Extent> for [f64; 4] {
    fn from(e: Extent) -> Self {
        [e.min_x, e.min_y, e.max_x, e.max_y]
    }
}
