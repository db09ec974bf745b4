//! What some bytes are, by their beginning.

use crate::codec::DecodeError;

/// An image format that tiles come in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ImageKind {
    /// JPEG (JFIF, Exif or bare).
    Jpeg,
    /// PNG.
    Png,
    /// WebP, lossy or lossless.
    WebP,
    /// GIF.
    Gif,
}

impl ImageKind {
    /// What people call it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Jpeg => "JPEG",
            Self::Png => "PNG",
            Self::WebP => "WebP",
            Self::Gif => "GIF",
        }
    }

    /// The media type.
    #[must_use]
    pub const fn media_type(self) -> &'static str {
        match self {
            Self::Jpeg => "image/jpeg",
            Self::Png => "image/png",
            Self::WebP => "image/webp",
            Self::Gif => "image/gif",
        }
    }
}

/// Tells the format by the first bytes.
///
/// # Errors
/// [`DecodeError::Empty`], or [`DecodeError::NotAnImage`] with a guess what it is instead.
pub fn sniff(bytes: &[u8]) -> Result<ImageKind, DecodeError> {
    match bytes {
        [] => Err(DecodeError::Empty),
        [0xff, 0xd8, 0xff, ..] => Ok(ImageKind::Jpeg),
        [0x89, b'P', b'N', b'G', b'\r', b'\n', 0x1a, b'\n', ..] => Ok(ImageKind::Png),
        [b'R', b'I', b'F', b'F', _, _, _, _, b'W', b'E', b'B', b'P', ..] => Ok(ImageKind::WebP),
        [b'G', b'I', b'F', b'8', b'7' | b'9', b'a', ..] => Ok(ImageKind::Gif),
        _ => Err(DecodeError::NotAnImage(guess(bytes))),
    }
}

fn guess(bytes: &[u8]) -> &'static str {
    let start = String::from_utf8_lossy(bytes.get(..512).unwrap_or(bytes)).to_ascii_lowercase();
    let start = start.trim_start_matches('\u{feff}').trim_start();
    if start.contains("<html") || start.contains("<!doctype html") {
        "an HTML page"
    } else if start.contains("exceptionreport") {
        "a service exception (XML)"
    } else if start.starts_with('<') {
        "XML"
    } else if start.starts_with('{') || start.starts_with('[') {
        "JSON"
    } else if start.chars().all(|c| c.is_ascii_graphic() || c.is_ascii_whitespace()) {
        "plain text"
    } else {
        "something unknown"
    }
}
