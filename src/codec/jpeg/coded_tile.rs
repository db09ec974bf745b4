//! The bits of one tile, ready to be joined with its neighbours.

use crate::codec::jpeg::bit_buffer::{BitBuffer, Mark};
use crate::codec::jpeg::block::BlockCodes;

/// One tile's MCUs coded with the frame's tables.
///
/// The first DC of each component in an MCU row depends on the tile to the left, so it is kept apart, and the bits
/// after it are a run of their own.
#[derive(Debug, Clone)]
pub struct CodedTile {
    words: Vec<u64>,
    rows: Vec<RowRuns>,
    mcu_columns: u32,
}

/// An MCU row of a tile, by component.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct RowRuns {
    /// DC of the first block.
    pub first_dc: [i16; 3],
    /// DC of the last block.
    pub last_dc: [i16; 3],
    /// Where the bits behind the first DC begin; they end where the next component's begin.
    pub from: [u32; 3],
    /// Where the row's bits end.
    pub end: u32,
}

impl RowRuns {
    /// The bits behind a component's first DC, up to that of the next.
    pub fn run(&self, component: usize, components: usize) -> (u32, u32) {
        let start = |i: usize| if i < components { self.from.get(i).copied() } else { None };
        (start(component).unwrap_or(self.end), start(component + 1).unwrap_or(self.end))
    }
}

impl CodedTile {
    /// Memory that it holds.
    #[must_use]
    pub const fn bytes(&self) -> usize {
        self.words.capacity() * 8 + self.rows.capacity() * size_of::<RowRuns>()
    }

    /// MCU columns.
    #[must_use]
    pub const fn mcu_columns(&self) -> u32 {
        self.mcu_columns
    }

    /// MCU rows.
    #[must_use]
    pub const fn mcu_rows(&self) -> u32 {
        self.rows.len() as u32
    }

    pub(super) fn row(&self, index: usize) -> Option<(&RowRuns, &[u64])> {
        self.rows.get(index).map(|row| (row, &self.words[..]))
    }
}

/// Makes a [`CodedTile`], MCU by MCU.
pub(super) struct TileBuilder<'c> {
    pub codes: &'c BlockCodes,
    pub out: BitBuffer,
    rows: Vec<RowRuns>,
    row: RowRuns,
    begun: [bool; 3],
}

impl<'c> TileBuilder<'c> {
    /// A builder with room for so many bytes and rows.
    pub fn new(codes: &'c BlockCodes, bytes: usize, rows: u32) -> Self {
        Self {
            codes,
            out: BitBuffer::with_capacity(bytes),
            rows: Vec::with_capacity(rows as usize),
            row: RowRuns::default(),
            begun: [false; 3],
        }
    }

    /// Adds a block's DC, which lies in -1024..=1023.
    #[inline(always)]
    pub fn put_dc(&mut self, component: usize, dc: i16) {
        let component = component.min(2);
        if self.begun[component] {
            let difference = i32::from(dc) - i32::from(self.row.last_dc[component]);
            self.codes.put_dc(&mut self.out, component, difference);
        } else {
            self.begun[component] = true;
            self.row.first_dc[component] = dc;
            self.row.from[component] = self.out.bits() as u32;
        }
        self.row.last_dc[component] = dc;
    }

    /// Ends an MCU row.
    pub fn end_row(&mut self) {
        self.row.end = self.out.bits() as u32;
        self.rows.push(self.row);
        self.begun = [false; 3];
    }

    /// Takes back an MCU row that the image does not need.
    pub fn drop_row(&mut self, mark: Mark) {
        self.out.rewind(mark);
        self.begun = [false; 3];
    }

    /// The tile.
    pub fn finish(self, mcu_columns: u32) -> CodedTile {
        CodedTile { words: self.out.into_words(), rows: self.rows, mcu_columns }
    }
}
