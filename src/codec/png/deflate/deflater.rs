//! The stream of a strip: a window over its rows, cut into blocks.

use super::alphabet::MAX_DISTANCE;
use super::bits::BitWriter;
use super::block;
use super::lookup::{WINDOW_BYTES, Window};
use super::matcher::{Matcher, Stretch};
use super::prices::Prices;
use super::sequences::Sequences;

/// Compresses rows that are appended to its window.
#[derive(Debug)]
pub struct Deflater {
    matcher: Matcher,
    row_bytes: usize,
    block_bytes: usize,
    /// Up to 32 KiB that are compressed, for matches to refer to, then what is still to be compressed, then room.
    window: Box<Window>,
    /// Where in `window` what is still to be compressed begins.
    pending: usize,
    /// Where it ends.
    filled: usize,
    /// Position of `window` in the stream, modulo what a `usize` holds.
    base: usize,
    sequences: Sequences,
    prices: Prices,
    out: BitWriter,
}

/// Bytes of a block, which ends with the row that reaches them: few enough to stay in a processor's cache.
const BLOCK_BYTES: usize = 96 * 1024;
/// The same for the fewest bytes: codes that change more often fit better.
const SMALL_BLOCK_BYTES: usize = 64 * 1024;

/// Most bytes of a row including the filter type: with less than a block and what matches may refer to, it has a place.
pub const MAX_ROW_BYTES: usize = WINDOW_BYTES - MAX_DISTANCE - BLOCK_BYTES + 1;

impl Deflater {
    /// An empty stream of rows of `row_bytes` including the filter type, at most [`MAX_ROW_BYTES`].
    pub fn new(matcher: Matcher, row_bytes: usize) -> Self {
        let block_bytes = match &matcher {
            Matcher::Path(_) => SMALL_BLOCK_BYTES,
            // Few symbols come of many bytes, and each block has a table of codes: as many as there is room for.
            Matcher::Flat(flat) if flat.is_thorough() => WINDOW_BYTES - MAX_DISTANCE - row_bytes,
            Matcher::Flat(_) | Matcher::Differences(_) => BLOCK_BYTES,
        };
        Self {
            matcher,
            row_bytes,
            block_bytes,
            window: Box::new([0; _]),
            pending: 0,
            filled: 0,
            base: 0,
            sequences: Sequences::new(),
            prices: Prices::default(),
            out: BitWriter::default(),
        }
    }

    /// Adds a row, which `fill` writes into the place it is given, and returns it.
    pub fn write_row(&mut self, fill: impl FnOnce(&mut [u8])) -> &[u8] {
        if self.filled - self.pending >= self.block_bytes {
            self.compress();
        }
        let end = self.filled + self.row_bytes;
        let row = self.window.get_mut(self.filled..end).unwrap_or_default();
        self.filled += row.len();
        fill(row);
        row
    }

    /// What is ready.
    pub fn ready_bytes(&self) -> usize {
        self.out.bytes()
    }

    /// Takes what is ready. It begins with `LEAD` bytes that are the caller's.
    pub fn take_ready(&mut self) -> Vec<u8> {
        self.out.take()
    }

    /// Compresses all rows and ends on a whole byte, with an empty stored block.
    pub fn flush(&mut self) {
        self.compress();
        block::store(&mut self.out, &[]);
    }

    fn compress(&mut self) {
        let row = self.pending;
        while self.pending < self.filled {
            let from = self.pending;
            let stretch = Stretch { data: &self.window, row, from, end: self.filled, base: self.base };
            let end = self.matcher.cover(stretch, &self.prices, &mut self.sequences);
            let data = self.window.get(from..end).unwrap_or_default();
            self.prices = block::write(&mut self.out, &self.sequences, data);
            self.sequences.clear();
            self.pending = end;
        }
        self.slide();
    }

    /// Drops what no match can refer to any more.
    fn slide(&mut self) {
        let old = self.pending.saturating_sub(MAX_DISTANCE);
        self.window.copy_within(old..self.filled, 0);
        self.pending -= old;
        self.filled -= old;
        self.base = self.base.wrapping_add(old);
    }
}

#[cfg(test)]
#[path = "deflater_tests.rs"]
mod tests;
