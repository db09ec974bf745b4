//! How hard an encoder tries.

use serde::{Deserialize, Serialize};

/// How much time may be spent for fewer bytes. The pixels are the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Effort {
    /// As fast as tiles can be decoded, or nearly.
    #[default]
    Fast,
    /// Fewer bytes, at a multiple of the time.
    Small,
}
