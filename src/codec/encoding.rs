//! How an image becomes a file: what its header, its strips and its trailer have in common.

use serde::{Deserialize, Serialize};

use crate::codec::png::{self, FragmentEncoder, PngFrame, StripSeal};
use crate::codec::{EncodeError, Format};

/// The encoding of one image; part of its plan.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "as", rename_all = "snake_case")]
pub enum Encoding {
    /// PNG.
    Png {
        /// What the header says.
        frame: PngFrame,
    },
}

/// What closing the file needs to know of a strip.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "of", rename_all = "snake_case")]
pub enum Seal {
    /// A strip of a PNG.
    Png(StripSeal),
}

/// Encodes the pixels of one strip.
///
/// Feed rows from the top with [`StripEncoder::write_rows`], take what is ready with [`StripEncoder::take`] at any
/// time, end with [`StripEncoder::finish`].
pub enum StripEncoder {
    /// As PNG.
    Png(FragmentEncoder),
}

impl Encoding {
    /// The format of the file.
    #[must_use]
    pub const fn format(&self) -> Format {
        match self {
            Self::Png { .. } => Format::Png,
        }
    }

    /// The file's bytes before the first fragment.
    #[must_use]
    pub fn head(&self) -> Vec<u8> {
        match self {
            Self::Png { frame } => png::header(frame),
        }
    }

    /// The file's bytes after the last fragment. `seals` are those of all strips in order.
    ///
    /// # Errors
    /// [`EncodeError::Rows`] when a strip is missing.
    pub fn tail(&self, seals: &[Seal]) -> Result<Vec<u8>, EncodeError> {
        match self {
            Self::Png { frame } => {
                let seals: Vec<StripSeal> = seals.iter().map(|Seal::Png(seal)| *seal).collect();
                png::trailer(frame, &seals)
            }
        }
    }

    /// An encoder for the strip that begins at row `first_row_px` of the image. `sample` is the strip's pixels, or its
    /// first rows, to choose filters by.
    ///
    /// # Errors
    /// [`EncodeError::RowLength`] when `sample` is not whole rows.
    pub fn strip(&self, first_row_px: u32, sample: &[u8]) -> Result<StripEncoder, EncodeError> {
        let _ = first_row_px;
        match self {
            Self::Png { frame } => {
                Ok(StripEncoder::Png(FragmentEncoder::new(frame.width_px, frame.format, png::Effort::Fast, sample)?))
            }
        }
    }
}

impl StripEncoder {
    /// Adds rows, top first.
    ///
    /// # Errors
    /// [`EncodeError::RowLength`] when `rows` is not whole rows.
    pub fn write_rows(&mut self, rows: &[u8]) -> Result<(), EncodeError> {
        match self {
            Self::Png(encoder) => encoder.write_rows(rows),
        }
    }

    /// Takes the bytes that are ready.
    #[must_use]
    pub fn take(&mut self) -> Vec<u8> {
        match self {
            Self::Png(encoder) => encoder.take(),
        }
    }

    /// Ends the strip: the rest of its bytes, and its seal.
    ///
    /// # Errors
    /// [`EncodeError`].
    pub fn finish(self) -> Result<(Vec<u8>, Seal), EncodeError> {
        match self {
            Self::Png(encoder) => {
                let (rest, seal) = encoder.finish();
                Ok((rest, Seal::Png(seal)))
            }
        }
    }
}
