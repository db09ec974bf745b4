//! What the fuzz targets do with their bytes; `tests/fuzz_regressions.rs` replays what they found through the same functions.
//!
//! A target panics when the code under test does, or breaks a promise.

#![allow(
    dead_code,
    missing_docs,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "checks; a panic is the finding"
)]

mod answer;
mod arbitrary;
mod capabilities;
#[path = "../../tests/support/coefficients.rs"]
mod coefficients;
#[path = "../../tests/support/counting.rs"]
mod counting;
mod jpeg_pixels;
mod jpeg_tile;
mod json;
mod png;
mod tile;

pub use answer::answer_judge;
pub use capabilities::capabilities_complete;
pub use jpeg_pixels::jpeg_split;
pub use jpeg_tile::{jpeg_carry, jpeg_frame_from_tile};
pub use json::{catalogue_parse, request_parse, stored_plan};
pub use png::png_split;
pub use tile::decode_tile;

/// A target by its name.
pub type Target = (&'static str, fn(&[u8]));

/// All of them.
pub const ALL: [Target; 10] = [
    ("decode_tile", decode_tile),
    ("jpeg_carry", jpeg_carry),
    ("jpeg_frame_from_tile", jpeg_frame_from_tile),
    ("png_split", png_split),
    ("jpeg_split", jpeg_split),
    ("request_parse", request_parse),
    ("catalogue_parse", catalogue_parse),
    ("stored_plan", stored_plan),
    ("answer_judge", answer_judge),
    ("capabilities_complete", capabilities_complete),
];
