//! What header, fragments and trailer of one file share.

use serde::{Deserialize, Serialize};

use crate::codec::jpeg::huffman::{Class, HuffmanTable};
use crate::codec::jpeg::mcu::Colour;
use crate::codec::jpeg::recode::count_symbols;
use crate::codec::jpeg::segments::TileHeader;
use crate::codec::jpeg::{quantisation, segments, typical_huffman};
use crate::codec::{CarryError, EncodeError};

/// Most pixels of a side: the frame header has 16 bits for it (T.81, B.2.2).
pub const MAX_SIDE_PX: u32 = 65_535;

/// Most bytes of a comment: its segment has 16 bits for the length, which counts itself (T.81, B.2.4.5).
const COMMENT_BYTES: usize = 65_533;

/// The classes of a frame's Huffman tables, in order: luma, then chroma.
pub(super) const CLASSES: [Class; 4] = [Class::Dc, Class::Ac, Class::Dc, Class::Ac];

/// The frame of a file: its size, its colour, its tables.
///
/// # Guarantees
/// 1 to [`MAX_SIDE_PX`] pixels a side; quantisation steps of 1 to 255; Huffman codes for every symbol that baseline JPEG
/// can have. Deserialising checks it too.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "StoredFrame", into = "StoredFrame")]
pub struct JpegFrame {
    width_px: u32,
    height_px: u32,
    colour: Colour,
    /// By component, in zigzag order.
    quantisation: Vec<[u8; 64]>,
    huffman: [HuffmanTable; 4],
    comment: Option<String>,
}

impl JpegFrame {
    /// A frame for pixels: quantisation of a quality of 1 to 100 as libjpeg has it. `comment` goes into the file.
    ///
    /// # Errors
    /// [`EncodeError::ImageSize`], [`EncodeError::Quality`], [`EncodeError::Frame`] when the comment is too long.
    pub fn for_quality(
        width_px: u32,
        height_px: u32,
        quality: u8,
        colour: Colour,
        comment: Option<String>,
    ) -> Result<Self, EncodeError> {
        let [luma, chroma] = tables(quality)?;
        let quantisation = [luma, chroma, chroma].into_iter().take(colour.components()).collect();
        let huffman = typical_huffman::tables()?;
        Self { width_px, height_px, colour, quantisation, huffman, comment }.checked()
    }

    /// A frame for carrying tiles like this one: its quantisation and sampling, and Huffman tables made to the measure of
    /// its symbols mixed with those of typical maps, for other tiles show other things.
    ///
    /// # Errors
    /// [`CarryError`] when the tile itself could not be carried, [`CarryError::Frame`] as [`JpegFrame::for_quality`].
    pub fn from_tile(
        width_px: u32,
        height_px: u32,
        tile: &[u8],
        side_px: u32,
        comment: Option<String>,
    ) -> Result<Self, CarryError> {
        let header = segments::read_tile(tile, side_px)?;
        let quantisation = header.quantisation.map(|steps| *steps);
        Self::of_symbols(width_px, height_px, &header, quantisation, comment)
    }

    /// The same with the quantisation of a quality of 1 to 100 as libjpeg has it.
    ///
    /// # Errors
    /// As [`JpegFrame::from_tile`].
    pub fn requantising(
        width_px: u32,
        height_px: u32,
        tile: &[u8],
        side_px: u32,
        quality: u8,
        comment: Option<String>,
    ) -> Result<Self, CarryError> {
        let header = segments::read_tile(tile, side_px)?;
        let [luma, chroma] = tables(quality)?;
        Self::of_symbols(width_px, height_px, &header, [luma, chroma, chroma], comment)
    }

    fn of_symbols(
        width_px: u32,
        height_px: u32,
        header: &TileHeader<'_>,
        quantisation: [[u8; 64]; 3],
        comment: Option<String>,
    ) -> Result<Self, CarryError> {
        let counts = count_symbols(header, &quantisation)?;
        let huffman = typical_huffman::mixed_with(&counts)?;
        let quantisation = quantisation.into_iter().take(header.colour.components()).collect();
        let frame = Self { width_px, height_px, colour: header.colour, quantisation, huffman, comment };
        Ok(frame.checked()?)
    }

