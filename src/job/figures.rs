//! What rendering a strip took.

use serde::{Deserialize, Serialize};

/// What rendering a strip took, and how its tiles came into the image.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct StripFigures {
    /// Requests for tiles that were repeated.
    pub retries: u32,
    /// Tiles whose coefficients were carried over as they are.
    pub carried: u32,
    /// Tiles whose coefficients were quantised anew.
    pub requantised: u32,
    /// The renderer's WebAssembly memory.
    pub memory_bytes: u64,
}

impl StripFigures {
    /// Both together; of memory, the larger.
    #[must_use]
    pub fn with(self, other: Self) -> Self {
        Self {
            retries: self.retries.saturating_add(other.retries),
            carried: self.carried + other.carried,
            requantised: self.requantised + other.requantised,
            memory_bytes: self.memory_bytes.max(other.memory_bytes),
        }
    }
}
