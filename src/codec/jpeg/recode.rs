//! A scan's symbols coded anew, or counted, on the one pass that decodes them.

use crate::codec::CarryError;
use crate::codec::jpeg::JpegFrame;
use crate::codec::jpeg::McuCrop;
use crate::codec::jpeg::bit_buffer::Mark;
use crate::codec::jpeg::bit_reader::{Bits, ScanReader};
use crate::codec::jpeg::block::{ac_symbols, magnitude, read_ac, read_ac_symbol};
use crate::codec::jpeg::coded_tile::TileBuilder;
use crate::codec::jpeg::huffman::HuffmanSpec;
use crate::codec::jpeg::lookup::{Recode, RecodeLookup, SymbolLookup};
use crate::codec::jpeg::quantisation::requantise;
use crate::codec::jpeg::scan::{BlockSink, read_scan};
use crate::codec::jpeg::segments::TileHeader;

/// The lookups of a component's two tables.
pub(super) struct ComponentLookup {
    pub dc: SymbolLookup,
    pub ac: SymbolLookup,
    /// From the tile's AC table to the frame's.
    pub recode: RecodeLookup,
}

/// Codes anew what lies in the crop.
pub(super) struct Recoder<'a, 'c> {
    pub tile: &'a mut TileBuilder<'c>,
    pub lookups: [&'a ComponentLookup; 3],
    pub crop: &'a McuCrop,
    /// By component, when the frame has another quantisation: the tile's.
    pub requantise: Option<(&'a JpegFrame, [&'a [u8; 64]; 3])>,
    pub inside: bool,
    pub mcu: Mark,
    pub row: Mark,
    pub limit_bytes: usize,
}

impl BlockSink for Recoder<'_, '_> {
    #[inline(always)]
    fn begin_mcu(&mut self, column: u32) {
        self.inside = self.crop.columns.contains(&column);
        self.mcu = self.tile.out.mark();
    }

    #[inline(always)]
    fn block(&mut self, component: usize, dc: i16, data: &[u8], bits: &mut Bits) -> Result<(), CarryError> {
        let lookup = self.lookups[component];
        if let Some((frame, from)) = self.requantise {
            let mut block = [0; 64];
            block[0] = dc;
            read_ac(data, bits, &lookup.ac, &mut block)?;
            if let Some(to) = frame.quantisation().get(component) {
                requantise(&mut block, from[component], to);
            }
            if self.inside {
                self.tile.put_dc(component, block[0]);
                self.tile.codes.put_ac(&mut self.tile.out, component, &block);
            }
            return Ok(());
        }
        if self.inside {
            self.tile.put_dc(component, dc);
        }
        recode_ac(data, bits, lookup, self.tile, component)
    }

    #[inline(always)]
    fn end_mcu(&mut self, _column: u32) {
        if !self.inside {
            self.tile.out.rewind(self.mcu);
        }
    }

    fn end_row(&mut self, row: u32) -> Result<(), CarryError> {
        if self.crop.rows.contains(&row) {
            self.tile.end_row();
            self.row = self.tile.out.mark();
        } else {
            self.tile.drop_row(self.row);
        }
        if self.tile.out.bits() / 8 > self.limit_bytes {
            return Err(CarryError::TooLarge { limit_bytes: self.limit_bytes });
        }
        Ok(())
    }
}

/// Codes the AC symbols of a block anew.
#[inline(always)]
fn recode_ac(
    data: &[u8],
    bits: &mut Bits,
    lookup: &ComponentLookup,
    tile: &mut TileBuilder<'_>,
    component: usize,
) -> Result<(), CarryError> {
    let mut at = 1;
    while at < 64 {
        bits.refill(data);
        let entry = lookup.recode.entry(bits.next);
        let next = at + u32::from(entry.advance & 127);
        if next <= 64 {
            let (read, copied) = (u32::from(entry.in_bits), u32::from(entry.value_bits));
            let value = bits.peek(read, copied);
            tile.out.put(u64::from(entry.out) << copied | value, u32::from(entry.out_bits) + copied);
            bits.consume(read + copied);
            at = next | u32::from(entry.advance & Recode::END);
        } else {
            let (next, symbol, value) = read_ac_symbol(data, bits, &lookup.ac, at)?;
            tile.codes.put_symbol(&mut tile.out, component, symbol, value);
            at = next;
        }
    }
    Ok(())
}

/// How often each symbol occurs, by table: DC and AC of luma, DC and AC of chroma.
pub(super) type SymbolCounts = [[u32; 256]; 4];

/// Counts the symbols that a tile has with this quantisation, by component, and checks it on the way.
///
/// # Errors
/// As [`read_scan`].
pub(super) fn count_symbols(
    header: &TileHeader<'_>,
    quantisation: &[[u8; 64]; 3],
) -> Result<Box<SymbolCounts>, CarryError> {
    struct Counter<'a> {
        from: [&'a [u8; 64]; 3],
        to: &'a [[u8; 64]; 3],
        ac: [SymbolLookup; 3],
        last_dc: [i16; 3],
        counts: Box<SymbolCounts>,
    }
    impl BlockSink for Counter<'_> {
        fn block(
            &mut self,
            component: usize,
            dc: i16,
            data: &[u8],
            bits: &mut Bits,
        ) -> Result<(), CarryError> {
            let [dc_luma, ac_luma, dc_chroma, ac_chroma] = &mut *self.counts;
            let (dc_counts, ac_counts) =
                if component == 0 { (dc_luma, ac_luma) } else { (dc_chroma, ac_chroma) };
            let mut block = [0; 64];
            block[0] = dc;
            read_ac(data, bits, &self.ac[component], &mut block)?;
            requantise(&mut block, self.from[component], &self.to[component]);
            let (size, _) = magnitude(i32::from(block[0]) - i32::from(self.last_dc[component]));
            dc_counts[(size & 15) as usize] += 1;
            self.last_dc[component] = block[0];
            ac_symbols(&block, |symbol, _| ac_counts[usize::from(symbol)] += 1);
            Ok(())
        }
    }
    let lookups = |specs: &[HuffmanSpec<'_>; 3]| specs.map(SymbolLookup::new);
    let dc = lookups(&header.dc);
    let mut counter = Counter {
        from: header.quantisation,
        to: quantisation,
        ac: lookups(&header.ac),
        last_dc: [0; 3],
        counts: Box::new([[0; 256]; 4]),
    };
    let mut reader = ScanReader::new(header.scan, Vec::new());
    read_scan(header, &mut reader, dc.each_ref(), &mut counter)?;
    Ok(counter.counts)
}
