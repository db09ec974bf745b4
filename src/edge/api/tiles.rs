//! Tiles and maps for pages: those of the embedded map, and those of sources that a page cannot ask itself.

use worker::{Env, Request, Response, ResponseBuilder};

use crate::codec::decode::sniff;
use crate::codec::png::{Effort, FragmentEncoder, PngFrame, header, trailer};
use crate::edge::api::client::client;
use crate::edge::api::delivery::query_pairs;
use crate::edge::api::tile_quota;
use crate::edge::catalogue::{self, Described};
use crate::edge::error::EdgeError;
use crate::edge::fetch::{EdgeTiles, Keys};
use crate::edge::{config, earth};
use crate::geo::TileCoord;
use crate::raster::{TileImage, natural_earth};
use crate::render::{TileBody, TileFetch};
use crate::source::{FetchError, Kind, MapBox, Source, TileRequest};

/// How long a page may keep what it got, in seconds.
const DRAWN_AGE_S: u32 = 86_400;
const PASSED_AGE_S: u32 = 3_600;

/// `GET /tiles/{source}/{z}/{x}/{y}.png`, the row in the source's own direction, and `GET /tiles/{source}/wms?...` with the words
/// of the source's own version of WMS. Status 204 where the source has nothing.
pub async fn get(request: Request, env: &Env, path: String) -> Result<Response, EdgeError> {
    let not_there = || EdgeError::NoSuchPath { path: path.clone() };
    let segments: Vec<&str> = path.split('/').skip(2).collect();
    let (id, rest) = segments.split_first().ok_or_else(not_there)?;
    let contact = config::contact(env, &request);
    let catalogue = catalogue::with(env, Described::Of(&[id]), &contact).await?;
    let source = catalogue.get_part(id).ok().filter(|source| source.is_proxied()).ok_or_else(not_there)?;
    let asked = match rest {
        [z, x, y] => coord(z, x, y).filter(|coord| on_the_map(source, *coord)).map(TileRequest::Tile),
        ["wms"] => map_box(source, &request.inner().url()).map(TileRequest::Map),
        _ => None,
    };
    let asked = asked.ok_or_else(not_there)?;
    if let (Kind::NaturalEarth, TileRequest::Tile(coord)) = (source.kind(), asked) {
        return picture(drawn(env, source, coord).await?, "image/png", DRAWN_AGE_S);
    }
    tile_quota::turn(&client(&request)?, source)
        .await
        .map_err(|retry_after_ms| EdgeError::TooManyTiles { retry_after_ms })?;
    let tiles = EdgeTiles::new(env.clone(), Keys::OfThisScript, None, contact);
    let Some(body) = tiles.fetch(source, &asked).await? else {
        return Ok(ResponseBuilder::new().with_status(204).empty());
    };
    let bytes = body.read()?;
    // Only images are passed on, whatever the source calls what it sends.
    let kind = sniff(&bytes).map_err(|_| FetchError::Status(502))?;
    picture(bytes, kind.media_type(), PASSED_AGE_S)
}

fn picture(bytes: Vec<u8>, media_type: &str, max_age_s: u32) -> Result<Response, EdgeError> {
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

/// The map that an address asks for, if it is one that the source is asked for by us, too.
fn map_box(source: &Source, address: &str) -> Option<MapBox> {
    let wms = source.wms()?;
    let pairs: Vec<_> = query_pairs(address).collect();
    let map = wms.map_of(pairs.iter().map(|(name, value)| (name.as_ref(), value.as_ref())))?;
    let sides = 1..=wms.piece_px() + 2 * wms.buffer_px();
    let fits = sides.contains(&map.width_px) && sides.contains(&map.height_px);
    (fits && map.extent.width() > 0.0 && map.extent.height() > 0.0).then_some(map)
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
