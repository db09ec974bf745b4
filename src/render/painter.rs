//! One layer painted into the pixels of a slice.

use futures_util::StreamExt;
use futures_util::stream;

use crate::geo::{LatticeTile, PixelWindow};
use crate::raster::{Blend, Recolour, StripPixels, TileImage, marked_tile, paste};
use crate::render::parents::Parents;
use crate::render::planned_layer::PlannedLayer;
use crate::render::shelf::Shelf;
use crate::render::tile::{ask, coord};
use crate::render::tile_error::TileError;
use crate::render::{RenderError, StripSink, TileFetch};
use crate::source::{MissingTile, OnMissing, Shown};

/// Paints one layer of one slice.
pub(super) struct LayerPainter<'a, F: TileFetch> {
    pub layer: &'a PlannedLayer,
    /// Its place among the layers.
    pub index: usize,
    /// The slice on the layer's own lattice.
    pub window: PixelWindow,
    /// The strip on the layer's own lattice.
    pub strip: PixelWindow,
    pub connections: usize,
    pub fetch: &'a F,
    pub shelf: &'a Shelf<F::Body>,
    pub parents: &'a mut Parents,
    pub recolour: &'a Recolour,
    pub pixels: &'a mut StripPixels,
}

impl<F: TileFetch> LayerPainter<'_, F> {
    /// Fetches, decodes and pastes all tiles. Returns those that are missing and that no slice above has named.
    pub async fn paint(
        &mut self,
        on_missing: OnMissing,
        sink: &mut impl StripSink,
    ) -> Result<Vec<MissingTile>, RenderError> {
        let source = &self.layer.layer.source;
        let (fetch, level, shelf, index) = (self.fetch, self.layer.level, self.shelf, self.index);
        let tiles = self.window.tiles(source.grid().tile_size_px());
        let mut answers = stream::iter(tiles.iter())
            .map(|tile| async move {
                match shelf.get(index, tile) {
                    Some(answer) => (tile, answer),
                    None => (tile, ask(fetch, source, level, tile).await),
                }
            })
            .buffer_unordered(self.connections);
        let mut faults: Vec<(LatticeTile, TileError)> = Vec::new();
        while let Some((tile, answer)) = answers.next().await {
            // Decoding and drawing happen here, one tile at a time, while further answers are on their way.
            let image = answer.as_ref().map_err(Clone::clone).and_then(|b| b.image(source, level, tile));
            let image = image.and_then(|image| self.recolour.tile(image).map_err(TileError::Colours));
            match image {
                Ok(image) => {
                    put(self.pixels, &self.window, self.layer, tile, &image);
                    shelf.put(index, tile, &answer);
                    if self.is_first_sight(tile) {
                        sink.tile_done(false).await?;
                    }
                }
                Err(fault) if on_missing == OnMissing::Fail || fault.is_refused() => {
                    return Err(RenderError::Missing(Box::new(self.missing(tile, &fault, Shown::Nothing))));
                }
                Err(fault) => {
                    shelf.put(index, tile, &Err(fault.clone()));
                    // In a fixed order, so that the report does not depend on which answer came first.
                    let place = |tile: &LatticeTile| (tile.row, tile.column);
                    let at = faults.partition_point(|(before, _)| place(before) < place(&tile));
                    faults.insert(at, (tile, fault));
                }
            }
        }
        drop(answers);
        let mut missing = Vec::with_capacity(faults.len());
        for (tile, fault) in faults {
            let substitute = match on_missing {
                OnMissing::Parent => self.parents.enlarged(fetch, source, level, tile).await,
                OnMissing::Fail | OnMissing::Mark => None,
            };
            let shown = if substitute.is_some() { Shown::Parent } else { Shown::Mark };
            let image = match substitute {
                Some(image) => image,
                None => marked_tile(coord(source, level, tile), source.grid().tile_size_px())?,
            };
            put(self.pixels, &self.window, self.layer, tile, &self.recolour.substitute(image)?);
            if self.is_first_sight(tile) {
                missing.push(self.missing(tile, &fault, shown));
                sink.tile_done(true).await?;
            }
        }
        Ok(missing)
    }

    /// Whether no slice above this one has shown the tile.
    fn is_first_sight(&self, tile: LatticeTile) -> bool {
        let side = i64::from(self.layer.layer.source.grid().tile_size_px());
        self.window.top_px() == self.strip.top_px() || tile.row * side >= self.window.top_px()
    }

    fn missing(&self, tile: LatticeTile, fault: &TileError, shown: Shown) -> MissingTile {
        let source = &self.layer.layer.source;
        MissingTile {
            source: source.id().clone(),
            tile: coord(source, self.layer.level, tile),
            reason: fault.to_string(),
            shown,
        }
    }
}

/// Puts a tile of a layer into the slice.
fn put(
    pixels: &mut StripPixels,
    window: &PixelWindow,
    layer: &PlannedLayer,
    tile: LatticeTile,
    image: &TileImage,
) {
    let side = i64::from(layer.layer.source.grid().tile_size_px());
    let (left, top) = (tile.column * side - window.left_px(), tile.row * side - window.top_px());
    paste(pixels, image, left, top, layer.layer.opacity, Blend::Over);
}
