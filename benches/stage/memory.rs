//! Tiles that are there, and a file that nobody keeps.

use std::rc::Rc;

use mapshot::geo::{Crs, TileCoord};
use mapshot::raster::natural_earth::NaturalEarth;
use mapshot::render::{SinkError, StripSink, TileFetch};
use mapshot::source::{FetchError, Source};

use super::TILES;

/// Tiles by column and row, again and again in both directions.
pub struct InMemory<'a> {
    pub tiles: &'a [Vec<u8>],
}

impl TileFetch for InMemory<'_> {
    async fn fetch(&self, _source: &Source, tile: TileCoord) -> Result<Vec<u8>, FetchError> {
        let wrap = |n: i32| n.rem_euclid(TILES as i32) as usize;
        self.tiles.get(wrap(tile.x) * TILES + wrap(tile.y)).cloned().ok_or(FetchError::NoAddress)
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

    async fn write(&mut self, bytes: Vec<u8>) -> Result<(), SinkError> {
        self.bytes += bytes.len() as u64;
        Ok(())
    }
}
