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
    /// WebAssembly memory while `strips_in_flight` strips are rendered at once.
    pub max_peak_bytes: u64,
    /// Strips that are rendered at once in one module.
    pub strips_in_flight: u32,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            max_side_px: 32_768,
            max_pixels: 1_000_000_000,
            max_tiles: 6_400,
            // The module may grow to 96 MiB (.cargo/config.toml); the rest is for the code's own data.
            max_peak_bytes: 88 << 20,
            strips_in_flight: 2,
        }
    }
}
