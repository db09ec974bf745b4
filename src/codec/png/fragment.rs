//! One strip as a run of IDAT chunks.

use flate2::{Compress, Compression, FlushCompress, Status};
use serde::{Deserialize, Serialize};

use crate::codec::EncodeError;
use crate::codec::png::chunk;
use crate::codec::png::filter::Filter;
use crate::raster::PixelFormat;

/// What the trailer needs to know of a strip.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct StripSeal {
    /// Adler-32 of the strip's filtered rows.
    pub adler32: u32,
    /// Number of rows.
    pub rows: u32,
}

/// Encodes the rows of one strip.
///
/// Feed rows from the top with [`FragmentEncoder::write_rows`], take what is ready with [`FragmentEncoder::take`] at any
/// time, end with [`FragmentEncoder::finish`]. Memory: one filtered row, the compressor's window and what is not yet
/// taken.
pub struct FragmentEncoder {
    row_bytes: usize,
    bpp: usize,
    filter: Filter,
    compress: Compress,
    above: Vec<u8>,
    filtered: Vec<u8>,
    deflated: Vec<u8>,
    ready: Vec<u8>,
    adler: simd_adler32::Adler32,
    rows: u32,
}

/// Compressed bytes that make one IDAT chunk.
const IDAT_BYTES: usize = 256 * 1024;

/// zlib's level for map pixels: level 2 finds nearly all that level 6 finds in them, in a third of the time.
const LEVEL: u32 = 2;

/// Rows that are compressed on trial to choose the filter: four from each of two places of the strip.
const TRIAL_ROWS: usize = 4;

impl FragmentEncoder {
    /// An encoder for one strip. `sample` is the strip's pixels (or any part of them), from which the filter is chosen:
    /// the one with which a few rows become smallest.
    ///
    /// # Errors
    /// [`EncodeError::RowLength`] when `sample` is not whole rows.
    pub fn new(width_px: u32, format: PixelFormat, sample: &[u8]) -> Result<Self, EncodeError> {
        let row_bytes = width_px as usize * format.bytes();
        if row_bytes == 0 || !sample.len().is_multiple_of(row_bytes) {
            return Err(EncodeError::RowLength { got: sample.len(), row_bytes });
        }
        let mut encoder = Self {
            row_bytes,
            bpp: format.bytes(),
            filter: Filter::None,
            compress: Compress::new(Compression::new(LEVEL), false),
            above: vec![0; row_bytes],
            filtered: Vec::with_capacity(row_bytes + 1),
            deflated: Vec::new(),
            ready: Vec::new(),
            adler: simd_adler32::Adler32::new(),
            rows: 0,
        };
        encoder.choose_filter(sample)?;
        Ok(encoder)
    }

    /// Adds rows, top first.
    ///
    /// # Errors
    /// [`EncodeError::RowLength`] when `rows` is not whole rows, [`EncodeError::Compressor`].
    pub fn write_rows(&mut self, rows: &[u8]) -> Result<(), EncodeError> {
        if !rows.len().is_multiple_of(self.row_bytes) {
            return Err(EncodeError::RowLength { got: rows.len(), row_bytes: self.row_bytes });
        }
        for row in rows.chunks_exact(self.row_bytes) {
            // The row above the first belongs to another strip, which this one must not know.
            let filter = if self.rows == 0 { self.filter.without_above() } else { self.filter };
            self.filtered.clear();
            filter.apply(&mut self.filtered, row, &self.above, self.bpp);
            self.above.copy_from_slice(row);
            self.adler.write(&self.filtered);
            deflate(&mut self.compress, &self.filtered, FlushCompress::None, &mut self.deflated)?;
            self.rows += 1;
            if self.deflated.len() >= IDAT_BYTES {
                chunk::write(&mut self.ready, *b"IDAT", &self.deflated);
                self.deflated.clear();
            }
        }
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

    /// Ends the strip: the rest of its bytes, and its seal.
    ///
    /// # Errors
    /// [`EncodeError::Compressor`].
    pub fn finish(mut self) -> Result<(Vec<u8>, StripSeal), EncodeError> {
        deflate(&mut self.compress, &[], FlushCompress::Sync, &mut self.deflated)?;
        chunk::write(&mut self.ready, *b"IDAT", &self.deflated);
        Ok((self.ready, StripSeal { adler32: self.adler.finish(), rows: self.rows }))
    }

    fn choose_filter(&mut self, sample: &[u8]) -> Result<(), EncodeError> {
        let rows = sample.len() / self.row_bytes;
        let mut best = usize::MAX;
        for filter in Filter::ALL {
            let mut size = 0;
            for place in [rows / 4, rows * 3 / 4] {
                self.compress.reset();
                self.deflated.clear();
                let mut above = &vec![0u8; self.row_bytes][..];
                for row in sample.chunks_exact(self.row_bytes).skip(place).take(TRIAL_ROWS) {
                    self.filtered.clear();
                    filter.apply(&mut self.filtered, row, above, self.bpp);
                    deflate(&mut self.compress, &self.filtered, FlushCompress::None, &mut self.deflated)?;
                    above = row;
                }
                deflate(&mut self.compress, &[], FlushCompress::Sync, &mut self.deflated)?;
                size += self.deflated.len();
            }
            if size < best {
                best = size;
                self.filter = filter;
            }
        }
        self.compress.reset();
        self.deflated.clear();
        Ok(())
    }
}

/// Feeds `input` to the compressor until it is used up (and, for a flush, written out), growing `out` as needed.
fn deflate(
    compress: &mut Compress,
    mut input: &[u8],
    flush: FlushCompress,
    out: &mut Vec<u8>,
) -> Result<(), EncodeError> {
    loop {
        if out.capacity() - out.len() < 4096 {
            out.reserve(IDAT_BYTES / 2);
        }
        let before = compress.total_in();
        let status = compress.compress_vec(input, out, flush).map_err(|_| EncodeError::Compressor)?;
        let used = (compress.total_in() - before) as usize;
        input = input.get(used..).unwrap_or_default();
        let room_left = out.len() < out.capacity();
        match status {
            // With room left in the output, everything that was to come out has come out.
            Status::Ok | Status::BufError if input.is_empty() && room_left => return Ok(()),
            Status::Ok | Status::BufError => {}
            Status::StreamEnd => return Err(EncodeError::Compressor),
        }
    }
}
