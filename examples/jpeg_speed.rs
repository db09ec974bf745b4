//! How fast JPEG tiles are carried over and decoded (beside zune-jpeg), and pixels encoded: `cargo run --release --example jpeg_speed [folder]`.

#![allow(clippy::unwrap_used, clippy::print_stdout, clippy::disallowed_methods, reason = "a tool")]

use std::io::Cursor;
use std::time::Instant;

use mapshot::codec::decode_tile;
use mapshot::codec::jpeg::{
    Colour, FragmentEncoder, JpegFrame, McuCrop, Subsampling, TileCoder, TileRowJoiner, header, trailer,
};
use zune_jpeg::JpegDecoder;

const TILES: usize = 20;
const SIDE: u32 = 256;
const RUNS: usize = 7;

/// The least time of some runs in milliseconds, and what the run made.
fn least<T>(mut run: impl FnMut() -> T) -> (f64, T) {
    let mut timed = || {
        let start = Instant::now();
        let made = run();
        (start.elapsed().as_secs_f64() * 1000.0, made)
    };
    let mut best = timed();
    for _ in 1..RUNS {
        let next = timed();
        if next.0 < best.0 {
            best = next;
        }
    }
    best
}

fn carry(frame: &JpegFrame, tiles: &[Vec<u8>]) -> Vec<u8> {
    let mut file = header(frame);
    let mut coder = TileCoder::new(frame);
    let crop = McuCrop::whole(frame, SIDE);
    for (y, row) in tiles.chunks(TILES).enumerate() {
        let coded = row.iter().map(|tile| coder.carry(tile, SIDE, &crop).unwrap().0).collect();
        let mut joiner = TileRowJoiner::new(frame, y as u32 * crop.rows.end, coded).unwrap();
        while joiner.write_row(&mut file) {}
    }
    file.extend(trailer());
    file
}

fn encode(frame: &JpegFrame, pixels: &[u8]) -> Vec<u8> {
    let mut file = header(frame);
    let mut encoder = FragmentEncoder::new(frame, 0, 3).unwrap();
    for rows in pixels.chunks(frame.width_px() as usize * 3 * 256) {
        encoder.write_rows(rows).unwrap();
        file.extend(encoder.take());
    }
    file.extend(encoder.finish().unwrap());
    file.extend(trailer());
    file
}

fn main() {
    let folder = std::env::args().nth(1).unwrap_or_else(|| "tests/fixtures/bluemarble/4".into());
    let mut paths: Vec<_> = walk(folder.as_ref());
    paths.sort();
    let tiles: Vec<Vec<u8>> =
        paths.iter().cycle().take(TILES * TILES).map(|path| std::fs::read(path).unwrap()).collect();
    let bytes: usize = tiles.iter().map(Vec::len).sum();
    println!("{} tiles, {bytes} bytes", tiles.len());
    let side = TILES as u32 * SIDE;
    for probe in [0, 40, 100, 200] {
        let frame = JpegFrame::from_tile(side, side, &tiles[probe], SIDE, None).unwrap();
        let (ms, file) = least(|| carry(&frame, &tiles));
        println!("carry, tables from tile {probe}: {ms:.1} ms, {} bytes", file.len());
        if probe == 0 {
            std::fs::write("target/carried.jpg", &file).unwrap();
        }
    }
    let colour = Colour::YCbCr(Subsampling::S420);
    let frame = JpegFrame::for_quality(side, side, 75, colour, None).unwrap();
    let (ms, file) = least(|| carry(&frame, &tiles));
    println!("carry requantised to 75: {ms:.1} ms, {} bytes", file.len());
    let decoded =
        |decode: &dyn Fn(&[u8]) -> usize| least(|| tiles.iter().map(|tile| decode(tile)).sum::<usize>());
    let (ms, samples) = decoded(&|tile| decode_tile(tile, SIDE).unwrap().samples().len());
    println!("decode: {ms:.1} ms, {samples} samples");
    let (ms, samples) = decoded(&|tile| JpegDecoder::new(Cursor::new(tile)).decode().unwrap().len());
    println!("decode with zune-jpeg: {ms:.1} ms, {samples} samples");
    let mut pixels = vec![0; (side * side * 3) as usize];
    for (i, tile) in tiles.iter().enumerate() {
        let image = decode_tile(tile, SIDE).unwrap();
        let (x, y) = (i % TILES, i / TILES);
        for row in 0..SIDE as usize {
            let at = ((y * SIDE as usize + row) * side as usize + x * SIDE as usize) * 3;
            pixels[at..at + SIDE as usize * 3].copy_from_slice(image.row(row as u32));
        }
    }
    if std::env::args().nth(2).is_some() {
        let ppm = [format!("P6 {side} {side} 255\n").into_bytes(), pixels.clone()].concat();
        std::fs::write("target/mosaic.ppm", ppm).unwrap();
    }
    for sampling in [Subsampling::S420, Subsampling::S444] {
        let frame = JpegFrame::for_quality(side, side, 85, Colour::YCbCr(sampling), None).unwrap();
        let (ms, file) = least(|| encode(&frame, &pixels));
        println!("encode {sampling:?}, quality 85: {ms:.1} ms, {} bytes", file.len());
        std::fs::write(format!("target/encoded-{sampling:?}.jpg"), &file).unwrap();
    }
}

fn walk(folder: &std::path::Path) -> Vec<std::path::PathBuf> {
    let entries = std::fs::read_dir(folder).unwrap().map(|e| e.unwrap().path());
    entries
        .flat_map(|path| if path.is_dir() { walk(&path) } else { vec![path] })
        .filter(|path| path.extension().is_some_and(|e| e == "jpg"))
        .collect()
}
