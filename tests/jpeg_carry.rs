//! JPEG tiles are carried over coefficient by coefficient, whole or not at all.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test")]

#[path = "support/coefficients.rs"]
mod coefficients;

use coefficients::{Coefficients, coefficients};
use mapshot::codec::jpeg::{
    Carried, CodedTile, Colour, JpegFrame, McuCrop, Subsampling, TileCoder, TileRowJoiner, header, trailer,
};
use mapshot::codec::{CarryError, decode_tile};
use mapshot::raster::{PixelFormat, TileImage};
use proptest::prelude::*;

const SIDE: u32 = 256;

fn fixture(path: &str) -> Vec<u8> {
    std::fs::read(format!("{}/tests/fixtures/{path}", env!("CARGO_MANIFEST_DIR"))).unwrap()
}

/// All tiles of a level of the Blue Marble, row by row.
fn level(z: u32) -> Vec<Vec<u8>> {
    let side = 1 << z;
    (0..side * side).map(|i| fixture(&format!("bluemarble/{z}/{}/{}.jpg", i % side, i / side))).collect()
}

/// Some pixels of a mosaic of tiles, `columns` in a row, beginning at a whole MCU.
struct Window<'t> {
    tiles: &'t [Vec<u8>],
    columns: usize,
    left_px: u32,
    top_px: u32,
    width_px: u32,
    height_px: u32,
}

impl Window<'_> {
    fn frame(&self) -> JpegFrame {
        JpegFrame::from_tile(self.width_px, self.height_px, &self.tiles[0], SIDE, Some("© us".into()))
            .unwrap()
    }

    /// The file, and how each tile came into it.
    fn render(&self, frame: &JpegFrame) -> (Vec<u8>, Vec<Carried>) {
        let (mut file, mut how) = (header(frame), Vec::new());
        let mut coder = TileCoder::new(frame);
        let (mcu_width, mcu_height) = frame.mcu_px();
        let rows = ranges(self.top_px, self.height_px, mcu_height);
        let mut mcu_row = 0;
        for (y, rows) in rows {
            let coded = ranges(self.left_px, self.width_px, mcu_width).into_iter().map(|(x, columns)| {
                let crop = McuCrop { columns, rows: rows.clone() };
                let tile = &self.tiles[y as usize * self.columns + x as usize];
                let (tile, carried) = coder.carry(tile, SIDE, &crop).unwrap();
                how.push(carried);
                tile
            });
            let mut joiner = TileRowJoiner::new(frame, mcu_row, coded.collect()).unwrap();
            while joiner.write_row(&mut file) {}
            mcu_row += rows.end - rows.start;
        }
        file.extend(trailer());
        (file, how)
    }
}

/// The tiles from a pixel on, each with the MCUs that are needed of it.
fn ranges(from_px: u32, length_px: u32, mcu_px: u32) -> Vec<(u32, std::ops::Range<u32>)> {
    let to_px = from_px + length_px;
    (from_px / SIDE..to_px.div_ceil(SIDE))
        .map(|tile| {
            let start = from_px.max(tile * SIDE) - tile * SIDE;
            let end = to_px.min((tile + 1) * SIDE) - tile * SIDE;
            (tile, start / mcu_px..end.div_ceil(mcu_px))
        })
        .collect()
}

/// Every block of the file is that of the tile it came from.
fn assert_same_coefficients(window: &Window<'_>, got: &Coefficients) {
    assert_eq!((got.width, got.height), (window.width_px as usize, window.height_px as usize));
    let tiles: Vec<Coefficients> = window.tiles.iter().map(|t| coefficients(t)).collect();
    let sampling = got.planes[0].mcu;
    for (c, plane) in got.planes.iter().enumerate() {
        let block_px = |luma: usize, own: usize| 8 * luma / own;
        let (width, height) = (block_px(sampling.0, plane.mcu.0), block_px(sampling.1, plane.mcu.1));
        for i in 0..plane.blocks.len() {
            let (x, y) = (i % plane.columns, i / plane.columns);
            let (x, y) = (x + window.left_px as usize / width, y + window.top_px as usize / height);
            let (across, down) = (SIDE as usize / width, SIDE as usize / height);
            let tile = &tiles[y / down * window.columns + x / across].planes[c];
            assert_eq!(&plane.blocks[i], tile.block(x % across, y % down), "component {c}, block {x}, {y}");
            assert_eq!(plane.steps, tile.steps);
        }
    }
}

