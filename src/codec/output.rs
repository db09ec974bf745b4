//! The files that a capture can become, as a caller asks for them.

use serde::{Deserialize, Serialize};

pub use crate::codec::jpeg::Subsampling;
pub use crate::codec::png::Effort;

/// The format of the finished image.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Format {
    /// PNG, lossless.
    #[default]
    Png,
    /// JPEG: the tiles' own coefficients where they are JPEG, else encoded.
    Jpeg,
}

impl Format {
    /// The media type.
    #[must_use]
    pub const fn media_type(self) -> &'static str {
        match self {
            Self::Png => "image/png",
            Self::Jpeg => "image/jpeg",
        }
    }

    /// The file name's extension.
    #[must_use]
    pub const fn extension(self) -> &'static str {
        match self {
            Self::Png => "png",
            Self::Jpeg => "jpg",
        }
    }
}

/// A quality as a caller writes it: a number for JPEG, a word for PNG.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged, expecting = "a number from 1 to 100, or \"fast\" or \"small\"")]
pub enum Quality {
    /// How little is lost, 1 to 100.
    Percent(u32),
    /// How much time is spent for fewer bytes.
    Effort(Effort),
}

/// What file is wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Output {
    /// A PNG.
    Png(Effort),
    /// A JPEG of the tiles' own coefficients if they can be had, else of quality [`Output::QUALITY`].
    Jpeg,
    /// A JPEG of this quality: of the tiles' own coefficients, quantised anew, if they can be had and have that
    /// subsampling, else encoded from pixels.
    JpegOfQuality {
        /// 1 to 100.
        quality: u8,
        /// How much coarser chroma is; as the tiles have it, or else 4:2:0, when it is not given.
        subsampling: Option<Subsampling>,
    },
}

/// Why fields of a request do not go together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OutputError {
    /// The quality is not one of the format's; this is what it may be.
    Quality(&'static str),
    /// The quality is outside its range.
    QualityRange(u32),
    /// The format has no subsampling.
    Subsampling,
}

impl Output {
    /// Qualities that there are.
    pub const QUALITIES: (u8, u8) = (1, 100);

    /// The quality of an encoded JPEG, unless asked for otherwise.
    pub const QUALITY: u8 = 85;

    /// Joins what a caller wrote.
    ///
    /// # Errors
    /// [`OutputError`] when it does not go together.
    pub fn new(
        format: Format,
        quality: Option<Quality>,
        subsampling: Option<Subsampling>,
    ) -> Result<Self, OutputError> {
        let (least, most) = Self::QUALITIES;
        match (format, quality, subsampling) {
            (Format::Png, _, Some(_)) => Err(OutputError::Subsampling),
            (Format::Png, None, None) => Ok(Self::Png(Effort::default())),
            (Format::Png, Some(Quality::Effort(effort)), None) => Ok(Self::Png(effort)),
            (Format::Png, Some(Quality::Percent(_)), None) => {
                Err(OutputError::Quality("a PNG's quality is \"fast\" or \"small\""))
            }
            (Format::Jpeg, None, None) => Ok(Self::Jpeg),
            (Format::Jpeg, Some(Quality::Effort(_)), _) => {
                Err(OutputError::Quality("a JPEG's quality is a number from 1 to 100"))
            }
            (Format::Jpeg, Some(Quality::Percent(percent)), subsampling) => {
                let quality = u8::try_from(percent).ok().filter(|q| (least..=most).contains(q));
                let quality = quality.ok_or(OutputError::QualityRange(percent))?;
                Ok(Self::JpegOfQuality { quality, subsampling })
            }
            (Format::Jpeg, None, Some(_)) => Ok(Self::JpegOfQuality { quality: Self::QUALITY, subsampling }),
        }
    }

    /// The file's format.
    #[must_use]
    pub const fn format(self) -> Format {
        match self {
            Self::Png(_) => Format::Png,
            Self::Jpeg | Self::JpegOfQuality { .. } => Format::Jpeg,
        }
    }
}
