//! One layer on another lattice than the image's, resampled into the pixels of a slice.

use std::collections::BTreeMap;
use std::rc::Rc;

use futures_util::StreamExt;
use futures_util::stream;

use crate::geo::{Lattice, LatticeTile, Mesh, Piece, PixelWindow};
use crate::raster::{Patch, Resampling, StripPixels, TileImage, paste, resample};
use crate::render::layer_work::LayerWork;
use crate::render::planned_layer::in_order_of_need;
use crate::render::square::{SquareAnswer, ask};
use crate::render::substitute::{check, missing, substitute};
use crate::render::{RenderError, StripSink, TileFetch};
use crate::source::{FetchError, MissingTile};

/// Resamples one layer into one slice.
pub(super) struct ResampledPainter<'a, 'w, F: TileFetch> {
    pub work: &'a mut LayerWork<'w, F>,
    pub image: &'a Lattice,
    /// The slice on the image's lattice.
    pub window: PixelWindow,
    pub resampling: Resampling,
    pub pixels: &'a mut StripPixels,
}

impl<F: TileFetch> ResampledPainter<'_, '_, F> {
    /// Fetches, decodes and resamples, piece by piece. Returns the squares that are missing and were not named before.
    pub async fn paint(&mut self, sink: &mut impl StripSink) -> Result<Vec<MissingTile>, RenderError> {
        let LayerWork { planned, index, fetch, shelf, connections, .. } = *self.work;
        let map = planned.map(self.image);
        let map_all = |places: &mut [(f64, f64)]| map.map_all(places);
        let mesh = Mesh::new(&map_all);
        let side_px = planned.side_px();
        let pieces = planned.pieces(&mesh, &self.window, self.resampling);
        let mut uses: BTreeMap<LatticeTile, u32> = BTreeMap::new();
        for square in pieces.iter().flat_map(|piece| piece.source.tiles(side_px).iter()) {
            *uses.entry(square).or_default() += 1;
        }
        // In the order in which they are needed, so that no more is held than what is needed again.
        let mut answers = stream::iter(in_order_of_need(&pieces, side_px))
            .map(|square| async move {
                match shelf.get(index, square) {
                    Some(answer) => (square, answer),
                    None => (square, ask(fetch, planned, square).await),
                }
            })
            .buffered(connections);
        let mut held: BTreeMap<LatticeTile, SquareAnswer<F::Body>> = BTreeMap::new();
        let mut missed = Vec::new();
        let mut buffer = Vec::new();
        for piece in &pieces {
            let mut patch = Patch::within(std::mem::take(&mut buffer), &piece.source)?;
            for square in piece.source.tiles(side_px).iter() {
                while !held.contains_key(&square) {
                    // Every square was ordered; if one should not come it is missing, not a hole.
                    let nothing = || (square, Err(FetchError::NoAddress.into()));
                    let (came, answer) = answers.next().await.unwrap_or_else(nothing);
                    shelf.put(index, came, &answer);
                    held.insert(came, answer);
                }
                let Some(answer) = held.get(&square) else { continue };
                if let Some(image) = self.image_of(square, answer, &mut missed, sink).await? {
                    let side = i64::from(side_px);
                    patch.put(&image, square.column * side, square.row * side);
                }
                if let Some(left) = uses.get_mut(&square) {
                    *left -= 1;
                    if *left == 0 {
                        held.remove(&square);
                    }
                }
            }
            self.put(piece, &resample(&patch, &mesh, &piece.window, self.resampling)?);
            buffer = patch.into_buffer();
        }
        Ok(missed)
    }

    /// The pixels of a square, or what stands in their place.
    async fn image_of(
        &mut self,
        square: LatticeTile,
        answer: &SquareAnswer<F::Body>,
        missed: &mut Vec<MissingTile>,
        sink: &mut impl StripSink,
    ) -> Result<Option<Rc<TileImage>>, RenderError> {
        if let Some(image) = self.work.decoded.get(square) {
            return Ok(image);
        }
        let LayerWork { planned, fetch, on_missing, .. } = *self.work;
        const BYTES_PER_PIXEL: usize = 4;
        self.work.decoded.make_room((planned.asked_px() as usize).pow(2) * BYTES_PER_PIXEL);
        let (image, fault) =
            match answer.as_ref().map_err(Clone::clone).and_then(|b| b.image(planned, square)) {
                Ok(image) => (image, None),
                Err(fault) => {
                    check(planned, square, &fault, on_missing)?;
                    let (image, shown) =
                        substitute(&mut self.work.parents, fetch, planned, square, on_missing).await?;
                    (Some(image), Some(missing(planned, square, &fault, shown)))
                }
            };
        if self.work.seen.insert(square) {
            sink.tile_done(fault.is_some()).await?;
            missed.extend(fault);
        }
        Ok(self.work.decoded.put(square, image))
    }

    /// Puts a piece into the slice.
    fn put(&mut self, piece: &Piece, image: &TileImage) {
        let left = piece.window.left_px() - self.window.left_px();
        let top = piece.window.top_px() - self.window.top_px();
        let planned = self.work.planned;
        paste(self.pixels, image, left, top, planned.layer.opacity, planned.blend());
    }
}
