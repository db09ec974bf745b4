//! Tiles of lower levels that stand in for missing ones.

use std::collections::BTreeMap;
use std::rc::Rc;

use crate::geo::{Lattice, LatticeTile, Parent};
use crate::raster::{TileImage, enlarge_part};
use crate::render::TileFetch;
use crate::render::planned_layer::{PlannedLayer, Squares};
use crate::render::square::ask;

/// How many lower levels are tried for a missing tile.
const LEVELS: u8 = 3;

/// Pixels of the parents that are kept at hand, for the siblings of a missing tile.
const KEPT_BYTES: usize = 1 << 20;

/// The parents used last; `None` for one that could not be had either.
#[derive(Default)]
pub(super) struct Parents {
    known: BTreeMap<(u8, LatticeTile), Option<Rc<TileImage>>>,
}

impl Parents {
    /// The picture that the nearest lower level has of a tile, enlarged. Maps have no levels.
    pub async fn enlarged(
        &mut self,
        fetch: &impl TileFetch,
        planned: &PlannedLayer,
        tile: LatticeTile,
    ) -> Option<TileImage> {
        let Squares::Tiles { level } = planned.squares else { return None };
        let source = &planned.layer.source;
        let (first, last) = source.zooms();
        let mut steps: Vec<Parent> = Vec::new();
        let (mut at_level, mut at) = (level, tile);
        for _ in 0..LEVELS {
            let parent = source.grid().parent(at_level, at).filter(|p| (first..=last).contains(&p.level))?;
            (at_level, at) = (parent.level, parent.tile);
            steps.push(parent);
            if let Some(image) = self.get(fetch, planned, at_level, at).await {
                let mut image = TileImage::clone(&image);
                for step in steps.into_iter().rev() {
                    image = enlarge_part(&image, step.times, (step.column, step.row)).ok()?;
                }
                return Some(image);
            }
        }
        None
    }

    async fn get(
        &mut self,
        fetch: &impl TileFetch,
        planned: &PlannedLayer,
        level: u8,
        tile: LatticeTile,
    ) -> Option<Rc<TileImage>> {
        if let Some(known) = self.known.get(&(level, tile)) {
            return known.clone();
        }
        let lattice = Lattice::of_grid(planned.layer.source.grid(), level).ok()?;
        let coarser = PlannedLayer { lattice, squares: Squares::Tiles { level }, ..planned.clone() };
        let answer = ask(fetch, &coarser, tile).await;
        let image = answer.and_then(|bytes| bytes.image(&coarser, tile)).ok().flatten().map(Rc::new);
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
