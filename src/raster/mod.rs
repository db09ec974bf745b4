//! Pixels: strips, tiles, pasting and blending, resampling, marks for missing tiles, enlarging a parent tile, drawing
//! Natural Earth.
//!
//! All buffers are top row first, without padding, 8 bits a sample, straight (not premultiplied) alpha.

mod blend;
mod enlarge;
mod error;
mod glyphs;
pub(crate) mod lanes;
mod mark;
pub mod natural_earth;
mod paste;
mod patch;
mod pixel_format;
mod recolour;
mod resample;
mod strip;
mod tile_image;

pub use blend::Blend;
pub use enlarge::enlarge_part;
pub use error::RasterError;
pub use mark::marked_tile;
pub use paste::paste;
pub use patch::Patch;
pub use pixel_format::PixelFormat;
pub use recolour::{Palette, Recolour};
pub use resample::{Resampling, resample};
pub use strip::StripPixels;
pub use tile_image::TileImage;
