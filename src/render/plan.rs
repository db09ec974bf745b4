//! The plan of an image: all that a renderer needs.

use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize};

use crate::codec::Encoding;
use crate::geo::{Lattice, PixelWindow};
use crate::raster::{Palette, PixelFormat, Recolour, Resampling};
use crate::render::memory::Memory;
use crate::render::planned_layer::PlannedLayer;
use crate::source::{Colours, OnMissing, Source};

/// The smallest tile side that a grid may have; all are multiples of it.
const SMALLEST_TILE_PX: u32 = 256;

/// The plan of one image. It is stored with the capture, so that a renderer sees what was planned even when the
/// catalogue has changed meanwhile. `Plan::new` is in `planning`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Plan {
    pub(super) layers: Vec<PlannedLayer>,
    /// The pixels of the image.
    pub(super) lattice: Lattice,
    pub(super) level: Option<u8>,
    pub(super) window: PixelWindow,
    pub(super) encoding: Encoding,
    pub(super) pixels: PixelFormat,
    pub(super) on_missing: OnMissing,
    pub(super) resampling: Resampling,
    /// Rows of a strip: a multiple of every layer's tile size.
    #[serde(deserialize_with = "strip_px")]
    pub(super) strip_px: u32,
    /// Squares of each strip, of all layers.
    pub(super) strip_tiles: Vec<u32>,
    pub(super) memory: Memory,
    /// Strips that are rendered at once and share what a source allows.
    pub(super) sharers: u32,
    /// Requests that one strip may have under way.
    pub(super) connections: u32,
    pub(super) warnings: Vec<String>,
}

/// Strips are tile rows, so that no image has too many to be counted one by one.
fn strip_px<'de, D: Deserializer<'de>>(stored: D) -> Result<u32, D::Error> {
    let rows = u32::deserialize(stored)?;
    if rows > 0 && rows.is_multiple_of(SMALLEST_TILE_PX) {
        Ok(rows)
    } else {
        Err(D::Error::custom(format_args!("strips of {rows} rows are not whole rows of tiles")))
    }
}

impl Plan {
    /// The pixels that the image has.
    #[must_use]
    pub const fn lattice(&self) -> &Lattice {
        &self.lattice
    }

    /// The sources of all layers, bottom to top.
    pub fn sources(&self) -> impl Iterator<Item = &Source> {
        self.layers.iter().map(|planned| &planned.layer.source)
    }

    /// The pixels of the image on their lattice.
    #[must_use]
    pub const fn window(&self) -> &PixelWindow {
        &self.window
    }

    /// The level of the base's grid, or of the one that was asked for.
    #[must_use]
    pub const fn level(&self) -> Option<u8> {
        self.level
    }

    /// How the image becomes a file.
    #[must_use]
    pub const fn encoding(&self) -> &Encoding {
        &self.encoding
    }

    /// What a pixel is made of.
    #[must_use]
    pub const fn pixels(&self) -> PixelFormat {
        self.pixels
    }

    /// What the colours of tiles are made into.
    pub(super) fn recolour(&self) -> Recolour {
        let colours = self.layers.first().map(|base| base.layer.source.colours());
        match (self.pixels, colours) {
            (PixelFormat::Grey, _) => Recolour::Grey,
            (PixelFormat::Index, Some(Colours::Palette(colours))) => Recolour::Index(Palette::new(colours)),
            _ => Recolour::Keep,
        }
    }

    /// What to do where a tile cannot be had.
    #[must_use]
    pub const fn on_missing(&self) -> OnMissing {
        self.on_missing
    }

    /// The memory that rendering takes.
    #[must_use]
    pub const fn memory(&self) -> &Memory {
        &self.memory
    }

    /// What the caller should know.
    #[must_use]
    pub fn warnings(&self) -> &[String] {
        &self.warnings
    }

    /// Strips that are rendered at once and share what a source allows.
    #[must_use]
    pub const fn sharers(&self) -> u32 {
        self.sharers
    }

    pub(super) fn layers(&self) -> &[PlannedLayer] {
        &self.layers
    }

    /// Number of strips.
    #[must_use]
    pub fn strips(&self) -> u32 {
        let strip_px = i64::from(self.strip_px);
        let first = self.window.top_px().div_euclid(strip_px);
        let last = (self.window.bottom_px() - 1).div_euclid(strip_px);
        u32::try_from(last - first + 1).unwrap_or(u32::MAX)
    }

    /// The pixels of one strip, cut to the image: whole tile rows of the layers whose pixels are the image's.
    #[must_use]
    pub fn strip_window(&self, index: u32) -> Option<PixelWindow> {
        let strip_px = i64::from(self.strip_px);
        let first = self.window.top_px().div_euclid(strip_px);
        let top = (first + i64::from(index)) * strip_px;
        self.window.rows(top, top + strip_px)
    }

    /// The slices in which a strip is worked, from the top: so many rows as its memory allows.
    pub(super) fn slices(&self, strip: &PixelWindow) -> impl Iterator<Item = PixelWindow> + use<> {
        let slice_px = i64::from(self.memory.slice_px.max(1));
        let strip = *strip;
        let (first, last) =
            (strip.top_px().div_euclid(slice_px), (strip.bottom_px() - 1).div_euclid(slice_px));
        (first..=last).filter_map(move |slice| strip.rows(slice * slice_px, (slice + 1) * slice_px))
    }

    /// Whether there are tiles that two slices of a strip need.
    pub(super) fn slices_cut_tiles(&self) -> bool {
        self.layers.iter().any(|layer| layer.is_cut_by(self.memory.slice_px))
    }

    /// Whether squares of a layer may be asked for before their slice's turn: none that the slice before needs, too, and
    /// not from a source that is asked meanwhile for another layer or for what stands in the place of missing tiles: its limit
    /// holds for all of that.
    pub(super) fn may_ask_ahead(&self, planned: &PlannedLayer) -> bool {
        let id = planned.layer.source.id();
        !planned.is_cut_by(self.memory.slice_px)
            && self.on_missing != OnMissing::Parent
            && self.sources().filter(|source| source.id() == id).count() == 1
    }

    /// Tiles of each strip, of all layers.
    #[must_use]
    pub fn strip_tiles(&self) -> &[u32] {
        &self.strip_tiles
    }

    /// Tiles of all layers; one that two strips need counts twice, for it is fetched twice.
    #[must_use]
    pub fn tiles(&self) -> u64 {
        self.strip_tiles.iter().copied().map(u64::from).sum()
    }

    /// Requests to a layer's source that one strip may have under way, so that all strips in flight together keep to
    /// the source's limit.
    pub(super) fn connections(&self, planned: &PlannedLayer) -> usize {
        let all = planned.layer.source.limits().max_connections;
        (all / self.sharers.max(1)).min(self.connections).max(1) as usize
    }
}
