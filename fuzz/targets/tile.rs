//! Decoding tiles.

use mapshot::codec::decode_tile as decode;

use super::counting::peak_of;

/// The first byte chooses the side, the rest is the tile.
pub fn decode_tile(bytes: &[u8]) {
    let Some((choice, tile)) = bytes.split_first() else { return };
    let side_px = if choice & 1 == 0 { 256 } else { 512 };
    let (decoded, peak) = peak_of(|| decode(tile, side_px));
    // Planning reckons with 24 bytes a pixel (`render::Memory`). A hostile tile may take what the decoders are allowed, too.
    let most = (10 << 20) + side_px as usize * side_px as usize * 24;
    assert!(peak <= most, "{peak} bytes of memory for {} bytes of tile of {side_px} px", tile.len());
    match decoded {
        Ok(image) => {
            assert_eq!((image.width_px(), image.height_px()), (side_px, side_px));
            assert_eq!(image.samples().len(), (side_px * side_px) as usize * image.format().bytes());
        }
        Err(error) => assert!(!error.to_string().is_empty()),
    }
}
