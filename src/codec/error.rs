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
}

impl Explain for EncodeError {
    fn fault(&self) -> Fault {
        Fault::new(FaultClass::Internal, "encoding_failed")
    }
}
