//! Rendering one strip.

use std::collections::BTreeMap;
use std::rc::Rc;

use futures_util::StreamExt;
use futures_util::stream;
use serde::{Deserialize, Serialize};

use crate::codec::decode_tile;
use crate::codec::png::{FragmentEncoder, StripSeal};
use crate::geo::{LatticeTile, PixelWindow};
use crate::raster::{StripPixels, TileImage, enlarge_quarter, marked_tile, natural_earth, paste};
use crate::render::planned_layer::PlannedLayer;
use crate::render::tile_error::TileError;
use crate::render::{Plan, RenderError, StripSink, TileFetch};
use crate::source::{FetchError, Kind, MissingTile, OnMissing, Shown, Source};

/// What came of a strip, beside its bytes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct StripReport {
    /// What the trailer needs.
    pub seal: StripSeal,
    /// Tiles of all layers.
    pub tiles: u32,
    /// Those that could not be had.
    pub missing: Vec<MissingTile>,
}

/// How many lower levels are tried for a missing tile.
const PARENT_LEVELS: u8 = 3;

/// Parent tiles that are kept at hand, for the siblings of a missing tile.
const PARENTS_KEPT: usize = 8;

/// Pixels that are encoded between two chances for others to run.
const SLICE_PIXELS: usize = 32 * 1024;

/// Renders strip `index` of a plan: fetches its tiles, puts them together layer by layer, encodes the rows and hands
/// the bytes to the sink as they come.
///
/// # Errors
/// [`RenderError::Missing`] when a tile cannot be had and the plan says `fail`; [`RenderError::Sink`] when the sink takes
/// no more; the others are faults.
pub async fn render_strip(
    plan: &Plan,
    index: u32,
    fetch: &impl TileFetch,
    sink: &mut impl StripSink,
) -> Result<StripReport, RenderError> {
    let window = plan.strip_window(index).ok_or(RenderError::NoSuchStrip { index })?;
    let mut strip = StripPixels::new(window.width_px(), window.height_px(), plan.pixels())?;
    let mut missing = Vec::new();
    let mut tiles = 0;
    for layer in plan.layers() {
        let mut painter = LayerPainter {
            layer,
            window: layer.window(&window),
            connections: plan.connections(layer),
            fetch,
            strip: &mut strip,
        };
        tiles += u32::try_from(layer.tiles(&window).count()).unwrap_or(u32::MAX);
        missing.append(&mut painter.paint(plan.on_missing(), sink).await?);
    }
    let seal = encode(&strip, sink).await?;
    Ok(StripReport { seal, tiles, missing })
}

/// Encodes a finished strip in slices.
async fn encode(strip: &StripPixels, sink: &mut impl StripSink) -> Result<StripSeal, RenderError> {
    let mut encoder = FragmentEncoder::new(strip.width_px(), strip.format(), strip.samples())?;
    let slice_rows = (SLICE_PIXELS / strip.width_px().max(1) as usize).max(1);
    for slice in strip.samples().chunks(slice_rows * strip.row_bytes()) {
        encoder.write_rows(slice)?;
        sink.write(encoder.take()).await?;
    }
    let (rest, seal) = encoder.finish()?;
    sink.write(rest).await?;
    Ok(seal)
}

struct LayerPainter<'a, F> {
    layer: &'a PlannedLayer,
    /// The strip on the layer's own lattice.
    window: PixelWindow,
    connections: usize,
    fetch: &'a F,
    strip: &'a mut StripPixels,
}

