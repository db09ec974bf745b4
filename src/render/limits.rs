//! How much one capture may take.

use serde::{Deserialize, Serialize};

/// The limits that a plan is checked against, each named in the error that it causes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Limits {
    /// Pixels in one direction.
    pub max_side_px: u32,
    /// Pixels in all.
    pub max_pixels: u64,
    /// Tiles of all layers; a source may allow fewer.
    pub max_tiles: u64,
    /// Strips that are rendered at once and share what a source allows.
    pub strips_in_flight: u32,
    /// Strips that are rendered at once in one module, in one memory.
    pub strips_per_module: u32,
    /// Requests that one strip may have under way.
    pub connections_per_strip: u32,
    /// Tiles of one strip: what renders it may not be allowed more requests.
    pub max_strip_tiles: u32,
    /// Strips: what sends the image may not be allowed more.
    pub max_strips: u32,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            max_side_px: 32_768,
            max_pixels: 1 << 30,
            max_tiles: 6_400,
            strips_in_flight: 2,
            strips_per_module: 2,
            connections_per_strip: 6,
            max_strip_tiles: u32::MAX,
            max_strips: u32::MAX,
        }
    }
}
