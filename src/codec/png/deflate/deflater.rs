//! The stream of a strip: a window over its rows, cut into blocks.

use super::alphabet::MAX_DISTANCE;
use super::bits::BitWriter;
use super::block;
use super::matcher::Matcher;
use super::prices::Prices;
use super::sequences::Sequences;

/// Compresses rows that are appended to its window.
#[derive(Debug)]
pub struct Deflater {
    matcher: Matcher,
    /// Up to 32 KiB that are compressed, for matches to refer to, then what is still to be compressed.
    window: Vec<u8>,
    /// Where in `window` that begins.
    pending: usize,
    /// Position of `window` in the stream, modulo what a `usize` holds.
    base: usize,
    sequences: Sequences,
    prices: Prices,
    out: BitWriter,
}

/// Bytes of a block, which ends with the row that reaches them.
const BLOCK_BYTES: usize = 64 * 1024;

impl Deflater {
    /// An empty stream of rows of `row_bytes` including the filter type.
    pub fn new(matcher: Matcher, row_bytes: usize) -> Self {
        let window = Vec::with_capacity(MAX_DISTANCE + BLOCK_BYTES + row_bytes);
        Self {
            matcher,
            window,
            pending: 0,
            base: 0,
            sequences: Sequences::new(),
            prices: Prices::default(),
            out: BitWriter::default(),
        }
    }

    /// Adds a row, which `append` appends to what it is given, and returns it.
    pub fn write_row(&mut self, append: impl FnOnce(&mut Vec<u8>)) -> &[u8] {
        if self.window.len() - self.pending >= BLOCK_BYTES {
            self.compress();
        }
        let before = self.window.len();
        append(&mut self.window);
        self.window.get(before..).unwrap_or_default()
    }

    /// What is ready.
    pub fn ready(&self) -> &[u8] {
        self.out.bytes()
    }

    /// Forgets what was ready.
    pub fn clear_ready(&mut self) {
        self.out.clear_bytes();
    }

    /// Compresses all rows and ends on a whole byte, with an empty stored block.
    pub fn flush(&mut self) {
        self.compress();
        block::store(&mut self.out, &[]);
    }

    fn compress(&mut self) {
        self.slide();
        let rows = self.pending;
        while self.pending < self.window.len() {
            let (data, from, base) = (&self.window[..], self.pending, self.base);
            let end = self.matcher.cover(data, rows, from, base, &self.prices, &mut self.sequences);
            self.prices =
                block::write(&mut self.out, &self.sequences, data.get(from..end).unwrap_or_default());
            self.sequences.clear();
            self.pending = end;
        }
    }

    /// Drops what no match can refer to any more.
    fn slide(&mut self) {
        let old = self.pending.saturating_sub(MAX_DISTANCE);
        self.window.drain(..old);
        self.pending -= old;
        self.base = self.base.wrapping_add(old);
    }
}

#[cfg(test)]
#[path = "deflater_tests.rs"]
mod tests;
