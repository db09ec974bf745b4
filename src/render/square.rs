//! One square of a layer: what its source gives for it, and its pixels.

use std::rc::Rc;

use crate::codec::decode_tile;
use crate::geo::{GeoTransform, LatticeTile, PixelWindow, TileCoord};
use crate::raster::{TileImage, natural_earth};
use crate::render::planned_layer::{PlannedLayer, Squares};
use crate::render::tile_error::TileError;
use crate::render::{TileBody, TileFetch};
use crate::source::{FetchError, Kind, MapBox, TileRequest};

/// What a source gave for a square.
#[derive(Clone)]
pub(super) enum SquareBytes<B> {
    /// An image file, as far as the source says.
    Encoded(B),
    /// Nothing is there, says the source.
    Empty,
    /// The embedded map, to draw it from.
    Drawable(Rc<natural_earth::NaturalEarth>),
}

/// The same, or why there is nothing.
pub(super) type SquareAnswer<B> = Result<SquareBytes<B>, TileError>;

/// Asks the source of a layer for a square.
pub(super) async fn ask<F: TileFetch>(
    fetch: &F,
    planned: &PlannedLayer,
    square: LatticeTile,
) -> SquareAnswer<F::Body> {
    let source = &planned.layer.source;
    if *source.kind() == Kind::NaturalEarth {
        return Ok(SquareBytes::Drawable(fetch.natural_earth(planned.lattice.crs()).await?));
    }
    let request = request(planned, square).ok_or(FetchError::NoAddress)?;
    // What lies beside the map is not missing.
    if let TileRequest::Tile(tile) = request
        && !source.grid().contains(tile)
    {
        return Ok(SquareBytes::Empty);
    }
    Ok(fetch.fetch(source, &request).await?.map_or(SquareBytes::Empty, SquareBytes::Encoded))
}

/// How a square is asked for.
fn request(planned: &PlannedLayer, square: LatticeTile) -> Option<TileRequest> {
    match planned.squares {
        Squares::Tiles { level } => planned.layer.source.grid().coord(level, square).map(TileRequest::Tile),
        Squares::Maps { margin_px, .. } => {
            let side = planned.asked_px();
            let place = place(planned, square, margin_px)?;
            let extent = place.extent(side, side);
            Some(TileRequest::Map(MapBox {
                crs: planned.lattice.crs(),
                extent,
                width_px: side,
                height_px: side,
            }))
        }
    }
}

/// Where a square lies, with a margin.
fn place(planned: &PlannedLayer, square: LatticeTile, margin_px: u32) -> Option<GeoTransform> {
    let (side, margin) = (i64::from(planned.side_px()), i64::from(margin_px));
    let first = |index: i64| index.checked_mul(side)?.checked_sub(margin);
    let asked = planned.asked_px();
    let window = PixelWindow::new(first(square.column)?, first(square.row)?, asked, asked).ok()?;
    Some(planned.lattice.transform(&window))
}

/// The name of a square: as its source calls the tile, or a map's place among those of its resolution. For one beyond all
/// names, which no plan has, the nearest that can be written.
pub(super) fn name(planned: &PlannedLayer, square: LatticeTile) -> TileCoord {
    let beyond = TileCoord { z: 0, x: i32::MAX, y: i32::MAX };
    match planned.squares {
        Squares::Tiles { level } => {
            let coord = planned.layer.source.grid().coord(level, square);
            coord.unwrap_or(TileCoord { z: level, ..beyond })
        }
        Squares::Maps { .. } => match (i32::try_from(square.column), i32::try_from(square.row)) {
            (Ok(x), Ok(y)) => TileCoord { z: 0, x, y },
            _ => beyond,
        },
    }
}

impl<B: TileBody> SquareBytes<B> {
    /// Memory outside the module that it takes.
    pub fn length_bytes(&self) -> usize {
        match self {
            Self::Encoded(body) => body.length_bytes(),
            Self::Empty | Self::Drawable(_) => 0,
        }
    }

    /// Its pixels; `None` where the source has nothing to show.
    pub fn image(&self, planned: &PlannedLayer, square: LatticeTile) -> Result<Option<TileImage>, TileError> {
        match self {
            Self::Empty => Ok(None),
            Self::Encoded(body) => {
                let image = decode_tile(&body.read()?, planned.asked_px())?;
                match planned.squares {
                    Squares::Maps { margin_px, .. } if margin_px > 0 => {
                        Ok(Some(image.without_margin(margin_px)?))
                    }
                    _ => Ok(Some(image)),
                }
            }
            Self::Drawable(earth) => {
                let place = place(planned, square, 0).ok_or(FetchError::NoAddress)?;
                Ok(Some(natural_earth::draw(earth, &place, planned.side_px())?))
            }
        }
    }
}
