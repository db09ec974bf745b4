//! Tiles that are needed again soon.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;

use crate::geo::LatticeTile;
use crate::render::TileBody;
use crate::render::square::SquareAnswer;

/// What the tiles of one strip may take, compressed, wherever the host keeps them.
pub const SHELF_BYTES: usize = 24 << 20;

/// The tiles of a strip that is worked in slices, as they came, so that each is fetched once.
pub(super) struct Shelf<B> {
    /// Whether anything is needed again.
    open: bool,
    answers: RefCell<BTreeMap<(usize, LatticeTile), SquareAnswer<B>>>,
    bytes: Cell<usize>,
}

impl<B: TileBody> Shelf<B> {
    pub fn new(open: bool) -> Self {
        Self { open, answers: RefCell::default(), bytes: Cell::new(0) }
    }

    /// What came for a tile of a layer, if it is still there.
    pub fn get(&self, layer: usize, tile: LatticeTile) -> Option<SquareAnswer<B>> {
        self.answers.borrow().get(&(layer, tile)).cloned()
    }

    /// Keeps what came for a tile, while there is room.
    pub fn put(&self, layer: usize, tile: LatticeTile, answer: &SquareAnswer<B>) {
        if !self.open || self.answers.borrow().contains_key(&(layer, tile)) {
            return;
        }
        let bytes = answer.as_ref().map_or(0, |bytes| bytes.length_bytes());
        if self.bytes.get() + bytes <= SHELF_BYTES {
            self.bytes.set(self.bytes.get() + bytes);
            self.answers.borrow_mut().insert((layer, tile), answer.clone());
        }
    }
}
