//! What a lane is set to.

use serde::{Deserialize, Serialize};

/// The settings of a lane.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LaneSettings {
    /// Renderers that work for the lane at once.
    pub slots: u32,
    /// How long a renderer may be silent before its strip is given to another.
    pub lease_ms: u64,
    /// How long a delivery may be silent before its chunks can be fetched again.
    pub claim_ms: u64,
    /// How long a finished image waits to be fetched.
    pub retention_ms: u64,
    /// How long the status of a capture can be asked for after its end.
    pub tombstone_ms: u64,
    /// How long a capture may be rendered, the pauses of its sources included.
    pub rendering_ms: u64,
    /// Pauses that a source may need in a row before the captures that wait for it fail.
    pub max_pauses: u32,
    /// Renderers that may fail on one strip before the capture fails.
    pub max_attempts: u32,
    /// Captures that may wait or be rendered at once.
    pub max_queued: u64,
    /// Pixels of all captures that wait or are rendered.
    pub max_pixels: u64,
    /// The same of one client.
    pub max_client_pixels: u64,
    /// Chunks that may wait to be fetched or deleted while captures are taken in.
    pub max_chunks: u64,
    /// How long a capture waits without anybody asking for it before it gives its place up.
    pub grace_ms: u64,
    /// How long after a failed deletion of a chunk it is tried again.
    pub garbage_retry_ms: u64,
    /// The guess for one tile's time in one renderer, until the lane has measured its own.
    pub ms_per_tile: f64,
}

impl Default for LaneSettings {
    fn default() -> Self {
        Self {
            slots: 2,
            lease_ms: 10_000,
            claim_ms: 60_000,
            retention_ms: 30 * 60_000,
            tombstone_ms: 60 * 60_000,
            rendering_ms: 60 * 60_000,
            max_pauses: 6,
            max_attempts: 3,
            max_queued: 1_000,
            max_pixels: 1 << 34,
            max_client_pixels: 1 << 32,
            max_chunks: 20_000,
            grace_ms: 10 * 60_000,
            garbage_retry_ms: 30_000,
            ms_per_tile: 20.0,
        }
    }
}
