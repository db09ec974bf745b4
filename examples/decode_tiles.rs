//! Decodes JPEG tiles and writes their RGB samples to standard output, one after the other.
//!
//! Uses the JPEG decoder alone, none of Mapshot: tests compare what Mapshot puts together with a plain paste of these.

use std::error::Error;
use std::io::{Cursor, Write};

use zune_jpeg::JpegDecoder;
use zune_jpeg::zune_core::colorspace::ColorSpace;
use zune_jpeg::zune_core::options::DecoderOptions;

fn main() -> Result<(), Box<dyn Error>> {
    let mut out = std::io::stdout().lock();
    for path in std::env::args().skip(1) {
        let options = DecoderOptions::default().jpeg_set_out_colorspace(ColorSpace::RGB);
        let mut decoder = JpegDecoder::new_with_options(Cursor::new(std::fs::read(path)?), options);
        out.write_all(&decoder.decode().map_err(|e| format!("{e:?}"))?)?;
    }
    Ok(())
}