#[test]
fn a_mosaic_has_the_coefficients_of_its_tiles() {
    for z in 0..=4 {
        let tiles = level(z);
        let side = SIDE << z;
        let window =
            Window { tiles: &tiles, columns: 1 << z, left_px: 0, top_px: 0, width_px: side, height_px: side };
        let (file, how) = window.render(&window.frame());
        assert!(how.iter().all(|h| *h == Carried::Exact));
        let got = coefficients(&file);
        assert_same_coefficients(&window, &got);
        assert_eq!(got.comment.as_deref(), Some("© us"));
        let expected: Vec<u8> = (0..side / 16 - 1).map(|row| (row % 8) as u8).collect();
        assert_eq!(got.restarts, expected);
        // Tables to measure and one header outweigh the restart markers, but for a few tiles.
        assert!(z < 2 || file.len() < tiles.iter().map(Vec::len).sum());
    }
}

#[test]
fn every_form_of_baseline_is_carried() {
    for name in ["422", "444", "gray", "optimized-huffman", "restart", "q60"] {
        let tile = fixture(&format!("odd/{name}.jpg"));
        let tiles = vec![tile.clone(); 6];
        let window =
            Window { tiles: &tiles, columns: 3, left_px: 0, top_px: 0, width_px: 768, height_px: 512 };
        let (file, _) = window.render(&window.frame());
        assert_same_coefficients(&window, &coefficients(&file));
        // Without subsampling no pixel depends on its neighbours, so another decoder sees the very tile.
        if matches!(name, "444" | "gray") {
            let whole = decode_rgb(&file, 768, 512);
            let tile = decode_rgb(&tile, SIDE as usize, SIDE as usize);
            for (y, row) in whole.chunks(768 * 3).enumerate() {
                let of_tile = &tile[y % SIDE as usize * 768..][..768];
                assert!(row == of_tile.repeat(3), "{name}, row {y}");
            }
        }
    }
}

#[test]
fn a_window_begins_and_ends_within_tiles() {
    let tiles = level(2);
    for (left_px, top_px, width_px, height_px) in
        [(0, 0, 1, 1), (16, 32, 16, 16), (240, 256, 33, 300), (496, 240, 511, 17), (16, 16, 1008, 1008)]
    {
        let window = Window { tiles: &tiles, columns: 4, left_px, top_px, width_px, height_px };
        let (file, _) = window.render(&window.frame());
        assert_same_coefficients(&window, &coefficients(&file));
        decode_rgb(&file, width_px as usize, height_px as usize);
    }
}

#[test]
fn other_tables_are_requantised_to_the_nearest() {
    for (from, to) in [("q60", "optimized-huffman"), ("optimized-huffman", "q60")] {
        let [from, to] = [from, to].map(|name| fixture(&format!("odd/{name}.jpg")));
        let frame = JpegFrame::from_tile(SIDE, SIDE, &to, SIDE, None).unwrap();
        let tiles = [from];
        let window =
            Window { tiles: &tiles, columns: 1, left_px: 0, top_px: 0, width_px: SIDE, height_px: SIDE };
        let (file, how) = window.render(&frame);
        assert_eq!(how, [Carried::Requantised]);
        let (got, from) = (coefficients(&file), coefficients(&tiles[0]));
        for (got, from) in got.planes.iter().zip(&from.planes) {
            assert_ne!(got.steps, from.steps);
            for (got_block, from_block) in got.blocks.iter().zip(&from.blocks) {
                for k in 0..64 {
                    let exact = f64::from(from_block[k]) * f64::from(from.steps[k]) / f64::from(got.steps[k]);
                    assert_eq!(got_block[k], exact.round() as i32);
                }
            }
        }
    }
}

