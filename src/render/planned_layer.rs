//! A layer of a plan: in which squares it is fetched, and how its pixels lie on the image's.

use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize};

use crate::geo::{Lattice, LatticeMap, LatticeTile, Mesh, Piece, PixelWindow};
use crate::raster::{Blend, Resampling};
use crate::source::Layer;

/// A layer and its own lattice of pixels.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct PlannedLayer {
    pub layer: Layer,
    /// The pixels that the source draws.
    pub lattice: Lattice,
    pub squares: Squares,
    pub place: Place,
}

/// The squares in which a layer is fetched, counted from its lattice's origin.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Squares {
    /// Tiles of a level of the source's grid.
    Tiles { level: u8 },
    /// Maps that are drawn for us, fetched with a margin on every side that is cut off.
    Maps {
        #[serde(deserialize_with = "side_px")]
        side_px: u32,
        #[serde(deserialize_with = "margin_px")]
        margin_px: u32,
    },
}

/// How a layer's pixels lie on the image's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Place {
    /// They are the same pixels: what to add to a place on the image's lattice to get that on the layer's.
    #[serde(deserialize_with = "shift_px")]
    Shifted(i64, i64),
    /// They are others, from which the image's are made.
    Resampled,
}

/// The largest side of a map, and of its margin.
const MOST_SIDE_PX: u32 = 4_096;

fn side_px<'de, D: Deserializer<'de>>(stored: D) -> Result<u32, D::Error> {
    let side = u32::deserialize(stored)?;
    if (1..=MOST_SIDE_PX).contains(&side) { Ok(side) } else { Err(D::Error::custom("no side of a map")) }
}

fn margin_px<'de, D: Deserializer<'de>>(stored: D) -> Result<u32, D::Error> {
    let margin = u32::deserialize(stored)?;
    if margin <= MOST_SIDE_PX { Ok(margin) } else { Err(D::Error::custom("no margin of a map")) }
}

/// Lattices lie no further apart than a window can lie from an origin.
fn shift_px<'de, D: Deserializer<'de>>(stored: D) -> Result<(i64, i64), D::Error> {
    let (columns, rows) = Deserialize::deserialize(stored)?;
    PixelWindow::new(columns, rows, 1, 1).map_err(D::Error::custom)?;
    Ok((columns, rows))
}

/// Pixels of a layer that are resampled at once: 2 MiB.
const PIECE_PX: u64 = 1 << 19;

/// The sides of a part of the image that is resampled at once, if the layer's pixels for it are not too many.
const BLOCK_PX: (i64, i64) = (1_024, 256);

impl PlannedLayer {
    /// Side of a square in pixels of the layer.
    pub fn side_px(&self) -> u32 {
        match self.squares {
            Squares::Tiles { .. } => self.layer.source.grid().tile_size_px(),
            Squares::Maps { side_px, .. } => side_px,
        }
    }

    /// Side of the picture that is fetched for a square.
    pub fn asked_px(&self) -> u32 {
        match self.squares {
            Squares::Tiles { .. } => self.side_px(),
            Squares::Maps { side_px, margin_px } => side_px.saturating_add(margin_px.saturating_mul(2)),
        }
    }

    /// How its colours are mixed with those below.
    pub const fn blend(&self) -> Blend {
        if self.layer.multiplies { Blend::Multiply } else { Blend::Over }
    }

    /// Whether its pixels are the image's.
    pub const fn is_shifted(&self) -> bool {
        matches!(self.place, Place::Shifted(..))
    }

    /// Whether it lies on the image's own lattice.
    pub const fn has_image_pixels(&self) -> bool {
        matches!(self.place, Place::Shifted(0, 0))
    }

    /// A window of the image on a layer whose pixels are the image's.
    pub const fn shifted(&self, image: &PixelWindow) -> PixelWindow {
        match self.place {
            Place::Shifted(columns_px, rows_px) => image.shifted(columns_px, rows_px),
            Place::Resampled => *image,
        }
    }

    /// The squares of a part of the image that are pasted as they are: none of a layer that is resampled.
    pub fn pasted(&self, image: &PixelWindow) -> Vec<LatticeTile> {
        if self.is_shifted() {
            self.shifted(image).tiles(self.side_px()).iter().collect()
        } else {
            Vec::new()
        }
    }

    /// Whether cuts through the image at multiples of `rows_px` rows go through tiles of the layer.
    pub fn is_cut_by(&self, rows_px: u32) -> bool {
        match self.place {
            Place::Shifted(_, shift_px) => {
                let side_px = i64::from(self.side_px());
                i64::from(rows_px) % side_px != 0 || shift_px % side_px != 0
            }
            Place::Resampled => true,
        }
    }

    /// Where the image's pixels lie on the layer's lattice.
    pub fn map(&self, image: &Lattice) -> LatticeMap {
        LatticeMap::new(image.place(), self.lattice.place())
    }

    /// What the layer has, on its lattice: left, top, right, bottom.
    fn bounds_px(&self) -> (i64, i64, i64, i64) {
        match self.squares {
            Squares::Tiles { level } => self.layer.source.grid().bounds_px(level).unwrap_or_default(),
            Squares::Maps { .. } => self.lattice.bounds_px(),
        }
    }

    /// Parts of a window of the image, each with the pixels of a resampled layer that it needs.
    pub fn pieces(&self, mesh: &Mesh<'_>, window: &PixelWindow, resampling: Resampling) -> Vec<Piece> {
        let bounds_px = self.bounds_px();
        let mut pieces = Vec::new();
        let (width, height) = BLOCK_PX;
        let blocks = |from: i64, to: i64, step: i64| from.div_euclid(step)..=(to - 1).div_euclid(step);
        for row in blocks(window.top_px(), window.bottom_px(), height) {
            let Some(rows) = window.rows(row * height, (row + 1) * height) else { continue };
            for column in blocks(window.left_px(), window.right_px(), width) {
                let Some(block) = rows.columns(column * width, (column + 1) * width) else { continue };
                pieces.append(&mut mesh.pieces(&block, resampling.reach_px(), bounds_px, PIECE_PX));
            }
        }
        pieces
    }

    /// The squares that a window of the image needs, from the north, each once.
    pub fn squares(&self, image: &Lattice, window: &PixelWindow, resampling: Resampling) -> Vec<LatticeTile> {
        if self.is_shifted() {
            return self.shifted(window).tiles(self.side_px()).iter().collect();
        }
        let map = self.map(image);
        let map_all = |places: &mut [(f64, f64)]| map.map_all(places);
        let pieces = self.pieces(&Mesh::new(&map_all), window, resampling);
        in_order_of_need(&pieces, self.side_px())
    }

    /// How many they are.
    pub fn count(&self, image: &Lattice, window: &PixelWindow, resampling: Resampling) -> u64 {
        if self.is_shifted() {
            return self.shifted(window).tiles(self.side_px()).count();
        }
        self.squares(image, window, resampling).len() as u64
    }
}

/// The squares of some pieces, each once, in the order in which they are needed first.
pub(super) fn in_order_of_need(pieces: &[Piece], side_px: u32) -> Vec<LatticeTile> {
    let mut known = std::collections::BTreeSet::new();
    let all = pieces.iter().flat_map(|piece| piece.source.tiles(side_px).iter());
    all.filter(|tile| known.insert(*tile)).collect()
}
