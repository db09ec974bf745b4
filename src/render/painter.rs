//! One layer whose pixels are the image's, painted into those of a slice.

use crate::geo::{LatticeTile, PixelWindow};
use crate::raster::{Recolour, StripPixels, TileImage, paste};
use crate::render::layer_work::LayerWork;
use crate::render::substitute::{check, missing, substitute};
use crate::render::tile_error::TileError;
use crate::render::{RenderError, StripSink, TileFetch};
use crate::source::MissingTile;

/// Paints one layer of one slice.
pub(super) struct LayerPainter<'a, 'w, F: TileFetch> {
    pub work: &'a mut LayerWork<'w, F>,
    /// Which slice of the strip it is, from the top.
    pub slice: usize,
    /// The slice on the layer's own lattice.
    pub window: PixelWindow,
    /// The strip on the layer's own lattice.
    pub strip: PixelWindow,
    pub recolour: &'a Recolour,
    pub pixels: &'a mut StripPixels,
}

impl<F: TileFetch> LayerPainter<'_, '_, F> {
    /// Fetches, decodes and pastes all tiles. Returns those that are missing and that no slice above has named.
    pub async fn paint(&mut self, sink: &mut impl StripSink) -> Result<Vec<MissingTile>, RenderError> {
        let LayerWork { planned, index, fetch, shelf, on_missing, .. } = *self.work;
        let mut faults: Vec<(LatticeTile, TileError)> = Vec::new();
        while let Some((tile, answer)) = self.work.ahead.next(self.slice, sink).await? {
            // Decoding and drawing happen here, one tile at a time, while further answers are on their way.
            let image = answer.as_ref().map_err(Clone::clone).and_then(|bytes| bytes.image(planned, tile));
            let image = image.and_then(|image| {
                image.map(|image| self.recolour.tile(image)).transpose().map_err(TileError::Colours)
            });
            match image {
                Ok(image) => {
                    if let Some(image) = image {
                        self.put(tile, &image);
                    }
                    shelf.put(index, tile, &answer);
                    if self.is_first_sight(tile) {
                        sink.tile_done(false).await?;
                    }
                }
                Err(fault) => {
                    check(planned, tile, &fault, on_missing)?;
                    shelf.put(index, tile, &Err(fault.clone()));
                    // In a fixed order, so that the report does not depend on which answer came first.
                    let place = |tile: &LatticeTile| (tile.row, tile.column);
                    let at = faults.partition_point(|(before, _)| place(before) < place(&tile));
                    faults.insert(at, (tile, fault));
                }
            }
        }
        let mut missed = Vec::with_capacity(faults.len());
        for (tile, fault) in faults {
            let (image, shown) = substitute(&mut self.work.parents, fetch, planned, tile, on_missing).await?;
            self.put(tile, &self.recolour.substitute(image)?);
            if self.is_first_sight(tile) {
                missed.push(missing(planned, tile, &fault, shown));
                sink.tile_done(true).await?;
            }
        }
        Ok(missed)
    }

    /// Whether no slice above this one has shown the tile.
    fn is_first_sight(&self, tile: LatticeTile) -> bool {
        let side = i64::from(self.work.planned.side_px());
        self.window.top_px() == self.strip.top_px() || tile.row * side >= self.window.top_px()
    }

    /// Puts a tile of the layer into the slice.
    fn put(&mut self, tile: LatticeTile, image: &TileImage) {
        let side = i64::from(self.work.planned.side_px());
        let (left, top) =
            (tile.column * side - self.window.left_px(), tile.row * side - self.window.top_px());
        let planned = self.work.planned;
        paste(self.pixels, image, left, top, planned.layer.opacity, planned.blend());
    }
}
