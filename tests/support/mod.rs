//! What the native tests share: tiles without a network, a sink in memory, a whole file, its pixels.

#![allow(
    dead_code,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "test code; no test uses all of it"
)]

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use futures_executor::block_on;
use mapshot::codec::Seal;
use mapshot::codec::png::{Effort, FragmentEncoder, PngFrame, header, trailer};
use mapshot::geo::{Crs, TileCoord};
use mapshot::raster::natural_earth::NaturalEarth;
use mapshot::raster::{PixelFormat, TileImage, marked_tile};
use mapshot::render::{Plan, RenderError, SinkError, StripReport, StripSink, TileFetch, render_strip};
use mapshot::source::{Catalogue, FetchError, Layer, MissingTile, Source, TileRequest};

/// A source from an entry of the catalogue.
pub fn source(entry: &str) -> Source {
    let catalogue = Catalogue::parse("test", &format!("[{entry}]")).unwrap();
    catalogue.enabled().next().unwrap().clone()
}

/// A layer of a source that shows everything.
pub fn layer(entry: &str) -> Layer {
    Layer { source: source(entry), opacity: 1.0, multiplies: false }
}

/// The bytes of a file below tests/fixtures.
pub fn fixture(path: &str) -> Vec<u8> {
    let path = format!("{}/tests/fixtures/{path}", env!("CARGO_MANIFEST_DIR"));
    std::fs::read(&path).unwrap_or_else(|e| panic!("{path}: {e}"))
}

/// Answers with the bytes that a function gives, after a wait that shuffles the order of the answers.
pub struct Tiles<F: Fn(&Source, TileCoord) -> Result<Vec<u8>, FetchError>> {
    answer: F,
    asked: RefCell<Vec<(String, TileCoord)>>,
    under_way: Cell<u32>,
    most_under_way: Cell<u32>,
    /// Turns that others have before an answer.
    turns: Box<dyn Fn(TileCoord) -> i32>,
}

impl<F: Fn(&Source, TileCoord) -> Result<Vec<u8>, FetchError>> Tiles<F> {
    pub fn new(answer: F) -> Self {
        let (asked, under_way, most_under_way) = Default::default();
        let turns = Box::new(|tile: TileCoord| (tile.x * 7 + tile.y * 13).rem_euclid(11));
        Self { answer, asked, under_way, most_under_way, turns }
    }

    /// With so many turns of others before an answer.
    pub fn after(self, turns: impl Fn(TileCoord) -> i32 + 'static) -> Self {
        Self { turns: Box::new(turns), ..self }
    }

    /// All requests so far.
    pub fn asked(&self) -> Vec<(String, TileCoord)> {
        self.asked.borrow().clone()
    }

    /// Most requests that were under way at once.
    pub fn most_under_way(&self) -> u32 {
        self.most_under_way.get()
    }
}

impl<F: Fn(&Source, TileCoord) -> Result<Vec<u8>, FetchError>> TileFetch for Tiles<F> {
    type Body = Rc<[u8]>;

    async fn fetch(&self, source: &Source, request: &TileRequest) -> Result<Option<Rc<[u8]>>, FetchError> {
        let TileRequest::Tile(tile) = *request else { return Err(FetchError::NoAddress) };
        self.asked.borrow_mut().push((source.id().to_string(), tile));
        self.under_way.set(self.under_way.get() + 1);
        self.most_under_way.set(self.most_under_way.get().max(self.under_way.get()));
        for _ in 0..(self.turns)(tile) {
            yield_once().await;
        }
        self.under_way.set(self.under_way.get() - 1);
        match (self.answer)(source, tile) {
            // What stands for a place without a map here.
            Err(FetchError::Status(204)) => Ok(None),
            answer => answer.map(|bytes| Some(Rc::from(bytes))),
        }
    }

    async fn natural_earth(&self, crs: Crs) -> Result<Rc<NaturalEarth>, FetchError> {
        let path = format!("{}/www/public/data/naturalearth.bin", env!("CARGO_MANIFEST_DIR"));
        let packed = std::fs::read(&path).unwrap_or_else(|e| {
            panic!("{path}: {e}; `node scripts/naturalearth.mjs` makes it, `npm test` does so")
        });
        Ok(Rc::new(NaturalEarth::parse(&packed, crs).unwrap()))
    }
}

async fn yield_once() {
    let mut yielded = false;
    std::future::poll_fn(|cx| {
        if std::mem::replace(&mut yielded, true) {
            std::task::Poll::Ready(())
        } else {
            cx.waker().wake_by_ref();
            std::task::Poll::Pending
        }
    })
    .await;
}

/// Keeps the bytes; may stop after some tiles.
#[derive(Default)]
pub struct MemorySink {
    pub bytes: Vec<u8>,
    pub tiles: u32,
    pub missing: u32,
    pub stop_after_tiles: Option<u32>,
}

