//! JPEG tiles, carried over.

use std::io::Cursor;
use std::sync::LazyLock;

use mapshot::codec::jpeg::{Carried, JpegFrame, McuCrop, TileCoder, TileRowJoiner, header, trailer};
use zune_jpeg::JpegDecoder;
use zune_jpeg::zune_core::options::DecoderOptions;

use super::arbitrary::Bytes;
use super::coefficients::{Coefficients, coefficients};
use super::counting::peak_of;

const SIDE: u32 = 256;

/// A good tile, by which images are planned.
const GOOD: &[u8] = include_bytes!("../../tests/fixtures/bluemarble/4/8/5.jpg");

/// The frame of an image of two tiles.
static FRAME: LazyLock<JpegFrame> =
    LazyLock::new(|| JpegFrame::from_tile(SIDE * 2, SIDE, GOOD, SIDE, None).unwrap());

static GOOD_BLOCKS: LazyLock<Coefficients> = LazyLock::new(|| coefficients(GOOD));

/// Tiles to be damaged.
const TILES: [&[u8]; 5] = [
    GOOD,
    include_bytes!("../../tests/fixtures/bluemarble/4/3/0.jpg"),
    include_bytes!("../../tests/fixtures/odd/q60.jpg"),
    include_bytes!("../../tests/fixtures/odd/restart.jpg"),
    include_bytes!("../../tests/fixtures/odd/optimized-huffman.jpg"),
];

/// The first byte: even, and the rest is a tile; odd, and the rest are changes to one that is good.
pub fn jpeg_carry(bytes: &[u8]) {
    let Some((choice, rest)) = bytes.split_first() else { return };
    let changed = choice & 1 == 1;
    let tile =
        if changed { change(TILES[usize::from(choice >> 2) % TILES.len()], rest) } else { rest.to_vec() };
    let frame = &*FRAME;
    let width_px = frame.width_px();
    let whole = McuCrop::whole(frame, SIDE);
    let mut coder = TileCoder::new(frame);
    let (carried, peak) = peak_of(|| coder.carry(&tile, SIDE, &whole));
    // Two bytes a pixel and component, copied once as they grow; the scan; lookups.
    assert!(peak <= (2 << 20) + tile.len() * 3, "{peak} bytes of memory for {} bytes of tile", tile.len());
    let Ok((tile, how)) = carried else { return };
    let (good, _) = coder.carry(GOOD, SIDE, &whole).unwrap();
    // Left or right of the good one, which must not notice.
    let left = choice & 2 == 0;
    let tiles = if left { vec![tile, good] } else { vec![good, tile] };
    let mut file = header(frame);
    let mut joiner = TileRowJoiner::new(frame, 0, tiles).unwrap();
    while joiner.write_row(&mut file) {}
    file.extend(trailer());

    let got = coefficients(&file);
    assert_eq!((got.width, got.height), (width_px as usize, SIDE as usize));
    let restarts: Vec<u8> = (0..SIDE / 16 - 1).map(|row| (row % 8) as u8).collect();
    assert_eq!(got.restarts, restarts);
    let own = usize::from(left);
    assert!(same_blocks(&got, own, &GOOD_BLOCKS), "a tile changed its neighbour");
    if how == Carried::Exact && changed && rest.is_empty() {
        let tile = coefficients(TILES[usize::from(choice >> 2) % TILES.len()]);
        assert!(same_blocks(&got, 1 - own, &tile), "a good tile is changed");
    }
    let options = DecoderOptions::default().set_strict_mode(true);
    let mut decoder = JpegDecoder::new_with_options(Cursor::new(&file), options);
    decoder.decode().unwrap();
    assert_eq!(decoder.dimensions(), Some((width_px as usize, SIDE as usize)));
}

/// Whether the tile in that column of the image has the blocks of the other.
fn same_blocks(image: &Coefficients, column: usize, tile: &Coefficients) -> bool {
    image.planes.iter().zip(&tile.planes).all(|(image, tile)| {
        let rows = tile.blocks.len() / tile.columns;
        (0..rows)
            .all(|y| (0..tile.columns).all(|x| image.block(column * tile.columns + x, y) == tile.block(x, y)))
    })
}

/// Changes a tile: each two numbers say where, and what is done there.
fn change(tile: &[u8], changes: &[u8]) -> Vec<u8> {
    let mut tile = tile.to_vec();
    let mut changes = Bytes(changes);
    while !changes.0.is_empty() {
        let (at, what, value) = (changes.number() % tile.len().max(1), changes.byte(), changes.byte());
        match what % 5 {
            0 => tile.truncate(at),
            1 => tile.insert(at.min(tile.len()), value),
            2 => drop(tile.drain(at.min(tile.len())..(at + usize::from(value)).min(tile.len()))),
            3 => tile.iter_mut().skip(at).take(1).for_each(|byte| *byte ^= value),
            _ => tile.iter_mut().skip(at).take(1).for_each(|byte| *byte = value),
        }
    }
    tile
}

/// The first byte chooses the side, the rest is the tile.
pub fn jpeg_frame_from_tile(bytes: &[u8]) {
    let Some((choice, tile)) = bytes.split_first() else { return };
    let side_px = if choice & 1 == 0 { 256 } else { 512 };
    let (made, peak) = peak_of(|| JpegFrame::from_tile(1000, 700, tile, side_px, Some("a comment".into())));
    assert!(peak <= (1 << 20) + tile.len() * 3, "{peak} bytes of memory for {} bytes of tile", tile.len());
    let Ok(frame) = made else { return };
    assert_eq!((frame.width_px(), frame.height_px()), (1000, 700));
    assert!(header(&frame).len() < 2_000, "a header of {} bytes", header(&frame).len());
    let stored = serde_json::to_string(&frame).unwrap();
    assert_eq!(serde_json::from_str::<JpegFrame>(&stored).unwrap(), frame);
    // What the frame was made from can be carried into it, as it is.
    let whole = McuCrop::whole(&frame, side_px);
    let (_, how) = TileCoder::new(&frame).carry(tile, side_px, &whole).unwrap();
    assert_eq!(how, Carried::Exact);
}
