//! Baseline JPEG as header, independent strip fragments and trailer (ITU-T T.81; JFIF 1.02).
//!
//! The file is one interleaved scan with a restart interval of one MCU row, so a run of whole MCU rows knows nothing of
//! the others but its place. An MCU row is filled in one of two ways, which may be mixed tile by tile:
//! - a tile that is baseline JPEG of the frame's sampling is *carried*: its Huffman symbols are decoded and coded again,
//!   the coefficients stay what they are ([`TileCoder::carry`]);
//! - pixels are encoded ([`TileCoder::encode`] for one tile, [`FragmentEncoder`] for full rows).
//!
//! Tiles that must become pixels are read by the same reader and decoded by [`Baseline`].

mod bit_buffer;
mod bit_reader;
mod block;
mod coded_tile;
mod dct;
mod decode;
mod fragment;
mod frame;
mod header;
mod huffman;
mod lookup;
mod mcu;
mod mcu_crop;
mod pixels;
mod quantisation;
mod recode;
mod scan;
mod segments;
mod tile_coder;
mod tile_row;
mod typical_huffman;

pub use coded_tile::CodedTile;
pub use decode::Baseline;
pub use fragment::FragmentEncoder;
pub use frame::{JpegFrame, MAX_SIDE_PX};
pub use header::{header, trailer};
pub use mcu::{Colour, Subsampling};
pub use mcu_crop::McuCrop;
pub use tile_coder::{Carried, TileCoder};
pub use tile_row::TileRowJoiner;
