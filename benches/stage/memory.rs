//! Tiles that are there, and a file that nobody keeps.

use std::rc::Rc;

use mapshot::geo::Crs;
use mapshot::raster::natural_earth::NaturalEarth;
use mapshot::render::{SinkError, StripSink, TileBody, TileFetch};
use mapshot::source::{FetchError, Source, TileRequest};

use super::TILES;

/// Rows by which the tiles are shifted in each further block of columns: scripts/bench/tiles.mjs says why.
const SHIFT: i32 = 1;

/// Tiles by column and row, again and again as scripts/bench/tiles.mjs repeats them.
pub struct InMemory<'a> {
    pub tiles: &'a [Vec<u8>],
}

/// A tile's bytes, wherever they lie.
#[derive(Clone, Copy)]
pub struct Bytes<'a>(&'a [u8]);

impl TileBody for Bytes<'_> {
    fn length_bytes(&self) -> usize {
        self.0.len()
    }

    fn read(&self) -> Result<Vec<u8>, FetchError> {
        Ok(self.0.to_vec())
    }
}

impl<'a> TileFetch for InMemory<'a> {
    type Body = Bytes<'a>;

    async fn fetch(&self, _source: &Source, request: &TileRequest) -> Result<Option<Bytes<'a>>, FetchError> {
        let TileRequest::Tile(tile) = *request else { return Err(FetchError::NoAddress) };
        let side = TILES as i32;
        let column = tile.x.rem_euclid(side);
        let row = (tile.y + SHIFT * tile.x.div_euclid(side)).rem_euclid(side);
        let tile = self.tiles.get((column * side + row) as usize);
        tile.map(|bytes| Some(Bytes(bytes))).ok_or(FetchError::NoAddress)
    }

    async fn natural_earth(&self, _crs: Crs) -> Result<Rc<NaturalEarth>, FetchError> {
        Err(FetchError::EmbeddedData)
    }
}

/// Counts the bytes.
pub struct Discard {
    pub bytes: u64,
}

impl StripSink for Discard {
    async fn tile_done(&mut self, _missing: bool) -> Result<(), SinkError> {
        Ok(())
    }

    async fn write(&mut self, bytes: &[u8]) -> Result<(), SinkError> {
        self.bytes += bytes.len() as u64;
        Ok(())
    }
}
