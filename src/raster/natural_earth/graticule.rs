//! Meridians and parallels.

use crate::geo::{Crs, Extent, Point};
use crate::raster::natural_earth::view::middle;

/// Distances between two lines that people can count in, degrees.
const STEPS_DEG: [f64; 10] = [30.0, 20.0, 10.0, 5.0, 2.0, 1.0, 0.5, 0.2, 0.1, 0.05];

/// Lines are drawn no nearer together than this along the equator, in pixels.
const NEAREST_PX: f64 = 140.0;

/// The finest step whose lines stay apart at a resolution of CRS units per pixel.
fn step_deg(crs: Crs, resolution: f64) -> f64 {
    let Extent { min_x, min_y, max_x, max_y } = crs.domain();
    let (x, y) = ((min_x + max_x) / 2.0, (min_y + max_y) / 2.0);
    let (west, _) = crs.unproject(Point { x, y });
    let (east, _) = crs.unproject(Point { x: x + resolution * NEAREST_PX, y });
    let smallest = east - west;
    STEPS_DEG.into_iter().rev().find(|step| *step >= smallest).unwrap_or(STEPS_DEG[0])
}

/// The box of degrees around a box of CRS units, (west, south, east, north). The longitudes are those next to the middle
/// of what the CRS shows, and may be beyond 180.
fn around(crs: Crs, within: &Extent) -> (f64, f64, f64, f64) {
    /// Meridians and parallels bend, so that the corners are not enough.
    const ALONG: u32 = 8;
    let limit = crs.max_latitude_deg();
    let (meridian, _) = middle(crs);
    let pieces = if crs.is_cylindrical() { 1 } else { ALONG };
    let mut places = Vec::new();
    for i in 0..=pieces {
        let t = f64::from(i) / f64::from(pieces);
        let (x, y) = (within.min_x + within.width() * t, within.min_y + within.height() * t);
        places.extend([(x, within.min_y), (x, within.max_y), (within.min_x, y), (within.max_x, y)]);
    }
    // A tile may reach beyond the world.
    let domain = crs.domain();
    for (x, y) in &mut places {
        (*x, *y) = (x.clamp(domain.min_x, domain.max_x), y.clamp(domain.min_y, domain.max_y));
    }
    crs.unproject_all(&mut places);
    let (mut west, mut south, mut east, mut north) = (f64::MAX, limit, f64::MIN, -limit);
    for (mut lon, lat) in places.into_iter().filter(|(lon, lat)| lon.is_finite() && lat.is_finite()) {
        if !crs.is_cylindrical() {
            lon = meridian + (lon - meridian + 540.0).rem_euclid(360.0) - 180.0;
        }
        west = west.min(lon);
        east = east.max(lon);
        south = south.min(lat.max(-limit));
        north = north.max(lat.min(limit));
    }
    if crs.is_cylindrical() {
        return (west.max(-180.0), south, east.min(180.0), north);
    }
    // What bends out between two places that were looked at.
    let (wider, higher) = ((east - west) / 16.0, (north - south) / 16.0);
    (west - wider, (south - higher).max(-limit), east + wider, (north + higher).min(limit))
}

/// The lines of the graticule that cross a box, in CRS units, each with its points along the box.
pub fn lines(crs: Crs, within: &Extent, resolution: f64) -> Vec<Vec<Point>> {
    /// Where meridians run together at a pole there is no counting them.
    const MOST_LINES: usize = 256;
    let step = step_deg(crs, resolution);
    let (west, south, east, north) = around(crs, within);
    let line = |from: (f64, f64), to: (f64, f64)| -> Vec<Point> {
        /// Enough for a smooth curve across one tile in any CRS.
        const PIECES: u32 = 16;
        let mut places: Vec<(f64, f64)> = (0..=PIECES)
            .map(|i| {
                let t = f64::from(i) / f64::from(PIECES);
                (from.0 + (to.0 - from.0) * t, from.1 + (to.1 - from.1) * t)
            })
            .collect();
        crs.project_all(&mut places);
        let shown = places.into_iter().filter(|(x, y)| x.is_finite() && y.is_finite());
        shown.map(|(x, y)| Point { x, y }).collect()
    };
    let multiples = |from: f64, to: f64| {
        let (first, last) = ((from / step).ceil() as i64, (to / step).floor() as i64);
        (first..=last).take(MOST_LINES).map(move |i| i as f64 * step)
    };
    let meridians = multiples(west, east).map(|lon| line((lon, south), (lon, north)));
    let parallels = multiples(south, north).map(|lat| line((west, lat), (east, lat)));
    meridians.chain(parallels).filter(|l| l.len() > 1).collect()
}
