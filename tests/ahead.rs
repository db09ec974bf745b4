//! Asking ahead: squares of the next slice are on their way while one is worked, never more at once than allowed, never twice, and
//! never more in waiting than there is room for.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test")]

mod support;

use std::cell::Cell;
use std::collections::BTreeSet;

use futures_executor::block_on;
use mapshot::codec::{Effort, Output};
use mapshot::geo::{Area, LonLat, Scale, TileCoord};
use mapshot::render::{Limits, Plan, PlanSpec, RenderError, SinkError, StripSink, TileFetch, render_strip};
use mapshot::source::{FetchError, Layer, OnMissing, Source};
use support::{MemorySink, Tiles, layer, painted, png_of};

const XYZ: &str = r#"{"id":"painted","url":"http://h.test/{z}/{x}/{y}"}"#;
const CONNECTIONS: usize = 6;

/// An image whose strips have two slices of 17 or 18 tiles each.
fn plan(layers: Vec<Layer>, on_missing: OnMissing) -> Plan {
    let centre = LonLat::new("center", 126.978, 37.5665).unwrap();
    let spec = PlanSpec {
        output_grid: Default::default(),
        resampling: Default::default(),
        area: Area::Size { centre, width_px: 4_200, height_px: 4_200 },
        scale: Scale::Zoom(16),
        layers,
        output: Output::Png(Effort::Fast),
        sample_tile: None,
        on_missing,
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
    let plan = plan(vec![layer(XYZ)], OnMissing::Fail);
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
    let plan = plan(vec![layer(XYZ), layer(XYZ)], OnMissing::Fail);
    let tiles = Tiles::new(paint);
    let asked = asked_at_first_bytes(&plan, &tiles, || tiles.asked().len());
    assert_eq!(asked, plan.strip_tiles()[1] as usize / 2, "nothing is asked for before its time");
    assert_eq!(tiles.most_under_way() as usize, CONNECTIONS);
}

#[test]
fn what_stands_for_missing_tiles_is_asked_for_within_the_connections_too() {
    let plan = plan(vec![layer(XYZ)], OnMissing::Parent);
    // Those of the lower slice take longer than all that the upper one needs.
    let lower = (plan.strip_window(1).unwrap().bottom_px() / 256 - 1) as i32;
    let tiles = Tiles::new(|source: &Source, tile: TileCoord| match tile {
        TileCoord { z: 16, x, .. } if x % 3 == 0 => Err(FetchError::Status(404)),
        _ => paint(source, tile),
    });
    let tiles = tiles.after(move |tile| if (tile.z, tile.y) == (16, lower) { 10_000 } else { 1 });
    block_on(render_strip(&plan, 1, &tiles, &mut MemorySink::default())).unwrap();
    assert!(tiles.asked().iter().any(|(_, tile)| tile.z == 15), "no parent was asked for");
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
    let plan = plan(vec![layer(XYZ)], OnMissing::Fail);
    let tiles = Tiles::new(paint);
    let mut sink = Unwanted { asked: || tiles.asked().len(), from: FROM };
    let ended = block_on(render_strip(&plan, 1, &tiles, &mut sink));
    assert_eq!(ended, Err(RenderError::Sink(SinkError::Stopped)));
    let asked = tiles.asked().len();
    assert!((FROM..FROM + CONNECTIONS).contains(&asked), "{asked} tiles were asked for");
}

#[test]
fn what_comes_early_is_bounded() {
    const ROOM_BYTES: usize = 4 << 20;
    const FAT_BYTES: usize = 700 << 10;
    let plan = plan(vec![layer(XYZ)], OnMissing::Fail);
    // All at once, but for the first that is asked for.
    let first = Cell::new(true);
    let turns = move |_| if first.replace(false) { 1_000 } else { 0 };
    let fat = |source: &Source, tile: TileCoord| {
        let mut bytes = paint(source, tile)?;
        // What follows the image is no part of it.
        bytes.resize(FAT_BYTES, 0);
        Ok(bytes)
    };
    let tiles = Tiles::new(fat).after(turns);
    let asked = asked_at_first_bytes(&plan, &tiles, || tiles.asked().len());
    let slice = plan.strip_tiles()[1] as usize / 2;
    let most = slice + ROOM_BYTES.div_ceil(FAT_BYTES) + CONNECTIONS;
    assert!(most < 2 * slice, "the bound is not reached");
    assert!((slice + CONNECTIONS..=most).contains(&asked), "{asked} tiles were asked for");
    assert_eq!(tiles.asked().len(), 2 * slice);
}