#[test]
fn carried_and_encoded_tiles_stand_side_by_side() {
    let bytes = fixture("bluemarble/4/8/5.jpg");
    let frame = JpegFrame::from_tile(3 * SIDE, SIDE, &bytes, SIDE, None).unwrap();
    let mut coder = TileCoder::new(&frame);
    let whole = McuCrop::whole(&frame, SIDE);
    let image = decode_tile(&bytes, SIDE).unwrap();
    let rgba: Vec<u8> =
        image.samples().as_chunks::<3>().0.iter().flat_map(|[r, g, b]| [*r, *g, *b, 255]).collect();
    let rgba = TileImage::new(SIDE, SIDE, PixelFormat::Rgba, rgba).unwrap();
    let tiles = vec![
        coder.encode(&image, &whole).unwrap(),
        coder.carry(&bytes, SIDE, &whole).unwrap().0,
        coder.encode(&rgba, &whole).unwrap(),
    ];
    assert!(tiles.iter().all(|t| t.bytes() > 5_000 && t.bytes() < 100_000));
    let mut file = header(&frame);
    let mut joiner = TileRowJoiner::new(&frame, 0, tiles).unwrap();
    while joiner.write_row(&mut file) {}
    file.extend(trailer());
    let got = coefficients(&file);
    let tile = coefficients(&bytes);
    for (got, tile) in got.planes.iter().zip(&tile.planes) {
        let (mut far, mut other) = (0, 0);
        for (i, block) in tile.blocks.iter().enumerate() {
            let (x, y) = (i % tile.columns, i / tile.columns);
            assert_eq!(got.block(tile.columns + x, y), block);
            assert_eq!(got.block(x, y), got.block(2 * tile.columns + x, y));
            let differences = got.block(x, y).iter().zip(block).map(|(a, b)| (a - b).abs());
            other += differences.clone().filter(|d| *d > 0).count();
            far += differences.filter(|d| *d > 1).count();
        }
        // Decoding rounds pixels and smoothes chroma, so a few coefficients move by a step.
        let all = tile.blocks.len() * 64;
        assert!(other < all / 20 && far < all / 500, "{other} and {far} of {all}");
    }
}

#[test]
fn what_cannot_be_carried_says_why() {
    let frame = JpegFrame::from_tile(SIDE, SIDE, &fixture("bluemarble/4/8/5.jpg"), SIDE, None).unwrap();
    let grey = JpegFrame::for_quality(SIDE, SIDE, 85, Colour::Grey, None).unwrap();
    let whole = McuCrop::whole(&frame, SIDE);
    let reason = |name: &str| TileCoder::new(&frame).carry(&fixture(name), SIDE, &whole).expect_err(name);
    assert_eq!(reason("odd/empty.jpg"), CarryError::NotJpeg);
    assert_eq!(reason("odd/rgb.png"), CarryError::NotJpeg);
    assert!(matches!(reason("odd/progressive.jpg"), CarryError::NotBaseline(_)));
    assert_eq!(reason("odd/444.jpg"), CarryError::Sampling);
    assert_eq!(reason("odd/422.jpg"), CarryError::Sampling);
    assert_eq!(reason("odd/gray.jpg"), CarryError::Colour);
    assert_eq!(reason("odd/cmyk.jpg"), CarryError::Colour);
    let size = |px| CarryError::Size { width_px: px, height_px: px, expected_px: SIDE };
    assert_eq!(reason("odd/250px.jpg"), size(250));
    assert_eq!(reason("odd/retina-512.jpg"), size(512));
    for name in ["truncated", "header-only", "bitrot"] {
        let error = reason(&format!("odd/{name}.jpg"));
        assert!(matches!(error, CarryError::Damaged(_)), "{name}: {error}");
    }
    let colour = TileCoder::new(&grey).carry(&fixture("odd/444.jpg"), SIDE, &McuCrop::whole(&grey, SIDE));
    assert_eq!(colour.unwrap_err(), CarryError::Colour);
    let outside = McuCrop { columns: 0..17, rows: 0..16 };
    let crop = TileCoder::new(&frame).carry(&fixture("bluemarble/4/8/5.jpg"), SIDE, &outside);
    assert!(matches!(crop.unwrap_err(), CarryError::Frame(_)));
    let odd_side = JpegFrame::from_tile(250, 250, &fixture("odd/250px.jpg"), 250, None);
    assert_eq!(odd_side.unwrap_err(), CarryError::PartMcu { side_px: 250 });
}

