//! Memory: hostile tiles cost none, strips take no more than the plan says.
//!
//! One test alone in its process, because the allocator that counts is the process's own.

#![allow(clippy::unwrap_used, clippy::panic, clippy::print_stdout, reason = "a test")]

#[path = "support/counting.rs"]
mod counting;
mod support;

use counting::peak_of;
use mapshot::codec::{Effort, Output, decode_tile};
use mapshot::geo::{Area, LonLat, Scale};
use mapshot::render::{BUDGET_BYTES, Limits, Plan, PlanSpec};
use mapshot::source::{OnMissing, Source};
use support::{Tiles, fixture, layer, strip};

#[test]
fn memory_stays_within_bounds() {
    let bomb = fixture("odd/bomb.png");
    let (refused, peak) = peak_of(|| decode_tile(&bomb, 256));
    assert!(refused.is_err());
    assert!(peak < 1 << 20, "a bomb took {peak} bytes");

    let marble = fixture("bluemarble/4/8/5.jpg");
    let retina = fixture("odd/retina-512.jpg");
    let answer = |source: &Source, _| {
        Ok(if source.grid().tile_size_px() == 512 { retina.clone() } else { marble.clone() })
    };
    let of = |size: u32| {
        format!(r#"{{"id":"t{size}","url":"http://h.test/{{z}}/{{x}}/{{y}}","tile_size":{size}}}"#)
    };
    for (width_px, tile_px) in [(1_000, 256), (5_120, 256), (16_384, 256), (32_768, 256), (32_768, 512)] {
        let area =
            Area::Size { centre: LonLat::new("center", 10.0, 10.0).unwrap(), width_px, height_px: 2_048 };
        let spec = PlanSpec {
            area,
            scale: Scale::Zoom(18),
            layers: vec![layer(&of(tile_px))],
            output: Output::Png(Effort::Fast),
            sample_tile: None,
            on_missing: OnMissing::Fail,
        };
        let plan = Plan::new(&spec, &Limits { strips_per_module: 1, ..Limits::default() }).unwrap();
        let middle = plan.strips() / 2;
        let tiles = Tiles::new(answer);
        // The memory sink keeps the fragment, which a real one stores piece by piece.
        let ((sink, _), peak) = peak_of(|| strip(&plan, middle, &tiles).unwrap());
        // What waits on the shelf is on the host's side where the module runs.
        let shelved = if plan.warnings().is_empty() { 0 } else { tiles.asked().len() * retina.len() };
        let used = peak - sink.bytes.capacity() - shelved.min(24 << 20);
        let planned = plan.memory().peak_bytes;
        println!("{width_px} px of {tile_px} px tiles: used {used}, planned {planned}");
        assert!((used as u64) < planned, "{width_px} px used {used}, planned {planned}");
        assert!(planned <= BUDGET_BYTES);
        let mut asked = tiles.asked();
        let fetched = asked.len();
        asked.sort();
        asked.dedup();
        assert_eq!(asked.len(), fetched, "no tile is fetched twice");
    }
}
