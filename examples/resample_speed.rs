//! How fast layers are resampled, beside pasting them where they fit: `cargo run --release --example resample_speed`.

#![allow(clippy::print_stdout, reason = "an example")]
#![allow(clippy::disallowed_methods, reason = "native: there is a clock")]

use std::error::Error;
use std::time::Instant;

use mapshot::geo::{Crs, GeoTransform, LatticeMap, LonLat, Mesh, PixelWindow};
use mapshot::raster::{Blend, Patch, PixelFormat, Resampling, StripPixels, TileImage, paste, resample};

const WIDTH_PX: u32 = 4096;
const ROWS_PX: u32 = 256;
const RUNS: u32 = 5;

fn main() -> Result<(), Box<dyn Error>> {
    let at = LonLat::new("center", 126.978, 37.5665)?;
    let lattice = |epsg, resolution| -> Result<_, Box<dyn Error>> {
        let crs = Crs::from_epsg(epsg).ok_or("unknown")?;
        let at = crs.project("center", at)?;
        Ok((crs, GeoTransform { origin_x: at.x, origin_y: at.y, resolution }))
    };
    let window = PixelWindow::new(-2000, -100, WIDTH_PX, ROWS_PX)?;
    let mut strip = StripPixels::new(WIDTH_PX, ROWS_PX, PixelFormat::Rgb)?;
    let plain =
        TileImage::new(WIDTH_PX, ROWS_PX, PixelFormat::Rgb, vec![77; 3 * (WIDTH_PX * ROWS_PX) as usize])?;
    timed("paste RGB", || paste(&mut strip, &plain, 0, 0, 1.0, Blend::Over));
    let layer = |alpha: u8| {
        let samples = (0..WIDTH_PX * ROWS_PX).flat_map(|i| [i as u8, (i >> 3) as u8, (i >> 9) as u8, alpha]);
        TileImage::new(WIDTH_PX, ROWS_PX, PixelFormat::Rgba, samples.collect())
    };
    for (name, alpha) in [("opaque", 255), ("translucent", 128), ("transparent", 0)] {
        let image = layer(alpha)?;
        for blend in [Blend::Over, Blend::Multiply] {
            timed(&format!("paste RGBA, {name}, {blend:?}"), || paste(&mut strip, &image, 0, 0, 1.0, blend));
        }
    }
    for shrink in [0.25, 0.97, 1.5, 4.0] {
        let map = LatticeMap::new(lattice(3857, 1.0)?, lattice(5181, 0.7925 / shrink)?);
        let asked = std::cell::Cell::new(0);
        let map = |places: &mut [(f64, f64)]| {
            asked.set(asked.get() + places.len());
            map.map_all(places);
        };
        let mesh = Mesh::new(&map);
        let bounds = (-(1 << 30), -(1 << 30), 1 << 30, 1 << 30);
        mesh.spans(&window, &mut |_| ());
        println!("{shrink}: {} transforms for {} pixels", asked.get(), window.pixels());
        timed(&format!("{shrink}: mesh"), || mesh.spans(&window, &mut |_| ()));
        for resampling in [Resampling::Nearest, Resampling::Bilinear, Resampling::Lanczos] {
            for (name, alpha) in [("opaque", 255u8), ("translucent", 128), ("transparent", 0)] {
                let mut patches = Vec::new();
                for piece in mesh.pieces(&window, resampling.reach_px(), bounds, Patch::MOST_PX) {
                    let mut patch = Patch::new(&piece.source)?;
                    let (w, h) = (piece.source.width_px(), piece.source.height_px());
                    let samples = (0..w * h).flat_map(|i| [i as u8, (i >> 3) as u8, (i >> 9) as u8, alpha]);
                    let image = TileImage::new(w, h, PixelFormat::Rgba, samples.collect())?;
                    patch.put(&image, piece.source.left_px(), piece.source.top_px());
                    patches.push((piece, patch));
                }
                timed(&format!("{shrink}: {resampling:?}, {name}"), || {
                    for (piece, patch) in &patches {
                        if let Ok(image) = resample(patch, &mesh, &piece.window, resampling) {
                            std::hint::black_box(image);
                        }
                    }
                });
            }
        }
    }
    Ok(())
}

/// Prints the best of some runs, in megapixels of the strip a second.
fn timed(what: &str, mut run: impl FnMut()) {
    let mut best = f64::INFINITY;
    for _ in 0..RUNS {
        let start = Instant::now();
        run();
        best = best.min(start.elapsed().as_secs_f64());
    }
    println!("{what:<40} {:8.1} Mpx/s", f64::from(WIDTH_PX * ROWS_PX) / best / 1e6);
}