#[test]
fn rgb_in_a_jpeg_is_not_taken_for_ycbcr() {
    let tile = fixture("bluemarble/4/8/5.jpg");
    let carry = |tile: &[u8]| {
        let frame = JpegFrame::from_tile(SIDE, SIDE, &fixture("bluemarble/4/8/5.jpg"), SIDE, None).unwrap();
        TileCoder::new(&frame).carry(tile, SIDE, &McuCrop::whole(&frame, SIDE)).map(|(_, how)| how)
    };
    // Instead of JFIF's segment, the first of a file.
    let with = |segment: &[u8]| [&tile[..2], segment, &tile[20..]].concat();
    let adobe = |transform| [b"\xff\xee\0\x0eAdobe\0\x64\0\0\0\0", &[transform][..]].concat();
    assert_eq!(carry(&with(&adobe(1))), Ok(Carried::Exact));
    assert_eq!(carry(&with(&adobe(0))), Err(CarryError::Colour));
    assert_eq!(carry(&with(&[])), Ok(Carried::Exact));
    let mut named = with(&[]);
    let sof = named.windows(2).position(|w| w == [0xff, 0xc0]).unwrap();
    let sos = named.windows(2).position(|w| w == [0xff, 0xda]).unwrap();
    for (i, id) in b"RGB".iter().enumerate() {
        named[sof + 10 + 3 * i] = *id;
        named[sos + 5 + 2 * i] = *id;
    }
    assert_eq!(carry(&named), Err(CarryError::Colour));
}

#[test]
fn what_stands_behind_the_end_is_ignored_but_nothing_may_stand_before() {
    let tile = fixture("odd/restart.jpg");
    let frame = JpegFrame::from_tile(SIDE, SIDE, &tile, SIDE, None).unwrap();
    let carry = |tile: &[u8]| {
        TileCoder::new(&frame).carry(tile, SIDE, &McuCrop::whole(&frame, SIDE)).map(|(_, how)| how)
    };
    let end = tile.len() - 2;
    assert_eq!(carry(&[&tile[..], b"trailing bytes \xff\xd8"].concat()), Ok(Carried::Exact));
    assert_eq!(carry(&[&tile[..end], &[0xff, 0xff], &tile[end..]].concat()), Ok(Carried::Exact));
    for wrong in [&[0u8, 0][..], &[0xff, 0xd0], &[0xff, 0], &[0x55]] {
        let error = carry(&[&tile[..end], wrong, &tile[end..]].concat()).unwrap_err();
        assert!(matches!(error, CarryError::Damaged(_)), "{wrong:?}: {error}");
    }
    let restart = tile.windows(2).rposition(|w| w[0] == 0xff && (0xd0..=0xd7).contains(&w[1])).unwrap();
    let mut wrong = tile.clone();
    wrong[restart + 1] = 0xd0 | (wrong[restart + 1] + 1) & 7;
    assert_eq!(carry(&wrong), Err(CarryError::Damaged("a restart marker is missing")));
}

#[test]
fn tile_rows_that_do_not_fit_are_refused() {
    let bytes = fixture("bluemarble/4/8/5.jpg");
    let frame = JpegFrame::from_tile(512, 256, &bytes, SIDE, None).unwrap();
    let tile = |rows| -> CodedTile {
        TileCoder::new(&frame).carry(&bytes, SIDE, &McuCrop { columns: 0..16, rows }).unwrap().0
    };
    for (row, tiles) in [
        (0, vec![]),
        (0, vec![tile(0..16)]),
        (0, vec![tile(0..16), tile(0..15)]),
        (1, vec![tile(0..16), tile(0..16)]),
        (u32::MAX, vec![tile(0..16), tile(0..16)]),
    ] {
        assert!(TileRowJoiner::new(&frame, row, tiles).is_err());
    }
    assert!(TileRowJoiner::new(&frame, 15, vec![tile(0..1), tile(3..4)]).is_ok());
}

/// Decoded by zune-jpeg, strictly.
fn decode_rgb(file: &[u8], width: usize, height: usize) -> Vec<u8> {
    use zune_jpeg::zune_core::{colorspace::ColorSpace, options::DecoderOptions};
    let options = DecoderOptions::default().set_strict_mode(true).jpeg_set_out_colorspace(ColorSpace::RGB);
    let mut decoder = zune_jpeg::JpegDecoder::new_with_options(std::io::Cursor::new(file), options);
    let samples = decoder.decode().unwrap();
    assert_eq!(decoder.dimensions(), Some((width, height)));
    samples
}

