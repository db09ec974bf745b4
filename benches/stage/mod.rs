//! What the core does, as stages that can be timed: natively (benches/core.rs) and in workerd (benches/wasm).
//!
//! The tiles are those of `npm run bench:tiles`, 20 x 20 of one kind of content, in the order of columns, then rows.

mod memory;

use std::error::Error;
use std::pin::pin;
use std::task::{Context, Poll, Waker};

use mapshot::codec::decode_tile;
use mapshot::codec::png::{Effort, FragmentEncoder};
use mapshot::job::CaptureRequest;
use mapshot::raster::{Blend, PixelFormat, StripPixels, TileImage, paste};
use mapshot::render::{Limits, Plan, PlanSpec, plan_with_sample, render_strip};
use mapshot::source::Catalogue;

use memory::{Discard, InMemory};

/// Tiles a side.
pub const TILES: usize = 20;
/// Pixels of a tile's side.
const TILE_PX: u32 = 256;
/// Tile rows that the stages below a whole image work on: their pixels are kept decoded, which all rows' would not fit.
const ROWS: [usize; 4] = [1, 6, 11, 16];
/// Rows that are encoded at once: what `render` does with a strip of this width.
const SLICE_ROWS: usize = 6;

/// A part of the work, or all of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stage {
    /// Tiles to pixels.
    Decode,
    /// Pixels of tiles into strips.
    Paste,
    /// Strips to PNG fragments.
    EncodePng,
    /// Everything from tiles to a PNG file: no fetching, no storing.
    RenderPng,
    /// Everything from tiles to a JPEG file of quality 85, 4:2:0, by way of pixels.
    RenderJpegPixels,
    /// Everything from JPEG tiles to a JPEG file of quality 85, their coefficients quantised anew.
    RenderJpegQuality,
    /// Everything from JPEG tiles to a JPEG file without loss.
    RenderJpegLossless,
}

impl Stage {
    /// All of them. The position of each is its number in `benches/wasm`.
    pub const ALL: [Self; 7] = [
        Self::Decode,
        Self::Paste,
        Self::EncodePng,
        Self::RenderPng,
        Self::RenderJpegPixels,
        Self::RenderJpegQuality,
        Self::RenderJpegLossless,
    ];

    /// What tables call it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Decode => "decode",
            Self::Paste => "paste",
            Self::EncodePng => "encode png",
            Self::RenderPng => "render png",
            Self::RenderJpegPixels => "render jpeg pixels q85",
            Self::RenderJpegQuality => "render jpeg q85",
            Self::RenderJpegLossless => "render jpeg lossless",
        }
    }

    /// Pixels that one run works on.
    #[must_use]
    pub const fn pixels(self) -> u64 {
        let rows = match self {
            Self::Paste | Self::EncodePng => ROWS.len(),
            Self::Decode | Self::RenderPng => TILES,
            Self::RenderJpegPixels | Self::RenderJpegQuality | Self::RenderJpegLossless => TILES,
        };
        (rows * TILES) as u64 * (TILE_PX * TILE_PX) as u64
    }

    /// The fields of a request (docs/protocol.md) that choose the format.
    const fn format(self) -> &'static str {
        match self {
            Self::RenderJpegPixels | Self::RenderJpegQuality => {
                r#""format":"jpeg","quality":85,"subsampling":"4:2:0""#
            }
            Self::RenderJpegLossless => r#""format":"jpeg""#,
            Self::Decode | Self::Paste | Self::EncodePng | Self::RenderPng => r#""format":"png""#,
        }
    }
}