impl StripSink for MemorySink {
    async fn tile_done(&mut self, missing: bool) -> Result<(), SinkError> {
        self.tiles += 1;
        self.missing += u32::from(missing);
        if self.stop_after_tiles.is_some_and(|most| self.tiles >= most) {
            Err(SinkError::Stopped)
        } else {
            Ok(())
        }
    }

    async fn write(&mut self, bytes: &[u8]) -> Result<(), SinkError> {
        self.bytes.extend_from_slice(bytes);
        Ok(())
    }
}

/// Renders one strip into memory.
pub fn strip(
    plan: &Plan,
    index: u32,
    tiles: &impl TileFetch,
) -> Result<(MemorySink, StripReport), RenderError> {
    let mut sink = MemorySink::default();
    let report = block_on(render_strip(plan, index, tiles, &mut sink))?;
    Ok((sink, report))
}

/// Renders a whole file, its strips in an order of its own, and all that is missing in it.
pub fn render(plan: &Plan, tiles: &impl TileFetch) -> Result<(Vec<u8>, Vec<MissingTile>), RenderError> {
    let mut strips: Vec<_> = (0..plan.strips()).collect();
    strips.reverse();
    let mut done = Vec::new();
    for index in strips {
        done.push(strip(plan, index, tiles)?);
    }
    done.reverse();
    let mut file = plan.encoding().head();
    let seals: Vec<Seal> = done.iter().map(|(_, report)| report.seal).collect();
    let mut missing = Vec::new();
    for (sink, report) in done {
        file.extend(sink.bytes);
        missing.extend(report.missing);
    }
    file.extend(plan.encoding().tail(&seals)?);
    Ok((file, missing))
}

/// A decoded PNG: width, height, bytes a pixel, samples. Read by the `png` crate with every check on.
pub struct Picture {
    pub width: u32,
    pub height: u32,
    pub channels: usize,
    pub samples: Vec<u8>,
}

impl Picture {
    pub fn pixel(&self, x: u32, y: u32) -> &[u8] {
        let at = (y as usize * self.width as usize + x as usize) * self.channels;
        &self.samples[at..at + self.channels]
    }
}

/// Decodes a PNG strictly.
pub fn decode(file: &[u8]) -> Picture {
    let mut options = png::DecodeOptions::default();
    options.set_ignore_adler32(false);
    options.set_ignore_crc(false);
    let decoder = png::Decoder::new_with_options(std::io::Cursor::new(file), options);
    let mut reader = decoder.read_info().unwrap();
    let mut samples = vec![0; reader.output_buffer_size().unwrap()];
    let info = reader.next_frame(&mut samples).unwrap();
    reader.finish().unwrap();
    let channels = info.color_type.samples();
    Picture { width: info.width, height: info.height, channels, samples }
}

/// One tile as a PNG file, made by the `png` crate.
pub fn png_of(tile: &TileImage) -> Vec<u8> {
    let mut out = Vec::new();
    let mut encoder = png::Encoder::new(&mut out, tile.width_px(), tile.height_px());
    encoder.set_color(match tile.format() {
        PixelFormat::Rgb => png::ColorType::Rgb,
        PixelFormat::Rgba => png::ColorType::Rgba,
        PixelFormat::Grey => png::ColorType::Grayscale,
        PixelFormat::Index => panic!("a palette is needed"),
    });
    encoder.write_header().unwrap().write_image_data(tile.samples()).unwrap();
    out
}

/// A tile painted with its own name, so that a misplaced one is seen: its ground tells column and row apart, too.
pub fn painted(coord: TileCoord, side: u32) -> TileImage {
    let mark = marked_tile(coord, side).unwrap();
    let tint =
        [(coord.x.rem_euclid(4) * 60) as u8, (coord.y.rem_euclid(4) * 60) as u8, coord.z.wrapping_mul(40)];
    let samples = mark
        .samples()
        .as_chunks::<3>()
        .0
        .iter()
        .flat_map(|p| if *p == [236; 3] { tint } else { *p })
        .collect();
    TileImage::new(side, side, PixelFormat::Rgb, samples).unwrap()
}

/// A file of one strip or of several, straight from pixels.
pub fn encode(width: u32, format: PixelFormat, effort: Effort, strips: &[&[u8]]) -> Vec<u8> {
    let rows = strips.iter().map(|s| s.len()).sum::<usize>() / (width as usize * format.bytes());
    let frame =
        PngFrame { width_px: width, height_px: rows as u32, format, palette: Vec::new(), text: Vec::new() };
    let mut file = header(&frame);
    let mut seals = Vec::new();
    for strip in strips {
        let mut encoder = FragmentEncoder::new(width, format, effort, strip).unwrap();
        encoder.write_rows(strip).unwrap();
        file.extend(encoder.take());
        let (rest, seal) = encoder.finish();
        file.extend(rest);
        seals.push(seal);
    }
    file.extend(trailer(&frame, &seals).unwrap());
    file
}
