//! Tiles of coarser levels that stand in for missing ones.

use std::collections::BTreeMap;
use std::rc::Rc;

use crate::geo::LatticeTile;
use crate::raster::{TileImage, enlarge_part};
use crate::render::TileFetch;
use crate::render::tile::ask;
use crate::source::Source;

/// How many coarser levels are tried for a missing tile.
const LEVELS: u8 = 3;

/// Pixels of the parents that are kept at hand, for the siblings of a missing tile.
const KEPT_BYTES: usize = 1 << 20;

/// The parents used last; `None` for one that could not be had either.
#[derive(Default)]
pub(super) struct Parents {
    known: BTreeMap<(u8, LatticeTile), Option<Rc<TileImage>>>,
}

impl Parents {
    /// The picture that the nearest coarser level has of a tile, enlarged.
    pub async fn enlarged(
        &mut self,
        fetch: &impl TileFetch,
        source: &Source,
        level: u8,
        tile: LatticeTile,
    ) -> Option<TileImage> {
        let grid = source.grid();
        let (min, max) = source.zooms();
        // The part to cut out at each step, from the tile up.
        let mut parts = Vec::new();
        let (mut at_level, mut at) = (level, tile);
        for _ in 0..LEVELS {
            let parent = grid.parent(at_level, at)?;
            if !(min..=max).contains(&parent.level) {
                return None;
            }
            parts.push((parent.times, (parent.column, parent.row)));
            (at_level, at) = (parent.level, parent.tile);
            if let Some(image) = self.get(fetch, source, at_level, at).await {
                let mut image = TileImage::clone(&image);
                for (times, part) in parts.into_iter().rev() {
                    image = enlarge_part(&image, times, part).ok()?;
                }
                return Some(image);
            }
        }
        None
    }

    async fn get(
        &mut self,
        fetch: &impl TileFetch,
        source: &Source,
        level: u8,
        tile: LatticeTile,
    ) -> Option<Rc<TileImage>> {
        if let Some(known) = self.known.get(&(level, tile)) {
            return known.clone();
        }
        let answer = ask(fetch, source, level, tile).await;
        let image = answer.and_then(|bytes| bytes.image(source, level, tile)).ok().map(Rc::new);
        let bytes = image.as_ref().map_or(0, |image| image.samples().len());
        while !self.known.is_empty() && self.kept_bytes() + bytes > KEPT_BYTES {
            self.known.pop_first();
        }
        self.known.insert((level, tile), image.clone());
        image
    }

    fn kept_bytes(&self) -> usize {
        self.known.values().flatten().map(|image| image.samples().len()).sum()
    }
}