/// Bytes of a tile with some of them changed, or some cut out.
fn damaged(tile: Vec<u8>, from: usize) -> impl Strategy<Value = Vec<u8>> {
    let index = any::<prop::sample::Index>;
    let changes = prop::collection::vec((index(), any::<u8>()), 0..6);
    let cut = prop::option::of((index(), index()));
    (changes, cut).prop_map(move |(changes, cut)| {
        let mut tile = tile.clone();
        for (at, to) in changes {
            let at = from + at.index(tile.len() - from);
            tile[at] = to;
        }
        if let Some((a, b)) = cut {
            let (a, b) = (from + a.index(tile.len() - from), from + b.index(tile.len() - from));
            tile.drain(a.min(b)..a.max(b));
        }
        tile
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1500))]

    #[test]
    fn a_broken_tile_never_breaks_the_file(
        tile in prop_oneof![
            damaged(fixture("odd/restart.jpg"), 0),
            damaged(fixture("odd/restart.jpg"), 620),
            damaged(fixture("odd/optimized-huffman.jpg"), 0),
            damaged(fixture("odd/q60.jpg"), 620),
            damaged(fixture("bluemarble/4/8/5.jpg")[..640].to_vec(), 0),
            prop::collection::vec(any::<u8>(), 0..600)
                .prop_map(|noise| [&fixture("bluemarble/4/8/5.jpg")[..623], &noise[..], &[0xff, 0xd9]].concat()),
        ],
        left in 0u32..16, columns in 1u32..4, top in 0u32..16,
    ) {
        let good = fixture("bluemarble/4/8/5.jpg");
        let columns = left..(left + columns).min(16);
        let width = (columns.end - columns.start) * 16 + 16;
        let crop = McuCrop { columns, rows: top..16 };
        let frame = JpegFrame::from_tile(width, (16 - top) * 16, &good, SIDE, None).unwrap();
        let mut coder = TileCoder::new(&frame);
        if let Ok((coded, _)) = coder.carry(&tile, SIDE, &crop) {
            prop_assert!(coded.bytes() < 1 << 20);
            let beside = coder.carry(&good, SIDE, &McuCrop { columns: 3..4, rows: top..16 }).unwrap().0;
            let mut file = header(&frame);
            let mut joiner = TileRowJoiner::new(&frame, 0, vec![coded, beside]).unwrap();
            while joiner.write_row(&mut file) {}
            file.extend(trailer());
            coefficients(&file);
        }
        // The same bytes as a probe.
        if let Ok(frame) = JpegFrame::from_tile(SIDE, SIDE, &tile, SIDE, None) {
            prop_assert!(TileCoder::new(&frame).carry(&tile, SIDE, &McuCrop::whole(&frame, SIDE)).is_ok());
        }
    }
}

#[test]
fn a_stored_frame_is_the_same_and_a_forged_one_is_refused() {
    let tile = fixture("bluemarble/4/8/5.jpg");
    let frames = [
        JpegFrame::from_tile(1000, 700, &tile, SIDE, Some("text".into())).unwrap(),
        JpegFrame::for_quality(1, 65_535, 100, Colour::YCbCr(Subsampling::S444), None).unwrap(),
        JpegFrame::for_quality(65_535, 1, 1, Colour::Grey, None).unwrap(),
    ];
    for frame in frames {
        let stored = serde_json::to_value(&frame).unwrap();
        assert_eq!(serde_json::from_value::<JpegFrame>(stored.clone()).unwrap(), frame);
        for (pointer, forged) in [
            ("/width_px", serde_json::json!(0)),
            ("/height_px", serde_json::json!(65_536)),
            ("/quantisation/0/5", serde_json::json!(0)),
            ("/quantisation/0", serde_json::json!([1, 2])),
            ("/quantisation", serde_json::json!([])),
            ("/huffman/1/0/0", serde_json::json!(3)),
            ("/huffman/1/1/0", serde_json::json!(17)),
            ("/huffman/0/1", serde_json::json!([])),
            ("/huffman", serde_json::json!([])),
        ] {
            let mut stored = stored.clone();
            *stored.pointer_mut(pointer).unwrap() = forged;
            assert!(serde_json::from_value::<JpegFrame>(stored).is_err(), "{pointer}");
        }
    }
}
