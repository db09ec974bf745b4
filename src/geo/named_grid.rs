//! The tile grids that are known by name.

use crate::geo::RowDirection;
use crate::geo::projection::MERCATOR_HALF_M;

/// The ids that [`TileGrid::named`](crate::geo::TileGrid::named) knows, for messages.
pub const GRID_IDS: &str = "webmercator-xyz, webmercator-tms, geodetic-wmts, geodetic-tms, geodetic-gibs-512, kakao-5181, naver-5179, ngii-5179, ngii-5179-tms";

/// A grid whose resolution halves, or doubles, from one number to the next.
pub struct NamedGrid {
    pub id: &'static str,
    pub epsg: u16,
    pub origin: [f64; 2],
    pub rows: RowDirection,
    pub tile_size_px: u32,
    /// First and last level number.
    pub levels: (u8, u8),
    /// CRS units per pixel of the first.
    pub resolution: f64,
    /// That of a level for one of the level before: a half, or two where numbers count from fine to coarse.
    pub step: f64,
}

/// Web Mercator units per pixel at level 0 with 256 px tiles (OGC WebMercatorQuad).
const MERCATOR_LEVEL_0_M: f64 = 156_543.033_928_040_97;

/// OGC 17-083r4 annex D (WebMercatorQuad, WorldCRS84Quad); OSGeo Tile Map Service (rows from the south; its global-mercator
/// profile numbers from 2 x 2 tiles, servers from 1 x 1); NASA GIBS, whose matrices overrun the world; the rest are the grids
/// of Korean providers, as their clients declare them.
#[rustfmt::skip]
static GRIDS: [NamedGrid; 9] = {
    use RowDirection::{Down, Up};
    const HALF: f64 = MERCATOR_HALF_M;
    const fn grid(
        id: &'static str, epsg: u16, origin: [f64; 2], rows: RowDirection, tile_size_px: u32,
        (first, last, resolution, step): (u8, u8, f64, f64),
    ) -> NamedGrid {
        let levels = (first, last);
        NamedGrid { id, epsg, origin, rows, tile_size_px, levels, resolution, step }
    }
    [
        grid("webmercator-xyz", 3857, [-HALF, HALF], Down, 256, (0, 24, MERCATOR_LEVEL_0_M, 0.5)),
        grid("webmercator-tms", 3857, [-HALF, -HALF], Up, 256, (0, 24, MERCATOR_LEVEL_0_M, 0.5)),
        grid("geodetic-wmts", 4326, [-180.0, 90.0], Down, 256, (0, 22, 0.703_125, 0.5)),
        grid("geodetic-tms", 4326, [-180.0, -90.0], Up, 256, (0, 22, 0.703_125, 0.5)),
        grid("geodetic-gibs-512", 4326, [-180.0, 90.0], Down, 512, (0, 12, 0.5625, 0.5)),
        grid("kakao-5181", 5181, [-30_000.0, -60_000.0], Up, 256, (1, 14, 0.25, 2.0)),
        grid("naver-5179", 5179, [90_112.0, 1_192_896.0], Up, 256, (1, 14, 2048.0, 0.5)),
        grid("ngii-5179", 5179, [-200_000.0, 4_000_000.0], Down, 256, (5, 20, 2088.96, 0.5)),
        grid("ngii-5179-tms", 5179, [-200_000.0, -28_024_123.62], Up, 256, (6, 19, 1_954.597_389, 0.5)),
    ]
};

/// The grid of that name.
pub fn find(id: &str) -> Option<&'static NamedGrid> {
    GRIDS.iter().find(|grid| grid.id == id)
}
