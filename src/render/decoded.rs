//! The pixels of the squares used last.

use std::rc::Rc;

use crate::geo::LatticeTile;
use crate::raster::TileImage;

/// What they may take; the last one is kept however large it is.
pub const DECODED_BYTES: usize = 2 << 20;

/// Decoded squares of one layer, the latest last. `None` for one that shows nothing.
#[derive(Default)]
pub(super) struct Decoded {
    squares: Vec<(LatticeTile, Option<Rc<TileImage>>)>,
}

impl Decoded {
    /// The pixels of a square, if they are still there.
    pub fn get(&self, square: LatticeTile) -> Option<Option<Rc<TileImage>>> {
        self.squares.iter().find(|(known, _)| *known == square).map(|(_, image)| image.clone())
    }

    /// Makes room for a picture of that size, before it is made.
    pub fn make_room(&mut self, bytes: usize) {
        while !self.squares.is_empty() && self.bytes() + bytes > DECODED_BYTES {
            self.squares.remove(0);
        }
    }

    pub fn put(&mut self, square: LatticeTile, image: Option<TileImage>) -> Option<Rc<TileImage>> {
        let image = image.map(Rc::new);
        self.squares.push((square, image.clone()));
        image
    }

    fn bytes(&self) -> usize {
        self.squares.iter().filter_map(|(_, image)| image.as_ref()).map(|image| image.samples().len()).sum()
    }
}
