//! One strip of pixels as a run of MCU rows.

use crate::codec::EncodeError;
use crate::codec::jpeg::JpegFrame;
use crate::codec::jpeg::bit_buffer::BitBuffer;
use crate::codec::jpeg::block::BlockCodes;
use crate::codec::jpeg::header::end_row;
use crate::codec::jpeg::pixels::{PixelCoder, PixelRows};

/// Encodes the rows of one strip.
///
/// Feed rows from the top with [`FragmentEncoder::write_rows`], take what is ready with [`FragmentEncoder::take`] at any
/// time, end with [`FragmentEncoder::finish`]. Memory: less than one MCU row of pixels and what is not yet taken.
pub struct FragmentEncoder<'f> {
    frame: &'f JpegFrame,
    codes: BlockCodes,
    pixels: PixelCoder,
    pixel_bytes: usize,
    row_bytes: usize,
    /// Rows that do not make an MCU row yet.
    waiting: Vec<u8>,
    bits: BitBuffer,
    ready: Vec<u8>,
    next_mcu_row: u32,
    /// Rows of the image from the strip's first one that were not given yet.
    rows_left: u32,
}

impl<'f> FragmentEncoder<'f> {
    /// An encoder for the strip that begins at MCU row `first_mcu_row` of the image. Pixels have `pixel_bytes` bytes: 1
    /// (grey) or 3 (RGB), whatever the frame's colour.
    ///
    /// # Errors
    /// [`EncodeError::PixelBytes`], [`EncodeError::Rows`] when the image has no such MCU row.
    pub fn new(frame: &'f JpegFrame, first_mcu_row: u32, pixel_bytes: usize) -> Result<Self, EncodeError> {
        if !matches!(pixel_bytes, 1 | 3) {
            return Err(EncodeError::PixelBytes(pixel_bytes));
        }
        let above = u64::from(first_mcu_row) * u64::from(frame.mcu_px().1);
        let rows_left = u64::from(frame.height_px()).saturating_sub(above) as u32;
        if rows_left == 0 {
            return Err(EncodeError::Rows { got: above, expected: frame.height_px() });
        }
        Ok(Self {
            frame,
            codes: BlockCodes::new(frame),
            pixels: PixelCoder::new(frame),
            pixel_bytes,
            row_bytes: frame.width_px() as usize * pixel_bytes,
            waiting: Vec::new(),
            bits: BitBuffer::default(),
            ready: Vec::new(),
            next_mcu_row: first_mcu_row,
            rows_left,
        })
    }

    /// Adds rows, top first.
    ///
    /// # Errors
    /// [`EncodeError::RowLength`] when `rows` is not whole rows, [`EncodeError::Rows`] when they are more than the image
    /// has.
    pub fn write_rows(&mut self, mut rows: &[u8]) -> Result<(), EncodeError> {
        if !rows.len().is_multiple_of(self.row_bytes) {
            return Err(EncodeError::RowLength { got: rows.len(), row_bytes: self.row_bytes });
        }
        let count = rows.len() / self.row_bytes;
        if count > self.rows_left as usize {
            return Err(self.wrong_rows(count as u64));
        }
        self.rows_left -= count as u32;
        let mcu_row_bytes = self.row_bytes * self.frame.mcu_px().1 as usize;
        if !self.waiting.is_empty() {
            let missing = (mcu_row_bytes - self.waiting.len()).min(rows.len());
            let (first, rest) = rows.split_at(missing);
            self.waiting.extend_from_slice(first);
            rows = rest;
            if self.waiting.len() < mcu_row_bytes {
                return Ok(());
            }
            self.write_waiting();
        }
        let mut whole = rows.chunks_exact(mcu_row_bytes);
        for rows in &mut whole {
            self.write_mcu_row(rows);
        }
        self.waiting.extend_from_slice(whole.remainder());
        Ok(())
    }

    /// Bytes that are ready to be taken.
    #[must_use]
    pub const fn ready_bytes(&self) -> usize {
        self.ready.len()
    }

    /// Takes the bytes that are ready.
    #[must_use]
    pub fn take(&mut self) -> Vec<u8> {
        std::mem::take(&mut self.ready)
    }

    /// Ends the strip: the rest of its bytes. The image's last MCU row is filled up with its last row of pixels.
    ///
    /// # Errors
    /// [`EncodeError::Rows`] when another MCU row is not full.
    pub fn finish(mut self) -> Result<Vec<u8>, EncodeError> {
        if !self.waiting.is_empty() {
            if self.rows_left > 0 {
                return Err(self.wrong_rows(0));
            }
            self.write_waiting();
        }
        Ok(self.ready)
    }

    /// So many rows more would end the strip where it must not end.
    fn wrong_rows(&self, more: u64) -> EncodeError {
        let height_px = self.frame.height_px();
        EncodeError::Rows { got: u64::from(height_px - self.rows_left) + more, expected: height_px }
    }

    fn write_waiting(&mut self) {
        let mut waiting = std::mem::take(&mut self.waiting);
        self.write_mcu_row(&waiting);
        waiting.clear();
        self.waiting = waiting;
    }

    fn write_mcu_row(&mut self, samples: &[u8]) {
        let rows = PixelRows { samples, row_bytes: self.row_bytes, pixel_bytes: self.pixel_bytes };
        let mut predicted = [0i16; 3];
        for column in 0..self.frame.mcus().0 as usize {
            for (component, block) in self.pixels.blocks(rows, column) {
                let difference = i32::from(block.dc()) - i32::from(predicted[component]);
                predicted[component] = block.dc();
                self.codes.put_dc(&mut self.bits, component, difference);
                self.codes.put_quantised(&mut self.bits, component, block);
            }
        }
        self.bits.drain_interval(&mut self.ready);
        end_row(&mut self.ready, self.frame, self.next_mcu_row);
        self.next_mcu_row += 1;
    }
}
