//! Which part of a tile the image needs.

use std::ops::Range;

use crate::codec::jpeg::JpegFrame;

/// A range of MCU columns and one of MCU rows of a tile.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct McuCrop {
    /// MCU columns of the tile.
    pub columns: Range<u32>,
    /// MCU rows of the tile.
    pub rows: Range<u32>,
}

impl McuCrop {
    /// All of a tile.
    #[must_use]
    pub const fn whole(frame: &JpegFrame, side_px: u32) -> Self {
        let (width_px, height_px) = frame.mcu_px();
        Self { columns: 0..side_px / width_px, rows: 0..side_px / height_px }
    }

    /// Whether it is a part of a tile that consists of whole MCUs, and not empty.
    pub(super) fn fits(&self, frame: &JpegFrame, side_px: u32) -> bool {
        let (width_px, height_px) = frame.mcu_px();
        let whole = Self::whole(frame, side_px);
        side_px.is_multiple_of(width_px)
            && side_px.is_multiple_of(height_px)
            && !self.columns.is_empty()
            && !self.rows.is_empty()
            && self.columns.end <= whole.columns.end
            && self.rows.end <= whole.rows.end
    }
}
