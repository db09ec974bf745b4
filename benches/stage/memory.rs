//! Tiles that are there, and a file that nobody keeps.

use std::rc::Rc;

use mapshot::geo::{Crs, TileCoord};
use mapshot::raster::natural_earth::NaturalEarth;
use mapshot::render::{SinkError, StripSink, TileBody, TileFetch};
use mapshot::source::{FetchError, Source};

use super::TILES;

/// Tiles by column and row, again and again in both directions.
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

    async fn fetch(&self, _source: &Source, tile: TileCoord) -> Result<Bytes<'a>, FetchError> {
        let wrap = |n: i32| n.rem_euclid(TILES as i32) as usize;
        let tile = self.tiles.get(wrap(tile.x) * TILES + wrap(tile.y));
        tile.map(|bytes| Bytes(bytes)).ok_or(FetchError::NoAddress)
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
