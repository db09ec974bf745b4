//! One strip of a JPEG out of the coefficients of its tiles.

use std::collections::BTreeMap;

use crate::codec::jpeg::{Carried, CodedTile, JpegFrame, McuCrop, TileCoder, TileRowJoiner};
use crate::codec::{CarryError, Seal, decode_tile};
use crate::geo::{LatticeTile, PixelWindow};
use crate::raster::{PixelFormat, TileImage};
use crate::render::ahead::{Ahead, Asking};
use crate::render::parents::Parents;
use crate::render::planned_layer::PlannedLayer;
use crate::render::shelf::Shelf;
use crate::render::square::{SquareAnswer, SquareBytes};
use crate::render::strip::StripReport;
use crate::render::substitute::{check, missing, substitute};
use crate::render::tile_error::TileError;
use crate::render::{Plan, RenderError, StripSink, TileBody, TileFetch};

/// Carries the tiles of one strip over, tile row by tile row.
pub(super) struct StripCarrier<'a, F> {
    pub plan: &'a Plan,
    pub frame: &'a JpegFrame,
    pub layer: &'a PlannedLayer,
    pub strip: PixelWindow,
    pub fetch: &'a F,
}

impl<F: TileFetch> StripCarrier<'_, F> {
    pub async fn carry(&self, sink: &mut impl StripSink) -> Result<StripReport, RenderError> {
        let (fetch, layer, on_missing) = (self.fetch, self.layer, self.plan.on_missing());
        let tiles = self.strip.tiles(layer.side_px());
        let all: Vec<LatticeTile> = tiles.iter().collect();
        let rows: Vec<Vec<LatticeTile>> = all.chunk_by(|a, b| a.row == b.row).map(<[_]>::to_vec).collect();
        let (shelf, connections) = (Shelf::new(false), self.plan.connections(layer));
        let asking = Asking {
            planned: layer,
            index: 0,
            fetch,
            shelf: &shelf,
            connections,
            ahead: self.plan.may_ask_ahead(layer),
        };
        let mut ahead = Ahead::new(asking, &rows);
        let mut coder = TileCoder::new(self.frame);
        let mut parents = Parents::default();
        let mut report = StripReport {
            seal: Seal::Jpeg { rows: self.strip.height_px() },
            tiles: u32::try_from(tiles.count()).unwrap_or(u32::MAX),
            missing: Vec::new(),
            carried: 0,
            requantised: 0,
        };
        for (at, row) in rows.iter().enumerate() {
            let mut coded_row = CodedRow::new(self.plan.memory().row_bytes);
            let mut faults: BTreeMap<i64, TileError> = BTreeMap::new();
            while let Some((tile, answer)) = ahead.next(at, sink).await? {
                match self.code(&mut coder, tile, &self.crop(tile), &answer, &mut report) {
                    Ok(coded) => {
                        coded_row.hold(tile.column, coded)?;
                        sink.tile_done(false).await?;
                    }
                    Err(fault) => {
                        check(layer, tile, &fault, on_missing)?;
                        faults.insert(tile.column, fault);
                    }
                }
            }
            // In the order of their columns, so that the report does not depend on which answer came first.
            for tile in row {
                let Some(fault) = faults.remove(&tile.column) else { continue };
                let (image, shown) = substitute(&mut parents, fetch, layer, *tile, on_missing).await?;
                report.missing.push(missing(layer, *tile, &fault, shown));
                coded_row.hold(tile.column, coder.encode(&image, &self.crop(*tile))?)?;
                sink.tile_done(true).await?;
            }
            if let Some(first) = row.first() {
                self.join(first.row, coded_row.tiles.into_values().collect(), sink).await?;
            }
        }
        Ok(report)
    }

    /// One tile, carried over if it can be, else encoded from its pixels.
    fn code(
        &self,
        coder: &mut TileCoder<'_>,
        tile: LatticeTile,
        crop: &McuCrop,
        answer: &SquareAnswer<F::Body>,
        report: &mut StripReport,
    ) -> Result<CodedTile, TileError> {
        let side_px = self.layer.side_px();
        let image = match answer.as_ref().map_err(Clone::clone)? {
            SquareBytes::Encoded(body) => {
                let bytes = body.read()?;
                match coder.carry(&bytes, side_px, crop) {
                    Ok((coded, how)) => {
                        match how {
                            Carried::Exact => report.carried += 1,
                            Carried::Requantised => report.requantised += 1,
                        }
                        return Ok(coded);
                    }
                    // What a decoder would make of its ruins is not the tile.
                    Err(broken @ (CarryError::Damaged(_) | CarryError::TooLarge { .. })) => {
                        return Err(broken.into());
                    }
                    // Another kind of image, or no image at all.
                    Err(_) => decode_tile(&bytes, side_px)?,
                }
            }
            other => other.image(self.layer, tile)?.map_or_else(|| white(side_px), Ok)?,
        };
        Ok(coder.encode(&image, crop)?)
    }

    /// Writes a row of tiles, MCU row by MCU row.
    async fn join(
        &self,
        row: i64,
        tiles: Vec<CodedTile>,
        sink: &mut impl StripSink,
    ) -> Result<(), RenderError> {
        let side = i64::from(self.layer.side_px());
        let top = (row * side).max(self.strip.top_px()) - self.plan.window().top_px();
        let first_mcu_row = u32::try_from(top / i64::from(self.frame.mcu_px().1)).unwrap_or(0);
        let mut joiner = TileRowJoiner::new(self.frame, first_mcu_row, tiles)?;
        let mut out = Vec::new();
        while joiner.write_row(&mut out) {
            sink.write(&out).await?;
            out.clear();
        }
        sink.write(&out).await?;
        Ok(())
    }

    /// The part of a tile that the strip shows, in MCUs; at the image's right and bottom edge its last MCU is whole.
    fn crop(&self, tile: LatticeTile) -> McuCrop {
        let side = i64::from(self.layer.side_px());
        let (mcu_width, mcu_height) = self.frame.mcu_px();
        let range = |from_px: i64, to_px: i64, tile_px: i64, mcu_px: u32| {
            let inside = |at_px: i64| u32::try_from((at_px - tile_px).clamp(0, side)).unwrap_or(0);
            inside(from_px) / mcu_px..inside(to_px).div_ceil(mcu_px)
        };
        McuCrop {
            columns: range(self.strip.left_px(), self.strip.right_px(), tile.column * side, mcu_width),
            rows: range(self.strip.top_px(), self.strip.bottom_px(), tile.row * side, mcu_height),
        }
    }
}

/// The coded tiles of a row by their columns, with no more bytes than were planned.
struct CodedRow {
    tiles: BTreeMap<i64, CodedTile>,
    bytes: u64,
    limit_bytes: u64,
}

impl CodedRow {
    const fn new(limit_bytes: u64) -> Self {
        Self { tiles: BTreeMap::new(), bytes: 0, limit_bytes }
    }

    fn hold(&mut self, column: i64, tile: CodedTile) -> Result<(), RenderError> {
        self.bytes += tile.bytes() as u64;
        self.tiles.insert(column, tile);
        let Self { bytes, limit_bytes, .. } = *self;
        if bytes > limit_bytes { Err(RenderError::RowTooLarge { limit_bytes }) } else { Ok(()) }
    }
}

/// What is seen where a source has nothing, as on paper.
fn white(side_px: u32) -> Result<TileImage, TileError> {
    let samples = vec![255; side_px as usize * side_px as usize * PixelFormat::Rgb.bytes()];
    Ok(TileImage::new(side_px, side_px, PixelFormat::Rgb, samples)?)
}
