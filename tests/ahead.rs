//! Asking ahead: squares of the next slice are on their way while one is worked, never more at once than allowed, never twice, and
//! never more in waiting than there is room for.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test")]

mod support;

use std::cell::Cell;
use std::collections::BTreeSet;
use std::rc::Rc;

use futures_executor::block_on;
use mapshot::codec::{Effort, Output};
use mapshot::geo::{Area, Crs, LonLat, Scale, TileCoord};
use mapshot::raster::natural_earth::NaturalEarth;
use mapshot::render::{Limits, Plan, PlanSpec, RenderError, SinkError, StripSink, TileFetch, render_strip};
use mapshot::source::{FetchError, Layer, OnMissing, Source, TileRequest};
use support::{Tiles, layer, painted, png_of};

const XYZ: &str = r#"{"id":"painted","url":"http://h.test/{z}/{x}/{y}"}"#;
const CONNECTIONS: usize = 6;

/// An image whose strips have two slices of 17 or 18 tiles each.
fn plan(layers: Vec<Layer>) -> Plan {
    let centre = LonLat::new("center", 126.978, 37.5665).unwrap();
    let spec = PlanSpec {
        output_grid: Default::default(),
        resampling: Default::default(),
        area: Area::Size { centre, width_px: 4_200, height_px: 4_200 },
        scale: Scale::Zoom(16),
        layers,
        output: Output::Png(Effort::Fast),
        sample_tile: None,
        on_missing: OnMissing::Fail,
    };
    Plan::new(&spec, &Limits::default()).unwrap()
}

fn paint(_: &Source, coord: TileCoord) -> Result<Vec<u8>, FetchError> {
    Ok(png_of(&painted(coord, 256)))
}

/// Notes how many requests there were when the first bytes came.
struct FirstBytes<C: Fn() -> usize> {
    asked: C,
    then: Option<usize>,
}

impl<C: Fn() -> usize> StripSink for FirstBytes<C> {
    async fn tile_done(&mut self, _: bool) -> Result<(), SinkError> {
        Ok(())
    }

    async fn write(&mut self, _: &[u8]) -> Result<(), SinkError> {
        self.then.get_or_insert((self.asked)());
        Ok(())
    }
}

/// Requests when the first bytes of strip 1 came, which is not cut by the image's edge.
fn asked_at_first_bytes(plan: &Plan, tiles: &impl TileFetch, asked: impl Fn() -> usize) -> usize {
    let mut sink = FirstBytes { asked, then: None };
    block_on(render_strip(plan, 1, tiles, &mut sink)).unwrap();
    sink.then.unwrap()
}

#[test]
fn the_next_slice_is_on_its_way_while_one_is_encoded() {
    let plan = plan(vec![layer(XYZ)]);
    let tiles = Tiles::new(paint);
    let asked = asked_at_first_bytes(&plan, &tiles, || tiles.asked().len());
    let all = plan.strip_tiles()[1] as usize;
    assert_eq!(tiles.asked().len(), all);
    assert_eq!(tiles.asked().into_iter().collect::<BTreeSet<_>>().len(), all, "a tile was fetched twice");
    assert!((all / 2 + CONNECTIONS..all).contains(&asked), "{asked} of {all} tiles were asked for");
    assert_eq!(tiles.most_under_way() as usize, CONNECTIONS);
}

#[test]
fn layers_of_one_source_share_its_connections() {
    let plan = plan(vec![layer(XYZ), layer(XYZ)]);
    let tiles = Tiles::new(paint);
    let asked = asked_at_first_bytes(&plan, &tiles, || tiles.asked().len());
    assert_eq!(asked, plan.strip_tiles()[1] as usize / 2, "nothing is asked for before its time");
    assert_eq!(tiles.most_under_way() as usize, CONNECTIONS);
}

/// Is not wanted any more when so many requests have begun, and hears of it nowhere else.
struct Unwanted<C: Fn() -> usize> {
    asked: C,
    from: usize,
}

impl<C: Fn() -> usize> StripSink for Unwanted<C> {
    async fn tile_done(&mut self, _: bool) -> Result<(), SinkError> {
        Ok(())
    }

    fn is_wanted(&self) -> bool {
        (self.asked)() < self.from
    }

    async fn write(&mut self, _: &[u8]) -> Result<(), SinkError> {
        Ok(())
    }
}

#[test]
fn nothing_is_asked_for_that_nobody_wants() {
    const FROM: usize = 10;
    let plan = plan(vec![layer(XYZ)]);
    let tiles = Tiles::new(paint);
    let mut sink = Unwanted { asked: || tiles.asked().len(), from: FROM };
    let ended = block_on(render_strip(&plan, 1, &tiles, &mut sink));
    assert_eq!(ended, Err(RenderError::Sink(SinkError::Stopped)));
    let asked = tiles.asked().len();
    assert!((FROM..FROM + CONNECTIONS).contains(&asked), "{asked} tiles were asked for");
}

/// Answers at once with many bytes, but for the first tile, which comes last.
struct Fat {
    asked: Cell<usize>,
}

const FAT_BYTES: usize = 700 << 10;

impl TileFetch for Fat {
    type Body = Rc<[u8]>;

    async fn fetch(&self, source: &Source, request: &TileRequest) -> Result<Option<Rc<[u8]>>, FetchError> {
        let TileRequest::Tile(tile) = *request else { return Err(FetchError::NoAddress) };
        let is_first = self.asked.replace(self.asked.get() + 1) == 0;
        for _ in 0..if is_first { 1_000 } else { 0 } {
            let mut waited = false;
            std::future::poll_fn(|context| {
                context.waker().wake_by_ref();
                if std::mem::replace(&mut waited, true) {
                    std::task::Poll::Ready(())
                } else {
                    std::task::Poll::Pending
                }
            })
            .await;
        }
        let mut bytes = paint(source, tile)?;
        // What follows the image is no part of it.
        bytes.resize(FAT_BYTES, 0);
        Ok(Some(Rc::from(bytes)))
    }

    async fn natural_earth(&self, _: Crs) -> Result<Rc<NaturalEarth>, FetchError> {
        Err(FetchError::EmbeddedData)
    }
}

#[test]
fn what_comes_early_is_bounded() {
    const ROOM_BYTES: usize = 4 << 20;
    let plan = plan(vec![layer(XYZ)]);
    let tiles = Fat { asked: Cell::new(0) };
    let asked = asked_at_first_bytes(&plan, &tiles, || tiles.asked.get());
    let slice = plan.strip_tiles()[1] as usize / 2;
    let most = slice + ROOM_BYTES.div_ceil(FAT_BYTES) + CONNECTIONS;
    assert!(most < 2 * slice, "the bound is not reached");
    assert!((slice + CONNECTIONS..=most).contains(&asked), "{asked} tiles were asked for");
    assert_eq!(tiles.asked.get(), 2 * slice);
}
