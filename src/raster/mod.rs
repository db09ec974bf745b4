//! Pixels: strips, tiles, pasting, marks for missing tiles, enlarging a parent tile, drawing Natural Earth.
//!
//! All buffers are top row first, without padding, 8 bits a sample, straight (not premultiplied) alpha.

mod enlarge;
mod error;
mod glyphs;
mod mark;
pub mod natural_earth;
mod paste;
mod pixel_format;
mod recolour;
mod strip;
mod tile_image;

pub use enlarge::enlarge_part;
pub use error::RasterError;
pub use mark::marked_tile;
pub use paste::paste;
pub use pixel_format::PixelFormat;
pub use recolour::{Palette, Recolour};
pub use strip::StripPixels;
pub use tile_image::TileImage;
