//! One fragment, a strip or a slice of one, as a run of IDAT chunks.

use serde::{Deserialize, Serialize};

use crate::codec::EncodeError;
use crate::codec::png::deflate::{Deflater, LEAD, MAX_ROW_BYTES, Matcher};
use crate::codec::png::effort::Effort;
use crate::codec::png::filter::Filter;
use crate::codec::png::{chunk, filter_choice};
use crate::raster::PixelFormat;

/// What the trailer needs to know of a fragment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct StripSeal {
    /// Adler-32 of its filtered rows.
    pub adler32: u32,
    /// Number of rows.
    pub rows: u32,
}

/// Encodes the rows of one fragment.
///
/// Feed rows from the top with [`FragmentEncoder::write_rows`], take what is ready with [`FragmentEncoder::take`] at any
/// time, end with [`FragmentEncoder::finish`]. Memory: one row, the compressor's window and what is not yet taken.
pub struct FragmentEncoder {
    row_bytes: usize,
    bpp: usize,
    filter: Filter,
    deflater: Deflater,
    above: Vec<u8>,
    ready: Vec<u8>,
    adler: simd_adler32::Adler32,
    rows: u32,
}

/// Longest row, pixels: the compressor's memory is made for it.
const MAX_WIDTH_PX: u32 = 32_768;
const _: () = assert!(MAX_WIDTH_PX as usize * PixelFormat::Rgba.bytes() < MAX_ROW_BYTES);

// What is compressed comes with room for the chunk's head.
const _: () = assert!(LEAD == chunk::HEAD);

/// Compressed bytes that make one IDAT chunk.
const IDAT_BYTES: usize = 32 * 1024;

impl FragmentEncoder {
    /// An encoder for one fragment. `sample` is its pixels (or any part of them), from which the filter is chosen:
    /// the one with which a few rows become smallest.
    ///
    /// # Errors
    /// [`EncodeError::RowLength`] when `sample` is not whole rows, [`EncodeError::ImageSize`] when a row is too long.
    pub fn new(
        width_px: u32,
        format: PixelFormat,
        effort: Effort,
        sample: &[u8],
    ) -> Result<Self, EncodeError> {
        let row_bytes = width_px as usize * format.bytes();
        if row_bytes == 0 || !sample.len().is_multiple_of(row_bytes) {
            return Err(EncodeError::RowLength { got: sample.len(), row_bytes });
        }
        if width_px > MAX_WIDTH_PX {
            return Err(EncodeError::ImageSize { width_px, height_px: 1, limit_px: MAX_WIDTH_PX });
        }
        let bpp = format.bytes();
        let (filter, content) = filter_choice::choose(effort, row_bytes, bpp, sample);
        let matcher = match effort {
            Effort::Fast => Matcher::fast(content, row_bytes, bpp),
            Effort::Small => Matcher::small(),
        };
        Ok(Self {
            row_bytes,
            bpp,
            filter,
            deflater: Deflater::new(matcher, row_bytes + 1),
            above: vec![0; row_bytes],
            ready: Vec::new(),
            adler: simd_adler32::Adler32::new(),
            rows: 0,
        })
    }

    /// Adds rows, top first.
    ///
    /// # Errors
    /// [`EncodeError::RowLength`] when `rows` is not whole rows.
    pub fn write_rows(&mut self, rows: &[u8]) -> Result<(), EncodeError> {
        if !rows.len().is_multiple_of(self.row_bytes) {
            return Err(EncodeError::RowLength { got: rows.len(), row_bytes: self.row_bytes });
        }
        let mut above = &self.above[..];
        for row in rows.chunks_exact(self.row_bytes) {
            // The row above the first belongs to another fragment, which this one must not know.
            let filter = if self.rows == 0 { self.filter.without_above() } else { self.filter };
            self.adler.write(self.deflater.write_row(|to| filter.apply(to, row, above, self.bpp)));
            above = row;
            self.rows += 1;
            if self.deflater.ready_bytes() >= IDAT_BYTES {
                self.close_chunk();
            }
        }
        if let Some(last) = rows.len().checked_sub(self.row_bytes).and_then(|at| rows.get(at..)) {
            self.above.copy_from_slice(last);
        }
        Ok(())
    }

    /// Makes an IDAT chunk of what is compressed.
    fn close_chunk(&mut self) {
        let compressed = self.deflater.take_ready();
        let from = self.ready.len();
        if from == 0 {
            self.ready = compressed;
        } else {
            self.ready.extend_from_slice(&compressed);
        }
        chunk::close(&mut self.ready, from, *b"IDAT");
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

    /// Ends the fragment: the rest of its bytes, and its seal.
    #[must_use]
    pub fn finish(mut self) -> (Vec<u8>, StripSeal) {
        self.deflater.flush();
        self.close_chunk();
        (self.ready, StripSeal { adler32: self.adler.finish(), rows: self.rows })
    }
}
