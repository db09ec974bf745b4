//! Memory: hostile tiles cost none, strips take no more than the plan says.
//!
//! One test alone in its process, because the allocator that counts is the process's own.

#![allow(clippy::unwrap_used, clippy::panic, clippy::print_stdout, reason = "a test")]

#[path = "support/counting.rs"]
mod counting;
mod support;

use counting::peak_of;
use mapshot::codec::png::FragmentEncoder;
use mapshot::codec::{Effort, Output, decode_tile};
use mapshot::geo::{Area, Crs, LonLat, Scale};
use mapshot::raster::{PixelFormat, Resampling};
use mapshot::render::{BUDGET_BYTES, Limits, OutputGrid, Plan, PlanSpec};
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
            output_grid: Default::default(),
            resampling: Default::default(),
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
    resampled_layers_take_no_more_than_planned();
    the_png_encoder_is_small_whatever_the_width();
}

fn resampled_layers_take_no_more_than_planned() {
    let marble = fixture("bluemarble/4/8/5.jpg");
    let entries = [
        r#"{"id":"xyz","url":"http://h.test/{z}/{x}/{y}"}"#,
        r#"{"id":"kakao","url":"http://h.test/{z}/{x}/{y}","grid":"kakao-5181"}"#,
    ];
    for (width_px, resolution_m, resampling) in [
        (5_000, 0.5, Resampling::Bilinear),
        (20_000, 1.0, Resampling::Lanczos),
        (32_768, 0.9, Resampling::Bilinear),
    ] {
        let centre = LonLat::new("center", 129.0756, 35.1796).unwrap();
        let spec = PlanSpec {
            output_grid: OutputGrid::Crs(Crs::from_epsg(5179).unwrap()),
            resampling,
            area: Area::Size { centre, width_px, height_px: 1_500 },
            scale: Scale::ResolutionM(resolution_m),
            layers: entries.iter().map(|entry| layer(entry)).collect(),
            output: Output::Png(Effort::Fast),
            sample_tile: None,
            on_missing: OnMissing::Fail,
        };
        let limits = Limits { strips_per_module: 1, max_tiles: 100_000, ..Limits::default() };
        let plan = Plan::new(&spec, &limits).unwrap();
        let tiles = Tiles::new(|_: &Source, _| Ok(marble.clone()));
        let ((sink, report), peak) = peak_of(|| strip(&plan, 0, &tiles).unwrap());
        // What was fetched lies on the host's side where the module runs.
        let fetched = report.tiles as usize * (marble.len() + 256);
        let used = peak - sink.bytes.capacity() - fetched.min(24 << 20);
        let planned = plan.memory().peak_bytes;
        println!("{width_px} px resampled: used {used}, planned {planned}");
        assert!((used as u64) < planned, "{width_px} px used {used}, planned {planned}");
        assert!(planned <= BUDGET_BYTES);
    }
}

fn the_png_encoder_is_small_whatever_the_width() {
    let mut state = 1u64;
    // Noise is what makes the compressor hold most; few colours make the most matches.
    let noise = std::iter::repeat_with(move || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state >> 32) as u8
    });
    let noise: Vec<u8> = noise.take(32_768 * 4 * 32).collect();
    let few_colours: Vec<u8> = noise.iter().map(|byte| byte >> 7).collect();
    for effort in [Effort::Fast, Effort::Small] {
        for samples in [&noise, &few_colours] {
            for width_px in [1, 1_000, 32_768] {
                let row_bytes = width_px * 4;
                let samples = &samples[..samples.len() / row_bytes * row_bytes];
                let call_bytes = ((1 << 17) / row_bytes).max(1) * row_bytes;
                let (taken, peak) = peak_of(|| {
                    let mut encoder =
                        FragmentEncoder::new(width_px as u32, PixelFormat::Rgba, effort, samples).unwrap();
                    let mut taken = 0;
                    for rows in samples.chunks(call_bytes) {
                        encoder.write_rows(rows).unwrap();
                        taken += encoder.take().len();
                    }
                    taken + encoder.finish().0.len()
                });
                println!("{width_px} px, {effort:?}: {taken} bytes encoded with {peak} of memory");
                assert!(peak < 3 << 19, "{width_px} px, {effort:?}: {peak} bytes");
            }
        }
    }
}
