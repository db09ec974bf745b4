//! How an image becomes a file: what its header, its strips and its trailer have in common.

use serde::{Deserialize, Serialize};

use crate::codec::jpeg::{self, JpegFrame};
use crate::codec::png::{self, Effort, PngFrame};
use crate::codec::{EncodeError, Format};

/// The encoding of one image; part of its plan.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Encoding {
    /// PNG.
    Png {
        /// What the header says.
        frame: PngFrame,
        /// How much time is spent.
        effort: Effort,
    },
    /// JPEG, encoded from pixels.
    Jpeg {
        /// What the header says.
        frame: JpegFrame,
        /// Of what quality its quantisation is, 1 to 100.
        quality: u8,
    },
    /// JPEG of the tiles' own coefficients; tiles that are something else are encoded from their pixels.
    CarriedJpeg {
        /// What the header says.
        frame: JpegFrame,
        /// Of what quality its quantisation is; `None` when it is that of the tiles, so that nothing is lost.
        quality: Option<u8>,
    },
}

/// What closing the file needs to know of a strip, or of a fragment of one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Seal {
    /// A strip of a PNG.
    Png(png::StripSeal),
    /// A strip of a JPEG.
    Jpeg {
        /// Its rows of pixels.
        rows: u32,
    },
}

/// Encodes the pixels of one fragment: a strip, or one of its slices.
///
/// Feed rows from the top with [`FragmentEncoder::write_rows`], take what is ready with [`FragmentEncoder::take`] at any
/// time, end with [`FragmentEncoder::finish`].
pub enum FragmentEncoder<'e> {
    /// As PNG.
    Png(Box<png::FragmentEncoder>),
    /// As JPEG, with the rows so far and the bytes of a row.
    Jpeg(Box<jpeg::FragmentEncoder<'e>>, u32, usize),
}

impl Encoding {
    /// The format of the file.
    #[must_use]
    pub const fn format(&self) -> Format {
        match self {
            Self::Png { .. } => Format::Png,
            Self::Jpeg { .. } | Self::CarriedJpeg { .. } => Format::Jpeg,
        }
    }

    /// The file's bytes before the first fragment.
    #[must_use]
    pub fn head(&self) -> Vec<u8> {
        match self {
            Self::Png { frame, .. } => png::header(frame),
            Self::Jpeg { frame, .. } | Self::CarriedJpeg { frame, .. } => jpeg::header(frame),
        }
    }

    /// The file's bytes after the last fragment. `seals` are those of all strips in order.
    ///
    /// # Errors
    /// [`EncodeError::Rows`] when a strip is missing or is one of another format.
    pub fn tail(&self, seals: &[Seal]) -> Result<Vec<u8>, EncodeError> {
        match self {
            Self::Png { frame, .. } => png::trailer(frame, &png_seals(seals)),
            Self::Jpeg { frame, .. } | Self::CarriedJpeg { frame, .. } => {
                let (got, expected) = (jpeg_rows(seals), frame.height_px());
                if got == u64::from(expected) {
                    Ok(jpeg::trailer())
                } else {
                    Err(EncodeError::Rows { got, expected })
                }
            }
        }
    }

    /// The seal of fragments that follow each other, as if they were one. Those of another format count for nothing, so that
    /// [`Self::tail`] finds rows missing.
    #[must_use]
    pub fn join(&self, seals: &[Seal]) -> Seal {
        match self {
            Self::Png { frame, .. } => Seal::Png(png::join(frame, &png_seals(seals))),
            Self::Jpeg { .. } | Self::CarriedJpeg { .. } => {
                Seal::Jpeg { rows: u32::try_from(jpeg_rows(seals)).unwrap_or(u32::MAX) }
            }
        }
    }

    /// An encoder for the fragment that begins at row `first_row_px` of the image, of RGB pixels for a JPEG. `sample` is the
    /// fragment's pixels, or its first rows, to choose filters by.
    ///
    /// # Errors
    /// [`EncodeError::RowLength`] when `sample` is not whole rows.
    pub fn fragment(&self, first_row_px: u32, sample: &[u8]) -> Result<FragmentEncoder<'_>, EncodeError> {
        match self {
            Self::Png { frame, effort } => {
                let (width_px, format) = (frame.width_px, frame.format);
                let encoder = png::FragmentEncoder::new(width_px, format, *effort, sample)?;
                Ok(FragmentEncoder::Png(Box::new(encoder)))
            }
            Self::Jpeg { frame, .. } | Self::CarriedJpeg { frame, .. } => {
                const RGB_BYTES: usize = 3;
                let first_mcu_row = first_row_px / frame.mcu_px().1;
                let encoder = jpeg::FragmentEncoder::new(frame, first_mcu_row, RGB_BYTES)?;
                Ok(FragmentEncoder::Jpeg(Box::new(encoder), 0, frame.width_px() as usize * RGB_BYTES))
            }
        }
    }
}

fn png_seals(seals: &[Seal]) -> Vec<png::StripSeal> {
    let of = |seal: &Seal| match seal {
        Seal::Png(seal) => Some(*seal),
        Seal::Jpeg { .. } => None,
    };
    seals.iter().filter_map(of).collect()
}

fn jpeg_rows(seals: &[Seal]) -> u64 {
    let of = |seal: &Seal| match seal {
        Seal::Jpeg { rows } => u64::from(*rows),
        Seal::Png(_) => 0,
    };
    seals.iter().map(of).sum()
}

impl FragmentEncoder<'_> {
    /// Adds rows, top first.
    ///
    /// # Errors
    /// [`EncodeError::RowLength`] when `rows` is not whole rows.
    pub fn write_rows(&mut self, rows: &[u8]) -> Result<(), EncodeError> {
        match self {
            Self::Png(encoder) => encoder.write_rows(rows),
            Self::Jpeg(encoder, count, row_bytes) => {
                encoder.write_rows(rows)?;
                *count += u32::try_from(rows.len() / *row_bytes).unwrap_or(u32::MAX);
                Ok(())
            }
        }
    }

    /// Takes the bytes that are ready.
    #[must_use]
    pub fn take(&mut self) -> Vec<u8> {
        match self {
            Self::Png(encoder) => encoder.take(),
            Self::Jpeg(encoder, ..) => encoder.take(),
        }
    }

    /// Ends the fragment: the rest of its bytes, and its seal.
    ///
    /// # Errors
    /// [`EncodeError`] when the fragment ends within a row of blocks and is not the image's last.
    pub fn finish(self) -> Result<(Vec<u8>, Seal), EncodeError> {
        match self {
            Self::Png(encoder) => {
                let (rest, seal) = encoder.finish();
                Ok((rest, Seal::Png(seal)))
            }
            Self::Jpeg(encoder, rows, _) => Ok((encoder.finish()?, Seal::Jpeg { rows })),
        }
    }
}
