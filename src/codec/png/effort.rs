//! How hard an encoder tries.

use serde::{Deserialize, Serialize};

/// How much time may be spent for fewer bytes. The pixels are the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Effort {
    /// About the bytes of zlib's level 6 or fewer, in a fraction of its time.
    #[default]
    Fast,
    /// Fewer bytes, at about ten times the time.
    Small,
}
