//! How fast tiles become a PNG, and how small: decodes the tiles of a folder, then encodes them as strips of one row of
//! tiles each, and reports both times (the least of three runs) on one thread.
//!
//! `cargo run --release --example png_speed -- FOLDER COLUMNS ROWS [small] [OUT.png]` with tiles of 256 px in
//! FOLDER/x/y.png or .jpg.

#![allow(clippy::print_stdout, clippy::disallowed_methods, reason = "a measurement, run natively by hand")]

use std::error::Error;
use std::time::{Duration, Instant};

use mapshot::codec::decode_tile;
use mapshot::codec::png::{Effort, FragmentEncoder, PngFrame, header, trailer};
use mapshot::raster::{Blend, PixelFormat, StripPixels, paste};

const TILE_PX: u32 = 256;

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [folder, columns, rows, options @ ..] = &arguments[..] else {
        return Err("usage: png_speed FOLDER COLUMNS ROWS [small] [OUT.png]".into());
    };
    let (columns, rows): (u32, u32) = (columns.parse()?, rows.parse()?);
    let effort = if options.iter().any(|o| o == "small") { Effort::Small } else { Effort::Fast };
    let frame = PngFrame {
        width_px: columns * TILE_PX,
        height_px: rows * TILE_PX,
        format: PixelFormat::Rgb,
        palette: Vec::new(),
        text: Vec::new(),
    };
    let (mut decoding, mut encoding) = (Duration::MAX, Duration::MAX);
    let mut file = Vec::new();
    for _ in 0..3 {
        file = header(&frame);
        let mut seals = Vec::new();
        let (mut decoded, mut encoded) = (Duration::ZERO, Duration::ZERO);
        for y in 0..rows {
            let tiles = (0..columns).map(|x| read(folder, x, y)).collect::<Result<Vec<_>, _>>()?;
            let start = Instant::now();
            let mut strip = StripPixels::new(frame.width_px, TILE_PX, frame.format)?;
            for (x, tile) in (0..).zip(&tiles) {
                paste(&mut strip, &decode_tile(tile, TILE_PX)?, x * i64::from(TILE_PX), 0, 1.0, Blend::Over);
            }
            decoded += start.elapsed();
            let start = Instant::now();
            let mut encoder = FragmentEncoder::new(frame.width_px, frame.format, effort, strip.samples())?;
            encoder.write_rows(strip.samples())?;
            file.extend(encoder.take());
            let (rest, seal) = encoder.finish();
            encoded += start.elapsed();
            file.extend(rest);
            seals.push(seal);
        }
        file.extend(trailer(&frame, &seals)?);
        (decoding, encoding) = (decoding.min(decoded), encoding.min(encoded));
    }
    println!("{} bytes, decoding {decoding:.2?}, encoding {encoding:.2?}", file.len());
    if let Some(path) = options.iter().find(|o| o.ends_with(".png")) {
        std::fs::write(path, file)?;
    }
    Ok(())
}

fn read(folder: &str, x: u32, y: u32) -> std::io::Result<Vec<u8>> {
    std::fs::read(format!("{folder}/{x}/{y}.png")).or_else(|_| std::fs::read(format!("{folder}/{x}/{y}.jpg")))
}
