//! What a pixel is made of.

use serde::{Deserialize, Serialize};

/// The samples of a pixel.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum PixelFormat {
    /// Red, green, blue.
    Rgb,
    /// Red, green, blue, straight alpha.
    Rgba,
    /// Grey.
    Grey,
    /// The place of a colour in a palette.
    Index,
}

impl PixelFormat {
    /// Bytes of a pixel.
    #[must_use]
    pub const fn bytes(self) -> usize {
        match self {
            Self::Rgb => 3,
            Self::Rgba => 4,
            Self::Grey | Self::Index => 1,
        }
    }
}
