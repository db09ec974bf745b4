//! Coding tiles with a frame's tables: carrying JPEG tiles over, encoding the pixels of others.

use crate::codec::jpeg::bit_buffer::BitBuffer;
use crate::codec::jpeg::bit_reader::ScanReader;
use crate::codec::jpeg::block::BlockCodes;
use crate::codec::jpeg::coded_tile::TileBuilder;
use crate::codec::jpeg::huffman::HuffmanSpec;
use crate::codec::jpeg::lookup::{RecodeLookup, SymbolLookup};
use crate::codec::jpeg::pixels::{PixelCoder, PixelRows};
use crate::codec::jpeg::recode::{ComponentLookup, Recoder};
use crate::codec::jpeg::scan::read_scan;
use crate::codec::jpeg::segments::{self, TileHeader};
use crate::codec::jpeg::{CodedTile, JpegFrame, McuCrop};
use crate::codec::{CarryError, EncodeError};
use crate::raster::TileImage;

/// How a tile was carried over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Carried {
    /// With its coefficients as they are.
    Exact,
    /// With its coefficients rounded to the frame's quantisation.
    Requantised,
}

/// Codes tiles for one frame. It keeps what tiles share (lookups for the Huffman tables that they have in common, buffers),
/// so use one for many.
pub struct TileCoder<'f> {
    frame: &'f JpegFrame,
    codes: BlockCodes,
    pixels: PixelCoder,
    known: Vec<KnownTables>,
    buffer: Vec<u8>,
}

/// Lookups with the tables that they are for.
struct KnownTables {
    chroma: bool,
    dc: ([u8; 16], Vec<u8>),
    ac: ([u8; 16], Vec<u8>),
    lookup: ComponentLookup,
}

/// Tables of so many components are kept. Nearly all tiles of a source have the same two.
const MOST_KNOWN: usize = 4;

/// Bytes a pixel and component that a coded tile may take; JPEG of the best quality takes about one.
const LIMIT_BYTES: usize = 2;

/// Bytes that any coded tile may take.
const MOST_BYTES: usize = 64 << 20;

impl<'f> TileCoder<'f> {
    /// A coder for a frame.
    #[must_use]
    pub fn new(frame: &'f JpegFrame) -> Self {
        Self {
            frame,
            codes: BlockCodes::new(frame),
            pixels: PixelCoder::new(frame),
            known: Vec::new(),
            buffer: Vec::new(),
        }
    }

    /// Carries a tile of `side_px` x `side_px` pixels over without decoding it to pixels. All of it is read, whatever the
    /// crop: what is carried is a whole tile.
    ///
    /// # Errors
    /// [`CarryError`]: not a JPEG that can be carried, or damaged.
    pub fn carry(
        &mut self,
        tile: &[u8],
        side_px: u32,
        crop: &McuCrop,
    ) -> Result<(CodedTile, Carried), CarryError> {
        let header = segments::read_tile(tile, side_px)?;
        let components = self.frame.colour().components();
        if header.colour != self.frame.colour() {
            let same = header.colour.components() == components;
            return Err(if same { CarryError::Sampling } else { CarryError::Colour });
        }
        if !crop.fits(self.frame, side_px) {
            return Err(CarryError::Frame(EncodeError::Crop));
        }
        let same = self.frame.quantisation().iter().zip(header.quantisation).all(|(a, b)| a == b);
        let requantise = (!same).then_some((self.frame, header.quantisation));
        let indices = self.lookups(&header);
        let lookups = indices.map(|i| &self.known[i].lookup);
        let pixels = (side_px as usize).saturating_mul(side_px as usize);
        let limit_bytes = pixels.saturating_mul(components * LIMIT_BYTES).min(MOST_BYTES);
        let rows = crop.rows.end - crop.rows.start;
        let mut builder = TileBuilder::new(&self.codes, header.scan.len().min(limit_bytes), rows);
        let start = BitBuffer::default().mark();
        let mut recoder = Recoder {
            tile: &mut builder,
            lookups,
            crop,
            requantise,
            inside: false,
            mcu: start,
            row: start,
            limit_bytes,
        };
        let mut reader = ScanReader::new(header.scan, std::mem::take(&mut self.buffer));
        let dc = lookups.map(|l| &l.dc);
        let read = read_scan(&header, &mut reader, dc, &mut recoder);
        self.buffer = reader.data;
        read?;
        let how = if same { Carried::Exact } else { Carried::Requantised };
        Ok((builder.finish(crop.columns.end - crop.columns.start), how))
    }

    /// Encodes the pixels of a square tile, transparent ones over white.
    ///
    /// # Errors
    /// [`EncodeError::Crop`] when the crop is not a part of the tile.
    pub fn encode(&mut self, image: &TileImage, crop: &McuCrop) -> Result<CodedTile, EncodeError> {
        let side_px = image.width_px();
        if image.height_px() != side_px || !crop.fits(self.frame, side_px) {
            return Err(EncodeError::Crop);
        }
        let row_bytes = side_px as usize * image.format().bytes();
        let mcu_rows = image.samples().chunks_exact(row_bytes * self.frame.mcu_px().1 as usize);
        let rows = crop.rows.end - crop.rows.start;
        let mut builder = TileBuilder::new(&self.codes, side_px as usize * side_px as usize / 4, rows);
        for samples in mcu_rows.skip(crop.rows.start as usize).take(rows as usize) {
            let pixels = PixelRows { samples, row_bytes, pixel_bytes: image.format().bytes() };
            for column in crop.columns.clone() {
                for (component, block) in self.pixels.blocks(pixels, column as usize) {
                    builder.put_dc(component, block.dc());
                    self.codes.put_quantised(&mut builder.out, component, block);
                }
            }
            builder.end_row();
        }
        Ok(builder.finish(crop.columns.end - crop.columns.start))
    }

    /// The places of the lookups by component, which are made where they are not known yet.
    fn lookups(&mut self, header: &TileHeader<'_>) -> [usize; 3] {
        let components = header.colour.components();
        if self.known.len() + components > MOST_KNOWN + 3 {
            self.known.clear();
        }
        let mut places = [0; 3];
        for (component, place) in places.iter_mut().enumerate().take(components) {
            let (dc, ac, chroma) = (header.dc[component], header.ac[component], component > 0);
            let is = |a: &([u8; 16], Vec<u8>), b: HuffmanSpec<'_>| a.0 == *b.counts && a.1 == b.symbols;
            let known = self.known.iter().position(|k| k.chroma == chroma && is(&k.dc, dc) && is(&k.ac, ac));
            *place = known.unwrap_or(self.known.len());
            if known.is_none() {
                let ac_lookup = SymbolLookup::new(ac);
                let recode = RecodeLookup::new(&ac_lookup, &self.codes.ac[usize::from(chroma)]);
                self.known.push(KnownTables {
                    chroma,
                    dc: (*dc.counts, dc.symbols.to_vec()),
                    ac: (*ac.counts, ac.symbols.to_vec()),
                    lookup: ComponentLookup { dc: SymbolLookup::new(dc), ac: ac_lookup, recode },
                });
            }
        }
        places
    }
}
