//! One tile of a layer: what its source gives for it, and its pixels.

use std::rc::Rc;

use crate::codec::decode_tile;
use crate::geo::{LatticeTile, TileCoord};
use crate::raster::{PixelFormat, RasterError, TileImage, natural_earth};
use crate::render::tile_error::TileError;
use crate::render::{TileBody, TileFetch};
use crate::source::{FetchError, Kind, Source};

/// What a source gave for a tile.
#[derive(Clone)]
pub(super) enum TileBytes<B> {
    /// An image file, as far as the source says.
    Encoded(B),
    /// The source has no map there.
    Empty,
    /// The embedded map, to draw it from.
    Drawable(Rc<natural_earth::NaturalEarth>),
}

/// The same, or why there is nothing.
pub(super) type TileAnswer<B> = Result<TileBytes<B>, TileError>;

/// Asks a source for a tile.
pub(super) async fn ask<F: TileFetch>(
    fetch: &F,
    source: &Source,
    level: u8,
    tile: LatticeTile,
) -> TileAnswer<F::Body> {
    match source.kind() {
        Kind::Xyz(_) | Kind::Wmts(_) => {
            let coord = source.grid().coord(level, tile).ok_or(FetchError::NoAddress)?;
            let answer = fetch.fetch(source, &coord.into()).await?;
            Ok(answer.map_or(TileBytes::Empty, TileBytes::Encoded))
        }
        Kind::NaturalEarth => Ok(TileBytes::Drawable(fetch.natural_earth(source.grid().crs()).await?)),
        // Maps are asked by their boxes; stacks are taken apart, and services described, before planning.
        Kind::Wms(_) | Kind::Stack(_) | Kind::Undescribed(_) => Err(FetchError::NoAddress.into()),
    }
}

/// The name of a tile; for one beyond all names, which no plan has, the nearest that can be written.
pub(super) fn coord(source: &Source, level: u8, tile: LatticeTile) -> TileCoord {
    source.grid().coord(level, tile).unwrap_or(TileCoord { z: level, x: i32::MAX, y: i32::MAX })
}

impl<B: TileBody> TileBytes<B> {
    /// Memory outside the module that it takes.
    pub fn length_bytes(&self) -> usize {
        match self {
            Self::Encoded(body) => body.length_bytes(),
            Self::Empty | Self::Drawable(_) => 0,
        }
    }

    /// Its pixels.
    pub fn image(&self, source: &Source, level: u8, tile: LatticeTile) -> Result<TileImage, TileError> {
        let grid = source.grid();
        match self {
            Self::Encoded(body) => Ok(decode_tile(&body.read()?, grid.tile_size_px())?),
            Self::Empty => Ok(transparent(grid.tile_size_px())?),
            Self::Drawable(earth) => {
                let window = grid.tile_window(tile).map_err(|_| FetchError::NoAddress)?;
                let place = grid.transform(level, &window).map_err(|_| FetchError::NoAddress)?;
                Ok(natural_earth::draw(earth, &place, grid.tile_size_px())?)
            }
        }
    }
}

/// A tile that shows nothing.
fn transparent(side_px: u32) -> Result<TileImage, RasterError> {
    let bytes = side_px as usize * side_px as usize * PixelFormat::Rgba.bytes();
    let mut samples = Vec::new();
    samples.try_reserve_exact(bytes).map_err(|_| RasterError::OutOfMemory { bytes })?;
    samples.resize(bytes, 0);
    TileImage::new(side_px, side_px, PixelFormat::Rgba, samples)
}