/// A stage with all that it needs at hand.
pub enum Ready<'a> {
    /// [`Stage::Decode`]
    Decode(&'a [Vec<u8>]),
    /// [`Stage::Paste`]: the tiles of some rows, and the strip that they are put into.
    Paste(Vec<TileImage>, Box<StripPixels>),
    /// [`Stage::EncodePng`]
    Encode(Vec<StripPixels>),
    /// The other stages.
    Render(Box<Plan>, InMemory<'a>),
}

impl<'a> Ready<'a> {
    /// Prepares a stage.
    ///
    /// # Errors
    /// What the core says: a format that it does not have, tiles that do not fit one.
    pub fn new(stage: Stage, tiles: &'a [Vec<u8>]) -> Result<Self, Box<dyn Error>> {
        if tiles.len() != TILES * TILES {
            return Err(format!("{} tiles instead of {}", tiles.len(), TILES * TILES).into());
        }
        let carries = matches!(stage, Stage::RenderJpegQuality | Stage::RenderJpegLossless);
        if carries && !tiles.iter().all(|tile| tile.starts_with(&[0xff, 0xd8])) {
            return Err("the tiles are no JPEG".into());
        }
        match stage {
            Stage::Decode => Ok(Self::Decode(tiles)),
            Stage::Paste => {
                let images = ROWS.iter().map(|row| decode_row(tiles, *row)).collect::<Result<Vec<_>, _>>()?;
                Ok(Self::Paste(images.into_iter().flatten().collect(), Box::new(empty_strip()?)))
            }
            Stage::EncodePng => {
                let strips = ROWS.iter().map(|row| {
                    let mut strip = empty_strip()?;
                    put(&mut strip, &decode_row(tiles, *row)?);
                    Ok::<_, Box<dyn Error>>(strip)
                });
                Ok(Self::Encode(strips.collect::<Result<_, _>>()?))
            }
            _ => Ok(Self::Render(Box::new(plan(stage, tiles)?), InMemory { tiles })),
        }
    }

    /// Does the work once; the bytes that came of it.
    ///
    /// # Errors
    /// What the core says.
    pub fn run(&mut self) -> Result<u64, Box<dyn Error>> {
        match self {
            Self::Decode(tiles) => {
                let mut bytes = 0;
                for tile in *tiles {
                    bytes += decode_tile(tile, TILE_PX)?.samples().len() as u64;
                }
                Ok(bytes)
            }
            Self::Paste(images, strip) => {
                for row in images.chunks(TILES) {
                    put(strip, row);
                }
                Ok(strip.samples().len() as u64)
            }
            Self::Encode(strips) => {
                let mut bytes = 0;
                for strip in strips {
                    bytes += encode(strip)?;
                }
                Ok(bytes)
            }
            Self::Render(plan, tiles) => render(plan, tiles),
        }
    }
}

fn empty_strip() -> Result<StripPixels, Box<dyn Error>> {
    Ok(StripPixels::new(TILES as u32 * TILE_PX, TILE_PX, PixelFormat::Rgb)?)
}

fn decode_row(tiles: &[Vec<u8>], row: usize) -> Result<Vec<TileImage>, Box<dyn Error>> {
    let of_row = tiles.iter().skip(row).step_by(TILES);
    Ok(of_row.map(|tile| decode_tile(tile, TILE_PX)).collect::<Result<_, _>>()?)
}

fn put(strip: &mut StripPixels, row: &[TileImage]) {
    for (column, image) in (0i64..).zip(row) {
        paste(strip, image, column * i64::from(TILE_PX), 0, 1.0, Blend::Over);
    }
}

fn encode(strip: &StripPixels) -> Result<u64, Box<dyn Error>> {
    let mut encoder = FragmentEncoder::new(strip.width_px(), strip.format(), Effort::Fast, strip.samples())?;
    let mut bytes = 0;
    for slice in strip.samples().chunks(SLICE_ROWS * strip.row_bytes()) {
        encoder.write_rows(slice)?;
        bytes += encoder.take().len();
    }
    let (rest, _) = encoder.finish();
    Ok((bytes + rest.len()) as u64)
}

/// The plan of an image that is exactly all tiles, around the middle of level 10.
fn plan(stage: Stage, tiles: &[Vec<u8>]) -> Result<Plan, Box<dyn Error>> {
    let side_px = TILES as u32 * TILE_PX;
    let request = format!(
        r#"{{"area":{{"center":[0,0],"size_px":[{side_px},{side_px}]}},"layers":[{{"source":"bench"}}],"zoom":10,{}}}"#,
        stage.format()
    );
    let catalogue = Catalogue::parse(
        "bench",
        r#"[{"id":"bench","title":"bench","kind":"xyz","url":"http://localhost/{z}/{x}/{y}"}]"#,
    )?;
    let resolved = CaptureRequest::parse(request.as_bytes())?.resolve(&catalogue)?;
    let spec = PlanSpec {
        output_grid: Default::default(),
        resampling: Default::default(),
        area: resolved.area,
        scale: resolved.scale,
        layers: resolved.layers,
        output: resolved.output,
        on_missing: resolved.on_missing,
        sample_tile: None,
    };
    let limits = Limits { strips_in_flight: 1, strips_per_module: 1, ..Limits::default() };
    // Without a look at a tile, a JPEG goes by way of pixels.
    if stage == Stage::RenderJpegPixels {
        return Ok(Plan::new(&spec, &limits)?);
    }
    Ok(finish(plan_with_sample(spec, &limits, &InMemory { tiles }))?)
}

fn render(plan: &Plan, tiles: &InMemory<'_>) -> Result<u64, Box<dyn Error>> {
    let mut sink = Discard { bytes: 0 };
    let mut seals = Vec::new();
    for index in 0..plan.strips() {
        seals.push(finish(render_strip(plan, index, tiles, &mut sink))?.seal);
    }
    Ok(sink.bytes + plan.encoding().head().len() as u64 + plan.encoding().tail(&seals)?.len() as u64)
}

/// Runs a future that waits for nothing outside.
fn finish<T>(future: impl Future<Output = T>) -> T {
    let mut future = pin!(future);
    let mut context = Context::from_waker(Waker::noop());
    loop {
        if let Poll::Ready(value) = future.as_mut().poll(&mut context) {
            return value;
        }
    }
}
