//! The tiles of one tile row, joined into MCU rows.

use crate::codec::EncodeError;
use crate::codec::jpeg::bit_buffer::BitBuffer;
use crate::codec::jpeg::block::BlockCodes;
use crate::codec::jpeg::header::end_row;
use crate::codec::jpeg::{CodedTile, JpegFrame};

/// Joins tiles, left to right, MCU row by MCU row, so that the caller can let others run in between.
pub struct TileRowJoiner<'f> {
    frame: &'f JpegFrame,
    codes: BlockCodes,
    tiles: Vec<CodedTile>,
    rows: usize,
    next: usize,
    first_mcu_row: u32,
    bits: BitBuffer,
}

impl<'f> TileRowJoiner<'f> {
    /// A joiner for tiles that fill the image's width, the top of which is MCU row `first_mcu_row` of the image.
    ///
    /// # Errors
    /// [`EncodeError::TileRow`] when the tiles do not fill the width, differ in height or stick out below.
    pub fn new(frame: &'f JpegFrame, first_mcu_row: u32, tiles: Vec<CodedTile>) -> Result<Self, EncodeError> {
        let (columns, rows) = frame.mcus();
        let tile_rows = tiles.first().map_or(0, CodedTile::mcu_rows);
        if tiles.iter().map(|t| u64::from(t.mcu_columns())).sum::<u64>() != u64::from(columns) {
            return Err(EncodeError::TileRow("the tiles do not fill the width"));
        }
        if tiles.iter().any(|t| t.mcu_rows() != tile_rows) {
            return Err(EncodeError::TileRow("the tiles differ in height"));
        }
        if first_mcu_row.checked_add(tile_rows).is_none_or(|end| end > rows) {
            return Err(EncodeError::TileRow("the tiles stick out of the image"));
        }
        let rows = tile_rows as usize;
        let codes = BlockCodes::new(frame);
        Ok(Self { frame, codes, tiles, rows, next: 0, first_mcu_row, bits: BitBuffer::default() })
    }

    /// Adds the next MCU row to `out`; false when there is none.
    pub fn write_row(&mut self, out: &mut Vec<u8>) -> bool {
        if self.next == self.rows {
            return false;
        }
        let components = self.frame.colour().components();
        let mut last_dc = [0i16; 3];
        for (row, words) in self.tiles.iter().filter_map(|tile| tile.row(self.next)) {
            for (component, (first, last)) in row.first_dc.iter().zip(last_dc).enumerate().take(components) {
                self.codes.put_dc(&mut self.bits, component, i32::from(*first) - i32::from(last));
                let (from, to) = row.run(component, components);
                self.bits.put_run(words, from, to);
            }
            last_dc = row.last_dc;
        }
        self.bits.drain_interval(out);
        end_row(out, self.frame, self.first_mcu_row + self.next as u32);
        self.next += 1;
        true
    }
}
