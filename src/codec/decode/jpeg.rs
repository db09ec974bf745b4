//! JPEG tiles: baseline ones by our own decoder ([`Baseline`]), all others (progressive, RGB, CMYK and YCCK, odd sampling)
//! by zune-jpeg.

use std::io::Cursor;

use zune_jpeg::JpegDecoder;
use zune_jpeg::zune_core::colorspace::ColorSpace;
use zune_jpeg::zune_core::options::DecoderOptions;

use crate::codec::decode::check_size;
use crate::codec::jpeg::Baseline;
use crate::codec::{CarryError, DecodeError};
use crate::raster::{PixelFormat, TileImage};

const FORMAT: &str = "JPEG";

pub fn decode(bytes: &[u8], side_px: u32) -> Result<TileImage, DecodeError> {
    let decoded = match Baseline::read(bytes) {
        Ok(jpeg) => {
            let (width_px, height_px) = (jpeg.width_px(), jpeg.height_px());
            check_size(width_px, height_px, side_px)?;
            let mut samples = room(width_px as usize * height_px as usize * 3)?;
            jpeg.decode(&mut samples).map(|()| samples)
        }
        Err(error) => Err(error),
    };
    let samples = match decoded {
        Ok(samples) => samples,
        Err(CarryError::Damaged(reason)) => {
            // Cut off says more than damaged.
            return Err(match check_complete(bytes) {
                Err(cut_off @ DecodeError::Truncated { .. }) => cut_off,
                _ => damaged(reason),
            });
        }
        Err(_) => other(bytes, side_px)?,
    };
    TileImage::new(side_px, side_px, PixelFormat::Rgb, samples).map_err(damaged)
}

/// Decodes another kind of JPEG.
fn other(bytes: &[u8], side_px: u32) -> Result<Vec<u8>, DecodeError> {
    check_complete(bytes)?;
    let options = DecoderOptions::default()
        .set_strict_mode(true)
        .set_max_width(u16::MAX.into())
        .set_max_height(u16::MAX.into())
        .jpeg_set_out_colorspace(ColorSpace::RGB);
    let mut decoder = JpegDecoder::new_with_options(Cursor::new(bytes), options);
    decoder.decode_headers().map_err(damaged)?;
    let (width, height) = decoder.dimensions().ok_or(DecodeError::Truncated { format: FORMAT })?;
    check_size(width as u32, height as u32, side_px)?;
    let mut samples = room(decoder.output_buffer_size().ok_or(DecodeError::Truncated { format: FORMAT })?)?;
    decoder.decode_into(&mut samples).map_err(damaged)?;
    Ok(samples)
}

fn room(bytes: usize) -> Result<Vec<u8>, DecodeError> {
    let mut samples = Vec::new();
    samples.try_reserve_exact(bytes).map_err(|_| DecodeError::OutOfMemory { bytes })?;
    samples.resize(bytes, 0);
    Ok(samples)
}

fn damaged(error: impl std::fmt::Display) -> DecodeError {
    DecodeError::Damaged { format: FORMAT, reason: error.to_string().trim().to_owned() }
}

/// Walks the segments to the end-of-image marker, which decoders do not insist on: without it the last rows of a
/// tile that was cut off would be made up (ITU-T T.81, annex B).
fn check_complete(bytes: &[u8]) -> Result<(), DecodeError> {
    const END_OF_IMAGE: u8 = 0xd9;
    const START_OF_SCAN: u8 = 0xda;
    let truncated = || DecodeError::Truncated { format: FORMAT };
    let mut at = 2;
    loop {
        // Any number of fill bytes may stand before a marker.
        while bytes.get(at) == Some(&0xff) && bytes.get(at + 1) == Some(&0xff) {
            at += 1;
        }
        let (Some(lead), Some(marker)) = (bytes.get(at), bytes.get(at + 1)) else { return Err(truncated()) };
        if *lead != 0xff {
            return Err(damaged("a segment does not begin where the last one ends"));
        }
        if *marker == END_OF_IMAGE {
            return Ok(());
        }
        let length = match (bytes.get(at + 2), bytes.get(at + 3)) {
            (Some(high), Some(low)) => usize::from(*high) << 8 | usize::from(*low),
            _ => return Err(truncated()),
        };
        at += 2 + length;
        if *marker == START_OF_SCAN {
            at = end_of_scan(bytes, at).ok_or_else(truncated)?;
        }
    }
}

/// The first marker after entropy-coded data that is neither a stuffed zero nor a restart.
fn end_of_scan(bytes: &[u8], from: usize) -> Option<usize> {
    let mut at = from;
    loop {
        at += bytes.get(at..)?.iter().position(|b| *b == 0xff)?;
        match bytes.get(at + 1)? {
            0x00 | 0xd0..=0xd7 => at += 2,
            0xff => at += 1,
            _ => return Some(at),
        }
    }
}