    fn checked(self) -> Result<Self, EncodeError> {
        let (width_px, height_px) = (self.width_px, self.height_px);
        let side = 1..=MAX_SIDE_PX;
        if !side.contains(&width_px) || !side.contains(&height_px) {
            return Err(EncodeError::ImageSize { width_px, height_px, limit_px: MAX_SIDE_PX });
        }
        if self.comment.as_ref().is_some_and(|text| text.len() > COMMENT_BYTES) {
            return Err(EncodeError::Frame("the comment is too long"));
        }
        if self.quantisation.len() != self.colour.components()
            || self.quantisation.as_flattened().contains(&0)
        {
            return Err(EncodeError::Frame("a quantisation table is missing or has a step of 0"));
        }
        Ok(self)
    }

    /// Width of the image in pixels.
    #[must_use]
    pub const fn width_px(&self) -> u32 {
        self.width_px
    }

    /// Height of the image in pixels.
    #[must_use]
    pub const fn height_px(&self) -> u32 {
        self.height_px
    }

    /// What the samples are.
    #[must_use]
    pub const fn colour(&self) -> Colour {
        self.colour
    }

    /// Width and height of an MCU in pixels: tiles begin at multiples of it.
    #[must_use]
    pub const fn mcu_px(&self) -> (u32, u32) {
        self.colour.mcu_px()
    }

    /// MCU columns and MCU rows of the image; the last ones may stick out of it.
    #[must_use]
    pub const fn mcus(&self) -> (u32, u32) {
        let (width_px, height_px) = self.mcu_px();
        (self.width_px.div_ceil(width_px), self.height_px.div_ceil(height_px))
    }

    /// The text that goes into the file.
    pub(super) fn comment(&self) -> Option<&str> {
        self.comment.as_deref()
    }

    /// By component, in zigzag order.
    pub(super) fn quantisation(&self) -> &[[u8; 64]] {
        &self.quantisation
    }

    /// DC and AC of luma, DC and AC of chroma.
    pub(super) const fn huffman(&self) -> &[HuffmanTable; 4] {
        &self.huffman
    }
}

/// Quantisation of luma and of chroma.
fn tables(quality: u8) -> Result<[[u8; 64]; 2], EncodeError> {
    if (1..=100).contains(&quality) {
        Ok(quantisation::tables(quality))
    } else {
        Err(EncodeError::Quality(quality))
    }
}

/// A frame as it is stored.
#[derive(Serialize, Deserialize)]
struct StoredFrame {
    width_px: u32,
    height_px: u32,
    colour: Colour,
    /// 64 steps by component.
    quantisation: Vec<Vec<u8>>,
    /// Counts by length and symbols, by table.
    huffman: Vec<([u8; 16], Vec<u8>)>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    comment: Option<String>,
}

impl From<JpegFrame> for StoredFrame {
    fn from(frame: JpegFrame) -> Self {
        let specs = frame.huffman.iter().map(HuffmanTable::spec);
        Self {
            width_px: frame.width_px,
            height_px: frame.height_px,
            colour: frame.colour,
            quantisation: frame.quantisation.iter().map(|table| table.to_vec()).collect(),
            huffman: specs.map(|spec| (*spec.counts, spec.symbols.to_vec())).collect(),
            comment: frame.comment,
        }
    }
}

impl TryFrom<StoredFrame> for JpegFrame {
    type Error = EncodeError;

    fn try_from(stored: StoredFrame) -> Result<Self, EncodeError> {
        const WRONG: EncodeError = EncodeError::Frame("a table has a wrong length");
        let quantisation = stored.quantisation.into_iter().map(|table| table.try_into().map_err(|_| WRONG));
        let huffman: Result<Vec<_>, _> = CLASSES
            .into_iter()
            .zip(stored.huffman)
            .map(|(class, (counts, symbols))| HuffmanTable::new(class, counts, symbols))
            .collect();
        let frame = Self {
            width_px: stored.width_px,
            height_px: stored.height_px,
            colour: stored.colour,
            quantisation: quantisation.collect::<Result<_, _>>()?,
            huffman: huffman?.try_into().map_err(|_| WRONG)?,
            comment: stored.comment,
        };
        frame.checked()
    }
}
