//! The errors of `codec`.

use thiserror::Error;

use crate::fault::{Explain, Fault, FaultClass};

/// Why the bytes that a source sent are not the tile they should be.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum DecodeError {
    /// No bytes at all.
    #[error("the answer is empty")]
    Empty,
    /// Not a PNG, JPEG, WebP or GIF by its first bytes.
    #[error("the answer is {0}, not an image")]
    NotAnImage(&'static str),
    /// An image, but not of the size that the grid's tiles have.
    #[error("the image is {width_px} x {height_px} px, but tiles are {expected_px} x {expected_px} px")]
    Size {
        /// Declared width.
        width_px: u32,
        /// Declared height.
        height_px: u32,
        /// The tile size of the source.
        expected_px: u32,
    },
    /// The file ends before the image does.
    #[error("the {format} image is cut off")]
    Truncated {
        /// The format's name.
        format: &'static str,
    },
    /// The image is damaged or uses what its format forbids.
    #[error("the {format} image is damaged: {reason}")]
    Damaged {
        /// The format's name.
        format: &'static str,
        /// The decoder's words.
        reason: String,
    },
    /// A picture too large to be decoded from this format.
    #[error("pictures of more than {limit_px} px a side must be PNG or JPEG, not {format}")]
    LargeFormat {
        /// The format's name.
        format: &'static str,
        /// The largest side.
        limit_px: u32,
    },
    /// The memory for the pixels cannot be had.
    #[error("{bytes} bytes of memory for the tile cannot be had")]
    OutOfMemory {
        /// Bytes asked for.
        bytes: usize,
    },
}

/// Why a strip could not be encoded.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum EncodeError {
    /// Rows were given that do not fill whole pixels of the image's width.
    #[error("{got} bytes are not whole rows of {row_bytes} bytes")]
    RowLength {
        /// Bytes given.
        got: usize,
        /// Bytes of a row.
        row_bytes: usize,
    },
    /// The strips do not add up to the image.
    #[error("the strips have {got} rows, the image has {expected}")]
    Rows {
        /// Rows of all strips.
        got: u64,
        /// Rows of the image.
        expected: u32,
    },
    /// The image is empty or larger than the format can say.
    #[error("{width_px} x {height_px} px cannot be written, a side has 1 to {limit_px} px")]
    ImageSize {
        /// Width asked for.
        width_px: u32,
        /// Height asked for.
        height_px: u32,
        /// Most pixels of a side.
        limit_px: u32,
    },
    /// There is no such quality.
    #[error("a quality of {0} was asked for, there is 1 to 100")]
    Quality(u8),
    /// What the parts of a file share is not sound.
    #[error("the frame is not sound: {0}")]
    Frame(&'static str),
    /// The part of a tile that was asked for is not one.
    #[error("the crop is empty, or not a part of the tile")]
    Crop,
    /// Tiles that do not make a tile row.
    #[error("the tiles do not make a row: {0}")]
    TileRow(&'static str),
    /// Pixels of another size.
    #[error("pixels of {0} bytes cannot be encoded")]
    PixelBytes(usize),
}

/// Why a JPEG tile cannot be carried over without decoding it to pixels, or be decoded by [`crate::codec::jpeg::Baseline`].
///
/// [`CarryError::Damaged`] is about broken tiles; the others are about JPEGs of another kind, whose pixels another decoder
/// may find.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum CarryError {
    /// Not a JPEG by its first bytes.
    #[error("the tile is not a JPEG")]
    NotJpeg,
    /// A JPEG, but not baseline in one scan with 8 bits.
    #[error("the JPEG tile is not baseline: {0}")]
    NotBaseline(&'static str),
    /// Not of the size that the grid's tiles have.
    #[error("the JPEG tile is {width_px} x {height_px} px, but tiles are {expected_px} x {expected_px} px")]
    Size {
        /// Declared width.
        width_px: u32,
        /// Declared height.
        height_px: u32,
        /// The tile size of the source.
        expected_px: u32,
    },
    /// Another subsampling of the chroma than the image's.
    #[error("the JPEG tile has another subsampling")]
    Sampling,
    /// Neither grey nor YCbCr, or not the one that the image is.
    #[error("the JPEG tile has another colour space")]
    Colour,
    /// Tiles of this size do not consist of whole MCUs.
    #[error("JPEG tiles of {side_px} px do not consist of whole MCUs")]
    PartMcu {
        /// The tile size of the source.
        side_px: u32,
    },
    /// Broken: cut off, or not decodable.
    #[error("the JPEG tile is damaged: {0}")]
    Damaged(&'static str),
    /// Coded, it takes more memory than any real tile.
    #[error("the JPEG tile takes more than {limit_bytes} bytes")]
    TooLarge {
        /// Most bytes.
        limit_bytes: usize,
    },
    /// The frame or the crop cannot be.
    #[error(transparent)]
    Frame(#[from] EncodeError),
}

impl Explain for EncodeError {
    fn fault(&self) -> Fault {
        match self {
            Self::ImageSize { width_px, height_px, limit_px } => {
                Fault::new(FaultClass::Unprocessable, "too_many_pixels")
                    .value(format!("{width_px} x {height_px} px"))
                    .limit(format!("{limit_px} px a side"))
            }
            Self::Quality(quality) => {
                Fault::new(FaultClass::Caller, "out_of_range").value(quality).limit("1 to 100")
            }
            _ => Fault::new(FaultClass::Internal, "encoding_failed"),
        }
    }
}