impl<F: TileFetch> LayerPainter<'_, F> {
    async fn paint(
        &mut self,
        on_missing: OnMissing,
        sink: &mut impl StripSink,
    ) -> Result<Vec<MissingTile>, RenderError> {
        let source = &self.layer.layer.source;
        let (fetch, level) = (self.fetch, self.layer.level);
        let tiles = self.window.tiles(source.grid().tile_size_px());
        let connections = self.connections;
        let mut answers = stream::iter(tiles.iter())
            .map(|tile| async move { (tile, tile_bytes(fetch, source, level, tile).await) })
            .buffer_unordered(connections);
        let mut faults: Vec<(LatticeTile, TileError)> = Vec::new();
        while let Some((tile, answer)) = answers.next().await {
            // Decoding and drawing happen here, one tile at a time, while further answers are on their way.
            match answer.and_then(|bytes| bytes.image(source, level, tile)) {
                Ok(image) => {
                    put(self.strip, &self.window, self.layer, tile, &image);
                    sink.tile_done(false).await?;
                }
                Err(fault) if on_missing == OnMissing::Fail => {
                    return Err(RenderError::Missing(Box::new(self.missing(tile, &fault, Shown::Nothing))));
                }
                // In a fixed order, so that the report does not depend on which answer came first.
                Err(fault) => {
                    let place = |tile: &LatticeTile| (tile.row, tile.column);
                    let at = faults.partition_point(|(before, _)| place(before) < place(&tile));
                    faults.insert(at, (tile, fault));
                }
            }
        }
        drop(answers);
        let mut parents = Parents { known: BTreeMap::new() };
        let mut missing = Vec::with_capacity(faults.len());
        for (tile, fault) in faults {
            let substitute = match on_missing {
                OnMissing::Parent => parents.enlarged(fetch, source, level, tile).await,
                OnMissing::Fail | OnMissing::Mark => None,
            };
            let shown = if substitute.is_some() { Shown::Parent } else { Shown::Mark };
            let image = match substitute {
                Some(image) => image,
                None => self.marked(tile)?,
            };
            put(self.strip, &self.window, self.layer, tile, &image);
            missing.push(self.missing(tile, &fault, shown));
            sink.tile_done(true).await?;
        }
        Ok(missing)
    }

    fn marked(&self, tile: LatticeTile) -> Result<TileImage, RenderError> {
        let grid = self.layer.layer.source.grid();
        let coord = coord(&self.layer.layer.source, self.layer.level, tile);
        Ok(marked_tile(coord, grid.tile_size_px())?)
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

/// Puts a tile of a layer into the strip.
fn put(
    strip: &mut StripPixels,
    window: &PixelWindow,
    layer: &PlannedLayer,
    tile: LatticeTile,
    image: &TileImage,
) {
    let side = i64::from(layer.layer.source.grid().tile_size_px());
    let (left, top) = (tile.column * side - window.left_px(), tile.row * side - window.top_px());
    paste(strip, image, left, top, layer.layer.opacity);
}

/// The name of a tile; for one beyond all names, which no plan has, the nearest that can be written.
fn coord(source: &Source, level: u8, tile: LatticeTile) -> crate::geo::TileCoord {
    source.grid().coord(level, tile).unwrap_or(crate::geo::TileCoord { z: level, x: i32::MAX, y: i32::MAX })
}

/// What a source gave for a tile.
enum TileBytes {
    Encoded(Vec<u8>),
    Drawable(Rc<natural_earth::NaturalEarth>),
}

async fn tile_bytes(
    fetch: &impl TileFetch,
    source: &Source,
    level: u8,
    tile: LatticeTile,
) -> Result<TileBytes, TileError> {
    match source.kind() {
        Kind::Xyz(_) => {
            let coord = source.grid().coord(level, tile).ok_or(FetchError::NoAddress)?;
            Ok(TileBytes::Encoded(fetch.fetch(source, coord).await?))
        }
        Kind::NaturalEarth => Ok(TileBytes::Drawable(fetch.natural_earth(source.grid().crs()).await?)),
    }
}

impl TileBytes {
    fn image(&self, source: &Source, level: u8, tile: LatticeTile) -> Result<TileImage, TileError> {
        let grid = source.grid();
        match self {
            Self::Encoded(bytes) => Ok(decode_tile(bytes, grid.tile_size_px())?),
            Self::Drawable(earth) => {
                let window = grid.tile_window(tile).map_err(|_| FetchError::NoAddress)?;
                let place = grid.transform(level, &window).map_err(|_| FetchError::NoAddress)?;
                Ok(natural_earth::draw(earth, &place, grid.tile_size_px())?)
            }
        }
    }
}

/// Tiles of lower levels that stand in for missing ones, the latest of them kept.
struct Parents {
    known: BTreeMap<(u8, LatticeTile), Option<Rc<TileImage>>>,
}

impl Parents {
    /// The picture that the nearest lower level has of a tile, enlarged.
    async fn enlarged(
        &mut self,
        fetch: &impl TileFetch,
        source: &Source,
        level: u8,
        tile: LatticeTile,
    ) -> Option<TileImage> {
        let grid = source.grid();
        // The quarter to cut out at each step, from the tile up.
        let mut quarters = Vec::new();
        let (mut at_level, mut at) = (level, tile);
        for _ in 0..PARENT_LEVELS {
            let (parent_level, parent) = grid.parent(at_level, at)?;
            if parent_level < source.zooms().0 {
                return None;
            }
            quarters.push(((at.column - parent.column * 2) as u32, (at.row - parent.row * 2) as u32));
            (at_level, at) = (parent_level, parent);
            if let Some(image) = self.get(fetch, source, at_level, at).await {
                let mut image = TileImage::clone(&image);
                for (column, row) in quarters.into_iter().rev() {
                    image = enlarge_quarter(&image, column, row).ok()?;
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
        let answer = tile_bytes(fetch, source, level, tile).await;
        let image = answer.and_then(|bytes| bytes.image(source, level, tile)).ok().map(Rc::new);
        if self.known.len() >= PARENTS_KEPT {
            self.known.pop_first();
        }
        self.known.insert((level, tile), image.clone());
        image
    }
}
