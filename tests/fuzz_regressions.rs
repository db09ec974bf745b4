//! What the fuzz targets found stays found: their bodies take every seed and every regression again (fuzz/).

#![allow(clippy::unwrap_used, clippy::panic, clippy::print_stdout, reason = "a test")]

#[path = "../fuzz/targets/mod.rs"]
mod targets;

use std::path::{Path, PathBuf};

/// The files of a folder below the project's, if it is there.
fn files(folder: &str) -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join(folder);
    let Ok(entries) = std::fs::read_dir(folder) else { return Vec::new() };
    let mut files: Vec<_> = entries.map(|e| e.unwrap().path()).filter(|path| path.is_file()).collect();
    files.sort();
    files
}

// One test alone in its process, because targets measure the memory of the process.
#[test]
fn every_seed_and_regression_passes_its_target() {
    for (name, target) in targets::ALL {
        for path in
            files(&format!("fuzz/seeds/{name}")).iter().chain(&files(&format!("fuzz/regressions/{name}")))
        {
            println!("{name}: {}", path.display());
            target(&std::fs::read(path).unwrap());
        }
        // Every target takes whatever there is, one of which is nothing.
        for bytes in [&[][..], &[0], &[1], &[0xff; 9]] {
            target(bytes);
        }
    }
    // Tiles as they come: the first byte is the target's own.
    for path in files("tests/fixtures/odd") {
        let tile = std::fs::read(&path).unwrap();
        for choice in 0..2 {
            println!("{}, {choice}", path.display());
            let bytes = [&[choice], &tile[..]].concat();
            targets::decode_tile(&bytes);
            targets::jpeg_frame_from_tile(&bytes);
            targets::jpeg_carry(&[&[choice * 2], &tile[..]].concat());
        }
    }
}
