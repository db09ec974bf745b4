//! What a minimum coded unit is made of (T.81, A.2).

use serde::{Deserialize, Serialize};

/// How much coarser the chroma is than the luma.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Subsampling {
    /// Half the columns and half the rows.
    #[serde(rename = "4:2:0")]
    S420,
    /// Half the columns.
    #[serde(rename = "4:2:2")]
    S422,
    /// Half the rows.
    #[serde(rename = "4:4:0")]
    S440,
    /// As fine as the luma.
    #[serde(rename = "4:4:4")]
    S444,
}

impl Subsampling {
    /// From the three components' sampling factors as a frame header has them.
    pub(super) const fn from_factors(factors: [u8; 3]) -> Option<Self> {
        match factors {
            [0x22, 0x11, 0x11] => Some(Self::S420),
            [0x21, 0x11, 0x11] => Some(Self::S422),
            [0x12, 0x11, 0x11] => Some(Self::S440),
            [0x11, 0x11, 0x11] => Some(Self::S444),
            _ => None,
        }
    }
}

/// What the samples are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Colour {
    /// Luma alone.
    Grey,
    /// Luma and two chroma components.
    YCbCr(Subsampling),
}

impl Colour {
    /// Number of components.
    pub(super) const fn components(self) -> usize {
        match self {
            Self::Grey => 1,
            Self::YCbCr(_) => 3,
        }
    }

    /// Columns and rows of luma blocks in an MCU.
    pub(super) const fn luma_blocks(self) -> (usize, usize) {
        match self {
            Self::Grey | Self::YCbCr(Subsampling::S444) => (1, 1),
            Self::YCbCr(Subsampling::S422) => (2, 1),
            Self::YCbCr(Subsampling::S440) => (1, 2),
            Self::YCbCr(Subsampling::S420) => (2, 2),
        }
    }

    /// The component of every block of an MCU, in order.
    pub(super) const fn blocks(self) -> &'static [u8] {
        match self {
            Self::Grey => &[0],
            Self::YCbCr(Subsampling::S444) => &[0, 1, 2],
            Self::YCbCr(Subsampling::S422 | Subsampling::S440) => &[0, 0, 1, 2],
            Self::YCbCr(Subsampling::S420) => &[0, 0, 0, 0, 1, 2],
        }
    }

    /// Width and height of an MCU in pixels.
    pub(super) const fn mcu_px(self) -> (u32, u32) {
        let (columns, rows) = self.luma_blocks();
        (columns as u32 * 8, rows as u32 * 8)
    }
}

/// Most blocks that an MCU has.
pub(super) const MOST_BLOCKS: usize = 6;
