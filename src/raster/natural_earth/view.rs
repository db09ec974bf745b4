//! What a CRS shows of the world, and the lines of the data in its units.

use crate::geo::{Crs, Extent, Point};
use crate::raster::natural_earth::clip;
use crate::raster::natural_earth::data::Line;

/// What a CRS shows: a part of the world between two meridians and two parallels.
pub struct View {
    crs: Crs,
    /// Degrees; the longitudes may be beyond 180.
    within: Extent,
}

/// Half of what a transverse Mercator zone shows: a bit less than it can, so that nothing is refused for rounding.
const HALF_ZONE_DEG: f64 = 39.9;

impl View {
    pub fn of(crs: Crs) -> Self {
        let limit = crs.max_latitude_deg();
        let (west, east) = if crs.is_cylindrical() {
            (-180.0, 180.0)
        } else {
            let (meridian, _) = middle(crs);
            (meridian - HALF_ZONE_DEG, meridian + HALF_ZONE_DEG)
        };
        Self { crs, within: Extent { min_x: west, min_y: -limit, max_x: east, max_y: limit } }
    }

    /// Adds what is shown of a line of longitudes and latitudes, in CRS units.
    pub fn show(&self, line: Vec<Point>, closed: bool, to: &mut Vec<Line>) {
        if self.crs.is_cylindrical() {
            to.extend(self.project(line));
            return;
        }
        let (west, east) = line.iter().fold((f64::MAX, f64::MIN), |(w, e), p| (w.min(p.x), e.max(p.x)));
        // A zone near longitude 180 shows what lies beyond.
        for turn in [-360.0, 0.0, 360.0] {
            if east + turn < self.within.min_x || west + turn > self.within.max_x {
                continue;
            }
            let turned: Vec<Point> = line.iter().map(|p| Point { x: p.x + turn, y: p.y }).collect();
            if closed {
                to.extend(self.project(clip::polygon(&turned, &self.within)));
            } else {
                let inside = |p: &Point| p.x >= self.within.min_x && p.x <= self.within.max_x;
                let runs = turned.chunk_by(|a, b| inside(a) && inside(b));
                to.extend(runs.filter_map(|run| self.project(run.to_vec())));
            }
        }
    }

    /// Points within the view in CRS units; `None` for fewer than two.
    fn project(&self, points: Vec<Point>) -> Option<Line> {
        if points.len() < 2 {
            return None;
        }
        let mut extent = Extent {
            min_x: f64::INFINITY,
            min_y: f64::INFINITY,
            max_x: f64::NEG_INFINITY,
            max_y: f64::NEG_INFINITY,
        };
        let (mut seams, mut last_edge) = (Vec::new(), None);
        for (index, point) in points.iter().enumerate() {
            let edge = self.edge(point);
            if edge.is_some() && edge == last_edge && index > 0 {
                seams.push(index - 1);
            }
            last_edge = edge;
        }
        let mut places: Vec<(f64, f64)> =
            points.iter().map(|p| (p.x, p.y.clamp(self.within.min_y, self.within.max_y))).collect();
        self.crs.project_all(&mut places);
        let points: Vec<Point> = places.into_iter().map(|(x, y)| Point { x, y }).collect();
        for at in &points {
            extent.min_x = extent.min_x.min(at.x);
            extent.min_y = extent.min_y.min(at.y);
            extent.max_x = extent.max_x.max(at.x);
            extent.max_y = extent.max_y.max(at.y);
        }
        points.iter().all(|p| p.x.is_finite() && p.y.is_finite()).then_some(Line { extent, points, seams })
    }

    /// Which edge of the view, or of the world map, a point lies on: a coast that runs along it is only where the data was cut.
    fn edge(&self, at: &Point) -> Option<u8> {
        const NEAR_DEG: f64 = 1e-3;
        let on = |edge: f64| (at.x - edge).abs() <= NEAR_DEG;
        if on(self.within.min_x) {
            Some(0)
        } else if on(self.within.max_x) {
            Some(1)
        } else if at.y <= self.within.min_y {
            Some(2)
        } else if on(-180.0) || on(180.0) {
            Some(3)
        } else {
            None
        }
    }
}

/// The middle of what a CRS shows, longitude and latitude in degrees.
pub fn middle(crs: Crs) -> (f64, f64) {
    let Extent { min_x, min_y, max_x, max_y } = crs.domain();
    crs.unproject(Point { x: (min_x + max_x) / 2.0, y: (min_y + max_y) / 2.0 })
}
