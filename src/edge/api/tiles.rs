//! Map tiles for pages: those of the embedded map, and those of sources that the operator lets through.

use worker::{Env, Response, ResponseBuilder};

use crate::codec::decode::sniff;
use crate::codec::png::{Effort, FragmentEncoder, PngFrame, header, trailer};
use crate::edge::error::EdgeError;
use crate::edge::fetch_port::{EdgeTiles, Keys};
use crate::edge::{config, earth};
use crate::geo::TileCoord;
use crate::raster::{TileImage, natural_earth};
use crate::render::{TileBody, TileFetch};
use crate::source::{FetchError, Kind, Source};

/// `GET /tiles/{source}/{z}/{x}/{y}.png`, the row in the source's own direction.
pub async fn get(env: &Env, source: &str, z: &str, x: &str, y: &str) -> Result<Response, EdgeError> {
    let catalogue = config::catalogue(env)?;
    let not_there = || EdgeError::NoSuchPath { path: format!("/tiles/{source}/{z}/{x}/{y}") };
    let source = catalogue.get_part(source).ok().filter(|s| s.is_proxied()).ok_or_else(not_there)?;
    let coord = coord(z, x, y).filter(|coord| on_the_map(source, *coord)).ok_or_else(not_there)?;
    let (bytes, media_type, max_age_s) = match source.kind() {
        Kind::NaturalEarth => (drawn(env, source, coord).await?, "image/png", 86_400),
        Kind::Xyz(_) | Kind::Wmts(_) => {
            let tiles = EdgeTiles::new(env.clone(), Keys::OfThisScript, None, 1);
            let answer = tiles.fetch(source, &coord.into()).await?;
            // A place without a map is no fault; a page knows this status for it.
            let Some(body) = answer else { return Ok(ResponseBuilder::new().with_status(204).empty()) };
            let bytes = body.read()?;
            // Only images are passed on, whatever the source calls what it sends.
            let kind = sniff(&bytes).map_err(|_| FetchError::Status(502))?;
            (bytes, kind.media_type(), 3_600)
        }
        Kind::Wms(_) | Kind::Stack(_) | Kind::Undescribed(_) => return Err(not_there()),
    };
    Ok(ResponseBuilder::new()
        .with_header("Content-Type", media_type)?
        .with_header("Cache-Control", &format!("public, max-age={max_age_s}"))?
        .with_header("X-Content-Type-Options", "nosniff")?
        .fixed(bytes))
}

fn coord(z: &str, x: &str, y: &str) -> Option<TileCoord> {
    let y = y.strip_suffix(".png")?;
    Some(TileCoord { z: z.parse().ok()?, x: x.parse().ok()?, y: y.parse().ok()? })
}

fn on_the_map(source: &Source, coord: TileCoord) -> bool {
    let (first, last) = source.zooms();
    (first..=last).contains(&coord.z) && source.grid().contains(coord)
}

/// A tile of the embedded map as a PNG file.
async fn drawn(env: &Env, source: &Source, coord: TileCoord) -> Result<Vec<u8>, EdgeError> {
    let grid = source.grid();
    let earth = earth::natural_earth(env, grid.crs(), None).await?;
    let window = grid.tile_window(grid.lattice_tile(coord)).map_err(|_| FetchError::NoAddress)?;
    let place = grid.transform(coord.z, &window).map_err(|_| FetchError::NoAddress)?;
    png(&natural_earth::draw(&earth, &place, grid.tile_size_px())?)
}

fn png(tile: &TileImage) -> Result<Vec<u8>, EdgeError> {
    let frame = PngFrame {
        width_px: tile.width_px(),
        height_px: tile.height_px(),
        format: tile.format(),
        palette: Vec::new(),
        text: Vec::new(),
    };
    let mut encoder = FragmentEncoder::new(tile.width_px(), tile.format(), Effort::Fast, tile.samples())?;
    encoder.write_rows(tile.samples())?;
    let mut file = header(&frame);
    file.extend(encoder.take());
    let (rest, seal) = encoder.finish();
    file.extend(rest);
    file.extend(trailer(&frame, &[seal])?);
    Ok(file)
}
