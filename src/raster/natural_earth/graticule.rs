//! Meridians and parallels.

use crate::geo::{Crs, Extent, LonLat, Point};

/// Distances between two lines that people can count in, degrees.
const STEPS_DEG: [f64; 10] = [30.0, 20.0, 10.0, 5.0, 2.0, 1.0, 0.5, 0.2, 0.1, 0.05];

/// Lines are drawn no nearer together than this along the equator, in pixels.
const NEAREST_PX: f64 = 140.0;

/// The finest step whose lines stay apart at a resolution of CRS units per pixel.
fn step_deg(crs: Crs, resolution: f64) -> f64 {
    let (west, _) = crs.unproject(Point { x: 0.0, y: 0.0 });
    let (east, _) = crs.unproject(Point { x: resolution * NEAREST_PX, y: 0.0 });
    let smallest = east - west;
    STEPS_DEG.into_iter().rev().find(|step| *step >= smallest).unwrap_or(STEPS_DEG[0])
}

/// The lines of the graticule that cross a box, in CRS units, each with its points along the box.
pub fn lines(crs: Crs, within: &Extent, resolution: f64) -> Vec<Vec<Point>> {
    let step = step_deg(crs, resolution);
    let limit = crs.max_latitude_deg();
    let corners = [
        Point { x: within.min_x, y: within.min_y },
        Point { x: within.max_x, y: within.max_y },
        Point { x: within.min_x, y: within.max_y },
        Point { x: within.max_x, y: within.min_y },
    ]
    .map(|corner| crs.unproject(corner));
    let (mut west, mut south, mut east, mut north) = (180f64, limit, -180f64, -limit);
    for (lon, lat) in corners {
        west = west.min(lon.max(-180.0));
        east = east.max(lon.min(180.0));
        south = south.min(lat.max(-limit));
        north = north.max(lat.min(limit));
    }
    let line = |from: (f64, f64), to: (f64, f64)| -> Vec<Point> {
        /// Enough for a smooth curve across one tile in any CRS.
        const PIECES: u32 = 16;
        (0..=PIECES)
            .filter_map(|i| {
                let t = f64::from(i) / f64::from(PIECES);
                let lon = from.0 + (to.0 - from.0) * t;
                let lat = from.1 + (to.1 - from.1) * t;
                crs.project("graticule", LonLat::new("graticule", lon, lat).ok()?).ok()
            })
            .collect()
    };
    let multiples = |from: f64, to: f64| {
        let (first, last) = ((from / step).ceil() as i64, (to / step).floor() as i64);
        (first..=last).map(move |i| i as f64 * step)
    };
    let meridians = multiples(west, east).map(|lon| line((lon, south), (lon, north)));
    let parallels = multiples(south, north).map(|lat| line((west, lat), (east, lat)));
    meridians.chain(parallels).filter(|l| l.len() > 1).collect()
}
