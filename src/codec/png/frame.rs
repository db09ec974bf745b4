//! What stands before and after the fragments.

use serde::{Deserialize, Serialize};

use crate::codec::EncodeError;
use crate::codec::png::{StripSeal, adler, chunk};
use crate::raster::PixelFormat;

/// What the header of a PNG says.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PngFrame {
    /// Width in pixels.
    pub width_px: u32,
    /// Height in pixels.
    pub height_px: u32,
    /// What a pixel is made of.
    pub format: PixelFormat,
    /// The colours of [`PixelFormat::Index`], at most 256.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub palette: Vec<[u8; 3]>,
    /// Text entries: keyword of 1 to 79 Latin letters and spaces, and any text.
    pub text: Vec<(String, String)>,
}

/// The file up to the first fragment: signature, IHDR, sRGB, text, and the two bytes that open the zlib stream.
#[must_use]
pub fn header(frame: &PngFrame) -> Vec<u8> {
    let mut out = b"\x89PNG\r\n\x1a\n".to_vec();
    let mut ihdr = Vec::with_capacity(13);
    ihdr.extend_from_slice(&frame.width_px.to_be_bytes());
    ihdr.extend_from_slice(&frame.height_px.to_be_bytes());
    let colour_type = match frame.format {
        PixelFormat::Rgb => 2,
        PixelFormat::Rgba => 6,
        PixelFormat::Grey => 0,
        PixelFormat::Index => 3,
    };
    // Eight bits a sample, deflate, the five filters, not interlaced.
    ihdr.extend_from_slice(&[8, colour_type, 0, 0, 0]);
    chunk::write(&mut out, *b"IHDR", &ihdr);
    // Rendering intent 0 (perceptual): map tiles are sRGB.
    chunk::write(&mut out, *b"sRGB", &[0]);
    if frame.format == PixelFormat::Index {
        chunk::write(&mut out, *b"PLTE", frame.palette.as_flattened());
    }
    for (keyword, text) in &frame.text {
        // iTXt: keyword, not compressed, no language, no translated keyword, UTF-8 text.
        let mut data = keyword.as_bytes().to_vec();
        data.extend_from_slice(&[0, 0, 0, 0, 0]);
        data.extend_from_slice(text.as_bytes());
        chunk::write(&mut out, *b"iTXt", &data);
    }
    // 32 KiB window, fastest level, no dictionary (RFC 1950, section 2.2).
    chunk::write(&mut out, *b"IDAT", &[0x78, 0x01]);
    out
}

/// The seal of fragments that follow each other, as if they were one.
#[must_use]
pub fn join(frame: &PngFrame, seals: &[StripSeal]) -> StripSeal {
    let filtered_row = 1 + u64::from(frame.width_px) * frame.format.bytes() as u64;
    let nothing = StripSeal { adler32: adler::EMPTY, rows: 0 };
    seals.iter().fold(nothing, |all, seal| StripSeal {
        adler32: adler::combine(all.adler32, seal.adler32, u64::from(seal.rows) * filtered_row),
        rows: all.rows.saturating_add(seal.rows),
    })
}

/// The file after the last fragment: an empty last block, the checksum of all rows, IEND.
///
/// # Errors
/// [`EncodeError::Rows`] when the seals, in order, do not add up to the image.
pub fn trailer(frame: &PngFrame, seals: &[StripSeal]) -> Result<Vec<u8>, EncodeError> {
    let rows: u64 = seals.iter().map(|s| u64::from(s.rows)).sum();
    if rows != u64::from(frame.height_px) {
        return Err(EncodeError::Rows { got: rows, expected: frame.height_px });
    }
    let sum = join(frame, seals).adler32;
    let mut out = Vec::with_capacity(32);
    // A last block with fixed codes that holds only its end (RFC 1951, section 3.2.6): ten bits.
    let mut data = vec![0x03, 0x00];
    data.extend_from_slice(&sum.to_be_bytes());
    chunk::write(&mut out, *b"IDAT", &data);
    chunk::write(&mut out, *b"IEND", &[]);
    Ok(out)
}
