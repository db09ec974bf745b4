//! Baseline JPEG to pixels, bit for bit those of libjpeg-turbo as it is by default: the accurate integer transform, "fancy"
//! upsampling, conversion to RGB in integers.
//!
//! The scan's one pass proves the tile whole, as it does where tiles are carried over. Samples are held for one MCU row.

mod colour;
mod inverse_dct;
mod planes;
mod upsampling;
mod values;

use std::hint::black_box;

use crate::codec::CarryError;
use crate::codec::jpeg::bit_reader::{Bits, ScanReader};
use crate::codec::jpeg::lookup::SymbolLookup;
use crate::codec::jpeg::scan::{BlockSink, read_scan};
use crate::codec::jpeg::segments::{self, TileHeader};

use inverse_dct::Block;
use planes::Planes;
use values::ValueLookup;

/// A JPEG that can be decoded here, its header read: baseline (or extended sequential of 8 bits), in one scan, grey or
/// YCbCr with a common subsampling.
pub struct Baseline<'t> {
    header: TileHeader<'t>,
}

impl<'t> Baseline<'t> {
    /// Reads the header.
    ///
    /// # Errors
    /// [`CarryError::Damaged`]; the other errors say what else it is.
    pub fn read(jpeg: &'t [u8]) -> Result<Self, CarryError> {
        Ok(Self { header: segments::read(jpeg)? })
    }

    /// Width in pixels, at least 1.
    #[must_use]
    pub const fn width_px(&self) -> u32 {
        self.header.width_px
    }

    /// Height in pixels, at least 1.
    #[must_use]
    pub const fn height_px(&self) -> u32 {
        self.header.height_px
    }

    /// Writes the pixels as RGB, top row first, to a buffer of three bytes for each.
    ///
    /// # Errors
    /// [`CarryError::Damaged`] when the scan is not whole in every way; what is in the buffer then is rubbish.
    /// [`CarryError::NotBaseline`] when there is more than one scan.
    pub fn decode(&self, rgb: &mut [u8]) -> Result<(), CarryError> {
        let header = &self.header;
        let components = header.colour.components();
        // Both chroma components nearly always have the same tables.
        let shared = components == 3 && header.dc[1] == header.dc[2] && header.ac[1] == header.ac[2];
        let count = if shared { 2 } else { components };
        let dc: Vec<_> = header.dc.iter().take(count).map(|spec| SymbolLookup::new(*spec)).collect();
        let ac: Vec<_> = header.ac.iter().take(count).map(|spec| ValueLookup::new(*spec)).collect();
        let place = |component: usize| component.min(count - 1);
        let mut sink = PixelSink {
            columns: header.colour.luma_blocks().0,
            ac: [0, 1, 2].map(|i| &ac[place(i)]),
            steps: header.quantisation.map(inverse_dct::steps),
            // Loaded from memory, constants take one instruction; V8 makes those it sees of three.
            factors: black_box(&inverse_dct::FACTORS),
            block: Block::default(),
            planes: Planes::new(header.colour, header.width_px, header.height_px),
            column: 0,
            next: 0,
            rgb,
        };
        let mut reader = ScanReader::new(header.scan, Vec::new());
        read_scan(header, &mut reader, [0, 1, 2].map(|i| &dc[place(i)]), &mut sink)
    }
}

/// Makes pixels of blocks.
struct PixelSink<'a> {
    /// Columns of luma blocks in an MCU: one or two.
    columns: usize,
    ac: [&'a ValueLookup; 3],
    steps: [Block; 3],
    factors: &'static inverse_dct::Factors,
    /// All zeros between two blocks.
    block: Block,
    planes: Planes,
    /// The MCU's column.
    column: usize,
    /// The next block of the MCU.
    next: usize,
    rgb: &'a mut [u8],
}

impl BlockSink for PixelSink<'_> {
    #[inline(always)]
    fn begin_mcu(&mut self, column: u32) {
        self.column = column as usize;
        self.next = 0;
    }

    #[inline(always)]
    fn block(&mut self, component: usize, dc: i16, data: &[u8], bits: &mut Bits) -> Result<(), CarryError> {
        let last = values::read(data, bits, self.ac[component], &mut self.block)?;
        self.block[0][0] = dc;
        let (x, y) = match (component, self.columns) {
            (0, 2) => (self.column * 2 + self.next % 2, self.next / 2),
            (0, _) => (self.column, self.next),
            _ => (self.column, 0),
        };
        self.next += 1;
        let (out, stride) = self.planes.block(component, x, y);
        inverse_dct::block(self.factors, &mut self.block, &self.steps[component], last, out, stride);
        Ok(())
    }

    fn end_row(&mut self, row: u32) -> Result<(), CarryError> {
        self.planes.end_row(row as usize, self.rgb);
        Ok(())
    }
}
